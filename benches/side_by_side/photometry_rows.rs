//! The rows of the photometry, beside imphot.

use std::ffi::{c_char, c_void, CString, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use montage::imphot::fit::{imphotFitImage, imphotFitStar};
use montage::imphot::options::{
    imphotFitImageOptions, imphotFitImageOptionsInit, imphotFitStarOptions,
    imphotFitStarOptionsInit,
};
use testing::shared_data;

use crate::contest::{has_python_module, time_python, Program, Way};
use crate::mosaic_data::unpack;
use crate::others::Other;
use crate::row::{ours, strings, Goal, Row, OURS};

/// One call of imphot, which reads the images: the call alone. The first word is the clock.
const IMPHOT: &str = "
import sys, time, warnings
warnings.simplefilter('ignore')
import matplotlib
matplotlib.use('Agg')
import imphot
clock = {'wall': time.perf_counter, 'CPU': time.process_time}[sys.argv[1]]
hst, muse, star = sys.argv[2], sys.argv[3], [float(word) for word in sys.argv[4:]]
start = clock()
if star:
    imphot.fit_star_photometry(hst, muse, star, fix_beta=2.5)
else:
    imphot.fit_image_photometry(hst, muse, fix_beta=2.5)
print('seconds', clock() - start)
";

/// A star in the HDF-S images, degrees, and the radius that is fitted, arcsec.
const STAR: (f64, f64, f64) = (338.24486678733626, -60.5565359779519, 3.0);

/// What is measured of a call.
#[derive(Debug, Clone, Copy)]
enum Clock {
    /// Time on the wall.
    Wall,
    /// Time of processors, user and system, of all threads of the process.
    Cpu,
}

impl Clock {
    /// Its name in [`IMPHOT`].
    fn name(self) -> &'static str {
        match self {
            Clock::Wall => "wall",
            Clock::Cpu => "CPU",
        }
    }

    fn now(self) -> f64 {
        let id = match self {
            Clock::Wall => libc::CLOCK_MONOTONIC,
            Clock::Cpu => libc::CLOCK_PROCESS_CPUTIME_ID,
        };
        let mut now = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // SAFETY: the time is written into a struct of ours.
        let status = unsafe { libc::clock_gettime(id, &mut now) };
        assert_eq!(status, 0, "no clock");
        now.tv_sec as f64 + 1e-9 * now.tv_nsec as f64
    }
}

/// An HST image and the MUSE image that is fitted with it.
#[derive(Clone)]
struct Pair {
    hst: PathBuf,
    muse: PathBuf,
}

impl Pair {
    /// Our program's fit.
    fn program(&self, more: &[OsString]) -> Program {
        let mut words = strings([&self.hst, &self.muse]);
        words.extend_from_slice(more);
        ours("fit_photometry", &words)
    }

    /// imphot's call for it: of the star where there are words of one.
    fn imphot(&self, clock: Clock, star: &[OsString]) -> Other<'static> {
        let mut args = strings([&clock.name(), &self.hst, &self.muse]);
        args.extend_from_slice(star);
        Other {
            name: "imphot",
            way: Box::new(move || time_python(IMPHOT, &args)),
        }
    }

    /// Times a call of the library that is given the two files.
    fn call(
        &self,
        clock: Clock,
        call: impl Fn(*const c_char, *const c_char) -> (i32, *mut c_void) + 'static,
    ) -> Way<'static> {
        let name = |path: &Path| CString::new(path.as_os_str().as_bytes()).expect("a path");
        let (hst, muse) = (name(&self.hst), name(&self.muse));
        Box::new(move || {
            let start = clock.now();
            let (status, result) = call(hst.as_ptr(), muse.as_ptr());
            let seconds = clock.now() - start;
            assert_eq!(status, 0, "the call failed");
            // SAFETY: the library's results are the caller's to free.
            unsafe { libc::free(result) };
            seconds
        })
    }
}

/// What imphotFitImage answers to the default options with the exponent of the program, on all cores.
fn fit_image(hst: *const c_char, muse: *const c_char) -> (i32, *mut c_void) {
    fit_image_on(0, hst, muse)
}

/// The same on one thread: cores that share a memory, or a processor, slow each other down, which
/// CPU time counts.
fn fit_image_alone(hst: *const c_char, muse: *const c_char) -> (i32, *mut c_void) {
    fit_image_on(1, hst, muse)
}

/// On `nworker` threads.
fn fit_image_on(nworker: i32, hst: *const c_char, muse: *const c_char) -> (i32, *mut c_void) {
    // SAFETY: both names end in NUL, the options are filled by their own function, and a result is
    // there until it is freed.
    unsafe {
        let mut options = std::mem::zeroed();
        imphotFitImageOptionsInit(&mut options, size_of::<imphotFitImageOptions>());
        options.fix_beta = 2.5;
        options.nworker = nworker;
        let result = imphotFitImage(hst, muse, &options);
        ((*result).status, result.cast())
    }
}

