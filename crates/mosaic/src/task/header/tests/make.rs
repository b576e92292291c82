//! mMakeHdr against Montage 6.0's program, and where that is wrong against the truth.

use super::*;
use crate::io::header_template::HeaderTemplate;
use sky::Wcs;

/// A table of these columns, with keyword lines above.
fn table(keywords: &[&str], columns: &str, rows: &[&[f64]]) -> String {
    let mut text: String = keywords.iter().map(|line| format!("\\{line}\n")).collect();
    let names: Vec<_> = columns.split(' ').collect();
    text += &format!(
        "|{}|\n",
        names
            .iter()
            .map(|n| format!("{n:>16}"))
            .collect::<Vec<_>>()
            .join("|")
    );
    for row in rows {
        text += &format!(
            " {} \n",
            row.iter()
                .map(|x| format!("{x:>16}"))
                .collect::<Vec<_>>()
                .join(" ")
        );
    }
    text
}

/// Options as the program takes them.
#[derive(Default, Clone, Copy)]
struct Options<'a> {
    north: bool,
    pad: f64,
    percent: bool,
    scale: f64,
    most: i32,
    csys: &'a str,
    equinox: Option<f64>,
}

fn ours(place: &Place, name: &str, options: Options) -> Result<MakeHdrOutcome, String> {
    make_header(
        &MakeHdrParams {
            table: &place.file(name),
            template: &place.file("ours.hdr"),
            csys: if options.csys.is_empty() {
                "EQUJ"
            } else {
                options.csys
            },
            equinox: options.equinox.unwrap_or(2000.0),
            pixel_scale: options.scale,
            orientation: match options.north {
                true => Orientation::NorthUp,
                false => Orientation::SmallestBox,
            },
            pad: match options.percent {
                true => Pad::Percent(options.pad),
                false => Pad::Pixels(options.pad),
            },
            max_pixel: options.most,
            debug: 0,
        },
        &Run::default(),
    )
    .map_err(|e| e.to_string())
}

/// Both templates and both lines of results, the numbers as near as `tolerance` (0: the same bytes).
fn compare(place: &Place, name: &str, options: Options, tolerance: f64) {
    let Some(program) = original("mMakeHdr") else {
        return;
    };
    let mut words: Vec<String> = Vec::new();
    if options.north {
        words.push("-n".into());
    }
    if options.pad > 0.0 {
        let sign = if options.percent { "%" } else { "" };
        words.extend(["-e".into(), format!("{}{sign}", options.pad)]);
    }
    if options.scale > 0.0 {
        words.extend(["-p".into(), options.scale.to_string()]);
    }
    if options.most > 0 {
        words.extend(["-P".into(), options.most.to_string()]);
    }
    words.extend([name.into(), "theirs.hdr".into()]);
    if !options.csys.is_empty() {
        words.push(options.csys.into());
    }
    words.extend(options.equinox.map(|year| year.to_string()));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let theirs = run_original(&program, place, &words);
    let outcome = ours(place, name, options).unwrap();
    let line = format!(
        "[struct stat=\"OK\", module=\"mMakeHdr\", {}]",
        outcome.fields().message()
    );
    let what = words.join(" ");
    if tolerance == 0.0 {
        assert_eq!(place.read("ours.hdr"), place.read("theirs.hdr"), "{what}");
        assert_eq!(line, theirs, "{what}");
    } else {
        assert_near(
            &place.read("ours.hdr"),
            &place.read("theirs.hdr"),
            tolerance,
            &what,
        );
        assert_near(&line, &theirs, 1e-6, &what);
    }
}

const SYSTEMS: [(&str, Option<f64>); 10] = [
    ("EQUJ", None),
    ("eq", Some(1980.0)),
    ("EquB", None),
    ("equb", Some(1950.0)),
    ("Ecliptic", None),
    ("ecl", Some(1950.0)),
    ("ECLB", Some(1950.0)),
    ("GAL", None),
    ("ga", Some(1950.0)),
    ("supergalactic", None),
];

