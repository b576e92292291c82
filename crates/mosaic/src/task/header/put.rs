//! mPutHdr: an image with another header.

use std::path::Path;

use crate::error::{naming, shown, Error, OutputInWords, Result, CANNOT_CREATE_IMAGE};
use crate::io::header_template::HeaderTemplate;
use crate::run::{say, Run};
use crate::task::outcome::{Fields, Outcome};
use fits::{Header, Image, ImageWriter};
use sky::{Keywords, Window};

/// The parameters of mPutHdr.
pub struct PutHdrParams<'a> {
    /// The image.
    pub input: &'a Path,
    /// The image to write.
    pub output: &'a Path,
    /// Its header.
    pub template: &'a Path,
    /// HDU of the input, from 0 (which means the first image).
    pub hdu: usize,
    /// If > 0, log to stdout.
    pub debug: i32,
}

/// The result of mPutHdr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Outcome)]
pub struct PutHdrOutcome;

/// Pixels that are read and written at once: half a second-level cache.
const PIXELS: usize = 64 << 10;

/// Writes the pixels of an image of any number of axes, as doubles (BITPIX -64), with the header
/// of a template (Montage 6.0: mPutHdr).
///
/// # Errors
/// When the image or the template cannot be read, they have other axes, or the output cannot be
/// written.
pub fn put_header(params: &PutHdrParams, _run: &Run) -> Result<PutHdrOutcome> {
    let template = HeaderTemplate::open(params.template).map_err(|why| match why {
        Error::File(fits::Error::Io { .. }) => {
            why.in_words(naming("Cannot open template file {}.", params.template))
        }
        other => other,
    })?;
    let image = match params.hdu {
        0 => Image::open(params.input, "Image file")?,
        hdu => Image::open_hdu(params.input, hdu, "Image file")?,
    };
    same_axes(&template, &image)?;
    let mut header = Header::primary(-64, image.sizes());
    header.merge_template(template.lines().iter().cloned());
    tidy(&mut header, image.sizes());

    let mut output =
        ImageWriter::create(params.output, &header).output_in_words(CANNOT_CREATE_IMAGE)?;
    let mut image = image.all_planes()?;
    let rows = (PIXELS / image.width()).max(1);
    let mut pixels = Vec::new();
    for y in (0..image.height()).step_by(rows) {
        let height = rows.min(image.height() - y);
        let window = Window {
            y,
            height,
            ..image.whole()
        };
        image.read(window, &mut pixels)?;
        output.write(&pixels)?;
    }
    output.finish()?.commit()?;
    if params.debug > 0 {
        say(format_args!(
            "Data copied from {} to {}",
            params.input.display(),
            params.output.display()
        ));
    }
    Ok(PutHdrOutcome)
}

const FIXED_AXES: &str = "NAXIS/NAXES values cannot be modified using this program";

/// The template must state the axes of the image; one of length 1 beyond the image's need not be
/// told apart from none.
fn same_axes(template: &HeaderTemplate, image: &Image) -> Result<()> {
    let sizes = image.sizes();
    let size = |axis: usize| sizes.get(axis - 1).copied().unwrap_or(1);
    let refuse = |what: String| {
        let why = format!(
            "{FIXED_AXES} ({what} of {}) in header template",
            shown(image.path())
        );
        Err(Error::table(why, template.path()))
    };
    let naxis = template.need_real("NAXIS")?;
    if naxis != sizes.len() as f64 {
        return refuse(format!("NAXIS {naxis} for {}", sizes.len()));
    }
    for axis in 1..=sizes.len().max(4) {
        let key = format!("NAXIS{axis}");
        if axis > sizes.len() && template.text(&key).is_none() {
            continue;
        }
        let stated = template.need_size(&key)?;
        if stated != size(axis) {
            return refuse(format!("{key} {stated} for {}", size(axis)));
        }
    }
    Ok(())
}

/// What a template may have and an image of doubles must not: the form of other pixels, of another
/// HDU, and their checksums.
fn tidy(header: &mut Header, sizes: &[i64]) {
    for key in [
        "XTENSION", "PCOUNT", "GCOUNT", "GROUPS", "BSCALE", "BZERO", "BLANK", "CHECKSUM", "DATASUM",
    ] {
        header.remove(key);
    }
    for axis in sizes.len() + 1..=4 {
        header.remove(&format!("NAXIS{axis}"));
    }
    header.set_logical("SIMPLE", true);
    header.set_integer("BITPIX", -64);
    header.set_integer("NAXIS", sizes.len() as i64);
    for (axis, &size) in (1..).zip(sizes) {
        header.set_integer(&format!("NAXIS{axis}"), size);
    }
}
