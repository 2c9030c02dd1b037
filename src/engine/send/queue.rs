//! Claimed rows that wait for their turn, by stream, so that a slow domain holds no other one back: a stream that rests is
//! not looked at again before its rest is over, however many there are.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;

use super::pacing::Moment;
use crate::domain::invitation::Invitation;
use crate::domain::stream::Stream;

/// Where a stream stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In the round: its turn comes.
    Ready,
    /// Until its pace allows the next message.
    Resting(Duration),
    /// Until its caps have room.
    Capped(Timestamp),
}

/// The rows of one stream.
#[derive(Debug)]
struct Line {
    rows: VecDeque<Invitation>,
    place: Place,
}

/// Rows by stream; streams take turns.
#[derive(Debug, Default)]
pub struct Queue {
    lines: HashMap<Stream, Line>,
    /// Streams in the round, the one whose turn it is first.
    ready: VecDeque<Stream>,
    resting: BTreeSet<(Duration, Stream)>,
    capped: BTreeSet<(Timestamp, Stream)>,
    /// Rows of the streams in the round.
    ready_rows: usize,
}

impl Queue {
    /// Whether no row waits.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Rows of streams that neither rest nor are at a cap.
    pub fn ready_rows(&self) -> usize {
        self.ready_rows
    }

    /// Puts a row behind the others of its stream.
    pub fn push_back(&mut self, stream: &Stream, row: Invitation) {
        self.line(stream).rows.push_back(row);
    }

    /// Puts a row back before the others of its stream, whose turn comes anew: it may have been put to rest for this row.
    pub fn push_front(&mut self, stream: &Stream, row: Invitation) {
        self.line(stream).rows.push_front(row);
        self.make_ready(stream);
    }

    /// The line that gets one more row.
    fn line(&mut self, stream: &Stream) -> &mut Line {
        if !self.lines.contains_key(stream) {
            self.ready.push_back(stream.clone());
        }
        let line = self.lines.entry(stream.clone()).or_insert(Line { rows: VecDeque::new(), place: Place::Ready });
        self.ready_rows += usize::from(line.place == Place::Ready);
        line
    }

    /// Streams whose rests are over are in the round again.
    pub fn wake(&mut self, now: Moment) {
        while let Some((_, stream)) = self.resting.first().filter(|(until, _)| *until <= now.elapsed) {
            let stream = stream.clone();
            self.make_ready(&stream);
        }
        while let Some((_, stream)) = self.capped.first().filter(|(until, _)| *until <= now.steady) {
            let stream = stream.clone();
            self.make_ready(&stream);
        }
    }

    fn make_ready(&mut self, stream: &Stream) {
        let Some(line) = self.lines.get_mut(stream) else { return };
        match std::mem::replace(&mut line.place, Place::Ready) {
            Place::Ready => return,
            Place::Resting(until) => self.resting.remove(&(until, stream.clone())),
            Place::Capped(until) => self.capped.remove(&(until, stream.clone())),
        };
        self.ready_rows += line.rows.len();
        self.ready.push_back(stream.clone());
    }

    /// The stream whose turn it is.
    pub fn first(&self) -> Option<&Stream> {
        self.ready.front()
    }

    /// Lets the stream whose turn it is rest.
    pub fn rest_first(&mut self, until: Duration) {
        if let Some(stream) = self.put_aside(Place::Resting(until)) {
            self.resting.insert((until, stream));
        }
    }

    /// Lets the stream whose turn it is wait for its caps.
    pub fn cap_first(&mut self, until: Timestamp) {
        if let Some(stream) = self.put_aside(Place::Capped(until)) {
            self.capped.insert((until, stream));
        }
    }

    fn put_aside(&mut self, place: Place) -> Option<Stream> {
        let stream = self.ready.pop_front()?;
        let line = self.lines.get_mut(&stream)?;
        line.place = place;
        self.ready_rows -= line.rows.len();
        Some(stream)
    }

