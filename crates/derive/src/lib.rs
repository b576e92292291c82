//! Derives for what is the same in every function of libmontage, so that a member is named where it is
//! declared and nowhere else.
//!
//! - [`Outcome`]: the result of a task as Montage prints it in `msg` and `json`.
//! - [`ReturnStruct`]: the struct that C receives, filled from that result.
//!
//! Both expand to code that names the trait, and for [`Outcome`] also `Fields` and `Value`, as they are
//! in scope where the struct stands.
#![forbid(unsafe_code)]

mod item;

use proc_macro::TokenStream;

use item::{Item, Member};

/// Implements the trait `Outcome` for a struct: its members in the order of their declaration, under
/// their own names.
///
/// `#[value(...)]` on a member says how it is printed:
///
/// - `#[value(Seconds)]`, `#[value(WholeSeconds)]`, `#[value(Fixed, 6)]`: the variant of `Value`, and
///   its further arguments.
/// - `#[value(none)]`: not printed.
///
/// ```
/// use derive::Outcome;
/// # trait Outcome { fn fields(&self) -> Fields; }
/// # enum Value { Int(i32), Seconds(f64) }
/// # impl From<i32> for Value { fn from(value: i32) -> Self { Value::Int(value) } }
/// # struct Fields(String);
/// # impl Fields {
/// #     fn new() -> Self { Fields(String::new()) }
/// #     fn with(self, name: &str, value: impl Into<Value>) -> Self {
/// #         Fields(self.0 + &match value.into() {
/// #             Value::Int(value) => format!("{name}={value} "),
/// #             Value::Seconds(value) => format!("{name}={value:.1} "),
/// #         })
/// #     }
/// # }
///
/// #[derive(Outcome)]
/// struct AddOutcome {
///     count: i32,
///     #[value(none)]
///     names: Vec<String>,
///     #[value(Seconds)]
///     time: f64,
/// }
///
/// let added = AddOutcome { count: 3, names: vec!["a.fits".into()], time: 1.26 };
/// assert_eq!(added.fields().0, "count=3 time=1.3 ");
/// # assert_eq!(added.names.len(), 1);
/// ```
#[proc_macro_derive(Outcome, attributes(value))]
pub fn outcome(input: TokenStream) -> TokenStream {
    expand(input, |item| {
        let values: String = item.members.iter().map(printed).collect();
        Ok(format!(
            "impl Outcome for {} {{
                 #[allow(clippy::clone_on_copy)]
                 fn fields(&self) -> Fields {{ Fields::new(){values} }}
             }}",
            item.name
        ))
    })
}

fn printed(member: &Member) -> String {
    let Member { name, .. } = member;
    match member.attribute("value") {
        None => format!(".with(\"{name}\", self.{name}.clone())"),
        Some("none") => String::new(),
        Some(form) => {
            let (variant, rest) = form.split_once(',').unwrap_or((form, ""));
            format!(".with(\"{name}\", Value::{variant}(self.{name}.clone(), {rest}))")
        }
    }
}

/// Implements the trait `ReturnStruct` for a `repr(C)` struct that begins with `status`, `msg` and
/// `json`. Each further member is filled from the member of the same name of the outcome.
///
/// - `#[outcome(Type)]` on the struct: the outcome that fills it.
/// - `#[from(expression)]` on a member: filled with this instead; the outcome is called `outcome`.
///
/// A member that is a pointer stays NULL: the list that it points to is allocated later.
///
/// Every member must have a type that is valid as zero bytes, which `ReturnStruct::put` checks. A struct
/// that begins otherwise does not compile:
///
/// ```compile_fail
/// #[repr(C)]
/// #[derive(derive::ReturnStruct)]
/// #[outcome(AddOutcome)]
/// struct mAddReturn {
///     status: std::ffi::c_int,
///     time: f64,
/// }
/// ```
#[proc_macro_derive(ReturnStruct, attributes(outcome, from))]
pub fn return_struct(input: TokenStream) -> TokenStream {
    expand(input, |item| {
        let outcome = item.attribute("outcome").ok_or("needs #[outcome(Type)]")?;
        if !item
            .attributes
            .iter()
            .any(|(name, of)| name == "repr" && of == "C")
        {
            return Err("needs #[repr(C)]");
        }
        let [status, msg, json, rest @ ..] = &item.members[..] else {
            return Err("must begin with status, msg and json");
        };
        if [status, msg, json].map(|member| &*member.name) != ["status", "msg", "json"] {
            return Err("must begin with status, msg and json");
        }
        let filled: String = rest.iter().map(filled).collect();
        Ok(format!(
            "// SAFETY: repr(C), checked above; every member is a pointer or of a type that `put` or `head`
             // accept, which are valid as zero bytes.
             unsafe impl ReturnStruct for {} {{
                 type Outcome = {outcome};
                 #[allow(unused_variables)]
                 fn fill(&mut self, outcome: &Self::Outcome) {{ {filled} }}
                 fn head(&mut self) -> (
                     &mut ::std::ffi::c_int,
                     &mut [::std::ffi::c_char; 1024],
                     &mut [::std::ffi::c_char; 4096],
                 ) {{
                     (&mut self.status, &mut self.msg, &mut self.json)
                 }}
             }}",
            item.name
        ))
    })
}

fn filled(member: &Member) -> String {
    let Member { name, kind, .. } = member;
    if kind.starts_with('*') {
        return String::new();
    }
    match member.attribute("from") {
        None => format!("Self::put(&mut self.{name}, &outcome.{name});"),
        Some(value) => format!("Self::put(&mut self.{name}, &({value}));"),
    }
}

/// The code for a struct, or an error at its declaration.
fn expand(
    input: TokenStream,
    code: impl FnOnce(&Item) -> Result<String, &'static str>,
) -> TokenStream {
    let item = Item::parse(input);
    let code =
        code(&item).unwrap_or_else(|why| format!("compile_error!(\"{} {why}\");", item.name));
    code.parse().expect("the code above is Rust")
}
