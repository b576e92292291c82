/* Makes one mosaic of raw images: the main job of libmontage, from a folder of images as the
 * camera left them to a mosaic with matched backgrounds.
 *
 *   mosaic RAW WORK
 *
 * RAW holds images with any projections and orientations. Tables and images go to the folder
 * WORK, the mosaic to WORK/mosaic.fits and the solid angle that every pixel of it has seen to
 * WORK/mosaic_area.fits. Folders in WORK that an earlier mosaic has left are an error: their images
 * would be part of this one. Without arguments it works on work/field/raw, which
 * `montage-tools simulateField -r work/field` writes. */

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

static int make_folder(const char *path, int may_exist)
{
   if (mkdir(path, 0777) == 0 || (may_exist && errno == EEXIST))
      return 1;

   fprintf(stderr, "Cannot make the folder %s: %s\n", path, strerror(errno));
   return 0;
}

/* The images of a folder as a table, with their geometry. */
static int list_images(const char *folder, const char *table)
{
   struct mImgtblReturn *found = mImgtbl(folder, table, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, 0);

   return FINISH("mImgtbl", found);
}

int main(int argc, char **argv)
{
   if (argc != 1 && argc != 3)
   {
      fprintf(stderr, "Usage: %s [raw work]\n", argv[0]);
      return 1;
   }
   const char *raw  = argc == 3 ? argv[1] : "work/field/raw";
   const char *work = argc == 3 ? argv[2] : "work/mosaic";

   if (strlen(work) > PATH - 100)
   {
      fprintf(stderr, "The name of the folder for the results is too long\n");
      return 1;
   }
   char rawtbl[PATH], region[PATH], projected[PATH], projtbl[PATH], pairs[PATH], diffs[PATH];
   char fits[PATH], corrections[PATH], corrected[PATH], corrtbl[PATH], mosaic[PATH];

   snprintf(rawtbl,      sizeof rawtbl,      "%s/raw.tbl",         work);
   snprintf(region,      sizeof region,      "%s/region.hdr",      work);
   snprintf(projected,   sizeof projected,   "%s/projected",       work);
   snprintf(projtbl,     sizeof projtbl,     "%s/projected.tbl",   work);
   snprintf(pairs,       sizeof pairs,       "%s/diffs.tbl",       work);
   snprintf(diffs,       sizeof diffs,       "%s/diffs",           work);
   snprintf(fits,        sizeof fits,        "%s/fits.tbl",        work);
   snprintf(corrections, sizeof corrections, "%s/corrections.tbl", work);
   snprintf(corrected,   sizeof corrected,   "%s/corrected",       work);
   snprintf(corrtbl,     sizeof corrtbl,     "%s/corrected.tbl",   work);
   snprintf(mosaic,      sizeof mosaic,      "%s/mosaic.fits",     work);

   if (!make_folder(work, 1) || !make_folder(projected, 0) || !make_folder(diffs, 0) ||
       !make_folder(corrected, 0))
      return 1;

   printf("libmontage %s, a mosaic of the images in %s\n", montage_version(), raw);

   /* 1. Which images are there, and what region of the sky holds them all? */
   if (!list_images(raw, rawtbl))
      return 1;
   struct mMakeHdrReturn *made = mMakeHdr(rawtbl, region, "EQUJ", 2000., 0., 0, 0., 0, 0, 0);
   if (!FINISH("mMakeHdr", made))
      return 1;

   /* 2. Put them on the pixels of that region. No table of statistics, no columns of scales and
    * weights. */
   struct mProjExecReturn *reprojected =
      mProjExec(raw, rawtbl, region, projected, 0, 0, 0, 0, "", "", "", 0, "", 0);
   if (!FINISH("mProjExec", reprojected) || !list_images(projected, projtbl))
      return 1;

   /* 3. Which of them overlap, and by how much do they differ there? */
   struct mOverlapsReturn *overlapping = mOverlaps(projtbl, pairs, 0, 0);
   if (!FINISH("mOverlaps", overlapping))
      return 1;
   struct mDiffFitExecReturn *fitted =
      mDiffFitExec(projected, pairs, region, diffs, fits, 0, 0, 0, 0);
   if (!FINISH("mDiffFitExec", fitted))
      return 1;

   /* 4. Which plane for each image makes them agree best? Subtract it. */
   struct mBgModelReturn *modelled = mBgModel(projtbl, fits, corrections, 0, 0, 0, 0);
   if (!FINISH("mBgModel", modelled))
      return 1;
   struct mBgExecReturn *subtracted =
      mBgExec(projected, projtbl, corrections, corrected, 0, 0);
   if (!FINISH("mBgExec", subtracted) || !list_images(corrected, corrtbl))
      return 1;

   /* 5. Their mean is the mosaic, cut to what they cover. */
   struct mAddReturn *added = mAdd(corrected, corrtbl, region, mosaic, 1, 1, 0, 0);
   if (!FINISH("mAdd", added))
      return 1;

   printf("The mosaic is %s\n", mosaic);
   return 0;
}
