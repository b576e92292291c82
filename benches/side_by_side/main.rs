//! Our programs beside Montage's, in turn: `cargo bench --bench side_by_side [-- [--runs N] [name]...]`
//! prints a table of medians, ratios, memory, and how near the work is to moving its bytes. With
//! `--before EXECUTABLE` it compares with an earlier build of the programs instead.
//! docs/benchmarks.md says what the rows are.

mod bound;
mod chain_rows;
mod contest;
mod data;
#[path = "../support/grid.rs"]
mod grid;
mod mosaic_data;
mod mosaic_rows;
mod others;
mod photometry_rows;
mod previous;
mod row;

use std::path::{Path, PathBuf};
use std::process::Command;

use contest::has_python_module;
use data::Data;
use mosaic_data::MosaicData;
use others::Others;
use row::{HEADINGS, OURS};

fn main() {
    let Some(choice) = Choice::of_arguments() else {
        println!("Timings are made by `cargo bench --bench side_by_side`.");
        return;
    };
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("side_by_side");
    let montage = Path::new(OURS);
    let data = Data::new(dir.clone(), montage).unwrap_or_else(|why| panic!("{why}"));
    let mosaic = MosaicData::new(dir.with_file_name("side_by_side_mosaic"), montage);
    let mosaic = mosaic.unwrap_or_else(|why| panic!("{why}"));
    let montage_py = has_python_module("MontagePy.main");
    if !montage_py {
        eprintln!("SKIPPED: Montage 7 (python3 with the module MontagePy) is not installed");
    }
    let others = Others::new();
    let mut lines = vec![HEADINGS.map(str::to_owned)];
    let mut notes = Vec::new();
    let mut rows = chain_rows::rows(&data);
    rows.extend(mosaic_rows::rows(&mosaic, &others, &data.output()));
    let photometry = photometry_rows::rows(&dir.with_file_name("side_by_side_photometry"));
    rows.extend(photometry.unwrap_or_else(|why| panic!("{why}")));
    rows.retain(|row| choice.takes(row.program));
    if let Some(before) = &choice.before {
        let mut lines = vec![previous::HEADINGS.map(str::to_owned)];
        for row in &rows {
            eprintln!("{}: {}", row.program, row.work);
            lines.extend(previous::measure(row, before, choice.runs, || {
                data.clear_output()
            }));
        }
        println!("\nSeconds of whole processes, wall and CPU (user and system): median (least) of {} runs in turn.\n", choice.runs);
        print_table(&lines);
        return;
    }
    for row in rows {
        eprintln!("{}: {}", row.program, row.work);
        if let Some(needed) = row.once.filter(|&needed| needed > free_gigabytes(&dir)) {
            eprintln!("SKIPPED: {} has less than {needed} GB free", dir.display());
            continue;
        }
        let (line, said) = row.measure(choice.runs, montage_py, || data.clear_output());
        lines.push(line);
        notes.extend(
            said.into_iter()
                .map(|note| format!("- {}, {}: {note}", row.program, row.work)),
        );
    }
    let threads = mosaic::run::default_threads();
    println!("\nSeconds of whole processes (imphotFit...: of the call from C; Montage 7, reproject and imphot: of the call inside Python): median (least) of {} runs in turn; {threads} threads.\n", choice.runs);
    print_table(&lines);
    println!();
    notes.iter().for_each(|note| println!("{note}"));
}

/// What is free where `dir` is, in GB; 0 where `df` does not say.
fn free_gigabytes(dir: &Path) -> u64 {
    let mut df = Command::new("df");
    let output = df.args(["--output=avail", "-B", "GB"]).arg(dir).output();
    let said = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let last = said
        .ok()
        .and_then(|said| Some(said.lines().last()?.to_owned()));
    last.and_then(|line| line.trim().trim_end_matches("GB").parse().ok())
        .unwrap_or(0)
}

/// What the command line asks for.
struct Choice {
    runs: usize,
    /// The executable of an earlier build.
    before: Option<PathBuf>,
    names: Vec<String>,
}

impl Choice {
    /// `None` where this is not run by `cargo bench`.
    fn of_arguments() -> Option<Self> {
        let mut choice = Choice {
            runs: 7,
            before: None,
            names: Vec::new(),
        };
        let mut bench = false;
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--bench" => bench = true,
                "--runs" => {
                    let runs = arguments.next().and_then(|n| n.parse().ok());
                    choice.runs = runs.filter(|&n| n > 0).expect("--runs wants a number");
                }
                "--before" => {
                    let before = arguments.next().expect("--before wants an executable");
                    choice.before = Some(before.into());
                }
                _ => choice.names.push(argument),
            }
        }
        bench.then_some(choice)
    }

    fn takes(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|wanted| name == wanted)
    }
}

/// A Markdown table whose columns are aligned as text too.
fn print_table<const N: usize>(lines: &[[String; N]]) {
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max();
    let widths: Vec<usize> = (0..N).map(|column| width(column).unwrap_or(0)).collect();
    for (i, line) in lines.iter().enumerate() {
        let cells: Vec<String> = line
            .iter()
            .zip(&widths)
            .map(|(cell, &width)| format!("{cell:<width$}"))
            .collect();
        println!("| {} |", cells.join(" | "));
        if i == 0 {
            let rules: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
            println!("| {} |", rules.join(" | "));
        }
    }
}
