//! One connection of the scripted server.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use data_encoding::{BASE64, HEXLOWER};
use ring::digest::{SHA256, digest};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::{Act, At, Encryption, Entry, Moment, Shared};

enum Io {
    Clear(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Io {
    fn tcp(&self) -> &TcpStream {
        match self {
            Self::Clear(tcp) => tcp,
            Self::Tls(tls) => &tls.sock,
        }
    }
}

/// How a step went on.
pub(super) enum Next {
    /// The usual reply was said (or a script's beginning with 2 or 3).
    Granted,
    /// The script refused.
    Refused,
}

pub(super) struct Peer<'a> {
    io: Io,
    number: usize,
    pub(super) shared: &'a Shared,
    unread: Vec<u8>,
    message: usize,
    mail_from: String,
    recipient: String,
    pub(super) is_signed_in: bool,
}

impl<'a> Peer<'a> {
    pub(super) fn new(tcp: TcpStream, number: usize, shared: &'a Shared) -> Self {
        let (mail_from, recipient) = (String::new(), String::new());
        let io = Io::Clear(tcp);
        Self { io, number, shared, unread: Vec::new(), message: 0, mail_from, recipient, is_signed_in: false }
    }

    pub(super) fn serve(mut self) -> io::Result<()> {
        if let Encryption::Implicit(identity) = &self.shared.builder.encryption {
            self.handshake(identity.server.clone())?;
        }
        self.step(At::Greeting, "220 mail.example ESMTP\r\n")?;
        loop {
            let line = self.line()?;
            self.shared.commands.lock().unwrap().push((self.number, line.clone()));
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => self.step(At::Ehlo, &self.offers()).map(|_| ())?,
                "STARTTLS" => self.start_tls()?,
                "AUTH" => self.sign_in(&line)?,
                "RSET" => {
                    self.forget();
                    self.step(At::Rset, "250 2.0.0 forgotten\r\n")?;
                }
                "MAIL" => self.mail(&line)?,
                "RCPT" => self.rcpt(&line)?,
                "DATA" => self.data()?,
                "BDAT" => self.bdat(&line)?,
                "QUIT" => {
                    self.step(At::Quit, "221 2.0.0 bye\r\n")?;
                    return self.close();
                }
                _ => self.say(b"500 5.5.1 what?\r\n")?,
            }
        }
    }

    pub(super) fn local_port(&self) -> io::Result<u16> {
        Ok(self.io.tcp().local_addr()?.port())
    }

    fn offers(&self) -> String {
        let mut offers = vec!["mail.example at your service".to_owned()];
        offers.extend(self.shared.builder.offers.iter().cloned());
        if matches!(self.shared.builder.encryption, Encryption::StartTls(_)) && matches!(self.io, Io::Clear(_)) {
            offers.push("STARTTLS".to_owned());
        }
        if self.shared.builder.login.is_some() {
            offers.push("AUTH PLAIN LOGIN".to_owned());
        }
        offers.extend(self.shared.builder.tokens.iter().map(|tokens| format!("AUTH {}", tokens.mechanisms)));
        let last = offers.len() - 1;
        let line = |(n, offer): (usize, &String)| format!("250{}{offer}\r\n", if n == last { ' ' } else { '-' });
        offers.iter().enumerate().map(line).collect()
    }

    fn start_tls(&mut self) -> io::Result<()> {
        let Encryption::StartTls(identity) = &self.shared.builder.encryption else {
            return self.say(b"502 5.5.1 not here\r\n");
        };
        match self.step(At::StartTls, "220 2.0.0 go ahead\r\n")? {
            Next::Granted => self.handshake(identity.server.clone()),
            Next::Refused => Ok(()),
        }
    }

    fn handshake(&mut self, config: Arc<ServerConfig>) -> io::Result<()> {
        while self.io.tcp().peek(&mut [0]).map_or_else(|error| self.again(error).map(|()| true), |n| Ok(n == 0))? {
            thread::sleep(Duration::from_millis(5));
        }
        match self.ask(At::Handshake) {
            Act::Drop => return self.close(),
            Act::Hang => return self.hang(),
            _ => {}
        }
        let tcp = self.io.tcp().try_clone()?;
        let connection = ServerConnection::new(config).map_err(io::Error::other)?;
        self.io = Io::Tls(Box::new(StreamOwned::new(connection, tcp)));
        Ok(())
    }

