//! Tables with thousands of rows: their lists have more than the 64 KB above which an allocation that
//! fails must be an error.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::support::calls::{self, Role, Row};
use crate::support::field;
use crate::support::programs;

/// The rows of every table are there so many times.
const COPIES: usize = 700;

/// Functions that read the images of every row.
const READING: [&str; 2] = ["mAdd", "mImgtbl"];

/// Functions that work from the tables alone, or count the images that are missing and go on.
const LISTING: [&str; 14] = [
    "mBestImage",
    "mBgExec",
    "mBgModel",
    "mBgModel_v7",
    "mCoverageCheck",
    "mDiffExec",
    "mDiffFitExec",
    "mDiffFitExec_v7",
    "mFitExec",
    "mMakeHdr",
    "mOverlaps",
    "mProjExec",
    "mProjExec_v7",
    "mSubset",
];

/// A field whose table of images names each of its images many times, and whose folder has as many.
fn many_of_each() -> &'static Path {
    static FIELD: OnceLock<PathBuf> = OnceLock::new();
    FIELD.get_or_init(|| {
        let dir = programs::work_dir().join("many_of_each");
        field::write(&dir);
        let images = field::image_rows();
        let rows = copies(&images, |row, copy| {
            renumber(row, &[0], copy, images.len());
        });
        let table = field::table(field::IMAGE_COLUMNS, &rows);
        std::fs::write(dir.join("images.tbl"), table).expect("images.tbl");
        for copy in 1..COPIES {
            let link = dir.join(format!("images/copy_{copy}.fits"));
            std::fs::hard_link(dir.join("images/tile_0.fits"), link).expect("link");
        }
        dir
    })
}

/// A field of many mosaics like the usual one, in rows and columns on the sky. The images of the first
/// are there.
fn many_mosaics() -> &'static Path {
    static FIELD: OnceLock<PathBuf> = OnceLock::new();
    FIELD.get_or_init(|| {
        let dir = programs::work_dir().join("many_mosaics");
        field::write(&dir);
        let images = field::image_rows();
        let count = images.len();
        let place = |name: &str| {
            let columns = field::IMAGE_COLUMNS.iter();
            columns
                .clone()
                .position(|column| column.0 == name)
                .expect("a column")
        };
        let (lon, lat, fname) = (place("crval1"), place("crval2"), place("fname"));
        let image_rows = copies(&images, |row, copy| {
            renumber(row, &[0], copy, count);
            row[lon] = format!("{:.1}", 210.0 + 0.2 * (copy % 30) as f64);
            row[lat] = format!("{:.1}", 12.0 + 0.2 * (copy / 30) as f64);
            rename(row, &[fname], copy);
        });
        let pair_rows = copies(&field::pair_rows(), |row, copy| {
            renumber(row, &[0, 1], copy, count);
            rename(row, &[2, 3, 4], copy);
        });
        let fit_rows = copies(&field::fit_rows(), |row, copy| {
            renumber(row, &[0, 1], copy, count);
        });
        let correction_rows = copies(&field::correction_rows(), |row, copy| {
            renumber(row, &[0], copy, count);
        });
        for (name, columns, rows) in [
            ("images.tbl", field::IMAGE_COLUMNS, image_rows),
            ("pairs.tbl", field::PAIR_COLUMNS, pair_rows),
            ("fits.tbl", field::FIT_COLUMNS, fit_rows),
            (
                "corrections.tbl",
                field::CORRECTION_COLUMNS,
                correction_rows,
            ),
        ] {
            std::fs::write(dir.join(name), field::table(columns, &rows)).expect("table");
        }
        dir
    })
}

/// The rows many times, each changed by `change`, which is given the number of the copy.
fn copies(rows: &[Vec<String>], change: impl Fn(&mut Vec<String>, usize)) -> Vec<Vec<String>> {
    let all = (0..COPIES).flat_map(|copy| rows.iter().map(move |row| (copy, row.clone())));
    all.map(|(copy, mut row)| {
        change(&mut row, copy);
        row
    })
    .collect()
}

/// Numbers of images in the columns `at`, `count` further with every copy.
fn renumber(row: &mut [String], at: &[usize], copy: usize, count: usize) {
    for &column in at {
        let number: usize = row[column].parse().expect("a number");
        row[column] = (number + copy * count).to_string();
    }
}

/// Names in the columns `at`, others in every copy but the first.
fn rename(row: &mut [String], at: &[usize], copy: usize) {
    for &column in at {
        if copy > 0 {
            row[column] = format!("{copy}_{}", row[column]);
        }
    }
}

fn row(function: &str) -> Row {
    let row = calls::ROWS.iter().find(|row| row.function == function);
    *row.expect("a row of calls.rs")
}

#[test]
fn no_allocation_for_a_long_table_that_fails_costs_a_process_or_an_output() {
    let reading = READING.iter().map(|name| (row(name), many_of_each()));
    let listing = LISTING.iter().map(|name| (row(name), many_mosaics()));
    super::these("alloc", reading.chain(listing));
}

/// The median has all images of a place in memory at once.
#[test]
fn no_allocation_for_the_median_of_many_images_that_fails_costs_a_process_or_an_output() {
    let mut median = row("mAdd");
    let mut arguments = median.arguments.to_vec();
    // coadd
    arguments[6] = Role::Int(1);
    median.arguments = arguments.leak();
    super::these("alloc", std::iter::once((median, many_of_each())));
}
