/*
 * How wide is the point-spread function of each MUSE image, and how far off are its flux scale, its
 * background and its pointing, judged against the HST image of the same field.
 *
 *   fit_photometry hst.fits muse.fits...
 *
 * The HST image must lie on the pixel grid of the MUSE images (imphotRegridHst makes it so). Prints a
 * table, and leaves a drawing of every fit beside its image (<name>_image_fit.png).
 */
#include <stdio.h>
#include <stdlib.h>

#include <imphot.h>

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "Usage: %s hst.fits muse.fits...\n", argv[0]);
        return 2;
    }

    struct imphotFitImageOptions options;
    imphotFitImageOptionsInit(&options, sizeof options);
    options.hardcopy = "png";

    /* Every image on a core of its own; the answers come in the order of the images. */
    struct imphotFitImagesReturn *fits =
        imphotFitImages(argv[1], (const char *const *)(argv + 2), argc - 2, 0, &options);
    if (!fits) {
        fprintf(stderr, "out of memory\n");
        return 1;
    }
    if (fits->status) {
        fprintf(stderr, "%s\n", fits->msg);
        free(fits);
        return 1;
    }

    printf("%-20s %20s %20s %20s %20s\n", "image", "flux scale", "FWHM (arcsec)", "dx (arcsec)",
           "dy (arcsec)");
    for (int i = 0; i < fits->count; ++i) {
        const struct imphotImageFit *image = &fits->images[i];
        if (image->status) {
            printf("%-20s %s\n", argv[2 + i], image->msg);
            continue;
        }
        const struct imphotFit *fit = &image->fit;
        const struct imphotValue *shown[] = {&fit->scale, &fit->fwhm, &fit->dx, &fit->dy};
        printf("%-20s", fit->name);
        for (int k = 0; k < 4; ++k)
            printf(" %10.4f +- %6.4f", shown[k]->value, shown[k]->stdev);
        printf("\n");
    }

    int failed = fits->failed;
    free(fits); /* the list of images with it */
    return failed != 0;
}
