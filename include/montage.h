/*
 * libmontage: astronomical image mosaics, a drop-in replacement of the Montage C library.
 *
 * Functions, arguments and structs are those of Montage 6. Where Montage 7 changed the arguments of a
 * function, its form has the ending _v7. Define MONTAGE_API as 7 before including this file, and the
 * plain names mean version 7.
 *
 * Results. A function that returns a struct allocates it with malloc(); release it with free(). It is
 * NULL only if there is no memory for the struct itself. Every struct begins with
 *   status  0: success, 1: error;
 *   msg     on success the values as text, "count=3, failed=0"; on error the reason with the file;
 *   json    on success the values as a JSON object, on error {"error":"reason"}. Warnings of the call
 *           follow as "warnings" (their number) and "warning_texts" (a list).
 * msg and json are NUL-terminated, and json is always complete. On error the other members are 0.
 *
 * Arguments. Strings are NUL-terminated and are not kept after the call. File names may have any length
 * and any bytes. A string that is NULL or "" is an error that names the argument, unless its description
 * says what NULL means. Flags are 0 (no) or 1 (yes). Positions are in degrees, J2000, unless stated.
 * HDUs are counted from 0, pixels from 1: the centre of the first pixel is (1, 1). Nothing is printed
 * unless debug is above 0.
 *
 * Files. An image x.fits can have an area image x_area.fits beside it: for each pixel its weight, or the
 * solid angle that it covers. Names of images that have one can be given without ".fits". All outputs of
 * a call appear together when it succeeds; a call that fails leaves earlier files as they were. Beyond
 * the errors listed for a function: an output that cannot be written, and memory that the system
 * refuses.
 *
 * Threads. Any function may be called from any number of threads at the same time. A call uses all
 * cores (montage_setThreads); its result does not depend on their number.
 *
 * Generated from src by cbindgen: do not edit (UPDATE_HEADER=1 cargo test --test header).
 */

#ifndef MONTAGE_H
#define MONTAGE_H

#include <stdint.h>
#include <math.h>

/** 1 if x is a blank pixel (NaN or infinite), else 0. */
#define mNaN(x) (isnan(x) || !isfinite(x))


/** The WCS structure of the WCSTools library, which declares its members. */
struct WorldCoor;

/** Result of mAdd; release it with free(). */
struct mAddReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** Run time (seconds). */
    double time;
};

/** Result of mBackground; release it with free(). */
struct mBackgroundReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** Run time (seconds). */
    double time;
};

/** Result of mBestImage; release it with free(). */
struct mBestImageReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** Name of the image in the table. */
    char file[1024];
    /** HDU of the image; 0 if the table has no column hdu. */
    int hdu;
    /** URL of the image; empty if the table has no column URL. */
    char url[1024];
    /** Distance from the position to the nearest edge of the image (degrees). */
    double edgedist;
};

/** Result of mBgExec; release it with free(). */
struct mBgExecReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** Number of images in the table. */
    int count;
    /** Number of images without a correction, which are copied. */
    int nocorrection;
    /** Number of images that could not be corrected. */
    int failed;
};

/**
 * Result of mBgModel and mBgModel_v7; release it with free(). The counters are those of
 * Montage 7.
 */
struct mBgModelReturn {
    /** 0: success, 1: error. */
    int status;
    /**
     * Empty (mBgModel), "nnan=..., cmin=..., cmax=..." (mBgModel_v7), or the reason of the error.
     */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** Number of corrections that are not numbers: always 0. */
    int nnan;
    /** Number of fits left out because they are noisy. */
    int sigmaDelete;
    /** Number of fits left out because the overlap is small. */
    int fitDelete;
    /** Number of images left out because they are small: always 0, as in Montage 7. */
    int imgDelete;
    /** Number of restarts because of NaNs: always 0, as in Montage 7. */
    int nrestart;
    /** Number of fits left out because their plane or rectangle is not a number. */
    int nbadFit;
    /** Number of images left out for that reason: always 0. */
    int nbadImg;
};

/** Result of mCoord; release it with free(). */
struct mCoordReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** Right ascension of J2000 (degrees). */
    double ra;
    /** Declination of J2000 (degrees). */
    double dec;
    /** Pixel coordinate along the first axis, from 1. */
    double xpix;
    /** Pixel coordinate along the second axis, from 1. */
    double ypix;
};

/** Result of mCoverageCheck and mCoverageCheck_v7; release it with free(). */
struct mCoverageCheckReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** Number of images that overlap the region. */
    int count;
};

/** Result of mDiff; release it with free(). */
struct mDiffReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** Run time (seconds). */
    double time;
    /** Smallest product of pixel value and area in either input. */
    double min_pixel;
    /** Largest product of pixel value and area in either input. */
    double max_pixel;
    /** Smallest absolute difference. */
    double min_diff;
    /** Largest absolute difference. */
    double max_diff;
};

/** Result of mDiffExec; release it with free(). */
struct mDiffExecReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** Number of pairs in the table. */
    int count;
    /** Number of differences that failed. */
    int failed;
    /** Always 0, as in Montage. */
    int warning;
};

/**
 * Result of mFitplane, mFitplane_v7 and mDiffFit; release it with free(). Lengths are in pixels,
 * positions are counted from the reference pixel (CRPIX1, CRPIX2).
 */
struct mFitplaneReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** Slope of the plane along x (pixel value per pixel). */
    double a;
    /** Slope of the plane along y (pixel value per pixel). */
    double b;
    /** Value of the plane at the reference pixel. */
    double c;
    /** CRPIX1 of the image. */
    double crpix1;
    /** CRPIX2 of the image. */
    double crpix2;
    /** Smallest x of the fitted pixels. */
    double xmin;
    /** Largest x of the fitted pixels. */
    double xmax;
    /** Smallest y of the fitted pixels. */
    double ymin;
    /** Largest y of the fitted pixels. */
    double ymax;
    /** Mean x of the fitted pixels. */
    double xcenter;
    /** Mean y of the fitted pixels. */
    double ycenter;
    /** Number of fitted pixels. */
    int npixel;
    /** Root mean square of the residuals of the fitted pixels. */
    double rms;
    /** Centre of the smallest rectangle around the pixels, x. */
    double boxx;
    /** Centre of the smallest rectangle around the pixels, y. */
    double boxy;
    /** Side of the rectangle at the angle boxang. */
    double boxwidth;
    /** Other side of the rectangle. */
    double boxheight;
    /** Angle of the rectangle (degrees). */
    double boxang;
};

