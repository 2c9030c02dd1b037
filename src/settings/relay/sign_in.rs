//! How to sign in to a relay: with a password, or with a token of OAuth 2.0. Neither stands in the settings; they say where it is
//! found.

use std::path::Path;
use std::time::Duration;

use crate::files::toml_reader::Section;
use crate::settings::preset::Preset;
use crate::settings::{SecretSource, TokenSource};

/// Google's and Microsoft's tokens live for an hour or more.
const TOKEN_LIFETIME: Duration = Duration::from_secs(45 * 60);

/// Who signs in, and with what.
#[derive(Default)]
pub(super) struct SignIn {
    pub(super) username: Option<String>,
    pub(super) password: Option<SecretSource>,
    pub(super) token: Option<TokenSource>,
}

/// Reads `auth`, `username` and what proves it.
pub(super) fn read(section: &Section<'_>, workspace: &Path, preset: &Preset) -> SignIn {
    let username = section.entry("username").and_then(|e| e.line().map(str::to_owned));
    let lifetime = section
        .entry("token_lifetime")
        .and_then(|e| e.duration(Duration::from_secs(60)..=Duration::from_secs(30 * 86_400)))
        .unwrap_or(TOKEN_LIFETIME);
    if preset.needs_username && username.is_none() {
        section.complain(
            "missing-key",
            format!("`relay.kind = \"{}\"` needs `relay.username`", preset.word),
            "write the address of the mailbox that sends",
        );
    }
    let auth = section.entry("auth").and_then(|e| e.choice(&["password", "oauth2"]));
    match auth.map_or(preset.oauth2, |choice| choice == 1) {
        true => {
            let token = read_token(section, username.is_some() || preset.needs_username, lifetime);
            SignIn { username, password: None, token }
        }
        false => {
            refuse_token_command(section);
            let password = read_password(section, username.is_some(), workspace);
            SignIn { username, password, token: None }
        }
    }
}

fn read_token(section: &Section<'_>, has_username: bool, lifetime: Duration) -> Option<TokenSource> {
    refuse_password_in_clear(section);
    for key in ["password_env", "password_file", "password_command"] {
        if let Some(entry) = section.unwanted(key) {
            entry.complain_at_key(
                "contradiction",
                format!("`{}` is for auth = \"password\", and `relay.auth` is \"oauth2\"", entry.path()),
                "remove it, or set auth = \"password\"",
            );
        }
    }
    let command = section
        .required(
            "token_command",
            "say how a token is had: a command that prints one, such as \"oauth2-token invitations@example.org\"",
        )
        .and_then(|e| e.line().map(str::to_owned));
    if !has_username {
        section.complain(
            "missing-key",
            "`relay.auth = \"oauth2\"` needs `relay.username`",
            "set `username` to the mailbox that the token is for",
        );
    }
    Some(TokenSource { command: command?, lifetime })
}

fn refuse_token_command(section: &Section<'_>) {
    if let Some(entry) = section.unwanted("token_command") {
        entry.complain_at_key(
            "contradiction",
            format!("`{}` and auth = \"oauth2\" belong together", entry.path()),
            "set auth = \"oauth2\", or remove it",
        );
    }
}

/// Whether there was one.
fn refuse_password_in_clear(section: &Section<'_>) -> bool {
    let in_clear = section.unwanted("password");
    if let Some(entry) = &in_clear {
        entry.complain_at_key(
            "secret-in-file",
            "a password must not stand in `convoke.toml`",
            "set `password_env`, `password_file` or `password_command` instead, and change this password",
        );
    }
    in_clear.is_some()
}

fn read_password(section: &Section<'_>, has_username: bool, workspace: &Path) -> Option<SecretSource> {
    let was_in_clear = refuse_password_in_clear(section);
    let line = |key| section.entry(key).and_then(|e| e.line().map(str::to_owned));
    let (env, file, command) = (line("password_env"), line("password_file"), line("password_command"));
    let mut sources: Vec<SecretSource> = Vec::new();
    sources.extend(env.map(SecretSource::Env));
    sources.extend(file.map(|path| SecretSource::File(workspace.join(path))));
    sources.extend(command.map(SecretSource::Command));
    if sources.len() > 1 {
        section.complain(
            "contradiction",
            "the password is given in several ways",
            "keep one of `password_env`, `password_file`, `password_command`",
        );
    }
    let source = sources.into_iter().next();
    if has_username != source.is_some() && !was_in_clear {
        section.complain(
            "missing-key",
            "`relay.username` and a password belong together",
            "set `username` and one of `password_env`, `password_file`, `password_command`, or none of them",
        );
    }
    source
}
