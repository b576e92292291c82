//! The public headers: generating them, and taking them apart, so that the other tests cover a new
//! function from the moment it has a prototype.

use std::path::PathBuf;

/// One of the two headers in include/.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    pub name: &'static str,
    /// The root of the modules that it is made from: nothing outside can stray in.
    sources: &'static str,
    config: &'static str,
}

/// The Montage library's.
pub const MONTAGE: Header = Header {
    name: "montage.h",
    sources: "src/lib.rs",
    config: "cbindgen.toml",
};

/// The MUSE photometry's.
pub const IMPHOT: Header = Header {
    name: "imphot.h",
    sources: "src/imphot/mod.rs",
    config: "src/imphot/cbindgen.toml",
};

pub const HEADERS: [Header; 2] = [MONTAGE, IMPHOT];

impl Header {
    /// The file as committed.
    pub fn path(&self) -> PathBuf {
        testing::project().join("include").join(self.name)
    }

    /// The header that its sources give now.
    pub fn generated(&self) -> String {
        let root = testing::project();
        let config = cbindgen::Config::from_file(root.join(self.config)).expect(self.config);
        let builder = cbindgen::Builder::new()
            .with_config(config)
            .with_src(root.join(self.sources));
        let mut text = Vec::new();
        builder.generate().expect("cbindgen").write(&mut text);
        let text = String::from_utf8(text).expect("UTF-8");
        with_version_7(&with_short_comments(&with_equal_structs(&text)))
    }
}

/// The text of both committed headers.
pub fn committed() -> String {
    HEADERS
        .map(|header| std::fs::read_to_string(header.path()).expect(header.name))
        .concat()
}

/// Declares a struct whose source is `pub type B = A;` as a struct of its own with the members of A, as
/// in Montage's header. cbindgen makes a typedef of it, which `struct B` would not find.
fn with_equal_structs(text: &str) -> String {
    let mut text = text.to_owned();
    while let Some(from) = text.find("\ntypedef struct ") {
        let end = from + 1 + text[from + 1..].find('\n').expect("the end of a line");
        let words: Vec<&str> = text[from..end].trim_end_matches(';').split(' ').collect();
        let [_, _, like, name] = words[..] else {
            panic!("not an alias of a struct: {}", &text[from..end]);
        };
        let start = format!("\nstruct {like} {{");
        let body = text.find(&start).expect("its struct") + start.len();
        let close = body + text[body..].find("\n};").expect("its end");
        let copy = format!("\nstruct {name} {{{}\n}};", &text[body..close]);
        let functions = with_struct_tag(&text[end..], name);
        text = format!("{}{copy}{functions}", &text[..from]);
    }
    text
}

/// The prototypes of functions that return the alias `name` with `struct` before it, their further
/// lines indented by as much.
fn with_struct_tag(text: &str, name: &str) -> String {
    let mut inside = false;
    let mut lines = Vec::new();
    for line in text.split('\n') {
        let tag = line.starts_with(&format!("{name} *"));
        lines.push(match (tag, inside) {
            (true, _) => format!("struct {line}"),
            (false, true) => format!("       {line}"),
            (false, false) => line.to_owned(),
        });
        inside = (tag || inside) && !line.ends_with(';');
    }
    lines.join("\n")
}

/// Puts a comment of one line on one line, and leaves out the lines that mark an example as C for
/// rustdoc: its indentation marks it in the header.
fn with_short_comments(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        match &lines[..] {
            _ if line.trim_start().starts_with("* ```") => {}
            [.., open, only] if line.trim() == "*/" && open.trim() == "/**" => {
                let words = only.trim().trim_start_matches("* ");
                let short = open.clone() + " " + words + " */";
                if short.len() > 100 {
                    lines.push(line.to_owned());
                    continue;
                }
                lines.truncate(lines.len() - 2);
                lines.push(short);
            }
            _ => lines.push(line.to_owned()),
        }
    }
    lines.join("\n") + "\n"
}