/** Result of mDiffFit: the members of struct mFitplaneReturn. */
struct mDiffFitReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** Slope of the plane along x (pixel value per pixel). */
    double a;
    /** Slope of the plane along y (pixel value per pixel). */
    double b;
    /** Value of the plane at the reference pixel. */
    double c;
    /** CRPIX1 of the image. */
    double crpix1;
    /** CRPIX2 of the image. */
    double crpix2;
    /** Smallest x of the fitted pixels. */
    double xmin;
    /** Largest x of the fitted pixels. */
    double xmax;
    /** Smallest y of the fitted pixels. */
    double ymin;
    /** Largest y of the fitted pixels. */
    double ymax;
    /** Mean x of the fitted pixels. */
    double xcenter;
    /** Mean y of the fitted pixels. */
    double ycenter;
    /** Number of fitted pixels. */
    int npixel;
    /** Root mean square of the residuals of the fitted pixels. */
    double rms;
    /** Centre of the smallest rectangle around the pixels, x. */
    double boxx;
    /** Centre of the smallest rectangle around the pixels, y. */
    double boxy;
    /** Side of the rectangle at the angle boxang. */
    double boxwidth;
    /** Other side of the rectangle. */
    double boxheight;
    /** Angle of the rectangle (degrees). */
    double boxang;
};

/** Result of mDiffFitExec and mDiffFitExec_v7; release it with free(). */
struct mDiffFitExecReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** Number of pairs in the table. */
    int count;
    /** Number of differences that failed. */
    int diff_failed;
    /**
     * Number of fits that failed. mDiffFitExec counts failed differences here too,
     * mDiffFitExec_v7 does not.
     */
    int fit_failed;
    /** Always 0, as in Montage. */
    int warning;
};

/** Result of mFitExec; release it with free(). */
struct mFitExecReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** Number of rows in the table. */
    int count;
    /** Number of fits that failed. */
    int failed;
    /** Always 0, as in Montage. */
    int warning;
    /** Number of difference images that do not exist. */
    int missing;
};

/** Result of mGetHdr; release it with free(). */
struct mGetHdrReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** Number of cards before END. */
    int ncard;
};

/** Result of mHdr; release it with free(). */
struct mHdrReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** Number of lines of the template. */
    int count;
};

/** Result of mImgtbl; release it with free(). */
struct mImgtblReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** Number of images listed; a file may have several. */
    int count;
    /** Number of files read. */
    int nfile;
    /** Number of HDUs in these files. */
    int nhdu;
    /** Number of files that are not FITS. */
    int badfits;
    /** Number of HDUs left out because they have no usable sky coordinates. */
    int badwcs;
};

/** Result of mMakeHdr; release it with free(). */
struct mMakeHdrReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** A warning about axes beyond the second, or empty. */
    char note[1024];
    /** Number of rows of the tables. */
    int count;
    /** Number of rows with more than two axes. */
    int ncube;
    /** Width of the template in pixels. */
    int naxis1;
    /** Height of the template in pixels. */
    int naxis2;
    /** Longitude of the centre (degrees). */
    double clon;
    /** Latitude of the centre (degrees). */
    double clat;
    /** Width of the template (degrees). */
    double lonsize;
    /** Height of the template (degrees). */
    double latsize;
    /** CROTA2 of the template (degrees). */
    double posang;
    /** Longitude of the lower left corner (degrees). */
    double lon1;
    /** Latitude of the lower left corner (degrees). */
    double lat1;
    /** Longitude of the lower right corner (degrees). */
    double lon2;
    /** Latitude of the lower right corner (degrees). */
    double lat2;
    /** Longitude of the upper right corner (degrees). */
    double lon3;
    /** Latitude of the upper right corner (degrees). */
    double lat3;
    /** Longitude of the upper left corner (degrees). */
    double lon4;
    /** Latitude of the upper left corner (degrees). */
    double lat4;
};

/** Result of mOverlaps; release it with free(). */
struct mOverlapsReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** Number of overlapping pairs. */
    int count;
};

/** Result of mProjExec and mProjExec_v7; release it with free(). */
struct mProjExecReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** Number of images to reproject. */
    int count;
    /** Number of images that could not be reprojected. */
    int failed;
    /** Number of images that do not fall on the template. */
    int nooverlap;
};

/** Result of mProject, mProjectPP and mProjectQL; release it with free(). */
struct mProjectReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** Run time (seconds). */
    double time;
};

/** Result of mProjectPP: the members of struct mProjectReturn. */
struct mProjectPPReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** Run time (seconds). */
    double time;
};

/** Result of mProjectQL: the members of struct mProjectReturn. */
struct mProjectQLReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** Run time (seconds). */
    double time;
};

/** Result of mPutHdr; release it with free(). */
struct mPutHdrReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
};

/** Result of mShrink and mShrink_v7; release it with free(). */
struct mShrinkReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** Run time (seconds). */
    double time;
};

/** Result of mSubimage; release it with free(). */
struct mSubimageReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** "blank": no pixel has a value; "flat": all values are equal; "normal": they differ. */
    char content[1024];
};

/** Result of mSubset; release it with free(). */
struct mSubsetReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** Number of images in the table. */
    int count;
    /** Number of images that overlap the region. */
    int nmatches;
};

/** Result of mTANHdr; release it with free(). */
struct mTANHdrReturn {
    /** 0: success, 1: error. */
    int status;
    /** The values below as text, or the reason of the error. */
    char msg[1024];
    /** The same as JSON. */
    char json[4096];
    /** Largest error along x from the other projection to the distorted plane (pixels). */
    double fwdxerr;
    /** The same along y. */
    double fwdyerr;
    /** 1 if both forward errors are within the tolerance, else maxiter + 1. */
    int fwditer;
    /** Largest error along x from the distorted plane to the other projection (pixels). */
    double revxerr;
    /** The same along y. */
    double revyerr;
    /** 1 if both reverse errors are within the tolerance, else maxiter + 1. */
    int reviter;
};

/**
 * The callback of montage_setProgress: called with the number of items done and in total; it returns
 * 0 to go on and any other number to cancel the call.
 */