    fn sign_in(&mut self, line: &str) -> io::Result<()> {
        if self.shared.builder.tokens.is_some() {
            return self.sign_in_by_token(line);
        }
        let Some((user, password)) = self.shared.builder.login.clone() else {
            return self.say(b"502 5.5.1 not here\r\n");
        };
        let mut words = line.split(' ').skip(1);
        let given = match (words.next(), words.next()) {
            (Some("PLAIN"), Some(first)) => first.to_owned(),
            (Some("PLAIN"), None) => self.challenge("334 \r\n")?,
            (Some("LOGIN"), _) => {
                let name = BASE64.decode(self.challenge("334 VXNlcm5hbWU6\r\n")?.as_bytes()).unwrap_or_default();
                let secret = BASE64.decode(self.challenge("334 UGFzc3dvcmQ6\r\n")?.as_bytes()).unwrap_or_default();
                BASE64.encode(&[b"\0".as_slice(), &name, b"\0", &secret].concat())
            }
            _ => return self.say(b"504 5.5.4 which?\r\n"),
        };
        self.is_signed_in = given == BASE64.encode(format!("\0{user}\0{password}").as_bytes());
        let usual = if self.is_signed_in { "235 2.7.0 welcome\r\n" } else { "535 5.7.8 no\r\n" };
        self.step(At::Auth, usual).map(|_| ())
    }

    pub(super) fn challenge(&mut self, challenge: &str) -> io::Result<String> {
        self.say(challenge.as_bytes())?;
        self.line()
    }

    fn mail(&mut self, line: &str) -> io::Result<()> {
        self.message += 1;
        let wants_sign_in = self.shared.builder.login.is_some() || self.shared.builder.tokens.is_some();
        if wants_sign_in && !self.is_signed_in {
            return self.say(b"530 5.7.0 sign in first\r\n");
        }
        if !self.mail_from.is_empty() {
            return self.say(b"503 5.5.1 nested MAIL\r\n");
        }
        if let Next::Granted = self.step(At::Mail, "250 2.1.0 ok\r\n")? {
            self.mail_from = path(line);
        }
        Ok(())
    }

    fn rcpt(&mut self, line: &str) -> io::Result<()> {
        if self.mail_from.is_empty() || !self.recipient.is_empty() {
            return self.say(b"503 5.5.1 out of order\r\n");
        }
        self.recipient = path(line);
        if let Next::Refused = self.step(At::Rcpt, "250 2.1.5 ok\r\n")? {
            self.recipient.clear();
        }
        Ok(())
    }

    fn data(&mut self) -> io::Result<()> {
        if self.recipient.is_empty() {
            return self.say(b"503 5.5.1 no recipient\r\n");
        }
        if let Next::Refused = self.step(At::Data, "354 go ahead\r\n")? {
            return Ok(());
        }
        match self.ask(At::Body) {
            Act::DropAfter(octets) => {
                while self.unread.len() < octets {
                    self.more()?;
                }
                return self.close();
            }
            Act::Go => {}
            act => self.act(act, "").map(|_| ())?,
        }
        let content = self.content()?;
        self.decide(content)
    }

    /// The last and only chunk of a message (RFC 3030): it is read whole, whatever becomes of it.
    fn bdat(&mut self, line: &str) -> io::Result<()> {
        let mut words = line.split(' ').skip(1);
        let octets = words.next().and_then(|number| number.parse::<usize>().ok());
        let (Some(octets), Some("LAST")) = (octets, words.next()) else {
            return self.say(b"501 5.5.4 BDAT size LAST\r\n");
        };
        if !self.recipient.is_empty()
            && let Act::DropAfter(octets) = self.ask(At::Body)
        {
            while self.unread.len() < octets {
                self.more()?;
            }
            return self.close();
        }
        while self.unread.len() < octets {
            self.more()?;
        }
        let content = self.unread.drain(..octets).collect();
        if self.recipient.is_empty() {
            return self.say(b"503 5.5.1 no recipient\r\n");
        }
        self.decide(content)
    }

    /// Records a message that was handed over whole, with the decision, and answers.
    fn decide(&mut self, content: Vec<u8>) -> io::Result<()> {
        let act = self.ask(At::Dot);
        let (stored, act) = match act {
            Act::Store(act) => (true, *act),
            act => (decides_to_store(&act), act),
        };
        self.shared.record(Entry {
            connection: self.number,
            recipient: self.recipient.clone(),
            mail_from: self.mail_from.clone(),
            message_id: message_id(&content),
            sha256: HEXLOWER.encode(digest(&SHA256, &content).as_ref()),
            stored,
            content,
        });
        self.act(act, "250 2.0.0 stored\r\n")?;
        self.forget();
        Ok(())
    }

