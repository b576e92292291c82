use super::*;
use crate::durable;
use crate::error::Error;
use std::os::unix::fs::symlink;

#[test]
fn a_failed_write_leaves_the_earlier_file_and_no_litter() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("out.tbl");
    write_text(&target, |w| w.write_all(b"first")).unwrap();
    let failure = write_text(&target, |w| {
        w.write_all(b"second")?;
        Err(std::io::Error::from(std::io::ErrorKind::StorageFull))
    });
    let message = failure.unwrap_err().to_string();
    assert!(message.starts_with("Cannot write output file") && message.contains("out.tbl"));
    assert_eq!(std::fs::read(&target).unwrap(), b"first");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_folder_is_no_output_file() {
    let dir = tempfile::tempdir().unwrap();
    assert!(AtomicFile::create(dir.path()).is_err());
    assert!(AtomicFile::create(&dir.path().join("no/such/x")).is_err());
    assert!(AtomicFile::create(&dir.path().join("x".repeat(5000))).is_err());
}

#[test]
fn a_device_stays_a_device() {
    // A failure here would take /dev/null from the machine, so it is not tried with it: a
    // pipe is no regular file either.
    let dir = tempfile::tempdir().unwrap();
    let pipe = dir.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read(pipe).unwrap()
    });
    write_text(&pipe, |w| w.write_all(b"through")).unwrap();
    assert_eq!(reader.join().unwrap(), b"through");
    assert!(!std::fs::metadata(&pipe).unwrap().is_file());
}

#[test]
fn a_link_stays_a_link() {
    let dir = tempfile::tempdir().unwrap();
    let (file, link) = (dir.path().join("file"), dir.path().join("link"));
    std::fs::write(&file, "first").unwrap();
    symlink(&file, &link).unwrap();
    write_text(&link, |w| w.write_all(b"second")).unwrap();
    assert_eq!(std::fs::read(&file).unwrap(), b"second");
    assert!(link.is_symlink());
}

/// The names in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A file that is written and waits for its name.
fn written(target: &Path, text: &str) -> AtomicFile {
    let mut file = AtomicFile::create(target).unwrap();
    file.fill(|w| w.write_all(text.as_bytes())).unwrap();
    file
}

#[test]
fn if_the_second_file_cannot_appear_the_first_is_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    let [old, new, last] = ["old", "new", "last"].map(|name| dir.path().join(name));
    std::fs::write(&old, "earlier").unwrap();
    let stale = dir.path().join("stale");
    std::fs::write(&stale, "earlier, too").unwrap();
    let files = [&old, &new, &last].map(|target| written(target, "now"));
    // In the way of the last one after it was begun.
    std::fs::create_dir(&last).unwrap();
    let why = commit_and_remove(files, &[&stale]).unwrap_err().to_string();
    assert!(why.contains("Cannot write output file") && why.contains("last"));
    assert_eq!(std::fs::read(&old).unwrap(), b"earlier");
    assert_eq!(names(dir.path()), ["last", "old", "stale"]);

    // What cannot be removed takes all of them back.
    std::fs::remove_dir(&last).unwrap();
    let files = [&old, &new, &last].map(|target| written(target, "now"));
    std::fs::create_dir(&new).unwrap();
    std::fs::remove_dir(&new).unwrap();
    let beyond = dir.path().join("x".repeat(300));
    assert!(commit_and_remove(files, &[&stale, &beyond]).is_err());
    assert_eq!(std::fs::read(&old).unwrap(), b"earlier");
    assert_eq!(names(dir.path()), ["old", "stale"]);

    let files = [&old, &new, &last].map(|target| written(target, "now"));
    commit_and_remove(files, &[&stale, &dir.path().join("none")]).unwrap();
    assert_eq!(names(dir.path()), ["last", "new", "old"]);
    for path in [&old, &new, &last] {
        assert_eq!(std::fs::read(path).unwrap(), b"now");
    }
}

