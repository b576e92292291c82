//! Times of the inner loops: `cargo bench --bench kernels [name]`.

#[path = "support/grid.rs"]
mod grid;

use std::hint::black_box;
use std::path::Path;

use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion, Throughput};
use fits::card::Card;
use fits::{write_image, Header, Image, Window};
use mosaic::io::ipac_table::Table;
use mosaic::kernel::background::PlaneSubtraction;
use mosaic::kernel::background_model::{corrections, Footprint, Model, Overlap, Phase, Terms};
use mosaic::kernel::difference::{difference, Weighted};
use mosaic::kernel::plane::Plane;
use mosaic::kernel::plane_fit::{fit_plane, FitOptions, Patch, Rounds, Workspace};
use mosaic::run::Run;
use simulate::Random;
use sky::Wcs;

use grid::Grid;

/// A strip between two neighbours, and an overlap of half an image.
const SIZES: [(usize, usize); 2] = [(60, 840), (512, 512)];

const PLANE: Plane = Plane {
    a: 2e-3,
    b: -1e-3,
    c: 20.0,
};

/// Noise on a plane; one pixel of a hundred is a star, one of fifty blank.
fn pixels(width: usize, height: usize, seed: u64) -> Vec<f64> {
    let mut random = Random(seed);
    (0..width * height)
        .map(|i| {
            let value = PLANE.at((i % width) as f64, (i / width) as f64) + 0.7 * random.normal();
            let chance = random.uniform();
            match () {
                () if chance < 0.01 => value + 30.0 / random.uniform().max(0.01),
                () if chance < 0.03 => f64::NAN,
                () => value,
            }
        })
        .collect()
}

fn plane_fits(c: &mut Criterion) {
    let mut group = c.benchmark_group("fit_plane");
    let options = FitOptions {
        level_only: false,
        border: 0,
        rounds: Rounds::Version6,
        no_fit: false,
    };
    let mut workspace = Workspace::default();
    for (width, height) in SIZES {
        let data = pixels(width, height, 1);
        let patch = Patch::new(&data, width, Window::of_size(width, height)).unwrap();
        group.throughput(Throughput::Elements(data.len() as u64));
        group.bench_function(
            BenchmarkId::from_parameter(format!("{width}x{height}")),
            |b| {
                b.iter(|| {
                    fit_plane(black_box(&patch), (10.5, -3.5), &options, &mut workspace).unwrap()
                });
            },
        );
    }
    group.finish();
}

fn differences(c: &mut Criterion) {
    let mut group = c.benchmark_group("difference");
    for (width, height) in SIZES {
        let (first, second) = (pixels(width, height, 2), pixels(width, height, 3));
        let ones = vec![1.0; width * height];
        let weigh = |values| Weighted {
            values,
            areas: Some(&ones),
        };
        let mut out = Vec::new();
        group.throughput(Throughput::Elements(first.len() as u64));
        group.bench_function(
            BenchmarkId::from_parameter(format!("{width}x{height}")),
            |b| {
                b.iter(|| {
                    let (first, second) = (weigh(black_box(&first[..])), weigh(&second[..]));
                    difference(first, second, 1.0, width, &mut out, None).unwrap()
                });
            },
        );
    }
    group.finish();
}

fn subtractions(c: &mut Criterion) {
    let mut group = c.benchmark_group("subtract_plane");
    // A band as mBgExec works on it. Subtracting again and again keeps the cost the same.
    let (width, height) = (512, 16);
    let mut values = pixels(width, height, 4);
    let mut areas = vec![1.0; values.len()];
    let subtraction = PlaneSubtraction::new(PLANE, width, (256.5, 8.5)).unwrap();
    group.throughput(Throughput::Elements(values.len() as u64));
    group.bench_function("with_areas", |b| {
        b.iter(|| subtraction.rows_with_areas(0, black_box(&mut values), &mut areas));
    });
    group.finish();
}

/// Reads windows of an image: a few columns of every row, most of every row.
fn windows(c: &mut Criterion) {
    let mut group = c.benchmark_group("read_window");
    let dir = tempfile::tempdir().unwrap();
    let (width, height) = (1024, 1024);
    let mut out = Vec::new();
    for bitpix in [-64, -32, 16] {
        let path = dir.path().join(format!("{bitpix}.fits"));
        write_test_image(&path, bitpix, width, height);
        let mut image = Image::open(&path, "Image file").unwrap();
        for columns in [60, 600] {
            let window = Window {
                x: 200,
                y: 0,
                width: columns,
                height,
            };
            group.throughput(Throughput::Elements((columns * height) as u64));
            group.bench_function(BenchmarkId::new(format!("BITPIX {bitpix}"), columns), |b| {
                b.iter(|| image.read(black_box(window), &mut out).unwrap());
            });
        }
    }
    group.finish();
}

