//! The keys that sign messages, read at the last moment.

use std::path::Path;

use secrecy::ExposeSecret;

use super::failure::Failure;
use crate::domain::problem::Problem;
use crate::files::campaign_folder::within;
use crate::files::private_key::{self, PrivateKeyFileError};
use crate::settings::{DkimSettings, Settings};
use crate::smtp::dkim::key::PrivateKey;
use crate::smtp::dkim::{SignedWriter, Signer};

/// What writes the messages that leave: signed by every key of the settings.
///
/// # Errors
/// Exit code 6 with what is wrong with every key file. No secret stands in the message.
pub fn writer(settings: &Settings, workspace: &Path) -> Result<SignedWriter, Failure> {
    signers(settings, workspace).map(SignedWriter::new).map_err(Failure::bad_settings)
}

/// The keys of the settings, in their order.
///
/// # Errors
/// What is wrong with every key file, and what to do.
pub fn signers(settings: &Settings, workspace: &Path) -> Result<Vec<Signer>, Vec<Problem>> {
    let mut problems = Vec::new();
    let signers = settings.dkim.iter().filter_map(|key| signer(key, workspace).map_err(|p| problems.push(p)).ok());
    let signers: Vec<Signer> = signers.collect();
    if problems.is_empty() { Ok(signers) } else { Err(problems) }
}

fn signer(key: &DkimSettings, workspace: &Path) -> Result<Signer, Problem> {
    let DkimSettings { domain, selector, key_file } = key;
    let file = within(workspace, key_file);
    let what = format!("the DKIM key `{selector}` of {domain} cannot be used");
    let pem = private_key::read(key_file).map_err(|error| {
        let help = match &error {
            PrivateKeyFileError::OpenToEverybody => format!(
                "somebody may have read it: make another one with `convoke dkim new`; if nobody else uses this computer, \
                 chmod 600 {file}"
            ),
            PrivateKeyFileError::Missing => {
                "put it back from a backup, correct `dkim.key_file`, or make another one with `convoke dkim new`".to_owned()
            }
            _ => "name the file that `convoke dkim new` wrote the key to".to_owned(),
        };
        Problem::in_file(&file, "dkim-key", format!("{what}: {error}"), help)
    })?;
    let key = PrivateKey::from_pem(pem.expose_secret())
        .map_err(|error| Problem::in_file(&file, "dkim-key", format!("{what}: {error}"), error.help()))?;
    Ok(Signer { domain: domain.clone(), selector: selector.clone(), key })
}
