//! A scripted SMTP server on loopback: at each moment of a session a script says what it does, and every message it was
//! handed whole stands in its log, synced before it answers, with what it decided. That log is the oracle a ledger is
//! compared with.
//!
//! ```ignore
//! let server = Server::builder()
//!     .script(|moment| match (moment.at, moment.recipient) {
//!         (At::Rcpt, "nobody@example.org") => Act::say("550 5.1.1 no such user\r\n"),
//!         (At::Dot, _) if moment.message == 3 => Act::Store(Box::new(Act::Drop)),
//!         _ => Act::Go,
//!     })
//!     .start();
//! // … send to 127.0.0.1, server.port() …
//! assert_eq!(server.stored().len(), 17);
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so where it stands")]
#![allow(dead_code, reason = "every test file takes what it needs")]

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

#[path = "certificates.rs"]
pub mod certificates;
#[path = "smtp_peer.rs"]
mod peer;
#[path = "smtp_tokens.rs"]
mod tokens;

use certificates::Identity;

/// A step of a session, from the server's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// Before the banner.
    Greeting,
    /// EHLO was read.
    Ehlo,
    /// STARTTLS was read.
    StartTls,
    /// The client's first octet of the handshake is there.
    Handshake,
    /// A line of AUTH was read (each one).
    Auth,
    /// RSET was read.
    Rset,
    /// MAIL was read.
    Mail,
    /// RCPT was read.
    Rcpt,
    /// DATA was read.
    Data,
    /// 354 was said, no content is read yet.
    Body,
    /// The final dot was read: the client is past its point of no return.
    Dot,
    /// QUIT was read.
    Quit,
}

/// Where a session stands when the script is asked.
#[derive(Debug)]
pub struct Moment<'a> {
    /// The connection's number, from 1.
    pub connection: usize,
    /// The number of the MAIL on this connection, from 1; 0 before the first.
    pub message: usize,
    /// The step.
    pub at: At,
    /// The recipient, once RCPT was read; else empty.
    pub recipient: &'a str,
}

/// What the server does.
#[derive(Debug, Clone)]
pub enum Act {
    /// The usual.
    Go,
    /// Says these octets instead of the usual reply. Their first digit is the decision: at the dot, `2` stores.
    Say(Vec<u8>),
    /// The same, octet by octet with a pause between.
    Drip(Vec<u8>, Duration),
    /// Says these octets and closes.
    SayAndClose(Vec<u8>),
    /// Waits, then does this.
    Wait(Duration, Box<Act>),
    /// Closes without a word. At the dot: without having stored the message.
    Drop,
    /// At [`At::Body`]: reads so many octets of content, then closes.
    DropAfter(usize),
    /// Keeps the connection open and says nothing until the server stops.
    Hang,
    /// At [`At::Dot`]: stores the message whatever comes next.
    Store(Box<Act>),
}

impl Act {
    /// [`Act::Say`] with text.
    pub fn say(reply: &str) -> Self {
        Self::Say(reply.as_bytes().to_vec())
    }
}

/// One message that was handed over whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The connection's number, from 1.
    pub connection: usize,
    /// RCPT.
    pub recipient: String,
    /// MAIL.
    pub mail_from: String,
    /// Message-ID header, without angle brackets.
    pub message_id: String,
    /// Of the content, dots undone, as hexadecimal digits.
    pub sha256: String,
    /// What the server decided.
    pub stored: bool,
    /// The content, dots undone.
    pub content: Vec<u8>,
}

/// How the server encrypts.
#[derive(Clone)]
enum Encryption {
    None,
    StartTls(Identity),
    Implicit(Identity),
}

/// Signing in by token: user `outreach`.
struct Tokens {
    mechanisms: String,
    is_good: Arc<dyn Fn(&str) -> bool + Send + Sync>,
    challenge: String,
}

