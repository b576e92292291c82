/*
 * libmontage: a drop-in replacement of the Montage C library.
 *
 * The functions have the names, arguments and return structs of Montage 6. Where Montage 7 changed the
 * arguments of one, its form has the ending _v7; define MONTAGE_API as 7 before including this file and
 * the plain names mean those.
 *
 * Every function that returns a struct allocates it with malloc(): release it with free(). Its status is 0,
 * or 1 with the reason in msg; json is always valid JSON. Any function may be called from any number of
 * threads at the same time.
 *
 * Generated from src by cbindgen: do not edit (UPDATE_HEADER=1 cargo test --test header).
 */

#ifndef MONTAGE_H
#define MONTAGE_H

#include <stdint.h>
#include <math.h>

/** Whether x is a blank pixel. */
#define mNaN(x) (isnan(x) || !isfinite(x))


/**
 * The structure that WCSTools makes of a header; it is WCSTools' own.
 */
struct WorldCoor;

/**
 * What mAdd returns.
 */
struct mAddReturn {
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
     * Run time (seconds).
     */
    double time;
};

/**
 * What mBackground returns.
 */
struct mBackgroundReturn {
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
     * Run time (seconds).
     */
    double time;
};

/**
 * What mBestImage returns; release it with free().
 */
struct mBestImageReturn {
    /**
     * 0: OK, 1: error.
     */
    int status;
    /**
     * What went wrong and with which file, or the values below as text.
     */
    char msg[1024];
    /**
     * The values below as JSON.
     */
    char json[4096];
    /**
     * The name of the image in the table.
     */
    char file[1024];
    /**
     * Its HDU; 0 where the table has none.
     */
    int hdu;
    /**
     * Its URL; empty where the table has none.
     */
    char url[1024];
    /**
     * Degrees from the position to the nearest edge of the image.
     */
    double edgedist;
};

/**
 * What mBgExec returns.
 */
struct mBgExecReturn {
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
     * Images in the table.
     */
    int count;
    /**
     * Images without a correction, which are copied.
     */
    int nocorrection;
    /**
     * Images that could not be corrected.
     */
    int failed;
};

/**
 * What mBgModel and mBgModel_v7 return. The counters are those of Montage 7.
 */
struct mBgModelReturn {
    /**
     * 0: done, 1: error.
     */
    int status;
    /**
     * Why not, or version 7's summary.
     */
    char msg[1024];
    /**
     * The same as JSON.
     */
    char json[4096];
    /**
     * Corrections that are not numbers (always 0).
     */
    int nnan;
    /**
     * Fits set aside for their noise.
     */
    int sigmaDelete;
    /**
     * Fits set aside for the small size of the overlap.
     */
    int fitDelete;
    /**
     * Images set aside for their small size (always 0, as in Montage 7).
     */
    int imgDelete;
    /**
     * Restarts because of NaNs (always 0, as in Montage 7).
     */
    int nrestart;
    /**
     * Fits left out because their plane or box is not a number.
     */
    int nbadFit;
    /**
     * Images left out for that reason (always 0).
     */
    int nbadImg;
};

/**
 * What mCoord returns.
 */
struct mCoordReturn {
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
     * Right ascension of J2000 (degrees).
     */
    double ra;
    /**
     * Declination of J2000 (degrees).
     */
    double dec;
    /**
     * Pixel coordinate along the first axis, from 1.
     */
    double xpix;
    /**
     * Pixel coordinate along the second axis, from 1.
     */
    double ypix;
};

/**
 * What mCoverageCheck and mCoverageCheck_v7 return; release it with free().
 */
struct mCoverageCheckReturn {
    /**
     * 0: OK, 1: error.
     */
    int status;
    /**
     * What went wrong and with which file, or the count.
     */
    char msg[1024];
    /**
     * The count as JSON.
     */
    char json[4096];
    /**
     * Images that overlap the region.
     */
    int count;
};

/**
 * What mDiff returns; release it with free().
 */
struct mDiffReturn {
    /**
     * 0: OK, 1: error.
     */
    int status;
    /**
     * What went wrong and with which file, or the values below as text.
     */
    char msg[1024];
    /**
     * The values below as JSON.
     */
    char json[4096];
    /**
     * Run time (seconds).
     */
    double time;
    /**
     * Smallest pixel value times area in either input.
     */
    double min_pixel;
    /**
     * Largest pixel value times area in either input.
     */
    double max_pixel;
    /**
     * Smallest absolute difference.
     */
    double min_diff;
    /**
     * Largest absolute difference.
     */
    double max_diff;
};

/**
 * What mDiffExec returns; release it with free().
 */
struct mDiffExecReturn {
    /**
     * 0: OK, 1: error.
     */
    int status;
    /**
     * What went wrong and with which file, or the values below as text.
     */
    char msg[1024];
    /**
     * The values below as JSON.
     */
    char json[4096];
    /**
     * Number of differences in the table.
     */
    int count;
    /**
     * Number of differences that failed.
     */
    int failed;
    /**
     * Always 0, as in Montage.
     */
    int warning;
};

/**
 * What mDiffFit returns; release it with free().
 */
