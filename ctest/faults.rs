//! Fault injection: in a good call of every function the first, second, ... allocation of 64 KB or more
//! fails, then the first write, close, rename and so on, each in a process of its own. The
//! call ends with an error or as if nothing had happened; earlier outputs stay, and nothing is left: no
//! temporary file, no memory, no open file.
//!
//! `cargo test --test faults` tries a choice of the events of each function. Environment variables:
//! `FAULTS=all` tries every one; `FAULT_FUNCTION=mAdd` and `FAULT_KIND=write` try only these;
//! `FAULT_TRACE=1` prints the stack of the event that failed; `FAULT_BYTES=4096` counts smaller
//! allocations.

#[path = "faults/limits.rs"]
mod limits;
#[path = "faults/long_tables.rs"]
mod long_tables;
#[path = "faults/packed.rs"]
mod packed;
mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::Value;
use support::calls::{self, Report, Role, Row};
use support::programs::{self, must, Link};
use testing::skipped;

/// What stood in the outputs before the call.
const EARLIER: &[u8] = b"an earlier output\n";
/// Pixels of the field are split into this many along both axes: its images are then larger than
/// the allocations that count.
const TIMES: usize = 6;
/// The most events of one kind that are tried of one function, where not all are.
const MOST: usize = 6;

/// A call cannot go on as if nothing had happened when one of these fails. A full disk ends even a call
/// that counts failures and goes on.
const LOSING: [&str; 4] = ["write", "close", "rename", "sync"];

/// How many events of the kind a call has, and what it left behind.
#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    events: usize,
    failed: usize,
    blocks: usize,
    bytes: usize,
    descriptors: i64,
}

/// ctest/faults/faults.c, compiled.
fn shim() -> &'static Path {
    static SHIM: OnceLock<PathBuf> = OnceLock::new();
    SHIM.get_or_init(|| {
        let library = programs::work_dir().join("faults.so");
        must(
            Command::new("cc")
                .args(["-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror"])
                .args(["-fPIC", "-shared", "-o"])
                .arg(&library)
                .arg(programs::root().join("ctest/faults/faults.c"))
                .arg("-ldl"),
        );
        library
    })
}

/// The field with large images.
fn field() -> &'static Path {
    static FIELD: OnceLock<PathBuf> = OnceLock::new();
    FIELD.get_or_init(|| {
        let dir = programs::work_dir().join("field");
        support::magnify::write(&dir, TIMES);
        dir
    })
}

fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A function under test: the folder of its calls and what a good one gives.
struct Subject {
    row: Row,
    /// What it reads.
    field: &'static Path,
    here: PathBuf,
    /// The files of a good call, and its result.
    whole: BTreeMap<PathBuf, Vec<u8>>,
    result: Value,
}

impl Subject {
    /// Makes the good call.
    fn new(row: Row, field: &'static Path) -> Result<Self, String> {
        let here = programs::work_dir().join(row.function).join("call");
        row.prepare(&here);
        let mut subject = Subject {
            row,
            field,
            here,
            whole: BTreeMap::new(),
            result: Value::Null,
        };
        let (report, _) = subject.call("none", 0, false)?;
        if !report.status.success() || report.results.len() != 1 {
            return Err(format!(
                "the good call: {} {}",
                report.status, report.printed
            ));
        }
        subject.result = report.results[0].clone();
        if subject
            .result
            .get("status")
            .is_some_and(|status| *status != 0)
        {
            return Err(format!("the good call: {}", subject.result["msg"]));
        }
        subject.whole = programs::files(&subject.here);
        Ok(subject)
    }

    /// Empties the folder of the call but for earlier outputs.
    fn reset(&self) {
        std::fs::remove_dir_all(&self.here).expect("folder of the call");
        self.row.prepare(&self.here);
        for name in self.whole.keys() {
            let path = self.here.join(name);
            std::fs::create_dir_all(path.parent().expect("folder")).expect("folder");
            std::fs::write(path, EARLIER).expect("earlier output");
        }
    }

