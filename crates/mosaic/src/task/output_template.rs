//! The header template that outputs are made to.

use std::path::Path;

use crate::error::Result;
use crate::io::header_template::HeaderTemplate;
use crate::task::header_check::{need_header, Kind};
use fits::Header;
use sky::Grid;

/// A header template that outputs are made to, and the pixel grid that it describes.
#[derive(Clone)]
pub struct OutputTemplate {
    /// The template, for the headers of outputs.
    pub template: HeaderTemplate,
    /// Its size and reference pixel.
    pub grid: Grid,
}

impl OutputTemplate {
    /// Reads the template `path`.
    ///
    /// # Errors
    /// When it cannot be read or does not describe an image on the sky (montage_checkHdr).
    pub fn open(path: &Path) -> Result<Self> {
        need_header(path, Kind::Template, 0)?;
        let template = HeaderTemplate::open(path)?;
        let grid = template.grid()?;
        Ok(OutputTemplate { template, grid })
    }

    /// The header of an image on a part of this grid: the template's lines with the part's size and
    /// reference pixel.
    pub fn header(&self, grid: &Grid) -> Header {
        let mut header = Header::primary(-64, &[grid.width as i64, grid.height as i64]);
        header.merge_template(self.template.lines().iter().cloned());
        header.make_plane_of_doubles(grid.width, grid.height);
        header.set_real("CRPIX1", grid.crpix1);
        header.set_real("CRPIX2", grid.crpix2);
        header
    }
}
