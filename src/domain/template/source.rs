//! The files of a template: which variants there are, and what each file's front matter says.

use std::collections::BTreeMap;

use handlebars::Template;

use super::lower::Complaint;
use super::tags::{Piece, pieces};
use crate::domain::language::LanguageTag;
use crate::domain::problem::Problem;
use crate::domain::suggestion::did_you_mean;

/// No letter is longer; parsing what is would only cost time.
const MAX_SOURCE: usize = 256 * 1024;
/// Blocks and brackets nest at most this deep: the parser calls itself once a level.
const MAX_DEPTH: usize = 24;
const KEYS: &[&str] = &["subject", "preheader", "layout"];

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Markdown,
    Html,
}

/// One variant as read.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub language: LanguageTag,
    pub path: String,
    pub form: Form,
    pub subject: String,
    pub preheader: String,
    pub layout: String,
    pub body: String,
    /// The text part, where its author gives one in `<language>.txt`, with its path.
    pub text: Option<(String, String)>,
    /// The whole file.
    pub whole: String,
}

#[derive(serde::Deserialize)]
struct FrontMatter {
    subject: Option<String>,
    #[serde(default)]
    preheader: String,
    layout: Option<String>,
}

/// Reads the variants of one template.
pub(super) fn read(files: &BTreeMap<String, String>, template: &str) -> Result<Vec<Source>, Vec<Problem>> {
    let folder = format!("templates/{template}/");
    let mut sources: Vec<Source> = Vec::new();
    let mut texts = BTreeMap::new();
    let mut problems = Vec::new();
    for (path, content) in files.iter().filter(|(path, _)| path.starts_with(&folder)) {
        let name = path.get(folder.len()..).unwrap_or("");
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
        let content = content.trim_start_matches('\u{feff}').replace("\r\n", "\n");
        let Some(language) = LanguageTag::parse(stem) else {
            problems.push(Problem::in_file(
                path,
                "unknown-language",
                format!("`{stem}` is no language tag"),
                "name a template's files by language: `en.md`, `pt-br.html`",
            ));
            continue;
        };
        let form = match extension {
            "md" => Form::Markdown,
            "html" => Form::Html,
            "txt" => {
                texts.insert(language, (path.clone(), content));
                continue;
            }
            "mjml" => {
                problems.push(Problem::in_file(
                    path,
                    "mjml-not-yet",
                    "MJML templates are not understood yet; they come later",
                    "write the variant as Markdown (`.md`) or HTML (`.html`)",
                ));
                continue;
            }
            _ => {
                problems.push(Problem::in_file(
                    path,
                    "unknown-template-file",
                    format!("`{name}` is neither Markdown, HTML nor text"),
                    "a template holds `<language>.md` or `<language>.html`, and `<language>.txt` for a text part of its own",
                ));
                continue;
            }
        };
        if sources.iter().any(|s| s.language == language) {
            problems.push(Problem::in_file(
                path,
                "variant-twice",
                format!("there are two variants in `{language}`"),
                "keep one file per language",
            ));
            continue;
        }
        match variant(path, language, form, content) {
            Ok(source) => sources.push(source),
            Err(problem) => problems.push(problem),
        }
    }
    for source in &mut sources {
        source.text = texts.remove(&source.language);
    }
    for (path, _) in texts.into_values() {
        problems.push(Problem::in_file(
            path,
            "text-alone",
            "a text part without its variant",
            "add the `.md` or `.html` file of the same language",
        ));
    }
    if sources.is_empty() && problems.is_empty() {
        problems.push(no_variants(files, template));
    }
    if problems.is_empty() { Ok(sources) } else { Err(problems) }
}

fn no_variants(files: &BTreeMap<String, String>, template: &str) -> Problem {
    let names: Vec<&str> = files.keys().filter_map(|p| p.strip_prefix("templates/")?.split('/').next()).collect();
    let guess = did_you_mean(template, names.into_iter().filter(|n| *n != "layouts"));
    let help = if guess.is_empty() { "put one file per language there, such as `en.md`".to_owned() } else { guess };
    Problem::in_file(
        format!("templates/{template}"),
        "no-variants",
        format!("the template `{template}` has no variant in any language"),
        help,
    )
}

fn variant(path: &str, language: LanguageTag, form: Form, whole: String) -> Result<Source, Problem> {
    if whole.len() > MAX_SOURCE {
        return Err(Problem::in_file(path, "template-too-long", "the file is over 256 kB", "letters are short"));
    }
    let parts = whole.strip_prefix("+++\n").and_then(|rest| {
        let rest_at = whole.len() - rest.len();
        let end = if rest.starts_with("+++\n") { 0 } else { rest.find("\n+++\n")? + 1 };
        Some((rest.get(..end)?, whole.get(rest_at + end + 4..)?))
    });
    let Some((front, body)) = parts else {
        return Err(Problem::at(
            path,
            1,
            1,
            "no-front-matter",
            "the file does not begin with its front matter",
            "begin with a line `+++`, then `subject = '…'`, then another line `+++`",
        ));
    };
    let front_matter = read_front_matter(path, front)?;
    let subject = front_matter.subject.unwrap_or_default();
    if subject.trim().is_empty() {
        let help = "write `subject = '…'` between the `+++` lines";
        return Err(Problem::at(path, 1, 1, "no-subject", "the variant has no subject", help));
    }
    Ok(Source {
        language,
        path: path.to_owned(),
        form,
        subject,
        preheader: front_matter.preheader,
        layout: front_matter.layout.unwrap_or_else(|| "default".to_owned()),
        body: body.to_owned(),
        text: None,
        whole,
    })
}

