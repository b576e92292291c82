//! The public headers are those that src/abi gives, and a C or C++ program can include each alone.
//!
//! `UPDATE_HEADER=1 cargo test --test header` writes it anew.

mod support;

use std::path::Path;
use std::process::Command;

use support::header::{self, Header};

#[test]
fn the_committed_headers_are_those_that_the_sources_give() {
    for header in header::HEADERS {
        committed_is_generated(header);
    }
}

fn committed_is_generated(header: Header) {
    let name = header.name;
    let new = header.generated();
    let path = header.path();
    if std::env::var_os("UPDATE_HEADER").is_some() {
        std::fs::write(&path, &new).unwrap();
        return;
    }
    let old = std::fs::read_to_string(&path).unwrap_or_default();
    let ends = ["<end of file>"];
    let difference = (old.lines().chain(ends))
        .zip(new.lines().chain(ends))
        .position(|(old, new)| old != new);
    if let Some(line) = difference {
        panic!(
            "include/{name} is out of date from line {}:\n  committed: {}\n  sources:   {}\n\
             Write it anew: UPDATE_HEADER=1 cargo test --test header",
            line + 1,
            old.lines().nth(line).unwrap_or(ends[0]),
            new.lines().nth(line).unwrap_or(ends[0]),
        );
    }
    assert_eq!(old, new, "include/{name} differs in its line ends");
}

#[test]
fn everything_in_the_header_is_documented() {
    let text = header::committed();
    let functions = header::functions(&text);
    assert!(functions.iter().any(|f| f.name == "montage_version"));
    for function in &functions {
        let words = function.documentation.split_whitespace().count();
        assert!(words > 3, "{} has no documentation", function.name);
        for argument in &function.arguments {
            assert!(!argument.name.is_empty(), "{function:?}");
        }
        if let Some(tag) = function.return_struct() {
            let structs = header::structs(&text);
            let found = structs.iter().find(|s| s.name == tag);
            let members = &found.unwrap_or_else(|| panic!("no struct {tag}")).members;
            let head: Vec<_> = members
                .iter()
                .take(3)
                .map(|m| (m.kind.as_str(), m.name.as_str()))
                .collect();
            assert_eq!(
                head,
                [
                    ("int", "status"),
                    ("char[1024]", "msg"),
                    ("char[4096]", "json")
                ],
                "{tag}"
            );
        }
    }
    for item in header::structs(&text) {
        assert!(
            !item.documentation.trim().is_empty(),
            "struct {} has no documentation",
            item.name
        );
        for member in &item.members {
            assert!(
                !member.documentation.trim().is_empty(),
                "{}.{} has no documentation",
                item.name,
                member.name
            );
        }
    }
}

#[test]
fn every_argument_is_described_and_nothing_else() {
    let functions = header::functions(&header::committed());
    for function in &functions {
        let mut described = function.described();
        let mut names: Vec<&str> = function.arguments.iter().map(|a| &*a.name).collect();
        if let Some(like) = function.described_like() {
            let like = functions.iter().find(|f| f.name == like);
            let like = like.unwrap_or_else(|| panic!("{} refers to nothing", function.name));
            let inherited = like.described();
            described.extend(inherited.into_iter().filter(|n| names.contains(n)));
        }
        names.retain(|name| !name.is_empty());
        names.sort_unstable();
        described.sort_unstable();
        described.dedup();
        assert_eq!(described, names, "{}", function.name);
    }
}

#[test]
fn the_headers_are_written_for_c_programmers() {
    for header in header::HEADERS {
        let text = header.generated();
        for mark in ["# Safety", "`", "[crate", "None", "Option<", "Some("] {
            let line = text.lines().find(|line| line.contains(mark));
            assert_eq!(line, None, "{mark} in include/{}", header.name);
        }
    }
}

