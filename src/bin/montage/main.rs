//! The programs of Montage and imphot in one executable: `montage mDiffFitExec ...`, or a symbolic link
//! named mDiffFitExec (`montage --install DIR` makes them all).

mod argparse;
mod getopt;
mod imphot;
mod install;
mod program;
mod programs;

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::ExitCode;

use imphot::Imphot;
use program::Program;

fn main() -> ExitCode {
    montage::host::programs::end_on_signals(program::clean_up);
    let mut args = std::env::args_os();
    let invoked = args.next().unwrap_or_else(|| OsString::from("montage"));
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
            println!("montage {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        Some(option @ ("--install" | "--install-library")) => match args.next() {
            Some(dir) if option == "--install" => {
                installed(Path::new(&dir), install::programs(Path::new(&dir)))
            }
            Some(prefix) => installed(Path::new(&prefix), install::library(Path::new(&prefix))),
            None => help(ExitCode::FAILURE),
        },
        _ => {
            eprintln!("montage: no program called {}", first.to_string_lossy());
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
        "montage {}: the programs of the Montage toolkit and of imphot\n\n\
         montage PROGRAM [options] ...   runs one of\n    {}\n\
         montage --install DIR           makes a link of every program's name in DIR\n\
         montage --install-library PREFIX  puts header, libraries and montage.pc under PREFIX\n\
         montage --version\n\n\
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
            eprintln!("montage: cannot install into {}: {error}", into.display());
            ExitCode::FAILURE
        }
    }
}
