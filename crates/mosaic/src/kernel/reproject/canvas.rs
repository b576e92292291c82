//! What output pixels have received so far.

use sky::Window;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Canvases that are not needed any more, whose memory is used again: the allocator gives large blocks
/// back to the system, which has to clear every page of them anew.
#[derive(Debug, Default)]
pub struct Spares(Mutex<Vec<Canvas>>);

impl Spares {
    /// A blank canvas; `None` where there is no memory for it.
    pub fn canvas(&self, region: Window) -> Option<Canvas> {
        let count = region.width.checked_mul(region.height)?;
        let mut spares = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let size = |k: &usize| spares[*k].sums.capacity();
        let fits = (0..spares.len())
            .filter(|k| size(k) >= count)
            .min_by_key(size);
        // Where none fits the least is given up, so that those of growing sizes do not gather.
        let found = fits.or_else(|| (0..spares.len()).min_by_key(size));
        let spare = found.map(|k| spares.swap_remove(k));
        drop(spares);
        match (fits, spare) {
            (Some(_), Some(mut canvas)) => {
                canvas.region = region;
                canvas.sums.truncate(count);
                bytemuck::fill_zeroes(&mut canvas.sums);
                // As a rule not many more.
                canvas.sums.resize(count, [0.0; 2]);
                Some(canvas)
            }
            (_, outgrown) => {
                drop(outgrown);
                // With room for the next image, which is often a row or a column larger.
                let mut sums = zeros(count.checked_add(count / 32)?)?;
                sums.truncate(count);
                Some(Canvas { region, sums })
            }
        }
    }

    /// Takes a canvas whose sums are not needed any more.
    pub fn keep(&self, canvas: Canvas) {
        let mut spares = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        spares.push(canvas);
    }
}

/// Flux and weight that the pixels of a region have received, in units of the area of the output
/// pixel.
#[derive(Debug, Clone)]
pub struct Canvas {
    /// Where it lies.
    pub region: Window,
    /// Sums of value x weight x overlap, and of weight x overlap, row by row.
    pub sums: Vec<[f64; 2]>,
}

impl Canvas {
    /// A blank one; `None` where there is no memory for it.
    pub fn new(region: Window) -> Option<Self> {
        let count = region.width.checked_mul(region.height)?;
        Some(Canvas {
            region,
            sums: zeros(count)?,
        })
    }

    /// The smallest window around the pixels that have received something.
    pub fn covered(&self) -> Option<Window> {
        let region = self.region;
        let (mut left, mut right) = (usize::MAX, 0);
        let (mut bottom, mut top) = (usize::MAX, 0);
        for (row, received) in self.sums.chunks_exact(region.width.max(1)).enumerate() {
            let Some(first) = received.iter().position(|sums| sums[1] > 0.0) else {
                continue;
            };
            let last = received
                .iter()
                .rposition(|sums| sums[1] > 0.0)
                .unwrap_or(first);
            left = left.min(first);
            right = right.max(last);
            bottom = bottom.min(row);
            top = row;
        }
        (left <= right).then(|| Window {
            x: region.x + left,
            y: region.y + bottom,
            width: right - left + 1,
            height: top - bottom + 1,
        })
    }

    /// Whether any of the four pixels around the corner (x, y) of the grid is on the canvas.
    pub fn is_near(&self, x: f64, y: f64) -> bool {
        let Window {
            x: first,
            y: bottom,
            width,
            height,
        } = self.region;
        (first as f64..=(first + width) as f64).contains(&x)
            && (bottom as f64..=(bottom + height) as f64).contains(&y)
    }

    /// Adds what pixel (x, y) receives; nothing where it is not on the canvas.
    #[inline]
    pub fn add(&mut self, x: i64, y: i64, flux: f64, weight: f64) {
        let (column, row) = (x - self.region.x as i64, y - self.region.y as i64);
        if (0..self.region.width as i64).contains(&column)
            && (0..self.region.height as i64).contains(&row)
        {
            let at = row as usize * self.region.width + column as usize;
            let [flux_sum, weight_sum] = &mut self.sums[at];
            *flux_sum += flux;
            *weight_sum += weight;
        }
    }

