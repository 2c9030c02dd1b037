//! A campaign's folder: `campaign.toml`, the files it names, and a digest of everything a plan rests on.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use ring::digest;

use super::campaign_file;
use super::toml_reader::{Document, Mention, SIZE_LIMIT, read_text};
use crate::domain::campaign::{Campaign, InputFile, ReferenceSpec};
use crate::domain::file_name::is_portable;
use crate::domain::language::LanguageTag;
use crate::domain::problem::{Checked, Findings, Problem};
use crate::domain::suggestion::did_you_mean;

/// The file that makes a folder a campaign.
pub const FILE_NAME: &str = "campaign.toml";
/// Folder of all campaigns of a workspace.
pub const CAMPAIGNS: &str = "campaigns";
/// Folder of all templates of a workspace.
pub const TEMPLATES: &str = "templates";
/// Tables of the settings that say what a value of a contact means, and so who is in an audience and what a letter says.
const DECIDING: [&str; 4] = ["countries", "words", "regions", "tiers"];
/// Their name among the inputs of a plan.
const DECISIONS: &str = "convoke.toml ([countries], [words], [regions], [tiers])";
/// Folder of the shared frames within [`TEMPLATES`].
pub const LAYOUTS: &str = "layouts";

/// A campaign, checked, with the files it rests on.
#[derive(Debug, Clone)]
pub struct CampaignFolder {
    /// What `campaign.toml` says.
    pub campaign: Campaign,
    /// The folder, absolute.
    pub folder: PathBuf,
    /// The workspace, absolute.
    pub workspace: PathBuf,
    /// SHA-256 (hexadecimal digits) of campaign.toml, inputs, targets, templates and layouts, by their path within the
    /// workspace, with `/`; and of the settings' decisions about values.
    pub digests: BTreeMap<String, String>,
    /// Custom columns that conditions name, with their places in campaign.toml.
    pub columns_named: Vec<Mention>,
}

impl CampaignFolder {
    /// Reads and checks a campaign; `folder` is absolute and lies within the workspace. Every problem in one go.
    pub fn load(workspace: &Path, folder: &Path) -> Checked<Self> {
        let name = folder.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let path = folder.join(FILE_NAME);
        let shown = within(workspace, &path);
        let text = match read_text(&path, &shown, SIZE_LIMIT) {
            Ok(text) => text,
            Err(problem) => return Checked::refused(vec![problem]),
        };
        let document = match Document::parse(&shown, &text) {
            Ok(document) => document,
            Err(problems) => return Checked::refused(problems),
        };
        let surroundings = Surroundings { workspace, folder };
        let campaign = campaign_file::read(document.root(), &name, surroundings);
        let columns_named = document.mentions();
        let mut findings = document.into_findings();
        if !is_campaign_name(&name) {
            findings.problems.push(Problem::in_file(
                within(workspace, folder),
                "bad-name",
                format!("a campaign cannot be called `{name}`"),
                "use up to 64 letters, digits, `-`, `_` and `.`, beginning with a letter or digit, and no name that Windows \
                 keeps for itself (`con`, `nul`, `com1`, a dot at the end)",
            ));
        }
        let found = campaign.map(|campaign| {
            let digests = digests(surroundings, &campaign, &mut findings);
            let (folder, workspace) = (folder.to_owned(), workspace.to_owned());
            Self { campaign, folder, workspace, digests, columns_named }
        });
        Checked::new(found, findings)
    }

    /// The absolute path of a file named in `[inputs]` or `targets:`.
    pub fn path_of(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }

    /// The files the campaign rests on, by their path within the workspace, with `/`.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.digests.keys().map(String::as_str).filter(|name| *name != DECISIONS)
    }
}

/// Digests of everything the campaign rests on; what cannot be found was complained about where it is named.
fn digests(around: Surroundings<'_>, campaign: &Campaign, findings: &mut Findings) -> BTreeMap<String, String> {
    let mut files = vec![around.folder.join(FILE_NAME)];
    files.extend(named_files(campaign).iter().filter_map(|file| around.input(file).ok()));
    files.extend(around.template_files(&campaign.template));
    let mut digests = BTreeMap::new();
    for path in files {
        match sha256_of(&path) {
            Ok(digest) => {
                digests.insert(within(around.workspace, &path), digest);
            }
            Err(error) => {
                let message = format!("it cannot be read: {error}");
                let shown = within(around.workspace, &path);
                findings.problems.push(Problem::in_file(shown, "unreadable-file", message, ""));
            }
        }
    }
    digests.extend(decisions_digest(around.workspace).map(|digest| (DECISIONS.to_owned(), digest)));
    digests
}