fn write_test_image(path: &Path, bitpix: i32, width: usize, height: usize) {
    let header = Header::primary(bitpix, &[width as i64, height as i64]);
    if bitpix == -64 {
        return write_image(path, &header, &pixels(width, height, 5)).unwrap();
    }
    let mut file = header.to_blocks();
    let bytes = width * height * bitpix.unsigned_abs() as usize / 8;
    // 0x41 in every byte is a fair number in each of the formats.
    file.resize(file.len() + bytes.next_multiple_of(2880), 0x41);
    std::fs::write(path, file).unwrap();
}

fn tables(c: &mut Criterion) {
    let mut group = c.benchmark_group("ipac_table");
    let dir = tempfile::tempdir().unwrap();
    let (images, fits) = (dir.path().join("images.tbl"), dir.path().join("fits.tbl"));
    Grid::new(20).write(&images, &fits).unwrap();
    let text = std::fs::read(&fits).unwrap();
    let names = ["plus", "minus", "a", "b", "c", "boxx", "boxy", "boxang"];
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("fit_table", |b| {
        b.iter(|| {
            let table = Table::parse(black_box(text.clone()), &fits, "table").unwrap();
            let columns = table.need(names, "columns").unwrap();
            let value = |(row, column)| mosaic::io::ipac_table::Row::real(&row, column).unwrap();
            let cells = table
                .rows()
                .flat_map(|row| columns.map(|column| (row, column)));
            cells.map(value).sum::<f64>()
        });
    });
    group.finish();
}

fn models(c: &mut Criterion) {
    let mut group = c.benchmark_group("background_model");
    group.sample_size(10);
    let phases = [(Terms::Level, 2500), (Terms::LevelAndSlope, 7500)]
        .map(|(terms, rounds)| Phase { terms, rounds });
    for side in [10, 70] {
        let model = model(&Grid::new(side));
        group.throughput(Throughput::Elements(model.overlaps.len() as u64));
        group.bench_function(BenchmarkId::from_parameter(format!("{side}x{side}")), |b| {
            b.iter(|| corrections(black_box(&model), &phases, &Run::default()).unwrap());
        });
    }
    group.finish();
}

fn model(grid: &Grid) -> Model {
    let overlap = |row: &mosaic::task::fit_table::FitRow| {
        let box_ = &row.fit.bounding_box;
        Overlap {
            plus: row.plus as u32,
            minus: row.minus as u32,
            difference: row.fit.plane,
            footprint: Footprint {
                x: box_.x,
                y: box_.y,
                width: box_.width,
                height: box_.height,
                angle: box_.angle,
            },
        }
    };
    Model {
        images: grid.side * grid.side,
        overlaps: grid.fits.iter().map(overlap).collect(),
        ..Model::default()
    }
}

fn positions(c: &mut Criterion) {
    let mut group = c.benchmark_group("sky");
    for projection in ["TAN", "SIN", "ZEA", "CAR"] {
        let wcs = Wcs::new(&sky_header(projection)).unwrap();
        let sky: Vec<(f64, f64)> = (0..1000)
            .map(|i| {
                let (x, y) = (f64::from(i % 40) * 25.0, f64::from(i / 40) * 40.0);
                wcs.pixel_to_sky(x, y).unwrap()
            })
            .collect();
        group.throughput(Throughput::Elements(1000));
        group.bench_function(BenchmarkId::new("pixel_to_sky", projection), |b| {
            b.iter(|| {
                (0..1000).fold(0.0, |sum, i| {
                    let (x, y) = (f64::from(i % 40) * 25.0, f64::from(i / 40) * 40.0);
                    sum + wcs.pixel_to_sky(black_box(x), y).unwrap().0
                })
            });
        });
        group.bench_function(BenchmarkId::new("sky_to_pixel", projection), |b| {
            b.iter(|| {
                let x = |&(lon, lat): &(f64, f64)| wcs.sky_to_pixel(black_box(lon), lat).unwrap().0;
                sky.iter().map(x).sum::<f64>()
            });
        });
    }
    group.finish();
}

fn sky_header(projection: &str) -> Header {
    let mut header = Header::primary(-64, &[1000, 1000]);
    header.push(Card::with_string(
        "CTYPE1",
        &format!("RA---{projection}"),
        "",
    ));
    header.push(Card::with_string(
        "CTYPE2",
        &format!("DEC--{projection}"),
        "",
    ));
    for (key, value) in [
        ("EQUINOX", 2000.0),
        ("CRVAL1", 275.2),
        ("CRVAL2", -16.17),
        ("CRPIX1", 500.5),
        ("CRPIX2", 500.5),
        ("CDELT1", -1.0 / 3600.0),
        ("CDELT2", 1.0 / 3600.0),
        ("CROTA2", 10.0),
    ] {
        header.set_real(key, value);
    }
    header
}

criterion_group!(
    benches,
    plane_fits,
    differences,
    subtractions,
    windows,
    tables,
    models,
    positions
);
criterion_main!(benches);