struct mDiffFitReturn {
    /**
     * 0: OK, 1: error.
     */
    int status;
    /**
     * What went wrong and with which file, or the values below as text.
     */
    char msg[1024];
    /**
     * The values below as JSON.
     */
    char json[4096];
    /**
     * Slope of the plane along x.
     */
    double a;
    /**
     * Slope of the plane along y.
     */
    double b;
    /**
     * Level of the plane at the reference pixel.
     */
    double c;
    /**
     * CRPIX1 of the image.
     */
    double crpix1;
    /**
     * CRPIX2 of the image.
     */
    double crpix2;
    /**
     * Smallest x of the fitted pixels, from the reference pixel.
     */
    double xmin;
    /**
     * Largest x of the fitted pixels.
     */
    double xmax;
    /**
     * Smallest y of the fitted pixels.
     */
    double ymin;
    /**
     * Largest y of the fitted pixels.
     */
    double ymax;
    /**
     * Mean x of the fitted pixels.
     */
    double xcenter;
    /**
     * Mean y of the fitted pixels.
     */
    double ycenter;
    /**
     * Number of fitted pixels.
     */
    int npixel;
    /**
     * Rms of their distances from the plane.
     */
    double rms;
    /**
     * Centre of the smallest rectangle around the pixels, x.
     */
    double boxx;
    /**
     * Centre of the smallest rectangle around the pixels, y.
     */
    double boxy;
    /**
     * Its side at the angle boxang.
     */
    double boxwidth;
    /**
     * Its other side.
     */
    double boxheight;
    /**
     * Its angle (degrees).
     */
    double boxang;
};

/**
 * What mDiffFitExec returns; release it with free().
 */
struct mDiffFitExecReturn {
    /**
     * 0: OK, 1: error.
     */
    int status;
    /**
     * What went wrong and with which file, or the values below as text.
     */
    char msg[1024];
    /**
     * The values below as JSON.
     */
    char json[4096];
    /**
     * Number of differences in the table.
     */
    int count;
    /**
     * Number of differences that failed.
     */
    int diff_failed;
    /**
     * Number of fits that failed; mDiffFitExec counts failed differences here too,
     * mDiffFitExec_v7 does not.
     */
    int fit_failed;
    /**
     * Always 0, as in Montage.
     */
    int warning;
};

/**
 * What mFitExec returns; release it with free().
 */
struct mFitExecReturn {
    /**
     * 0: OK, 1: error.
     */
    int status;
    /**
     * What went wrong and with which file, or the values below as text.
     */
    char msg[1024];
    /**
     * The values below as JSON.
     */
    char json[4096];
    /**
     * Number of differences in the table.
     */
    int count;
    /**
     * Number of fits that failed.
     */
    int failed;
    /**
     * Always 0, as in Montage.
     */
    int warning;
    /**
     * Number of difference images that are missing.
     */
    int missing;
};

/**
 * What mFitplane returns; release it with free().
 */
struct mFitplaneReturn {
    /**
     * 0: OK, 1: error.
     */
    int status;
    /**
     * What went wrong and with which file, or the values below as text.
     */
    char msg[1024];
    /**
     * The values below as JSON.
     */
    char json[4096];
    /**
     * Slope of the plane along x.
     */
    double a;
    /**
     * Slope of the plane along y.
     */
    double b;
    /**
     * Level of the plane at the reference pixel.
     */
    double c;
    /**
     * CRPIX1 of the image.
     */
    double crpix1;
    /**
     * CRPIX2 of the image.
     */
    double crpix2;
    /**
     * Smallest x of the fitted pixels, from the reference pixel.
     */
    double xmin;
    /**
     * Largest x of the fitted pixels.
     */
    double xmax;
    /**
     * Smallest y of the fitted pixels.
     */
    double ymin;
    /**
     * Largest y of the fitted pixels.
     */
    double ymax;
    /**
     * Mean x of the fitted pixels.
     */
    double xcenter;
    /**
     * Mean y of the fitted pixels.
     */
    double ycenter;
    /**
     * Number of fitted pixels.
     */
    int npixel;
    /**
     * Rms of their distances from the plane.
     */
    double rms;
    /**
     * Centre of the smallest rectangle around the pixels, x.
     */
    double boxx;
    /**
     * Centre of the smallest rectangle around the pixels, y.
     */
    double boxy;
    /**
     * Its side at the angle boxang.
     */
    double boxwidth;
    /**
     * Its other side.
     */
    double boxheight;
    /**
     * Its angle (degrees).
     */
    double boxang;
};

/**
 * What mGetHdr returns.
 */
struct mGetHdrReturn {
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
     * Cards of the header.
     */
    int ncard;
};

/**
 * What mHdr returns.
 */
struct mHdrReturn {
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
     * Lines of the template.
     */
    int count;
};

/**
 * What mImgtbl returns.
 */
struct mImgtblReturn {
    /**
     * 0: done; 1: an error, see msg.
     */
    int status;
    /**
     * The counts below, or the error.
     */
    char msg[1024];
    /**
     * The counts below as JSON.
     */
    char json[4096];
    /**
     * Images listed (a file may have several).
     */
    int count;
    /**
     * Files looked into.
     */
    int nfile;
    /**
     * Their HDUs.
     */
    int nhdu;
    /**
     * Files that are no FITS.
     */
    int badfits;
    /**
     * HDUs left out for want of a usable geometry.
     */
    int badwcs;
};

