//! The fast iterate against the plain one, and what must not change it.

use super::*;
use crate::error::Error;

/// Reproducible numbers between -1 and 1 (the minimal standard generator).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 = self.0 * 48_271 % 2_147_483_647;
        self.0 as f64 / 1_073_741_823.5 - 1.0
    }
}

/// N x N images of 100 x 100 pixels, 80 apart, with random planes and noisy differences.
fn grid(n: u32, noise: f64) -> (Model, Vec<Plane>) {
    let mut random = Noise(u64::from(n) + 1);
    let truth: Vec<Plane> = (0..n * n)
        .map(|_| Plane {
            a: 0.01 * random.next(),
            b: 0.01 * random.next(),
            c: 10.0 * random.next(),
        })
        .collect();
    let mut overlaps = Vec::new();
    for (y, x) in (0..n).flat_map(|y| (0..n).map(move |x| (y, x))) {
        for (dx, dy) in [(1, 0), (0, 1), (1, 1), (u32::MAX, 1)] {
            let (x2, y2) = (x.wrapping_add(dx), y + dy);
            if x2 >= n || y2 >= n {
                continue;
            }
            let (plus, minus) = (y * n + x, y2 * n + x2);
            let (p, m) = (truth[plus as usize], truth[minus as usize]);
            let centre = |i: u32, j: u32| 40.0 * f64::from(i + j) + 50.0;
            let size = |i: u32, j: u32| if i == j { 100.0 } else { 20.0 };
            overlaps.push(Overlap {
                plus,
                minus,
                difference: Plane {
                    a: p.a - m.a + 1e-3 * noise * random.next(),
                    b: p.b - m.b + 1e-3 * noise * random.next(),
                    c: p.c - m.c + noise * random.next(),
                },
                footprint: Footprint {
                    x: centre(x, x2),
                    y: centre(y, y2),
                    width: size(x, x2),
                    height: size(y, y2),
                    angle: 10.0 * random.next(),
                },
            });
        }
    }
    (
        Model {
            images: truth.len(),
            overlaps,
            ..Model::default()
        },
        truth,
    )
}

fn solve(model: &Model, phases: &[Phase]) -> Vec<Plane> {
    corrections(model, phases, &Run::new(1)).unwrap()
}

fn phase(terms: Terms, rounds: u32) -> Phase {
    Phase { terms, rounds }
}

/// Largest difference of the planes on the images of a grid.
fn apart(model: &Model, a: &[Plane], b: &[Plane]) -> f64 {
    let side = model.images.isqrt();
    let mut worst = 0.0_f64;
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        for corner in 0..4 {
            let x = 80.0 * (i % side) as f64 + 100.0 * f64::from(corner % 2);
            let y = 80.0 * (i / side) as f64 + 100.0 * f64::from(corner / 2);
            let difference = (a.a - b.a) * x + (a.b - b.b) * y + a.c - b.c;
            assert!(difference.is_finite());
            worst = worst.max(difference.abs());
        }
    }
    worst
}

/// The iteration as it is defined, in the common frame: no basis, no series.
fn plain(model: &Model, phases: &[Phase]) -> Vec<Plane> {
    type Pull = (usize, usize, nalgebra::Matrix3<f64>, nalgebra::Vector3<f64>);
    let pulls: Vec<Pull> = model
        .overlaps
        .iter()
        .flat_map(|o| {
            let Footprint {
                x,
                y,
                width,
                height,
                angle,
            } = o.footprint;
            let (sin, cos) = angle.to_radians().sin_cos();
            // Gauss's two-point rule is exact for products of planes.
            let node = 0.5 / 3.0_f64.sqrt();
            let mut moments = nalgebra::Matrix3::zeros();
            for (u, v) in [(-node, -node), (-node, node), (node, -node), (node, node)] {
                let (u, v) = (u * width, v * height);
                let f = nalgebra::Vector3::new(x + u * cos - v * sin, y + u * sin + v * cos, 1.0);
                moments += f * f.transpose() * (width * height / 4.0);
            }
            let d = nalgebra::Vector3::new(o.difference.a, o.difference.b, o.difference.c);
            let (p, m) = (o.plus as usize, o.minus as usize);
            [(p, m, moments, d), (m, p, moments, -d)]
        })
        .collect();
    let mut planes = vec![nalgebra::Vector3::zeros(); model.images];
    for phase in phases {
        for _ in 0..phase.rounds {
            let mut matrices = vec![nalgebra::Matrix3::zeros(); model.images];
            let mut vectors = vec![nalgebra::Vector3::zeros(); model.images];
            for (i, j, moments, difference) in &pulls {
                matrices[*i] += moments;
                vectors[*i] += moments * (difference - planes[*i] + planes[*j]);
            }
            for (plane, (matrix, vector)) in planes.iter_mut().zip(matrices.iter().zip(&vectors)) {
                let step: nalgebra::Vector3<f64> = match phase.terms {
                    Terms::Level => [0.0, 0.0, vector[2] / matrix[(2, 2)]].into(),
                    Terms::Slope => {
                        let two = matrix.fixed_view::<2, 2>(0, 0).into_owned();
                        let slopes = two.lu().solve(&vector.xy()).unwrap();
                        [slopes[0], slopes[1], 0.0].into()
                    }
                    Terms::LevelAndSlope => matrix.lu().solve(vector).unwrap(),
                };
                *plane += step / 2.0;
            }
        }
    }
    planes
        .iter()
        .map(|p| Plane {
            a: p[0],
            b: p[1],
            c: p[2],
        })
        .collect()
}

