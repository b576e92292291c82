//! What is odd about a header is a warning of every function that works with it.

use std::path::Path;

use imphot::task::grids::{grids_aligned, GridsAlignedParams};
use imphot::task::region_mask::{region_mask, RegionMaskParams, RegionSource};
use mosaic::run::Run;
use mosaic::task::coadd::{add, AddParams, Coadd};
use mosaic::task::image_table::{image_table, ImageTableParams};
use mosaic::task::pixels::{shrink, ShrinkParams};

use super::spellings::{image, lines};
use super::{hdu, write};

/// An image of Guide Star Catalog coordinates, which no standard knows, and its warning.
fn odd_image(path: &Path) -> String {
    image(path, "TYPES;STEPS;RADESYS='GSC1';EQUINOX=2000.");
    warning_of(path)
}

fn warning_of(path: &Path) -> String {
    let what = "RADESYS 'GSC1' is not supported: taken as FK5 of 2000 (by EQUINOX)";
    format!("{}: {what}", path.display())
}

#[test]
fn mshrink_warns_of_a_header_that_is_odd() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.fits");
    let warning = odd_image(&path);
    let params = ShrinkParams {
        input: path,
        output: dir.path().join("small.fits"),
        factor: 2.0,
        fixed_size: false,
        cdelt: 0.0,
        hdu: 0,
        debug: 0,
    };
    let run = Run::new(1);
    shrink(&params, &run).unwrap();
    assert_eq!(run.warnings().collected(), (1, vec![warning]));
}

#[test]
fn madd_warns_of_every_image_whose_header_is_odd() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| dir.path().join(name);
    std::fs::create_dir(file("raw")).unwrap();
    let warnings = ["raw/a.fits", "raw/b.fits"].map(|name| odd_image(&file(name)));
    let (folder, table) = (file("raw"), file("raw.tbl"));
    let listing = ImageTableParams {
        folder: folder.clone(),
        table: table.clone(),
        ..Default::default()
    };
    image_table(&listing, &Run::new(1)).unwrap();
    let template = file("t.hdr");
    let text = lines("TYPES;STEPS;EQUINOX=2000.").join("\n");
    let text = format!(
        "SIMPLE  = T\nBITPIX  = -64\nNAXIS   = 2\nNAXIS1  = 60\nNAXIS2  = 50\n{text}\nEND\n"
    );
    std::fs::write(&template, text).unwrap();
    let params = AddParams {
        path: &folder,
        table: &table,
        template: &template,
        output: &file("sum.fits"),
        shrink: false,
        no_areas: true,
        coadd: Coadd::Mean,
        debug: 0,
    };
    let run = Run::new(2);
    add(&params, &run).unwrap();
    assert_eq!(run.warnings().collected(), (2, warnings.to_vec()));
}

/// The functions of the photometry open images in one of two ways: with their pixels, or their grid
/// alone.
#[test]
fn the_photometry_warns_of_images_whose_headers_are_odd() {
    let dir = tempfile::tempdir().unwrap();
    let paths = ["a.fits", "b.fits"].map(|name| dir.path().join(name));
    let mut lines = lines("TYPES;STEPS;RADESYS='GSC1';EQUINOX=2000.");
    lines.push("EXTNAME = 'DATA'".to_owned());
    for path in &paths {
        let image = hdu("XTENSION= 'IMAGE'", [60, 50], &lines, &vec![1.0; 3000]);
        write(path, &[hdu("SIMPLE  = T", [1, 1], &[], &[0.0]), image]);
    }
    let run = Run::new(1);
    let params = GridsAlignedParams {
        image1: &paths[0],
        image2: &paths[1],
        tolerance: 0.01,
    };
    assert_eq!(grids_aligned(&params, &run).unwrap().aligned, 1);
    let both = vec![warning_of(&paths[0]), warning_of(&paths[1])];
    assert_eq!(run.warnings().collected(), (2, both));
    let run = Run::new(1);
    let params = RegionMaskParams {
        image: &paths[0],
        regions: RegionSource::Lines("physical; circle(30, 20, 5)"),
        output: &dir.path().join("mask.fits"),
    };
    region_mask(&params, &run).unwrap();
    assert_eq!(run.warnings().collected(), (1, vec![warning_of(&paths[0])]));
}
