/*
 * The background-matching chain as programs written for Montage call it: names of arguments and
 * structs, checks of status, free().
 *
 *   chain FIELD       (images/, region.hdr; writes into the working folder)
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <montage.h>

static int failed(const char *function, int status, const char *msg)
{
    if (status == 1) {
        printf("[struct stat=\"ERROR\", msg=\"%s: %s\"]\n", function, msg);
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    char images[1024], hdr[1024];
    int debug = 0;
    struct mImgtblReturn *imgtbl;
    struct mOverlapsReturn *overlaps;
    struct mDiffExecReturn *diffexec;
    struct mFitExecReturn *fitexec;
    struct mDiffFitExecReturn *difffit;
    struct mBgModelReturn *model;
    struct mBgExecReturn *bgexec;
    struct mFitplaneReturn *plane;
    struct mDiffReturn *diff;
    struct mBackgroundReturn *background;
    char one[1100], two[1100];

    if (argc != 2 || mNaN(NAN) != 1 || mNaN(1.0)) {
        printf("[struct stat=\"ERROR\", msg=\"Usage: %s field\"]\n", argv[0]);
        exit(1);
    }
    snprintf(images, sizeof images, "%s/images", argv[1]);
    snprintf(hdr, sizeof hdr, "%s/region.hdr", argv[1]);
    mkdir("diffs", 0777);
    mkdir("corrected", 0777);

    imgtbl = mImgtbl(images, "images.tbl", 0, 0, 0, 0, 0, 0, 0, NULL, NULL, debug);
    if (failed("mImgtbl", imgtbl->status, imgtbl->msg))
        exit(1);
    printf("%s\n", imgtbl->msg);
    free(imgtbl);

    overlaps = mOverlaps("images.tbl", "diffs.tbl", 1, debug);
    if (failed("mOverlaps", overlaps->status, overlaps->msg))
        exit(1);
    printf("count=%d\n", overlaps->count);
    free(overlaps);

    diffexec = mDiffExec(images, "diffs.tbl", hdr, "diffs", 0, debug);
    if (failed("mDiffExec", diffexec->status, diffexec->msg))
        exit(1);
    printf("count=%d failed=%d\n", diffexec->count, diffexec->failed);
    free(diffexec);

    fitexec = mFitExec("diffs.tbl", "fits.tbl", "diffs", 0, debug);
    if (failed("mFitExec", fitexec->status, fitexec->msg))
        exit(1);
    printf("count=%d failed=%d missing=%d\n", fitexec->count, fitexec->failed, fitexec->missing);
    free(fitexec);

    difffit = mDiffFitExec(images, "diffs.tbl", hdr, "diffs", "fits2.tbl", 0, 0, 0, debug);
    if (failed("mDiffFitExec", difffit->status, difffit->msg))
        exit(1);
    printf("count=%d diff_failed=%d fit_failed=%d\n", difffit->count, difffit->diff_failed,
           difffit->fit_failed);
    free(difffit);

    model = mBgModel("images.tbl", "fits.tbl", "corrections.tbl", 0, 1, 0, debug);
    if (failed("mBgModel", model->status, model->msg))
        exit(1);
    free(model);

    bgexec = mBgExec(images, "images.tbl", "corrections.tbl", "corrected", 0, debug);
    if (failed("mBgExec", bgexec->status, bgexec->msg))
        exit(1);
    printf("count=%d nocorrection=%d failed=%d\n", bgexec->count, bgexec->nocorrection,
           bgexec->failed);
    free(bgexec);

    /* What is left between two corrected tiles is a plane of nothing. */
    diff = mDiff("corrected/tile_0.fits", "corrected/tile_1.fits", "left.fits", hdr, 0, 1.0, debug);
    if (failed("mDiff", diff->status, diff->msg))
        exit(1);
    free(diff);
    plane = mFitplane("left.fits", 0, 0, debug);
    if (failed("mFitplane", plane->status, plane->msg))
        exit(1);
    printf("left: %.2f %.2f %.1f\n", fabs(plane->a), fabs(plane->b), fabs(plane->c));
    free(plane);

    background = mBackground("corrected/tile_0.fits", "again.fits", 0.0, 0.0, 0.0, 1, debug);
    if (failed("mBackground", background->status, background->msg))
        exit(1);
    free(background);

    /* An error is told, not fatal. */
    plane = mFitplane("absent.fits", 0, 0, debug);
    if (plane->status != 1 || strstr(plane->msg, "absent.fits") == NULL)
        exit(1);
    free(plane);

    snprintf(one, sizeof one, "%s", montage_filePath(images, "tile_0.fits"));
    snprintf(two, sizeof two, "%s", montage_fileName(one));
    printf("%s %d %d %d\n", two, montage_checkFile(one), montage_checkFile(images),
           montage_debugCheck("3"));
    if (montage_checkHdr(hdr, 1, 0) != NULL)
        exit(1);
    printf("[struct stat=\"OK\"]\n");
    return 0;
}
