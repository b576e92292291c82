//! mTANHdr: the distorted tangent plane that stands for another projection.

use std::path::Path;

use crate::error::{naming, Error, OutputInWords, Result};
use crate::io::header_template::HeaderTemplate;
use crate::kernel::header::Polynomial;
use crate::run::{say, Run};
use crate::task::header_check::{check_header, template_wcs, Kind};
use crate::task::outcome::{Fields, Outcome};
use fits::atomic_file::AtomicFile;
use fits::cformat::{exponent, fixed, number};
use sky::{matrix_keys, Keywords, Wcs};

/// The parameters of mTANHdr.
pub struct TanHdrParams<'a> {
    /// The header template of the other projection.
    pub original: &'a Path,
    /// The template to write.
    pub tangent: &'a Path,
    /// Coefficients along an axis: one more than the degree of the polynomials; 0: 5.
    pub order: i32,
    /// Rounds of Montage's fit that may be counted; 0: 50.
    pub max_rounds: i32,
    /// The largest error, in pixels, that is good enough; 0: 0.01.
    pub tolerance: f64,
    /// Which points are fitted.
    pub points: FitPoints,
    /// If > 0, log to stdout.
    pub debug: i32,
}

/// The points of the tangent plane that its polynomials are fitted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FitPoints {
    /// Those on the image.
    OnImage,
    /// Those just off the image, too.
    OffImage,
}

impl FitPoints {
    /// Montage's flag for points off the image.
    pub fn from_flag(off_image: bool) -> Self {
        match off_image {
            true => FitPoints::OffImage,
            false => FitPoints::OnImage,
        }
    }
}

/// The result of mTANHdr: largest errors in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Outcome)]
pub struct TanHdrOutcome {
    /// From the other projection to the distorted plane, along x.
    pub fwdxerr: f64,
    /// The same along y.
    pub fwdyerr: f64,
    /// 1 where these are within the tolerance, else one more than the rounds allowed.
    pub fwditer: i32,
    /// From the distorted plane to the other projection, along x.
    pub revxerr: f64,
    /// The same along y.
    pub revyerr: f64,
    /// As `fwditer`.
    pub reviter: i32,
}

/// Coefficients along an axis where the caller names no number.
const DEFAULT_ORDER: usize = 5;

/// SIP's highest degree is 9.
const MOST_TERMS: i32 = 10;

/// Points along an axis to fit to, and to look for the largest error at.
const FIT_STEPS: usize = 24;
const CHECK_STEPS: usize = 160;

/// Writes the header template of a tangent plane with SIP polynomials whose pixels lie where those
/// of another projection do, as near as a fit allows (Montage 6.0: mTANHdr), for mProjectPP.
///
/// Both pairs of polynomials are least-squares fits about the reference pixel, in one step each.
/// Montage reaches for them in rounds of half a correction, with powers of whole pixel numbers
/// about the first pixel, whose normal equations leave few digits: errors here are the smaller
/// ones.
///
/// # Errors
/// When the template cannot be used, an argument is no usable number, no point has a place in both
/// projections, or the output cannot be written.
pub fn tangent_header(params: &TanHdrParams, run: &Run) -> Result<TanHdrOutcome> {
    let order = match params.order {
        ..=0 => DEFAULT_ORDER,
        1..=MOST_TERMS => params.order as usize,
        _ => {
            let why = format!("must be at most {MOST_TERMS} (it is {})", params.order);
            return Err(Error::argument("order", why));
        }
    };
    let rounds = if params.max_rounds > 0 {
        params.max_rounds
    } else {
        50
    };
    let tolerance = match params.tolerance {
        tolerance if tolerance.is_nan() => {
            return Err(Error::argument("tolerance", "must be a number (it is NaN)"))
        }
        tolerance if tolerance > 0.0 => tolerance,
        _ => 0.01,
    };
    let named = |why: Error| {
        let words = match params.original.is_file() {
            true => "Bad original header template.",
            false => "Bad template: {}",
        };
        Error::table(format!("{why} in header template"), params.original)
            .in_words(naming(words, params.original))
    };
    check_header(params.original, Kind::Template, 0)
        .verdict
        .map_err(named)?;
    let original = HeaderTemplate::open(params.original)?;
    let wcs = template_wcs(&original, run.warnings())?;
    let pair = Pair::new(&original, wcs, params.original)?;
    let fitted = pair.fit(order - 1, params.points).ok_or_else(|| {
        Error::table(
            "All points offscale in forward transform, of header template",
            params.original,
        )
    })?;
    let text = pair.text(Some(&fitted));
    let [fwdxerr, fwdyerr] = pair.forward_error(&fitted, params.points);
    let [revxerr, revyerr] = pair.reverse_error(&fitted);
    let count = |x: f64, y: f64| match x < tolerance && y < tolerance {
        true => 1,
        false => rounds.saturating_add(1),
    };
    AtomicFile::create(params.tangent)
        .output_in_words("Cannot open output template file {}")?
        .write_text(|out| out.write_all(text.as_bytes()))?;
    let outcome = TanHdrOutcome {
        fwdxerr,
        fwdyerr,
        fwditer: count(fwdxerr, fwdyerr),
        revxerr,
        revyerr,
        reviter: count(revxerr, revyerr),
    };
    if params.debug > 0 {
        say(format_args!("DEBUG> {outcome:?}"));
    }
    Ok(outcome)
}

