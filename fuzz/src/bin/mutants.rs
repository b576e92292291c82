//! Mutated files through the functions of the C interface, in processes of their own that may die,
//! hang or grow: the long run behind docs/reliability.md.
//!
//!   cargo run --release -p montage-fuzz --bin mutants -- --inputs 1000000 --processes 4
//!   cargo run --release -p montage-fuzz --bin mutants -- --seconds 60
//!   cargo run --release -p montage-fuzz --bin mutants -- --show 12345 FOLDER
//!
//! Input n is the same in every run: a good file (one of the test field's or of fuzz/seeds) with one to
//! six edits, the function that it is given to, and its other arguments. `--show` writes the file of an
//! input into a folder and names the function. The exit status is 1 if a process died, worked on one
//! input for more than 10 seconds or had more than 1 GB resident.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use montage_fuzz::arguments::{Choices, Pool};
use montage_fuzz::targets::{Playground, Target, TARGETS};
use montage_fuzz::{edited, seeds, Edit};

/// Longest time for one input.
const PATIENCE: Duration = Duration::from_secs(10);
/// Largest resident set of a process, in kilobytes as getrusage counts them.
const MOST_MEMORY: i64 = 1 << 20;
/// The exit status of a process that has grown beyond it.
const TOO_LARGE: i32 = 77;
/// Inputs after which a process is replaced, so that memory is judged for few inputs together.
const GENERATION: u64 = 5000;

/// What input `number` is.
struct Input {
    bytes: Vec<u8>,
    target: &'static Target,
    numbers: Vec<u8>,
}

impl Input {
    fn new(number: u64, good: &[Vec<u8>]) -> Self {
        let mut rng = fastrand::Rng::with_seed(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let file = &good[rng.usize(0..good.len())];
        let edits: Vec<Edit> = (0..rng.usize(1..=6))
            .map(|_| Edit::random(&mut rng))
            .collect();
        Input {
            // Every second time the edits stay within the first blocks, where the keywords are.
            bytes: match rng.bool() && file.len() > HEADERS {
                true => {
                    let mut bytes = edited(&file[..HEADERS], &edits);
                    bytes.extend(&file[HEADERS..]);
                    bytes
                }
                false => edited(file, &edits),
            },
            target: &TARGETS[rng.usize(0..TARGETS.len())],
            numbers: (0..24).map(|_| rng.u8(..)).collect(),
        }
    }
}

/// Two blocks of a FITS file.
const HEADERS: usize = 5760;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["--work", first, step, end] => match (first.parse(), step.parse(), end.parse()) {
            (Ok(first), Ok(step), Ok(end)) => work(first, step, end),
            _ => ExitCode::from(2),
        },
        ["--show", number, folder] => show(number.parse().unwrap_or(0), Path::new(folder)),
        options => {
            let Some(limits) = Limits::new(options) else {
                eprintln!("usage: mutants [--inputs N] [--seconds N] [--processes N] [--first N]");
                return ExitCode::from(2);
            };
            supervise(&limits)
        }
    }
}

/// When to stop.
struct Limits {
    inputs: u64,
    time: Option<Duration>,
    processes: u64,
    first: u64,
}

impl Limits {
    fn new(options: &[&str]) -> Option<Self> {
        let mut limits = Limits {
            inputs: u64::MAX / 2,
            time: None,
            processes: 2,
            first: 0,
        };
        for pair in options.chunks(2) {
            let number: u64 = pair.get(1)?.parse().ok()?;
            match pair[0] {
                "--inputs" => limits.inputs = number,
                "--seconds" => limits.time = Some(Duration::from_secs(number)),
                "--processes" => limits.processes = number.max(1),
                "--first" => limits.first = number,
                _ => return None,
            }
        }
        (limits.time.is_some() || limits.inputs < u64::MAX / 2).then_some(limits)
    }
}

/// Runs inputs first, first + step, ... below `end`; the number of each is printed before it is run.
fn work(first: u64, step: u64, end: u64) -> ExitCode {
    let mut playground = Playground::default();
    let good = [playground.good_files(), seeds()].concat();
    let pool = Pool::new(playground.path());
    let mut out = std::io::stdout();
    for number in (first..end).step_by(step as usize) {
        if writeln!(out, "{number}")
            .and_then(|()| out.flush())
            .is_err()
        {
            return ExitCode::FAILURE;
        }
        let input = Input::new(number, &good);
        playground.put(&input.bytes);
        (input.target.1)(&mut Choices::mostly_edited(&pool, &input.numbers));
        if resident() > MOST_MEMORY {
            return ExitCode::from(TOO_LARGE as u8);
        }
    }
    ExitCode::SUCCESS
}

/// The largest resident set of this process so far (kilobytes).
fn resident() -> i64 {
    // SAFETY: rusage is made of integers; getrusage fills it.
    unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut usage);
        usage.ru_maxrss
    }
}

