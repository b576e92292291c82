//! Whole C and C++ programs, as users write them, through the shared and the static library.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use support::programs::{self, compile, must, valgrind, Link};

/// Runs a program of ctest/ on the field in a folder of its own and returns what it printed.
fn printed(source: &str, link: Link, arguments: &[&Path]) -> (String, PathBuf) {
    let program = compile(&programs::root().join("ctest").join(source), link);
    let here = programs::work_dir().join(format!("{source}.{link:?}"));
    std::fs::create_dir_all(&here).expect("folder");
    let run = |mut command: Command| {
        let command = command
            .args(arguments)
            .arg(programs::the_field())
            .current_dir(&here);
        String::from_utf8(must(command).stdout).expect("text")
    };
    let text = run(Command::new(&program));
    if let (Some(mut command), Link::Shared) = (valgrind(), link) {
        // Leaks are looked for in ctest/valgrind.rs, call by call; here every read and write.
        command.args(["--leak-check=no"]).arg(&program);
        assert_eq!(run(command), text, "{source} under valgrind");
    }
    (text, here)
}

#[test]
fn a_program_written_for_montage_6_runs_the_chain() {
    let expected = "\
count=4, nfile=4, nhdu=4, badfits=0, badwcs=0
count=6
count=6 failed=0
count=6 failed=0 missing=0
count=6 diff_failed=0 fit_failed=0
count=4 nocorrection=0 failed=0
left: 0.00 0.00 0.0
tile_0.fits 0 2 3
[struct stat=\"OK\"]
";
    for link in [Link::Shared, Link::Static] {
        let (text, here) = printed("chain.c", link, &[]);
        assert_eq!(text, expected);
        let table = |name: &str| std::fs::read(here.join(name)).expect(name);
        // Both ways to the fits see the same pixels.
        let numbers = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).expect("text");
            let rows = text.lines().filter(|l| !l.starts_with('|'));
            rows.map(|l| l.split_whitespace().map(str::to_owned).collect())
                .collect::<Vec<Vec<String>>>()
        };
        assert_eq!(numbers(table("fits.tbl")), numbers(table("fits2.tbl")));
    }
}

#[test]
fn a_program_written_for_montage_7_gets_its_arguments() {
    for link in [Link::Shared, Link::Static] {
        let (text, _) = printed("version7.c", link, &[]);
        assert_eq!(text, "0 6 0\n0 0 0 0\n0 0.0 320\n0 320\n");
    }
}

#[test]
fn a_cpp_program_calls_from_its_own_threads() {
    for link in [Link::Shared, Link::Static] {
        assert_eq!(printed("plus.cc", link, &[]).0, "0 6\n");
    }
}

#[test]
fn progress_is_told_and_can_cancel_and_threads_change_nothing() {
    let (text, here) = printed("progress.c", Link::Shared, &[]);
    let round = "0 6: 6 calls, 6 of 6\n1 Cancelled by the progress callback\n";
    assert_eq!(text, round.repeat(3));
    let table = |threads: u32| std::fs::read(here.join(format!("fits{threads}.tbl"))).unwrap();
    assert!(table(1) == table(4) && table(1) == table(7));
}

#[test]
fn results_of_a_batch_come_one_by_one_and_all_of_their_bytes_are_defined() {
    let (text, _) = printed("fitted.c", Link::Shared, &[]);
    let round = |nworker: i32| {
        let star = "'stars' 53.16 -27.78\n";
        let both = format!("  0 'image' {star}").repeat(2);
        let stars = format!("  0 '' {star}").repeat(2);
        format!(
            "images {nworker}: 0, 2 of 6 failed, 6 calls\n{both}  1 missing\n\
             cancelled: 1, 2 calls, Cancelled by the progress callback, no list\n\
             stars {nworker}: 0, 2 of 6 failed, 6 calls\n{stars}  1 missing\n"
        )
    };
    let rounds: String = [-1, 1, 3].map(round).concat();
    assert_eq!(
        text,
        rounds
            + "first release: 0, 0 of 1 failed\n\
               fk5 ellipse 1: 338.2 -60.5 (1), 2 (1) 60 (1), 30 (1)\n\
               image circle 0: 5 6 (0), 10800 (1) 10800 (1), 0 (0)\n\
               1 Argument region_lines: has a bad region on line 1 (\"x\" is no coordinate)\n"
    );
}

#[test]
fn the_library_can_be_loaded_and_unloaded() {
    let library = programs::library_dir().join("libmontage.so");
    let (text, _) = printed("load.c", Link::Loaded, &[&library]);
    assert_eq!(text, "20\n");
}

