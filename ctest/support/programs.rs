//! C and C++ programs against the committed header, linked with the shared and the static library
//! of this very build, run with a time limit.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use super::header::{self, Function, Kind};

/// Which of the two libraries a program is linked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    Shared,
    Static,
    /// With neither: the program loads it.
    Loaded,
}

/// What the static library needs of the system, as the README says it.
pub const STATIC_NEEDS: [&str; 3] = ["-lm", "-lpthread", "-ldl"];

/// The folder of this project.
pub fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(testing::project)
}

/// A folder for what this test binary makes; emptied at the first use.
pub fn work_dir() -> &'static Path {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    DIR.get_or_init(|| {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(env!("CARGO_CRATE_NAME"));
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).expect("work folder");
        dir
    })
}

/// The folder with libmontage.so, its soname's link and libmontage.a.
pub fn library_dir() -> &'static Path {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    DIR.get_or_init(|| {
        let exe = std::env::current_exe().expect("own path");
        // Cargo makes every kind of the library, as this test depends on it, beside the test.
        let built = exe.parent().expect("own folder");
        let dir = work_dir().join("lib");
        std::fs::create_dir_all(&dir).expect("library folder");
        for (name, link) in [
            ("libmontage.so", "libmontage.so"),
            ("libmontage.so", "libmontage.so.1"),
            ("libmontage.a", "libmontage.a"),
        ] {
            let file = built.join(name);
            assert!(file.exists(), "{} was not built", file.display());
            std::os::unix::fs::symlink(file, dir.join(link)).expect("library link");
        }
        dir
    })
}

/// The field, written once.
pub fn the_field() -> &'static Path {
    static FIELD: OnceLock<PathBuf> = OnceLock::new();
    FIELD.get_or_init(|| {
        let dir = work_dir().join("field");
        super::field::write(&dir);
        dir
    })
}

/// Every file below a folder with its bytes, by name.
pub fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("folder") {
            let path = entry.expect("entry").path();
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
                continue;
            }
            // A device would be read for ever.
            let bytes = match std::fs::metadata(&path) {
                Ok(there) if there.is_file() => std::fs::read(&path).expect("file"),
                Ok(there) => format!("{:?}", there.file_type()).into_bytes(),
                Err(_) => Vec::new(),
            };
            found.insert(path.strip_prefix(dir).expect("below").to_owned(), bytes);
        }
    }
    found
}

/// Runs a command, which must succeed.
pub fn must(command: &mut Command) -> Output {
    let output = command
        .output()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    output
}

/// Compiles `source` (C, or C++ by its ending) with every warning an error, and links it.
pub fn compile(source: &Path, link: Link) -> PathBuf {
    let stem = source.file_stem().expect("a file").to_string_lossy();
    let program = work_dir().join(format!("{stem}_{link:?}").to_lowercase());
    let cpp = source.extension().is_some_and(|e| e != "c");
    let mut compiler = match cpp {
        true => Command::new("c++"),
        false => Command::new("cc"),
    };
    compiler
        .arg(if cpp { "-std=c++11" } else { "-std=gnu11" })
        .args(["-g", "-Wall", "-Wextra", "-Werror", "-I"])
        .arg(root().join("include"))
        .arg("-I")
        .arg(work_dir())
        .arg(source)
        .arg("-o")
        .arg(&program);
    let library = library_dir();
    match link {
        Link::Shared => compiler
            .arg("-L")
            .arg(library)
            .arg("-lmontage")
            // The old kind of rpath comes before LD_LIBRARY_PATH, in which cargo puts folders
            // that may hold an earlier build.
            .arg(format!(
                "-Wl,--disable-new-dtags,-rpath,{}",
                library.display()
            )),
        Link::Static => compiler.arg(library.join("libmontage.a")),
        Link::Loaded => &mut compiler,
    }
    .args(STATIC_NEEDS);
    must(&mut compiler);
    program
}

/// The program of ctest/call.c with a caller for every function of the header.
pub fn call_program(link: Link) -> PathBuf {
    static SHARED: OnceLock<PathBuf> = OnceLock::new();
    static STATIC: OnceLock<PathBuf> = OnceLock::new();
    static DISPATCH: OnceLock<()> = OnceLock::new();
    DISPATCH.get_or_init(|| {
        std::fs::write(work_dir().join("dispatch.h"), dispatch()).expect("dispatch.h");
    });
    let program = match link {
        Link::Static => &STATIC,
        _ => &SHARED,
    };
    program
        .get_or_init(|| compile(&root().join("ctest/call.c"), link))
        .clone()
}

