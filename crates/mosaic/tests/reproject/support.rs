//! Images and templates that the tests make, and what they read back.

use std::path::{Path, PathBuf};

use fits::{card, write_image, Header, Image};
use mosaic::run::Run;
use mosaic::task::reproject::{project, InputParams, ProjectOptions, ProjectParams};
use sky::{Keywords, Wcs};

/// A header on the sky.
#[derive(Debug, Clone, Copy)]
pub struct Sky {
    /// Axis names and projection: ("RA", "DEC", "TAN").
    pub names: (&'static str, &'static str, &'static str),
    /// NAXIS1 and NAXIS2.
    pub size: (usize, usize),
    /// CRVAL.
    pub centre: (f64, f64),
    /// CRPIX.
    pub at: (f64, f64),
    /// CDELT1 and CDELT2 in degrees.
    pub step: (f64, f64),
    /// CROTA2 in degrees.
    pub turn: f64,
    /// Further lines.
    pub more: &'static str,
}

pub const EQUATORIAL: (&str, &str) = ("RA", "DEC");
pub const GALACTIC: (&str, &str) = ("GLON", "GLAT");

impl Sky {
    /// An image around `centre` with square pixels of `step` degrees, longitude to the left.
    pub fn around(
        names: (&'static str, &'static str),
        code: &'static str,
        centre: (f64, f64),
        size: (usize, usize),
        step: f64,
    ) -> Self {
        Sky {
            names: (names.0, names.1, code),
            size,
            centre,
            at: (0.5 * (size.0 as f64 + 1.0), 0.5 * (size.1 as f64 + 1.0)),
            step: (-step, step),
            turn: 0.0,
            more: "",
        }
    }

    /// As a header template.
    pub fn text(&self) -> String {
        let axis = |name: &str| {
            let gap = "-".repeat(8 - name.len() - self.names.2.len());
            format!("{name}{gap}{}", self.names.2)
        };
        format!(
            "SIMPLE  = T\nBITPIX  = -64\nNAXIS   = 2\nNAXIS1  = {}\nNAXIS2  = {}\nCTYPE1  = '{}'\nCTYPE2  = '{}'\nEQUINOX = 2000\nCRVAL1  = {:?}\nCRVAL2  = {:?}\nCRPIX1  = {:?}\nCRPIX2  = {:?}\nCDELT1  = {:?}\nCDELT2  = {:?}\nCROTA2  = {:?}\n{}END\n",
            self.size.0, self.size.1,
            axis(self.names.0), axis(self.names.1),
            self.centre.0, self.centre.1, self.at.0, self.at.1, self.step.0, self.step.1, self.turn,
            self.more
        )
    }

    /// As an image header.
    pub fn header(&self) -> Header {
        let mut header = Header::primary(-64, &[self.size.0 as i64, self.size.1 as i64]);
        let text = self.text();
        header.merge_template(text.lines().map(|line| card::parse(line.as_bytes())));
        header
    }

    pub fn wcs(&self) -> Wcs {
        Wcs::new(&self.header()).unwrap()
    }

    /// Writes an image whose pixel at FITS position (x, y) is `value(x, y)`.
    pub fn write(&self, path: &Path, mut value: impl FnMut(f64, f64) -> f64) {
        let pixels: Vec<f64> = (0..self.size.1)
            .flat_map(|y| (0..self.size.0).map(move |x| (x as f64 + 1.0, y as f64 + 1.0)))
            .map(|(x, y)| value(x, y))
            .collect();
        write_image(path, &self.header(), &pixels).unwrap();
    }

    pub fn write_template(&self, path: &Path) {
        std::fs::write(path, self.text()).unwrap();
    }
}

/// An image in memory.
pub struct Pixels {
    pub header: Header,
    pub width: usize,
    pub height: usize,
    pub values: Vec<f64>,
}

impl Pixels {
    pub fn read(path: &Path) -> Self {
        let mut image = Image::open(path, "Image file").unwrap();
        let mut values = Vec::new();
        image.read(image.whole(), &mut values).unwrap();
        Pixels {
            width: image.width(),
            height: image.height(),
            header: image.header().clone(),
            values,
        }
    }

    pub fn real(&self, key: &str) -> f64 {
        self.header.real(key).unwrap()
    }

    /// The standard deviation of the pixels that are not blank.
    pub fn deviation(&self) -> f64 {
        let used: Vec<f64> = self
            .values
            .iter()
            .copied()
            .filter(|v| v.is_finite())
            .collect();
        let mean = used.iter().sum::<f64>() / used.len() as f64;
        let square: f64 = used.iter().map(|v| (v - mean) * (v - mean)).sum();
        (square / used.len() as f64).sqrt()
    }
}

/// The image and the areas that a reprojection has written as `stem`.fits.
pub fn outputs(dir: &Path, stem: &str) -> (Pixels, Pixels) {
    (
        Pixels::read(&dir.join(format!("{stem}.fits"))),
        Pixels::read(&dir.join(format!("{stem}_area.fits"))),
    )
}

/// The plainest call for `input` to `template`.
pub fn plain<'a>(input: &'a Path, output: &'a Path, template: &'a Path) -> ProjectParams<'a> {
    ProjectParams {
        input: InputParams {
            image: input,
            hdu: 0,
            weight_file: None,
            fixed_weight: 1.0,
            threshold: 0.0,
            border: "",
            flux_scale: 1.0,
        },
        output,
        template,
        options: ProjectOptions::default(),
        debug: 0,
    }
}

/// Reprojects the image `input` of `dir` exactly to `target`.
pub fn reproject(dir: &Path, input: &Path, target: &Sky) -> (Pixels, Pixels) {
    let template = dir.join("target.hdr");
    target.write_template(&template);
    let output = dir.join("output.fits");
    project(&plain(input, &output, &template), &Run::new(2)).unwrap();
    outputs(dir, "output")
}

/// Unpacks the raw tile `name` of the shared data into `dir`.
pub fn raw_tile(dir: &Path, name: &str) -> Option<PathBuf> {
    let packed = testing::shared_data("2mass_m17/raw")?.join(format!("{name}.fits.gz"));
    let mut image = Image::open(&packed, "Image file").unwrap();
    let mut pixels = Vec::new();
    image.read(image.whole(), &mut pixels).unwrap();
    let path = dir.join(format!("{name}.fits"));
    write_image(&path, &image.header().primary_of_doubles(), &pixels).unwrap();
    Some(path)
}