#[test]
fn the_series_gives_the_plain_iterate() {
    let (model, _) = grid(4, 1.0);
    for terms in [Terms::Level, Terms::Slope, Terms::LevelAndSlope] {
        for rounds in [1, 2, 3, 7, 40, 1000] {
            let phases = [phase(terms, rounds)];
            let difference = apart(&model, &solve(&model, &phases), &plain(&model, &phases));
            assert!(
                difference < 1e-7,
                "{rounds} rounds of {terms:?}: {difference:e}"
            );
        }
    }
    let mixed = [
        phase(Terms::Level, 30),
        phase(Terms::Slope, 20),
        phase(Terms::Level, 0),
        phase(Terms::LevelAndSlope, 25),
        phase(Terms::Level, 3),
    ];
    let difference = apart(&model, &solve(&model, &mixed), &plain(&model, &mixed));
    assert!(difference < 1e-7, "{difference:e}");
}

#[test]
fn the_default_rounds_on_a_slow_grid_give_the_plain_iterate() {
    // 12 x 12 images are far from converged after these rounds, so the number of rounds matters.
    let (model, _) = grid(12, 1.0);
    let phases = [phase(Terms::Level, 500), phase(Terms::LevelAndSlope, 1500)];
    let fast = solve(&model, &phases);
    let difference = apart(&model, &fast, &plain(&model, &phases));
    assert!(difference < 1e-6, "{difference:e}");
    let more = solve(&model, &[phases[0], phase(Terms::LevelAndSlope, 1600)]);
    assert!(apart(&model, &fast, &more) > 1e-5);
}

#[test]
fn two_opposite_conditions_are_an_overlap() {
    // Conditions are iterated round by round, overlaps through the series.
    let (model, _) = grid(5, 1.0);
    let mut one_sided = Model {
        images: model.images,
        ..Model::default()
    };
    for o in &model.overlaps {
        let d = o.difference;
        let back = Plane {
            a: -d.a,
            b: -d.b,
            c: -d.c,
        };
        for (image, neighbour, difference) in [(o.plus, o.minus, d), (o.minus, o.plus, back)] {
            one_sided.conditions.push(Condition {
                image,
                neighbour,
                difference,
                footprint: o.footprint,
                transfer: Transfer::default(),
                level_only: false,
            });
        }
    }
    let phases = [
        phase(Terms::Level, 200),
        phase(Terms::LevelAndSlope, 800),
        phase(Terms::Slope, 5),
    ];
    let difference = apart(&model, &solve(&model, &phases), &solve(&one_sided, &phases));
    assert!(difference < 1e-7, "{difference:e}");
}

#[test]
fn consistent_differences_are_removed_up_to_one_common_plane() {
    let (model, truth) = grid(4, 0.0);
    let found = solve(
        &model,
        &[
            phase(Terms::Level, 500),
            phase(Terms::LevelAndSlope, 20_000),
        ],
    );
    let common = |planes: &[Plane]| -> Vec<Plane> {
        let first = planes[0];
        let relative = |p: &Plane| Plane {
            a: p.a - first.a,
            b: p.b - first.b,
            c: p.c - first.c,
        };
        planes.iter().map(relative).collect()
    };
    let difference = apart(&model, &common(&found), &common(&truth));
    assert!(difference < 1e-6, "{difference:e}");
}