    /// As [`Canvas::add_four`] for a run of squares that are on the canvas: the lower left pixel of the
    /// first is its pixel `at`, every other one is a column further on, or back. `weights` are
    /// in the order of rows of a square.
    #[inline(always)]
    pub fn add_run(&mut self, at: usize, back: bool, values: &[f64], weights: [&[f64]; 4]) {
        let [a, b, c, d] = weights;
        let first = if back { at + 1 - values.len() } else { at };
        for (row, west, east) in [(0, a, b), (self.region.width, c, d)] {
            let sums = &mut self.sums[first + row..][..=values.len()];
            if back {
                add_along(sums.iter_mut().rev(), values, east, west);
            } else {
                add_along(sums.iter_mut(), values, west, east);
            }
        }
    }

    /// Adds what a square of four pixels receives, (x, y) the lower left one: weights in the order
    /// of rows, each with `value` times itself of flux.
    #[inline(always)]
    pub fn add_four(&mut self, (x, y): (i64, i64), value: f64, weights: [[f64; 2]; 2]) {
        let (column, row) = (x - self.region.x as i64, y - self.region.y as i64);
        let inside = (0..self.region.width as i64 - 1).contains(&column)
            && (0..self.region.height as i64 - 1).contains(&row);
        if inside {
            let at = row as usize * self.region.width + column as usize;
            let [[a, b], [c, d]] = &weights;
            let weights = [a, b, c, d].map(std::slice::from_ref);
            self.add_run(at, false, &[value], weights);
        } else {
            for (dy, weights) in (0..).zip(weights) {
                for (dx, weight) in (0..).zip(weights) {
                    self.add(x + dx, y + dy, value * weight, weight);
                }
            }
        }
    }

    /// `canvas`, or a new one, enlarged within `whole` so that pixel (x, y) is on it if it is on
    /// `whole`; `None` where there is no memory for it.
    pub fn reaching(canvas: Option<Self>, whole: &Window, x: i64, y: i64) -> Option<Self> {
        let at = (x as f64 + 0.5, y as f64 + 0.5);
        match whole.touched([(at.0, at.0), (at.1, at.1)]) {
            Some(pixel) => Canvas::holding(canvas, whole, &pixel),
            None => canvas.or_else(|| {
                Canvas::new(Window {
                    width: 0,
                    height: 0,
                    ..*whole
                })
            }),
        }
    }

    /// `canvas`, or a new one, enlarged within `whole` to hold `part` of it; `None` where there is no
    /// memory for it.
    pub fn holding(canvas: Option<Self>, whole: &Window, part: &Window) -> Option<Self> {
        let Some(canvas) = canvas else {
            return Canvas::new(*part);
        };
        let both = canvas.region.union(part);
        if both == canvas.region {
            return Some(canvas);
        }
        // With room for what comes next, so that a canvas that grows pixel by pixel is not
        // copied for each.
        let room = |low: usize, count: usize, old: usize, first: usize, all: usize| {
            let more = if count > old { count / 2 + 1 } else { 0 };
            let from = low.saturating_sub(more).max(first);
            (from, (low + count + more).min(first + all) - from)
        };
        let old = &canvas.region;
        let (x, width) = room(both.x, both.width, old.width, whole.x, whole.width);
        let (y, height) = room(both.y, both.height, old.height, whole.y, whole.height);
        let mut larger = Canvas::new(Window {
            x,
            y,
            width,
            height,
        })?;
        larger.merge(&canvas, &mut (0..0));
        Some(larger)
    }

    /// Adds another canvas, which lies inside this one. Rows of the output that are not `reached`
    /// must have received nothing; those of `other` are added to them.
    ///
    /// Such rows are written without being read: a page of fresh memory that is read first is given
    /// out twice, and the second time the system interrupts all threads for it.
    pub fn merge(&mut self, other: &Canvas, reached: &mut Range<usize>) {
        let from = &other.region;
        let (dx, dy) = (from.x - self.region.x, from.y - self.region.y);
        for row in 0..from.height {
            let at = (dy + row) * self.region.width + dx;
            let to = &mut self.sums[at..][..from.width];
            let more = &other.sums[row * from.width..][..from.width];
            if !reached.contains(&(from.y + row)) {
                to.copy_from_slice(more);
                continue;
            }
            for (sums, more) in to.iter_mut().zip(more) {
                sums[0] += more[0];
                sums[1] += more[1];
            }
        }
        let last = from.y + from.height;
        *reached = match Range::is_empty(reached) {
            true => from.y..last,
            false => reached.start.min(from.y)..reached.end.max(last),
        };
    }
}

