//! From the syntax tree of handlebars to a program: every name in it is looked up, every value learns its place.
//!
//! The tree is walked by us because the strict mode of handlebars sees neither `{{#if missing}}` nor arguments, and because
//! escaping by place (text, attribute, link) needs to know what stands around a value.

use std::collections::BTreeSet;

use handlebars::template::{BlockParam, DecoratorTemplate, HelperTemplate, Parameter, Template, TemplateElement};
use serde_json::Value;

use super::escape::{self, Slot};
use super::names::{Meaning, Names};
use super::place::{Place, unsafe_link};
use super::program::{Op, Term, Test};
use super::running_link::RunningLink;
use super::terms::{negate, sorted};
use crate::domain::suggestion::did_you_mean;

pub(super) const HELPERS: &[&str] = &["if", "unless", "each", "fallback", "eq", "ne", "not", "and", "or"];
/// A loop over a variable is unrolled; more steps than this are no letter.
const MAX_STEPS: usize = 20_000;

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Medium {
    Header,
    Text,
    Html,
}

/// A complaint at a place in the source text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Complaint {
    /// Line from 1.
    pub line: usize,
    /// Column from 1.
    pub column: usize,
    pub code: &'static str,
    pub message: String,
    pub help: String,
    /// The word to look for behind line and column; may be empty.
    pub word: String,
}

/// A program, with what was noticed on the way.
#[derive(Debug, Default)]
pub(super) struct Lowered {
    pub program: Vec<Op>,
    pub fields: BTreeSet<String>,
    pub complaints: Vec<Complaint>,
}

/// Compiles a parsed template.
pub(super) fn lower(template: &Template, medium: Medium, names: &Names<'_>) -> Lowered {
    let mut lowering = Lowering {
        names,
        medium,
        place: Place::start(),
        link: RunningLink::default(),
        scopes: Vec::new(),
        fields: BTreeSet::new(),
        complaints: Vec::new(),
        at: (1, 1),
        steps: 0,
    };
    let program = lowering.block(template);
    Lowered { program, fields: lowering.fields, complaints: lowering.complaints }
}

pub(super) struct Lowering<'a> {
    pub(super) names: &'a Names<'a>,
    medium: Medium,
    place: Place,
    /// In text, the link we may stand in.
    link: RunningLink,
    /// What block parameters, `this` and `@index` stand for, innermost last.
    pub(super) scopes: Vec<Vec<(String, Value)>>,
    pub(super) fields: BTreeSet<String>,
    complaints: Vec<Complaint>,
    at: (usize, usize),
    steps: usize,
}