#[test]
fn m17_is_as_montage_makes_it() {
    let Some(data) = shared_data("2mass_m17/reference6") else {
        return;
    };
    let place = Place::new();
    for name in ["rimages.tbl", "pimages.tbl"] {
        std::fs::copy(data.join(name), place.file(name)).unwrap();
    }
    let plain = Options::default();
    // The raw tiles, to the byte.
    compare(&place, "rimages.tbl", plain, 0.0);
    let variants = [
        plain,
        Options {
            north: true,
            ..plain
        },
        Options {
            scale: 0.001,
            ..plain
        },
        Options {
            scale: 1.0,
            ..plain
        },
        Options { most: 500, ..plain },
        Options { pad: 20.0, ..plain },
        Options {
            pad: 10.0,
            percent: true,
            ..plain
        },
        Options {
            north: true,
            pad: 3.0,
            scale: 0.0005,
            ..plain
        },
        Options {
            most: 1000,
            pad: 5.0,
            percent: true,
            ..plain
        },
    ];
    for options in variants {
        compare(&place, "rimages.tbl", options, 0.0);
        // The angle of a box that stands almost upright comes from an arc cosine near 1.
        compare(&place, "pimages.tbl", options, 1e-7);
    }
    for (csys, equinox) in SYSTEMS {
        for north in [false, true] {
            let options = Options {
                csys,
                equinox,
                north,
                ..plain
            };
            compare(&place, "rimages.tbl", options, 1e-7);
            compare(&place, "pimages.tbl", options, 1e-7);
        }
    }
}

/// Positions that fill a rough disc, without any pattern.
fn disc(lon: f64, lat: f64, radius: f64) -> Vec<[f64; 2]> {
    let mut random = simulate::Random(12345);
    let mut next = || random.between(-1.0, 1.0);
    (0..20)
        .map(|_| {
            let y = (lat + radius * next()).clamp(-90.0, 90.0);
            let x = lon + radius * next() / lat.to_radians().cos().max(1e-3);
            // The digits of a table.
            [x.rem_euclid(360.0), y].map(|v| (v * 1e6).round() / 1e6)
        })
        .collect()
}

#[test]
fn positions_anywhere_are_as_montage_makes_them() {
    let place = Place::new();
    let regions = [
        (120.0, 30.0, 1.0),
        (0.0, 10.0, 2.0),
        (300.0, -60.0, 1.0),
        (10.0, 88.0, 1.0),
        (10.0, 89.5, 1.0),
        (0.0, -89.8, 0.5),
        (200.0, 0.0, 3.0),
        (50.0, 20.0, 15.0),
        // All-sky templates.
        (50.0, 20.0, 50.0),
        (0.0, 0.0, 90.0),
    ];
    for (lon, lat, radius) in regions {
        let points = disc(lon, lat, radius);
        let rows: Vec<&[f64]> = points.iter().map(|p| &p[..]).collect();
        place.write("p.tbl", &table(&[], "ra dec", &rows));
        for north in [false, true] {
            let scale = 0.01;
            let plain = Options {
                scale,
                north,
                ..Options::default()
            };
            compare(&place, "p.tbl", plain, 1e-7);
            compare(
                &place,
                "p.tbl",
                Options {
                    csys: "GAL",
                    ..plain
                },
                1e-7,
            );
        }
    }
}