typedef int (*montage_progress)(int64_t done, int64_t total, void *user);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Coadds reprojected images into a mosaic and writes the sum of their areas beside it.
 *
 * Images and mosaic need not fit into memory.
 *
 * Arguments:
 * - path: folder of the images; NULL: the working directory.
 * - tblfile: table of the images, written by mImgtbl; columns cntr, fname, ctype1, ctype2, naxis1,
 *   naxis2, crval1, crval2, crpix1, crpix2, cdelt1 and cdelt2.
 * - template_file: header template of the mosaic; the images are on its pixel grid.
 * - output_file: the mosaic to write; its area image is written beside it.
 * - shrink: 1 cuts the mosaic to the area that the images cover; 0 writes all of the template.
 * - haveAreas: 1 weights pixels by the area images beside the images; 0: every pixel weighs 1.
 * - coadd: 0: mean, weighted by the areas; 1: median of the values whose pixel is covered by half or
 *   more; 2: number of images with a value above 0; 3: sum.
 * - debug: above 0, logs to stdout.
 *
 * Result: the run time.
 *
 * Errors: coadd is not 0 to 3; the table or the template cannot be used; an image is missing, has
 * another size than the table says, or is not on the grid of the template.
 *
 * Example:
 *
 *     struct mAddReturn *mosaic =
 *         mAdd("corrected", "corrected.tbl", "region.hdr", "mosaic.fits", 1, 1, 0, 0);
 *     if (mosaic && mosaic->status != 0)
 *         fprintf(stderr, "%s\n", mosaic->msg);
 *     free(mosaic);
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
 * Subtracts a plane from an image.
 *
 * The plane is A x + B y + C, where x and y are pixels (from 0) minus CRPIX1 and CRPIX2. A pixel
 * that is not finite, or whose area is not above 0, becomes blank. The output has doubles
 * (BITPIX -64) and the header of the input.
 *
 * Arguments:
 * - input_file: the image; its area image is read from beside it.
 * - output_file: the image to write; its area image is written beside it.
 * - A, B: slopes of the plane along x and y (pixel value per pixel).
 * - C: value of the plane at the reference pixel.
 * - noAreas: 1: there are no area images, neither to read nor to write.
 * - debug: above 0, logs to stdout.
 *
 * Result: the run time.
 *
 * Errors: A, B or C is not finite; an input cannot be read, is a cube or has no reference pixel;
 * the area image has another size than the image.
 *
 * Example:
 *
 *     struct mBackgroundReturn *done = mBackground("a.fits", "a_flat.fits", 0.01, 0.0, -3.5, 0, 0);
 *     if (done && done->status != 0)
 *         fprintf(stderr, "%s\n", done->msg);
 *     free(done);
 */
struct mBackgroundReturn *mBackground(const char *input_file,
                                      const char *output_file,
                                      double A,
                                      double B,
                                      double C,
                                      int noAreas,
                                      int debug);

/**
 * Finds the image of a table that covers a position with the widest margin.
 *
 * Arguments:
 * - tblfile: table of the images; columns fname or file, and corners (ra1, dec1 to ra4, dec4) or
 *   ctype, naxis, crval, crpix and cdelt with crota2 or cd; hdu and URL if there are any.
 * - ra, dec: the position (degrees, J2000).
 * - debug: above 0, logs the images that cover the position to stdout.
 *
 * Result: the image and the distance from the position to its nearest edge. Of several equal ones
 * it is the first.
 *
 * Errors: the table cannot be read or lacks columns; ra or dec is not a position; no image covers
 * it.
 *
 * Example:
 *
 *     struct mBestImageReturn *best = mBestImage("images.tbl", 10.6847, 41.2690, 0);
 *     if (best && best->status == 0)
 *         printf("%s\n", best->file);
 *     free(best);
 */
struct mBestImageReturn *mBestImage(const char *tblfile, double ra, double dec, int debug);

/**
 * Subtracts the correction planes of a table from the images of another.
 *
 * Arguments:
 * - path: folder of the images; NULL: the working directory.
 * - tblfile: table of the images; columns cntr and fname.
 * - fitfile: table of the planes, written by mBgModel; columns id, a, b and c.
 * - corrdir: folder for the corrected images; must exist.
 * - noAreas: 1: there are no area images, neither to read nor to write.
 * - debug: above 0, logs to stdout.
 *
 * Result: the number of images, and how many had no correction or failed. An image that fails is
 * counted and the others go on.
 *
 * Errors: a table cannot be read, lacks a column or a number; corrdir is not a folder; the
 * progress callback cancels.
 *
 * Example:
 *
 *     struct mBgExecReturn *done =
 *         mBgExec("projected", "images.tbl", "corrections.tbl", "corrected", 0, 0);
 *     if (done && done->status == 0)
 *         printf("%d of %d images failed\n", done->failed, done->count);
 *     free(done);
 */
struct mBgExecReturn *mBgExec(const char *path,
                              const char *tblfile,
                              const char *fitfile,
                              const char *corrdir,
                              int noAreas,
                              int debug);

/**
 * Computes the correction plane of every image from the planes fitted to the differences of
 * overlapping images (Montage 6.0).
 *
 * Arguments:
 * - imgfile: table of the images; columns cntr, ns or naxis1, nl or naxis2, crpix1 and crpix2.
 * - fitfile: table of the fits, written by mFitExec or mDiffFitExec.
 * - corrtbl: table to write; columns id, a, b and c of the plane a x + b y + c to subtract, where
 *   x and y are counted in pixels from the reference pixel.
 * - noslope: 1 corrects levels only (a = b = 0).
 * - useall: 1 keeps the fits of small overlaps and the noisy ones.
 * - niter: number of rounds; 0: 10,000.
 * - debug: above 0, logs the arguments to stdout; above 1, also the fits left out.
 *
 * Result: the numbers of fits left out; msg is empty.
 *
 * Errors: niter is negative; a table cannot be read or lacks a column or a number; a fit names an
 * image that is not in imgfile; the corrections diverge; the progress callback cancels.
 *
 * Example:
 *
 *     struct mBgModelReturn *model =
 *         mBgModel("images.tbl", "fits.tbl", "corrections.tbl", 0, 0, 0, 0);
 *     if (model && model->status != 0)
 *         fprintf(stderr, "%s\n", model->msg);
 *     free(model);
 */
struct mBgModelReturn *mBgModel(const char *imgfile,
                                const char *fitfile,
                                const char *corrtbl,
                                int noslope,
                                int useall,
                                int niter,
                                int debug);