/**
 * What mMakeHdr returns.
 */
struct mMakeHdrReturn {
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
     * A caution, or empty.
     */
    char note[1024];
    /**
     * Rows of the tables.
     */
    int count;
    /**
     * Rows with more than two axes.
     */
    int ncube;
    /**
     * Width of the template in pixels.
     */
    int naxis1;
    /**
     * Height of the template in pixels.
     */
    int naxis2;
    /**
     * Longitude of its centre (degrees).
     */
    double clon;
    /**
     * Latitude of its centre (degrees).
     */
    double clat;
    /**
     * Its width (degrees).
     */
    double lonsize;
    /**
     * Its height (degrees).
     */
    double latsize;
    /**
     * Its CROTA2 (degrees).
     */
    double posang;
    /**
     * Lower left corner (degrees).
     */
    double lon1;
    /**
     * Lower left corner (degrees).
     */
    double lat1;
    /**
     * Lower right corner (degrees).
     */
    double lon2;
    /**
     * Lower right corner (degrees).
     */
    double lat2;
    /**
     * Upper right corner (degrees).
     */
    double lon3;
    /**
     * Upper right corner (degrees).
     */
    double lat3;
    /**
     * Upper left corner (degrees).
     */
    double lon4;
    /**
     * Upper left corner (degrees).
     */
    double lat4;
};

/**
 * What mOverlaps returns. Release it with `free()`.
 */
struct mOverlapsReturn {
    /**
     * 0: done, 1: error (see `msg`).
     */
    int status;
    /**
     * On error what is wrong; else the counts as text.
     */
    char msg[1024];
    /**
     * The same as JSON.
     */
    char json[4096];
    /**
     * Number of overlapping pairs.
     */
    int count;
};

/**
 * What mProjExec and mProjExec_v7 return.
 */
struct mProjExecReturn {
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
     * Images that were to be reprojected.
     */
    int count;
    /**
     * Images that could not be reprojected.
     */
    int failed;
    /**
     * Images that do not fall on the template.
     */
    int nooverlap;
};

/**
 * What mProject returns.
 */
struct mProjectReturn {
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
     * Run time (seconds).
     */
    double time;
};

/**
 * What mProjectPP returns.
 */
struct mProjectPPReturn {
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
     * Run time (seconds).
     */
    double time;
};

/**
 * What mProjectQL returns.
 */
struct mProjectQLReturn {
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
     * Run time (seconds).
     */
    double time;
};

/**
 * What mPutHdr returns.
 */
struct mPutHdrReturn {
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
};

/**
 * What mShrink and mShrink_v7 return; release it with free().
 */
struct mShrinkReturn {
    /**
     * 0: OK, 1: error.
     */
    int status;
    /**
     * What went wrong and with which file, or the time.
     */
    char msg[1024];
    /**
     * The same as JSON.
     */
    char json[4096];
    /**
     * Seconds that it took.
     */
    double time;
};

/**
 * What mSubimage returns; release it with free().
 */
struct mSubimageReturn {
    /**
     * 0: OK, 1: error.
     */
    int status;
    /**
     * What went wrong and with which file, or the content.
     */
    char msg[1024];
    /**
     * The same as JSON.
     */
    char json[4096];
    /**
     * "blank": no pixel has a value; "flat": all have the same; "normal": they differ.
     */
    char content[1024];
};

/**
 * What mSubset returns; release it with free().
 */
struct mSubsetReturn {
    /**
     * 0: OK, 1: error.
     */
    int status;
    /**
     * What went wrong and with which file, or the counts below.
     */
    char msg[1024];
    /**
     * The counts below as JSON.
     */
    char json[4096];
    /**
     * Images in the table.
     */
    int count;
    /**
     * Those that overlap the region.
     */
    int nmatches;
};

/**
 * What mTANHdr returns: largest errors in pixels.
 */
struct mTANHdrReturn {
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
     * From the other projection to the distorted plane, along x.
     */
    double fwdxerr;
    /**
     * The same along y.
     */
    double fwdyerr;
    /**
     * 1 where these are within the tolerance, else maxiter + 1.
     */
    int fwditer;
    /**
     * From the distorted plane to the other projection, along x.
     */
    double revxerr;
    /**
     * The same along y.
     */
    double revyerr;
    /**
     * As fwditer.
     */
    int reviter;
};

/**
 * What `montage_setProgress` takes: called with the number of items done and in all; a
 * non-zero answer cancels the call that it was called from.
 */
typedef int (*montage_progress)(int64_t done, int64_t total, void *user);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Coadds the images of the table `tblfile` (columns cntr, fname, ctype1, ctype2, naxis1, naxis2,
 * crval1, crval2, crpix1, crpix2, cdelt1, cdelt2; images in `path`, NULL: the working directory),
 * which lie on the pixel grid of `template_file`, into the mosaic `output_file` and its
 * `_area.fits`. `shrink`: cut the mosaic to the images; `haveAreas`: weigh by their `_area`
 * images; `coadd`: 0 mean, 1 median, 2 count, 3 sum.
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
 * `free()`.
 */
struct mAddReturn *mAdd(const char *path,
                        const char *tblfile,
                        const char *template_file,
                        const char *output_file,
                        int shrink,
                        int haveAreas,
                        int coadd,
                        int debug);

