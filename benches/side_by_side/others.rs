//! What else does the same work: the Python package `reproject`, and SWarp.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::contest::{has_python_module, time_python, Program, Way};

/// Another way of doing a row's work.
pub struct Other<'a> {
    pub name: &'static str,
    pub way: Way<'a>,
}

/// One image onto the pixels of the image HEADER: the call alone, which reads the image.
const REPROJECT: &str = "
import sys, time, warnings
warnings.simplefilter('ignore')
from astropy.io import fits
import reproject
function, image, header = getattr(reproject, sys.argv[1]), sys.argv[2], fits.getheader(sys.argv[3])
start = time.perf_counter()
function(image, header)
print('seconds', time.perf_counter() - start)
";

/// All images onto the pixels of a template, their backgrounds matched by constants: the call
/// alone, which reads the images.
const COADD: &str = "
import sys, time, warnings
warnings.simplefilter('ignore')
from astropy.io import fits
import reproject
from reproject.mosaicking import reproject_and_coadd
function, header = getattr(reproject, sys.argv[1]), fits.Header.fromtextfile(sys.argv[2])
start = time.perf_counter()
reproject_and_coadd(sys.argv[3:], header, reproject_function=function, match_background=True)
print('seconds', time.perf_counter() - start)
";

/// The other programs that are installed.
pub struct Others {
    reproject: bool,
    swarp: Option<PathBuf>,
}

impl Others {
    /// Says what is not there.
    pub fn new() -> Self {
        let reproject = has_python_module("reproject");
        if !reproject {
            eprintln!("SKIPPED: the Python package reproject is not installed");
        }
        let swarp = ["SWarp", "swarp"].map(|name| Path::new("/usr/bin").join(name));
        let swarp = swarp.into_iter().find(|path| path.exists());
        if swarp.is_none() {
            eprintln!("SKIPPED: SWarp is not installed");
        }
        Others { reproject, swarp }
    }

    /// `function` of the package: one image onto the pixels of another.
    pub fn reproject(&self, function: &'static str, image: &Path, onto: &Path) -> Vec<Other<'_>> {
        let args: Vec<OsString> = vec![function.into(), image.into(), onto.into()];
        let way = Other {
            name: function,
            way: Box::new(move || time_python(REPROJECT, &args)),
        };
        Vec::from_iter(self.reproject.then_some(way))
    }

    /// A mosaic of `images`; SWarp's goes to `output`.
    pub fn mosaic(&self, images: &[PathBuf], template: &Path, output: &Path) -> Vec<Other<'_>> {
        let mut ways = Vec::new();
        for (function, name) in [
            ("reproject_interp", "reproject_and_coadd, interp"),
            ("reproject_exact", "reproject_and_coadd, exact"),
        ] {
            let mut args: Vec<OsString> = vec![function.into(), template.into()];
            args.extend(images.iter().map(Into::into));
            let way: Way = Box::new(move || time_python(COADD, &args));
            if self.reproject {
                ways.push(Other { name, way });
            }
        }
        if let Some(path) = &self.swarp {
            let words = "-c /dev/null -SUBTRACT_BACK N -COMBINE_TYPE AVERAGE -WRITE_XML N -VERBOSE_TYPE QUIET -IMAGEOUT_NAME";
            let mut args: Vec<OsString> = images.iter().map(Into::into).collect();
            args.extend(words.split(' ').map(Into::into));
            args.push(output.join("swarp.fits").into());
            for (option, value) in [
                ("-WEIGHTOUT_NAME", output.join("swarp_weight.fits")),
                ("-RESAMPLE_DIR", output.to_owned()),
            ] {
                args.extend([option.into(), value.into()]);
            }
            let path = path.clone();
            let program = Program { path, args };
            ways.push(Other {
                name: "SWarp, no matching",
                way: Box::new(move || program.time()),
            });
        }
        ways
    }
}
