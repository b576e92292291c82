//! A struct as its declaration says: name, attributes, members.

use std::iter::Peekable;

use proc_macro::{token_stream::IntoIter, Delimiter, TokenStream, TokenTree};

/// The name of an attribute and the text between its parentheses.
type Attribute = (String, String);

/// A struct with named members, or with none.
pub struct Item {
    pub name: String,
    pub attributes: Vec<Attribute>,
    pub members: Vec<Member>,
}

/// A member of a struct.
pub struct Member {
    pub name: String,
    /// Its type.
    pub kind: String,
    attributes: Vec<Attribute>,
}

impl Item {
    /// Reads a declaration that the compiler has accepted.
    pub fn parse(input: TokenStream) -> Self {
        let mut tokens = input.into_iter().peekable();
        let attributes = attributes(&mut tokens);
        let mut tokens = tokens.skip_while(|token| token.to_string() != "struct");
        let name = tokens.nth(1).map(|name| name.to_string());
        let body = tokens.find_map(|token| match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                Some(group.stream())
            }
            _ => None,
        });
        Item {
            name: name.unwrap_or_default(),
            attributes,
            members: body.map(members).unwrap_or_default(),
        }
    }

    pub fn attribute(&self, name: &str) -> Option<&str> {
        named(&self.attributes, name)
    }
}

impl Member {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        named(&self.attributes, name)
    }
}

fn named<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a str> {
    let found = attributes.iter().find(|(given, _)| given == name);
    found.map(|(_, text)| text.as_str())
}

/// Takes the attributes before a declaration.
fn attributes(tokens: &mut Peekable<IntoIter>) -> Vec<Attribute> {
    let mut found = Vec::new();
    while tokens.next_if(|token| token.to_string() == "#").is_some() {
        let Some(TokenTree::Group(group)) = tokens.next() else {
            break;
        };
        let mut parts = group.stream().into_iter();
        let name = parts.next().map(|name| name.to_string());
        let text = match parts.next() {
            Some(TokenTree::Group(arguments)) => arguments.stream().to_string(),
            _ => String::new(),
        };
        found.push((name.unwrap_or_default(), text));
    }
    found
}

fn members(body: TokenStream) -> Vec<Member> {
    let mut tokens = body.into_iter().peekable();
    let mut found = Vec::new();
    while tokens.peek().is_some() {
        let attributes = attributes(&mut tokens);
        // The visibility and the name, up to the colon.
        let before: Vec<TokenTree> = taken_until(&mut tokens, ":");
        let kind: TokenStream = taken_until(&mut tokens, ",").into_iter().collect();
        if let Some(name) = before.last() {
            found.push(Member {
                name: name.to_string(),
                kind: kind.to_string(),
                attributes,
            });
        }
    }
    found
}

/// Takes what stands before a separator, and the separator, outside of angle brackets.
fn taken_until(tokens: &mut Peekable<IntoIter>, separator: &str) -> Vec<TokenTree> {
    let mut depth = 0;
    let mut found = Vec::new();
    for token in tokens {
        match token.to_string().as_str() {
            "<" => depth += 1,
            ">" => depth -= 1,
            text if text == separator && depth == 0 => break,
            _ => {}
        }
        found.push(token);
    }
    found
}
