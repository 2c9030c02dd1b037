//! On which file system a path lies, from the text of `/proc/self/mountinfo` (proc_pid_mountinfo(5)).

use std::path::{Path, PathBuf};

/// File systems whose files other machines may write at the same time. Those of virtual machines (`9p`, `virtiofs`) and local
/// ones by way of FUSE are not among them: one kernel, or one machine, stands behind them.
const NETWORK: &[&str] = &[
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "ncpfs",
    "afs",
    "coda",
    "ceph",
    "lustre",
    "gfs2",
    "ocfs2",
    "davfs",
    "fuse.sshfs",
    "fuse.rclone",
    "fuse.davfs2",
    "fuse.glusterfs",
    "fuse.ceph-fuse",
    "fuse.smbnetfs",
    "fuse.curlftpfs",
    "fuse.s3fs",
    "fuse.gcsfuse",
    "fuse.goofys",
    "fuse.google-drive-ocamlfuse",
    "fuse.onedriver",
    "fuse.gvfsd-fuse",
];

/// A mounted file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Where it is mounted.
    pub point: PathBuf,
    /// Its type, such as `ext4` or `fuse.sshfs`.
    pub kind: String,
}

impl Mount {
    /// Whether a server lends it.
    pub fn is_network(&self) -> bool {
        NETWORK.contains(&self.kind.as_str())
    }
}

/// The file system an absolute path lies on: that of the longest mount point above it; of several at one point the last,
/// which hides the others. `None` where the text holds none.
pub fn mount_of(path: &Path, mountinfo: &str) -> Option<Mount> {
    let above = mountinfo.lines().filter_map(mount).filter(|mount| path.starts_with(&mount.point));
    above.reduce(|best, next| {
        let (is, was) = (next.point.components().count(), best.point.components().count());
        if is >= was { next } else { best }
    })
}

/// One line: `36 35 98:0 /root /mount\040point rw,noatime master:1 - ext3 /dev/root rw`. Between the options and the hyphen
/// stand any number of fields.
fn mount(line: &str) -> Option<Mount> {
    let (left, right) = line.split_once(" - ")?;
    let point = left.split(' ').nth(4)?;
    let kind = right.split(' ').next().filter(|kind| !kind.is_empty())?;
    Some(Mount { point: PathBuf::from(unescaped(point)), kind: kind.to_owned() })
}

/// Blanks, tabs, line breaks and backslashes are written as a backslash and three octal digits.
fn unescaped(text: &str) -> String {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = (*first == b'\\').then(|| after.get(..3)).flatten().and_then(octal);
        octets.push(code.unwrap_or(*first));
        rest = if code.is_some() { after.get(3..).unwrap_or_default() } else { after };
    }
    String::from_utf8_lossy(&octets).into_owned()
}

fn octal(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok()
}
