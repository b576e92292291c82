/*
 * imphot: photometry of MUSE images against HST images, in libmontage.
 *
 * A fit finds the point-spread function, flux scale, background and pointing offset of a MUSE image by
 * comparing it with an HST image of the same field on the same pixel grid.
 *
 * Results. A function that returns a struct allocates it with malloc(); release it, with the list that
 * it points to, by one free(). It is NULL only if there is no memory for the struct itself. Every struct
 * begins with
 *   status  0: success, 1: error;
 *   msg     on success the values as text, "count=3, failed=0"; on error the reason with the file;
 *   json    on success the values as a JSON object, on error {"error":"reason"}. Warnings of the call
 *           follow as "warnings" (their number) and "warning_texts" (a list).
 * msg and json are NUL-terminated, and json is always complete. On error the other members are 0.
 *
 * Arguments. Strings are NUL-terminated and are not kept after the call. File names may have any length
 * and any bytes. A string that is NULL or "" is an error that names the argument, unless its description
 * says what NULL means. Flags are 0 (no) or 1 (yes). Positions are in degrees, J2000. Arrays have as
 * many elements as the count beside them says.
 *
 * Options. A struct of options is filled with the defaults by its Init function; then change members.
 * NULL means the defaults. A program built with an earlier header runs with a later library.
 *
 * Images. A MUSE image has the extension DATA and can have STAT (variances) and DQ (0 where a pixel is
 * good). All outputs of a call appear together when it succeeds; a call that fails leaves earlier files
 * as they were. Beyond the errors listed for a function: an output that cannot be written, and memory that the
 * system refuses.
 *
 * Threads. Any function may be called from any number of threads at the same time.
 * montage_setThreads() and montage_setProgress() of montage.h apply to these functions too.
 *
 * Generated from src/imphot by cbindgen: do not edit (UPDATE_HEADER=1 cargo test --test header).
 */

#ifndef IMPHOT_H
#define IMPHOT_H

#include <stddef.h>

/** Result of imphotApplyCorrections; release it with free(). */
struct imphotApplyCorrectionsReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** Number of masked pixels of the output. */
    int masked;
    /** CRPIX1 of the output. */
    double crpix1;
    /** CRPIX2 of the output. */
    double crpix2;
};

/** Result of imphotBandpassImage; release it with free(). */
struct imphotBandpassImageReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** Number of planes of the cube inside the band. */
    int planes;
    /** The first of them, from 0. */
    int first;
    /** Number of masked pixels of the output. */
    int masked;
    /** Fraction of the integral of the curve beyond the ends of the cube, 0 to 1. */
    double lost;
    /** A warning if that is more than 0.5 %, else empty. */
    char warning[256];
};

/**
 * Options of imphotBandpassImage. Fill them with imphotBandpassOptionsInit() and change members.
 */
struct imphotBandpassOptions {
    /** sizeof(struct imphotBandpassOptions), set by imphotBandpassOptionsInit(). */
    size_t size;
    /**
     * Unit of the wavelengths of the curve: "Angstrom", "nm", "um" or "m", or "pixel" for planes of
     * the cube, from 0; NULL: Angstrom.
     */
    const char *wave_unit;
    /** Interpolation between the points of the curve: "linear" (NULL, the default) or "cubic". */
    const char *interpolation;
};

/** A fitted parameter. */
struct imphotValue {
    /** Fitted value. */
    double value;
    /** Standard error; 0 for a fixed parameter. */
    double stdev;
    /** 1: the parameter was held at this value, 0: it was fitted. */
    int fixed;
    /** Always 0. */
    int reserved;
};

