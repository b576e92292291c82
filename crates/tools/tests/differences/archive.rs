//! Images out of an S3 bucket, through a program `aws` of our own that copies from a folder.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::field::{self, Field, Picture};
use crate::programs::{run, Answer};

/// Does what `aws s3 cp` does with the folder `BUCKET`, and notes what it was asked for. Of names
/// with "cut" it writes a part and fails.
const AWS: &str = r#"#!/bin/sh
printf '%s\n' "$3" >> "$BUCKET.log"
[ "$#" = 4 ] && [ "$1 $2" = "s3 cp" ] || exit 2
case "$3" in
    *cut*) echo SIMPLE > "$4"; echo "connection lost" >&2; exit 1 ;;
    s3://bucket/prefix/*) exec cp -- "$BUCKET/${3#s3://bucket/prefix/}" "$4" ;;
    *) exit 1 ;;
esac
"#;

/// A field whose images are in a bucket.
struct Bucket {
    field: Field,
}

impl Bucket {
    fn new(pictures: &[Picture]) -> Self {
        let (region, _) = field::places();
        let field = Field::new(region, pictures);
        std::fs::create_dir(field.path("bin")).unwrap();
        std::fs::create_dir(field.path("work")).unwrap();
        let aws = field.path("bin/aws");
        std::fs::write(&aws, AWS).unwrap();
        std::fs::set_permissions(&aws, PermissionsExt::from_mode(0o755)).unwrap();
        Bucket { field }
    }

    fn table(&self, pairs: &[(&str, &str)]) {
        let mut table = format!(
            "|cntr1|cntr2|{:>60}|{:>60}|{:>12}|\n",
            "plus", "minus", "diff"
        );
        for (row, (plus, minus)) in pairs.iter().enumerate() {
            let diff = format!("d{row}.fits");
            table += &format!(
                " {row:>5} {:>5} {plus:>60} {minus:>60} {diff:>12} \n",
                row + 100
            );
        }
        std::fs::write(self.field.path("diffs.tbl"), table).unwrap();
    }

    fn run(&self, archive: &str, options: &[&str], bin: &Path) -> Answer {
        let mut command = Command::new(env!("CARGO_BIN_EXE_montage-tools"));
        command
            .arg("mDiffFitExec")
            .args(options)
            .args(["-a", archive]);
        command.args(["diffs.tbl", "region.hdr", "ours", "ours.tbl"].map(|f| self.field.path(f)));
        let others = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(
            [bin.to_owned()]
                .into_iter()
                .chain(std::env::split_paths(&others)),
        );
        command
            .env("PATH", path.unwrap())
            .env("BUCKET", self.field.path("images"));
        run(command.current_dir(self.field.path("work")))
    }

    fn bin(&self) -> PathBuf {
        self.field.path("bin")
    }

    fn rows(&self) -> Vec<String> {
        let table = std::fs::read_to_string(self.field.path("ours.tbl")).unwrap();
        table.lines().skip(1).map(str::to_owned).collect()
    }
}

#[test]
fn the_same_table_as_from_a_folder_and_nothing_left() {
    let (_, pictures) = field::places();
    let bucket = Bucket::new(&pictures[..4]);
    for options in [vec![], vec!["-n"], vec!["-l", "-k"]] {
        let archived = bucket.run("bucket/prefix/", &options, &bucket.bin());
        let rows = bucket.rows();
        let files = bucket.field.files("ours");
        assert_eq!(files.is_empty(), !options.contains(&"-k"), "{files:?}");
        assert!(files.iter().all(|f| f.starts_with("diff.")), "{files:?}");
        let mut command = Command::new(env!("CARGO_BIN_EXE_montage-tools"));
        command.arg("mDiffFitExec").args(&options).arg("-p");
        let files = ["images", "diffs.tbl", "region.hdr", "ours", "ours.tbl"];
        let direct = run(command.args(files.map(|f| bucket.field.path(f))));
        assert_eq!((archived, rows), (direct, bucket.rows()), "{options:?}");
        assert_eq!(bucket.field.files("work"), [""; 0]);
    }
}

