//! The rows from raw tiles to a mosaic.

use std::ffi::OsString;
use std::path::Path;

use testing::original;

use crate::contest::Program;
use crate::mosaic_data::MosaicData;
use crate::others::Others;
use crate::row::{ours, strings, Goal, Row};

/// The programs that examples/shell/mosaic.sh runs.
const CHAIN: [&str; 8] = [
    "mImgtbl",
    "mMakeHdr",
    "mProjExec",
    "mOverlaps",
    "mDiffFitExec",
    "mBgModel",
    "mBgExec",
    "mAdd",
];

/// `out` is the folder of outputs.
pub fn rows<'a>(data: &'a MosaicData, others: &'a Others, out: &Path) -> Vec<Row<'a>> {
    let (tile, region, cut) = (data.tile(), data.region(), data.cut());
    let (raw, raw_table) = (data.raw(), data.raw_table());
    let (projected, table) = (data.projected(), data.projected_table());
    let (image, stats) = (out.join("image.fits"), out.join("stats.tbl"));
    let what = data.what();
    let one = format!("one of the {what}, 512x1024");
    let eight = format!("{} {what}, 512x1024", data.tiles().len());

    let single = strings([&tile, &image, &region]);
    let lanczos = strings([&"-L", &tile, &image, &region]);
    // HDU, nearest neighbours or Lanczos, no weights, no border, scale 1, only what is covered,
    // no areas, as the program does.
    let quick = |interpolation: &str| {
        let more = ["0", interpolation, "", "1", "0", "", "1", "0", "0", "1"];
        let args = single.iter().cloned();
        args.chain(more.map(OsString::from)).collect::<Vec<_>>()
    };
    let exec = strings([&"-p", &raw, &raw_table, &region, &out, &stats]);
    let add = |method: &str| strings([&"-p", &projected, &"-a", &method, &table, &region, &image]);
    // Cut to what is covered, with areas.
    let add_seven =
        |method: &str| strings([&projected, &table, &region, &image, &"1", &"1", &method]);
    let [large, large_table, large_template] = data.large();

    vec![
        Row {
            others: others.reproject("reproject_exact", &tile, &cut),
            ..Row::of(
                "mProject",
                &one,
                &single,
                single.clone(),
                &[Goal::TimesSix(60.0), Goal::TimesOthers(20.0)],
            )
        },
        Row::of(
            "mProjectPP",
            &one,
            &single,
            single.clone(),
            &[Goal::Times(4.0)],
        ),
        Row {
            others: others.reproject("reproject_interp", &tile, &cut),
            ..Row::of(
                "mProjectQL",
                format!("{one}, nearest"),
                &single,
                quick("0"),
                &[Goal::Times(6.0)],
            )
        },
        Row {
            others: others.reproject("reproject_interp", &tile, &cut),
            ..Row::of(
                "mProjectQL",
                format!("{one}, Lanczos"),
                &lanczos,
                quick("1"),
                &[Goal::Times(6.0)],
            )
        },
        Row::of(
            "mProjExec",
            &eight,
            &exec,
            strings([&raw, &raw_table, &region, &out]),
            &[Goal::Times(10.0)],
        ),
        Row::of(
            "mAdd",
            format!("{eight}, mean"),
            &add("mean"),
            add_seven("0"),
            &[Goal::Times(3.0)],
        ),
        Row::of(
            "mAdd",
            format!("{eight}, median"),
            &add("median"),
            add_seven("1"),
            &[Goal::Times(3.0)],
        ),
        Row {
            six: chain_of_programs(&raw, out),
            others: others.mosaic(&data.tiles(), &region, out),
            ..Row::alone(
                "mosaic",
                format!("{eight}, raw to mosaic"),
                Program {
                    path: data.job(),
                    args: strings([&raw, &out]),
                },
                &[Goal::Times(10.0)],
            )
        },
        Row {
            once: Some(15),
            ..Row::alone(
                "mAdd",
                "200 tiles of 512x1024 to 30,000 x 30,000",
                ours(
                    "mAdd",
                    &strings([&"-p", &large, &large_table, &large_template, &image]),
                ),
                &[Goal::Megabytes(1000.0)],
            )
        },
    ]
}

/// The shell script of the examples with Montage 6.0's programs, where all are installed.
fn chain_of_programs(raw: &Path, out: &Path) -> Option<Program> {
    if CHAIN.iter().any(|name| original(name).is_none()) {
        return None;
    }
    let script = testing::project().join("examples/shell/mosaic.sh");
    let path = "PATH=/usr/bin:/bin";
    Some(Program {
        path: "/usr/bin/env".into(),
        args: strings([&path, &"sh", &script, &raw, &out]),
    })
}