/**
 * Subtracts the plane A x + B y + C from an image, where x and y are pixels (from 0) minus
 * CRPIX1 and CRPIX2. A pixel that is not finite, or whose area is not positive, becomes blank.
 * With `noAreas` there are no `_area` images, neither to read nor to write.
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
 * `free()`.
 */
struct mBackgroundReturn *mBackground(const char *input_file,
                                      const char *output_file,
                                      double A,
                                      double B,
                                      double C,
                                      int noAreas,
                                      int debug);

/**
 * Finds the image of a table that covers a position best: whose nearest edge is furthest away.
 *
 * `tblfile`: the table (fname or file, and corners ra1 ... dec4 or ctype, naxis, crval, crpix,
 * cdelt with crota2 or cd; hdu and URL if there). `ra`, `dec`: the position (degrees, J2000).
 * `debug`: above 0 prints the images that cover it.
 *
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
 * `free()`.
 */
struct mBestImageReturn *mBestImage(const char *tblfile, double ra, double dec, int debug);

/**
 * Corrects every image of the table `tblfile` (columns cntr, fname; images in `path`, NULL: the
 * working directory) by its plane in `fitfile` (columns id, a, b, c; mBgModel writes it), into
 * the existing folder `corrdir`. An image that fails is counted, the others go on.
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
 * `free()`.
 */
struct mBgExecReturn *mBgExec(const char *path,
                              const char *tblfile,
                              const char *fitfile,
                              const char *corrdir,
                              int noAreas,
                              int debug);

/**
 * Finds the correction plane of every image from the planes fitted to the differences of
 * overlapping images (Montage 6.0).
 *
 * `imgfile`: table of the images (cntr, ns or naxis1, nl or naxis2, crpix1, crpix2).
 * `fitfile`: table of the fits (mFitExec's). `corrtbl`: table to write: id, a, b, c of the plane
 * a x + b y + c to subtract, x and y in pixels from the reference pixel. `noslope`: levels only.
 * `useall`: keep the fits of small overlaps and the noisy ones. `niter`: number of rounds, 0 for
 * 10,000. `debug`: above 0 prints what it was asked, above 1 the fits set aside.
 *
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
 * `free()`.
 */
struct mBgModelReturn *mBgModel(const char *imgfile,
                                const char *fitfile,
                                const char *corrtbl,
                                int noslope,
                                int useall,
                                int niter,
                                int debug);

/**
 * The same as Montage 7 does it.
 *
 * `imgfile` needs fname (or file, or plate) too, and may have a column locked: images with a
 * non-zero value keep their background. `gapdir`: NULL, "", or a folder with gap.tbl and
 * wrap.tbl (pieces of one image at gaps and edges of an all-sky projection). `mode`: 0 levels,
 * then levels and slopes; 1 levels only; 2 levels and slopes in turns; 3 levels, then slopes.
 * The rest is as in mBgModel; msg is "nnan=..., cmin=..., cmax=...".
 *
 * # Safety
 * As for mBgModel.
 */
struct mBgModelReturn *mBgModel_v7(const char *imgfile,
                                   const char *fitfile,
                                   const char *corrtbl,
                                   const char *gapdir,
                                   int mode,
                                   int useall,
                                   int niter,
                                   int debug);

/**
 * Takes a position (right ascension `xlon` and declination `ylat` of J2000 in degrees) to a pixel
 * of HDU `hdu` (0: the first image) of the FITS file `fitsfile`, or with `locinpix` the pixel
 * (`xlon`, `ylat`) to its position. `plane3` and `plane4`, the plane of a cube, make no
 * difference. An error where the position is not on the image or the pixel has no sky.
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
 * `free()`.
 */
struct mCoordReturn *mCoord(const char *fitsfile,
                            int hdu,
                            int plane3,
                            int plane4,
                            double xlon,
                            double ylat,
                            int locinpix,
                            int debug);

/**
 * Writes the rows of a table whose images overlap a region of the sky (Montage 6.0).
 *
 * `infile`: the table (corners ra1 ... dec4, or ctype, naxis, crval, crpix, cdelt with crota2 or
 * cd). `outfile`: the table to write. `mode` says what the `narray` numbers of `array` are, all
 * in degrees and J2000: 0, right ascension and declination of three or more points around a
 * convex region; 1, centre, width, height and angle of a box (height and angle may be left out);
 * 2, centre and radius of a circle; 3, a point; 4, nothing, the region is that of the header
 * template `hdrfile` (NULL in the other modes); 5, a box as for 1, and rows describe the part of
 * each image in it. `path`: folder of the images, which mode 5 reads where the table cannot
 * describe their projection (NULL: it does not). `debug`: above 0 prints the counts.
 *
 * # Safety
 * Every string is NULL or NUL-terminated and valid for the call, `array` is NULL or has at least
 * `narray` numbers. Free the result with `free()`.
 */
struct mCoverageCheckReturn *mCoverageCheck(const char *infile,
                                            const char *outfile,
                                            int mode,
                                            const char *hdrfile,
                                            int narray,
                                            const double *array,
                                            const char *path,
                                            int debug);

/**
 * mCoverageCheck of Montage 7, to which images, boxes and headers begin at pixel 0.5 (to Montage
 * 6 at -0.5). `xoff` and `yoff` are without effect, as there. Otherwise as mCoverageCheck.
 *
 * # Safety
 * As for mCoverageCheck.
 */
