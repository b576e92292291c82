//! Calls under a limit of memory, and files that claim more than they have. Each in a process of its
//! own, which the limit of its address space (`ulimit -v`) may refuse memory but not kill.

use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;

use crate::support::calls;
use crate::support::field;
use crate::support::programs::{self, Link};

/// A folder for one test.
fn folder(name: &str) -> PathBuf {
    let dir = programs::work_dir().join("limits").join(name);
    std::fs::create_dir_all(&dir).expect("folder");
    dir
}

/// A FITS file with these sizes and a few pixels that are not 0. The rest is a hole: it takes no room on
/// the disk. `bytes` are all that the file has where it is cut.
fn sparse(path: &Path, bitpix: i64, sizes: &[u64], more: &[(&str, &str)], bytes: Option<u64>) {
    let mut cards = vec![("SIMPLE".to_owned(), "T".to_owned())];
    cards.push(("BITPIX".to_owned(), bitpix.to_string()));
    cards.push(("NAXIS".to_owned(), sizes.len().to_string()));
    for (i, size) in sizes.iter().enumerate() {
        cards.push((format!("NAXIS{}", i + 1), size.to_string()));
    }
    let sky = field::image_cards((1, 1), (2000.5, 2000.5));
    let sky = sky.into_iter().filter(|(key, _)| {
        !["SIMPLE", "BITPIX"].contains(&key.as_str()) && !key.starts_with("NAXIS")
    });
    cards.extend(sky);
    cards.extend(more.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
    let cards: Vec<(&str, &str)> = cards.iter().map(|(k, v)| (&**k, &**v)).collect();
    let header = field::header(&cards);
    let mut file = std::fs::File::create(path).expect("sparse file");
    file.write_all(&header).expect("header");
    let pixels: u64 = sizes.iter().fold(1, |n, size| n.saturating_mul(*size));
    let pixels = pixels.saturating_mul(bitpix.unsigned_abs() / 8);
    let whole = || (header.len() as u64 + pixels).next_multiple_of(2880);
    file.set_len(bytes.unwrap_or_else(whole))
        .expect("sparse file");
    if bytes.is_none() {
        // 2.0, 0.0, 2.0 ... in single precision: no constant image.
        let row: Vec<u8> = (0..1000)
            .flat_map(|_| [0x40, 0, 0, 0, 0, 0, 0, 0])
            .collect();
        let width = sizes[0] * bitpix.unsigned_abs() / 8;
        for y in 1990..2010 {
            let at = header.len() as u64 + y * width;
            file.seek(SeekFrom::Start(at)).expect("row");
            file.write_all(&row).expect("row");
        }
    }
}

fn word(path: &Path) -> String {
    programs::escape(path.as_os_str().as_encoded_bytes())
}

/// One call in at most `megabytes` of addresses (0: no limit).
fn call(here: &Path, megabytes: u32, line: &[&str]) -> Value {
    let limit = megabytes.to_string();
    let mut options = vec!["-a", "120"];
    if megabytes > 0 {
        options.extend(["-m", &limit]);
    }
    let line: Vec<String> = line.iter().map(|word| (*word).to_owned()).collect();
    let report = calls::run(
        Link::Shared,
        None,
        &options,
        here,
        std::slice::from_ref(&line),
    );
    assert!(
        report.status.success() && report.results.len() == 1,
        "{} under {megabytes} MB ended with {}: {}",
        line[0],
        report.status,
        report.printed
    );
    report.results[0].clone()
}

fn message(result: &Value) -> String {
    result["msg"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn images_of_4000_by_4000_under_a_limit_of_memory_are_refused_and_named() {
    let here = folder("images");
    let sky = [("RADESYS", "'FK5     '")];
    let (one, two) = (here.join("one.fits"), here.join("two.fits"));
    sparse(&one, -32, &[4000, 4000], &sky, None);
    sparse(&two, -32, &[4000, 4000], &sky, None);
    let template = here.join("region.hdr");
    let lines: String = field::image_cards((4001, 4001), (2000.5, 2000.5))
        .iter()
        .map(|(key, value)| format!("{key:<8}= {value}\n"))
        .collect();
    std::fs::write(&template, lines + "END\n").expect("template");
    let regions = here.join("x.reg");
    std::fs::write(&regions, "image\n-circle(2000,2000,100)\n").expect("regions");
    let [one, two, template, regions] = [one, two, template, regions].map(|path| word(&path));
    let out = word(&here.join("out.fits"));
    let keep = format!("output_dir={}", here.display());
    let keep = programs::escape(keep.as_bytes());
    let calls: [&[&str]; 9] = [
        &["mDiff", &one, &two, &out, &template, "1", "1", "0"],
        &[
            "mDiffFit", &one, &two, &out, &template, "0", "0", "1", "0", "0",
        ],
        &["mFitplane", &one, "0", "0", "0"],
        &["imphotRegionMask", &one, &regions, "%N", &out],
        &["imphotFitImage", &one, &two, &keep],
        &["imphotFitStar", &one, &two, "210.0", "12.0", "900", &keep],
        &[
            "imphotFitImageAndStar",
            &one,
            &two,
            &format!("{keep};star_ra=210;star_dec=12;star_radius=9"),
        ],
        &["imphotRegridHst", &one, &two, &out, "F606W", "0"],
        &[
            "imphotApplyCorrections",
            &one,
            &out,
            "0.05",
            "-0.04",
            "15",
            "0.3",
            "xy,scale,zero",
            "1",
        ],
    ];
    let before = programs::files(&here);
    for megabytes in [300, 450] {
        for line in calls {
            let result = call(&here, megabytes, line);
            let msg = message(&result);
            let whole = result["status"] == 0;
            let named =
                msg.contains("Out of memory") && msg.contains(".fits") && msg.contains("bytes");
            // What has room does its work (these images show no star).
            assert!(
                whole || named || msg.contains("Cannot start") || msg.contains("no star"),
                "{} under {megabytes} MB: {msg}",
                line[0]
            );
            let large = [
                "mDiff",
                "mDiffFit",
                "imphotFitImage",
                "imphotApplyCorrections",
            ];
            let refused = !whole || megabytes > 300 || !large.contains(&line[0]);
            assert!(refused, "{} in 300 MB", line[0]);
            let _ = std::fs::remove_file(here.join("out.fits"));
        }
    }
    let after = programs::files(&here);
    assert!(before.keys().eq(after.keys()), "{:?}", after.keys());
}

#[test]
fn a_cube_of_60000_by_60000_by_4_in_8_kb_is_refused() {
    // A hole of 57 GB. Two planes of sums are more than this machine has.
    let here = folder("cube");
    let cube = here.join("cube.fits");
    let wave = [
        ("CTYPE3", "'WAVE    '"),
        ("CUNIT3", "'Angstrom'"),
        ("CRVAL3", "6000.0"),
        ("CRPIX3", "1.0"),
        ("CDELT3", "1.0"),
    ];
    sparse(&cube, -32, &[60_000, 60_000, 4], &wave, None);
    use std::os::unix::fs::MetadataExt;
    let blocks = std::fs::metadata(&cube).expect("cube").blocks();
    assert!(blocks * 512 < 1 << 20, "{blocks} blocks");
    let (cube, out) = (word(&cube), word(&here.join("out.fits")));
    let line = [
        "imphotBandpassImage",
        &cube,
        "%N",
        "6000,6001,6002",
        "1,1,1",
        "3",
        &out,
        "wave_unit=Angstrom;interpolation=linear",
    ];
    for megabytes in [400, 2000] {
        let result = call(&here, megabytes, &line);
        let msg = message(&result);
        assert_eq!(result["status"], 1);
        assert!(
            msg.contains("Out of memory") && msg.contains("cube.fits"),
            "{msg}"
        );
    }
}

#[test]
fn a_header_that_claims_more_than_the_file_has_costs_no_memory() {
    let here = folder("claims");
    let image = here.join("claims.fits");
    sparse(
        &image,
        -64,
        &[2_000_000_000, 2_000_000_000],
        &[],
        Some(5760),
    );
    let long = here.join("long.fits");
    sparse(&long, -64, &[2_000_000_000, 3], &[], Some(5760));
    let template = word(&field_file("region.hdr"));
    for image in [&image, &long] {
        let image = word(image);
        let out = word(&here.join("out.fits"));
        let calls: [&[&str]; 9] = [
            &["mFitplane", &image, "0", "0", "0"],
            &["mShrink", &image, &out, "2", "0", "0", "0"],
            &["mShrink", &image, &out, "1000000000", "0", "0", "0"],
            &[
                "mSubimage",
                &image,
                &out,
                "0",
                "0",
                "1000000",
                "1000000",
                "1",
                "0",
                "0",
                "0",
            ],
            &["mBackground", &image, &out, "1", "1", "1", "1", "0"],
            &["mDiff", &image, &image, &out, &template, "1", "1", "0"],
            &["imphotRegionMask", &image, "%N", "circle(1,1,1)", &out],
            &["imphotRegridHst", &image, &image, &out, "", "0"],
            &["imphotFitImage", &image, &image, ""],
        ];
        for line in calls {
            // The library and its threads alone take some 250 MB of addresses.
            let result = call(&here, 400, line);
            let msg = message(&result);
            assert_eq!(result["status"], 1, "{}: {result}", line[0]);
            let told = [
                "shorter than",
                "claims",
                "long",
                "overlap",
                "too large",
                "smaller than one pixel",
                "size",
            ];
            let told = told.iter().any(|text| msg.contains(text));
            assert!(told || msg.contains("Out of memory"), "{}: {msg}", line[0]);
        }
    }
    assert_eq!(programs::files(&here).len(), 2);
}

#[test]
fn a_template_of_a_billion_pixels_a_side_is_refused() {
    let here = folder("template");
    let template = here.join("vast.hdr");
    let lines: String = field::image_cards((1_000_000_000, 1_000_000_000), (40.5, 36.5))
        .iter()
        .map(|(key, value)| format!("{key:<8}= {value}\n"))
        .collect();
    std::fs::write(&template, lines + "END\n").expect("template");
    let template = word(&template);
    let out = word(&here.join("out.fits"));
    let tile = word(&field_file("images/tile_0.fits"));
    let (images, table) = (word(&field_file("images")), word(&field_file("images.tbl")));
    let full: [&[&str]; 4] = [
        &[
            "mProject", &tile, &out, &template, "0", "%N", "1", "0", "1", "1", "1", "0", "0", "1",
            "0",
        ],
        &[
            "mProjectPP",
            &tile,
            &out,
            &template,
            "0",
            "%N",
            "1",
            "0",
            "1",
            "%N",
            "%N",
            "1",
            "1",
            "0",
            "0",
            "1",
            "0",
        ],
        &[
            "mProjectQL",
            &tile,
            &out,
            &template,
            "0",
            "1",
            "%N",
            "1",
            "0",
            "1",
            "1",
            "0",
            "1",
            "0",
            "0",
        ],
        &["mAdd", &images, &table, &template, &out, "0", "1", "0", "0"],
    ];
    for line in full {
        let result = call(&here, 600, line);
        assert_eq!(result["status"], 1, "{}: {result}", line[0]);
        assert!(
            message(&result).contains("out.fits") || message(&result).contains("Out of memory")
        );
    }
    assert_eq!(programs::files(&here).len(), 1);
}

#[test]
fn lists_without_an_end_are_not_read() {
    let here = folder("lists");
    let images = word(&field_file("images"));
    let table = word(&field_file("images.tbl"));
    let fits = word(&field_file("fits.tbl"));
    let tile = word(&field_file("images/tile_0.fits"));
    let muse = word(&field_file("muse/muse_0.fits"));
    let out = word(&here.join("out.tbl"));
    let gap = here.join("gap");
    std::fs::create_dir_all(&gap).expect("folder");
    std::fs::write(
        gap.join("gap.tbl"),
        "|file       |\n|char       |\n /dev/zero   \n",
    )
    .expect("gap");
    let gap = word(&gap);
    let calls: [&[&str]; 9] = [
        &[
            "mImgtbl",
            &images,
            &out,
            "0",
            "0",
            "0",
            "0",
            "0",
            "0",
            "0",
            "%N",
            "/dev/zero",
            "0",
        ],
        &[
            "mImgtbl",
            &images,
            &out,
            "0",
            "0",
            "0",
            "0",
            "0",
            "0",
            "0",
            "/dev/zero",
            "%N",
            "0",
        ],
        &["mBgModel", "/dev/zero", &fits, &out, "0", "1", "0", "0"],
        &["mBgModel_v7", &table, &fits, &out, &gap, "0", "1", "0", "0"],
        &[
            "mProject",
            &tile,
            &out,
            "/dev/zero",
            "0",
            "%N",
            "1",
            "0",
            "1",
            "1",
            "1",
            "0",
            "0",
            "0",
            "0",
        ],
        &[
            "mMakeHdr",
            "/dev/zero",
            &out,
            "EQUJ",
            "2000",
            "0",
            "0",
            "0",
            "0",
            "0",
            "0",
        ],
        &[
            "mAdd",
            &images,
            &table,
            "/dev/zero",
            &out,
            "0",
            "1",
            "0",
            "0",
        ],
        &["imphotRegionMask", &muse, "/dev/zero", "%N", &out],
        &["mTANHdr", "/dev/zero", &out, "5", "50", "0.01", "0", "0"],
    ];
    for line in calls {
        let result = call(&here, 400, line);
        let msg = message(&result);
        assert_eq!(result["status"], 1, "{}: {result}", line[0]);
        assert!(msg.contains("/dev/zero"), "{}: {msg}", line[0]);
    }
}

/// A file of the small field.
fn field_file(name: &str) -> PathBuf {
    static FIELD: OnceLock<PathBuf> = OnceLock::new();
    let dir = FIELD.get_or_init(|| {
        let dir = programs::work_dir().join("small_field");
        field::write(&dir);
        dir
    });
    dir.join(name)
}
