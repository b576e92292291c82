/*
 * imphot: photometry of MUSE images against HST images, in libmontage.
 *
 * Every function that returns a struct allocates it with malloc(): release it with one free(). Its
 * status is 0, or 1 with the reason in msg; json is always valid JSON. Options are structs that an
 * Init function fills with the defaults; NULL means the defaults. Any function may be called from any
 * number of threads at the same time; montage_setThreads() and montage_setProgress() of montage.h
 * hold for these functions too.
 *
 * Generated from src/imphot by cbindgen: do not edit (UPDATE_HEADER=1 cargo test --test header).
 */

#ifndef IMPHOT_H
#define IMPHOT_H

#include <stddef.h>

/**
 * What imphotApplyCorrections returns.
 */
struct imphotApplyCorrectionsReturn {
    /**
     * 0: OK, 1: error.
     */
    int status;
    /**
     * The results as text, or what went wrong.
     */
    char msg[1024];
    /**
     * The results as JSON.
     */
    char json[4096];
    /**
     * Masked pixels of the image written.
     */
    int masked;
    /**
     * Its CRPIX1.
     */
    double crpix1;
    /**
     * Its CRPIX2.
     */
    double crpix2;
};

/**
 * What imphotBandpassImage returns.
 */
struct imphotBandpassImageReturn {
    /**
     * 0: OK, 1: error.
     */
    int status;
    /**
     * The results as text, or what went wrong.
     */
    char msg[1024];
    /**
     * The results as JSON.
     */
    char json[4096];
    /**
     * Planes of the cube that the band takes part of.
     */
    int planes;
    /**
     * The first of them (from 0).
     */
    int first;
    /**
     * Masked pixels of the image written.
     */
    int masked;
    /**
     * The part of the curve's integral that is beyond the edges of the cube, 0 to 1.
     */
    double lost;
    /**
     * A warning where that is more than 0.5 %, else empty.
     */
    char warning[256];
};

/**
 * Options of imphotBandpassImage. Fill it with imphotBandpassOptionsInit() and change what should
 * differ.
 */
struct imphotBandpassOptions {
    /**
     * sizeof(struct imphotBandpassOptions), set by imphotBandpassOptionsInit().
     */
    size_t size;
    /**
     * Unit of the curve's wavelengths ("Angstrom", "nm", "um", "m"; "pixel": planes of the cube,
     * from 0); NULL: Angstrom.
     */
    const char *wave_unit;
    /**
     * How the curve runs between its points: "linear" (NULL, the default) or "cubic".
     */
    const char *interpolation;
};

/**
 * A fitted parameter.
 */
struct imphotValue {
    /**
     * The best value.
     */
    double value;
    /**
     * Its standard error; 0 for a fixed parameter.
     */
    double stdev;
    /**
     * 1: it was held at this value.
     */
    int fixed;
    /**
     * 0.
     */
    int reserved;
};

/**
 * What a fit says of a MUSE image, judged against the HST image of its field.
 */
struct imphotFit {
    /**
     * Factor between the fluxes, MUSE / HST.
     */
    struct imphotValue scale;
    /**
     * Offset between the backgrounds, MUSE - HST (the MUSE image's unit).
     */
    struct imphotValue bg;
    /**
     * How far features of the MUSE image lie to the right of the same ones of the HST image, along
     * the x axis (arcseconds). Over the width of a pixel, it is what to add to CRPIX1.
     */
    struct imphotValue dx;
    /**
     * How far they lie above them, along the y axis (arcseconds).
     */
    struct imphotValue dy;
    /**
     * The same offset in right ascension (arcseconds of the coordinate): subtract it from CRVAL1.
     */
    struct imphotValue dra;
    /**
     * The same offset in declination (arcseconds): subtract it from CRVAL2.
     */
    struct imphotValue ddec;
    /**
     * Full width at half maximum of the point-spread function, a Moffat profile (arcseconds).
     */
    struct imphotValue fwhm;
    /**
     * Exponent of that profile; above about 5 it is nearly a Gaussian.
     */
    struct imphotValue beta;
    /**
     * Chi-square over the degrees of freedom of the fit.
     */
    double rchi;
    /**
     * Root mean square of the residual pixels (the MUSE image's unit).
     */
    double rms_error;
    /**
     * The MUSE file's name without folder and ".fits".
     */
    char name[256];
    /**
     * One line with the values above, as the program fit_photometry prints it.
     */
    char summary[512];
    /**
     * The long report of the fit, of many lines.
     */
    char report[7072];
    /**
     * The three lines of heading for `summary`, as wide as `name` needs them, each with its line
     * end.
     */
    char summary_header[1088];
    /**
     * How it was fitted: "image" or "stars".
     */
    char method[16];
    /**
     * Right ascension that was given for the star (degrees); 0 if the image was fitted.
     */
    double star_ra;
    /**
     * Its declination (degrees).
     */
    double star_dec;
};