/// Adds to each of `sums` what the value before gives by its second weight, then what its own value
/// gives by the first.
#[inline(always)]
fn add_along<'a>(
    mut sums: impl Iterator<Item = &'a mut [f64; 2]>,
    values: &[f64],
    first: &[f64],
    second: &[f64],
) {
    let plus =
        |sums: [f64; 2], value: f64, weight: f64| [sums[0] + value * weight, sums[1] + weight];
    let Some(mut place) = sums.next() else {
        return;
    };
    // Kept at hand: what has just been stored is slow to load again.
    let mut now = *place;
    for ((&value, &first), &second) in values.iter().zip(first).zip(second) {
        *place = plus(now, value, first);
        let Some(next) = sums.next() else {
            return;
        };
        place = next;
        now = plus(*place, value, second);
    }
    *place = now;
}

/// Zeros that the system hands out page by page as they are written.
fn zeros(count: usize) -> Option<Vec<[f64; 2]>> {
    // Asked for, given back and asked for again: the allocator of glibc takes a large block that is
    // given back as a sign to keep blocks of up to that size instead of unmapping them. Unmapping the
    // buffers of the items interrupts all threads each time, which made a tile of M17 a third slower.
    drop(memory::room::<[f64; 2]>(count).ok()?);
    memory::zeros(count).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: Window = Window {
        x: 10,
        y: 20,
        width: 5,
        height: 4,
    };

    #[test]
    fn a_spare_canvas_is_blank_and_the_smallest_that_fits() {
        let spares = Spares::default();
        let sized = |width: usize| Window { width, ..PAGE };
        let [mut small, mut large] = [5, 50].map(|width| spares.canvas(sized(width)).unwrap());
        small.add(10, 20, 1.0, 1.0);
        large.add(10, 20, 1.0, 1.0);
        spares.keep(large);
        spares.keep(small);
        let again = spares.canvas(sized(4)).unwrap();
        assert_eq!(again.region, sized(4));
        assert_eq!(again.sums, [[0.0; 2]; 16]);
        assert!(again.sums.capacity() < 200, "the larger one was taken");
        // None fits: the one that was kept is given up.
        let larger = spares.canvas(sized(60)).unwrap();
        assert_eq!(larger.sums, [[0.0; 2]; 240]);
        assert!(spares.0.lock().unwrap().is_empty());
    }

    #[test]
    fn a_canvas_grows_to_what_it_is_to_reach() {
        let whole = Window {
            x: 0,
            y: 0,
            width: 1000,
            height: 800,
        };
        let mut canvas = None;
        for (x, y) in [
            (500, 400),
            (501, 400),
            (3, 799),
            (999, 0),
            (1000, 5),
            (-1, 5),
        ] {
            let mut reaching = Canvas::reaching(canvas, &whole, x, y).unwrap();
            reaching.add(x, y, 2.0, 1.0);
            canvas = Some(reaching);
        }
        let canvas = canvas.unwrap();
        assert_eq!(canvas.region, whole);
        assert_eq!(canvas.sums.iter().map(|s| s[1]).sum::<f64>(), 4.0);
        assert_eq!(canvas.sums[400 * 1000 + 501][0], 2.0);
        assert_eq!(canvas.sums[799 * 1000 + 3][0], 2.0);
    }

    #[test]
    fn a_canvas_takes_what_is_on_it_and_merges() {
        let mut whole = Canvas::new(PAGE).unwrap();
        let part = Window {
            x: 11,
            y: 21,
            width: 2,
            height: 2,
        };
        let mut canvas = Canvas::new(part).unwrap();
        canvas.add(12, 22, 3.0, 0.5);
        canvas.add(13, 22, 3.0, 0.5);
        canvas.add(-1, 22, 3.0, 0.5);
        whole.add(12, 22, 1.0, 0.25);
        let mut reached = 22..23;
        whole.merge(&canvas, &mut reached);
        assert_eq!(reached, 21..23);
        assert_eq!(whole.sums.iter().map(|s| s[0]).sum::<f64>(), 4.0);
        assert_eq!(whole.sums[12], [4.0, 0.75]);
        let vast = Window {
            width: usize::MAX / 8,
            height: 2,
            ..PAGE
        };
        assert!(Canvas::new(vast).is_none());
    }
}
