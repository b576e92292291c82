//! The `compress` of Unix (`.Z`): Lempel, Ziv and Welch with codes of 9 to 16 bits.

use std::io::{self, ErrorKind, Read};

/// Codes below this stand for their byte.
const BYTES: usize = 256;
/// Empties the table, in files of block mode.
const CLEAR: usize = 256;
const FEWEST_BITS: u32 = 9;
const MOST_BITS: u32 = 16;

/// Unpacks what it reads from `inner`.
pub(super) struct Lzw<R> {
    inner: R,
    /// The longest codes of this file.
    most_bits: u32,
    block_mode: bool,
    /// Length of the codes now.
    bits: u32,
    /// The group of codes being read: eight codes, `bits` bytes.
    group: [u8; MOST_BITS as usize],
    /// Bits of the group that are read, and that there are.
    at: u32,
    filled: u32,
    /// Of each code beyond the bytes: the code before, and the byte that it adds.
    before: Vec<u16>,
    last_byte: Vec<u8>,
    previous: Option<usize>,
    first_byte: u8,
    /// Bytes of the last code that are not handed out yet, in reverse.
    waiting: Vec<u8>,
}

fn damaged() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "damaged .Z stream")
}

impl<R: Read> Lzw<R> {
    pub fn new(mut inner: R) -> io::Result<Self> {
        let mut header = [0; 3];
        inner.read_exact(&mut header)?;
        let most_bits = u32::from(header[2] & 0x1f);
        if !(FEWEST_BITS..=MOST_BITS).contains(&most_bits) {
            return Err(damaged());
        }
        // All that the table can hold, so that it is not found out later that there is no room.
        let before = memory::room(1 << most_bits)?;
        let last_byte = memory::room(1 << most_bits)?;
        Ok(Lzw {
            inner,
            most_bits,
            block_mode: header[2] & 0x80 != 0,
            bits: FEWEST_BITS,
            group: [0; MOST_BITS as usize],
            at: 0,
            filled: 0,
            before,
            last_byte,
            previous: None,
            first_byte: 0,
            waiting: memory::room(1 << most_bits)?,
        })
    }

    /// The number of codes that have a meaning.
    fn known(&self) -> usize {
        BYTES + usize::from(self.block_mode) + self.before.len()
    }

    /// The next code; `None` at the end.
    fn code(&mut self) -> io::Result<Option<usize>> {
        // Codes are packed in groups of eight; a change of their length begins a new group.
        if self.at + self.bits > self.filled {
            let mut count = 0;
            while count < self.bits as usize {
                match self.inner.read(&mut self.group[count..self.bits as usize]) {
                    Ok(0) => break,
                    Ok(read) => count += read,
                    Err(e) if e.kind() == ErrorKind::Interrupted => {}
                    Err(e) => return Err(e),
                }
            }
            (self.at, self.filled) = (0, count as u32 * 8);
            if self.bits > self.filled {
                return Ok(None);
            }
        }
        let first = (self.at / 8) as usize;
        let byte = |at: usize| u32::from(self.group.get(at).copied().unwrap_or(0));
        let word = byte(first) | byte(first + 1) << 8 | byte(first + 2) << 16;
        let code = (word >> (self.at % 8)) & ((1 << self.bits) - 1);
        self.at += self.bits;
        Ok(Some(code as usize))
    }

    fn set_bits(&mut self, bits: u32) {
        if bits != self.bits {
            (self.bits, self.at, self.filled) = (bits, 0, 0);
        }
    }

    /// Unpacks the next code into `waiting`; `false` at the end.
    fn next(&mut self) -> io::Result<bool> {
        let Some(code) = self.code()? else {
            return Ok(false);
        };
        if self.block_mode && code == CLEAR {
            self.before.clear();
            self.last_byte.clear();
            self.previous = None;
            // The rest of the group is padding.
            (self.at, self.filled) = (0, 0);
            self.bits = FEWEST_BITS;
            return Ok(true);
        }
        let first_free = BYTES + usize::from(self.block_mode);
        let known = self.known();
        let mut here = code;
        if code >= known {
            // The one code that may stand before its own definition.
            let Some(previous) = self.previous.filter(|_| code == known) else {
                return Err(damaged());
            };
            self.waiting.push(self.first_byte);
            here = previous;
        }
        while here >= BYTES {
            let Some(entry) = here.checked_sub(first_free) else {
                return Err(damaged());
            };
            self.waiting.push(self.last_byte[entry]);
            // Every code was defined by an earlier one: the walk ends.
            here = usize::from(self.before[entry]);
        }
        self.first_byte = here as u8;
        self.waiting.push(self.first_byte);
        if let Some(previous) = self.previous.filter(|_| known < 1 << self.most_bits) {
            self.before.push(previous as u16);
            self.last_byte.push(self.first_byte);
        }
        self.previous = Some(code);
        if self.known() >= 1 << self.bits && self.bits < self.most_bits {
            self.set_bits(self.bits + 1);
        }
        Ok(true)
    }
}

impl<R: Read> Read for Lzw<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut count = 0;
        while count < out.len() {
            match self.waiting.pop() {
                Some(byte) => {
                    out[count] = byte;
                    count += 1;
                }
                None if !self.next()? => break,
                None => {}
            }
        }
        Ok(count)
    }
}