struct mCoverageCheckReturn *mCoverageCheck_v7(const char *infile,
                                               const char *outfile,
                                               int mode,
                                               const char *hdrfile,
                                               int narray,
                                               const double *array,
                                               const char *path,
                                               double xoff,
                                               double yoff,
                                               int debug);

/**
 * Subtracts input_file2, multiplied by factor (0 means 1), from input_file1 and writes the
 * difference to output_file and its area image beside it. Both must lie on the pixel grid of
 * the header template. Pixels are weighted by their area images unless noAreas, and kept where
 * both images cover them well.
 *
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
 * free().
 */
struct mDiffReturn *mDiff(const char *input_file1,
                          const char *input_file2,
                          const char *output_file,
                          const char *template_file,
                          int noAreas,
                          double factor,
                          int debug);

/**
 * Makes the difference images of all pairs of tblfile (written by mOverlaps) in diffdir. path is
 * the folder of the images (NULL: the working directory). A pair that fails is counted.
 *
 * # Safety
 * As for mDiff.
 */
struct mDiffExecReturn *mDiffExec(const char *path,
                                  const char *tblfile,
                                  const char *template_file,
                                  const char *diffdir,
                                  int noAreas,
                                  int debug);

/**
 * Subtracts fname2 from fname1 and fits the difference, in one step (new in Montage 7). The
 * difference image diffname is written only when keep is set.
 *
 * # Safety
 * As for mFitplane.
 */
struct mDiffFitReturn *mDiffFit(const char *fname1,
                                const char *fname2,
                                const char *diffname,
                                const char *template_file,
                                int keep,
                                int levelOnly,
                                int noAreas,
                                int border,
                                int debug);

/**
 * Subtracts and fits every pair of tblfile (written by mOverlaps) and writes the fit table
 * fitfile. path is the folder of the images (NULL: the working directory). Difference images
 * are written to diffdir only when keepAll is set. A pair that fails is counted.
 *
 * # Safety
 * As for mFitplane.
 */
struct mDiffFitExecReturn *mDiffFitExec(const char *path,
                                        const char *tblfile,
                                        const char *template_file,
                                        const char *diffdir,
                                        const char *fitfile,
                                        int keepAll,
                                        int levelOnly,
                                        int noAreas,
                                        int debug);

/**
 * mDiffFitExec of Montage 7: where archive is not empty, the images are fetched from the S3
 * bucket of that name with the program `aws`, pair by pair; the fits have version 7's rounds.
 *
 * # Safety
 * As for mFitplane.
 */
struct mDiffFitExecReturn *mDiffFitExec_v7(const char *path,
                                           const char *tblfile,
                                           const char *template_file,
                                           const char *diffdir,
                                           const char *fitfile,
                                           int keepAll,
                                           int levelOnly,
                                           int noAreas,
                                           const char *archive,
                                           int debug);

/**
 * Fits the difference images of tblfile (written by mOverlaps) in diffdir and writes the fit
 * table fitfile. A fit that fails is counted.
 *
 * # Safety
 * As for mFitplane.
 */
struct mFitExecReturn *mFitExec(const char *tblfile,
                                const char *fitfile,
                                const char *diffdir,
                                int levelOnly,
                                int debug);

/**
 * Fits a plane to an image, leaving out what is farther than 2 rms for 20 rounds, and finds the
 * smallest rectangle around its pixels. levelOnly fits a level only; border pixels along every
 * side are left out of the fit.
 *
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
 * free().
 */
struct mFitplaneReturn *mFitplane(const char *input_file, int levelOnly, int border, int debug);

/**
 * mFitplane of Montage 7: with nofit only the region and the rectangle are found; the first
 * round of clipping is one earlier.
 *
 * # Safety
 * As for mFitplane.
 */
struct mFitplaneReturn *mFitplane_v7(const char *input_file,
                                     int nofit,
                                     int levelOnly,
                                     int border,
                                     int debug);

/**
 * Writes the header of HDU `hdu` (from 0) of the FITS file `infile` to the text file `hdrfile`, a
 * card a line. `htmlMode`: 0 plain (a header template), 1 a web page, 2 the lines of that page
 * alone.
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
 * `free()`.
 */
struct mGetHdrReturn *mGetHdr(const char *infile,
                              const char *hdrfile,
                              int hdu,
                              int htmlMode,
                              int debug);

/**
 * Writes to `outfile` the header template of a tangent plane around the position `locstr`
 * ("lon lat" in degrees, or sexagesimal, with a system and equinox behind it where these are not
 * eq J2000), `width` by `height` degrees (0: as the width), with pixels of `resolution` seconds
 * of arc, turned by `rotation` degrees (CROTA2). `csys` and `equinox`: as for mMakeHdr.
 * `band2MASS`: j, h or k for the magnitude zero point MAGZP of that survey; NULL or "" for none.
 * Names of objects cannot be looked up here.
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
 * `free()`.
 */
struct mHdrReturn *mHdr(const char *locstr,
                        double width,
                        double height,
                        const char *outfile,
                        const char *csys,
                        double equinox,
                        double resolution,
                        double rotation,
                        const char *band2MASS,
                        int debug);