/// Whether ctest/call.c can call a function: a callback cannot come from a script.
pub fn callable(function: &Function) -> bool {
    function.arguments.iter().all(|a| a.kind != Kind::Other)
}

/// dispatch.h: how a struct is printed, how options are read, one C caller a function, and the
/// table of them.
fn dispatch() -> String {
    let text = header::committed();
    let structs = header::structs(&text);
    let functions = header::functions(&text);
    let mut out = String::new();
    for item in structs.iter().filter(|s| !s.name.ends_with("Options")) {
        out += &print_struct(item);
    }
    for item in structs.iter().filter(|s| s.name.ends_with("Options")) {
        out += &read_options(item);
    }
    let mut table = String::from(
        "static const struct {\n    const char *name;\n    \
         void (*call)(const struct line *, FILE *);\n} callers[] = {\n",
    );
    for function in functions.iter().filter(|f| callable(f)) {
        let name = &function.name;
        writeln!(table, "    {{\"{name}\", call_{name}}},").unwrap();
        out += &caller(function);
    }
    out + &table + "};\n"
}

/// `static void put_X(FILE *, const struct X *)`: its members, those of a struct in it as an object,
/// and a list of structs, whose length is the member `count`, as a list.
fn print_struct(item: &header::Struct) -> String {
    let name = &item.name;
    let mut out = format!("static void put_{name}(FILE *out, const struct {name} *r)\n{{\n");
    for member in &item.members {
        let m = &member.name;
        let line = match member.kind.as_str() {
            "int" => format!("    put_int(out, \"{m}\", r->{m});"),
            "double" => format!("    put_real(out, \"{m}\", r->{m});"),
            kind => match (header::pointed_struct(kind), kind.strip_prefix("struct ")) {
                (Some(tag), _) => format!(
                    "    int i;\n    fprintf(out, \",\\\"{m}\\\":[\");\n    \
                     for (i = 0; r->{m} && i < r->count; ++i) {{\n        \
                     fprintf(out, \"%s{{\\\"number\\\":%d\", i ? \",\" : \"\", i);\n        \
                     put_{tag}(out, &r->{m}[i]);\n        fputc('}}', out);\n    }}\n    \
                     fputc(']', out);"
                ),
                (None, Some(tag)) => format!(
                    "    fprintf(out, \",\\\"{m}\\\":{{\\\"struct\\\":\\\"{tag}\\\"\");\n    \
                     put_{tag}(out, &r->{m});\n    fputc('}}', out);"
                ),
                _ => format!("    put_text(out, \"{m}\", r->{m}, sizeof r->{m});"),
            },
        };
        out += &line;
        out += "\n";
    }
    out + "}\n\n"
}

/// `static struct X *read_X(const struct line *, int)`: the defaults with the members that the
/// word sets, `name=value` with ';' between them. The texts are the options' to free.
fn read_options(item: &header::Struct) -> String {
    let name = &item.name;
    let init = name.trim_end_matches("Options");
    let mut out = format!(
        "static struct {name} *read_{name}(const struct line *line, int i)\n{{\n    \
         struct {name} *r;\n    char *rest, *next, *value;\n    char *words = text(line, i);\n    \
         if (!words)\n        return NULL;\n    r = malloc(sizeof *r);\n    \
         if (!r)\n        stop(\"memory\", \"options\");\n    \
         {init}OptionsInit(r, sizeof *r);\n    \
         for (rest = words; (next = strsep(&rest, \";\")) != NULL;) {{\n        \
         value = strchr(next, '=');\n        if (!value)\n            continue;\n        \
         *value++ = 0;\n"
    );
    let mut release =
        format!("static void free_{name}(struct {name} *r)\n{{\n    if (!r)\n        return;\n");
    // A callback cannot come from a script.
    for member in item.members.iter().filter(|m| m.kind != "function") {
        let m = &member.name;
        let read = match member.kind.as_str() {
            "int" => format!("r->{m} = (int)strtol(value, NULL, 10);"),
            "size_t" => format!("r->{m} = (size_t)strtoull(value, NULL, 10);"),
            "double" => format!("r->{m} = strtod(value, NULL);"),
            _ => {
                writeln!(release, "    free((char *)r->{m});").unwrap();
                format!("{{\n                free((char *)r->{m});\n                r->{m} = strdup(value);\n            }}")
            }
        };
        writeln!(
            out,
            "        if (strcmp(next, \"{m}\") == 0)\n            {read}"
        )
        .unwrap();
    }
    out += "    }\n    free(words);\n    return r;\n}\n\n";
    out + &release + "    free(r);\n}\n\n"
}

