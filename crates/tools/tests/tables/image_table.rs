//! mImgtbl against Montage 6.0's tables, and what it does with files that are none of the sort.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use fits::card::Card;
use fits::Header;
use mosaic::run::Run;
use mosaic::task::image_table::{image_table, ImageTableOutcome, ImageTableParams};
use testing::{original, shared_data};

/// Keywords of a usable image, with some set otherwise ("" takes one away).
fn cards(changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut cards: Vec<(String, String)> = [
        ("CTYPE1", "'RA---TAN'"),
        ("CTYPE2", "'DEC--TAN'"),
        ("CRVAL1", "10.5"),
        ("CRVAL2", "-20.25"),
        ("CRPIX1", "3.5"),
        ("CRPIX2", "4.5"),
        ("CDELT1", "-0.001"),
        ("CDELT2", "0.001"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .to_vec();
    for (key, value) in changes {
        cards.retain(|(k, _)| k != key);
        if !value.is_empty() {
            cards.push((key.to_string(), value.to_string()));
        }
    }
    cards
}

/// The bytes of one HDU of zeros.
fn hdu(mut header: Header, sizes: &[i64], cards: &[(String, String)]) -> Vec<u8> {
    for (key, value) in cards {
        header.push(Card::from_text(&format!("{key:<8}= {value}")));
    }
    let mut bytes = header.to_blocks();
    let pixels: i64 = if sizes.is_empty() {
        0
    } else {
        sizes.iter().product()
    };
    let data = pixels as usize * 4;
    bytes.resize(bytes.len() + data.next_multiple_of(2880), 0);
    bytes
}

fn image(sizes: &[i64], changes: &[(&str, &str)]) -> Vec<u8> {
    hdu(Header::primary(-32, sizes), sizes, &cards(changes))
}

fn extension(sizes: &[i64], changes: &[(&str, &str)]) -> Vec<u8> {
    let mut header = Header::default();
    header.push(Card::from_text("XTENSION= 'IMAGE   '"));
    for (key, value) in [("BITPIX", -32), ("NAXIS", sizes.len() as i64)] {
        header.push(Card::with_token(key, &value.to_string(), ""));
    }
    for (i, size) in sizes.iter().enumerate() {
        header.push(Card::with_token(
            &format!("NAXIS{}", i + 1),
            &size.to_string(),
            "",
        ));
    }
    for key in ["PCOUNT", "GCOUNT"] {
        header.push(Card::with_token(
            key,
            if key == "GCOUNT" { "1" } else { "0" },
            "",
        ));
    }
    hdu(header, sizes, &cards(changes))
}

fn write(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

fn run(params: &ImageTableParams) -> (ImageTableOutcome, String) {
    let outcome = image_table(params, &Run::new(2)).unwrap();
    (outcome, std::fs::read_to_string(&params.table).unwrap())
}

/// What a call lists, asked for in a folder with a table beside it.
fn params(folder: &Path) -> ImageTableParams {
    ImageTableParams {
        folder: folder.to_owned(),
        table: folder.with_extension("tbl"),
        cubes: true,
        ..Default::default()
    }
}

/// Header lines, and the rows without their number, by file name and HDU.
fn sorted(table: &str) -> (Vec<String>, Vec<(String, String)>) {
    let (header, rows): (Vec<&str>, Vec<&str>) = table
        .lines()
        .partition(|line| line.starts_with(['\\', '|']));
    let name = |row: &str| {
        let words: Vec<&str> = row.split_whitespace().rev().take(2).collect();
        words.join(" ")
    };
    let mut rows: Vec<(String, String)> = rows
        .iter()
        .map(|row| (name(row), row[7..].to_owned()))
        .collect();
    rows.sort();
    (header.into_iter().map(str::to_owned).collect(), rows)
}

/// Where two rows differ it is by one unit of a number's last digit, `digits` units at most.
fn differ_in_last_digits_only(a: &str, b: &str) -> bool {
    a.len() == b.len()
        && a.split_whitespace().count() == b.split_whitespace().count()
        && a.split_whitespace()
            .zip(b.split_whitespace())
            .all(|(x, y)| {
                let number = |text: &str| text.parse::<f64>().ok();
                x == y
                    || match (number(x), number(y)) {
                        (Some(p), Some(q)) => (p - q).abs() <= 2.01e-7,
                        _ => false,
                    }
            })
}

fn unzip_into(folder: &Path, target: &Path) {
    std::fs::create_dir_all(target).unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension() != Some(OsStr::new("gz")) {
            continue;
        }
        let unzipped = Command::new("gunzip")
            .arg("-c")
            .arg(&path)
            .output()
            .unwrap();
        assert!(unzipped.status.success());
        std::fs::write(target.join(path.file_stem().unwrap()), unzipped.stdout).unwrap();
    }
}

#[test]
fn the_2mass_tables_are_those_of_montage_6() {
    let Some(data) = shared_data("2mass_m17") else {
        return;
    };
    for (folder, reference) in [("raw", "rimages.tbl"), ("projected", "pimages.tbl")] {
        let dir = tempfile::tempdir().unwrap();
        let images = dir.path().join(folder);
        unzip_into(&data.join(folder), &images);
        // Below a relative folder the table's names are relative; from here, make them so.
        let absolute = format!("{}/", images.display());
        let (outcome, table) = run(&params(&images));
        let expected = std::fs::read_to_string(data.join("reference6").join(reference)).unwrap();
        let counts = ImageTableOutcome {
            count: 8,
            nfile: 8,
            nhdu: 8,
            badfits: 0,
            badwcs: 0,
        };
        assert_eq!(outcome, counts);
        let (_, ours) = sorted(&table.replace(&absolute, ""));
        let (_, theirs) = sorted(&expected);
        let trimmed = |rows: &[(String, String)]| -> Vec<String> {
            rows.iter()
                .map(|(_, row)| row.trim_end().to_owned())
                .collect()
        };
        assert_eq!(trimmed(&ours), trimmed(&theirs), "{folder}");
    }
}

#[test]
fn zipped_images_are_listed_with_their_unzipped_size() {
    let Some(data) = shared_data("2mass_m17/raw") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let table = dir.path().join("t.tbl");
    let params = ImageTableParams {
        folder: data.clone(),
        table,
        ..Default::default()
    };
    let (outcome, text) = run(&params);
    assert_eq!((outcome.count, outcome.badfits), (8, 0));
    assert!(text
        .lines()
        .skip(3)
        .all(|row| row.contains("      2111040      0 /") && row.contains(".fits.gz")));
    let (outcome, _) = run(&ImageTableParams {
        no_gzip: true,
        ..params
    });
    assert_eq!((outcome.count, outcome.nfile), (0, 0));
}

/// A folder with images of many kinds, among them such as have no place in a table.
fn mixed_folder(folder: &Path) {
    let galactic: [(&str, &str); 2] = [("CTYPE1", "'GLON-CAR'"), ("CTYPE2", "'GLAT-CAR'")];
    let cd = [
        ("CDELT1", ""),
        ("CDELT2", ""),
        ("CD1_1", "-8.660254037844387E-4"),
        ("CD1_2", "-5E-4"),
        ("CD2_1", "-5E-4"),
        ("CD2_2", "8.660254037844387E-4"),
    ];
    let all_sky = [
        ("CTYPE1", "'GLON-AIT'"),
        ("CTYPE2", "'GLAT-AIT'"),
        ("CRVAL1", "0."),
        ("CRVAL2", "0."),
        ("CRPIX1", "180."),
        ("CRPIX2", "90."),
        ("CDELT1", "-1."),
        ("CDELT2", "1."),
    ];
    let put = |name: &str, sizes: &[i64], changes: &[(&str, &str)]| {
        write(&folder.join(name), &image(sizes, changes));
    };
    put("plain.fits", &[30, 20], &[]);
    put("rotated.fit", &[30, 20], &[("CROTA2", "-30.")]);
    put(
        "upright.fits",
        &[30, 20],
        &[("CDELT1", "0.001"), ("CROTA2", "120.")],
    );
    put("cd.fits", &[30, 20], &cd);
    put("galactic.FITS", &[30, 20], &galactic);
    put("allsky.fits", &[360, 180], &all_sky);
    put(
        "b1950.fits",
        &[30, 20],
        &[("EQUINOX", "1950."), ("RADESYS", "'FK4'")],
    );
    put(
        "cube.fits",
        &[30, 20, 3],
        &[
            ("CRVAL3", "4750.123456789"),
            ("CDELT3", "1.25"),
            ("CRPIX3", "1."),
        ],
    );
    put(
        "named.fits",
        &[30, 20],
        &[
            ("FILTER", "'Ks      '"),
            ("EXPTIME", "1.50E+01 / seconds"),
            ("OBJECT", "'O''Neil'"),
        ],
    );
    put("sub/deep/in.fits", &[30, 20], &[]);
    put("plain_area.fits", &[30, 20], &[]);
    put("no_ctype.fits", &[30, 20], &[("CTYPE1", "")]);
    put(
        "linear.fits",
        &[30, 20],
        &[("CTYPE1", "'LINEAR'"), ("CTYPE2", "'LINEAR'")],
    );
    put("mismatch.fits", &[30, 20], &[("CTYPE2", "'GLAT-TAN'")]);
    put("one_row.fits", &[30, 1], &[]);
    write(&folder.join("text.fits"), b"no FITS at all");
    write(&folder.join("empty.fits"), b"");
    write(&folder.join("notes.txt"), b"not looked at");
    let mut multi = hdu(Header::primary(-32, &[]), &[], &[]);
    multi.extend(extension(&[30, 20], &[("EXTNAME", "'A'")]));
    multi.extend(extension(&[10, 12], &[("CRVAL1", "200.")]));
    write(&folder.join("multi.fits"), &multi);
}

#[test]
fn tables_are_those_of_the_installed_montage() {
    let Some(program) = original("mImgtbl") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    mixed_folder(&dir.path().join("images"));
    std::fs::write(
        dir.path().join("fields"),
        "FILTER char 8\nexptime,double,10\nOBJECT char 3\n\nNO char 3\n",
    )
    .unwrap();
    std::fs::write(
        dir.path().join("list.tbl"),
        "|n| fname            |\n 1  plain.fits\n 2  gone.fits\n 3  sub/deep/in.fits\n 4  plain_area.fits\n",
    )
    .unwrap();
    let mut folders: Vec<PathBuf> = vec![
        "images".into(),
        "./images".into(),
        dir.path().join("images"),
    ];
    if let Some(data) = shared_data("malformed") {
        folders.push(data.canonicalize().unwrap());
    }
    for folder in &folders {
        for options in [
            &[][..],
            &["-c"],
            &["-C"],
            &["-r", "-a"],
            &["-c", "-b"],
            &["-f", "fields"],
            &["-t", "list.tbl"],
        ] {
            let call = |program: &Path, first: &[&str], table: &str| {
                let output = Command::new(program)
                    .args(first)
                    .args(options)
                    .arg(folder)
                    .arg(table)
                    .current_dir(dir.path())
                    .output()
                    .unwrap();
                let text = std::fs::read_to_string(dir.path().join(table)).unwrap();
                (String::from_utf8(output.stdout).unwrap(), text)
            };
            let (their_line, theirs) = call(&program, &[], "theirs.tbl");
            let ours = Path::new(env!("CARGO_BIN_EXE_montage-tools"));
            let (our_line, ours) = call(ours, &["mImgtbl"], "ours.tbl");
            let what = format!("{} {options:?}", folder.display());
            // With -b the original counts an HDU that its WCS library refuses twice.
            let counts = |line: &str| match options.contains(&"-b") {
                true => line.split(", badwcs").next().unwrap_or_default().to_owned(),
                false => line.to_owned(),
            };
            assert_eq!(counts(&our_line), counts(&their_line), "{what}");
            if theirs.is_empty() {
                // Without an image the original leaves an empty file, which it cannot read.
                assert_eq!(ours.lines().count(), 3, "{what}");
                continue;
            }
            assert_eq!(ours.lines().count(), theirs.lines().count(), "{what}");
            for (a, b) in ours.lines().zip(theirs.lines()) {
                // The original shows the keywords of the file before (see the next test).
                if options.contains(&"-f") && a.contains("multi.fits") {
                    continue;
                }
                assert!(differ_in_last_digits_only(a, b), "{what}\n{a}\n{b}");
            }
        }
    }
}

#[test]
fn distorted_images_are_listed_as_montage_lists_them() {
    let (Some(program), Some(data)) = (original("mImgtbl"), shared_data("wcs")) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    for folder in ["wcs", "decam_tpv"] {
        let images = data.canonicalize().unwrap().with_file_name(folder);
        let call = |program: &Path, first: &[&str], table: &str| {
            let output = Command::new(program)
                .args(first)
                .arg("-c")
                .args([images.as_os_str(), OsStr::new(table)])
                .current_dir(dir.path())
                .output()
                .unwrap();
            let text = std::fs::read_to_string(dir.path().join(table)).unwrap();
            (String::from_utf8(output.stdout).unwrap(), text)
        };
        let (their_line, theirs) = call(&program, &[], "theirs.tbl");
        let (our_line, ours) = call(
            Path::new(env!("CARGO_BIN_EXE_montage-tools")),
            &["mImgtbl"],
            "ours.tbl",
        );
        assert_eq!(our_line, their_line, "{folder}");
        let ((our_head, ours), (their_head, theirs)) = (sorted(&ours), sorted(&theirs));
        assert_eq!(our_head, their_head, "{folder}");
        assert_eq!(ours.len(), theirs.len(), "{folder}");
        for ((name, a), (_, b)) in ours.iter().zip(&theirs) {
            // The original says "one degree per pixel" of a PC matrix that has the scale.
            if name.contains("_PC.fits") {
                continue;
            }
            // The original steps to north by AP and BP, which are only nearly the inverse of A and B,
            // and ends the iteration for TNX early.
            let a = a
                .replace(" 222.6637571 ", " 222.6637540 ")
                .replace(" 269.9776728 ", " 269.9777478 ");
            assert!(differ_in_last_digits_only(&a, b), "{folder}\n{a}\n{b}");
        }
    }
}

#[test]
fn keywords_of_the_first_hdu_hold_for_all() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("images");
    let global = [("OBJECT", "'M17'"), ("FILTER", "'V'")].map(|(k, v)| (k.into(), v.into()));
    let mut bytes = hdu(Header::primary(-32, &[]), &[], &global);
    bytes.extend(extension(&[30, 20], &[("FILTER", "'B'")]));
    write(&folder.join("multi.fits"), &bytes);
    let list = dir.path().join("fields");
    std::fs::write(&list, "object char 6\nFILTER char 6").unwrap();
    let (outcome, table) = run(&ImageTableParams {
        cubes: false,
        field_list: Some(list),
        ..params(&folder)
    });
    assert_eq!((outcome.count, outcome.nhdu, outcome.badwcs), (1, 2, 1));
    let row = table.lines().nth(3).unwrap();
    assert!(row.contains(" 2000.00    M17      B "), "{row}");
    assert!(table
        .lines()
        .nth(1)
        .unwrap()
        .contains("|equinox |object|filter|"));
}

#[test]
fn every_number_of_threads_gives_the_same_table() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("images");
    mixed_folder(&folder);
    let params = ImageTableParams {
        recursive: true,
        corners: true,
        show_bad: true,
        ..params(&folder)
    };
    let table = |threads| {
        let outcome = image_table(&params, &Run::new(threads)).unwrap();
        (outcome, std::fs::read(&params.table).unwrap())
    };
    let one = table(1);
    assert_eq!(one, table(2));
    assert_eq!(one, table(7));
    assert!(one.0.count > 15 && one.0.badfits == 2);
}

