//! The seeds of fuzz/seeds, which astropy wrote, and what is changed in them.

use fits::{for_each_hdu, Image};

use crate::pixels::same_as_cfitsio;
use crate::seeds;

#[test]
fn every_seed_is_read_as_cfitsio_reads_it() {
    let mut count = 0;
    for entry in std::fs::read_dir(seeds()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if !name.ends_with(".fits") || name.starts_with("nocompress") {
            continue;
        }
        let mut hdus = Vec::new();
        for_each_hdu(&path, "Image file", |hdu, is_image, header| {
            if is_image && header.cards().iter().any(|c| c.key() == b"NAXIS2") {
                hdus.push(hdu);
            }
            Ok::<_, fits::Error>(())
        })
        .unwrap();
        assert!(!hdus.is_empty(), "{name}");
        for hdu in hdus {
            same_as_cfitsio(&path, hdu);
            count += 1;
        }
    }
    assert!(count >= 20, "{count}");
}

#[test]
fn a_file_packed_by_gzip_bzip2_compress_or_zip_reads_like_the_file_in_it() {
    let read = |name: &str| {
        let mut image = Image::open(&seeds().join(name), "Image file").unwrap();
        let mut pixels = Vec::new();
        image.read(image.whole(), &mut pixels).unwrap();
        (image.header().clone(), pixels)
    };
    let plain = read("image.fits");
    for packed in ["gz", "bz2", "Z", "zip"] {
        assert_eq!(read(&format!("image.fits.{packed}")), plain, "{packed}");
    }
}
