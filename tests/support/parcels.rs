//! Made-up messages, ready for a lane.
#![allow(clippy::expect_used, reason = "a test that cannot go on says so where it stands")]
#![allow(dead_code, reason = "every test file takes what it needs")]

use convoke::domain::address::EmailAddress;
use convoke::domain::message::Envelope;
use convoke::engine::ports::Parcel;

/// A short message to one recipient; `number` makes its Message-ID.
pub fn parcel(to: &str, number: usize) -> Parcel {
    parcel_with_body(to, number, "Dear colleague,\r\n.this line begins with a dot\r\n..\r\n.\r\nThe secretariat\r\n")
}

/// The same with a body of one's own, in CRLF lines.
pub fn parcel_with_body(to: &str, number: usize, body: &str) -> Parcel {
    let message_id_local = format!("m{number:06}");
    let head = format!(
        "From: IGF Secretariat <invitations@igf.example>\r\nTo: {to}\r\nSubject: An invitation\r\n\
         Message-ID: <{message_id_local}@igf.example>\r\n"
    );
    Parcel {
        envelope: Envelope {
            mail_from: format!("b+{number}@bounces.igf.example"),
            rcpt_to: EmailAddress::parse(to).expect("a sound address"),
        },
        octets: format!("{head}\r\n{body}").into_bytes(),
        campaign: "spring".to_owned(),
        message_id_local,
    }
}

/// A body of about so many octets.
pub fn long_body(octets: usize) -> String {
    "A line of an invitation that goes on for quite a while, as invitations do.\r\n".repeat(octets / 76 + 1)
}
