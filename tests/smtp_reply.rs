//! Replies: any octets, split anywhere, within bounds, decided on the code.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use convoke::domain::outcome::Reply;
use convoke::smtp::reply::{BadReply, MAX_LINE, MAX_LINES, MAX_REPLY, ReplyReader};
use proptest::prelude::*;

/// Feeds octets in pieces; gives the replies read and what ended it.
fn read(octets: &[u8], piece: usize) -> (Vec<Reply>, Option<BadReply>) {
    let (mut reader, mut replies) = (ReplyReader::default(), Vec::new());
    for mut rest in octets.chunks(piece.max(1)) {
        while !rest.is_empty() {
            match reader.feed(rest) {
                Ok((taken, reply)) => {
                    assert!(taken > 0, "it goes on");
                    rest = &rest[taken..];
                    replies.extend(reply);
                }
                Err(error) => return (replies, Some(error)),
            }
        }
    }
    (replies, None)
}

fn one(octets: &[u8]) -> Reply {
    let (mut replies, error) = read(octets, 7);
    assert_eq!((replies.len(), error), (1, None), "{octets:?}");
    replies.remove(0)
}

#[test]
fn what_servers_send() {
    for (octets, code, enhanced, text) in [
        (&b"250 ok\r\n"[..], 250, None, "ok"),
        (b"250\r\n", 250, None, ""),
        (b"250 \r\n", 250, None, ""),
        (b"250 ok\n", 250, None, "ok"),
        (b"250-one\r\n250-two\r\n250 three\r\n", 250, None, "one\ntwo\nthree"),
        (b"250-one\n250\n", 250, None, "one\n"),
        (b"550 5.1.1 no such user\r\n", 550, Some((5, 1, 1)), "no such user"),
        (b"550-5.1.1 no\r\n550 5.1.1 user\r\n", 550, Some((5, 1, 1)), "no\nuser"),
        (b"550-no\r\n550 5.1.1 user\r\n", 550, Some((5, 1, 1)), "no\nuser"),
        (b"550 5.7.233\r\n", 550, Some((5, 7, 233)), ""),
        (b"250 5.1.1 another class\r\n", 250, None, "5.1.1 another class"),
        (b"550 5.1.1234 no code\r\n", 550, None, "5.1.1234 no code"),
        (b"550 5.1.1.1 no code\r\n", 550, None, "5.1.1.1 no code"),
        (b"550 5..1 no code\r\n", 550, None, "5..1 no code"),
        (b"550 bo\xeete pleine\r\n", 550, None, "bo\u{fffd}te pleine"),
        (b"550 bo\xc3\xaete pleine\r\n", 550, None, "boîte pleine"),
        (b"550 a\0b\x1b[31m\r\n", 550, None, "a\u{fffd}b\u{fffd}[31m"),
        (b"550 a\rb\r\r\n", 550, None, "a\u{fffd}b\u{fffd}"),
        (b"599 odd\r\n", 599, None, "odd"),
    ] {
        assert_eq!(one(octets), Reply { code, enhanced, text: text.to_owned() }, "{octets:?}");
    }
}

#[test]
fn what_is_no_reply() {
    for (octets, error) in [
        (&b"\r\n"[..], BadReply::NoCode),
        (b"\n", BadReply::NoCode),
        (b"25\r\n", BadReply::NoCode),
        (b"25\xb2 ok\r\n", BadReply::NoCode),
        (b"+50 ok\r\n", BadReply::NoCode),
        (b" 250 ok\r\n", BadReply::NoCode),
        (b"250ok\r\n", BadReply::NoCode),
        (b"2500 ok\r\n", BadReply::NoCode),
        (b"999 nonsense\r\n", BadReply::NoCode),
        (b"150 too early\r\n", BadReply::NoCode),
        (b"000\r\n", BadReply::NoCode),
        (b"HTTP/1.1 400 Bad Request\r\n", BadReply::NoCode),
        (b"\0\0\0\0\r\n", BadReply::NoCode),
        (b"250-one\r\n550 two\r\n", BadReply::MixedCodes),
        (b"250-one\r\ntwo\r\n", BadReply::NoCode),
    ] {
        let (replies, found) = read(octets, 3);
        assert_eq!((replies.len(), found), (0, Some(error)), "{octets:?}");
    }
}

#[test]
fn nothing_is_read_without_bound() {
    let line = |length: usize| [b"250 ".as_slice(), &vec![b'x'; length]].concat();
    assert_eq!(read(&line(10_000_000), 65_536).1, Some(BadReply::LineTooLong));
    let lines = b"250-x\r\n".repeat(MAX_LINES + 1);
    assert_eq!(read(&lines, 65_536).1, Some(BadReply::TooLong));
    let long_lines = [line(MAX_LINE - 10), b"\r\n".to_vec()].concat();
    let long_lines =
        String::from_utf8(long_lines).unwrap().replacen("250 ", "250-", 1).repeat(MAX_REPLY / MAX_LINE + 2);
    assert_eq!(read(long_lines.as_bytes(), 65_536).1, Some(BadReply::TooLong));
}

proptest! {
    #[test]
    fn any_octets_in_any_pieces_read_the_same(octets in prop::collection::vec(any::<u8>(), 0..200), piece in 1usize..20) {
        prop_assert_eq!(read(&octets, piece), read(&octets, usize::MAX));
    }

    #[test]
    fn almost_replies_in_any_pieces_read_the_same(
        octets in "([2-6][0-9]{1,2}[ -]?[245.]{0,6} ?[a-z\u{e9}]{0,5}\r?\n?){0,8}", piece in 1usize..20,
    ) {
        prop_assert_eq!(read(octets.as_bytes(), piece), read(octets.as_bytes(), usize::MAX));
    }

    #[test]
    fn a_reply_is_read_back_whatever_its_text(
        code in 200u16..600, lines in prop::collection::vec("[ -~]{0,60}", 1..10), piece in 1usize..50,
    ) {
        let last = lines.len() - 1;
        let wire: String = lines.iter().enumerate()
            .map(|(n, text)| format!("{code}{}{text}\r\n", if n == last { ' ' } else { '-' }))
            .collect();
        let (replies, error) = read(wire.as_bytes(), piece);
        prop_assert_eq!(error, None);
        prop_assert_eq!(replies.len(), 1);
        prop_assert_eq!(replies[0].code, code);
        if replies[0].enhanced.is_none() {
            prop_assert_eq!(&replies[0].text, &lines.join("\n"));
        }
    }
}
