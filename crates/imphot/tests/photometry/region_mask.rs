//! Masks of regions against imphot's own: of 200 regions drawn by a generator of random numbers that
//! a few lines of Python repeat, on an image that is turned and whose pixels are no squares.

use std::path::Path;

use fits::card::Card;
use fits::{write_image, Header};
use imphot::ds9_regions::Regions;
use imphot::muse::MuseImage;
use imphot::task::region_mask::{mask_regions, region_mask, RegionMaskParams, RegionSource};
use mosaic::run::Run;
use simulate::Mmix;
use sky::Wcs;

const WIDTH: usize = 120;
const HEIGHT: usize = 100;

/// The numbers of which imphot made its masks.
struct Numbers(Mmix);

impl Numbers {
    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * ((self.0.next() >> 33) as f64 / 2147483648.0)
    }

    fn below(&mut self, n: u32) -> u32 {
        self.between(0.0, f64::from(n)) as u32
    }
}

fn sexagesimal(degrees: f64, per_unit: f64) -> String {
    let sign = if degrees < 0.0 { "-" } else { "" };
    let t = (degrees.abs() / per_unit * 3600.0 * 1000.0).round() as u64;
    let (first, minutes) = (t / 3_600_000, t / 60_000 % 60);
    format!(
        "{sign}{first}:{minutes:02}:{:02}.{:03}",
        t / 1000 % 60,
        t % 1000
    )
}

/// Circles, ellipses and boxes; on the sky and on pixels; included and excluded; in several units;
/// some beyond the edges.
fn regions() -> Vec<String> {
    let mut random = Numbers(Mmix(2024));
    let one = |i: usize| {
        let sky = random.below(2) == 1;
        let shape = random.below(3) as usize;
        let exclude = random.below(2) == 1;
        let colons = random.below(2) == 1;
        let x = random.between(-10.0, WIDTH as f64 + 10.0);
        let y = random.between(-10.0, HEIGHT as f64 + 10.0);
        let (a, b) = (random.between(0.0, 18.0), random.between(0.0, 18.0));
        let mut angle = random.between(-180.0, 180.0);
        if i.is_multiple_of(10) {
            angle = 0.0;
        }
        let (system, position, unit) = if sky {
            let (u, v) = (x - 55.0, y - 48.0);
            let ra = 53.16 + (-5e-5 * u + 2.5e-5 * v) / 0.885;
            let dec = -27.77 + (2.3e-5 * u + 6e-5 * v);
            let position = match colons {
                true => format!("{}, {}", sexagesimal(ra, 15.0), sexagesimal(dec, 1.0)),
                false => format!("{ra:.6}, {dec:.6}"),
            };
            ("fk5", position, random.below(3) + 1)
        } else {
            ("physical", format!("{x:.3},{y:.3}"), 0)
        };
        let size = |v: f64| match unit {
            0 => format!("{v:.3}"),
            1 => format!("{:.4}\"", v * 0.2),
            2 => format!("{:.6}'", v * 0.2 / 60.0),
            _ => format!("{:.8}", v * 0.2 / 3600.0),
        };
        let name = ["circle", "ellipse", "box"][shape];
        let sizes = match shape {
            0 => size(a),
            _ => format!("{},{},{angle:.3}", size(a), size(b)),
        };
        let minus = if exclude { "-" } else { "" };
        format!("{system};{minus}{name}({position},{sizes})")
    };
    (0..200).map(one).collect()
}

fn header() -> Header {
    let mut header = Header::primary(-64, &[WIDTH as i64, HEIGHT as i64]);
    for (key, value) in [
        ("CRPIX1", 55.5),
        ("CRPIX2", 48.25),
        ("CRVAL1", 53.16),
        ("CRVAL2", -27.77),
        ("CD1_1", -5.0e-5),
        ("CD1_2", 2.5e-5),
        ("CD2_1", 2.3e-5),
        ("CD2_2", 6.0e-5),
    ] {
        header.set_real(key, value);
    }
    header.push(Card::with_string("CTYPE1", "RA---TAN", ""));
    header.push(Card::with_string("CTYPE2", "DEC--TAN", ""));
    header
}

