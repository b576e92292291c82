//! The world coordinates of headers put together from the projections, distortions and numbers that
//! there are: an error, or positions that are found again.

use std::path::Path;

use bolero::{check, TypeGenerator};
use mosaic::io::header_template::HeaderTemplate;
use sky::{convert, Frame, Wcs};

/// What a header is made of, by numbers.
#[derive(Debug, Clone, TypeGenerator)]
struct Recipe {
    projection: u8,
    system: u8,
    flags: u8,
    size: (u16, u16),
    crpix: (i16, i16),
    crval: (i16, i16),
    scale: u8,
    angle: i16,
    skew: i8,
    poles: (u8, u8),
    parameters: Vec<(u8, u8, i16)>,
    distortion: u8,
    terms: Vec<(u8, u8, u8, i8)>,
    points: [(i16, i16); 4],
}

const PROJECTIONS: [&str; 36] = [
    "AZP", "SZP", "TAN", "STG", "SIN", "ARC", "ZPN", "ZEA", "AIR", "CYP", "CEA", "CAR", "MER",
    "SFL", "PAR", "MOL", "AIT", "COP", "COE", "COD", "COO", "BON", "PCO", "TSC", "CSC", "QSC",
    "HPX", "XPH", "NCP", "GLS", "TPV", "TNX", "ZPX", "TAN", "SIN", "---",
];

const SYSTEMS: [(&str, &str); 4] = [
    ("RA---", "DEC--"),
    ("GLON-", "GLAT-"),
    ("ELON-", "ELAT-"),
    ("SLON-", "SLAT-"),
];

/// Degrees per pixel.
const SCALES: [f64; 8] = [1e-3, 2.8e-4, 0.1, 1.0, 1e-6, 5.0, 1e-12, 1e10];

impl Recipe {
    fn text(&self) -> String {
        let mut lines = vec!["NAXIS = 2".to_owned()];
        let mut set = |key: &str, value: f64| lines.push(format!("{key} = {value}"));
        set("NAXIS1", f64::from(self.size.0) + 1.0);
        set("NAXIS2", f64::from(self.size.1) + 1.0);
        set("CRPIX1", f64::from(self.crpix.0) * 0.25);
        set("CRPIX2", f64::from(self.crpix.1) * 0.25);
        let flag = |bit: u8| self.flags & (1 << bit) != 0;
        let crval = [
            f64::from(self.crval.0) / 64.0,
            f64::from(self.crval.1) / 360.0,
        ];
        let latitude_first = flag(0);
        let [one, two] = if latitude_first { [1, 0] } else { [0, 1] };
        set("CRVAL1", crval[one]);
        set("CRVAL2", crval[two]);
        let scale = SCALES[usize::from(self.scale) % SCALES.len()];
        let angle = f64::from(self.angle) / 90.0;
        let (sin, cos) = angle.to_radians().sin_cos();
        let skew = f64::from(self.skew) / 128.0;
        match self.flags >> 1 & 3 {
            0 => {
                set("CDELT1", -scale);
                set("CDELT2", scale * (1.0 + skew));
                set("CROTA2", angle);
            }
            1 => {
                set("CD1_1", -scale * cos);
                set("CD1_2", scale * (sin + skew));
                set("CD2_1", scale * sin);
                set("CD2_2", scale * cos);
            }
            2 => {
                set("CDELT1", -scale);
                set("CDELT2", scale);
                set("PC1_1", cos);
                set("PC1_2", -sin + skew);
                set("PC2_1", sin);
                set("PC2_2", cos);
            }
            _ => set("CDELT1", scale),
        }
        if flag(3) {
            set("LONPOLE", f64::from(self.poles.0) * 2.0 - 180.0);
        }
        if flag(4) {
            set("LATPOLE", f64::from(self.poles.1) - 90.0);
        }
        for &(axis, term, value) in self.parameters.iter().take(12) {
            let key = format!("PV{}_{}", 1 + axis % 2, term % 40);
            set(&key, f64::from(value) / 1024.0);
        }
        if flag(5) {
            set("EQUINOX", 1950.0);
        }
        let sip = self.distortion % 4 == 1;
        if sip {
            set("A_ORDER", f64::from(self.distortion / 4 % 10));
            set("B_ORDER", f64::from(self.distortion / 40));
            for &(which, i, j, value) in self.terms.iter().take(12) {
                let key = format!("{}_{}_{}", ["A", "B"][usize::from(which % 2)], i % 5, j % 5);
                let power = i32::from(i % 5) + i32::from(j % 5);
                set(&key, f64::from(value) / 128.0 * 1e-3f64.powi(power - 1));
            }
        }
        let code = PROJECTIONS[usize::from(self.projection) % PROJECTIONS.len()];
        let (lon, lat) = SYSTEMS[usize::from(self.system) % SYSTEMS.len()];
        let names = if latitude_first {
            [lat, lon]
        } else {
            [lon, lat]
        };
        for (axis, name) in (1..).zip(names) {
            let suffix = if sip { "-SIP" } else { "" };
            lines.push(format!("CTYPE{axis} = '{name}{code}{suffix}'"));
        }
        if self.distortion % 16 == 3 {
            for (key, t) in ["CO1_1", "CO1_2", "CO1_3", "CO2_2", "CO2_3", "CO1_9"]
                .iter()
                .zip(&self.terms)
            {
                lines.push(format!("{key} = {}", f64::from(t.3) * scale / 64.0));
            }
        }
        if self.distortion % 4 == 2 {
            let numbers: String = self.terms.iter().map(|t| format!("{} ", t.3)).collect();
            lines.push(format!(
                "WAT1_001 = 'wtype=tnx axtype=ra lngcor = \"{numbers}\"'"
            ));
            lines.push(format!("WAT2_001 = 'wtype=tnx latcor = \"{numbers}\"'"));
        }
        lines.join("\n")
    }
}

