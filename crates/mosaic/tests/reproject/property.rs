//! Random images on random templates: no panic, and flux and area kept.
//!
//! The number of cases is that of the environment variable `MONTAGE_REPROJECT_CASES` (400 without it), the
//! first one that of `MONTAGE_REPROJECT_FIRST` (0): every case has a number of its own, which a failure names.

use std::cell::Cell;
use std::f64::consts::SQRT_2;
use std::path::Path;

use fits::{card, write_image, Header};
use mosaic::kernel::reproject::sphere::{solid_angle, Tangent};
use mosaic::run::Run;
use mosaic::task::reproject::{project, project_pp, PlaneHeaders, ProjectParams};
use simulate::Random;
use sky::chebyshev::CLOSE;
use sky::{Map, PixelMap, Wcs};

use crate::support::{outputs, plain, Pixels};

/// Numbers of a case.
struct Numbers(Cell<Random>);

impl Numbers {
    fn next(&self) -> u64 {
        let mut random = self.0.get();
        let next = random.next();
        self.0.set(random);
        next
    }

    /// From 0 to 1.
    fn part(&self) -> f64 {
        let mut random = self.0.get();
        let part = random.uniform();
        self.0.set(random);
        part
    }

    fn between(&self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.part()
    }

    fn count(&self, low: usize, high: usize) -> usize {
        low + self.next() as usize % (high - low + 1)
    }

    fn pick<T: Copy>(&self, of: &[T]) -> T {
        of[self.next() as usize % of.len()]
    }
}

/// A header of an image or a template.
#[derive(Debug, Clone)]
struct Grid {
    /// "TAN", "TAN-SIP".
    code: &'static str,
    size: (usize, usize),
    centre: (f64, f64),
    at: (f64, f64),
    /// Degrees a pixel, of CDELT2; CDELT1 is that times the parity.
    step: f64,
    parity: f64,
    turn: f64,
    more: String,
}

impl Grid {
    fn text(&self) -> String {
        let axis = |name: &str| format!("{name}{}{}", "-".repeat(5 - name.len()), self.code);
        let (sin, cos) = self.turn.to_radians().sin_cos();
        let (x, y) = (self.step * self.parity, self.step);
        // Exact on the axes.
        let (sin, cos) = match self.turn.rem_euclid(360.0) {
            0.0 => (0.0, 1.0),
            90.0 => (1.0, 0.0),
            180.0 => (0.0, -1.0),
            270.0 => (-1.0, 0.0),
            _ => (sin, cos),
        };
        format!(
            "NAXIS   = 2\nNAXIS1  = {}\nNAXIS2  = {}\nCTYPE1  = '{}'\nCTYPE2  = '{}'\nEQUINOX = 2000\nCRVAL1  = {:?}\nCRVAL2  = {:?}\nCRPIX1  = {:?}\nCRPIX2  = {:?}\nCD1_1   = {:?}\nCD1_2   = {:?}\nCD2_1   = {:?}\nCD2_2   = {:?}\n{}",
            self.size.0, self.size.1, axis("RA"), axis("DEC"), self.centre.0, self.centre.1,
            self.at.0, self.at.1, x * cos, -y * sin, x * sin, y * cos, self.more
        )
    }

    fn header(&self) -> Header {
        let mut header = Header::primary(-64, &[self.size.0 as i64, self.size.1 as i64]);
        header.merge_template(self.text().lines().map(|line| card::parse(line.as_bytes())));
        header
    }

    fn wcs(&self) -> Wcs {
        Wcs::new(&self.header()).unwrap_or_else(|why| panic!("{why}: {}", self.text()))
    }

    fn write_template(&self, path: &Path) {
        std::fs::write(
            path,
            format!("SIMPLE  = T\nBITPIX  = -64\n{}END\n", self.text()),
        )
        .unwrap();
    }

    /// The same grid of `size` pixels, the first of which is `x` columns and `y` rows further on.
    fn part(&self, (x, y): (f64, f64), size: (usize, usize)) -> Grid {
        Grid {
            size,
            at: (self.at.0 - x, self.at.1 - y),
            ..self.clone()
        }
    }

    /// The degrees that it spans at least, along its shorter side.
    fn span(&self) -> f64 {
        self.size.0.min(self.size.1) as f64 * self.step
    }
}

const TURNS: [f64; 7] = [0.0, 0.0, 90.0, 180.0, 270.0, 45.0, 0.04];

