//! The library as a C program meets it: the symbols, the layout of the structs, a good call of every
//! function through the shared and the static library, and many threads at once.

mod support;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

use support::calls::{self, Report, Row};
use support::header;
use support::programs::{self, must, Link};

/// Lines of a file of ctest/ without comments and blank lines.
fn listed(name: &str) -> Vec<String> {
    std::fs::read_to_string(programs::root().join("ctest").join(name))
        .expect(name)
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_shared_library_exports_exactly_the_listed_symbols() {
    let library = programs::library_dir().join("libmontage.so");
    let output = must(
        Command::new("nm")
            .args(["-D", "--defined-only"])
            .arg(&library),
    );
    let exported: BTreeSet<String> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.split_whitespace().last())
        .map(str::to_owned)
        .collect();
    let listed: BTreeSet<String> = listed("symbols.txt").into_iter().collect();
    let differ: Vec<_> = exported.symmetric_difference(&listed).collect();
    assert!(
        differ.is_empty(),
        "exported or listed in ctest/symbols.txt, but not both: {differ:?}"
    );
    let declared: BTreeSet<String> = header::functions(&header::committed())
        .into_iter()
        .map(|f| f.name)
        .collect();
    assert_eq!(declared, listed, "the functions of the header");
}

#[test]
fn the_shared_library_has_a_soname() {
    let library = programs::library_dir().join("libmontage.so");
    let output = must(Command::new("readelf").arg("-d").arg(library));
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("soname: [libmontage.so.1]"), "{text}");
}

/// Every struct of montage.h lies in memory as it does with Montage's own header: with the members of
/// version 7, of which version 6 reads a part. Those of imphot.h lie as they did when first released.
#[test]
fn structs_lie_in_memory_as_they_must() {
    let structs = header::structs(&header::committed());
    let mut source = String::from(
        "#include <stddef.h>\n#include <stdio.h>\n#include \"imphot.h\"\n\
         #include \"montage.h\"\nint main(void)\n{\n",
    );
    for item in &structs {
        let name = &item.name;
        writeln!(
            source,
            "    printf(\"{name} - 0 %zu\\n\", sizeof(struct {name}));"
        )
        .unwrap();
        for member in &item.members {
            let m = &member.name;
            writeln!(
                source,
                "    printf(\"{name} {m} %zu %zu\\n\", offsetof(struct {name}, {m}), \
                 sizeof(((struct {name} *)0)->{m}));"
            )
            .unwrap();
        }
    }
    source.push_str("    return 0;\n}\n");
    let path = programs::work_dir().join("layout.c");
    std::fs::write(&path, source).unwrap();
    let output = must(&mut Command::new(programs::compile(&path, Link::Shared)));
    let ours: BTreeSet<String> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(str::to_owned)
        .collect();
    let tags: BTreeSet<&str> = structs.iter().map(|s| s.name.as_str()).collect();
    let mut theirs = BTreeSet::new();
    for line in listed("layout.txt") {
        let (versions, rest) = line.split_once(' ').expect("a version");
        let rest = rest.trim_start();
        let tag = rest.split(' ').next().expect("a struct");
        if !tags.contains(tag) {
            continue;
        }
        if versions == "6" {
            // Version 6 alone has a smaller struct: what it reads must be there.
            let size = |text: &str| -> usize { text.rsplit(' ').next().unwrap().parse().unwrap() };
            let start = format!("{tag} - ");
            let whole = ours.iter().find(|l| l.starts_with(&start)).expect(tag);
            assert!(size(whole) >= size(rest), "{whole} is smaller than {rest}");
        } else {
            theirs.insert(rest.to_owned());
        }
    }
    for tag in &tags {
        assert!(
            theirs
                .iter()
                .any(|line| line.starts_with(&format!("{tag} "))),
            "struct {tag} is not in ctest/layout.txt"
        );
    }
    let differ: Vec<_> = ours.symmetric_difference(&theirs).collect();
    assert!(differ.is_empty(), "{differ:#?}");
}

