//! Examples at the end of every command's long help and manual page. `tests/cli_frame.rs` runs the parser over each.

use clap::Command;

/// What to type, and what it does.
type Example = (&'static str, &'static str);

/// Examples by command; subcommands by both names.
const EXAMPLES: &[(&str, &[Example])] = &[
    (
        "init",
        &[
            ("convoke init outreach", "a workspace in a new folder, to look around in"),
            (
                "convoke init outreach --name \"Example Forum\" --from invitations@example.org --postal-address \"PO Box 1\"",
                "with your organisation filled in",
            ),
        ],
    ),
    (
        "new",
        &[
            ("convoke new campaign africa-2027 --gap 1", "for the first gap in the table of the last `convoke gaps`"),
            ("convoke new campaign come-back --kind lapsed,silent", "for all gaps of these kinds"),
            ("convoke new campaign by-country --by country --against population", "resting on another question"),
            ("convoke new template save-the-date --languages en,fr,ar", "a letter to rewrite, in three languages"),
            ("convoke new template reminder --from participation-invitation", "a letter to change"),
        ],
    ),
    (
        "backup",
        &[
            ("convoke backup outreach.backup", "everything but the outbox; asks for a passphrase"),
            ("convoke backup outreach.backup --passphrase-file /run/secrets/backup --force", "every night, by itself"),
        ],
    ),
    (
        "restore",
        &[
            ("convoke restore outreach.backup", "into this folder, which has no ledger"),
            ("convoke -C moved restore outreach.backup", "into another folder"),
            (
                "convoke restore --decide nothing-sent --reason \"the old machine was off\"",
                "afterwards, before anything can be sent",
            ),
        ],
    ),
    (
        "check",
        &[
            ("convoke check", "everything in this workspace"),
            ("convoke check igf-2027-participation", "one campaign, with its template and inputs"),
            ("convoke check --format json", "the problems for an editor or a pipeline"),
        ],
    ),
    (
        "import",
        &[
            ("convoke import contacts.csv --as contacts --basis mandate --source nri-list", "a list of contacts"),
            ("convoke import registrations.csv --as participation --year 2025", "who took part, from an export"),
            ("convoke import letters.csv --as opt-outs", "people who asked elsewhere not to be written to"),
            (
                "convoke import list.csv --as contacts --map E-Mail-Adresse=email --rejects refused.csv",
                "a column under another name; refused rows to mend and import again",
            ),
            ("convoke import contacts.csv --as contacts --dry-run", "what would happen"),
            ("convoke import contacts.csv --as contacts --mirror", "and who came by this file and is in it no longer"),
        ],
    ),
    (
        "contacts",
        &[
            (
                "convoke contacts list --where country=KE,UG --where tier=field",
                "who is known of a field in two countries",
            ),
            (
                "convoke contacts list --where \"stakeholder=Civil Society\" --not country=NO",
                "by what holds, and what does not",
            ),
            ("convoke contacts list --where attended=2024,2025", "who took part in one of two meetings"),
            (
                "convoke contacts list --where attended.none_of=2025 --where registered=false",
                "who did not, and is not coming",
            ),
            (
                "convoke contacts list --where invited_in=igf-2027-participation --where outcome=rejected",
                "whose address failed",
            ),
            (
                "convoke contacts list --where \"{ organisation = 'Post, Telegraph and Telephone' }\"",
                "as an audience's `where` has it, for values with a comma",
            ),
            ("convoke contacts list --limit 20 --format json", "for a program, one object a line"),
            ("convoke contacts show lena@example.org", "everything held about one person, by any address they had"),
            (
                "convoke contacts set lena@example.org country=KE position=Director --reason \"her card\"",
                "correct two fields",
            ),
            ("convoke contacts set lena@example.org email=lena@example.com", "a new address; the history stays hers"),
            (
                "convoke contacts set lena@example.org position= custom:dietary=vegan",
                "erase one, add a column of your own",
            ),
            ("convoke contacts set lena@example.org \"tags=policy; youth\" --dry-run", "what would change"),
            ("convoke contacts merge lena@example.org l.sample@example.com --dry-run", "what two contacts differ in"),
            ("convoke contacts merge lena@example.org l.sample@example.com", "one person from now on"),
            ("convoke contacts export --out contacts.xlsx", "everybody, as a workbook"),
            ("convoke contacts export --out kenya.csv --where country=KE", "some of them, as CSV"),
        ],
    ),
    (
        "countries",
        &[
            ("convoke countries check contacts.csv", "what the country cells of a list would be read as"),
            ("convoke countries check names.txt", "a bare list of names, one a line"),
            ("convoke countries check list.csv --column \"Country of residence\"", "another column"),
            ("convoke countries list", "every code, name and regional group"),
        ],
    ),
    (
        "gaps",
        &[
            ("convoke gaps igf-2027-participation", "the table a campaign rests on"),
            ("convoke gaps --by region,gender --against population,targets:targets.csv", "another question"),
            ("convoke gaps --by region --without-host NO --output gaps.csv", "without the host's participants, as CSV"),
        ],
    ),
    (
        "plan",
        &[
            ("convoke plan igf-2027-participation", "freeze who gets exactly what"),
            ("convoke plan igf-2027-participation --held-back left-out.csv", "and list who is left out, and why"),
        ],
    ),
    (
        "preview",
        &[
            ("convoke preview igf-2027-participation", "a sample of real messages, with an index page"),
            ("convoke preview igf-2027-participation --to lena@example.org", "the message of one person"),
            (
                "convoke preview igf-2027-participation --made-up --out preview",
                "with invented people, without contacts",
            ),
        ],
    ),
    (
        "test",
        &[(
            "convoke test igf-2027-participation --to ourselves@example.org",
            "a few real renderings to one address of ours; never counts as contact",
        )],
    ),
    (
        "send",
        &[
            ("convoke send igf-2027-participation", "a dry run: everything is rendered, nothing leaves"),
            ("convoke send igf-2027-participation --live", "send what is planned"),
            ("convoke send igf-2027-participation --live --limit 20", "the first twenty only"),
            (
                "convoke send igf-2027-participation --live --confirm 240",
                "from a script: the number is the plan's `planned`",
            ),
        ],
    ),
    (
        "status",
        &[
            ("convoke status", "every campaign"),
            ("convoke status igf-2027-participation --all", "one campaign, earlier plans too"),
        ],
    ),
    (
        "pause",
        &[(
            "convoke pause igf-2027-participation --reason \"wrong date in the French text\"",
            "nothing more leaves until resume",
        )],
    ),
    ("resume", &[("convoke resume igf-2027-participation", "lift the pause; `send` goes on")]),
    (
        "cancel",
        &[("convoke cancel igf-2027-participation --reason \"the meeting moved\"", "nothing more leaves, for good")],
    ),
    (
        "settle",
        &[
            (
                "convoke settle igf-2027-participation --in-doubt sent --reason \"the relay's log shows it\"",
                "every message in doubt arrived",
            ),
            (
                "convoke settle igf-2027-participation --in-doubt again --to lena@example.org --reason \"she asked\"",
                "send one person the same message again",
            ),
        ],
    ),
    (
        "opt-out",
        &[
            ("convoke opt-out add lena@example.org --reason \"phone call\"", "never write to this address"),
            ("convoke opt-out add lena@example.org --topic annual-meeting", "not about this topic"),
            ("convoke opt-out check lena@example.org --format json", "ask, from a script"),
            ("convoke opt-out list", "all of them"),
            ("convoke opt-out export", "all of them, as CSV"),
        ],
    ),
    (
        "audit",
        &[
            ("convoke audit contact lena@example.org", "everything that happened to one contact"),
            ("convoke audit campaign igf-2027-participation", "what happened to a campaign"),
            ("convoke audit export --out audit.csv", "one row per invitation"),
            ("convoke audit verify", "whether the record was altered"),
        ],
    ),
    (
        "dkim",
        &[
            ("convoke dkim new", "an RSA key for the domain of `organisation.from`"),
            ("convoke dkim new --type ed25519", "for a second signature beside it"),
            (
                "convoke dkim new --domain news.example.org --selector k2",
                "for another domain, under a name of your own",
            ),
            ("convoke dkim show", "the DNS records of the keys in the settings"),
        ],
    ),
    (
        "completions",
        &[(
            "convoke completions bash > ~/.local/share/bash-completion/completions/convoke",
            "let the shell complete names",
        )],
    ),
    ("man", &[("convoke man ~/.local/share/man/man1", "a manual page per command")]),
];