/**
 * mBgModel of Montage 7: images can keep their background, and gaps of the projection are bridged.
 *
 * Arguments as for mBgModel, but:
 * - imgfile: needs the column fname, file or plate too. An image with a non-zero value in the
 *   column locked keeps its background.
 * - gapdir: folder with gap.tbl and wrap.tbl, which name the parts of one image at gaps and edges
 *   of an all-sky projection; NULL or "": none.
 * - mode: 0: levels, then levels and slopes; 1: levels only; 2: levels and slopes in turns; 3:
 *   levels, then slopes.
 *
 * Result and errors as for mBgModel; msg is "nnan=..., cmin=..., cmax=...", the range of c.
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
 * Converts a position on the sky into a pixel of an image, or a pixel into a position.
 *
 * Arguments:
 * - fitsfile: the FITS image.
 * - hdu: HDU of the image, from 0; 0: the first image of the file.
 * - plane3, plane4: plane of a cube; ignored, since the sky is the same for every plane.
 * - xlon, ylat: right ascension and declination (degrees, J2000), or with locinpix a pixel (from 1).
 * - locinpix: 0: xlon, ylat are a position; 1: they are a pixel.
 * - debug: above 0, logs to stdout.
 *
 * Result: the position and the pixel, both.
 *
 * Errors: the image cannot be read or has no usable coordinates; xlon or ylat is not finite; the
 * position is not on the image; the pixel is not on the sky.
 *
 * Example:
 *
 *     struct mCoordReturn *at = mCoord("m31.fits", 0, 0, 0, 10.6847, 41.2690, 0, 0);
 *     if (at && at->status == 0)
 *         printf("pixel %.2f, %.2f\n", at->xpix, at->ypix);
 *     free(at);
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
 * Arguments:
 * - infile: table of the images; corners (ra1, dec1 to ra4, dec4) or ctype, naxis, crval, crpix and
 *   cdelt with crota2 or cd.
 * - outfile: the table to write.
 * - mode: what describes the region; the numbers of array are in degrees, J2000:
 *   0: right ascension and declination of three or more points, whose convex hull is the region;
 *   1: centre, width, height (default: the width) and angle (default: 0) of a box;
 *   2: centre and radius of a circle;
 *   3: a point;
 *   4: the header template hdrfile;
 *   5: a box as for 1; the rows written describe the part of each image inside it.
 * - hdrfile: header template for mode 4; NULL for the others.
 * - narray: number of elements of array.
 * - array: the numbers that describe the region; NULL for mode 4.
 * - path: folder of the images, which mode 5 reads if the table does not describe their projection;
 *   NULL: they are not read.
 * - debug: above 0, logs to stdout.
 *
 * Result: the number of images.
 *
 * Errors: mode is not 0 to 5; the numbers are not a region; infile cannot be read or lacks columns.
 *
 * Example:
 *
 *     double circle[3] = { 10.6847, 41.2690, 0.5 };
 *     struct mCoverageCheckReturn *found =
 *         mCoverageCheck("images.tbl", "near.tbl", 2, NULL, 3, circle, NULL, 0);
 *     if (found && found->status == 0)
 *         printf("%d images\n", found->count);
 *     free(found);
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
 * mCoverageCheck of Montage 7: images, boxes and headers begin at pixel 0.5, in version 6 at -0.5.
 *
 * Arguments as for mCoverageCheck, and:
 * - xoff, yoff: ignored, as in Montage.
 *
 * Result and errors as for mCoverageCheck.
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
 * Subtracts one image from another on their common pixel grid.
 *
 * A pixel of the difference is 2 (v1 a1 - factor v2 a2) / (a1 + a2), from the values v and the areas a of
 * the inputs. It is blank unless both areas are above 0 and their sum is within 33.3 % of the average
 * sum.
 *
 * Arguments:
 * - input_file1: the first image.
 * - input_file2: the image to subtract from it.
 * - output_file: the difference to write; its area image is written beside it.
 * - template_file: header template whose pixel grid both images are on.
 * - noAreas: 1 gives every pixel the same weight; 0 reads the area image of each input.
 * - factor: the second image is multiplied by this; 0: by 1.
 * - debug: above 0, logs to stdout.
 *
 * Result: the ranges of the inputs and of the difference.
 *
 * Errors: factor is not finite; an input cannot be read; the images do not overlap on the
 * template.
 *
 * Example:
 *
 *     struct mDiffReturn *diff = mDiff("a.fits", "b.fits", "a-b.fits", "region.hdr", 0, 0.0, 0);
 *     if (diff && diff->status == 0)
 *         printf("largest difference %g\n", diff->max_diff);
 *     free(diff);
 */
struct mDiffReturn *mDiff(const char *input_file1,
                          const char *input_file2,
                          const char *output_file,
                          const char *template_file,
                          int noAreas,
                          double factor,
                          int debug);

/**
 * Writes the difference image of every pair of a table.
 *
 * Arguments:
 * - path: folder of the images; NULL: the working directory.
 * - tblfile: table of pairs, written by mOverlaps; columns plus, minus and diff.
 * - template_file: header template whose pixel grid the images are on.
 * - diffdir: folder for the difference images; must exist.
 * - noAreas: 1 gives every pixel the same weight; 0 reads the area image of each input.
 * - debug: above 0, logs to stdout.
 *
 * Result: the number of pairs and how many failed. A pair that fails is counted and the others go
 * on.
 *
 * Errors: the table, the template or diffdir cannot be used; the progress callback cancels.
 *
 * Example:
 *
 *     struct mDiffExecReturn *diffs =
 *         mDiffExec("projected", "pairs.tbl", "region.hdr", "diffs", 0, 0);
 *     if (diffs && diffs->status == 0)
 *         printf("%d of %d differences failed\n", diffs->failed, diffs->count);
 *     free(diffs);
 */
struct mDiffExecReturn *mDiffExec(const char *path,
                                  const char *tblfile,
                                  const char *template_file,
                                  const char *diffdir,
                                  int noAreas,
                                  int debug);

/**
 * Subtracts two images and fits a plane to the difference: mDiff and mFitplane_v7 in one step
 * (new in Montage 7).
 *
 * Arguments:
 * - fname1: the first image.
 * - fname2: the image to subtract from it.
 * - diffname: the difference image; written only if keep is set.
 * - template_file: header template whose pixel grid both images are on.
 * - keep: 1 writes the difference image and its area image.
 * - levelOnly: 0 fits a plane, 1 a constant.
 * - noAreas: 1 gives every pixel the same weight; 0 reads the area image of each input.
 * - border: number of pixels along each side of the difference that are left out of the fit.
 * - debug: above 0, logs to stdout.
 *
 * Result: the plane, as from mFitplane.
 *
 * Errors: those of mDiff and mFitplane.
 *
 * Example:
 *
 *     struct mDiffFitReturn *fit =
 *         mDiffFit("a.fits", "b.fits", "a-b.fits", "region.hdr", 0, 0, 0, 0, 0);
 *     if (fit && fit->status == 0)
 *         printf("rms %g\n", fit->rms);
 *     free(fit);
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
 * Subtracts and fits every pair of a table and writes the table of fits that mBgModel reads.
 *
 * Arguments:
 * - path: folder of the images; NULL: the working directory.
 * - tblfile: table of pairs, written by mOverlaps; columns cntr1, cntr2, plus, minus and diff.
 * - template_file: header template whose pixel grid the images are on.
 * - diffdir: folder for the difference images; must exist.
 * - fitfile: table to write, a row for each fit.
 * - keepAll: 1 writes the difference images and their area images.
 * - levelOnly: 0 fits planes, 1 constants.
 * - noAreas: 1 gives every pixel the same weight; 0 reads the area image of each input.
 * - debug: above 0, logs to stdout.
 *
 * Result: the number of pairs and how many failed. A pair that fails is counted and has no row in
 * fitfile.
 *
 * Errors: a table, the template or diffdir cannot be used; fitfile cannot be written; the
 * progress callback cancels.
 *
 * Example:
 *
 *     struct mDiffFitExecReturn *fits =
 *         mDiffFitExec("projected", "diffs.tbl", "region.hdr", "diffs", "fits.tbl", 0, 0, 0, 0);
 *     if (fits && fits->status == 0)
 *         printf("%d pairs, %d not fitted\n", fits->count, fits->fit_failed);
 *     free(fits);
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
 * mDiffFitExec of Montage 7: the images can come from an archive, and fits are those of
 * mFitplane_v7.
 *
 * Arguments as for mDiffFitExec, and:
 * - archive: name of an S3 bucket that the images are fetched from, pair by pair, with the
 *   program aws; NULL or "": the images are in path.
 *
 * Result and errors as for mDiffFitExec. A pair that cannot be fetched counts as failed.
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
 * Fits a plane to every difference image of a table and writes the table of fits that mBgModel
 * reads.
 *
 * Arguments:
 * - tblfile: table of differences, written by mOverlaps; columns cntr1, cntr2 and diff.
 * - fitfile: table to write, a row for each fit.
 * - diffdir: folder of the difference images.
 * - levelOnly: 0 fits planes, 1 constants.
 * - debug: above 0, logs to stdout.
 *
 * Result: the number of rows and how many failed. A fit that fails is counted and has no row in
 * fitfile.
 *
 * Errors: diffdir is not a folder; the table cannot be read or lacks a column; fitfile cannot be
 * written; the progress callback cancels.
 *
 * Example:
 *
 *     struct mFitExecReturn *fits = mFitExec("pairs.tbl", "fits.tbl", "diffs", 0, 0);
 *     if (fits && fits->status == 0)
 *         printf("%d of %d fits failed\n", fits->failed, fits->count);
 *     free(fits);
 */
