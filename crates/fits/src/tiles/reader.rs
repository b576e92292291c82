//! Windows of a tile-compressed image: only the tiles that they touch are unpacked, and those of the
//! last windows are kept.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::columns::{bytes_of, Column};
use super::dither::Dither;
use super::layout::{Layout, Method, PerTile, Quantized};
use super::stream::{numbers, Numbers, Unpacker, Wanted};
use super::tile::{Meaning, Tile};
use super::Fault;
use crate::bytes::Bytes;
use crate::Window;

/// Bytes of unpacked tiles that are kept.
const KEPT: usize = 32 << 20;

/// The same, where a row of tiles takes more: windows are read row after row.
const KEPT_FOR_A_ROW: usize = 512 << 20;

/// An open tile-compressed image.
pub(crate) struct TileReader {
    bytes: Bytes,
    layout: Arc<Layout>,
    unpacker: Unpacker,
    /// Unpacked tiles by their rows in the table, and these rows, the tile that was unpacked first
    /// in front. There may be very many small ones.
    kept: HashMap<u64, Tile>,
    order: VecDeque<u64>,
    /// Bytes of all of them.
    held: usize,
    stream: Vec<u8>,
}

/// What a window is read into.
enum Output<'a> {
    Physical(&'a mut Vec<f64>),
    /// With the bytes of a pixel.
    Stored(&'a mut Vec<u8>, usize),
}

impl TileReader {
    pub fn new(bytes: Bytes, layout: Arc<Layout>) -> Self {
        TileReader {
            bytes,
            layout,
            unpacker: Unpacker::new(),
            kept: HashMap::new(),
            order: VecDeque::new(),
            held: 0,
            stream: Vec::new(),
        }
    }

    /// Adds the pixels of `window`, which is inside the plane at the coordinates `plane` (from 0) on
    /// the axes beyond the second, to `out`, which has room for them: scaled, blanks as NaN.
    ///
    /// # Errors
    /// When the file is damaged or memory is out.
    pub fn read(&mut self, window: Window, plane: &[u64], out: &mut Vec<f64>) -> Result<(), Fault> {
        self.read_into(window, plane, Output::Physical(out))
    }

    /// The same, as the image would store them: big-endian and not scaled; blanks of floats as NaN.
    ///
    /// # Errors
    /// As for [`TileReader::read`].
    pub fn read_stored(
        &mut self,
        window: Window,
        plane: &[u64],
        out: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        let bytes = self.layout.bitpix.unsigned_abs() as usize / 8;
        self.read_into(window, plane, Output::Stored(out, bytes))
    }

    fn read_into(&mut self, window: Window, plane: &[u64], mut out: Output) -> Result<(), Fault> {
        let layout = Arc::clone(&self.layout);
        let (tile_width, tile_height) = (layout.tile[0], layout.tile.get(1).copied().unwrap_or(1));
        // The part of a tile's place that the further axes make, in tiles and inside of a tile.
        let (mut tiles_before, mut stride) = (0, layout.tiles_along(0));
        if layout.sizes.len() > 1 {
            stride *= layout.tiles_along(1);
        }
        let mut further = Vec::new();
        for (axis, &at) in (2..layout.sizes.len()).zip(plane) {
            let tile = at / layout.tile[axis];
            tiles_before += tile * stride;
            stride *= layout.tiles_along(axis);
            further.push((layout.length_of(axis, tile), at % layout.tile[axis]));
        }
        let (left, right) = (window.x as u64, (window.x + window.width) as u64);
        let (top, bottom) = (window.y as u64, (window.y + window.height) as u64);
        let mut y = top;
        while y < bottom {
            let row = y / tile_height;
            let end = bottom.min((row + 1) * tile_height);
            let height = match layout.sizes.len() {
                1 => 1,
                _ => layout.length_of(1, row),
            };
            let begin = out.pixels();
            let mut x = left;
            while x < right {
                let column = x / tile_width;
                let columns = x..right.min((column + 1) * tile_width);
                let width = layout.length_of(0, column);
                let pixels = (further.iter())
                    .try_fold(width * height, |n, &(length, _)| n.checked_mul(length));
                let pixels = pixels.and_then(|n| usize::try_from(n).ok());
                let pixels = pixels.ok_or("a tile of more pixels than can be counted")?;
                // Where this plane begins in the tile.
                let inside = (further.iter().rev()).fold(0, |n, &(length, at)| n * length + at);
                let at = tiles_before + row * layout.tiles_along(0) + column;
                let tile = self.tile(at, pixels, width)?;
                // Not before the first tile has shown that there are pixels.
                out.grow(begin, (end - y) as usize * window.width);
                for (k, line) in (y..end).enumerate() {
                    let line = line - row * tile_height + inside * height;
                    let from = line * width + columns.start - column * tile_width;
                    let to = begin + k * window.width + (x - left) as usize;
                    let count = (columns.end - columns.start) as usize;
                    out.take(tile, from as usize, to, count, layout.bitpix)?;
                }
                x = columns.end;
            }
            y = end;
        }
        Ok(())
    }

    /// The tile in row `row` of the table, of `pixels` pixels in rows of `width`.
    fn tile(&mut self, row: u64, pixels: usize, width: u64) -> Result<&mut Tile, Fault> {
        if !self.kept.contains_key(&row) {
            let unpacked = self.unpack(row, pixels);
            let tile = unpacked.map_err(|why| match why {
                Fault::Damaged(why) => format!("compressed tile {}: {why}", row + 1).into(),
                memory => memory,
            })?;
            let bytes = tile.bytes() + size_of::<Tile>();
            let across = self.layout.tiles_along(0).min(1 << 20) as usize;
            let budget = match pixels as u64 == width {
                // A row, or part of one: it is not read again soon.
                true => 0,
                false => KEPT.max(bytes.saturating_mul(across).min(KEPT_FOR_A_ROW)),
            };
            while self.held + bytes > budget {
                let Some(oldest) = self.order.pop_front() else {
                    break;
                };
                if let Some(gone) = self.kept.remove(&oldest) {
                    self.held -= gone.bytes() + size_of::<Tile>();
                    self.unpacker.recycle(gone.numbers);
                }
            }
            memory::reserve_entry(&mut self.kept)?;
            let room = self.order.try_reserve(1);
            room.map_err(|_| Fault::Memory(self.order.len().checked_mul(2 * size_of::<u64>())))?;
            self.order.push_back(row);
            self.kept.insert(row, tile);
            self.held += bytes;
        }
        self.kept
            .get_mut(&row)
            .ok_or_else(|| "a tile is lost".into())
    }

    fn unpack(&mut self, row: u64, pixels: usize) -> Result<Tile, Fault> {
        let layout = Arc::clone(&self.layout);
        let mut blank = match layout.blank {
            PerTile::Absent => None,
            PerTile::Constant(value) => Some(value),
            PerTile::Column(column) => Some(layout.table.integer(&mut self.bytes, &column, row)?),
        };
        let kind = match layout.bitpix > 0 {
            true => Meaning::Integers,
            false => Meaning::Floats,
        };
        let mut wanted = Wanted {
            method: layout.method,
            pixels,
            short: matches!(layout.bitpix, 8 | 16),
            bytes: match layout.quantized {
                Quantized::No => layout.bitpix.unsigned_abs() as usize / 8,
                _ => 4,
            },
            most_bytes: match layout.bitpix.abs() {
                64 => 8,
                _ => 4,
            },
        };
        let mut offset = 0;
        let (numbers, meaning) = if self.array(&layout.compressed, row)? {
            if layout.method == Method::Plio && layout.image_zero == 32768.0 {
                offset = 32768;
            }
            let numbers = self.unpacker.unpack(&self.stream, &wanted)?;
            let meaning = match layout.quantized {
                Quantized::No => kind,
                method => self.quantized(&layout, method, row)?,
            };
            (numbers, meaning)
        } else if self.array(&layout.gzipped, row)? {
            wanted.method = Method::Gzip1;
            wanted.bytes = layout.bitpix.unsigned_abs() as usize / 8;
            blank = blank.filter(|_| layout.bitpix > 0);
            (self.unpacker.unpack(&self.stream, &wanted)?, kind)
        } else if self.array(&layout.uncompressed, row)? {
            blank = blank.filter(|_| layout.bitpix > 0);
            (self.uncompressed(&layout, pixels)?, kind)
        } else {
            return Err("has no data".into());
        };
        let mut mask = None;
        if let Some((column, method)) = layout.mask {
            if self.array(&Some(column), row)? {
                let wanted = Wanted {
                    method,
                    pixels,
                    short: true,
                    bytes: 1,
                    most_bytes: 4,
                };
                mask = Some(self.unpacker.unpack(&self.stream, &wanted)?);
            }
        }
        Ok(Tile {
            numbers,
            meaning,
            scale: layout.image_scale,
            zero: layout.image_zero,
            blank,
            offset,
            mask,
        })
    }

    /// Reads the array of `column` in row `row` into `stream`; `false` where there is none.
    fn array(&mut self, column: &Option<Column>, row: u64) -> Result<bool, Fault> {
        let Some(column) = column else {
            return Ok(false);
        };
        let array = self.layout.table.array(&mut self.bytes, column, row)?;
        if array.elements == 0 {
            return Ok(false);
        }
        let width = bytes_of(column.element).ok_or("a tile of an unknown type")?;
        let length = array
            .elements
            .checked_mul(width)
            .ok_or("a tile longer than any file")?;
        let read = self
            .bytes
            .read_claimed(array.start, length, &mut self.stream);
        read.map_err(|e| match e.kind() {
            std::io::ErrorKind::UnexpectedEof => "lies beyond the end of the file".into(),
            _ => Fault::of(e),
        })?;
        Ok(true)
    }

    /// The numbers of UNCOMPRESSED_DATA, in the type of the image or of its column.
    fn uncompressed(&mut self, layout: &Layout, pixels: usize) -> Result<Numbers, Fault> {
        let column = layout.uncompressed.as_ref().ok_or("has no data")?;
        let floats = matches!(column.element, b'E' | b'D');
        let plain = column.scale == 1.0 && column.zero == 0.0 && column.null.is_none();
        if floats != (layout.bitpix < 0) || !plain {
            let (element, bitpix) = (char::from(column.element), layout.bitpix);
            let why = format!("UNCOMPRESSED_DATA of type {element} for pixels of BITPIX {bitpix}");
            return Err(why.into());
        }
        numbers(std::mem::take(&mut self.stream), pixels, false)
    }

    fn quantized(
        &mut self,
        layout: &Layout,
        method: Quantized,
        row: u64,
    ) -> Result<Meaning, Fault> {
        let mut of = |value: PerTile<f64>, otherwise: f64| match value {
            PerTile::Absent => Ok(otherwise),
            PerTile::Constant(value) => Ok(value),
            PerTile::Column(column) => layout.table.real(&mut self.bytes, &column, row),
        };
        let own = (of(layout.scale, 1.0)?, of(layout.zero, 0.0)?);
        let (image_scale, image_zero) = (layout.image_scale, layout.image_zero);
        Ok(Meaning::Quantized {
            own,
            all: (own.0 * image_scale, own.1 * image_scale + image_zero),
            method,
            dither: Dither::new(row, layout.seed),
        })
    }
}

impl Output<'_> {
    /// Pixels so far.
    fn pixels(&self) -> usize {
        match self {
            Output::Physical(out) => out.len(),
            Output::Stored(out, bytes) => out.len() / bytes,
        }
    }

    /// Makes `pixels` after the first `begin`, if they are not there yet.
    fn grow(&mut self, begin: usize, pixels: usize) {
        match self {
            Output::Physical(out) => out.resize(begin + pixels, 0.0),
            Output::Stored(out, bytes) => out.resize((begin + pixels) * *bytes, 0),
        }
    }

    /// Puts `count` pixels of `tile`, from its `from`th on, at pixel `to`.
    fn take(
        &mut self,
        tile: &mut Tile,
        from: usize,
        to: usize,
        count: usize,
        bitpix: i32,
    ) -> Result<(), Fault> {
        match self {
            Output::Physical(out) => tile.physical(from, &mut out[to..][..count])?,
            Output::Stored(out, bytes) => {
                let bytes = *bytes;
                tile.stored(from, bitpix, &mut out[to * bytes..][..count * bytes])?;
            }
        }
        Ok(())
    }
}