/** The fit of a MUSE image by an HST image of the same field. */
struct imphotFit {
    /** Flux scale, MUSE / HST. */
    struct imphotValue scale;
    /** Background offset, MUSE - HST (unit of the MUSE image). */
    struct imphotValue bg;
    /**
     * Offset of features along the x axis, MUSE - HST (arcseconds). Divided by the pixel size, it is
     * the correction to add to CRPIX1.
     */
    struct imphotValue dx;
    /** Offset of features along the y axis, MUSE - HST (arcseconds), to add to CRPIX2 likewise. */
    struct imphotValue dy;
    /** The offset in right ascension (arcseconds of the coordinate): subtract it from CRVAL1. */
    struct imphotValue dra;
    /** The offset in declination (arcseconds): subtract it from CRVAL2. */
    struct imphotValue ddec;
    /** Full width at half maximum of the point-spread function, a Moffat profile (arcseconds). */
    struct imphotValue fwhm;
    /** Exponent of the Moffat profile; above about 5 it is nearly a Gaussian. */
    struct imphotValue beta;
    /** Reduced chi-square of the fit. */
    double rchi;
    /** Root mean square of the residual image (unit of the MUSE image). */
    double rms_error;
    /** Name of the MUSE file without folder and ".fits". */
    char name[256];
    /** The values above as one line, as the program fit_photometry prints it. */
    char summary[512];
    /** The long report of the fit, many lines. */
    char report[7072];
    /** Three heading lines for summary, as wide as name requires, each with its line end. */
    char summary_header[1088];
    /** How it was fitted: "image" or "stars". */
    char method[16];
    /** Right ascension given for the star (degrees); 0 if the image was fitted. */
    double star_ra;
    /** Declination given for the star (degrees). */
    double star_dec;
};

/** Result of imphotFitImage; release it with free(). */
struct imphotFitImageReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** The fit. */
    struct imphotFit fit;
};

/** The fits of a Moffat profile to a star in both images, and their comparison. */
struct imphotStarFit {
    /**
     * The comparison. Its fwhm, beta, rchi and rms_error are those of the star in the MUSE image.
     */
    struct imphotFit fit;
    /** FWHM of the star in the MUSE image (arcseconds). */
    struct imphotValue muse_fwhm;
    /** Moffat exponent of the star in the MUSE image. */
    struct imphotValue muse_beta;
    /**
     * Offset of the star in the MUSE image from the given position along the x axis (arcseconds).
     */
    struct imphotValue muse_dx;
    /** The same along the y axis (arcseconds). */
    struct imphotValue muse_dy;
    /** Background around the star in the MUSE image (unit of the image). */
    struct imphotValue muse_bg;
    /** Flux of the star in the MUSE image (unit of the image, summed over pixels). */
    struct imphotValue muse_flux;
    /** Reduced chi-square of the fit to the MUSE image. */
    double muse_rchi;
    /** FWHM of the star in the HST image (arcseconds). */
    struct imphotValue hst_fwhm;
    /** Moffat exponent of the star in the HST image. */
    struct imphotValue hst_beta;
    /**
     * Offset of the star in the HST image from the given position along the x axis (arcseconds).
     */
    struct imphotValue hst_dx;
    /** The same along the y axis (arcseconds). */
    struct imphotValue hst_dy;
    /** Background around the star in the HST image (unit of the image). */
    struct imphotValue hst_bg;
    /** Flux of the star in the HST image (unit of the image, summed over pixels). */
    struct imphotValue hst_flux;
    /** Reduced chi-square of the fit to the HST image. */
    double hst_rchi;
};

/** The result of imphotFitImages or imphotFitStars for one image. */
struct imphotImageFit {
    /** 0: success, 1: this image could not be fitted. */
    int status;
    /** The reason if status is 1, else empty. */
    char msg[1024];
    /** The fit of the image; zeros from imphotFitStars. */
    struct imphotFit fit;
    /** The fit of the star if one was requested, else zeros. */
    struct imphotStarFit star;
};

/**
 * Options of imphotFitImage, imphotFitImageAndStar and imphotFitImages. Fill them with
 * imphotFitImageOptionsInit() and change members.
 */