    /// The call with event `at` of a kind failing, and with `more` all later ones.
    fn call(&self, kind: &str, at: usize, more: bool) -> Result<(Report, Counts), String> {
        let counts = self.here.with_file_name("counts");
        let _ = std::fs::remove_file(&counts);
        // By its whole name, as what is run has no PATH.
        let mut command = Command::new("/usr/bin/env");
        command
            .arg(format!("LD_PRELOAD={}", shim().display()))
            .arg(format!("FAULT_KIND={kind}"))
            .arg(format!("FAULT_AT={at}"))
            .arg(format!("FAULT_REPORT={}", counts.display()));
        if more {
            command.arg("FAULT_MORE=1");
        }
        if kind == "sync" {
            command.arg("MONTAGE_DURABLE=1");
        }
        // Enough to have threads; a value of the test's own environment goes first.
        if setting("MONTAGE_THREADS").is_none() {
            command.arg("MONTAGE_THREADS=2");
        }
        let line = self.row.line(self.field, &self.here);
        let options = ["-a", "120"];
        let report = calls::run(Link::Shared, Some(command), &options, &self.here, &[line]);
        if report.status.code() == Some(77) {
            return Err("SKIPPED".to_owned());
        }
        let text = std::fs::read_to_string(&counts).unwrap_or_default();
        let numbers: Vec<i64> = (text.split_whitespace())
            .map(|word| word.parse().expect("a count"))
            .collect();
        let counts = match numbers[..] {
            [events, failed, blocks, bytes, descriptors] => Counts {
                events: events as usize,
                failed: failed as usize,
                blocks: blocks as usize,
                bytes: bytes as usize,
                descriptors,
            },
            _ => Counts::default(),
        };
        Ok((report, counts))
    }

    /// What is wrong with what came of a call in which an event of a kind failed, or none did.
    fn judge(&self, kind: &str, report: &Report, counts: Counts) -> Vec<String> {
        let mut wrong = Vec::new();
        if !report.status.success() || report.results.len() != 1 {
            // What it says first, and where in this library it was.
            let mut lines = report.printed.lines();
            let first = lines.next().unwrap_or_default();
            let places: Vec<&str> = (lines.map(str::trim))
                .filter(|line| {
                    line.contains(": montage::")
                        || line.contains(": mosaic::")
                        || line.contains("/crates/")
                })
                .take(8)
                .collect();
            let (status, places) = (report.status, places.join("\n    "));
            return vec![format!("ended with {status}: {first}\n    {places}")];
        }
        if counts.blocks > 0 {
            let Counts { blocks, bytes, .. } = counts;
            wrong.push(format!(
                "{blocks} blocks of {bytes} bytes were not released"
            ));
        }
        if counts.descriptors != 0 {
            wrong.push(format!("{} files were left open", counts.descriptors));
        }
        let result = &report.results[0];
        let after = programs::files(&self.here);
        for name in after.keys().filter(|name| !self.whole.contains_key(*name)) {
            wrong.push(format!("left {}", name.display()));
        }
        let Some(status) = result.get("status") else {
            return wrong;
        };
        let msg = result["msg"].as_str().unwrap_or_default();
        let counted: i64 = (self.row.counts.iter())
            .filter_map(|member| result[member].as_i64())
            .sum();
        let as_if_nothing = status == 0 && counted == 0;
        let full = kind == "write" && counts.failed > 0;
        let must_fail = full || (LOSING.contains(&kind) && counts.failed > 0 && counted == 0);
        if status == 0 && must_fail {
            wrong.push("no error".to_owned());
        }
        if status != 0 && msg.is_empty() {
            wrong.push("an error without a message".to_owned());
        }
        if msg.contains("Internal error") {
            wrong.push(format!("a panic: {msg}"));
        }
        let names_all = msg.contains("Out of memory for ") && msg.contains("bytes were asked for");
        if msg.to_lowercase().contains("out of memory") && !names_all {
            wrong.push(format!("an error without file or size: {msg}"));
        }
        if as_if_nothing {
            for (member, value) in self.result.as_object().into_iter().flatten() {
                let timed = member == "time" || member == "json" || member == "msg";
                if !timed && result.get(member) != Some(value) {
                    wrong.push(format!("no error, but {member} = {}", result[member]));
                }
            }
        }
        // An Exec function that goes on, or that stops half-way, has whole files of some rows.
        let mixed = !self.row.counts.is_empty() && !as_if_nothing;
        for (name, whole) in &self.whole {
            let new = after.get(name);
            let earlier = new.is_some_and(|new| new == EARLIER);
            let complete = new == Some(whole);
            let good = match (as_if_nothing, mixed) {
                (true, _) => complete,
                (false, true) => earlier || complete || new.is_some_and(|new| is_table(new)),
                (false, false) => earlier,
            };
            if !good {
                let size = new.map_or(-1, |new| new.len() as i64);
                let name = name.display();
                wrong.push(format!(
                    "status {status} ({msg}): {name} is not as it was, {size} bytes"
                ));
            }
        }
        wrong
    }

