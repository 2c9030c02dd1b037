//! A compiled template: literal text, values and branches, in order. Running it is all that happens per message.

use super::RenderError;
use super::escape::{self, Slot, UnsafeLink};
use super::values::Values;

/// A part may not grow beyond this many octets, whatever the contact's data hold (message.md: at most 100 kB a message).
pub(super) const MAX_OUTPUT: usize = 96 * 1024;

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Op {
    /// Text that is the same for everybody, escaped already.
    Literal(String),
    /// A value of the contact.
    Value(Term, Slot),
    /// One of two ways.
    Branch { test: Test, then: Vec<Op>, otherwise: Vec<Op> },
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Term {
    /// A field of the contact.
    Field(String),
    /// A constant of the campaign, or written in the template.
    Constant(String),
    /// The first that is not empty; a final constant counts even if empty, because then its author wrote it so.
    First(Vec<Term>),
}

/// What a branch depends on.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Test {
    /// The value is not empty.
    Filled(Term),
    /// Both values are equal.
    Same(Term, Term),
    /// The contrary.
    Not(Box<Test>),
    /// All hold.
    All(Vec<Test>),
    /// One holds.
    Any(Vec<Test>),
    /// Known when compiled.
    Always(bool),
}

impl Term {
    /// The value for this contact; empty where there is none.
    fn value<'a>(&'a self, values: &Values<'a>) -> &'a str {
        match self {
            Term::Field(name) => values.raw(name),
            Term::Constant(text) => text,
            Term::First(options) => options.iter().map(|o| o.value(values)).find(|v| !v.is_empty()).unwrap_or(""),
        }
    }

    /// The value as its reader sees it: regions and the like in the language of the letter.
    fn shown<'a>(&'a self, values: &Values<'a>) -> &'a str {
        match self {
            Term::Field(name) => values.shown(name),
            Term::Constant(text) => text,
            Term::First(options) => options.iter().map(|o| o.shown(values)).find(|v| !v.is_empty()).unwrap_or(""),
        }
    }

    /// Whether an empty result is what the author wrote.
    fn may_be_empty(&self) -> bool {
        match self {
            Term::Field(_) => false,
            Term::Constant(_) => true,
            Term::First(options) => options.last().is_some_and(Term::may_be_empty),
        }
    }

    /// The field whose emptiness is to blame.
    fn field(&self) -> &str {
        match self {
            Term::Field(name) => name,
            Term::Constant(_) => "",
            Term::First(options) => options.first().map_or("", Term::field),
        }
    }
}

impl Test {
    fn holds(&self, values: &Values<'_>) -> bool {
        match self {
            Test::Filled(term) => !term.value(values).is_empty(),
            Test::Same(a, b) => a.value(values) == b.value(values),
            Test::Not(test) => !test.holds(values),
            Test::All(tests) => tests.iter().all(|t| t.holds(values)),
            Test::Any(tests) => tests.iter().any(|t| t.holds(values)),
            Test::Always(known) => *known,
        }
    }
}

/// What a program writes on.
pub(super) trait Page {
    /// Text that is escaped already.
    fn literal(&mut self, text: &str);
    /// A value, escaped for where it stands.
    fn value(&mut self, value: &str, slot: Slot) -> Result<(), UnsafeLink>;
    /// Octets written so far.
    fn length(&self) -> usize;
}

impl Page for String {
    fn literal(&mut self, text: &str) {
        self.push_str(text);
    }

    fn value(&mut self, value: &str, slot: Slot) -> Result<(), UnsafeLink> {
        escape::write(value, slot, self)
    }

    fn length(&self) -> usize {
        self.len()
    }
}

/// A page that keeps nothing but its length: for finding out whether a letter could be written.
#[derive(Debug, Default)]
pub(super) struct Measure {
    length: usize,
    value: String,
}

impl Page for Measure {
    fn literal(&mut self, text: &str) {
        self.length += text.len();
    }

    fn value(&mut self, value: &str, slot: Slot) -> Result<(), UnsafeLink> {
        self.value.clear();
        escape::write(value, slot, &mut self.value)?;
        self.length += self.value.len();
        Ok(())
    }

    fn length(&self) -> usize {
        self.length
    }
}

/// Runs a program for one contact.
pub(super) fn run(program: &[Op], values: &Values<'_>, out: &mut impl Page) -> Result<(), RenderError> {
    for op in program {
        match op {
            Op::Literal(text) => out.literal(text),
            Op::Value(term, slot) => write_value(term, *slot, values, out)?,
            Op::Branch { test, then, otherwise } => {
                run(if test.holds(values) { then } else { otherwise }, values, out)?;
            }
        }
        if out.length() > MAX_OUTPUT {
            return Err(RenderError::TooLong);
        }
    }
    Ok(())
}

fn write_value(term: &Term, slot: Slot, values: &Values<'_>, out: &mut impl Page) -> Result<(), RenderError> {
    let value = term.shown(values);
    if escape::clean(value).is_empty() && !term.may_be_empty() {
        return Err(RenderError::MissingValue { field: term.field().to_owned() });
    }
    out.value(value, slot).map_err(|UnsafeLink| RenderError::UnsafeLink { field: term.field().to_owned() })
}

/// Calls `see` with every literal of a program, in order, whichever way branches go.
pub(super) fn each_literal<'a>(program: &'a [Op], see: &mut dyn FnMut(&'a str)) {
    for op in program {
        match op {
            Op::Literal(text) => see(text),
            Op::Value(..) => {}
            Op::Branch { then, otherwise, .. } => {
                each_literal(then, see);
                each_literal(otherwise, see);
            }
        }
    }
}

/// Keeps values apart from the writing direction around them: a Latin name in an Arabic sentence must not drag the
/// punctuation along (HTML `<bdi>`).
pub(super) fn isolate(program: Vec<Op>) -> Vec<Op> {
    let mut out = Vec::with_capacity(program.len());
    for op in program {
        match op {
            Op::Value(term, Slot::Html) => {
                out.push(Op::Literal("<bdi>".to_owned()));
                out.push(Op::Value(term, Slot::Html));
                out.push(Op::Literal("</bdi>".to_owned()));
            }
            Op::Branch { test, then, otherwise } => {
                out.push(Op::Branch { test, then: isolate(then), otherwise: isolate(otherwise) });
            }
            op => out.push(op),
        }
    }
    out
}
