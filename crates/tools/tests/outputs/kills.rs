//! Programs that are killed or asked to end at random moments: outputs are old or new and whole,
//! and nothing is left beside them.
//!
//!     MONTAGE_KILLS=200 cargo test --test outputs -- --nocapture

use simulate::Random;
use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::field::{files, Field, Job, JOBS};

/// Kills of the short form, over all jobs.
const SHORT: usize = 21;

/// Random numbers; another sequence each time, as the moments are.
fn random_moments() -> Random {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Random(now.as_nanos() as u64)
}

/// A job's outputs as a run to the end makes them, and how long it takes.
struct Whole {
    new: BTreeMap<String, Vec<u8>>,
    time: Duration,
}

impl Whole {
    fn of(field: &Field, job: &Job) -> Self {
        std::fs::create_dir(field.file("new")).unwrap();
        field.prepare(job, "new");
        // The shortest of three runs: most moments are to lie before the end.
        let run = || {
            let start = Instant::now();
            field.finish(job, "new");
            start.elapsed()
        };
        let time = run().min(run()).min(run());
        let (new, temporary) = files(&field.file("new"));
        assert!(!new.is_empty() && temporary.is_empty(), "{}", job.name);
        std::fs::remove_dir_all(field.file("new")).unwrap();
        Whole { new, time }
    }

    /// A folder whose files are all there from an earlier run, with other contents.
    fn start_anew(&self, field: &Field, job: &Job, out: &Path) {
        let _ = std::fs::remove_dir_all(out);
        std::fs::create_dir(out).unwrap();
        for name in self.new.keys() {
            std::fs::write(out.join(name), format!("old {name}")).unwrap();
        }
        field.prepare(job, "out");
    }

    /// Every file is the old one or the new one. How many are new.
    fn check(&self, job: &Job, found: &BTreeMap<String, Vec<u8>>) -> usize {
        let names: Vec<&String> = found.keys().collect();
        let expected: Vec<&String> = self.new.keys().collect();
        assert_eq!(names, expected, "{}", job.name);
        let is_new = |(name, bytes): (&String, &Vec<u8>)| {
            if *bytes == format!("old {name}").into_bytes() {
                return false;
            }
            if name == job.text {
                // It tells times: as many lines.
                let lines = |bytes: &[u8]| bytes.iter().filter(|&&byte| byte == b'\n').count();
                assert_eq!(lines(bytes), lines(&self.new[name]), "{name}");
            } else {
                assert!(*bytes == self.new[name], "{}: {name} is neither", job.name);
            }
            true
        };
        found.iter().filter(|&file| is_new(file)).count()
    }
}

#[test]
fn a_killed_program_leaves_whole_outputs_and_what_else_it_leaves_the_next_one_removes() {
    let kills = std::env::var("MONTAGE_KILLS").ok();
    let kills = kills.map_or(SHORT, |text| {
        text.parse().expect("MONTAGE_KILLS is a number")
    });
    let field = Field::new();
    let mut random = random_moments();
    for (k, job) in JOBS.iter().enumerate() {
        let whole = Whole::of(&field, job);
        let out = field.file("out");
        let (mut killed, mut left, mut partly) = (0, 0, 0);
        let count = (kills + k) / JOBS.len();
        for _ in 0..count {
            whole.start_anew(&field, job, &out);
            let mut child = field.start(job, "out");
            std::thread::sleep(whole.time.mul_f64(random.uniform()));
            child.kill().unwrap();
            let status = child.wait().unwrap();
            let (found, temporary) = files(&out);
            let new = whole.check(job, &found);
            killed += usize::from(status.signal() == Some(9));
            left += temporary.len();
            partly += usize::from(new > 0 && new < whole.new.len());
            field.finish(job, "out");
            let (found, temporary) = files(&out);
            assert_eq!(temporary, Vec::<String>::new(), "{}", job.name);
            assert_eq!(whole.check(job, &found), whole.new.len(), "{}", job.name);
        }
        println!(
            "{}: {killed} of {count} killed before the end ({:.0} ms), {partly} with some outputs new, \
             {left} temporary files left by them and removed by the next run",
            job.name,
            whole.time.as_secs_f64() * 1e3
        );
    }
}

#[test]
fn a_program_that_is_asked_to_end_removes_its_temporary_files_and_says_by_which_signal() {
    let field = Field::new();
    let mut random = random_moments();
    let job = &JOBS[0];
    let whole = Whole::of(&field, job);
    let out = field.file("out");
    let mut ended = 0;
    for (name, number) in [("INT", 2), ("TERM", 15), ("HUP", 1)] {
        for _ in 0..3 {
            whole.start_anew(&field, job, &out);
            let mut child = field.start(job, "out");
            std::thread::sleep(whole.time.mul_f64(random.uniform()));
            let _ = Command::new("kill")
                .arg(format!("-{name}"))
                .arg(child.id().to_string())
                .stderr(Stdio::null())
                .status();
            let status = child.wait().unwrap();
            // Before the program is there at all the system ends it.
            let known = match status.code() {
                Some(0) => true,
                Some(code) => code == 128 + number,
                None => status.signal() == Some(number),
            };
            assert!(known, "{name}: {status}");
            ended += usize::from(status.code() == Some(128 + number));
            let (found, temporary) = files(&out);
            assert_eq!(temporary, Vec::<String>::new(), "{name}: {status}");
            whole.check(job, &found);
        }
    }
    assert!(ended > 0, "none of nine was still at work");
}

#[test]
fn a_signal_that_is_ignored_from_the_beginning_stays_ignored() {
    let field = Field::new();
    let montage = env!("CARGO_BIN_EXE_montage-tools");
    let script = format!(
        "trap '' HUP; mkdir out; {montage} mProjExec -p raw raw.tbl region.hdr out out.tbl & \
         kill -HUP $!; wait $!"
    );
    let mut command = Command::new("sh");
    let done = command
        .args(["-c", &script])
        .current_dir(field.path())
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}");
    assert!(field.file("out.tbl").exists());
}
