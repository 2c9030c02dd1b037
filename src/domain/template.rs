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
mod compile;
pub mod escape;
mod html_text;
mod layout;
pub mod lint;
mod lower;
mod markdown;
mod names;
mod place;
mod program;
mod running_link;
mod source;
mod tags;
mod terms;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

pub use names::CONTACT_FIELDS;
pub use values::Fields;

use crate::domain::language::LanguageTag;
use crate::domain::problem::Problem;
use program::{Measure, Op};
use values::{Labels, Values};

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
    has_borrowed_frame: bool,
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
                .and_then(|layout| compile::variant(&source, &layout, names));
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

    /// The names a template uses that neither contacts nor `names` have: what a campaign has to give as variables.
    ///
    /// # Errors
    /// Every other problem of the template.
    pub fn names_wanted(
        sources: &BTreeMap<String, String>,
        template: &str,
        names: &KnownNames,
    ) -> Result<BTreeSet<String>, Vec<Problem>> {
        let Err(problems) = Self::compile(sources, template, names) else { return Ok(BTreeSet::new()) };
        let (unknown, others): (Vec<_>, Vec<_>) = problems.into_iter().partition(|p| p.code == "unknown-name");
        // The message quotes the name, and nothing before it.
        let quoted = unknown.iter().filter_map(|problem| problem.message.split('`').nth(1).map(str::to_owned));
        if others.is_empty() { Ok(quoted.collect()) } else { Err(others) }
    }

    /// The languages there are, in order.
    pub fn variants(&self) -> Vec<LanguageTag> {
        self.variants.keys().cloned().collect()
    }

    /// The languages whose frame is in English, because the layout has no words in them.
    pub fn borrowed_frames(&self) -> impl Iterator<Item = &LanguageTag> {
        self.variants.iter().filter(|(_, variant)| variant.has_borrowed_frame).map(|(language, _)| language)
    }

    /// The contact fields and columns a variant uses.
    pub fn fields_used(&self, language: &LanguageTag) -> Vec<&str> {
        self.variants.get(language).map(|v| v.fields.iter().map(String::as_str).collect()).unwrap_or_default()
    }

    /// Whether a letter could be rendered, without rendering it: much quicker where only that is asked.
    ///
    /// # Errors
    /// As [`TemplateSet::render`].
    pub fn probe(&self, language: &LanguageTag, fields: &Fields, message: PerMessage<'_>) -> Result<(), RenderError> {
        let variant = self.variant(language)?;
        let values = variant.values(fields, message);
        for part in [&variant.subject, &variant.html, &variant.text] {
            program::run(part, &values, &mut Measure::default())?;
        }
        Ok(())
    }

    fn variant(&self, language: &LanguageTag) -> Result<&Variant, RenderError> {
        self.variants.get(language).ok_or_else(|| RenderError::NoVariant(language.to_string()))
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
        let variant = self.variant(language)?;
        let values = variant.values(fields, message);
        let mut subject = String::with_capacity(128);
        program::run(&variant.subject, &values, &mut subject)?;
        let mut html = String::with_capacity(12 * 1024);
        program::run(&variant.html, &values, &mut html)?;
        let mut text = String::with_capacity(4 * 1024);
        program::run(&variant.text, &values, &mut text)?;
        Ok(Rendered { subject: escape::clean(subject.trim()).into_owned(), html, text: without_gaps(&text) })
    }
}

impl Variant {
    fn values<'a>(&'a self, fields: &'a Fields, message: PerMessage<'a>) -> Values<'a> {
        let label = self.sources.get(message.source).or_else(|| self.sources.get("other"));
        Values {
            fields,
            opt_out_url: message.opt_out_url,
            source_label: label.map_or("", String::as_str),
            labels: &self.labels,
        }
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
