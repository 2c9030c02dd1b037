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
use std::time::{Duration, UNIX_EPOCH};

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
        Self::with(refused, "")
    }

    /// The same with more lines of main.cf, which take the place of those with the same name.
    pub fn with(refused: &[(String, &str)], more: &str) -> Option<Self> {
        assert!(
            Path::new("/usr/lib/postfix/sbin/master").exists(),
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
        postfix.make_queue();
        postfix.go_on();
        Some(postfix)
    }

    /// Starts it again after [`Postfix::stop`]. Not by `postfix start`, which looks at every file of the system's Postfix first
    /// and takes seconds for it.
    pub fn go_on(&self) {
        let starts = || {
            let mut master = Command::new("/usr/lib/postfix/sbin/master");
            master.arg("-c").arg(self.path("conf")).arg("-w");
            master.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success()
        };
        // The processes of one that was stopped hold its port a moment longer.
        let mut tries = 0;
        while !starts() {
            tries += 1;
            assert!(tries < 50, "Postfix does not start: {}", self.log());
            sleep(Duration::from_millis(100));
        }
        for _ in 0..500 {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() {
                return;
            }
            sleep(Duration::from_millis(20));
        }
        panic!("Postfix does not answer: {}", self.log());
    }

    /// Stops it where it is, sessions and all; its queue and its mailboxes stay.
    pub fn stop(&self) {
        // Without a number it never started; one that is gone already needs no ending.
        let Ok(master) = fs::read_to_string(self.path("queue/pid/master.pid")) else { return };
        let master = master.trim();
        let _ = Command::new("kill").args(["-TERM", master]).stderr(Stdio::null()).status();
        for _ in 0..500 {
            // One that waits to be buried holds nothing any more.
            let stat = fs::read_to_string(format!("/proc/{master}/stat")).unwrap_or_default();
            if stat.is_empty() || stat.contains(") Z ") {
                return;
            }
            sleep(Duration::from_millis(10));
        }
        eprintln!("Postfix does not end: {}", self.log());
    }

    /// A file of its own, for settings that name one.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path("conf").join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// Goes on with more lines of main.cf, instead of those given before.
    pub fn settle(&self, more: &str) {
        let base = fs::read_to_string(self.path("conf/base")).unwrap();
        write_long_ago(&self.path("conf/main.cf"), &joined(&base, more));
        // Not `postfix reload`: what serves a client goes on by the settings it knows.
        self.stop();
        self.go_on();
    }

    /// Message-IDs it took, by its own log, each as often as it did.
    pub fn took(&self) -> Vec<String> {
        let log = self.log();
        let ids =
            log.lines().filter(|line| line.contains("/cleanup[")).filter_map(|line| line.split_once("message-id=<"));
        ids.map(|(_, rest)| rest.trim_end_matches('>').to_owned()).collect()
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
        write_long_ago(&self.path("conf/refused"), &refused);
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
             smtpd_client_connection_count_limit = 0\n"
        );
        fs::write(self.path("conf/base"), &main).unwrap();
        write_long_ago(&self.path("conf/main.cf"), &joined(&main, more));
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
             tlsmgr unix - - n 1000? 1 tlsmgr\n\
             anvil unix - - n - 1 anvil\n\
             postlog unix-dgram n - n - 1 postlogd\n"
        );
        write_long_ago(&self.path("conf/master.cf"), &master);
    }

    /// What `postfix check` makes of an empty folder.
    fn make_queue(&self) {
        let ((user, _), postdrop) = (owner(), fs::metadata("/var/spool/postfix/public").unwrap().gid());
        let make = |name: &str, user: u32, group: Option<u32>, mode: u32| {
            let path = self.path("queue").join(name);
            fs::create_dir(&path).unwrap();
            chown(&path, Some(user), group).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        };
        let own = [
            "active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved",
            "trace",
        ];
        own.into_iter().for_each(|name| make(name, user, None, 0o700));
        make("maildrop", user, Some(postdrop), 0o1730);
        make("public", user, Some(postdrop), 0o2710);
        make("pid", 0, None, 0o755);
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Writes a file that looks old: Postfix waits with one that was written in the last two seconds, in case it is not whole yet.
fn write_long_ago(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(UNIX_EPOCH + Duration::from_secs(1_000_000_000)).unwrap();
}

/// Settings with more of them. A name must not stand there twice: Postfix would complain of each to a log that it has not started
/// yet, and wait for ever for room in it.
fn joined(base: &str, more: &str) -> String {
    let name = |line: &str| line.split_once('=').map_or("", |(name, _)| name.trim_end()).to_owned();
    let replaced: Vec<String> = more.lines().map(name).collect();
    let kept = base.lines().filter(|line| !replaced.contains(&name(line)));
    kept.chain(more.lines()).map(|line| format!("{line}\n")).collect()
}

/// Ids of the user `postfix` and its group.
fn owner() -> (u32, u32) {
    (id("postfix", "-u"), id("postfix", "-g"))
}

fn id(user: &str, option: &str) -> u32 {
    let output = Command::new("id").args([option, user]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().parse().expect("Debian's package makes the user postfix")
}