#[test]
fn a_refused_call_leaves_an_earlier_table_alone() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("images");
    mixed_folder(&folder);
    let good = params(&folder);
    std::fs::write(&good.table, "earlier").unwrap();
    let file = folder.join("plain.fits");
    let nowhere = dir.path().join("nowhere");
    let bad_fields = dir.path().join("fields");
    std::fs::write(&bad_fields, "OBJECT\n").unwrap();
    let bad_list = dir.path().join("list.tbl");
    std::fs::write(&bad_list, "| name |\n a.fits\n").unwrap();
    let cases = [
        (
            ImageTableParams {
                folder: nowhere.clone(),
                ..good.clone()
            },
            "Cannot access ",
        ),
        (
            ImageTableParams {
                folder: file.clone(),
                ..good.clone()
            },
            "is not a directory",
        ),
        (
            ImageTableParams {
                folder: "x".repeat(6000).into(),
                ..good.clone()
            },
            "Cannot access ",
        ),
        (
            ImageTableParams {
                field_list: Some(nowhere.clone()),
                ..good.clone()
            },
            "Cannot open field list file: ",
        ),
        (
            ImageTableParams {
                field_list: Some(bad_fields),
                ..good.clone()
            },
            "Illegal field type (line 0)",
        ),
        (
            ImageTableParams {
                image_list: Some(nowhere.clone()),
                ..good.clone()
            },
            "Cannot open image list file",
        ),
        (
            ImageTableParams {
                image_list: Some(bad_list),
                ..good.clone()
            },
            "Image table needs column fname/file",
        ),
        (
            ImageTableParams {
                table: nowhere.join("t.tbl"),
                ..good.clone()
            },
            "Cannot open output file",
        ),
        (
            ImageTableParams {
                table: folder.clone(),
                ..good.clone()
            },
            "Cannot open output file",
        ),
    ];
    for (params, message) in cases {
        let refusal = image_table(&params, &Run::new(2)).unwrap_err().to_string();
        assert!(refusal.contains(message), "{refusal}");
        assert_eq!(std::fs::read_to_string(&good.table).unwrap(), "earlier");
    }
    let stop = |_, _| true;
    assert!(image_table(&good, &Run::with_progress(2, &stop)).is_err());
    assert_eq!(std::fs::read_to_string(&good.table).unwrap(), "earlier");
}