/// Distortions of an image whose half diagonal is `half` pixels; up to a few pixels at its corners.
fn distorted(random: &Numbers, grid: &mut Grid) {
    let half = 0.5 * (grid.size.0 as f64).hypot(grid.size.1 as f64);
    let kind = random.count(0, 2);
    let term = |degree: i32| random.between(-0.05, 0.05) * half.powi(1 - degree);
    match kind {
        0 => {
            grid.code = "TAN-SIP";
            grid.more = format!(
                "A_ORDER = 3\nB_ORDER = 2\nA_2_0   = {:e}\nA_1_1   = {:e}\nA_3_0   = {:e}\nB_0_2   = {:e}\nB_1_1   = {:e}\n",
                term(2), term(2), term(3), term(2), term(2)
            );
        }
        1 => {
            grid.code = "TPV";
            // In degrees instead of pixels.
            let term = |degree: i32| term(degree) * grid.step.powi(1 - degree);
            grid.more = format!(
                "PV1_1   = 1.0\nPV1_2   = {:e}\nPV1_4   = {:e}\nPV1_7   = {:e}\nPV2_1   = 1.0\nPV2_5   = {:e}\nPV2_6   = {:e}\n",
                term(1), term(2), term(3), term(2), term(2)
            );
        }
        _ => {
            grid.code = "TNX";
            let range = 4.0 * half * grid.step;
            for (axis, name, cor) in [(1, "ra", "lngcor"), (2, "dec", "latcor")] {
                let mut terms = String::new();
                for _ in 0..4 {
                    terms += &format!("{:e} ", term(1) * grid.step);
                }
                let text = format!(
                    "wtype=tnx axtype={name} {cor} = \"1. 3. 2. 0. {:e} {range:e} {:e} {range:e} {terms}\"",
                    -range, -range
                );
                for (k, part) in text.as_bytes().chunks(68).enumerate() {
                    let part = String::from_utf8_lossy(part);
                    grid.more += &format!("WAT{axis}_{:03}= '{part}'\n", k + 1);
                }
            }
        }
    }
}

/// An image that a plane can hold.
fn image(random: &Numbers) -> Grid {
    let size = (random.count(2, 40), random.count(2, 40));
    let step = 10_f64.powf(random.between(-7.0, 0.0));
    let pole = random.pick(&[90.0, -90.0]);
    let near = pole * (1.0 - random.between(0.0, 20.0) * step.min(0.1) / 90.0);
    let centre = (
        random.pick(&[0.0, 180.0, 359.9999999, 150.0, random.part() * 360.0]),
        random.pick(&[0.0, 2.0, near, -45.0, random.between(-89.0, 89.0)]),
    );
    let middle = (0.5 * (size.0 as f64 + 1.0), 0.5 * (size.1 as f64 + 1.0));
    let off = random.pick(&[0.0, 0.25, random.between(-3.0, 3.0)]);
    let mut grid = Grid {
        code: random.pick(&["TAN", "TAN", "SIN", "ZEA", "STG", "ARC"]),
        size,
        centre,
        at: (middle.0 + off, middle.1 - off),
        step,
        parity: random.pick(&[-1.0, -1.0, 1.0]),
        turn: random.pick(&[random.pick(&TURNS), random.part() * 360.0]),
        more: String::new(),
    };
    // What a projection of the plane holds.
    grid.step = grid.step.min(40.0 / (size.0 as f64).hypot(size.1 as f64));
    if random.part() < 0.45 {
        grid.step = grid.step.min(10.0 / (size.0 as f64).hypot(size.1 as f64));
        distorted(random, &mut grid);
    }
    grid
}