    /// Octets up to the lone dot, which only CRLF.CRLF makes, dots undone.
    fn content(&mut self) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        loop {
            let end = loop {
                match self.unread.windows(2).position(|pair| pair == b"\r\n") {
                    Some(at) => break at + 2,
                    None => self.more()?,
                }
            };
            let line: Vec<u8> = self.unread.drain(..end).collect();
            match line.strip_prefix(b".") {
                Some(b"\r\n") => return Ok(content),
                Some(rest) => content.extend_from_slice(rest),
                None => content.extend_from_slice(&line),
            }
        }
    }

    fn forget(&mut self) {
        self.mail_from.clear();
        self.recipient.clear();
    }

    fn ask(&self, at: At) -> Act {
        let (connection, message) = (self.number, self.message);
        (self.shared.builder.script)(&Moment { connection, message, at, recipient: &self.recipient })
    }

    pub(super) fn step(&mut self, at: At, usual: &str) -> io::Result<Next> {
        let act = self.ask(at);
        self.act(act, usual)
    }

    fn act(&mut self, act: Act, usual: &str) -> io::Result<Next> {
        let said = match act {
            Act::Go => usual.as_bytes().to_vec(),
            Act::Say(octets) => octets,
            Act::Drip(octets, pause) => {
                for octet in &octets {
                    self.say(&[*octet])?;
                    thread::sleep(pause);
                }
                return Ok(next(&octets));
            }
            Act::SayAndClose(octets) => {
                self.say(&octets)?;
                self.close()?;
                return Ok(Next::Refused);
            }
            Act::Wait(time, act) => {
                thread::sleep(time);
                return self.act(*act, usual);
            }
            Act::Drop | Act::DropAfter(_) => {
                self.close()?;
                return Ok(Next::Refused);
            }
            Act::Hang => {
                self.hang()?;
                return Ok(Next::Refused);
            }
            Act::Store(act) => return self.act(*act, usual),
        };
        self.say(&said)?;
        Ok(next(if said.is_empty() { usual.as_bytes() } else { &said }))
    }

    pub(super) fn say(&mut self, octets: &[u8]) -> io::Result<()> {
        match &mut self.io {
            Io::Clear(tcp) => tcp.write_all(octets),
            Io::Tls(tls) => tls.write_all(octets).and_then(|()| tls.flush()),
        }
    }

    /// Ends the session: whoever called goes no further.
    fn close(&mut self) -> io::Result<()> {
        self.io.tcp().shutdown(Shutdown::Both)?;
        Err(ErrorKind::ConnectionAborted.into())
    }

    fn hang(&mut self) -> io::Result<()> {
        while !self.shared.stopping.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(10));
        }
        self.close()
    }

    fn line(&mut self) -> io::Result<String> {
        loop {
            if let Some(end) = self.unread.windows(2).position(|pair| pair == b"\r\n") {
                let line: Vec<u8> = self.unread.drain(..end + 2).collect();
                return Ok(String::from_utf8_lossy(line.strip_suffix(b"\r\n").unwrap_or(&line)).into_owned());
            }
            self.more()?;
        }
    }

    fn more(&mut self) -> io::Result<()> {
        let mut space = [0; 16 * 1024];
        loop {
            let read = match &mut self.io {
                Io::Clear(tcp) => tcp.read(&mut space),
                Io::Tls(tls) => tls.read(&mut space),
            };
            match read {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(n) => {
                    self.unread.extend_from_slice(&space[..n]);
                    return Ok(());
                }
                Err(error) => self.again(error)?,
            }
        }
    }

    /// Whether a failed read is only the time to see whether the server stops.
    fn again(&self, error: io::Error) -> io::Result<()> {
        let is_late = matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
        if is_late && !self.shared.stopping.load(Ordering::SeqCst) { Ok(()) } else { Err(error) }
    }
}

fn next(reply: &[u8]) -> Next {
    if matches!(reply.first(), Some(b'2' | b'3')) { Next::Granted } else { Next::Refused }
}

fn decides_to_store(act: &Act) -> bool {
    match act {
        Act::Go => true,
        Act::Say(octets) | Act::Drip(octets, _) | Act::SayAndClose(octets) => octets.first() == Some(&b'2'),
        Act::Wait(_, act) => decides_to_store(act),
        Act::Store(_) => true,
        Act::Drop | Act::DropAfter(_) | Act::Hang => false,
    }
}

/// What stands between the angle brackets of a command.
fn path(line: &str) -> String {
    let start = line.find('<').map_or(0, |at| at + 1);
    let end = line.rfind('>').unwrap_or(line.len());
    line.get(start..end).unwrap_or_default().to_owned()
}

fn message_id(content: &[u8]) -> String {
    let text = String::from_utf8_lossy(content);
    let line = text
        .lines()
        .take_while(|line| !line.is_empty())
        .find(|line| line.get(..11).is_some_and(|name| name.eq_ignore_ascii_case("message-id:")));
    line.map(path).unwrap_or_default()
}
