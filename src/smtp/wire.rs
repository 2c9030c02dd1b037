//! Commands out, replies in, each within its time limit.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
use tokio::time::timeout;

use crate::domain::outcome::Reply;

use super::reply::{BadReply, ReplyReader};
use super::stream::Stream;

/// Why nothing more can be said or heard on a connection. Says nothing personal.
#[derive(Debug, thiserror::Error)]
pub(super) enum WireError {
    #[error("the relay closed the connection")]
    Closed,
    #[error("the connection was lost: {}", .0.kind())]
    Lost(io::Error),
    #[error("the relay did not answer within {} s", .0.as_secs_f64())]
    Late(Duration),
    #[error("the relay cannot be understood: {0}")]
    Garbled(#[from] BadReply),
}

/// A connection that speaks in commands and replies. After any [`WireError`] it must not be used again.
pub(super) struct Wire {
    stream: Stream,
    /// Octets that arrived and were not read yet, from `start` on.
    received: Vec<u8>,
    start: usize,
    replies: ReplyReader,
}

impl Wire {
    pub(super) fn new(stream: Stream) -> Self {
        Self { stream, received: Vec::new(), start: 0, replies: ReplyReader::default() }
    }

    pub(super) fn stream(&self) -> &Stream {
        &self.stream
    }

    /// Gives the stream up, for TLS to be put over it.
    ///
    /// # Errors
    /// Octets arrived that nobody asked for: in clear they could have been put there by anybody, and must not be taken
    /// for part of the encrypted session (RFC 3207 §6; known as response injection).
    pub(super) fn into_stream(self) -> Result<Stream, UnaskedOctets> {
        if self.start < self.received.len() || self.replies.is_midway() {
            return Err(UnaskedOctets);
        }
        Ok(self.stream)
    }

    /// Writes octets and sees them out of our hands.
    pub(super) async fn write(&mut self, octets: &[u8], limit: Duration) -> Result<(), WireError> {
        timeout(limit, async {
            self.stream.write_all(octets).await?;
            self.stream.flush().await
        })
        .await
        .map_err(|_| WireError::Late(limit))?
        .map_err(WireError::Lost)
    }

    /// Reads one whole reply; the limit holds for all of it, however slowly it drips.
    pub(super) async fn reply(&mut self, limit: Duration) -> Result<Reply, WireError> {
        timeout(limit, self.whole_reply()).await.map_err(|_| WireError::Late(limit))?
    }

    /// A command and its reply.
    pub(super) async fn ask(&mut self, command: &[u8], limit: Duration) -> Result<Reply, WireError> {
        self.write(command, limit).await?;
        self.reply(limit).await
    }

    async fn whole_reply(&mut self) -> Result<Reply, WireError> {
        loop {
            if let Some(unread) = self.received.get(self.start..).filter(|unread| !unread.is_empty()) {
                let (taken, reply) = self.replies.feed(unread)?;
                self.start += taken;
                if let Some(reply) = reply {
                    return Ok(reply);
                }
            }
            self.received.clear();
            self.start = 0;
            self.received.reserve(2048);
            if self.stream.read_buf(&mut self.received).await.map_err(WireError::Lost)? == 0 {
                return Err(WireError::Closed);
            }
        }
    }

    /// Whether the server has spoken, or gone, without being asked. Does not wait.
    pub(super) async fn is_disturbed(&mut self) -> bool {
        if self.start < self.received.len() || self.replies.is_midway() {
            return true;
        }
        self.received.clear();
        self.start = 0;
        let mut space = [0; 512];
        let mut arrived = ReadBuf::new(&mut space);
        let stream = &mut self.stream;
        let polled = poll_fn(|cx| Poll::Ready(Pin::new(&mut *stream).poll_read(cx, &mut arrived))).await;
        self.received.extend_from_slice(arrived.filled());
        // Ready without octets is the end of the stream.
        polled.is_ready()
    }

    /// QUIT without hope: the connection is over whatever the server says.
    pub(super) async fn quit(mut self, limit: Duration) {
        if self.ask(b"QUIT\r\n", limit).await.is_ok() {
            // The peer may have gone already; it has nothing of ours left to lose.
            let _ = timeout(limit, self.stream.shutdown()).await;
        }
    }
}

/// Octets in clear after the server agreed to STARTTLS.
#[derive(Debug)]
pub(super) struct UnaskedOctets;
