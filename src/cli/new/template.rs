//! `convoke new template`

use std::collections::BTreeSet;

use serde_json::json;

use super::checked_name;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, exit};
use crate::cli::gaps::free_name;
use crate::domain::language::LanguageTag;
use crate::files::campaign_folder::{LAYOUTS, TEMPLATES, campaign_names};
use crate::files::starter::{letter_text, make_folder};
use crate::files::template_folder;

/// Makes a template: one file per language, with a short letter to rewrite
///
/// Writes templates/NAME/en.md and so on. Each begins with what can be written there.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Name of the template: a folder under templates/
    name: String,
    /// Languages to write in, such as en,fr,ar; with --from, those to take over (default: en, or all)
    #[arg(long, value_name = "TAGS", value_delimiter = ',', value_parser = language)]
    languages: Vec<LanguageTag>,
    /// A template to copy
    #[arg(long, value_name = "TEMPLATE")]
    from: Option<String>,
}

fn language(word: &str) -> Result<LanguageTag, String> {
    LanguageTag::parse(word.trim()).ok_or_else(|| "a language is a tag such as en, fr or pt-br".to_owned())
}

/// Runs the command.
///
/// # Errors
/// Exit code 2 for a name that is taken or can be none, 3 for a template to copy that is not there.
pub fn run(args: Args, context: &Context) -> Result<u8, Failure> {
    let name = checked_name("template", &args.name)?;
    if name == LAYOUTS {
        return Err(Failure::usage("`layouts` holds the frames of all templates\n  help: choose another name"));
    }
    let workspace = context.workspace()?;
    let (files, to_translate) = match &args.from {
        Some(original) => (copied(&args, original, context)?, Vec::new()),
        None => written(&args.languages),
    };
    make_folder(&workspace.join(TEMPLATES).join(name), &files)?;
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    if context.is_json() {
        context.output.json(&json!({"template": name, "files": names}))?;
    }
    context.output.say(format!("wrote {} in {TEMPLATES}/{name}", names.join(", ")));
    if !to_translate.is_empty() {
        context.output.warn(format!("still in English, translate before you send: {}", to_translate.join(", ")));
    }
    context.output.say("nothing left this computer");
    context
        .output
        .next(format!("convoke new campaign {} --template {name}", free_name(name, &campaign_names(workspace))));
    Ok(exit::DONE)
}

/// New letters, and the files among them whose words are English although their language is another.
fn written(languages: &[LanguageTag]) -> (Vec<(String, String)>, Vec<String>) {
    let mut tags: BTreeSet<LanguageTag> = languages.iter().cloned().collect();
    if tags.is_empty() {
        tags.extend(LanguageTag::parse("en"));
    }
    let mut to_translate = Vec::new();
    let files = tags.iter().map(|tag| {
        let file = format!("{tag}.md");
        let (text, is_own) = letter_text(tag);
        if !is_own {
            to_translate.push(file.clone());
        }
        (file, text)
    });
    (files.collect(), to_translate)
}

/// The files of another template, as they are.
fn copied(args: &Args, original: &str, context: &Context) -> Result<Vec<(String, String)>, Failure> {
    let sources = template_folder::read(context.workspace()?, original).map_err(Failure::bad_input)?;
    let folder = format!("{TEMPLATES}/{original}/");
    let of_language = |file: &str| file.split('.').next().and_then(LanguageTag::parse);
    let files: Vec<(String, String)> = sources
        .into_iter()
        .filter_map(|(path, text)| Some((path.strip_prefix(&folder)?.to_owned(), text)))
        .filter(|(file, _)| {
            args.languages.is_empty() || of_language(file).is_some_and(|tag| args.languages.contains(&tag))
        })
        .collect();
    let there: BTreeSet<LanguageTag> = files.iter().filter_map(|(file, _)| of_language(file)).collect();
    match args.languages.iter().find(|tag| !there.contains(tag)) {
        Some(missing) => Err(Failure::usage(format!(
            "--languages: `{original}` has no variant in `{missing}`\n  help: leave it out, and add the file `{missing}.md` yourself"
        ))),
        None => Ok(files),
    }
}
