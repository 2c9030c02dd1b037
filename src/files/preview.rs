//! Previews: real messages as files one can open, and a page that lists them. Nothing in them touches the network.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::domain::message::Letter;
use crate::domain::template::escape;
use crate::system::private;

/// How a folder of previews is known again, so that a later preview may clear it.
const MARK: &str = "<meta name=\"generator\" content=\"Convoke preview\">";

/// One message to show.
#[derive(Debug, Clone, Copy)]
pub struct PreviewEntry<'a> {
    /// The letter.
    pub letter: &'a Letter,
    /// Its exact octets.
    pub octets: &'a [u8],
    /// Segment it was planned for.
    pub segment: &'a str,
}

/// What an index page says on top.
#[derive(Debug, Clone, Copy)]
pub struct PreviewPage<'a> {
    /// Campaign.
    pub campaign: &'a str,
    /// Sentences below the title, such as how many invitations the plan holds.
    pub remarks: &'a [String],
    /// Show addresses whole on the page (the messages themselves always carry them).
    pub show_addresses: bool,
}

/// Writes `01-en-<segment>.eml`, `.html` and `.txt` for every entry, and `index.html`, into `folder`. What an earlier
/// preview wrote there is removed first; other files stay. Returns the path of the index page.
///
/// # Errors
/// What the file system says.
pub fn write(folder: &Path, page: PreviewPage<'_>, entries: &[PreviewEntry<'_>]) -> io::Result<PathBuf> {
    // Messages carry names and addresses: the folder is its owner's alone.
    private::make_folder(folder)?;
    clear(folder)?;
    let names: Vec<String> = entries.iter().enumerate().map(|(i, e)| name(i + 1, e)).collect();
    for (name, entry) in names.iter().zip(entries) {
        private::write(&folder.join(format!("{name}.eml")), entry.octets)?;
        private::write(&folder.join(format!("{name}.html")), &entry.letter.html)?;
        private::write(&folder.join(format!("{name}.txt")), &entry.letter.text)?;
    }
    let index = folder.join("index.html");
    private::write(&index, index_page(page, entries, &names))?;
    Ok(index)
}

fn clear(folder: &Path) -> io::Result<()> {
    let ours = fs::read_to_string(folder.join("index.html")).is_ok_and(|page| page.contains(MARK));
    if !ours {
        return Ok(());
    }
    for entry in fs::read_dir(folder)?.filter_map(Result::ok) {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let numbered = name.split_once('-').is_some_and(|(n, _)| n.len() >= 2 && n.bytes().all(|b| b.is_ascii_digit()));
        if numbered && [".eml", ".html", ".txt"].iter().any(|end| name.ends_with(end)) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Number, language, segment: nothing of the person.
fn name(number: usize, entry: &PreviewEntry<'_>) -> String {
    let segment: String = entry
        .segment
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .take(40)
        .collect();
    let name = format!("{number:02}-{}-{}", entry.letter.language, segment.trim_matches('-'));
    name.trim_end_matches('-').to_owned()
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    escape::html(text, &mut out);
    out
}

fn recipient(letter: &Letter, show_addresses: bool) -> String {
    let address = &letter.to.address;
    let shown = if show_addresses { address.to_string() } else { address.masked() };
    escape::clean(&shown).into_owned()
}

fn index_page(page: PreviewPage<'_>, entries: &[PreviewEntry<'_>], names: &[String]) -> String {
    let mut rows = String::new();
    let mut letters = String::new();
    for (i, (entry, name)) in entries.iter().zip(names).enumerate() {
        let letter = entry.letter;
        let (to, subject) = (escaped(&recipient(letter, page.show_addresses)), escaped(&letter.subject));
        let (segment, language) = (escaped(entry.segment), escaped(letter.language.as_str()));
        let direction = letter.language.direction().as_str();
        let kilobytes = entry.octets.len().div_ceil(1024);
        let _ = writeln!(
            rows,
            "<tr><td class=\"n\"><a href=\"#m{i}\">{}</a></td><td>{language}</td><td>{segment}</td><td dir=\"auto\">{subject}</td>\
             <td dir=\"ltr\">{to}</td><td class=\"n\">{kilobytes}&nbsp;kB</td></tr>",
            i + 1
        );
        let _ = writeln!(
            letters,
            "<section id=\"m{i}\"><h2><span class=\"n\">{}</span> <bdi dir=\"{direction}\">{subject}</bdi></h2>\n\
             <p class=\"facts\">{language} · {segment} · {to} · <a href=\"{name}.eml\">message</a> · \
             <a href=\"{name}.html\">HTML part</a> · <a href=\"{name}.txt\">text part</a></p>\n\
             <div class=\"pair\"><iframe title=\"HTML part of message {}\" sandbox srcdoc=\"{}\"></iframe>\n\
             <pre dir=\"{direction}\" lang=\"{language}\">{}</pre></div></section>",
            i + 1,
            i + 1,
            escaped(&letter.html),
            escaped(&letter.text),
        );
    }
    let remarks: String = page.remarks.iter().map(|r| format!("<p>{}</p>\n", escaped(r))).collect();
    let campaign = escaped(page.campaign);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n{MARK}\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>Preview of {campaign}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<header>\n\
         <h1>Preview of {campaign}</h1>\n{remarks}\
         <p>Nothing was sent. Below is what would leave, octet for octet: {} of the messages.</p>\n</header>\n\
         <table><thead><tr><th></th><th>Language</th><th>Segment</th><th>Subject</th><th>To</th><th>Size</th></tr></thead>\n\
         <tbody>\n{rows}</tbody></table>\n{letters}</body>\n</html>\n",
        entries.len()
    )
}

const STYLE: &str = "
:root { --ink: #1c2b39; --soft: #55636f; --line: #dfe6ec; --deep: #0b4f6c; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1240px; padding: 32px 24px 64px; color: var(--ink); background: #f6f8fa;
  font: 15px/1.5 system-ui, 'Segoe UI', 'Noto Sans', 'Noto Sans Arabic', 'Noto Sans CJK SC', sans-serif; }
h1 { margin: 0 0 8px; font-size: 26px; color: var(--deep); }
header p { margin: 0 0 6px; color: var(--soft); }
table { width: 100%; margin: 20px 0 40px; border-collapse: collapse; background: #fff; border: 1px solid var(--line); }
th, td { padding: 8px 12px; text-align: start; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { font-size: 13px; color: var(--soft); font-weight: 600; }
.n { color: var(--soft); white-space: nowrap; font-variant-numeric: tabular-nums; }
a { color: #0b6e99; }
section { margin: 0 0 36px; padding: 20px 24px 24px; background: #fff; border: 1px solid var(--line); border-radius: 6px; }
h2 { margin: 0; font-size: 18px; }
.facts { margin: 4px 0 16px; color: var(--soft); }
.pair { display: flex; flex-wrap: wrap; gap: 16px; }
iframe { flex: 3 1 520px; min-width: 0; height: 900px; border: 1px solid var(--line); background: #fff; }
pre { flex: 2 1 340px; min-width: 0; height: 900px; overflow: auto; margin: 0; padding: 16px; border: 1px solid var(--line);
  white-space: pre-wrap; overflow-wrap: anywhere; font: 13px/1.6 ui-monospace, 'DejaVu Sans Mono', 'Noto Sans Mono', monospace; }
";
