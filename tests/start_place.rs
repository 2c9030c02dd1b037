//! Synced and network folders: nothing is begun there, what is there can be looked at and mail can be stopped.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

#[path = "support/typed.rs"]
mod typed;
use typed::talk;

/// A folder that Syncthing copies.
fn synced() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".stfolder")).unwrap();
    folder
}

#[test]
fn no_workspace_is_made_in_a_synced_folder() {
    let folder = synced();
    let said = talk(2, folder.path(), &["init", "deep/outreach"]);
    assert!(said.contains("Syncthing copies") && said.contains("`.stfolder`"), "{said}");
    assert!(said.contains("why:") && said.contains("help:"), "{said}");
    assert!(!folder.path().join("deep").exists());
}

#[test]
fn no_backup_is_restored_into_a_synced_folder_or_another_workspace() {
    let folder = synced();
    let said = talk(2, folder.path(), &["-C", "deep/outreach", "restore", "all.backup"]);
    assert!(said.contains("Syncthing copies"), "{said}");
    assert!(!folder.path().join("deep").exists());

    let folder = tempfile::tempdir().unwrap();
    talk(0, folder.path(), &["init", "outreach"]);
    let said = talk(2, &folder.path().join("outreach/campaigns"), &["restore", "../all.backup"]);
    assert!(said.contains("inside the workspace"), "{said}");
}

#[test]
fn a_folder_that_is_merely_called_so_is_used() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["Box", "Dropbox", "OneDrive", "nfs"] {
        talk(0, folder.path(), &["init", &format!("{name}/outreach")]);
    }
}

#[test]
fn a_workspace_moved_into_a_synced_folder_takes_nothing_new_and_still_stops_mail() {
    let folder = tempfile::tempdir().unwrap();
    talk(0, folder.path(), &["init", "w"]);
    let workspace = folder.path().join("w");
    fs::write(workspace.join("people.csv"), "email,organisation\nlena@example.org,Example Network\n").unwrap();
    talk(0, &workspace, &["import", "people.csv", "--as", "contacts", "--basis", "consent"]);
    talk(0, &workspace, &["new", "campaign", "spring"]);
    talk(0, &workspace, &["plan", "spring"]);
    fs::create_dir(folder.path().join(".dropbox.cache")).unwrap();
    for refused in [
        &["import", "people.csv", "--as", "contacts"][..],
        &["gaps"],
        &["plan", "spring"],
        &["send", "spring", "--live"],
        &["resume", "spring"],
    ] {
        let said = talk(6, &workspace, refused);
        assert!(said.contains("Dropbox copies") && said.contains("move the whole folder"), "{refused:?}: {said}");
    }
    for done in [
        &["check"][..],
        &["status"],
        &["pause", "spring", "--reason", "moved"],
        &["cancel", "spring", "--reason", "moved"],
        &["opt-out", "add", "lena@example.org"],
        &["opt-out", "list"],
        &["audit", "verify"],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_convoke"))
            .current_dir(&workspace)
            .args(done)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].map(|part| String::from_utf8_lossy(&part).into_owned()).concat();
        assert!(output.status.code() == Some(0) && said.contains("Dropbox copies"), "{done:?}: {said}");
    }
    fs::remove_dir(folder.path().join(".dropbox.cache")).unwrap();
    assert!(!talk(0, &workspace, &["opt-out", "check", "lena@example.org"]).contains("Dropbox"));
}

#[test]
fn an_opt_out_makes_no_first_ledger_in_a_synced_folder() {
    let folder = tempfile::tempdir().unwrap();
    talk(0, folder.path(), &["init", "w"]);
    fs::write(folder.path().join(".owncloudsync.log"), "").unwrap();
    talk(6, &folder.path().join("w"), &["opt-out", "add", "lena@example.org"]);
    assert!(!folder.path().join("w/.convoke").exists());
}

#[cfg(unix)]
#[test]
fn a_link_into_a_synced_folder_is_followed() {
    let (folder, synced) = (tempfile::tempdir().unwrap(), synced());
    std::os::unix::fs::symlink(synced.path(), folder.path().join("link")).unwrap();
    assert!(talk(2, folder.path(), &["init", "link/outreach"]).contains("Syncthing"));
    // The private state alone, led elsewhere by a link.
    talk(0, folder.path(), &["init", "w"]);
    fs::create_dir(synced.path().join("private")).unwrap();
    std::os::unix::fs::symlink(synced.path().join("private"), folder.path().join("w/.convoke")).unwrap();
    let said = talk(6, &folder.path().join("w"), &["gaps"]);
    assert!(said.contains("Syncthing"), "{said}");
}

#[test]
fn the_variable_of_one_drive_is_heeded() {
    let folder = tempfile::tempdir().unwrap();
    let run = |one_drive: &Path| -> Output {
        Command::new(env!("CARGO_BIN_EXE_convoke"))
            .current_dir(folder.path())
            .env("OneDriveCommercial", one_drive)
            .args(["init", "cloud/outreach"])
            .stdin(Stdio::null())
            .output()
            .unwrap()
    };
    fs::create_dir(folder.path().join("cloud")).unwrap();
    let refused = run(&folder.path().join("cloud"));
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("OneDriveCommercial"));
    assert_eq!(run(&folder.path().join("elsewhere")).status.code(), Some(0));
}

/// The table of mounts of the machine that runs the test is understood: its own temporary folder has a file system.
#[cfg(target_os = "linux")]
#[test]
fn the_mounts_of_this_machine_can_be_read() {
    let text = fs::read_to_string("/proc/self/mountinfo").unwrap();
    let folder = tempfile::tempdir().unwrap().path().canonicalize().unwrap_or_else(|_| "/tmp".into());
    let mount = convoke::domain::shared_folder::mount_of(&folder, &text).unwrap();
    assert!(!mount.kind.is_empty() && folder.starts_with(&mount.point), "{mount:?}");
    let proc = convoke::domain::shared_folder::mount_of(Path::new("/proc/self"), &text).unwrap();
    assert_eq!(proc.kind, "proc");
}
