//! The Hubble Deep Field South: WFPC2 and MUSE.

use std::path::{Path, PathBuf};

use montage::io::muse::MuseImage;
use montage::run::Run;
use montage::task::photometry::regrid::{regrid_hst, RegridHstParams};
use montage::testing::shared_data;

fn hdfs(name: &str) -> Option<PathBuf> {
    Some(shared_data("hdfs")?.join(name))
}

#[test]
fn the_hst_image_is_regridded_as_by_imphot() {
    let Some(hst) = hdfs("HST-HDFS.fits.gz") else {
        return;
    };
    let muse = hdfs("muse_hdfs.fits.gz").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.fits");
    let params = RegridHstParams {
        hst: &hst,
        muse: &muse,
        output: &output,
        filter: Some("F606W"),
        rescale: true,
    };
    let t = std::time::Instant::now();
    let outcome = regrid_hst(&params, &Run::new(1)).unwrap();
    eprintln!("{outcome:?} {:?}", t.elapsed());
    let ours = MuseImage::read(&output, "image").unwrap();
    let theirs = MuseImage::read(
        &hdfs("hst_F606W_for_IMAGE-HDFS-1.34.fits.gz").unwrap(),
        "image",
    )
    .unwrap();
    let differ = ours
        .mask
        .iter()
        .zip(&theirs.mask)
        .filter(|(a, b)| a != b)
        .count();
    let mut worst = 0.0f64;
    let mut n = 0;
    let (mut s1, mut s2) = (0.0, 0.0);
    for i in 0..ours.data.len() {
        if !ours.mask[i] && !theirs.mask[i] {
            worst = worst.max((ours.data[i] - theirs.data[i]).abs());
            n += 1;
            s1 += ours.data[i];
            s2 += theirs.data[i];
        }
    }
    eprintln!(
        "masks differ {differ}; worst {worst:e} of {n}; {s1} {s2} {}",
        s1 / s2 - 1.0
    );
}