/**
 * Lists the images of a directory in a table, with the geometry of each.
 *
 * pathname is the directory (NULL: the working directory), tblname the table to write.
 * recursiveMode: directories below, too. processAreaFiles: `_area` images, too. haveCubes:
 * columns for a third and fourth axis. noGZIP: leave `.gz` files out. showCorners: columns for
 * the four corners. showInfo: print a line for everything left out. showbad: a row of zeros for
 * it, too. imgListFile: a table whose column fname (or file) names the images instead of the
 * directory (NULL or "": none). fieldListFile: further keywords to list, name, type and width
 * on a line (NULL or "": none). Free the result with free().
 *
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call.
 */
struct mImgtblReturn *mImgtbl(const char *pathname,
                              const char *tblname,
                              int recursiveMode,
                              int processAreaFiles,
                              int haveCubes,
                              int noGZIP,
                              int showCorners,
                              int showInfo,
                              int showbad,
                              const char *imgListFile,
                              const char *fieldListFile,
                              int debug);

/**
 * Makes the header template of an image that holds everything in `tblfile`: a table of images
 * (columns ra1, dec1 to ra4, dec4; or lon1, lat1 to lon4, lat4; or ctype1, ctype2, naxis1 (ns),
 * naxis2 (nl), crval1, crval2, crpix1, crpix2, cdelt1, cdelt2, crota2 and perhaps equinox) or of
 * positions (ra, dec; or lon, lat; or crval1, crval2), or a table whose column table names such
 * tables. It is a tangent plane, or an Aitoff map of the whole sky for what is too large.
 *
 * `csys`: EQUJ, EQUB, ECLJ, ECLB, GAL or SGAL, or the usual short forms. `equinox`: in years,
 * 0 for 1950 or 2000. `pixelScale`: in degrees, 0 for the finest of the table.
 * `northAligned`: north up, instead of the smallest box. `pad`: pixels to add on every side,
 * with `isPercentage` percent of the longer side. `maxPixel`: above 0, the scale is such that
 * the longer side has this many pixels.
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
 * `free()`.
 */
struct mMakeHdrReturn *mMakeHdr(const char *tblfile,
                                const char *template_file,
                                const char *csys,
                                double equinox,
                                double pixelScale,
                                int northAligned,
                                double pad,
                                int isPercentage,
                                int maxPixel,
                                int debug);

/**
 * Finds the images of the table `tblfile` that overlap on the sky and writes the pairs, with
 * the name that each pair's difference image will have, to the table `difftbl`. With
 * `quickmode` images are compared as areas between four great circles, which is right for all
 * but strongly curved edges; with 0 the edge pixels are walked one by one. A table that gives
 * the corners (columns `ra1` to `dec4`) is always compared quickly.
 *
 * With `debug` above 0 it says on standard output what it read.
 *
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
 * `free()`.
 */
struct mOverlapsReturn *mOverlaps(const char *tblfile,
                                  const char *difftbl,
                                  int quickmode,
                                  int debug);

/**
 * Reprojects the images of the table `tblfile` (column fname, and hdu if there is one; images in
 * `path`, NULL: the working directory) to `template_file`, into the folder `projdir`.
 * `quickMode`: by interpolation (mProjectQL); otherwise from plane to plane (mProjectPP) where the
 * projections allow it, else exactly (mProject). `exact`: no distorted planes in place of other
 * projections. `wholeImages`: enlarge the template for every image to fit; `energyMode`, `border`:
 * as for mProject. `scaleCol`, `weightCol` (NULL or "": none): columns of factors for the values
 * and of weights. `restart`: rows to leave out. `stats` (NULL or "": none): where to tell about
 * each image.
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
 * `free()`.
 */
struct mProjExecReturn *mProjExec(const char *path,
                                  const char *tblfile,
                                  const char *template_file,
                                  const char *projdir,
                                  int quickMode,
                                  int exact,
                                  int wholeImages,
                                  int energyMode,
                                  const char *border,
                                  const char *scaleCol,
                                  const char *weightCol,
                                  int restart,
                                  const char *stats,
                                  int debug);

/**
 * mProjExec of Montage 7: `drizzle` is as for mProject, and `exact` means mProject for every image.
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
 * `free()`.
 */
struct mProjExecReturn *mProjExec_v7(const char *path,
                                     const char *tblfile,
                                     const char *template_file,
                                     const char *projdir,
                                     int quickMode,
                                     int exact,
                                     int wholeImages,
                                     int energyMode,
                                     double drizzle,
                                     const char *border,
                                     const char *scaleCol,
                                     const char *weightCol,
                                     int restart,
                                     const char *stats,
                                     int debug);

/**
 * Reprojects `input_file` (HDU `hdu`) to `template_file` by the exact overlaps of pixels on the
 * sky, and writes `output_file` and its `_area.fits`, cut to what the image covers.
 * `weight_file` (NULL or "": none) has a weight for every pixel, below `threshold` not used;
 * `fixedWeight` is one for all. `borderstr` (NULL or "": none) is a width in pixels to leave out
 * or a polygon "x1,y1,x2,y2,..." to keep. `drizzle` is the side of the part of a pixel that its
 * flux comes from, `fluxScale` multiplies the values (0 means 1 for these and fixedWeight).
 * `energyMode`: values are energies, not densities; `expand`: enlarge the template to hold the
 * whole image; `fullRegion`: write the whole template.
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
 * `free()`.
 */