#[test]
fn tables_of_every_kind_are_as_montage_reads_them() {
    let place = Place::new();
    let three: [&[f64]; 3] = [&[10.0, 0.0], &[11.0, 1.0], &[10.0, 2.0]];
    place.write("gal.tbl", &table(&["COORD = galactic"], "lon lat", &three));
    place.write(
        "b1950.tbl",
        &table(&["SYS = eq", "EQUINOX = B1950"], "lon lat", &three),
    );
    place.write(
        "ecl.tbl",
        &table(&["system = eclj", "epoch = 1975"], "ra dec", &three),
    );
    let scaled: [&[f64]; 3] = [&[10.0, 0.0, 0.01], &[11.0, 1.0, -0.001], &[10.0, 2.0, 0.02]];
    place.write("crval.tbl", &table(&[], "crval1 crval2 cdelt1", &scaled));
    let corners: [&[f64]; 1] = [&[359.9, -0.1, 0.1, -0.1, 0.1, 0.1, 359.9, 0.1, 1e-4, 2e-4]];
    let names = "ra1 dec1 ra2 dec2 ra3 dec3 ra4 dec4 cdelt1 cdelt2";
    place.write("corners.tbl", &table(&[], names, &corners));
    place.write(
        "lonlat.tbl",
        &table(
            &["SYSTEM = gal"],
            &names.replace("ra", "lon").replace("dec", "lat"),
            &corners,
        ),
    );
    // Nineteen tables: Montage loses the first sixteen names of more (and crashes).
    let list = "|       table|\n gal.tbl\n b1950.tbl\n crval.tbl\n";
    place.write("list.tbl", list);
    for north in [false, true] {
        for name in ["gal", "b1950", "ecl", "crval", "corners", "lonlat"] {
            for csys in ["", "GAL", "EQUB"] {
                let options = Options {
                    north,
                    csys,
                    ..Options::default()
                };
                compare(&place, &format!("{name}.tbl"), options, 1e-7);
            }
        }
    }
}

