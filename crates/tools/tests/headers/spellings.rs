//! One way from keywords to coordinates: an image that mImgtbl lists is read by all programs.

use std::path::{Path, PathBuf};

use fits::{read_header, Image};
use mosaic::io::header_template::HeaderTemplate;
use mosaic::io::ipac_table::Table;
use mosaic::kernel::reproject::interpolate::Interpolation;
use mosaic::run::Run;
use mosaic::task::header::{coordinates, make_header, tangent_header};
use mosaic::task::header::{
    CoordParams, FitPoints, MakeHdrParams, Orientation, Pad, Place, TanHdrParams,
};
use mosaic::task::header_check::{check_header, Kind};
use mosaic::task::image_table::{image_table, ImageTableOutcome, ImageTableParams};
use mosaic::task::pixels::{shrink, subimage, Mode, ShrinkParams, SubimageParams};
use mosaic::task::reproject::{
    proj_exec, project, project_pp, quick_look, InputParams, PlaneHeaders, ProjExecParams,
    ProjectOptions, ProjectParams, QuickLookParams,
};
use sky::Wcs;
use testing::shared_data;

use super::{hdu, separation, write};

const TYPES: &str = "CTYPE1='RA---TAN';CTYPE2='DEC--TAN'";
const STEPS: &str = "CDELT1=-0.001;CDELT2=0.001";

/// Where pixels (1, 1) and (20, 30) are: `WCS(header).all_pix2world(x, y, 1)` of astropy 8.0.2 for
/// CTYPE 'RA---TAN' and CDELT, or PCi_j; what astropy does not read is spelled otherwise there.
const STRAIGHT: [(f64, f64); 2] = [
    (150.03477646643643, 31.9754952605241),
    (150.01238198071457, 32.004499398690925),
];
const TURNED: [(f64, f64); 2] = [
    (150.01567427007888, 31.964031419421183),
    (150.01337553756946, 31.998646412716592),
];

/// Lines beside CRVAL and CRPIX, parted by semicolons; whether the image is turned by 30 degrees;
/// what the warnings say.
const SPELLINGS: [(&str, bool, &str); 19] = [
    ("TYPES;STEPS", false, ""),
    ("CTYPE1=' RA---TAN';CTYPE2=' DEC--TAN';STEPS", false, ""),
    ("CTYPE1='ra---tan';CTYPE2='dec--tan';STEPS", false, ""),
    ("CTYPE1='RA--TAN';CTYPE2='DEC-TAN';STEPS", false, ""),
    ("TYPES;STEPS;CUNIT1='deg';CUNIT2='DEG'", false, ""),
    (
        "TYPES;CDELT1=-3.6;CDELT2=3.6;CUNIT1='arcsec';CUNIT2='arcsec';UNITS",
        false,
        "",
    ),
    (
        "TYPES;PC1_1=-0.001;PC2_2=0.001;PC1_2=0.;PC2_1=0.",
        false,
        "",
    ),
    ("TYPES;PC1_1=-0.001;PC2_2=0.001;CDELT1=1.", false, ""),
    ("TYPES;CD1_1=-0.001;CD2_2=0.001", false, ""),
    (
        "TYPES;STEPS;RADESYS='GSC1';EQUINOX=2000.",
        false,
        "RADESYS 'GSC1' is not supported: taken as FK5 of 2000 (by EQUINOX)",
    ),
    (
        "TYPES;STEPS;RADESYS='J2000'",
        false,
        "RADESYS 'J2000' is not supported: taken as FK5 of 2000 (by its year)",
    ),
    ("TYPES;STEPS;PV2_1=0.;PV2_2=0.", false, ""),
    (
        "TYPES;STEPS;PV1_0=0.;PV1_1=0.;PV1_2=0.;PV2_0=0.;PV2_1=0.;PV2_2=0.",
        false,
        "",
    ),
    (
        "TYPES;STEPS;A_ORDER=2;B_ORDER=2;A_2_0=5E-4;B_0_2=-4E-4",
        false,
        "A_ORDER, B_ORDER and the polynomials of SIP are not applied: CTYPE does not end in -SIP",
    ),
    (
        "TYPES;STEPS;PC1_1=COS;PC1_2=-0.5;PC2_1=0.5;PC2_2=COS",
        true,
        "",
    ),
    (
        "TYPES;STEPS;PC001001=COS;PC001002=-0.5;PC002001=0.5;PC002002=COS",
        true,
        "",
    ),
    (
        "TYPES;STEPS;PC01_01=COS;PC01_02=-0.5;PC02_01=0.5;PC02_02=COS",
        true,
        "PC01_01 and its like are not standard: read as PC1_1",
    ),
    (
        "TYPES;CD001001=-MILLICOS;CD001002=5E-4;CD002001=5E-4;CD002002=MILLICOS",
        true,
        "CD001001 and its like are not standard: read as CD1_1",
    ),
    (
        "TYPES;CD01_01=-MILLICOS;CD01_02=5E-4;CD02_01=5E-4;CD02_02=MILLICOS",
        true,
        "CD01_01 and its like are not standard: read as CD1_1",
    ),
];