struct mProjectReturn *mProject(const char *input_file,
                                const char *output_file,
                                const char *template_file,
                                int hdu,
                                const char *weight_file,
                                double fixedWeight,
                                double threshold,
                                const char *borderstr,
                                double drizzle,
                                double fluxScale,
                                int energyMode,
                                int expand,
                                int fullRegion,
                                int debug);

/**
 * Reprojects as mProject does, but from plane to plane: for the projections TAN, SIN, ZEA, STG and
 * ARC, or headers `altin` and `altout` (NULL or "": none; see mTANHdr) in place of the image's and
 * the template's. The areas are those of the output's plane.
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
 * `free()`.
 */
struct mProjectPPReturn *mProjectPP(const char *input_file,
                                    const char *output_file,
                                    const char *template_file,
                                    int hdu,
                                    const char *weight_file,
                                    double fixedWeight,
                                    double threshold,
                                    const char *borderstr,
                                    const char *altin,
                                    const char *altout,
                                    double drizzle,
                                    double fluxScale,
                                    int energyMode,
                                    int expand,
                                    int fullRegion,
                                    int debug);

/**
 * Reprojects as mProject does, but by interpolation, quickly: every output pixel takes the value of
 * the input at its centre, by `interp` 0: that of the pixel there, 1: Lanczos' kernel over three
 * pixels to every side. Flux is not kept. `noAreas` not 0: no area image is written, and one of an
 * earlier image is removed; else its pixels are the weight (1 without weights) of the input pixel
 * there, NaN off the input. What is written is the rectangle around the outline of the input.
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
 * `free()`.
 */
struct mProjectQLReturn *mProjectQL(const char *input_file,
                                    const char *output_file,
                                    const char *template_file,
                                    int hdu,
                                    int interp,
                                    const char *weight_file,
                                    double fixedWeight,
                                    double threshold,
                                    const char *borderstr,
                                    double fluxScale,
                                    int expand,
                                    int fullRegion,
                                    int noAreas,
                                    int debug);

/**
 * Writes the pixels of HDU `hdu` (0: the first image) of the FITS file `input_file`, of any number
 * of axes, as doubles to `output_file`, with the header `template_file`, whose NAXIS and NAXISn must
 * be those of the image.
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
 * `free()`.
 */
struct mPutHdrReturn *mPutHdr(const char *input_file,
                              const char *output_file,
                              const char *template_file,
                              int hdu,
                              int debug);

/**
 * Writes an image with larger (or smaller) pixels, each the mean of those that it covers.
 *
 * `input_file`: the image. `output_file`: the image to write, its pixels stored alike.
 * `shrinkFactor`: input pixels in the side of an output pixel, any positive number. `hdu`: the
 * HDU, from 0. `fixedSize`: shrinkFactor is the number of pixels of the output's longer side.
 * `debug`: above 0 prints the sizes.
 *
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
 * `free()`.
 */
struct mShrinkReturn *mShrink(const char *input_file,
                              const char *output_file,
                              double shrinkFactor,
                              int hdu,
                              int fixedSize,
                              int debug);

/**
 * mShrink of Montage 7: `cdelt`, where positive, is the size of CDELT1 and CDELT2 (degrees) that
 * is written instead of theirs times the factor, which may be rounded. Otherwise as mShrink.
 *
 * # Safety
 * As for mShrink.
 */
struct mShrinkReturn *mShrink_v7(const char *input_file,
                                 const char *output_file,
                                 double shrinkFactor,
                                 double cdelt,
                                 int hdu,
                                 int fixedSize,
                                 int debug);

/**
 * Cuts a piece out of an image.
 *
 * `infile`: the image. `outfile`: the piece to write, its pixels stored alike. `mode` says what
 * the four numbers are: 0, right ascension and declination (degrees, J2000) of the middle and
 * sizes in degrees along the image's axes; 1, the first column and row (from 1) and sizes in
 * pixels; 2, nothing, all of the HDU is wanted; 3, nothing, blank borders are cut off; 4 (Montage
 * 7), first column and row and last column and row, counted from CRPIX1, CRPIX2. `hdu`: the HDU,
 * from 0. `nowcs`: the image has no sky coordinates. `debug`: above 0 prints the range of
 * pixels.
 *
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
 * `free()`.
 */
struct mSubimageReturn *mSubimage(const char *infile,
                                  const char *outfile,
                                  double xref,
                                  double yref,
                                  double xsize,
                                  double ysize,
                                  int mode,
                                  int hdu,
                                  int nowcs,
                                  int debug);

/**
 * Writes the rows of a table whose images overlap the region of a header template.
 *
 * `tblfile`: the table (ctype, naxis, crval, crpix, and cd or cdelt with crota2; equinox if
 * there). `template_file`: the header template. `subtbl`: the table to write. `fastmode`: compare
 * outlines by corners (ra1 ... dec4, where the table has them) instead of pixels along the
 * edges. `debug`: above 0 prints the counts.
 *
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
 * `free()`.
 */
struct mSubsetReturn *mSubset(const char *tblfile,
                              const char *template_file,
                              const char *subtbl,
                              int fastmode,
                              int debug);