/// A template around the middle of an image, large enough for all of it if `whole`.
fn template(random: &Numbers, image: &Grid, whole: bool) -> Grid {
    let diagonal = (image.size.0 as f64).hypot(image.size.1 as f64) * 1.2 + 8.0;
    let least = diagonal / 200.0;
    let ratio = match random.pick(&[0, 1, 2]) {
        0 => 1.0,
        1 => random.pick(&[0.5, 2.0, 3.0, 1.0000001]),
        _ => 10_f64.powf(random.between(-1.0, 2.0)),
    };
    let ratio = f64::max(ratio, least).min(5.0 / image.step).max(least);
    let span = (diagonal / ratio).ceil() as usize + 4;
    let size = match whole {
        true => (span, span),
        false => (random.count(2, 60), random.count(2, 60)),
    };
    let shift = |random: &Numbers| match whole {
        true => random.between(-0.5, 0.5),
        false => random.between(-0.7, 0.7) * (diagonal / ratio),
    };
    let at = (
        0.5 * (size.0 as f64 + 1.0) + shift(random),
        0.5 * (size.1 as f64 + 1.0) + shift(random),
    );
    // Pixel edges of the template on those of the image, where both are on one plane.
    let edges = random.part() < 0.3;
    let on_edge = |at: f64| (at - 0.5).round() + 0.5;
    Grid {
        code: random.pick(&["TAN", "TAN", "TAN", "SIN", "ARC", "ZEA", "STG"]),
        size,
        centre: image.centre,
        at: match edges {
            true => (on_edge(at.0), on_edge(at.1)),
            false => at,
        },
        step: image.step * ratio,
        parity: random.pick(&[-1.0, 1.0]),
        turn: random.pick(&[image.turn, random.pick(&TURNS), random.part() * 360.0]),
        more: String::new(),
    }
}

/// Sums over the pixels of an image of value times solid angle, of parts of them of side `drizzle`, and the
/// sum of the solid angles.
fn own_flux(map: &PixelMap, grid: &Grid, values: &[f64], drizzle: f64) -> (f64, f64) {
    let half = 0.5 * drizzle;
    let square = [(-half, -half), (half, -half), (half, half), (-half, half)];
    let (mut flux, mut all) = (0.0, 0.0);
    for (i, value) in values.iter().enumerate() {
        let (x, y) = ((i % grid.size.0 + 1) as f64, (i / grid.size.0 + 1) as f64);
        let corners = square.map(|(dx, dy)| map.direction_from(x + dx, y + dy).unwrap());
        let plane = Tangent::at(&corners).unwrap();
        let area = solid_angle(&plane.project_pixel(&corners).unwrap());
        flux += value * area;
        all += area;
    }
    (flux, all)
}

/// The same on the plane of the output, in pixels, and how far each sum may be off.
struct OnPlane {
    flux: f64,
    area: f64,
    /// Of the flux.
    flux_slack: f64,
    /// Of the area.
    area_slack: f64,
}

impl OnPlane {
    /// Quadrilaterals between the exact corners of pixels.
    ///
    /// A corner that is off by `e` along both axes moves by up to sqrt(2) e, and the area of a polygon whose
    /// corners move by up to d changes by no more than d times its perimeter (and d squared times pi, which is
    /// below rounding). The kernel leaves out overlaps below 1e-13: of a quadrilateral only those of output
    /// pixels that its outline crosses, which are no more than twice its length and one for every corner.
    fn new(map: &PixelMap, grid: &Grid, values: &[f64], drizzle: f64) -> OnPlane {
        // Of the polynomials, of the map that both go through, and of what is put on a line of the grid.
        let corners = CLOSE + 2.0 * map.rounding();
        let half = 0.5 * drizzle;
        let mut sums = OnPlane {
            flux: 0.0,
            area: 0.0,
            flux_slack: 0.0,
            area_slack: 0.0,
        };
        for (i, value) in values.iter().enumerate() {
            let (x, y) = ((i % grid.size.0 + 1) as f64, (i / grid.size.0 + 1) as f64);
            let square = [(-half, -half), (half, -half), (half, half), (-half, half)];
            let quad = square.map(|(dx, dy)| map.at(x + dx, y + dy).unwrap());
            let [a, b, c, d] = quad;
            let area = 0.5 * ((c.0 - a.0) * (d.1 - b.1) - (d.0 - b.0) * (c.1 - a.1)).abs();
            let perimeter: f64 = (0..4)
                .map(|k| (quad[k], quad[(k + 1) % 4]))
                .map(|(p, q)| (p.0 - q.0).hypot(p.1 - q.1))
                .sum();
            let slack = SQRT_2 * corners * perimeter + (2.0 * perimeter + 4.0) * 1e-13;
            sums.flux += value * area;
            sums.area += area;
            sums.flux_slack += value * slack;
            sums.area_slack += slack;
        }
        sums
    }
}

fn sums(image: &Pixels, areas: &Pixels) -> (f64, f64) {
    let used = image
        .values
        .iter()
        .zip(&areas.values)
        .filter(|(v, _)| v.is_finite());
    used.fold((0.0, 0.0), |sums, (v, a)| (sums.0 + v * a, sums.1 + a))
}

/// What a case runs in.
struct Bench<'a> {
    dir: &'a Path,
    case: u64,
}

