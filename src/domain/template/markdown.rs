//! From Markdown to the two parts of a letter, its expressions untouched.

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd, html};

use super::tags::{Shielded, TagKind};

/// A body in both forms, its tags in place.
pub(super) struct Body {
    pub html: String,
    pub text: String,
}

/// Converts a body once; contact data never pass through here.
pub(super) fn convert(source: &str) -> Body {
    let source = set_blocks_apart(source);
    let shielded = Shielded::new(&link_bare_values(&source), |_, word, _| word.to_owned());
    let events: Vec<Event<'_>> = Parser::new_ext(&shielded.text, Options::ENABLE_TABLES).collect();
    let text = shielded.restore(&plain_text(&events, &shielded));
    let mut html = String::new();
    html::push_html(&mut html, events.into_iter());
    let html: Vec<String> = html.lines().map(|line| as_action(without_paragraph(line, &shielded))).collect();
    Body { html: shielded.restore(&html.join("\n")), text }
}

/// `<p>` around nothing but block tags would stand outside the block on one way and open on the other.
fn without_paragraph<'a>(line: &'a str, shielded: &Shielded) -> &'a str {
    line.strip_prefix("<p>")
        .and_then(|l| l.strip_suffix("</p>"))
        .filter(|inside| shielded.is_only_blocks(inside))
        .unwrap_or(line)
}

/// A paragraph that is nothing but one link is what the letter asks its reader to do: layouts may show it as a button.
fn as_action(line: &str) -> String {
    let lone = line.starts_with("<p><a ") && line.ends_with("</a></p>") && line.matches("<a ").count() == 1;
    if lone { line.replacen("<p>", "<p class=\"action\">", 1) } else { line.to_owned() }
}

/// Blank lines around lines that hold block tags only, so that whole paragraphs stand inside a block.
fn set_blocks_apart(source: &str) -> String {
    let shielded = Shielded::new(source, |_, word, _| word.to_owned());
    let mut out = String::with_capacity(shielded.text.len() + 64);
    for line in shielded.text.lines() {
        if shielded.is_only_blocks(line) {
            out.push('\n');
            out.push_str(line.trim());
            out.push_str("\n\n");
        } else {
            out.push_str(line);
            out.push('\n');
        }
    }
    shielded.restore(&out)
}

/// `<{{event.url}}>` becomes a link: Markdown would take the shielded value for an HTML tag.
fn link_bare_values(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find("<{{") {
        let (before, link) = rest.split_at(at);
        out.push_str(before);
        match link.find("}}>") {
            Some(end) => {
                let (value, after) = (link.get(1..end + 2).unwrap_or(""), link.get(end + 3..).unwrap_or(""));
                out.push_str(&format!("[{value}]({value})"));
                rest = after;
            }
            None => {
                out.push_str(link);
                rest = "";
            }
        }
    }
    out.push_str(rest);
    out
}

/// The text part: paragraphs apart, lists with dashes or numbers, links with their address behind them.
fn plain_text(events: &[Event<'_>], shielded: &Shielded) -> String {
    let mut writer = TextWriter::default();
    for event in events {
        writer.take(event, shielded);
    }
    let mut out = writer.blocks.join("\n\n");
    out.push('\n');
    out
}

#[derive(Default)]
struct TextWriter {
    blocks: Vec<String>,
    line: String,
    /// Numbers of the open lists; `None` for dashes.
    lists: Vec<Option<u64>>,
    item: Option<String>,
    /// Where the text of the open link began, and where it leads.
    link: Option<(usize, String)>,
    /// How a paragraph reads that is nothing but a link, and the length it has if nothing follows.
    lone_link: Option<(usize, String)>,
    list_began: Option<usize>,
}

impl TextWriter {
    fn take(&mut self, event: &Event<'_>, shielded: &Shielded) {
        match event {
            Event::Text(text) | Event::Code(text) => self.line.push_str(text),
            Event::SoftBreak => self.line.push(' '),
            Event::HardBreak => self.line.push('\n'),
            Event::Rule => self.blocks.push("-- ".trim_end().repeat(10)),
            Event::Start(Tag::Link { link_type, dest_url, .. }) => {
                let dest =
                    if *link_type == LinkType::Email { format!("mailto:{dest_url}") } else { dest_url.to_string() };
                self.link = Some((self.line.len(), dest));
            }
            Event::End(TagEnd::Link) => self.end_link(shielded),
            Event::Start(Tag::List(number)) => {
                self.end_block(shielded);
                self.list_began.get_or_insert(self.blocks.len());
                self.lists.push(*number);
            }
            Event::End(TagEnd::List(_)) => self.end_list(),
            Event::Start(Tag::Item) => {
                let indent = "  ".repeat(self.lists.len().saturating_sub(1));
                let mark = match self.lists.last_mut() {
                    Some(Some(n)) => {
                        *n += 1;
                        format!("{}. ", *n - 1)
                    }
                    _ => "- ".to_owned(),
                };
                self.item = Some(format!("{indent}{mark}"));
            }
            Event::End(TagEnd::TableCell) => self.line.push_str("  "),
            Event::End(
                TagEnd::Paragraph
                | TagEnd::Heading(_)
                | TagEnd::Item
                | TagEnd::CodeBlock
                | TagEnd::TableRow
                | TagEnd::TableHead,
            ) => self.end_block(shielded),
            _ => {}
        }
    }

    fn end_link(&mut self, shielded: &Shielded) {
        let Some((start, dest)) = self.link.take() else { return };
        let text = self.line.get(start..).unwrap_or("").to_owned();
        let (shown, leads_to) = (shielded.restore(&text), shielded.restore(&dest));
        if shown == leads_to || leads_to == format!("mailto:{shown}") {
            return;
        }
        self.line.push_str(&format!(" <{dest}>"));
        if start == 0 && self.item.is_none() {
            self.lone_link = Some((self.line.len(), format!("{text}\n{dest}")));
        }
    }

    fn end_block(&mut self, shielded: &Shielded) {
        let mut line = std::mem::take(&mut self.line);
        // On a line of its own a long address stays whole and clickable, in right-to-left text too.
        if let Some((length, apart)) = self.lone_link.take()
            && length == line.len()
        {
            line = apart;
        }
        let line = line.trim_end();
        if line.is_empty() {
            return;
        }
        let mark = if shielded.is_only_blocks(line) { String::new() } else { self.item.take().unwrap_or_default() };
        self.blocks.push(format!("{mark}{line}"));
    }

    /// The items of a list stand close together.
    fn end_list(&mut self) {
        self.lists.pop();
        if self.lists.is_empty()
            && let Some(began) = self.list_began.take()
        {
            let items = self.blocks.split_off(began.min(self.blocks.len()));
            self.blocks.push(items.join("\n"));
        }
    }
}

/// The tag kinds a caller may want to tell apart when it shields HTML: a block tag may stand where only elements may
/// (between table rows), so it travels as a comment; inside a tag it cannot.
pub(super) fn shield_html(source: &str) -> Shielded {
    Shielded::new(source, |kind, word, before| {
        let inside_a_tag = before.rfind('<') > before.rfind('>');
        if kind == TagKind::Block && !inside_a_tag { format!("<!--{word}-->") } else { word.to_owned() }
    })
}
