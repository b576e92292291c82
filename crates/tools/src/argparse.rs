//! Command lines as Python's argparse reads them (CPython 3.11, `ArgumentParser.parse_args`), so that
//! those written for imphot's programs mean the same here and wrong ones are refused alike. What is
//! understood is handed to clap, which knows the types and writes the help: `--option=value`, then
//! `--`, then the arguments.
//!
//! argparse first decides of every word whether it is an option or an argument: `-.5`, `-5` and words
//! with blanks are arguments, a word that begins an option's name is that option, one that begins
//! several is refused. Then it takes the words in order. All arguments of a list must stand together.

use std::ffi::{OsStr, OsString};

use clap::{Arg, ArgAction, Command};

/// What a word of the command line is.
enum Word {
    /// An argument or the value of an option.
    Argument,
    /// The first `--`: what follows are arguments.
    End,
    /// An option by its place in the list, with what follows its `=`.
    Option(usize, Option<OsString>),
    /// It looks like an option but is none.
    Unknown,
}

/// How many values an option takes.
#[derive(Clone, Copy, PartialEq)]
enum Takes {
    Exactly(usize),
    OneOrNone,
}

struct Known {
    long: String,
    takes: Takes,
    is_help: bool,
}

/// The words for clap: the same command line without doubt. `command` has been built.
///
/// # Errors
/// argparse's complaint.
pub fn canonical(command: &Command, words: &[OsString]) -> Result<Vec<OsString>, String> {
    let known: Vec<Known> = command
        .get_opts()
        .chain(flags(command))
        .map(Known::of)
        .collect();
    let kinds = classify(&known, words)?;
    let mut reader = Reader {
        words,
        kinds: &kinds,
        known: &known,
        wanted: command.get_positionals().collect(),
        options: Vec::new(),
        arguments: Vec::new(),
        extras: Vec::new(),
    };
    let helped = reader.read()?;
    if helped {
        reader.options.push("--help".into());
        return Ok(reader.options);
    }
    if !reader.wanted.is_empty() {
        let names: Vec<&str> = reader
            .wanted
            .iter()
            .map(|arg| arg.get_id().as_str())
            .collect();
        return Err(format!(
            "the following arguments are required: {}",
            names.join(", ")
        ));
    }
    if !reader.extras.is_empty() {
        let extras: Vec<_> = reader
            .extras
            .iter()
            .map(|word| word.to_string_lossy())
            .collect();
        return Err(format!("unrecognized arguments: {}", extras.join(" ")));
    }
    let mut all = reader.options;
    all.push("--".into());
    all.extend(reader.arguments);
    Ok(all)
}

/// Options without a value, which clap does not count among its options.
fn flags(command: &Command) -> impl Iterator<Item = &Arg> {
    let long = |arg: &&Arg| arg.get_long().is_some() && !arg.get_action().takes_values();
    command.get_arguments().filter(long)
}

impl Known {
    fn of(arg: &Arg) -> Self {
        let range = arg.get_num_args().unwrap_or_default();
        let takes = match (arg.get_action().takes_values(), range.min_values()) {
            (false, _) => Takes::Exactly(0),
            (true, 0) => Takes::OneOrNone,
            (true, least) => Takes::Exactly(least),
        };
        Known {
            long: format!("--{}", arg.get_long().unwrap_or_default()),
            takes,
            is_help: matches!(arg.get_action(), ArgAction::Help),
        }
    }
}

/// argparse's `_parse_optional` of every word.
fn classify(known: &[Known], words: &[OsString]) -> Result<Vec<Word>, String> {
    let mut kinds = Vec::with_capacity(words.len());
    let mut ended = false;
    for word in words {
        kinds.push(match word.to_str() {
            _ if ended => Word::Argument,
            Some("--") => {
                ended = true;
                Word::End
            }
            Some(text) => option(known, text)?,
            // The name of a file; no option has such bytes.
            None if word.as_encoded_bytes().starts_with(b"-") => Word::Unknown,
            None => Word::Argument,
        });
    }
    Ok(kinds)
}

