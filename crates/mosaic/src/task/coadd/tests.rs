use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use super::*;
use fits::card::Card;
use fits::Header;
use fits::{write_image, Image};
use std::process::Command;
use tempfile::TempDir;
use testing::{original, shared_data};

/// Tiles of 40 x 30 pixels on one grid, with areas, a table and templates.
struct Field(TempDir);

const WIDTH: usize = 40;
const HEIGHT: usize = 30;

/// Reference pixels of the tiles: three that overlap each other, one far away above, one beside.
const PLACES: [(f64, f64); 5] = [
    (50.5, 60.0),
    (30.5, 45.0),
    (35.5, 60.0),
    (20.5, -500.0),
    (-900.5, 50.0),
];

fn sky(crpix1: f64, crpix2: f64) -> [(&'static str, String); 8] {
    [
        ("CTYPE1", "'RA---TAN'".into()),
        ("CTYPE2", "'DEC--TAN'".into()),
        ("CRVAL1", "10.0".into()),
        ("CRVAL2", "20.0".into()),
        ("CDELT1", "-0.001".into()),
        ("CDELT2", "0.001".into()),
        ("CRPIX1", crpix1.to_string()),
        ("CRPIX2", crpix2.to_string()),
    ]
}

const TABLE_HEAD: &str =
    "|cntr|naxis1|naxis2|  ctype1  |  ctype2  |crpix1  |crpix2  |crval1|crval2|cdelt1 |cdelt2 |fname       |\n";

impl Field {
    fn new() -> Self {
        let field = Field(tempfile::tempdir().unwrap());
        let area = 1.0_f64.to_radians().powi(2) * 1e-6;
        for (k, &(crpix1, crpix2)) in PLACES.iter().enumerate() {
            let pixels: Vec<f64> = (0..WIDTH * HEIGHT)
                .map(|i| match (i * 7919 + k * 31) % 97 {
                    0 | 1 => f64::NAN,
                    x => x as f64 * 0.1 - 3.0,
                })
                .collect();
            let areas: Vec<f64> = (0..WIDTH * HEIGHT)
                .map(|i| area * 0.1 * ((i * 104_729 + k * 17) % 11) as f64)
                .collect();
            field.image(&format!("t{k}.fits"), crpix1, crpix2, &pixels);
            field.image(&format!("t{k}_area.fits"), crpix1, crpix2, &areas);
        }
        let mut template = String::from("SIMPLE = T\nBITPIX = -64\nNAXIS = 2\n");
        for (key, value) in sky(60.5, 65.0) {
            template += &format!("{key} = {value}\n");
        }
        field.text(
            "r.hdr",
            &format!("{template}NAXIS1 = 70\nNAXIS2 = 55\nEND\n"),
        );
        let huge = format!("{template}NAXIS1 = 1000000000\nNAXIS2 = 1000000000\nEND\n");
        field.text("huge.hdr", &huge);
        field.table(&[0, 1, 2, 3, 4]);
        field
    }

    fn image(&self, name: &str, crpix1: f64, crpix2: f64, pixels: &[f64]) {
        let mut header = Header::primary(-64, &[WIDTH as i64, HEIGHT as i64]);
        for (key, value) in sky(crpix1, crpix2) {
            header.replace(Card::with_token(key, &value, ""));
        }
        write_image(&self.file(name), &header, pixels).unwrap();
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str, text: &str) {
        std::fs::write(self.file(name), text).unwrap();
    }

    /// Writes the image table of these tiles, in this order.
    fn table(&self, tiles: &[usize]) {
        let mut text = String::from(TABLE_HEAD);
        for &k in tiles {
            text += &row(k, WIDTH, PLACES[k]);
        }
        self.text("images.tbl", &text);
    }

    fn read(&self, name: &str) -> Vec<f64> {
        let mut image = Image::open(&self.file(name), "Image file").unwrap();
        let mut pixels = Vec::new();
        image.read(image.whole(), &mut pixels).unwrap();
        pixels
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.file(name)).unwrap()
    }

    fn add(&self, change: impl FnOnce(&mut AddParams), threads: usize) -> Result<AddOutcome> {
        self.add_to(&self.file("r.hdr"), change, threads)
    }

    fn add_to(
        &self,
        template: &Path,
        change: impl FnOnce(&mut AddParams),
        threads: usize,
    ) -> Result<AddOutcome> {
        let (table, output) = (self.file("images.tbl"), self.file("out.fits"));
        let mut params = AddParams {
            path: self.0.path(),
            table: &table,
            template,
            output: &output,
            shrink: true,
            no_areas: false,
            coadd: Coadd::Mean,
            debug: 0,
        };
        change(&mut params);
        add(&params, &Run::new(threads))
    }

    /// The message of a mosaic that fails, cut to the template or not. It costs no earlier one.
    fn refusal(&self, template: &str, shrink: bool) -> String {
        self.text("out.fits", "earlier");
        let template = self.file(template);
        let change = |p: &mut AddParams| p.shrink = shrink;
        let error = self.add_to(&template, change, 2).unwrap_err().to_string();
        assert_eq!(self.bytes("out.fits"), b"earlier");
        assert!(!self.file("out_area.fits").exists());
        let hidden = std::fs::read_dir(self.0.path()).unwrap();
        let litter = hidden.filter(|e| e.as_ref().unwrap().file_name().as_bytes()[0] == b'.');
        assert_eq!(litter.count(), 0);
        error
    }
}

