//! The text part of a variant written in HTML, its expressions untouched.

use html2text::render::TextDecorator;

use super::tags::Shielded;

/// So wide that nothing is ever broken: readers' programs wrap lines themselves.
const WIDTH: usize = 20_000;

/// Reads an HTML body as text; once per variant, contact data never pass through here.
///
/// # Errors
/// What the HTML reader says.
pub(super) fn convert(source: &str) -> Result<String, String> {
    let shielded = Shielded::new(source, |_, word, _| word.to_owned());
    let config = html2text::config::with_decorator(Letter::default()).raw_mode(true).no_link_wrapping();
    let text = config.string_from_read(shielded.text.as_bytes(), WIDTH).map_err(|e| e.to_string())?;
    Ok(shielded.restore(&text))
}

/// Plain words, with the address behind each link as Markdown's text part has it.
#[derive(Debug, Clone, Default)]
struct Letter {
    links: Vec<String>,
}

impl TextDecorator for Letter {
    type Annotation = ();

    fn decorate_link_start(&mut self, url: &str) -> (String, ()) {
        self.links.push(url.to_owned());
        (String::new(), ())
    }
    fn decorate_link_end(&mut self) -> String {
        self.links.pop().map(|url| format!(" <{url}>")).unwrap_or_default()
    }
    fn decorate_em_start(&self) -> (String, ()) {
        (String::new(), ())
    }
    fn decorate_em_end(&self) -> String {
        String::new()
    }
    fn decorate_strong_start(&self) -> (String, ()) {
        (String::new(), ())
    }
    fn decorate_strong_end(&self) -> String {
        String::new()
    }
    fn decorate_strikeout_start(&self) -> (String, ()) {
        (String::new(), ())
    }
    fn decorate_strikeout_end(&self) -> String {
        String::new()
    }
    fn decorate_code_start(&self) -> (String, ()) {
        (String::new(), ())
    }
    fn decorate_code_end(&self) -> String {
        String::new()
    }
    fn decorate_preformat_first(&self) {}
    fn decorate_preformat_cont(&self) {}
    fn decorate_image(&mut self, _src: &str, title: &str) -> (String, ()) {
        (title.to_owned(), ())
    }
    fn header_prefix(&self, _level: usize) -> String {
        String::new()
    }
    fn quote_prefix(&self) -> String {
        "> ".to_owned()
    }
    fn unordered_item_prefix(&self) -> String {
        "- ".to_owned()
    }
    fn ordered_item_prefix(&self, i: i64) -> String {
        format!("{i}. ")
    }
    fn make_subblock_decorator(&self) -> Self {
        Self::default()
    }
}
