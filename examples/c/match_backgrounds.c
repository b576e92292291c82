/* Matches the backgrounds of overlapping images, a part of the main job: from a folder of
 * projected images to a folder of corrected ones.
 *
 *   match_backgrounds IMAGES TEMPLATE.hdr WORK
 *
 * IMAGES holds images that lie on the pixel grid of TEMPLATE.hdr, with their "_area" images, as
 * mProjExec leaves them. Tables go to the folder WORK, corrected images to WORK/corrected.
 * Without arguments it works on work/field, which `montage-tools simulateField work/field` writes. */

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <montage.h>

enum { PATH = 4096, COLUMNS = 64 };

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

/* Called by the longer functions as they go; user is what was given to montage_setProgress. Any
 * answer but 0 would cancel the call. */
static int show_progress(int64_t done, int64_t total, void *user)
{
   FILE *terminal = user;

   fprintf(terminal, "\r  %lld of %lld", (long long)done, (long long)total);
   if (done == total)
      fprintf(terminal, "\r%40s\r", "");
   fflush(terminal);
   return 0;
}

static int make_folder(const char *path)
{
   if (mkdir(path, 0777) == 0 || errno == EEXIST)
      return 1;

   fprintf(stderr, "Cannot make the folder %s: %s\n", path, strerror(errno));
   return 0;
}

/* The position of a column in the first line of a table ("| plus | minus | a | ..."), or -1. */
static int find_column(const char *header, const char *name)
{
   const size_t length = strlen(name);
   int column = 0;

   for (const char *bar = strchr(header, '|'); bar; bar = strchr(bar, '|'), ++column)
   {
      bar += 1 + strspn(bar + 1, " ");
      if (strncmp(bar, name, length) == 0 && strchr(" |", bar[length]))
         return column;
   }
   return -1;
}

/* Reads a table of fits, in which every row is the plane a x + b y + c by which one image is
 * brighter than another. Gives the root mean square of that difference at the middle of each
 * overlap, or -1. */
static double mismatch(const char *fits_table)
{
   static const char *const names[] = {"a", "b", "c", "boxx", "boxy"};
   enum { A, B, C, X, Y, NAMES };

   char line[PATH];
   int column[NAMES], rows = 0;
   double sum = 0.;
   FILE *table = fopen(fits_table, "r");

   if (!table || !fgets(line, sizeof line, table))
   {
      fprintf(stderr, "Cannot read %s\n", fits_table);
      if (table)
         fclose(table);
      return -1.;
   }
   for (int k = 0; k < NAMES; ++k)
      column[k] = find_column(line, names[k]);

   while (fgets(line, sizeof line, table))
   {
      double value[COLUMNS] = {0.};
      int count = 0;

      for (char *word = strtok(line, " \n"); word && count < COLUMNS; word = strtok(NULL, " \n"))
         value[count++] = atof(word);

      int complete = 1;
      for (int k = 0; k < NAMES; ++k)
         complete = complete && column[k] >= 0 && column[k] < count;
      if (!complete)
         continue;

      const double difference = value[column[A]] * value[column[X]]
                              + value[column[B]] * value[column[Y]] + value[column[C]];
      sum += difference * difference;
      ++rows;
   }
   fclose(table);

   if (rows == 0)
   {
      fprintf(stderr, "No fits in %s\n", fits_table);
      return -1.;
   }
   return sqrt(sum / rows);
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
   char table[PATH], overlaps[PATH], differences[PATH], fits[PATH], fits_after[PATH];
   char corrections[PATH], corrected[PATH];

   snprintf(table,       sizeof table,       "%s/images.tbl",      work);
   snprintf(overlaps,    sizeof overlaps,    "%s/diffs.tbl",       work);
   snprintf(differences, sizeof differences, "%s/diffs",           work);
   snprintf(fits,        sizeof fits,        "%s/fits.tbl",        work);
   snprintf(fits_after,  sizeof fits_after,  "%s/fits_after.tbl",  work);
   snprintf(corrections, sizeof corrections, "%s/corrections.tbl", work);
   snprintf(corrected,   sizeof corrected,   "%s/corrected",       work);

   if (!make_folder(work) || !make_folder(differences) || !make_folder(corrected))
      return 1;

   /* Two settings that Montage does not have; both may be left out. */
   montage_setThreads(0); /* 0: every core of the machine */
   if (isatty(STDERR_FILENO))
      montage_setProgress(show_progress, stderr);

   printf("libmontage %s, matching the backgrounds of %s\n", montage_version(), images);

   /* 1. Which images are there, and where on the sky? */
   struct mImgtblReturn *found = mImgtbl(images, table, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, 0);
   if (!FINISH("mImgtbl", found))
      return 1;

   /* 2. Which of them overlap? */
   struct mOverlapsReturn *pairs = mOverlaps(table, overlaps, 0, 0);
   if (!FINISH("mOverlaps", pairs))
      return 1;

   /* 3. By how much do they differ there? The difference images are not kept. */
   struct mDiffFitExecReturn *fitted =
      mDiffFitExec(images, overlaps, region, differences, fits, 0, 0, 0, 0);
   if (!FINISH("mDiffFitExec", fitted))
      return 1;

   /* 4. Which plane for each image makes them agree best? */
   struct mBgModelReturn *modelled = mBgModel(table, fits, corrections, 0, 0, 0, 0);
   if (!FINISH("mBgModel", modelled))
      return 1;

   /* 5. Subtract them. */
   struct mBgExecReturn *subtracted = mBgExec(images, table, corrections, corrected, 0, 0);
   if (!FINISH("mBgExec", subtracted))
      return 1;

   /* The proof: the same differences, of the corrected images. */
   struct mDiffFitExecReturn *refitted =
      mDiffFitExec(corrected, overlaps, region, differences, fits_after, 0, 0, 0, 0);
   if (!FINISH("mDiffFitExec", refitted))
      return 1;

   const double before = mismatch(fits), after = mismatch(fits_after);
   if (before < 0. || after < 0.)
      return 1;

   printf("Overlapping images differed by %.4g (rms), now by %.4g\n", before, after);
   printf("The corrected images are in %s\n", corrected);
   return 0;
}
