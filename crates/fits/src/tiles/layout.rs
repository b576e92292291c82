//! The description of a tile-compressed image: the keywords of its table, wherever they stand.

use super::columns::{Column, Table};
use crate::header::Header;
use sky::Keywords;

/// ZCMPTYPE with its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Rice {
        block: usize,
        /// Bytes of a pixel in the stream.
        pixel: usize,
    },
    Gzip1,
    Gzip2,
    Plio,
    Hcompress {
        smooth: bool,
    },
    /// Stored as they are.
    None,
}

/// ZQUANTIZ: how floating-point pixels became integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantized {
    /// Not at all: integers, or floats without loss.
    No,
    NoDither,
    Dither1,
    Dither2,
}

/// A number that is the same for all tiles or has a column.
#[derive(Debug, Clone, Copy)]
pub(super) enum PerTile<T> {
    Absent,
    Constant(T),
    Column(Column),
}

/// Blocks of a Rice stream are of 16 or 32 pixels; larger ones than this would let a few bytes
/// stand for an image of any size.
const LARGEST_BLOCK: usize = 1024;

/// A tile-compressed image.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(super) bitpix: i32,
    pub(super) sizes: Vec<i64>,
    /// Lengths of a tile along each axis, none beyond the image's.
    pub(super) tile: Vec<u64>,
    pub(super) method: Method,
    pub(super) quantized: Quantized,
    /// ZDITHER0.
    pub(super) seed: i64,
    pub(super) scale: PerTile<f64>,
    pub(super) zero: PerTile<f64>,
    /// The value that means a blank pixel, of integers and quantized floats.
    pub(super) blank: PerTile<i64>,
    /// BSCALE and BZERO.
    pub(super) image_scale: f64,
    pub(super) image_zero: f64,
    pub(super) table: Table,
    pub(super) compressed: Option<Column>,
    pub(super) gzipped: Option<Column>,
    pub(super) uncompressed: Option<Column>,
    /// NULL_PIXEL_MASK with its ZMASKCMP.
    pub(super) mask: Option<(Column, Method)>,
}

impl Layout {
    /// From the header of the table, whose data begin at byte `start`.
    ///
    /// # Errors
    /// When the keywords describe no image, or one that this table cannot hold.
    pub fn new(header: &Header, start: u64) -> Result<Self, String> {
        let bitpix = header.integer("ZBITPIX").unwrap_or(0);
        if ![8, 16, 32, 64, -32, -64].contains(&bitpix) {
            let text = header.text("ZBITPIX").unwrap_or_default();
            return Err(format!("ZBITPIX is '{text}'"));
        }
        let bitpix = bitpix as i32;
        let (sizes, tile) = axes(header)?;
        let table = Table::new(header, start)?;
        let tiles = (sizes.iter().zip(&tile)).try_fold(1u64, |tiles, (&size, &tile)| {
            tiles.checked_mul((size as u64).div_ceil(tile))
        });
        let rows = table.rows;
        if tiles.is_none_or(|tiles| tiles > rows) {
            let tiles = tiles.map_or("too many".to_owned(), |tiles| tiles.to_string());
            return Err(format!("{tiles} compressed tiles in {rows} rows"));
        }
        let names = [
            "COMPRESSED_DATA",
            "GZIP_COMPRESSED_DATA",
            "UNCOMPRESSED_DATA",
            "ZSCALE",
            "ZZERO",
            "ZBLANK",
            "NULL_PIXEL_MASK",
        ];
        let [compressed, gzipped, uncompressed, scale, zero, blank, mask] =
            table.columns(header, names)?;
        if [compressed, gzipped, uncompressed]
            .iter()
            .all(Option::is_none)
        {
            return Err("a compressed image without a column COMPRESSED_DATA".into());
        }
        let real = |column: Option<Column>, key: &str| match (column, header.real(key)) {
            (Some(column), _) => PerTile::Column(column),
            (None, Some(value)) => PerTile::Constant(value),
            (None, None) => PerTile::Absent,
        };
        let blank = match (blank, header.integer("ZBLANK"), header.integer("BLANK")) {
            (Some(column), _, _) => PerTile::Column(column),
            (None, Some(value), _) | (None, None, Some(value)) => PerTile::Constant(value),
            (None, None, None) => PerTile::Absent,
        };
        let (scale, zero) = (real(scale, "ZSCALE"), real(zero, "ZZERO"));
        let scaled = !matches!((scale, zero), (PerTile::Absent, PerTile::Absent));
        let quantized = match header.text("ZQUANTIZ").as_deref() {
            _ if bitpix > 0 || !scaled => Quantized::No,
            Some("NONE") => Quantized::No,
            Some("SUBTRACTIVE_DITHER_1") => Quantized::Dither1,
            Some("SUBTRACTIVE_DITHER_2") => Quantized::Dither2,
            _ => Quantized::NoDither,
        };
        let name = header.text("ZCMPTYPE").ok_or("ZCMPTYPE is missing")?;
        let finite = |key: &str, otherwise| {
            let value = header.real(key).filter(|x| x.is_finite());
            value.unwrap_or(otherwise)
        };
        let mask_name = header.text("ZMASKCMP").unwrap_or("GZIP_1".into());
        let mask = mask.map(|column| Ok::<_, String>((column, method(&mask_name, None)?)));
        Ok(Layout {
            bitpix,
            sizes,
            tile,
            method: method(&name, Some(header))?,
            quantized,
            seed: header.integer("ZDITHER0").unwrap_or(1),
            scale,
            zero,
            blank,
            image_scale: finite("BSCALE", 1.0),
            image_zero: finite("BZERO", 0.0),
            table,
            compressed,
            gzipped,
            uncompressed,
            mask: mask.transpose()?,
        })
    }

