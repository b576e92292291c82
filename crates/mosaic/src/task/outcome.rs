//! What a task hands back, and how it reads in `msg` (Montage's `name=value, ...`) and `json`.

use crate::run::Warnings;
use fits::cformat::{fixed, general};

/// A named list of values in the order in which the original prints them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fields(Vec<Field>);

#[derive(Debug, Clone, PartialEq)]
struct Field {
    name: &'static str,
    /// What `msg` calls it, where that is another name.
    called: &'static str,
    value: Value,
}

/// One value of an outcome.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A count: `%d`.
    Int(i64),
    /// A number: six significant digits (`%-g`) in `msg`, all of them in `json`.
    Real(f64),
    /// Seconds: `%.1f` in both.
    Seconds(f64),
    /// Seconds: `%.0f` in `msg`, `%.1f` in `json`.
    WholeSeconds(f64),
    /// A number: so many decimals (`%.6f`) in `msg`, all of them in `json`.
    Fixed(f64, usize),
    /// A text.
    Text(String),
}

/// A count for a C int: the largest of those where there are more.
pub fn counted(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

/// The result of a task. Derive it; `#[value(Seconds)]` and the like on a member choose its [`Value`].
pub trait Outcome {
    /// The values of `msg` and `json`, in order; both may be empty.
    fn fields(&self) -> Fields;
}
pub use derive::Outcome;

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Value::Int(value.into())
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Value::Real(value)
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::Text(value)
    }
}

impl Fields {
    /// No fields: `msg` is empty and `json` is `{}`.
    pub fn new() -> Self {
        Fields::default()
    }

    /// Adds a value.
    pub fn with(self, name: &'static str, value: impl Into<Value>) -> Self {
        self.with_called(name, name, value)
    }

    /// Adds a value that `msg` calls by another name than `json` does.
    pub fn with_called(
        mut self,
        name: &'static str,
        called: &'static str,
        value: impl Into<Value>,
    ) -> Self {
        let value = value.into();
        self.0.push(Field {
            name,
            called,
            value,
        });
        self
    }

    /// `count=13, diff_failed=0, ...`
    pub fn message(&self) -> String {
        let parts: Vec<String> = self
            .0
            .iter()
            .map(|Field { called, value, .. }| match value {
                Value::Int(i) => format!("{called}={i}"),
                Value::Fixed(x, digits) => format!("{called}={}", fixed(*x, *digits)),
                Value::Real(x) => format!("{called}={}", general(*x, 6)),
                Value::Seconds(t) => format!("{called}={}", fixed(*t, 1)),
                Value::WholeSeconds(t) => format!("{called}={}", fixed(*t, 0)),
                Value::Text(s) => format!("{called}=\"{s}\""),
            })
            .collect();
        parts.join(", ")
    }

    /// `{"count":13,"diff_failed":0,...}`; a number that is not finite is null.
    pub fn json(&self) -> String {
        serde_json::Value::Object(self.object()).to_string()
    }

    /// As [`Fields::json`], with `"warnings":count,"warning_texts":[...]` behind the values where
    /// there are any: as many texts as fit into `room` bytes.
    pub fn json_with(&self, warnings: &Warnings, room: usize) -> String {
        with_warnings(self.object(), warnings, room)
    }

    fn object(&self) -> Object {
        self.0
            .iter()
            .map(|Field { name, value, .. }| {
                let value = match value {
                    Value::Int(i) => (*i).into(),
                    Value::Real(x) | Value::Fixed(x, _) => (*x).into(),
                    Value::Seconds(t) | Value::WholeSeconds(t) => {
                        ((t * 10.0).round() / 10.0).into()
                    }
                    Value::Text(s) => s.as_str().into(),
                };
                (name.to_string(), value)
            })
            .collect()
    }

    /// `{"error":"..."}` in at most `room` bytes, the text shortened when it must be; warnings
    /// follow as in [`Fields::json_with`].
    pub fn error_json(text: &str, warnings: &Warnings, room: usize) -> String {
        let mut end = text.len();
        loop {
            let mut object = Object::new();
            object.insert("error".to_owned(), text[..end].into());
            let bare = serde_json::Value::Object(object.clone()).to_string();
            if bare.len() <= room {
                return with_warnings(object, warnings, room);
            }
            // Escapes make the length of the JSON unpredictable: by eighths until it fits.
            end = end / 8 * 7;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
        }
    }
}

type Object = serde_json::Map<String, serde_json::Value>;

/// `object` as JSON with the warnings behind its values, as far as they fit into `room` bytes.
fn with_warnings(mut object: Object, warnings: &Warnings, room: usize) -> String {
    let bare = serde_json::Value::Object(object.clone()).to_string();
    let (count, mut texts) = warnings.collected();
    if count == 0 {
        return bare;
    }
    object.insert("warnings".to_owned(), count.into());
    loop {
        object.insert("warning_texts".to_owned(), texts.clone().into());
        let json = serde_json::Value::Object(object.clone()).to_string();
        if json.len() <= room {
            return json;
        }
        if texts.pop().is_none() {
            return bare;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_and_json_read_like_the_original() {
        let fields = Fields::new()
            .with("count", 13)
            .with("rms", 0.000123456789)
            .with("bad", f64::NAN)
            .with("time", Value::Seconds(1.26));
        assert_eq!(
            fields.message(),
            "count=13, rms=0.000123457, bad=nan, time=1.3"
        );
        assert_eq!(
            fields.json(),
            r#"{"count":13,"rms":0.000123456789,"bad":null,"time":1.3}"#
        );
    }

    #[test]
    fn warnings_follow_the_values_as_far_as_there_is_room() {
        let warnings = Warnings::default();
        let fields = Fields::new().with("count", 2);
        assert_eq!(fields.json_with(&warnings, 100), r#"{"count":2}"#);
        warnings.add("b.fits: second");
        warnings.add("a.fits: first");
        assert_eq!(
            fields.json_with(&warnings, 100),
            r#"{"count":2,"warnings":2,"warning_texts":["a.fits: first","b.fits: second"]}"#
        );
        assert_eq!(
            fields.json_with(&warnings, 70),
            r#"{"count":2,"warnings":2,"warning_texts":["a.fits: first"]}"#
        );
        assert_eq!(fields.json_with(&warnings, 20), r#"{"count":2}"#);
        assert_eq!(
            Fields::error_json("no", &warnings, 60),
            r#"{"error":"no","warnings":2,"warning_texts":[]}"#
        );
    }

    #[test]
    fn an_error_in_json_is_whole_however_long_the_text() {
        let json = Fields::error_json(&"\"\u{e9}\n".repeat(3000), &Warnings::default(), 4095);
        assert!(json.len() <= 4095);
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert!(value["error"].as_str().unwrap().len() > 1000);
    }
}
