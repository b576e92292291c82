//! SIP: polynomials of pixel offsets (Shupe et al. 2005, ASP Conf. Ser. 347, 491).

use super::mapping::{Mapping, Start};
use super::polynomial::Polynomial;
use crate::header::number;
use crate::Keywords;

/// The convention's highest order.
const HIGHEST: i64 = 9;

/// The map of A_i_j and B_i_j; `None` when the header has no orders or both are 0 or 1 without
/// terms. AP and BP only begin the inverse, which they give to a fraction of a pixel.
///
/// # Errors
/// A text naming the keyword that is missing or wrong.
pub(super) fn read(keywords: &dyn Keywords) -> Result<Option<Mapping>, String> {
    let (Some(a), Some(b)) = (order(keywords, "A_ORDER")?, order(keywords, "B_ORDER")?) else {
        for (present, missing) in [("A_ORDER", "B_ORDER"), ("B_ORDER", "A_ORDER")] {
            if order(keywords, present)?.is_some_and(|order| order > 0) {
                return Err(format!("Missing {missing}"));
            }
        }
        return Ok(None);
    };
    if a == 0 && b == 0 {
        return Ok(None);
    }
    let forward = [
        polynomial(keywords, "A", a, 0)?,
        polynomial(keywords, "B", b, 1)?,
    ];
    let mut map = Mapping::new(forward, Start::Target, 1e-10);
    if map.sense == 0.0 {
        return Err("A_1_0, A_0_1, B_1_0 and B_0_1 leave nothing of the image".into());
    }
    if let (Some(ap), Some(bp)) = (order(keywords, "AP_ORDER")?, order(keywords, "BP_ORDER")?) {
        map.approximate_inverse = Some([
            polynomial(keywords, "AP", ap, 0)?,
            polynomial(keywords, "BP", bp, 1)?,
        ]);
    }
    Ok(Some(map))
}

/// Whether the header has terms of SIP, whatever they are worth.
pub(super) fn is_left_over(keywords: &dyn Keywords) -> bool {
    let orders = ["A_ORDER", "B_ORDER"].map(|key| keywords.real(key).unwrap_or(0.0));
    if !orders.iter().any(|&order| order > 0.0) {
        return false;
    }
    let terms = (0..=HIGHEST).flat_map(|i| (0..=HIGHEST - i).map(move |j| (i, j)));
    terms.into_iter().any(|(i, j)| {
        ["A", "B"].iter().any(|name| {
            let value = keywords.real(&format!("{name}_{i}_{j}"));
            value.is_some_and(|value| value != 0.0)
        })
    })
}

fn order(keywords: &dyn Keywords, key: &str) -> Result<Option<usize>, String> {
    let Some(order) = number(keywords, key).map_err(|e| e.to_string())? else {
        return Ok(None);
    };
    if order.fract() != 0.0 || !(0.0..=HIGHEST as f64).contains(&order) {
        return Err(format!(
            "{key} is {order}, not a whole number from 0 to {HIGHEST}"
        ));
    }
    Ok(Some(order as usize))
}

/// The polynomial of `<name>_i_j` with the coordinate `own` (0 for x) itself added.
fn polynomial(
    keywords: &dyn Keywords,
    name: &str,
    order: usize,
    own: usize,
) -> Result<Polynomial, String> {
    let height = order.max(1);
    let mut rows = vec![vec![0.0; height + 1]; height + 1];
    for (j, row) in rows.iter_mut().enumerate() {
        for (i, c) in row.iter_mut().enumerate() {
            if i + j <= order {
                let value = number(keywords, &format!("{name}_{i}_{j}"));
                *c = value.map_err(|e| e.to_string())?.unwrap_or(0.0);
            }
        }
    }
    if own == 0 {
        rows[0][1] += 1.0;
    } else {
        rows[1][0] += 1.0;
    }
    Ok(Polynomial::new(&rows, [0.0; 2], [1.0; 2]))
}