struct mFitExecReturn *mFitExec(const char *tblfile,
                                const char *fitfile,
                                const char *diffdir,
                                int levelOnly,
                                int debug);

/**
 * Fits a plane to an image and finds the smallest rectangle around the fitted pixels.
 *
 * Blank pixels are not fitted. Pixels farther than 2 rms from the plane are left out, in 20
 * rounds.
 *
 * Arguments:
 * - input_file: the FITS image.
 * - levelOnly: 0 fits a plane, 1 a constant (a = b = 0).
 * - border: number of pixels along each side of the image that are left out of the fit.
 * - debug: above 0, logs to stdout.
 *
 * Result: the plane a x + b y + c, the range of the fitted pixels and their rectangle.
 *
 * Errors: the image cannot be read; border is negative; too few pixels are left to determine a
 * plane.
 *
 * Example:
 *
 *     struct mFitplaneReturn *fit = mFitplane("diff.fits", 0, 0, 0);
 *     if (fit && fit->status == 0)
 *         printf("%g x + %g y + %g, rms %g\n", fit->a, fit->b, fit->c, fit->rms);
 *     free(fit);
 */
struct mFitplaneReturn *mFitplane(const char *input_file, int levelOnly, int border, int debug);

/**
 * mFitplane of Montage 7: clipping begins one round earlier, and the fit can be left out.
 *
 * Arguments as for mFitplane, and:
 * - nofit: 1 finds the range of the pixels and their rectangle only; the plane is 0.
 *
 * Result and errors as for mFitplane.
 */
struct mFitplaneReturn *mFitplane_v7(const char *input_file,
                                     int nofit,
                                     int levelOnly,
                                     int border,
                                     int debug);

/**
 * Writes the header of an HDU as text.
 *
 * Arguments:
 * - infile: the FITS file.
 * - hdrfile: the text file to write.
 * - hdu: the HDU, from 0.
 * - htmlMode: 0: plain text with a card a line, which is a header template; 1: a web page; 2: the
 *   cards of that page alone.
 * - debug: above 0, logs to stdout.
 *
 * Result: the number of cards.
 *
 * Errors: there is no such file or HDU.
 *
 * Example:
 *
 *     struct mGetHdrReturn *done = mGetHdr("m31.fits", "m31.hdr", 0, 0, 0);
 *     if (done && done->status == 0)
 *         printf("%d cards\n", done->ncard);
 *     free(done);
 */
struct mGetHdrReturn *mGetHdr(const char *infile,
                              const char *hdrfile,
                              int hdu,
                              int htmlMode,
                              int debug);

/**
 * Writes the header template of a tangent plane around a position.
 *
 * Montage asks a server for it; here it is computed. Names of objects cannot be looked up.
 *
 * Arguments:
 * - locstr: position of the centre: "lon lat" in degrees or sexagesimal, followed by a coordinate
 *   system and an equinox if these are not eq J2000.
 * - width: width of the template (degrees).
 * - height: height of the template (degrees); 0: as the width.
 * - outfile: the template to write.
 * - csys: coordinate system of the template: EQUJ, EQUB, ECLJ, ECLB, GAL or SGAL, or a usual short
 *   form.
 * - equinox: its equinox (years); 0: 1950 for EQUB and ECLB, 2000 for the others.
 * - resolution: pixel size (arcseconds).
 * - rotation: CROTA2 (degrees).
 * - band2MASS: "j", "h" or "k" adds MAGZP, the magnitude zero point of that band of 2MASS; NULL or
 *   "": none.
 * - debug: above 0, logs to stdout.
 *
 * Result: the number of lines of the template.
 *
 * Errors: an argument is not a usable number or name; a side would have no pixel or more than
 * 2^31-1.
 *
 * Example:
 *
 *     struct mHdrReturn *region =
 *         mHdr("10.6847 41.2690", 1.0, 1.0, "m31.hdr", "EQUJ", 2000.0, 1.0, 0.0, NULL, 0);
 *     if (region && region->status != 0)
 *         fprintf(stderr, "%s\n", region->msg);
 *     free(region);
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
 * Lists the images of a folder in a table, with the geometry of each.
 *
 * Arguments:
 * - pathname: the folder; NULL: the working directory.
 * - tblname: the table to write.
 * - recursiveMode: 1 searches the folders below, too.
 * - processAreaFiles: 1 lists _area images, too.
 * - haveCubes: 1 adds columns for a third and a fourth axis.
 * - noGZIP: 1 leaves files out whose names end in .gz.
 * - showCorners: 1 adds columns for the four corners on the sky, ra1, dec1 to ra4, dec4.
 * - showInfo: 1 prints a line to stdout for everything that is left out.
 * - showbad: 1 lists an HDU without usable coordinates as a row of zeros.
 * - imgListFile: table whose column fname or file names the images, instead of all of the folder;
 *   NULL or "": none.
 * - fieldListFile: text file with further keywords to list, a line each: name, type and width;
 *   NULL or "": none.
 * - debug: above 0, logs to stdout.
 *
 * Result: the numbers of images, files and HDUs.
 *
 * Errors: the folder or a list cannot be read. A file that is not FITS, or has no sky coordinates,
 * is counted and left out.
 *
 * Example:
 *
 *     struct mImgtblReturn *images =
 *         mImgtbl("projected", "images.tbl", 0, 0, 0, 0, 0, 0, 0, NULL, NULL, 0);
 *     if (images && images->status == 0)
 *         printf("%d images in %d files\n", images->count, images->nfile);
 *     free(images);
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
 * Makes the header template of an image that covers everything in a table.
 *
 * The template is a tangent plane, or an Aitoff map of the whole sky if the table is too extended
 * for that.
 *
 * Arguments:
 * - tblfile: a table of images (columns ra1, dec1 to ra4, dec4; or lon1, lat1 to lon4, lat4; or
 *   ctype1, ctype2, naxis1 or ns, naxis2 or nl, crval1, crval2, crpix1, crpix2, cdelt1, cdelt2,
 *   crota2, and equinox if there is one), a table of positions (columns ra, dec; or lon, lat; or
 *   crval1, crval2), or a table whose column table names such tables.
 * - template_file: the template to write.
 * - csys: its coordinate system: EQUJ, EQUB, ECLJ, ECLB, GAL or SGAL, or a usual short form.
 * - equinox: its equinox (years); 0: 1950 for EQUB and ECLB, 2000 for the others.
 * - pixelScale: pixel size (degrees); 0: the smallest of the table.
 * - northAligned: 1: north is up; 0: the rectangle is turned to be the smallest.
 * - pad: pixels to add on every side.
 * - isPercentage: 1: pad is in percent of the longer side.
 * - maxPixel: above 0, the pixel size is such that the longer side has this many pixels.
 * - debug: above 0, logs to stdout.
 *
 * Result: size, centre and corners of the template.
 *
 * Errors: an argument is not a usable number or name; a table cannot be read or has none of these
 * sets of columns; a row has no usable coordinates; there are fewer than three positions; a side
 * would have more than 2^31-1 pixels.
 *
 * Example:
 *
 *     struct mMakeHdrReturn *region =
 *         mMakeHdr("images.tbl", "region.hdr", "EQUJ", 2000.0, 0.0, 0, 0.0, 0, 0, 0);
 *     if (region && region->status == 0)
 *         printf("%d x %d pixels\n", region->naxis1, region->naxis2);
 *     free(region);
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
 * Finds the pairs of images of a table that overlap on the sky, and writes them to a table.
 *
 * Arguments:
 * - tblfile: table of the images, written by mImgtbl.
 * - difftbl: the table to write: the pairs, with the name of the difference image of each.
 * - quickmode: 1 compares the areas between the four corners of each image, which is right for all
 *   but strongly curved edges; 0 walks along the edge pixels. A table with corners (columns ra1,
 *   dec1 to ra4, dec4) is always compared by these.
 * - debug: above 0, logs to stdout.
 *
 * Result: the number of pairs.
 *
 * Errors: the table cannot be read, lacks columns, or a row has no usable coordinates; the progress
 * callback cancels.
 *
 * Example:
 *
 *     struct mOverlapsReturn *pairs = mOverlaps("images.tbl", "diffs.tbl", 0, 0);
 *     if (pairs && pairs->status == 0)
 *         printf("%d pairs\n", pairs->count);
 *     free(pairs);
 */
