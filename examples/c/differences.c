/* The differences of overlapping images, kept as images, and the planes fitted to them: what
 * mDiffFitExec does at once, in its two steps.
 *
 *   differences IMAGES TEMPLATE.hdr WORK
 *
 * IMAGES holds images that lie on the pixel grid of TEMPLATE.hdr. The difference images go to the
 * folder WORK/differences. Without arguments it works on work/field, which
 * `montage-tools simulateField work/field` writes. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <montage.h>

enum { PATH = 4096 };

/* Every function of the library returns a struct that begins with status and msg, or NULL when
 * memory is out. It belongs to the caller. */
#define FINISH(step, result) \
   ((result) ? finish((step), (result), (result)->status, (result)->msg) \
             : finish((step), NULL, 1, "out of memory"))

static int finish(const char *step, void *result, int status, const char *msg)
{
   fprintf(status == 0 ? stdout : stderr, "  %-14s%s\n", step, msg);
   fflush(stdout);
   free(result);
   return status == 0;
}

static int make_folder(const char *path)
{
   if (mkdir(path, 0777) == 0 || errno == EEXIST)
      return 1;

   fprintf(stderr, "Cannot make the folder %s: %s\n", path, strerror(errno));
   return 0;
}

int main(int argc, char **argv)
{
   if (argc != 1 && argc != 4)
   {
      fprintf(stderr, "Usage: %s [images template.hdr work]\n", argv[0]);
      return 1;
   }
   const char *images = argc == 4 ? argv[1] : "work/field/projected";
   const char *region = argc == 4 ? argv[2] : "work/field/region.hdr";
   const char *work   = argc == 4 ? argv[3] : "work";

   if (strlen(work) > PATH - 100)
   {
      fprintf(stderr, "The name of the folder for the results is too long\n");
      return 1;
   }
   char table[PATH], overlaps[PATH], differences[PATH], fits[PATH];

   snprintf(table,       sizeof table,       "%s/images.tbl",          work);
   snprintf(overlaps,    sizeof overlaps,    "%s/differences.tbl",     work);
   snprintf(differences, sizeof differences, "%s/differences",         work);
   snprintf(fits,        sizeof fits,        "%s/differences_fit.tbl", work);

   if (!make_folder(work) || !make_folder(differences))
      return 1;

   struct mImgtblReturn *found = mImgtbl(images, table, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, 0);
   if (!FINISH("mImgtbl", found))
      return 1;

   struct mOverlapsReturn *pairs = mOverlaps(table, overlaps, 0, 0);
   if (!FINISH("mOverlaps", pairs))
      return 1;

   /* One image for every pair. The numbers of a return struct are read before it is freed. */
   struct mDiffExecReturn *subtracted = mDiffExec(images, overlaps, region, differences, 0, 0);
   const int failed = subtracted ? subtracted->failed : 0;
   if (!FINISH("mDiffExec", subtracted))
      return 1;
   if (failed > 0)
      fprintf(stderr, "  %d pairs have no difference image\n", failed);

   /* Planes (levelOnly = 0), not just levels. */
   struct mFitExecReturn *fitted = mFitExec(overlaps, fits, differences, 0, 0);
   if (!FINISH("mFitExec", fitted))
      return 1;

   printf("The differences are in %s, their planes in %s\n", differences, fits);
   return 0;
}