struct imphotFitImageOptions {
    /** sizeof(struct imphotFitImageOptions), set by imphotFitImageOptionsInit(). */
    size_t size;
    /**
     * Area to fit: NULL, "" or "none": all; "star" or "notstar": inside or outside the circle of
     * star_ra, star_dec and star_radius; or the name of a ds9 region file.
     */
    const char *regions;
    /** The lines of a ds9 region file in memory, instead of regions; NULL: none. */
    const char *region_lines;
    /** Right ascension of the circle around the star (degrees). */
    double star_ra;
    /** Declination of the circle (degrees). */
    double star_dec;
    /** Radius of the circle (arcseconds); NaN (the default): there is no star. */
    double star_radius;
    /** Holds the flux scale, MUSE / HST, at this value; NaN (the default): it is fitted. */
    double fix_scale;
    /** Holds the background offset, MUSE - HST, at this value; NaN: it is fitted. */
    double fix_bg;
    /** Holds the x offset, MUSE - HST (arcseconds), at this value; NaN: it is fitted. */
    double fix_dx;
    /** Holds the y offset (arcseconds) at this value; NaN: it is fitted. */
    double fix_dy;
    /**
     * Holds the FWHM of the point-spread function (arcseconds) at this value; NaN: it is fitted.
     */
    double fix_fwhm;
    /** Holds the Moffat exponent at this value; NaN: it is fitted. */
    double fix_beta;
    /** Lower bound of the flux scale (default 0). */
    double min_scale;
    /** FWHM of a Moffat model of the point-spread function of HST (arcseconds, default 0.085). */
    double hst_fwhm;
    /** Exponent of that model (default 1.6). */
    double hst_beta;
    /**
     * Width of the margin of zeros around the images (arcseconds, default 2): at least the expected
     * offset and the width of the point-spread function.
     */
    double margin;
    /** First guess of the x offset (arcseconds); NaN: 0. */
    double init_dx;
    /** First guess of the y offset (arcseconds); NaN: 0. */
    double init_dy;
    /** 1: leave out pixels fainter than the median of the morphologically opened HST image. */
    int segment;
    /**
     * Width of the soft edge of masked areas (pixels, default 9). An even number means the next odd
     * one; below 2 there is no soft edge.
     */
    int taper;
    /**
     * FITS image on the grid of the MUSE image, 0 where pixels are good and 1 where they are masked;
     * NULL: none.
     */
    const char *extramask;
    /** Folder for the files that are written; NULL or "": the folder of the MUSE image. */
    const char *output_dir;
    /**
     * 1: write the fitted images and their transforms in six FITS files: NAME_image.fits,
     * NAME_hst_model.fits and NAME_residual.fits, the transforms with _fft before .fits. NAME is the
     * name of the MUSE image without ".fits".
     */
    int save;
    /** 1: write the corrected MUSE image, as NAME_aligned.fits. */
    int apply;
    /**
     * With apply, 1: correct the offset by resampling the pixels, 0: by changing CRPIX1 and CRPIX2.
     */
    int resample;
    /** Always 0. */
    int reserved;
    /**
     * Format of a drawing of the fit, NAME_image_fit.FORMAT: "png", "jpg", "svg", "pdf" or
     * "eps"; NULL, "" or "none": no drawing. imphotFitImageAndStar draws NAME_star_fit.FORMAT
     * too.
     */
    const char *hardcopy;
    /** Title of the drawing; NULL or "none": the name of the image; "": none. */
    const char *title;
    /**
     * imphotFitImages: called with the result of each image as soon as it and those before it are
     * available: in order, on the thread of the call; index counts from 0. The result is valid until
     * the function returns. It returns 0 to go on, any other number to cancel the call. NULL (the
     * default): not called.
     */
    int (*fitted)(const struct imphotImageFit *fit, int index, void *user);
    /** Passed to fitted. */
    void *fitted_user;
    /**
     * Number of threads of this call. 0 (the default): the usual number (montage_setThreads); -n: n
     * less than that, at least one.
     */
    int nworker;
    /** Always 0. */
    int reserved2;
};

/** Result of imphotFitImageAndStar; release it with free(). */
struct imphotFitImageAndStarReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** The fit to the image. */
    struct imphotFit fit;
    /** The fit to the star. */
    struct imphotStarFit star;
};

/** Result of imphotFitImages; release it with free(). */
struct imphotFitImagesReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** Number of images. */
    int count;
    /** Number of images that could not be fitted. */
    int failed;
    /**
     * The results, count of them, in the order of the images. They are part of the memory of this
     * struct: do not free them. NULL on error.
     */
    struct imphotImageFit *images;
};

/** Result of imphotFitStar; release it with free(). */
struct imphotFitStarReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** The fit. */
    struct imphotStarFit star;
};

/**
 * Options of imphotFitStar and imphotFitStars. Fill them with imphotFitStarOptionsInit() and change
 * members.
 */
