//! mGetHdr: the header of an image as text.

use std::path::Path;

use crate::error::{naming, Error, Result};
use crate::io::paths::base_name;
use crate::run::{say, Run};
use crate::task::outcome::{Fields, Outcome};
use fits::atomic_file::AtomicFile;
use fits::card::Card;
use fits::read_header;

/// The parameters of mGetHdr.
pub struct GetHdrParams<'a> {
    /// The FITS file.
    pub image: &'a Path,
    /// The text file to write.
    pub header: &'a Path,
    /// The HDU, from 0, with pixels or without.
    pub hdu: usize,
    /// The form of the text.
    pub form: Form,
    /// If > 0, log to stdout.
    pub debug: i32,
}

/// The form of a header as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A header template: a card a line, without the blanks at its end.
    Text,
    /// A web page.
    Page,
    /// The cards of that page without what stands around them.
    Fragment,
}

impl Form {
    /// From Montage's `htmlMode`: 0 text, 1 a page, anything else a fragment.
    pub fn from_mode(mode: i32) -> Self {
        match mode {
            0 => Form::Text,
            1 => Form::Page,
            _ => Form::Fragment,
        }
    }
}

/// The result of mGetHdr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Outcome)]
pub struct GetHdrOutcome {
    /// Cards before END.
    pub ncard: i32,
}

/// Writes the header of an HDU as a text (Montage 6.0: mGetHdr), which is a header template when
/// the HDU is an image on the sky.
///
/// # Errors
/// When there is no such FITS file or HDU, or the text cannot be written.
pub fn get_header(params: &GetHdrParams, _run: &Run) -> Result<GetHdrOutcome> {
    let header = read_header(params.image, params.hdu, "Image file").map_err(|why| match params
        .image
        .is_file()
    {
        true => why.into(),
        false => Error::from(why).in_words(naming("Image file ({}) does not exist", params.image)),
    })?;
    let cards = header.cards();
    let ncard = i32::try_from(cards.len())
        .map_err(|_| Error::fits("Image file", params.image, "has too many cards"))?;
    if params.debug > 0 {
        say(format_args!("DEBUG> {ncard} cards"));
        for (i, card) in (1..).zip(cards) {
            say(format_args!("card {i:3}: [{}]", line(card)));
        }
    }
    let text = match params.form {
        Form::Text => cards
            .iter()
            .map(|card| line(card) + "\n")
            .chain(["END\n".to_owned()])
            .collect(),
        Form::Page => {
            let name = params.image.to_string_lossy();
            let (title, lines) = (encoded(base_name(&name)), marked_up(cards));
            format!(
                "{PAGE_HEAD}<body class=\"fitsBody\">\n<b><br/>&nbsp;&nbsp;{title}</b><br/>\n\n\
                 <div class=\"fitsHdr\">\n{lines}</div>\n</body>\n</html>\n"
            )
        }
        Form::Fragment => marked_up(cards),
    };
    AtomicFile::create(params.header)?.write_text(|out| out.write_all(text.as_bytes()))?;
    Ok(GetHdrOutcome { ncard })
}

/// Two shades for the lines in turn, blue letters for the geometry and red ones for comments.
const PAGE_HEAD: &str = "<html>
<head>
<meta charset=\"utf-8\">
<style>
pre { margin: 0; font: 12px monospace; }
.fitsBody { background: #d9d9d9; font: 20px serif; }
.fitsHdr { display: inline-block; max-height: 500px; overflow-y: auto; border: 1px solid; padding: 5px; }
[class^=fitsOdd] { background: #eef6ff; }
[class^=fitsEven] { background: #fff; }
.fitsOddWCS, .fitsEvenWCS { color: #009; }
.fitsOddCOM, .fitsEvenCOM { color: #900; }
</style>
</head>
";

/// A card without the blanks at its end.
fn line(card: &Card) -> String {
    String::from_utf8_lossy(&card.0)
        .trim_end_matches(' ')
        .to_owned()
}

/// The colour of a card.
#[derive(Clone, Copy, PartialEq)]
enum Class {
    Plain,
    Comment,
    Geometry,
}

impl Class {
    fn of(line: &str) -> Self {
        if line.starts_with("COMMENT") {
            return Class::Comment;
        }
        let geometry = [
            "NAXIS", "CTYPE", "CRVAL", "CRPIX", "CDELT", "CROTA", "CD", "PC",
        ];
        match geometry.iter().any(|key| line.starts_with(key)) {
            true => Class::Geometry,
            false => Class::Plain,
        }
    }

    fn suffix(self) -> &'static str {
        match self {
            Class::Plain => "",
            Class::Comment => "COM",
            Class::Geometry => "WCS",
        }
    }
}

/// The cards and END, a line each, in alternating shades.
fn marked_up(cards: &[Card]) -> String {
    let mut text = String::new();
    let lines = cards.iter().map(line).map(|line| (Class::of(&line), line));
    for (i, (class, line)) in lines.chain([(Class::Plain, "END".to_owned())]).enumerate() {
        let shade = if i % 2 == 0 { "Even" } else { "Odd" };
        let name = format!("\"fits{shade}{}\"", class.suffix());
        text += &format!("<pre class={name:<13}> {} </pre>\n", encoded(&line));
    }
    text
}

fn encoded(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
