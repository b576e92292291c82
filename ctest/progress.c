/*
 * Progress and cancelling, and that the number of threads changes nothing.        progress FIELD
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "montage.h"

struct seen {
    int64_t calls, last, total, stop_at;
};

static int report(int64_t done, int64_t total, void *user)
{
    struct seen *seen = user;
    ++seen->calls;
    if (done <= seen->last || total <= 0)
        abort();
    seen->last = done;
    seen->total = total;
    return done == seen->stop_at;
}

int main(int argc, char **argv)
{
    char images[1024], pairs[1024], hdr[1024], name[32];
    struct mDiffFitExecReturn *result;
    struct seen seen = {0, 0, 0, -1};
    struct stat there;
    int threads;
    if (argc != 2)
        return 2;
    snprintf(images, sizeof images, "%s/images", argv[1]);
    snprintf(pairs, sizeof pairs, "%s/pairs.tbl", argv[1]);
    snprintf(hdr, sizeof hdr, "%s/region.hdr", argv[1]);
    mkdir("diffs", 0777);

    for (threads = 1; threads <= 7; threads += 3) {
        montage_setThreads(threads);
        montage_setProgress(report, &seen);
        memset(&seen, 0, sizeof seen);
        seen.stop_at = -1;
        snprintf(name, sizeof name, "fits%d.tbl", threads);
        result = mDiffFitExec(images, pairs, hdr, "diffs", name, 0, 0, 0, 0);
        printf("%d %d: %d calls, %d of %d\n", result->status, result->count, (int)seen.calls,
               (int)seen.last, (int)seen.total);
        free(result);

        memset(&seen, 0, sizeof seen);
        seen.stop_at = 2;
        result = mDiffFitExec(images, pairs, hdr, "diffs", "cancelled.tbl", 0, 0, 0, 0);
        printf("%d %s\n", result->status, result->msg);
        if (seen.calls != 2 || stat("cancelled.tbl", &there) == 0)
            return 1;
        free(result);
    }
    montage_setProgress(NULL, NULL);
    montage_setThreads(0);
    return 0;
}