#[test]
fn links_pipes_and_broken_files_are_no_trap() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("images");
    mixed_folder(&folder);
    std::os::unix::fs::symlink("..", folder.join("sub/back")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.join("dangling.fits")).unwrap();
    let pipe = folder.join("pipe.fits");
    assert!(Command::new("mkfifo")
        .arg(&pipe)
        .status()
        .unwrap()
        .success());
    let (outcome, table) = run(&ImageTableParams {
        recursive: true,
        ..params(&folder)
    });
    assert_eq!(outcome.badfits, 3, "text, an empty file, a pipe");
    assert_eq!(table.matches("deep/in.fits").count(), 1);

    // Every cut and a sprinkling of bytes of a good file: counted, one way or the other.
    let whole = image(&[30, 20], &[("FILTER", "'Ks'")]);
    let folder = dir.path().join("broken");
    for cut in (0..2880).step_by(97) {
        write(&folder.join(format!("cut{cut}.fits")), &whole[..cut]);
        let mut changed = whole.clone();
        changed[cut] ^= 0x15;
        changed[(cut * 7) % 2880] = 0xff;
        write(&folder.join(format!("changed{cut}.fits")), &changed);
    }
    let (outcome, table) = run(&ImageTableParams {
        corners: true,
        show_bad: true,
        ..params(&folder)
    });
    assert_eq!(outcome.nfile, 60);
    assert_eq!(table.lines().count() as i32, outcome.count + 3);
    assert!(outcome.badfits > 20 && outcome.count > 10);
}
