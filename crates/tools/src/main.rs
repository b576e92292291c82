//! The programs of Montage and imphot in one executable: `montage-tools mDiffFitExec ...`, or a symbolic
//! link named mDiffFitExec (`montage-tools --install DIR` makes them all).

#![forbid(unsafe_code)]

mod argparse;
mod getopt;
mod install;
mod photometry_program;
mod program;
mod programs;

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::ExitCode;

use photometry_program::Imphot;
use program::Program;

/// The name that this executable had, and that ImageMagick's montage has on most machines.
const MULTI_CALL: &str = "montage";

fn main() -> ExitCode {
    montage::host::programs::end_on_signals(program::clean_up);
    let mut args = std::env::args_os();
    let invoked = args
        .next()
        .unwrap_or_else(|| OsString::from("montage-tools"));
    let name = Path::new(&invoked)
        .file_name()
        .map(OsStr::to_owned)
        .unwrap_or_default();
    if let Some(program) = find(&name) {
        return program.main(&invoked.to_string_lossy(), args.collect());
    }
    if let Some(program) = find_imphot(&name) {
        return program.main(args.collect());
    }
    let Some(first) = args.next() else {
        return help(ExitCode::FAILURE);
    };
    if let Some(program) = find(&first) {
        return program.main(&first.to_string_lossy(), args.collect());
    }
    if let Some(program) = find_imphot(&first) {
        return program.main(args.collect());
    }
    match first.to_str() {
        Some("--help" | "-h" | "help") => help(ExitCode::SUCCESS),
        Some("--version" | "-V") => {
            println!("montage-tools {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        Some("--install") => match (args.next(), args.next()) {
            (Some(dir), more) if more.as_ref().is_none_or(|word| word == MULTI_CALL) => {
                let links = programs::names().chain(more.map(|_| MULTI_CALL));
                installed(Path::new(&dir), install::links(Path::new(&dir), links))
            }
            _ => help(ExitCode::FAILURE),
        },
        Some("--install-library") => match args.next() {
            Some(prefix) => installed(Path::new(&prefix), install::library(Path::new(&prefix))),
            None => help(ExitCode::FAILURE),
        },
        _ => {
            eprintln!(
                "montage-tools: no program called {}",
                first.to_string_lossy()
            );
            help(ExitCode::FAILURE)
        }
    }
}

fn find(name: &OsStr) -> Option<&'static Program> {
    programs::ALL
        .iter()
        .copied()
        .find(|program| name == program.name)
}

fn find_imphot(name: &OsStr) -> Option<&'static Imphot> {
    programs::IMPHOT
        .iter()
        .copied()
        .find(|program| name == program.name)
}

fn help(code: ExitCode) -> ExitCode {
    let names: Vec<&str> = programs::names().collect();
    println!(
        "montage-tools {}: the programs of the Montage toolkit and of imphot\n\n\
         montage-tools PROGRAM [options] ...     runs one of\n    {}\n\
         montage-tools --install DIR [montage]   makes a link of every program's name in DIR, and one\n\
         \x20                                       named montage only where that word follows\n\
         montage-tools --install-library PREFIX  puts header, libraries and montage.pc under PREFIX\n\
         montage-tools --version\n\n\
         A link (or copy) of this file with a program's name runs that program.\n\
         MONTAGE_THREADS=n limits the number of threads (default: all cores).",
        env!("CARGO_PKG_VERSION"),
        names.join(" ")
    );
    code
}

/// What an installation came to.
fn installed(into: &Path, result: std::io::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!(
                "montage-tools: cannot install into {}: {error}",
                into.display()
            );
            ExitCode::FAILURE
        }
    }
}
