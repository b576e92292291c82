//! Arguments for the functions of the C interface, picked by random numbers, and what must hold of
//! their results.

use std::ffi::{c_char, c_double, c_int, CStr, CString};
use std::path::Path;

use montage::imphot::options::{
    imphotBandpassOptions, imphotFitImageOptions, imphotFitStarOptions, Options,
};
use montage::shim::ReturnStruct;

/// Texts to choose arguments from.
pub struct Pool {
    texts: Vec<CString>,
}

impl Pool {
    /// The files of the field below `dir`, and texts that name nothing good.
    pub fn new(dir: &Path) -> Self {
        let inside = |name: &str| dir.join(name).into_os_string().into_encoded_bytes();
        let mut texts: Vec<Vec<u8>> = GOOD.iter().map(|name| inside(name)).collect();
        texts.push(inside("no/such/thing"));
        texts.push(inside("%n%s"));
        texts.push(inside("\u{fffd}\n\"\\"));
        texts.push(Vec::new());
        texts.push(b"x".repeat(6000));
        texts.extend(["EQUJ", "galactic", "210.0 12.0"].map(|name| name.into()));
        let texts = texts.into_iter().map(|t| CString::new(t).expect("no NUL"));
        Pool {
            texts: texts.collect(),
        }
    }
}

/// What a field has, the outputs of a call, and the file that is edited.
const GOOD: [&str; 22] = [
    "edited",
    "edited.fits",
    "images",
    "diffs",
    "out",
    "images/tile_0.fits",
    "images/tile_1.fits",
    "diffs/diff.000000.000001.fits",
    "region.hdr",
    "images.tbl",
    "pairs.tbl",
    "fits.tbl",
    "corrections.tbl",
    "out.tbl",
    "out.fits",
    "out.hdr",
    "muse/hst.fits",
    "muse/muse_0.fits",
    "muse/wide_hst.fits",
    "muse/cube.fits",
    "muse/curve.txt",
    "muse/regions.reg",
];

/// A polygon, a box, a circle or a point on the field, as many as are taken of it.
const REALS: [c_double; 8] = [210.0, 12.0, 0.02, 12.01, 209.99, 12.01, f64::NAN, 1e300];

/// Random numbers that become the arguments of one call.
pub struct Choices<'a> {
    pool: &'a Pool,
    numbers: std::slice::Iter<'a, u8>,
    /// Of 16 files, how many are the edited one.
    edited: usize,
    /// What the pointers that were handed out lead to.
    kept: Vec<Box<dyn std::any::Any>>,
}

impl<'a> Choices<'a> {
    /// Arguments out of `pool`; when the numbers are used up, the first of everything.
    pub fn new(pool: &'a Pool, numbers: &'a [u8]) -> Self {
        Choices {
            pool,
            numbers: numbers.iter(),
            edited: 3,
            kept: Vec::new(),
        }
    }

    /// The same with the edited file as every second one.
    pub fn mostly_edited(pool: &'a Pool, numbers: &'a [u8]) -> Self {
        Choices {
            edited: 8,
            ..Choices::new(pool, numbers)
        }
    }

    fn next(&mut self) -> usize {
        self.numbers.next().copied().unwrap_or(0).into()
    }

    /// Any text, NULL at times.
    pub fn text(&mut self) -> *const c_char {
        let texts = &self.pool.texts;
        match self.next() % (texts.len() + 1) {
            0 => std::ptr::null(),
            i => texts[i - 1].as_ptr(),
        }
    }

    /// Mostly the file of the field that belongs here, else the edited one, else any text.
    fn likely(&mut self, good: &str) -> *const c_char {
        let at = |name: &str| GOOD.iter().position(|g| *g == name).expect("in the list");
        match self.next() % 16 {
            0 => self.text(),
            n if n <= self.edited => self.pool.texts[at(match good.ends_with("fits") {
                true => "edited.fits",
                false => "edited",
            })]
            .as_ptr(),
            _ => self.pool.texts[at(good)].as_ptr(),
        }
    }

