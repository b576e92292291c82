//! simulateField and simulatePair: a small field of tiles with known planes, a pair of images of
//! known difference, to try the other programs on.

use simulate::photometry::Pair;
use simulate::Field;

use crate::program::{fields, Call, Failure, Program};

/// Writes OUT/projected, OUT/region.hdr and OUT/truth.tbl; with -r the raw tiles OUT/raw instead.
pub const SIMULATE_FIELD: Program = Program {
    name: "simulateField",
    options: "r",
    usage: "[-r(aw)] [-s statusfile] outdir [NX NY [W H [seed]]]",
    min_args: 1,
    run: |call, run| {
        let otherwise = Field::default();
        if !matches!(call.args().len(), 1 | 3 | 5 | 6) {
            return Err(Failure::Usage);
        }
        let field = Field {
            columns: number(call, 1, otherwise.columns)?,
            rows: number(call, 2, otherwise.rows)?,
            width: number(call, 3, otherwise.width)?,
            height: number(call, 4, otherwise.height)?,
            seed: number(call, 5, otherwise.seed)?,
        };
        if call.has('r') {
            return fields(field.write_raw(&call.path(0), run));
        }
        fields(field.write(&call.path(0), run))
    },
};

/// Writes OUT/hst.fits and OUT/muse.fits, a pair for fit_photometry, and prints their truth.
pub const SIMULATE_PAIR: Program = Program {
    name: "simulatePair",
    options: "",
    usage: "[-s statusfile] outdir [size [seed]]",
    min_args: 1,
    run: |call, run| {
        if call.args().len() > 3 {
            return Err(Failure::Usage);
        }
        let otherwise = Pair::default();
        let pair = Pair {
            size: number(call, 1, otherwise.size)?,
            seed: number(call, 2, otherwise.seed)?,
            ..otherwise
        };
        fields(pair.write(&call.path(0), run))
    },
};

fn number<T: std::str::FromStr>(call: &Call, argument: usize, otherwise: T) -> Result<T, Failure> {
    if argument >= call.args().len() {
        return Ok(otherwise);
    }
    let text = call.text(argument);
    text.parse()
        .map_err(|_| Failure::Error(format!("'{text}' is not a whole number")))
}
