//! The filter before an image is sampled more coarsely: a Blackman window on its Fourier
//! transform, so that nothing is left which the new pixels could not tell from something coarser.
//! As MPDAF 3.6 filters in `Image.regrid`.

use std::f64::consts::PI;

use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use rustfft::num_complex::Complex;
use rustfft::FftPlanner;

use super::fourier::expect_plan;
use super::rows::Rows;
use memory::Result;

/// Columns of a transform, or rows of an image, that are moved at once: a line of the
/// processor's cache holds four complex numbers.
const BLOCK: usize = 8;

/// Removes from `pixels`, rows of `width`, in place, all frequencies beyond `cutoff`, and dims
/// those below it. `step` is the size of a pixel along x and y in any unit of angle, `cutoff`
/// the highest frequency along x and y that may be left, in cycles per that unit. The image is
/// continued with zeros to sides of powers of two.
///
/// # Errors
/// When memory is out.
pub fn lowpass(
    width: usize,
    pixels: &mut [f64],
    step: [f64; 2],
    cutoff: [f64; 2],
    rows: Rows,
) -> Result<()> {
    if width == 0 || pixels.is_empty() {
        return Ok(());
    }
    let height = pixels.len() / width;
    // A transform of one real number has no inverse of one.
    let (nx, ny) = (width.next_power_of_two().max(2), height.next_power_of_two());
    let across = |k: usize| k as f64 / (nx as f64 * step[0]) / cutoff[0];
    let along = |k: usize| {
        let k = k.min(ny - k);
        k as f64 / (ny as f64 * step[1]) / cutoff[1]
    };
    // Beyond the cutoff there is nothing to transform, and nothing to transform back.
    let kept = (0..=nx / 2).take_while(|&k| across(k) <= 1.0).count();

    expect_plan(nx)?;
    let mut real = RealFftPlanner::new();
    let (forward, backward) = (real.plan_fft_forward(nx), real.plan_fft_inverse(nx));
    let mut lines = zeros(height, kept)?;
    {
        let pixels: &[f64] = pixels;
        let make = || RowWork::forward(&*forward);
        rows.each(&mut lines, kept, make, |work, y, line| {
            work.real[..width].copy_from_slice(&pixels[y * width..][..width]);
            work.real[width..].fill(0.0);
            // It only refuses buffers of other lengths.
            let _ =
                forward.process_with_scratch(&mut work.real, &mut work.complex, &mut work.scratch);
            line.copy_from_slice(&work.complex[..kept]);
        })?;
    }

    expect_plan(ny)?;
    let mut planner = FftPlanner::new();
    let (down, up) = (planner.plan_fft_forward(ny), planner.plan_fft_inverse(ny));
    let scratch = down
        .get_inplace_scratch_len()
        .max(up.get_inplace_scratch_len());
    let norm = 1.0 / (nx as f64 * ny as f64);
    let mut columns = zeros(kept, ny)?;
    rows.each(
        &mut columns,
        BLOCK * ny,
        || memory::filled(scratch, Complex::default()),
        |scratch, block, columns| {
            let first = block * BLOCK;
            let count = columns.len() / ny;
            for y in 0..height {
                let line = &lines[y * kept + first..][..count];
                for (column, value) in line.iter().enumerate() {
                    columns[column * ny + y] = *value;
                }
            }
            for (k, column) in columns.chunks_exact_mut(ny).enumerate() {
                let across = across(first + k);
                down.process_with_scratch(column, scratch);
                for (k, value) in column.iter_mut().enumerate() {
                    *value *= norm * blackman(across.hypot(along(k)));
                }
                up.process_with_scratch(column, scratch);
            }
        },
    )?;
    drop(lines);

    let make = || RowWork::backward(&*backward);
    rows.each(pixels, BLOCK * width, make, |work, block, rows| {
        let first = block * BLOCK;
        let count = rows.len() / width;
        for (k, column) in columns.chunks_exact(ny).enumerate() {
            for (y, value) in column[first..][..count].iter().enumerate() {
                work.block[y * kept + k] = *value;
            }
        }
        for (line, row) in work
            .block
            .chunks_exact(kept)
            .zip(rows.chunks_exact_mut(width))
        {
            work.complex[..kept].copy_from_slice(line);
            work.complex[kept..].fill(Complex::default());
            // Of a real image these two are real; what rounding left is in the way.
            work.complex[0].im = 0.0;
            work.complex[nx / 2].im = 0.0;
            let _ =
                backward.process_with_scratch(&mut work.complex, &mut work.real, &mut work.scratch);
            row.copy_from_slice(&work.real[..width]);
        }
    })
}

/// The Blackman window at a frequency in units of the cutoff.
fn blackman(r: f64) -> f64 {
    match r <= 1.0 {
        true => 0.42 + 0.5 * (PI * r).cos() + 0.08 * (2.0 * PI * r).cos(),
        false => 0.0,
    }
}

fn zeros(rows: usize, columns: usize) -> Result<Vec<Complex<f64>>> {
    memory::filled(memory::product(rows, columns)?, Complex::default())
}

