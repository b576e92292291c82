//! The Hubble Deep Field South: WFPC2 and MUSE.

use imphot::muse::MuseImage;
use imphot::task::grids::{aligned, grids_aligned, GridsAlignedParams, TOLERANCE};
use imphot::task::regrid::{regrid_hst, RegridHstParams};
use imphot::task::Field;
use mosaic::run::Run;

use super::support::hdfs;

#[test]
fn the_hst_image_is_regridded_as_by_imphot() {
    let Some(hst) = hdfs("HST-HDFS.fits.gz") else {
        return;
    };
    let muse = hdfs("muse_hdfs.fits.gz").unwrap();
    let theirs = hdfs("hst_F606W_for_IMAGE-HDFS-1.34.fits.gz").unwrap();
    let theirs = Field::open(&theirs, "HST image", Run::new(1).warnings()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut before: Option<(Vec<u64>, Vec<bool>)> = None;
    for threads in [1, 2, 7] {
        let output = folder.path().join("out.fits");
        let params = RegridHstParams {
            hst: &hst,
            muse: &muse,
            output: &output,
            filter: Some("f606w"),
            rescale: true,
        };
        let outcome = regrid_hst(&params, &Run::new(threads)).unwrap();
        assert_eq!((outcome.width, outcome.height), (326, 331));
        assert_eq!(outcome.filter, "F606W");
        assert_eq!(outcome.masked, 98_331);

        let ours = Field::open(&output, "HST image", Run::new(1).warnings()).unwrap();
        assert_eq!(ours.image.mask, theirs.image.mask);
        let pairs = ours.image.data.iter().zip(&theirs.image.data);
        let good = pairs.zip(&ours.image.mask).filter(|(_, &masked)| !masked);
        let good: Vec<(f64, f64)> = good.map(|((&a, &b), _)| (a, b)).collect();
        assert_eq!(good.len(), 9575);
        let (sum, expected) = good
            .iter()
            .fold((0.0, 0.0), |(a, b), (x, y)| (a + x, b + y));
        assert!((sum / expected - 1.0).abs() < 1e-8, "{sum} {expected}");
        // The reference holds single-precision floats; its standard deviation is 0.0315.
        let worst = good.iter().map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(worst < 1e-8, "{worst}");

        assert_eq!(ours.image.unit, theirs.image.unit);
        let corners = [(0.0, 0.0), (325.0, 330.0)];
        for (x, y) in corners {
            let (ra, dec) = ours.pixel_to_sky(x, y).unwrap();
            let (their_ra, their_dec) = theirs.pixel_to_sky(x, y).unwrap();
            assert!((ra - their_ra).abs() < 1e-11 && (dec - their_dec).abs() < 1e-11);
        }
        let bits = ours
            .image
            .data
            .iter()
            .map(|value| value.to_bits())
            .collect();
        let now = (bits, ours.image.mask);
        assert!(before.is_none_or(|before| before == now));
        before = Some(now);
    }
}

#[test]
fn the_regridded_image_is_on_the_grid_of_the_muse_image() {
    let Some(muse) = hdfs("muse_hdfs.fits.gz") else {
        return;
    };
    let hst = hdfs("HST-HDFS.fits.gz").unwrap();
    let regridded = hdfs("hst_F606W_for_IMAGE-HDFS-1.34.fits.gz").unwrap();
    // As imphot.image_grids_aligned answers for the same files.
    for (other, expected) in [(&regridded, 1), (&hst, 0)] {
        let params = GridsAlignedParams {
            image1: &muse,
            image2: other,
            tolerance: TOLERANCE,
        };
        let outcome = grids_aligned(&params, &Run::new(1)).unwrap();
        assert_eq!(outcome.aligned, expected, "{}", other.display());
    }
    let field = Field::open(&muse, "MUSE image", Run::new(1).warnings()).unwrap();
    assert!(aligned(&field.wcs, &field.wcs, 0.0));
}

#[test]
fn a_muse_image_is_read_as_by_mpdaf() {
    let Some(path) = hdfs("muse_hdfs.fits.gz") else {
        return;
    };
    let field = Field::open(&path, "MUSE image", Run::new(1).warnings()).unwrap();
    let image = &field.image;
    assert_eq!((image.width, image.height), (326, 331));
    // mpdaf.obj.Image(path): mask.sum(), data[100, 200], var[100, 200], get_step(arcsec).
    assert_eq!(image.masked(), 1803);
    let at = 100 * 326 + 200;
    assert_eq!(image.data[at], 0.022942358627915382);
    assert_eq!(image.variance.as_ref().unwrap()[at], 0.38263675570487976);
    assert!((field.step.0 - 0.2).abs() < 1e-12 && (field.step.1 - 0.2).abs() < 1e-12);
    assert_eq!(
        image.unit.as_deref(),
        Some("10**-20 erg Angstrom-1 s-1 cm-2")
    );
    assert_eq!(field.name(), "muse_hdfs.gz");
    // wcs.pix2sky([100, 200]) and back.
    let (ra, dec) = field.pixel_to_sky(200.0, 100.0).unwrap();
    assert!((ra - 338.22712173461736).abs() < 1e-11, "{ra}");
    assert!((dec - -60.567203317292005).abs() < 1e-11, "{dec}");
    let (x, y) = field.sky_to_pixel(ra, dec).unwrap();
    assert!((x - 200.0).abs() < 1e-8 && (y - 100.0).abs() < 1e-8);

    // Written and read again it is the same.
    let folder = tempfile::tempdir().unwrap();
    let again = folder.path().join("again.fits");
    image.write(&again, Default::default()).unwrap();
    let again = MuseImage::read(&again, "MUSE image").unwrap();
    let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<u64>>();
    assert_eq!(bits(&again.data), bits(&image.data));
    assert_eq!(again.mask, image.mask);
    assert_eq!(again.unit, image.unit);
    let variances = (again.variance.unwrap(), image.variance.as_ref().unwrap());
    for (ours, theirs) in variances.0.iter().zip(variances.1) {
        assert!(ours == theirs || ours.is_nan() && theirs.is_nan());
    }
}