fn read_front_matter(path: &str, front: &str) -> Result<FrontMatter, Problem> {
    let at = |span: Option<std::ops::Range<usize>>| {
        let before = front.get(..span.map_or(0, |s| s.start)).unwrap_or("");
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        (before.matches('\n').count() + 2, column)
    };
    let table: toml::Table = toml::from_str(front).map_err(|e| {
        let (line, column) = at(e.span());
        let help = "front matter is TOML: `subject = '…'`, one key a line";
        Problem::at(path, line, column, "bad-front-matter", e.message().to_owned(), help)
    })?;
    if let Some(key) = table.keys().find(|k| !KEYS.contains(&k.as_str())) {
        let line = front.lines().position(|l| l.trim_start().starts_with(key.as_str())).map_or(0, |i| i + 2);
        let guess = did_you_mean(key, KEYS.iter().copied());
        let help = if guess.is_empty() { format!("there are {}", KEYS.join(", ")) } else { guess };
        return Err(Problem::at(path, line, 1, "unknown-key", format!("no front matter key `{key}`"), help));
    }
    toml::from_str(front).map_err(|e| {
        let (line, column) = at(e.span());
        Problem::at(path, line, column, "bad-front-matter", e.message().to_owned(), "give text in quotes")
    })
}

/// Parses handlebars.
///
/// # Errors
/// What the parser could not read, with its place in `text`.
pub(super) fn parse(text: &str) -> Result<Template, Complaint> {
    let complaint = |line, column, message: String, help: &str| Complaint {
        line,
        column,
        code: "bad-template",
        message,
        help: help.to_owned(),
        word: String::new(),
    };
    if let Some((line, column)) = too_deep(text) {
        let message = format!("blocks or brackets nest more than {MAX_DEPTH} deep");
        return Err(complaint(line, column, message, "say it more simply"));
    }
    Template::compile(text).map_err(|e| {
        if let Some((at, message)) = never_closed(text) {
            let before = text.get(..at).unwrap_or("");
            let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
            let help = "every `{{` needs its `}}`, and every `{{#if …}}` its `{{/if}}`";
            return complaint(before.matches('\n').count() + 1, column, message, help);
        }
        let (line, column) = e.pos().unwrap_or((1, 1));
        let reason = e.reason().to_string();
        let reason: String = reason.lines().next().unwrap_or("").chars().take(120).collect();
        let help = "check that every `{{` has its `}}` and every `{{#if …}}` its `{{/if}}`";
        complaint(line, column, reason, help)
    })
}

/// What is opened and never closed, and where: the parser only says that it met the end.
fn never_closed(text: &str) -> Option<(usize, String)> {
    let mut at = 0;
    let mut open: Vec<(usize, &str)> = Vec::new();
    for piece in pieces(text) {
        let Piece::Tag(_, tag) = piece else {
            at += piece.len();
            continue;
        };
        if !tag.ends_with("}}") || tag.get(2..).is_some_and(|inside| inside.contains("{{")) {
            return Some((at, "this `{{` has no `}}`".to_owned()));
        }
        let inside = tag.trim_start_matches(['{', '~']).trim_start();
        if inside.starts_with('#') {
            open.push((at, tag));
        } else if inside.starts_with('/') && open.pop().is_none() {
            return Some((at, format!("`{tag}` closes nothing")));
        }
        at += tag.len();
    }
    open.pop().map(|(at, tag)| (at, format!("`{tag}` is never closed")))
}

/// Where nesting goes deeper than the parser should follow.
fn too_deep(text: &str) -> Option<(usize, usize)> {
    let (mut blocks, mut brackets) = (0usize, 0usize);
    for (i, c) in text.char_indices() {
        let rest = text.get(i..).unwrap_or("");
        if rest.starts_with("{{") {
            brackets = 0;
            let inside = rest.trim_start_matches('{').trim_start_matches('~').trim_start();
            if inside.starts_with('#') {
                blocks += 1;
            } else if inside.starts_with('/') {
                blocks = blocks.saturating_sub(1);
            }
        }
        match c {
            '(' | '[' | '{' => brackets += 1,
            ')' | ']' | '}' => brackets = brackets.saturating_sub(1),
            _ => {}
        }
        if blocks > MAX_DEPTH || brackets > MAX_DEPTH {
            let before = text.get(..i).unwrap_or("");
            let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
            return Some((before.matches('\n').count() + 1, column));
        }
    }
    None
}
