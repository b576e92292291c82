//! What the programs of imphot do alike. Their options are words (`--field name`), with values
//! that may be missing, negative or several, as Python's argparse reads them; clap reads them so.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::PathBufValueParser;
use clap::{Arg, ArgAction, ArgMatches, Command};
use montage::error::Error;
use montage::run::Run;

use crate::program::with_progress_bar;

/// One program, as a row of a table.
pub struct Imphot {
    /// The name that it is called by.
    pub name: &'static str,
    /// Its options and arguments, added to an empty command.
    pub arguments: fn(Command) -> Command,
    /// Does the work, which ends with an error's message.
    pub run: fn(&ArgMatches, &Run) -> Result<(), Failure>,
}

/// Why a program did not do its work: the message.
pub struct Failure(pub String);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure(error.to_string())
    }
}

impl Imphot {
    /// The command line that it understands. Options may be cut short where that leaves no
    /// doubt, as argparse allows.
    pub fn command(&self) -> Command {
        let command = Command::new(self.name)
            .no_binary_name(true)
            .infer_long_args(true)
            .disable_version_flag(true);
        (self.arguments)(command)
    }

    /// Runs the program: exit status 0, 1 after an error, 2 for a wrong command line.
    pub fn main(&self, words: Vec<OsString>) -> ExitCode {
        let matches = match self.command().try_get_matches_from(words) {
            Ok(matches) => matches,
            Err(answer) => {
                // Help goes to standard output, everything else to standard error.
                let _ = answer.print();
                return match answer.use_stderr() {
                    true => ExitCode::from(2),
                    false => ExitCode::SUCCESS,
                };
            }
        };
        match with_progress_bar(self.name, |run| (self.run)(&matches, run)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(Failure(message)) => {
                let _ = writeln!(std::io::stderr(), "{message}");
                ExitCode::FAILURE
            }
        }
    }
}

/// `--name`, which is there or not.
pub fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .action(ArgAction::SetTrue)
        .help(help)
}

/// `--name [value]`: of several the last counts, and one without its value counts as not given.
pub fn option(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name(value)
        .num_args(0..=1)
        .default_missing_value("")
        .overrides_with(name)
        .help(help)
}

/// A file that must be given.
pub fn file(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .value_name(name)
        .required(true)
        .value_parser(PathBufValueParser::new())
        .help(help)
}

/// One file or more.
pub fn files(name: &'static str, help: &'static str) -> Arg {
    file(name, help).num_args(1..)
}

/// The value of an option; `None` where it was not given, or given without one.
pub fn text<'a>(matches: &'a ArgMatches, name: &str) -> Option<&'a str> {
    let value = matches.get_one::<String>(name)?;
    Some(value.as_str()).filter(|value| !value.is_empty())
}

/// The file of an argument that must be given.
pub fn path(matches: &ArgMatches, name: &str) -> PathBuf {
    paths(matches, name).into_iter().next().unwrap_or_default()
}

/// All files of an argument.
pub fn paths(matches: &ArgMatches, name: &str) -> Vec<PathBuf> {
    let all = matches.get_many::<PathBuf>(name);
    all.map_or_else(Vec::new, |all| all.cloned().collect())
}