fn good(row: &Row, name: &str, link: Link) -> (Report, PathBuf) {
    let here = programs::work_dir().join(name).join(row.function);
    row.prepare(&here);
    let line = row.line(programs::the_field(), &here);
    (calls::run(link, None, &["-a", "60"], &here, &[line]), here)
}

/// Run times differ from call to call.
fn without_time(result: &serde_json::Value) -> serde_json::Value {
    let mut result = result.clone();
    if let Some(object) = result.as_object_mut() {
        let timed = object.remove("time").is_some();
        if timed {
            object.remove("msg");
            object.remove("json");
        }
    }
    result
}

#[test]
fn every_function_does_its_work_through_both_libraries() {
    for (row, function) in calls::rows() {
        let name = row.function;
        let (shared, one) = good(&row, "shared", Link::Shared);
        assert!(
            shared.status.success() && shared.results.len() == 1,
            "{name}: {}\n{}",
            shared.status,
            shared.printed
        );
        assert_eq!(shared.printed, "", "{name} prints though debug is 0");
        let result = &shared.results[0];
        for (member, value) in row.expect {
            assert_eq!(
                result[member].as_f64(),
                Some(*value),
                "{name}: {member} in {result}"
            );
        }
        if function.return_struct().is_some() {
            assert_eq!(result["status"], 0, "{name}: {result}");
            let json: serde_json::Value = serde_json::from_str(result["json"].as_str().unwrap())
                .unwrap_or_else(|e| panic!("{name}: json: {e}: {result}"));
            for (key, value) in json.as_object().expect("an object") {
                // json may tell more than the struct.
                let Some(member) = result.get(key) else {
                    continue;
                };
                let same = match (value.as_f64(), member.as_f64()) {
                    (Some(x), Some(y)) => x == y || key == "time",
                    _ => value == member,
                };
                assert!(same, "{name}: {key} in json and in the struct: {result}");
            }
        }
        for role in row.arguments {
            if let calls::Role::Output(file) = role {
                assert!(one.join(file).is_file(), "{name} wrote no {file}");
            }
        }
        let (other, two) = good(&row, "static", Link::Static);
        assert!(other.status.success(), "{name}: {}", other.status);
        assert_eq!(without_time(result), without_time(&other.results[0]));
        assert!(
            programs::files(&one) == programs::files(&two),
            "{name}: the outputs through the static library differ"
        );
    }
}

#[test]
fn sixteen_threads_at_once_get_what_one_gets() {
    const THREADS: usize = 16;
    let here = programs::work_dir().join("threads");
    let mut lines = Vec::new();
    let rows: Vec<Row> = calls::rows()
        .into_iter()
        .map(|(row, _)| row)
        // The number of threads is the one setting that all threads share, and what
        // montage_getHdr tells depends on the thread's call before.
        .filter(|row| {
            !["montage_setThreads", "montage_setDurable", "montage_getHdr"].contains(&row.function)
        })
        .collect();
    for row in &rows {
        for thread in 0..THREADS {
            row.prepare(&here.join(thread.to_string()).join(row.function));
        }
        let placeholder = here.join("THREAD").join(row.function);
        let line = row.line(programs::the_field(), &placeholder);
        lines.push(line.iter().map(|w| w.replace("THREAD", "%T")).collect());
    }
    let options = ["-a", "240", "-t", "16"];
    let report = calls::run(Link::Shared, None, &options, &here, &lines);
    assert!(
        report.status.success(),
        "{}\n{}",
        report.status,
        report.printed
    );
    assert_eq!(report.printed, "");
    assert_eq!(report.results.len(), THREADS * rows.len());
    let alone: Vec<_> = rows
        .iter()
        .map(|row| without_time(&good(row, "alone", Link::Shared).0.results[0]))
        .collect();
    let first = programs::files(&here.join("0"));
    for (thread, results) in report.results.chunks(rows.len()).enumerate() {
        for ((row, result), alone) in rows.iter().zip(results).zip(&alone) {
            let name = row.function;
            assert_eq!(&without_time(result), alone, "{name} in thread {thread}");
        }
        assert!(
            programs::files(&here.join(thread.to_string())) == first,
            "the outputs of thread {thread} are not those of thread 0"
        );
    }
}