pub(super) fn lines(spelling: &str) -> Vec<String> {
    let place = match spelling.contains("UNITS") {
        true => "CRVAL1=540000.;CRVAL2=115200.",
        false => "CRVAL1=150.;CRVAL2=32.",
    };
    let text = spelling
        .replace("TYPES", TYPES)
        .replace("STEPS", STEPS)
        .replace("MILLICOS", "8.660254038E-4")
        .replace("COS", "0.8660254038")
        .replace(";UNITS", "");
    format!("{place};CRPIX1=30.5;CRPIX2=25.5;{text}")
        .split(';')
        .map(|line| {
            let (key, value) = line.split_once('=').unwrap();
            format!("{key:<8}= {value}")
        })
        .collect()
}

/// An image of zeros, and 100 in pixel (20, 30).
pub(super) fn image(path: &Path, spelling: &str) {
    let mut pixels = vec![0.0; 60 * 50];
    pixels[29 * 60 + 19] = 100.0;
    write(
        path,
        &[hdu("SIMPLE  = T", [60, 50], &lines(spelling), &pixels)],
    );
}

const TEMPLATE: &str = "SIMPLE  = T\nBITPIX  = -64\nNAXIS   = 2\nNAXIS1  = 450\nNAXIS2  = 450\n\
    CTYPE1  = 'RA---TAN'\nCTYPE2  = 'DEC--TAN'\nCRVAL1  = 150.\nCRVAL2  = 32.\nCRPIX1  = 225.5\n\
    CRPIX2  = 225.5\nCDELT1  = -0.0002\nCDELT2  = 0.0002\nEND\n";

/// The sky where the flux of an image is.
fn flux_at(path: &Path) -> (f64, f64) {
    let mut image = Image::open(path, "Image file").unwrap();
    let wcs = Wcs::new(image.header()).unwrap();
    let mut values = Vec::new();
    image.read(image.whole(), &mut values).unwrap();
    let (mut sum, mut x, mut y) = (0.0, 0.0, 0.0);
    for (i, value) in values.iter().enumerate().filter(|(_, v)| v.is_finite()) {
        sum += value;
        x += value * ((i % image.width()) as f64 + 1.0);
        y += value * ((i / image.width()) as f64 + 1.0);
    }
    assert!(sum > 0.0, "no flux in {}", path.display());
    wcs.pixel_to_sky(x / sum, y / sum).unwrap()
}

fn input(image: &Path) -> InputParams<'_> {
    InputParams {
        image,
        hdu: 0,
        weight_file: None,
        fixed_weight: 1.0,
        threshold: 0.0,
        border: "",
        flux_scale: 1.0,
    }
}

fn projecting<'a>(image: &'a Path, output: &'a Path, template: &'a Path) -> ProjectParams<'a> {
    ProjectParams {
        input: input(image),
        output,
        template,
        options: ProjectOptions::default(),
        debug: 0,
    }
}

fn at(image: &Path, x: f64, y: f64, run: &Run) -> (f64, f64) {
    let from = Place::Pixel(x, y);
    let found = coordinates(
        &CoordParams {
            image,
            hdu: 0,
            from,
            debug: 0,
        },
        run,
    )
    .unwrap();
    (found.ra, found.dec)
}

/// A folder with an image of its own, and the work of all programs on it.
struct Case {
    dir: tempfile::TempDir,
    spelling: &'static str,
    sky: [(f64, f64); 2],
    run: Run<'static>,
}

impl Case {
    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn close(&self, what: &str, found: (f64, f64), expected: (f64, f64), tolerance: f64) {
        let off = separation(found, expected);
        assert!(
            off <= tolerance,
            "{}: {what}: {off:e} degree off",
            self.spelling
        );
    }

