//! The world coordinates of one image.

use std::f64::consts::PI;

use crate::Error;

use super::distortion::{
    self, Attributes, Distorted, Distortion, Mapping, NoTables, Plate, TableSource,
};
use super::frame::Frame;
use super::header::{self, Source};
use super::matrix::Matrix2;
use super::projection::Projection;
use super::rotation::{Orientation, Rotation};
use super::Keywords;

/// The chain from the pixels of an image to the sky and back, made from its header.
///
/// Pixels are FITS pixels: the centre of the first one is (1, 1). Sky coordinates are longitude
/// and latitude in degrees in the header's own [`Frame`]. Against WCSLIB (astropy 8.0.2) both
/// directions agree to 1e-9 degree; see the tests.
#[derive(Debug, Clone, PartialEq)]
pub struct Wcs {
    size: (i64, i64),
    ctype: [String; 2],
    crpix: [f64; 2],
    crval: [f64; 2],
    equinox: f64,
    frame: Frame,
    /// Degrees per pixel, row by axis.
    matrix: Matrix2,
    source: Source,
    /// Radians per pixel, row 0 the longitude axis.
    to_plane: Matrix2,
    from_plane: Matrix2,
    distortion: Distortion,
    projection: Projection,
    /// Where the reference point lies on the projection's own plane (radians).
    origin: (f64, f64),
    rotation: Rotation,
    longitude_axis: usize,
    warnings: Vec<String>,
}

/// A matrix as steps and a rotation, which is how Montage's tables and headers write it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScaleAndRotation {
    /// CDELT1 and CDELT2 in degrees per pixel.
    pub cdelt: [f64; 2],
    /// CROTA2 in degrees, 0 to 360.
    pub crota: f64,
}

impl Wcs {
    /// Reads the world coordinates of the first two axes from keywords alone: lookup tables of
    /// distortions are left out, with a warning.
    ///
    /// # Errors
    /// A message naming the keyword when one is missing, not a (finite) number or impossible,
    /// or asks for a projection or distortion that is not supported.
    pub fn new(keywords: &dyn Keywords) -> Result<Wcs, Error> {
        Wcs::with_tables(keywords, &NoTables)
    }

    /// As [`Wcs::new`], with the lookup tables that the header names.
    ///
    /// # Errors
    /// As [`Wcs::new`].
    pub fn with_tables(keywords: &dyn Keywords, tables: &dyn TableSource) -> Result<Wcs, Error> {
        let mut warnings = Vec::new();
        let mut wcs = Wcs::read(keywords, tables, &mut warnings)?;
        wcs.warnings = warnings;
        Ok(wcs)
    }