struct imphotFitStarOptions {
    /** sizeof(struct imphotFitStarOptions), set by imphotFitStarOptionsInit(). */
    size_t size;
    /**
     * Holds the FWHM in the MUSE image (arcseconds) at this value; NaN (the default): it is fitted.
     */
    double fix_fwhm;
    /** Holds the Moffat exponent in the MUSE image at this value; NaN: it is fitted. */
    double fix_beta;
    /** Folder for the files that are written; NULL or "": the folder of the MUSE image. */
    const char *output_dir;
    /** 1: write the corrected MUSE image, as NAME_aligned.fits. */
    int apply;
    /**
     * With apply, 1: correct the offset by resampling the pixels, 0: by changing CRPIX1 and CRPIX2.
     */
    int resample;
    /**
     * Format of a drawing of the profiles, NAME_star_fit.FORMAT: "png", "jpg", "svg", "pdf" or
     * "eps"; NULL, "" or "none": no drawing.
     */
    const char *hardcopy;
    /** Title of the drawing; NULL or "none": the name of the image; "": none. */
    const char *title;
    /**
     * imphotFitStars: called with the result of each image as soon as it and those before it are
     * available: in order, on the thread of the call; index counts from 0. The result is valid until
     * the function returns. It returns 0 to go on, any other number to cancel the call. NULL (the
     * default): not called.
     */
    int (*fitted)(const struct imphotImageFit *fit, int index, void *user);
    /** Passed to fitted. */
    void *fitted_user;
    /**
     * Number of threads of this call. 0 (the default): the usual number (montage_setThreads); -n: n
     * less than that, at least one.
     */
    int nworker;
    /** Always 0. */
    int reserved;
};

/** Result of imphotFitStars; release it with free(). */
struct imphotFitStarsReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** Number of images. */
    int count;
    /** Number of images in which the star could not be fitted. */
    int failed;
    /**
     * The results, count of them, in the order of the images. They are part of the memory of this
     * struct: do not free them. NULL on error.
     */
    struct imphotImageFit *images;
};

/** Result of imphotGridsAligned; release it with free(). */
struct imphotGridsAlignedReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** 1: the two images are on the same pixel grid, 0: they are not. */
    int aligned;
};

/** Result of imphotHstFilterInfo; release it with free(). */
struct imphotHstFilterInfoReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** The AB magnitude of one electron per second. */
    double abmag_zero;
    /** Flux density of one electron per second (erg cm-2 s-1 Angstrom-1). */
    double photflam;
    /** Pivot wavelength (Angstrom). */
    double photplam;
    /** Effective width (Angstrom). */
    double photbw;
    /** The HST filter, such as "F606W". */
    char filter[64];
};

/** Result of imphotRegionMask; release it with free(). */
struct imphotRegionMaskReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** Number of circles, ellipses and boxes in the mask. */
    int count;
    /** Number of those left out because their coordinate system is not fk5 or physical. */
    int ignored;
    /** Number of masked pixels, with those that the image itself masks. */
    int masked;
};

/** A ds9 region. */
struct imphotRegion {
    /** "circle", "ellipse" or "box". */
    char shape[16];
    /** Coordinate system as the file names it: "physical", "image", "fk5", "j2000" or "icrs". */
    char frame[16];
    /** Right ascension of the centre (degrees), or x (pixels, from 1) if sky_centre is 0. */
    double x;
    /** Declination of the centre (degrees), or y (pixels, from 1) if sky_centre is 0. */
    double y;
    /**
     * Radius of a circle, first radius of an ellipse, or full width of a box: in degrees, or in
     * pixels if sky_width is 0.
     */
    double width;
    /**
     * Radius of a circle, second radius of an ellipse, or full height of a box: in degrees, or in
     * pixels if sky_height is 0.
     */
    double height;
    /**
     * Counterclockwise rotation (degrees): from north, or from the y axis of the image if
     * from_north is 0.
     */
    double angle;
    /** 1: the inside is excluded (a minus sign before the shape). */
    int excluded;
    /** 1: the centre is a position on the sky, 0: a pixel. */
    int sky_centre;
    /** 1: the width is in degrees, 0: in pixels. */
    int sky_width;
    /** 1: the height is in degrees, 0: in pixels. */
    int sky_height;
    /** 1: the angle is measured from north, 0: from the y axis of the image. */
    int from_north;
    /** Always 0. */
    int reserved;
};

/** Result of imphotRegions; release it with free(). */
struct imphotRegionsReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** Number of circles, ellipses and boxes. */
    int count;
    /** Number of those left out because their coordinate system is not fk5 or physical. */
    int ignored;
    /**
     * The regions, count of them, in the order of the file. They are part of the memory of this
     * struct: do not free them. NULL on error.
     */
    struct imphotRegion *regions;
};