impl Bench<'_> {
    /// Runs mProject or mProjectPP; `None` where nothing of the image is on the template.
    fn run(
        &self,
        to: &Grid,
        planes: bool,
        set: impl FnOnce(&mut ProjectParams),
    ) -> Option<(Pixels, Pixels)> {
        let [input, output, template] =
            ["in.fits", "out.fits", "t.hdr"].map(|name| self.dir.join(name));
        to.write_template(&template);
        let mut params = plain(&input, &output, &template);
        set(&mut params);
        let run = Run::new(1);
        let done = match planes {
            true => project_pp(&params, &PlaneHeaders::default(), &run),
            false => project(&params, &run),
        };
        match done {
            Ok(_) => Some(outputs(self.dir, "out")),
            Err(why) => {
                let why = why.to_string();
                let off = why.starts_with("No overlap") || why.starts_with("All pixels are blank");
                assert!(off, "case {}: {why}", self.case);
                None
            }
        }
    }

    fn near(&self, what: &str, found: f64, expected: f64, tolerance: f64) {
        let off = (found / expected - 1.0).abs();
        assert!(
            off <= tolerance,
            "case {}: {what} {found:e}, expected {expected:e}: off by {off:e}, allowed {tolerance:e}",
            self.case
        );
    }
}

/// How far sums may be off, as part of themselves: an overlap is good to 1e-6 of a pixel and the solid angle
/// of a pixel may change by 8e-6 across it; the outline of the image, of which `span` pixels of the
/// output are the shorter side, is good to what the polynomials leave and to the rounding of positions and of
/// directions.
fn tolerance(map: &PixelMap, span: f64, span_degrees: f64) -> f64 {
    let corners = CLOSE + map.rounding();
    let directions = PixelMap::rounding_of_directions() / span_degrees.to_radians();
    1e-5 + 8.0 * corners / span + 8.0 * directions
}

fn is_on_plane(code: &str) -> bool {
    ["TAN", "SIN", "ZEA", "STG", "ARC", "TAN-SIP"].contains(&code)
}

/// The template holds the image: its flux and its area come out whole.
fn all_is_kept(random: &Numbers, bench: &Bench, from: &Grid, values: &[f64]) {
    let to = template(random, from, true);
    let map = PixelMap::new(&from.wcs(), &to.wcs());
    let drizzle = random.pick(&[1.0, 1.0, 1.0, 0.3, 0.7, 1.4]);
    let (span, span_degrees) = match drizzle == 1.0 {
        true => (from.span() / to.step, from.span()),
        false => (drizzle * from.step / to.step, drizzle * from.step),
    };
    let allowed = tolerance(&map, span, span_degrees);
    let (flux, area) = own_flux(&map, from, values, drizzle);
    let context = format!("{from:?} to {to:?} drizzle {drizzle}");
    let made = bench.run(&to, false, |p| p.options.drizzle = drizzle);
    // An image below the rounding of positions is nowhere.
    if span < 10.0 * map.rounding() {
        return;
    }
    let (image, areas) = made.unwrap_or_else(|| panic!("case {}: nothing, {context}", bench.case));
    let found = sums(&image, &areas);
    bench.near(&format!("area {context}"), found.1, area, allowed);
    bench.near(&format!("flux {context}"), found.0, flux, allowed);
    let made = bench.run(&to, false, |p| {
        (p.options.drizzle, p.options.energy_mode) = (drizzle, true)
    });
    let (image, _) = made.unwrap();
    let energy: f64 = image.values.iter().filter(|v| v.is_finite()).sum();
    bench.near(
        &format!("energy {context}"),
        energy,
        values.iter().sum(),
        allowed,
    );
    if is_on_plane(from.code) {
        let own = OnPlane::new(&map, from, values, drizzle);
        let (image, areas) = bench
            .run(&to, true, |p| p.options.drizzle = drizzle)
            .unwrap();
        let found = sums(&image, &areas);
        let size = to.step.to_radians().powi(2);
        bench.near(
            &format!("area on the plane {context}"),
            found.1 / size,
            own.area,
            own.area_slack / own.area,
        );
        bench.near(
            &format!("flux on the plane {context}"),
            found.0 / size,
            own.flux,
            own.flux_slack / own.flux,
        );
    }
}

