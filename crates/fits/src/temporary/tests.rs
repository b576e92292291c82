use super::owner::{Machine, Process, PREFIX};
use super::sweep::remove_if_left;
use super::*;

/// The names of the temporary files in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with(PREFIX)).collect()
}

/// A process that has ended.
fn ended() -> Process {
    let mut child = std::process::Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    Process {
        number: child.id(),
        start: 1,
    }
}

#[test]
fn a_name_says_whose_the_file_is() {
    for owner in [Owner::of_locked(), Owner::of_unlocked()] {
        assert!(owner.machine.boot != 0 && owner.machine.namespace != 0);
        assert!(owner.process.is_alive());
        let name = owner.new_name();
        assert_eq!(Owner::of_name(name.as_bytes()), Some(owner.clone()));
        assert!(name != owner.new_name());
        for other in [
            ".montage-aBcD12",
            ".montage-l-1-2-3-4-5",
            "x.fits",
            &name[1..],
        ] {
            assert_eq!(Owner::of_name(other.as_bytes()), None);
        }
        assert_eq!(Owner::of_name(format!("{name}-1").as_bytes()), None);
    }
    assert!(!ended().is_alive());
}

#[test]
fn the_next_file_in_a_folder_removes_what_a_process_that_is_gone_has_left() {
    let dir = tempfile::tempdir().unwrap();
    let mut owner = Owner::of_locked();
    owner.process = ended();
    let left = dir.path().join(owner.new_name());
    std::fs::write(&left, "half").unwrap();
    owner.locked = false;
    let left_folder = dir.path().join(owner.new_name());
    std::fs::create_dir(&left_folder).unwrap();
    std::fs::write(left_folder.join("image.fits"), "half").unwrap();
    let temporary = Temporary::create_in(dir.path(), 0o666).unwrap();
    let there = temporary.name.path().file_name().unwrap().to_owned();
    assert_eq!(names(dir.path()), [there.into_string().unwrap()]);
    drop(temporary);
    assert!(names(dir.path()).is_empty());
}

#[test]
fn a_file_that_may_be_in_use_stays() {
    let dir = tempfile::tempdir().unwrap();
    let this = Machine::this();
    let gone = ended();
    let alive = Process::this();
    let elsewhere = |change: fn(&mut Machine)| {
        let mut machine = this;
        change(&mut machine);
        machine
    };
    let cases = [
        // This process.
        (true, this, alive, false),
        (false, this, alive, false),
        // Its number, used again after it.
        (true, this, Process { start: 1, ..alive }, true),
        (true, this, gone, true),
        (false, this, gone, true),
        // A container on this machine, where process numbers mean others: only a lock tells.
        (true, elsewhere(|m| m.namespace += 1), gone, true),
        (false, elsewhere(|m| m.namespace += 1), gone, false),
        // This machine before its last start, but the file is younger: another of its name.
        (true, elsewhere(|m| m.boot += 1), gone, false),
        // Another machine.
        (
            true,
            elsewhere(|m| (m.boot, m.host) = (m.boot + 1, m.host + 1)),
            gone,
            false,
        ),
    ];
    for (locked, machine, process, goes) in cases {
        let owner = Owner {
            locked,
            machine,
            process,
        };
        let path = dir.path().join(owner.new_name());
        std::fs::write(&path, "x").unwrap();
        if locked {
            // Whoever has the lock is alive.
            let holder = File::open(&path).unwrap();
            holder.lock().unwrap();
            remove_if_left(&path, &owner, &this);
            assert!(path.exists(), "{owner:?} is locked");
        }
        remove_if_left(&path, &owner, &this);
        assert_eq!(!path.exists(), goes, "{owner:?}");
    }
}

#[test]
fn a_folder_of_scratch_files_goes_whole() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Scratch::folder_in(dir.path()).unwrap();
    std::fs::write(folder.path().join("image.fits"), "x").unwrap();
    let (file, _) = Scratch::file_in(dir.path()).unwrap();
    assert_eq!(names(dir.path()).len(), 2);
    drop((folder, file));
    assert!(names(dir.path()).is_empty());
    assert!(Scratch::file_in(&dir.path().join("none")).is_err());
}
