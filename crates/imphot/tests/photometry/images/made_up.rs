//! Small images whose grids are turned and sheared, with masks, variances and a blank corner.

use imphot::muse::{MuseImage, SaveMask, Unit};
use imphot::task::corrections::{apply_corrections, Corrections, CorrectionsParams, Which};
use imphot::task::field::PixelsOnSky;
use imphot::task::grids::aligned;
use imphot::task::regrid::regrid_like;
use imphot::task::rescale::{rescale_hst, RescaleHstParams};
use imphot::task::Field;
use mosaic::run::Run;

use super::support::{made_up_hst, made_up_muse, place, save, Hdu, HST_SIZE, MUSE_UNIT};

/// imphot.regrid_hst_like_muse(hst, muse) of the made-up pair: its mask,
const MASK: [&str; 11] = [
    ".#.#..#.#.###",
    "######....###",
    "#.#......##.#",
    "###..........",
    "..........#.#",
    "###........##",
    "..#........##",
    "######.......",
    "###....#..##.",
    ".#..#..#.####",
    "##..#..#.#.##",
];
/// its values where it is not masked,
const DATA: [f64; 83] = [
    83.04215802115797,
    79.66603185584192,
    77.74890812340797,
    77.42801309081361,
    77.18795045373352,
    80.24499219465463,
    79.24337711853903,
    77.43305782510035,
    76.86905887137974,
    78.01136038941303,
    77.34995703428966,
    80.15518648719853,
    93.12575972675528,
    107.80627161317555,
    104.73671286456639,
    88.55958005510522,
    78.5707327097191,
    80.60661768299205,
    94.32580258626184,
    143.55953309971514,
    194.9966235603664,
    183.04938576568262,
    124.61008925482942,
    86.21820351827384,
    77.00101660621763,
    77.4267266258961,
    80.2823862326013,
    82.73049250392074,
    78.79201182974994,
    76.72763279559346,
    80.5194011616811,
    112.62449350270111,
    203.26404389962968,
    293.92410799753753,
    271.02390481514396,
    165.86417316547028,
    95.39526660425551,
    77.63064665021264,
    80.1934459131266,
    111.8355927953289,
    199.4733137299712,
    285.91018763216863,
    262.3073636339021,
    160.90769816228826,
    94.04791459863078,
    77.64527648648809,
    77.62360148473346,
    79.15154123359065,
    76.89443093585012,
    92.76236497612351,
    137.06587697885064,
    181.40281274770362,
    168.3849765662426,
    116.47482615168212,
    84.11596443781504,
    77.26649874255439,
    78.67510441208495,
    98.01357740183043,
    85.03625491199621,
    77.81559071626378,
    77.47652949189582,
    79.9701597271431,
    82.32043370230036,
    83.03283409376144,
    76.38004432957307,
    77.59038421887925,
    78.90165273970995,
    78.38772945538243,
    77.13304993175545,
    78.58559639779112,
    82.86485355483674,
    83.41507825501647,
    79.67842578030181,
    78.33808901358188,
    77.37488447839512,
    76.94515405595995,
    78.9878994725198,
    82.03291823234945,
    81.5160689425329,
    79.85744012425685,
    79.16858345274356,
    81.04858545590308,
    82.51245995083697,
];
/// and their variances (that of the masked NaN was 0 for MPDAF, which spreads it).
const VARIANCE: [f64; 83] = [
    25.40186951329542,
    29.462844105267894,
    25.258294504604304,
    26.833174988383735,
    29.878688811486416,
    30.283657422672874,
    25.01774109128166,
    25.330463407239996,
    27.50706645909547,
    28.26901458760014,
    26.002997267971146,
    31.911105291853946,
    26.26595722609439,
    23.5063989994069,
    27.735415503436272,
    26.770100492536983,
    26.969009521177608,
    27.894137069060253,
    27.046032356424163,
    23.082323592589653,
    29.748372606475368,
    26.481428533482198,
    25.528715676450787,
    25.925390028727346,
    28.164050222401556,
    30.385764923516295,
    21.47774493844293,
    32.60310330281568,
    23.04732941873398,
    29.636170382817735,
    26.977388561510484,
    23.241531055490235,
    30.60194126444554,
    26.209498413432065,
    23.9443810829948,
    28.207698778105136,
    25.382810244068466,
    28.657897975890084,
    29.895727196527986,
    30.077489302425352,
    26.041421236928564,
    22.777423900604212,
    30.420801094045277,
    24.254235467923184,
    24.457161374603576,
    27.060369040155365,
    25.815745184233883,
    26.37010334655773,
    21.94444445535851,
    26.08200644478078,
    21.988589593571195,
    31.968877513310993,
    25.749389700268704,
    20.0380599958263,
    29.46335699398859,
    25.157432299209837,
    26.106281027082897,
    21.777312498757674,
    32.12369430026385,
    24.963811253425497,
    24.067418885544363,
    27.777755720306775,
    26.940479366735374,
    28.64491642264237,
    28.633121604460634,
    28.889484745148135,
    22.689866516849666,
    30.86306400549206,
    22.553280032303697,
    30.42099909888363,
    25.86891466350882,
    25.769100749940836,
    27.56091136050305,
    26.76774052226149,
    29.63787170529512,
    27.171240303238882,
    31.055714970568513,
    25.453543698457604,
    24.78258761128081,
    26.924999813201868,
    22.039768829330857,
    26.279487698661818,
    31.38499094795785,
];