/// The template cuts the image: what two halves of it get is what the whole gets, and no value is beyond
/// those of the image.
fn cut_is_cut(random: &Numbers, bench: &Bench, from: &Grid, values: &[f64]) {
    let to = template(random, from, false);
    let drizzle = random.pick(&[1.0, 1.0, 0.6, 1.7]);
    let energy = random.part() < 0.2;
    let planes = is_on_plane(from.code) && random.part() < 0.5;
    let set =
        |p: &mut ProjectParams| (p.options.drizzle, p.options.energy_mode) = (drizzle, energy);
    let whole = bench.run(&to, planes, set);
    let map = PixelMap::new(&from.wcs(), &to.wcs());
    let size = map.nominal_solid_angle();
    let context = format!("{from:?} to {to:?} drizzle {drizzle} energy {energy} planes {planes}");
    if let (Some((image, _)), false) = (&whole, energy) {
        let (low, high) = values
            .iter()
            .fold((1e9, 0.0), |(l, h), v| (f64::min(l, *v), f64::max(h, *v)));
        for value in image.values.iter().filter(|v| v.is_finite()) {
            let inside = *value > low * (1.0 - 1e-9) && *value < high * (1.0 + 1e-9);
            assert!(inside, "case {}: value {value}, {context}", bench.case);
        }
    }
    // No image has fewer than two columns: of a template of three the whole is its first half.
    let at = match to.size.0 {
        0..=3 => to.size.0,
        width => random.count(2, width - 2),
    };
    let halves = [(0, at), (at, to.size.0 - at)].map(|(first, width)| {
        (width > 1)
            .then(|| to.part((first as f64, 0.0), (width, to.size.1)))
            .and_then(|part| bench.run(&part, planes, set))
            .map_or((0.0, 0.0), |(image, areas)| match energy {
                true => (image.values.iter().filter(|v| v.is_finite()).sum(), 0.0),
                false => sums(&image, &areas),
            })
    });
    let expected = whole.map_or((0.0, 0.0), |(image, areas)| match energy {
        true => (image.values.iter().filter(|v| v.is_finite()).sum(), 0.0),
        false => sums(&image, &areas),
    });
    // As part of the pixels of the output, or of the energy of the image.
    let unit = match energy {
        true => values.iter().sum::<f64>(),
        false => size * (to.size.0 * to.size.1) as f64,
    };
    let pixel = from.step / to.step * drizzle;
    let allowed = match energy {
        true => 1e-5 + 8.0 * (CLOSE + map.rounding()) / pixel,
        false => 1e-5 + map.rounding(),
    };
    for (found, expected) in [
        (halves[0].0 + halves[1].0, expected.0),
        (halves[0].1 + halves[1].1, expected.1),
    ] {
        let off = (found - expected).abs() / unit;
        assert!(
            off <= allowed,
            "case {}: halves at {at} {found:e}, whole {expected:e}: off by {off:e}, {context}",
            bench.case
        );
    }
}

/// The template is the image's own grid, moved by whole pixels: the image comes back, bit for bit.
fn aligned_comes_back(random: &Numbers, bench: &Bench, from: &Grid, values: &[f64]) {
    let (x, y) = (random.count(0, 9), random.count(0, 9));
    // Far outside its image a distortion may fold, and is no grid.
    let (x, y) = match from.more.is_empty() {
        true => (x, y),
        false => (x.min(1), y.min(1)),
    };
    let to = from.part(
        (-(x as f64), -(y as f64)),
        (from.size.0 + x + 3, from.size.1 + y + 2),
    );
    let mut blank = values.to_vec();
    let hole = random.next() as usize % values.len();
    if values.len() > 1 {
        blank[hole] = f64::NAN;
    }
    write_image(&bench.dir.join("in.fits"), &from.header(), &blank).unwrap();
    let planes = is_on_plane(from.code);
    for planes in [false, true].into_iter().take(1 + usize::from(planes)) {
        let (image, areas) = bench
            .run(&to, planes, |p| p.options.full_region = true)
            .unwrap();
        for (i, (value, area)) in image.values.iter().zip(&areas.values).enumerate() {
            let (column, row) = (i % image.width, i / image.width);
            let inside =
                (x..x + from.size.0).contains(&column) && (y..y + from.size.1).contains(&row);
            let expected = match inside {
                true => blank[(row - y) * from.size.0 + column - x],
                false => f64::NAN,
            };
            assert!(
                value.to_bits() == expected.to_bits() || value.is_nan() && expected.is_nan(),
                "case {}: {value:?} at {column}, {row} with area {area:e}, expected {expected:?}: planes {planes} {from:?} from {x}, {y}",
                bench.case
            );
        }
    }
}

