//! One variant and its layout become three programs: subject, HTML, text.

use std::collections::BTreeSet;

use super::layout::{self, Layout};
use super::lower::{self, Complaint, Medium};
use super::names::Names;
use super::program::{self, Op};
use super::source::{self, Form, Source};
use super::values::OF_MESSAGE;
use super::{KnownNames, Variant, escape, html_text, lint, markdown, tags};
use crate::domain::language::Direction;
use crate::domain::problem::Problem;
use crate::domain::suggestion::did_you_mean;

/// A piece of template text and the file it comes from.
struct Origin<'a> {
    path: &'a str,
    whole: &'a str,
    text: &'a str,
}

impl Origin<'_> {
    /// Turns a complaint about the text into a problem of the file.
    fn problem(&self, complaint: &Complaint) -> Problem {
        let start = self.whole.rfind(self.text).unwrap_or(0);
        let line_start: usize =
            self.text.split_inclusive('\n').take(complaint.line.saturating_sub(1)).map(str::len).sum();
        let line = self.text.get(line_start..).unwrap_or("");
        let column: usize = line.chars().take(complaint.column.saturating_sub(1)).map(char::len_utf8).sum();
        let mut at = line_start + column;
        if !complaint.word.is_empty() {
            let behind = self.text.get(at..).and_then(|t| t.find(&complaint.word)).map(|i| at + i);
            at = behind.or_else(|| self.text.find(&complaint.word)).unwrap_or(at);
        }
        let before = self.whole.get(..start + at).unwrap_or("");
        Problem::at(
            self.path,
            before.matches('\n').count() + 1,
            before.rsplit('\n').next().unwrap_or("").chars().count() + 1,
            complaint.code,
            &complaint.message,
            &complaint.help,
        )
    }
}

/// Compiles one variant within its layout.
///
/// # Errors
/// Every problem of its files.
pub(super) fn variant(source: &Source, layout: &Layout, known: &KnownNames) -> Result<Variant, Vec<Problem>> {
    let frame = layout::constants(&known.sender, &source.language);
    let names = Names {
        columns: &known.columns,
        variables: &known.variables,
        frame: &frame,
        of_message: OF_MESSAGE,
        language: &source.language,
        default_language: &known.default_language,
    };
    let problems = check_sources(source, layout, &names);
    if !problems.is_empty() {
        return Err(problems);
    }
    let body = match source.form {
        Form::Markdown => markdown::convert(&source.body),
        Form::Html => {
            let text = html_text::convert(&source.body).map_err(|e| {
                let help = "give the text part in a file of its own, `<language>.txt`";
                vec![Problem::in_file(&source.path, "no-text", format!("no text part can be made of it: {e}"), help)]
            })?;
            markdown::Body { html: source.body.clone(), text }
        }
    };
    let text_body = source.text.as_ref().map_or(&body.text, |(_, text)| text);
    let html = framed(&layout.html, source, layout, &body.html, Medium::Html)
        .map_err(|c| vec![Origin { path: &layout.html_path, whole: &layout.html, text: &layout.html }.problem(&c)])?;
    let text = framed(&layout.text, source, layout, text_body, Medium::Text)
        .map_err(|c| vec![Origin { path: &layout.text_path, whole: &layout.text, text: &layout.text }.problem(&c)])?;
    let html = inline_styles(&html).map_err(|e| {
        vec![Problem::in_file(
            &layout.html_path,
            "bad-style",
            format!("the styles cannot be read: {e}"),
            "check its CSS",
        )]
    })?;
    assemble(source, layout, &names, &html, &text)
}

/// Looks up every name in every file of a variant, so that each problem is shown where its author wrote it.
fn check_sources(source: &Source, layout: &Layout, names: &Names<'_>) -> Vec<Problem> {
    let body_medium = if source.form == Form::Html { Medium::Html } else { Medium::Text };
    let mut parts = vec![
        (Origin { path: &source.path, whole: &source.whole, text: &source.subject }, Medium::Header),
        (Origin { path: &source.path, whole: &source.whole, text: &source.preheader }, Medium::Header),
        (Origin { path: &source.path, whole: &source.whole, text: &source.body }, body_medium),
    ];
    if let Some((path, text)) = &source.text {
        parts.push((Origin { path, whole: text, text }, Medium::Text));
    }
    let path = &layout.strings_path;
    parts.extend(layout.strings.values().map(|text| (Origin { path, whole: text, text }, Medium::Text)));
    let mut problems = Vec::new();
    for (origin, medium) in &parts {
        match source::parse(origin.text) {
            Err(complaint) => problems.push(origin.problem(&complaint)),
            Ok(template) => {
                let lowered = lower::lower(&template, *medium, names);
                problems.extend(lowered.complaints.iter().map(|c| origin.problem(c)));
            }
        }
    }
    for (path, text) in [(&layout.html_path, &layout.html), (&layout.text_path, &layout.text)] {
        let origin = Origin { path, whole: text, text };
        let known = |name: &str| (layout::PARTS.contains(&name) || layout.strings.contains_key(name)).then(String::new);
        let parsed = layout::splice(text, known)
            .map_err(|unknown| unknown_part(unknown, layout))
            .and_then(|text| source::parse(&text));
        match parsed {
            Err(complaint) => problems.push(origin.problem(&complaint)),
            // Where its values stand is judged once the whole letter is put together.
            Ok(template) => {
                let lowered = lower::lower(&template, Medium::Text, names);
                problems.extend(lowered.complaints.iter().map(|c| origin.problem(c)));
            }
        }
    }
    problems
}

