//! Every good call and every bad one under valgrind: no error and no leak, definite, indirect or
//! possible. ctest/valgrind.supp
//! says what is passed over, and why.

mod support;

use support::programs::{self, valgrind, Link};
use support::{bad_calls, calls};

/// Valgrind's report of a process that makes `lines`; empty when all is well.
fn report(name: &str, lines: &[Vec<String>]) -> String {
    let Some(command) = valgrind() else {
        return String::new();
    };
    let here = programs::work_dir().join(name);
    std::fs::create_dir_all(&here).expect("folder");
    // In a thread that ends: what Rust's library keeps for a thread it keeps for the main thread
    // for ever, by design.
    let options = ["-a", "900", "-t", "1"];
    let report = calls::run(Link::Shared, Some(command), &options, &here, lines);
    if report.status.success() && report.results.len() == lines.len() {
        return String::new();
    }
    format!(
        "{name}: {} after {} of {} calls\n{}",
        report.status,
        report.results.len(),
        lines.len(),
        report.printed
    )
}

#[test]
fn good_calls_leak_nothing() {
    let field = programs::the_field();
    let mut lines = Vec::new();
    for (row, _) in calls::rows() {
        let here = programs::work_dir().join("good").join(row.function);
        row.prepare(&here);
        // Twice: the second call finds what the first has left.
        lines.push(row.line(field, &here));
        lines.push(row.line(field, &here));
    }
    assert_eq!(report("good", &lines), "");
}

#[test]
fn bad_calls_leak_nothing() {
    let cases = bad_calls::cases(&programs::work_dir().join("bad"));
    let lines: Vec<_> = cases
        .into_iter()
        // A process has one limit of its file sizes, for all calls.
        .filter(|case| !case.options.contains(&"-f".to_owned()))
        .map(|case| case.line)
        .collect();
    assert!(lines.len() > 500);
    assert_eq!(report("bad_calls", &lines), "");
}
