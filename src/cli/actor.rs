//! `--as NAME`, understood before and after every command.
//!
//! `import` alone has another `--as` of its own (what the rows are), so that the flag cannot be declared once for all: it
//! is added to every other command, and `import` takes a second `--as` for the name.

use clap::{Arg, ArgMatches, Command};

use crate::engine::import::ImportKind;

/// Id of the flag after a command's name.
const ACTOR_HERE: &str = "actor-here";
/// Id of the flag of `import`.
pub(super) const IMPORT_AS: &str = "import-as";

/// Adds the flag to every command that has no `--as` of its own.
pub(super) fn add_to(command: Command) -> Command {
    command.mut_subcommands(|sub| {
        let is_taken = sub.get_arguments().any(|arg| arg.get_long() == Some("as"));
        let sub = add_to(sub);
        if is_taken { sub } else { sub.arg(flag()) }
    })
}

fn flag() -> Arg {
    Arg::new(ACTOR_HERE)
        .long("as")
        .value_name("NAME")
        .help("Who does it, as written on every event (default: the system user)")
        .help_heading("Everywhere")
}

/// The name given after a command's name, if any.
pub(super) fn named_in(matches: &ArgMatches) -> Option<String> {
    let (_, sub) = matches.subcommand()?;
    named_in(sub).or_else(|| {
        if let Ok(Some(words)) = sub.try_get_many::<String>(IMPORT_AS) {
            let mut kind_is_known = false;
            let is_name = |word: &&String| {
                let is_kind = !kind_is_known && ImportKind::from_word(word).is_some();
                kind_is_known |= is_kind;
                !is_kind
            };
            let names: Vec<&String> = words.filter(is_name).collect();
            return names.first().filter(|_| kind_is_known).map(|name| (*name).clone());
        }
        sub.try_get_one::<String>(ACTOR_HERE).ok().flatten().cloned()
    })
}
