//! Where in an HTML text we stand: between tags, in an attribute, in a link. Follows the tokenizer of WHATWG HTML §13.2.5
//! as far as well-formed letters need it, and refuses what a letter must not hold.

use super::escape::{Slot, link_is_safe};

/// Attributes that hold a link.
const LINKS: &[&str] = &["href", "src", "action", "background", "cite", "formaction", "poster", "data", "longdesc"];
/// Elements without an end tag.
const VOID: &[&str] =
    &["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];
/// Elements a letter must not hold: they run code, load pages, or ask for input.
const REFUSED: &[&str] = &["script", "iframe", "object", "embed", "form", "base", "applet", "frame"];

#[derive(Debug, Clone, PartialEq)]
enum State {
    Text,
    /// Inside `<style>` or `<title>`, up to its end tag.
    Raw(String),
    /// Directly after `<`, collecting the name.
    Tag(String),
    Comment(String),
    /// Between attributes; the name collected so far.
    Attributes(String),
    /// After `name=`.
    BeforeValue(String),
    Quoted {
        quote: char,
        name: String,
        text: String,
        dynamic: bool,
    },
    Unquoted {
        name: String,
        text: String,
    },
}

/// A position in an HTML text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    state: State,
    element: String,
    closing: bool,
    open: Vec<String>,
}

impl Place {
    /// The beginning of a document.
    pub fn start() -> Self {
        Self { state: State::Text, element: String::new(), closing: false, open: Vec::new() }
    }

    /// Whether two ways through a branch lead to the same place, with the same elements open.
    pub fn agrees_with(&self, other: &Place) -> bool {
        let quoted = |p: &Place| match &p.state {
            State::Quoted { quote, name, .. } => Some((*quote, name.clone())),
            _ => None,
        };
        self.open == other.open
            && std::mem::discriminant(&self.state) == std::mem::discriminant(&other.state)
            && quoted(self) == quoted(other)
    }

    /// Moves over literal text. Returns what is wrong with it, as message and help.
    pub fn pass(&mut self, text: &str) -> Vec<(String, String)> {
        let mut wrong = Vec::new();
        for c in text.chars() {
            let state = std::mem::replace(&mut self.state, State::Text);
            self.state = self.step(state, c, &mut wrong);
        }
        wrong
    }

    fn step(&mut self, state: State, c: char, wrong: &mut Vec<(String, String)>) -> State {
        match state {
            State::Text if c == '<' => State::Tag(String::new()),
            State::Text => State::Text,
            State::Raw(mut end) => {
                end.push(c.to_ascii_lowercase());
                let tag = format!("</{}>", self.element);
                match tag.starts_with(&end) {
                    true if end == tag => {
                        self.open.pop();
                        State::Text
                    }
                    true => State::Raw(end),
                    false => State::Raw(if c == '<' { "<".to_owned() } else { String::new() }),
                }
            }
            State::Tag(name) => self.step_in_tag_name(name, c, wrong),
            State::Comment(mut end) => {
                end.push(c);
                if end.ends_with("-->") { State::Text } else { State::Comment(tail(end)) }
            }
            State::Attributes(name) => match c {
                '>' => self.end_of_tag(),
                '=' => State::BeforeValue(name),
                c if c.is_whitespace() || c == '/' => State::Attributes(String::new()),
                c => State::Attributes(name + &c.to_lowercase().to_string()),
            },
            State::BeforeValue(name) => match c {
                '"' | '\'' => {
                    check_attribute(&name, wrong);
                    State::Quoted { quote: c, name, text: String::new(), dynamic: false }
                }
                '>' => self.end_of_tag(),
                c if c.is_whitespace() => State::BeforeValue(name),
                c => {
                    check_attribute(&name, wrong);
                    State::Unquoted { name, text: c.to_string() }
                }
            },
            State::Quoted { quote, name, text, dynamic } if c == quote => {
                if !dynamic {
                    self.check_link(&name, &text, wrong);
                }
                State::Attributes(String::new())
            }
            State::Quoted { quote, name, text, dynamic } => {
                State::Quoted { quote, name, text: text + &c.to_string(), dynamic }
            }
            State::Unquoted { name, text } => match c {
                c if c == '>' || c.is_whitespace() => {
                    self.check_link(&name, &text, wrong);
                    if c == '>' { self.end_of_tag() } else { State::Attributes(String::new()) }
                }
                c => State::Unquoted { name, text: text + &c.to_string() },
            },
        }
    }

