//! Secrets: read from where the settings point to, at the moment they are needed, and never shown.

use std::path::Path;
use std::process::{Command, Stdio};

use super::{Secret, SecretSource};
use crate::files::toml_reader::read_text;

/// Octets a secret may have.
const SECRET_LIMIT: u64 = 16 * 1024;

impl SecretSource {
    /// Reads the secret: the variable, or the first line of the file or of what the command prints.
    ///
    /// # Errors
    /// Where it was looked for and why it is not there, in words; never the secret.
    pub fn read(&self) -> Result<Secret, String> {
        let found = match self {
            SecretSource::Env(name) => std::env::var(name)
                .map_err(|_| format!("the environment variable {name} (`relay.password_env`) is not set"))?,
            SecretSource::File(path) => first_line(
                &read_text(path, &path.display().to_string(), SECRET_LIMIT).map_err(|problem| problem.to_string())?,
            ),
            SecretSource::Command(command) => first_line(&output_of(command)?),
        };
        if found.is_empty() {
            return Err(format!("the password is empty ({})", self.whereabouts()));
        }
        Ok(found.into())
    }

    fn whereabouts(&self) -> String {
        match self {
            SecretSource::Env(name) => format!("environment variable {name}"),
            SecretSource::File(path) => format!("file {}", shown(path)),
            SecretSource::Command(_) => "`relay.password_command`".to_owned(),
        }
    }
}

fn output_of(command: &str) -> Result<String, String> {
    let output = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("`relay.password_command` could not be run: {error}"))?;
    if !output.status.success() {
        return Err(format!("`relay.password_command` failed ({})", output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| "`relay.password_command` printed octets that are no UTF-8".to_owned())
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or("").trim_end_matches('\r').to_owned()
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_secret_is_the_first_line_of_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        std::fs::write(&path, "open sesame\nsecond line\n").unwrap();
        assert_eq!(SecretSource::File(path).read().unwrap().expose_secret(), "open sesame");
    }

    #[test]
    fn a_command_that_fails_or_prints_nothing_is_said_without_the_secret() {
        let failed = SecretSource::Command("echo hidden; exit 3".to_owned()).read().unwrap_err();
        assert!(failed.contains("password_command") && !failed.contains("hidden"), "{failed}");
        assert!(SecretSource::Command("true".to_owned()).read().unwrap_err().contains("empty"));
    }

    #[test]
    fn a_missing_variable_is_named() {
        let missing = SecretSource::Env("CONVOKE_TEST_NO_SUCH_VARIABLE".to_owned()).read().unwrap_err();
        assert!(missing.contains("CONVOKE_TEST_NO_SUCH_VARIABLE"), "{missing}");
    }
}
