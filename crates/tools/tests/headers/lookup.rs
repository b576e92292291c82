//! Lookup tables (CPDISi, D2IMDISi) against astropy 8.0.2.
//!
//! The numbers are `WCS(hdul[0].header, hdul).all_pix2world(x, y, 1)` of the very files that these
//! tests write.

use std::path::{Path, PathBuf};

use fits::{FileTables, Image};
use mosaic::run::Run;
use mosaic::task::header::{coordinates, CoordParams, Place};
use mosaic::task::reproject::{project, InputParams, ProjectOptions, ProjectParams};
use sky::chebyshev::{cells, CellMap};
use sky::{Map, PixelMap, Wcs};
use testing::shared_data;

use super::{hdu, separation, write};

/// What the arrays of a table are on: CRPIX, CRVAL and CDELT of both axes.
type Axes = [[f64; 2]; 3];

fn table(name: &str, version: i64, size: [usize; 2], seed: usize, axes: Axes) -> Vec<u8> {
    let mut lines = vec![
        format!("EXTNAME = '{name}'"),
        format!("EXTVER  = {version}"),
    ];
    for (key, values) in ["CRPIX", "CRVAL", "CDELT"].iter().zip(axes) {
        for (n, value) in (1..).zip(values) {
            lines.push(format!("{key}{n}  = {value:?}"));
        }
    }
    let [width, height] = size;
    let value = |i: usize, j: usize| (((i * 7 + j * 13 + seed) % 11) as f64 - 5.0) * 0.01;
    let values: Vec<f32> = (0..height)
        .flat_map(|j| (0..width).map(move |i| value(i, j) as f32))
        .collect();
    hdu("XTENSION= 'IMAGE   '", size, &lines, &values)
}

fn records(lines: &mut Vec<String>, key: &str, version: i64, swapped: bool) {
    let [first, second] = if swapped { [2, 1] } else { [1, 2] };
    for (field, value) in [
        ("EXTVER", version),
        ("NAXES", 2),
        ("AXIS.1", first),
        ("AXIS.2", second),
    ] {
        lines.push(format!("{key:<8}= '{field}: {value}.0'"));
    }
}

fn image(suffix: &str, lines: &[String]) -> Vec<u8> {
    let mut all: Vec<String> = vec![
        format!("CTYPE1  = 'RA---TAN{suffix}'"),
        format!("CTYPE2  = 'DEC--TAN{suffix}'"),
    ];
    all.extend(
        "CRVAL1  = 150.\nCRVAL2  = 32.\nCRPIX1  = 60.5\nCRPIX2  = 45.5\nCD1_1   = -1.3E-3\n\
         CD1_2   = 3E-4\nCD2_1   = 3E-4\nCD2_2   = 1.3E-3"
            .lines()
            .map(str::to_owned),
    );
    all.extend_from_slice(lines);
    hdu("SIMPLE  = T", [120, 100], &all, &vec![1.0; 12_000])
}

const NEAR: Axes = [[1.0, 1.0], [10.0, 8.0], [12.5, 15.0]];
const WIDE: Axes = [[0.0, 0.0], [1.0, 1.0], [17.5, 19.0]];
const DETECTOR: Axes = [[2.0, 1.5], [30.0, 8.0], [25.0, 14.0]];

/// SIP, a table for either axis, and one of the detector for the first.
fn with_sip(folder: &Path) -> PathBuf {
    let mut lines: Vec<String> = [
        "A_ORDER = 2",
        "B_ORDER = 2",
        "A_2_0   = 5E-5",
        "B_0_2   = -4E-5",
    ]
    .map(str::to_owned)
    .to_vec();
    for axis in [1, 2] {
        lines.push(format!("CPDIS{axis}  = 'Lookup'"));
        records(&mut lines, &format!("DP{axis}"), axis, false);
    }
    lines.push("D2IMDIS1= 'Lookup'".to_owned());
    records(&mut lines, "D2IM1", 1, false);
    let path = folder.join("sip.fits");
    write(
        &path,
        &[
            image("-SIP", &lines),
            table("WCSDVARR", 1, [8, 6], 0, NEAR),
            table("WCSDVARR", 2, [8, 6], 3, NEAR),
            table("D2IMARR", 1, [5, 7], 4, DETECTOR),
        ],
    );
    path
}

/// No SIP; one table has its axes exchanged, versions are out of order.
fn without_sip(folder: &Path) -> PathBuf {
    let mut lines = vec!["CPDIS1  = 'Lookup'".to_owned()];
    records(&mut lines, "DP1", 3, true);
    lines.push("CPDIS2  = 'LOOKUP'".to_owned());
    lines.push("DP2.EXTVER = 4".to_owned());
    lines.push("HIERARCH DP2.AXIS.2 = 2".to_owned());
    lines.push("D2IMDIS2= 'Lookup'".to_owned());
    records(&mut lines, "D2IM2", 1, false);
    let path = folder.join("tables.fits");
    write(
        &path,
        &[
            image("", &lines),
            table("WCSDVARR", 4, [8, 6], 3, WIDE),
            table("D2IMARR", 1, [5, 7], 4, DETECTOR),
            table("WCSDVARR", 3, [6, 9], 8, NEAR),
        ],
    );
    path
}