/// Digest of what the settings decide about values, whatever else they say; none where they decide nothing, or cannot be
/// read, which is complained about where they are used.
fn decisions_digest(workspace: &Path) -> Option<String> {
    let settings: toml::Table = fs::read_to_string(workspace.join("convoke.toml")).ok()?.parse().ok()?;
    let decided = DECIDING.iter().filter_map(|name| Some((*name, settings.get(*name)?.as_table()?)));
    let text: String =
        decided.filter(|(_, table)| !table.is_empty()).map(|(name, table)| format!("[{name}]\n{table}")).collect();
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    (!text.is_empty()).then(|| data_encoding::HEXLOWER.encode(digest.as_ref()))
}

/// Every file the campaign names, once.
fn named_files(campaign: &Campaign) -> Vec<String> {
    let inputs = &campaign.inputs;
    let files = [&inputs.contacts, &inputs.participation, &inputs.opt_outs];
    let mut named: Vec<String> =
        files.iter().flat_map(|list| list.iter()).map(|i: &InputFile| i.file.clone()).collect();
    for reference in campaign.gaps.iter().flat_map(|g| &g.against) {
        if let ReferenceSpec::Targets(file) = reference {
            named.push(file.clone());
        }
    }
    named.retain(|file| !file.is_empty());
    named.sort();
    named.dedup();
    named
}

/// What is wrong with a name in `campaign.toml`: code, message and help.
pub(super) type Complaint = (&'static str, String, String);

/// Where a campaign lies: what the names in it are looked up in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Surroundings<'a> {
    workspace: &'a Path,
    folder: &'a Path,
}

impl Surroundings<'_> {
    /// A file named in a campaign, if it is there and lies within the workspace, symbolic links followed.
    pub(super) fn input(self, file: &str) -> Result<PathBuf, Complaint> {
        let outside = |why: &str| {
            let help = "copy the file into the campaign's folder and name it there";
            Err(("outside-workspace", format!("`{file}` {why}"), help.to_owned()))
        };
        if Path::new(file).components().any(|c| matches!(c, Component::RootDir | Component::Prefix(_))) {
            return outside("is an absolute path");
        }
        let path = self.folder.join(file);
        let Ok(real) = path.canonicalize() else {
            let message = format!("there is no file `{file}` in the campaign's folder");
            return Err(("missing-file", message, nearest_file(&path)));
        };
        let Ok(root) = self.workspace.canonicalize() else { return outside("cannot be looked up") };
        if !real.starts_with(&root) {
            return outside("lies outside the workspace");
        }
        if real.starts_with(root.join(".convoke")) {
            return outside("lies in `.convoke`, which is private");
        }
        if !real.is_file() {
            return Err(("missing-file", format!("`{file}` is no file"), "name a file".to_owned()));
        }
        Ok(real.strip_prefix(&root).map(|inner| self.workspace.join(inner)).unwrap_or(real))
    }

    /// Whether a template of this name is there.
    pub(super) fn template(self, name: &str) -> Result<(), Complaint> {
        let templates = self.workspace.join(TEMPLATES);
        if is_campaign_name(name) && name != LAYOUTS && templates.join(name).is_dir() {
            return Ok(());
        }
        let names: Vec<String> = names_in(&templates).into_iter().filter(|n| n != LAYOUTS).collect();
        let near = did_you_mean(name, names.iter().map(String::as_str));
        let help = if near.is_empty() { "make the folder, with one file per language".to_owned() } else { near };
        Err(("missing-template", format!("there is no template `{TEMPLATES}/{name}`"), help))
    }

    /// Whether a template has a variant in a language.
    pub(super) fn variant(self, template: &str, language: &LanguageTag) -> Result<(), Complaint> {
        let names = names_in(&self.workspace.join(TEMPLATES).join(template));
        let stems = names.iter().filter_map(|name| name.split('.').next());
        let languages: Vec<LanguageTag> = stems.filter_map(LanguageTag::parse).collect();
        if languages.contains(language) {
            return Ok(());
        }
        let message = format!("the template `{template}` has no variant in `{language}`");
        let there: Vec<&str> = languages.iter().map(LanguageTag::as_str).collect();
        let help = format!("write one, or choose among {}", there.join(", "));
        Err(("missing-variant", message, help))
    }

    /// Whether a campaign of this name is there.
    pub(super) fn campaign(self, name: &str) -> Result<(), Complaint> {
        let names = campaign_names(self.workspace);
        if names.iter().any(|n| n == name) {
            return Ok(());
        }
        let help = did_you_mean(name, names.iter().map(String::as_str));
        Err(("unknown-value", format!("there is no campaign `{name}`"), help))
    }

    /// The files of a template and the layouts beside it.
    fn template_files(self, template: &str) -> Vec<PathBuf> {
        if self.template(template).is_err() {
            return Vec::new();
        }
        let templates = self.workspace.join(TEMPLATES);
        [templates.join(template), templates.join(LAYOUTS)]
            .iter()
            .flat_map(|folder| names_in(folder).into_iter().map(|name| folder.join(name)))
            .filter(|path| path.is_file())
            .collect()
    }
}