/// How many pixels are masked, and the sum of their numbers, counted from 1 along the rows.
fn fact(mask: &[bool]) -> (usize, usize) {
    let masked = mask.iter().enumerate().filter(|(_, &m)| m);
    masked.fold((0, 0), |(count, sum), (i, _)| (count + 1, sum + i + 1))
}

fn masked(text: &str) -> (usize, usize) {
    let wcs = Wcs::new(&header()).unwrap();
    let regions = Regions::parse(text, "regions").unwrap();
    let mut mask = vec![false; WIDTH * HEIGHT];
    mask_regions(&wcs, WIDTH, &regions.list, &mut mask).unwrap();
    fact(&mask)
}

/// What imphot's `_mask_inside_ds9region` masks of each (imphot on MPDAF 3.6, astropy 8, matplotlib
/// 3.11): not one pixel differs.
#[test]
fn each_of_200_regions_covers_the_pixels_that_imphot_masks() {
    let lines = regions();
    assert_eq!(lines.len(), OF_IMPHOT.len());
    for (line, expected) in lines.iter().zip(OF_IMPHOT) {
        // As an excluded region, whatever it is: then the mask is its inside.
        let (system, shape) = line.split_once(';').unwrap();
        let text = format!("{system};-{}", shape.trim_start_matches('-'));
        assert_eq!(masked(&text), expected, "{line}");
    }
}

/// What `_mask_ds9regions` makes of lists of them.
#[test]
fn included_and_excluded_regions_work_together_as_in_imphot() {
    let lines = regions();
    let excluded: Vec<String> = lines
        .iter()
        .filter(|l| l.contains(";-"))
        .take(15)
        .cloned()
        .collect();
    for (list, expected) in [
        (&lines[..], (10406, 61917297)),
        (&lines[..20], (10982, 64283184)),
        (&lines[40..47], (11434, 69366297)),
        (&excluded[..], (2842, 21862276)),
    ] {
        assert_eq!(masked(&list.join("\n")), expected);
    }
}

#[test]
fn a_mask_is_written_on_the_grid_of_its_image() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let mut pixels = vec![1.0; WIDTH * HEIGHT];
    pixels[7] = f64::NAN;
    write_image(&path("image.fits"), &header(), &pixels).unwrap();
    std::fs::write(path("all.reg"), regions().join("\n")).unwrap();
    let run = |regions: RegionSource, output: &Path| {
        let image = &path("image.fits");
        let params = RegionMaskParams {
            image,
            regions,
            output,
        };
        region_mask(&params, &Run::new(1))
    };
    let output = path("mask.fits");
    let file = path("all.reg");
    let outcome = run(RegionSource::File(&file), &output).unwrap();
    assert_eq!((outcome.count, outcome.ignored), (200, 0));
    let mask = MuseImage::read(&output, "Mask").unwrap();
    let flags: Vec<bool> = mask.data.iter().map(|&v| v != 0.0).collect();
    assert!(mask.data.iter().all(|&v| v == 0.0 || v == 1.0));
    let mut expected = vec![false; WIDTH * HEIGHT];
    expected[7] = true;
    let list = Regions::open(&file).unwrap().list;
    let wcs = Wcs::new(&header()).unwrap();
    mask_regions(&wcs, WIDTH, &list, &mut expected).unwrap();
    assert_eq!(flags, expected);
    assert_eq!(outcome.masked as usize, fact(&expected).0);
    assert_eq!(Wcs::new(&mask.data_header).unwrap().cd(), wcs.cd());

    // Nothing is written where something is wrong, and what is wrong is named.
    let output = path("none.fits");
    let lost = path("lost.reg");
    for (regions, what) in [
        (RegionSource::File(&lost), "lost.reg"),
        (RegionSource::Lines("\n\ncircle(1,2,3x)"), "line 3"),
    ] {
        let message = run(regions, &output).unwrap_err().to_string();
        assert!(message.contains(what), "{message}");
        assert!(!output.exists());
    }
    // No regions at all mask nothing of their own.
    let outcome = run(RegionSource::Lines(""), &output).unwrap();
    assert_eq!((outcome.count, outcome.masked), (0, 1));
}

