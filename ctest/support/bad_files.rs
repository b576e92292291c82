//! Files that no function can use, or must use with care.

use super::calls::Contents;
use super::field::{self, image_cards, muse_field, with_card, TILE, TILES};

/// What a bad image spoils.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spoils {
    /// Nobody can read it.
    Everything,
    /// The pixels: there are none, or fewer than the header promises.
    Data,
    /// Its place on the pixel grid: needed by all that combines or fits images.
    Grid,
    /// Its place on the sky only.
    Sky,
    /// Its pixels are all blank: a good image with nothing in it.
    Pixels,
}

/// A file's name and bytes.
pub struct Bad<T> {
    pub name: &'static str,
    pub bytes: Vec<u8>,
    pub what: T,
}

/// Images made from the field's first tile, each with one thing wrong.
pub fn images() -> Vec<Bad<Spoils>> {
    let cards = || image_cards(TILE, TILES[0].reference());
    let values = TILES[0].pixels();
    let whole = field::fits(&cards(), &values);
    let card = |key, value| field::fits(&with_card(cards(), key, value), &values);
    let mut list = vec![
        ("empty.fits", Vec::new(), Spoils::Everything),
        (
            "not_fits.fits",
            b"This is a letter.\n".repeat(300),
            Spoils::Everything,
        ),
        ("one_block_of_zeros.fits", vec![0; 2880], Spoils::Everything),
        (
            "half_a_header.fits",
            whole[..1000].to_vec(),
            Spoils::Everything,
        ),
        ("header_only.fits", whole[..2880].to_vec(), Spoils::Data),
        ("truncated.fits", whole[..9000].to_vec(), Spoils::Data),
        ("binary.fits", noise(20_000), Spoils::Everything),
    ];
    // Without END the header runs on into the pixels.
    let no_end: Vec<u8> = {
        let mut bytes = whole.clone();
        let end = bytes.windows(4).position(|w| w == b"END ").expect("END");
        bytes[end..end + 3].copy_from_slice(b"XND");
        bytes
    };
    list.push(("no_end.fits", no_end, Spoils::Everything));
    let mut gzip_cut = vec![0x1f, 0x8b, 8, 0];
    gzip_cut.extend(noise(500));
    list.push(("broken_gzip.fits", gzip_cut, Spoils::Everything));
    for (name, key, value, spoils) in [
        ("naxis_0.fits", "NAXIS", Some("0"), Spoils::Data),
        ("naxis_999.fits", "NAXIS", Some("999"), Spoils::Everything),
        (
            "naxis_negative.fits",
            "NAXIS",
            Some("-2"),
            Spoils::Everything,
        ),
        ("naxis1_0.fits", "NAXIS1", Some("0"), Spoils::Data),
        (
            "naxis1_negative.fits",
            "NAXIS1",
            Some("-44"),
            Spoils::Everything,
        ),
        (
            "naxis1_2e9.fits",
            "NAXIS1",
            Some("2000000000"),
            Spoils::Data,
        ),
        (
            "naxis2_2e9.fits",
            "NAXIS2",
            Some("2000000000"),
            Spoils::Data,
        ),
        (
            "naxis1_1e19.fits",
            "NAXIS1",
            Some("10000000000000000000"),
            Spoils::Everything,
        ),
        (
            "naxis1_text.fits",
            "NAXIS1",
            Some("'many'"),
            Spoils::Everything,
        ),
        ("naxis1_missing.fits", "NAXIS1", None, Spoils::Everything),
        (
            "bitpix_unknown.fits",
            "BITPIX",
            Some("17"),
            Spoils::Everything,
        ),
        ("bitpix_missing.fits", "BITPIX", None, Spoils::Everything),
        ("crpix1_missing.fits", "CRPIX1", None, Spoils::Grid),
        ("crpix1_text.fits", "CRPIX1", Some("'left'"), Spoils::Grid),
        ("crpix1_nan.fits", "CRPIX1", Some("NaN"), Spoils::Grid),
        ("crpix2_inf.fits", "CRPIX2", Some("1e999"), Spoils::Grid),
        ("crpix1_huge.fits", "CRPIX1", Some("1e300"), Spoils::Grid),
        ("cdelt1_zero.fits", "CDELT1", Some("0.0"), Spoils::Sky),
        ("cdelt2_nan.fits", "CDELT2", Some("NaN"), Spoils::Sky),
        (
            "projection_unknown.fits",
            "CTYPE1",
            Some("'RA---XYZ'"),
            Spoils::Sky,
        ),
        ("crval1_text.fits", "CRVAL1", Some("'east'"), Spoils::Sky),
    ] {
        list.push((name, card(key, value), spoils));
    }
    let blank = field::fits(&cards(), &vec![f64::NAN; values.len()]);
    list.push(("all_nan.fits", blank, Spoils::Pixels));
    list.into_iter()
        .map(|(name, bytes, what)| Bad { name, bytes, what })
        .collect()
}

