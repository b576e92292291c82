#!/usr/bin/env bash
# Our whole job beside SWarp, on the eight raw 2MASS tiles of M17: wall and CPU time of whole processes.
#
#   cargo build --release && make -C examples/c examples && benches/swarp.sh [ROUNDS [RAW]]
#
# In turn, ROUNDS times (default 11) after one round to warm up:
#
#   ours     examples/c/bin/mosaic: tables, template, reprojection, background matching, mosaic, areas
#   SWarp    the same tiles by Lanczos' kernel onto one grid, averaged, with a weight map; nothing is matched
#   SWarp b  the same by the bilinear kernel
#
# RAW is a folder of images; default: ../shared/data/2mass_m17/raw beside the project, unpacked. Outputs are
# removed and the disk is synced before every run, outside the time. Prints the median and, in brackets, the least.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
rounds=${1:-11}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
swarp=$(command -v SWarp || command -v swarp) || { echo "SKIPPED: SWarp is not installed (Debian: swarp)" >&2; exit 1; }
ours=$root/examples/c/bin/mosaic
[ -x "$ours" ] || { echo "$ours is missing: make -C examples/c examples" >&2; exit 1; }

mkdir "$work/raw"
if [ $# -gt 1 ]; then
    cp "$2"/*.fits "$work/raw/"
else
    for file in "$root"/../shared/data/2mass_m17/raw/*.fits.gz; do
        gzip -dc "$file" >"$work/raw/$(basename "$file" .gz)"
    done
fi

by_swarp() {
    "$swarp" "$work"/raw/*.fits -c /dev/null -SUBTRACT_BACK N -COMBINE_TYPE AVERAGE -RESAMPLING_TYPE "$1" \
        -WRITE_XML N -VERBOSE_TYPE QUIET -RESAMPLE_DIR "$work/out" \
        -IMAGEOUT_NAME "$work/out/swarp.fits" -WEIGHTOUT_NAME "$work/out/swarp_weight.fits"
}
by_us() {
    "$ours" "$work/raw" "$work/out/mosaic"
}

# Appends wall and CPU seconds of one run to $work/NAME.
TIMEFORMAT='%R %U %S'
measure() {
    local name=$1
    shift
    rm -rf "$work/out"
    mkdir "$work/out"
    sync
    { time "$@" >"$work/log" 2>&1; } 2>"$work/time" || { cat "$work/log" >&2; exit 1; }
    awk '{ print $1, $2 + $3 }' "$work/time" >>"$work/$name.times"
}
for ((round = 0; round <= rounds; round++)); do
    measure ours by_us
    measure swarp by_swarp LANCZOS3
    measure swarp_b by_swarp BILINEAR
    [ $round -gt 0 ] || rm "$work"/*.times
done

summary() {
    sort -n | awk '{ v[NR] = $1 } END { printf "%.3f (%.3f)", (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2, v[1] }'
}
"$swarp" --version || true
echo "$(nproc) processors, load $(cut -d' ' -f1-3 /proc/loadavg), $rounds rounds"
for name in ours swarp swarp_b; do
    wall=$(cut -d' ' -f1 "$work/$name.times" | summary)
    cpu=$(cut -d' ' -f2 "$work/$name.times" | summary)
    echo "$name: wall $wall s, CPU $cpu s"
done
