//! The files of MPDAF: which extension is what, and what is written.

use fits::card::Card;
use fits::{for_each_hdu, read_header};
use imphot::muse::{plane_header, MuseImage, SaveMask};
use imphot::task::field::PixelsOnSky;
use imphot::task::Field;
use mosaic::run::Run;
use sky::Keywords;

use super::support::{files, made_up_hst, place, save, text, Hdu};

fn plane(name: &str, pixels: [f64; 6]) -> Hdu<'_> {
    Hdu {
        name,
        sizes: &[3, 2],
        cards: place((2.0, 1.0), [-5e-5, 0.0, 0.0, 5e-5]),
        pixels: pixels.to_vec(),
    }
}

#[test]
fn extensions_are_found_by_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let other = || plane("OTHER", [9.0; 6]);
    let sci = || plane("sci ", [1.0, f64::NAN, 3.0, f64::INFINITY, 5.0, 6.0]);
    let path = save(&folder, "sci.fits", &[], &[other(), sci()]);
    let image = MuseImage::read(&path, "image").unwrap();
    assert_eq!(image.data[0], 1.0);
    assert_eq!(image.mask, [false, true, false, true, false, false]);
    assert_eq!((image.variance, image.unit), (None, None));

    // DATA before SCI, and a DQ that masks beside the NaN.
    let data = || plane("DATA", [f64::NAN, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let dq = plane("DQ", [0.0, 0.0, 1.0, 0.0, 4.0, 0.0]);
    let path = save(&folder, "data.fits", &[], &[sci(), data(), dq]);
    let image = MuseImage::read(&path, "image").unwrap();
    assert_eq!(image.data[5], 6.0);
    assert_eq!(image.mask, [true, false, true, false, true, false]);

    // Neither: only for HST images, and then the first image.
    let path = save(
        &folder,
        "other.fits",
        &[],
        &[other(), plane("STAT", [1.0; 6])],
    );
    let refusal = MuseImage::read(&path, "MUSE image")
        .unwrap_err()
        .to_string();
    assert!(refusal.contains("no DATA or SCI") && refusal.contains("other.fits"));
    let image = MuseImage::read_any(&path, "image").unwrap();
    assert_eq!((image.data[0], image.variance), (9.0, None));
}

#[test]
fn a_single_hdu_is_its_own_data() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("primary.fits");
    let mut header = fits::Header::primary(-64, &[3, 2]);
    place((2.0, 1.0), [-5e-5, 0.0, 0.0, 5e-5])
        .into_iter()
        .chain([text("FILTER", "F606W"), text("EXTNAME", "DATA")])
        .for_each(|card| header.push(card));
    let pixels = [1.0, 2.0, 3.0, f64::NAN, 5.0, 6.0];
    fits::write_image(&path, &header, &pixels).unwrap();
    let image = MuseImage::read(&path, "image").unwrap();
    assert_eq!(image.masked(), 1);

    // Written, it has a primary HDU without pixels and extensions, as MPDAF writes it.
    let output = folder.path().join("out.fits");
    image.write(&output, SaveMask::Dq).unwrap();
    let mut seen = Vec::new();
    for_each_hdu(&output, "image", |hdu, is_image, header| {
        let bits = header.integer("BITPIX").unwrap();
        seen.push((
            hdu,
            is_image,
            header.text("EXTNAME"),
            bits,
            header.integer("NAXIS"),
        ));
        Ok::<_, fits::Error>(())
    })
    .unwrap();
    let name = |name: &str| Some(name.to_owned());
    assert_eq!(seen.len(), 3);
    assert_eq!(
        (seen[0].2.as_deref(), seen[0].3, seen[0].4),
        (None, 8, Some(0))
    );
    assert_eq!(
        (&seen[1].2, seen[1].3, seen[1].4),
        (&name("DATA"), -32, Some(2))
    );
    assert_eq!(
        (&seen[2].2, seen[2].3, seen[2].4),
        (&name("DQ"), 8, Some(2))
    );
    let primary = read_header(&output, 0, "image").unwrap();
    assert_eq!(primary.text("FILTER").as_deref(), Some("F606W"));
    assert_eq!(primary.text("AUTHOR").as_deref(), Some("libmontage"));
    // The same call gives the same bytes: the clock is not among them.
    assert_eq!(primary.text("DATE"), None);
    let again = Field::open(&output, "image", Run::new(1).warnings()).unwrap();
    assert_eq!(again.image.mask, image.mask);
    assert_eq!(again.wcs.crpix(), [2.0, 1.0]);
}

/// MPDAF 3.6 does so with ELECTRONS/S, which is none of its units, and keeps flux densities.
#[test]
fn the_primary_header_of_a_single_hdu_has_no_unit_of_counts() {
    let folder = tempfile::tempdir().unwrap();
    let (path, output) = (
        folder.path().join("one.fits"),
        folder.path().join("out.fits"),
    );
    for (unit, kept) in [
        ("ELECTRONS/S", ""),
        ("furlongs", ""),
        (
            "10**(-20)*erg/s/cm**2/Angstrom",
            "10**(-20)*erg/s/cm**2/Angstrom",
        ),
    ] {
        let mut header = fits::Header::primary(-64, &[3, 2]);
        place((2.0, 1.0), [-5e-5, 0.0, 0.0, 5e-5])
            .into_iter()
            .chain([text("BUNIT", unit)])
            .for_each(|card| header.push(card));
        fits::write_image(&path, &header, &[1.0; 6]).unwrap();
        let image = MuseImage::read_any(&path, "image").unwrap();
        assert_eq!(image.unit.as_deref(), Some(unit));
        image.write(&output, SaveMask::Dq).unwrap();
        let primary = read_header(&output, 0, "image").unwrap();
        assert_eq!(primary.text("BUNIT").as_deref().map(str::trim), Some(kept));
        let data = read_header(&output, 1, "image").unwrap();
        assert_eq!(data.text("BUNIT").as_deref(), Some(unit));
    }
}