/// Writes the file of an input and says which function it is for.
fn show(number: u64, folder: &Path) -> ExitCode {
    let good = [Playground::default().good_files(), seeds()].concat();
    let input = Input::new(number, &good);
    let file = folder.join("edited.fits");
    if let Err(error) = std::fs::write(&file, &input.bytes) {
        eprintln!("{}: {error}", file.display());
        return ExitCode::FAILURE;
    }
    println!("{} with {}", input.target.0, file.display());
    ExitCode::SUCCESS
}

/// What came of the run.
#[derive(Default)]
struct Tally {
    inputs: u64,
    deaths: Vec<String>,
    hangs: Vec<String>,
    large: Vec<String>,
}

/// Shares the inputs among processes and watches them.
fn supervise(limits: &Limits) -> ExitCode {
    let start = Instant::now();
    let tallies: Vec<Tally> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..limits.processes)
            .map(|k| scope.spawn(move || lane(limits, k, start)))
            .collect();
        let joined = threads.into_iter().map(|thread| thread.join());
        joined.map(|tally| tally.expect("a supervisor")).collect()
    });
    let sum = |count: fn(&Tally) -> u64| tallies.iter().map(count).sum::<u64>();
    for tally in &tallies {
        for line in [&tally.deaths, &tally.hangs, &tally.large]
            .into_iter()
            .flatten()
        {
            println!("{line}");
        }
    }
    let bad = [
        sum(|t| t.deaths.len() as u64),
        sum(|t| t.hangs.len() as u64),
        sum(|t| t.large.len() as u64),
    ];
    println!(
        "{} inputs in {} processes, {:.0} s: {} deaths, {} hangs over 10 s, {} over 1 GB",
        sum(|t| t.inputs),
        limits.processes,
        start.elapsed().as_secs_f64(),
        bad[0],
        bad[1],
        bad[2]
    );
    match bad {
        [0, 0, 0] => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// The inputs of one lane, in one process after the other.
fn lane(limits: &Limits, lane: u64, start: Instant) -> Tally {
    let mut tally = Tally::default();
    let end = limits.first + limits.inputs;
    let mut next = limits.first + lane;
    while next < end && limits.time.is_none_or(|time| start.elapsed() < time) {
        let until = end.min(next + GENERATION * limits.processes);
        let mut last = LastWords::default();
        let (reached, fate) = watch(limits, next, until, start, &mut last);
        tally.inputs += (reached + limits.processes).saturating_sub(next) / limits.processes;
        let line = |what: &str| format!("input {reached}: {what}\n{}", last.text());
        match fate {
            Fate::Ended(status) if status.code() == Some(0) => {}
            Fate::Ended(status) if status.code() == Some(TOO_LARGE) => {
                tally.large.push(line("more than 1 GB resident"));
            }
            Fate::Ended(status) => tally.deaths.push(line(&status.to_string())),
            Fate::Hung => tally.hangs.push(line("more than 10 s")),
            Fate::OutOfTime => break,
        }
        next = reached + limits.processes;
    }
    tally
}

enum Fate {
    Ended(std::process::ExitStatus),
    Hung,
    OutOfTime,
}

/// The last lines that a process wrote on standard error.
#[derive(Default)]
struct LastWords(VecDeque<String>);

impl LastWords {
    fn text(&self) -> String {
        let lines: Vec<&str> = self.0.iter().map(String::as_str).collect();
        lines.join("\n")
    }
}

/// Runs one process and returns the last input that it began, and how it ended.
fn watch(
    limits: &Limits,
    first: u64,
    end: u64,
    start: Instant,
    last: &mut LastWords,
) -> (u64, Fate) {
    let program = std::env::current_exe().expect("this program");
    let numbers = [first, limits.processes, end].map(|n| n.to_string());
    let mut child: Child = Command::new(program)
        .arg("--work")
        .args(numbers)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a process");
    let (sender, receiver) = mpsc::channel();
    let out = BufReader::new(child.stdout.take().expect("a pipe"));
    std::thread::spawn(move || {
        for line in out.lines().map_while(Result::ok) {
            // Other lines are what functions print for debugging.
            if let Ok(number) = line.parse::<u64>() {
                if sender.send(number).is_err() {
                    break;
                }
            }
        }
    });
    let errors = BufReader::new(child.stderr.take().expect("a pipe"));
    let errors = std::thread::spawn(move || {
        let mut last = VecDeque::new();
        for line in errors.split(b'\n').map_while(Result::ok) {
            last.push_back(String::from_utf8_lossy(&line).into_owned());
            if last.len() > 12 {
                last.pop_front();
            }
        }
        last
    });
    let mut reached = first;
    let fate = loop {
        match receiver.recv_timeout(PATIENCE) {
            Ok(number) => reached = number,
            Err(RecvTimeoutError::Timeout) => break Fate::Hung,
            Err(RecvTimeoutError::Disconnected) => {
                break Fate::Ended(child.wait().expect("a child"))
            }
        }
        if limits.time.is_some_and(|time| start.elapsed() > time) {
            break Fate::OutOfTime;
        }
    };
    let _ = child.kill();
    let _ = child.wait();
    last.0 = errors.join().unwrap_or_default();
    (reached, fate)
}