fn unknown_part((line, column, name): (usize, usize, String), layout: &Layout) -> Complaint {
    let known = layout::PARTS.iter().copied().chain(layout.strings.keys().map(String::as_str));
    let guess = did_you_mean(&name, known);
    let help = if guess.is_empty() {
        format!("a layout takes in body, subject, preheader, and what {} holds in every language", layout.strings_path)
    } else {
        guess
    };
    Complaint {
        line,
        column,
        code: "unknown-partial",
        message: format!("nothing is called `{name}`"),
        help,
        word: name,
    }
}

/// The layout with a variant's parts and the frame's words put in, still with its expressions.
fn framed(frame: &str, source: &Source, layout: &Layout, body: &str, medium: Medium) -> Result<String, Complaint> {
    let plain = |text: &str| match medium {
        Medium::Html => escape_literals(text),
        Medium::Header | Medium::Text => text.to_owned(),
    };
    layout::splice(frame, |name| match name {
        "body" => Some(body.trim_end().to_owned()),
        "subject" => Some(plain(&source.subject)),
        "preheader" => Some(plain(&source.preheader)),
        _ => layout.strings.get(name).map(|text| plain(text)),
    })
    .map_err(|unknown| unknown_part(unknown, layout))
}

/// Escapes what stands around expressions.
fn escape_literals(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in tags::pieces(text) {
        match piece {
            tags::Piece::Text(text) => escape::html(text, &mut out),
            tags::Piece::Tag(_, tag) => out.push_str(tag),
        }
    }
    out
}

/// Moves the rules of `<style>` onto the elements, because many mail programs read no style sheets; `@media` stays.
fn inline_styles(html: &str) -> Result<String, String> {
    let shielded = markdown::shield_html(html);
    let inliner = css_inline::CSSInliner::options().keep_at_rules(true).load_remote_stylesheets(false).build();
    let inlined = inliner.inline(&shielded.text).map_err(|e| e.to_string())?;
    Ok(shielded.restore(&inlined))
}

fn assemble(
    source: &Source,
    layout: &Layout,
    names: &Names<'_>,
    html: &str,
    text: &str,
) -> Result<Variant, Vec<Problem>> {
    let whole = Origin { path: &source.path, whole: &source.whole, text: &source.whole };
    let mut problems = Vec::new();
    let mut fields = BTreeSet::new();
    let mut lowered = |text: &str, medium: Medium| -> Vec<Op> {
        match source::parse(text) {
            Err(complaint) => {
                problems.push(Problem::in_file(&source.path, complaint.code, complaint.message, complaint.help));
                Vec::new()
            }
            Ok(template) => {
                let done = lower::lower(&template, medium, names);
                problems.extend(done.complaints.iter().map(|c| {
                    // Line and column speak of the assembled letter; what is complained about leads back to the file.
                    let quoted = c.message.split('`').nth(1).unwrap_or("").to_owned();
                    let word = if c.word.is_empty() { quoted } else { c.word.clone() };
                    let (path, whole) = [(&source.path, &source.whole), (&layout.html_path, &layout.html)]
                        .into_iter()
                        .find(|(_, whole)| whole.contains(&word))
                        .unwrap_or((&source.path, &source.whole));
                    Origin { path, whole, text: whole }.problem(&Complaint { line: 1, column: 1, word, ..c.clone() })
                }));
                fields.extend(done.fields);
                done.program
            }
        }
    };
    let subject = lowered(&source.subject, Medium::Header);
    let html = lowered(html, Medium::Html);
    let text = lowered(text, Medium::Text);
    for (program, find) in [
        (&subject, lint::leftovers as fn(&str) -> Vec<lint::Leftover>),
        (&text, lint::leftovers),
        (&html, lint::leftovers_in_markup),
    ] {
        program::each_literal(program, &mut |literal| {
            for leftover in find(literal) {
                problems.push(whole.problem(&Complaint {
                    line: 1,
                    column: 1,
                    code: "leftover",
                    message: format!("`{}` was left to be filled in", leftover.what),
                    help: "write what belongs there".to_owned(),
                    word: leftover.what,
                }));
            }
        });
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    fields.retain(|f| !OF_MESSAGE.contains(&f.as_str()));
    let direction = source.language.direction();
    Ok(Variant {
        subject,
        html: if direction == Direction::RightToLeft { program::isolate(html) } else { html },
        text,
        fields,
        sources: layout.sources.clone(),
        labels: layout.labels.clone(),
        has_borrowed_frame: layout.is_borrowed,
    })
}