struct mOverlapsReturn *mOverlaps(const char *tblfile,
                                  const char *difftbl,
                                  int quickmode,
                                  int debug);

/**
 * Reprojects every image of a table to one header template.
 *
 * Each image is reprojected as by mProjectPP if both projections are such that it can, or come
 * within 0.1 pixel of a distorted tangent plane (mTANHdr); otherwise as by mProject.
 *
 * Arguments:
 * - path: folder of the images; NULL: the working directory.
 * - tblfile: table of the images; column fname, and hdu if there is one.
 * - template_file: header template of the outputs.
 * - projdir: folder for the outputs; must exist.
 * - quickMode: 1 reprojects as by mProjectQL.
 * - exact: 1 takes no distorted tangent planes in place of other projections.
 * - wholeImages: 1 enlarges the template to hold every image as a whole.
 * - energyMode: 0: pixel values are flux densities; 1: they are total fluxes per pixel.
 * - border: as borderstr of mProject; NULL or "": none.
 * - scaleCol: column of factors for the pixel values; NULL or "": none.
 * - weightCol: column of weights; NULL or "": none.
 * - restart: number of rows at the beginning of the table to leave out.
 * - stats: text file to write with the result and the run time of each image; NULL or "": none.
 * - debug: above 0, logs to stdout.
 *
 * Result: the number of images, and how many failed or do not fall on the template. An image that
 * fails is counted and the others go on.
 *
 * Errors: the table, the template or projdir cannot be used; an output would replace its input;
 * the progress callback cancels.
 *
 * Example:
 *
 *     struct mProjExecReturn *done =
 *         mProjExec("raw", "raw.tbl", "region.hdr", "projected", 0, 0, 0, 0, NULL, NULL, NULL, 0,
 *                   NULL, 0);
 *     if (done && done->status == 0)
 *         printf("%d of %d images failed\n", done->failed, done->count);
 *     free(done);
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
 * mProjExec of Montage 7: drizzle is an argument, and exact means mProject for every image.
 *
 * Arguments as for mProjExec, but:
 * - exact: 1 reprojects every image as by mProject.
 * - drizzle: as for mProject.
 *
 * Result and errors as for mProjExec.
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
 * Reprojects an image exactly: the flux of each input pixel goes to the output pixels by the solid
 * angles that they share on the sky.
 *
 * Any projection can be reprojected to any other. The area image has the solid angles in
 * steradians, times the weights.
 *
 * Arguments:
 * - input_file: the FITS image.
 * - output_file: the image to write; its area image is written beside it.
 * - template_file: header template of the output.
 * - hdu: HDU of the input (and of weight_file), from 0; 0: the first image of the file.
 * - weight_file: image of the same size with a weight for each pixel; NULL or "": none.
 * - fixedWeight: weight of all pixels, which multiplies those of weight_file; 0: 1.
 * - threshold: pixels whose weight in weight_file is below this are left out.
 * - borderstr: number of pixels along each side of the input that are left out, or a polygon
 *   "x1,y1,x2,y2,..." of four points or more (pixels from 0) to which the input is cut; NULL or
 *   "": none.
 * - drizzle: side of the central part of each input pixel that its flux comes from (pixels); 0: 1.
 * - fluxScale: pixel values are multiplied by this; 0: by 1.
 * - energyMode: 0: pixel values are flux densities; 1: they are total fluxes per pixel.
 * - expand: 1 enlarges the template to hold the whole input.
 * - fullRegion: 1 writes all of the template; 0 only the rectangle that the input covers.
 * - debug: above 0, logs to stdout.
 *
 * Result: the run time.
 *
 * Errors: an input or the template cannot be used; a number or borderstr is not valid; the input
 * does not fall on the template.
 *
 * Example:
 *
 *     struct mProjectReturn *done =
 *         mProject("raw.fits", "projected.fits", "region.hdr", 0, NULL, 0.0, 0.0, NULL, 0.0, 0.0,
 *                  0, 0, 0, 0);
 *     if (done && done->status != 0)
 *         fprintf(stderr, "%s\n", done->msg);
 *     free(done);
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
 * Reprojects an image from plane to plane, which is faster than mProject.
 *
 * It takes the projections TAN, SIN, ZEA, STG and ARC, and for others distorted tangent planes
 * that come near to them (mTANHdr). The area image has areas on the plane of the output.
 *
 * Arguments as for mProject, and:
 * - altin: header template to use instead of the header of input_file; NULL or "": none.
 * - altout: header template to use instead of template_file; NULL or "": none.
 *
 * Result and errors as for mProject; a projection that is none of these is an error, too.
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
 * Reprojects an image by interpolation, which is the fastest and does not conserve flux.
 *
 * Each output pixel has the value of the input at its centre. The area image has the weight of the
 * input pixel there (1 without weights), NaN off the input.
 *
 * Arguments as for mProject, and:
 * - interp: 0: the nearest pixel; 1: Lanczos interpolation over three pixels to each side.
 * - noAreas: 1 writes no area image, and removes one that is there; 0 writes it.
 *
 * Result: the run time. The output is the rectangle around the outline of the input.
 *
 * Errors: those of mProject; interp is not 0 or 1.
 *
 * Example:
 *
 *     struct mProjectQLReturn *done =
 *         mProjectQL("raw.fits", "preview.fits", "region.hdr", 0, 0, NULL, 0.0, 0.0, NULL, 0.0,
 *                    0, 0, 1, 0);
 *     if (done && done->status != 0)
 *         fprintf(stderr, "%s\n", done->msg);
 *     free(done);
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
 * Copies the pixels of an image, with another header.
 *
 * Pixels are written as doubles (BITPIX -64). The image may have any number of axes.
 *
 * Arguments:
 * - input_file: the FITS image.
 * - output_file: the image to write.
 * - template_file: header template of the output; its NAXIS and NAXISn must be those of the image.
 * - hdu: HDU of the input, from 0; 0: the first image of the file.
 * - debug: above 0, logs to stdout.
 *
 * Result: no values.
 *
 * Errors: the image or the template cannot be read, or their axes differ.
 *
 * Example:
 *
 *     struct mPutHdrReturn *done = mPutHdr("raw.fits", "solved.fits", "solution.hdr", 0, 0);
 *     if (done && done->status != 0)
 *         fprintf(stderr, "%s\n", done->msg);
 *     free(done);
 */
