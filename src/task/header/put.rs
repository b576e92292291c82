//! mPutHdr: an image with another header.

use std::path::Path;

use crate::error::{naming, shown, Error, OutputInWords, Result, CANNOT_CREATE_IMAGE};
use crate::io::fits::sys::Handle;
use crate::io::fits::{Header, Image, ImageWriter};
use crate::io::header_template::HeaderTemplate;
use crate::run::{say, Run};
use crate::sky::Keywords;
use crate::task::outcome::{Fields, Outcome};

/// What mPutHdr takes.
pub struct PutHdr<'a> {
    /// The image.
    pub input: &'a Path,
    /// The image to write.
    pub output: &'a Path,
    /// Its header.
    pub template: &'a Path,
    /// HDU of the input, from 0 (which means the first image).
    pub hdu: usize,
    /// Above 0, what is done is told on standard output.
    pub debug: i32,
}

/// What mPutHdr answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PutHdrOutcome;

impl Outcome for PutHdrOutcome {
    fn fields(&self) -> Fields {
        Fields::new()
    }
}

/// Pixels that are read and written at once: half a second-level cache.
const PIXELS: usize = 64 << 10;

/// Writes the pixels of an image of any number of axes, as doubles (BITPIX -64), with the header
/// of a template (Montage 6.0: mPutHdr).
///
/// # Errors
/// When the image or the template cannot be read, they have other axes, or the output cannot be
/// written.
pub fn put_header(params: &PutHdr, _run: &Run) -> Result<PutHdrOutcome> {
    let template = HeaderTemplate::open(params.template).map_err(|why| match why {
        Error::Io { .. } => why.in_words(naming("Cannot open template file {}.", params.template)),
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

    let refuse = |why| Error::fits("Image file", image.path(), why);
    let mut handle = Handle::open(image.path()).map_err(refuse)?;
    handle.go_to(image.hdu()).map_err(refuse)?;
    let mut output =
        ImageWriter::create(params.output, &header).output_in_words(CANNOT_CREATE_IMAGE)?;
    let mut pixels = Vec::new();
    for_each_box(image.sizes(), |first, last, count| {
        pixels.clear();
        pixels
            .try_reserve_exact(count)
            .map_err(|_| refuse(format!("needs memory for {count} pixels")))?;
        pixels.resize(count, 0.0);
        handle.read_box(first, last, &mut pixels).map_err(refuse)?;
        output.write(&pixels)
    })?;
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
        Err(Error::table(why, template.path()).in_words(naming(FIXED_AXES, template.path())))
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

/// Calls `take` with boxes of some [`PIXELS`] pixels, first and last corner from 1, and their
/// number, that follow each other through the whole image in the order of its pixels.
fn for_each_box(
    sizes: &[i64],
    mut take: impl FnMut(&[i64], &[i64], usize) -> Result<()>,
) -> Result<()> {
    let [width, height, further @ ..] = sizes else {
        return Ok(());
    };
    let rows = (PIXELS as i64 / width).clamp(1, *height);
    let mut first = vec![1; sizes.len()];
    let mut last = vec![1; sizes.len()];
    last[0] = *width;
    loop {
        for row in (1..=*height).step_by(rows as usize) {
            first[1] = row;
            last[1] = (row + rows - 1).min(*height);
            let count = width * (last[1] - row + 1);
            take(&first, &last, count as usize)?;
        }
        // The next plane: the further axes count like a clock.
        let Some(axis) = (0..further.len()).find(|&axis| first[axis + 2] < further[axis]) else {
            return Ok(());
        };
        for before in 0..axis {
            (first[before + 2], last[before + 2]) = (1, 1);
        }
        first[axis + 2] += 1;
        last[axis + 2] += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_go_through_the_whole_image_in_order() {
        let sizes = [1000, 150, 2, 3];
        let mut expected = 0;
        for_each_box(&sizes, |first, last, count| {
            let place = |at: &[i64]| {
                (0..4)
                    .rev()
                    .fold(0, |n, axis| n * sizes[axis] + at[axis] - 1)
            };
            assert_eq!(place(first), expected);
            expected += count as i64;
            assert_eq!(place(last), expected - 1);
            Ok(())
        })
        .unwrap();
        assert_eq!(expected, sizes.iter().product::<i64>());
    }
}
