//! Every function of the C interface with any arguments, one of whose files is edited: it comes
//! back, with a status, a message and JSON.

use bolero::check;
use montage_fuzz::arguments::{Choices, Pool};
use montage_fuzz::targets::{Playground, TARGETS};
use montage_fuzz::{edited, seeds, Edit};

#[test]
fn no_function_is_forgotten() {
    let listed = include_str!("../../ctest/symbols.txt");
    for name in listed.lines().filter(|l| !l.starts_with('#')) {
        // A callback and another library's structure are no random arguments.
        let known = ["montage_setProgress", "montage_checkWCS"].contains(&name)
            || name.ends_with("OptionsInit") // fills a struct, see its own tests
            || TARGETS.iter().any(|(n, _)| *n == name);
        assert!(known, "{name} is not fuzzed: a row in fuzz/src/targets.rs");
    }
}

#[test]
fn calls() {
    let mut playground = Playground::default();
    let good: Vec<Vec<u8>> = [playground.good_files(), seeds()].concat();
    let pool = Pool::new(playground.path());
    check!()
        .with_type::<(u8, Vec<u8>, u8, Vec<Edit>)>()
        .for_each(|(function, numbers, which, edits)| {
            playground.put(&edited(&good[usize::from(*which) % good.len()], edits));
            let (_, call) = TARGETS[usize::from(*function) % TARGETS.len()];
            call(&mut Choices::new(&pool, numbers));
        });
}