/// The tangent plane that mTANHdr makes of `original`, a header with the coordinates `wcs`, by
/// default, and its largest error in pixels.
///
/// # Errors
/// When no point has a place in both projections.
pub fn stand_in(original: &HeaderTemplate, wcs: &Wcs) -> Result<(Wcs, f64)> {
    let path = original.path();
    let pair = Pair::new(original, wcs.clone(), path)?;
    let fitted = pair
        .fit(DEFAULT_ORDER - 1, FitPoints::OnImage)
        .ok_or_else(|| Error::table("All points offscale in forward transform, of", path))?;
    let text = pair.text(Some(&fitted));
    let plane = Wcs::new(&HeaderTemplate::parse(text.as_bytes(), path))?;
    let errors = [
        pair.forward_error(&fitted, FitPoints::OnImage),
        pair.reverse_error(&fitted),
    ];
    let worst = errors.as_flattened().iter().copied().fold(0.0, f64::max);
    Ok((plane, worst))
}

/// The other projection, and the tangent plane at the middle of its image.
struct Pair {
    lines: Vec<String>,
    original: Wcs,
    plane: Wcs,
    size: [f64; 2],
    center: [f64; 2],
    /// What the way to the sky and back adds to a pixel: 360 degrees for some cylinders.
    turn: [f64; 2],
}

/// A, B, AP and BP.
struct Distortion {
    forward: [Polynomial; 2],
    reverse: [Polynomial; 2],
}

impl Pair {
    fn new(keywords: &HeaderTemplate, original: Wcs, path: &Path) -> Result<Self> {
        let size = [original.size().0 as f64, original.size().1 as f64];
        let center = size.map(|n| (n + 1.0) / 2.0);
        let no_sky = || Error::table("Bad original header template (no sky in its middle)", path);
        let sky = original
            .pixel_to_sky(center[0], center[1])
            .ok_or_else(no_sky)?;
        let lines = linear_lines(keywords, &original, center, sky).ok_or_else(no_sky)?;
        let text = lines.join("\n");
        let plane = Wcs::new(&HeaderTemplate::parse(text.as_bytes(), path))
            .map_err(|why| Error::table(format!("Invalid header generated ({why}) for"), path))?;
        let back = original
            .pixel_to_sky(0.5, 0.5)
            .and_then(|(lon, lat)| original.sky_to_pixel(lon, lat));
        let turn = back.map_or([0.0; 2], |(x, y)| [x - 0.5, y - 0.5]);
        Ok(Pair {
            lines,
            original,
            plane,
            size,
            center,
            turn,
        })
    }

