//! PLIO_1: the line lists of IRAF's pixel masks. Instructions of 16 bits: four for what to do, twelve
//! for its argument.

use super::Fault;

/// A line list, and how far it has been followed. Pixels are made as they are asked for, since two
/// bytes can stand for 4,095 of them.
pub(super) struct LineList {
    words: Vec<i16>,
    /// The first instruction, and the end of the list.
    first: usize,
    end: usize,
    at: Cursor,
}

#[derive(Clone, Copy)]
struct Cursor {
    /// The next instruction.
    word: usize,
    /// The pixel at which it begins.
    pixel: u64,
    value: i32,
}

impl LineList {
    /// From the bytes of a tile of `pixels` pixels.
    pub fn new(bytes: &[u8], pixels: u64) -> Result<Self, Fault> {
        let mut words: Vec<i16> = memory::room(bytes.len() / 2)?;
        let pairs = bytes.as_chunks().0;
        words.extend(pairs.iter().map(|&pair| i16::from_be_bytes(pair)));
        let word = |at: usize| i64::from(words.get(at).copied().unwrap_or(0));
        // The old header has the length in its third word, the new one in two more.
        let (first, end) = match word(2) {
            end @ 1.. => (3, end),
            _ => (word(1), word(3) + (word(4) << 15)),
        };
        let (first, end) = match (usize::try_from(first), usize::try_from(end)) {
            (Ok(first), Ok(end)) if first >= 3 && end <= words.len() => (first, end),
            _ => return Err("a damaged PLIO header".into()),
        };
        // Where a list ends, zeros follow; those of a whole image would be too many.
        let most = 4095 * words.len() as u64;
        if pixels > most.max(1 << 20) {
            return Err("a PLIO tile of more pixels than its list can stand for".into());
        }
        let mut list = LineList {
            words,
            first,
            end,
            at: Cursor {
                word: 0,
                pixel: 0,
                value: 1,
            },
        };
        list.rewind();
        Ok(list)
    }

    fn rewind(&mut self) {
        self.at = Cursor {
            word: self.first,
            pixel: 0,
            value: 1,
        };
    }

    /// Bytes of memory.
    pub fn bytes(&self) -> usize {
        self.words.len() * 2
    }

    /// Fills `out` with the pixels from `start` on.
    pub fn pixels(&mut self, start: u64, out: &mut [i32]) {
        out.fill(0);
        if start < self.at.pixel {
            self.rewind();
        }
        let end = start + out.len() as u64;
        let value = |sum: i32, more: i32| sum.wrapping_add(more);
        while self.at.word < self.end && self.at.pixel < end {
            let before = self.at;
            let word = i32::from(self.words[self.at.word]);
            let (code, argument) = (word / 4096, word & 4095);
            self.at.word += 1;
            // The values of the run: its first pixels, and its last.
            let run = match code {
                0 => Some((argument, 0, 0)),
                4 => Some((argument, self.at.value, self.at.value)),
                5 => Some((argument, 0, self.at.value)),
                1 => {
                    let high = self.words.get(self.at.word).copied().unwrap_or(0);
                    self.at.value = value(i32::from(high) << 12, argument);
                    self.at.word += 1;
                    None
                }
                2 | 3 => {
                    let step = if code == 2 { argument } else { -argument };
                    self.at.value = value(self.at.value, step);
                    None
                }
                6 | 7 => {
                    let step = if code == 6 { argument } else { -argument };
                    self.at.value = value(self.at.value, step);
                    Some((1, self.at.value, self.at.value))
                }
                _ => None,
            };
            let Some((count @ 1.., run, last)) = run else {
                continue;
            };
            self.at.pixel += count as u64;
            let inside = |pixel: u64| (pixel.clamp(start, end) - start) as usize;
            if run != 0 {
                out[inside(before.pixel)..inside(self.at.pixel)].fill(run);
            }
            let last_pixel = self.at.pixel - 1;
            if (start..end).contains(&last_pixel) {
                out[(last_pixel - start) as usize] = last;
            }
            if self.at.pixel > end {
                // The rest of this run is for the next call.
                self.at = before;
                break;
            }
        }
    }
}
