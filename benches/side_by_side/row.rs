//! One row of the table: what is run, what it must reach, and its line when it has been measured.

use std::ffi::{OsStr, OsString};

use testing::original;

use crate::contest::{in_turn, sync, time_montage_py, Program, Times, Way};
use crate::others::Other;

/// Our program.
pub const OURS: &str = env!("CARGO_BIN_EXE_montage-tools");

/// One row of the table.
pub struct Row<'a> {
    /// What the row is chosen by; Montage 7's function is called so.
    pub program: &'static str,
    pub work: String,
    pub ours: Program,
    /// The same work by one call of the library, which then is what is timed.
    pub call: Option<Way<'a>>,
    /// Montage 6's program; `None` where it is not installed, or would take for ever.
    pub six: Option<Program>,
    /// The arguments of MontagePy's function.
    pub seven: Option<Vec<OsString>>,
    /// What else does the work.
    pub others: Vec<Other<'a>>,
    pub goals: Vec<Goal>,
    /// Moves the bytes of this row and nothing else.
    pub bytes: Option<Bytes<'a>>,
    /// The same work with more pairs, for its memory.
    pub larger: Option<Program>,
    /// Fits that the time is shared by.
    pub fits: Option<f64>,
    /// Run but once, as it writes so many GB.
    pub once: Option<u64>,
}

/// What a row must reach.
#[derive(Clone, Copy)]
pub enum Goal {
    /// This many times faster than the fastest of all others.
    Times(f64),
    /// This many times faster than Montage 6.0.
    TimesSix(f64),
    /// This many times faster than the fastest that is not Montage.
    TimesOthers(f64),
    /// Less than so many seconds.
    Seconds(f64),
    /// Less than so much memory, in MB.
    Megabytes(f64),
}

pub struct Bytes<'a> {
    /// "read", "read and write".
    pub what: &'static str,
    pub megabytes: f64,
    pub alone: Way<'a>,
}

/// Arguments of a program.
pub fn strings<const N: usize>(args: [&dyn AsRef<OsStr>; N]) -> Vec<OsString> {
    args.map(|arg| arg.as_ref().to_owned()).into()
}

/// Our program of this name.
pub fn ours(name: &str, args: &[OsString]) -> Program {
    // One executable of many names.
    Program {
        path: OURS.into(),
        args: std::iter::once(name.into())
            .chain(args.iter().cloned())
            .collect(),
    }
}

/// Montage 6.0's program of this name, where it is installed.
pub fn six(name: &str, args: &[OsString]) -> Option<Program> {
    let path = original(name)?;
    let args = args.to_vec();
    Some(Program { path, args })
}

impl<'a> Row<'a> {
    /// A program that Montage 6 and 7 have under the same name, with the same arguments; those of
    /// 7's function are `seven`.
    pub fn of(
        program: &'static str,
        work: impl Into<String>,
        args: &[OsString],
        seven: Vec<OsString>,
        goals: &[Goal],
    ) -> Self {
        Row {
            six: six(program, args),
            seven: Some(seven),
            ..Row::alone(program, work, ours(program, args), goals)
        }
    }

    /// What no other is asked to do.
    pub fn alone(
        program: &'static str,
        work: impl Into<String>,
        ours: Program,
        goals: &[Goal],
    ) -> Self {
        Row {
            program,
            work: work.into(),
            ours,
            call: None,
            six: None,
            seven: None,
            others: Vec::new(),
            goals: goals.to_vec(),
            bytes: None,
            larger: None,
            fits: None,
            once: None,
        }
    }
}

pub const HEADINGS: [&str; 10] = [
    "program",
    "work",
    "Montage 6.0",
    "Montage 7",
    "others",
    "ours",
    "ratio",
    "goal",
    "MB, 6.0 / ours",
    "of moving its bytes",
];

