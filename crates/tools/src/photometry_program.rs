//! What the programs of imphot do alike. Their options are words (`--field name`), with values
//! that may be missing, negative or several, as Python's argparse reads them ([`argparse`]).

use std::ffi::OsString;
use std::io::Write;
use std::num::IntErrorKind;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::{PathBufValueParser, ValueParser};
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Command};
use imphot::Error;
use mosaic::run::Run;

use crate::argparse;
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

/// Why a program did not do its work: the message, empty where it has been printed.
pub struct Failure(pub String);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure(error.to_string())
    }
}

impl Imphot {
    /// The command line that it understands.
    pub fn command(&self) -> Command {
        let command = Command::new(self.name)
            .no_binary_name(true)
            .disable_version_flag(true);
        (self.arguments)(command)
    }

    /// Runs the program: exit status 0, 1 after an error, 2 for a wrong command line.
    pub fn main(&self, words: Vec<OsString>) -> ExitCode {
        let mut command = self.command();
        command.build();
        let words = argparse::canonical(&command, &words)
            .map_err(|why| command.error(ErrorKind::UnknownArgument, why));
        let matches = match words.and_then(|words| command.try_get_matches_from(words)) {
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
                if !message.is_empty() {
                    let _ = writeln!(std::io::stderr(), "{message}");
                }
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

/// `--name value` with a type; of several the last counts.
pub fn typed(
    name: &'static str,
    value: &'static str,
    parser: impl Into<ValueParser>,
    help: &'static str,
) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name(value)
        .value_parser(parser.into())
        .overrides_with(name)
        .help(help)
}

/// A number as Python's `float` reads it: with blanks around it, and underscores between digits.
///
/// # Errors
/// When it is none.
pub fn real(text: &str) -> Result<f64, String> {
    let refuse = || format!("invalid float value: '{text}'");
    without_underscores(text)
        .and_then(|number| number.parse().ok())
        .ok_or_else(refuse)
}

/// A whole number as Python's `int` reads it; beyond an `i32` it is the nearest one.
///
/// # Errors
/// When it is none.
pub fn whole(text: &str) -> Result<i32, String> {
    let refuse = || format!("invalid int value: '{text}'");
    let digits = without_underscores(text).ok_or_else(refuse)?;
    match digits.parse::<i32>() {
        Ok(number) => Ok(number),
        Err(why) => match why.kind() {
            IntErrorKind::PosOverflow => Ok(i32::MAX),
            IntErrorKind::NegOverflow => Ok(i32::MIN),
            _ => Err(refuse()),
        },
    }
}

/// The text between the blanks; `None` where an underscore is not between two digits.
fn without_underscores(text: &str) -> Option<String> {
    let text = text.trim();
    let bytes = text.as_bytes();
    let digit = |at: Option<usize>| {
        at.and_then(|i| bytes.get(i))
            .is_some_and(u8::is_ascii_digit)
    };
    let mut marks = text.match_indices('_').map(|(i, _)| i);
    marks
        .all(|i| digit(i.checked_sub(1)) && digit(i.checked_add(1)))
        .then(|| text.replace('_', ""))
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
