//! TNX and ZPX: IRAF's surfaces on TAN and ZPN, written as text into WATi_nnn
//! (<https://fits.gsfc.nasa.gov/registry/tnx.html>, `zpxwcs.html`).

use std::f64::consts::PI;

use super::mapping::{Mapping, Start};
use super::polynomial::Polynomial;
use crate::Keywords;

/// More terms along an axis than any telescope's; higher powers are noise.
const HIGHEST: usize = 16;
/// What a card holds of a text.
const CARD: usize = 68;

/// The attributes of one axis: the values of WATi_001, WATi_002, ... as one text.
pub(crate) struct Attributes {
    axis: usize,
    text: String,
}

impl Attributes {
    /// Those of the axis of this number.
    pub fn read(keywords: &dyn Keywords, axis: usize) -> Self {
        let mut text = String::new();
        for part in 1..=999 {
            let Some(piece) = keywords.text(&format!("WAT{axis}_{part:03}")) else {
                break;
            };
            // The text runs on over full cards, whose trailing blanks were taken for padding.
            let used = text.len().div_ceil(CARD) * CARD;
            text.extend(std::iter::repeat_n(' ', used - text.len()));
            text.push_str(&piece);
        }
        Attributes { axis, text }
    }

    /// The value of an attribute, without quotes.
    fn value(&self, name: &str) -> Option<&str> {
        let mut from = 0;
        while let Some(at) = self.text[from..].find(name) {
            let start = from + at;
            from = start + name.len();
            let before = self.text[..start].chars().next_back();
            let Some(rest) = self.text[from..].trim_start().strip_prefix('=') else {
                continue;
            };
            if before.is_some_and(|c| !c.is_whitespace()) {
                continue;
            }
            let rest = rest.trim_start();
            return Some(match rest.strip_prefix('"') {
                Some(quoted) => quoted.split('"').next().unwrap_or(quoted),
                None => rest.split_whitespace().next().unwrap_or(""),
            });
        }
        None
    }

    /// The number of an attribute.
    ///
    /// # Errors
    /// A text naming WATi and the attribute that is no number.
    pub fn number(&self, name: &str) -> Result<Option<f64>, String> {
        self.value(name)
            .map(|text| {
                text.parse()
                    .ok()
                    .filter(|x: &f64| x.is_finite())
                    .ok_or_else(|| self.complaint(&format!("{name} is not a number")))
            })
            .transpose()
    }

    fn complaint(&self, what: &str) -> String {
        format!("WAT{}_001: {what}", self.axis)
    }

    /// The surface of this name as rows of the polynomial, with the middle and scale of its
    /// variables.
    fn surface(&self, name: &str) -> Result<Option<Surface>, String> {
        let Some(text) = self.value(name) else {
            return Ok(None);
        };
        let numbers: Option<Vec<f64>> = text
            .split_whitespace()
            .map(|word| word.parse().ok().filter(|x: &f64| x.is_finite()))
            .collect();
        let numbers =
            numbers.ok_or_else(|| self.complaint(&format!("{name} has what is no number")))?;
        Surface::new(&numbers)
            .map(Some)
            .map_err(|why| self.complaint(&format!("{name} {why}")))
    }
}

/// IRAF's gsurfit surface.
struct Surface {
    rows: Vec<Vec<f64>>,
    middle: [f64; 2],
    scale: [f64; 2],
}

impl Surface {
    /// From the numbers of the attribute: kind of function (1 Chebyshev, 2 Legendre, 3 powers),
    /// orders, cross terms (0 none, 1 all, 2 up to the higher order), the ranges of x and y, and
    /// the coefficients.
    fn new(numbers: &[f64]) -> Result<Self, String> {
        if numbers.len() < 8 {
            return Err("is too short".into());
        }
        let (head, coefficients) = numbers.split_at(8);
        let whole = |index: usize, what: &str, low: usize, high: usize| {
            let value = head[index].round();
            if (low as f64..=high as f64).contains(&value) {
                Ok(value as usize)
            } else {
                Err(format!("has {what} {value}"))
            }
        };
        let kind = whole(0, "the function", 1, 3)?;
        let orders = [
            whole(1, "the order", 1, HIGHEST)?,
            whole(2, "the order", 1, HIGHEST)?,
        ];
        let cross = whole(3, "the cross terms", 0, 2)?;
        let mut middle = [0.0; 2];
        let mut scale = [180.0 / PI; 2];
        if kind != 3 {
            for axis in 0..2 {
                let (low, high) = (head[4 + 2 * axis], head[5 + 2 * axis]);
                let width = high - low;
                if !(width.is_normal() && (low + high).is_finite()) {
                    return Err("has an empty range".into());
                }
                middle[axis] = 0.5 * (low + high) * (PI / 180.0);
                scale[axis] = 2.0 / width * (180.0 / PI);
            }
        }
        let highest = orders[0].max(orders[1]);
        let length = |j: usize| match cross {
            0 if j > 0 => 1,
            2 => orders[0].min(highest - j),
            _ => orders[0],
        };
        let expected: usize = (0..orders[1]).map(length).sum();
        if coefficients.len() != expected {
            return Err(format!(
                "has {} coefficients where {expected} belong",
                coefficients.len()
            ));
        }
        let basis = basis(kind, highest);
        let mut rows = vec![vec![0.0; highest]; highest];
        let mut given = coefficients.iter();
        for along_y in basis.iter().take(orders[1]).enumerate() {
            for along_x in basis.iter().take(length(along_y.0)) {
                let c = given.next().copied().unwrap_or(0.0);
                for (j, b) in along_y.1.iter().enumerate() {
                    for (i, a) in along_x.iter().enumerate() {
                        rows[j][i] += c * a * b;
                    }
                }
            }
        }
        Ok(Surface {
            rows,
            middle,
            scale,
        })
    }