/// First steps, shown by `convoke --help`.
const FIRST_STEPS: &[Example] = &[
    ("convoke init outreach", "a workspace of your own"),
    ("convoke check", "is everything written as it should be?"),
    ("convoke gaps igf-2027-participation", "who is missing?"),
    ("convoke preview igf-2027-participation", "read the messages"),
    ("convoke send igf-2027-participation", "a dry run"),
    ("convoke send igf-2027-participation --live", "send"),
];

/// The command line with examples at the end of every long help.
pub(super) fn add_to(command: Command) -> Command {
    EXAMPLES.iter().fold(command.after_long_help(shown(FIRST_STEPS)), |command, (name, examples)| {
        command.mut_subcommand(name, |subcommand| add_to_parts(subcommand, name, examples))
    })
}

/// Examples of a command at its own help, and at that of each of its parts those that begin with it.
fn add_to_parts(command: Command, name: &str, examples: &[Example]) -> Command {
    command.after_long_help(shown(examples)).mut_subcommands(|part| {
        let beginning = format!("convoke {name} {}", part.get_name());
        let own: Vec<Example> = examples.iter().filter(|(typed, _)| typed.starts_with(&beginning)).copied().collect();
        if own.is_empty() { part } else { part.after_long_help(shown(&own)) }
    })
}

fn shown(examples: &[Example]) -> String {
    let lines = examples.iter().map(|(typed, meaning)| format!("  {typed}\n      {meaning}"));
    format!("Examples:\n{}", lines.collect::<Vec<_>>().join("\n"))
}
