//! The relay the settings ask for, with its secret read at the last moment.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Stdio;

use secrecy::SecretString;

use crate::engine::ports::Relay;
use crate::settings::{Chunking, RelayKind, RelaySettings, SecretSource, Settings, Tls};
use crate::smtp::config::{Config, Credentials, Encryption, Secret, TokenCommand};
use crate::smtp::outbox::Outbox;
use crate::smtp::relay::SmtpRelay;
use crate::system::shell;

use super::failure::Failure;

/// A password or a certificate file is never larger.
const MAX_SECRET: u64 = 64 * 1024;
const MAX_CERTIFICATES: u64 = 4 * 1024 * 1024;

/// Builds the relay of a workspace. Nothing is connected yet.
///
/// # Errors
/// Exit code 6: the password or the private authority's certificates cannot be read. No secret stands in the message.
pub fn build_relay(settings: &Settings, workspace: &Path) -> Result<Box<dyn Relay>, Failure> {
    match settings.relay.kind {
        RelayKind::Outbox => Ok(Box::new(Outbox::new(workspace.join(".convoke/outbox")))),
        RelayKind::Smtp => {
            let relay = SmtpRelay::new(config(&settings.relay)?).map_err(Failure::configuration)?;
            Ok(Box::new(relay))
        }
    }
}

fn config(relay: &RelaySettings) -> Result<Config, Failure> {
    Ok(Config {
        host: relay.host.clone(),
        port: relay.port,
        encryption: match relay.tls {
            Tls::Implicit => Encryption::Implicit,
            Tls::StartTls => Encryption::StartTls,
            Tls::None => Encryption::None,
        },
        private_ca: relay.ca_file.as_deref().map(certificates).transpose()?,
        credentials: credentials(relay)?,
        messages_per_connection: relay.messages_per_connection,
        in_flight: (relay.chunking == Chunking::InFlight).then_some(relay.window),
        timeouts: relay.timeouts,
    })
}

/// A password is read now; a token is made when a connection is opened.
fn credentials(relay: &RelaySettings) -> Result<Option<Credentials>, Failure> {
    let Some(username) = relay.username.clone() else { return Ok(None) };
    let secret = match (&relay.token, &relay.password) {
        (Some(token), _) => Secret::Token(TokenCommand { line: token.command.clone(), lifetime: token.lifetime }),
        (None, Some(source)) => Secret::Password(read_secret(source)?),
        (None, None) => {
            return Err(Failure::configuration(
                "relay.username is set, and no password: name its place with relay.password_env, password_file or \
                 password_command",
            ));
        }
    };
    Ok(Some(Credentials { username, secret }))
}

/// Reads a secret: a variable's value, or the first line of a file or of what a command prints.
fn read_secret(source: &SecretSource) -> Result<SecretString, Failure> {
    let (place, text) = match source {
        SecretSource::Env(name) => {
            let value = std::env::var(name).map_err(|_| {
                Failure::configuration(format!("relay.password_env: the environment variable {name} is not set"))
            })?;
            (format!("relay.password_env: {name}"), value)
        }
        SecretSource::File(path) => {
            let place = format!("relay.password_file: {}", path.display());
            let octets = read_bounded(path, MAX_SECRET, &place)?;
            let text = String::from_utf8(octets).map_err(|_| Failure::configuration(format!("{place}: no UTF-8")))?;
            (place, text)
        }
        SecretSource::Command(command) => ("relay.password_command".to_owned(), run(command)?),
    };
    match text.lines().next() {
        Some(first) if !first.is_empty() => Ok(SecretString::from(first)),
        _ => Err(Failure::configuration(format!("{place}: it is empty"))),
    }
}

/// Runs a command by the shell. What it prints is a secret and goes nowhere; what it complains about goes to the
/// terminal.
fn run(command: &str) -> Result<String, Failure> {
    let fail = |what: String| Failure::configuration(format!("relay.password_command: {what}"));
    let output = shell::command(command)
        .stdin(Stdio::inherit())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| fail(format!("it cannot be run: {error}")))?;
    if !output.status.success() {
        return Err(fail(format!("it failed with {}", output.status)));
    }
    String::from_utf8(output.stdout).map_err(|_| fail("what it prints is no UTF-8".to_owned()))
}

fn certificates(path: &Path) -> Result<Vec<u8>, Failure> {
    read_bounded(path, MAX_CERTIFICATES, &format!("relay.ca_file: {}", path.display()))
}

fn read_bounded(path: &Path, limit: u64, place: &str) -> Result<Vec<u8>, Failure> {
    let mut octets = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(limit + 1).read_to_end(&mut octets))
        .map_err(|error| Failure::configuration(format!("{place}: {error}")))?;
    if octets.len() as u64 > limit {
        return Err(Failure::configuration(format!("{place}: it is larger than {limit} octets")));
    }
    Ok(octets)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_password_is_the_first_line_of_a_file_or_of_what_a_command_prints() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        fs::write(&file, "opens sesame\r\nsecond line\n").unwrap();
        assert_eq!(read_secret(&SecretSource::File(file)).unwrap().expose_secret(), "opens sesame");
        let command = SecretSource::Command("echo hidden; echo more".to_owned());
        assert_eq!(read_secret(&command).unwrap().expose_secret(), "hidden");
    }

    #[test]
    fn a_failure_to_read_a_password_names_its_place_and_no_secret() {
        for (source, place) in [
            (SecretSource::Env("CONVOKE_TEST_NO_SUCH_VARIABLE".to_owned()), "CONVOKE_TEST_NO_SUCH_VARIABLE"),
            (SecretSource::File("/nonexistent/password".into()), "/nonexistent/password"),
            (SecretSource::Command("echo hidden; exit 3".to_owned()), "relay.password_command"),
            (SecretSource::Command("true".to_owned()), "relay.password_command"),
        ] {
            let failure = read_secret(&source).map(|_| ()).unwrap_err();
            assert_eq!(failure.code, crate::cli::failure::exit::CONFIGURATION);
            assert!(failure.message.contains(place) && !failure.message.contains("hidden"), "{}", failure.message);
        }
    }
}
