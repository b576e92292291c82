//! Our programs beside Montage's, in turn: `cargo bench --bench side_by_side [-- [--runs N] [name]...]`
//! prints a table of medians, ratios, memory, and how near the work is to moving its bytes.
//! docs/benchmarks.md says what the rows are.

mod bound;
mod contest;
mod data;
#[path = "../support/grid.rs"]
mod grid;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use contest::{has_montage_py, in_turn, time_montage_py, Program, Times, Way};
use data::{Data, Tables};
use montage::testing::original;

const OURS: &str = env!("CARGO_BIN_EXE_montage");

fn main() {
    let Some(choice) = Choice::of_arguments() else {
        println!("Timings are made by `cargo bench --bench side_by_side`.");
        return;
    };
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("side_by_side");
    let data = Data::new(dir, Path::new(OURS)).unwrap_or_else(|why| panic!("{why}"));
    let montage_py = has_montage_py();
    if !montage_py {
        eprintln!("SKIPPED: Montage 7 (python3 with the module MontagePy) is not installed");
    }
    let mut lines = vec![HEADINGS.map(str::to_owned)];
    let mut notes = Vec::new();
    for row in rows(&data) {
        if choice.takes(row.program) {
            eprintln!("{}: {}", row.program, row.work);
            let (line, said) = row.measure(&data, choice.runs, montage_py);
            lines.push(line);
            notes.extend(
                said.into_iter()
                    .map(|note| format!("- {}, {}: {note}", row.program, row.work)),
            );
        }
    }
    let threads = montage::run::default_threads();
    println!("\nSeconds of whole processes (Montage 7: of the call inside Python): median (least) of {} runs in turn; {threads} threads.\n", choice.runs);
    print_table(&lines);
    println!();
    notes.iter().for_each(|note| println!("{note}"));
}

/// What the command line asks for.
struct Choice {
    runs: usize,
    names: Vec<String>,
}

impl Choice {
    /// `None` where this is not run by `cargo bench`.
    fn of_arguments() -> Option<Self> {
        let mut choice = Choice {
            runs: 7,
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
                _ => choice.names.push(argument),
            }
        }
        bench.then_some(choice)
    }

    fn takes(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|wanted| name == wanted)
    }
}

/// One row of the table.
struct Row<'a> {
    program: &'static str,
    work: &'static str,
    /// Our program's arguments.
    ours: Vec<OsString>,
    /// The arguments of Montage 6's program; `None` where it would take for ever.
    six: Option<Vec<OsString>>,
    /// The arguments of MontagePy's function.
    seven: Option<Vec<OsString>>,
    goals: Vec<Goal>,
    /// Moves the bytes of this row and nothing else.
    bytes: Option<Bytes<'a>>,
    /// The same work with more pairs, for its memory.
    larger: Option<Vec<OsString>>,
    /// Fits that the time is shared by.
    fits: Option<f64>,
}

/// What a row must reach.
#[derive(Clone, Copy)]
enum Goal {
    /// This many times faster than the faster of the originals.
    Times(f64),
    /// Less than so many seconds.
    Seconds(f64),
    /// Less than so much memory, in MB.
    Megabytes(f64),
}

struct Bytes<'a> {
    /// "read", "read and write".
    what: &'static str,
    megabytes: f64,
    alone: Way<'a>,
}

fn strings<const N: usize>(args: [&dyn AsRef<std::ffi::OsStr>; N]) -> Vec<OsString> {
    args.map(|arg| arg.as_ref().to_owned()).into()
}