    fn read(
        keywords: &dyn Keywords,
        tables: &dyn TableSource,
        notes: &mut Vec<String>,
    ) -> Result<Wcs, Error> {
        let size = header::size(keywords)?;
        // A plate solution stands alone, or under its own name.
        let of_plate = |ctype: String| ctype.trim().to_ascii_uppercase().ends_with("-DSS");
        if keywords.text("CTYPE1").is_none_or(of_plate) && distortion::is_plate(keywords) {
            return Wcs::of_plate(keywords, size);
        }
        let (axes, longitude) = header::axes(keywords)?;
        let latitude = 1 - longitude;
        let [lon_key, lat_key] = [longitude + 1, latitude + 1];
        let code = axes[0].code.as_str();

        let crpix = [
            header::required(keywords, "CRPIX1")?,
            header::required(keywords, "CRPIX2")?,
        ];
        let units = [header::unit(keywords, 1)?, header::unit(keywords, 2)?];
        let crval = [
            header::required(keywords, "CRVAL1")? * units[0],
            header::required(keywords, "CRVAL2")? * units[1],
        ];
        if crval[latitude].abs() > 90.0 {
            return Err(Error::message(format!(
                "CRVAL{lat_key} is beyond the poles"
            )));
        }
        if let Some(map) = distortion::plate::read(keywords)? {
            let celestial = [crval[longitude], crval[latitude]];
            if longitude == 1 {
                return Err(Error::message("CO1_1 needs the longitude in CTYPE1"));
            }
            let ctype = [0, 1].map(|i: usize| axes[i].eight());
            let system = Frame::of_header(keywords, &axes[longitude].name, notes)?;
            return Wcs::of_map(size, ctype, crpix, celestial, system, map);
        }
        let (matrix, source) = header::matrix(keywords, latitude, units, notes)?;
        let by_axis = Matrix2([matrix.0[longitude], matrix.0[latitude]]).scaled(PI / 180.0);
        let from_plane = by_axis.inverse().ok_or_else(|| {
            let names = if source == Source::Pc {
                "PCi_j, CDELTi"
            } else {
                "CDi_j"
            };
            Error::message(format!("The matrix of {names} is singular"))
        })?;

        let parameters = Parameters::read(keywords)?;
        let distorted = Distorted {
            keywords,
            code,
            suffix: &axes[0].suffix,
            axes: [lon_key, lat_key],
            crpix,
            tables,
        };
        let distortion = Distortion::new(&distorted, notes).map_err(Error::message)?;
        let projection = match code {
            "TPV" | "TNX" | "DSS" => Projection::Tan,
            // Degrees that grow with the pixels.
            "" => Projection::new("CAR", &|_| None, lat_key, 0.0).map_err(Error::message)?,
            "ZPX" => iraf_polynomial(keywords, lon_key, lat_key, crval[latitude])?,
            _ => Projection::new(
                code,
                &|term| parameters.of_latitude(latitude, term),
                lat_key,
                crval[latitude],
            )
            .map_err(Error::message)?,
        };

        // A reference latitude of 0 is nowhere near the image of such a projection.
        let zeros = projection.reference()[1] == 90.0 && distortion::are_zeros(keywords);
        let of_longitude = |term| match zeros && (term < 3 || parameters.is_dump(longitude)) {
            true => None,
            false => parameters.of_longitude(code, longitude, latitude, term),
        };
        let reference = reference_point(&of_longitude, code, &projection, crval[latitude]);
        let linear = code.is_empty();
        let pole = |term: usize, key: &str| match of_longitude(term) {
            _ if linear => Ok(None),
            Some(value) => Ok(Some(value)),
            None => header::number(keywords, key),
        };
        let rotation = Rotation::new(&Orientation {
            native: reference.native,
            celestial: [crval[longitude], if linear { 0.0 } else { crval[latitude] }],
            lonpole: pole(3, "LONPOLE")?,
            latpole: pole(4, "LATPOLE")?,
        })
        .map_err(Error::message)?;
        let (frame, equinox) = Frame::of_header(keywords, &axes[longitude].name, notes)?;
        Ok(Wcs {
            size,
            // To Montage, and here, TPV is a distortion of TAN.
            ctype: [0, 1].map(|i: usize| axes[i].eight().replace("-TPV", "-TAN")),
            crpix,
            crval,
            equinox,
            frame,
            matrix,
            source,
            to_plane: by_axis,
            from_plane,
            distortion,
            origin: reference.origin,
            projection,
            rotation,
            longitude_axis: longitude,
            warnings: Vec::new(),
        })
    }

    /// The coordinates of a DSS plate solution. Reference pixel, value and matrix are nominal
    /// ones at the middle of the image, as in Montage (its WCSTools).
    fn of_plate(keywords: &dyn Keywords, size: (i64, i64)) -> Result<Wcs, Error> {
        let crpix = [0.5 * size.0 as f64, 0.5 * size.1 as f64];
        let plate = Plate::read(keywords, crpix)?;
        let equinox = plate.equinox;
        let frame = match equinox == 1950.0 {
            true => Frame::Fk4 { equinox },
            false => Frame::Fk5 { equinox },
        };
        let ctype = ["RA---DSS".to_owned(), "DEC--DSS".to_owned()];
        let mut wcs = Wcs::of_map(
            size,
            ctype,
            crpix,
            plate.centre,
            (frame, equinox),
            plate.map,
        )?;
        let (lon, lat) = wcs
            .pixel_to_sky(crpix[0], crpix[1])
            .ok_or_else(|| Error::message("AMDX1: the plate has no sky"))?;
        wcs.crval = [lon, lat];
        Ok(wcs)
    }

    /// The coordinates of a map from pixel offsets to the tangent plane at `centre`.
    fn of_map(
        size: (i64, i64),
        ctype: [String; 2],
        crpix: [f64; 2],
        centre: [f64; 2],
        (frame, equinox): (Frame, f64),
        map: Mapping,
    ) -> Result<Wcs, Error> {
        let rotation = Rotation::new(&Orientation {
            native: [0.0, 90.0],
            celestial: centre,
            lonpole: None,
            latpole: None,
        })
        .map_err(Error::message)?;
        let unit = Matrix2([[1.0, 0.0], [0.0, 1.0]]);
        Ok(Wcs {
            size,
            ctype,
            crpix,
            crval: centre,
            equinox,
            frame,
            matrix: map.slopes_at_origin().scaled(180.0 / PI),
            source: Source::Cd,
            to_plane: unit,
            from_plane: unit,
            distortion: Distortion::Pixels(Box::new(map)),
            projection: Projection::Tan,
            origin: (0.0, 0.0),
            rotation,
            longitude_axis: 0,
            warnings: Vec::new(),
        })
    }

