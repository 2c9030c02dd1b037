//! Debian's smtp-sink (package postfix), which keeps each message it was handed in a file of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so where it stands")]

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A running smtp-sink on a port of loopback.
pub struct Sink {
    process: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Sink {
    /// Starts it.
    pub fn start() -> Self {
        let program = ["/usr/sbin/smtp-sink", "/usr/local/sbin/smtp-sink"]
            .into_iter()
            .find(|path| std::path::Path::new(path).exists())
            .expect("smtp-sink is not installed: tests/run installs Debian's package postfix");
        let user = String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap();
        // The port is free until smtp-sink takes it; should somebody be faster, another one is tried.
        for _ in 0..10 {
            let folder = tempfile::tempdir().unwrap();
            let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
            let mut command = Command::new(program);
            // As root it wants to become somebody else.
            command.args(["-u", user.trim(), "-d"]).arg(folder.path().join("mail."));
            let mut process =
                command.arg(format!("127.0.0.1:{port}")).arg("100").stderr(Stdio::null()).spawn().unwrap();
            for _ in 0..200 {
                if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                    return Self { process, port, folder };
                }
                if process.try_wait().unwrap().is_some() {
                    break;
                }
                std::thread::sleep(Duration::from_millis(10));
            }
            let _ended = process.kill().and_then(|()| process.wait());
        }
        panic!("smtp-sink does not start");
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Every message it was handed: the recipient of the envelope, and the octets as they came.
    ///
    /// smtp-sink puts envelope and trace lines before the message, drops the CR of line ends and adds an empty line.
    pub fn messages(&self) -> Vec<(String, Vec<u8>)> {
        let files = std::fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        files.map(|path| as_handed(&std::fs::read_to_string(path).unwrap())).collect()
    }
}

fn as_handed(kept: &str) -> (String, Vec<u8>) {
    let mut lines = kept.split('\n').peekable();
    let mut recipient = String::new();
    while let Some(line) = lines.next_if(|line| line.starts_with("X-") || line.starts_with("Received:")) {
        if let Some(argument) = line.strip_prefix("X-Rcpt-Args: <") {
            recipient = argument.split('>').next().unwrap_or_default().to_owned();
        }
        while lines.next_if(|line| line.starts_with('\t')).is_some() {}
    }
    let message: String = lines.map(|line| format!("{line}\r\n")).collect();
    // Splitting left an empty line behind the last line feed, and smtp-sink added another.
    let message = message.strip_suffix("\r\n\r\n").unwrap_or(&message);
    (recipient, message.as_bytes().to_vec())
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ended = self.process.kill().and_then(|()| self.process.wait());
    }
}
