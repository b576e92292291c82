//! Running the same work in several ways, in turn, and what it took.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// One way of doing the work: does it once and gives the seconds.
pub type Way<'a> = Box<dyn Fn() -> f64 + 'a>;

/// Seconds of every round of one way.
#[derive(Clone)]
pub struct Times(Vec<f64>);

impl Times {
    /// Of one round.
    pub fn once(seconds: f64) -> Self {
        Times(vec![seconds])
    }

    pub fn median(&self) -> f64 {
        let n = self.0.len();
        (self.0[(n - 1) / 2] + self.0[n / 2]) / 2.0
    }

    pub fn min(&self) -> f64 {
        self.0[0]
    }
}

/// Runs every way once to warm up, then all of them in turn `rounds` times, so that a busy
/// moment of the machine meets all alike. `clear` goes before every run, outside the time, and
/// what is still to be written then is: the pages that one has left are not the next one's to pay.
pub fn in_turn(ways: &[Way], rounds: usize, clear: impl Fn()) -> Vec<Times> {
    let mut times = vec![Times(Vec::new()); ways.len()];
    for round in 0..=rounds {
        for (way, times) in ways.iter().zip(&mut times) {
            clear();
            sync();
            let seconds = way();
            if round > 0 {
                times.0.push(seconds);
            }
        }
    }
    for times in &mut times {
        times.0.sort_by(f64::total_cmp);
    }
    times
}

/// Writes what the system keeps for writing.
pub fn sync() {
    let done = Command::new("sync").status();
    assert!(done.is_ok_and(|status| status.success()), "sync failed");
}

/// A program with its arguments: whole processes are timed.
#[derive(Clone)]
pub struct Program {
    pub path: PathBuf,
    pub args: Vec<OsString>,
}

impl Program {
    /// Runs it; gives the seconds.
    pub fn time(&self) -> f64 {
        let start = Instant::now();
        let status = Command::new(&self.path)
            .args(&self.args)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        let seconds = start.elapsed().as_secs_f64();
        assert!(
            status.is_ok_and(|s| s.success()),
            "{} failed",
            self.path.display()
        );
        seconds
    }

    /// Runs it in `dir`; it must succeed.
    pub fn must(&self, dir: &Path) {
        let mut command = Command::new(&self.path);
        let output = command.args(&self.args).current_dir(dir).output();
        let output = output.unwrap_or_else(|why| panic!("{}: {why}", self.path.display()));
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{:?}: {said}", self.args);
    }

    /// Runs it under GNU time; gives the seconds, and the most memory that it had, in MB, or
    /// `None` where that is not installed.
    pub fn peak_megabytes(&self) -> (f64, Option<f64>) {
        let gnu_time = Path::new("/usr/bin/time");
        if !gnu_time.exists() {
            return (self.time(), None);
        }
        let start = Instant::now();
        let output = Command::new(gnu_time)
            .args(["-f", "%M"])
            .arg(&self.path)
            .args(&self.args)
            .output()
            .expect("GNU time");
        let seconds = start.elapsed().as_secs_f64();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{}: {said}", self.path.display());
        let kilobytes = said.lines().last().and_then(|n| n.trim().parse().ok());
        (seconds, kilobytes.map(|kilobytes: f64| kilobytes / 1024.0))
    }
}

/// Prints the seconds of one call of a function of MontagePy, and its answer. Numbers among the
/// arguments are numbers there.
const MONTAGE_PY: &str = "
import sys, time
import MontagePy.main
function = getattr(MontagePy.main, sys.argv[1])
arguments = [int(word) if word.isdigit() else word for word in sys.argv[2:]]
start = time.perf_counter()
answer = function(*arguments)
print('\\nseconds', time.perf_counter() - start, answer)
sys.exit(0 if answer['status'] in (0, '0') else 1)
";

/// Whether python3 has the module `name`.
pub fn has_python_module(name: &str) -> bool {
    let import = Command::new("python3")
        .args(["-c", &format!("import {name}")])
        .output();
    import.is_ok_and(|output| output.status.success())
}

/// Calls a function of MontagePy; gives the seconds inside of Python around the call.
pub fn time_montage_py(function: &str, args: &[OsString]) -> f64 {
    let words: Vec<OsString> = std::iter::once(function.into())
        .chain(args.iter().cloned())
        .collect();
    time_python(MONTAGE_PY, &words)
}

/// Runs a Python script; gives the seconds that it prints after "seconds".
pub fn time_python(script: &str, args: &[OsString]) -> f64 {
    let call = Command::new("python3")
        .args(["-c", script])
        .args(args)
        .output()
        .expect("python3");
    let said = String::from_utf8_lossy(&call.stdout);
    let why = String::from_utf8_lossy(&call.stderr);
    assert!(call.status.success(), "python3, {args:?}: {said}{why}");
    let line = said.lines().find_map(|line| line.strip_prefix("seconds "));
    let seconds = line.and_then(|line| line.split(' ').next()?.parse().ok());
    seconds.unwrap_or_else(|| panic!("python3, {args:?}: {said}"))
}
