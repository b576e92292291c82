//! The order of the house, read from the `use` lines: in each folder of each crate the files form a
//! hierarchy without circles, and kernels know no files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A module of a crate: its path ("task", "reproject", "exec") and what it names of its own crate and
/// of others.
struct Module {
    path: Vec<String>,
    file: PathBuf,
    /// Absolute paths in this crate, without `crate`.
    own: Vec<Vec<String>>,
    /// Paths that begin with the name of another crate.
    others: Vec<Vec<String>>,
}

/// The crates of the workspace that have a `src` folder: name and folder.
fn crates() -> Vec<(String, PathBuf)> {
    let project = testing::project();
    let mut found = vec![("montage".to_owned(), project.join("src"))];
    for entry in std::fs::read_dir(project.join("crates")).expect("crates") {
        let folder = entry.expect("entry").path();
        let name = folder.file_name().expect("name").to_string_lossy();
        found.push((name.into_owned(), folder.join("src")));
    }
    found.sort();
    found
}

fn modules(source: &Path) -> Vec<Module> {
    let mut found = Vec::new();
    let mut folders = vec![source.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("folder") {
            let file = entry.expect("entry").path();
            if file.is_dir() {
                folders.push(file);
            } else if file.extension().is_some_and(|ending| ending == "rs") {
                found.extend(module(source, file));
            }
        }
    }
    found
}

/// `None` for a file of tests.
fn module(source: &Path, file: PathBuf) -> Option<Module> {
    let relative = file
        .strip_prefix(source)
        .expect("below src")
        .with_extension("");
    let mut path: Vec<String> = (relative.iter())
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if path.iter().any(|part| part == "tests") {
        return None;
    }
    if matches!(
        path.last().map(String::as_str),
        Some("mod" | "lib" | "main")
    ) {
        path.pop();
    }
    let text = std::fs::read_to_string(&file).expect("source");
    let code = without_comments(
        text.split("#[cfg(test)]\nmod tests")
            .next()
            .unwrap_or_default(),
    );
    let (mut own, mut others) = (Vec::new(), Vec::new());
    for mut names in paths(&code) {
        let mut base = path.clone();
        match names[0].as_str() {
            "crate" => own.push(names.split_off(1)),
            "self" => own.push([base, names.split_off(1)].concat()),
            "super" => {
                while names.first().is_some_and(|name| name == "super") {
                    base.pop();
                    names.remove(0);
                }
                own.push([base, names].concat());
            }
            _ => others.push(names),
        }
    }
    Some(Module {
        path,
        file,
        own,
        others,
    })
}

fn without_comments(text: &str) -> String {
    let code = |line: &str| line.split("//").next().unwrap_or_default().to_owned();
    text.lines().map(|line| code(line) + "\n").collect()
}

/// The paths of all `use` declarations, and of what is named by `crate::` or `super::` elsewhere.
fn paths(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut rest = String::new();
    let mut statement: Option<String> = None;
    for line in code.lines() {
        let begins = line.trim_start();
        let begins = begins.strip_prefix("pub ").unwrap_or(begins);
        let begins = match begins.starts_with("pub(") {
            true => begins.split_once(") ").map_or(begins, |(_, more)| more),
            false => begins,
        };
        match &mut statement {
            None if begins.starts_with("use ") => statement = Some(begins[4..].to_owned()),
            None => {
                rest.push_str(line);
                rest.push('\n');
            }
            Some(text) => text.push_str(line),
        }
        if statement
            .as_ref()
            .is_some_and(|text| text.trim_end().ends_with(';'))
        {
            let text: String = statement.take().unwrap_or_default();
            let text: String = text
                .replace(';', "")
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            expand(&[], &text, &mut found);
        }
    }
    for start in ["crate::", "super::"] {
        for (at, _) in rest.match_indices(start) {
            let before = rest[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '$')) {
                continue;
            }
            let end = rest[at..].find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | ':'));
            let text = &rest[at..end.map_or(rest.len(), |end| at + end)];
            expand(&[], text.trim_end_matches(':'), &mut found);
        }
    }
    found
}

/// Takes "a::{b, c::d as e}" apart.
fn expand(prefix: &[String], text: &str, found: &mut Vec<Vec<String>>) {
    let text = text.trim();
    if let Some((head, list)) = text.split_once('{').filter(|_| text.ends_with('}')) {
        let more = head.trim().split("::").filter(|name| !name.is_empty());
        let prefix: Vec<String> = (prefix.iter().cloned())
            .chain(more.map(str::to_owned))
            .collect();
        let list = &list[..list.len() - 1];
        let (mut depth, mut start) = (0, 0);
        for (at, c) in list.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    expand(&prefix, &list[start..at], found);
                    start = at + 1;
                }
                _ => (),
            }
        }
        expand(&prefix, &list[start..], found);
        return;
    }
    if text.is_empty() {
        return;
    }
    let name = text.split(" as ").next().unwrap_or_default();
    let names = name.split("::").filter(|name| !name.is_empty());
    let names = names.map(|name| name.trim().to_owned());
    let whole: Vec<String> = prefix.iter().cloned().chain(names).collect();
    // `use self` inside braces names the module before it.
    let is_self = whole.len() > 1 && whole.last().is_some_and(|name| name == "self");
    found.push(whole[..whole.len() - usize::from(is_self)].to_vec());
}