fn row(k: usize, naxis1: usize, (crpix1, crpix2): (f64, f64)) -> String {
    format!(
        " {k:4} {naxis1:6} {HEIGHT:6}  RA---TAN   DEC--TAN  {crpix1:8.2} {crpix2:8.2} {:6.1} {:6.1} {:7} {:7} {:12}\n",
        10.0, 20.0, "-0.001", "0.001", format!("t{k}.fits")
    )
}

const ALL: [Coadd; 4] = [Coadd::Mean, Coadd::Median, Coadd::Count, Coadd::Sum];

/// Whether pixel `i` of a tile whose weights differ is covered: it has areas all around, or more than half
/// of the greatest of them.
fn is_covered(areas: &[f64], i: usize) -> bool {
    let (x, y) = ((i % WIDTH) as i64, (i / WIDTH) as i64);
    let around = (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| (x + dx, y + dy)));
    let area = |(x, y): (i64, i64)| match (0..WIDTH as i64).contains(&x)
        && (0..HEIGHT as i64).contains(&y)
    {
        true => areas[y as usize * WIDTH + x as usize],
        false => 0.0,
    };
    let all: Vec<f64> = around.map(area).collect();
    let greatest = all.iter().copied().fold(0.0, f64::max);
    all.iter().all(|area| *area > 0.0) || areas[i] > 0.5 * greatest
}

/// The stack of a pixel by the plainest reading: values and areas of all tiles that have it, and
/// whether those cover it.
fn expected(coadd: Coadd, stack: &[(f64, f64, bool)]) -> (f64, f64) {
    let area: f64 = stack.iter().map(|p| p.1).sum();
    match coadd {
        _ if stack.is_empty() => (f64::NAN, 0.0),
        Coadd::Mean => (stack.iter().map(|p| p.0 * p.1).sum::<f64>() / area, area),
        Coadd::Sum => (stack.iter().map(|p| p.0).sum(), area),
        Coadd::Count => (stack.iter().filter(|p| p.0 > 0.0).count() as f64, 1.0),
        Coadd::Median => {
            let mut good: Vec<_> = stack.iter().filter(|p| p.2).collect();
            good.sort_by(|a, b| a.0.total_cmp(&b.0));
            let area = good.iter().map(|p| p.1).sum();
            match good.len() {
                0 => (f64::NAN, 0.0),
                n if n % 2 == 0 && n > 2 => ((good[n / 2].0 + good[n / 2 - 1].0) / 2.0, area),
                n => (good[(n - 1) / 2].0, area),
            }
        }
    }
}

