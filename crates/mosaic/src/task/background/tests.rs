use super::*;
use fits::card::Card;
use fits::{write_image, Header};
use sky::Keywords;
use std::process::Command;
use tempfile::TempDir;
use testing::{original, shared_data};

const PLANE: Plane = Plane {
    a: 0.01,
    b: -0.02,
    c: 3.0,
};
const WIDTH: usize = 11;
const HEIGHT: usize = 7;

/// A folder with images to correct.
struct Field(TempDir);

impl Field {
    fn new() -> Self {
        let field = Field(tempfile::tempdir().unwrap());
        std::fs::create_dir(field.file("out")).unwrap();
        field
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str, text: &str) -> PathBuf {
        std::fs::write(self.file(name), text).unwrap();
        self.file(name)
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.file(name)).unwrap()
    }

    /// An image of `value` everywhere and its areas of 0.5.
    fn pair(&self, name: &str, value: f64) {
        let pixels = [value; WIDTH * HEIGHT];
        write_image(&self.file(&format!("{name}.fits")), &header(&[]), &pixels).unwrap();
        let area = self.file(&format!("{name}_area.fits"));
        write_image(&area, &header(&[]), &[0.5; WIDTH * HEIGHT]).unwrap();
    }

    fn correct(&self, name: &str, no_areas: bool) -> Result<BackgroundOutcome> {
        let params = BackgroundParams {
            input: &self.file(name),
            output: &self.file("out/c.fits"),
            plane: PLANE,
            no_areas,
            debug: 0,
        };
        background(&params, &Run::new(1))
    }

    fn exec(&self, images: &str, corrections: &str, threads: usize) -> Result<BgExecOutcome> {
        let params = BgExecParams {
            path: self.0.path(),
            table: &self.text("images.tbl", images),
            corrections: &self.text("corrections.tbl", corrections),
            output: &self.file("out"),
            no_areas: false,
            debug: 0,
        };
        bg_exec(&params, &Run::new(threads))
    }
}

/// The header of a small image, its axes followed by `more` axes.
fn header(more: &[i64]) -> Header {
    let mut header = Header::primary(-64, &[&[WIDTH as i64, HEIGHT as i64], more].concat());
    header.set_real("CRPIX1", -3.5);
    header.set_real("CRPIX2", 4.25);
    header
}

fn read(path: &Path) -> Vec<f64> {
    let mut image = Image::open(path, "Image file").unwrap();
    let mut pixels = Vec::new();
    image.read(image.whole(), &mut pixels).unwrap();
    pixels
}