fn option(known: &[Known], text: &str) -> Result<Word, String> {
    if !text.starts_with('-') || text == "-" {
        return Ok(Word::Argument);
    }
    let named = |name: &str| {
        let help = |option: &Known| name == "-h" && option.is_help;
        known
            .iter()
            .position(|option| option.long == name || help(option))
    };
    if let Some(at) = named(text) {
        return Ok(Word::Option(at, None));
    }
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(OsString::from(value))),
        None => (text, None),
    };
    if let (Some(at), true) = (named(name), value.is_some()) {
        return Ok(Word::Option(at, value));
    }
    if let Some(rest) = text.strip_prefix("-h") {
        // Short options may have their value attached; that of help has none.
        if let Some(at) = named("-h") {
            return Ok(Word::Option(at, Some(rest.into())));
        }
    }
    if name.starts_with("--") {
        let begun = known.iter().enumerate();
        let begun: Vec<(usize, &Known)> = begun
            .filter(|(_, option)| option.long.starts_with(name))
            .collect();
        match begun[..] {
            [] => {}
            [(at, _)] => return Ok(Word::Option(at, value)),
            _ => {
                let names: Vec<&str> = begun.iter().map(|(_, option)| &*option.long).collect();
                return Err(format!(
                    "ambiguous option: {text} could match {}",
                    names.join(", ")
                ));
            }
        }
    }
    Ok(match is_negative_number(text) || text.contains(' ') {
        true => Word::Argument,
        false => Word::Unknown,
    })
}

/// argparse's `^-\d+$|^-\d*\.\d+$`, and besides what it takes for an option that there is not: `-5.`,
/// `-1e-3`.
fn is_negative_number(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('-') else {
        return false;
    };
    rest.starts_with(|c: char| c.is_ascii_digit() || c == '.') && rest.parse::<f64>().is_ok()
}

struct Reader<'a> {
    words: &'a [OsString],
    kinds: &'a [Word],
    known: &'a [Known],
    /// The arguments that have not been met yet.
    wanted: Vec<&'a Arg>,
    options: Vec<OsString>,
    arguments: Vec<OsString>,
    extras: Vec<OsString>,
}