#[test]
fn moving_the_frame_moves_the_planes_with_it() {
    let (model, _) = grid(4, 1.0);
    let mut moved = model.clone();
    let (dx, dy) = (12_345.0, -54_321.0);
    for o in &mut moved.overlaps {
        o.footprint.x += dx;
        o.footprint.y += dy;
        o.difference.c -= o.difference.a * dx + o.difference.b * dy;
    }
    let phases = [phase(Terms::LevelAndSlope, 300)];
    let expected: Vec<Plane> = solve(&moved, &phases)
        .iter()
        .map(|p| Plane {
            c: p.c + p.a * dx + p.b * dy,
            ..*p
        })
        .collect();
    let difference = apart(&model, &solve(&model, &phases), &expected);
    assert!(difference < 1e-7, "{difference:e}");
}

#[test]
fn locked_images_stay_and_the_others_come_to_them() {
    let (mut model, truth) = grid(3, 0.0);
    model.locked = vec![false; 9];
    model.locked[4] = true;
    let found = solve(&model, &[phase(Terms::LevelAndSlope, 3000)]);
    assert_eq!(found[4], Plane::default());
    let relative = |p: &Plane| {
        let first = truth[4];
        Plane {
            a: p.a - first.a,
            b: p.b - first.b,
            c: p.c - first.c,
        }
    };
    let expected: Vec<Plane> = truth.iter().map(relative).collect();
    assert!(apart(&model, &found, &expected) < 1e-6);
}

#[test]
fn an_image_without_usable_area_keeps_its_background() {
    let (mut model, _) = grid(3, 1.0);
    for o in &mut model.overlaps {
        if o.plus == 0 || o.minus == 0 {
            o.footprint.width = 0.0;
        }
    }
    model.images += 1; // and one without any overlap
    let found = solve(
        &model,
        &[phase(Terms::Level, 9), phase(Terms::LevelAndSlope, 9)],
    );
    assert_eq!((found[0], found[9]), (Plane::default(), Plane::default()));
    assert!(found.iter().all(Plane::is_finite));
    assert!(found[1..9].iter().all(|p| p.a != 0.0));
    assert!(solve(&Model::default(), &[phase(Terms::Level, 10)]).is_empty());
}

#[test]
fn an_overlap_with_itself_only_slows_an_image() {
    let (model, _) = grid(3, 1.0);
    let mut selfish = model.clone();
    selfish.overlaps.push(Overlap {
        plus: 4,
        minus: 4,
        ..model.overlaps[0]
    });
    let few = [phase(Terms::LevelAndSlope, 5)];
    let difference = apart(&model, &solve(&selfish, &few), &plain(&selfish, &few));
    assert!(difference < 1e-7, "{difference:e}");
    // The plain iteration with moments but no pull of its own.
    assert!(apart(&model, &solve(&selfish, &few), &solve(&model, &few)) > 1e-4);
}

#[test]
fn the_bits_do_not_depend_on_the_number_of_threads() {
    let (model, _) = grid(70, 1.0);
    let phases = [
        phase(Terms::Level, 60),
        phase(Terms::Slope, 4),
        phase(Terms::LevelAndSlope, 90),
    ];
    let bits = |threads| -> Vec<[u64; 3]> {
        let planes = corrections(&model, &phases, &Run::new(threads)).unwrap();
        planes
            .iter()
            .map(|p| [p.a, p.b, p.c].map(f64::to_bits))
            .collect()
    };
    let one = bits(1);
    assert!(one == bits(2) && one == bits(7));
}

#[test]
fn progress_counts_rounds_and_can_cancel() {
    let (model, _) = grid(3, 1.0);
    let phases = [
        phase(Terms::Level, 25),
        phase(Terms::Slope, 0),
        phase(Terms::LevelAndSlope, 75),
    ];
    let seen = std::cell::RefCell::new(Vec::new());
    let listen = |done, total| {
        seen.borrow_mut().push((done, total));
        false
    };
    corrections(&model, &phases, &Run::with_progress(1, &listen)).unwrap();
    assert_eq!(*seen.borrow(), [(25, 100), (100, 100)]);
    let refuse = |done, _| done >= 100;
    let result = corrections(&model, &phases, &Run::with_progress(1, &refuse));
    assert!(matches!(result, Err(Error::Cancelled)));
    let (model, _) = grid(70, 1.0);
    let often = std::cell::Cell::new(0);
    let count = |_, _| {
        often.set(often.get() + 1);
        often.get() == 3
    };
    let long = [phase(Terms::LevelAndSlope, 1_000_000)];
    let result = corrections(&model, &long, &Run::with_progress(2, &count));
    assert!(matches!(result, Err(Error::Cancelled)) && often.get() == 3);
}
