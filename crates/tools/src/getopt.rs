//! Options as glibc's `getopt` reads them, so that command lines written for the original's
//! programs mean the same here: grouped letters, values attached or apart, options after
//! arguments, `--` as the end.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// What stood on a command line.
#[derive(Debug, Default, PartialEq)]
pub struct Parsed {
    /// Options in order, with their values (empty where they take none).
    pub options: Vec<(char, OsString)>,
    /// The arguments that are no options.
    pub args: Vec<OsString>,
}

/// Reads `words` with a getopt specification like `"klnp:ds:"`; `None` for an unknown option or
/// one without its value. As for glibc, a specification that begins with `+` ends the options at
/// the first argument, so that what follows may be a negative number; as for Solaris' getopt, a
/// word in parentheses after a letter is another name of it (`n(nowcs)`: `-nowcs` is `-n`).
pub fn parse(spec: &str, words: Vec<OsString>) -> Option<Parsed> {
    let (spec, options_first) = match spec.strip_prefix('+') {
        Some(spec) => (spec, true),
        None => (spec, false),
    };
    let (spec, names) = long_names(spec);
    let mut parsed = Parsed::default();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let bytes = word.as_bytes();
        if bytes == b"--" {
            parsed.args.extend(words);
            break;
        }
        if bytes.len() < 2 || bytes[0] != b'-' {
            parsed.args.push(word);
            if options_first {
                parsed.args.extend(words);
                break;
            }
            continue;
        }
        let long = names
            .iter()
            .find(|(name, _)| name.as_bytes() == &bytes[1..]);
        if let Some(&(_, letter)) = long {
            parsed.options.push((letter, OsString::new()));
            continue;
        }
        let mut at = 1;
        while at < bytes.len() {
            let letter = char::from(bytes[at]);
            at += 1;
            let found = spec.find(letter).filter(|_| letter != ':')?;
            if spec.as_bytes().get(found + 1) != Some(&b':') {
                parsed.options.push((letter, OsString::new()));
                continue;
            }
            let value = if at < bytes.len() {
                OsStr::from_bytes(&bytes[at..]).to_owned()
            } else {
                words.next()?
            };
            parsed
                .options
                .push((letter, OsString::from_vec(value.into_vec())));
            break;
        }
    }
    Some(parsed)
}

/// A specification without its words in parentheses, and those with their letters.
fn long_names(spec: &str) -> (String, Vec<(&str, char)>) {
    let mut letters = String::new();
    let mut names = Vec::new();
    let mut parts = spec.split('(');
    letters.extend(parts.next());
    for part in parts {
        let (name, rest) = part.split_once(')').unwrap_or((part, ""));
        names.extend(letters.chars().last().map(|letter| (name, letter)));
        letters.push_str(rest);
    }
    (letters, names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<OsString> {
        text.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn options_are_read_as_getopt_reads_them() {
        let parsed = parse("klp:d", words("-kl a -pdir b -p other -- -k")).unwrap();
        let expected = [("k", ""), ("l", ""), ("p", "dir"), ("p", "other")];
        let found: Vec<(String, String)> = parsed
            .options
            .iter()
            .map(|(c, v)| (c.to_string(), v.to_string_lossy().into_owned()))
            .collect();
        assert_eq!(found, expected.map(|(c, v)| (c.to_owned(), v.to_owned())));
        assert_eq!(parsed.args, words("a b -k"));
        let parsed = parse("+nd:", words("-d 1 in -1.5 -n")).unwrap();
        assert_eq!(parsed.options, [('d', OsString::from("1"))]);
        assert_eq!(parsed.args, words("in -1.5 -n"));
        let parsed = parse("+n(nowcs)s:w", words("-nowcs -w -n in -1")).unwrap();
        let letters: String = parsed.options.iter().map(|&(c, _)| c).collect();
        assert_eq!(letters, "nwn");
        assert!(parse("n(nowcs)", words("-o")).is_none());
        assert!(parse("k", words("-x")).is_none());
        assert!(parse("p:", words("-p")).is_none());
        assert!(parse("p:", words("-:")).is_none());
        assert_eq!(parse("k", words("-")).unwrap().args, words("-"));
    }
}
