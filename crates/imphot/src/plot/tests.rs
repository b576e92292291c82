//! What the pictures show, seen in their pixels and shapes.

use super::*;
use crate::task::hardcopy::plot_path;
use picture::{Grey, Picture, Point, Shape};

fn plane(values: &[f64], width: usize) -> Plane<'_> {
    Plane {
        values,
        width,
        height: values.len() / width,
    }
}

/// All planes the same.
fn image_fit<'a>(title: &'a str, image: Plane<'a>) -> ImageFitPlot<'a> {
    ImageFitPlot {
        title,
        muse: image,
        hst: image,
        muse_fft: image,
        hst_fft: image,
        residual_fft: image,
    }
}

fn texts(picture: &Picture) -> Vec<&str> {
    let mut texts = Vec::new();
    for shape in picture.shapes() {
        if let Shape::Text { text, .. } = shape {
            texts.push(&text[..]);
        }
    }
    texts
}

fn images(picture: &Picture) -> Vec<(Point, (f64, f64), &Grey)> {
    let mut images = Vec::new();
    for shape in picture.shapes() {
        if let Shape::Image { corner, size, grey } = shape {
            images.push((*corner, *size, grey));
        }
    }
    images
}

fn dots(picture: &Picture) -> Vec<Point> {
    let mut dots = Vec::new();
    for shape in picture.shapes() {
        if let Shape::Disc { center, .. } = shape {
            dots.push(*center);
        }
    }
    dots
}

#[test]
fn a_bright_pixel_at_the_lower_left_is_seen_there() {
    let mut muse = vec![0.0; 20 * 20];
    muse[0] = 100.0;
    let flat = vec![0.0; 20 * 20];
    let mut plot = image_fit("", plane(&flat, 20));
    plot.muse = plane(&muse, 20);
    let picture = image_fit::draw(&plot).unwrap();
    // The corners and sizes of the panels come from the picture, what they show from its pixels.
    let frames: Vec<_> = images(&picture)
        .iter()
        .map(|(corner, size, _)| (*corner, *size))
        .collect();
    assert_eq!(frames.len(), 6);
    let png = picture.encode(Format::Png).unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(&png[..]))
        .read_info()
        .unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!(info.color_type, png::ColorType::Grayscale);
    let level = |frame: (Point, (f64, f64)), x: f64, y: f64| {
        let ((left, top), (width, height)) = frame;
        let x = (left + width * x) * 300.0 / 72.0;
        let y = (top + height * (1.0 - y)) * 300.0 / 72.0;
        pixels[y as usize * info.width as usize + x as usize]
    };
    // MUSE is the upper left panel, the difference the upper right one. The mean of the others is
    // 2 sd above black: 2/7 of 256, less what the bright pixel adds (0.25 of 5 sd).
    for (panel, corner) in [(0, 255), (1, 71), (2, 255)] {
        assert_eq!(level(frames[panel], 0.025, 0.025), corner, "{panel}");
        for (x, y) in [(0.975, 0.025), (0.025, 0.975), (0.975, 0.975), (0.5, 0.5)] {
            assert_eq!(level(frames[panel], x, y), 71, "{panel} at ({x}, {y})");
        }
    }
    let at: Vec<_> = frames.iter().map(|((x, y), _)| (*x, *y)).collect();
    assert!(at[0].0 < at[1].0 && at[1].0 < at[2].0 && at[0].1 == at[2].1);
    assert!(at[3].1 > at[0].1 + 186.0 && at[3].0 == at[0].0);
}

#[test]
fn grey_levels_are_those_of_imphot() {
    // matplotlib: gray(Normalize(mean - 2 sd, mean + 5 sd)) of 0..99 and of the same as a
    // transform, mean - 0.75 sd to mean + 4 sd; 256 levels.
    let ramp: Vec<f64> = (0..100).map(f64::from).collect();
    let picture = image_fit::draw(&image_fit("", plane(&ramp, 10))).unwrap();
    let images = images(&picture);
    let level = |panel: usize, row: usize, column: usize| {
        // Rows are counted from below in a plane and from above in an image.
        images[panel].2.levels[(9 - row) * 10 + column]
    };
    let (mean, deviation) = (49.5, 28.866_070_047_722_12_f64);
    for value in 0..100 {
        let scaled = |below: f64, above: f64| {
            let part = (f64::from(value) - mean) / deviation + below;
            (part / (below + above) * 256.0).clamp(0.0, 255.0) as u8
        };
        let (row, column) = (value as usize / 10, value as usize % 10);
        assert_eq!(level(0, row, column), scaled(2.0, 5.0), "{value}");
        assert_eq!(level(3, row, column), scaled(0.75, 4.0), "{value}");
    }
    assert_eq!((level(0, 0, 0), level(0, 9, 9)), (10, 135));
}

