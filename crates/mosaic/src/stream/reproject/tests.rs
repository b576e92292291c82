//! Reprojections from arrays to arrays and from files to files.

use std::path::Path;

use ndarray::Array2;
use sky::{Grid, PixelMap, Wcs, Window};
use tempfile::TempDir;

use super::quick_look::{QuickLook, PIXELS_KEPT};
use super::*;
use crate::io::header_template::HeaderTemplate;
use crate::kernel::reproject::flat::Flux;
use crate::kernel::reproject::interpolate::Interpolation;
use crate::kernel::reproject::Spares;
use crate::run::Run;
use crate::stream::testing::{assert_same_bits, folder, grid, pixels_of, sink, Made};
use crate::stream::{ArraySink, PixelSink, PixelSource, WithAreas};

/// Pixels and sky of an image of this size around (10, 1) whose pixels have `step` degrees, turned by
/// `turn`.
fn wcs(code: &str, (width, height): (usize, usize), step: f64, turn: f64) -> Wcs {
    // The reference point of a cylinder lies on the equator.
    let (crval2, below) = match code {
        "CAR" => (0.0, 1.0 / step),
        _ => (1.0, 0.0),
    };
    let text = format!(
        "SIMPLE  = T\nBITPIX  = -64\nNAXIS   = 2\nNAXIS1  = {width}\nNAXIS2  = {height}\n\
         CTYPE1  = 'RA---{code}'\nCTYPE2  = 'DEC--{code}'\nEQUINOX = 2000\nCRVAL1  = 10.0\n\
         CRVAL2  = {crval2}\nCRPIX1  = {}\nCRPIX2  = {}\nCDELT1  = {}\nCDELT2  = {step}\n\
         CROTA2  = {turn}\nEND\n",
        width as f64 / 2.0,
        height as f64 / 2.0 - below,
        -step,
    );
    let template = HeaderTemplate::parse(text.as_bytes(), Path::new("test"));
    Wcs::new(&template).unwrap()
}

const SIZE: (usize, usize) = (120, 90);
const OUTPUT: (usize, usize) = (110, 100);

/// The engines: exact on the sphere, on the planes of two projections, and by interpolation.
#[derive(Debug, Clone, Copy)]
enum Engine {
    Sphere,
    Planes,
    Look(Interpolation, usize),
}

/// Reprojects `input` to images that `output` is.
fn reproject<S: PixelSource, K: PixelSink>(
    engine: Engine,
    input: &Input<S>,
    target: &Wcs,
    output: WithAreas<K>,
    run: &Run,
) -> WithAreas<K::Done> {
    let whole = Window::of_size(OUTPUT.0, OUTPUT.1);
    let (overlaps, drizzle) = match engine {
        Engine::Sphere => (Overlaps::OnSphere, 1.0),
        Engine::Planes => (Overlaps::OnPlane, 0.8),
        Engine::Look(interpolation, most_kept) => {
            let look = QuickLook {
                input,
                target,
                whole,
                interpolation,
                full_region: true,
                most_kept,
            };
            return look.run(|_| Ok(output), run).unwrap().unwrap();
        }
    };
    let map = PixelMap::new(&input.wcs, target);
    let spread = Spread {
        input,
        map: &map,
        whole,
        drizzle,
        flux: Flux::Density,
        overlaps,
        spares: &Spares::default(),
    };
    let sums = spread.run(run).unwrap().unwrap();
    let received = Received {
        sums: &sums,
        covered: sums.covered().unwrap(),
        areas: Areas::of_sky(&map),
        energy: None,
    };
    received.write(&whole, &output, run).unwrap();
    output.finish().unwrap()
}

fn input<S>(image: S, weights: S, wcs: &Wcs) -> Input<S> {
    Input {
        image,
        weights: Some(weights),
        selection: Selection::new("2", 1.5, 0.0, 0.0).unwrap(),
        wcs: wcs.clone(),
    }
}

fn files(dir: &TempDir, grid: &Grid) -> WithAreas<crate::stream::FitsSink> {
    WithAreas {
        image: sink(dir.path(), "out.fits", grid),
        areas: Some(sink(dir.path(), "out_area.fits", grid)),
    }
}

#[test]
fn arrays_and_files_are_reprojected_to_the_same_bits() {
    let (image, weights) = (
        Made::sky(grid(SIZE.0, SIZE.1, 60.0, 45.0), 1),
        Made::areas(grid(SIZE.0, SIZE.1, 60.0, 45.0)),
    );
    let dir = folder();
    let tangent = wcs("TAN", SIZE, 0.01, 20.0);
    let engines = [
        (Engine::Sphere, "CAR"),
        (Engine::Planes, "SIN"),
        (Engine::Look(Interpolation::Nearest, PIXELS_KEPT), "CAR"),
        (Engine::Look(Interpolation::Lanczos, PIXELS_KEPT), "TAN"),
        (Engine::Look(Interpolation::Lanczos, 0), "TAN"),
    ];
    for (engine, code) in engines {
        let target = wcs(code, OUTPUT, 0.011, 0.0);
        let mut made = [(); 2].map(|()| Array2::<f64>::zeros((OUTPUT.1, OUTPUT.0)));
        let [values, areas] = &mut made;
        let output = WithAreas {
            image: ArraySink::new(values.view_mut()),
            areas: Some(ArraySink::new(areas.view_mut())),
        };
        let arrays = input(image.array(), weights.array(), &tangent);
        reproject(engine, &arrays, &target, output, &Run::new(1));
        let expected = made.map(|made| made.into_raw_vec_and_offset().0);
        let finite = expected[0].iter().filter(|x| x.is_finite()).count();
        // A blank spoils all pixels within three of it for the interpolation of Lanczos.
        assert!(finite > 30, "{engine:?}: {finite} pixels");
        let images = image.file_sources(dir.path(), "image");
        let weights = weights.file_sources(dir.path(), "weights");
        for (image, weights) in images.into_iter().zip(weights) {
            let input = input(image, weights, &tangent);
            let output = files(&dir, &grid(OUTPUT.0, OUTPUT.1, 0.0, 0.0));
            for done in reproject(engine, &input, &target, output, &Run::new(2)) {
                done.commit().unwrap();
            }
            let what = format!("{engine:?}");
            let values = pixels_of(dir.path(), "out.fits");
            assert_same_bits(&what, &values, &expected[0]);
            let areas = pixels_of(dir.path(), "out_area.fits");
            assert_same_bits(&what, &areas, &expected[1]);
        }
    }
}

#[test]
fn an_image_beside_the_output_leaves_nothing() {
    let image = Made::sky(grid(SIZE.0, SIZE.1, 60.0, 45.0), 1);
    let far = wcs("TAN", SIZE, 0.01, 20.0).padded(-1.0);
    let input = Input {
        image: image.array(),
        weights: None,
        selection: Selection::new("", 0.0, 0.0, 0.0).unwrap(),
        wcs: far,
    };
    let target = wcs("TAN", OUTPUT, 1e-5, 0.0);
    let look = QuickLook {
        input: &input,
        target: &target,
        whole: Window {
            x: 5_000_000,
            ..Window::of_size(OUTPUT.0, OUTPUT.1)
        },
        interpolation: Interpolation::Nearest,
        full_region: false,
        most_kept: PIXELS_KEPT,
    };
    let create = |_: &Window| -> crate::Result<WithAreas<crate::stream::FitsSink>> {
        panic!("nothing is to be created")
    };
    assert!(look.run(create, &Run::new(1)).unwrap().is_none());
}
