//! Which pixels lie within a distance of a plane, asked many times with planes and distances
//! that change little.
//!
//! Montage clips for 20 rounds, reading every pixel twice a round. But the limits of the rounds
//! stay between one and two rms of the first plane unless there are many outliers, so the pixels
//! inside that, most of them, are only summed. The others are sorted once into bins of their
//! distance from a reference plane, each bin with the sums of its pixels. A question takes whole
//! bins that are surely inside, leaves those surely outside, and looks at single pixels only in
//! the few bins near the limit. When it falls below the bins, all is sorted anew.

use super::moments::{Extent, Moments};
use super::{Patch, Plane, CLIP};
use memory::Result;

/// One pixel: residual from the reference plane, and position.
#[derive(Debug, Clone, Copy, Default)]
struct Pixel {
    residual: f64,
    u: i32,
    v: i32,
}

/// Pixels nearer than this many rms are summed, not sorted. The limit of a round is 2 rms, of
/// which clipping a normal distribution at 2 rms of what is left, and so on, ends at 0.72.
const FLOOR: f64 = 1.0;
/// How far, in rms, the bins reach.
const REACH: f64 = 2.25;
/// Bins between the two; the last one takes all beyond.
const BINS: usize = 512;
/// When a question had to look at more than this part of the pixels, they are sorted anew.
const TOO_MANY: f64 = 0.125;

/// Buffers that are used again from fit to fit.
#[derive(Default)]
pub struct Buffers {
    /// a u of every column.
    slopes: Vec<f64>,
    /// Residuals of one row.
    residuals: Vec<f64>,
    /// The pixels of one row that are to be sorted come first in it.
    row: Vec<Pixel>,
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
    patch: &'a Patch<'a>,
    reference: Plane,
    /// Pixels nearer than this are in no bin.
    floor: f64,
    bin_width: f64,
    /// What all pixels span.
    whole: Extent,
    /// Number of all pixels.
    count: f64,
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
    /// Sorts the pixels of `patch` (`all` of them) by their distance from `reference`, for limits
    /// of 1 to 2 `rms`, which must be positive.
    ///
    /// # Errors
    /// When memory is out.
    pub fn new(
        buffers: &'a mut Buffers,
        patch: &'a Patch,
        all: &Selection,
        reference: Plane,
        rms: f64,
    ) -> Result<Self> {
        let mut sorted = Sorted {
            buffers,
            patch,
            reference,
            floor: 0.0,
            bin_width: 0.0,
            whole: all.extent,
            count: all.moments.n,
            looked_at: 0,
        };
        sorted.gather(reference, rms)?;
        Ok(sorted)
    }

    /// Sums the pixels near `reference` and sorts the others.
    fn gather(&mut self, reference: Plane, rms: f64) -> Result<()> {
        self.reference = reference;
        self.floor = FLOOR * rms;
        self.bin_width = rms * (REACH - FLOOR) / (BINS - 1) as f64;
        let Buffers {
            slopes,
            residuals,
            row: kept,
            pixels,
            ..
        } = &mut *self.buffers;
        let width = self.patch.width;
        let (u0, v0) = self.patch.centre();
        slopes.clear();
        memory::extend(slopes, (0..width).map(|x| reference.a * x as f64))?;
        memory::resize(kept, width, Pixel::default())?;
        residuals.clear();
        memory::reserve(residuals, width)?;
        pixels.clear();
        let (mut near, mut extent) = (Moments::default(), Extent::EMPTY);
        for (y, row) in self.patch.rows() {
            let v = y as i32 - v0;
            let level = reference.at(f64::from(-u0), f64::from(v));
            residuals.clear();
            residuals.extend(
                row.iter()
                    .zip(&*slopes)
                    .map(|(z, slope)| z - (level + slope)),
            );
            let is_near = |residual: &f64| residual.abs() < self.floor;
            if let Some(first) = residuals.iter().position(is_near) {
                let last = residuals.iter().rposition(is_near).unwrap_or(first);
                extent.add(first as i32 - u0, v);
                extent.add(last as i32 - u0, v);
                let u = f64::from(first as i32 - u0);
                near.add_row(&residuals[first..=last], (u, v.into()), 0.0, self.floor);
            }
            // Without a branch that cannot be foreseen: every pixel is put at the end, which
            // moves on only for those to be kept (NaN is not).
            let mut end = 0;
            for (x, &residual) in residuals.iter().enumerate() {
                let u = x as i32 - u0;
                kept[end] = Pixel { residual, u, v };
                end += usize::from(residual.abs() >= self.floor);
            }
            if pixels.capacity() - pixels.len() < end {
                memory::grow(pixels, end)?;
            }
            pixels.extend_from_slice(&kept[..end]);
        }
        self.sort(near, extent)
    }