    fn listed(&self) {
        let outcome = image_table(
            &ImageTableParams {
                folder: self.file("raw"),
                table: self.file("raw.tbl"),
                corners: true,
                ..Default::default()
            },
            &self.run,
        )
        .unwrap();
        let expected = ImageTableOutcome {
            count: 1,
            nfile: 1,
            nhdu: 1,
            badfits: 0,
            badwcs: 0,
        };
        assert_eq!(outcome, expected, "{}", self.spelling);
        let table = Table::open(&self.file("raw.tbl"), "Table").unwrap();
        let row = table.rows().next().unwrap();
        let text = |name: &str| row.text(table.column(name).unwrap()).into_owned();
        assert_eq!(
            [text("ctype1"), text("ctype2")],
            ["RA---TAN", "DEC--TAN"],
            "{}",
            self.spelling
        );
        let turned = self.sky == TURNED;
        let crota: f64 = text("crota2").parse().unwrap();
        let expected = if turned { 330.0 } else { 0.0 };
        assert!(
            (crota - expected).abs() < 1e-4 || (crota - expected).abs() > 359.9999,
            "{}: {crota}",
            self.spelling
        );
        for (name, step) in [("cdelt1", -1e-3), ("cdelt2", 1e-3)] {
            let found: f64 = text(name).parse().unwrap();
            assert!((found - step).abs() < 1e-12, "{}: {found}", self.spelling);
        }
    }

    fn projected(&self) {
        let (raw, template) = (self.file("raw/a.fits"), self.file("t.hdr"));
        let output = |name: &str| self.file(name);
        let out = output("exact.fits");
        project(&projecting(&raw, &out, &template), &self.run).unwrap();
        // Five output pixels to the side of the bright one: their centres hold its place to this.
        self.close("mProject", flux_at(&out), self.sky[1], 4e-6);
        let out = output("plane.fits");
        project_pp(
            &projecting(&raw, &out, &template),
            &PlaneHeaders::default(),
            &self.run,
        )
        .unwrap();
        self.close("mProjectPP", flux_at(&out), self.sky[1], 4e-6);
        let out = output("quick.fits");
        let params = QuickLookParams {
            input: input(&raw),
            output: &out,
            template: &template,
            interpolation: Interpolation::Nearest,
            expand: false,
            full_region: false,
            no_areas: false,
            debug: 0,
        };
        quick_look(&params, &self.run).unwrap();
        self.close("mProjectQL", flux_at(&out), self.sky[1], 1e-4);
        std::fs::create_dir(self.file("projected")).unwrap();
        let [path, table, to] = ["raw", "raw.tbl", "projected"].map(|name| self.file(name));
        let params = ProjExecParams::new(&path, &table, &template, &to);
        let outcome = proj_exec(&params, &self.run).unwrap();
        assert_eq!(
            (outcome.count, outcome.failed, outcome.nooverlap),
            (1, 0, 0),
            "{}",
            self.spelling
        );
        let out = output("projected/hdu0_a.fits");
        self.close("mProjExec", flux_at(&out), self.sky[1], 4e-6);
    }

    fn cut_and_shrunk(&self) {
        let raw = self.file("raw/a.fits");
        let piece = self.file("piece.fits");
        let params = SubimageParams {
            input: raw.clone(),
            output: piece.clone(),
            x: self.sky[1].0,
            y: self.sky[1].1,
            x_size: 0.003,
            y_size: 0.003,
            mode: Mode::Sky,
            hdu: 0,
            no_wcs: false,
            debug: 0,
        };
        subimage(&params, &self.run).unwrap();
        let mut image = Image::open(&piece, "Image file").unwrap();
        assert!(image.width() <= 5 && image.height() <= 5);
        let mut values = Vec::new();
        image.read(image.whole(), &mut values).unwrap();
        let bright = values.iter().position(|&value| value == 100.0).unwrap();
        let (x, y) = (bright % image.width() + 1, bright / image.width() + 1);
        let found = at(&piece, x as f64, y as f64, &self.run);
        self.close("mSubimage", found, self.sky[1], 1e-10);

        let small = self.file("small.fits");
        let params = ShrinkParams {
            input: raw,
            output: small.clone(),
            factor: 2.0,
            fixed_size: false,
            cdelt: 0.0,
            hdu: 0,
            debug: 0,
        };
        shrink(&params, &self.run).unwrap();
        let found = at(&small, 10.25, 15.25, &self.run);
        self.close("mShrink", found, self.sky[1], 1e-10);
    }