    /// The direction of a pixel, longitude and latitude in degrees; `None` where the projection
    /// has no sky. (1, 1) is the centre of the first pixel.
    #[inline]
    pub fn pixel_to_sky(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let (u, v) = (x - self.crpix[0], y - self.crpix[1]);
        let (a, b) = match &self.distortion {
            Distortion::None => self.to_plane.apply(u, v),
            Distortion::Pixels(map) => {
                let (u, v) = map.apply(u, v);
                self.to_plane.apply(u, v)
            }
            Distortion::Tables(tables) => {
                let (u, v) = tables.apply(u, v);
                self.to_plane.apply(u, v)
            }
            Distortion::Plane(map) => {
                let (a, b) = self.to_plane.apply(u, v);
                map.apply(a, b)
            }
        };
        let native = self
            .projection
            .to_sphere(a + self.origin.0, b + self.origin.1)?;
        let (lon, lat) = self.rotation.to_sky(native);
        // NaN in, or beyond the numbers: no sky either.
        (lon.is_finite() && lat.is_finite()).then_some((lon, lat))
    }

    /// The pixel of a direction, on the image or off it; `None` where the projection does not
    /// show it.
    #[inline]
    pub fn sky_to_pixel(&self, lon: f64, lat: f64) -> Option<(f64, f64)> {
        let (a, b) = self
            .projection
            .to_plane(self.rotation.to_native(lon, lat))?;
        let (a, b) = (a - self.origin.0, b - self.origin.1);
        let (u, v) = match &self.distortion {
            Distortion::None => self.from_plane.apply(a, b),
            Distortion::Pixels(map) => {
                let (u, v) = self.from_plane.apply(a, b);
                map.invert(u, v)?
            }
            Distortion::Tables(tables) => {
                let (u, v) = self.from_plane.apply(a, b);
                tables.invert(u, v)?
            }
            Distortion::Plane(map) => {
                let (a, b) = map.invert(a, b)?;
                self.from_plane.apply(a, b)
            }
        };
        let (x, y) = (u + self.crpix[0], v + self.crpix[1]);
        (x.is_finite() && y.is_finite()).then_some((x, y))
    }

    /// The same, but going from the sky to pixels by the inverse polynomials AP and BP of SIP where
    /// the header has them, without improving on them: Montage's plane-to-plane transform, for
    /// whose headers (mTANHdr) the inverse is what was fitted.
    pub fn with_stated_inverse(mut self) -> Self {
        if let Distortion::Pixels(map) = &mut self.distortion {
            map.take_stated_inverse();
        }
        self
    }

    /// The coordinates of the image with `pixels` more on every side; the size is cut to whole
    /// pixels.
    pub fn padded(mut self, pixels: f64) -> Self {
        self.crpix = self.crpix.map(|x| x + pixels);
        let more = |size: i64| (size as f64 + 2.0 * pixels) as i64;
        self.size = (more(self.size.0), more(self.size.1));
        self
    }

    /// The coordinates with CRPIX rounded to six decimals.
    pub fn with_rounded_reference(mut self) -> Self {
        self.crpix = self.crpix.map(|x| (x * 1e6).round() / 1e6);
        self
    }

    /// The projection: the last three letters of CTYPE1 ("TAN").
    pub fn projection_code(&self) -> &str {
        let code = self.ctype[0].get(5..).unwrap_or_default();
        code.trim()
    }

    /// What is odd about the header, or was left out of it: each a sentence that names the
    /// keyword, for whoever knows the file to pass on.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The map from pixels to the sky is smooth on squares of about this many pixels (the cells
    /// of lookup tables), infinity where it is smooth everywhere.
    pub fn smooth_over(&self) -> f64 {
        match &self.distortion {
            Distortion::Tables(tables) => tables.cell(),
            _ => f64::INFINITY,
        }
    }

    /// Whether CTYPE names a projection; coordinates without one grow with the pixels.
    pub fn has_projection(&self) -> bool {
        !self.ctype[0].ends_with('-')
    }