/** Result of imphotRegridHst; release it with free(). */
struct imphotRegridHstReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** Width of the output (pixels). */
    int width;
    /** Height of the output (pixels). */
    int height;
    /** Number of masked pixels of the output. */
    int masked;
    /** The HST filter, such as "F606W"; empty if it is neither known nor needed. */
    char filter[64];
};

/** Result of imphotRescaleHst; release it with free(). */
struct imphotRescaleHstReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** Factor that the pixel values were multiplied by. */
    double factor;
    /** The HST filter, such as "F606W". */
    char filter[64];
};

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Corrects an image for the errors that a fit found.
 *
 * Arguments:
 * - image_file: the MUSE image.
 * - output_file: the image to write.
 * - dx, dy: pointing offset (arcseconds): members dx and dy of struct imphotFit.
 * - scale: flux scale: member scale. STAT is scaled, too.
 * - bg: background offset (unit of the image): member bg.
 * - corrections: which to apply, with commas between: "xy" (dx and dy), "zero" (bg), "scale"; NULL:
 *   all; "": none.
 * - resample: 1 corrects the offset by resampling the pixels; 0 by changing CRPIX1 and CRPIX2.
 *
 * Result: the reference pixel and the number of masked pixels of the output.
 *
 * Errors: the image cannot be read; corrections has another word; a number is not usable.
 *
 * Example:
 *
 *     struct imphotFitImageReturn *found = imphotFitImage("hst_on_muse.fits", "muse.fits", NULL);
 *     if (found && found->status == 0) {
 *         struct imphotFit *fit = &found->fit;
 *         free(imphotApplyCorrections("muse.fits", "corrected.fits", fit->dx.value, fit->dy.value,
 *                                     fit->scale.value, fit->bg.value, NULL, 0));
 *     }
 *     free(found);
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
 * Makes the image of a cube that a filter would see.
 *
 * It is the mean of the planes, each weighted by the integral of the filter curve over it, with variances
 * (STAT) and a mask (DQ). Planes are read one after the other: a cube of any length needs little memory.
 *
 * Arguments:
 * - cube_file: the cube.
 * - curve_file: text file with the filter curve: wavelength and sensitivity in two columns, # begins a
 *   comment; NULL or "": the curve is in wavelengths and sensitivities.
 * - wavelengths, sensitivities: the points of the curve; NULL if curve_file is given.
 * - count: number of points.
 * - output_file: the image to write.
 * - options: unit and interpolation of the curve; NULL: the defaults.
 *
 * Result: which planes were used, and how much of the curve is beyond the cube.
 *
 * Errors: the cube or the curve cannot be read; the curve does not overlap the cube; the unit or the
 * interpolation is not known.
 *
 * Example:
 *
 *     struct imphotBandpassImageReturn *band =
 *         imphotBandpassImage("cube.fits", "f606w.txt", NULL, NULL, 0, "f606w.fits", NULL);
 *     if (band && band->status == 0)
 *         printf("%d planes\n", band->planes);
 *     free(band);
 */
struct imphotBandpassImageReturn *imphotBandpassImage(const char *cube_file,
                                                      const char *curve_file,
                                                      const double *wavelengths,
                                                      const double *sensitivities,
                                                      int count,
                                                      const char *output_file,
                                                      const struct imphotBandpassOptions *options);

/**
 * Fills a struct of options with the defaults.
 *
 * Arguments:
 * - options: the struct.
 * - size: sizeof(struct imphotBandpassOptions).
 *
 * Example:
 *
 *     struct imphotBandpassOptions options;
 *     imphotBandpassOptionsInit(&options, sizeof options);
 */
void imphotBandpassOptionsInit(struct imphotBandpassOptions *options, size_t size);

/**
 * Finds the point-spread function, flux scale, background and offset of a MUSE image by fitting it with
 * an HST image.
 *
 * The Fourier transform of the MUSE image is fitted by that of the HST image times a Moffat point-spread
 * function, a flux scale and a shift, plus a background.
 *
 * Arguments:
 * - hst_file: the HST image, on the pixel grid of the MUSE image (imphotRegridHst).
 * - muse_file: the MUSE image: DATA, and STAT and DQ if there are any.
 * - options: NULL: the defaults.
 *
 * Result: the fit. Options can have images, drawings and a corrected image written, too.
 *
 * Errors: an image cannot be read; the two are not on the same grid; an option is not valid; the fit does
 * not end at usable numbers.
 *
 * Example:
 *
 *     struct imphotFitImageOptions options;
 *     imphotFitImageOptionsInit(&options, sizeof options);
 *     options.fix_beta = 2.8;
 *     struct imphotFitImageReturn *found =
 *         imphotFitImage("hst_on_muse.fits", "muse.fits", &options);
 *     if (found && found->status == 0)
 *         printf("FWHM %.2f arcseconds\n", found->fit.fwhm.value);
 *     free(found);
 */