    /// The same keywords as a template.
    fn as_template(&self) {
        let path = self.file("own.hdr");
        let text = format!(
            "SIMPLE  = T\nBITPIX  = -64\nNAXIS   = 2\nNAXIS1  = 60\nNAXIS2  = 50\n{}\nEND\n",
            lines(self.spelling).join("\n")
        );
        std::fs::write(&path, text).unwrap();
        let verdict = check_header(&path, Kind::Either, 0).verdict;
        assert!(verdict.is_ok(), "{}: {verdict:?}", self.spelling);
        let (raw, out) = (self.file("raw/a.fits"), self.file("own.fits"));
        project(&projecting(&raw, &out, &path), &self.run).unwrap();
        self.close("onto itself", flux_at(&out), self.sky[1], 1e-6);
        let header = read_header(&out, 0, "Image file").unwrap();
        let found = Wcs::new(&header).unwrap().cd();
        let expected = Wcs::new(&HeaderTemplate::open(&path).unwrap())
            .unwrap()
            .cd();
        assert_eq!(found, expected, "{}", self.spelling);

        let tangent = self.file("tangent.hdr");
        let outcome = tangent_header(
            &TanHdrParams {
                original: &path,
                tangent: &tangent,
                order: 4,
                max_rounds: 50,
                tolerance: 0.01,
                points: FitPoints::OnImage,
                debug: 0,
            },
            &self.run,
        )
        .unwrap();
        let worst = outcome.fwdxerr.max(outcome.fwdyerr);
        assert!(worst < 1e-6, "{}: {outcome:?}", self.spelling);
        let plane = Wcs::new(&HeaderTemplate::open(&tangent).unwrap()).unwrap();
        let found = plane.pixel_to_sky(20.0, 30.0).unwrap();
        self.close("mTANHdr", found, self.sky[1], 1e-8);
        // The steps and the matrix, not the polynomials, hold the scale.
        let [[a, b], [c, d]] = plane.cd();
        let scale = (a * d - b * c).abs().sqrt();
        assert!((scale - 1e-3).abs() < 1e-8, "{}: {scale}", self.spelling);
    }

    fn held_by_a_template(&self) {
        let template = self.file("made.hdr");
        let outcome = make_header(
            &MakeHdrParams {
                table: &self.file("raw.tbl"),
                template: &template,
                csys: "EQUJ",
                equinox: 2000.0,
                pixel_scale: 0.0,
                orientation: Orientation::SmallestBox,
                pad: Pad::Pixels(0.0),
                max_pixel: 0,
                debug: 0,
            },
            &self.run,
        )
        .unwrap();
        assert_eq!(outcome.count, 1);
        let near = separation((outcome.clon, outcome.clat), (150.0, 32.0));
        assert!(near < 2e-3, "{}: {outcome:?}", self.spelling);
    }
}

#[test]
fn what_one_program_reads_all_read() {
    for (spelling, turned, warning) in SPELLINGS {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("raw")).unwrap();
        let raw = dir.path().join("raw/a.fits");
        image(&raw, spelling);
        std::fs::write(dir.path().join("t.hdr"), TEMPLATE).unwrap();
        let case = Case {
            dir,
            spelling,
            sky: if turned { TURNED } else { STRAIGHT },
            run: Run::new(2),
        };
        case.listed();
        let (_, texts) = case.run.warnings().collected();
        let expected = match warning {
            "" => Vec::new(),
            text => vec![format!("{}: {text}", raw.display())],
        };
        assert_eq!(texts, expected, "{spelling}");
        let pixels = [(1.0, 1.0), (20.0, 30.0)];
        for ((x, y), sky) in pixels.into_iter().zip(case.sky) {
            case.close("mCoord", at(&raw, x, y, &case.run), sky, 1e-10);
        }
        case.projected();
        // The image's own warning, once, whichever programs have read it.
        let (_, texts) = case.run.warnings().collected();
        assert_eq!(texts, expected, "{spelling}");
        case.cut_and_shrunk();
        case.as_template();
        case.held_by_a_template();
    }
}

