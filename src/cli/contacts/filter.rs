//! `--where` and `--not`: the conditions of an audience's `where`, as a shell takes them.

use crate::cli::failure::Failure;
use crate::domain::segment::{Condition, Where};
use crate::files::toml_reader::Document;
use crate::files::toml_reader::conditions::read_where;

/// Who is meant: everybody who meets all conditions.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Filter {
    /// Only contacts with one of these values (repeatable; all must hold): a field or custom column, `attended=2024,2025`,
    /// `attended.none_of=2025`, `invited_in=CAMPAIGN`, `outcome=accepted`, `registered=true`; or what an audience's `where`
    /// holds, in braces
    #[arg(long = "where", value_name = "KEY=VALUE[,VALUE]")]
    wanted: Vec<String>,
    /// Only contacts for whom this does not hold (repeatable)
    #[arg(long = "not", value_name = "KEY=VALUE[,VALUE]")]
    unwanted: Vec<String>,
}

/// The key the conditions stand under while they are read.
const KEY: &str = "where";

impl Filter {
    /// The conditions, by the reader of campaign files.
    ///
    /// # Errors
    /// Exit code 2: what is no condition, or a value outside a vocabulary, with the nearest.
    pub fn conditions(&self) -> Result<Where, Failure> {
        let mut all = Vec::new();
        // An outcome says of which campaign only together with `invited_in`.
        let (invited, others): (Vec<&String>, Vec<&String>) =
            self.wanted.iter().partition(|text| is_of_invitation(text));
        if !invited.is_empty() {
            let parts: Result<Vec<String>, Failure> = invited.iter().map(|text| as_toml("--where", text)).collect();
            all.extend(read("--where", &format!("{{ {} }}", parts?.join(", ")))?.all);
        }
        for text in others {
            all.extend(read("--where", &as_table("--where", text)?)?.all);
        }
        for text in &self.unwanted {
            all.push(Condition::Not(read("--not", &as_table("--not", text)?)?));
        }
        Ok(Where { all })
    }
}

fn is_of_invitation(text: &str) -> bool {
    text.split_once('=').is_some_and(|(key, _)| matches!(key.trim(), "invited_in" | "outcome"))
}

/// An inline table: what stands in braces already, else one key.
fn as_table(flag: &str, text: &str) -> Result<String, Failure> {
    if text.trim_start().starts_with('{') {
        return Ok(text.trim().to_owned());
    }
    as_toml(flag, text).map(|pair| format!("{{ {pair} }}"))
}

/// `country=KE,UG` as `"country" = ["KE", "UG"]`.
fn as_toml(flag: &str, text: &str) -> Result<String, Failure> {
    let (key, values) = text
        .split_once('=')
        .filter(|(key, _)| !key.trim().is_empty())
        .ok_or_else(|| Failure::usage(format!("{flag} {text}: write it as KEY=VALUE, such as country=KE,UG")))?;
    let (key, values) = (key.trim(), values.split(',').map(str::trim).filter(|value| !value.is_empty()));
    let (name, part) = key.split_once('.').map_or((key, None), |(name, part)| (name, Some(part)));
    let is_bare = |value: &str| match name {
        "attended" => value.bytes().all(|b| b.is_ascii_digit()),
        "registered" => matches!(value, "true" | "false"),
        _ => false,
    };
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let values: Vec<String> = values.map(|v| if is_bare(v) { v.to_owned() } else { quoted(v) }).collect();
    let list = match (name, values.as_slice()) {
        ("registered", [one]) => one.clone(),
        _ => format!("[{}]", values.join(", ")),
    };
    Ok(match part {
        Some(part) => format!("{} = {{ {} = {list} }}", quoted(name), quoted(part)),
        None => format!("{} = {list}", quoted(name)),
    })
}

fn read(flag: &str, table: &str) -> Result<Where, Failure> {
    let text = format!("{KEY} = {table}");
    let document = Document::parse(flag, &text).map_err(|problems| {
        let first = problems.into_iter().next().map(|p| p.message).unwrap_or_default();
        Failure::usage(format!(
            "{flag} {table}: {first}\n  help: write KEY=VALUE, or what `where` holds in a campaign file"
        ))
    })?;
    let conditions = document.root().section(KEY).map(|section| read_where(&section)).unwrap_or_default();
    let problems = document.into_findings().problems;
    if problems.is_empty() {
        return Ok(conditions);
    }
    let said = problems.iter().map(|p| match p.help.as_str() {
        "" => p.message.clone(),
        help => format!("{}; {help}", p.message),
    });
    Err(Failure::usage(format!("{flag}: {}", said.collect::<Vec<_>>().join(&format!("\nerror: {flag}: ")))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::segment::Attended;

    fn filter(wanted: &[&str], unwanted: &[&str]) -> Filter {
        let owned = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect();
        Filter { wanted: owned(wanted), unwanted: owned(unwanted) }
    }

    #[test]
    fn the_shell_says_what_a_campaign_file_says() {
        for (wanted, unwanted, toml) in [
            (&["tier=field,public"][..], &[][..], "{ tier = ['field', 'public'] }"),
            (&["country=KE", "tags=a\"b"], &[], "{ country = 'KE', tags = 'a\"b' }"),
            (&["attended=2024,2025"], &[], "{ attended = [2024, 2025] }"),
            (
                &["attended.none_of=2025"],
                &["gender=male"],
                "{ attended = { none_of = 2025 }, not = { gender = 'male' } }",
            ),
            (&["outcome=accepted", "invited_in=spring"], &[], "{ invited_in = 'spring', outcome = ['accepted'] }"),
            (
                &["registered=false"],
                &["{ country = 'NO', tier = 'field' }"],
                "{ registered = false, not = { country = 'NO', tier = 'field' } }",
            ),
        ] {
            assert_eq!(filter(wanted, unwanted).conditions().unwrap(), read("--where", toml).unwrap(), "{toml}");
        }
        let years = Attended { any_of: vec![2024], ..Attended::default() };
        assert_eq!(filter(&["attended=2024"], &[]).conditions().unwrap().all, [Condition::Attended(years)]);
        assert!(filter(&[], &[]).conditions().unwrap().all.is_empty());
    }

    #[test]
    fn what_is_no_condition_is_asked_back() {
        for (wanted, words) in [
            ("Kenya", "write it as KEY=VALUE"),
            ("=KE", "write it as KEY=VALUE"),
            ("country=Kenya", "did you mean `KE` (Kenya)?"),
            ("tier=feild", "did you mean `field`?"),
            ("attended=once", "attended"),
            ("outcome=accepted", "add `invited_in"),
            ("{ tier = }", "help: write KEY=VALUE"),
            ("country=", "lists no value"),
        ] {
            let failure = filter(&[wanted], &[]).conditions().unwrap_err();
            assert!(failure.message.contains(words), "{wanted}: {}", failure.message);
            assert_eq!(failure.code, 2);
        }
    }
}
