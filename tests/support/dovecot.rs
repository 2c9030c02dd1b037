//! A Dovecot of our own in a temporary folder, which checks passwords and tokens for a Postfix (SASL). It speaks no protocol of
//! its own and is not the system's service.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so where it stands")]
#![allow(dead_code, reason = "every test file takes what it needs")]

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use data_encoding::{BASE64, BASE64URL_NOPAD};
use ring::hmac;
use tempfile::TempDir;

/// The one who may sign in.
pub const USER: &str = "outreach";
/// The password.
pub const PASSWORD: &str = "open, sesame";
/// What tokens are signed with.
const KEY: &[u8] = b"a made-up key that is long enough for HMAC-SHA-256";

/// A running Dovecot; it stops when dropped.
pub struct Dovecot {
    folder: TempDir,
}

impl Dovecot {
    /// Starts one. `None`, with a word on stderr, where this user may not start it.
    ///
    /// # Panics
    /// Dovecot is not installed, or does not start.
    pub fn start() -> Option<Self> {
        assert!(
            Path::new("/usr/sbin/dovecot").exists(),
            "Dovecot is not installed: tests/run installs Debian's package dovecot-core"
        );
        let folder = tempfile::Builder::new().prefix("convoke-dovecot-").tempdir().unwrap();
        if fs::metadata(folder.path()).unwrap().uid() != 0 {
            eprintln!("SKIPPED: Dovecot's processes run as other users, which this user, not being root, cannot start");
            return None;
        }
        let dovecot = Self { folder };
        dovecot.write_settings();
        let status = dovecot.command("/usr/sbin/dovecot").status().unwrap();
        assert!(status.success(), "dovecot: {status}; {}", dovecot.log());
        for _ in 0..250 {
            if UnixStream::connect(dovecot.path("sasl")).is_ok() {
                return Some(dovecot);
            }
            sleep(Duration::from_millis(20));
        }
        panic!("Dovecot does not answer: {}", dovecot.log());
    }

    /// Lines of main.cf with which a Postfix asks it.
    pub fn for_postfix(&self) -> String {
        format!(
            "smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = {}\n\
             smtpd_sasl_security_options = noanonymous\n\
             smtpd_recipient_restrictions = permit_sasl_authenticated, reject\n",
            self.path("sasl").display()
        )
    }

    /// What it said.
    pub fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.arg("-c").arg(self.path("dovecot.conf"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn write_settings(&self) {
        // Its processes run as other users, and must be able to pass through.
        fs::set_permissions(self.folder.path(), Permissions::from_mode(0o755)).unwrap();
        // Where it looks for the key of a token that names none: of the application `default`, by the signature's method.
        fs::create_dir_all(self.path("keys/default/HS256")).unwrap();
        fs::write(self.path("keys/default/HS256/default"), BASE64.encode(KEY)).unwrap();
        fs::write(self.path("users"), format!("{USER}:{{PLAIN}}{PASSWORD}\n")).unwrap();
        let folder = self.folder.path().display();
        fs::write(
            self.path("oauth2"),
            format!(
                "introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix={folder}/keys/\n\
                 username_attribute = sub\n"
            ),
        )
        .unwrap();
        let settings = format!(
            "base_dir = {folder}/run\n\
             state_dir = {folder}/state\n\
             log_path = {folder}/log\n\
             protocols =\n\
             ssl = no\n\
             disable_plaintext_auth = no\n\
             auth_mechanisms = plain login oauthbearer xoauth2\n\
             auth_failure_delay = 0\n\
             auth_verbose = yes\n\
             passdb {{\n driver = passwd-file\n mechanisms = plain login\n args = {folder}/users\n}}\n\
             passdb {{\n driver = oauth2\n mechanisms = oauthbearer xoauth2\n args = {folder}/oauth2\n}}\n\
             userdb {{\n driver = static\n args = uid=65534 gid=65534 home=/nonexistent\n}}\n\
             service anvil {{\n unix_listener anvil-auth-penalty {{\n mode = 0\n }}\n}}\n\
             service auth {{\n unix_listener {folder}/sasl {{\n mode = 0666\n }}\n}}\n"
        );
        fs::write(self.path("dovecot.conf"), settings).unwrap();
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        // One that did not start has nothing to stop.
        let _ = self.command("/usr/bin/doveadm").arg("stop").status();
    }
}

/// A token for the user that is good for so many seconds, or has not been for as many (RFC 7519, signed by HMAC-SHA-256).
pub fn token(seconds: i64) -> String {
    #[expect(clippy::disallowed_methods, reason = "Dovecot asks the system's clock too")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let part = |value: serde_json::Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let head = part(serde_json::json!({ "alg": "HS256", "typ": "JWT" }));
    let claims = part(serde_json::json!({ "sub": USER, "iat": now - 120, "exp": now.saturating_add_signed(seconds) }));
    let signed = format!("{head}.{claims}");
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, KEY), signed.as_bytes());
    format!("{signed}.{}", BASE64URL_NOPAD.encode(signature.as_ref()))
}