/// Bytes that are the same in every run.
pub fn noise(count: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    (0..count)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        })
        .collect()
}

/// What may come of a bad file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// An error naming the file or the argument.
    Refused,
    /// That, or failures that are counted.
    RefusedOrCounted,
    /// That for a function that opens the images that a table names in this folder of the field,
    /// anything well formed for the others.
    CountedByReadersOf(&'static str),
    /// Anything that is well formed: a table may have more, or less, than is usual.
    WellFormed,
}

/// Tables made from the field's own, each with one thing wrong.
pub fn tables(contents: Contents) -> Vec<Bad<Verdict>> {
    use Verdict::{CountedByReadersOf, Refused, RefusedOrCounted, WellFormed};
    let (columns, rows) = match contents {
        Contents::Images => (field::IMAGE_COLUMNS, field::image_rows()),
        Contents::Pairs => (field::PAIR_COLUMNS, field::pair_rows()),
        Contents::Fits => (field::FIT_COLUMNS, field::fit_rows()),
        Contents::Corrections => (field::CORRECTION_COLUMNS, field::correction_rows()),
    };
    let good = field::table(columns, &rows);
    let bytes = |text: String| text.into_bytes();
    let first_row = good.match_indices('\n').nth(1).expect("rows").0 + 1;
    let last_row = good.trim_end().rfind('\n').expect("rows") + 1;
    let mut list: Vec<(&'static str, Vec<u8>, Verdict)> = vec![
        ("empty.tbl", Vec::new(), Refused),
        ("binary.tbl", noise(5000), Refused),
        ("only_nul.tbl", vec![0; 5000], Refused),
        (
            "no_header.tbl",
            bytes(good[first_row..].to_owned()),
            Refused,
        ),
        (
            "header_only.tbl",
            bytes(good[..first_row].to_owned()),
            WellFormed,
        ),
        (
            "text.tbl",
            bytes("This is a letter.\n".repeat(100)),
            Refused,
        ),
        (
            "cut_in_row.tbl",
            bytes(good[..last_row + 12].to_owned()),
            RefusedOrCounted,
        ),
        ("bar_only.tbl", b"|\n|\n 1\n".to_vec(), Refused),
        (
            "bars_only.tbl",
            bytes("|".repeat(30_000) + "\n 1\n"),
            Refused,
        ),
        (
            "long_header.tbl",
            bytes(format!("|{}|\n 1\n", "x".repeat(200_000))),
            Refused,
        ),
        (
            "long_comment.tbl",
            bytes(format!("\\note = '{}'\n{good}", "x".repeat(200_000))),
            WellFormed,
        ),
        (
            "long_row.tbl",
            bytes(format!("{}{}\n", good.trim_end(), "x".repeat(200_000))),
            WellFormed,
        ),
    ];
    let nul_in_row: Vec<u8> = {
        let mut text = good.clone().into_bytes();
        for byte in &mut text[first_row..first_row + 60] {
            *byte = 0;
        }
        text
    };
    list.push(("nul_in_row.tbl", nul_in_row, RefusedOrCounted));
    let many: String = (0..20_000).map(|i| format!("|c{i}")).collect();
    list.push(("many_columns.tbl", bytes(format!("{many}|\n 1\n")), Refused));
    // The columns that are needed come after 20,000 others.
    let wide: String = good
        .lines()
        .enumerate()
        .map(|(i, line)| match i {
            0 => format!("{many}{line}\n"),
            1 => format!("{}{line}\n", many.replace(|c: char| c != '|', " ")),
            _ => format!("{}{line}\n", " ".repeat(many.len())),
        })
        .collect();
    list.push(("columns_after_many.tbl", bytes(wide), WellFormed));
    let other_names: String = {
        let (head, rest) = good.split_once('\n').expect("a header");
        let head: String = head
            .chars()
            .map(|c| if c.is_alphabetic() { 'q' } else { c })
            .collect();
        format!("{head}\n{rest}")
    };
    list.push(("other_columns.tbl", bytes(other_names), Refused));
    let percent_names = {
        let (head, rest) = good.split_once('\n').expect("a header");
        bytes(format!(
            "{}\n{rest}",
            head.replace(" a|", "%n|").replace("cntr", "%n%s")
        ))
    };
    list.push(("percent_columns.tbl", percent_names, WellFormed));
    let spoil = |column: &str, value: &str| {
        let at = columns
            .iter()
            .position(|c| c.0 == column)
            .expect("a column");
        let mut rows = rows.clone();
        rows[0][at] = value.to_owned();
        bytes(field::table(columns, &rows))
    };
    match contents {
        Contents::Images => {
            list.push((
                "percent_name.tbl",
                spoil("fname", "%n%s%n%s.fits"),
                CountedByReadersOf("images"),
            ));
            list.push(("absurd_size.tbl", spoil("naxis1", "-44"), WellFormed));
            list.push(("huge_size.tbl", spoil("naxis1", "999999"), WellFormed));
            list.push(("text_size.tbl", spoil("naxis1", "many"), WellFormed));
            list.push(("nan_crpix.tbl", spoil("crpix1", "nan"), WellFormed));
            list.push(("text_crpix.tbl", spoil("crpix1", "left"), WellFormed));
            list.push(("negative_id.tbl", spoil("cntr", "-3"), WellFormed));
            list.push(("huge_id.tbl", spoil("cntr", "999999"), WellFormed));
            list.push(("double_id.tbl", spoil("cntr", "1"), WellFormed));
            list.push(("text_id.tbl", spoil("cntr", "one"), WellFormed));
            list.push(("zero_cdelt.tbl", spoil("cdelt1", "0.0"), WellFormed));
            list.push(("projection.tbl", spoil("ctype1", "RA---XYZ"), WellFormed));
        }
        Contents::Pairs => {
            list.push((
                "percent_name.tbl",
                spoil("plus", "%n%s%n%s.fits"),
                CountedByReadersOf("images"),
            ));
            list.push((
                "percent_output.tbl",
                spoil("diff", "%n%s%n%s.fits"),
                CountedByReadersOf("diffs"),
            ));
            list.push((
                "elsewhere.tbl",
                spoil("diff", "no/such/folder/x.fits"),
                RefusedOrCounted,
            ));
            list.push(("text_id.tbl", spoil("cntr1", "one"), WellFormed));
            list.push(("huge_id.tbl", spoil("cntr2", "9999999"), WellFormed));
            list.push((
                "missing_image.tbl",
                spoil("minus", "absent.fits"),
                CountedByReadersOf("images"),
            ));
        }
        Contents::Fits => {
            for (name, column, value) in [
                ("nan_a.tbl", "a", "nan"),
                ("inf_b.tbl", "b", "inf"),
                ("text_c.tbl", "c", "high"),
                ("huge_c.tbl", "c", "1e308"),
                ("nan_rms.tbl", "rms", "nan"),
                ("zero_rms.tbl", "rms", "0.0"),
                ("nan_box.tbl", "boxwidth", "nan"),
                ("negative_npixel.tbl", "npixel", "-5"),
                ("huge_npixel.tbl", "npixel", "9999999999999"),
                ("text_xmin.tbl", "xmin", "left"),
                ("nan_crpix.tbl", "crpix1", "nan"),
                ("unknown_id.tbl", "plus", "77"),
                ("negative_id.tbl", "minus", "-1"),
                ("huge_id.tbl", "plus", "999999999"),
                ("text_id.tbl", "plus", "one"),
                ("itself.tbl", "plus", "1"),
            ] {
                list.push((name, spoil(column, value), WellFormed));
            }
            let mut twice = rows.clone();
            twice.extend(rows.clone());
            list.push((
                "duplicates.tbl",
                bytes(field::table(columns, &twice)),
                WellFormed,
            ));
        }
        Contents::Corrections => {
            for (name, column, value) in [
                ("nan_a.tbl", "a", "nan"),
                ("inf_b.tbl", "b", "inf"),
                ("text_c.tbl", "c", "high"),
            ] {
                list.push((name, spoil(column, value), RefusedOrCounted));
            }
            list.push(("text_id.tbl", spoil("id", "one"), WellFormed));
            list.push(("huge_id.tbl", spoil("id", "99999999"), WellFormed));
            list.push(("double_id.tbl", spoil("id", "1"), WellFormed));
        }
    }
    list.into_iter()
        .map(|(name, bytes, what)| Bad { name, bytes, what })
        .collect()
}