const WITH_SIP: [[f64; 4]; 9] = [
    [1.0, 1.0, 150.07519066197472, 31.92418404947346],
    [60.5, 45.5, 150.0000081049664, 31.999971825532104],
    [120.0, 100.0, 149.92778650167278, 32.08858600915524],
    [-5.0, -7.0, 150.08147367910982, 31.911951124503037],
    [130.25, 40.0, 149.8906931976647, 32.01375810691266],
    [22.5, 23.0, 150.05008650633607, 31.95929356275472],
    [33.7, 61.2, 150.04654502946406, 32.01233289326829],
    [97.5, 83.0, 149.95646219357158, 32.05980376795518],
    [60.0, 99.75, 150.01990815892682, 32.07026586013527],
];

const WITHOUT_SIP: [[f64; 4]; 9] = [
    [1.0, 1.0, 150.0753485424043, 31.924247807648314],
    [60.5, 45.5, 149.9999853187216, 32.0000103710109],
    [120.0, 100.0, 149.92800238686905, 32.08862699188926],
    [-5.0, -7.0, 150.081699977622, 31.912043931245037],
    [130.25, 40.0, 149.89112483058767, 32.01372890541967],
    [22.5, 23.0, 150.05025027960355, 31.959328320044648],
    [33.7, 61.2, 150.04666247501078, 32.01238326435079],
    [97.5, 83.0, 149.95654567021464, 32.059763201892494],
    [60.0, 99.75, 150.01995069579428, 32.07041041882086],
];

fn wcs(path: &Path) -> Wcs {
    let image = Image::open(path, "Image file").unwrap();
    Wcs::with_tables(image.header(), &FileTables::new(path)).unwrap()
}

#[test]
fn lookup_tables_are_applied_as_astropy_applies_them() {
    let dir = tempfile::tempdir().unwrap();
    let cases = [
        (with_sip(dir.path()), WITH_SIP),
        (without_sip(dir.path()), WITHOUT_SIP),
    ];
    for (path, points) in cases {
        let wcs = wcs(&path);
        assert!(wcs.warnings().is_empty(), "{:?}", wcs.warnings());
        for [x, y, lon, lat] in points {
            let sky = wcs.pixel_to_sky(x, y).unwrap();
            let off = separation(sky, (lon, lat));
            // Angles of single precision in a chord of doubles leave 1e-14.
            assert!(off <= 1e-11, "{path:?} at {x} {y}: {off:e} degree off");
            let (u, v) = wcs.sky_to_pixel(lon, lat).unwrap();
            let off = (u - x).hypot(v - y);
            assert!(off <= 1e-9, "{path:?} back at {x} {y}: {off:e} pixel off");
            let found = coordinates(
                &CoordParams {
                    image: &path,
                    hdu: 0,
                    from: Place::Pixel(x, y),
                    debug: 0,
                },
                &Run::new(1),
            )
            .unwrap();
            assert!(separation((found.ra, found.dec), (lon, lat)) <= 1e-11);
        }
        // All over the image and around it.
        for y in -20..40 {
            for x in -20..50 {
                let (x, y) = (3.0 * f64::from(x) + 0.17, 3.0 * f64::from(y) + 0.41);
                let (lon, lat) = wcs.pixel_to_sky(x, y).unwrap();
                let (u, v) = wcs.sky_to_pixel(lon, lat).unwrap();
                assert!((u - x).hypot(v - y) <= 1e-9, "{x} {y}: {u} {v}");
            }
        }
    }
}

/// Enlarging the canvas moves CRPIX, not the tables.
#[test]
fn lookup_tables_stay_with_their_pixels_when_the_image_is_padded() {
    let dir = tempfile::tempdir().unwrap();
    let plain = wcs(&with_sip(dir.path()));
    let padded = plain.clone().padded(7.0);
    for (x, y) in [(1.0, 1.0), (60.5, 45.5), (97.0, 83.0)] {
        assert_eq!(
            plain.pixel_to_sky(x, y),
            padded.pixel_to_sky(x + 7.0, y + 7.0)
        );
    }
}