struct imphotFitImageReturn *imphotFitImage(const char *hst_file,
                                            const char *muse_file,
                                            const struct imphotFitImageOptions *options);

/**
 * Fits an image as by imphotFitImage, and a star in it as by imphotFitStar.
 *
 * Arguments:
 * - hst_file: the HST image, on the pixel grid of the MUSE image (imphotRegridHst).
 * - muse_file: the MUSE image.
 * - options: with star_ra, star_dec and star_radius, the position of the star and the radius that is
 *   fitted. The corrected image that the option apply writes is corrected by the fit of the image.
 *
 * Result: both fits.
 *
 * Errors: those of imphotFitImage and imphotFitStar; the options have no star.
 *
 * Example:
 *
 *     struct imphotFitImageOptions options;
 *     imphotFitImageOptionsInit(&options, sizeof options);
 *     options.star_ra = 53.1613;
 *     options.star_dec = -27.7806;
 *     options.star_radius = 3.0;
 *     struct imphotFitImageAndStarReturn *found =
 *         imphotFitImageAndStar("hst_on_muse.fits", "muse.fits", &options);
 *     if (found && found->status == 0)
 *         printf("%.2f and %.2f\n", found->fit.fwhm.value, found->star.muse_fwhm.value);
 *     free(found);
 */
struct imphotFitImageAndStarReturn *imphotFitImageAndStar(const char *hst_file,
                                                          const char *muse_file,
                                                          const struct imphotFitImageOptions *options);

/**
 * Fills a struct of options with the defaults.
 *
 * Arguments:
 * - options: the struct.
 * - size: sizeof(struct imphotFitImageOptions).
 *
 * Example:
 *
 *     struct imphotFitImageOptions options;
 *     imphotFitImageOptionsInit(&options, sizeof options);
 */
void imphotFitImageOptionsInit(struct imphotFitImageOptions *options, size_t size);

/**
 * Fits many images of one field, each as by imphotFitImage, on all cores.
 *
 * Progress is reported and can be cancelled (montage_setProgress). With the option fitted, results are
 * passed to the caller as they come; the option nworker sets the number of threads.
 *
 * Arguments:
 * - hst_file: the HST image, on the pixel grid of the MUSE images.
 * - muse_files: names of the MUSE images.
 * - count: number of names.
 * - stars: 1 fits the star of the options, too, as by imphotFitImageAndStar.
 * - options: NULL: the defaults.
 *
 * Result: a list of count results. An image that cannot be fitted is counted and has its reason in the
 * list; the others go on.
 *
 * Errors: count is negative; a name in muse_files is NULL or ""; the HST image cannot be read; an option
 * is not valid; two outputs would have the same name; a callback cancels.
 *
 * Example:
 *
 *     const char *names[2] = { "muse1.fits", "muse2.fits" };
 *     struct imphotFitImagesReturn *all = imphotFitImages("hst_on_muse.fits", names, 2, 0, NULL);
 *     if (all && all->status == 0)
 *         for (int i = 0; i < all->count; i++)
 *             puts(all->images[i].status == 0 ? all->images[i].fit.summary : all->images[i].msg);
 *     free(all);
 */
struct imphotFitImagesReturn *imphotFitImages(const char *hst_file,
                                              const char *const *muse_files,
                                              int count,
                                              int stars,
                                              const struct imphotFitImageOptions *options);

/**
 * Fits a Moffat profile to a star in a MUSE image and in an HST image, and compares the two.
 *
 * Arguments:
 * - hst_file: the HST image, on the pixel grid of the MUSE image (imphotRegridHst).
 * - muse_file: the MUSE image.
 * - ra, dec: position of the star (degrees, J2000).
 * - radius: radius of the circle around it that is fitted (arcseconds).
 * - options: NULL: the defaults.
 *
 * Result: the profiles and their comparison.
 *
 * Errors: an image cannot be read; there are too few good pixels within radius; an option is not valid;
 * the fit does not end at usable numbers.
 *
 * Example:
 *
 *     struct imphotFitStarReturn *found =
 *         imphotFitStar("hst_on_muse.fits", "muse.fits", 53.1613, -27.7806, 3.0, NULL);
 *     if (found && found->status == 0)
 *         printf("FWHM %.2f arcseconds\n", found->star.muse_fwhm.value);
 *     free(found);
 */