/// MUSE images made from the field's own, each with something that a function may refuse or be
/// able to live with.
pub fn muse_images() -> Vec<Bad<Verdict>> {
    use muse_field::{with_parts, SIZE};
    let count = SIZE.0 * SIZE.1;
    let ramp: Vec<f64> = (0..count).map(|i| i as f64).collect();
    let (none, all) = (vec![0; count], vec![1; count]);
    let good = with_parts(&ramp, &none, Some(&ramp));
    let without_data: Vec<u8> = {
        // The extension keeps its place and loses its name.
        let at = good.windows(4).position(|w| w == b"DATA").expect("EXTNAME");
        let mut bytes = good.clone();
        bytes[at..at + 4].copy_from_slice(b"DOTA");
        bytes
    };
    let files = [
        (
            "muse_constant.fits",
            with_parts(&vec![7.5; count], &none, None),
        ),
        ("muse_zero.fits", with_parts(&vec![0.0; count], &none, None)),
        (
            "muse_nan.fits",
            with_parts(&vec![f64::NAN; count], &none, None),
        ),
        (
            "muse_inf.fits",
            with_parts(&vec![f64::INFINITY; count], &none, None),
        ),
        (
            "muse_1e300.fits",
            with_parts(&vec![1e300; count], &none, None),
        ),
        ("muse_all_masked.fits", with_parts(&ramp, &all, Some(&ramp))),
        (
            "muse_negative_stat.fits",
            with_parts(&ramp, &none, Some(&vec![-1.0; count])),
        ),
        ("muse_no_data.fits", without_data),
        ("muse_cut.fits", good[..good.len() - 2880].to_vec()),
        ("muse_cube.fits", muse_field::cube()),
        ("muse_wide.fits", muse_field::wide_hst()),
    ];
    well_formed(files)
}