#[test]
fn cubes_are_joined_as_in_montage() {
    let place = Place::new();
    let columns = "ra dec naxis naxis3 crval3 crpix3 cdelt3 naxis4 crval4 crpix4 cdelt4";
    let cases: [(&str, [[f64; 11]; 3]); 4] = [
        (
            "three axes",
            [
                [10.0, 0.0, 3.0, 20.0, 500.0, 5.0, 2.5, 0.0, 0.0, 0.0, 0.0],
                [11.0, 1.0, 3.0, 30.0, 500.0, 1.0, 2.5, 0.0, 0.0, 0.0, 0.0],
                [10.0, 2.0, 3.0, 10.0, 500.0, 12.0, 2.5, 0.0, 0.0, 0.0, 0.0],
            ],
        ),
        (
            "four axes",
            [
                [10.0, 0.0, 4.0, 20.0, 500.0, 5.0, 2.5, 4.0, 1.0, 1.0, 1.0],
                [11.0, 1.0, 4.0, 30.0, 500.0, 1.0, 2.5, 2.0, 1.0, 3.0, 1.0],
                [10.0, 2.0, 4.0, 10.0, 500.0, 12.0, 2.5, 6.0, 1.0, 2.0, 1.0],
            ],
        ),
        (
            "another CRVAL3",
            [
                [10.0, 0.0, 3.0, 20.0, 500.0, 5.0, 2.5, 0.0, 0.0, 0.0, 0.0],
                [11.0, 1.0, 3.0, 30.0, 501.0, 1.0, 2.5, 0.0, 0.0, 0.0, 0.0],
                [10.0, 2.0, 3.0, 10.0, 500.0, 12.0, 2.5, 0.0, 0.0, 0.0, 0.0],
            ],
        ),
        (
            "an image among cubes",
            [
                [10.0, 0.0, 3.0, 20.0, 500.0, 5.0, 2.5, 0.0, 0.0, 0.0, 0.0],
                [11.0, 1.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
                [10.0, 2.0, 3.0, 10.0, 500.0, 12.0, 2.5, 0.0, 0.0, 0.0, 0.0],
            ],
        ),
    ];
    for (what, rows) in cases {
        let rows: Vec<&[f64]> = rows.iter().map(|r| &r[..]).collect();
        place.write("cube.tbl", &table(&[], columns, &rows));
        compare(&place, "cube.tbl", Options::default(), 0.0);
        let outcome = ours(&place, "cube.tbl", Options::default()).unwrap();
        assert_eq!(outcome.note.is_empty(), what.ends_with("axes"), "{what}");
    }
}

#[test]
fn many_tables_are_joined() {
    let place = Place::new();
    let mut list = String::from("|                                             table|\n");
    for i in 0..40 {
        let x = f64::from(i);
        let row: [&[f64]; 1] = [&[100.0 + 0.1 * x, (x * 0.7).sin()]];
        let path = place.write(&format!("t{i}.tbl"), &table(&[], "ra dec", &row));
        list += &format!("  {}\n", path.display());
    }
    place.write("list.tbl", &list);
    let outcome = ours(
        &place,
        "list.tbl",
        Options {
            scale: 0.001,
            ..Options::default()
        },
    )
    .unwrap();
    assert_eq!(outcome.count, 40);
    // 3.9 by 2 degrees.
    assert!((3900..4100).contains(&outcome.naxis1), "{outcome:?}");
}

/// All positions are inside the template that was written.
fn assert_inside(place: &Place, points: &[[f64; 2]]) {
    let template = HeaderTemplate::open(&place.file("ours.hdr")).unwrap();
    let wcs = Wcs::new(&template).unwrap();
    let (width, height) = (wcs.size().0 as f64, wcs.size().1 as f64);
    for point in points {
        let (x, y) = wcs.sky_to_pixel(point[0], point[1]).unwrap();
        let inside = x > 0.4 && x < width + 0.6 && y > 0.4 && y < height + 0.6;
        assert!(inside, "{point:?} is at {x} {y} of {width} x {height}");
    }
}

#[test]
fn where_montage_is_wrong_the_template_holds_everything() {
    let place = Place::new();
    let cases: [&[[f64; 2]]; 4] = [
        // The furthest of three on one bearing is left out by the original.
        &[[0.0, 0.0], [1.0, 0.0], [3.0, 0.0], [1.0, 1.0]],
        // Both poles in the very middle: the original's box is (0, 0) without a size.
        &[[0.0, 89.5], [90.0, 89.5], [180.0, 89.5], [270.0, 89.5]],
        &[
            [45.0, -89.5],
            [135.0, -89.5],
            [225.0, -89.5],
            [315.0, -89.5],
        ],
        &[
            [359.5, 0.0],
            [0.5, 0.0],
            [0.5, 1.0],
            [359.5, 1.0],
            [0.0, 0.0],
        ],
    ];
    for points in cases {
        let rows: Vec<&[f64]> = points.iter().map(|p| &p[..]).collect();
        place.write("p.tbl", &table(&[], "ra dec", &rows));
        for north in [false, true] {
            ours(
                &place,
                "p.tbl",
                Options {
                    scale: 0.001,
                    north,
                    ..Options::default()
                },
            )
            .unwrap();
            assert_inside(&place, points);
        }
    }
}

#[test]
fn bad_arguments_and_tables_are_errors() {
    let place = Place::new();
    let three: [&[f64]; 3] = [&[10.0, 0.0], &[11.0, 1.0], &[10.0, 2.0]];
    place.write("p.tbl", &table(&[], "ra dec", &three));
    place.write("two.tbl", &table(&[], "ra dec", &three[..2]));
    place.write("none.tbl", &table(&[], "x y", &three));
    place.write(
        "text.tbl",
        "|  ra  |  dec |\n  10.0   0\n  none   1\n  10     2\n",
    );
    place.write(
        "nan.tbl",
        "|  ra  |  dec |\n  10.0   0\n  nan    1\n  10     2\n",
    );
    place.write("empty.tbl", "");
    place.write("old.tbl", &table(&["EQUINOX = 20000"], "ra dec", &three));
    let plain = Options::default();
    let cases: [(&str, Options, &str); 16] = [
        ("missing.tbl", plain, "Invalid table file"),
        ("empty.tbl", plain, "Invalid table file"),
        ("none.tbl", plain, "Need columns: ctype1"),
        ("two.tbl", plain, "Error computing boundaries (2 positions"),
        ("text.tbl", plain, "Row 2 has no usable number in column ra"),
        (
            "nan.tbl",
            plain,
            "Row 2 has a coordinate that is no finite number",
        ),
        ("old.tbl", plain, "Equinox 20000 is not a year"),
        (
            "p.tbl",
            Options {
                csys: "fk9",
                ..plain
            },
            "Argument csys: Invalid system string.",
        ),
        (
            "p.tbl",
            Options {
                equinox: Some(-5.0),
                ..plain
            },
            "Argument equinox",
        ),
        (
            "p.tbl",
            Options {
                equinox: Some(f64::NAN),
                ..plain
            },
            "Argument equinox",
        ),
        (
            "p.tbl",
            Options {
                scale: -1.0,
                ..plain
            },
            "Argument pixelScale",
        ),
        (
            "p.tbl",
            Options {
                scale: f64::INFINITY,
                ..plain
            },
            "Argument pixelScale",
        ),
        (
            "p.tbl",
            Options {
                scale: 1e-12,
                ..plain
            },
            "pixels on axis 1",
        ),
        (
            "p.tbl",
            Options {
                pad: f64::NAN,
                ..plain
            },
            "Argument pad",
        ),
        (
            "p.tbl",
            Options { pad: -1e6, ..plain },
            "Argument pad: leaves no pixels",
        ),
        ("p.tbl", Options { most: -1, ..plain }, "Argument maxPixel"),
    ];
    place.write("ours.hdr", "earlier");
    for (name, options, expected) in cases {
        let why = ours(&place, name, options).unwrap_err();
        assert!(why.contains(expected), "{name}: {why}");
        assert_eq!(place.read("ours.hdr"), "earlier");
    }
}

#[test]
fn rows_that_are_no_images_are_errors() {
    let place = Place::new();
    let row = |ctype: &str, size: &str, cdelt: &str| {
        format!(
            "|ctype1  |ctype2  |naxis1|naxis2|crval1|crval2|crpix1|crpix2|cdelt1 |cdelt2 |crota2|\n RA---{ctype} DEC--{ctype} {size:>6} 100    10     20     50     50     {cdelt:>7} 0.001   0\n"
        )
    };
    let cases = [
        (row("TAN", "100", "-0.001"), ""),
        (row("TAN", "0", "-0.001"), "NAXIS1 is 0) for image 1"),
        (
            row("TAN", "x", "-0.001"),
            "Row 1 has no usable number in column naxis1",
        ),
        (row("TAN", "100", "0"), "CDELT1 is zero"),
        (row("XXX", "100", "-0.001"), "Bad WCS"),
        (
            row("---", "100", "-0.001"),
            "Bad WCS (Invalid projection) for image 1",
        ),
        (row("TAN", "100", "1e-11"), "pixels on axis 2"),
    ];
    for (text, expected) in cases {
        place.write("i.tbl", &text);
        match ours(&place, "i.tbl", Options::default()) {
            Ok(outcome) => assert!(expected.is_empty() && outcome.naxis1 > 90, "{text}"),
            Err(why) => assert!(!expected.is_empty() && why.contains(expected), "{why}"),
        }
    }
}

#[test]
fn a_map_of_the_whole_sky_makes_one() {
    // The corners of an Aitoff map have no sky; the original takes them for (0, 0).
    let place = Place::new();
    place.write(
        "sky.tbl",
        "|ctype1  |ctype2  |naxis1|naxis2|crval1|crval2|crpix1|crpix2|cdelt1|cdelt2|crota2|\n RA---AIT DEC--AIT 361    181    0      0      181    91     -1.0   1.0    0\n",
    );
    let outcome = ours(&place, "sky.tbl", Options::default()).unwrap();
    assert!(outcome.all_sky);
    assert_eq!((outcome.naxis1, outcome.naxis2), (360, 180));
    assert!(place.read("ours.hdr").contains("RA---AIT"));
}