/// Adds the plain names of the `_v7` functions before the end of the include guard.
fn with_version_7(text: &str) -> String {
    let names: Vec<String> = functions(text)
        .into_iter()
        .filter_map(|f| f.name.strip_suffix("_v7").map(str::to_owned))
        .collect();
    if names.is_empty() {
        return text.to_owned();
    }
    let defines: String = names
        .iter()
        .map(|name| format!("#define {name} {name}_v7\n"))
        .collect();
    let end = text.rfind("#endif").expect("the end of the include guard");
    format!(
        "{}#if defined(MONTAGE_API) && MONTAGE_API >= 7\n{defines}#endif\n\n{}",
        &text[..end],
        &text[end..]
    )
}

/// A prototype of the header.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    pub name: String,
    /// As C writes it, without blanks around `*`: `struct mDiffReturn*`, `const char*`, `void`.
    pub returns: String,
    pub arguments: Vec<Argument>,
    /// The comment above it.
    pub documentation: String,
}

/// One argument of a prototype.
#[derive(Debug, Clone, PartialEq)]
pub struct Argument {
    pub name: String,
    pub kind: Kind,
    /// The type, as [`Function::returns`] is written.
    pub text: String,
}

/// The types that the interface is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Int,
    Real,
    /// A list of numbers, whose length is another argument.
    Reals,
    /// A list of texts, whose length is another argument.
    Texts,
    /// A struct of options.
    Options,
    /// The progress callback and its user pointer, `struct WorldCoor *`.
    Other,
}

/// A return struct of the header.
#[derive(Debug, Clone)]
pub struct Struct {
    pub name: String,
    pub documentation: String,
    pub members: Vec<Member>,
}

/// A member of a return struct.
#[derive(Debug, Clone)]
pub struct Member {
    pub name: String,
    /// `int`, `double`, `char[1024]`, `struct imphotFit`..., `function` of a pointer to one.
    pub kind: String,
    pub documentation: String,
}

impl Function {
    /// The example in its documentation: what is indented after the line "Example:".
    pub fn example(&self) -> Option<String> {
        let lines = self.documentation.lines().map(|line| {
            let line = line.trim_start().trim_start_matches('*');
            line.strip_prefix(' ').unwrap_or(line)
        });
        let after = lines.skip_while(|line| *line != "Example:").skip(1);
        let example: String = after.map(|line| line.to_owned() + "\n").collect();
        (!example.trim().is_empty()).then_some(example)
    }

    /// The names of the arguments that its documentation describes: "- mode: ..." and
    /// "- ra, dec: ...".
    pub fn described(&self) -> Vec<&str> {
        let items = self.documentation.lines().filter_map(|line| {
            let line = line.trim_start().strip_prefix("* - ")?;
            Some(line.split_once(':')?.0)
        });
        items.flat_map(|names| names.split(", ")).collect()
    }

    /// The function whose arguments its documentation refers to: "Arguments as for mProject, and:".
    pub fn described_like(&self) -> Option<&str> {
        let (_, rest) = self.documentation.split_once("Arguments as for ")?;
        rest.split([',', '.']).next()
    }

    /// The tag of the struct that it returns a pointer to.
    pub fn return_struct(&self) -> Option<&str> {
        pointed_struct(&self.returns)
    }
}

/// The tag of the struct that a type points to.
pub fn pointed_struct(text: &str) -> Option<&str> {
    text.trim_start_matches("const ")
        .strip_prefix("struct ")?
        .strip_suffix('*')
}

/// A declaration: the comment above it and its text up to `;` or `{`.
struct Statement {
    comment: String,
    text: String,
}