/// Files that a function may use or refuse, as long as its answer is whole.
fn well_formed<const N: usize>(files: [(&'static str, Vec<u8>); N]) -> Vec<Bad<Verdict>> {
    let all = files.into_iter().map(|(name, bytes)| Bad {
        name,
        bytes,
        what: Verdict::WellFormed,
    });
    all.collect()
}

/// Text files in which some find nothing, and none may stumble.
pub fn texts() -> Vec<Bad<Verdict>> {
    let files = [
        ("empty.txt", Vec::new()),
        ("binary.txt", noise(5000)),
        ("only_nul.txt", vec![0; 5000]),
        ("letter.txt", b"This is a letter.\n".repeat(100)),
        ("long_line.txt", b"circle(1,".repeat(40_000)),
        ("numbers.txt", b"nan nan\ninf 1\n1e999 -1e999\n".to_vec()),
        (
            "backwards.txt",
            b"6010 1\n6000 2\n6005 1\n6005 1\n".to_vec(),
        ),
        ("one.txt", b"6005 1\n".to_vec()),
        (
            "open.txt",
            b"fk5;-circle(1,2\nellipse(,,,,)\nbox(1e999,nan,1,1,\n".to_vec(),
        ),
    ];
    well_formed(files)
}

/// Header templates made from the field's own, each with one thing wrong.
pub fn templates() -> Vec<Bad<Verdict>> {
    use Verdict::{Refused, WellFormed};
    let good = field::template();
    let line = |key: &str, value: Option<&str>| -> Vec<u8> {
        let lines: String = good
            .lines()
            .filter_map(|line| match (line.starts_with(key), value) {
                (false, _) => Some(format!("{line}\n")),
                (true, None) => None,
                (true, Some(value)) => Some(format!("{key:<8}= {value}\n")),
            })
            .collect();
        lines.into_bytes()
    };
    let mut list: Vec<(&'static str, Vec<u8>, Verdict)> = vec![
        ("empty.hdr", Vec::new(), Refused),
        ("binary.hdr", noise(5000), Refused),
        ("only_nul.hdr", vec![0; 5000], Refused),
        ("text.hdr", b"This is a letter.\n".repeat(100), Refused),
        (
            "long_line.hdr",
            format!("{}\n{good}", "x".repeat(200_000)).into_bytes(),
            WellFormed,
        ),
        ("no_end.hdr", line("END", None), WellFormed),
    ];
    for (name, key, value, verdict) in [
        ("naxis1_missing.hdr", "NAXIS1", None, Refused),
        ("naxis1_0.hdr", "NAXIS1", Some("0"), Refused),
        ("naxis1_negative.hdr", "NAXIS1", Some("-80"), Refused),
        ("naxis1_text.hdr", "NAXIS1", Some("many"), Refused),
        ("naxis1_nan.hdr", "NAXIS1", Some("nan"), Refused),
        ("naxis1_1e300.hdr", "NAXIS1", Some("1e300"), Refused),
        ("naxis1_2e9.hdr", "NAXIS1", Some("2000000000"), WellFormed),
        ("crpix1_missing.hdr", "CRPIX1", None, Refused),
        ("crpix1_text.hdr", "CRPIX1", Some("'left'"), Refused),
        ("crpix2_nan.hdr", "CRPIX2", Some("nan"), Refused),
        ("crpix1_huge.hdr", "CRPIX1", Some("1e300"), Refused),
        ("cdelt1_zero.hdr", "CDELT1", Some("0.0"), WellFormed),
        ("projection.hdr", "CTYPE1", Some("'RA---XYZ'"), WellFormed),
    ] {
        list.push((name, line(key, value), verdict));
    }
    list.into_iter()
        .map(|(name, bytes, what)| Bad { name, bytes, what })
        .collect()
}