#[test]
fn a_sexagesimal_crval_is_no_place_on_the_sky() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("raw")).unwrap();
    let raw = dir.path().join("raw/a.fits");
    let lines: Vec<String> = lines("TYPES;STEPS")
        .into_iter()
        .map(|line| match &line[..6] {
            "CRVAL1" => "CRVAL1  = '10:00:00.0'".to_owned(),
            "CRVAL2" => "CRVAL2  = '+32:00:00'".to_owned(),
            _ => line,
        })
        .collect();
    write(
        &raw,
        &[hdu("SIMPLE  = T", [60, 50], &lines, &vec![1.0; 3000])],
    );
    let run = Run::new(1);
    let outcome = image_table(
        &ImageTableParams {
            folder: dir.path().join("raw"),
            table: dir.path().join("raw.tbl"),
            ..Default::default()
        },
        &run,
    )
    .unwrap();
    assert_eq!((outcome.count, outcome.badwcs), (0, 1));
    let template = dir.path().join("t.hdr");
    std::fs::write(&template, TEMPLATE).unwrap();
    let output = dir.path().join("out.fits");
    let named = |why: mosaic::error::Error| {
        let text = why.to_string();
        assert!(text.contains("CRVAL1") && text.contains("a.fits"), "{text}");
    };
    named(project(&projecting(&raw, &output, &template), &run).unwrap_err());
    let place = CoordParams {
        image: &raw,
        hdu: 0,
        from: Place::Pixel(1.0, 1.0),
        debug: 0,
    };
    named(coordinates(&place, &run).unwrap_err());
    // As a template, too.
    let text = TEMPLATE.replace("CRVAL1  = 150.", "CRVAL1  = 10:00:00.0");
    std::fs::write(&template, text).unwrap();
    let why = check_header(&template, Kind::Template, 0).verdict;
    assert_eq!(
        why.unwrap_err().to_string(),
        "CRVAL1 keyword in FITS header not a real number"
    );
}

/// Supergalactic coordinates, and galactic ones by their old name: read and listed, and so
/// projected.
#[test]
fn images_in_systems_that_montage_refuses_are_projected_too() {
    for (lon, lat) in [("SLON", "SLAT"), ("LON-", "LAT-")] {
        let dir = tempfile::tempdir().unwrap();
        let raw = dir.path().join("a.fits");
        image(
            &raw,
            &format!("CTYPE1='{lon}-TAN';CTYPE2='{lat}-TAN';STEPS"),
        );
        let run = Run::new(1);
        let outcome = image_table(
            &ImageTableParams {
                folder: dir.path().to_owned(),
                table: dir.path().join("raw.tbl"),
                ..Default::default()
            },
            &run,
        )
        .unwrap();
        assert_eq!((outcome.count, outcome.badwcs), (1, 0), "{lon}");
        let (ra, dec) = at(&raw, 20.0, 30.0, &run);
        let template = dir.path().join("t.hdr");
        let text = TEMPLATE
            .replace("CRVAL1  = 150.", &format!("CRVAL1  = {ra:?}"))
            .replace("CRVAL2  = 32.", &format!("CRVAL2  = {dec:?}"));
        std::fs::write(&template, text).unwrap();
        let output = dir.path().join("out.fits");
        project(&projecting(&raw, &output, &template), &run).unwrap();
        let off = separation(flux_at(&output), (ra, dec));
        assert!(off < 4e-6, "{lon}: {off:e}");
    }
}

/// The files of the public reports, with the numbers of their README (astropy 8.0.2).
#[test]
fn the_files_of_public_reports_are_where_they_should_be() {
    let cases = [
        ("ctype_leading_blank/in.fits", STRAIGHT[0], 0),
        ("ctype_leading_blank/lower.fits", STRAIGHT[0], 0),
        ("ctype_leading_blank/ra--tan.fits", STRAIGHT[0], 0),
        ("pc_without_cdelt/i.fits", STRAIGHT[0], 0),
        ("radesys_other/gsc1.fits", STRAIGHT[0], 1),
        ("radesys_other/j2000.fits", STRAIGHT[0], 1),
        ("pc01_01/in.fits", TURNED[0], 1),
        (
            "tan_leftover_sip/in.fits",
            (150.04737304687654, 31.942091227236848),
            1,
        ),
    ];
    let Some(data) = shared_data("cases") else {
        return;
    };
    for (name, sky, warnings) in cases {
        let path = data.join(name);
        let run = Run::new(1);
        let off = separation(at(&path, 1.0, 1.0, &run), sky);
        assert!(off < 1e-8, "{name}: {off:e}");
        assert_eq!(run.warnings().collected().0, warnings, "{name}");
        let template = path.with_file_name("t.hdr");
        if template.exists() {
            let dir = tempfile::tempdir().unwrap();
            let output = dir.path().join("out.fits");
            project(&projecting(&path, &output, &template), &run).unwrap();
        }
    }
}