/// Declarations of a piece of the header, comments joined to what follows them.
fn statements(text: &str) -> Vec<Statement> {
    let mut found = Vec::new();
    let (mut comment, mut statement) = (String::new(), String::new());
    let mut depth = 0;
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        if rest.starts_with("/*") {
            let end = rest.find("*/").expect("the end of a comment");
            if depth == 0 {
                comment = rest[2..end].to_owned();
            } else {
                statement.push_str(&rest[..end + 2]);
            }
            rest = &rest[end + 2..];
            continue;
        }
        let line_start = statement.trim().is_empty();
        if line_start && (next == '#' || rest.starts_with("//")) {
            let end = rest.find('\n').unwrap_or(rest.len());
            rest = &rest[end..];
            comment.clear();
            continue;
        }
        rest = &rest[next.len_utf8()..];
        if line_start && statement.is_empty() && next == '}' {
            continue; // the end of extern "C"
        }
        match next {
            '{' if statement.trim_start().starts_with("extern \"C\"") => {
                statement.clear();
                continue;
            }
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if next == ';' && depth == 0 {
            found.push(Statement {
                comment: std::mem::take(&mut comment),
                text: statement.split_whitespace().collect::<Vec<_>>().join(" "),
            });
            statement.clear();
        } else if !(line_start && next.is_whitespace()) {
            statement.push(next);
        }
    }
    found
}

/// Every prototype of the header, in its order.
pub fn functions(header: &str) -> Vec<Function> {
    let mut found = Vec::new();
    for Statement { comment, text } in statements(header) {
        if text.starts_with("typedef") || text.contains('{') || !text.ends_with(')') {
            continue;
        }
        let (head, arguments) = text.split_once('(').expect("a prototype");
        let (returns, name) = declaration(head);
        let arguments = match arguments.trim_end_matches(')').trim() {
            "void" | "" => Vec::new(),
            list => list
                .split(',')
                .map(|argument| {
                    let (text, name) = declaration(argument);
                    let kind = match text.as_str() {
                        "const char*" => Kind::Text,
                        "int" => Kind::Int,
                        "double" => Kind::Real,
                        "const double*" => Kind::Reals,
                        "const char*const*" => Kind::Texts,
                        _ if text.starts_with("const struct ") && text.ends_with("Options*") => {
                            Kind::Options
                        }
                        _ => Kind::Other,
                    };
                    Argument { name, kind, text }
                })
                .collect(),
        };
        found.push(Function {
            name,
            returns,
            arguments,
            documentation: comment,
        });
    }
    found
}

/// `struct mDiffReturn *mDiff` -> (`struct mDiffReturn*`, `mDiff`).
fn declaration(text: &str) -> (String, String) {
    let text = text.trim();
    let at = text
        .rfind(|c: char| !(c.is_alphanumeric() || c == '_'))
        .map_or(0, |at| at + 1);
    let kind = text[..at].replace(" *", "*");
    (kind.trim().to_owned(), text[at..].to_owned())
}

/// Every struct that the header defines, in its order.
pub fn structs(header: &str) -> Vec<Struct> {
    let mut found = Vec::new();
    for Statement { comment, text } in statements(header) {
        let Some((head, body)) = text.split_once('{') else {
            continue;
        };
        let Some(name) = head.trim().strip_prefix("struct ") else {
            continue;
        };
        let body = body.trim_end().trim_end_matches('}');
        let members = statements(body)
            .into_iter()
            .map(|member| {
                let (text, array) = match member.text.split_once('[') {
                    Some((text, size)) => (text, format!("[{size}")),
                    None => (member.text.as_str(), String::new()),
                };
                let (kind, name) = match text.split_once("(*") {
                    // A pointer to a function has its name in the middle.
                    Some((_, rest)) => (
                        "function".to_owned(),
                        rest.split(')').next().unwrap_or_default().to_owned(),
                    ),
                    None => declaration(text),
                };
                Member {
                    name,
                    kind: kind + &array,
                    documentation: member.comment,
                }
            })
            .collect();
        found.push(Struct {
            name: name.to_owned(),
            documentation: comment,
            members,
        });
    }
    found
}