    /// Sorts the pixels by their residuals (a counting sort), and sums every bin; `sums[k]` and
    /// `extents[k]` are those of all bins before k and of the pixels in no bin (`sum`, `extent`).
    fn sort(&mut self, mut sum: Moments, mut extent: Extent) -> Result<()> {
        let Buffers {
            pixels,
            sorted,
            bin_of,
            starts,
            sums,
            extents,
            ..
        } = &mut *self.buffers;
        let (floor, scale) = (self.floor, 1.0 / self.bin_width);
        starts.clear();
        starts.resize(BINS + 1, 0);
        bin_of.clear();
        let bins = pixels.iter().map(|pixel| {
            // Saturates: what lies far out (or overflows) goes to the last bin.
            (((pixel.residual.abs() - floor) * scale) as usize).min(BINS - 1) as u16
        });
        memory::extend(bin_of, bins)?;
        for &bin in bin_of.iter() {
            starts[bin as usize + 1] += 1;
        }
        for k in 0..BINS {
            starts[k + 1] += starts[k];
        }
        memory::resize(sorted, pixels.len(), Pixel::default())?;
        let mut next = [0usize; BINS];
        next.copy_from_slice(&starts[..BINS]);
        for (pixel, &bin) in pixels.iter().zip(bin_of.iter()) {
            let slot = &mut next[bin as usize];
            sorted[*slot] = *pixel;
            *slot += 1;
        }
        sums.clear();
        extents.clear();
        memory::reserve(sums, BINS + 1)?;
        memory::reserve(extents, BINS + 1)?;
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
        Ok(())
    }

    /// By how much `plane` and the reference differ, and at most over the pixels.
    fn shift(&self, plane: &Plane) -> (Plane, f64) {
        let shift = plane.minus(&self.reference);
        let Extent { u, v } = self.whole;
        let corner = |u: i32, v: i32| shift.at(f64::from(u), f64::from(v)).abs();
        let apart = corner(u.0, v.0)
            .max(corner(u.0, v.1))
            .max(corner(u.1, v.0))
            .max(corner(u.1, v.1));
        (shift, apart)
    }

    /// The pixels whose distance from `plane` is at most `limit` (infinite: all).
    ///
    /// # Errors
    /// When memory is out.
    pub fn within(&mut self, plane: &Plane, limit: f64) -> Result<Selection> {
        let (mut shift, mut apart) = self.shift(plane);
        // A part of a bin of safety for rounding.
        if limit - apart < self.floor + self.bin_width {
            self.gather(*plane, limit / CLIP)?;
            (shift, apart) = (Plane::default(), 0.0);
        }
        // One bin of safety on either side for the rounding of the division into bins; the last
        // bin has no upper edge. The casts saturate.
        let bins = |distance: f64| (distance - self.floor) / self.bin_width;
        let sure = (bins(limit - apart) - 1.0).max(0.0) as usize;
        let sure = if limit.is_infinite() {
            BINS
        } else {
            sure.min(BINS - 1)
        };
        let last = (bins(limit + apart) + 2.0) as usize;
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
        Ok(Selection {
            moments,
            extent,
            reference: self.reference,
        })
    }

    /// Where the last question had to look at too many single pixels: sorts them anew by their
    /// distance from `plane`, for limits of 1 to 2 `rms`.
    ///
    /// # Errors
    /// When memory is out.
    pub fn follow(&mut self, plane: &Plane, rms: f64) -> Result<()> {
        match self.looked_at as f64 > TOO_MANY * self.count && rms > 0.0 {
            true => self.gather(*plane, rms),
            false => Ok(()),
        }
    }
}
