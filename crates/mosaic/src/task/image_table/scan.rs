//! One file: its HDUs and what the table says of them.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::error::{shown, Error, Result};
use crate::run::{guarded, Warnings};
use fits::{self, FileTables, Header};
use sky::{Footprint, Keywords, ScaleAndRotation, Wcs, FARTHEST_PIXEL};

use super::fields::FieldList;
use super::files::Found;
use super::ImageTableParams;

/// The images of a file.
#[derive(Default)]
pub(super) struct Report {
    /// Bytes of the file, unzipped.
    pub size: u64,
    /// Its HDUs.
    pub hdus: usize,
    /// HDUs without a usable geometry.
    pub bad_wcs: usize,
    /// The file is no FITS.
    pub bad_fits: bool,
    /// The rows of the table.
    pub records: Vec<Record>,
    /// Lines to print.
    pub messages: Vec<String>,
    /// Why it, or its first HDUs, are not in the table.
    pub skipped: Vec<String>,
}

/// Reasons that are kept of a file: enough to see what is wrong with it.
const MOST_REASONS: usize = 4;

/// A row of the table.
pub(super) struct Record {
    /// From 0.
    pub hdu: usize,
    /// NAXIS1 and NAXIS2.
    pub axes: (i64, i64),
    /// `None` in a row for a bad HDU.
    pub geometry: Option<Geometry>,
    /// The values of the fields.
    pub values: Vec<Vec<u8>>,
}

/// The geometry of an image as the table has it.
pub(super) struct Geometry {
    pub wcs: Wcs,
    pub scale: ScaleAndRotation,
    pub footprint: Footprint,
}

/// Looks into a file. A defect of ours that it brings out makes it a bad file, with a warning.
///
/// # Errors
/// When memory is out.
pub(super) fn file(
    found: &Found,
    fields: &FieldList,
    params: &ImageTableParams,
    warnings: &Warnings,
) -> Result<Report> {
    guarded_file(found, params, warnings, || {
        look(found, fields, params, warnings)
    })
}

fn guarded_file(
    found: &Found,
    params: &ImageTableParams,
    warnings: &Warnings,
    look: impl FnOnce() -> Result<Report>,
) -> Result<Report> {
    guarded(look).or_else(|why| {
        if matches!(why, Error::File(::fits::Error::Memory { .. })) {
            return Err(why.about(&found.path));
        }
        let name = shown(&found.path);
        let why = format!("{name}: {why}");
        warnings.add(why.as_str());
        let message = params.show_info.then(|| format!("{NOT_OPENED} \"{name}\""));
        Ok(Report {
            size: unzipped_size(&found.path),
            bad_fits: true,
            messages: message.into_iter().collect(),
            skipped: vec![why],
            ..Default::default()
        })
    })
}

/// How the line of a file that is no FITS begins.
const NOT_OPENED: &str = "Cannot open file";

fn look(
    found: &Found,
    fields: &FieldList,
    params: &ImageTableParams,
    warnings: &Warnings,
) -> Result<Report> {
    let mut report = Report {
        size: unzipped_size(&found.path),
        ..Default::default()
    };
    let name = shown(&found.path);
    let debug = params.debug > 0;
    if debug {
        report.messages.push(format!("DEBUG> file = \"{name}\""));
    }
    let mut defaults: Vec<Vec<u8>> = Vec::new();
    let tables = FileTables::new(&found.path);
    let walked = fits::for_each_hdu(&found.path, "Image file", |hdu, is_image, header| {
        report.hdus += 1;
        if debug {
            let message = format!("DEBUG> hdu  = {}", hdu + 1);
            memory::push(&mut report.messages, message)?;
        }
        // A keyword of the first HDU holds for the whole file.
        let mut values = fields.values(header)?;
        if hdu == 0 {
            defaults.clone_from(&values);
        }
        for (value, default) in values.iter_mut().zip(&defaults) {
            if value.is_empty() {
                value.clone_from(default);
            }
        }
        match geometry(header, is_image, &tables) {
            Ok(geometry) => {
                for warning in geometry.wcs.warnings() {
                    warnings.add(format!("{name}: {warning}"));
                }
                let axes = geometry.wcs.size();
                let record = Record {
                    hdu,
                    axes,
                    geometry: Some(geometry),
                    values,
                };
                memory::push(&mut report.records, record)?;
            }
            Err(why) => {
                report.bad_wcs += 1;
                if report.skipped.len() < MOST_REASONS {
                    report.skipped.push(format!("{name}, HDU {hdu}: {why}"));
                }
                if params.show_info || debug {
                    let why = why.replace('"', "'");
                    let message = format!(
                        "[struct stat=\"INFO\", msg=\"{why}\", file=\"{name}\", hdu={}]",
                        hdu + 1
                    );
                    memory::push(&mut report.messages, message)?;
                }
                if params.show_bad {
                    let axis = |key: &str| header.integer(key).unwrap_or(0);
                    let axes = (axis("NAXIS1"), axis("NAXIS2"));
                    let record = Record {
                        hdu,
                        axes,
                        geometry: None,
                        values,
                    };
                    memory::push(&mut report.records, record)?;
                }
            }
        }
        Ok(())
    });
    if let Err(why) = walked {
        if matches!(why, Error::File(::fits::Error::Memory { .. })) {
            return Err(why);
        }
        report.bad_fits = true;
        report.skipped.push(why.to_string());
        if params.show_info {
            report.messages.push(format!("{NOT_OPENED} \"{name}\""));
        }
    }
    Ok(report)
}