struct imphotFitStarReturn *imphotFitStar(const char *hst_file,
                                          const char *muse_file,
                                          double ra,
                                          double dec,
                                          double radius,
                                          const struct imphotFitStarOptions *options);

/**
 * Fills a struct of options with the defaults.
 *
 * Arguments:
 * - options: the struct.
 * - size: sizeof(struct imphotFitStarOptions).
 *
 * Example:
 *
 *     struct imphotFitStarOptions options;
 *     imphotFitStarOptionsInit(&options, sizeof options);
 */
void imphotFitStarOptionsInit(struct imphotFitStarOptions *options, size_t size);

/**
 * Fits a star in many images of one field, each as by imphotFitStar, on all cores.
 *
 * The HST image is read once, and its star is fitted once for all images that have it at the same place
 * of the pixel grid. Progress is reported and can be cancelled (montage_setProgress). With the option
 * fitted, results are passed to the caller as they come; the option nworker sets the number of threads.
 *
 * Arguments:
 * - hst_file: the HST image, on the pixel grid of the MUSE images.
 * - muse_files: names of the MUSE images.
 * - count: number of names.
 * - ra, dec: position of the star (degrees, J2000).
 * - radius: radius of the circle around it that is fitted (arcseconds).
 * - options: NULL: the defaults.
 *
 * Result: a list of count results, whose member star is filled.
 *
 * Errors: as for imphotFitImages; ra, dec or radius is not valid.
 *
 * Example:
 *
 *     const char *names[2] = { "muse1.fits", "muse2.fits" };
 *     struct imphotFitStarsReturn *all =
 *         imphotFitStars("hst_on_muse.fits", names, 2, 53.1613, -27.7806, 3.0, NULL);
 *     if (all && all->status == 0)
 *         printf("%d of %d images failed\n", all->failed, all->count);
 *     free(all);
 */
struct imphotFitStarsReturn *imphotFitStars(const char *hst_file,
                                            const char *const *muse_files,
                                            int count,
                                            double ra,
                                            double dec,
                                            double radius,
                                            const struct imphotFitStarOptions *options);

/**
 * Checks whether two images or cubes are on the same pixel grid.
 *
 * Compared are the sizes, the matrices and the positions of the central pixels.
 *
 * Arguments:
 * - image_file1, image_file2: the images or cubes.
 * - tolerance: largest difference in position (arcseconds); imphot uses 0.01.
 *
 * Result: 1 or 0.
 *
 * Errors: an image cannot be read or has no usable coordinates; tolerance is not a number.
 *
 * Example:
 *
 *     struct imphotGridsAlignedReturn *grids =
 *         imphotGridsAligned("hst_on_muse.fits", "muse.fits", 0.01);
 *     if (grids && grids->status == 0 && !grids->aligned)
 *         printf("resample the HST image first\n");
 *     free(grids);
 */
struct imphotGridsAlignedReturn *imphotGridsAligned(const char *image_file1,
                                                    const char *image_file2,
                                                    double tolerance);

/**
 * Returns the photometric constants of an HST filter.
 *
 * Arguments:
 * - filter: F435W, F475W, F555W, F606W, F625W, F775W, F814W or F850LP; NULL or "": the one in the
 *   header of hst_file (FILTER, or FILTER1 unless it is CLEAR1L, or FILTER2 unless it is CLEAR2L).
 * - hst_file: an HST image; NULL or "" if filter is given.
 *
 * Result: the constants.
 *
 * Errors: the filter is not one of these; hst_file cannot be read or names none.
 *
 * Example:
 *
 *     struct imphotHstFilterInfoReturn *filter = imphotHstFilterInfo("F606W", NULL);
 *     if (filter && filter->status == 0)
 *         printf("AB zero point %.4f\n", filter->abmag_zero);
 *     free(filter);
 */
struct imphotHstFilterInfoReturn *imphotHstFilterInfo(const char *filter, const char *hst_file);

