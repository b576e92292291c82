//! Damaged files: whatever their bytes, reading them ends with pixels or with an error, in little
//! memory.
//!
//! `MONTAGE_MUTANTS` sets how many damaged files are read (4,000 where it is not set).

#[path = "mutants.rs"]
pub mod mutants;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use fits::{for_each_hdu, Contents, Header, Image};
use testing::shared_data;

use crate::seeds;
use mutants::{damaged, read_everything};
use simulate::Random;

/// The peak of this process's memory so far, in megabytes.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse().ok());
    kilobytes.unwrap_or(0) >> 10
}

fn seed_files() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(seeds())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_none_or(|ending| ending != "py"))
        .collect();
    files.sort();
    files
}

#[test]
fn thousands_of_damaged_files_of_every_compression_are_pixels_or_errors() {
    let count = std::env::var("MONTAGE_MUTANTS").ok();
    let count = count.and_then(|text| text.parse().ok()).unwrap_or(4_000);
    let seeds: Vec<Vec<u8>> = (seed_files().iter())
        .map(|path| std::fs::read(path).unwrap())
        .collect();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("damaged.fits");
    let mut read = 0;
    for number in 0..count {
        let mut random = Random(number);
        let seed = &seeds[number as usize % seeds.len()];
        std::fs::write(&path, damaged(seed, &mut random)).unwrap();
        read += usize::from(read_everything(&path));
    }
    // Most damage is in one tile, in pixels or in cards that mean nothing.
    assert!(read > count as usize / 20, "{read} of {count}");
    assert!(peak_memory() < 1024, "{} MB", peak_memory());
}

fn hostile(folder: &str) -> Vec<PathBuf> {
    let Some(folder) = shared_data(&format!("hostile/{folder}")) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

#[test]
fn the_files_that_killed_the_host_are_errors_that_name_the_tile() {
    for path in hostile("tile_streams") {
        read_everything(&path);
    }
    let refused = |path: &Path| {
        let why = match Image::open_hdu(path, 1, "Image file") {
            Ok(mut image) => image.read(image.whole(), &mut Vec::new()).err(),
            Err(why) => Some(why),
        };
        why.map(|why| why.to_string())
    };
    for path in hostile("zero_tile") {
        let why = refused(&path).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let keyword = if name == "ZVAL1" {
            "BLOCKSIZE 0"
        } else {
            &name
        };
        assert!(why.contains(keyword), "{why}");
        // The file is walked to its end all the same.
        assert_eq!(Contents::read(&path, "Image file").unwrap().hdus.len(), 2);
    }
    for (name, words) in [("4_9", "HCOMPRESS"), ("3_9", "")] {
        for path in hostile("tile_streams") {
            if path.file_stem().is_some_and(|stem| stem == name) {
                let why = refused(&path).unwrap();
                assert!(
                    why.contains(words) && why.contains("compressed tile"),
                    "{why}"
                );
            }
        }
    }
    for path in hostile("header_card") {
        read_everything(&path);
    }
}

/// Reads a file in a process of its own; returns the peak of its memory in megabytes.
fn peak_of_reading(path: &Path) -> u64 {
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "damage::the_file_of_the_environment_is_read",
            "--nocapture",
        ])
        .env("MONTAGE_READ", path)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    let peak = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("peak "));
    peak.unwrap().parse().unwrap()
}

/// The other process of [`peak_of_reading`].
#[test]
fn the_file_of_the_environment_is_read() {
    if let Some(path) = std::env::var_os("MONTAGE_READ") {
        read_everything(Path::new(&path));
        println!("\npeak {}", peak_memory());
    }
}

#[test]
fn the_9_kb_files_that_took_gigabytes_are_read_in_less_than_100_mb() {
    for path in hostile("memory") {
        let peak = peak_of_reading(&path);
        assert!(peak < 100, "{}: {peak} MB", path.display());
    }
}

#[test]
fn a_gzip_that_unpacks_to_300_mb_is_walked_and_read_in_less_than_100_mb() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("zeros.fits.gz");
    let file = std::fs::File::create(&path).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    // 20,000 x 15,000 bytes, all of them 0.
    let header = Header::primary(8, &[20_000, 15_000]);
    gzip.write_all(&header.to_blocks()).unwrap();
    for _ in 0..300 {
        gzip.write_all(&vec![0; 1_000_000]).unwrap();
    }
    gzip.write_all(&[0; 960]).unwrap();
    gzip.finish().unwrap();
    assert!(std::fs::metadata(&path).unwrap().len() < 3_000_000);
    let peak = peak_of_reading(&path);
    assert!(peak < 100, "{peak} MB");
}

#[test]
fn ztension_at_the_end_of_the_header_hides_neither_its_image_nor_those_behind() {
    let Some(folder) = shared_data("cases/ztension_late") else {
        return;
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "fits") {
            continue;
        }
        // astropy and CFITSIO's reading of images see two images of 60 x 50 (the case's README).
        for hdu in [1, 2] {
            let mut image = Image::open_hdu(&path, hdu, "Image file").unwrap();
            let mut pixels = Vec::new();
            image.read(image.whole(), &mut pixels).unwrap();
            found.push((image.width(), image.height(), pixels.len()));
        }
        let mut images = 0;
        for_each_hdu(&path, "Image file", |_, is_image, header| {
            images += usize::from(is_image && header.cards().len() > 5);
            let first = header.cards()[0].key();
            assert!(first == b"SIMPLE" || first == b"XTENSION");
            Ok::<_, fits::Error>(())
        })
        .unwrap();
        assert!(images >= 2, "{images}");
    }
    assert_eq!(found, [(60, 50, 3000), (60, 50, 3000)]);
}
