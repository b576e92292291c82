//! The pages of documentation name files and tests that exist.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The pages for readers of the code and of the README.
fn pages() -> Vec<PathBuf> {
    let project = testing::project();
    let mut pages: Vec<PathBuf> = ["README.md", "CONTRIBUTING.md", "SECURITY.md"]
        .map(|name| project.join(name))
        .into();
    for entry in std::fs::read_dir(project.join("docs")).expect("docs") {
        let page = entry.expect("entry").path();
        if page.extension().is_some_and(|ending| ending == "md") {
            pages.push(page);
        }
    }
    pages.sort();
    pages
}

/// The texts between backquotes, code blocks left out.
fn quoted(page: &str) -> Vec<&str> {
    let prose = page.split("```").step_by(2);
    prose
        .flat_map(|part| part.split('`').skip(1).step_by(2))
        .collect()
}

/// The targets of links, without those on the network or inside the page.
fn linked(page: &str) -> impl Iterator<Item = &str> {
    let targets = page
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let targets = targets.filter(|target| !target.contains("://"));
    targets
        .filter_map(|target| target.split('#').next())
        .filter(|file| !file.is_empty())
}

/// Whether a text is the name of a file or folder of this project.
fn is_path(text: &str) -> bool {
    const FOLDERS: [&str; 10] = [
        "src/",
        "crates/",
        "ctest/",
        "docs/",
        "examples/",
        "benches/",
        "fuzz/",
        "include/",
        ".ci/",
        ".github/",
    ];
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-".contains(letter);
    FOLDERS.iter().any(|folder| text.starts_with(folder)) && text.chars().all(plain)
}

/// Made by the build or by the reader, or still to come.
const NOT_YET: [&str; 5] = [
    "src/viewer.rs",
    "crates/viewer/",
    "examples/c/bin/mosaic",
    "examples/c/work/mosaic/mosaic.fits",
    "examples/c/work/pair/muse_image_fit.png",
];

#[test]
fn every_file_that_a_page_names_exists() {
    let project = testing::project();
    let mut missing = Vec::new();
    for path in pages() {
        let page = std::fs::read_to_string(&path).expect("page");
        let folder = path.parent().expect("folder");
        let named = quoted(&page).into_iter().filter(|text| is_path(text));
        let named = named.filter(|name| !NOT_YET.contains(name));
        let files = named.map(|name| (name, project.join(name)));
        for (name, file) in files.chain(linked(&page).map(|name| (name, folder.join(name)))) {
            if !Path::new(&file).exists() {
                missing.push(format!("{}: {name}", path.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// The names that `cargo test --test` takes: `[[test]]` sections, and files and folders in `tests/`.
fn test_names() -> BTreeSet<String> {
    let project = testing::project();
    let mut packages = vec![project.clone(), project.join("fuzz")];
    for entry in std::fs::read_dir(project.join("crates")).expect("crates") {
        packages.push(entry.expect("entry").path());
    }
    let mut names = BTreeSet::new();
    for package in packages {
        let manifest = std::fs::read_to_string(package.join("Cargo.toml")).expect("manifest");
        let sections = manifest.split("[[test]]\nname = \"").skip(1);
        names.extend(sections.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
        for entry in std::fs::read_dir(package.join("tests"))
            .into_iter()
            .flatten()
        {
            let file = entry.expect("entry").path();
            let stem = file.file_stem().expect("name").to_string_lossy();
            names.insert(stem.into_owned());
        }
    }
    names
}

#[test]
fn every_test_that_a_page_runs_exists() {
    let names = test_names();
    let mut missing = Vec::new();
    for path in pages() {
        let page = std::fs::read_to_string(&path).expect("page");
        for rest in page.split("--test ").skip(1) {
            let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
            let end = rest.find(|letter| !is_letter(letter));
            let name = &rest[..end.unwrap_or(rest.len())];
            if !names.contains(name) {
                missing.push(format!("{}: --test {name}", path.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