/// For every folder: which of its files and folders name which others of them.
fn edges(modules: &[Module]) -> BTreeMap<Vec<String>, BTreeMap<String, BTreeSet<String>>> {
    let known: BTreeSet<&[String]> = modules.iter().map(|m| m.path.as_slice()).collect();
    let mut edges: BTreeMap<_, BTreeMap<_, BTreeSet<_>>> = BTreeMap::new();
    for module in modules {
        for path in &module.own {
            let to = (0..=path.len()).rev().map(|n| &path[..n]);
            let Some(to) = to.clone().find(|path| known.contains(path)) else {
                continue;
            };
            let common = (module.path.iter().zip(to))
                .take_while(|(a, b)| a == b)
                .count();
            // A folder's own mod.rs is its door: it names what is inside and is named from there.
            if let (Some(a), Some(b)) = (module.path.get(common), to.get(common)) {
                let folder = module.path[..common].to_vec();
                let of_folder = edges.entry(folder).or_default();
                of_folder.entry(a.clone()).or_default().insert(b.clone());
            }
        }
    }
    edges
}

/// A circle among these, in order.
fn circle(edges: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    fn walk(
        at: &str,
        edges: &BTreeMap<String, BTreeSet<String>>,
        way: &mut Vec<String>,
        done: &mut BTreeSet<String>,
    ) -> Option<Vec<String>> {
        if let Some(start) = way.iter().position(|name| name == at) {
            return Some(way[start..].to_vec());
        }
        if !done.insert(at.to_owned()) {
            return None;
        }
        way.push(at.to_owned());
        for next in edges.get(at).into_iter().flatten() {
            if let Some(found) = walk(next, edges, way, done) {
                return Some(found);
            }
        }
        way.pop();
        None
    }
    let mut done = BTreeSet::new();
    edges
        .keys()
        .find_map(|start| walk(start, edges, &mut Vec::new(), &mut done))
}

#[test]
fn no_files_or_folders_of_a_crate_import_each_other_in_a_circle() {
    let mut wrong = Vec::new();
    for (name, source) in crates() {
        let modules = modules(&source);
        for (folder, of_folder) in edges(&modules) {
            if let Some(circle) = circle(&of_folder) {
                wrong.push(format!(
                    "{name}/{}: {}",
                    folder.join("/"),
                    circle.join(" -> ")
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "circles:\n{}", wrong.join("\n"));
}

#[test]
fn a_kernel_knows_no_files_no_paths_and_no_task() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (name, source) in crates() {
        for module in modules(&source) {
            if module.path.first().is_none_or(|first| first != "kernel") {
                continue;
            }
            seen += 1;
            let own = module.own.iter().filter(|path| {
                let first = path.first().map(String::as_str);
                matches!(first, Some("io" | "task" | "stream" | "plot" | "muse"))
            });
            let others = module.others.iter().filter(|path| {
                let names: Vec<&str> = path.iter().map(String::as_str).collect();
                matches!(
                    names[..],
                    ["fits" | "picture", ..] | ["std", "path" | "fs" | "io" | "process", ..]
                )
            });
            for path in own.chain(others) {
                let file = module.file.display();
                wrong.push(format!("{name}: {file} uses {}", path.join("::")));
            }
        }
    }
    assert!(seen > 40, "kernels of both crates are read: {seen} files");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The arguments of each public function of a text that returns a `Result` of an outcome.
fn tasks(code: &str) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for declaration in code.split("\npub fn ").skip(1) {
        let head = declaration.split('{').next().unwrap_or_default();
        let Some((name, rest)) = head.split_once('(') else {
            continue;
        };
        let Some((arguments, result)) = rest.rsplit_once(") -> Result<") else {
            continue;
        };
        if result.trim_end().ends_with("Outcome>") {
            let arguments = arguments.split(", ").flat_map(|text| text.split(",\n"));
            let arguments = arguments.map(|text| text.trim().to_owned());
            found.push((name.to_owned(), arguments.collect()));
        }
    }
    found
}

#[test]
fn a_task_takes_its_parameters_then_the_run_and_returns_its_outcome() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (crate_name, source) in crates() {
        for module in modules(&source) {
            if module.path.first().is_none_or(|first| first != "task") {
                continue;
            }
            let code = without_comments(&std::fs::read_to_string(&module.file).expect("source"));
            for (name, arguments) in tasks(&code) {
                let params = |text: &String| {
                    text.starts_with("params: &")
                        && text.trim_end_matches("<'_>").ends_with("Params")
                };
                if !arguments.iter().any(|text| text.starts_with("params:")) {
                    continue;
                }
                seen += 1;
                let run = |text: &String| matches!(&**text, "run: &Run" | "_run: &Run");
                if !arguments.first().is_some_and(params) || !arguments.iter().any(run) {
                    wrong.push(format!("{crate_name}: {name}({})", arguments.join(", ")));
                }
            }
        }
    }
    assert!(seen > 30, "tasks of both crates are read: {seen}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn paths_are_read_as_the_compiler_reads_them() {
    let code = "use crate::a::{self, b::{C, d}, e as f};\npub(crate) use super::g;\nlet x = crate::h::i();";
    let read: Vec<String> = paths(code).iter().map(|path| path.join("::")).collect();
    let expected = [
        "crate::a",
        "crate::a::b::C",
        "crate::a::b::d",
        "crate::a::e",
        "super::g",
        "crate::h::i",
    ];
    assert_eq!(read, expected);
    let circles = |pairs: &[(&str, &str)]| {
        let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (from, to) in pairs {
            edges
                .entry((*from).into())
                .or_default()
                .insert((*to).into());
        }
        circle(&edges)
    };
    assert_eq!(circles(&[("a", "b"), ("a", "c"), ("b", "c")]), None);
    let found = circles(&[("a", "b"), ("b", "c"), ("c", "b")]);
    assert_eq!(found, Some(vec!["b".into(), "c".into()]));
}