    /// Points over the image from edge to edge.
    fn grid(&self, steps: usize) -> impl Iterator<Item = (f64, f64)> + '_ {
        let at = move |axis: usize, i: usize| 0.5 + self.size[axis] * i as f64 / steps as f64;
        (0..=steps).flat_map(move |i| (0..=steps).map(move |j| (at(0, i), at(1, j))))
    }

    /// A point of the image on the plane without its distortion.
    fn on_plane(&self, (x, y): (f64, f64)) -> Option<(f64, f64)> {
        let (lon, lat) = self.original.pixel_to_sky(x, y)?;
        self.plane.sky_to_pixel(lon, lat)
    }

    fn is_on_image(&self, (x, y): (f64, f64)) -> bool {
        (0.5..=self.size[0] + 0.5).contains(&x) && (0.5..=self.size[1] + 0.5).contains(&y)
    }

    fn fit(&self, degree: usize, points: FitPoints) -> Option<Distortion> {
        let offset = |(x, y): (f64, f64)| [x - self.center[0], y - self.center[1]];
        let (mut forward, mut reverse) = (Vec::new(), Vec::new());
        for point in self.grid(FIT_STEPS) {
            let Some(plane) = self.on_plane(point) else {
                continue;
            };
            let shift = [plane.0 - point.0, plane.1 - point.1];
            forward.push((offset(point), shift));
            if points == FitPoints::OffImage || self.is_on_image(plane) {
                reverse.push((offset(plane), shift.map(|x| -x)));
            }
        }
        // What is read back of the digits that are written.
        let written = |pair: [Polynomial; 2]| {
            pair.map(|p| p.map(|c| number(&exponent(c, DIGITS)).unwrap_or(c)))
        };
        Some(Distortion {
            forward: written(Polynomial::fit(&forward, degree)?),
            reverse: written(Polynomial::fit(&reverse, degree)?),
        })
    }

    fn moved(&self, by: &[Polynomial; 2], (x, y): (f64, f64)) -> (f64, f64) {
        let (u, v) = (x - self.center[0], y - self.center[1]);
        (x + by[0].value(u, v), y + by[1].value(u, v))
    }

    /// Image to sky by the other projection, sky to image by the plane with AP and BP.
    fn forward_error(&self, fitted: &Distortion, points: FitPoints) -> [f64; 2] {
        largest(self.grid(CHECK_STEPS).filter_map(|point| {
            let found = self.moved(&fitted.reverse, self.on_plane(point)?);
            (points == FitPoints::OffImage || self.is_on_image(found))
                .then_some([found.0 - point.0, found.1 - point.1])
        }))
    }

    /// Image to sky by the plane with A and B, sky to image by the other projection.
    fn reverse_error(&self, fitted: &Distortion) -> [f64; 2] {
        largest(self.grid(CHECK_STEPS).filter_map(|point| {
            let (x, y) = self.moved(&fitted.forward, point);
            let (lon, lat) = self.plane.pixel_to_sky(x, y)?;
            let (x, y) = self.original.sky_to_pixel(lon, lat)?;
            Some([x - self.turn[0] - point.0, y - self.turn[1] - point.1])
        }))
    }

    /// The template, with the polynomials.
    fn text(&self, fitted: Option<&Distortion>) -> String {
        let mut lines = self.lines.clone();
        let end = lines.pop();
        if let Some(fitted) = fitted {
            let ([a, b], [ap, bp]) = (&fitted.forward, &fitted.reverse);
            for (name, polynomial) in [("A", a), ("B", b), ("AP", ap), ("BP", bp)] {
                let key = format!("{name}_ORDER");
                lines.push(format!("{key:<8}= {}", polynomial.degree()));
                lines.extend(polynomial.terms().map(|((i, j), c)| {
                    let key = format!("{name}_{i}_{j}");
                    format!("{key:<8}= {:>10}", exponent(c, DIGITS))
                }));
            }
            for line in &mut lines {
                if line.starts_with("CTYPE") {
                    *line = line.replace("TAN'", "TAN-SIP'");
                }
            }
        }
        lines.extend(end);
        lines.join("\n") + "\n"
    }
}

/// Decimals of a coefficient.
const DIGITS: usize = 9;

/// The largest of each.
fn largest(errors: impl Iterator<Item = [f64; 2]>) -> [f64; 2] {
    errors.fold([0.0; 2], |most, error| {
        [0, 1].map(|i| f64::max(most[i], error[i].abs()))
    })
}

