//! The rows of the photometry, beside imphot.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use montage::testing::shared_data;

use crate::contest::{has_python_module, time_python, Program};
use crate::mosaic_data::unpack;
use crate::others::Other;
use crate::row::{ours, strings, Goal, Row, OURS};

/// One call of imphot, which reads the images: the call alone.
const IMPHOT: &str = "
import sys, time, warnings
warnings.simplefilter('ignore')
import matplotlib
matplotlib.use('Agg')
import imphot
hst, muse, star = sys.argv[1], sys.argv[2], [float(word) for word in sys.argv[3:]]
start = time.perf_counter()
if star:
    imphot.fit_star_photometry(hst, muse, star, fix_beta=2.5)
else:
    imphot.fit_image_photometry(hst, muse, fix_beta=2.5)
print('seconds', time.perf_counter() - start)
";

/// A star in the HDF-S images, degrees, and the radius that is fitted, arcsec.
const STAR: [&str; 3] = ["338.24486678733626", "-60.5565359779519", "3.0"];

/// `dir` is for the images.
pub fn rows(dir: &Path) -> std::io::Result<Vec<Row<'static>>> {
    let imphot = has_python_module("imphot");
    if !imphot {
        eprintln!("SKIPPED: the Python package imphot is not installed");
    }
    let theirs = |hst: &Path, muse: &Path, star: &[&str]| {
        let mut args: Vec<OsString> = vec![hst.into(), muse.into()];
        args.extend(star.iter().map(Into::into));
        let way = Other {
            name: "imphot",
            way: Box::new(move || time_python(IMPHOT, &args)),
        };
        Vec::from_iter(imphot.then_some(way))
    };
    let mut rows = Vec::new();
    if let Some(data) = shared_data("hdfs") {
        let dir = dir.join("hdfs");
        unpack(&data, &dir)?;
        let hst = dir.join("hst_F606W_for_IMAGE-HDFS-1.34.fits");
        let muse = dir.join("muse_hdfs.fits");
        rows.push(Row {
            others: theirs(&hst, &muse, &[]),
            ..Row::alone(
                "fit_photometry",
                "the HDF-S pair",
                ours("fit_photometry", &strings([&hst, &muse])),
                &[Goal::TimesOthers(40.0)],
            )
        });
        let mut words = strings([&hst, &muse, &"--star"]);
        words.extend(STAR.map(OsString::from));
        rows.push(Row {
            others: theirs(&hst, &muse, &STAR),
            ..Row::alone(
                "fit_photometry",
                "the same, and a star in it",
                ours("fit_photometry", &words),
                &[],
            )
        });
        let mut words = vec![hst.clone().into()];
        words.extend(std::iter::repeat_n(OsString::from(&muse), 24));
        rows.push(Row {
            others: theirs(&hst, &muse, &[]),
            ..Row::alone(
                "fit_photometry",
                "24 such images; imphot: one",
                ours("fit_photometry", &words),
                &[Goal::TimesOthers(1.0)],
            )
        });
    }
    let pair: PathBuf = dir.join("pair");
    let made = Program {
        path: OURS.into(),
        args: strings([&"simulatePair", &pair, &"320"]),
    };
    std::fs::create_dir_all(dir)?;
    made.must(dir);
    let (hst, muse) = (pair.join("hst.fits"), pair.join("muse.fits"));
    rows.push(Row {
        others: theirs(&hst, &muse, &[]),
        ..Row::alone(
            "fit_photometry",
            "a simulated pair of 320x320",
            ours("fit_photometry", &strings([&hst, &muse])),
            &[Goal::TimesOthers(60.0)],
        )
    });
    Ok(rows)
}