#[test]
fn masks_and_variances_are_resampled_as_by_mpdaf() {
    let folder = tempfile::tempdir().unwrap();
    let (hst, muse) = (made_up_hst(&folder), made_up_muse(&folder));
    let grid = PixelsOnSky::open(&muse, "MUSE image", Run::new(1).warnings()).unwrap();
    let image = MuseImage::read(&hst, "HST image").unwrap();
    let regridded = regrid_like(image, &grid, &Run::new(1)).unwrap();
    assert_eq!((regridded.width, regridded.height), (13, 11));
    let expected: Vec<bool> = MASK.concat().bytes().map(|b| b == b'#').collect();
    assert_eq!(regridded.mask, expected);
    let good = |pixels: &[f64]| -> Vec<f64> {
        let pairs = pixels.iter().zip(&regridded.mask);
        pairs
            .filter(|(_, &masked)| !masked)
            .map(|(&value, _)| value)
            .collect()
    };
    let close = |ours: Vec<f64>, theirs: &[f64]| {
        assert_eq!(ours.len(), theirs.len());
        for (ours, theirs) in ours.iter().zip(theirs) {
            assert!((ours / theirs - 1.0).abs() < 1e-9, "{ours} {theirs}");
        }
    };
    close(good(&regridded.data), &DATA);
    close(good(regridded.variance.as_ref().unwrap()), &VARIANCE);
    let field = Field::new(regridded, "HST image").unwrap();
    assert!(aligned(&field.wcs, &grid.wcs, 1e-7));
    let [x, y] = field.wcs.crpix();
    assert!((x - 6.2).abs() < 1e-9 && (y - 5.4).abs() < 1e-9);

    // What has the grid already is left as it is.
    let again = regrid_like(field.image.clone(), &grid, &Run::new(1)).unwrap();
    assert_eq!(again.data, field.image.data);
}

#[test]
fn fluxes_are_rescaled_as_by_imphot() {
    let folder = tempfile::tempdir().unwrap();
    let (hst, muse) = (made_up_hst(&folder), made_up_muse(&folder));
    let output = folder.path().join("rescaled.fits");
    let params = |filter| RescaleHstParams {
        hst: &hst,
        muse: &muse,
        output: &output,
        filter,
    };
    let outcome = rescale_hst(&params(None), &Run::new(1)).unwrap();
    assert_eq!(outcome.filter, "F814W");
    // photflam of F814W, 7.05e-20, in units of 1e-20 erg s-1 cm-2 Angstrom-1.
    assert!((outcome.factor - 7.05).abs() < 1e-14);
    let before = MuseImage::read(&hst, "HST image").unwrap();
    let after = MuseImage::read(&output, "HST image").unwrap();
    assert_eq!(after.unit.as_deref(), Some(MUSE_UNIT));
    assert_eq!(after.mask, before.mask);
    let at = 30 * HST_SIZE.0 + 30;
    let single = |value: f64| f64::from(value as f32);
    assert_eq!(after.data[at], single(before.data[at] * outcome.factor));
    let square = outcome.factor * outcome.factor;
    let variances = (before.variance.unwrap()[at], after.variance.unwrap()[at]);
    assert_eq!(variances.1, single(variances.0 * square));

    let named = rescale_hst(&params(Some("f850lp")), &Run::new(1)).unwrap();
    assert_eq!(named.filter, "F850LP");
    assert!((named.factor - 15.0).abs() < 1e-13);
}

fn corrections(which: &str, resample: bool) -> Corrections {
    Corrections {
        dx: 0.13,
        dy: -0.37,
        scale: 1.25,
        bg: 0.5,
        which: Which::parse(which).unwrap(),
        resample,
    }
}

fn corrected(image: &std::path::Path, which: &str, resample: bool) -> MuseImage {
    let output = image.with_extension("corrected.fits");
    let params = CorrectionsParams {
        image,
        output: &output,
        corrections: corrections(which, resample),
    };
    apply_corrections(&params, &Run::new(1)).unwrap();
    MuseImage::read(&output, "MUSE image").unwrap()
}