/**
 * What imphotFitImage returns.
 */
struct imphotFitImageReturn {
    /**
     * 0: OK, 1: error.
     */
    int status;
    /**
     * The results as text, or what went wrong.
     */
    char msg[1024];
    /**
     * The results as JSON.
     */
    char json[4096];
    /**
     * The fit.
     */
    struct imphotFit fit;
};

/**
 * What a star says: the fits of a Moffat profile to it in both images, compared.
 */
struct imphotStarFit {
    /**
     * The comparison; its fwhm, beta, rchi and rms_error are those of the star in the MUSE image.
     */
    struct imphotFit fit;
    /**
     * FWHM of the star in the MUSE image (arcseconds).
     */
    struct imphotValue muse_fwhm;
    /**
     * Its Moffat exponent.
     */
    struct imphotValue muse_beta;
    /**
     * Its offset from the given position along the x axis (arcseconds).
     */
    struct imphotValue muse_dx;
    /**
     * Its offset along the y axis (arcseconds).
     */
    struct imphotValue muse_dy;
    /**
     * The background around it (the MUSE image's unit).
     */
    struct imphotValue muse_bg;
    /**
     * Its flux (the MUSE image's unit, summed over pixels).
     */
    struct imphotValue muse_flux;
    /**
     * Chi-square over the degrees of freedom of the fit to the MUSE image.
     */
    double muse_rchi;
    /**
     * FWHM of the star in the HST image (arcseconds).
     */
    struct imphotValue hst_fwhm;
    /**
     * Its Moffat exponent.
     */
    struct imphotValue hst_beta;
    /**
     * Its offset from the given position along the x axis (arcseconds).
     */
    struct imphotValue hst_dx;
    /**
     * Its offset along the y axis (arcseconds).
     */
    struct imphotValue hst_dy;
    /**
     * The background around it (the HST image's unit).
     */
    struct imphotValue hst_bg;
    /**
     * Its flux (the HST image's unit, summed over pixels).
     */
    struct imphotValue hst_flux;
    /**
     * Chi-square over the degrees of freedom of the fit to the HST image.
     */
    double hst_rchi;
};

/**
 * One image of imphotFitImages or imphotFitStars.
 */
struct imphotImageFit {
    /**
     * 0: OK, 1: this image could not be fitted; the others may have been.
     */
    int status;
    /**
     * What went wrong.
     */
    char msg[1024];
    /**
     * The fit to the image; of imphotFitStars zeros.
     */
    struct imphotFit fit;
    /**
     * The fit to the star if one was requested, else zeros.
     */
    struct imphotStarFit star;
};

/**
 * Options of imphotFitImage, imphotFitImageAndStar and imphotFitImages. Fill it with
 * imphotFitImageOptionsInit() and change what should differ.
 */
