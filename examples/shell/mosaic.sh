#!/bin/sh
# Makes one mosaic of raw images with the programs, as examples/c/mosaic.c does with the library:
#
#   mosaic.sh RAW WORK
#
# RAW holds the images, WORK gets tables and images, and WORK/mosaic.fits. The programs are those
# on the PATH ("montage-tools --install DIR" links them into DIR). Folders in WORK that an earlier mosaic
# has left are an error: their images would be part of this one.
set -eu

[ $# -eq 2 ] || { echo "Usage: $0 RAW WORK" >&2; exit 1; }
raw=$1
work=$2

mkdir -p "$work"
mkdir "$work/projected" "$work/diffs" "$work/corrected"

mImgtbl "$raw" "$work/raw.tbl"
mMakeHdr "$work/raw.tbl" "$work/region.hdr"
mProjExec -p "$raw" "$work/raw.tbl" "$work/region.hdr" "$work/projected" "$work/stats.tbl"
mImgtbl "$work/projected" "$work/projected.tbl"
mOverlaps "$work/projected.tbl" "$work/diffs.tbl"
mDiffFitExec -p "$work/projected" "$work/diffs.tbl" "$work/region.hdr" "$work/diffs" "$work/fits.tbl"
mBgModel "$work/projected.tbl" "$work/fits.tbl" "$work/corrections.tbl"
mBgExec -p "$work/projected" "$work/projected.tbl" "$work/corrections.tbl" "$work/corrected"
mImgtbl "$work/corrected" "$work/corrected.tbl"
mAdd -p "$work/corrected" "$work/corrected.tbl" "$work/region.hdr" "$work/mosaic.fits"
echo "The mosaic is $work/mosaic.fits"