    /// An image.
    pub fn image(&mut self) -> *const c_char {
        self.likely("images/tile_0.fits")
    }

    /// An image that overlaps it.
    pub fn other(&mut self) -> *const c_char {
        self.likely("images/tile_1.fits")
    }

    /// A difference image.
    pub fn difference(&mut self) -> *const c_char {
        self.likely("diffs/diff.000000.000001.fits")
    }

    /// A header template.
    pub fn template(&mut self) -> *const c_char {
        self.likely("region.hdr")
    }

    /// A table of images.
    pub fn images(&mut self) -> *const c_char {
        self.likely("images.tbl")
    }

    /// A table of pairs.
    pub fn pairs(&mut self) -> *const c_char {
        self.likely("pairs.tbl")
    }

    /// A table of fits.
    pub fn fits(&mut self) -> *const c_char {
        self.likely("fits.tbl")
    }

    /// A table of corrections.
    pub fn corrections(&mut self) -> *const c_char {
        self.likely("corrections.tbl")
    }

    /// The folder of the images.
    pub fn folder(&mut self) -> *const c_char {
        self.likely("images")
    }

    /// The folder of the difference images.
    pub fn differences(&mut self) -> *const c_char {
        self.likely("diffs")
    }

    /// An HST image on the pixels of MUSE images.
    pub fn hst(&mut self) -> *const c_char {
        self.likely("muse/hst.fits")
    }

    /// A MUSE image.
    pub fn muse(&mut self) -> *const c_char {
        self.likely("muse/muse_0.fits")
    }

    /// Two MUSE images.
    pub fn muses(&mut self) -> *const *const c_char {
        let list = Box::new([self.muse(), self.muse()]);
        let first = list.as_ptr();
        self.kept.push(list);
        first
    }

    /// How many of the images of [`Choices::muses`].
    pub fn some(&mut self) -> c_int {
        (self.next() % 4) as c_int - 1
    }

    /// An HST image of smaller pixels.
    pub fn wide(&mut self) -> *const c_char {
        self.likely("muse/wide_hst.fits")
    }

    /// A cube.
    pub fn cube(&mut self) -> *const c_char {
        self.likely("muse/cube.fits")
    }

    /// A filter curve.
    pub fn curve(&mut self) -> *const c_char {
        self.likely("muse/curve.txt")
    }

    /// A ds9 region file.
    pub fn regions(&mut self) -> *const c_char {
        self.likely("muse/regions.reg")
    }

    /// The options of an image fit, some of them changed.
    pub fn fit_options(&mut self) -> *const imphotFitImageOptions {
        let mut options = imphotFitImageOptions::defaults();
        for _ in 0..self.next() % 4 {
            match self.next() % 15 {
                0 => options.regions = self.regions(),
                1 => options.region_lines = self.text(),
                2 => options.star_radius = self.real(),
                3 => options.fix_scale = self.real(),
                4 => options.fix_bg = self.real(),
                5 => options.fix_dx = self.real(),
                6 => options.fix_fwhm = self.real(),
                7 => options.fix_beta = self.real(),
                8 => options.min_scale = self.real(),
                9 => options.margin = self.real(),
                10 => options.init_dy = self.real(),
                11 => options.taper = self.int(),
                13 => options.nworker = self.int(),
                12 => (options.segment, options.save) = (self.int(), self.int()),
                _ => options.extramask = self.muse(),
            }
        }
        self.keep(options)
    }

    /// The options of a star fit, some of them changed.
    pub fn star_options(&mut self) -> *const imphotFitStarOptions {
        let mut options = imphotFitStarOptions::defaults();
        match self.next() % 4 {
            0 => options.fix_fwhm = self.real(),
            1 => options.fix_beta = self.real(),
            2 => options.hardcopy = self.text(),
            _ => {}
        }
        self.keep(options)
    }

