//! Octets to text, a piece at a time.

use std::io::{self, Read};

use encoding_rs::{CoderResult, Decoder, Encoding};

/// A file's text. What cannot be decoded becomes U+FFFD, so that it is seen and reported and never dropped.
pub(super) struct Text<R> {
    input: R,
    decoder: Decoder,
    chunk: Vec<u8>,
    ended: bool,
}

impl<R: Read> Text<R> {
    pub(super) fn new(input: R, encoding: &'static Encoding) -> Self {
        Self { input, decoder: encoding.new_decoder_with_bom_removal(), chunk: vec![0; 64 * 1024], ended: false }
    }

    /// Appends the next piece; false once there is no more.
    pub(super) fn read_into(&mut self, out: &mut String) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        let n = loop {
            match self.input.read(&mut self.chunk) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.ended = n == 0;
        let mut octets = self.chunk.get(..n).unwrap_or(&[]);
        loop {
            // Three octets of UTF-8 for each octet of any encoding are always enough.
            out.reserve(octets.len() * 3 + 16);
            let (result, read, _) = self.decoder.decode_to_string(octets, out, self.ended);
            octets = octets.get(read..).unwrap_or(&[]);
            if result == CoderResult::InputEmpty {
                return Ok(true);
            }
        }
    }
}