#[test]
fn every_stacking_is_that_of_a_plain_reading() {
    let field = Field::new();
    for (coadd, no_areas) in ALL.iter().flat_map(|&c| [(c, false), (c, true)]) {
        field
            .add(
                |p| {
                    (p.coadd, p.no_areas, p.shrink) = (coadd, no_areas, false);
                },
                2,
            )
            .unwrap();
        let (values, areas) = (field.read("out.fits"), field.read("out_area.fits"));
        let mut stacks = vec![Vec::new(); 70 * 55];
        for (k, &(crpix1, crpix2)) in PLACES.iter().enumerate() {
            let pixels = field.read(&format!("t{k}.fits"));
            let areas = field.read(&format!("t{k}_area.fits"));
            for i in 0..pixels.len() {
                let x = 60.5 - crpix1 + (i % WIDTH) as f64;
                let y = 65.0 - crpix2 + (i / WIDTH) as f64;
                let area = if no_areas { 1.0 } else { areas[i] };
                let inside = (0.0..70.0).contains(&x) && (0.0..55.0).contains(&y);
                if inside && !pixels[i].is_nan() && area > 0.0 {
                    let covered = no_areas || is_covered(&areas, i);
                    stacks[y as usize * 70 + x as usize].push((pixels[i], area, covered));
                }
            }
        }
        let deepest = stacks.iter().map(Vec::len).max();
        assert_eq!(deepest, Some(3));
        for (i, stack) in stacks.iter().enumerate() {
            let (value, area) = expected(coadd, stack);
            let same = |a: f64, b: f64| (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-12;
            let found = (values[i], areas[i]);
            assert!(
                same(found.0, value) && same(found.1, area),
                "{coadd:?} {i} {stack:?}: {found:?}, not {value} {area}"
            );
        }
    }
}

#[test]
fn threads_and_the_order_of_the_table_do_not_change_a_bit() {
    let field = Field::new();
    for coadd in ALL {
        let mut first = None;
        for (threads, order) in [
            (1, [0, 1, 2, 3, 4]),
            (2, [4, 3, 2, 1, 0]),
            (7, [2, 0, 3, 1, 4]),
        ] {
            field.table(&order);
            field.add(|p| p.coadd = coadd, threads).unwrap();
            let both = (field.bytes("out.fits"), field.bytes("out_area.fits"));
            assert!(*first.get_or_insert_with(|| both.clone()) == both);
        }
    }
}

#[test]
fn rows_too_long_for_memory_are_done_in_parts() {
    let field = Field::new();
    let template = std::fs::read_to_string(field.file("r.hdr")).unwrap();
    let wide = template.replace("NAXIS1 = 70", "NAXIS1 = 70000");
    field.text("r.hdr", &wide.replace("60.5", "30000.5"));
    for coadd in ALL {
        let mut first = None;
        // What a thread may use shrinks with their number.
        for threads in [1, 200] {
            let whole = |p: &mut AddParams| (p.coadd, p.shrink) = (coadd, false);
            field.add(whole, threads).unwrap();
            let both = (field.bytes("out.fits"), field.bytes("out_area.fits"));
            assert!(*first.get_or_insert_with(|| both.clone()) == both);
        }
    }
    let values = field.read("out.fits");
    assert!(values[5 * 70_000 + 29_950..][..40]
        .iter()
        .any(|v| !v.is_nan()));
}

#[test]
fn the_mosaic_shrinks_to_its_images() {
    let field = Field::new();
    field.table(&[0, 1, 2]);
    field.add(|_| {}, 1).unwrap();
    let mut image = Image::open(&field.file("out.fits"), "Image file").unwrap();
    assert_eq!(image.reference_pixel().unwrap(), (50.5, 60.0));
    assert_eq!((image.width(), image.height()), (60, 45));
    let (mut corner, pixels) = (Vec::new(), field.read("t0.fits"));
    image.read(image.whole(), &mut corner).unwrap();
    let areas = field.read("t0_area.fits");
    let first = (0..15).find(|&i| areas[i] > 0.0 && !pixels[i].is_nan());
    let first = first.unwrap();
    assert!((corner[first] - pixels[first]).abs() < 1e-12);
}

#[test]
fn packed_images_are_read_and_leave_nothing_behind() {
    let field = Field::new();
    field.table(&[0, 1, 2]);
    field.add(|_| {}, 1).unwrap();
    let plain = (field.bytes("out.fits"), field.bytes("out_area.fits"));
    for name in ["t0.fits", "t0_area.fits", "t2.fits"] {
        let zipped = Command::new("gzip").arg(field.file(name)).status();
        assert!(zipped.unwrap().success());
    }
    let table = std::fs::read_to_string(field.file("images.tbl")).unwrap();
    // One is asked for under its packed name, one is found packed.
    field.text("images.tbl", &table.replace("t0.fits", "t0.fits.gz"));
    field.add(|_| {}, 2).unwrap();
    assert!(plain == (field.bytes("out.fits"), field.bytes("out_area.fits")));
    let hidden = std::fs::read_dir(field.0.path()).unwrap();
    let litter = hidden.filter(|e| e.as_ref().unwrap().file_name().as_bytes()[0] == b'.');
    assert_eq!(litter.count(), 0);
}

#[test]
fn what_cannot_be_coadded_is_named() {
    let field = Field::new();
    let file = |name: &str| field.file(name);
    let check = |message: String, parts: &[&str]| {
        for part in parts {
            assert!(message.contains(part), "{message}");
        }
    };
    check(field.refusal("/no.hdr", true), &["/no.hdr"]);
    let huge = file("huge.hdr");
    check(field.refusal("huge.hdr", false), &["out.fits", "too large"]);
    // More than a disk has, but no more than a file may have.
    let text = std::fs::read_to_string(&huge).unwrap();
    field.text("huge.hdr", &text.replacen("1000000000", "50000000", 1));
    check(field.refusal("huge.hdr", false), &["out"]);

    let table = std::fs::read_to_string(file("images.tbl")).unwrap();
    let with = |from: &str, to: &str, parts: &[&str]| {
        assert!(table.contains(from), "{from}");
        field.text("images.tbl", &table.replacen(from, to, 1));
        check(field.refusal("r.hdr", true), parts);
    };
    with("    40 ", "    41 ", &["t0.fits", "40 x 30", "41 x 30"]);
    with("    40 ", "    -4 ", &["Row 1", "naxis1", "images.tbl"]);
    with("    30 ", "   abc ", &["Row 1", "naxis2", "images.tbl"]);
    with("   50.50", "     nan", &["crpix1", "images.tbl"]);
    with("   50.50", "    1e99", &["crpix1", "images.tbl"]);
    with("-0.001", "     0", &["cdelt1", "images.tbl"]);
    with("-0.001", "-0.002", &["not in same pixel space", "t1.fits"]);
    with("t0.fits", "t9.fits", &["Image file", "t9.fits"]);
    with("t0.fits", "       ", &["Row 1", "no file name"]);
    with("crval2", "crvalx", &["Need columns: cntr,fname"]);
    field.text("images.tbl", TABLE_HEAD);
    check(field.refusal("r.hdr", true), &["No images", "images.tbl"]);
    field.text("images.tbl", &table);

    let spoil = |name: &str, from: &str, to: &str, parts: &[&str]| {
        let good = field.bytes(name);
        let (header, pixels) = good.split_at(2880);
        let header = String::from_utf8(header.to_vec()).unwrap();
        assert!(header.contains(from), "{from}");
        let header = header.replacen(from, to, 1);
        std::fs::write(file(name), [header.as_bytes(), pixels].concat()).unwrap();
        check(field.refusal("r.hdr", true), parts);
        std::fs::write(file(name), good).unwrap();
    };
    let no_match = "header CTYPE1 does not match template";
    spoil("t1.fits", "RA---TAN", "RA---SIN", &["t1.fits"]);
    spoil(
        "t1.fits",
        "10.0",
        "10.1",
        &["t1.fits", &no_match.replace("CTYPE1", "CRVAL1")],
    );
    spoil("t1.fits", "-0.001", "-0.002", &["t1.fits", "CD/CDELT"]);
    // The area image of another size.
    let good = field.bytes("t1_area.fits");
    let header = Header::primary(-64, &[WIDTH as i64, 29]);
    write_image(&file("t1_area.fits"), &header, &[1.0; WIDTH * 29]).unwrap();
    check(
        field.refusal("r.hdr", true),
        &["Area file", "t1_area.fits", "40 x 29"],
    );
    std::fs::write(file("t1_area.fits"), &good[..5000]).unwrap();
    check(field.refusal("r.hdr", true), &["t1_area.fits"]);
    std::fs::remove_file(file("t1_area.fits")).unwrap();
    check(field.refusal("r.hdr", true), &["Area file", "t1_area.fits"]);
    // Of images outside the mosaic nothing is needed.
    std::fs::write(file("t1_area.fits"), good).unwrap();
    std::fs::remove_file(file("t3.fits")).unwrap();
    field.add(|p| p.shrink = false, 2).unwrap();
}

#[test]
fn a_cancelled_mosaic_is_none() {
    let field = Field::new();
    field.text("out.fits", "earlier");
    let (table, template) = (field.file("images.tbl"), field.file("r.hdr"));
    let params = AddParams {
        path: field.0.path(),
        table: &table,
        template: &template,
        output: &field.file("out.fits"),
        shrink: false,
        no_areas: false,
        coadd: Coadd::Median,
        debug: 0,
    };
    let stop = |_, _| true;
    let cancelled = add(&params, &Run::with_progress(2, &stop));
    assert!(matches!(cancelled, Err(Error::Cancelled)));
    assert_eq!(field.bytes("out.fits"), b"earlier");
}

/// The tiles of M17 in a folder, unpacked, with their table and template.
fn m17() -> Option<(TempDir, PathBuf)> {
    let data = shared_data("2mass_m17")?;
    let dir = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(data.join("projected")).unwrap() {
        let from = entry.unwrap().path();
        let to = dir.path().join(from.file_stem().unwrap());
        let unzipped = Command::new("gzip").arg("-dc").arg(&from).output().unwrap();
        std::fs::write(to, unzipped.stdout).unwrap();
    }
    Some((dir, data))
}

#[test]
fn mosaics_of_m17_are_those_of_montage_6_byte_for_byte() {
    let (Some((dir, data)), Some(original)) = (m17(), original("mAdd")) else {
        return;
    };
    let table = data.join("reference6/pimages.tbl");
    let template = data.join("region.hdr");
    let (theirs, ours) = (dir.path().join("theirs.fits"), dir.path().join("ours.fits"));
    let cases = ["mean", "median", "count", "sum"];
    let cases = cases
        .iter()
        .flat_map(|&c| [(c, "-n"), (c, "-e"), (c, "-d0")]);
    for (name, flag) in cases {
        let output = Command::new(&original)
            .args(["-a", name, flag, "-p"])
            .args([dir.path(), &table, &template, &theirs])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            said.contains("stat=\"OK\", module=\"mAdd\", time="),
            "{said}"
        );
        let params = AddParams {
            path: dir.path(),
            table: &table,
            template: &template,
            output: &ours,
            shrink: flag != "-e",
            no_areas: flag == "-n",
            coadd: Coadd::from_name(name).unwrap(),
            debug: 0,
        };
        add(&params, &Run::new(2)).unwrap();
        for ending in [".fits", "_area.fits"] {
            let read = |name: &str| std::fs::read(dir.path().join(format!("{name}{ending}")));
            let same = read("theirs").unwrap() == read("ours").unwrap();
            assert!(same, "{name} {flag} {ending}");
        }
    }
}

