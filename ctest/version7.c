/*
 * A client of Montage 7: the plain names have version 7's arguments, the struct of mBgModel its
 * counters.        version7 FIELD
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define MONTAGE_API 7
#include "montage.h"

int main(int argc, char **argv)
{
    char images[1024], pairs[1024], hdr[1024], table[1024], diff[1024], one[1024], two[1024];
    struct mDiffFitExecReturn *difffit;
    struct mBgModelReturn *model;
    struct mFitplaneReturn *plane;
    struct mDiffFitReturn *fit;
    if (argc != 2)
        return 2;
    snprintf(images, sizeof images, "%s/images", argv[1]);
    snprintf(pairs, sizeof pairs, "%s/pairs.tbl", argv[1]);
    snprintf(hdr, sizeof hdr, "%s/region.hdr", argv[1]);
    snprintf(table, sizeof table, "%s/images.tbl", argv[1]);
    snprintf(diff, sizeof diff, "%s/diffs/diff.000000.000001.fits", argv[1]);
    snprintf(one, sizeof one, "%s/images/tile_0.fits", argv[1]);
    snprintf(two, sizeof two, "%s/images/tile_1.fits", argv[1]);
    mkdir("diffs", 0777);

    difffit = mDiffFitExec(images, pairs, hdr, "diffs", "fits.tbl", 0, 0, 0, "", 0);
    printf("%d %d %d\n", difffit->status, difffit->count, difffit->diff_failed);
    free(difffit);

    model = mBgModel(table, "fits.tbl", "corrections.tbl", NULL, 0, 1, 0, 0);
    printf("%d %d %d %d\n", model->status, model->nnan, model->nbadFit, model->nbadImg);
    free(model);

    plane = mFitplane(diff, 1, 0, 0, 0); /* nofit: the box only */
    printf("%d %.1f %d\n", plane->status, plane->a, plane->npixel);
    free(plane);

    fit = mDiffFit(one, two, "diff.fits", hdr, 0, 0, 0, 0, 0);
    printf("%d %d\n", fit->status, fit->npixel);
    free(fit);
    return 0;
}
