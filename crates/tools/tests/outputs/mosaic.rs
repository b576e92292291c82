//! The whole job, from raw tiles to a mosaic, as examples/shell/mosaic.sh does it with programs of
//! Montage's names: against Montage 6.0 on real tiles, and against the truth of a simulated sky.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use fits::{card, Header, Image};
use mosaic::run::Run;
use nalgebra::{Matrix3, Vector3};
use simulate::{Field, NOISE};
use sky::{Map, PixelMap, Wcs};
use testing::{original, shared_data};

/// Twelve tiles, each turned and with a plane of its own.
const FIELD: Field = Field {
    columns: 4,
    rows: 3,
    width: 300,
    height: 420,
    seed: 23,
};

/// Links of our programs' names, in a new folder.
fn links(dir: &Path) -> PathBuf {
    let bin = dir.join("bin");
    let montage = Command::new(env!("CARGO_BIN_EXE_montage-tools"))
        .arg("--install")
        .arg(&bin)
        .output()
        .unwrap();
    assert!(montage.status.success(), "{montage:?}");
    bin
}

/// Runs the script with the programs in `bin`; gives the mosaic.
fn job(bin: &Path, raw: &Path, work: &Path) -> PathBuf {
    let script = testing::project().join("examples/shell/mosaic.sh");
    let path = std::env::join_paths([bin, Path::new("/usr/bin"), Path::new("/bin")]).unwrap();
    let output = Command::new("sh")
        .arg(script)
        .args([raw, work])
        .env("PATH", path)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    work.join("mosaic.fits")
}

/// The header and the pixels of an image.
struct Mosaic {
    header: Header,
    width: usize,
    values: Vec<f64>,
}

impl Mosaic {
    fn read(path: &Path) -> Self {
        let mut image = Image::open(path, "Image file").unwrap();
        let mut values = Vec::new();
        image.read(image.whole(), &mut values).unwrap();
        Mosaic {
            header: image.header().clone(),
            width: image.width(),
            values,
        }
    }

    fn place(&self, i: usize) -> (f64, f64) {
        ((i % self.width) as f64, (i / self.width) as f64)
    }

    /// The standard deviation of the noise of a pixel, from the differences of neighbours: of
    /// most of them stars and nebulae are no part.
    fn noise(&self) -> f64 {
        let rows = self.values.chunks(self.width);
        let differences = rows.flat_map(|row| row.windows(2).map(|pair| pair[1] - pair[0]));
        deviation(differences.filter(|d| d.is_finite()).collect()) / 2f64.sqrt()
    }
}

/// The standard deviation of a normal distribution with the median absolute deviation of these.
fn deviation(values: Vec<f64>) -> f64 {
    let middle = median(values.clone());
    1.4826 * median(values.iter().map(|v| (v - middle).abs()).collect())
}

fn median(mut values: Vec<f64>) -> f64 {
    let half = values.len() / 2;
    *values.select_nth_unstable_by(half, f64::total_cmp).1
}

/// Subtracts from values at places the plane that fits them best, in three rounds of least
/// squares without what is more than three deviations off.
fn less_a_plane(places: &[(f64, f64)], values: &mut [f64]) {
    for round in 0..3 {
        let limit = match round {
            0 => f64::INFINITY,
            _ => 3.0 * deviation(values.to_vec()) + f64::MIN_POSITIVE,
        };
        let (mut normal, mut right) = (Matrix3::zeros(), Vector3::zeros());
        for (&(x, y), &value) in places.iter().zip(values.iter()) {
            if value.abs() <= limit {
                let terms = Vector3::new(1.0, x / 1e3, y / 1e3);
                normal += terms * terms.transpose();
                right += terms * value;
            }
        }
        let plane = normal.lu().solve(&right).expect("pixels that span a plane");
        for (&(x, y), value) in places.iter().zip(values.iter_mut()) {
            *value -= plane.dot(&Vector3::new(1.0, x / 1e3, y / 1e3));
        }
    }
}

