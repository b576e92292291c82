/*
 * Results of a batch as they come, on how many threads, cancelled; and a caller with the first
 * release's header.        fitted FIELD
 *
 * What the library hands out is written to /dev/null as a block: under valgrind, that tells whether
 * every byte is defined.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imphot.h"

#define IMAGES 6

static int null_device;

struct seen {
    pthread_t caller;
    int calls, stop_at;
    struct imphotImageFit *fits;
};

static void dump(const void *bytes, size_t size)
{
    if (write(null_device, bytes, size) != (ssize_t)size)
        abort();
}

static int fitted(const struct imphotImageFit *fit, int index, void *user)
{
    struct seen *seen = user;
    if (index != seen->calls || !pthread_equal(pthread_self(), seen->caller))
        abort();
    ++seen->calls;
    dump(fit, sizeof *fit);
    memcpy(&seen->fits[index], fit, sizeof *fit);
    return seen->calls == seen->stop_at;
}

static void show(const struct imphotImageFit *fit)
{
    if (fit->status)
        printf("  1 %s\n", strstr(fit->msg, "missing") ? "missing" : fit->msg);
    else
        printf("  0 '%s' '%s' %.2f %.2f\n", fit->fit.method, fit->star.fit.method,
               fit->star.fit.star_ra, fit->star.fit.star_dec);
}

int main(int argc, char **argv)
{
    char hst[1024], names[3][1024];
    const char *files[IMAGES];
    struct imphotFitImageOptions options;
    struct imphotFitStarOptions star_options;
    struct imphotFitImagesReturn *images;
    struct imphotFitStarsReturn *stars;
    struct imphotRegionsReturn *regions;
    struct seen seen;
    int i, nworker;
    if (argc != 2)
        return 2;
    null_device = open("/dev/null", O_WRONLY);
    snprintf(hst, sizeof hst, "%s/muse/hst.fits", argv[1]);
    snprintf(names[0], sizeof names[0], "%s/muse/muse_0.fits", argv[1]);
    snprintf(names[1], sizeof names[1], "%s/muse/muse_1.fits", argv[1]);
    snprintf(names[2], sizeof names[2], "%s/muse/missing.fits", argv[1]);
    for (i = 0; i < IMAGES; ++i)
        files[i] = names[i % 3];
    seen.caller = pthread_self();
    seen.fits = calloc(IMAGES, sizeof *seen.fits);
    if (!seen.fits)
        return 1;

    for (nworker = -1; nworker <= 3; nworker += 2) {
        imphotFitImageOptionsInit(&options, sizeof options);
        options.star_ra = 53.16;
        options.star_dec = -27.78;
        options.star_radius = 1.6;
        options.fix_beta = 8;
        options.fitted = fitted;
        options.fitted_user = &seen;
        options.nworker = nworker;
        dump(&options, sizeof options);
        seen.calls = 0;
        seen.stop_at = -1;
        images = imphotFitImages(hst, files, IMAGES, 1, &options);
        dump(images, sizeof *images + IMAGES * sizeof *images->images);
        printf("images %d: %d, %d of %d failed, %d calls\n", nworker, images->status,
               images->failed, images->count, seen.calls);
        if (memcmp(seen.fits, images->images, IMAGES * sizeof *seen.fits) != 0)
            return 1;
        for (i = 0; i < 3; ++i)
            show(&images->images[i]);
        free(images);

        seen.calls = 0;
        seen.stop_at = 2;
        images = imphotFitImages(hst, files, IMAGES, 0, &options);
        printf("cancelled: %d, %d calls, %s, %s\n", images->status, seen.calls, images->msg,
               images->images ? "a list" : "no list");
        free(images);

        imphotFitStarOptionsInit(&star_options, sizeof star_options);
        star_options.fix_beta = 8;
        star_options.fitted = fitted;
        star_options.fitted_user = &seen;
        star_options.nworker = nworker;
        dump(&star_options, sizeof star_options);
        seen.calls = 0;
        seen.stop_at = -1;
        stars = imphotFitStars(hst, files, IMAGES, 53.16, -27.78, 1.6, &star_options);
        dump(stars, sizeof *stars + IMAGES * sizeof *stars->images);
        printf("stars %d: %d, %d of %d failed, %d calls\n", nworker, stars->status, stars->failed,
               stars->count, seen.calls);
        if (memcmp(seen.fits, stars->images, IMAGES * sizeof *seen.fits) != 0)
            return 1;
        for (i = 0; i < 3; ++i)
            show(&stars->images[i]);
        free(stars);
    }

    /* The structs of the first release were shorter: what lies behind them is not looked at. */
    memset(&options, 0x5a, sizeof options);
    imphotFitImageOptionsInit(&options, 200);
    images = imphotFitImages(hst, files, 1, 0, &options);
    printf("first release: %d, %d of %d failed\n", images->status, images->failed, images->count);
    free(images);

    regions = imphotRegions(NULL, "fk5; -ellipse(338.2, -60.5, 2\", 1', 30)\nimage; circle(5, 6, 3d)");
    dump(regions, sizeof *regions + 2 * sizeof *regions->regions);
    for (i = 0; i < regions->count; ++i) {
        const struct imphotRegion *r = &regions->regions[i];
        printf("%s %s %d: %g %g (%d), %g (%d) %g (%d), %g (%d)\n", r->frame, r->shape, r->excluded,
               r->x, r->y, r->sky_centre, r->width * 3600, r->sky_width, r->height * 3600,
               r->sky_height, r->angle, r->from_north);
    }
    free(regions);
    regions = imphotRegions("", "circle(1, x, 2)");
    printf("%d %s\n", regions->status, regions->msg);
    free(regions);
    free(seen.fits);
    close(null_device);
    return 0;
}
