//! The real tiles: Montage 6.0's tables byte by byte, from the tiles as they are kept (gzip'd) and
//! unzipped.

use std::path::Path;
use std::process::Command;

use mosaic::kernel::plane_fit::Rounds;
use mosaic::run::Run;
use mosaic::task::difference::{diff_exec, DiffExecParams};
use mosaic::task::plane_fit::{fit_exec, FitExecParams};
use testing::shared_data;

use crate::exec::DiffFitExecOf;

/// The tables made of the tiles in `images` are those of reference6.
fn check(data: &Path, images: &Path) {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| dir.path().join(name);
    let same = |ours: &str, reference: &str| {
        let reference = data.join("reference6").join(reference);
        assert_eq!(
            std::fs::read_to_string(file(ours)).unwrap(),
            std::fs::read_to_string(reference).unwrap()
        );
    };
    std::fs::create_dir(file("diffs")).unwrap();
    let table = data.join("reference6/diffs.tbl");
    let template = data.join("region.hdr");
    for (threads, keep_all) in [(1, false), (2, true), (7, false)] {
        let exec = DiffFitExecOf {
            images: images.to_owned(),
            table: table.clone(),
            template: template.clone(),
            diff_dir: file("diffs"),
            output: file("fits.tbl"),
            keep_all,
            level_only: false,
            no_areas: false,
            rounds: Rounds::Version6,
        };
        let outcome = exec.run(&Run::new(threads)).unwrap();
        assert_eq!((outcome.count, outcome.fit_failed), (13, 0));
        same("fits.tbl", "fits_mDiffFitExec.tbl");
        let kept = std::fs::read_dir(file("diffs")).unwrap();
        assert_eq!(kept.count(), if keep_all { 26 } else { 0 });
        std::fs::remove_dir_all(file("diffs")).unwrap();
        std::fs::create_dir(file("diffs")).unwrap();
    }
    let differences = DiffExecParams {
        images,
        table: &table,
        template: &template,
        diff_dir: &file("diffs"),
        no_areas: false,
        debug: 0,
    };
    let outcome = diff_exec(&differences, &Run::new(2)).unwrap();
    assert_eq!((outcome.count, outcome.failed), (13, 0));
    let fits = FitExecParams {
        table: &table,
        output: &file("fits.tbl"),
        diff_dir: &file("diffs"),
        level_only: false,
        debug: 0,
    };
    let outcome = fit_exec(&fits, &Run::new(2)).unwrap();
    assert_eq!((outcome.count, outcome.failed, outcome.missing), (13, 0, 0));
    same("fits.tbl", "fits.tbl");
}

#[test]
fn gzipped_tiles() {
    if let Some(data) = shared_data("2mass_m17") {
        check(&data, &data.join("projected"));
    }
}

#[test]
fn unzipped_tiles() {
    let Some(data) = shared_data("2mass_m17") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(data.join("projected")).unwrap() {
        let zipped = entry.unwrap().path();
        let name = Path::new(zipped.file_stem().unwrap()).to_owned();
        let unzipped = Command::new("gzip").arg("-dc").arg(&zipped).output();
        std::fs::write(dir.path().join(name), unzipped.unwrap().stdout).unwrap();
    }
    check(&data, dir.path());
}