    /// ZBITPIX.
    pub fn bitpix(&self) -> i32 {
        self.bitpix
    }

    /// ZNAXISn.
    pub fn sizes(&self) -> &[i64] {
        &self.sizes
    }

    /// Number of tiles along axis `axis`.
    pub(super) fn tiles_along(&self, axis: usize) -> u64 {
        (self.sizes[axis] as u64).div_ceil(self.tile[axis])
    }

    /// Length along axis `axis` of the tiles that are number `tile` on it.
    pub(super) fn length_of(&self, axis: usize, tile: u64) -> u64 {
        self.tile[axis].min(self.sizes[axis] as u64 - tile * self.tile[axis])
    }
}

/// The axes of the image and those of its tiles.
fn axes(header: &Header) -> Result<(Vec<i64>, Vec<u64>), String> {
    let count = header.integer("ZNAXIS").unwrap_or(0);
    if !(1..=9).contains(&count) {
        let text = header.text("ZNAXIS").unwrap_or_default();
        return Err(format!("ZNAXIS is '{text}'"));
    }
    let (mut sizes, mut tiles) = (Vec::new(), Vec::new());
    for axis in 1..=count {
        let positive = |key: String, otherwise: Option<i64>| {
            let text = header.text(&key);
            let value = match text {
                Some(_) => header.integer(&key),
                None => otherwise,
            };
            let value = value.filter(|&n| (1..=i64::from(i32::MAX)).contains(&n));
            value.ok_or_else(|| format!("{key} is '{}'", text.unwrap_or_default()))
        };
        let size = positive(format!("ZNAXIS{axis}"), None)?;
        // A tile is a row where nothing is said.
        let row = if axis == 1 { size } else { 1 };
        let tile = positive(format!("ZTILE{axis}"), Some(row))?;
        sizes.push(size);
        tiles.push(tile.min(size) as u64);
    }
    Ok((sizes, tiles))
}

/// The compression called `name` with the parameters of `header`.
fn method(name: &str, header: Option<&Header>) -> Result<Method, String> {
    let parameter = |name: &str, place: usize| {
        let header = header?;
        let named = (1..=99).map_while(|n| Some((n, header.text(&format!("ZNAME{n}"))?)));
        let mut all = false;
        for (n, found) in named {
            all = true;
            if found.trim() == name {
                return header.text(&format!("ZVAL{n}"));
            }
        }
        // Without names the first is the first.
        match all {
            true => None,
            false => header.text(&format!("ZVAL{place}")),
        }
    };
    let integer = |name: &str, place: usize, otherwise: usize| match parameter(name, place) {
        None => Ok(otherwise),
        Some(text) => {
            let value = crate::cformat::number(&text).filter(|x| (0.0..=1e6).contains(x));
            value
                .map(|x| x as usize)
                .ok_or_else(|| format!("{name} of the compression is '{text}'"))
        }
    };
    Ok(match name.trim() {
        "RICE_1" | "RICE_ONE" => {
            let (block, pixel) = (integer("BLOCKSIZE", 1, 32)?, integer("BYTEPIX", 2, 4)?);
            if !(1..=LARGEST_BLOCK).contains(&block) || ![1, 2, 4].contains(&pixel) {
                return Err(format!(
                    "BLOCKSIZE {block} and BYTEPIX {pixel} of a Rice compression"
                ));
            }
            Method::Rice { block, pixel }
        }
        "GZIP_1" => Method::Gzip1,
        "GZIP_2" => Method::Gzip2,
        "PLIO_1" => Method::Plio,
        "HCOMPRESS_1" => Method::Hcompress {
            smooth: integer("SMOOTH", 2, 0)? != 0,
        },
        "NOCOMPRESS" => Method::None,
        other => return Err(format!("an unknown compression, '{other}'")),
    })
}
