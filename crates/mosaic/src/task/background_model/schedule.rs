//! Which rounds change what.

use crate::kernel::background_model::{Phase, Terms};

/// The patterns of rounds of Montage 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// 0: levels first, then levels and slopes together (as version 6).
    All,
    /// 1: levels only.
    LevelOnly,
    /// 2: levels and slopes in turns, about ten in all.
    Flip,
    /// 3: levels in the first half, slopes in the second.
    Toggle,
    /// Any other number: levels only, but the image table needs all columns.
    Other,
}

impl From<i32> for Mode {
    fn from(number: i32) -> Self {
        match number {
            0 => Mode::All,
            1 => Mode::LevelOnly,
            2 => Mode::Flip,
            3 => Mode::Toggle,
            _ => Mode::Other,
        }
    }
}

/// Version 6: 2,500 rounds for the levels (half of all where these are less than 5,000), then
/// levels and slopes.
pub(super) fn version6(level_only: bool, rounds: u32) -> Vec<Phase> {
    if level_only {
        return vec![Phase {
            terms: Terms::Level,
            rounds,
        }];
    }
    let first = (rounds / 2).min(2500);
    vec![
        Phase {
            terms: Terms::Level,
            rounds: first,
        },
        Phase {
            terms: Terms::LevelAndSlope,
            rounds: rounds - first,
        },
    ]
}

/// Version 7.
pub(super) fn version7(mode: Mode, rounds: u32) -> Vec<Phase> {
    let turn = match mode {
        Mode::All => return version6(false, rounds),
        Mode::LevelOnly | Mode::Other => return version6(true, rounds),
        Mode::Flip => (rounds / 10).clamp(1, 1000),
        Mode::Toggle => rounds.div_ceil(2),
    };
    let mut phases = Vec::new();
    let mut left = rounds;
    for terms in [Terms::Level, Terms::Slope].into_iter().cycle() {
        if left == 0 {
            break;
        }
        let rounds = turn.min(left);
        phases.push(Phase { terms, rounds });
        left -= rounds;
    }
    phases
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(phases: &[Phase]) -> String {
        let words: Vec<String> = phases
            .iter()
            .map(|p| {
                let letter = match p.terms {
                    Terms::Level => 'L',
                    Terms::Slope => 'S',
                    Terms::LevelAndSlope => 'B',
                };
                format!("{letter}{}", p.rounds)
            })
            .collect();
        words.join(" ")
    }

    #[test]
    fn rounds_are_divided_as_in_the_original() {
        assert_eq!(text(&version6(false, 10_000)), "L2500 B7500");
        assert_eq!(text(&version6(false, 5_000)), "L2500 B2500");
        assert_eq!(text(&version6(false, 4_999)), "L2499 B2500");
        assert_eq!(text(&version6(false, 1)), "L0 B1");
        assert_eq!(text(&version6(true, 7)), "L7");
        assert_eq!(text(&version7(Mode::All, 6_000)), "L2500 B3500");
        assert_eq!(text(&version7(Mode::from(9), 6_000)), "L6000");
        assert_eq!(text(&version7(Mode::Toggle, 10_000)), "L5000 S5000");
        assert_eq!(text(&version7(Mode::Toggle, 7)), "L4 S3");
        assert_eq!(text(&version7(Mode::Toggle, 1)), "L1");
        assert_eq!(
            text(&version7(Mode::Flip, 25)),
            "L2 S2 L2 S2 L2 S2 L2 S2 L2 S2 L2 S2 L1"
        );
        assert_eq!(text(&version7(Mode::Flip, 3)), "L1 S1 L1");
        assert_eq!(
            text(&version7(Mode::Flip, 2_500)),
            text(
                &[
                    Phase {
                        terms: Terms::Level,
                        rounds: 250
                    },
                    Phase {
                        terms: Terms::Slope,
                        rounds: 250
                    },
                ]
                .repeat(5)
            )
        );
        let long = version7(Mode::Flip, 12_500);
        assert_eq!(
            (long.len(), long[0].rounds, long[12].rounds),
            (13, 1000, 500)
        );
    }
}
