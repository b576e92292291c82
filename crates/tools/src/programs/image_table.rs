//! mBestImage, mCoverageCheck, mImgtbl and mSubset.

use std::path::PathBuf;

use mosaic::run::Run;
use mosaic::task::image_table::{
    best_image, coverage_check, image_table, subset, BestImageParams, CoverageCheckParams, Edge,
    ImageTableParams, Outline, Shape, SubsetParams,
};

use crate::program::{fields, Answer, Call, Failure, Program};

/// Finds the best image of a table. Options come first: a declination may begin with a minus.
pub const M_BEST_IMAGE: Program = Program {
    name: "mBestImage",
    options: "+d",
    usage: "[-d] images.tbl ra dec",
    min_args: 3,
    run: |call, run| {
        fields(best_image(
            &BestImageParams {
                table: call.path(0),
                ra: number(call, 1, 1)?,
                dec: number(call, 2, 1)?,
                debug: call.debug(),
            },
            run,
        ))
    },
};

/// Picks the images of a region; `-x` and `-y` are Montage 7's, and without effect.
pub const M_COVERAGE_CHECK: Program = Program {
    name: "mCoverageCheck",
    options: "+dp:x:y:",
    usage: "[-d(ebug)][-p path][-s statusfile] in.tbl out.tbl -<mode> <parameters> [where mode can be 'points', 'box', 'circle', 'header', 'point' or 'cutout'",
    min_args: 4,
    run: run_coverage_check,
};

/// Picks the images that a header template covers.
pub const M_SUBSET: Program = Program {
    name: "mSubset",
    options: "fd:",
    usage: "[-d level] [-f] [-s statusfile] images.tbl template.hdr subset.tbl",
    min_args: 3,
    run: |call, run| {
        fields(subset(
            &SubsetParams {
                table: call.path(0),
                template: call.path(1),
                output: call.path(2),
                outline: Outline::from_quick(call.has('f')),
                debug: call.debug_level()?,
            },
            run,
        ))
    },
};

fn run_coverage_check(call: &Call, run: &Run) -> Answer {
    let mode = call.text(2);
    let shape = match mode.as_str() {
        "-points" => Shape::Points,
        "-box" => Shape::Box,
        "-circle" => Shape::Circle,
        "-point" => Shape::Point,
        "-header" => Shape::Header,
        "-cutout" => Shape::Cutout,
        _ => {
            let why = format!("Invalid region definition mode: \"{mode}\"");
            return Err(Failure::Error(why));
        }
    };
    let header = shape == Shape::Header;
    let numbers = match header {
        true => Vec::new(),
        false => (3..call.args().len())
            .map(|i| number(call, i, 3))
            .collect::<Result<_, _>>()?,
    };
    fields(coverage_check(
        &CoverageCheckParams {
            table: call.path(0),
            output: call.path(1),
            shape,
            template: header.then(|| call.path(3)),
            numbers,
            images: Some(call.path_or('p', ".")),
            edge: Edge::Version6,
            debug: call.debug(),
        },
        run,
    ))
}

/// Argument `i`, which must be a number; the numbers begin at argument `first`.
fn number(call: &Call, i: usize, first: usize) -> Result<f64, Failure> {
    let text = call.text(i);
    text.trim_start().parse().map_err(|_| {
        let place = i + 1 - first;
        Failure::Error(format!(
            "Input {place} ({text}) cannot be interpreted as a real number"
        ))
    })
}

/// mImgtbl: the table of the images of a directory.
pub const M_IMGTBL: Program = Program {
    name: "mImgtbl",
    options: "rcCadibf:t:z",
    usage: "[-rcCaidbdz][-s statusfile][-f fieldlistfile][-t imglist] directory images.tbl",
    min_args: 2,
    run: imgtbl,
};

fn imgtbl(call: &Call, run: &Run) -> Answer {
    // An empty name means none, as in the library.
    let optional = |letter| {
        call.value(letter)
            .filter(|name| !name.is_empty())
            .map(PathBuf::from)
    };
    fields(image_table(
        &ImageTableParams {
            folder: call.path(0),
            table: call.path(1),
            recursive: call.has('r'),
            area_files: call.has('a'),
            cubes: !call.has('C'),
            no_gzip: call.has('z'),
            corners: call.has('c'),
            show_info: call.has('i'),
            show_bad: call.has('b'),
            image_list: optional('t'),
            field_list: optional('f'),
            debug: call.debug(),
        },
        run,
    ))
}