/// The geometry of an HDU, or why it has none. The first four reasons, and their order, are the
/// original's.
fn geometry(
    header: &Header,
    is_image: bool,
    tables: &FileTables,
) -> std::result::Result<Geometry, String> {
    for key in ["CTYPE1", "CTYPE2"] {
        let ctype = header.text(key).ok_or_else(|| format!("Missing {key}"))?;
        let projection = ctype
            .split_once('-')
            .map(|(_, rest)| rest.trim_matches(['-', ' ']));
        if projection.is_none_or(str::is_empty) {
            return Err(format!("Invalid {key}"));
        }
    }
    if !is_image {
        return Err("Not an image".into());
    }
    let wcs = Wcs::with_tables(header, tables).map_err(|e| e.to_string())?;
    for key in ["CRPIX1", "CRPIX2"] {
        if header.real(key).is_some_and(|x| x.abs() > FARTHEST_PIXEL) {
            return Err(format!("{key} is too far away"));
        }
    }
    // The original does so: to its WCS library an image of one row has one axis only.
    let (width, height) = wcs.size();
    for (key, size) in [("NAXIS1", width), ("NAXIS2", height)] {
        if size < 2 {
            return Err(format!(
                "{key} is {size}: an image table lists images of two axes"
            ));
        }
    }
    if i32::try_from(width).is_err() || i32::try_from(height).is_err() {
        return Err("NAXIS1 or NAXIS2 is too large".into());
    }
    let scale = turned_upright(wcs.scale_and_rotation());
    let footprint = Footprint::new(&wcs, &scale);
    Ok(Geometry {
        wcs,
        scale,
        footprint,
    })
}

/// Two positive steps with a rotation beyond 90 degrees are written as two negative ones with
/// half a turn less, as the original does.
fn turned_upright(scale: ScaleAndRotation) -> ScaleAndRotation {
    let ScaleAndRotation {
        cdelt: [a, b],
        crota,
    } = scale;
    if a > 0.0 && b > 0.0 && crota.abs() > 90.0 {
        return ScaleAndRotation {
            cdelt: [-a, -b],
            crota: (crota + 180.0) % 360.0,
        };
    }
    scale
}

/// Bytes of a file; of a zipped one those of its content, which gzip keeps (modulo 4 GiB) in
/// the last four bytes.
fn unzipped_size(path: &Path) -> u64 {
    let size = std::fs::metadata(path).map_or(0, |m| m.len());
    let content = || -> std::io::Result<Option<u64>> {
        let mut file = File::open(path)?;
        let mut magic = [0; 2];
        file.read_exact(&mut magic)?;
        if magic != [0x1f, 0x8b] {
            return Ok(None);
        }
        let mut last = [0; 4];
        file.seek(SeekFrom::End(-4))?;
        file.read_exact(&mut last)?;
        Ok(Some(u32::from_le_bytes(last).into()))
    };
    // Of a plain file only: a pipe would be waited for.
    if !std::fs::metadata(path).is_ok_and(|m| m.is_file()) {
        return size;
    }
    content().ok().flatten().unwrap_or(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_defect_in_one_file_makes_that_file_bad_and_is_a_warning() {
        let found = Found {
            path: "x/a.fits".into(),
            name: b"a.fits".to_vec(),
        };
        let params = ImageTableParams {
            show_info: true,
            ..Default::default()
        };
        let warnings = Warnings::default();
        let report = guarded_file(&found, &params, &warnings, || panic!("at pixel 3"));
        let report = report.unwrap();
        assert!(report.bad_fits && report.records.is_empty());
        let why = "x/a.fits: Internal error (please report it): at pixel 3";
        assert_eq!(report.skipped, [why]);
        assert_eq!(report.messages, ["Cannot open file \"x/a.fits\""]);
        assert_eq!(warnings.collected(), (1, vec![why.to_owned()]));
        let none = guarded_file(&found, &params, &warnings, || {
            Err(memory::Error { bytes: Some(7) }.into())
        });
        let text = none.err().map(|why| why.to_string());
        let expected = "Out of memory for x/a.fits: 7 bytes were asked for";
        assert_eq!(text.as_deref(), Some(expected));
    }
}
