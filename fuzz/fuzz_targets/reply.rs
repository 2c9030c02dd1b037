#![no_main]

use convoke::smtp::reply::{MAX_LINE, MAX_REPLY, ReplyReader};
use libfuzzer_sys::fuzz_target;

// Whatever a server says, it says the same however it is cut into pieces, and nothing of it is kept beyond a bound.
fuzz_target!(|data: (u8, Vec<u8>)| {
    let (cut, octets) = data;
    let whole = read(&octets, octets.len().max(1));
    assert_eq!(whole, read(&octets, usize::from(cut).max(1)));
    for (code, text) in whole.iter().flatten() {
        assert!((200..600).contains(code) && text.len() <= 3 * (MAX_REPLY + MAX_LINE));
        assert!(text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\t')));
    }
});

/// The replies in these octets, fed in pieces; the last one is `None` where the rest is none.
fn read(octets: &[u8], piece: usize) -> Vec<Option<(u16, String)>> {
    let (mut reader, mut replies) = (ReplyReader::default(), Vec::new());
    for mut piece in octets.chunks(piece) {
        while !piece.is_empty() {
            match reader.feed(piece) {
                Ok((taken, reply)) => {
                    assert!(taken > 0 && taken <= piece.len());
                    replies.extend(reply.map(|reply| Some((reply.code, reply.text))));
                    piece = &piece[taken..];
                }
                Err(_) => {
                    replies.push(None);
                    return replies;
                }
            }
        }
    }
    replies
}