struct mPutHdrReturn *mPutHdr(const char *input_file,
                              const char *output_file,
                              const char *template_file,
                              int hdu,
                              int debug);

/**
 * Writes an image with larger (or smaller) pixels, each the mean of those that it covers.
 *
 * Pixels are stored in the type of the input. Of a cube the first plane is taken.
 *
 * Arguments:
 * - input_file: the FITS image.
 * - output_file: the image to write.
 * - shrinkFactor: width of an output pixel in input pixels, any positive number; with fixedSize the
 *   number of pixels of the longer side of the output.
 * - hdu: HDU of the input, from 0; 0: the first image of the file.
 * - fixedSize: 0: shrinkFactor is a factor; 1: it is a size.
 * - debug: above 0, logs to stdout.
 *
 * Result: the run time.
 *
 * Errors: the image cannot be read; shrinkFactor is not a positive number; a side would have less
 * than one pixel or more than 2^31.
 *
 * Example:
 *
 *     struct mShrinkReturn *done = mShrink("mosaic.fits", "preview.fits", 1000.0, 0, 1, 0);
 *     if (done && done->status != 0)
 *         fprintf(stderr, "%s\n", done->msg);
 *     free(done);
 */
struct mShrinkReturn *mShrink(const char *input_file,
                              const char *output_file,
                              double shrinkFactor,
                              int hdu,
                              int fixedSize,
                              int debug);

/**
 * mShrink of Montage 7: the pixel size that the output states can be given.
 *
 * Arguments as for mShrink, and:
 * - cdelt: above 0, the size of CDELT1 and CDELT2 (degrees) that is written instead of those of the
 *   input times the factor, which may be rounded.
 *
 * Result and errors as for mShrink.
 */
struct mShrinkReturn *mShrink_v7(const char *input_file,
                                 const char *output_file,
                                 double shrinkFactor,
                                 double cdelt,
                                 int hdu,
                                 int fixedSize,
                                 int debug);

/**
 * Cuts a rectangle out of an image.
 *
 * Pixels are stored in the type of the input. Of a cube the first plane is taken.
 *
 * Arguments:
 * - infile: the FITS image.
 * - outfile: the image to write.
 * - xref, yref, xsize, ysize: the rectangle, according to mode.
 * - mode: what the four numbers are:
 *   0: right ascension and declination (degrees, J2000) of the centre, and the sizes along the axes
 *   of the image (degrees);
 *   1: the first column and row (from 1), and the sizes in pixels;
 *   2: ignored: the whole HDU is copied;
 *   3: ignored: blank borders are cut off;
 *   4: the first column and row, and the last column and row, counted from CRPIX1 and CRPIX2
 *   (Montage 7).
 * - hdu: HDU of the input, from 0; 0: the first image of the file.
 * - nowcs: 1: the image has no sky coordinates.
 * - debug: above 0, logs to stdout.
 *
 * Result: whether the output is blank or flat.
 *
 * Errors: mode is not 0 to 4; the image cannot be read or has no usable coordinates; the rectangle
 * has no pixel of the image.
 *
 * Example:
 *
 *     struct mSubimageReturn *cut =
 *         mSubimage("mosaic.fits", "m31.fits", 10.6847, 41.2690, 0.2, 0.2, 0, 0, 0, 0);
 *     if (cut && cut->status == 0)
 *         printf("%s\n", cut->content);
 *     free(cut);
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
 * Arguments:
 * - tblfile: table of the images; columns ctype, naxis, crval, crpix, and cd or cdelt with crota2;
 *   equinox if there is one.
 * - template_file: the header template.
 * - subtbl: the table to write.
 * - fastmode: 1 compares outlines by their corners (ra1, dec1 to ra4, dec4 of the table, if it has
 *   them); 0 compares the pixels along the edges.
 * - debug: above 0, logs to stdout.
 *
 * Result: the number of images in the table and in the region.
 *
 * Errors: the table or the template cannot be read; the table lacks columns.
 *
 * Example:
 *
 *     struct mSubsetReturn *found = mSubset("images.tbl", "region.hdr", "inside.tbl", 0, 0);
 *     if (found && found->status == 0)
 *         printf("%d of %d images\n", found->nmatches, found->count);
 *     free(found);
 */
struct mSubsetReturn *mSubset(const char *tblfile,
                              const char *template_file,
                              const char *subtbl,
                              int fastmode,
                              int debug);

