//! From the header of an image or template to its coordinates: one way for all programs.

use std::path::Path;

use super::{check_entries, check_wcs, fits_line, named};
use crate::error::{shown, Error, Result};
use crate::io::header_template::HeaderTemplate;
use crate::run::Warnings;
use fits::{FileTables, Header, Image};
use sky::{Keywords, Wcs};

/// Whether coordinates are those of an image on the sky: with a projection, on more than one row
/// and column.
pub(super) fn is_image(wcs: &Wcs) -> bool {
    let (width, height) = wcs.size();
    wcs.has_projection() && width > 1 && height > 1
}

/// The coordinates of an open image, with the lookup tables of its file; what is odd about them
/// is added to `warnings` with the file's name.
///
/// # Errors
/// When they are not those of an image on the sky: in Montage's words where it refuses the header
/// too, else with the keyword named. `what` begins the message.
pub fn image_wcs(image: &Image, what: &'static str, warnings: &Warnings) -> Result<Wcs> {
    header_wcs(image.header(), image.path(), what, warnings)
}

/// As [`image_wcs`], of a header of the file `path`.
///
/// # Errors
/// As [`image_wcs`].
pub fn header_wcs(
    header: &Header,
    path: &Path,
    what: &'static str,
    warnings: &Warnings,
) -> Result<Wcs> {
    let why = match Wcs::with_tables(header, &FileTables::new(path)) {
        Ok(wcs) if is_image(&wcs) => {
            pass_on(&wcs, path, warnings);
            return Ok(wcs);
        }
        Ok(_) => "CTYPE1 has no projection, or NAXIS1 or NAXIS2 is 1".to_owned(),
        Err(why) => why.to_string(),
    };
    let mut text = Vec::new();
    let entries: Vec<_> = (header.cards().iter())
        .map(|card| fits_line(card, &mut text))
        .collect();
    check_entries(&entries, header).map_err(|why| named(why, path))?;
    Err(Error::fits(what, path, why))
}

/// The coordinates of a header template that has been checked; what is odd about them is added to
/// `warnings` with the file's name.
///
/// # Errors
/// When its sky is not understood.
pub fn template_wcs(template: &HeaderTemplate, warnings: &Warnings) -> Result<Wcs> {
    let path = template.path();
    let wcs = Wcs::new(template)
        .map_err(|why| Error::table(format!("Bad WCS in header template ({why})"), path))?;
    pass_on(&wcs, path, warnings);
    Ok(wcs)
}

/// The coordinates that keywords without a file describe (a row of an image table).
///
/// # Errors
/// When they describe no image on the sky: in Montage's words where it refuses them too, else
/// with the keyword named.
pub fn keywords_wcs(keywords: &dyn Keywords) -> Result<Wcs> {
    match Wcs::new(keywords) {
        Ok(wcs) if wcs.has_projection() => Ok(wcs),
        other => {
            check_wcs(keywords)?;
            other?;
            Err(Error::message("Invalid projection"))
        }
    }
}

/// Adds what is odd about the coordinates of an open image to `warnings`, where it has some.
pub fn warn_of_image(image: &Image, warnings: &Warnings) {
    let tables = FileTables::new(image.path());
    if let Ok(wcs) = Wcs::with_tables(image.header(), &tables) {
        pass_on(&wcs, image.path(), warnings);
    }
}

/// Adds what is odd about the coordinates of the file `path` to `warnings`, with its name.
pub fn pass_on(wcs: &Wcs, path: &Path, warnings: &Warnings) {
    for warning in wcs.warnings() {
        warnings.add(format!("{}: {warning}", shown(path)));
    }
}