/// Maps of the whole sky, or of much of it, to others: no value is beyond those of the image, and no more
/// than the sphere is covered.
fn whole_sky(random: &Numbers, bench: &Bench) {
    let sky = |random: &Numbers| {
        let code = random.pick(&[
            "CAR", "AIT", "CEA", "MOL", "HPX", "SFL", "ZEA", "ARC", "TAN", "SIN", "MER", "CSC",
        ]);
        let step = random.pick(&[10.0, 15.0, 30.0, 7.5, 3.0, 22.5]);
        let size = ((360.0 / step) as usize, (180.0 / step) as usize);
        let pole = matches!(code, "ZEA" | "ARC" | "TAN" | "SIN");
        let latitude = if pole {
            random.pick(&[90.0, -90.0, 0.0, 40.0])
        } else {
            0.0
        };
        let whole = Grid {
            code,
            size,
            centre: (random.pick(&[0.0, 180.0, 77.0]), latitude),
            at: (0.5 * (size.0 as f64 + 1.0), 0.5 * (size.1 as f64 + 1.0)),
            step,
            parity: random.pick(&[-1.0, 1.0]),
            turn: if code == "HPX" {
                45.0
            } else {
                random.pick(&[0.0, 0.0, 0.0, 180.0, 20.0])
            },
            more: String::new(),
        };
        if random.part() < 0.5 {
            return whole;
        }
        let (x, y) = (random.count(0, size.0 - 2), random.count(0, size.1 - 2));
        let size = (random.count(2, size.0 - x), random.count(2, size.1 - y));
        whole.part((x as f64, y as f64), size)
    };
    let (from, to) = (sky(random), sky(random));
    let values: Vec<f64> = (0..from.size.0 * from.size.1)
        .map(|_| random.between(1.0, 2.0))
        .collect();
    write_image(&bench.dir.join("in.fits"), &from.header(), &values).unwrap();
    let Some((image, areas)) = bench.run(&to, false, |_| ()) else {
        return;
    };
    for value in image.values.iter().filter(|v| v.is_finite()) {
        let inside = *value > 1.0 - 1e-9 && *value < 2.0 + 1e-9;
        assert!(
            inside,
            "case {}: value {value}, {from:?} to {to:?}",
            bench.case
        );
    }
    let (_, area) = sums(&image, &areas);
    let most = 4.0 * std::f64::consts::PI * (1.0 + 1e-6);
    // A map that goes round more than once covers the sky as often.
    let turns = (to.size.0 as f64 * to.step / 360.0).ceil().max(1.0);
    assert!(
        area <= most * turns,
        "case {}: {area} steradian, {from:?} to {to:?}",
        bench.case
    );
}

fn one(case: u64, dir: &Path) {
    let random = &Numbers(Cell::new(Random(case.wrapping_mul(0x5851_f42d_4c95_7f2d))));
    let bench = &Bench { dir, case };
    let kind = random.part();
    if kind < 0.15 {
        return whole_sky(random, bench);
    }
    let from = image(random);
    let values: Vec<f64> = (0..from.size.0 * from.size.1)
        .map(|_| random.between(0.5, 1.5))
        .collect();
    // Near a fold of its distortion, or the edge of a projection, an image is none.
    let wcs = from.wcs();
    let (right, top) = (from.size.0 as f64 + 2.0, from.size.1 as f64 + 2.0);
    if [(-1.0, -1.0), (right, -1.0), (right, top), (-1.0, top)]
        .iter()
        .any(|(x, y)| wcs.pixel_to_sky(*x, *y).is_none())
    {
        return;
    }
    write_image(&dir.join("in.fits"), &from.header(), &values).unwrap();
    match kind {
        _ if kind < 0.5 => all_is_kept(random, bench, &from, &values),
        _ if kind < 0.8 => cut_is_cut(random, bench, &from, &values),
        _ => aligned_comes_back(random, bench, &from, &values),
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect(name))
}

#[test]
fn random_images_on_random_templates_keep_their_flux_and_area() {
    let first = number("MONTAGE_REPROJECT_FIRST", 0);
    let count = number("MONTAGE_REPROJECT_CASES", 400);
    let dir = tempfile::tempdir().unwrap();
    let mut failures = Vec::new();
    for case in first..first + count {
        let done = std::panic::catch_unwind(|| one(case, dir.path()));
        if done.is_err() {
            failures.push(case);
            assert!(failures.len() < 50, "cases {failures:?}");
        }
    }
    assert!(failures.is_empty(), "cases {failures:?} of {count}");
}
