//! Images made for a test, and our programs.

use std::path::Path;
use std::process::Command;

use fits::card::Card;
use fits::{Header, Image};
use tempfile::TempDir;

/// What a program said, on standard output and standard error, and whether it succeeded.
pub struct Answer {
    pub said: String,
    pub warned: String,
    pub ok: bool,
}

impl Answer {
    /// The number behind `name=`.
    pub fn number(&self, name: &str) -> f64 {
        let text = self.said.split(&format!(", {name}=")).nth(1);
        let text = text.unwrap_or_else(|| panic!("no {name} in {}", self.said));
        let end = text.find([',', ']']).unwrap();
        text[..end].parse().unwrap()
    }

    /// The text of an error.
    pub fn error(&self) -> &str {
        assert!(!self.ok, "{}", self.said);
        let text = self.said.split("msg=\"").nth(1).expect("a message");
        text.trim_end().trim_end_matches("\"]")
    }
}

/// Runs our program in a folder; its arguments are separated by blanks.
pub fn run(folder: &Path, line: &str) -> Answer {
    let output = Command::new(env!("CARGO_BIN_EXE_montage-tools"))
        .args(line.split_whitespace())
        .current_dir(folder)
        .output()
        .unwrap();
    Answer {
        said: String::from_utf8_lossy(&output.stdout).into_owned(),
        warned: String::from_utf8_lossy(&output.stderr).into_owned(),
        ok: output.status.success(),
    }
}

/// Runs it and expects it to succeed.
pub fn good(folder: &Path, line: &str) -> Answer {
    let answer = run(folder, line);
    assert!(answer.ok, "{line}: {}", answer.said);
    answer
}

/// A picture in memory, to be written as an image.
#[derive(Clone)]
pub struct Picture {
    pub size: (usize, usize),
    pub cards: Vec<(&'static str, String)>,
    pub pixels: Vec<f64>,
}

impl Picture {
    /// An image of one value in a projection, with its middle at a position; north is up.
    pub fn new(projection: &str, (ra, dec): (f64, f64), scale: f64, size: (usize, usize)) -> Self {
        let (width, height) = size;
        let cards = vec![
            ("CTYPE1", format!("'RA---{projection}'")),
            ("CTYPE2", format!("'DEC--{projection}'")),
            ("CRVAL1", format!("{ra:?}")),
            ("CRVAL2", format!("{dec:?}")),
            ("CRPIX1", format!("{:?}", (width as f64 + 1.0) / 2.0)),
            ("CRPIX2", format!("{:?}", (height as f64 + 1.0) / 2.0)),
            ("CDELT1", format!("{:?}", -scale).to_uppercase()),
            ("CDELT2", format!("{scale:?}").to_uppercase()),
        ];
        Picture {
            size,
            cards,
            pixels: vec![1.0; width * height],
        }
    }

    /// The same with every pixel `value`.
    pub fn filled(mut self, value: f64) -> Self {
        self.pixels.fill(value);
        self
    }

    /// The same with the pixel of column x and row y `f(x, y)`.
    pub fn painted(mut self, f: impl Fn(usize, usize) -> f64) -> Self {
        let width = self.size.0;
        for (i, pixel) in self.pixels.iter_mut().enumerate() {
            *pixel = f(i % width, i / width);
        }
        self
    }

    /// The same with a card more, or another value of one.
    pub fn with(mut self, key: &'static str, value: &str) -> Self {
        self.cards.retain(|(k, _)| *k != key);
        self.cards.push((key, value.to_owned()));
        self
    }

    fn finish(&self, mut header: Header) -> Vec<u8> {
        for (key, value) in &self.cards {
            header.push(Card::from_text(&format!("{key:<8}= {value}")));
        }
        let mut bytes = header.to_blocks();
        bytes.extend(self.pixels.iter().flat_map(|x| x.to_be_bytes()));
        bytes.resize(bytes.len().next_multiple_of(2880), 0);
        bytes
    }

    /// As a file with one HDU.
    pub fn primary(&self) -> Vec<u8> {
        let (width, height) = self.size;
        self.finish(Header::primary(-64, &[width as i64, height as i64]))
    }

    /// As a file whose first HDU has no pixels.
    pub fn extension(&self) -> Vec<u8> {
        let mut header = Header::default();
        let (width, height) = self.size;
        for text in [
            "XTENSION= 'IMAGE   '".to_owned(),
            "BITPIX  = -64".to_owned(),
            "NAXIS   = 2".to_owned(),
            format!("NAXIS1  = {width}"),
            format!("NAXIS2  = {height}"),
            "PCOUNT  = 0".to_owned(),
            "GCOUNT  = 1".to_owned(),
        ] {
            header.push(Card::from_text(&text));
        }
        let first = Header::primary(8, &[]);
        [first.to_blocks(), self.finish(header)].concat()
    }

    /// As the lines of a header template.
    pub fn template(&self) -> String {
        let (width, height) = self.size;
        let mut text = format!(
            "SIMPLE  = T\nBITPIX  = -64\nNAXIS   = 2\nNAXIS1  = {width}\nNAXIS2  = {height}\n"
        );
        for (key, value) in &self.cards {
            text += &format!("{key:<8}= {value}\n");
        }
        text + "END\n"
    }
}

/// A folder with files in it, below folders of their own where their names say so.
pub fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        put(dir.path(), name, bytes);
    }
    dir
}

/// Writes a file, and the folders above it.
pub fn put(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// The pixels of an image.
pub fn pixels(path: &Path) -> Vec<f64> {
    let mut image = Image::open(path, "Image file").unwrap();
    let mut out = Vec::new();
    image.read(image.whole(), &mut out).unwrap();
    out
}

/// The names in a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