#[test]
fn names_never_reach_a_shell() {
    let (_, pictures) = field::places();
    let bucket = Bucket::new(&pictures[..2]);
    let images = bucket.field.path("images");
    let names = [
        "a;touch pwned.fits",
        "$(touch pwned).fits",
        "`touch pwned`.fits",
        "x&&touch pwned&.fits",
        "it's \"quoted\" > pwned.fits",
        "--help.fits",
        "*.fits",
        "%n%s.fits",
    ];
    for name in names {
        let area = name.replace(".fits", "_area.fits");
        std::fs::copy(images.join("tile.fits"), images.join(name)).unwrap();
        std::fs::copy(images.join("tile_area.fits"), images.join(area)).unwrap();
    }
    bucket.table(&names.map(|name| (name, "beside.fits")));
    let said = bucket.run("bucket/prefix", &[], &bucket.bin()).said;
    assert!(
        said.contains("count=8, diff_failed=0, fit_failed=0"),
        "{said}"
    );
    assert_eq!(bucket.rows().len(), 8);
    assert_eq!(bucket.field.files("work"), [""; 0]);
    assert_eq!(bucket.field.files("ours"), [""; 0]);
    // Nor does the bucket's name.
    let said = bucket.run("bucket;touch pwned;", &[], &bucket.bin()).said;
    assert!(
        said.contains("count=8, diff_failed=8, fit_failed=8"),
        "{said}"
    );
    assert_eq!(bucket.field.files("work"), [""; 0]);
}

#[test]
fn images_of_one_name_from_two_places() {
    let (_, pictures) = field::places();
    let bucket = Bucket::new(&pictures[..2]);
    let images = bucket.field.path("images");
    for (folder, picture) in [("one", "tile"), ("two", "beside")] {
        std::fs::create_dir(images.join(folder)).unwrap();
        for area in ["", "_area"] {
            let from = images.join(format!("{picture}{area}.fits"));
            std::fs::copy(from, images.join(folder).join(format!("x{area}.fits"))).unwrap();
        }
    }
    bucket.table(&[("one/x.fits", "two/x.fits"), ("tile.fits", "beside.fits")]);
    let said = bucket.run("bucket/prefix", &[], &bucket.bin()).said;
    assert!(said.contains("count=2, diff_failed=0"), "{said}");
    let rows = bucket.rows();
    let fit = |row: &str| row[20..].to_owned();
    assert_eq!(fit(&rows[0]), fit(&rows[1]));
}

#[test]
fn what_cannot_be_fetched_is_counted() {
    let (_, pictures) = field::places();
    let bucket = Bucket::new(&pictures[..2]);
    let images = bucket.field.path("images");
    std::fs::copy(images.join("tile.fits"), images.join("no_area.fits")).unwrap();
    let good = ("tile.fits", "beside.fits");
    bucket.table(&[
        ("absent.fits", "beside.fits"),
        ("tile.fits", "cut.fits"),
        good,
        ("no_area.fits", "beside.fits"),
        ("../secret.fits", "beside.fits"),
        ("folder/", "beside.fits"),
    ]);
    let said = bucket.run("bucket/prefix", &["-k"], &bucket.bin()).said;
    assert!(
        said.contains("count=6, diff_failed=5, fit_failed=5"),
        "{said}"
    );
    assert_eq!(bucket.rows().len(), 1);
    assert_eq!(bucket.field.files("ours"), ["d2.fits", "d2_area.fits"]);
    assert_eq!(bucket.field.files("work"), [""; 0]);
    // Without the program no image can be had.
    let other = bucket.field.path("work/none");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("aws"), "not a program").unwrap();
    let said = bucket.run("bucket/prefix", &[], &other).said;
    assert!(said.contains("count=6, diff_failed=6"), "{said}");
}