struct imphotFitImageOptions {
    /**
     * sizeof(struct imphotFitImageOptions), set by imphotFitImageOptionsInit().
     */
    size_t size;
    /**
     * Where to fit: NULL, "" or "none" (everywhere), "star" or "notstar" (inside or outside the
     * circle of star_ra, star_dec, star_radius), or the name of a ds9 region file.
     */
    const char *regions;
    /**
     * The lines of a ds9 region file in memory, or NULL; not together with `regions`.
     */
    const char *region_lines;
    /**
     * Right ascension of the star's circle (degrees).
     */
    double star_ra;
    /**
     * Its declination (degrees).
     */
    double star_dec;
    /**
     * Its radius (arcseconds); NaN (the default): there is no star.
     */
    double star_radius;
    /**
     * Holds the flux scale, MUSE / HST, at this value; NaN (the default): it is fitted.
     */
    double fix_scale;
    /**
     * Holds the background offset, MUSE - HST, at this value; NaN: it is fitted.
     */
    double fix_bg;
    /**
     * Holds the x offset, MUSE - HST (arcseconds), at this value; NaN: it is fitted.
     */
    double fix_dx;
    /**
     * Holds the y offset (arcseconds) at this value; NaN: it is fitted.
     */
    double fix_dy;
    /**
     * Holds the FWHM of the point-spread function (arcseconds) at this value; NaN: it is fitted.
     */
    double fix_fwhm;
    /**
     * Holds the Moffat exponent at this value; NaN: it is fitted.
     */
    double fix_beta;
    /**
     * The least flux scale that the fit may take (default 0).
     */
    double min_scale;
    /**
     * FWHM of a Moffat model of the HST's own point-spread function (arcseconds, default 0.085).
     */
    double hst_fwhm;
    /**
     * Exponent of that model (default 1.6).
     */
    double hst_beta;
    /**
     * Width of the margin of zeros around the images (arcseconds, default 2): the larger of the
     * offset and the point-spread function that are expected.
     */
    double margin;
    /**
     * First guess of the x offset (arcseconds); NaN: 0.
     */
    double init_dx;
    /**
     * First guess of the y offset (arcseconds); NaN: 0.
     */
    double init_dy;
    /**
     * 1: leave out what is fainter than the median of the morphologically opened HST image.
     */
    int segment;
    /**
     * Width of the soft edge of masked areas (pixels, default 9; an even number means the next odd
     * one, and below 2 there is none).
     */
    int taper;
    /**
     * A FITS image on the MUSE image's grid, 0 where pixels are good and 1 where they are masked,
     * or NULL.
     */
    const char *extramask;
    /**
     * The folder of what is written; NULL or "": that of the MUSE image.
     */
    const char *output_dir;
    /**
     * 1: write the fitted images and their transforms in six FITS files: <name>_image.fits,
     * <name>_hst_model.fits, <name>_residual.fits, and with _fft before .fits the transforms.
     */
    int save;
    /**
     * 1: write the corrected MUSE image, as <name>_aligned.fits.
     */
    int apply;
    /**
     * With `apply`, 1: shift by resampling the pixels, 0: by changing CRPIX1 and CRPIX2.
     */
    int resample;
    /**
     * 0.
     */
    int reserved;
    /**
     * Draw the fit in the file <name>_image_fit.<hardcopy>: "png", "jpg", "svg", "pdf" or "eps";
     * NULL, "" or "none": no drawing. imphotFitImageAndStar draws <name>_star_fit.<hardcopy> too.
     */
    const char *hardcopy;
    /**
     * Title of the drawing; NULL or "none": the image's name, "": none.
     */
    const char *title;
    /**
     * imphotFitImages: called with the result of each image as soon as it and those before it are
     * there: in order, on the thread of the call; `index` counts from 0. The result lives until
     * the function returns. A non-zero answer cancels the call. NULL (the default): not called.
     */
    int (*fitted)(const struct imphotImageFit *fit, int index, void *user);
    /**
     * What `fitted` is called with.
     */
    void *fitted_user;
    /**
     * Threads of this call: n, or for a number below 1 the usual ones (montage_setThreads) less
     * -n, at least one. 0 (the default): the usual ones.
     */
    int nworker;
    /**
     * 0.
     */
    int reserved2;
};

/**
 * What imphotFitImageAndStar returns.
 */
struct imphotFitImageAndStarReturn {
    /**
     * 0: OK, 1: error.
     */
    int status;
    /**
     * The results as text, or what went wrong.
     */
    char msg[1024];
    /**
     * The results as JSON.
     */
    char json[4096];
    /**
     * The fit to the image.
     */
    struct imphotFit fit;
    /**
     * The fit to the star.
     */
    struct imphotStarFit star;
};

/**
 * What imphotFitImages returns.
 */
struct imphotFitImagesReturn {
    /**
     * 0: OK, 1: error.
     */
    int status;
    /**
     * The results as text, or what went wrong.
     */
    char msg[1024];
    /**
     * The results as JSON.
     */
    char json[4096];
    /**
     * Images.
     */
    int count;
    /**
     * Those that could not be fitted.
     */
    int failed;
    /**
     * One for each image, in the order given. They are part of the memory of this struct: the one
     * free() of it releases them too. NULL on error.
     */
    struct imphotImageFit *images;
};

