//! Names of files: which are listed, and what outputs are called.

use std::path::Path;

use testing::shared_data;

use crate::support::{folder, good, names, pixels, put, Picture};

fn tan(ra: f64) -> Picture {
    Picture::new("TAN", (ra, 0.0), 0.01, (20, 20))
}

#[test]
fn images_are_listed_under_all_the_names_that_fits_files_have() {
    let image = tan(10.0).primary();
    let listed = [
        "a.fits",
        "b.fit",
        "c.fts",
        "d.FITS",
        "e.FTS",
        "f.fz",
        "g.fits.fz",
    ];
    let files: Vec<(&str, &[u8])> = listed.iter().map(|&name| (name, &image[..])).collect();
    let dir = folder(&files);
    put(dir.path(), "h.fits.fz.txt", &image);
    put(dir.path(), "i_area.fits.fz", &image);
    let answer = good(dir.path(), "mImgtbl . t.tbl");
    assert_eq!((answer.number("count"), answer.number("nfile")), (7.0, 7.0));
    assert_eq!(answer.warned, "");
}

#[test]
fn a_tile_compressed_file_is_listed_under_its_own_name() {
    // count=2, as for the same bytes called .fits.
    let Some(case) = shared_data("cases/fz_not_listed") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let line = format!("mImgtbl {} t.tbl", case.display());
    assert_eq!(good(dir.path(), &line).number("count"), 2.0);
}

#[test]
fn outputs_of_packed_images_are_not_called_packed() {
    // Not really compressed: the names are what counts.
    let image = tan(10.0);
    let dir = folder(&[
        ("raw/a.fits.fz", &image.primary()),
        ("raw/b.fz", &image.clone().filled(2.0).primary()),
        ("raw/c.fts", &image.clone().filled(3.0).primary()),
        ("t.hdr", image.template().as_bytes()),
    ]);
    let here = dir.path();
    for sub in ["proj", "corr"] {
        std::fs::create_dir(here.join(sub)).unwrap();
    }
    good(here, "mImgtbl raw raw.tbl");
    let answer = good(here, "mProjExec -p raw raw.tbl t.hdr proj st.tbl");
    assert_eq!(answer.number("failed"), 0.0, "{}", answer.said);
    let expected = ["hdu0_a.fits", "hdu0_a_area.fits", "hdu0_b.fits"];
    assert_eq!(names(&here.join("proj"))[..3], expected);
    // mBgExec goes by the table of the inputs as well as by a new one.
    put(
        here,
        "corr.tbl",
        b"|id |a  |b  |c  |\n 0   0   0   1\n 1   0   0   1\n 2   0   0   1\n",
    );
    let answer = good(here, "mBgExec -n -p raw raw.tbl corr.tbl corr");
    assert_eq!(answer.number("failed"), 0.0, "{}", answer.said);
    assert_eq!(names(&here.join("corr")), ["a.fits", "b.fits", "c.fts"]);
    // And the table of the inputs finds the outputs.
    good(here, "mAdd -n -p corr raw.tbl t.hdr m.fits");
    let mosaic = pixels(&here.join("m.fits"));
    assert!(
        mosaic.iter().all(|x| (x - 1.0).abs() < 1e-12),
        "{:?}",
        &mosaic[..3]
    );
}

/// x/a.fits and y/a.fits, side by side on the sky, of 1 and of 2; a template of both.
fn two_folders() -> tempfile::TempDir {
    let template = Picture::new("TAN", (10.1, 0.0), 0.01, (44, 22)).template();
    folder(&[
        ("x/a.fits", &tan(10.0).primary()),
        ("y/a.fits", &tan(10.2).filled(2.0).primary()),
        ("t.hdr", template.as_bytes()),
    ])
}

#[test]
fn equal_names_in_two_folders_give_two_images_and_one_mosaic() {
    let dir = two_folders();
    let here = dir.path();
    for sub in ["proj", "corr", "diff"] {
        std::fs::create_dir(here.join(sub)).unwrap();
    }
    good(here, "mImgtbl -r . raw.tbl");
    let answer = good(here, "mProjExec -p . raw.tbl t.hdr proj st.tbl");
    assert_eq!(
        (answer.number("count"), answer.number("failed")),
        (2.0, 0.0)
    );
    let expected = [
        "hdu0_x_a.fits",
        "hdu0_x_a_area.fits",
        "hdu0_y_a.fits",
        "hdu0_y_a_area.fits",
    ];
    assert_eq!(names(&here.join("proj")), expected);
    let stats = std::fs::read_to_string(here.join("st.tbl")).unwrap();
    assert!(
        stats.contains(" x_a.fits ") && stats.contains(" y_a.fits "),
        "{stats}"
    );
    // The later steps go by the table of the new folder.
    assert_eq!(good(here, "mImgtbl proj p.tbl").number("count"), 2.0);
    assert_eq!(good(here, "mOverlaps p.tbl o.tbl").number("count"), 1.0);
    good(here, "mAdd -p proj p.tbl t.hdr m.fits");
    let mosaic = pixels(&here.join("m.fits"));
    let count = |value: f64| mosaic.iter().filter(|&&x| (x - value).abs() < 1e-6).count();
    assert!(
        count(1.0) >= 300 && count(2.0) >= 300,
        "{} {}",
        count(1.0),
        count(2.0)
    );
}

