//! mPutHdr against Montage 6.0's program.

use super::*;
use fits::card::Card;
use fits::{write_image, Header, Image};

fn put(place: &Place, image: &Path, template: &Path, hdu: usize) -> Result<(), String> {
    put_header(
        &PutHdrParams {
            input: image,
            output: &place.file("ours.fits"),
            template,
            hdu,
            debug: 0,
        },
        &Run::default(),
    )
    .map(|_| ())
    .map_err(|e| e.to_string())
}

fn template_of(place: &Place, image: &Path, hdu: usize) -> String {
    let params = GetHdrParams {
        image,
        header: &place.file("got.hdr"),
        hdu,
        form: Form::Text,
        debug: 0,
    };
    get_header(&params, &Run::default()).unwrap();
    place.read("got.hdr")
}

#[test]
fn headers_are_replaced_as_in_montage() {
    let (Some(program), Some(data)) = (original("mPutHdr"), shared_data("2mass_m17/raw")) else {
        return;
    };
    let place = Place::new();
    let mut images: Vec<PathBuf> = std::fs::read_dir(data)
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    images.sort();
    let image = images.first().unwrap();
    let text = template_of(&place, image, 0);
    // Longer, shorter, commented and new lines.
    let text = text
        .lines()
        .map(|line| match line.split([' ', '=']).next() {
            Some("CRVAL1") => "CRVAL1 = 1.234567e2 / another",
            Some("OBJECT") => "OBJECT  = 'nothing'",
            Some("END") => "NEW     = T / here\nCOMMENT    a  word\nEND",
            _ => line,
        })
        .fold(String::new(), |text, line| text + line + "\n");
    let template = place.write("new.hdr", &text);
    let words = [image.to_str().unwrap(), "theirs.fits", "new.hdr"];
    assert_eq!(
        run_original(&program, &place, &words),
        "[struct stat=\"OK\", module=\"mPutHdr\"]"
    );
    put(&place, image, &template, 0).unwrap();
    let read = |name| std::fs::read(place.file(name)).unwrap();
    let (ours, theirs) = (read("ours.fits"), read("theirs.fits"));
    for (card, other) in ours.chunks(80).zip(theirs.chunks(80)) {
        assert_eq!(
            String::from_utf8_lossy(card),
            String::from_utf8_lossy(other)
        );
    }
    assert_eq!(ours.len(), theirs.len());
}

#[test]
fn cubes_keep_every_plane() {
    let (Some(program), Some(data)) = (original("mPutHdr"), shared_data("muse_udf")) else {
        return;
    };
    let place = Place::new();
    let image = data.join("subcub_mosaic.fits.gz");
    let text = template_of(&place, &image, 1).replace("CRVAL3", "OLDVAL3");
    let template = place.write("new.hdr", &text);
    let words = ["-h", "1", image.to_str().unwrap(), "theirs.fits", "new.hdr"];
    assert_eq!(
        run_original(&program, &place, &words),
        "[struct stat=\"OK\", module=\"mPutHdr\"]"
    );
    put(&place, &image, &template, 1).unwrap();
    let read = |name| std::fs::read(place.file(name)).unwrap();
    let (ours, theirs) = (read("ours.fits"), read("theirs.fits"));
    // The original keeps XTENSION, PCOUNT and GCOUNT, which no primary image has.
    let data = |file: &[u8]| {
        let end = file
            .chunks(80)
            .position(|card| card.starts_with(b"END "))
            .unwrap();
        file[(80 * end).next_multiple_of(2880).max(2880)..].to_vec()
    };
    assert!(data(&ours) == data(&theirs));
    let header = Image::open(&place.file("ours.fits"), "Image file").unwrap();
    assert_eq!(header.sizes().len(), 3);
    assert!(header.header().has("OLDVAL3") && !header.header().has("XTENSION"));
}

#[test]
fn other_axes_and_broken_templates_are_errors() {
    let place = Place::new();
    let image = place.file("i.fits");
    let mut header = Header::primary(-64, &[4, 3]);
    header.replace(Card::with_token("CRPIX1", "2.5", ""));
    write_image(&image, &header, &[0.5; 12]).unwrap();
    let good = "SIMPLE = T\nBITPIX = -64\nNAXIS = 2\nNAXIS1 = 4\nNAXIS2 = 3\nCRPIX1 = 7\nEND\n";
    let template = |text: &str| place.write("t.hdr", text);
    put(&place, &image, &template(good), 0).unwrap();
    let cases = [
        ("", "No NAXIS keyword"),
        ("END\n", "No NAXIS keyword"),
        (&good[..30], "No NAXIS keyword"),
        (&good.replace("NAXIS1 = 4", "NAXIS1 = 0"), "Invalid NAXIS1"),
        (
            &good.replace("NAXIS1 = 4", "NAXIS1 = 5"),
            "cannot be modified using this program (NAXIS1 5 for 4 of ",
        ),
        (
            &good.replace("NAXIS2 = 3", "NAXIS2 = 1e9"),
            "NAXIS2 1000000000 for 3",
        ),
        (
            &good.replace("NAXIS2 = 3", "NAXIS2 = 3\nNAXIS3 = 2"),
            "NAXIS3 2 for 1",
        ),
        (&good.replace("NAXIS = 2", "NAXIS = 3"), "NAXIS 3 for 2"),
        (&good.replace("NAXIS = 2", "NAXIS = x"), "No NAXIS keyword"),
    ];
    let earlier = std::fs::read(place.file("ours.fits")).unwrap();
    for (text, expected) in cases {
        let why = put(&place, &image, &template(text), 0).unwrap_err();
        assert!(
            why.contains(expected) && why.contains("t.hdr"),
            "{text}: {why}"
        );
        assert_eq!(std::fs::read(place.file("ours.fits")).unwrap(), earlier);
    }
    // A comment beyond a card, tabs, no END, an axis of one pixel: a template all the same.
    let odd = format!(
        "{}NAXIS3\t=\t1\nOBJECT = 'M 17' / {}\n",
        good.replace("END\n", ""),
        "x".repeat(200)
    );
    put(&place, &image, &template(&odd), 0).unwrap();
    let written = Image::open(&place.file("ours.fits"), "Image file").unwrap();
    assert_eq!(written.sizes(), [4, 3]);
    assert!(put(&place, &image, &place.file("missing.hdr"), 0)
        .unwrap_err()
        .contains("missing.hdr"));
    assert!(put(&place, &image, &template(good), 1)
        .unwrap_err()
        .contains("i.fits"));
}
