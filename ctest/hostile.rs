//! Bad calls of every function, each in a process of its own: the error says what is wrong, an earlier
//! output stays as it was, nothing is left behind, and nothing crashes, hangs or asks for
//! memory by the gigabyte.

mod support;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Mutex;

use support::bad_calls::{self, Case};
use support::bad_files::Verdict;
use support::calls::{self, Report};
use support::programs::{self, Link};

#[test]
fn no_bad_call_crashes_or_costs_an_output() {
    let base = programs::work_dir().join("hostile");
    let cases = bad_calls::cases(&base);
    assert!(!cases.is_empty());
    let field = programs::files(&base.join("field"));
    let bad = programs::files(&base.join("bad"));
    let next = AtomicUsize::new(0);
    let complaints = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    for complaint in judge(case) {
                        let mut list = complaints.lock().unwrap();
                        list.push(format!("{}: {complaint}", case.name));
                    }
                }
            });
        }
    });
    let mut complaints = complaints.into_inner().unwrap();
    complaints.sort();
    assert!(
        complaints.is_empty(),
        "{} of {} bad calls:\n{}",
        complaints.len(),
        cases.len(),
        complaints.join("\n")
    );
    assert!(
        field == programs::files(&base.join("field")),
        "the field has changed"
    );
    assert!(
        bad == programs::files(&base.join("bad")),
        "the inputs have changed"
    );
    println!("{} bad calls", cases.len());
}

/// Makes the call and says what is wrong with what came of it.
fn judge(case: &Case) -> Vec<String> {
    let before = programs::files(&case.here);
    let options: Vec<&str> = case.options.iter().map(String::as_str).collect();
    let lines = std::slice::from_ref(&case.line);
    let Report {
        status,
        results,
        printed,
    } = calls::run(Link::Shared, None, &options, &case.here, lines);
    let after = programs::files(&case.here);
    let mut wrong = Vec::new();
    if !status.success() || results.len() != 1 {
        let last: String = printed.chars().take(600).collect();
        return vec![format!("ended with {status}: {last}")];
    }
    if !printed.is_empty() {
        wrong.push(format!("prints though debug is 0: {printed}"));
    }
    let result = &results[0];
    if let Some(member) = result.get("unterminated") {
        wrong.push(format!("{member} has no NUL"));
    }
    let Some(code) = result.get("status") else {
        // A helper without a return struct: that it came back is all there is to ask.
        return wrong;
    };
    let text = |member: &str| result[member].as_str().unwrap_or_default().to_owned();
    let (msg, json) = (text("msg"), text("json"));
    // Bytes above 0x7f come as one character each.
    let bytes: Vec<u8> = json.chars().map(|c| c as u8).collect();
    let parsed: Result<serde_json::Value, _> = serde_json::from_slice(&bytes);
    match &parsed {
        Err(e) => wrong.push(format!("json: {e}: {json}")),
        Ok(value) if !value.is_object() => wrong.push(format!("json: no object: {json}")),
        Ok(_) => {}
    }
    let refused = match code.as_i64() {
        Some(0) => false,
        Some(1) => true,
        _ => {
            wrong.push(format!("status {code}"));
            true
        }
    };
    let counted: i64 = (case.row.counts.iter())
        .filter_map(|member| result[member].as_i64())
        .sum();
    if refused {
        if !case.naming.iter().any(|name| msg.contains(name.as_str())) {
            wrong.push(format!("msg does not say which file or argument: {msg:?}"));
        }
        if msg.contains("Internal error") {
            wrong.push(format!("a panic: {msg}"));
        }
        let partly = case.fills_up && !case.row.counts.is_empty();
        for (path, new) in after.iter().filter(|_| partly) {
            wrong.extend(malformed(path, new));
        }
        for (path, old) in before.iter().filter(|_| !partly) {
            if after.get(path) != Some(old) {
                wrong.push(format!("an error cost the earlier {}", path.display()));
            }
        }
        let new = after.keys().filter(|path| !before.contains_key(*path));
        for path in new.filter(|_| !partly) {
            wrong.push(format!("an error left {}", path.display()));
        }
    } else {
        match case.verdict {
            Verdict::Refused => wrong.push(format!("no error: {result}")),
            Verdict::RefusedOrCounted if counted == 0 => {
                wrong.push(format!("no error and nothing counted: {result}"));
            }
            _ => {}
        }
        for (path, new) in after
            .iter()
            .filter(|(path, new)| before.get(*path) != Some(new))
        {
            wrong.extend(malformed(path, new));
        }
        for path in before.keys().filter(|path| !after.contains_key(*path)) {
            wrong.push(format!("{} is gone", path.display()));
        }
    }
    wrong
}

/// What is wrong with an output: not whole, a temporary file, numbers that are none.
fn malformed(path: &Path, bytes: &[u8]) -> Option<String> {
    let name = path.file_name().expect("a name").to_string_lossy();
    if name.starts_with('.') {
        return Some(format!("a temporary file is left: {name}"));
    }
    if bytes == bad_calls::EARLIER {
        return None;
    }
    if name.ends_with(".hdr") {
        let whole = bytes.ends_with(b"END\n") || bytes.ends_with(b">\n");
        return (!whole).then(|| format!("{name} is cut: {} bytes", bytes.len()));
    }
    if bytes.starts_with(b"SIMPLE") {
        let whole = bytes.len().is_multiple_of(2880) && bytes.len() > 2880;
        return (!whole).then(|| format!("{name} is cut: {} bytes", bytes.len()));
    }
    let text = String::from_utf8_lossy(bytes);
    if !(text.starts_with('|') || text.starts_with('\\')) {
        return Some(format!("{name} is neither an image nor a table"));
    }
    let mut words = text.split_whitespace().map(|w| w.trim_start_matches('-'));
    words
        .find(|word| ["nan", "inf"].contains(word))
        .map(|word| format!("{word} in {name}"))
}