/**
 * What imphotFitStar returns.
 */
struct imphotFitStarReturn {
    /**
     * 0: OK, 1: error.
     */
    int status;
    /**
     * The results as text, or what went wrong.
     */
    char msg[1024];
    /**
     * The results as JSON.
     */
    char json[4096];
    /**
     * The fit.
     */
    struct imphotStarFit star;
};

/**
 * Options of imphotFitStar and imphotFitStars. Fill it with imphotFitStarOptionsInit() and change what should differ.
 */
struct imphotFitStarOptions {
    /**
     * sizeof(struct imphotFitStarOptions), set by imphotFitStarOptionsInit().
     */
    size_t size;
    /**
     * Holds the FWHM in the MUSE image (arcseconds) at this value; NaN (the default): it is fitted.
     */
    double fix_fwhm;
    /**
     * Holds the Moffat exponent in the MUSE image at this value; NaN: it is fitted.
     */
    double fix_beta;
    /**
     * The folder of what is written; NULL or "": that of the MUSE image.
     */
    const char *output_dir;
    /**
     * 1: write the corrected MUSE image, as <name>_aligned.fits.
     */
    int apply;
    /**
     * With `apply`, 1: shift by resampling the pixels, 0: by changing CRPIX1 and CRPIX2.
     */
    int resample;
    /**
     * Draw the profiles in the file <name>_star_fit.<hardcopy>: "png", "jpg", "svg", "pdf" or "eps";
     * NULL, "" or "none": no drawing.
     */
    const char *hardcopy;
    /**
     * Title of the drawing; NULL or "none": the image's name, "": none.
     */
    const char *title;
    /**
     * imphotFitStars: called with the result of each image as soon as it and those before it are
     * there: in order, on the thread of the call; `index` counts from 0. The result lives until
     * the function returns. A non-zero answer cancels the call. NULL (the default): not called.
     */
    int (*fitted)(const struct imphotImageFit *fit, int index, void *user);
    /**
     * What `fitted` is called with.
     */
    void *fitted_user;
    /**
     * Threads of this call: n, or for a number below 1 the usual ones (montage_setThreads) less
     * -n, at least one. 0 (the default): the usual ones.
     */
    int nworker;
    /**
     * 0.
     */
    int reserved;
};

/**
 * What imphotFitStars returns.
 */
struct imphotFitStarsReturn {
    /**
     * 0: OK, 1: error.
     */
    int status;
    /**
     * The results as text, or what went wrong.
     */
    char msg[1024];
    /**
     * The results as JSON.
     */
    char json[4096];
    /**
     * Images.
     */
    int count;
    /**
     * Those in which the star could not be fitted.
     */
    int failed;
    /**
     * One for each image, in the order given. They are part of the memory of this struct: the one
     * free() of it releases them too. NULL on error.
     */
    struct imphotImageFit *images;
};

/**
 * What imphotGridsAligned returns.
 */
struct imphotGridsAlignedReturn {
    /**
     * 0: OK, 1: error.
     */
    int status;
    /**
     * The results as text, or what went wrong.
     */
    char msg[1024];
    /**
     * The results as JSON.
     */
    char json[4096];
    /**
     * 1: the pixels of the two images have the same places on the sky, 0: they do not.
     */
    int aligned;
};

/**
 * What imphotHstFilterInfo returns.
 */
struct imphotHstFilterInfoReturn {
    /**
     * 0: OK, 1: error.
     */
    int status;
    /**
     * The results as text, or what went wrong.
     */
    char msg[1024];
    /**
     * The results as JSON.
     */
    char json[4096];
    /**
     * The AB magnitude of one electron per second.
     */
    double abmag_zero;
    /**
     * Flux density of one electron per second (erg cm-2 s-1 Angstrom-1).
     */
    double photflam;
    /**
     * Pivot wavelength (Angstrom).
     */
    double photplam;
    /**
     * Effective width (Angstrom).
     */
    double photbw;
    /**
     * The HST filter, e.g. "F606W".
     */
    char filter[64];
};

