//! Our programs and the installed original's, run alike.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

/// What a program said, and whether it succeeded.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub said: String,
    pub ok: bool,
}

pub fn ours(name: &str, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Answer {
    let mut command = Command::new(env!("CARGO_BIN_EXE_montage-tools"));
    run(command.arg(name).args(args))
}

pub fn theirs(program: &Path, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Answer {
    run(Command::new(program).args(args))
}

pub fn run(command: &mut Command) -> Answer {
    let output = command.output().expect("a program that runs");
    Answer {
        said: String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        ok: output.status.success(),
    }
}
