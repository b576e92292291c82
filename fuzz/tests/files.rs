//! The parsers: whatever a file holds, they answer, and what they answer can be used.

use std::path::Path;

use bolero::check;
use fits::{for_each_hdu, Image, Window};
use imphot::ds9_regions::Regions;
use imphot::task::region_mask::mask_regions;
use montage_fuzz::{edited, field, Edit};
use mosaic::io::header_template::HeaderTemplate;
use mosaic::io::ipac_table::Table;
use mosaic::task::header_check::{check_header, Kind};
use sky::{Keywords, Wcs};

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
fn regions() {
    let good = "# Region file format: DS9 version 4.1\n\
        global color=green dashlist=8 3 width=1 font=\"helvetica 10 normal\" include=1\n\
        fk5\ncircle(18:20:26.5, -16:10:36.1, 30.5\") # text={a; b}\n\
        -ellipse(275.11,-16.17,2.5',1.25',40)\nphysical;box(10,20,5,6,-30);+circle 3 4 2p\n\
        image; circle(1h2m3.5s -10d20m30s 0.001r)\npolygon(1,2,3,4,5,6)\n";
    let template = HeaderTemplate::parse(field::template().as_bytes(), Path::new("field.hdr"));
    let wcs = Wcs::new(&template).unwrap();
    check!().with_type::<Vec<Edit>>().for_each(|edits| {
        let bytes = edited(good.as_bytes(), edits);
        let text = String::from_utf8_lossy(&bytes);
        match Regions::parse(&text, "regions") {
            Ok(regions) => {
                let mut mask = vec![false; 30 * 20];
                mask[77] = true;
                mask_regions(&wcs, 30, &regions.list, &mut mask).unwrap();
                assert!(mask[77]);
            }
            Err(why) => {
                let why = why.to_string();
                assert!(why.contains("regions") && why.contains("line "), "{why}");
            }
        }
    });
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
                Ok::<_, fits::Error>(())
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
