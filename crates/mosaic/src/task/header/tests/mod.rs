use super::*;
use crate::run::Run;
use crate::task::outcome::Outcome;
use fits::atomic_file::write_text;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;
use testing::{original, shared_data};

mod get;
mod make;
mod position;
mod put;
mod tangent;

/// A folder for a test.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Place(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.file(name);
        write_text(&path, |w| w.write_all(text.as_bytes())).unwrap();
        path
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).unwrap()
    }
}

/// Runs a program of the original in `place`; what it prints.
fn run_original(program: &Path, place: &Place, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(place.0.path())
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Every line the same, but for numbers that are as near as `tolerance`.
fn assert_near(ours: &str, theirs: &str, tolerance: f64, what: &str) {
    let split = |text: &str| -> Vec<String> {
        text.split(|c: char| c.is_whitespace() || c == ',')
            .flat_map(|word| word.split_inclusive('='))
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let (one, two) = (split(ours), split(theirs));
    assert_eq!(one.len(), two.len(), "{what}:\n{ours}\n{theirs}");
    for (a, b) in one.iter().zip(&two) {
        let number = |text: &str| text.trim_end_matches(']').parse::<f64>();
        let near = match (number(a), number(b)) {
            (Ok(x), Ok(y)) => (x - y).abs() <= tolerance,
            _ => a == b,
        };
        assert!(near, "{what}: {a} is not {b}\n{ours}\n{theirs}");
    }
}