#[test]
fn titles_labels_and_numbers_are_written() {
    let ramp: Vec<f64> = (0..128 * 98).map(f64::from).collect();
    let plot = image_fit("MUSE image: muse_hdfs\nsecond line", plane(&ramp, 128));
    let svg = image_fit::draw(&plot).unwrap().encode(Format::Svg).unwrap();
    let svg = String::from_utf8(svg).unwrap();
    let document = roxmltree::Document::parse(&svg).unwrap();
    let written: Vec<&str> = document
        .descendants()
        .filter_map(|node| node.attribute("aria-label"))
        .collect();
    for text in [
        "MUSE image: muse_hdfs",
        "second line",
        "MUSE image",
        "HST image",
        "(MUSE \u{2212} HST) image",
        "MUSE FFT",
        "HST FFT",
        "FFT of (MUSE \u{2212} HST) image",
    ] {
        let count = written.iter().filter(|&&label| label == text).count();
        assert_eq!(count, 1, "{text} in {written:?}");
    }
    let count = |text| written.iter().filter(|&&label| label == text).count();
    assert_eq!(count("Pixels"), 5, "two at the left, three below");
    assert_eq!(count("0"), 12);
    assert_eq!(count("100"), 6, "the longer axis reaches it");
}

#[test]
fn planes_of_any_content_and_shape_are_drawn() {
    let constant = vec![0.1; 100];
    let grey = |values: &[f64]| {
        let picture = image_fit::draw(&image_fit("", plane(values, 10))).unwrap();
        let levels = images(&picture)[0].2.levels.clone();
        levels
    };
    assert!(grey(&constant).iter().all(|&level| level == 73));
    assert!(grey(&vec![0.0; 100]).iter().all(|&level| level == 73));
    assert!(grey(&vec![f64::NAN; 100])
        .iter()
        .all(|&level| level == 0xcc));
    let mut odd: Vec<f64> = (0..100).map(f64::from).collect();
    (odd[0], odd[1], odd[2]) = (f64::NAN, f64::INFINITY, f64::NEG_INFINITY);
    assert_eq!(grey(&odd)[90..93], [0xcc, 255, 0]);
    let huge: Vec<f64> = (0..100).map(|i| f64::from(i - 50) * 3.5e306).collect();
    let levels = grey(&huge);
    assert!(levels[90] < 20 && levels[9] > 130, "{levels:?}");
    let tiny: Vec<f64> = (0..100).map(|i| f64::from(i) * 1e-310).collect();
    assert_eq!(grey(&tiny)[9], 135);
    // One pixel, long ones, and ones much finer than the page.
    for (width, height) in [(1, 1), (1, 3000), (3000, 1), (1200, 900)] {
        let values = vec![1.0; width * height];
        let picture = image_fit::draw(&image_fit("", plane(&values, width))).unwrap();
        for (_, size, _) in images(&picture) {
            assert!(size.0 <= 186.01 && size.1 <= 186.01, "{size:?}");
            assert!(size.0 > 1.0 && size.1 > 1.0, "{size:?}");
        }
        picture.encode(Format::Png).unwrap();
    }
}

#[test]
fn planes_that_are_none_are_refused() {
    let values = vec![0.0; 12];
    let good = plane(&values, 4);
    for bad in [
        plane(&[], 4),
        Plane { width: 5, ..good },
        Plane {
            width: usize::MAX,
            height: 2,
            ..good
        },
        Plane { width: 0, ..good },
    ] {
        assert!(image_fit::draw(&image_fit("", bad)).is_err(), "{bad:?}");
    }
    let mut plot = image_fit("", good);
    plot.hst = plane(&values, 3);
    let error = image_fit::draw(&plot).unwrap_err().to_string();
    assert!(error.contains("differ"), "{error}");
}

/// A star without noise: the pixels are the profile but for one, which is 0.01 above it.
struct Star {
    radii: Vec<f64>,
    values: Vec<f64>,
    model: Vec<f64>,
}

const MUSE: (f64, f64, f64, f64) = (170.868_306, 0.033_220_49, 0.714_888_16, 2.854_897_52);