    /// The polynomial of a coordinate (0 or 1) with its surface added; `unit` is what a radian
    /// of the surface is on the plane.
    fn added_to(surface: Option<Surface>, own: usize, unit: f64) -> Polynomial {
        let mut surface = surface.unwrap_or(Surface {
            rows: Vec::new(),
            middle: [0.0; 2],
            scale: [1.0; 2],
        });
        let height = surface.rows.len().max(2);
        surface.rows.resize(height, Vec::new());
        for row in &mut surface.rows {
            row.resize(height, 0.0);
            for c in row {
                *c *= PI / 180.0;
            }
        }
        // x = middle + X / scale.
        surface.rows[0][0] += surface.middle[own];
        let linear = 1.0 / surface.scale[own];
        if own == 0 {
            surface.rows[0][1] += linear;
        } else {
            surface.rows[1][0] += linear;
        }
        for c in surface.rows.iter_mut().flatten() {
            *c *= unit;
        }
        Polynomial::new(&surface.rows, surface.middle, surface.scale)
    }
}

/// The first `count` functions of a kind, as coefficients of powers.
fn basis(kind: usize, count: usize) -> Vec<Vec<f64>> {
    let mut basis = vec![vec![1.0], vec![0.0, 1.0]];
    for n in 1..count.max(2) - 1 {
        // T(n+1) = 2 x T(n) - T(n-1); (n+1) P(n+1) = (2n+1) x P(n) - n P(n-1).
        let k = n as f64;
        let (next, before) = match kind {
            1 => (2.0, 1.0),
            2 => ((2.0 * k + 1.0) / (k + 1.0), k / (k + 1.0)),
            _ => (1.0, 0.0),
        };
        let mut function = vec![0.0; n + 2];
        for (i, c) in basis[n].iter().enumerate() {
            function[i + 1] += next * c;
        }
        for (i, c) in basis[n - 1].iter().enumerate() {
            function[i] -= before * c;
        }
        basis.push(function);
    }
    basis
}

/// The map of the plane (radians) in the attributes of the longitude and latitude axes; `None`
/// without a surface.
///
/// # Errors
/// A text naming WATi and what is wrong with it.
pub(super) fn read(
    longitude: &Attributes,
    latitude: &Attributes,
) -> Result<Option<Mapping>, String> {
    let either = |first: &Attributes, second: &Attributes, name: &str| match first.surface(name)? {
        Some(surface) => Ok(Some(surface)),
        None => second.surface(name),
    };
    let surfaces = [
        either(longitude, latitude, "lngcor")?,
        either(latitude, longitude, "latcor")?,
    ];
    let radius = match longitude.number("ro")? {
        Some(ro) => Some(ro),
        None => latitude.number("ro")?,
    };
    let unit = match radius {
        None => 1.0,
        Some(ro) if ro > 0.0 => 180.0 / PI / ro,
        Some(_) => return Err(longitude.complaint("ro is not positive")),
    };
    if surfaces.iter().all(Option::is_none) && unit == 1.0 {
        return Ok(None);
    }
    let [lng, lat] = surfaces;
    let forward = [
        Surface::added_to(lng, 0, unit),
        Surface::added_to(lat, 1, unit),
    ];
    let map = Mapping::new(forward, Start::Target, 1e-15);
    if map.sense == 0.0 {
        return Err(longitude.complaint("lngcor and latcor leave nothing of the plane"));
    }
    Ok(Some(map))
}
