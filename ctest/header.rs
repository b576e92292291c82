//! The public header is the one that src/abi gives, and a C or C++ program can include it alone.
//!
//! `UPDATE_HEADER=1 cargo test --test header` writes it anew.

mod support;

use std::process::Command;

use support::header;

#[test]
fn the_committed_header_is_the_one_that_the_sources_give() {
    let new = header::generated();
    let path = header::committed_path();
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
            "include/montage.h is out of date from line {}:\n  committed: {}\n  sources:   {}\n\
             Write it anew: UPDATE_HEADER=1 cargo test --test header",
            line + 1,
            old.lines().nth(line).unwrap_or(ends[0]),
            new.lines().nth(line).unwrap_or(ends[0]),
        );
    }
    assert_eq!(old, new, "include/montage.h differs in its line ends");
}

#[test]
fn everything_in_the_header_is_documented() {
    let text = header::generated();
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
fn nothing_but_the_c_interface_is_in_the_header() {
    let text = header::generated();
    for line in text
        .lines()
        .filter(|l| l.trim_start().starts_with("#define"))
    {
        let name = line.split_whitespace().nth(1).unwrap_or_default();
        let known = name == "MONTAGE_H" || name.starts_with("mNaN(");
        let version_7 = line == format!("#define {name} {name}_v7");
        assert!(known || version_7, "a stray macro: {line}");
    }
    for name in header::functions(&text)
        .into_iter()
        .map(|f| f.name)
        .chain(header::structs(&text).into_iter().map(|s| s.name))
    {
        let montage = name.starts_with("montage_")
            || (name.starts_with('m') && name[1..].starts_with(char::is_uppercase));
        assert!(montage, "{name} is no name of Montage");
    }
    assert!(!text.contains("wcs.h"));
    assert!(text.contains("struct WorldCoor;"));
}

#[test]
fn the_header_compiles_alone() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("montage.h"), header::generated()).unwrap();
    let source = dir.path().join("alone.c");
    // Twice: the guard holds. mNaN works with nothing else included.
    std::fs::write(
        &source,
        "#include \"montage.h\"\n#include \"montage.h\"\n\
         int blank(double x);\nint blank(double x) { return mNaN(x); }\n",
    )
    .unwrap();
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
                .arg(&source)
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