#[test]
fn the_examples_in_the_headers_compile() {
    let dir = tempfile::tempdir().unwrap();
    for header in header::HEADERS {
        std::fs::write(dir.path().join(header.name), header.generated()).unwrap();
    }
    let mut source = String::from(
        "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n\
         #include \"montage.h\"\n#include \"imphot.h\"\n\
         struct WorldCoor *wcsinit(const char *header);\n",
    );
    let functions = header::functions(&header::committed());
    let mut count = 0;
    for function in &functions {
        let Some(example) = function.example() else {
            assert!(
                function.described_like().is_some() || function.name == "montage_parseHdr",
                "{} has no example",
                function.name
            );
            continue;
        };
        // A function of the example stands before an empty line.
        let (before, statements) = example.rsplit_once("    }\n\n").map_or_else(
            || (String::new(), example.clone()),
            |(before, after)| (format!("{before}    }}\n"), after.to_owned()),
        );
        source += &format!(
            "{before}void use_{}(char **argv, const char *header);\n\
             void use_{}(char **argv, const char *header)\n{{\n    (void)argv;\n    (void)header;\n\
             {statements}}}\n",
            function.name, function.name
        );
        count += 1;
    }
    assert!(count > 40, "{count} examples");
    let file = dir.path().join("examples.c");
    std::fs::write(&file, &source).unwrap();
    let output = Command::new("cc")
        .args([
            "-std=c99",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-pedantic",
            "-fsyntax-only",
        ])
        .arg(&file)
        .output()
        .unwrap_or_else(|e| panic!("cc: {e}"));
    assert!(
        output.status.success(),
        "{}\n{source}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn nothing_but_the_c_interface_is_in_the_headers() {
    let montage = |name: &str| {
        name.starts_with("montage_")
            || (name.starts_with('m') && name[1..].starts_with(char::is_uppercase))
    };
    only_names(header::MONTAGE, "MONTAGE_H", montage);
    only_names(header::IMPHOT, "IMPHOT_H", |name| {
        name.starts_with("imphot")
    });
    let text = header::MONTAGE.generated();
    assert!(!text.contains("wcs.h"));
    assert!(text.contains("struct WorldCoor;"));
}

/// The macros, functions and structs of a header have the names that are its own.
fn only_names(header: Header, guard: &str, own: fn(&str) -> bool) {
    let text = header.generated();
    for line in text
        .lines()
        .filter(|l| l.trim_start().starts_with("#define"))
    {
        let name = line.split_whitespace().nth(1).unwrap_or_default();
        let known = name == guard || (guard == "MONTAGE_H" && name.starts_with("mNaN("));
        let version_7 = line == format!("#define {name} {name}_v7");
        assert!(known || version_7, "a stray macro: {line}");
    }
    for name in header::functions(&text)
        .into_iter()
        .map(|f| f.name)
        .chain(header::structs(&text).into_iter().map(|s| s.name))
    {
        assert!(own(&name), "{name} is not for {}", header.name);
    }
}

#[test]
fn the_headers_compile_alone() {
    let dir = tempfile::tempdir().unwrap();
    for header in header::HEADERS {
        std::fs::write(dir.path().join(header.name), header.generated()).unwrap();
    }
    // Twice: the guard holds. mNaN works with nothing else included. Both go together.
    let sources = [
        "#include \"montage.h\"\n#include \"montage.h\"\n\
         int blank(double x);\nint blank(double x) { return mNaN(x); }\n",
        "#include \"imphot.h\"\n#include \"imphot.h\"\n",
        "#include \"imphot.h\"\n#include \"montage.h\"\n",
    ];
    for (number, text) in sources.into_iter().enumerate() {
        let source = dir.path().join(format!("alone{number}.c"));
        std::fs::write(&source, text).unwrap();
        compiles(&source);
    }
}

/// In C and C++, of every standard that the headers are for.
fn compiles(source: &Path) {
    let compilers = [
        ("cc", "c", "c99"),
        ("cc", "c", "c11"),
        ("c++", "c++", "c++11"),
        ("c++", "c++", "c++17"),
    ];
    for (compiler, language, standard) in compilers {
        for api in [&[][..], &["-DMONTAGE_API=7"]] {
            let output = Command::new(compiler)
                .args(["-x", language, &format!("-std={standard}")])
                .args(["-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only"])
                .args(api)
                .arg(source)
                .output()
                .unwrap_or_else(|e| panic!("{compiler}: {e}"));
            assert!(
                output.status.success(),
                "{compiler} -std={standard} {api:?}:\n{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }
}
