use std::path::Path;

use proptest::prelude::*;

use super::*;

fn place(folder: &str) -> Place {
    Place { folder: PathBuf::from(folder), home: Some(PathBuf::from("/home/lin")), ..Place::default() }
}

fn with_sign(folder: &str, at: &str, name: &str, is_folder: bool) -> Option<SharedFolder> {
    let sign = Sign { folder: PathBuf::from(at), name: name.to_owned(), is_folder };
    Place { signs: vec![sign], ..place(folder) }.shared()
}

fn service(shared: Option<SharedFolder>) -> Option<&'static str> {
    match shared? {
        SharedFolder::Synced { service, .. } => Some(service),
        SharedFolder::Network { .. } => None,
    }
}

#[test]
fn what_services_leave_in_their_folders_tells_of_them() {
    for (name, is_folder, expected) in [
        (".dropbox.cache", true, "Dropbox"),
        (".dropbox", false, "Dropbox"),
        (".stfolder", true, "Syncthing"),
        (".stfolder", false, "Syncthing"),
        (".tmp.drivedownload", true, "Google Drive"),
        (".owncloudsync.log", false, "ownCloud"),
        (".nextcloudsync.log", false, "Nextcloud"),
        (".sync_1a2b3c4d5e6f.db", false, "Nextcloud or ownCloud"),
        ("._sync_1a2b3c4d5e6f.db", false, "Nextcloud or ownCloud"),
    ] {
        let found = with_sign("/data/shared/deep/outreach", "/data/shared", name, is_folder);
        assert_eq!(service(found), Some(expected), "{name}");
        assert_eq!(with_sign("/data/other", "/data/shared", name, is_folder), None, "{name} elsewhere");
    }
}

#[test]
fn what_only_looks_like_a_sign_is_none() {
    for (name, is_folder) in [
        (".dropbox", true),
        (".sync_notes.txt", false),
        (".sync_x.db", true),
        ("Dropbox", true),
        (".dropbox.cache", false),
    ] {
        assert_eq!(with_sign("/home/lin/outreach", "/home/lin", name, is_folder), None, "{name}");
    }
}

#[test]
fn places_that_belong_to_a_service_are_known_by_their_path() {
    for (folder, expected) in [
        ("/Users/lin/Library/Mobile Documents/com~apple~CloudDocs/outreach", "iCloud Drive"),
        ("/Users/lin/Library/CloudStorage/OneDrive-ExampleForum/outreach", "OneDrive"),
        ("/Users/lin/Library/CloudStorage/GoogleDrive-lin/My Drive/outreach", "Google Drive"),
        ("/Users/lin/Library/CloudStorage/Box-Box/outreach", "Box"),
        ("/Users/lin/Library/CloudStorage/Another/outreach", "a cloud service"),
        ("/mnt/c/Users/lin/OneDrive - Example Forum/outreach", "OneDrive"),
        ("/home/lin/OneDrive/outreach", "OneDrive"),
        ("/home/lin/Google Drive/outreach", "Google Drive"),
    ] {
        assert_eq!(service(place(folder).shared()), Some(expected), "{folder}");
    }
}

#[test]
fn a_name_alone_is_no_sign() {
    for folder in [
        "/home/lin/Box/outreach",
        "/home/lin/Dropbox/outreach",
        "/srv/OneDrive/outreach",
        "/home/lin/work/OneDrive/outreach",
        "/home/lin/OneDrives/outreach",
        "/home/lin/Library/outreach",
        "/home/lin/nfs/outreach",
        "/",
    ] {
        assert_eq!(place(folder).shared(), None, "{folder}");
    }
}

#[test]
fn a_variable_names_the_folder_of_one_drive() {
    let one_drive = vec![("OneDriveCommercial".to_owned(), PathBuf::from("/d/cloud"))];
    let inside = Place { one_drive: one_drive.clone(), ..place("/d/cloud/outreach") };
    assert!(inside.shared().is_some_and(|s| s.to_string().contains("OneDriveCommercial")));
    assert_eq!(Place { one_drive, ..place("/d/cloudy/outreach") }.shared(), None);
}

const MOUNTS: &str = "\
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
40 27 0:40 / /home rw,relatime shared:5 - autofs systemd-1 rw,fd=42
41 27 0:41 / /home rw,relatime shared:6 master:2 - nfs4 server:/export rw,vers=4.2
42 41 8:1 / /home/lin/local rw - ext4 /dev/sda1 rw
43 27 0:43 / /mnt/team\\040folder rw - cifs //server/team rw
44 27 0:44 / /mnt/back\\134slash rw - fuse.sshfs host:/ rw
45 27 0:45 / /mnt/win rw - 9p drvfs rw
46 27 0:46 / /mnt/usb rw - fuseblk /dev/sdb1 rw
broken line
47 27 0:47 / /mnt/short";

#[test]
fn the_nearest_mount_decides() {
    for (folder, kind) in [
        ("/srv/outreach", "ext4"),
        ("/home/lin/outreach", "nfs4"),
        ("/home/lin/local/outreach", "ext4"),
        ("/homes/outreach", "ext4"),
        ("/mnt/team folder/outreach", "cifs"),
        ("/mnt/back\\slash/outreach", "fuse.sshfs"),
        ("/mnt/win/outreach", "9p"),
        ("/mnt/usb/outreach", "fuseblk"),
        ("/mnt/short/outreach", "ext4"),
    ] {
        let mount = mount_of(Path::new(folder), MOUNTS);
        assert_eq!(mount.map(|m| m.kind).as_deref(), Some(kind), "{folder}");
    }
    assert_eq!(mount_of(Path::new("/srv"), ""), None);
}

#[test]
fn network_file_systems_are_refused_and_no_others() {
    let shared = |folder: &str| Place { mounts: Some(MOUNTS.to_owned()), ..place(folder) }.shared();
    for folder in ["/home/lin/outreach", "/mnt/team folder/outreach", "/mnt/back\\slash/outreach"] {
        assert!(matches!(shared(folder), Some(SharedFolder::Network { .. })), "{folder}");
    }
    for folder in ["/srv/outreach", "/home/lin/local/outreach", "/mnt/win/outreach", "/mnt/usb/outreach"] {
        assert_eq!(shared(folder), None, "{folder}");
    }
    let said = shared("/mnt/team folder/x").map(|s| s.to_string());
    assert_eq!(said.as_deref(), Some("/mnt/team folder is a network folder (cifs)"));
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_of_mounts_stumble(text in "[ -~\\n\\\\]{0,400}", path in "/[a-z/ ]{0,30}") {
        if let Some(mount) = mount_of(Path::new(&path), &text) {
            prop_assert!(Path::new(&path).starts_with(&mount.point));
        }
    }
}