#[test]
fn an_installed_library_is_found_by_pkg_config() {
    // Installs from beside the executable, as cargo leaves the libraries beside it.
    let montage = programs::library_dir().join("montage");
    std::fs::copy(env!("CARGO_BIN_EXE_montage-tools"), &montage).expect("executable");
    let prefix = programs::work_dir().join("prefix");
    let install = |option: &str, into: &Path| {
        must(Command::new(&montage).arg(option).arg(into));
    };
    // Twice: an installation replaces an earlier one.
    for _ in 0..2 {
        install("--install-library", &prefix);
        install("--install", &prefix.join("bin"));
    }
    let linked = std::fs::read_link(prefix.join("lib/libmontage.so")).expect("link");
    assert_eq!(linked, Path::new("libmontage.so.1"));
    for header in support::header::HEADERS {
        let installed = std::fs::read(prefix.join("include").join(header.name));
        let committed = std::fs::read(header.path()).expect(header.name);
        assert_eq!(installed.expect(header.name), committed);
    }
    // A link of a program's name is that program: no arguments, its usage.
    let usage = Command::new(prefix.join("bin/mOverlaps"))
        .output()
        .expect("mOverlaps");
    assert_eq!(usage.status.code(), Some(1));
    let usage = String::from_utf8(usage.stdout).expect("text");
    assert!(
        usage.starts_with("[struct stat=\"ERROR\", msg=\"Usage: "),
        "{usage}"
    );
    let flags = Command::new("pkg-config")
        .env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig"))
        .args(["--cflags", "--libs", "montage"])
        .output();
    let Ok(flags) = flags else {
        testing::skipped("pkg-config is not installed");
        return;
    };
    assert!(flags.status.success(), "{flags:?}");
    let flags = String::from_utf8(flags.stdout).expect("text");
    let source = programs::work_dir().join("version.c");
    let text = "#include <stdio.h>\n#include <montage.h>\nint main(void) { return puts(montage_version()) < 0; }\n";
    std::fs::write(&source, text).expect("source");
    let program = programs::work_dir().join("version");
    let compile = Command::new("cc")
        .arg(&source)
        .args(flags.split_whitespace())
        .arg("-o")
        .arg(&program)
        .output()
        .expect("cc");
    assert!(compile.status.success(), "{compile:?}");
    let said = must(Command::new(&program).env("LD_LIBRARY_PATH", prefix.join("lib")));
    assert_eq!(
        said.stdout,
        format!("{}\n", env!("CARGO_PKG_VERSION")).into_bytes()
    );
}

#[test]
fn the_process_of_the_caller_is_as_it_was_after_every_call() {
    let expected = "\
floating point: as before
signals: errors of the call
signals of others: delivered
pthread_cancel: waits for the call
threads: as many as there are
durable: the same files
";
    for link in [Link::Shared, Link::Static] {
        let program = compile(&programs::root().join("ctest/host.c"), link);
        let here = programs::work_dir().join(format!("host.{link:?}"));
        std::fs::create_dir_all(&here).expect("folder");
        let mut command = Command::new(program);
        let output = must(command.arg(programs::the_field()).current_dir(&here));
        assert_eq!(String::from_utf8(output.stdout).expect("text"), expected);
        // Neither a failed call nor one that was cancelled has left anything.
        let left = programs::files(&here).into_keys();
        let left: Vec<PathBuf> = left
            .filter(|name| name.to_string_lossy().contains(".montage-"))
            .collect();
        assert_eq!(left, Vec::<PathBuf>::new());
    }
}

#[test]
fn every_function_that_does_some_work_enters_the_guard() {
    // Those that hand out or set something: no file, no arithmetic, nothing to wait for.
    const WITHOUT: [&str; 9] = [
        "montage_getHdr",
        "montage_fileName",
        "montage_parseHdr", // calls montage_checkHdr
        "montage_setThreads",
        "montage_setProgress",
        "montage_setDurable",
        "montage_version",
        "mShrink", // calls mShrink_v7
        "OptionsInit",
    ];
    let mut folders = vec![programs::root().join("src")];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("folder") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("source");
            for function in text.split("#[no_mangle]").skip(1) {
                let (_, rest) = function.split_once("extern \"C\" fn ").expect("a function");
                let name: String = rest
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                let body = rest.split("\n}\n").next().unwrap_or_default();
                let enters = [
                    "export(",
                    "export_with_list(",
                    "export_with_found_list(",
                    "guarded(",
                ];
                let enters = enters.iter().any(|call| body.contains(call));
                let without = WITHOUT.iter().any(|end| name.ends_with(end));
                assert_eq!(enters, !without, "{name} in {}", path.display());
                seen += 1;
            }
        }
    }
    assert_eq!(seen, header_functions());
}

fn header_functions() -> usize {
    support::header::functions(&support::header::committed()).len()
}