fn nearest_file(path: &Path) -> String {
    let wanted = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let names = path.parent().map(names_in).unwrap_or_default();
    let near = did_you_mean(&wanted, names.iter().map(String::as_str));
    if near.is_empty() { "put it there, or correct the name in `campaign.toml`".to_owned() } else { near }
}

/// Names in a folder, sorted, hidden ones left out; nothing where it cannot be read.
fn names_in(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.') && !name.ends_with('~'))
        .collect();
    names.sort();
    names
}

/// The campaigns of a workspace: folders under `campaigns/` that hold a `campaign.toml`, by name.
pub fn campaign_names(workspace: &Path) -> Vec<String> {
    let campaigns = workspace.join(CAMPAIGNS);
    names_in(&campaigns).into_iter().filter(|name| campaigns.join(name).join(FILE_NAME).is_file()).collect()
}

/// The folder of a campaign given by its base name or by a path (as seen from `current`, else from the workspace).
///
/// # Errors
/// What is wrong with the word, and what to write instead.
pub fn find_campaign(workspace: &Path, current: &Path, word: &str) -> Result<PathBuf, String> {
    let campaigns = workspace.join(CAMPAIGNS);
    let real_campaigns = campaigns.canonicalize().unwrap_or_else(|_| campaigns.clone());
    let is_name = is_campaign_name(word);
    let candidates = [is_name.then(|| campaigns.join(word)), Some(current.join(word)), Some(workspace.join(word))];
    for candidate in candidates.into_iter().flatten() {
        let folder =
            if candidate.ends_with(FILE_NAME) { candidate.parent().map(Path::to_owned) } else { Some(candidate) };
        let Some(real) = folder.and_then(|f| f.canonicalize().ok()).filter(|f| f.join(FILE_NAME).is_file()) else {
            continue;
        };
        let name = real.file_name().unwrap_or_default();
        if real.parent() != Some(&real_campaigns) {
            return Err(format!("{} is no folder of {}", real.display(), campaigns.display()));
        }
        return Ok(campaigns.join(name));
    }
    let names = campaign_names(workspace);
    let wanted = Path::new(word).file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let near = did_you_mean(&wanted, names.iter().map(String::as_str));
    let help = match (near.is_empty(), names.is_empty()) {
        (false, _) => near,
        (true, false) => format!("there are {}", names.join(", ")),
        (true, true) => format!("{} holds no campaign yet", campaigns.display()),
    };
    Err(format!("there is no campaign `{word}`\n  help: {help}"))
}

/// Names that can be a folder, a file name and a word in the ledger alike.
pub fn is_campaign_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        && is_portable(name)
}

/// Files whose line ends may differ between systems without meaning anything: git changes them on its way to Windows.
const TEXTS: &[&str] = &["toml", "md", "html", "mjml", "txt", "csv", "tsv"];

/// SHA-256 of a file, in hexadecimal digits; of a text as if its lines ended in LF alone.
fn sha256_of(path: &Path) -> std::io::Result<String> {
    let ending = path.extension().and_then(|e| e.to_str()).unwrap_or("").to_lowercase();
    let is_text = TEXTS.contains(&ending.as_str());
    let mut held_return = false;
    let mut file = fs::File::open(path)?;
    let mut context = digest::Context::new(&digest::SHA256);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            if held_return {
                context.update(b"\r");
            }
            return Ok(data_encoding::HEXLOWER.encode(context.finish().as_ref()));
        }
        let octets = buffer.get(..read).unwrap_or_default();
        if !is_text {
            context.update(octets);
            continue;
        }
        // A return is held back until it is known what follows it.
        for octet in octets.split_inclusive(|b| *b == b'\r') {
            if held_return && !octet.starts_with(b"\n") {
                context.update(b"\r");
            }
            held_return = octet.ends_with(b"\r");
            context.update(octet.strip_suffix(b"\r").unwrap_or(octet));
        }
    }
}

/// A path as people read it: within the workspace where it lies there, with `/`.
pub fn within(workspace: &Path, path: &Path) -> String {
    let inner = path.strip_prefix(workspace).unwrap_or(path);
    inner.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/").replace("//", "/")
}
