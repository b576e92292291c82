//! The whole chain on a simulated field: what is left of every tile's plane must be the same
//! plane for all, for no difference between tiles says which of them is right.

use std::path::Path;

use fits::Image;
use mosaic::kernel::plane_fit::Rounds;
use mosaic::run::Run;
use mosaic::task::background::{bg_exec, BgExecParams};
use mosaic::task::background_model::{background_model, BackgroundModelParams, Method};
use mosaic::task::image_table::{image_table, ImageTableParams};
use mosaic::task::overlap::{overlaps, Outline, OverlapsParams};
use mosaic::task::plane_fit::{diff_fit_exec, DiffFitExecParams};
use simulate::{Field, NOISE};

use nalgebra::{DMatrix, DVector};

const FIELD: Field = Field {
    columns: 4,
    rows: 3,
    width: 300,
    height: 420,
    seed: 11,
};

#[test]
fn corrected_tiles_agree_with_the_truth_up_to_one_plane() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| dir.path().join(name);
    let run = Run::new(2);
    FIELD.write(dir.path(), &run).unwrap();
    for folder in ["diffs", "corrected"] {
        std::fs::create_dir(file(folder)).unwrap();
    }
    let table = ImageTableParams {
        folder: file("projected"),
        table: file("images.tbl"),
        ..ImageTableParams::default()
    };
    assert_eq!(image_table(&table, &run).unwrap().count, 12);
    let pairs = OverlapsParams {
        table: file("images.tbl"),
        output: file("diffs.tbl"),
        outline: Outline::Corners,
        debug: 0,
    };
    // 3 x 3 + 4 x 2 neighbours along the axes, 2 x 3 x 2 along the diagonals.
    assert_eq!(overlaps(&pairs, &run).unwrap().count, 29);
    let differences = DiffFitExecParams {
        images: &file("projected"),
        table: &file("diffs.tbl"),
        template: &file("region.hdr"),
        diff_dir: &file("diffs"),
        output: &file("fits.tbl"),
        keep_all: false,
        level_only: false,
        no_areas: false,
        rounds: Rounds::Version6,
        archive: None,
        debug: 0,
    };
    let fitted = diff_fit_exec(&differences, &run).unwrap();
    assert_eq!((fitted.diff_failed, fitted.fit_failed), (0, 0));
    let model = BackgroundModelParams {
        images: file("images.tbl"),
        fits: file("fits.tbl"),
        corrections: file("corrections.tbl"),
        method: Method::Version6 { level_only: false },
        use_all: false,
        rounds: 0,
        debug: 0,
    };
    background_model(&model, &run).unwrap();
    let subtraction = BgExecParams {
        path: &file("projected"),
        table: &file("images.tbl"),
        corrections: &file("corrections.tbl"),
        output: &file("corrected"),
        no_areas: false,
        debug: 0,
    };
    let corrected = bg_exec(&subtraction, &run).unwrap();
    assert_eq!(
        (corrected.count, corrected.nocorrection, corrected.failed),
        (12, 0, 0)
    );

    let before = departure(&file("projected"));
    let after = departure(&file("corrected"));
    // The planes were 20 apart. What is left is what the noise of the overlaps, some 45 x 400
    // pixels each, leaves of slopes across 300 pixels: less than the noise of one pixel.
    assert!(before > 10.0, "{before}");
    assert!(after < 0.5 * NOISE, "{after}");
}

/// How far the tiles in `folder`, less the true sky, depart (rms) from the one plane that fits
/// all of them best, judged by the means of the four quarters of each.
fn departure(folder: &Path) -> f64 {
    let sky = FIELD.sky();
    let (mut places, mut means) = (Vec::new(), Vec::new());
    for tile in FIELD.tiles() {
        let mut image =
            Image::open(&folder.join(format!("{}.fits", tile.name)), "Image file").unwrap();
        let (mut pixels, mut light) = (Vec::new(), Vec::new());
        image.read(image.whole(), &mut pixels).unwrap();
        // Of every quarter: number of pixels, sums of x, y and value.
        let mut quarters = [[0.0; 4]; 4];
        for (j, row) in pixels.chunks(FIELD.width).enumerate() {
            let (x0, y) = (tile.origin.0, tile.origin.1 + j);
            sky.row(x0, y, FIELD.width, &mut light);
            for (i, (pixel, light)) in row.iter().zip(&light).enumerate() {
                if pixel.is_nan() {
                    continue;
                }
                let quarter = 2 * (2 * j / FIELD.height) + 2 * i / FIELD.width;
                let sums = [1.0, (x0 + i) as f64, y as f64, pixel - light];
                for (to, from) in quarters[quarter].iter_mut().zip(sums) {
                    *to += from;
                }
            }
        }
        for [count, x, y, value] in quarters {
            places.extend([x / count, y / count, 1.0]);
            means.push(value / count);
        }
    }
    let places = DMatrix::from_row_slice(means.len(), 3, &places);
    let means = DVector::from_vec(means);
    let plane = places.clone().svd(true, true).solve(&means, 1e-12).unwrap();
    let left = &means - &places * plane;
    left.norm() / (left.len() as f64).sqrt()
}
