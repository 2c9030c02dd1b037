//! Debian's smtp-sink (package postfix), which keeps what it was handed in one file.
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
            command.args(["-u", user.trim(), "-D"]).arg(folder.path().join("mail"));
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

    /// The recipient of every message, in the order they came.
    pub fn recipients(&self) -> Vec<String> {
        let kept = std::fs::read(self.folder.path().join("mail")).unwrap();
        let recipient = |line: &str| Some(line.strip_prefix("X-Rcpt-Args: <")?.split('>').next()?.to_owned());
        String::from_utf8_lossy(&kept).lines().filter_map(recipient).collect()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ended = self.process.kill().and_then(|()| self.process.wait());
    }
}