/// `static void call_X(const struct line *, FILE *)`.
fn caller(function: &Function) -> String {
    let name = &function.name;
    let mut out = format!("static void call_{name}(const struct line *line, FILE *out)\n{{\n");
    let mut release = String::new();
    for (i, argument) in function.arguments.iter().enumerate() {
        let options = header::pointed_struct(&argument.text).unwrap_or_default();
        let (kind, read) = match argument.kind {
            Kind::Text => ("char *".to_owned(), "text".to_owned()),
            Kind::Int => ("int ".to_owned(), "integer".to_owned()),
            Kind::Reals => ("double *".to_owned(), "reals".to_owned()),
            Kind::Texts => ("char **".to_owned(), "texts".to_owned()),
            Kind::Options => (format!("struct {options} *"), format!("read_{options}")),
            _ => ("double ".to_owned(), "real".to_owned()),
        };
        writeln!(out, "    {kind}a{i} = {read}(line, {i});").unwrap();
        match argument.kind {
            Kind::Text | Kind::Reals => writeln!(release, "    free(a{i});").unwrap(),
            Kind::Texts => writeln!(release, "    free_texts(a{i});").unwrap(),
            Kind::Options => writeln!(release, "    free_{options}(a{i});").unwrap(),
            _ => {}
        }
    }
    let list: Vec<String> = (function.arguments.iter().enumerate())
        .map(|(i, argument)| match argument.kind {
            Kind::Texts => format!("(const char *const *)a{i}"),
            _ => format!("a{i}"),
        })
        .collect();
    let call = format!("{name}({})", list.join(", "));
    match (function.return_struct(), function.returns.as_str()) {
        (Some(tag), _) => writeln!(
            out,
            "    struct {tag} *r;\n    before();\n    r = {call};\n    after();\n    if (r)\n        put_{tag}(out, r);\n    free(r);"
        )
        .unwrap(),
        (None, "int") => writeln!(out, "    int r;\n    before();\n    r = {call};\n    after();\n    put_int(out, \"value\", r);").unwrap(),
        (None, "void") => writeln!(out, "    before();\n    {call};\n    after();\n    (void)out;").unwrap(),
        (None, _) => {
            // The text stays the library's: thread-local, constant, or part of an argument.
            writeln!(
                out,
                "    const char *r;\n    before();\n    r = {call};\n    after();\n    if (r)\n        \
                 put_text(out, \"value\", r, strlen(r) + 1);"
            )
            .unwrap();
        }
    }
    writeln!(out, "{release}    (void)line;\n}}\n").unwrap();
    out
}

/// A value as a script line of ctest/call.c holds it.
pub fn escape(text: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for &byte in text {
        match byte {
            b'%' | 0..=b' ' | 127.. => write!(out, "%{byte:02X}").unwrap(),
            _ => out.push(byte as char),
        }
    }
    out
}

/// Valgrind, looking for errors and leaks, or `None` (said on standard error).
pub fn valgrind() -> Option<Command> {
    // By its whole name, as what it runs has no PATH.
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&paths)
        .map(|folder| folder.join("valgrind"))
        .find(|program| program.is_file());
    let Some(program) = found else {
        testing::skipped("valgrind is not installed");
        return None;
    };
    let mut command = Command::new(program);
    command.args([
        "-q",
        "--error-exitcode=99",
        "--child-silent-after-fork=yes",
        "--leak-check=full",
        "--show-leak-kinds=definite,indirect,possible",
        "--errors-for-leak-kinds=definite,indirect,possible",
    ]);
    command.arg(format!(
        "--suppressions={}",
        root().join("ctest/valgrind.supp").display()
    ));
    Some(command)
}
