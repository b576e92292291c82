//! simulateField: a small field of tiles with known planes, to try the other programs on.

use montage::simulate::Field;

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

fn number<T: std::str::FromStr>(call: &Call, argument: usize, otherwise: T) -> Result<T, Failure> {
    if argument >= call.args().len() {
        return Ok(otherwise);
    }
    let text = call.text(argument);
    text.parse()
        .map_err(|_| Failure::Error(format!("'{text}' is not a whole number")))
}