    /// Width and height in pixels (NAXIS1, NAXIS2).
    pub fn size(&self) -> (i64, i64) {
        self.size
    }

    /// The celestial system of the coordinates.
    pub fn frame(&self) -> Frame {
        self.frame
    }

    /// The equinox that the header states, or the usual one of its frame (1950 or 2000).
    pub fn equinox(&self) -> f64 {
        self.equinox
    }

    /// CTYPE1 and CTYPE2, eight characters each, without the name of a distortion.
    pub fn ctype(&self) -> [&str; 2] {
        [&self.ctype[0], &self.ctype[1]]
    }

    /// CRPIX1 and CRPIX2.
    pub fn crpix(&self) -> [f64; 2] {
        self.crpix
    }

    /// CRVAL1 and CRVAL2 in degrees.
    pub fn crval(&self) -> [f64; 2] {
        self.crval
    }

    /// The matrix in degrees per pixel: CD1_1, CD1_2, CD2_1, CD2_2.
    pub fn cd(&self) -> [[f64; 2]; 2] {
        self.matrix.0
    }

    /// Whether the first axis is the latitude ("DEC--TAN" in CTYPE1).
    pub fn latitude_first(&self) -> bool {
        self.longitude_axis == 1
    }

    /// The matrix as steps and a rotation, as Montage (its WCSTools) prints them: what the
    /// header says when it has CDELT and CROTA, else the lengths of the matrix and the angle
    /// from the image's y axis to north, found by stepping one pixel from the reference point.
    /// A matrix with skew does not survive this.
    pub fn scale_and_rotation(&self) -> ScaleAndRotation {
        // WCSTools measures the angle before it reads the polynomials of TPV, but after those of
        // TNX and ZPX.
        if matches!(self.distortion, Distortion::Plane(_))
            && self.projection == Projection::Tan
            && self.ctype[0].ends_with("TAN")
        {
            let straight = Wcs {
                distortion: Distortion::None,
                ..self.clone()
            };
            return straight.scale_and_rotation();
        }
        let [[a, b], [c, d]] = self.matrix.0;
        let (mut x_step, mut y_step) = match self.source {
            Source::Rotation { cdelt, crota } => {
                return ScaleAndRotation {
                    cdelt,
                    crota: one_turn(crota),
                };
            }
            // A PC matrix that is a rotation leaves CDELT as the header has it.
            Source::Pc => (a.hypot(b), c.hypot(d)),
            Source::Cd => (a.hypot(c), b.hypot(d)),
        };
        let flipped_axes = self.latitude_first();
        // A polynomial with a constant term takes CRVAL away from CRPIX.
        let bent = match self.distortion {
            Distortion::None => None,
            _ => self.pixel_to_sky(self.crpix[0], self.crpix[1]),
        };
        let (lon, lat) = bent.unwrap_or((
            self.crval[self.longitude_axis],
            self.crval[1 - self.longitude_axis],
        ));
        let (lon_step, lat_step) = if flipped_axes {
            (y_step, x_step)
        } else {
            (x_step, y_step)
        };
        let bearing = |lon: f64, lat: f64| {
            let (x, y) = self
                .sky_to_pixel(lon, lat)
                .unwrap_or((self.crpix[0], self.crpix[1]));
            let angle = (y - self.crpix[1]).atan2(x - self.crpix[0]).to_degrees();
            if angle < -90.0 {
                angle + 360.0
            } else {
                angle
            }
        };
        let east = bearing(lon + lon_step, lat);
        let north = bearing(lon, lat + lat_step);
        let turned = north - 90.0;
        let crota = one_turn(if flipped_axes { turned + 90.0 } else { turned });
        let between = east - north;
        let mirrored = (-100.0..-80.0).contains(&between) || (260.0..280.0).contains(&between);
        if flipped_axes {
            if mirrored {
                y_step = -y_step;
            }
        } else if !mirrored {
            x_step = -x_step;
        }
        ScaleAndRotation {
            cdelt: [x_step, y_step],
            crota,
        }
    }
}

/// An angle brought into 0 to 360 the way WCSTools does: by one turn.
fn one_turn(angle: f64) -> f64 {
    let up = if angle < 0.0 { angle + 360.0 } else { angle };
    if up >= 360.0 {
        up - 360.0
    } else {
        up
    }
}

/// PVi_m of both axes.
struct Parameters {
    values: [Vec<Option<f64>>; 2],
    /// PROJPm of the draft standard, for the latitude axis.
    draft: Vec<Option<f64>>,
}