#[test]
fn polynomials_meet_a_map_with_lookup_tables_everywhere() {
    let dir = tempfile::tempdir().unwrap();
    let from = wcs(&with_sip(dir.path()));
    let template = "NAXIS=2\nNAXIS1=200\nNAXIS2=200\nCTYPE1='RA---SIN'\nCTYPE2='DEC--SIN'\n\
                    CRVAL1=150\nCRVAL2=32\nCRPIX1=90\nCRPIX2=90\nCDELT1=-1E-3\nCDELT2=1E-3";
    let to =
        mosaic::io::header_template::HeaderTemplate::parse(template.as_bytes(), Path::new("t.hdr"));
    let to = Wcs::new(&to).unwrap();
    for (map, width, height) in [
        (PixelMap::new(&from, &to), 120, 100),
        (PixelMap::new(&to, &from), 200, 200),
    ] {
        let (mut smooth, mut worst) = (0, 0.0_f64);
        for cell in cells(&map, width, height, 0.5) {
            let CellMap::Smooth(polynomials) = &cell.map else {
                continue;
            };
            smooth += 1;
            for j in 0..=20 {
                let y =
                    cell.window.y as f64 + 0.5 + cell.window.height as f64 * f64::from(j) / 20.0;
                let row = polynomials.row(y);
                for i in 0..=20 {
                    let x =
                        cell.window.x as f64 + 0.5 + cell.window.width as f64 * f64::from(i) / 20.0;
                    let (u, v) = row.at(x);
                    let (exact_u, exact_v) = map.at(x, y).unwrap();
                    worst = worst.max((u - exact_u).abs().max((v - exact_v).abs()));
                }
            }
        }
        assert!(smooth > 5, "{smooth} smooth cells");
        // Where a kink is so near a polynomials's edge that no sample lies beyond it, it is this small.
        assert!(worst < 1e-6, "{worst:e}");
    }
}

/// Image and template are the same pixels but for the tables, whose largest value is 0.05.
#[test]
fn an_image_with_lookup_tables_is_projected_to_where_they_put_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = with_sip(dir.path());
    let template = dir.path().join("t.hdr");
    std::fs::write(
        &template,
        "SIMPLE  = T\nBITPIX  = -64\nNAXIS   = 2\nNAXIS1  = 150\nNAXIS2  = 130\n\
         CTYPE1  = 'RA---TAN'\nCTYPE2  = 'DEC--TAN'\nCRVAL1  = 150.\nCRVAL2  = 32.\n\
         CRPIX1  = 75.5\nCRPIX2  = 60.5\nCDELT1  = -1.4E-3\nCDELT2  = 1.4E-3\nEND\n",
    )
    .unwrap();
    let output = dir.path().join("out.fits");
    let params = ProjectParams {
        input: InputParams {
            image: &path,
            hdu: 0,
            weight_file: None,
            fixed_weight: 1.0,
            threshold: 0.0,
            border: "",
            flux_scale: 1.0,
        },
        output: &output,
        template: &template,
        options: ProjectOptions {
            full_region: true,
            ..ProjectOptions::default()
        },
        debug: 0,
    };
    let run = Run::new(2);
    project(&params, &run).unwrap();
    assert_eq!(run.warnings().collected().0, 0);
    // The area covered is that of the image's outline on the sky, by WCS of the file.
    let mut area = Image::open(&dir.path().join("out_area.fits"), "Area file").unwrap();
    let mut areas = Vec::new();
    area.read(area.whole(), &mut areas).unwrap();
    let total: f64 = areas.iter().filter(|a| a.is_finite()).sum();
    let sky = wcs(&path);
    let mut expected = 0.0;
    for y in 1..=100 {
        for x in 1..=120 {
            let (x, y) = (f64::from(x), f64::from(y));
            let corner = |dx: f64, dy: f64| {
                let (lon, lat) = sky.pixel_to_sky(x + dx, y + dy).unwrap();
                let scale = 32_f64.to_radians().cos();
                ((lon - 150.0).to_radians() * scale, lat.to_radians(), lat)
            };
            let corners = [
                corner(-0.5, -0.5),
                corner(0.5, -0.5),
                corner(0.5, 0.5),
                corner(-0.5, 0.5),
            ];
            let mut doubled = 0.0;
            for k in 0..4 {
                let (a, b) = (corners[k], corners[(k + 1) % 4]);
                doubled += a.0 * b.1 - a.1 * b.0;
            }
            let lat = corners[0].2.to_radians();
            expected += 0.5 * doubled.abs() * lat.cos() / 32_f64.to_radians().cos();
        }
    }
    assert!(
        (total / expected - 1.0).abs() < 1e-4,
        "{total:e} {expected:e}"
    );
}

#[test]
fn a_file_without_the_arrays_is_read_by_sip_alone_and_the_errors_are_told() {
    let Some(case) = shared_data("cases/hst_lookup") else {
        return;
    };
    let run = Run::new(1);
    let path = case.join("flc.fits");
    // SIP alone: astropy 8.0.2, the header without CPDISi and D2IMDIS1.
    let found = coordinates(
        &CoordParams {
            image: &path,
            hdu: 0,
            from: Place::Pixel(1.0, 1.0),
            debug: 0,
        },
        &run,
    )
    .unwrap();
    assert!(
        separation((found.ra, found.dec), SIP_ALONE) < 1e-10,
        "{found:?}"
    );
    let (count, texts) = run.warnings().collected();
    assert_eq!(count, 1);
    for text in [
        "flc.fits",
        "D2IMDIS1 (D2IMERR1 = 0.048 pixel)",
        "CPDIS1 (CPERR1 = 0.057 pixel)",
        "CPDIS2 (CPERR2 = 0.04 pixel)",
        "has no D2IMARR of version 1",
    ] {
        assert!(texts[0].contains(text), "{text}: {texts:?}");
    }
}

const SIP_ALONE: (f64, f64) = (150.0007543685808, 31.999242947899077);
