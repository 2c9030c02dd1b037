//! A real Postfix on a port of loopback, with settings, queue and mailboxes of its own in a temporary folder. It delivers
//! what it accepts for example.org into a Maildir, and refuses the recipients it was told to refuse.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so where it stands")]
#![allow(dead_code, reason = "every test file takes what it needs")]

use std::fs::{self, Permissions};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use tempfile::TempDir;

/// A running Postfix; it stops when dropped.
pub struct Postfix {
    folder: TempDir,
    port: u16,
}

impl Postfix {
    /// Starts one that answers RCPT for these addresses with these words of access(5), such as
    /// `550 5.1.1 no such user` or `450 4.2.0 later`. `None`, with a word on stderr, where this user may not start it.
    ///
    /// # Panics
    /// Postfix is not installed, or does not start.
    pub fn start(refused: &[(String, &str)]) -> Option<Self> {
        Self::start_with(refused, "")
    }

    /// The same, with more lines of postconf(5); of a setting, the last line counts.
    ///
    /// # Panics
    /// As [`Postfix::start`].
    pub fn start_with(refused: &[(String, &str)], more: &str) -> Option<Self> {
        assert!(
            Path::new("/usr/sbin/postfix").exists(),
            "Postfix is not installed: tests/run installs Debian's package postfix"
        );
        let folder = tempfile::Builder::new().prefix("convoke-postfix-").tempdir().unwrap();
        if fs::metadata(folder.path()).unwrap().uid() != 0 {
            eprintln!("SKIPPED: Postfix's master process must be started by root, and this user is not root");
            return None;
        }
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let postfix = Self { folder, port };
        postfix.write_settings(refused, more);
        postfix.run("start");
        for _ in 0..500 {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return Some(postfix);
            }
            sleep(Duration::from_millis(20));
        }
        panic!("Postfix does not answer: {}", postfix.log());
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it delivered, as files of a Maildir (with its own lines on top). Waits until there are so many, or until
    /// nothing has come for a while.
    pub fn delivered(&self, expected: usize) -> Vec<Vec<u8>> {
        let folder = self.path("mail/all/new");
        let count = || fs::read_dir(&folder).map_or(0, Iterator::count);
        let (mut before, mut quiet) = (0, 0);
        while count() < expected && quiet < 100 {
            sleep(Duration::from_millis(100));
            quiet = if count() == before { quiet + 1 } else { 0 };
            before = count();
        }
        let entries = fs::read_dir(&folder).map(Iterator::collect::<Vec<_>>).unwrap_or_default();
        entries.into_iter().map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect()
    }

    /// Its log.
    pub fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    fn write_settings(&self, refused: &[(String, &str)], more: &str) {
        // Its processes run as other users, and must be able to pass through.
        fs::set_permissions(self.folder.path(), Permissions::from_mode(0o755)).unwrap();
        let (user, group) = owner();
        for below in ["conf", "queue", "data", "mail"] {
            fs::create_dir(self.path(below)).unwrap();
        }
        for below in ["data", "mail"] {
            chown(self.path(below), Some(user), Some(group)).unwrap();
        }
        let refused: String = refused.iter().map(|(address, words)| format!("{address} {words}\n")).collect();
        fs::write(self.path("conf/refused"), refused).unwrap();
        let folder = self.folder.path().display();
        let main = format!(
            "compatibility_level = 3.6\n\
             config_directory = {folder}/conf\n\
             queue_directory = {folder}/queue\n\
             data_directory = {folder}/data\n\
             maillog_file = {folder}/log\n\
             maillog_file_prefixes = {folder}\n\
             command_directory = /usr/sbin\n\
             daemon_directory = /usr/lib/postfix/sbin\n\
             inet_interfaces = 127.0.0.1\n\
             inet_protocols = ipv4\n\
             myhostname = mail.igf.example\n\
             mydestination =\n\
             mynetworks = 127.0.0.0/8\n\
             default_transport = discard:\n\
             virtual_mailbox_domains = example.org\n\
             virtual_mailbox_base = {folder}/mail\n\
             virtual_mailbox_maps = static:all/\n\
             virtual_minimum_uid = 1\n\
             virtual_uid_maps = static:{user}\n\
             virtual_gid_maps = static:{group}\n\
             smtpd_recipient_restrictions = check_recipient_access texthash:{folder}/conf/refused, permit_mynetworks, reject\n\
             smtpd_error_sleep_time = 0\n\
             smtpd_client_connection_count_limit = 0\n\
             {more}\n"
        );
        fs::write(self.path("conf/main.cf"), main).unwrap();
        let port = self.port;
        let master = format!(
            "127.0.0.1:{port} inet n - n - - smtpd\n\
             cleanup unix n - n - 0 cleanup\n\
             qmgr unix n - n 300 1 qmgr\n\
             rewrite unix - - n - - trivial-rewrite\n\
             bounce unix - - n - 0 bounce\n\
             defer unix - - n - 0 bounce\n\
             trace unix - - n - 0 bounce\n\
             error unix - - n - - error\n\
             retry unix - - n - - error\n\
             discard unix - - n - - discard\n\
             virtual unix - n n - - virtual\n\
             proxymap unix - - n - - proxymap\n\
             anvil unix - - n - 1 anvil\n\
             postlog unix-dgram n - n - 1 postlogd\n"
        );
        fs::write(self.path("conf/master.cf"), master).unwrap();
    }

    fn run(&self, command: &str) {
        let mut postfix = Command::new("/usr/sbin/postfix");
        postfix.arg("-c").arg(self.path("conf")).arg(command);
        let status = postfix.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        assert!(status.success() || command == "stop", "postfix {command}: {status}; {}", self.log());
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        self.run("stop");
    }
}

/// Ids of the user `postfix` and its group.
fn owner() -> (u32, u32) {
    let id = |option: &str| {
        let output = Command::new("id").args([option, "postfix"]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().parse().expect("Debian's package makes the user postfix")
    };
    (id("-u"), id("-g"))
}
