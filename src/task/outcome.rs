//! What a task hands back, and how it reads in `msg` (Montage's `name=value, ...`) and `json`.

use crate::io::cformat::{fixed, general};

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

/// Implemented by every task's outcome.
pub trait Outcome {
    /// The values of `msg` and `json`, in order; both may be empty.
    fn fields(&self) -> Fields;
}

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
        let object: serde_json::Map<String, serde_json::Value> = self
            .0
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
            .collect();
        serde_json::Value::Object(object).to_string()
    }

    /// `{"error":"..."}` in at most `room` bytes; the text is shortened when it must be.
    pub fn error_json(text: &str, room: usize) -> String {
        let mut end = text.len();
        loop {
            let json = serde_json::json!({ "error": &text[..end] }).to_string();
            if json.len() <= room {
                return json;
            }
            // Escapes make the length of the JSON unpredictable: by eighths until it fits.
            end = text.floor_char_boundary(end / 8 * 7);
        }
    }
}

/// The numbers of an outcome, from its struct: names and values in the order given.
#[macro_export]
macro_rules! impl_outcome {
    ($name:ty { $($member:ident),* $(,)? }) => {
        impl $crate::task::outcome::Outcome for $name {
            fn fields(&self) -> $crate::task::outcome::Fields {
                $crate::task::outcome::Fields::new()
                    $( .with(stringify!($member), self.$member) )*
            }
        }
    };
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
    fn an_error_in_json_is_whole_however_long_the_text() {
        let json = Fields::error_json(&"\"\u{e9}\n".repeat(3000), 4095);
        assert!(json.len() <= 4095);
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert!(value["error"].as_str().unwrap().len() > 1000);
    }
}
