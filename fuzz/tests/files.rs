//! The parsers: whatever a file holds, they answer, and what they answer can be used.

use std::path::Path;

use bolero::check;
use montage::io::fits::{for_each_hdu, Image, Window};
use montage::io::header_template::HeaderTemplate;
use montage::io::ipac_table::Table;
use montage::sky::{Keywords, Wcs};
use montage::task::header_check::{check_header, Kind};
use montage_fuzz::{edited, field, Edit};

#[test]
fn tables() {
    let good = [
        field::table(field::IMAGE_COLUMNS, &field::image_rows()),
        field::table(field::PAIR_COLUMNS, &field::pair_rows()),
        format!(
            "\\key = 'x'\r\n{}",
            field::table(field::FIT_COLUMNS, &field::fit_rows())
        ),
        field::table(field::CORRECTION_COLUMNS, &field::correction_rows()),
    ];
    check!()
        .with_type::<(u8, Vec<Edit>)>()
        .for_each(|(which, edits)| {
            let good = good[usize::from(*which) % good.len()].as_bytes();
            let bytes = edited(good, edits);
            let Ok(table) = Table::parse(bytes, Path::new("edited.tbl"), "Invalid table") else {
                return;
            };
            assert!(!table.columns().is_empty());
            let _ = table.need(["cntr1", "plus"], "Need columns");
            let columns = table.columns().len().min(64);
            for row in table.rows() {
                for column in 0..columns {
                    let text = row.text(column);
                    assert!(!text.starts_with(' ') && !text.ends_with(' '), "{text:?}");
                    let _ = (row.real(column), row.integer(column), row.long(column));
                }
            }
        });
}

#[test]
fn templates() {
    let good = field::template();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("edited.hdr");
    check!().with_type::<Vec<Edit>>().for_each(|edits| {
        let bytes = edited(good.as_bytes(), edits);
        let template = HeaderTemplate::parse(&bytes, &file);
        for key in ["NAXIS1", "CRPIX1", "CDELT2"] {
            let _ = (template.need_real(key), template.need_size(key));
            let _ = (template.integer(key), template.text(key));
        }
        sky(&template);
        std::fs::write(&file, &bytes).unwrap();
        let checked = check_header(&file, Kind::Template, 0);
        assert!(checked.verdict.is_ok() || checked.verdict.unwrap_err().to_string().len() > 5);
    });
}

/// A header that describes a sky has finite positions wherever it has any.
fn sky(keywords: &dyn Keywords) {
    if let Ok(wcs) = Wcs::new(keywords) {
        for (x, y) in [(1.0, 1.0), (40.5, -3.0), (1e9, 1e9)] {
            if let Some((lon, lat)) = wcs.pixel_to_sky(x, y) {
                assert!(
                    lon.is_finite() && (-90.1..=90.1).contains(&lat),
                    "{lon} {lat}"
                );
                let _ = wcs.sky_to_pixel(lon, lat);
            }
        }
        let _ = wcs.scale_and_rotation();
    }
}

#[test]
fn fits_files() {
    let tile = field::TILES[0];
    let cards = field::image_cards(field::TILE, tile.reference());
    let image = field::fits(&cards, &tile.pixels());
    // The same as 16-bit integers behind an empty first HDU.
    let mut integers = field::header(&[("SIMPLE", "T"), ("BITPIX", "8"), ("NAXIS", "0")]);
    let mut scaled = cards.clone();
    scaled[0] = ("XTENSION".into(), "'IMAGE   '".into());
    let scaled = field::with_card(scaled, "BITPIX", Some("16"));
    let mut all: Vec<(&str, &str)> = scaled.iter().map(|(k, v)| (&**k, &**v)).collect();
    all.extend([
        ("PCOUNT", "0"),
        ("GCOUNT", "1"),
        ("BSCALE", "0.5"),
        ("BLANK", "-1"),
    ]);
    integers.extend(field::header(&all));
    integers.resize(
        integers.len() + (field::TILE.0 * field::TILE.1 * 2).next_multiple_of(2880),
        7,
    );
    let good = [image, integers];
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("edited.fits");
    check!()
        .with_type::<(u8, bool, Vec<Edit>)>()
        .for_each(|(which, in_header, edits)| {
            let good = &good[usize::from(*which) % good.len()];
            // Most of a file is pixels, most of what can go wrong is not.
            let bytes = match in_header {
                true => {
                    let split = 2880.min(good.len());
                    let mut bytes = edited(&good[..split], edits);
                    bytes.extend(&good[split..]);
                    bytes
                }
                false => edited(good, edits),
            };
            std::fs::write(&file, bytes).unwrap();
            let _ = for_each_hdu(&file, "Image file", |_, _, header| {
                sky(header);
                Ok(())
            });
            let _ = check_header(&file, Kind::Either, 0);
            let Ok(mut image) = Image::open(&file, "Image file") else {
                return;
            };
            let _ = image.reference_pixel();
            let mut pixels = Vec::new();
            let corner = Window {
                x: image.width() - 1,
                y: image.height() - 1,
                width: 1,
                height: 1,
            };
            if image.read(corner, &mut pixels).is_ok() && image.width() * image.height() < 1 << 22 {
                image.read(image.whole(), &mut pixels).unwrap();
                assert_eq!(pixels.len(), image.width() * image.height());
                assert!(pixels.iter().all(|p| !p.is_infinite()));
            }
        });
}
