//! Which pixels lie within a distance of a plane, asked many times with planes and distances
//! that change little.
//!
//! Montage clips for 20 rounds, reading every pixel twice a round. Here the pixels are sorted
//! once into bins of their distance from a reference plane, each bin with the sums of its
//! pixels. A later question takes whole bins that are surely inside, leaves those surely outside,
//! and looks at single pixels only in the few bins near the limit.

use super::moments::{Extent, Moments};
use super::{Patch, Plane};

/// One pixel: residual from the reference plane, and position.
#[derive(Debug, Clone, Copy, Default)]
struct Pixel {
    residual: f64,
    u: i32,
    v: i32,
}

/// Bins between zero and [`REACH`] x rms; the last one takes all beyond.
const BINS: usize = 768;
/// How far, in rms, the bins reach. The limit of the first round is 2 rms.
const REACH: f64 = 2.25;
/// When a question had to look at more than this part of the pixels, they are sorted anew.
const TOO_MANY: f64 = 0.125;

/// Buffers that are used again from fit to fit.
#[derive(Default)]
pub struct Buffers {
    pixels: Vec<Pixel>,
    sorted: Vec<Pixel>,
    bin_of: Vec<u16>,
    starts: Vec<usize>,
    sums: Vec<Moments>,
    extents: Vec<Extent>,
}

/// The pixels of a patch, sorted by their distance from a reference plane.
pub struct Sorted<'a> {
    buffers: &'a mut Buffers,
    reference: Plane,
    bin_width: f64,
    whole: Extent,
    looked_at: usize,
}

/// Answer to one question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Selection {
    /// Sums of the pixels, with z relative to `reference`.
    pub moments: Moments,
    /// What they span.
    pub extent: Extent,
    /// What `moments` is relative to.
    pub reference: Plane,
}

impl Selection {
    /// The fitted plane.
    pub fn plane(&self, level_only: bool) -> Option<Plane> {
        let found = if level_only {
            self.moments.level()
        } else {
            self.moments.plane()
        }?;
        Some(self.reference.plus(&found))
    }
}

impl<'a> Sorted<'a> {
    /// Takes the pixels of `patch` that are not blank and sorts them by their distance from
    /// `reference`, in bins fit for limits up to 2 `rms`, which must be positive.
    pub fn new(buffers: &'a mut Buffers, patch: &Patch, reference: Plane, rms: f64) -> Self {
        buffers.pixels.clear();
        let mut whole = Extent::EMPTY;
        let (u0, v0) = patch.centre();
        for (y, row) in patch.rows() {
            let v = y as i32 - v0;
            let level = reference.at(f64::from(-u0), f64::from(v));
            for (x, &z) in row.iter().enumerate() {
                if !z.is_nan() {
                    let residual = z - (level + reference.a * x as f64);
                    buffers.pixels.push(Pixel {
                        residual,
                        u: x as i32 - u0,
                        v,
                    });
                }
            }
        }
        for pixel in &buffers.pixels {
            whole.add(pixel.u, pixel.v);
        }
        let mut sorted = Sorted {
            buffers,
            reference,
            bin_width: 0.0,
            whole,
            looked_at: 0,
        };
        sorted.sort(rms);
        sorted
    }

    /// Sorts the pixels by their residuals (a counting sort), and sums every bin; `sums[k]` and
    /// `extents[k]` are those of all bins before k.
    fn sort(&mut self, rms: f64) {
        let Buffers {
            pixels,
            sorted,
            bin_of,
            starts,
            sums,
            extents,
        } = &mut *self.buffers;
        self.bin_width = rms * REACH / (BINS - 1) as f64;
        let scale = 1.0 / self.bin_width;
        starts.clear();
        starts.resize(BINS + 1, 0);
        bin_of.clear();
        bin_of.extend(pixels.iter().map(|pixel| {
            // Saturates: what lies far out (or overflows) goes to the last bin.
            ((pixel.residual.abs() * scale) as usize).min(BINS - 1) as u16
        }));
        for &bin in bin_of.iter() {
            starts[bin as usize + 1] += 1;
        }
        for k in 0..BINS {
            starts[k + 1] += starts[k];
        }
        sorted.clear();
        sorted.resize(pixels.len(), Pixel::default());
        let mut next = [0usize; BINS];
        next.copy_from_slice(&starts[..BINS]);
        for (pixel, &bin) in pixels.iter().zip(bin_of.iter()) {
            let slot = &mut next[bin as usize];
            sorted[*slot] = *pixel;
            *slot += 1;
        }
        sums.clear();
        extents.clear();
        let (mut sum, mut extent) = (Moments::default(), Extent::EMPTY);
        for k in 0..BINS {
            sums.push(sum);
            extents.push(extent);
            let mut bin = Moments::default();
            for pixel in &sorted[starts[k]..starts[k + 1]] {
                bin.add(f64::from(pixel.u), f64::from(pixel.v), pixel.residual);
                extent.add(pixel.u, pixel.v);
            }
            sum.merge(&bin);
        }
        sums.push(sum);
        extents.push(extent);
    }

    /// The pixels whose distance from `plane` is at most `limit` (infinite: all).
    pub fn within(&mut self, plane: &Plane, limit: f64) -> Selection {
        let shift = plane.minus(&self.reference);
        // The reference and `plane` differ by at most this over the patch.
        let apart = {
            let Extent { u, v } = self.whole;
            let corner = |u: i32, v: i32| shift.at(f64::from(u), f64::from(v)).abs();
            corner(u.0, v.0)
                .max(corner(u.0, v.1))
                .max(corner(u.1, v.0))
                .max(corner(u.1, v.1))
        };
        // One bin of safety on either side for the rounding of the division into bins; the last
        // bin has no upper edge. The casts saturate.
        let sure = ((limit - apart) / self.bin_width - 1.0).max(0.0) as usize;
        let sure = if limit.is_infinite() {
            BINS
        } else {
            sure.min(BINS - 1)
        };
        let last = ((limit + apart) / self.bin_width + 2.0) as usize;
        let last = last.clamp(sure, BINS);
        let Buffers {
            sorted,
            starts,
            sums,
            extents,
            ..
        } = &*self.buffers;
        let (mut moments, mut extent) = (sums[sure], extents[sure]);
        let near = &sorted[starts[sure]..starts[last]];
        let mut edge = Moments::default();
        for pixel in near {
            let (u, v) = (f64::from(pixel.u), f64::from(pixel.v));
            if (pixel.residual - shift.at(u, v)).abs() <= limit {
                edge.add(u, v, pixel.residual);
                extent.add(pixel.u, pixel.v);
            }
        }
        moments.merge(&edge);
        self.looked_at = near.len();
        Selection {
            moments,
            extent,
            reference: self.reference,
        }
    }

    /// Where the last question had to look at too many single pixels: sorts them anew by their
    /// distance from `plane`, for limits up to 2 `rms`.
    pub fn follow(&mut self, plane: &Plane, rms: f64) {
        let pixels = &mut self.buffers.pixels;
        if (self.looked_at as f64) <= TOO_MANY * pixels.len() as f64 || rms.is_nan() || rms <= 0.0 {
            return;
        }
        let shift = plane.minus(&self.reference);
        for pixel in pixels.iter_mut() {
            pixel.residual -= shift.at(f64::from(pixel.u), f64::from(pixel.v));
        }
        self.reference = *plane;
        self.sort(rms);
    }
}