#[test]
fn corrections_are_made_as_by_imphot() {
    let folder = tempfile::tempdir().unwrap();
    let hst = made_up_hst(&folder);
    let before = MuseImage::read(&hst, "MUSE image").unwrap();
    let after = corrected(&hst, "xy,scale,zero", true);
    // imphot.apply_corrections(im, fit, resample=True): x, y, data, variance.
    for (x, y, data, variance) in [
        (30, 30, 11.378442690463165, 1.0270200483176033),
        (31, 27, 3.4399270281231713, 0.8670200483176032),
        (22, 39, 5.118550980488662, 0.8670200483176029),
        (19, 39, 4.007691015103611, 1.2842373665544653),
        (50, 12, 2.479224627096382, 1.0363181197976992),
    ] {
        let at = y * HST_SIZE.0 + x;
        assert!((after.data[at] - data).abs() < 1e-6, "{x} {y}");
        assert!((after.variance.as_ref().unwrap()[at] - variance).abs() < 1e-6);
        assert!(!after.mask[at]);
    }
    // Its mask, as (y, x), and the margin that came from outside: imphot leaves that unmasked.
    let masked = [
        (17, 47),
        (17, 48),
        (18, 47),
        (47, 17),
        (47, 18),
        (47, 19),
        (47, 20),
        (47, 21),
        (48, 17),
        (48, 18),
        (48, 19),
        (48, 20),
        (48, 21),
        (49, 17),
        (49, 18),
        (49, 19),
        (49, 20),
        (49, 21),
        (50, 17),
        (50, 18),
        (50, 19),
        (50, 20),
    ];
    // A shift by 0.13 arcsec is 2.6 pixels, by -0.37 arcsec -7.2.
    let outside = |x: usize, y: usize| x > 60 || y < 8;
    for (at, &flag) in after.mask.iter().enumerate() {
        let (x, y) = (at % HST_SIZE.0, at / HST_SIZE.0);
        assert_eq!(flag, masked.contains(&(y, x)) || outside(x, y), "{x} {y}");
    }

    let after = Field::new(corrected(&hst, "xy,scale,zero", false), "MUSE image").unwrap();
    let [x, y] = after.wcs.crpix();
    assert!((x - 33.09708571868131).abs() < 1e-9 && (y - 20.831898522653987).abs() < 1e-9);
    let at = 30 * HST_SIZE.0 + 30;
    assert!((after.image.data[at] - 21.40898111080427).abs() < 1e-5);
    assert!((after.image.variance.as_ref().unwrap()[at] - 0.64).abs() < 1e-7);
    assert_eq!(after.image.mask, before.mask);

    let after = Field::new(corrected(&hst, "scale", true), "MUSE image").unwrap();
    assert_eq!(after.wcs.crpix(), [30.5, 28.0]);
    let expected = f64::from((before.data[at] / 1.25) as f32);
    assert_eq!(after.image.data[at], expected);
    let after = corrected(&hst, "", true);
    assert_eq!(after.data[at], f64::from(before.data[at] as f32));
}

#[test]
fn an_image_without_variances_is_corrected_too() {
    // imphot fails: None /= number.
    let folder = tempfile::tempdir().unwrap();
    let data = Hdu {
        name: "DATA",
        sizes: &[4, 3],
        cards: place((1.0, 1.0), [-5e-5, 0.0, 0.0, 5e-5]),
        pixels: (0..12).map(f64::from).collect(),
    };
    let image = save(&folder, "plain.fits", &[], &[data]);
    let after = corrected(&image, "scale,zero", false);
    assert_eq!(after.variance, None);
    assert_eq!(after.data[11], f64::from((10.5f64 / 1.25) as f32));
    assert_eq!(after.masked(), 0);
}

#[test]
fn a_field_across_the_first_meridian_is_found() {
    // MPDAF takes the least and the largest right ascension, 0 and 360 degrees here, and fails.
    let folder = tempfile::tempdir().unwrap();
    let mut images = Vec::new();
    for (name, size, step, centre) in [
        ("h.fits", [50, 50], 1e-5, 25.5),
        ("m.fits", [10, 10], 5e-5, 5.5),
    ] {
        let mut cards = place((centre, centre), [-step, 0.0, 0.0, step]);
        cards.retain(|card| card.key() != b"CRVAL1");
        cards.push(fits::card::Card::with_token("CRVAL1", "360.0", ""));
        cards.push(super::support::text("BUNIT", MUSE_UNIT));
        let data = Hdu {
            name: "DATA",
            sizes: &size,
            cards,
            pixels: vec![2.0; size[0] * size[1]],
        };
        images.push(save(&folder, name, &[], &[data]));
    }
    let grid = PixelsOnSky::open(&images[1], "MUSE image", Run::new(1).warnings()).unwrap();
    let hst = MuseImage::read(&images[0], "HST image").unwrap();
    let regridded = regrid_like(hst, &grid, &Run::new(1)).unwrap();
    // Each of the new pixels holds 25 of the old ones, except near the zeros outside.
    let middle = 5 * 10 + 5;
    assert!(!regridded.mask[middle]);
    assert!((regridded.data[middle] / 50.0 - 1.0).abs() < 0.01);
    assert!(Unit::parse(MUSE_UNIT).is_ok());
    let output = folder.path().join("out.fits");
    regridded.write(&output, SaveMask::Nan).unwrap();
    let again = MuseImage::read(&output, "HST image").unwrap();
    assert_eq!(again.mask, regridded.mask);
}
