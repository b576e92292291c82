//! Our programs beside those of an earlier build, in turn: whether a change has cost time.

use std::path::{Path, PathBuf};

use crate::contest::sync;
use crate::row::{Row, OURS};

/// Wall and CPU seconds (user and system) of one run.
#[derive(Clone, Copy)]
struct Cost {
    wall: f64,
    cpu: f64,
}

pub const HEADINGS: [&str; 7] = [
    "program",
    "work",
    "wall, before",
    "wall, now",
    "CPU, before",
    "CPU, now",
    "now / before: wall, CPU",
];

/// Measures one row with the executable `before` and with ours: each once to warm up, then `runs`
/// rounds of both, the first of each round changing from round to round. Medians, in brackets the least. `None` for rows whose
/// program is not the multi-call executable, or that are run only once.
pub fn measure(
    row: &Row,
    before: &Path,
    runs: usize,
    clear: impl Fn(),
) -> Option<[String; HEADINGS.len()]> {
    if row.once.is_some() || row.ours.path != Path::new(OURS) {
        return None;
    }
    let mut costs = [Vec::new(), Vec::new()];
    for round in 0..=runs {
        for turn in 0..2 {
            let which = (round + turn) % 2;
            let mut program = row.ours.clone();
            if which == 0 {
                program.path = PathBuf::from(before);
            }
            clear();
            sync();
            let start = cpu_of_children();
            let wall = program.time();
            let cpu = cpu_of_children() - start;
            if round > 0 {
                costs[which].push(Cost { wall, cpu });
            }
        }
    }
    let of = |which: usize, part: fn(&Cost) -> f64| {
        let mut all: Vec<f64> = costs[which].iter().map(part).collect();
        all.sort_by(f64::total_cmp);
        (all[all.len() / 2], all[0])
    };
    let wall = [of(0, |c| c.wall), of(1, |c| c.wall)];
    let cpu = [of(0, |c| c.cpu), of(1, |c| c.cpu)];
    let text = |(median, least): (f64, f64)| format!("{median:.3} ({least:.3})");
    let ratio = |pair: [(f64, f64); 2]| {
        format!(
            "{:.2} ({:.2})",
            pair[1].0 / pair[0].0,
            pair[1].1 / pair[0].1
        )
    };
    Some([
        row.program.to_owned(),
        row.work.clone(),
        text(wall[0]),
        text(wall[1]),
        text(cpu[0]),
        text(cpu[1]),
        format!("{}, {}", ratio(wall), ratio(cpu)),
    ])
}

/// CPU seconds of all child processes that have ended.
fn cpu_of_children() -> f64 {
    // SAFETY: rusage is made of integers; getrusage fills it.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_CHILDREN, &mut usage);
        usage
    };
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 * 1e-6;
    seconds(usage.ru_utime) + seconds(usage.ru_stime)
}