    fn step_in_tag_name(&mut self, mut name: String, c: char, wrong: &mut Vec<(String, String)>) -> State {
        match c {
            '/' if name.is_empty() => State::Tag("/".to_owned()),
            c if c.is_whitespace() && name.is_empty() => State::Text,
            c if c == '>' || c == '/' || c.is_whitespace() => {
                self.closing = name.starts_with('/');
                self.element = name.trim_start_matches('/').to_ascii_lowercase();
                if REFUSED.contains(&self.element.as_str()) {
                    wrong.push((
                        format!("a letter cannot hold `<{}>`", self.element),
                        "mail programs drop it, and spam filters count it against us; take it out".to_owned(),
                    ));
                }
                if c == '>' { self.end_of_tag() } else { State::Attributes(String::new()) }
            }
            c => {
                name.push(c);
                if name == "!--" { State::Comment(String::new()) } else { State::Tag(name) }
            }
        }
    }

    fn end_of_tag(&mut self) -> State {
        if self.element.starts_with('!') {
            return State::Text;
        }
        if self.closing {
            // Optional end tags (`</p>`, `</li>`) may have been left out: close up to the matching one.
            if let Some(at) = self.open.iter().rposition(|e| *e == self.element) {
                self.open.truncate(at);
            }
            return State::Text;
        }
        if VOID.contains(&self.element.as_str()) {
            return State::Text;
        }
        self.open.push(self.element.clone());
        if matches!(self.element.as_str(), "style" | "title") { State::Raw(String::new()) } else { State::Text }
    }

    fn check_link(&self, name: &str, link: &str, wrong: &mut Vec<(String, String)>) {
        if !LINKS.contains(&name) || link.starts_with('#') || self.element == "html" {
            return;
        }
        if !link_is_safe(link) {
            wrong.push(unsafe_link(link));
        }
    }

    /// How a value standing here is to be written. Remembers that a link's beginning is taken.
    ///
    /// # Errors
    /// Message and help, where no value may stand.
    pub fn slot(&mut self) -> Result<Slot, (String, String)> {
        match &mut self.state {
            State::Text => Ok(Slot::Html),
            State::Raw(_) if self.element == "title" => Ok(Slot::Attribute),
            State::Quoted { name, text, dynamic, .. } => {
                if name == "style" || name.starts_with("on") {
                    return Err(nowhere("inside a style or a script"));
                }
                if !LINKS.contains(&name.as_str()) {
                    return Ok(Slot::Attribute);
                }
                let begins = text.trim().is_empty() && !*dynamic;
                if !begins && !*dynamic && !link_is_safe(text) {
                    return Err(unsafe_link(text));
                }
                *dynamic = true;
                Ok(if begins { Slot::Link } else { Slot::LinkPart })
            }
            State::Raw(_) => Err(nowhere("inside a style")),
            State::Comment(_) => Err(nowhere("inside a comment")),
            State::Tag(_) | State::Attributes(_) => Err(nowhere("inside a tag, outside its attributes' quotes")),
            State::BeforeValue(_) | State::Unquoted { .. } => Err(nowhere("in an attribute without quotes")),
        }
    }
}

/// The last two characters, enough to see `-->` come.
fn tail(text: String) -> String {
    let skip = text.chars().count().saturating_sub(2);
    text.chars().skip(skip).collect()
}

fn nowhere(place: &str) -> (String, String) {
    (format!("a value cannot stand {place}"), "put it between tags or into a quoted attribute".to_owned())
}

/// The problem of a link that leads nowhere good.
pub(super) fn unsafe_link(link: &str) -> (String, String) {
    let shown: String = link.chars().take(60).collect();
    (
        format!("the link `{shown}` is neither https:, http: nor mailto:"),
        "give the whole address, beginning with https://".to_owned(),
    )
}

fn check_attribute(name: &str, wrong: &mut Vec<(String, String)>) {
    if name.starts_with("on") {
        wrong.push((
            format!("a letter cannot hold a script (`{name}=`)"),
            "mail programs drop it, and spam filters count it against us; take it out".to_owned(),
        ));
    }
}
