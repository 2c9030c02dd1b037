//! Templates: one file per language, checked when loaded, then quick to render.
//!
//! A template is a folder `templates/<name>/` with one file per language (`en.md`, `ar.md`, or `.html`): TOML front matter
//! between `+++` lines (`subject`, `preheader`, `layout`), then the body in Markdown or HTML with handlebars expressions.
//! `templates/layouts/<layout>.html`, `.txt` and `.toml` give the frame.
//!
//! # What an expression may say
//! - `{{given_name}}` writes a contact field, a custom column or a campaign variable (`{{event.name}}`). A contact for whom
//!   the field is empty is held back as `missing_value`: nobody reads "Dear ,".
//! - `{{fallback given_name "colleague"}}` writes the first of its arguments that is not empty.
//! - `{{#if organisation}} … {{else}} … {{/if}}`, `{{#unless …}}`, with `(eq tier "community")`, `ne`, `not`, `and`, `or`.
//!   Asking whether a field is empty is always allowed.
//! - `{{#each event.links as |link|}} … {{/each}}` goes over a list of the campaign's variables.
//! - A variable that is a table keyed by language tags alone (`event.dates = { en = "…", fr = "…" }`) stands for its entry in
//!   the variant's language, else in that language's base, else in the campaign's default language.
//!
//! Contact data is data: a value is escaped for where it stands and never evaluated; where a link begins, only `https:`,
//! `http:` and `mailto:` pass.

pub mod choice;
pub mod escape;
mod html_text;
mod layout;
pub mod lint;
mod lower;
mod markdown;
mod names;
mod place;
mod program;
mod source;
mod tags;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

pub use names::CONTACT_FIELDS;
pub use values::Fields;

use crate::domain::language::{Direction, LanguageTag};
use crate::domain::problem::Problem;
use layout::Layout;
use lower::{Complaint, Medium};
use names::Names;
use program::Op;
use source::{Form, Source};
use values::{Labels, OF_MESSAGE, Values};

/// The names a template may use, beyond the contact fields.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownNames {
    /// Custom columns of the contact lists.
    pub columns: BTreeSet<String>,
    /// Campaign variables.
    pub variables: Map<String, Value>,
    /// The campaign's default language.
    pub default_language: LanguageTag,
    /// Who sends, for the frame.
    pub sender: Sender,
}

/// Who sends, as the frame shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// Name of the organisation.
    pub name: String,
    /// Its postal address; may have several lines.
    pub postal_address: String,
}

/// All variants of one template, ready to render.
#[derive(Debug, Clone)]
pub struct TemplateSet {
    variants: BTreeMap<LanguageTag, Variant>,
}

#[derive(Debug, Clone)]
struct Variant {
    subject: Vec<Op>,
    html: Vec<Op>,
    text: Vec<Op>,
    fields: BTreeSet<String>,
    sources: BTreeMap<String, String>,
    labels: Labels,
}

/// What belongs to one message and not to the contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PerMessage<'a> {
    /// Opt-out link shown in both parts: `https:` or `mailto:`.
    pub opt_out_url: &'a str,
    /// Code of where the address comes from; shown by its translated label only.
    pub source: &'a str,
}

/// A rendered letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Subject, on one line.
    pub subject: String,
    /// HTML part.
    pub html: String,
    /// Text part; lines end with `\n`.
    pub text: String,
}

/// Why a contact gets no letter from this template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// A value is needed and empty.
    #[error("`{field}` is empty and has no fallback")]
    MissingValue {
        /// Contact field or column.
        field: String,
    },
    /// A value would begin a link that leads nowhere good.
    #[error("`{field}` is no link that may be sent")]
    UnsafeLink {
        /// Contact field or column.
        field: String,
    },
    /// The letter grows beyond what a message may be.
    #[error("the letter is too long")]
    TooLong,
    /// There is no such variant.
    #[error("there is no variant in `{0}`")]
    NoVariant(String),
}

impl TemplateSet {
    /// Compiles every variant of a template and checks every name in it.
    ///
    /// `sources` holds the files by path, such as `templates/participation-invitation/en.md` and
    /// `templates/layouts/default.html`.
    ///
    /// # Errors
    /// Every problem found, in the order of the files.
    pub fn compile(
        sources: &BTreeMap<String, String>,
        template: &str,
        names: &KnownNames,
    ) -> Result<Self, Vec<Problem>> {
        let mut variants = BTreeMap::new();
        let mut problems = Vec::new();
        for source in source::read(sources, template)? {
            let compiled = layout::read(sources, &source.layout, &source.language)
                .map_err(|problem| vec![problem])
                .and_then(|layout| compile_variant(&source, &layout, names));
            match compiled {
                Ok(variant) => {
                    variants.insert(source.language, variant);
                }
                Err(more) => problems.extend(more),
            }
        }
        problems.sort();
        problems.dedup();
        if problems.is_empty() { Ok(Self { variants }) } else { Err(problems) }
    }

    /// The languages there are, in order.
    pub fn variants(&self) -> Vec<LanguageTag> {
        self.variants.keys().cloned().collect()
    }

    /// The contact fields and columns a variant uses.
    pub fn fields_used(&self, language: &LanguageTag) -> Vec<&str> {
        self.variants.get(language).map(|v| v.fields.iter().map(String::as_str).collect()).unwrap_or_default()
    }

    /// Renders one letter. The same arguments always give the same letter.
    ///
    /// # Errors
    /// [`RenderError`]: the contact is to be left out.
    pub fn render(
        &self,
        language: &LanguageTag,
        fields: &Fields,
        message: PerMessage<'_>,
    ) -> Result<Rendered, RenderError> {
        let variant = self.variants.get(language).ok_or_else(|| RenderError::NoVariant(language.to_string()))?;
        let label = variant.sources.get(message.source).or_else(|| variant.sources.get("other"));
        let values = Values {
            fields,
            opt_out_url: message.opt_out_url,
            source_label: label.map_or("", String::as_str),
            labels: &variant.labels,
        };
        let mut subject = String::with_capacity(128);
        program::run(&variant.subject, &values, &mut subject)?;
        let mut html = String::with_capacity(12 * 1024);
        program::run(&variant.html, &values, &mut html)?;
        let mut text = String::with_capacity(4 * 1024);
        program::run(&variant.text, &values, &mut text)?;
        Ok(Rendered { subject: escape::clean(subject.trim()).into_owned(), html, text: without_gaps(&text) })
    }
}

/// Blocks that wrote nothing leave blank lines behind: at most one is kept, and none at either end.
fn without_gaps(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 1);
    let mut blank = false;
    for line in text.lines() {
        let line = line.trim_end();
        if line.is_empty() {
            blank = true;
            continue;
        }
        if blank && !out.is_empty() {
            out.push('\n');
        }
        blank = false;
        out.push_str(line);
        out.push('\n');
    }
    out
}

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

fn compile_variant(source: &Source, layout: &Layout, known: &KnownNames) -> Result<Variant, Vec<Problem>> {
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
    let guess = crate::domain::suggestion::did_you_mean(&name, known);
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
    })
}