impl Row<'_> {
    /// Measures the row: its line of the table, and what else there is to say. `clear` empties
    /// the folder of outputs.
    pub fn measure(
        &self,
        runs: usize,
        montage_py: bool,
        clear: impl Fn(),
    ) -> ([String; HEADINGS.len()], Vec<String>) {
        let peak = |program: &Program| {
            clear();
            sync();
            program.peak_megabytes()
        };
        let seven = self.seven.as_ref().filter(|_| montage_py);
        let (our_times, t6, t7, others, alone, our_peak);
        if self.once.is_some() {
            let (seconds, megabytes) = peak(&self.ours);
            clear();
            our_times = Times::once(seconds);
            our_peak = megabytes;
            (t6, t7, others, alone) = (None, None, Vec::new(), None);
        } else {
            let mut ways: Vec<Way> = vec![match &self.call {
                Some(call) => Box::new(call),
                None => Box::new(|| self.ours.time()),
            }];
            if let Some(six) = &self.six {
                ways.push(Box::new(|| six.time()));
            }
            if let Some(args) = seven {
                ways.push(Box::new(|| time_montage_py(self.program, args)));
            }
            for other in &self.others {
                ways.push(Box::new(|| (other.way)()));
            }
            if let Some(bytes) = &self.bytes {
                ways.push(Box::new(|| (bytes.alone)()));
            }
            let mut times = in_turn(&ways, runs, &clear).into_iter();
            let mut next = |there: bool| there.then(|| times.next()).flatten();
            our_times = next(true).expect("our own times");
            t6 = next(self.six.is_some());
            t7 = next(seven.is_some());
            others = self.others.iter().filter_map(|_| next(true)).collect();
            alone = next(self.bytes.is_some());
            our_peak = peak(&self.ours).1;
        }
        let their_peak = self.six.as_ref().and_then(|six| peak(six).1);

        let least = |times: &[&Times]| {
            let theirs = times.iter().map(|times| times.median());
            theirs
                .reduce(f64::min)
                .map(|theirs| theirs / our_times.median())
        };
        let montage = [&t6, &t7].into_iter().flatten();
        let all: Vec<&Times> = montage.chain(&others).collect();
        let found = Found {
            seconds: our_times.median(),
            all: least(&all),
            six: least(&Vec::from_iter(&t6)),
            others: least(&Vec::from_iter(&others)),
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
        if let Some(larger) = &self.larger {
            let larger = peak(larger).1;
            notes.push(format!("with four times the pairs, {} MB", whole(larger)));
        }
        if let Some(gigabytes) = self.once {
            notes.push(format!("one run; writes {gigabytes} GB"));
        }
        let optional = |times: &Option<Times>| times.as_ref().map_or("-".into(), seconds);
        let bound = alone.map_or("-".into(), |alone| {
            format!("{:.1}", our_times.median() / alone.median())
        });
        let others: Vec<String> = std::iter::zip(&self.others, &others)
            .map(|(other, times)| format!("{}: {}", other.name, seconds(times)))
            .collect();
        let line = [
            self.program.to_owned(),
            self.work.clone(),
            optional(&t6),
            optional(&t7),
            match others.is_empty() {
                true => "-".to_owned(),
                false => others.join("; "),
            },
            seconds(&our_times),
            found.all.map_or("-".into(), |ratio| format!("{ratio:.1}")),
            goals.join(", "),
            format!("{} / {}", whole(their_peak), whole(our_peak)),
            bound,
        ];
        (line, notes)
    }
}

struct Found {
    seconds: f64,
    /// How many times faster ours is than the fastest of all, than Montage 6.0, than the fastest
    /// that is not Montage.
    all: Option<f64>,
    six: Option<f64>,
    others: Option<f64>,
    peak: Option<f64>,
}

impl Goal {
    fn verdict(&self, found: &Found) -> String {
        let times = |goal: f64, ratio: Option<f64>| ratio.map(|ratio| ratio >= goal);
        let (goal, met) = match *self {
            Goal::Times(goal) => (format!("{goal} x"), times(goal, found.all)),
            Goal::TimesSix(goal) => (format!("{goal} x 6.0"), times(goal, found.six)),
            Goal::TimesOthers(goal) => (format!("{goal} x others"), times(goal, found.others)),
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