impl Star {
    fn new() -> Self {
        let radii: Vec<f64> = (0..60).map(|i| f64::from(i) * 0.05).collect();
        let model: Vec<f64> = radii.iter().map(|r| 8.0 * (-r * r).exp()).collect();
        let mut values = model.clone();
        values[10] += 0.3;
        Star {
            radii,
            values,
            model,
        }
    }

    fn panel(&self) -> StarPanel<'_> {
        StarPanel {
            radii: &self.radii,
            values: &self.values,
            model: &self.model,
            flux: MUSE.0,
            bg: MUSE.1,
            fwhm: MUSE.2,
            beta: MUSE.3,
            pixel_area: 0.04,
        }
    }
}

fn star_fit<'a>(star: &'a Star, unit: &'a str) -> StarFitPlot<'a> {
    StarFitPlot {
        title: "MUSE image: muse_hdfs",
        unit,
        radius: 3.0,
        muse: star.panel(),
        hst: star.panel(),
    }
}

#[test]
fn dots_are_where_the_pixels_are() {
    let star = Star::new();
    let picture = star_fit::draw(&star_fit(&star, "")).unwrap();
    let dots = dots(&picture);
    assert_eq!(dots.len(), 4 * 60);
    let (profile, residuals) = (&dots[..60], &dots[60..120]);
    // The radius runs to the right, from 1 % of the axis left of 0 to 3.03 arcseconds.
    for (index, radius) in star.radii.iter().enumerate() {
        let x = 64.0 + 288.0 * (radius + 0.0303) / (3.03 + 0.0303);
        for dot in [profile[index], residuals[index]] {
            assert!((dot.0 - x).abs() < 0.02, "{dot:?} {x}");
        }
    }
    // Higher values are higher up; the one that is off is so in both.
    assert!(profile
        .windows(2)
        .all(|w| w[0].1 <= w[1].1 || w[1] == profile[10]));
    let flat = residuals[0].1;
    for (index, dot) in residuals.iter().enumerate() {
        let expected = if index == 10 { -90.0 } else { 0.0 };
        // A residual axis is twice as long as the residuals: half of 180 points.
        assert!((dot.1 - flat - expected).abs() < 0.02, "{index}: {dot:?}");
    }
    // HST beside MUSE.
    assert!((dots[120].0 - dots[0].0 - 350.0).abs() < 0.02);
}

#[test]
fn the_star_is_described() {
    let star = Star::new();
    let plot = star_fit(&star, "10**(-20)*erg/s/cm**2/Angstrom");
    let picture = star_fit::draw(&plot).unwrap();
    let written = texts(&picture);
    for (text, times) in [
        ("MUSE image: muse_hdfs", 1),
        ("MUSE pixels plotted over a", 1),
        ("HST pixels plotted over a", 1),
        ("Moffat model of total flux:", 2),
        ("   1.71 × 10⁻¹⁸ erg s⁻¹ cm⁻² Å⁻¹", 2),
        ("   fwhm: 0.715 arcsec", 2),
        ("   Moffat beta: 2.85", 2),
        ("MUSE residuals (pixels \u{2212} model)", 1),
        ("HST residuals (pixels \u{2212} model)", 1),
        ("Radius (arcsec)", 2),
        // The largest value is 8.71: times ten it has two digits before the point.
        ("10⁻²¹ erg s⁻¹ cm⁻² Å⁻¹", 4),
        ("80", 2),
    ] {
        let count = written.iter().filter(|&&label| label == text).count();
        assert_eq!(count, times, "{text} in {written:?}");
    }
}

#[test]
fn curves_are_the_profiles_of_imphot() {
    // imphot's formula in numpy 2.4 at three radii, and its limit for large beta, a Gaussian.
    let star = Star::new();
    let muse = star.panel();
    for (radius, expected) in [
        (0.0, 8.712_788_950_438_165),
        (0.357_444_08, 4.373_004_720_219_083),
        (1.5, 0.089_532_511_382_988_51),
    ] {
        let found = muse.profile(radius);
        assert!((found / expected - 1.0).abs() < 1e-12, "{found}");
    }
    let gaussian = StarPanel {
        flux: 9.630_490_65,
        bg: 0.0,
        fwhm: 0.502_067_19,
        beta: 1e12,
        ..muse
    };
    for (radius, expected) in [
        (0.0, 1.348_715_356_653_216),
        (0.25, 0.678_209_860_409_214_6),
        (0.6, 0.025_717_963_415_601_32),
    ] {
        let found = gaussian.profile(radius);
        assert!((found / expected - 1.0).abs() < 1e-9, "{found}");
    }
}