#[test]
fn the_mosaic_of_m17_is_montage_6s_up_to_one_plane() {
    let Some(packed) = shared_data("2mass_m17/raw") else {
        return;
    };
    if ["mProjExec", "mAdd"]
        .iter()
        .any(|name| original(name).is_none())
    {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let raw = dir.path().join("raw");
    std::fs::create_dir(&raw).unwrap();
    for entry in std::fs::read_dir(packed).unwrap() {
        let path = entry.unwrap().path();
        let mut bytes = Vec::new();
        let mut packed = flate2::read::GzDecoder::new(std::fs::File::open(&path).unwrap());
        packed.read_to_end(&mut bytes).unwrap();
        std::fs::write(raw.join(path.file_stem().unwrap()), bytes).unwrap();
    }
    let theirs = job(Path::new("/usr/bin"), &raw, &dir.path().join("theirs"));
    let ours = job(&links(dir.path()), &raw, &dir.path().join("ours"));
    let (theirs, ours) = (Mosaic::read(&theirs), Mosaic::read(&ours));
    assert_eq!(theirs.header.to_blocks(), ours.header.to_blocks());

    let (mut places, mut apart) = (Vec::new(), Vec::new());
    let mut edge = 0;
    for (i, (a, b)) in theirs.values.iter().zip(&ours.values).enumerate() {
        assert_eq!(a.is_nan(), b.is_nan(), "blank at {:?}", ours.place(i));
        // At the edge of the template Montage drops input pixels that are cut here.
        let ((x, y), height) = (ours.place(i), ours.values.len() / ours.width);
        let at_edge = |at: f64, size: usize| at < 1.0 || at >= size as f64 - 1.0;
        if at_edge(x, ours.width) || at_edge(y, height) {
            if a.is_finite() && (b - a).abs() > 0.0 {
                edge += 1;
            }
            continue;
        }
        if a.is_finite() {
            places.push(ours.place(i));
            apart.push(b - a);
        }
    }
    // Nine tenths of the region are covered.
    assert!(apart.len() > 3_500_000, "{}", apart.len());
    less_a_plane(&places, &mut apart);
    let noise = theirs.noise();
    let worst = apart.iter().fold(0.0, |worst: f64, d| worst.max(d.abs()));
    println!("noise {noise}, largest difference {worst}, {edge} pixels at the edge");
    assert!(worst < 0.02 * noise, "{worst} of {noise}");
}

#[test]
fn a_simulated_mosaic_shows_the_true_sky_up_to_one_plane() {
    let dir = tempfile::tempdir().unwrap();
    let run = Run::new(2);
    FIELD.write_raw(dir.path(), &run).unwrap();
    // For the grid of the true sky only.
    FIELD.write(dir.path(), &run).unwrap();
    let grid = std::fs::read_to_string(dir.path().join("region.hdr")).unwrap();
    let (width, height) = FIELD.grid().unwrap();
    let mut header = Header::primary(-64, &[width as i64, height as i64]);
    header.merge_template(grid.lines().map(|line| card::parse(line.as_bytes())));

    let work = dir.path().join("work");
    let mosaic = job(&links(dir.path()), &dir.path().join("raw"), &work);
    let mosaic = Mosaic::read(&mosaic);
    let map = PixelMap::new(
        &Wcs::new(&mosaic.header).unwrap(),
        &Wcs::new(&header).unwrap(),
    );
    let sky = FIELD.sky();
    let (mut places, mut apart) = (Vec::new(), Vec::new());
    for (i, value) in mosaic.values.iter().enumerate() {
        let (x, y) = mosaic.place(i);
        if let (true, Some((u, v))) = (value.is_finite(), map.at(x + 1.0, y + 1.0)) {
            places.push((x, y));
            apart.push(value - sky.at(u - 1.0, v - 1.0));
        }
    }
    assert!(apart.len() > 1_000_000, "{}", apart.len());
    less_a_plane(&places, &mut apart);
    // Sharing out averages: the noise can only be less than a raw pixel's.
    let noise = deviation(apart.clone());
    assert!(noise > 0.3 * NOISE && noise < NOISE, "{noise}");

    // The noise of squares of 40 x 40 pixels averages out; steps between tiles would stay.
    let mut squares = std::collections::BTreeMap::<_, Vec<f64>>::new();
    for (&(x, y), &value) in places.iter().zip(&apart) {
        squares
            .entry((x as usize / 40, y as usize / 40))
            .or_default()
            .push(value);
    }
    let middles = squares.into_values().filter(|square| square.len() > 800);
    let worst = middles
        .map(median)
        .fold(0.0, |worst: f64, m| worst.max(m.abs()));
    println!("noise {noise}, largest departure of a square {worst}");
    assert!(worst < 0.25 * NOISE, "{worst}");
}
