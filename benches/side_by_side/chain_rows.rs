//! The rows of the background-matching chain, on images that lie on one pixel grid.

use crate::bound;
use crate::data::{Data, Tables};
use crate::row::{ours, strings, Bytes, Goal, Row};

pub fn rows(data: &Data) -> Vec<Row<'_>> {
    let (projected, region) = (data.projected(), data.region());
    let (images, pairs, corrections) = (data.images(), data.pairs(), data.corrections());
    let out = data.output();
    let (fits, model) = (out.join("fits.tbl"), out.join("corrections.tbl"));
    let overlaps = data.overlap_bytes().unwrap_or_else(|why| panic!("{why}"));
    let tiles = data.tiles();
    let tile_bytes: u64 = tiles.iter().map(|tile| bound::length(tile)).sum();
    let megabytes = |bytes: u64| bytes as f64 / 1e6;

    let pairs4 = data.pairs_four_times();
    let diff_fit = strings([&"-p", &projected, &pairs, &region, &out, &fits]);
    let diff_fit4 = strings([&"-p", &projected, &pairs4, &region, &out, &fits]);
    let diff = strings([&"-p", &projected, &pairs, &region, &out]);
    let correct = strings([&"-p", &projected, &images, &corrections, &out]);
    let fit_model = |tables: &Tables| strings([&tables.images, &tables.fits, &model]);
    let few = fit_model(&data.few());

    // What mDiffExec writes is known when it has.
    data.clear_output();
    ours("mDiffExec", &diff).time();
    let differences = bound::lengths(&out);
    let difference_bytes: u64 = differences.iter().sum();

    // Montage 7's functions take what follows -p, in the same order.
    let seven = |args: &[std::ffi::OsString]| args[1..].to_vec();
    let (read_tiles, copy_tiles, read_some) = (tiles.clone(), tiles.clone(), tiles);
    let (write_to, copy_to) = (out.clone(), out.clone());
    let factor = |times| [Goal::Times(times)];
    vec![
        Row {
            bytes: Some(Bytes {
                what: "read",
                megabytes: megabytes(overlaps),
                alone: Box::new(move || bound::read(&read_tiles, overlaps)),
            }),
            larger: Some(ours("mDiffFitExec", &diff_fit4)),
            ..Row::of(
                "mDiffFitExec",
                "49 tiles of 512x1024, 156 overlaps",
                &diff_fit,
                seven(&diff_fit),
                &[Goal::Times(10.0), Goal::Megabytes(300.0)],
            )
        },
        Row {
            bytes: Some(Bytes {
                what: "read and write",
                megabytes: megabytes(overlaps + difference_bytes),
                alone: Box::new(move || {
                    bound::read(&read_some, overlaps) + bound::write(&differences, &write_to)
                }),
            }),
            ..Row::of("mDiffExec", "same", &diff, seven(&diff), &factor(4.0))
        },
        Row {
            fits: Some(19_182.0),
            ..Row::of(
                "mBgModel",
                "4,900 images, 19,182 fits, 10,000 iterations",
                &few,
                few.clone(),
                &factor(30.0),
            )
        },
        Row {
            bytes: Some(Bytes {
                what: "read and write",
                megabytes: megabytes(2 * tile_bytes),
                alone: Box::new(move || bound::copy(&copy_tiles, &copy_to)),
            }),
            ..Row::of(
                "mBgExec",
                "49 tiles of 512x1024",
                &correct,
                seven(&correct),
                &factor(2.5),
            )
        },
        // The originals' look-ups are quadratic: they would take for ever.
        Row {
            fits: Some(400_056.0),
            ..Row::alone(
                "mBgModel",
                "100,489 images, 400,056 fits",
                ours("mBgModel", &fit_model(&data.many())),
                &[Goal::Seconds(60.0), Goal::Megabytes(1000.0)],
            )
        },
    ]
}