fn rows(data: &Data) -> Vec<Row<'_>> {
    let (projected, region) = (data.projected(), data.region());
    let (images, pairs, corrections) = (data.images(), data.pairs(), data.corrections());
    let out = data.output();
    let (fits, model) = (out.join("fits.tbl"), out.join("corrections.tbl"));
    let overlaps = data.overlap_bytes().unwrap_or_else(|why| panic!("{why}"));
    let tiles = data.tiles();
    let tile_bytes: u64 = tiles.iter().map(|tile| bound::length(tile)).sum();
    let megabytes = |bytes: u64| bytes as f64 / 1e6;

    let diff_fit = |pairs: &PathBuf| strings([&"-p", &projected, pairs, &region, &out, &fits]);
    let diff = strings([&"-p", &projected, &pairs, &region, &out]);
    let correct = strings([&"-p", &projected, &images, &corrections, &out]);
    let fit_model = |tables: &Tables| strings([&tables.images, &tables.fits, &model]);

    // What mDiffExec writes is known when it has.
    data.clear_output();
    program(Path::new(OURS), "mDiffExec", &diff).time();
    let differences = bound::lengths(&out);
    let difference_bytes: u64 = differences.iter().sum();

    let (read_tiles, copy_tiles, read_some) = (tiles.clone(), tiles.clone(), tiles);
    let (write_to, copy_to) = (out.clone(), out.clone());
    vec![
        Row {
            program: "mDiffFitExec",
            work: "49 tiles of 512x1024, 156 overlaps",
            ours: diff_fit(&pairs),
            six: Some(diff_fit(&pairs)),
            seven: Some(strings([&projected, &pairs, &region, &out, &fits])),
            goals: vec![Goal::Times(10.0), Goal::Megabytes(300.0)],
            bytes: Some(Bytes {
                what: "read",
                megabytes: megabytes(overlaps),
                alone: Box::new(move || bound::read(&read_tiles, overlaps)),
            }),
            larger: Some(diff_fit(&data.pairs_four_times())),
            fits: None,
        },
        Row {
            program: "mDiffExec",
            work: "same",
            ours: diff.clone(),
            six: Some(diff),
            seven: Some(strings([&projected, &pairs, &region, &out])),
            goals: vec![Goal::Times(4.0)],
            bytes: Some(Bytes {
                what: "read and write",
                megabytes: megabytes(overlaps + difference_bytes),
                alone: Box::new(move || {
                    bound::read(&read_some, overlaps) + bound::write(&differences, &write_to)
                }),
            }),
            larger: None,
            fits: None,
        },
        Row {
            program: "mBgModel",
            work: "4,900 images, 19,182 fits, 10,000 iterations",
            ours: fit_model(&data.few()),
            six: Some(fit_model(&data.few())),
            seven: Some(fit_model(&data.few())),
            goals: vec![Goal::Times(30.0)],
            bytes: None,
            larger: None,
            fits: Some(19_182.0),
        },
        Row {
            program: "mBgExec",
            work: "49 tiles of 512x1024",
            ours: correct.clone(),
            six: Some(correct),
            seven: Some(strings([&projected, &images, &corrections, &out])),
            goals: vec![Goal::Times(2.5)],
            bytes: Some(Bytes {
                what: "read and write",
                megabytes: megabytes(2 * tile_bytes),
                alone: Box::new(move || bound::copy(&copy_tiles, &copy_to)),
            }),
            larger: None,
            fits: None,
        },
        Row {
            program: "mBgModel",
            work: "100,489 images, 400,056 fits",
            ours: fit_model(&data.many()),
            six: None,
            seven: None,
            goals: vec![Goal::Seconds(60.0), Goal::Megabytes(1000.0)],
            bytes: None,
            larger: None,
            fits: Some(400_056.0),
        },
    ]
}

fn program(path: &Path, name: &str, args: &[OsString]) -> Program {
    // Ours is one program of many names.
    let ours = path == Path::new(OURS);
    let name = ours.then(|| OsString::from(name));
    Program {
        path: path.to_owned(),
        args: name.into_iter().chain(args.iter().cloned()).collect(),
    }
}

const HEADINGS: [&str; 9] = [
    "program",
    "work",
    "Montage 6.0",
    "Montage 7",
    "ours",
    "ratio",
    "goal",
    "MB, 6.0 / ours",
    "of moving its bytes",
];