#[test]
fn stars_of_any_content_are_drawn() {
    let odd = [1.0, f64::NAN, f64::INFINITY, -1e300, 1e300];
    let constant = [5.0; 5];
    for (values, flux, fwhm, beta, unit, radius) in [
        (&odd, f64::NAN, 0.0, 0.0, "", 0.0),
        (
            &constant,
            0.0,
            0.7,
            2.0,
            "no unit at all, and a long one that has no end <&>",
            3.0,
        ),
        (&[0.0; 5], 1.0, 0.7, 1.0, "10**-400 erg", f64::NAN),
        (
            &[-3.0; 5],
            -1e300,
            1e-300,
            -2.0,
            "1e-20 erg/s",
            f64::INFINITY,
        ),
        (&[1e-310; 5], 1e308, 1e300, 1e300, "ct", 1e-300),
    ] {
        let panel = StarPanel {
            radii: &[0.0, 0.1, f64::NAN, 0.3, 1e300],
            values,
            model: &constant,
            flux,
            bg: 0.0,
            fwhm,
            beta,
            pixel_area: 0.04,
        };
        let none = StarPanel {
            radii: &[],
            values: &[],
            model: &[],
            ..panel
        };
        let plot = StarFitPlot {
            title: "",
            unit,
            radius,
            muse: panel,
            hst: none,
        };
        let picture = star_fit::draw(&plot).unwrap();
        for (x, y) in dots(&picture) {
            assert!(
                (0.0..720.0).contains(&x) && (0.0..542.0).contains(&y),
                "{x} {y}"
            );
        }
        picture.encode(Format::Png).unwrap();
        let wrong = StarPanel {
            model: &constant[1..],
            ..panel
        };
        let error = star_fit::draw(&StarFitPlot { hst: wrong, ..plot }).unwrap_err();
        assert!(error.to_string().contains("HST star"), "{error}");
    }
}

#[test]
fn formats_are_named_by_their_suffix() {
    assert_eq!(format_named("").unwrap(), None);
    assert_eq!(format_named("none").unwrap(), None);
    assert_eq!(format_named("png").unwrap(), Some(Format::Png));
    assert_eq!(format_named("PDF").unwrap(), Some(Format::Pdf));
    for text in ["tiff", ".png", "png ", "None!", "p"] {
        let error = format_named(text).unwrap_err().to_string();
        assert!(
            error.contains("hardcopy") && error.contains(text),
            "{error}"
        );
    }
    let prefix = Path::new("/data/IMAGE-HDFS-1.34");
    assert_eq!(
        plot_path(prefix, "_image_fit", Format::Jpeg),
        Path::new("/data/IMAGE-HDFS-1.34_image_fit.jpeg")
    );
    assert_eq!(
        plot_path(Path::new("a"), "_star_fit", Format::Eps),
        Path::new("a_star_fit.eps")
    );
}

#[test]
fn pictures_are_written_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let ramp: Vec<f64> = (0..100).map(f64::from).collect();
    let plot = image_fit("", plane(&ramp, 10));
    let star = Star::new();
    for format in Format::ALL {
        let image = plot_path(&dir.path().join("muse"), "_image_fit", format);
        plot_image_fit(&plot, format, &image)
            .unwrap()
            .commit()
            .unwrap();
        let first = std::fs::read(&image).unwrap();
        plot_image_fit(&plot, format, &image)
            .unwrap()
            .commit()
            .unwrap();
        assert_eq!(first, std::fs::read(&image).unwrap());
        let output = plot_path(&dir.path().join("muse"), "_star_fit", format);
        let drawn = plot_star_fit(&star_fit(&star, "ct"), format, &output);
        drawn.unwrap().commit().unwrap();
        let missing = dir.path().join("none").join("x");
        let error = plot_star_fit(&star_fit(&star, ""), format, &missing)
            .err()
            .unwrap();
        assert!(error.to_string().contains("none/x"), "{error}");
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 12);
}

#[test]
fn a_failed_write_leaves_nothing_and_names_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let page = Picture::new("page", 50.0, 50.0);
    let full = Path::new("/dev/full");
    for format in Format::ALL {
        let missing = dir.path().join("missing").join("page");
        let written = file(&page, format, &missing).and_then(|file| Ok(file.commit()?));
        let error = written.unwrap_err().to_string();
        assert!(error.contains("missing/page"), "{error}");
        if full.exists() {
            let written = file(&page, format, full).and_then(|file| Ok(file.commit()?));
            let error = written.unwrap_err().to_string();
            assert!(error.contains("/dev/full: No space left"), "{error}");
        }
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}
