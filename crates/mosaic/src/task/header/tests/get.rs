//! mGetHdr against Montage 6.0's program.

use super::*;

fn get(place: &Place, image: &Path, hdu: usize, form: Form) -> Result<GetHdrOutcome, String> {
    get_header(
        &GetHdrParams {
            image,
            header: &place.file("ours.hdr"),
            hdu,
            form,
            debug: 0,
        },
        &Run::default(),
    )
    .map_err(|e| e.to_string())
}

#[test]
fn headers_are_as_montage_writes_them() {
    let (Some(program), Some(data)) = (original("mGetHdr"), shared_data(".")) else {
        return;
    };
    let place = Place::new();
    let mut files: Vec<(PathBuf, usize)> = Vec::new();
    for folder in ["2mass_m17/raw", "decam_tpv", "wcs"] {
        let Ok(entries) = std::fs::read_dir(data.join(folder)) else {
            continue;
        };
        let fits = |path: &PathBuf| {
            path.extension()
                .is_some_and(|e| e == "fits" || e == "fit" || e == "gz")
        };
        for path in entries.flatten().map(|entry| entry.path()).filter(fits) {
            files.push((path.clone(), 0));
            files.push((path, 1));
        }
    }
    assert!(files.len() > 10);
    let mut compared = 0;
    for (path, hdu) in files {
        let words = ["-h", &hdu.to_string(), path.to_str().unwrap(), "theirs.hdr"];
        let theirs = run_original(&program, &place, &words);
        match get(&place, &path, hdu, Form::Text) {
            Ok(outcome) => {
                let line = format!(
                    "[struct stat=\"OK\", module=\"mGetHdr\", {}]",
                    outcome.fields().message()
                );
                assert_eq!(line, theirs, "{words:?}");
                // Bytes: their texts hold what the file holds.
                let read = |name| std::fs::read(place.file(name)).unwrap();
                assert!(read("ours.hdr") == read("theirs.hdr"), "{words:?}");
                compared += 1;
            }
            Err(why) => assert!(theirs.contains("ERROR"), "{words:?}: {why}"),
        }
    }
    assert!(compared > 10, "{compared}");
}

#[test]
fn a_page_marks_geometry_and_comments() {
    let Some(data) = shared_data("2mass_m17/raw") else {
        return;
    };
    let place = Place::new();
    let image = std::fs::read_dir(data)
        .unwrap()
        .flatten()
        .next()
        .unwrap()
        .path();
    let count = get(&place, &image, 0, Form::Fragment).unwrap().ncard as usize;
    let lines = place.read("ours.hdr");
    assert_eq!(lines.lines().count(), count + 1);
    assert!(lines.starts_with("<pre class=\"fitsEven\"   > SIMPLE "));
    assert!(lines.contains("WCS\"") && lines.ends_with(" END </pre>\n"));
    get(&place, &image, 0, Form::Page).unwrap();
    let page = place.read("ours.hdr");
    assert!(page.starts_with("<html>") && page.contains(&lines) && page.ends_with("</html>\n"));
}

#[test]
fn what_is_no_fits_is_an_error() {
    let place = Place::new();
    let text = place.write("text.fits", "SIMPLE = T\n");
    place.write("ours.hdr", "earlier");
    for (path, hdu) in [
        (place.file("missing.fits"), 0),
        (text, 0),
        (place.file(""), 0),
    ] {
        let why = get(&place, &path, hdu, Form::Text).unwrap_err();
        assert!(why.starts_with("Image file"), "{why}");
        assert_eq!(place.read("ours.hdr"), "earlier");
    }
}