/**
 * Finds the tangent plane with distortion polynomials (SIP) that comes nearest to another projection.
 *
 * mProjectPP and mProjExec use it in place of a projection that they cannot work with.
 *
 * Arguments:
 * - origtmpl: header template of the other projection.
 * - newtmpl: the template to write.
 * - order: number of coefficients along an axis, at most 10; 0: 5.
 * - maxiter: fwditer and reviter are one more than this if the error exceeds tolerance; 0: 50.
 * - tolerance: the error that is small enough (pixels); 0: 0.01.
 * - useOffscl: 1 fits to points just outside the image, too.
 * - debug: above 0, logs to stdout.
 *
 * Result: the largest errors of the new template.
 *
 * Errors: the template cannot be used; order is above 10; no point has a place in both projections.
 *
 * Example:
 *
 *     struct mTANHdrReturn *plane = mTANHdr("car.hdr", "tan.hdr", 0, 0, 0.0, 0, 0);
 *     if (plane && plane->status == 0)
 *         printf("within %g pixels\n", fmax(plane->fwdxerr, plane->fwdyerr));
 *     free(plane);
 */
struct mTANHdrReturn *mTANHdr(const char *origtmpl,
                              const char *newtmpl,
                              int order,
                              int maxiter,
                              double tolerance,
                              int useOffscl,
                              int debug);

/**
 * Checks whether a file or a folder exists.
 *
 * Arguments:
 * - filename: its name.
 *
 * Result: 0: a file; 1: nothing, or filename is NULL or ""; 2: a folder.
 *
 * Example:
 *
 *     if (montage_checkFile("region.hdr") != 0)
 *         fprintf(stderr, "There is no file region.hdr\n");
 */
int montage_checkFile(const char *filename);

/**
 * Checks that a file has the header of an image on the sky.
 *
 * Arguments:
 * - infile: a FITS file or a header template.
 * - hdrflag: what infile must be: 0: a FITS file; 1: a header template; 2: either.
 * - hdu: HDU of a FITS file, from 0; below 0: 0.
 *
 * Result: NULL if the header is good, else a message that says what is wrong; also if infile is
 * NULL or "". Do not free the message: it is valid until the next call of montage_checkHdr or
 * montage_parseHdr in the same thread. montage_getHdr returns the header.
 *
 * Example:
 *
 *     const char *wrong = montage_checkHdr("region.hdr", 1, 0);
 *     if (wrong)
 *         fprintf(stderr, "%s\n", wrong);
 */
char *montage_checkHdr(const char *infile, int hdrflag, int hdu);

/**
 * Checks that a WCS structure of the WCSTools library describes an image on the sky.
 *
 * The layout is that of WCSTools 3.9.0, which is part of Montage, on 64-bit machines.
 *
 * Arguments:
 * - wcs: what wcsinit() of WCSTools returned.
 *
 * Result: NULL if it is good, else a message that says what is wrong; also if wcs is NULL. Do not
 * free the message: it is valid until the next call in the same thread.
 *
 * Example:
 *
 *     const char *wrong = montage_checkWCS(wcsinit(header));
 *     if (wrong)
 *         fprintf(stderr, "%s\n", wrong);
 */
char *montage_checkWCS(struct WorldCoor *wcs);

/**
 * Reads a debug level.
 *
 * Arguments:
 * - debugStr: a number from 0 on in the notation of C; "" means 0.
 *
 * Result: the level; -1 if debugStr is NULL or not such a number.
 *
 * Example:
 *
 *     int debug = montage_debugCheck(argv[1]);
 *     if (debug < 0)
 *         fprintf(stderr, "Invalid debug level\n");
 */
int montage_debugCheck(const char *debugStr);

/**
 * Finds the part of a path after its last "/".
 *
 * Arguments:
 * - fname: the path.
 *
 * Result: a pointer into fname ("a.fits" in the example); NULL if fname is NULL.
 *
 * Example:
 *
 *     printf("%s\n", montage_fileName("projected/a.fits"));
 */
char *montage_fileName(const char *fname);

/**
 * Joins a folder and a file name.
 *
 * Arguments:
 * - path: the folder; NULL or "": the working directory.
 * - fname: the file name. If it begins with "/" it is returned as it is; a leading "./" is dropped.
 *
 * Result: the path, of any length ("projected/a.fits" in the example); NULL if fname is NULL. Do not
 * free it: it is valid until the next montage_filePath in the same thread, and no longer than fname
 * if it is fname.
 *
 * Example:
 *
 *     printf("%s\n", montage_filePath("projected", "./a.fits"));
 */
char *montage_filePath(const char *path,
                       const char *fname);

/**
 * Returns the header that the last montage_checkHdr or montage_parseHdr of this thread read.
 *
 * Result: lines of 80 characters without separators; "" before the first check, and for a file that
 * could not be read. Do not free it: it is valid until the next check in the same thread.
 *
 * Example:
 *
 *     if (montage_checkHdr("m31.fits", 0, 0) == NULL)
 *         for (const char *card = montage_getHdr(); *card; card += 80)
 *             printf("%.80s\n", card);
 */
char *montage_getHdr(void);

/**
 * Checks a header: the same as montage_checkHdr, which calls it in Montage.
 *
 * Arguments:
 * - infile, hdrflag, hdu: as for montage_checkHdr.
 *
 * Result: as for montage_checkHdr.
 */
char *montage_parseHdr(const char *infile, int hdrflag, int hdu);

/**
 * Sets whether outputs survive a power failure.
 *
 * Arguments:
 * - durable: 1: each later call waits until its files, and the folders that name them, are on the
 *   disk (fsync); 0: the default, which is off, unless the environment variable MONTAGE_DURABLE is
 *   set to something other than 0.
 *
 * Example:
 *
 *     montage_setDurable(1);
 */
void montage_setDurable(int durable);

/**
 * Sets a function that is called as later calls proceed, and that can cancel them.
 *
 * Every Exec function and mBgModel calls it, on the thread that called them. A cancelled call returns
 * status 1 and leaves no output half written.
 *
 * Arguments:
 * - callback: called with the number of items done and in total, and with user; it returns 0 to go
 *   on and any other number to cancel. NULL: none (the default).
 * - user: passed to callback.
 *
 * callback and user must stay valid until they are replaced and the calls that were running then have
 * ended. callback can be called from every thread that calls the library. It must return: no longjmp()
 * and no C++ exception may leave it.
 *
 * Example:
 *
 *     static int show(int64_t done, int64_t total, void *user)
 *     {
 *         fprintf(user, "%lld of %lld\n", (long long)done, (long long)total);
 *         return 0;
 *     }
 *
 *     montage_setProgress(show, stderr);
 */
void montage_setProgress(montage_progress callback,
                         void *user);

/**
 * Sets how many threads each later call may use.
 *
 * Results do not depend on the number. Calls that are already running keep theirs.
 *
 * Arguments:
 * - threads: the number; 0 or less: the default, which is the environment variable MONTAGE_THREADS
 *   or else the number of cores.
 *
 * Example:
 *
 *     montage_setThreads(4);
 */
void montage_setThreads(int threads);

/**
 * Returns the version of this library, such as "0.1.0".
 *
 * Result: a constant string; do not free it.
 *
 * Example:
 *
 *     printf("libmontage %s\n", montage_version());
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