impl Row<'_> {
    /// Measures the row: its line of the table, and what else there is to say.
    fn measure(
        &self,
        data: &Data,
        runs: usize,
        montage_py: bool,
    ) -> ([String; HEADINGS.len()], Vec<String>) {
        let ours = program(Path::new(OURS), self.program, &self.ours);
        let six = self
            .six
            .as_ref()
            .and_then(|args| Some(program(&original(self.program)?, self.program, args)));
        let seven = self.seven.as_ref().filter(|_| montage_py);

        let mut ways: Vec<Way> = vec![Box::new(|| ours.time())];
        if let Some(six) = &six {
            ways.push(Box::new(|| six.time()));
        }
        if let Some(args) = seven {
            ways.push(Box::new(|| time_montage_py(self.program, args)));
        }
        if let Some(bytes) = &self.bytes {
            ways.push(Box::new(|| (bytes.alone)()));
        }
        let mut times = in_turn(&ways, runs, || data.clear_output()).into_iter();
        let mut next = |there: bool| there.then(|| times.next()).flatten();
        let our_times = next(true).expect("our own times");
        let (t6, t7) = (next(six.is_some()), next(seven.is_some()));
        let alone = next(self.bytes.is_some());

        let peak = |program: &Program| {
            data.clear_output();
            program.peak_megabytes()
        };
        let our_peak = peak(&ours);
        let their_peak = six.as_ref().and_then(peak);
        let theirs = [&t6, &t7].into_iter().flatten().map(Times::median);
        let ratio = theirs
            .reduce(f64::min)
            .map(|theirs| theirs / our_times.median());
        let found = Found {
            seconds: our_times.median(),
            ratio,
            peak: our_peak,
        };
        let goals: Vec<String> = self.goals.iter().map(|goal| goal.verdict(&found)).collect();

        let mut notes = Vec::new();
        if let (Some(bytes), Some(alone)) = (&self.bytes, &alone) {
            notes.push(format!(
                "must {} {:.0} MB; that alone takes {} s ({:.1} GB/s), ours {:.1} times that",
                bytes.what,
                bytes.megabytes,
                seconds(alone),
                bytes.megabytes / 1e3 / alone.median(),
                our_times.median() / alone.median(),
            ));
        }
        if let Some(fits) = self.fits {
            notes.push(format!(
                "{:.1} us for a fit",
                our_times.median() / fits * 1e6
            ));
        }
        if let Some(args) = &self.larger {
            let larger = peak(&program(Path::new(OURS), self.program, args));
            notes.push(format!("with four times the pairs, {} MB", whole(larger)));
        }
        let optional = |times: &Option<Times>| times.as_ref().map_or("-".into(), seconds);
        let bound = alone.map_or("-".into(), |alone| {
            format!("{:.1}", our_times.median() / alone.median())
        });
        let line = [
            self.program.to_owned(),
            self.work.to_owned(),
            optional(&t6),
            optional(&t7),
            seconds(&our_times),
            ratio.map_or("-".into(), |ratio| format!("{ratio:.1}")),
            goals.join(", "),
            format!("{} / {}", whole(their_peak), whole(our_peak)),
            bound,
        ];
        (line, notes)
    }
}

struct Found {
    seconds: f64,
    ratio: Option<f64>,
    peak: Option<f64>,
}

impl Goal {
    fn verdict(&self, found: &Found) -> String {
        let (goal, met) = match *self {
            Goal::Times(goal) => (format!("{goal} x"), found.ratio.map(|ratio| ratio >= goal)),
            Goal::Seconds(goal) => (format!("{goal} s"), Some(found.seconds < goal)),
            Goal::Megabytes(goal) => (format!("{goal} MB"), found.peak.map(|peak| peak < goal)),
        };
        match met {
            Some(true) => format!("{goal}: met"),
            Some(false) => format!("{goal}: NOT MET"),
            None => format!("{goal}: not measured"),
        }
    }
}

fn seconds(times: &Times) -> String {
    format!("{:.3} ({:.3})", times.median(), times.min())
}

fn whole(megabytes: Option<f64>) -> String {
    megabytes.map_or("-".into(), |megabytes| format!("{megabytes:.0}"))
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