/// Two images of a square of 20 x 20 pixels on one of 40 x 30, whose outer pixels are covered by a fifth,
/// all areas times a weight: the median has the same pixels whatever the weight, as with a weight of 1.
#[test]
fn a_median_has_the_same_pixels_whatever_the_weights() {
    let field = Field::new();
    let nominal = 1.0_f64.to_radians().powi(2) * 1e-6;
    let in_square = |i: usize, margin: usize| {
        (10 + margin..30 - margin).contains(&(i % WIDTH))
            && (5 + margin..25 - margin).contains(&(i / WIDTH))
    };
    let pixels: Vec<f64> = (0..WIDTH * HEIGHT)
        .map(|i| {
            if in_square(i, 0) {
                (i % 13) as f64
            } else {
                f64::NAN
            }
        })
        .collect();
    let weights: [fn(usize) -> f64; 5] = [
        |_| 1.0,
        |_| 0.3,
        |_| 1e4,
        // Inverse variances: from 0.1 to 10 over the image, and a source.
        |i| 0.1 * 100_f64.powf((i % WIDTH) as f64 / WIDTH as f64),
        |i| {
            if i == 15 * WIDTH + 20 {
                0.01
            } else {
                1.0 + 0.1 * (i % 7) as f64
            }
        },
    ];
    let mut first = None;
    for weight in weights {
        for (k, place) in PLACES.iter().enumerate().take(2) {
            let areas: Vec<f64> = (0..WIDTH * HEIGHT)
                .map(|i| match (in_square(i, 0), in_square(i, 1)) {
                    (_, true) => nominal * weight(i),
                    (true, _) => 0.2 * nominal * weight(i),
                    _ => 0.0,
                })
                .collect();
            field.image(&format!("t{k}.fits"), place.0, place.1, &pixels);
            field.image(&format!("t{k}_area.fits"), place.0, place.1, &areas);
        }
        field.table(&[0, 1]);
        field.add(|p| p.coadd = Coadd::Median, 2).unwrap();
        let values = field.read("out.fits");
        let good = values.iter().filter(|v| v.is_finite()).count();
        // Two squares of 18 x 18 pixels, 20 columns and 15 rows apart: they do not meet.
        assert_eq!(good, 2 * 18 * 18);
        let text = format!("{values:?}");
        assert!(*first.get_or_insert_with(|| text.clone()) == text);
    }
}