    /// Lets events of a kind fail in turn; answers how many and what was wrong.
    fn try_kind(&self, kind: &str) -> Result<(usize, Vec<String>), String> {
        self.reset();
        let (report, counts) = self.call(kind, 0, false)?;
        let of = counts.events;
        let name = self.row.function;
        let mut complaints: Vec<String> = (self.judge(kind, &report, counts).into_iter())
            .map(|wrong| format!("{name} {kind}, nothing failing: {wrong}"))
            .collect();
        let all = setting("FAULTS").is_some_and(|value| value == "all");
        let mut tried = 0;
        for more in [false, true] {
            let most = match (all, more) {
                (true, false) => usize::MAX,
                (false, false) => MOST,
                // What stays full shows itself at the first event and at the last.
                (_, true) if kind == "write" || kind == "alloc" => 2,
                (_, true) => 0,
            };
            for at in chosen(of, most) {
                self.reset();
                let (report, counts) = self.call(kind, at, more)?;
                tried += 1;
                let more = if more { " and all later" } else { "" };
                for wrong in self.judge(kind, &report, counts) {
                    complaints.push(format!("{name} {kind} {at}{more} of {of}: {wrong}"));
                }
                if setting("FAULT_TRACE").is_some() && counts.failed > 0 {
                    println!(
                        "{name} {kind} {at}{more}: {}\n{}",
                        report.results[0]["msg"], report.printed
                    );
                }
            }
        }
        Ok((tried, complaints))
    }
}

/// A table counts what failed, so that its rows may be others.
fn is_table(bytes: &[u8]) -> bool {
    (bytes.starts_with(b"|") || bytes.starts_with(b"\\")) && bytes.ends_with(b"\n")
}

/// At most `most` of 1..=count: the first ones, the last, and some between.
fn chosen(count: usize, most: usize) -> Vec<usize> {
    if count <= most {
        return (1..=count).collect();
    }
    match most {
        0 => Vec::new(),
        1 => vec![1],
        _ => (0..most)
            .map(|i| 1 + i * (count - 1) / (most - 1))
            .collect(),
    }
}

/// Every function with events of the kind failing.
fn every_function(kind: &str) {
    let rows = (calls::rows().into_iter())
        .map(|(row, _)| row)
        .filter(|row| row.arguments.iter().any(reads_or_writes))
        .map(|row| (row, field()));
    these(kind, rows);
}

/// Functions, each with its field, with events of the kind failing.
fn these(kind: &str, rows: impl Iterator<Item = (Row, &'static Path)>) {
    let asked = setting("FAULT_KIND");
    if asked.is_some_and(|only| only != kind) {
        skipped(&format!("faults of the kind {kind} are not asked for"));
        return;
    }
    // One function at a time uses a folder, and the machine has few cores.
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let only = setting("FAULT_FUNCTION");
    let rows: Vec<(Row, &Path)> = rows
        .filter(|(row, _)| only.as_ref().is_none_or(|only| row.function == only))
        .collect();
    let next = AtomicUsize::new(0);
    let (tried, skip) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let complaints = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((row, field)) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found =
                        Subject::new(*row, field).and_then(|subject| subject.try_kind(kind));
                    match found {
                        Ok((count, found)) => {
                            tried.fetch_add(count, Ordering::Relaxed);
                            complaints.lock().unwrap().extend(found);
                        }
                        Err(why) if why == "SKIPPED" => {
                            skip.fetch_add(1, Ordering::Relaxed);
                        }
                        Err(why) => {
                            let text = format!("{}: {why}", row.function);
                            complaints.lock().unwrap().push(text);
                        }
                    }
                    let _ = std::fs::remove_dir_all(programs::work_dir().join(row.function));
                }
            });
        }
    });
    if skip.into_inner() > 0 {
        skipped("this machine allows no filter of system calls");
        return;
    }
    let complaints = complaints.into_inner().unwrap();
    let tried = tried.into_inner();
    assert!(
        complaints.is_empty(),
        "{kind}: {} complaints of {tried} faults:\n{}",
        complaints.len(),
        complaints.join("\n")
    );
    println!("{kind}: {tried} faults");
}

/// Whether a function with such an argument does more than to work on its texts.
fn reads_or_writes(role: &Role) -> bool {
    !matches!(
        role,
        Role::Text(_) | Role::Int(_) | Role::Count(_) | Role::Real(_) | Role::Reals(_)
    )
}

macro_rules! kinds {
    ($($test:ident: $kind:literal;)*) => {$(
        #[test]
        fn $test() {
            every_function($kind);
        }
    )*};
}

kinds! {
    no_allocation_that_fails_costs_a_process_or_an_output: "alloc";
    no_write_that_fails_costs_a_process_or_an_output: "write";
    no_close_that_fails_costs_a_process_or_an_output: "close";
    no_rename_that_fails_costs_a_process_or_an_output: "rename";
    no_sync_that_fails_costs_a_process_or_an_output: "sync";
    no_reservation_of_space_that_fails_costs_a_process_or_an_output: "space";
    no_open_that_fails_costs_a_process_or_an_output: "open";
    no_read_that_fails_costs_a_process_or_an_output: "read";
    no_thread_that_fails_costs_a_process_or_an_output: "thread";
}