#[rustfmt::skip]
const OF_IMPHOT: [(usize, usize); 200] = [
    (16, 75800), (301, 3403314), (12, 1878), (116, 614251), (569, 6002895), (212, 1310478), (0, 0),
    (380, 3934710), (43, 410325), (4, 34402), (124, 1412882), (598, 5003167), (0, 0), (155,
    978822), (126, 830920), (62, 724662), (400, 2195800), (162, 112284), (379, 1902349), (0, 0),
    (15, 147578), (497, 4239161), (29, 319870), (148, 1119324), (33, 22770), (10, 118721), (0, 0),
    (10, 95225), (23, 169865), (404, 4526994), (243, 2724390), (266, 1030883), (467, 492137), (0,
    0), (0, 0), (87, 469119), (239, 1020052), (5, 59038), (94, 641973), (4, 30766), (606, 1339198),
    (405, 1210545), (97, 84487), (10, 90040), (0, 0), (28, 210050), (196, 2095152), (8, 1000), (70,
    29076), (36, 40446), (72, 849684), (0, 0), (159, 1766573), (148, 1666734), (0, 0), (44,
    483538), (7, 14308), (248, 149164), (60, 684214), (0, 0), (127, 1307846), (53, 452683), (59,
    519826), (96, 36564), (74, 520717), (45, 518934), (0, 0), (1, 104), (18, 4410), (154, 1563639),
    (12, 111582), (0, 0), (688, 1093576), (12, 123450), (11, 87426), (17, 98914), (189, 1770596),
    (34, 400397), (1, 2208), (0, 0), (60, 336861), (74, 95941), (221, 1150526), (417, 3828060),
    (440, 1036420), (16, 91222), (392, 1824564), (0, 0), (37, 53909), (96, 641206), (21, 204351),
    (78, 899132), (524, 1940634), (2, 21481), (1, 11851), (62, 726202), (160, 1263328), (564,
    579810), (300, 2840250), (284, 3179922), (117, 1341214), (22, 46475), (297, 3212181), (413,
    382915), (50, 585405), (286, 2061837), (266, 3019563), (11, 29691), (151, 1457754), (363,
    4010487), (234, 1139346), (393, 833553), (36, 423102), (164, 282572), (281, 3184219), (162,
    931949), (452, 632562), (85, 29338), (63, 89782), (29, 301520), (21, 42525), (502, 4902030),
    (562, 3463887), (20, 137008), (64, 108416), (10, 5015), (884, 8737014), (47, 411452), (618,
    3736816), (66, 219252), (2, 16920), (34, 257382), (0, 0), (148, 641506), (156, 356616), (58,
    683014), (81, 949167), (30, 144059), (458, 447352), (272, 1453432), (12, 106086), (26, 283890),
    (2, 15665), (26, 146952), (949, 6987487), (15, 32426), (90, 43605), (1, 5993), (128, 54768),
    (0, 0), (0, 0), (175, 1630440), (132, 1057650), (5, 33370), (29, 329979), (40, 6553), (292,
    2047066), (21, 4068), (30, 225663), (322, 2436091), (103, 959651), (229, 2544531), (26,
    217588), (74, 694897), (1, 110), (40, 16960), (468, 3993210), (14, 2057), (96, 115216), (2,
    23763), (0, 0), (140, 394870), (0, 0), (37, 428041), (66, 54387), (262, 974771), (160,
    1757426), (16, 86792), (159, 1056714), (7, 83710), (692, 1561498), (180, 735390), (0, 0), (70,
    586621), (0, 0), (36, 23623), (8, 43428), (303, 635524), (0, 0), (0, 0), (80, 388640), (273,
    201728), (44, 474782), (142, 111568), (39, 32097), (49, 532601), (310, 215650), (1, 1080), (24,
    268954), (40, 6552),
];
