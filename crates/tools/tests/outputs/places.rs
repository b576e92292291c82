//! Outputs in places that are full, read-only, not to be replaced, or no files.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};

use testing::skipped;

use crate::field::{files, Field, JOBS};

/// Runs a shell script in the field with mounts of its own; `None` where that is not allowed (said
/// on standard error). `$montage` is the program.
fn with_mounts(field: &Field, script: &str) -> Option<Output> {
    let allowed = Command::new("unshare").args(["-rm", "true"]).output();
    if !allowed.is_ok_and(|done| done.status.success()) {
        skipped("unshare -rm, for file systems that are full or read-only, is not allowed here");
        return None;
    }
    let mut command = Command::new("unshare");
    command
        .args(["-rm", "sh", "-ec", script])
        .current_dir(field.path());
    command.env("montage", env!("CARGO_BIN_EXE_montage-tools"));
    Some(command.output().unwrap())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Every Exec function with its outputs in a small file system, prepared by `prepare`: it ends with
/// status 1 and `reason`, its table is the earlier one, and no temporary file is left.
fn every_exec_function_ends(options: &str, prepare: &str, reason: &str) {
    let field = Field::new();
    for job in JOBS.iter().filter(|job| job.name.ends_with("Exec")) {
        let arguments = job.arguments.join(" ").replace("OUT", "out");
        let name = job.name;
        let script = format!(
            "mkdir -p out\n\
             mount -t tmpfs -o {options} none out\n\
             for table in fits.tbl stats.tbl; do echo earlier > out/$table; done\n\
             {prepare}\n\
             code=0; $montage {name} {arguments} > said.txt || code=$?\n\
             echo code $code $(cat out/fits.tbl out/stats.tbl)\n\
             cat said.txt\n\
             ls -A out | grep montage- || true\n"
        );
        let Some(done) = with_mounts(&field, &script) else {
            return;
        };
        let said = text(&done.stdout);
        assert!(
            said.starts_with("code 1 earlier earlier\n"),
            "{name}: {done:?}"
        );
        assert!(
            said.contains("ERROR") && said.contains(reason),
            "{name}: {said}"
        );
        assert!(!said.contains(".montage-"), "{name}: {said}");
        assert!(said.len() < 1000, "{name}: {said}");
    }
}

#[test]
fn a_full_disk_ends_every_exec_function_and_leaves_earlier_tables() {
    let fill = "cat /dev/zero > out/filler 2> /dev/null || true";
    every_exec_function_ends("size=100k", fill, "No space left on device");
}

#[test]
fn a_read_only_disk_ends_every_exec_function_and_leaves_earlier_tables() {
    // Files that were open to writing there are not any more.
    let prepare = "mount -o remount,ro out";
    every_exec_function_ends("size=100k", prepare, "Read-only file system");
}

#[test]
fn a_mounted_file_is_written_not_replaced() {
    let field = Field::new();
    let script = "\
        echo earlier earlier > real.hdr; touch out.hdr\n\
        mount --bind real.hdr out.hdr\n\
        $montage mGetHdr projected/tile_000.fits out.hdr\n\
        $montage mGetHdr projected/tile_000.fits expected.hdr\n\
        cmp real.hdr expected.hdr && cmp out.hdr expected.hdr\n\
        ls -A | grep montage- && exit 9\n\
        umount out.hdr; test ! -s out.hdr\n";
    if let Some(done) = with_mounts(&field, script) {
        assert!(done.status.success(), "{done:?}");
    }
}

#[test]
fn a_file_in_a_folder_that_takes_no_other_is_written_in_place() {
    let field = Field::new();
    let folder = field.file("closed");
    std::fs::create_dir(&folder).unwrap();
    let out = folder.join("out.hdr");
    std::fs::write(&out, "earlier ".repeat(5000)).unwrap();
    let set = |path: &Path, mode| {
        std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap()
    };
    set(&out, 0o666);
    set(&folder, 0o555);
    set(field.path(), 0o755);
    let inode = std::fs::metadata(&out).unwrap().ino();
    let mut command = field.command("mGetHdr");
    command.args(["projected/tile_000.fits", "closed/out.hdr"]);
    // Root may write everywhere; another user must be able to run the program.
    if std::fs::metadata(&out).unwrap().uid() == 0 {
        command.uid(65534).gid(65534);
    }
    let done = match command.output() {
        Ok(done) => done,
        Err(why) => {
            skipped(&format!("another user cannot run the program: {why}"));
            return;
        }
    };
    set(&folder, 0o755);
    assert!(done.status.success(), "{done:?}");
    let expected = field
        .command("mGetHdr")
        .args(["projected/tile_000.fits", "e.hdr"])
        .output();
    assert!(expected.unwrap().status.success());
    let (found, temporary) = files(&folder);
    assert_eq!(
        found["out.hdr"],
        std::fs::read(field.file("e.hdr")).unwrap()
    );
    assert_eq!(std::fs::metadata(&out).unwrap().ino(), inode);
    assert!(found.len() == 1 && temporary.is_empty());
}

#[test]
fn standard_output_is_written_wherever_it_goes() {
    let field = Field::new();
    let montage = env!("CARGO_BIN_EXE_montage-tools");
    let script = format!(
        "{montage} mGetHdr projected/tile_000.fits file.hdr > /dev/null\n\
         echo before > log\n\
         {montage} mGetHdr projected/tile_000.fits /dev/stdout >> log\n\
         {montage} mGetHdr projected/tile_000.fits /dev/stdout | cat > piped\n\
         mkfifo fifo; cat fifo > through & \n\
         {montage} mSubimage -p projected/tile_000.fits fifo 1 1 20 20\n\
         wait\n\
         {montage} mSubimage -p projected/tile_000.fits cut.fits 1 1 20 20\n\
         test -p fifo && cmp through cut.fits\n"
    );
    let mut command = Command::new("sh");
    let done = command
        .args(["-ec", &script])
        .current_dir(field.path())
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}");
    let read = |name: &str| text(&std::fs::read(field.file(name)).unwrap());
    let header = read("file.hdr");
    let ok = "[struct stat=\"OK\", module=\"mGetHdr\"";
    assert!(read("log").starts_with(&format!("before\n{header}{ok}")));
    assert!(read("piped").starts_with(&format!("{header}{ok}")));
}
