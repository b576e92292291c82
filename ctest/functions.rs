//! docs/functions.md tells the truth about what the library exports.

use std::collections::{BTreeMap, BTreeSet};

fn project_file(name: &str) -> String {
    let path = testing::project().join(name);
    std::fs::read_to_string(path).expect(name)
}

/// Every function of the page and its state; a twin of version 7 has the state of its row.
fn page() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for line in project_file("docs/functions.md").lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, names, _, state, what, _] = cells[..] else {
            continue;
        };
        if !names.starts_with('`') {
            continue;
        }
        assert!(!what.is_empty(), "{line}");
        for name in names.split('`').skip(1).step_by(2) {
            let twice = found.insert(name.to_owned(), state.to_owned());
            assert_eq!(twice, None, "{name} has two rows");
        }
    }
    found
}

#[test]
fn the_page_of_functions_is_true() {
    let page = page();
    for (name, state) in &page {
        assert!(
            ["done", "next", "later"].contains(&state.as_str()),
            "{name}: {state}"
        );
    }
    let exported: BTreeSet<String> = project_file("ctest/symbols.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect();
    let done: BTreeSet<String> = page
        .iter()
        .filter(|(_, state)| *state == "done")
        .map(|(name, _)| name.clone())
        .collect();
    assert_eq!(done, exported, "left: the page, right: ctest/symbols.txt");
}

#[test]
fn the_page_lists_the_whole_header_of_version_7() {
    let plain = |name: &&String| {
        !name.starts_with("montage_") && !name.ends_with("_v7") && !name.starts_with("imphot")
    };
    assert_eq!(page().keys().filter(plain).count(), 51);
    // Of the functions whose struct Montage declares, none is missing.
    let page = page();
    for line in project_file("ctest/layout.txt").lines() {
        let Some(tag) = line.split_whitespace().nth(1) else {
            continue;
        };
        if let (false, Some(name)) = (line.starts_with('#'), tag.strip_suffix("Return")) {
            assert!(page.contains_key(name), "{name} is not on the page");
        }
    }
}