/// The memory of a thread that transforms rows.
struct RowWork {
    real: Vec<f64>,
    complex: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
    /// A few rows of transforms, as the columns gave them.
    block: Vec<Complex<f64>>,
}

impl RowWork {
    fn forward(plan: &dyn RealToComplex<f64>) -> Result<Self> {
        Ok(RowWork {
            real: memory::zeros(plan.len())?,
            complex: memory::filled(plan.complex_len(), Complex::default())?,
            scratch: memory::filled(plan.get_scratch_len(), Complex::default())?,
            block: Vec::new(),
        })
    }

    fn backward(plan: &dyn ComplexToReal<f64>) -> Result<Self> {
        let count = plan.complex_len();
        Ok(RowWork {
            real: memory::zeros(plan.len())?,
            scratch: memory::filled(plan.get_scratch_len(), Complex::default())?,
            block: memory::filled(memory::product(BLOCK, count)?, Complex::default())?,
            complex: memory::filled(count, Complex::default())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Six columns, five rows.
    fn image() -> Vec<f64> {
        let pixel = |(i, j): (i32, i32)| {
            f64::from((i * 7 + j * 3) % 11) - 2.0 + f64::from(i * j % 5) * 0.25
        };
        (0..30).map(|k| pixel((k % 6, k / 6))).collect()
    }

    fn assert_close(got: &[f64], expected: &[f64]) {
        assert_eq!(got.len(), expected.len());
        for (got, expected) in got.iter().zip(expected) {
            assert!((got - expected).abs() < 1e-13, "{got} is not {expected}");
        }
    }

    // The numbers of mpdaf 3.6: _antialias_filter_image(image, (0.1, 0.2), newstep, None), steps
    // as (y, x).

    #[test]
    fn both_axes_are_filtered_as_in_mpdaf() {
        let expected = [
            1.4122092715213705,
            1.5802260825863441,
            1.6851260553197718,
            1.6654602083869798,
            1.5327485282056443,
            1.3647317171406708,
            1.4278957578829814,
            1.5959125689479547,
            1.7008125416813826,
            1.6811466947485907,
            1.5484350145672552,
            1.3804182035022818,
            1.4322089743126294,
            1.600225785377603,
            1.7051257581110306,
            1.6854599111782387,
            1.5527482309969032,
            1.3847314199319296,
            1.4226222971232776,
            1.5906391081882512,
            1.6955390809216788,
            1.6758732339888869,
            1.5431615538075514,
            1.3751447427425778,
            1.4047514717943552,
            1.5727682828593288,
            1.6776682555927565,
            1.6580024086599645,
            1.525290728478629,
            1.3572739174136554,
        ];
        let mut pixels = image();
        lowpass(6, &mut pixels, [0.2, 0.1], [1.0, 0.5 / 0.35], Rows::ALONE).unwrap();
        assert_close(&pixels, &expected);
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(3)
            .build()
            .unwrap();
        let mut again = image();
        lowpass(
            6,
            &mut again,
            [0.2, 0.1],
            [1.0, 0.5 / 0.35],
            Rows::of(&pool),
        )
        .unwrap();
        assert_eq!(again, pixels);
    }

    #[test]
    fn a_cutoff_that_all_of_an_axis_is_below_dims_it_too() {
        let expected = [
            1.3036376511958512,
            2.378177623926995,
            2.248576880092088,
            2.1911600981454376,
            2.078435621243794,
            1.0989867956443904,
            1.3214441548634301,
            2.400797143950096,
            2.270976344524077,
            2.210449185955091,
            2.0934757722187967,
            1.1091145738098847,
            1.3316218485538922,
            2.410153171392299,
            2.276008374165468,
            2.211656132535114,
            2.0932255677408533,
            1.1091604225807552,
            1.3282087773370437,
            2.400765072267895,
            2.260725274298599,
            2.194073924947991,
            2.0778315741997777,
            1.0990974843688446,
            1.3132042720423693,
            2.3781322677190575,
            2.234079677550378,
            2.1680019819417975,
            2.056311384232847,
            1.0848204919013675,
        ];
        let mut pixels = image();
        let cutoff = [0.5 / 0.15, 0.5 / 0.35];
        lowpass(6, &mut pixels, [0.2, 0.1], cutoff, Rows::ALONE).unwrap();
        assert_close(&pixels, &expected);
    }

    #[test]
    fn one_row_and_one_pixel_are_enough() {
        let expected = [
            1.3096877707974302,
            2.124479617995717,
            2.8663529932111347,
            3.1007285348059956,
            2.6903122292025694,
            1.8755203820042825,
        ];
        let mut row = image()[..6].to_vec();
        lowpass(6, &mut row, [1.0, 1.0], [0.25, 0.25], Rows::ALONE).unwrap();
        assert_close(&row, &expected);
        let mut pixel = [4.0];
        lowpass(1, &mut pixel, [1.0, 1.0], [0.25, 0.25], Rows::ALONE).unwrap();
        assert!((pixel[0] - 2.0).abs() < 1e-14);
    }
}
