/*
 * A program that does not know the library: loads it, calls it, lets it go, again and again.
 *
 *   load libmontage.so FIELD
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "montage.h"

typedef struct mDiffFitExecReturn *(*exec_function)(const char *, const char *, const char *,
                                                    const char *, const char *, int, int, int, int);

int main(int argc, char **argv)
{
    char images[1024], pairs[1024], hdr[1024];
    int round;
    if (argc != 3)
        return 2;
    snprintf(images, sizeof images, "%s/images", argv[2]);
    snprintf(pairs, sizeof pairs, "%s/pairs.tbl", argv[2]);
    snprintf(hdr, sizeof hdr, "%s/region.hdr", argv[2]);
    for (round = 0; round < 20; ++round) {
        struct mDiffFitExecReturn *result;
        exec_function call;
        void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
        if (!library) {
            puts(dlerror());
            return 1;
        }
        *(void **)&call = dlsym(library, "mDiffFitExec");
        if (!call || dlsym(library, "ffopen") || dlsym(library, "fits_open_file"))
            return 1;
        result = call(images, pairs, hdr, ".", "fits.tbl", 0, 0, 0, 0);
        if (result->status != 0 || result->count != 6 || result->diff_failed != 0) {
            puts(result->msg);
            return 1;
        }
        free(result);
        if (dlclose(library) != 0)
            return 1;
    }
    puts("20");
    return 0;
}