    /// The options of a bandpass, some of them changed.
    pub fn band_options(&mut self) -> *const imphotBandpassOptions {
        let mut options = imphotBandpassOptions::defaults();
        match self.next() % 4 {
            0 => options.wave_unit = self.text(),
            1 => options.interpolation = c"cubic".as_ptr(),
            2 => options.size = self.next(),
            _ => {}
        }
        self.keep(options)
    }

    fn keep<T: 'static>(&mut self, value: T) -> *const T {
        let place = Box::new(value);
        let pointer: *const T = &*place;
        self.kept.push(place);
        pointer
    }

    /// A folder for outputs.
    pub fn out_folder(&mut self) -> *const c_char {
        self.likely("out")
    }

    /// A table to write.
    pub fn out_table(&mut self) -> *const c_char {
        self.likely("out.tbl")
    }

    /// A header template to write.
    pub fn out_header(&mut self) -> *const c_char {
        self.likely("out.hdr")
    }

    /// An image to write.
    pub fn out_image(&mut self) -> *const c_char {
        self.likely("out.fits")
    }

    /// A small or an extreme integer.
    pub fn int(&mut self) -> c_int {
        const INTS: [c_int; 12] = [0, 1, 0, 2, -1, 5, 30, 1000, 0, c_int::MAX, c_int::MIN, 1];
        INTS[self.next() % INTS.len()]
    }

    /// How many of the numbers of [`Choices::reals`].
    pub fn count(&mut self) -> c_int {
        (self.next() % (REALS.len() + 2)) as c_int - 1
    }

    /// A list of numbers.
    pub fn reals(&mut self) -> *const c_double {
        match self.next() % 8 {
            0 => std::ptr::null(),
            _ => REALS.as_ptr(),
        }
    }

    /// `debug`, which prints above 0.
    pub fn quiet(&mut self) -> c_int {
        -c_int::from(self.next() > 200)
    }

    /// A usual or an extreme number.
    pub fn real(&mut self) -> c_double {
        const SINGLE: [c_double; 9] = [
            0.0,
            1.0,
            -1.0,
            0.5,
            f64::NAN,
            f64::INFINITY,
            1e308,
            1e-308,
            -3.7,
        ];
        SINGLE[self.next() % SINGLE.len()]
    }
}

/// Checks and releases a return struct.
///
/// # Safety
/// `result` comes from a function of the library and is not used after.
pub unsafe fn returned<R: ReturnStruct>(name: &str, result: *mut R) {
    // SAFETY: NULL or a valid struct by this function's contract.
    let Some(head) = (unsafe { result.as_mut() }) else {
        panic!("{name} returned NULL");
    };
    let (status, msg, json) = head.head();
    let text = |array: &[c_char]| {
        let bytes: Vec<u8> = array.iter().map(|&c| c as u8).collect();
        let text = CStr::from_bytes_until_nul(&bytes).expect("a NUL");
        text.to_str().expect("UTF-8").to_owned()
    };
    let (msg, json) = (text(msg), text(json));
    assert!([0, 1].contains(status), "{name}: status {status}");
    assert!(!msg.contains("Internal error"), "{name}: {msg}");
    assert!(
        *status == 0 || !msg.is_empty(),
        "{name}: an error without a word"
    );
    assert!(
        json.starts_with('{') && json.ends_with('}'),
        "{name}: {json}"
    );
    // SAFETY: allocated by the library with calloc.
    unsafe { libc::free(result.cast()) };
}

/// Checks a text that stays the library's.
///
/// # Safety
/// `text` is NULL or comes from a function of the library.
pub unsafe fn text(name: &str, text: *const c_char) {
    if !text.is_null() {
        // SAFETY: a C string by this function's contract.
        let length = unsafe { CStr::from_ptr(text) }.to_bytes().len();
        assert!(length < 1 << 24, "{name}: {length} bytes");
    }
}

/// Nothing to check: it came back.
///
/// # Safety
/// None.
pub unsafe fn plain<T>(_name: &str, _value: T) {}
