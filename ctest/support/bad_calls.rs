//! Bad calls of every function, made from the table of good ones: each has one bad argument, and
//! says what must come of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use testing::shared_data;

use super::bad_files::{self, Spoils, Verdict};
use super::calls::{self, Role, Row};
use super::header::{self, Function};
use super::programs::escape;

/// One bad call.
pub struct Case {
    /// The function, the argument and what is bad about it; its folder has this name too.
    pub name: String,
    pub row: Row,
    /// The script line of ctest/call.c.
    pub line: Vec<String>,
    pub verdict: Verdict,
    /// One of these is in `msg` of an error.
    pub naming: Vec<String>,
    /// Options of ctest/call.c.
    pub options: Vec<String>,
    /// The disk is full only once the work is under way: what an Exec function has finished by then
    /// may stay.
    pub fills_up: bool,
    pub here: PathBuf,
}

/// What stood in the outputs before the call.
pub const EARLIER: &[u8] = b"an earlier output\n";

/// Writes the bad files below `base` (with the field in base/field) and lists every bad call.
pub fn cases(base: &Path) -> Vec<Case> {
    let field = base.join("field");
    super::field::write(&field);
    let mut maker = Maker {
        base,
        field,
        malformed: shared_data("malformed"),
        cases: Vec::new(),
    };
    maker.write_bad_files();
    for (row, function) in calls::rows() {
        for (at, role) in row.arguments.iter().enumerate() {
            maker.argument(&row, &function, at, role);
        }
    }
    maker.cases
}

struct Maker<'a> {
    base: &'a Path,
    field: PathBuf,
    /// Files of the shared data that somebody once had.
    malformed: Option<PathBuf>,
    cases: Vec<Case>,
}

/// The image of a folder of the field that is replaced by a bad one.
fn victim(folder: &str) -> &'static str {
    match folder {
        "diffs" => "diff.000000.000001.fits",
        _ => "tile_0.fits",
    }
}