/**
 * Writes the mask that ds9 regions make on the pixels of an image.
 *
 * The mask is a FITS image (extension DATA) of 1 where a pixel is masked and 0 elsewhere, for the option
 * extramask of imphotFitImage. Circles, ellipses and boxes count. Those with a minus sign mask their
 * inside; if there are others, everything outside of these is masked. Coordinates are fk5 (degrees or
 * sexagesimal) or physical (pixels, from 1).
 *
 * Arguments:
 * - image_file: the image or cube.
 * - regions: ds9 region file; NULL or "": the regions are in region_lines.
 * - region_lines: the lines of a region file in memory; NULL or "": they are in regions.
 * - output_file: the mask to write.
 *
 * Result: the numbers of regions and of masked pixels.
 *
 * Errors: both regions and region_lines are given, or neither; the image or the regions cannot be read.
 *
 * Example:
 *
 *     struct imphotRegionMaskReturn *mask =
 *         imphotRegionMask("muse.fits", "stars.reg", NULL, "mask.fits");
 *     if (mask && mask->status == 0)
 *         printf("%d pixels masked\n", mask->masked);
 *     free(mask);
 */
struct imphotRegionMaskReturn *imphotRegionMask(const char *image_file,
                                                const char *regions,
                                                const char *region_lines,
                                                const char *output_file);

/**
 * Reads ds9 regions.
 *
 * Arguments:
 * - regions: ds9 region file; NULL or "": the regions are in region_lines.
 * - region_lines: the lines of a region file in memory; NULL or "": they are in regions.
 *
 * Result: the circles, ellipses and boxes. imphotRegionMask describes how they mask pixels.
 *
 * Errors: both arguments are given, or neither; the file cannot be read.
 *
 * Example:
 *
 *     struct imphotRegionsReturn *found = imphotRegions("stars.reg", NULL);
 *     if (found && found->status == 0)
 *         for (int i = 0; i < found->count; i++)
 *             printf("%s at %g, %g\n", found->regions[i].shape, found->regions[i].x,
 *                    found->regions[i].y);
 *     free(found);
 */
struct imphotRegionsReturn *imphotRegions(const char *regions, const char *region_lines);

/**
 * Resamples an HST image onto the pixel grid of a MUSE image or cube.
 *
 * Arguments:
 * - hst_file: the HST image (extension DATA or SCI, or the first image), in electrons per second.
 * - muse_file: the MUSE image or cube.
 * - output_file: the image to write, with its mask: DATA, STAT if there is one, DQ.
 * - filter: the HST filter, such as "F606W"; NULL or "": the one in the header (FILTER, FILTER1 or
 *   FILTER2).
 * - rescale: 1 converts pixel values to the unit of the MUSE image, for which the filter must be known;
 *   0 keeps electrons per second.
 *
 * Result: the size of the output and the filter.
 *
 * Errors: an image cannot be read or has no usable coordinates; rescale is 1 and the filter or the unit
 * of the MUSE image is not known.
 *
 * Example:
 *
 *     struct imphotRegridHstReturn *done =
 *         imphotRegridHst("hst.fits", "muse.fits", "hst_on_muse.fits", NULL, 1);
 *     if (done && done->status == 0)
 *         printf("%s, %d x %d pixels\n", done->filter, done->width, done->height);
 *     free(done);
 */
struct imphotRegridHstReturn *imphotRegridHst(const char *hst_file,
                                              const char *muse_file,
                                              const char *output_file,
                                              const char *filter,
                                              int rescale);

/**
 * Converts an HST image from electrons per second to the unit of a MUSE image or cube.
 *
 * Data are multiplied by a constant of the filter, variances by its square.
 *
 * Arguments:
 * - hst_file: the HST image, in electrons per second.
 * - muse_file: the MUSE image or cube.
 * - output_file: the image to write.
 * - filter: as for imphotRegridHst.
 *
 * Result: the factor and the filter.
 *
 * Errors: an image cannot be read; the filter or the unit of the MUSE image is not known.
 *
 * Example:
 *
 *     struct imphotRescaleHstReturn *done =
 *         imphotRescaleHst("hst.fits", "muse.fits", "hst_flux.fits", "F606W");
 *     if (done && done->status == 0)
 *         printf("multiplied by %g\n", done->factor);
 *     free(done);
 */
struct imphotRescaleHstReturn *imphotRescaleHst(const char *hst_file,
                                                const char *muse_file,
                                                const char *output_file,
                                                const char *filter);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* IMPHOT_H */