/**
 * Writes to `newtmpl` the header template of a tangent plane with distortion polynomials (SIP)
 * whose pixels lie where those of the template `origtmpl`, of another projection, do, for
 * mProjectPP. `order`: coefficients along an axis, to 10 (0: 5); `tolerance`: the error in pixels
 * that is good enough (0: 0.01), `maxiter`: what fwditer and reviter tell of errors above it
 * (0: 50); `useOffscl`: fit to points just off the image, too.
 * # Safety
 * Every pointer is NULL or a NUL-terminated string valid for the call. Free the result with
 * `free()`.
 */
struct mTANHdrReturn *mTANHdr(const char *origtmpl,
                              const char *newtmpl,
                              int order,
                              int maxiter,
                              double tolerance,
                              int useOffscl,
                              int debug);

/**
 * Whether `filename` is there: 0 for a file, 1 where there is nothing (or a NULL or empty name),
 * 2 for a folder.
 *
 * # Safety
 * `filename` is NULL or a NUL-terminated string valid for the call.
 */
int montage_checkFile(const char *filename);

/**
 * Checks that a file has the header of an image on the sky: NULL when it does, else a message
 * that says what is wrong (also for a NULL or empty `infile`). `hdrflag` says what the file must
 * be: 0 a FITS file, 1 a header template, 2 either. `hdu` is the HDU of a FITS file, from 0
 * (negative: 0).
 *
 * The message is valid until this thread's next montage_checkHdr or montage_parseHdr; the
 * header that was read is had with montage_getHdr.
 *
 * # Safety
 * `infile` is NULL or a NUL-terminated string valid for the call.
 */
char *montage_checkHdr(const char *infile, int hdrflag, int hdu);

/**
 * Checks what the WCSTools library (3.9.0, as in Montage) has made of a header: NULL when it
 * describes an image on the sky, else a message that says what is wrong (also for NULL). The
 * message is valid until this thread's next call.
 *
 * # Safety
 * `wcs` is NULL or what WCSTools' wcsinit() has returned, valid for the call.
 */
char *montage_checkWCS(struct WorldCoor *wcs);

/**
 * The debug level that a text names: a number from 0 on, in C's notation; 0 for "". -1 for
 * anything else, NULL among it.
 *
 * # Safety
 * `debugStr` is NULL or a NUL-terminated string valid for the call.
 */
int montage_debugCheck(const char *debugStr);

/**
 * The part of `fname` after its last "/": a pointer into `fname`, valid as long as that. NULL
 * for NULL.
 *
 * # Safety
 * `fname` is NULL or a NUL-terminated string valid for the call.
 */
char *montage_fileName(const char *fname);

/**
 * The file `fname` in the folder `path`: `fname` itself where it begins with "/", else both
 * joined by one "/", without a "./" before `fname`. A NULL or empty `path` is the working
 * folder; NULL for a NULL `fname`. Of any length, valid until this thread's next
 * montage_filePath (and, where it is `fname` itself, as long as that).
 *
 * # Safety
 * Both are NULL or NUL-terminated strings valid for the call.
 */
char *montage_filePath(const char *path, const char *fname);

/**
 * The header that this thread's last montage_checkHdr or montage_parseHdr read, in lines of 80
 * characters without separators ("" before the first, and for a file that could not be read).
 * Valid until this thread's next call of one of them. (In the original it is freed memory after
 * montage_checkHdr.)
 */
char *montage_getHdr(void);

/**
 * The same as montage_checkHdr (whose work it does in the original).
 *
 * # Safety
 * As for montage_checkHdr.
 */
char *montage_parseHdr(const char *infile, int hdrflag, int hdu);

/**
 * Makes outputs durable: with `durable` other than 0 every later call has its files, and the
 * folders that name them, written to the disk (fsync) before it returns, so that they are there
 * after a power failure. 0 goes back to the default: off, unless the environment variable
 * `MONTAGE_DURABLE` is set to something other than 0. It costs what the disk takes.
 */
void montage_setDurable(int durable);

/**
 * Sets a function to be called with (done, total, user) by every Exec function and mBgModel
 * as they go, on the thread that called them; a non-zero answer cancels that call: it returns
 * status 1 and leaves no output half-written. NULL turns reporting off.
 *
 * # Safety
 * `callback` is NULL or a function of this type that may be called, with `user`, from every
 * thread that calls the library, until it is replaced and the calls running then have ended.
 * It must return (no longjmp or C++ exception through it).
 */
void montage_setProgress(montage_progress callback, void *user);

/**
 * Sets how many threads each later call may use; 0 or less goes back to the default (all
 * cores, or the environment variable `MONTAGE_THREADS`). Results do not depend on it. Calls
 * that are already running keep theirs.
 */
void montage_setThreads(int threads);

/**
 * The version of this library, e.g. "0.1.0". The text is constant: do not free it.
 */
const char *montage_version(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#if defined(MONTAGE_API) && MONTAGE_API >= 7
#define mBgModel mBgModel_v7
#define mCoverageCheck mCoverageCheck_v7
#define mDiffFitExec mDiffFitExec_v7
#define mFitplane mFitplane_v7
#define mProjExec mProjExec_v7
#define mShrink mShrink_v7
#endif

#endif  /* MONTAGE_H */
