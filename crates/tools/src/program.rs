//! What every program does alike: options, the status file, the `[struct ...]` line, the
//! progress bar and the exit status.

use std::cell::OnceCell;
use std::ffi::{OsStr, OsString};
use std::io::{IsTerminal, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use fits::cformat::number;
use fits::temporary;
use indicatif::{ProgressBar, ProgressStyle};
use mosaic::run::{default_threads, Run, Warnings};
use mosaic::task::header_check::debug_level;
use mosaic::task::outcome::{Fields, Outcome};

use crate::getopt;

/// One program, as a row of a table.
pub struct Program {
    /// The name that it is called by.
    pub name: &'static str,
    /// Its options in getopt's notation; `s:` (status file) is understood by all.
    pub options: &'static str,
    /// The usage text of Montage 6.0 after "Usage: NAME ".
    pub usage: &'static str,
    /// The fewest arguments that it takes.
    pub min_args: usize,
    /// Does the work: the values of the OK line.
    pub run: fn(&Call, &Run) -> std::result::Result<Fields, Failure>,
}

/// Why a program did not do its work.
pub enum Failure {
    /// Wrong options or arguments: the usage text is shown.
    Usage,
    /// A message of its own instead of the usage text.
    Error(String),
}

impl From<mosaic::Error> for Failure {
    fn from(error: mosaic::Error) -> Self {
        Failure::Error(error.msg())
    }
}

impl From<imphot::Error> for Failure {
    fn from(error: imphot::Error) -> Self {
        Failure::Error(error.msg())
    }
}

impl From<simulate::Error> for Failure {
    fn from(error: simulate::Error) -> Self {
        Failure::Error(error.msg())
    }
}

/// The command line of one call.
pub struct Call {
    parsed: getopt::Parsed,
}

impl Call {
    /// Whether an option was given.
    pub fn has(&self, letter: char) -> bool {
        self.parsed.options.iter().any(|&(c, _)| c == letter)
    }

    /// The value of an option; of several the last.
    pub fn value(&self, letter: char) -> Option<&OsStr> {
        self.parsed
            .options
            .iter()
            .rev()
            .find(|&&(c, _)| c == letter)
            .map(|(_, v)| v.as_os_str())
    }

    /// The value of an option as a path, or `otherwise`.
    pub fn path_or(&self, letter: char, otherwise: &str) -> PathBuf {
        PathBuf::from(self.value(letter).unwrap_or(OsStr::new(otherwise)))
    }

    /// The arguments that are no options.
    pub fn args(&self) -> &[OsString] {
        &self.parsed.args
    }

    /// Argument `i` as a path.
    pub fn path(&self, i: usize) -> PathBuf {
        PathBuf::from(&self.parsed.args[i])
    }

    /// The number of an option as C's atof reads it (0 where it is none), or `otherwise`.
    pub fn real(&self, letter: char, otherwise: f64) -> f64 {
        self.value(letter).map_or(otherwise, |text| {
            number(&text.to_string_lossy()).unwrap_or(0.0)
        })
    }

    /// The number of an option, which must be one to its last character, or `otherwise`; `what`
    /// begins the message ("Flux scale string").
    pub fn exact_real(
        &self,
        letter: char,
        what: &str,
        otherwise: f64,
    ) -> std::result::Result<f64, Failure> {
        let Some(text) = self.value(letter) else {
            return Ok(otherwise);
        };
        let text = text.to_string_lossy();
        text.trim_start().parse().map_err(|_| {
            Failure::Error(format!(
                "{what} ({text}) cannot be interpreted as a real number"
            ))
        })
    }

    /// The value of `-d level`.
    pub fn debug_level(&self) -> std::result::Result<i32, Failure> {
        match self.value('d') {
            None => Ok(0),
            Some(text) => debug_level(text.as_bytes())
                .ok_or_else(|| Failure::Error("Invalid debug level.".into())),
        }
    }

    /// Argument `i` as text.
    pub fn text(&self, i: usize) -> String {
        self.parsed.args[i].to_string_lossy().into_owned()
    }

    /// 1 with `-d`, else 0.
    pub fn debug(&self) -> i32 {
        i32::from(self.has('d'))
    }
}

impl Program {
    /// Runs the program: `invoked` is the name that messages use.
    pub fn main(&self, invoked: &str, words: Vec<OsString>) -> ExitCode {
        let usage = || format!("Usage: {invoked} {}", self.usage);
        let spec = format!("{}s:", self.options);
        let Some(parsed) = getopt::parse(&spec, words) else {
            return error(&mut std::io::stdout(), &usage());
        };
        let call = Call { parsed };
        let mut status: Box<dyn Write> = match call.value('s') {
            None => Box::new(std::io::stdout()),
            Some(path) => match std::fs::File::create(path) {
                Ok(file) => Box::new(file),
                Err(_) => {
                    let text = format!("Cannot open status file: {}", path.to_string_lossy());
                    return error(&mut std::io::stdout(), &text);
                }
            },
        };
        if call.args().len() < self.min_args {
            return error(&mut std::io::stdout(), &usage());
        }
        match with_progress_bar(invoked, |run| (self.run)(&call, run)) {
            Ok(fields) => {
                let fields = fields.message();
                let comma = if fields.is_empty() { "" } else { ", " };
                let line = format!(
                    "[struct stat=\"OK\", module=\"{}\"{comma}{fields}]",
                    self.name
                );
                // A closed pipe at the very end is no reason to fail.
                let _ = writeln!(status, "{line}").and_then(|()| status.flush());
                ExitCode::SUCCESS
            }
            Err(Failure::Usage) => error(&mut std::io::stdout(), &usage()),
            Err(Failure::Error(text)) => error(&mut status, &text),
        }
    }
}

fn error(to: &mut dyn Write, text: &str) -> ExitCode {
    let text = text.replace('"', "'");
    let _ = writeln!(to, "[struct stat=\"ERROR\", msg=\"{text}\"]").and_then(|()| to.flush());
    ExitCode::FAILURE
}

/// Runs `work` with a bar on standard error where that is a terminal, from the first report of
/// progress on, and then prints its warnings there, a line each.
pub fn with_progress_bar<T>(invoked: &str, work: impl FnOnce(&Run) -> T) -> T {
    if !std::io::stderr().is_terminal() {
        let run = Run::new(default_threads()).on(montage::host::HOST);
        let result = work(&run);
        print_warnings(invoked, run.warnings());
        return result;
    }
    let bar = OnceCell::new();
    let report = |done: u64, total: u64| {
        let bar = bar.get_or_init(|| {
            BAR_SHOWN.store(true, Ordering::Relaxed);
            let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {eta}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(total).with_style(style)
        });
        bar.set_length(total);
        bar.set_position(done);
        false
    };
    let run = Run::with_progress(default_threads(), &report).on(montage::host::HOST);
    let result = work(&run);
    if let Some(bar) = bar.get() {
        bar.finish_and_clear();
        BAR_SHOWN.store(false, Ordering::Relaxed);
    }
    print_warnings(invoked, run.warnings());
    result
}

/// Whether a progress bar may stand on the terminal.
static BAR_SHOWN: AtomicBool = AtomicBool::new(false);

/// Leaves nothing behind, neither on the terminal nor beside outputs: for a program that is asked to
/// end.
pub fn clean_up() {
    temporary::remove_all();
    if BAR_SHOWN.load(Ordering::Relaxed) {
        // To the beginning of the line, and the line is cleared.
        let _ = std::io::stderr().write_all(b"\r\x1b[2K");
    }
}

/// One line for each warning on standard error.
fn print_warnings(invoked: &str, warnings: &Warnings) {
    let (count, texts) = warnings.collected();
    let mut to = std::io::stderr().lock();
    for text in &texts {
        let _ = writeln!(to, "{invoked}: warning: {text}");
    }
    let more = count - texts.len() as u64;
    if more > 0 {
        let _ = writeln!(to, "{invoked}: warning: and {more} more");
    }
}

/// Shorthand of the programs' functions.
pub type Answer = std::result::Result<Fields, Failure>;

/// The fields of a task's outcome.
pub fn fields<O: Outcome, E: Into<Failure>>(result: std::result::Result<O, E>) -> Answer {
    match result {
        Ok(outcome) => Ok(outcome.fields()),
        Err(error) => Err(error.into()),
    }
}