impl Lowering<'_> {
    pub(super) fn complain(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
        word: &str,
    ) {
        let complaint = Complaint {
            line: self.at.0,
            column: self.at.1,
            code,
            message: message.into(),
            help: help.into(),
            word: word.to_owned(),
        };
        if !self.complaints.contains(&complaint) {
            self.complaints.push(complaint);
        }
    }

    fn block(&mut self, template: &Template) -> Vec<Op> {
        let mut ops = Vec::new();
        for (i, element) in template.elements.iter().enumerate() {
            self.steps += 1;
            if self.steps > MAX_STEPS {
                self.complain("template-too-long", "the template unrolls to too many steps", "shorten its lists", "");
                return ops;
            }
            if let Some(at) = template.mapping.get(i) {
                self.at = (at.0, at.1);
            }
            self.element(element, &mut ops);
        }
        ops
    }

    fn element(&mut self, element: &TemplateElement, ops: &mut Vec<Op>) {
        match element {
            TemplateElement::RawString(text) => self.literal(text, ops),
            TemplateElement::Comment(_) => {}
            TemplateElement::Expression(call) => {
                if let Some(term) = self.expression(call) {
                    let named = call.params.first().unwrap_or(&call.name).as_name().unwrap_or("");
                    self.value(term, named, ops);
                }
            }
            TemplateElement::HtmlExpression(call) => {
                self.complain(
                    "unescaped-value",
                    "`{{{…}}}` and `{{&…}}` would write a value without escaping it",
                    "write `{{…}}`",
                    "",
                );
                self.expression(call);
            }
            TemplateElement::HelperBlock(call) => self.helper_block(call, ops),
            TemplateElement::PartialExpression(call)
            | TemplateElement::PartialBlock(call)
            | TemplateElement::DecoratorExpression(call)
            | TemplateElement::DecoratorBlock(call) => self.refuse_partial(call),
            _ => self.complain("bad-template", "this is not understood", "write text, values and blocks", ""),
        }
    }

    fn literal(&mut self, text: &str, ops: &mut Vec<Op>) {
        if self.medium == Medium::Html {
            for (message, help) in self.place.pass(text) {
                self.complain("unsafe-html", message, help, "");
            }
        }
        self.link.pass(text);
        push_literal(text, ops);
    }

    fn value(&mut self, term: Term, named: &str, ops: &mut Vec<Op>) {
        let slot = match self.medium {
            Medium::Header => Ok(Slot::Header),
            Medium::Text if self.link.is_open() => Ok(Slot::LinkPart),
            Medium::Text => Ok(Slot::Text),
            Medium::Html => self.place.slot(),
        };
        let slot = match slot {
            Ok(slot) => slot,
            Err((message, help)) => return self.complain("misplaced-value", message, help, named),
        };
        let Term::Constant(text) = &term else {
            self.link.pass_value();
            ops.push(Op::Value(term, slot));
            return;
        };
        let mut written = String::new();
        // An author's own lines stay lines where the place has lines; a contact's value never brings any.
        let lines: Vec<&str> = match slot {
            Slot::Text | Slot::Html => text.lines().collect(),
            _ => vec![text],
        };
        let outcome = lines.iter().enumerate().try_for_each(|(i, line)| {
            written.push_str(if i > 0 { "\n" } else { "" });
            escape::write(line, slot, &mut written)
        });
        match outcome {
            Ok(()) => {
                self.link.pass(&written);
                push_literal(&written, ops);
            }
            Err(_) => {
                let (message, help) = unsafe_link(text);
                self.complain("unsafe-link", message, help, named);
            }
        }
    }

    /// A partial has no file to come from; its arguments are looked at all the same, so that every mistake shows at once.
    fn refuse_partial(&mut self, call: &DecoratorTemplate) {
        let name = call.name.as_name().unwrap_or("").to_owned();
        for parameter in call.params.iter().chain(sorted(&call.hash)) {
            self.term(parameter);
        }
        self.complain(
            "unknown-partial",
            format!("no partial `{name}`: templates have no partials"),
            "write the words here, or put what all letters share into the layout",
            &name,
        );
        if let Some(inner) = &call.template {
            self.block(inner);
        }
    }

    fn helper_block(&mut self, call: &HelperTemplate, ops: &mut Vec<Op>) {
        let name = call.name.as_name().unwrap_or("").to_owned();
        let at = self.at;
        match name.as_str() {
            "if" | "unless" => {
                if !self.takes(call, &name, 1..=1) {
                    return;
                }
                let test = call.params.first().and_then(|p| self.test(p));
                let test = test.map(|t| if name == "unless" { negate(t) } else { t });
                self.branch(test.unwrap_or(Test::Always(false)), call, at, ops);
            }
            "each" => self.each(call, ops),
            _ => {
                self.unknown_helper(&name);
                for parameter in call.params.iter().chain(sorted(&call.hash)) {
                    self.term(parameter);
                }
                for inner in [&call.template, &call.inverse].into_iter().flatten() {
                    self.block(inner);
                }
            }
        }
    }

    fn branch(&mut self, test: Test, call: &HelperTemplate, at: (usize, usize), ops: &mut Vec<Op>) {
        let (before, link_before) = (self.place.clone(), self.link.clone());
        let then = call.template.as_ref().map(|t| self.block(t)).unwrap_or_default();
        let after = std::mem::replace(&mut self.place, before);
        let link_after = std::mem::replace(&mut self.link, link_before);
        let otherwise = call.inverse.as_ref().map(|t| self.block(t)).unwrap_or_default();
        // Open on one way is open: encoding a value too much is legible, one too little leads elsewhere.
        if link_after.is_open() {
            self.link = link_after;
        }
        if !after.agrees_with(&self.place) {
            self.at = at;
            self.complain(
                "uneven-block",
                "this block opens or closes HTML on one of its ways only",
                "keep whole elements inside the block",
                "",
            );
        }
        match test {
            Test::Always(known) => ops.extend(if known { then } else { otherwise }),
            test => ops.push(Op::Branch { test, then, otherwise }),
        }
    }

    fn each(&mut self, call: &HelperTemplate, ops: &mut Vec<Op>) {
        if !self.takes(call, "each", 1..=1) {
            return;
        }
        let list = match call.params.first().map(|p| self.meaning_of(p)) {
            Some(Some(Meaning::Constant(Value::Array(list)))) => list,
            Some(None) => return,
            _ => {
                let help = "`each` goes over a list in the campaign's [variables]";
                return self.complain("not-a-list", "this is no list", help, "");
            }
        };
        let block_names: Vec<String> = match &call.block_param {
            Some(BlockParam::Single(item)) => item.as_name().into_iter().map(str::to_owned).collect(),
            Some(BlockParam::Pair((item, index))) => {
                [item, index].into_iter().filter_map(Parameter::as_name).map(str::to_owned).collect()
            }
            _ => Vec::new(),
        };
        if list.is_empty() {
            ops.extend(call.inverse.as_ref().map(|t| self.block(t)).unwrap_or_default());
            return;
        }
        let last = list.len() - 1;
        for (i, item) in list.into_iter().enumerate() {
            let mut scope = vec![
                ("@index".to_owned(), Value::from(i)),
                ("@first".to_owned(), Value::from(i == 0)),
                ("@last".to_owned(), Value::from(i == last)),
            ];
            if let Some(name) = block_names.get(1) {
                scope.push((name.clone(), Value::from(i)));
            }
            if let Some(name) = block_names.first() {
                scope.push((name.clone(), item.clone()));
            }
            scope.push(("this".to_owned(), item));
            self.scopes.push(scope);
            let before = self.place.clone();
            ops.extend(call.template.as_ref().map(|t| self.block(t)).unwrap_or_default());
            if self.medium == Medium::Html && !before.agrees_with(&self.place) {
                self.complain("uneven-block", "this loop leaves HTML open", "keep whole elements inside it", "");
            }
            self.scopes.pop();
        }
    }

    pub(super) fn takes(&mut self, call: &HelperTemplate, name: &str, count: std::ops::RangeInclusive<usize>) -> bool {
        for parameter in sorted(&call.hash) {
            self.term(parameter);
        }
        let sound = count.contains(&call.params.len()) && call.hash.is_empty();
        if !sound {
            for parameter in &call.params {
                self.term(parameter);
            }
            let wanted = match (count.start(), count.end()) {
                (1, 1) => "one argument".to_owned(),
                (a, b) if a == b => format!("{a} arguments"),
                (a, _) => format!("{a} or more arguments"),
            };
            let example = match name {
                "fallback" => "`{{fallback given_name \"colleague\"}}`",
                "eq" | "ne" => "`{{#if (eq tier \"community\")}}`",
                "each" => "`{{#each event.days as |day|}}`",
                _ => "`{{#if organisation}}`",
            };
            self.complain("bad-arguments", format!("`{name}` takes {wanted}"), format!("for example {example}"), name);
        }
        sound
    }

    pub(super) fn unknown_helper(&mut self, name: &str) {
        let guess = did_you_mean(name, HELPERS.iter().copied());
        let help = if guess.is_empty() { format!("there are {}", HELPERS.join(", ")) } else { guess };
        self.complain("unknown-helper", format!("no helper `{name}`"), help, name);
    }
}

fn push_literal(text: &str, ops: &mut Vec<Op>) {
    match ops.last_mut() {
        Some(Op::Literal(before)) => before.push_str(text),
        _ if text.is_empty() => {}
        _ => ops.push(Op::Literal(text.to_owned())),
    }
}