/**
 * What imphotRegionMask returns.
 */
struct imphotRegionMaskReturn {
    /**
     * 0: OK, 1: error.
     */
    int status;
    /**
     * The results as text, or what went wrong.
     */
    char msg[1024];
    /**
     * The results as JSON.
     */
    char json[4096];
    /**
     * Circles, ellipses and boxes that mask.
     */
    int count;
    /**
     * Those in coordinate systems other than fk5 and physical, which are left out.
     */
    int ignored;
    /**
     * Masked pixels, those that the image itself masks with them.
     */
    int masked;
};

/**
 * A ds9 region.
 */
struct imphotRegion {
    /**
     * "circle", "ellipse" or "box".
     */
    char shape[16];
    /**
     * Its coordinate system as the file names it: "physical", "image", "fk5", "j2000" or "icrs".
     */
    char frame[16];
    /**
     * Right ascension of its centre (degrees), or where sky_centre is 0 its x (pixels, from 1).
     */
    double x;
    /**
     * Declination of its centre (degrees), or where sky_centre is 0 its y (pixels, from 1).
     */
    double y;
    /**
     * Radius of a circle, first radius of an ellipse, or full width of a box: degrees, or where
     * sky_width is 0 pixels.
     */
    double width;
    /**
     * Radius of a circle, second radius of an ellipse, or full height of a box: degrees, or where
     * sky_height is 0 pixels.
     */
    double height;
    /**
     * How far it is turned counterclockwise (degrees): from north, or where from_north is 0 from
     * the image's y axis.
     */
    double angle;
    /**
     * 1: what is inside is excluded (a minus sign before the shape).
     */
    int excluded;
    /**
     * 1: the centre is a place on the sky, 0: on the pixels of the image.
     */
    int sky_centre;
    /**
     * 1: the width is an angle on the sky, 0: in pixels.
     */
    int sky_width;
    /**
     * 1: the height is an angle on the sky, 0: in pixels.
     */
    int sky_height;
    /**
     * 1: the angle is counted from north, 0: from the y axis of the image.
     */
    int from_north;
    /**
     * 0.
     */
    int reserved;
};

/**
 * What imphotRegions returns.
 */
struct imphotRegionsReturn {
    /**
     * 0: OK, 1: error.
     */
    int status;
    /**
     * The results as text, or what went wrong.
     */
    char msg[1024];
    /**
     * The results as JSON.
     */
    char json[4096];
    /**
     * Circles, ellipses and boxes.
     */
    int count;
    /**
     * Those in coordinate systems other than fk5 and physical, which are left out.
     */
    int ignored;
    /**
     * The regions, in the order of the file. They are part of the memory of this struct: the one
     * free() of it releases them too. NULL on error.
     */
    struct imphotRegion *regions;
};

/**
 * What imphotRegridHst returns.
 */
struct imphotRegridHstReturn {
    /**
     * 0: OK, 1: error.
     */
    int status;
    /**
     * The results as text, or what went wrong.
     */
    char msg[1024];
    /**
     * The results as JSON.
     */
    char json[4096];
    /**
     * Width of the image written (pixels).
     */
    int width;
    /**
     * Its height (pixels).
     */
    int height;
    /**
     * Its masked pixels.
     */
    int masked;
    /**
     * The HST filter, e.g. "F606W"; empty where it is neither known nor needed.
     */
    char filter[64];
};

/**
 * What imphotRescaleHst returns.
 */
struct imphotRescaleHstReturn {
    /**
     * 0: OK, 1: error.
     */
    int status;
    /**
     * The results as text, or what went wrong.
     */
    char msg[1024];
    /**
     * The results as JSON.
     */
    char json[4096];
    /**
     * What the pixels were multiplied by.
     */
    double factor;
    /**
     * The HST filter, e.g. "F606W".
     */
    char filter[64];
};

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Writes `image_file` without the errors that a fit has found (members of struct imphotFit):
 * `corrections` lists which, of "xy" (dx and dy, arcseconds), "zero" (bg) and "scale", with commas
 * between; NULL means all, "" none. With `resample` the offset is corrected by shifting the pixels,
 * else by changing CRPIX1 and CRPIX2. STAT is scaled too.
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
 * `free()`.
 */
