//! The example workspace is sound by itself, and its lists are what the script beside them writes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use convoke::domain::problem::Findings;
use convoke::files::campaign_folder::{CampaignFolder, campaign_names};
use convoke::settings::Settings;

#[test]
fn the_lists_are_what_the_script_writes() {
    let campaigns = root().join("campaigns");
    let written = tempfile::tempdir().unwrap();
    for name in campaign_names(&root()) {
        fs::create_dir(written.path().join(name)).unwrap();
    }
    let script = root().join("tests/support/example_data.py");
    let status = Command::new("python3").arg(script).arg(written.path()).status();
    assert!(status.expect("python3 is needed: apt-get install python3").success());
    let mut compared = 0;
    for (path, text) in lists_below(written.path()) {
        let kept = campaigns.join(&path);
        assert!(
            fs::read(&kept).is_ok_and(|kept| kept == text),
            "{} differs: change tests/support/example_data.py and run it on campaigns/",
            path.display()
        );
        compared += 1;
    }
    // All but targets.csv, which somebody decided.
    assert_eq!(compared, lists_below(&campaigns).len() - 1);
}

#[test]
fn the_settings_and_campaigns_of_the_example_have_no_problems() {
    let mut findings = Settings::load(&root()).findings;
    assert_eq!(campaign_names(&root()), ["igf-2027-participation", "igf-2027-save-the-date"]);
    for name in campaign_names(&root()) {
        findings.absorb(CampaignFolder::load(&root(), &root().join("campaigns").join(name)).findings);
    }
    assert_eq!(findings, Findings::default());
}

/// Every CSV one folder down, by its path from `folder`.
fn lists_below(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = |path: &Path| fs::read_dir(path).unwrap().map(|e| e.unwrap().path()).collect::<Vec<_>>();
    entries(folder)
        .iter()
        .filter(|path| path.is_dir())
        .flat_map(|path| entries(path))
        .filter(|path| path.extension().is_some_and(|e| e == "csv"))
        .map(|path| (path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap()))
        .collect()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