fn message<T: std::fmt::Debug>(result: Result<T>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn real_tiles_are_montage_6s_byte_by_byte() {
    let (Some(data), Some(theirs)) = (shared_data("2mass_m17"), original("mBgExec")) else {
        return;
    };
    let field = Field::new();
    std::fs::create_dir(field.file("theirs")).unwrap();
    let (path, table) = (data.join("projected"), data.join("reference6/pimages.tbl"));
    let corrections = data.join("reference6/corrections.tbl");
    for no_areas in [false, true] {
        let said = Command::new(&theirs)
            .args(no_areas.then_some("-n"))
            .arg("-p")
            .args([&path, &table, &corrections, &field.file("theirs")])
            .output()
            .unwrap();
        let said = String::from_utf8(said.stdout).unwrap();
        let params = BgExecParams {
            path: &path,
            table: &table,
            corrections: &corrections,
            output: &field.file("out"),
            no_areas,
            debug: 0,
        };
        let ours = bg_exec(&params, &Run::new(3)).unwrap();
        assert!(said.contains(&ours.fields().message()), "{said}");
        let mut compared = 0;
        for entry in std::fs::read_dir(field.file("theirs")).unwrap() {
            let name = entry.unwrap().file_name();
            let [a, b] =
                ["theirs", "out"].map(|dir| std::fs::read(field.file(dir).join(&name)).unwrap());
            assert!(a == b, "{name:?} differs (no_areas: {no_areas})");
            std::fs::remove_file(field.file("theirs").join(&name)).unwrap();
            std::fs::remove_file(field.file("out").join(&name)).unwrap();
            compared += 1;
        }
        assert_eq!(compared, if no_areas { 8 } else { 16 });
        assert_eq!(std::fs::read_dir(field.file("out")).unwrap().count(), 0);
    }
}

#[test]
fn degenerate_axes_are_kept_and_cubes_refused() {
    let field = Field::new();
    field.pair("x", 5.0);
    let pixels = [5.0; WIDTH * HEIGHT];
    write_image(&field.file("x.fits"), &header(&[1, 1]), &pixels).unwrap();
    field.correct("x", false).unwrap();
    for name in ["out/c.fits", "out/c_area.fits"] {
        let image = Image::open(&field.file(name), "Image file").unwrap();
        assert_eq!(image.sizes(), [11, 7, 1, 1]);
    }
    // Pixel (i, j) = (2, 1) is 5.5 right of and 3.25 below the reference pixel.
    let expected = 5.0 - (0.01 * 5.5 - 0.02 * -3.25 + 3.0);
    let found = read(&field.file("out/c.fits"))[WIDTH + 2];
    assert!((found - expected).abs() < 1e-15, "{found} {expected}");

    let cube = [5.0; 2 * WIDTH * HEIGHT];
    write_image(&field.file("x.fits"), &header(&[1, 2]), &cube).unwrap();
    let said = message(field.correct("x", false));
    assert!(
        said.contains("x.fits") && said.contains("NAXIS4 is 2"),
        "{said}"
    );
}

#[test]
fn scaled_integers_become_doubles_without_scaling() {
    let field = Field::new();
    let mut cards = Header::primary(16, &[2, 1]);
    for (key, value) in [
        ("BSCALE", "0.5"),
        ("BZERO", "100"),
        ("BLANK", "-1"),
        ("CRPIX1", "0"),
        ("CRPIX2", "0"),
        ("DATASUM", "0"),
    ] {
        cards.push(Card::with_token(key, value, ""));
    }
    let mut file = cards.to_blocks();
    file.extend([0, 8, 0xff, 0xff]);
    file.resize(2 * 2880, 0);
    std::fs::write(field.file("i.fits"), file).unwrap();
    field.correct("i.fits", true).unwrap();
    let image = Image::open(&field.file("out/c.fits"), "Image file").unwrap();
    assert_eq!(image.header().integer("BITPIX"), Some(-64));
    for key in ["BSCALE", "BZERO", "BLANK", "DATASUM"] {
        assert!(!image.header().has(key), "{key}");
    }
    let pixels = read(&field.file("out/c.fits"));
    assert!((pixels[0] - 101.0).abs() < 1e-12 && pixels[1].is_nan());
}

#[test]
fn a_failure_leaves_earlier_outputs_and_no_litter() {
    let field = Field::new();
    field.pair("x", 5.0);
    field.correct("x.fits", false).unwrap();
    let before = ["out/c.fits", "out/c_area.fits"].map(|name| field.bytes(name));
    let refused = |why: &str, result: Result<BackgroundOutcome>| {
        let said = message(result);
        assert!(said.contains(why), "{said} (expected: {why})");
        let after = ["out/c.fits", "out/c_area.fits"].map(|name| field.bytes(name));
        assert!(before == after, "{why}: an output was touched");
        assert_eq!(std::fs::read_dir(field.file("out")).unwrap().count(), 2);
    };
    refused("no.fits", field.correct("no", false));

    // Files cut short, then areas of another size, then none.
    let whole = field.bytes("x.fits");
    std::fs::write(field.file("x.fits"), &whole[..2880 + 600]).unwrap();
    refused("x.fits", field.correct("x", false));
    std::fs::write(field.file("x.fits"), &whole).unwrap();

    let area = field.bytes("x_area.fits");
    std::fs::write(field.file("x_area.fits"), &area[..2880 + 600]).unwrap();
    refused("x_area.fits", field.correct("x", false));
    write_image(
        &field.file("x_area.fits"),
        &Header::primary(-64, &[WIDTH as i64, 2]),
        &[1.0; 2 * WIDTH],
    )
    .unwrap();
    refused("11 x 2 pixels", field.correct("x", false));
    std::fs::remove_file(field.file("x_area.fits")).unwrap();
    refused("x_area.fits", field.correct("x", false));
    std::fs::write(field.file("x_area.fits"), &area).unwrap();

    for (name, value) in [("A", f64::NAN), ("C", f64::INFINITY)] {
        let mut plane = PLANE;
        *(if name == "A" {
            &mut plane.a
        } else {
            &mut plane.c
        }) = value;
        let params = BackgroundParams {
            input: &field.file("x"),
            output: &field.file("out/c"),
            plane,
            no_areas: false,
            debug: 0,
        };
        let expected = format!("Argument {name}:");
        refused(&expected, background(&params, &Run::new(1)));
    }
    let pixels = [5.0; WIDTH * HEIGHT];
    let bare = Header::primary(-64, &[WIDTH as i64, HEIGHT as i64]);
    write_image(&field.file("x.fits"), &bare, &pixels).unwrap();
    refused("CRPIX1", field.correct("x", false));
}

#[test]
fn neither_output_is_replaced_when_one_cannot_be_written() {
    let field = Field::new();
    field.pair("x", 5.0);
    std::fs::write(field.file("out/c.fits"), "earlier").unwrap();
    std::fs::create_dir(field.file("out/c_area.fits")).unwrap();
    let said = message(field.correct("x", false));
    assert!(said.contains("c_area.fits"), "{said}");
    assert_eq!(field.bytes("out/c.fits"), b"earlier");
}

#[test]
fn an_image_may_be_corrected_in_place() {
    let field = Field::new();
    field.pair("x", 5.0);
    field.correct("x", false).unwrap();
    let params = BackgroundParams {
        input: &field.file("x.fits"),
        output: &field.file("x.fits"),
        plane: PLANE,
        no_areas: false,
        debug: 0,
    };
    background(&params, &Run::new(1)).unwrap();
    assert_eq!(field.bytes("x.fits"), field.bytes("out/c.fits"));
}

const IMAGES: &str = concat!(
    "|  cntr      | fname          |\n",
    "| int        | char           |\n",
    "           1   dir/x.fits      \n",
    "          -2   y.fits.gz       \n",
    "  3000000000   z               \n",
    "           4   missing.fits    \n",
    "           5   x.fits          \n",
    "        what   y.fits          \n",
);

const CORRECTIONS: &str = concat!(
    "| id         | a   | b   | c      |\n",
    "           1  0     0     1       \n",
    "          -2  0     0     7       \n",
    "          -2  0     0     2       \n",
    "  3000000000  0     0     nan     \n",
    "  1234567890  1     1     1       \n",
    "           4  1     1     1       \n",
);

#[test]
fn exec_counts_what_is_missing_and_goes_on() {
    let field = Field::new();
    for (name, value) in [("x", 10.0), ("y", 20.0), ("z", 30.0)] {
        field.pair(name, value);
    }
    for threads in [1, 2, 7] {
        let outcome = field.exec(IMAGES, CORRECTIONS, threads).unwrap();
        // Failed: nan as a correction, no such file, no number as an id.
        let expected = BgExecOutcome {
            count: 6,
            nocorrection: 1,
            failed: 3,
        };
        assert_eq!(outcome, expected);
        // x stands twice: the later row wins, which has no correction. Of two corrections for
        // -2 the later counts.
        assert_eq!(read(&field.file("out/x.fits")), [10.0; WIDTH * HEIGHT]);
        assert_eq!(read(&field.file("out/x_area.fits")), [0.5; WIDTH * HEIGHT]);
        assert_eq!(read(&field.file("out/y.fits")), [18.0; WIDTH * HEIGHT]);
        assert_eq!(std::fs::read_dir(field.file("out")).unwrap().count(), 4);
        for entry in std::fs::read_dir(field.file("out")).unwrap() {
            std::fs::remove_file(entry.unwrap().path()).unwrap();
        }
    }
}

#[test]
fn exec_refuses_bad_tables_and_folders() {
    let field = Field::new();
    field.pair("x", 10.0);
    let said = message(field.exec("hello", CORRECTIONS, 1));
    assert!(said.contains("Invalid image metadata file") && said.contains("images.tbl"));
    let said = message(field.exec("| cntr |\n 1\n", CORRECTIONS, 1));
    assert!(said.starts_with("Need columns: cntr and fname in image list"));
    let said = message(field.exec(IMAGES, "", 1));
    assert!(said.contains("Invalid corrections file") && said.contains("corrections.tbl"));
    let said = message(field.exec(IMAGES, "| id | a  | b  |\n", 1));
    assert!(said.starts_with("Need columns: id,a,b,c in corrections file"));
    let said = message(field.exec(IMAGES, "| id | a  | b  | c  |\n 1    x    0    0\n", 1));
    assert!(
        said.contains("Row 1") && said.contains("column a"),
        "{said}"
    );
    assert_eq!(std::fs::read_dir(field.file("out")).unwrap().count(), 0);
    std::fs::remove_dir(field.file("out")).unwrap();
    assert!(message(field.exec(IMAGES, CORRECTIONS, 1)).starts_with("Cannot access"));
    std::fs::write(field.file("out"), "").unwrap();
    assert!(message(field.exec(IMAGES, CORRECTIONS, 1)).starts_with("Cannot access"));
}

#[test]
fn exec_can_be_cancelled() {
    let field = Field::new();
    field.pair("x", 10.0);
    field.pair("y", 10.0);
    let table = field.text("t.tbl", "| cntr| fname |\n 1      x     \n 2      y     \n");
    let params = BgExecParams {
        path: field.0.path(),
        table: &table,
        corrections: &field.text("c.tbl", CORRECTIONS),
        output: &field.file("out"),
        no_areas: false,
        debug: 0,
    };
    let stop = |done, _| done == 1;
    let result = bg_exec(&params, &Run::with_progress(1, &stop));
    assert!(matches!(result, Err(Error::Cancelled)));
    // The first is done, whole; of the second there is nothing.
    assert_eq!(std::fs::read_dir(field.file("out")).unwrap().count(), 2);
}

#[test]
fn table_mode_finds_the_correction_by_name() {
    let field = Field::new();
    let images = field.text("images.tbl", IMAGES);
    let corrections = field.text("corrections.tbl", CORRECTIONS);
    let of = |name: &str| correction_of(name, &images, &corrections);
    assert_eq!(of("dir/x.fits").unwrap().c, 1.0);
    assert_eq!(of("y.fits.gz").unwrap().c, 2.0);
    assert_eq!(of("x.fits").unwrap(), Plane::default());
    assert!(message(of("nobody.fits")).contains("without finding file name nobody.fits"));
    let table = field.text("file.tbl", "| cntr | file  |\n 4       a.fits\n");
    assert_eq!(
        correction_of("a.fits", &table, &corrections).unwrap().a,
        1.0
    );
}