struct imphotApplyCorrectionsReturn *imphotApplyCorrections(const char *image_file,
                                                            const char *output_file,
                                                            double dx,
                                                            double dy,
                                                            double scale,
                                                            double bg,
                                                            const char *corrections,
                                                            int resample);

/**
 * Writes the image of the cube `cube_file` that a filter would see: the mean of its planes weighted by
 * the filter curve's integral over each, with variances (STAT) and the mask (DQ). The curve is in the
 * text file `curve_file` (wavelength and sensitivity in two columns, # begins a comment); or, where
 * that is NULL or "", it has `count` points `wavelengths` and `sensitivities`. Planes are streamed:
 * a cube of any length needs little memory.
 * # Safety
 * Every string is NULL or NUL-terminated and valid for the call, `wavelengths` and `sensitivities` are
 * NULL or point to `count` doubles, and `options` is NULL or points to a struct that its Init function
 * has filled. Free the result with `free()`.
 */
struct imphotBandpassImageReturn *imphotBandpassImage(const char *cube_file,
                                                      const char *curve_file,
                                                      const double *wavelengths,
                                                      const double *sensitivities,
                                                      int count,
                                                      const char *output_file,
                                                      const struct imphotBandpassOptions *options);

/**
 * Fills `options` with the defaults; `size` is sizeof(struct imphotBandpassOptions).
 * # Safety
 * `options` is NULL or points to `size` bytes.
 */
void imphotBandpassOptionsInit(struct imphotBandpassOptions *options, size_t size);

/**
 * Fits the image `muse_file` (DATA, STAT, DQ) with the HST image `hst_file` on the same pixels
 * (imphotRegridHst makes it so): the transform of the MUSE image by that of the HST image times a
 * Moffat point-spread function, a flux scale, a shift, and a background.
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call; `options` is NULL or points to
 * a struct that imphotFitImageOptionsInit() has filled. Free the result with `free()`.
 */
struct imphotFitImageReturn *imphotFitImage(const char *hst_file,
                                            const char *muse_file,
                                            const struct imphotFitImageOptions *options);

/**
 * Both fits: of the image as imphotFitImage does, and of the star star_ra, star_dec, star_radius of
 * the options as imphotFitStar does. What `apply` writes is corrected by the fit of the image.
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call; `options` is NULL or points to
 * a struct that imphotFitImageOptionsInit() has filled. Free the result with `free()`.
 */
struct imphotFitImageAndStarReturn *imphotFitImageAndStar(const char *hst_file,
                                                          const char *muse_file,
                                                          const struct imphotFitImageOptions *options);

/**
 * Fills `options` with the defaults; `size` is sizeof(struct imphotFitImageOptions).
 * # Safety
 * `options` is NULL or points to `size` bytes.
 */
void imphotFitImageOptionsInit(struct imphotFitImageOptions *options, size_t size);

/**
 * Fits each of the `count` images `muse_files`, all of one field, as imphotFitImage does, and with
 * `stars` the star of the options too, as imphotFitImageAndStar, on all cores. An image that cannot
 * be fitted is counted in `failed`, the others go on. Progress is reported and can be cancelled
 * (montage_setProgress). The options `fitted` and `nworker` are for this function: results as they
 * come, and threads.
 * # Safety
 * Every string is NULL or NUL-terminated and valid for the call; `muse_files` is NULL or points to
 * `count` of them; `options` is NULL or points to a struct that imphotFitImageOptionsInit() has filled.
 * Free the result, with its list, by one `free()`.
 */
struct imphotFitImagesReturn *imphotFitImages(const char *hst_file,
                                              const char *const *muse_files,
                                              int count,
                                              int stars,
                                              const struct imphotFitImageOptions *options);

/**
 * Fits a Moffat profile to the star within `radius` arcseconds of `ra`, `dec` (degrees) in both
 * images, and compares the two. The images are as for imphotFitImage.
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call; `options` is NULL or points to
 * a struct that imphotFitStarOptionsInit() has filled. Free the result with `free()`.
 */
struct imphotFitStarReturn *imphotFitStar(const char *hst_file,
                                          const char *muse_file,
                                          double ra,
                                          double dec,
                                          double radius,
                                          const struct imphotFitStarOptions *options);

