//! A workspace of its own with one campaign, `spring`, and the binary run in it.
#![allow(dead_code, reason = "every test file takes what it needs")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// A folder with settings, a template, a campaign and its contacts.
pub struct Workspace {
    folder: tempfile::TempDir,
    people: usize,
}

/// A relay on loopback, in clear and without a steady rate; more keys of `[relay]` may follow.
pub fn relay(port: u16, connections: usize) -> String {
    format!(
        "[relay]\nkind = \"smtp\"\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nconnections = {connections}\n\
         rate.per_second = 0\n"
    )
}

/// The folder relay, without a steady rate.
pub const OUTBOX: &str = "[relay]\nkind = \"outbox\"\nrate.per_second = 0\n";

impl Workspace {
    /// So many people at one domain.
    pub fn new(people: usize, relay: &str) -> Self {
        Self::of(&(0..people).map(|n| format!("person{n}@example.org")).collect::<Vec<_>>(), relay)
    }

    /// These people.
    pub fn of(addresses: &[String], relay: &str) -> Self {
        let workspace = Self { folder: tempfile::tempdir().unwrap(), people: addresses.len() };
        workspace.settings(relay);
        workspace.write("templates/spring/en.md", TEMPLATE);
        workspace.write("campaigns/spring/campaign.toml", CAMPAIGN);
        let mut contacts = "email,given_name,family_name,country,language,tier,source,basis\n".to_owned();
        for (n, address) in addresses.iter().enumerate() {
            let tier = if n.is_multiple_of(2) { "field" } else { "community" };
            contacts.push_str(&format!("{address},Ada{n},Example,KE,en,{tier},manual,mandate\n"));
        }
        workspace.write("campaigns/spring/contacts.csv", &contacts);
        for name in ["default.html", "default.toml", "default.txt"] {
            let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/layouts").join(name);
            workspace.write(&format!("templates/layouts/{name}"), &fs::read_to_string(ours).unwrap());
        }
        workspace
    }

    /// Writes `convoke.toml` with this relay.
    pub fn settings(&self, relay: &str) {
        self.write("convoke.toml", &format!("{SETTINGS}{relay}"));
    }

    /// Writes a file.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Appends to `campaign.toml`.
    pub fn append_to_campaign(&self, text: &str) {
        self.write("campaigns/spring/campaign.toml", &format!("{CAMPAIGN}{text}"));
    }

    /// A path within it.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// The binary, with these arguments, nobody at the terminal.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_convoke"));
        command.current_dir(self.folder.path()).args(["--as", "lin"]).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs it to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command(arguments).output().unwrap())
    }

    /// Runs it, and it must end well.
    pub fn must(&self, arguments: &[&str]) -> Ran {
        let ran = self.run(arguments);
        assert_eq!(ran.code, Some(0), "convoke {}: {}{}", arguments.join(" "), ran.stdout, ran.stderr);
        ran
    }

    /// The arguments of a live send, confirmed.
    pub fn live(&self) -> Vec<String> {
        let confirm = self.people.to_string();
        ["send", "spring", "--live", "--format", "json", "--confirm", &confirm].map(str::to_owned).to_vec()
    }

    /// A live send to its end.
    pub fn send(&self, more: &[&str]) -> Ran {
        let live = self.live();
        let arguments: Vec<&str> = live.iter().map(String::as_str).chain(more.iter().copied()).collect();
        self.run(&arguments)
    }

    /// A live send that goes on while the test does.
    pub fn start_sending(&self) -> Child {
        let live = self.live();
        self.command(&live.iter().map(String::as_str).collect::<Vec<_>>()).spawn().unwrap()
    }

    /// How the campaign stands.
    pub fn status(&self) -> Value {
        self.must(&["status", "spring", "--format", "json"]).json()
    }
}

/// What a run left behind.
#[derive(Debug)]
pub struct Ran {
    /// Exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Ran {
    /// Standard output as one JSON document.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}: {}{}", self.stdout, self.stderr))
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |octets: Vec<u8>| String::from_utf8(octets).unwrap();
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

/// A number of a JSON document.
pub fn number(document: &Value, key: &str) -> u64 {
    document.get(key).and_then(Value::as_u64).unwrap_or_else(|| panic!("no number `{key}` in {document}"))
}

/// Every row is in exactly one state.
pub fn assert_sum(standing: &Value) {
    let states = ["accepted", "rejected", "deferred", "in_doubt", "suppressed", "expired", "cancelled", "unsent"];
    let sum: u64 = states.iter().map(|state| number(standing, state)).sum();
    assert_eq!(number(standing, "planned"), sum, "{standing}");
}

const SETTINGS: &str = r#"
[organisation]
name = "Example Forum"
postal_address = "Example Street 1, Example City"
from = "Example Forum <invitations@forum.example>"
list_id = "invitations.forum.example"
bounce_domain = "bounces.forum.example"
public_url = "https://outreach.forum.example"

"#;

const CAMPAIGN: &str = r#"
title = "Come in spring"
objective = "Broaden participation"
phase = "before"
responsible = ["secretariat"]
topic = "annual-meeting"
purpose = "invitation to the annual meeting"
template = "spring"
default_language = "en"
inputs.contacts = ["contacts.csv"]

[[audience]]
name = "field"
where = { tier = ["field"] }

[[audience]]
name = "community"
where = { tier = ["community"] }

[variables]
event.name = "Spring Forum"
"#;

const TEMPLATE: &str = "+++
subject = '{{event.name}}: an invitation for {{given_name}}'
preheader = 'Come and take part.'
+++
Dear {{given_name}},

please come to {{event.name}}.
";