/// The angle between two positions, in degrees.
fn apart(a: (f64, f64), b: (f64, f64)) -> f64 {
    let half = |x: f64| (0.5 * x.to_radians()).sin();
    let (dlon, dlat) = (half(b.0 - a.0), half(b.1 - a.1));
    let cosines = (a.1.to_radians().cos() * b.1.to_radians().cos()).abs();
    2.0 * (dlat * dlat + cosines * dlon * dlon)
        .sqrt()
        .min(1.0)
        .asin()
        .to_degrees()
}

/// What may be lost on the way, in pixels and in degrees: a hundred times more than the tests of
/// projections and distortions allow, which do not go to the edges of maps.
const PIXELS: f64 = 1e-5;
const DEGREES: f64 = 1e-6;

/// The square root of what is lost elsewhere.
const DEGREES_LIMB: f64 = 1e-3;

/// The polynomials of COBE's cube are no inverses of each other (Paper II, section 5.6.2).
const DEGREES_CSC: f64 = 0.02;

#[test]
fn positions_are_found_again() {
    check!().with_type::<Recipe>().for_each(|recipe| {
        let text = recipe.text();
        let template = HeaderTemplate::parse(text.as_bytes(), Path::new("made.hdr"));
        let wcs = match Wcs::new(&template) {
            Ok(wcs) => wcs,
            Err(why) => {
                assert!(why.to_string().len() > 5);
                return;
            }
        };
        let _ = wcs.scale_and_rotation();
        let scale = SCALES[usize::from(recipe.scale) % SCALES.len()];
        for &(i, j) in &recipe.points {
            let (x, y) = (f64::from(i) * 0.3, f64::from(j) * 0.3);
            let Some(sky) = wcs.pixel_to_sky(x, y) else {
                continue;
            };
            assert!(
                sky.0.is_finite() && sky.1.abs() <= 90.0 + 1e-9,
                "{sky:?}\n{text}"
            );
            // To the equator and back.
            let j2000 = Frame::Fk5 { equinox: 2000.0 };
            let equatorial = convert(&wcs.frame(), &j2000, sky.0, sky.1);
            let again = convert(&j2000, &wcs.frame(), equatorial.0, equatorial.1);
            assert!(apart(sky, again) < DEGREES, "{sky:?} {again:?}\n{text}");
            // Not every pixel is where its position is shown (maps repeat and fold), but what is
            // shown is the position.
            let Some((u, v)) = wcs.sky_to_pixel(sky.0, sky.1) else {
                continue;
            };
            let digits = 1e-11 * (x.abs() + y.abs() + u.abs() + v.abs() + 16384.0);
            // Of pixels of a billion degrees the digits say nothing.
            if (u - x).hypot(v - y) < PIXELS + digits || digits * scale > DEGREES_LIMB {
                continue;
            }
            // At the very limb rounding decides whether there is a sky: a neighbour has it then.
            let step = PIXELS + digits;
            let beside = [
                (0.0, 0.0),
                (step, 0.0),
                (-step, 0.0),
                (0.0, step),
                (0.0, -step),
            ];
            let shown = beside
                .iter()
                .find_map(|(p, q)| wcs.pixel_to_sky(u + p, v + q));
            let lost = shown.map_or(f64::INFINITY, |shown| apart(sky, shown));
            let most = if text.contains("CSC") {
                DEGREES_CSC
            } else {
                DEGREES
            };
            assert!(
                lost < most + digits * scale,
                "pixel {x} {y} is {sky:?} at {u} {v}, which is {shown:?}\n{text}"
            );
        }
    });
}