/// What imphotFitStar answers.
fn fit_star(hst: *const c_char, muse: *const c_char) -> (i32, *mut c_void) {
    let (ra, dec, radius) = STAR;
    // SAFETY: as in `fit_image`.
    unsafe {
        let mut options = std::mem::zeroed();
        imphotFitStarOptionsInit(&mut options, size_of::<imphotFitStarOptions>());
        options.fix_beta = 2.5;
        let result = imphotFitStar(hst, muse, ra, dec, radius, &options);
        ((*result).status, result.cast())
    }
}

/// `dir` is for the images.
pub fn rows(dir: &Path) -> std::io::Result<Vec<Row<'static>>> {
    let imphot = has_python_module("imphot");
    if !imphot {
        eprintln!("SKIPPED: the Python package imphot is not installed");
    }
    let timed = |clock: Clock, pair: &Pair, star: &[OsString]| {
        Vec::from_iter(imphot.then(|| pair.imphot(clock, star)))
    };
    let theirs = |pair: &Pair, star: &[OsString]| timed(Clock::Wall, pair, star);
    let mut rows = Vec::new();
    if let Some(data) = shared_data("hdfs") {
        let dir = dir.join("hdfs");
        unpack(&data, &dir)?;
        let pair = Pair {
            hst: dir.join("hst_F606W_for_IMAGE-HDFS-1.34.fits"),
            muse: dir.join("muse_hdfs.fits"),
        };
        rows.push(Row {
            others: theirs(&pair, &[]),
            ..Row::alone(
                "fit_photometry",
                "the HDF-S pair",
                pair.program(&[]),
                &[Goal::TimesOthers(40.0)],
            )
        });
        for (clock, work) in [
            (Clock::Wall, "the HDF-S pair"),
            (Clock::Cpu, "the HDF-S pair, CPU time"),
        ] {
            rows.push(Row {
                others: timed(clock, &pair, &[]),
                call: Some(pair.call(clock, fit_image)),
                ..Row::alone(
                    "imphotFitImage",
                    work,
                    pair.program(&[]),
                    &[Goal::TimesOthers(40.0)],
                )
            });
        }
        let star = [STAR.0, STAR.1, STAR.2].map(|word| OsString::from(word.to_string()));
        let mut words = vec![OsString::from("--star")];
        words.extend_from_slice(&star);
        for (clock, work) in [
            (
                Clock::Wall,
                "a star in both images; the memory is that of both fits",
            ),
            (Clock::Cpu, "the same, CPU time"),
        ] {
            rows.push(Row {
                others: timed(clock, &pair, &star),
                call: Some(pair.call(clock, fit_star)),
                ..Row::alone(
                    "imphotFitStar",
                    work,
                    pair.program(&words),
                    &[Goal::TimesOthers(100.0)],
                )
            });
        }
        let more: Vec<OsString> = std::iter::repeat_n(OsString::from(&pair.muse), 23).collect();
        rows.push(Row {
            others: theirs(&pair, &[]),
            ..Row::alone(
                "fit_photometry",
                "24 such images; imphot: one",
                pair.program(&more),
                &[Goal::TimesOthers(1.0)],
            )
        });
    }
    let folder = dir.join("pair");
    let made = Program {
        path: OURS.into(),
        args: strings([&"simulatePair", &folder, &"320"]),
    };
    std::fs::create_dir_all(dir)?;
    made.must(dir);
    let pair = Pair {
        hst: folder.join("hst.fits"),
        muse: folder.join("muse.fits"),
    };
    rows.push(Row {
        others: theirs(&pair, &[]),
        ..Row::alone(
            "fit_photometry",
            "a simulated pair of 320x320",
            pair.program(&[]),
            &[Goal::TimesOthers(60.0)],
        )
    });
    type Call = fn(*const c_char, *const c_char) -> (i32, *mut c_void);
    let calls: [(Clock, Call, &str); 3] = [
        (Clock::Wall, fit_image, "a simulated pair of 320x320"),
        (
            Clock::Cpu,
            fit_image,
            "a simulated pair of 320x320, CPU time",
        ),
        (
            Clock::Cpu,
            fit_image_alone,
            "a simulated pair of 320x320, CPU time on one thread",
        ),
    ];
    for (clock, call, work) in calls {
        rows.push(Row {
            others: timed(clock, &pair, &[]),
            call: Some(pair.call(clock, call)),
            ..Row::alone(
                "imphotFitImage",
                work,
                pair.program(&[]),
                &[Goal::TimesOthers(60.0)],
            )
        });
    }
    Ok(rows)
}