impl Parameters {
    const TERMS: usize = 40;

    fn read(keywords: &dyn Keywords) -> Result<Self, Error> {
        let draft = match keywords.may_have("PROJP") {
            true => (0..10)
                .map(|term| header::number(keywords, &format!("PROJP{term}")))
                .collect::<Result<_, _>>()?,
            false => Vec::new(),
        };
        if !keywords.may_have("PV") {
            return Ok(Parameters {
                values: [Vec::new(), Vec::new()],
                draft,
            });
        }
        let of_axis = |axis: usize| -> Result<Vec<Option<f64>>, Error> {
            (0..Self::TERMS)
                .map(|term| header::number(keywords, &format!("PV{axis}_{term}")))
                .collect()
        };
        Ok(Parameters {
            values: [of_axis(1)?, of_axis(2)?],
            draft,
        })
    }

    fn get(&self, axis: usize, term: usize) -> Option<f64> {
        self.values[axis].get(term).copied().flatten()
    }

    /// Whether the longitude axis has terms that no projection has a meaning for.
    fn is_dump(&self, longitude: usize) -> bool {
        (5..Self::TERMS).any(|term| self.get(longitude, term).is_some())
    }

    /// PVi_m of the latitude axis, or what the draft standard has for it.
    fn of_latitude(&self, latitude: usize, term: usize) -> Option<f64> {
        let draft = || self.draft.get(term).copied().flatten();
        self.get(latitude, term).or_else(draft)
    }

    /// PVi_0 to PVi_4 of the longitude axis, unless they are terms of SCAMP's polynomial.
    fn of_longitude(
        &self,
        code: &str,
        longitude: usize,
        latitude: usize,
        term: usize,
    ) -> Option<f64> {
        let of_tan = |term: &Option<f64>| term.is_some();
        let polynomial = match code {
            "TPV" => true,
            "TAN" => self.values[latitude].iter().any(of_tan),
            _ => false,
        };
        if polynomial {
            None
        } else {
            self.get(longitude, term)
        }
    }
}

/// The reference point on the native sphere (degrees) and on the plane (radians).
struct Reference {
    native: [f64; 2],
    origin: (f64, f64),
}

fn reference_point(
    of_longitude: &dyn Fn(usize) -> Option<f64>,
    code: &str,
    projection: &Projection,
    crval_lat: f64,
) -> Reference {
    // Without a projection latitudes are counted from the equator, on an unturned sphere.
    if code.is_empty() {
        return Reference {
            native: [0.0; 2],
            origin: (0.0, crval_lat.to_radians()),
        };
    }
    let mut native = projection.reference();
    let mut shift = of_longitude(0).is_some_and(|flag| flag != 0.0);
    for (value, term) in native.iter_mut().zip([1, 2]) {
        if let Some(given) = of_longitude(term) {
            *value = given;
        }
    }
    // The old GLS moves the map instead of turning the sphere (Paper II, section 6.1.4).
    if code == "GLS" {
        native = [0.0, crval_lat];
        shift = true;
    }
    let origin = if shift {
        let (phi, theta) = (native[0].to_radians(), native[1].to_radians());
        let v = [
            theta.cos() * phi.cos(),
            theta.cos() * phi.sin(),
            theta.sin(),
        ];
        projection.to_plane(v).unwrap_or((0.0, 0.0))
    } else {
        (0.0, 0.0)
    };
    Reference { native, origin }
}

/// ZPX: ZPN with its coefficients in the attributes WATi, equidistant without any.
fn iraf_polynomial(
    keywords: &dyn Keywords,
    lon_key: usize,
    lat_key: usize,
    crval_lat: f64,
) -> Result<Projection, Error> {
    let axes = [lon_key, lat_key].map(|axis| Attributes::read(keywords, axis));
    let mut terms = [None; 10];
    for (m, term) in terms.iter_mut().enumerate() {
        for attributes in &axes {
            if term.is_none() {
                *term = attributes
                    .number(&format!("projp{m}"))
                    .map_err(Error::message)?;
            }
        }
    }
    if terms.iter().all(Option::is_none) {
        terms[1] = Some(1.0);
    }
    let term = |m: usize| terms.get(m).copied().flatten();
    Projection::new("ZPN", &term, lat_key, crval_lat).map_err(|reason| {
        let keyword = format!("WAT{lon_key}_001: projp");
        Error::message(reason.replace(&format!("PV{lat_key}_"), &keyword))
    })
}