/**
 * Fills `options` with the defaults; `size` is sizeof(struct imphotFitStarOptions).
 * # Safety
 * `options` is NULL or points to `size` bytes.
 */
void imphotFitStarOptionsInit(struct imphotFitStarOptions *options, size_t size);

/**
 * Fits the star within `radius` arcseconds of `ra`, `dec` (degrees) in each of the `count` images
 * `muse_files`, all of one field, as imphotFitStar does, on all cores. The HST image is read once,
 * and its star fitted once for all images that have it on the same place of the pixel grid. An image
 * that cannot be fitted is counted in `failed`, the others go on. Progress is reported and can be
 * cancelled (montage_setProgress). The options `fitted` and `nworker` are for this function: results
 * as they come, and threads.
 * # Safety
 * Every string is NULL or NUL-terminated and valid for the call; `muse_files` is NULL or points to
 * `count` of them; `options` is NULL or points to a struct that imphotFitStarOptionsInit() has filled.
 * Free the result, with its list, by one `free()`.
 */
struct imphotFitStarsReturn *imphotFitStars(const char *hst_file,
                                            const char *const *muse_files,
                                            int count,
                                            double ra,
                                            double dec,
                                            double radius,
                                            const struct imphotFitStarOptions *options);

/**
 * Tells whether the pixels of two images or cubes have the same places on the sky: sizes, matrices
 * and the places of the central pixel, to within `tolerance` arcseconds (imphot takes 0.01).
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
 * `free()`.
 */
struct imphotGridsAlignedReturn *imphotGridsAligned(const char *image_file1,
                                                    const char *image_file2,
                                                    double tolerance);

/**
 * The constants of an HST filter: that called `filter` (F435W, F475W, F555W, F606W, F625W, F775W,
 * F814W or F850LP), or where that is NULL or "", the one in the header of `hst_file`: FILTER, or
 * FILTER1 unless it is CLEAR1L, or FILTER2 unless it is CLEAR2L.
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
 * `free()`.
 */
struct imphotHstFilterInfoReturn *imphotHstFilterInfo(const char *filter, const char *hst_file);

/**
 * Writes the mask that ds9 regions make on the pixels of `image_file`: a FITS image (extension DATA)
 * of 1 where a pixel is masked and 0 elsewhere, for the option `extramask` of imphotFitImage. The
 * regions are those of the file `regions`, or the lines of one in memory, `region_lines`; one of the
 * two is NULL. Circles, ellipses and boxes count; those with a minus sign mask what is inside, and
 * where there are others, everything outside of them is masked. Coordinates are fk5 (degrees or
 * sexagesimal) or physical (pixels, from 1).
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
 * `free()`.
 */
struct imphotRegionMaskReturn *imphotRegionMask(const char *image_file,
                                                const char *regions,
                                                const char *region_lines,
                                                const char *output_file);

/**
 * Reads ds9 regions: the circles, ellipses and boxes of the file `regions`, or of the lines of one in
 * memory, `region_lines`; one of the two is NULL or "". What imphotRegionMask makes of them is
 * described there.
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call. Free the result, with its
 * list, by one `free()`.
 */
struct imphotRegionsReturn *imphotRegions(const char *regions,
                                          const char *region_lines);

/**
 * Resamples the HST image `hst_file` (DATA or SCI, or the first image; electrons per second) onto the
 * pixels of `muse_file`, an image or a cube, and writes it with its mask (DATA, STAT where there is
 * one, DQ). With `rescale` the fluxes become those of the MUSE image's unit, for which the filter must
 * be known: `filter` names it ("F606W"); NULL or "": the header's FILTER, FILTER1 or FILTER2 does.
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
 * `free()`.
 */
struct imphotRegridHstReturn *imphotRegridHst(const char *hst_file,
                                              const char *muse_file,
                                              const char *output_file,
                                              const char *filter,
                                              int rescale);

/**
 * Writes the HST image `hst_file` (electrons per second) in the unit of `muse_file`, an image or a
 * cube: data by the filter's constant, variances by its square. `filter` is as for imphotRegridHst.
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
 * `free()`.
 */
struct imphotRescaleHstReturn *imphotRescaleHst(const char *hst_file,
                                                const char *muse_file,
                                                const char *output_file,
                                                const char *filter);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* IMPHOT_H */
