//! The table of plane fits that mFitExec and mDiffFitExec write and mBgModel reads.

use crate::error::Result;
use crate::kernel::plane_fit::PlaneFit;
use fits::atomic_file::AtomicFile;
use fits::cformat::{exponent, fixed};

/// The header line of Montage 6.0's mDiffFitExec.
pub const DIFF_FIT_EXEC_HEADER: &str = "|   plus  |  minus  |         a      |        b       |        c       |    crpix1    |    crpix2    |   xmin   |   xmax   |   ymin   |   ymax   |   xcenter   |   ycenter   |    npixel   |      rms       |      boxx      |      boxy      |    boxwidth    |   boxheight    |     boxang     |";

/// The columns and their widths.
const COLUMNS: [(&str, usize); 20] = [
    ("plus", 9),
    ("minus", 9),
    ("a", 16),
    ("b", 16),
    ("c", 16),
    ("crpix1", 14),
    ("crpix2", 14),
    ("xmin", 10),
    ("xmax", 10),
    ("ymin", 10),
    ("ymax", 10),
    ("xcenter", 13),
    ("ycenter", 13),
    ("npixel", 13),
    ("rms", 16),
    ("boxx", 16),
    ("boxy", 16),
    ("boxwidth", 16),
    ("boxheight", 16),
    ("boxang", 16),
];

/// The header line of Montage 6.0's mFitExec: names to the right.
pub fn fit_exec_header() -> String {
    let cells: Vec<String> = COLUMNS
        .iter()
        .map(|&(name, width)| format!("{name:>width$}"))
        .collect();
    format!("|{}|", cells.join("|"))
}

/// One row: the two image numbers, the fit, and the reference pixel of the difference image.
#[derive(Debug, Clone, PartialEq)]
pub struct FitRow {
    /// Number (cntr) of the image that was subtracted from.
    pub plus: i32,
    /// Number of the image that was subtracted.
    pub minus: i32,
    /// The fit.
    pub fit: PlaneFit,
    /// CRPIX1 and CRPIX2 of the difference image.
    pub crpix: (f64, f64),
}

impl FitRow {
    /// The row as the original prints it: levels and rms with six digits, regions as whole
    /// pixels (cut), boxes to a tenth.
    fn line(&self) -> String {
        let PlaneFit {
            plane,
            x,
            y,
            centre,
            npixel,
            rms,
            bounding_box: b,
        } = &self.fit;
        let whole = |value: f64| fixed(value.trunc() + 0.0, 0);
        let cells = [
            self.plus.to_string(),
            self.minus.to_string(),
            exponent(plane.a, 5),
            exponent(plane.b, 5),
            exponent(plane.c, 5),
            fixed(self.crpix.0, 2),
            fixed(self.crpix.1, 2),
            whole(x.0),
            whole(x.1),
            whole(y.0),
            whole(y.1),
            fixed(centre.0, 2),
            fixed(centre.1, 2),
            npixel.to_string(),
            exponent(*rms, 5),
            fixed(b.x, 1),
            fixed(b.y, 1),
            fixed(b.width, 1),
            fixed(b.height, 1),
            fixed(b.angle, 1),
        ];
        let mut line = String::with_capacity(330);
        for (cell, (_, width)) in cells.iter().zip(COLUMNS) {
            line.push_str(&format!(" {cell:>width$}"));
        }
        line.push_str(" \n");
        line
    }
}

/// Writes a fit table into `target`, which is begun before the work so that a place that cannot
/// be written costs nothing.
///
/// # Errors
/// When it cannot be written.
pub fn write<'a>(
    target: AtomicFile,
    header: &str,
    rows: impl IntoIterator<Item = &'a FitRow>,
) -> Result<()> {
    Ok(target.write_text(|out| {
        writeln!(out, "{header}")?;
        rows.into_iter()
            .try_for_each(|row| out.write_all(row.line().as_bytes()))
    })?)
}