#[test]
fn the_images_of_subdirs_same_name_are_both_kept() {
    let Some(case) = shared_data("cases/subdirs_same_name") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let here = dir.path();
    for name in ["x/a.fits", "y/a.fits", "t.hdr"] {
        put(here, name, &std::fs::read(case.join(name)).unwrap());
    }
    std::fs::create_dir(here.join("proj")).unwrap();
    good(here, "mImgtbl -r . raw.tbl");
    let answer = good(here, "mProjExec -p . raw.tbl t.hdr proj st.tbl");
    assert_eq!(
        (answer.number("count"), answer.number("failed")),
        (2.0, 0.0)
    );
    assert_eq!(names(&here.join("proj")).len(), 4);
}

#[test]
fn equal_names_in_two_folders_are_corrected_each() {
    let dir = two_folders();
    let here = dir.path();
    std::fs::create_dir(here.join("corr")).unwrap();
    put(
        here,
        "images.tbl",
        b"|cntr|fname      |\n 0    x/a.fits\n 1    y/a.fits\n",
    );
    put(
        here,
        "corr.tbl",
        b"|id |a  |b  |c  |\n 0   0   0   10\n 1   0   0   20\n",
    );
    let answer = good(here, "mBgExec -n images.tbl corr.tbl corr");
    assert_eq!(answer.number("failed"), 0.0);
    assert_eq!(names(&here.join("corr")), ["x_a.fits", "y_a.fits"]);
    assert_eq!(pixels(&here.join("corr/x_a.fits"))[0], -9.0);
    assert_eq!(pixels(&here.join("corr/y_a.fits"))[0], -18.0);
    // Where all lie in one folder, as in Montage, the folders of the names do not count.
    put(here, "all/b.fits", &tan(10.0).primary());
    put(here, "images.tbl", b"|cntr|fname      |\n 0    x/b.fits\n");
    good(here, "mBgExec -n -p all images.tbl corr.tbl corr");
    assert_eq!(pixels(&here.join("corr/b.fits"))[0], -9.0);
}

#[test]
fn overlaps_of_equal_names_keep_their_folders() {
    let dir = folder(&[
        ("x/a.fits", &tan(10.0).primary()),
        ("y/a.fits", &tan(10.1).filled(2.0).primary()),
        ("y/b.fits", &tan(10.1).filled(2.0).primary()),
        (
            "t.hdr",
            Picture::new("TAN", (10.0, 0.0), 0.01, (40, 22))
                .template()
                .as_bytes(),
        ),
    ]);
    let here = dir.path();
    good(here, "mImgtbl -r . raw.tbl");
    good(here, "mOverlaps raw.tbl o.tbl");
    let table = std::fs::read_to_string(here.join("o.tbl")).unwrap();
    for name in [" x/a.fits ", " y/a.fits ", " b.fits "] {
        assert!(table.contains(name), "{table}");
    }
}

#[test]
fn a_folder_that_yields_nothing_says_what_it_skipped_and_why() {
    let no_ctype = tan(10.0).with("CTYPE1", "'LAMBDA'").primary();
    let dir = folder(&[
        ("raw/notes.txt", b"text"),
        ("raw/more.txt", b"text"),
        ("raw/text.fits", b"no FITS file"),
        ("raw/spectrum.fits", &no_ctype),
        ("raw/a_area.fits", b""),
        ("raw/deeper/a.fits", &tan(10.0).primary()),
    ]);
    let here = dir.path();
    let answer = good(here, "mImgtbl raw t.tbl");
    assert_eq!(answer.number("count"), 0.0);
    for text in [
        "raw/more.txt and 1 more: not called .fits",
        "raw/text.fits (missing or invalid FITS",
        "raw/spectrum.fits, HDU 0: Invalid CTYPE1",
        "raw/a_area.fits: images of areas",
        "raw/deeper: folders, which are looked into on demand only",
    ] {
        assert!(answer.warned.contains(text), "{text}: {}", answer.warned);
    }
    assert_eq!(good(here, "mImgtbl -r raw t.tbl").warned, "");
    let _ = Path::new("");
}