impl Reader<'_> {
    /// Takes all words; `true` where help is asked for, which ends it.
    fn read(&mut self) -> Result<bool, String> {
        let mut at = 0;
        while at < self.words.len() {
            match &self.kinds[at] {
                Word::Option(option, value) => {
                    let known = &self.known[*option];
                    if known.is_help && value.is_none() {
                        return Ok(true);
                    }
                    at = self.option(known, value.as_deref(), at + 1)?;
                }
                Word::Unknown => {
                    self.extras.push(self.words[at].clone());
                    at += 1;
                }
                Word::Argument | Word::End => at = self.arguments(at),
            }
        }
        Ok(false)
    }

    /// How many words from `at` on are of a kind.
    fn run(&self, at: usize, wanted: impl Fn(&Word) -> bool) -> usize {
        self.kinds[at..]
            .iter()
            .take_while(|kind| wanted(kind))
            .count()
    }

    /// Takes the values of an option, the words from `at` on; the place after them.
    fn option(
        &mut self,
        known: &Known,
        attached: Option<&OsStr>,
        at: usize,
    ) -> Result<usize, String> {
        let complain = |what: String| Err(format!("argument {}: {what}", known.long));
        let values = self.run(at, |kind| matches!(kind, Word::Argument));
        match (known.takes, attached) {
            (Takes::Exactly(0), Some(value)) => {
                complain(format!("ignored explicit argument '{}'", value.display()))
            }
            (Takes::Exactly(0), None) => {
                self.options.push((&known.long).into());
                Ok(at)
            }
            (Takes::Exactly(1) | Takes::OneOrNone, Some(value)) => {
                self.one(known, value);
                Ok(at)
            }
            (Takes::Exactly(1) | Takes::OneOrNone, None) if values > 0 => {
                self.one(known, &self.words[at]);
                Ok(at + 1)
            }
            (Takes::OneOrNone, None) => {
                self.one(known, OsStr::new(""));
                Ok(at)
            }
            (Takes::Exactly(1), None) => complain("expected one argument".into()),
            (Takes::Exactly(count), None) if values >= count => {
                self.options.push((&known.long).into());
                self.options.extend_from_slice(&self.words[at..at + count]);
                Ok(at + count)
            }
            (Takes::Exactly(count), _) => complain(format!("expected {count} arguments")),
        }
    }

    fn one(&mut self, known: &Known, value: &OsStr) {
        let mut word = OsString::from(&known.long);
        word.push("=");
        word.push(value);
        self.options.push(word);
    }

    /// Takes the arguments from `at` on, up to the next option; the place after them. As many of
    /// those that are wanted are met as the words are enough for, a list with all that are left.
    fn arguments(&mut self, at: usize) -> usize {
        let end = at + self.run(at, |kind| matches!(kind, Word::Argument | Word::End));
        let is_argument = |i: &usize| matches!(self.kinds[*i], Word::Argument);
        let words: Vec<OsString> = (at..end)
            .filter(is_argument)
            .map(|i| self.words[i].clone())
            .collect();
        let is_list = |arg: &&Arg| arg.get_num_args().is_some_and(|n| n.max_values() > 1);
        let met = self.wanted.len().min(words.len());
        let list = self.wanted[..met].iter().any(is_list);
        let taken = if list { words.len() } else { met };
        self.wanted.drain(..met);
        self.arguments.extend_from_slice(&words[..taken]);
        if met == 0 {
            // With `--`, where there is nothing that it could stand before.
            self.extras.extend_from_slice(&self.words[at..end]);
        } else {
            self.extras.extend_from_slice(&words[taken..]);
        }
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programs::IMPHOT;

    /// What argparse 3.11 makes of command lines: exit status 2, or the words for clap.
    #[test]
    fn words_are_taken_as_by_argparse() {
        let mut command = IMPHOT[0].command();
        command.build();
        let read = |line: &[&str]| {
            let words: Vec<OsString> = line.iter().map(Into::into).collect();
            canonical(&command, &words).map(|words| {
                let words = words.iter().map(|word| word.to_str().unwrap());
                words.collect::<Vec<_>>().join("|")
            })
        };
        for (line, expected) in [
            (&["h", "m"][..], "--|h|m"),
            (&["--fix_dy", "-.1", "h", "m"], "--fix_dy=-.1|--|h|m"),
            (
                &["--star", "53.16", "-.5", "3", "h", "m"],
                "--star|53.16|-.5|3|--|h|m",
            ),
            (&["--taper", " 5", "h", "m"], "--taper= 5|--|h|m"),
            (&["--taper", "-5 ", "h", "m"], "--taper=-5 |--|h|m"),
            (&["--fix_f", "1", "h", "m"], "--fix_fwhm=1|--|h|m"),
            (&["--fix_f=-1", "h", "m", "n"], "--fix_fwhm=-1|--|h|m|n"),
            (&["h", "--seg", "m", "n"], "--segment|--|h|m|n"),
            (&["--verbose", "--", "-h", "--x"], "--verbose|--|-h|--x"),
            (&["h", "--", "m"], "--|h|m"),
            (&["-", "-5"], "--|-|-5"),
            (&["--title", "", "h", "m"], "--title=|--|h|m"),
            (&["--save", "-h", "--nonsense"], "--save|--help"),
        ] {
            assert_eq!(read(line).as_deref(), Ok(expected), "{line:?}");
        }
        for (line, complaint) in [
            (
                &[][..],
                "the following arguments are required: hst_image, muse_images",
            ),
            (&["h"], "the following arguments are required: muse_images"),
            (
                &["--fix_b", "1", "h", "m"],
                "ambiguous option: --fix_b could match --fix_bg, --fix_beta",
            ),
            (&["--h", "h", "m"], "ambiguous option: --h could match "),
            (&["--bogus", "h", "m"], "unrecognized arguments: --bogus"),
            (&["-x", "h", "m"], "unrecognized arguments: -x"),
            (&["h", "m", "--save", "n"], "unrecognized arguments: n"),
            (
                &["--save=1", "h", "m"],
                "argument --save: ignored explicit argument '1'",
            ),
            (
                &["h", "m", "--taper"],
                "argument --taper: expected one argument",
            ),
            (
                &["--taper", "--", "5", "h", "m"],
                "argument --taper: expected one argument",
            ),
            (
                &["h", "m", "--star", "1", "2"],
                "argument --star: expected 3 arguments",
            ),
            (
                &["--star=1", "2", "3", "h", "m"],
                "argument --star: expected 3 arguments",
            ),
            (
                &["--regions", "--save", "h", "m"],
                "argument --regions: expected one argument",
            ),
            (
                &["-hx", "h", "m"],
                "argument --help: ignored explicit argument 'x'",
            ),
        ] {
            let error = read(line).expect_err("refused");
            assert!(error.starts_with(complaint), "{line:?}: {error}");
        }
    }
}