impl Maker<'_> {
    /// base/bad/...: images, tables of each kind, templates, and for every bad image a folder of
    /// good ones with the bad one among them.
    fn write_bad_files(&self) {
        let bad = self.base.join("bad");
        let put = |path: PathBuf, bytes: &[u8]| {
            std::fs::create_dir_all(path.parent().expect("folder")).expect("bad files");
            std::fs::write(path, bytes).expect("bad file");
        };
        for image in bad_files::images() {
            put(bad.join(image.name), &image.bytes);
            // Only the image is bad, not its area image.
            let area = std::fs::read(self.field.join("images/tile_0_area.fits")).expect("field");
            put(bad.join(image.name.replace(".fits", "_area.fits")), &area);
            for folder in ["images", "diffs"] {
                let to = bad.join(folder).join(image.name);
                std::fs::create_dir_all(&to).expect("bad files");
                let from = self.field.join(folder);
                for entry in std::fs::read_dir(&from).expect("field") {
                    let name = entry.expect("field").file_name();
                    std::os::unix::fs::symlink(from.join(&name), to.join(&name)).expect("link");
                }
                let place = to.join(victim(folder));
                std::fs::remove_file(&place).expect("link");
                put(place, &image.bytes);
            }
        }
        for file in bad_files::texts()
            .into_iter()
            .chain(bad_files::muse_images())
        {
            put(bad.join(file.name), &file.bytes);
        }
        for template in bad_files::templates() {
            put(bad.join(template.name), &template.bytes);
        }
        for contents in CONTENTS {
            for table in bad_files::tables(contents) {
                put(
                    bad.join(format!("{contents:?}")).join(table.name),
                    &table.bytes,
                );
            }
        }
        std::fs::create_dir_all(bad.join("folder.fits")).expect("bad files");
        // A device of our own that is always full. Who may not make one cannot replace the
        // machine's either.
        let full = bad.join("full.fits");
        let made = Command::new("mknod")
            .arg(&full)
            .args(["c", "1", "7"])
            .output();
        if !made.is_ok_and(|m| m.status.success()) {
            std::os::unix::fs::symlink("/dev/full", &full).expect("link");
        }
    }

    fn bad(&self, name: impl AsRef<Path>) -> Vec<u8> {
        let path = self.base.join("bad").join(name);
        path.as_os_str().as_encoded_bytes().to_vec()
    }

    /// Adds a call of `row` with the word `at` replaced.
    fn add(
        &mut self,
        row: &Row,
        function: &Function,
        at: usize,
        (what, word): (&str, String),
        verdict: Verdict,
        naming: &[&str],
    ) -> &mut Case {
        let argument = &function.arguments[at].name;
        let name = format!("{}.{argument}.{what}", row.function);
        let here = self.base.join("calls").join(&name);
        row.prepare(&here);
        let mut line = row.line(&self.field, &here);
        line[at + 1] = word;
        let naming = naming
            .iter()
            .map(|text| (*text).to_owned())
            .chain([argument.clone()])
            .collect();
        // An earlier output wherever the call would write.
        for role in row.arguments {
            match role {
                Role::Output(file) => std::fs::write(here.join(file), EARLIER).expect("output"),
                Role::OutputFolder(folder) => {
                    for file in [victim("images"), victim("diffs")] {
                        std::fs::write(here.join(folder).join(file), EARLIER).expect("output");
                    }
                }
                _ => {}
            }
        }
        self.cases.push(Case {
            name,
            row: *row,
            line,
            verdict,
            naming,
            // Nothing here needs more; a size taken from a file without a check does.
            options: ["-a", "30", "-m", "1500"].map(str::to_owned).to_vec(),
            fills_up: false,
            here,
        });
        self.cases.last_mut().expect("just pushed")
    }

    fn argument(&mut self, row: &Row, function: &Function, at: usize, role: &Role) {
        use Verdict::{Refused, RefusedOrCounted, WellFormed};
        let has_status = function.return_struct().is_some();
        let strict = |verdict| if has_status { verdict } else { WellFormed };
        let long = "x".repeat(6000);
        match role {
            Role::Int(_) => {
                for value in [i32::MIN, i32::MAX, -1] {
                    // `debug` prints, other flags and modes take what they are given.
                    if function.arguments[at].name != "debug" {
                        let word = value.to_string();
                        self.add(row, function, at, (&word.clone(), word), WellFormed, &[]);
                    }
                }
                return;
            }
            Role::Count(_) => {
                for value in [i32::MIN, -1] {
                    let word = value.to_string();
                    self.add(row, function, at, (&word.clone(), word), Refused, &[]);
                }
                if function.arguments[at].name == "border" {
                    for value in [22, 1_000_000, i32::MAX] {
                        let word = value.to_string();
                        let what = (&*word.clone(), word);
                        self.add(row, function, at, what, Refused, &["fits"]);
                    }
                }
                return;
            }
            Role::Real(_) => {
                for word in ["nan", "inf", "-inf", "1e308"] {
                    self.add(
                        row,
                        function,
                        at,
                        (word, word.into()),
                        WellFormed,
                        &["images/"],
                    );
                }
                return;
            }
            Role::Images(_) => {
                let word = |text: &[u8]| format!("{},{}", escape(text), escape(b"second"));
                self.add(row, function, at, ("null", "%N".into()), Refused, &[]);
                let first = escape(
                    self.field
                        .join("muse/muse_0.fits")
                        .as_os_str()
                        .as_encoded_bytes(),
                );
                let within = format!("{first},%N");
                self.add(row, function, at, ("null_within", within), Refused, &[]);
                self.add(row, function, at, ("empty", word(b"")), Refused, &[]);
                let missing = word(&self.bad("no/such/thing"));
                self.add(
                    row,
                    function,
                    at,
                    ("missing", missing),
                    RefusedOrCounted,
                    &[],
                );
                return;
            }
            Role::Options(_) => {
                self.options(row, function, at);
                return;
            }
            Role::Reals(list) => {
                let with = |word: &str| vec![word; list.len()].join(",");
                self.add(row, function, at, ("null", "%N".into()), Refused, &[]);
                for word in ["nan", "inf", "1e308"] {
                    self.add(row, function, at, (word, with(word)), Refused, &[]);
                }
                return;
            }
            _ => {}
        }
        // Every other argument is a text.
        let absent = match role {
            Role::Folder(_) | Role::Optional(_) | Role::Text(_) => WellFormed,
            _ => Refused,
        };
        self.add(
            row,
            function,
            at,
            ("null", "%N".into()),
            strict(absent),
            &[],
        );
        self.add(
            row,
            function,
            at,
            ("empty", String::new()),
            strict(absent),
            &[],
        );
        let unusable = match role {
            Role::Optional(_) | Role::Text(_) => WellFormed,
            Role::Folder(_) | Role::OutputFolder(_) | Role::NeededFolder(_) => RefusedOrCounted,
            _ => Refused,
        };
        let unusable = strict(unusable);
        self.add(
            row,
            function,
            at,
            ("long", long.clone()),
            unusable,
            &["xxxxxxxx"],
        );
        let deep = escape("y/".repeat(3000).as_bytes());
        self.add(row, function, at, ("deep", deep), unusable, &["y/y/y/y"]);
        let bytes = escape(&[&self.bad("no"), &b"\xff\xfe%n%s\n\"\\\x01/none.fits"[..]].concat());
        self.add(row, function, at, ("bytes", bytes), unusable, &["none"]);
        let none = escape(&self.bad("no/such/thing"));
        self.add(
            row,
            function,
            at,
            ("missing", none),
            unusable,
            &["no/such/thing"],
        );
        let below = escape(&self.bad("empty.fits/thing"));
        self.add(
            row,
            function,
            at,
            ("below_a_file", below),
            unusable,
            &["empty.fits"],
        );
        match role {
            Role::Folder(_) | Role::NeededFolder(_) | Role::OutputFolder(_) => {
                let file = escape(&self.bad("empty.fits"));
                self.add(
                    row,
                    function,
                    at,
                    ("a_file", file),
                    unusable,
                    &["empty.fits"],
                );
            }
            _ => {
                let folder = escape(&self.bad("folder.fits"));
                self.add(
                    row,
                    function,
                    at,
                    ("a_folder", folder),
                    unusable,
                    &["folder"],
                );
            }
        }
        match role {
            Role::Image(_) => {
                self.real_files(row, function, at);
                let photometry = row.function.starts_with("imphot");
                for image in bad_files::muse_images().into_iter().filter(|_| photometry) {
                    let word = escape(&self.bad(image.name));
                    let naming = [image.name.trim_end_matches(".fits"), "muse/"];
                    self.add(row, function, at, (image.name, word), image.what, &naming);
                }
                for image in bad_files::images() {
                    let verdict = match image_verdict(row, image.what) {
                        Refused if !row.counts.is_empty() => RefusedOrCounted,
                        other => other,
                    };
                    let word = escape(&self.bad(image.name));
                    self.add(
                        row,
                        function,
                        at,
                        (image.name, word),
                        verdict,
                        &[image.name.trim_end_matches(".fits")],
                    );
                }
            }
            Role::Folder(folder) | Role::NeededFolder(folder) => {
                if let Some(real) = &self.malformed {
                    let word = escape(real.as_os_str().as_encoded_bytes());
                    self.add(row, function, at, ("malformed", word), WellFormed, &[]);
                }
                for image in bad_files::images() {
                    let verdict = match image_verdict(row, image.what) {
                        Refused => RefusedOrCounted,
                        other => other,
                    };
                    let word = escape(&self.bad(Path::new(folder).join(image.name)));
                    self.add(
                        row,
                        function,
                        at,
                        (image.name, word),
                        verdict,
                        &[image.name.trim_end_matches(".fits")],
                    );
                }
            }
            Role::Template(_) => {
                self.real_files(row, function, at);
                for template in bad_files::templates() {
                    let word = escape(&self.bad(template.name));
                    let what = (template.name, word);
                    self.add(row, function, at, what, template.what, &[template.name]);
                }
            }
            Role::Table(_, contents) => {
                for table in bad_files::tables(*contents) {
                    let word = escape(&self.bad(format!("{contents:?}/{}", table.name)));
                    self.add(
                        row,
                        function,
                        at,
                        (table.name, word),
                        match table.what {
                            Verdict::CountedByReadersOf(folder) if !reads(row, folder) => {
                                WellFormed
                            }
                            Verdict::CountedByReadersOf(_) => RefusedOrCounted,
                            verdict => verdict,
                        },
                        &[table.name],
                    );
                }
            }
            Role::File(_) => {
                for text in bad_files::texts() {
                    let what = (text.name, escape(&self.bad(text.name)));
                    self.add(row, function, at, what, text.what, &[text.name]);
                }
            }
            Role::Output(_) | Role::OutputFolder(_) => self.output(row, function, at, role),
            _ => {}
        }
    }

    /// Every member of a struct of options with values that make no sense for it.
    fn options(&mut self, row: &Row, function: &Function, at: usize) {
        self.add(
            row,
            function,
            at,
            ("null", "%N".into()),
            Verdict::WellFormed,
            &["star"],
        );
        let tag = header::pointed_struct(&function.arguments[at].text).expect("a struct");
        let structs = header::structs(&header::committed());
        let item = structs.into_iter().find(|item| item.name == tag);
        let members = item.expect(tag).members.into_iter();
        for member in members.filter(|member| member.kind != "function") {
            let values: &[&str] = match member.kind.as_str() {
                "int" => &["-2147483648", "2147483647", "-1"],
                "double" => &["nan", "inf", "-inf", "1e308", "-1", "0"],
                "size_t" => &["0", "7", "18446744073709551615"],
                _ => &["", "none", "/no/such/thing", "\u{fffd}%n%s"],
            };
            // Without a folder, outputs go beside the field's images.
            let beside = |value: &&&str| !(member.name == "output_dir" && value.is_empty());
            for value in values.iter().filter(beside) {
                let what = format!("{}_{}", member.name, value.replace('/', "_"));
                // What an option has written goes into the folder of the call.
                let argument = &function.arguments[at].name;
                let call = format!("{}.{argument}.{what}", row.function);
                let here = self.base.join("calls").join(call);
                let verdict = match member.kind.as_str() {
                    "size_t" => Verdict::Refused,
                    _ => Verdict::WellFormed,
                };
                // The three numbers of the star are one thing.
                let name = match member.name.starts_with("star_") {
                    true => "star",
                    false => &*member.name,
                };
                let naming = [name, "/no/such/thing", "%n%s", "muse_0"];
                let good = row.arguments[at].word(&self.field, &here);
                let word = escape(format!("{}={value}", member.name).as_bytes());
                let word = format!("{good};{word}");
                self.add(row, function, at, (&what, word), verdict, &naming);
            }
        }
    }

    /// Every malformed file of the shared data; some are good enough for some functions.
    fn real_files(&mut self, row: &Row, function: &Function, at: usize) {
        let Some(folder) = &self.malformed else {
            return;
        };
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
            .expect("malformed")
            .map(|entry| entry.expect("malformed").path())
            // A larger one takes valgrind minutes.
            .filter(|path| std::fs::metadata(path).is_ok_and(|m| m.len() < 1 << 20))
            .collect();
        files.sort();
        for file in files {
            let name = file.file_name().expect("a name").to_string_lossy();
            let stem = name.split('.').next().expect("a stem");
            let word = escape(file.as_os_str().as_encoded_bytes());
            let what = (&*name, word);
            self.add(row, function, at, what, Verdict::WellFormed, &[stem]);
        }
    }

    /// Places that cannot be written, and disks that fill up.
    fn output(&mut self, row: &Row, function: &Function, at: usize, role: &Role) {
        let folder = matches!(role, Role::OutputFolder(_));
        let refused = match folder {
            true => Verdict::RefusedOrCounted,
            false => Verdict::Refused,
        };
        let places: &[(&str, &str)] = match folder {
            true => &[("proc", "/proc"), ("sys", "/sys")],
            false => &[("proc", "/proc/out"), ("sys", "/sys/out")],
        };
        for (what, place) in places {
            self.add(
                row,
                function,
                at,
                (what, (*place).into()),
                refused,
                &[place],
            );
        }
        if !folder {
            let full = escape(&self.bad("full.fits"));
            let case = self.add(row, function, at, ("full_device", full), refused, &["full"]);
            case.fills_up = true;
        }
        let name = match role {
            Role::Output(name) | Role::OutputFolder(name) => *name,
            _ => unreachable!("an output"),
        };
        for bytes in ["0", "100", "3000"] {
            let here = self.base.join("calls").join(format!(
                "{}.{}.full_{bytes}",
                row.function, function.arguments[at].name
            ));
            let word = escape(here.join(name).as_os_str().as_encoded_bytes());
            // A small table or header fits into what is left.
            let text = name.ends_with(".tbl") || name.ends_with(".hdr");
            let verdict = match (bytes, text) {
                ("0", _) => Verdict::Refused,
                (_, true) => Verdict::WellFormed,
                _ => Verdict::Refused,
            };
            let what = format!("full_{bytes}");
            let case = self.add(row, function, at, (&what, word), verdict, &[name]);
            case.options.extend(["-f".to_owned(), bytes.to_owned()]);
            case.fills_up = true;
        }
    }
}

const CONTENTS: [calls::Contents; 4] = [
    calls::Contents::Images,
    calls::Contents::Pairs,
    calls::Contents::Fits,
    calls::Contents::Corrections,
];

/// Whether the function opens the images of a folder of the field that a table names.
fn reads(row: &Row, folder: &str) -> bool {
    row.arguments.iter().any(|role| match role {
        Role::Folder(name) | Role::NeededFolder(name) => *name == folder,
        _ => false,
    })
}

/// What must come of a bad image: it depends on what the function asks of images.
fn image_verdict(row: &Row, spoils: Spoils) -> Verdict {
    match (spoils, row.needs) {
        (Spoils::Everything, _) => Verdict::Refused,
        (Spoils::Data, calls::Needs::Data | calls::Needs::Grid | calls::Needs::Pixels) => {
            Verdict::Refused
        }
        (Spoils::Grid, calls::Needs::Grid | calls::Needs::Pixels) => Verdict::Refused,
        (Spoils::Pixels, calls::Needs::Pixels) => Verdict::Refused,
        (Spoils::Sky | Spoils::Grid, calls::Needs::Sky) => Verdict::Refused,
        _ => Verdict::WellFormed,
    }
}
