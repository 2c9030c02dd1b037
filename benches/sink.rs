//! What `benches/throughput` sends to, beside Postfix's smtp-sink: a sink that can take more, and a link that is long.
//!
//! usage: sink PORT [--chunking]            takes every message and keeps none; PIPELINING, and CHUNKING where asked for
//!        sink PORT --delay MS TARGET       passes octets on to 127.0.0.1:TARGET and back, each way half of MS late
//!
//! Listens on 127.0.0.1 only, until it is killed.

use std::io;
use std::time::Duration;

use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |word: &str| word.parse().unwrap_or_else(|_| panic!("`{word}` is no number"));
    let serving = match words[..] {
        [port] => sink(number(port), "250-sink.example\r\n250-PIPELINING\r\n250 8BITMIME\r\n"),
        [port, "--chunking"] => {
            sink(number(port), "250-sink.example\r\n250-PIPELINING\r\n250-CHUNKING\r\n250 8BITMIME\r\n")
        }
        [port, "--delay", ms, target] => {
            link(number(port), Duration::from_millis(number(ms).into()) / 2, number(target))
        }
        _ => panic!("usage: sink PORT [--chunking | --delay MS TARGET]"),
    };
    if let Err(error) = serving {
        panic!("{error}");
    }
}

/// One thread, so that the sender keeps the other core.
fn run(serving: impl Future<Output = io::Result<()>>) -> io::Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(serving)
}

fn sink(port: u16, greeting: &'static str) -> io::Result<()> {
    run(async move {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        loop {
            let (peer, _) = listener.accept().await?;
            peer.set_nodelay(true)?;
            // A sender that goes away is none of our business.
            tokio::spawn(async move { drop(Session::new(peer, greeting).serve().await) });
        }
    })
}

/// What the octets belong to that come next.
enum Expecting {
    Command,
    /// Content up to `CRLF.CRLF`.
    Content,
    /// Octets of a BDAT chunk.
    Chunk(usize),
}

struct Session {
    peer: TcpStream,
    greeting: &'static str,
    unread: Vec<u8>,
    replies: Vec<u8>,
    expecting: Expecting,
}

impl Session {
    fn new(peer: TcpStream, greeting: &'static str) -> Self {
        Self { peer, greeting, unread: Vec::new(), replies: Vec::new(), expecting: Expecting::Command }
    }

    async fn serve(mut self) -> io::Result<()> {
        self.peer.write_all(b"220 sink.example ESMTP\r\n").await?;
        let end = memmem::Finder::new(b"\r\n.\r\n");
        loop {
            self.unread.reserve(64 * 1024);
            if self.peer.read_buf(&mut self.unread).await? == 0 {
                return Ok(());
            }
            let mut read = 0;
            while let Some(taken) = self.take(read, &end) {
                read += taken;
            }
            self.unread.drain(..read);
            // Everything that one read asked for is answered by one write.
            if !self.replies.is_empty() {
                self.peer.write_all(&self.replies).await?;
                self.replies.clear();
            }
        }
    }

    /// Takes one command, or content, from so far on; `None` where more is needed.
    fn take(&mut self, from: usize, end: &memmem::Finder<'_>) -> Option<usize> {
        let unread = self.unread.get(from..).filter(|unread| !unread.is_empty())?;
        match self.expecting {
            Expecting::Content => match end.find(unread) {
                Some(at) => {
                    self.expecting = Expecting::Command;
                    self.replies.extend_from_slice(b"250 2.0.0 taken\r\n");
                    Some(at + 5)
                }
                // The end may be cut in two.
                None => (unread.len() > 4).then(|| unread.len() - 4),
            },
            Expecting::Chunk(left) => {
                let taken = left.min(unread.len());
                self.expecting = Expecting::Chunk(left - taken);
                if taken == left {
                    self.expecting = Expecting::Command;
                    self.replies.extend_from_slice(b"250 2.0.0 taken\r\n");
                }
                Some(taken)
            }
            Expecting::Command => {
                let length = memchr::memchr(b'\n', unread)? + 1;
                let line = unread.get(..length)?;
                let reply: &[u8] = match line.get(..4).unwrap_or_default() {
                    b"DATA" => {
                        self.expecting = Expecting::Content;
                        b"354 go\r\n"
                    }
                    b"BDAT" => {
                        let octets = std::str::from_utf8(line).ok()?.split(' ').nth(1)?.trim().parse().ok()?;
                        self.expecting = Expecting::Chunk(octets);
                        b""
                    }
                    b"EHLO" => self.greeting.as_bytes(),
                    _ => b"250 2.0.0 ok\r\n",
                };
                self.replies.extend_from_slice(reply);
                Some(length)
            }
        }
    }
}

fn link(port: u16, late: Duration, target: u16) -> io::Result<()> {
    run(async move {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        loop {
            let (near, _) = listener.accept().await?;
            tokio::spawn(async move {
                let far = TcpStream::connect(("127.0.0.1", target)).await?;
                near.set_nodelay(true)?;
                far.set_nodelay(true)?;
                let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
                tokio::spawn(carry(near_in, far_out, late));
                carry(far_in, near_out, late).await
            });
        }
    })
}

/// Carries octets one way, each so much later than it came.
async fn carry(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    late: Duration,
) -> io::Result<()> {
    let (on_its_way, mut arriving) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let reading = tokio::spawn(async move {
        loop {
            let mut octets = Vec::with_capacity(64 * 1024);
            if from.read_buf(&mut octets).await? == 0 || on_its_way.send((Instant::now() + late, octets)).is_err() {
                return io::Result::Ok(());
            }
        }
    });
    while let Some((due, octets)) = arriving.recv().await {
        sleep_until(due).await;
        to.write_all(&octets).await?;
    }
    reading.await.map_err(io::Error::other)?
}