type Script = Arc<dyn Fn(&Moment<'_>) -> Act + Send + Sync>;

/// A server about to be started.
pub struct Builder {
    encryption: Encryption,
    /// User name and password.
    login: Option<(String, String)>,
    tokens: Option<Tokens>,
    offers: Vec<String>,
    script: Script,
    log: Option<PathBuf>,
}

impl Builder {
    /// Offers STARTTLS.
    pub fn starttls(mut self, identity: Identity) -> Self {
        self.encryption = Encryption::StartTls(identity);
        self
    }

    /// Speaks TLS from the first octet.
    pub fn implicit_tls(mut self, identity: Identity) -> Self {
        self.encryption = Encryption::Implicit(identity);
        self
    }

    /// Asks for AUTH before MAIL.
    pub fn login(mut self, user: &str, password: &str) -> Self {
        self.login = Some((user.to_owned(), password.to_owned()));
        self
    }

    /// Asks for AUTH before MAIL, by a token and one of these mechanisms.
    pub fn tokens(mut self, mechanisms: &str, is_good: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        let challenge = r#"{"status":"invalid_token","scope":"mail"}"#.to_owned();
        self.tokens = Some(Tokens { mechanisms: mechanisms.to_owned(), is_good: Arc::new(is_good), challenge });
        self
    }

    /// What it says, in base64, about a token it refuses; nothing where it is empty.
    pub fn challenge(mut self, challenge: &str) -> Self {
        self.tokens.as_mut().unwrap().challenge = challenge.to_owned();
        self
    }

    /// Offers these extensions instead of PIPELINING, SIZE, 8BITMIME, ENHANCEDSTATUSCODES and DSN (STARTTLS and AUTH come by
    /// themselves).
    pub fn offers(mut self, offers: &[&str]) -> Self {
        self.offers = offers.iter().map(|offer| (*offer).to_owned()).collect();
        self
    }

    /// What it does at each moment.
    pub fn script(mut self, script: impl Fn(&Moment<'_>) -> Act + Send + Sync + 'static) -> Self {
        self.script = Arc::new(script);
        self
    }

    /// Writes the log to this file too: a JSON object a line, synced before the server answers.
    pub fn log_to(mut self, path: impl Into<PathBuf>) -> Self {
        self.log = Some(path.into());
        self
    }

    /// Listens on a free port of 127.0.0.1.
    pub fn start(self) -> Server {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let file =
            self.log.as_ref().map(|path| OpenOptions::new().create(true).append(true).open(path).expect("a log"));
        let shared = Arc::new(Shared {
            builder: self,
            stopping: AtomicBool::new(false),
            connections: AtomicUsize::new(0),
            commands: Mutex::default(),
            log: Mutex::new((file, Vec::new())),
        });
        let listening = shared.clone();
        let accepting = thread::spawn(move || accept(&listener, &listening));
        Server { address, shared, accepting: Some(accepting) }
    }
}

/// What the connections of a server have in common.
struct Shared {
    builder: Builder,
    stopping: AtomicBool,
    connections: AtomicUsize,
    commands: Mutex<Vec<(usize, String)>>,
    log: Mutex<(Option<File>, Vec<Entry>)>,
}

impl Shared {
    /// Puts an entry into the log, on disk first.
    fn record(&self, entry: Entry) {
        let mut log = self.log.lock().unwrap();
        if let Some(file) = &mut log.0 {
            let line = serde_json::json!({
                "connection": entry.connection, "recipient": entry.recipient, "mail_from": entry.mail_from,
                "message_id": entry.message_id, "sha256": entry.sha256, "stored": entry.stored,
            });
            file.write_all(format!("{line}\n").as_bytes()).unwrap();
            file.sync_data().unwrap();
        }
        log.1.push(entry);
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stopping.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let shared = shared.clone();
        let number = shared.connections.fetch_add(1, Ordering::SeqCst) + 1;
        // A connection that breaks is what these tests are about; the thread ends with it.
        thread::spawn(move || drop(serve(stream, number, &shared)));
    }
}

fn serve(stream: TcpStream, number: usize, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_millis(100)))?;
    peer::Peer::new(stream, number, shared).serve()
}

/// A running server. It stops when dropped.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

impl Server {
    /// A server that takes everything, in clear, until told otherwise.
    pub fn builder() -> Builder {
        Builder {
            encryption: Encryption::None,
            login: None,
            tokens: None,
            offers: ["PIPELINING", "SIZE 35882577", "8BITMIME", "ENHANCEDSTATUSCODES", "DSN"]
                .map(str::to_owned)
                .to_vec(),
            script: Arc::new(|_| Act::Go),
            log: None,
        }
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Connections so far.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Command lines so far with the number of their connection, without line ends.
    pub fn commands(&self) -> Vec<(usize, String)> {
        self.shared.commands.lock().unwrap().clone()
    }

    /// How many command lines so far began with this word.
    pub fn count(&self, word: &str) -> usize {
        self.commands().iter().filter(|(_, line)| line.starts_with(word)).count()
    }

    /// Every message handed over whole, in the order of the final dots.
    pub fn log(&self) -> Vec<Entry> {
        self.shared.log.lock().unwrap().1.clone()
    }

    /// Those it took.
    pub fn stored(&self) -> Vec<Entry> {
        self.log().into_iter().filter(|entry| entry.stored).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        // Wakes the listener up.
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}