#[test]
fn a_file_that_is_replaced_keeps_its_mode_and_owner() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("out.fits");
    for mode in [0o640, 0o444, 0o600, 0o2755] {
        std::fs::write(&target, "first").unwrap();
        // Another user's, where the test is run by root.
        let _ = std::os::unix::fs::chown(&target, Some(4321), Some(8765));
        std::fs::set_permissions(&target, PermissionsExt::from_mode(mode)).unwrap();
        let facts = |there: std::fs::Metadata| (there.mode(), there.uid(), there.gid());
        let before = std::fs::metadata(&target).unwrap();
        let inode = before.ino();
        write_text(&target, |w| w.write_all(b"second")).unwrap();
        let after = std::fs::metadata(&target).unwrap();
        assert_ne!(after.ino(), inode);
        assert_eq!(facts(after), facts(before));
        assert_eq!(std::fs::read(&target).unwrap(), b"second");
        std::fs::remove_file(&target).unwrap();
    }
    // A new one is as the umask has it.
    let (ours, theirs) = (dir.path().join("ours"), dir.path().join("theirs"));
    write_text(&ours, |w| w.write_all(b"x")).unwrap();
    std::fs::write(&theirs, "x").unwrap();
    let mode = |path| std::fs::metadata(path).unwrap().mode();
    assert_eq!(mode(&ours), mode(&theirs));
}

#[test]
fn links_are_followed_to_files_that_are_there_and_to_those_that_are_not() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| dir.path().join(name);
    std::fs::create_dir(file("data")).unwrap();
    symlink("data", file("folder")).unwrap();
    symlink("../data/real.fits", file("data/middle")).unwrap();
    symlink("folder/middle", file("out.fits")).unwrap();
    for text in ["first", "second"] {
        write_text(&file("out.fits"), |w| w.write_all(text.as_bytes())).unwrap();
        assert_eq!(
            std::fs::read(file("data/real.fits")).unwrap(),
            text.as_bytes()
        );
        assert!(file("out.fits").is_symlink() && file("data/middle").is_symlink());
    }
    assert_eq!(names(&file("data")), ["middle", "real.fits"]);
    symlink("round", file("round")).unwrap();
    let why = AtomicFile::create(&file("round"))
        .err()
        .unwrap()
        .to_string();
    assert!(why.contains("symbolic links"), "{why}");
    symlink("no/such/folder", file("nowhere")).unwrap();
    assert!(AtomicFile::create(&file("nowhere")).is_err());
}

#[test]
fn a_file_that_this_process_has_open_is_written_from_where_it_is() {
    use std::io::Read;
    use std::os::fd::AsRawFd;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    let mut log = File::create(&path).unwrap();
    log.write_all(b"before ").unwrap();
    for name in ["/dev/fd", "/proc/self/fd"] {
        let name = Path::new(name).join(log.as_raw_fd().to_string());
        write_text(&name, |w| w.write_all(b"inside ")).unwrap();
    }
    log.write_all(b"after").unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"before inside inside after");

    // A pipe takes an image that is written in any order, and a closed one is an error.
    let (mut reader, writer) = std::io::pipe().unwrap();
    let name = PathBuf::from(format!("/dev/fd/{}", writer.as_raw_fd()));
    let file = AtomicFile::create(&name).unwrap();
    use std::os::unix::fs::FileExt;
    file.shared_file().write_all_at(b"second", 6).unwrap();
    file.shared_file().write_all_at(b"first ", 0).unwrap();
    file.commit().unwrap();
    let file = written(&name, "lost");
    let mut bytes = [0; 12];
    reader.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"first second");
    drop(reader);
    let why = file.commit().unwrap_err();
    assert!(why.to_string().contains("Broken pipe") && why.is_of_the_disk());
    assert!(AtomicFile::create(Path::new("/dev/fd/987654")).is_err());
}

#[test]
fn a_full_device_is_an_error_that_ends_the_call() {
    let why = written(Path::new("/dev/full"), "x").commit().unwrap_err();
    assert!(why.to_string().contains("No space left on device"), "{why}");
    assert!(why.is_of_the_disk());
    let dir = tempfile::tempdir().unwrap();
    let folder = AtomicFile::create(dir.path()).err().unwrap();
    assert!(!folder.is_of_the_disk(), "one name of many");
    assert!(!Error::Again("x".into()).is_of_the_disk());
}

#[test]
fn durable_files_are_the_same_files() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("out");
    for text in ["first", "second"] {
        durable::set(Some(true));
        write_text(&target, |w| w.write_all(text.as_bytes())).unwrap();
        durable::set(None);
        assert_eq!(std::fs::read(&target).unwrap(), text.as_bytes());
    }
    assert_eq!(names(dir.path()), ["out"]);
}
