//! `convoke dkim new`

use std::path::{Path, PathBuf};

use clap::{ValueEnum, ValueHint};
use secrecy::ExposeSecret;
use serde_json::json;

use super::as_json;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, exit};
use crate::cli::open;
use crate::files::campaign_folder::within;
use crate::files::private_key::{self, PrivateKeyFileError};
use crate::settings::{Settings, as_domain, as_selector};
use crate::smtp::dkim::Signer;
use crate::smtp::dkim::key::{Algorithm, PrivateKey};
use crate::smtp::dkim::make;
use crate::smtp::dkim::record::Record;

/// Where keys lie unless somebody says otherwise: private, and part of every backup.
const PRIVATE: &str = ".convoke";

/// Makes a key that signs messages, and prints its DNS record and its settings
///
/// Writes the private key to a file that only you may read, and never over one that is there. Nothing is signed with it
/// until its lines stand in convoke.toml: publish the record first, since a signature nobody can check counts for nothing.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What signs: rsa (2,048 bits), which every receiver can check; ed25519 as a second signature beside it
    #[arg(long = "type", value_name = "TYPE", value_enum, default_value_t = Type::Rsa)]
    kind: Type,
    /// Domain that signs (default: the domain of `organisation.from`)
    #[arg(long, value_name = "DOMAIN")]
    domain: Option<String>,
    /// Name of the key in the DNS (default: type, year and month, such as rsa-2027-01)
    #[arg(long, value_name = "NAME")]
    selector: Option<String>,
    /// File for the private key (default: in .convoke/keys)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Type {
    Rsa,
    Ed25519,
}

impl Type {
    fn algorithm(self) -> Algorithm {
        match self {
            Self::Rsa => Algorithm::Rsa,
            Self::Ed25519 => Algorithm::Ed25519,
        }
    }
}

pub fn run(args: Args, context: &Context) -> Result<u8, Failure> {
    let (settings, workspace) = (context.settings()?, context.workspace()?);
    if let Some(shared) = open::shared(workspace, &settings.ledger) {
        return Err(Failure::configuration(shared));
    }
    let algorithm = args.kind.algorithm();
    let domain = named(args.domain.as_deref(), "--domain", as_domain)?
        .unwrap_or_else(|| settings.organisation.from.address.domain().to_owned());
    let selector = named(args.selector.as_deref(), "--selector", as_selector)?
        .unwrap_or_else(|| format!("{}-{}", algorithm.as_str(), context.clock().now().strftime("%Y-%m")));
    refuse_known(settings, &domain, &selector)?;
    let path = match &args.out {
        Some(out) => context.current_folder()?.join(out),
        None => {
            let private = workspace.join(PRIVATE);
            open::make_private_folder(&private)?;
            private.join("keys").join(format!("{selector}._domainkey.{domain}.pem"))
        }
    };
    let key = make_in(&path, algorithm)?;
    let file = within(workspace, &path);
    report(&Signer { domain, selector, key }, &file, context)
}

fn named(word: Option<&str>, flag: &str, parse: fn(&str) -> Option<String>) -> Result<Option<String>, Failure> {
    let no_name = |word: &str| {
        Failure::usage(format!(
            "{flag}: `{}` is no name in the DNS\n  help: write letters, digits and hyphens",
            word.escape_debug()
        ))
    };
    word.map(|word| parse(word).ok_or_else(|| no_name(word))).transpose()
}

fn refuse_known(settings: &Settings, domain: &str, selector: &str) -> Result<(), Failure> {
    let is_known = settings.dkim.iter().any(|key| key.domain == domain && key.selector == selector);
    if !is_known {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "the settings have a key `{selector}` of {domain} already\n  help: `convoke dkim show` prints its record; name a \
         new key with --selector"
    )))
}

/// Draws a key and writes it. A file that is there is refused before anything is drawn.
fn make_in(path: &Path, algorithm: Algorithm) -> Result<PrivateKey, Failure> {
    let refused = |error: &PrivateKeyFileError| {
        Failure::usage(format!("{}: {error}\n  help: name another key with --selector or --out", path.display()))
    };
    if path.symlink_metadata().is_ok() {
        return Err(refused(&PrivateKeyFileError::AlreadyThere));
    }
    let pem = make::private_key(algorithm).map_err(Failure::failed)?;
    let key = PrivateKey::from_pem(pem.expose_secret().as_bytes()).map_err(Failure::failed)?;
    private_key::create(path, &pem).map_err(|error| match error {
        PrivateKeyFileError::Io(error) => Failure::unwritable(path, &error),
        error => refused(&error),
    })?;
    Ok(key)
}

fn report(signer: &Signer, file: &str, context: &Context) -> Result<u8, Failure> {
    let output = &context.output;
    let settings = settings_lines(signer, file);
    output.say(format!("wrote the private key to {file}: keep it, and never send it to anybody"));
    if context.is_json() {
        let mut document = as_json(signer, file);
        if let Some(object) = document.as_object_mut() {
            object.insert("settings".to_owned(), json!(settings));
        }
        output.json(&document)?;
    } else {
        output.say(format!("1. publish this record in the DNS of {}:", signer.domain));
        output.print(&format!("\n{}\n", Record::of(signer)))?;
        output.say("   (a form that asks for one value takes what stands in the quotes, put together without blanks)");
        output.say("2. when it can be looked up, add these lines at the end of convoke.toml:");
        output.print(&format!("\n{settings}"))?;
    }
    output.say("nothing left this computer");
    output.next("convoke check");
    Ok(exit::DONE)
}

/// The lines of `convoke.toml`.
fn settings_lines(signer: &Signer, file: &str) -> String {
    let quoted = toml::Value::String(file.to_owned());
    format!("[[dkim]]\ndomain = \"{}\"\nselector = \"{}\"\nkey_file = {quoted}\n", signer.domain, signer.selector)
}