#[test]
fn masks_are_saved_in_three_ways() {
    let folder = tempfile::tempdir().unwrap();
    let hst = made_up_hst(&folder);
    let image = MuseImage::read(&hst, "image").unwrap();
    assert_eq!(image.masked(), 13);
    let output = folder.path().join("out.fits");
    let hdus = |savemask| {
        image.write(&output, savemask).unwrap();
        let mut names = Vec::new();
        for_each_hdu(&output, "image", |_, _, header| {
            names.extend(header.text("EXTNAME"));
            Ok::<_, fits::Error>(())
        })
        .unwrap();
        (names.join(" "), MuseImage::read(&output, "image").unwrap())
    };
    let (names, again) = hdus(SaveMask::Dq);
    assert_eq!(names, "DATA STAT DQ");
    assert_eq!(again.mask, image.mask);
    let (names, again) = hdus(SaveMask::Nan);
    assert_eq!(names, "DATA STAT");
    assert_eq!(again.mask, image.mask);
    assert!(again.data[10 * 64 + 50].is_nan());
    let (names, again) = hdus(SaveMask::None);
    assert_eq!(names, "DATA STAT");
    assert_eq!(again.masked(), 1);
    let mut whole = image.clone();
    whole.mask.fill(false);
    whole.write(&output, SaveMask::Dq).unwrap();
    assert!(read_header(&output, 3, "image").is_err());
}

#[test]
fn units_and_their_scale_are_read_once() {
    let folder = tempfile::tempdir().unwrap();
    let scale = Card::with_token("FSCALE", "9.99999999999999E-21", "Flux scaling factor");
    let muse = "10**-20 erg Angstrom-1 s-1 cm-2";
    for (unit, expected) in [
        ("erg Angstrom-1 s-1 cm-2", muse),
        // MPDAF's own files have both: it would be 1e-40 at the next reading.
        (muse, muse),
        ("nonsense", "nonsense"),
    ] {
        let mut hdu = plane("DATA", [1.0; 6]);
        hdu.cards.extend([text("BUNIT", unit), scale]);
        let variance = plane("STAT", [1.0; 6]);
        let path = save(&folder, "unit.fits", &[], &[hdu, variance]);
        let image = MuseImage::read(&path, "image").unwrap();
        assert_eq!(image.unit.as_deref(), Some(expected));
        let output = folder.path().join("out.fits");
        image.write(&output, SaveMask::Dq).unwrap();
        let again = MuseImage::read(&output, "image").unwrap();
        assert_eq!(again.unit, image.unit);
        let stat = read_header(&output, 2, "image").unwrap().text("BUNIT");
        match expected == muse {
            true => {
                assert!(!again.data_header.has("FSCALE"));
                assert_eq!(stat.as_deref(), Some("10**-40 erg2 Angstrom-2 s-2 cm-4"));
            }
            false => assert_eq!(stat, None),
        }
    }
}

#[test]
fn a_cube_has_the_grid_of_its_planes() {
    let folder = tempfile::tempdir().unwrap();
    let mut cards = place((2.0, 1.0), [-5e-5, 0.0, 0.0, 5e-5]);
    cards.extend([text("CTYPE3", "AWAV"), text("CUNIT3", "Angstrom")]);
    for key in [
        "CRVAL3", "CRPIX3", "CD3_3", "CD1_3", "CD3_1", "PC3_3", "CDELT3",
    ] {
        cards.push(Card::with_token(key, "1.0", ""));
    }
    cards.push(Card::with_token("WCSAXES", "3", ""));
    cards.push(text("CDBSFILE", "NO"));
    let cube = Hdu {
        name: "DATA",
        sizes: &[3, 2, 4],
        cards,
        pixels: vec![1.0; 24],
    };
    let path = save(&folder, "cube.fits", &[], &[cube]);
    let grid = PixelsOnSky::open(&path, "MUSE cube", Run::new(1).warnings()).unwrap();
    assert_eq!((grid.width, grid.height), (3, 2));
    assert!((grid.step.0 - 0.18).abs() < 1e-12);
    let header = plane_header(&grid.header);
    assert_eq!(header, grid.header);
    assert_eq!(header.integer("WCSAXES"), Some(2));
    let left: Vec<_> = header
        .cards()
        .iter()
        .filter(|card| card.key().contains(&b'3'))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(header.text("CDBSFILE").as_deref(), Some("NO"));
    let refusal = MuseImage::read(&path, "MUSE image")
        .unwrap_err()
        .to_string();
    assert!(refusal.contains("3 axes"), "{refusal}");
}

#[test]
fn a_failed_write_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = save(&folder, "in.fits", &[], &[plane("DATA", [1.0; 6])]);
    let image = MuseImage::read(&path, "image").unwrap();
    let refusal = image.write(&folder.path().join("no/out.fits"), SaveMask::Dq);
    assert!(refusal.unwrap_err().to_string().contains("no/out.fits"));
    if std::path::Path::new("/dev/full").exists() {
        let refusal = image.write(std::path::Path::new("/dev/full"), SaveMask::Dq);
        assert!(refusal.unwrap_err().to_string().contains("No space left"));
    }
    assert_eq!(files(folder.path()), ["in.fits"]);
}