/// The template of the plane without distortion: reference point and scale from the middle of the
/// image, rotation or matrix and system as they stand in the original.
fn linear_lines(
    keywords: &HeaderTemplate,
    original: &Wcs,
    center: [f64; 2],
    sky: (f64, f64),
) -> Option<Vec<String>> {
    let axes = original.ctype().map(|ctype| ctype[..5].to_owned());
    let crval = match original.latitude_first() {
        true => [sky.1, sky.0],
        false => [sky.0, sky.1],
    };
    let mut lines = vec![
        "SIMPLE  = T".to_owned(),
        "BITPIX  = -64".to_owned(),
        "NAXIS   = 2".to_owned(),
        format!("NAXIS1  = {}", original.size().0),
        format!("NAXIS2  = {}", original.size().1),
        format!("CTYPE1  = '{}TAN'", axes[0]),
        format!("CTYPE2  = '{}TAN'", axes[1]),
    ];
    let real = |value: f64| format!("{:>15}", fixed(value, 10));
    for (key, value) in [("CRVAL1", crval[0]), ("CRVAL2", crval[1])] {
        lines.push(format!("{key}  = {}", real(value)));
    }
    for (key, value) in [("CRPIX1", center[0]), ("CRPIX2", center[1])] {
        lines.push(format!("{key}  = {}", real(value)));
    }
    // The steps at the middle, with their signs in the header.
    let step = |x: f64, y: f64| {
        original
            .pixel_to_sky(center[0] + x, center[1] + y)
            .map(|there| apart(sky, there))
    };
    let plate = keywords.text("CTYPE1").is_none();
    let copied = plate || is_matrix_copied(keywords, original);
    let scale = original.scale_and_rotation();
    let signed = |key: &str, other: f64| keywords.real(key).unwrap_or(other);
    for (key, other, length) in [
        ("CDELT1", scale.cdelt[0], step(1.0, 0.0)?),
        ("CDELT2", scale.cdelt[1], step(0.0, 1.0)?),
    ] {
        if plate || copied && keywords.text(key).is_some() {
            let value = length.copysign(signed(key, other));
            // Montage's ten decimals leave nothing of very small steps.
            let text = match length < 1e-6 {
                true => exponent(value, 10),
                false => fixed(value, 10),
            };
            lines.push(format!("{key}  = {text}"));
        }
    }
    if plate {
        lines.push(format!("CROTA2  = {}", real(scale.crota).trim_start()));
    }
    if !copied {
        for (i, row) in original.cd().iter().enumerate() {
            for (j, &value) in row.iter().enumerate() {
                lines.push(format!("CD{}_{}   = {}", i + 1, j + 1, exponent(value, 14)));
            }
        }
    }
    let matrix = ["CROTA2"].into_iter().chain(MATRIX);
    let system = ["EPOCH", "EQUINOX", "RADESYS", "RADECSYS"];
    for key in matrix.filter(|_| copied).chain(system) {
        let line = keywords.lines().iter().rev().find(|line| line.key == key);
        let value = line.and_then(|line| Some((line.value.as_ref()?, line.quoted)));
        match value {
            Some((value, true)) => lines.push(format!("{key:<8}= '{value}'")),
            Some((value, false)) => lines.push(format!("{key:<8}= {value}")),
            None => {}
        }
    }
    lines.push("END".to_owned());
    Some(lines)
}

const MATRIX: [&str; 8] = [
    "CD1_1", "CD1_2", "CD2_1", "CD2_2", "PC1_1", "PC1_2", "PC2_1", "PC2_2",
];

/// Whether the matrix of a header means the same on the tangent plane when its cards are copied,
/// with steps measured there: it is spelled as in the standard, in degrees, its PC rotates only.
fn is_matrix_copied(keywords: &HeaderTemplate, original: &Wcs) -> bool {
    let has = |key: &str| keywords.text(key).is_some();
    let in_degrees = ["CUNIT1", "CUNIT2"].iter().all(|key| {
        let unit = keywords.text(key).unwrap_or_default();
        unit.is_empty() || unit.trim().to_ascii_lowercase().starts_with("deg")
    });
    let mut odd = matrix_keys().filter(|(key, _)| !MATRIX.contains(&key.as_str()));
    if !in_degrees || odd.any(|(key, _)| has(&key)) {
        return false;
    }
    if MATRIX[..4].iter().any(|key| has(key)) {
        return true;
    }
    if !MATRIX[4..].iter().any(|key| has(key)) {
        return has("CROTA2") || !(original.latitude_first() && has("CROTA1"));
    }
    let cdelt = ["CDELT1", "CDELT2"].map(|key| keywords.real(key).unwrap_or(1.0));
    let pairs = cdelt.iter().zip(original.cd());
    pairs.into_iter().all(|(step, [a, b])| {
        let length = a.hypot(b) / step.abs();
        (length - 1.0).abs() < 1e-6
    })
}

/// The angle between two positions in degrees, good for small ones.
fn apart(a: (f64, f64), b: (f64, f64)) -> f64 {
    let half = |x: f64| (0.5 * x.to_radians()).sin();
    let (dlon, dlat) = (half(b.0 - a.0), half(b.1 - a.1));
    let cosines = a.1.to_radians().cos() * b.1.to_radians().cos();
    2.0 * (dlat * dlat + cosines * dlon * dlon)
        .sqrt()
        .min(1.0)
        .asin()
        .to_degrees()
}
