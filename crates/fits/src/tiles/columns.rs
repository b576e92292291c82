//! The columns of the table that holds the tiles: where they are in a row, and their values.

use super::Fault;
use crate::bytes::Bytes;
use crate::header::Header;
use sky::Keywords;

/// The table.
#[derive(Debug, Clone)]
pub(super) struct Table {
    /// The byte at which the first row begins.
    pub start: u64,
    /// Bytes of a row.
    pub row_bytes: u64,
    pub rows: u64,
    /// The byte at which the heap begins.
    pub heap: u64,
}

/// A column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    /// Its first byte in a row.
    offset: u64,
    kind: u8,
    /// Of a variable-length array, the type of its elements.
    pub element: u8,
    pub scale: f64,
    pub zero: f64,
    /// TNULLn.
    pub null: Option<i64>,
}

/// A variable-length array: its place and its number of elements.
#[derive(Debug, Clone, Copy)]
pub(super) struct Array {
    pub start: u64,
    pub elements: u64,
}

/// Bytes of one value of a TFORM type; `None` for an unknown one. X counts bits.
pub(super) fn bytes_of(kind: u8) -> Option<u64> {
    Some(match kind {
        b'L' | b'B' | b'A' | b'X' => 1,
        b'I' => 2,
        b'J' | b'E' => 4,
        b'K' | b'D' | b'C' | b'P' => 8,
        b'M' | b'Q' => 16,
        _ => return None,
    })
}

impl Table {
    /// From the header of a binary table whose data begin at byte `start`.
    pub fn new(header: &Header, start: u64) -> Result<Self, String> {
        let size = |key: &str| {
            let size = header.integer(key).and_then(|n| u64::try_from(n).ok());
            size.ok_or_else(|| format!("{key} of a compressed image is missing or negative"))
        };
        let (row_bytes, rows) = (size("NAXIS1")?, size("NAXIS2")?);
        let main = row_bytes.checked_mul(rows);
        let gap = header.integer("THEAP").and_then(|n| u64::try_from(n).ok());
        let heap = gap.or(main).and_then(|gap| start.checked_add(gap));
        Ok(Table {
            start,
            row_bytes,
            rows,
            heap: heap.ok_or("the table of a compressed image is too large")?,
        })
    }

    /// The columns with these names (in capitals), in their order.
    pub fn columns<const N: usize>(
        &self,
        header: &Header,
        names: [&str; N],
    ) -> Result<[Option<Column>; N], String> {
        let fields = header.integer("TFIELDS").unwrap_or(0).clamp(0, 999);
        let mut found = [None; N];
        let mut offset = 0u64;
        for n in 1..=fields {
            let form = header.text(&format!("TFORM{n}")).unwrap_or_default();
            let form = form.trim();
            let digits = form.bytes().take_while(u8::is_ascii_digit).count();
            let repeat = match digits {
                0 => 1,
                _ => form[..digits].parse::<u64>().unwrap_or(u64::MAX),
            };
            let mut kinds = form[digits..].bytes();
            let kind = kinds.next().unwrap_or(0).to_ascii_uppercase();
            let width = bytes_of(kind).ok_or_else(|| format!("TFORM{n} is '{form}'"))?;
            let values = match kind {
                b'X' => repeat.div_ceil(8),
                _ => repeat,
            };
            let name = header.text(&format!("TTYPE{n}")).unwrap_or_default();
            let name = name.trim().to_ascii_uppercase();
            if let Some(at) = names.iter().position(|&wanted| wanted == name) {
                let real = |key: &str| header.real(&format!("{key}{n}"));
                found[at].get_or_insert(Column {
                    offset,
                    kind,
                    element: kinds.next().unwrap_or(b'B').to_ascii_uppercase(),
                    scale: real("TSCAL").unwrap_or(1.0),
                    zero: real("TZERO").unwrap_or(0.0),
                    null: header.integer(&format!("TNULL{n}")),
                });
            }
            let end = values
                .checked_mul(width)
                .and_then(|b| offset.checked_add(b));
            offset = end.unwrap_or(u64::MAX);
            if offset > self.row_bytes {
                return Err(format!(
                    "column {n} of a compressed image ends beyond its row"
                ));
            }
        }
        Ok(found)
    }

    fn value<const N: usize>(
        &self,
        bytes: &mut Bytes,
        column: &Column,
        row: u64,
    ) -> Result<[u8; N], Fault> {
        let mut value = [0; N];
        // Inside the table, whose end could be counted.
        let at = self.start + row * self.row_bytes + column.offset;
        let read = bytes.read_small_at(&mut value, at);
        read.map_err(|e| match Fault::of(e) {
            Fault::Damaged(why) => format!("row {} of the tiles: {why}", row + 1).into(),
            memory => memory,
        })?;
        Ok(value)
    }

    /// The variable-length array of `column` in `row` (from 0).
    pub fn array(&self, bytes: &mut Bytes, column: &Column, row: u64) -> Result<Array, Fault> {
        let (elements, offset) = match column.kind {
            b'P' => {
                let value: [u8; 8] = self.value(bytes, column, row)?;
                let word = u64::from_be_bytes(value);
                (word >> 32, word & 0xffff_ffff)
            }
            b'Q' => {
                let value: [u8; 16] = self.value(bytes, column, row)?;
                let whole = u128::from_be_bytes(value);
                ((whole >> 64) as u64, whole as u64)
            }
            _ => return Err("a column of tiles that are no variable-length arrays".into()),
        };
        let start = self.heap.checked_add(offset);
        let start = start.ok_or("a tile lies beyond any file")?;
        Ok(Array { start, elements })
    }

    /// The number of `column` in `row` (from 0), scaled.
    pub fn real(&self, bytes: &mut Bytes, column: &Column, row: u64) -> Result<f64, Fault> {
        let value = match column.kind {
            b'D' => f64::from_be_bytes(self.value(bytes, column, row)?),
            b'E' => f64::from(f32::from_be_bytes(self.value(bytes, column, row)?)),
            _ => self.integer(bytes, column, row)? as f64,
        };
        Ok(value * column.scale + column.zero)
    }

    /// The integer of `column` in `row` (from 0), as it is stored.
    pub fn integer(&self, bytes: &mut Bytes, column: &Column, row: u64) -> Result<i64, Fault> {
        Ok(match column.kind {
            b'B' => i64::from(u8::from_be_bytes(self.value(bytes, column, row)?)),
            b'I' => i64::from(i16::from_be_bytes(self.value(bytes, column, row)?)),
            b'J' => i64::from(i32::from_be_bytes(self.value(bytes, column, row)?)),
            b'K' => i64::from_be_bytes(self.value(bytes, column, row)?),
            b'E' | b'D' => {
                let column = Column {
                    scale: 1.0,
                    zero: 0.0,
                    ..*column
                };
                self.real(bytes, &column, row)? as i64
            }
            _ => return Err("a column of tiles that are no numbers".into()),
        })
    }
}