    /// The next row of the stream whose turn it is; the turn passes on.
    pub fn pop_first(&mut self) -> Option<(Stream, Invitation)> {
        let stream = self.ready.pop_front()?;
        let line = self.lines.get_mut(&stream)?;
        let row = line.rows.pop_front()?;
        self.ready_rows -= 1;
        if line.rows.is_empty() {
            self.lines.remove(&stream);
        } else {
            self.ready.push_back(stream.clone());
        }
        Some((stream, row))
    }

    /// When the first rest is over.
    pub fn first_rest(&self) -> Option<Duration> {
        self.resting.first().map(|(until, _)| *until)
    }

    /// When the first cap has room.
    pub fn first_cap(&self) -> Option<Timestamp> {
        self.capped.first().map(|(until, _)| *until)
    }

    /// Streams that need no more rows for now: with enough of them, or with one and no turn for it.
    pub fn provided(&self, enough: usize) -> impl Iterator<Item = &Stream> {
        self.lines
            .iter()
            .filter(move |(_, line)| line.place != Place::Ready || line.rows.len() >= enough)
            .map(|(stream, _)| stream)
    }

    /// Takes out the rows that do not stay; the ledger's ids of them.
    pub fn take_out(&mut self, mut stays: impl FnMut(&Invitation) -> bool) -> Vec<i64> {
        let mut out = Vec::new();
        for line in self.lines.values_mut() {
            let before = line.rows.len();
            line.rows.retain(|row| {
                let stays = stays(row);
                out.extend((!stays).then_some(row.id));
                stays
            });
            if line.place == Place::Ready {
                self.ready_rows -= before - line.rows.len();
            }
        }
        self.lines.retain(|_, line| !line.rows.is_empty());
        self.ready.retain(|stream| self.lines.contains_key(stream));
        self.resting.retain(|(_, stream)| self.lines.contains_key(stream));
        self.capped.retain(|(_, stream)| self.lines.contains_key(stream));
        out
    }

    /// Empties the queue; the ledger's ids of what was in it.
    pub fn drain(&mut self) -> Vec<i64> {
        std::mem::take(self).lines.into_values().flat_map(|line| line.rows).map(|row| row.id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::address::EmailAddress;
    use crate::domain::invitation::{PlannedInvitation, State};
    use crate::domain::keys::AddressKey;

    fn row(id: i64, domain: &str) -> Invitation {
        let planned = PlannedInvitation {
            key: AddressKey([7; 16]),
            contact_id: String::new(),
            address: EmailAddress::parse(&format!("p{id}@{domain}")).unwrap(),
            name: String::new(),
            segment: String::new(),
            tier: String::new(),
            region: String::new(),
            stakeholder: String::new(),
            language: "en".to_owned(),
            fields: serde_json::Map::new(),
            digest: String::new(),
            message_id_local: String::new(),
            zone: None,
        };
        Invitation {
            id,
            planned,
            state: State::Sending,
            attempts: 0,
            first_attempt_at: None,
            last_attempt_at: None,
            next_at: None,
            date: None,
            code: None,
            reply: String::new(),
        }
    }

    #[test]
    fn what_is_taken_out_leaves_no_trace_in_the_round_nor_among_those_that_rest() {
        let mut queue = Queue::default();
        let stream = |name: &str| Stream::Domain(name.into());
        for (id, domain) in [(1, "capped.example"), (2, "resting.example"), (3, "a.example"), (4, "a.example")] {
            queue.push_back(&stream(domain), row(id, domain));
        }
        queue.cap_first(Timestamp::MAX);
        queue.rest_first(Duration::MAX);
        queue.push_back(&stream("b.example"), row(5, "b.example"));
        assert_eq!(queue.ready_rows(), 3);
        let mut out = queue.take_out(|row| row.id == 4);
        out.sort_unstable();
        assert_eq!(out, [1, 2, 3, 5]);
        assert_eq!((queue.ready_rows(), queue.first_rest(), queue.first_cap()), (1, None, None));
        assert_eq!(queue.pop_first().map(|(_, row)| row.id), Some(4));
        assert!(queue.is_empty() && queue.pop_first().is_none());
        queue.push_back(&stream("capped.example"), row(6, "capped.example"));
        assert_eq!(queue.pop_first().map(|(_, row)| row.id), Some(6), "its turn comes like any other's");
    }
}
