//! How fast streams are served at the moment.

use std::collections::HashMap;
use std::time::Duration;

use crate::domain::stream::Stream;

/// Streams counted in one second; of more than that nobody is served fast.
const MOST: usize = 10_000;

/// Messages of this second and of the one before, by stream.
#[derive(Debug, Default)]
pub(super) struct Meter {
    second: u64,
    now: HashMap<Stream, u32>,
    before: HashMap<Stream, u32>,
    relay: u32,
    relay_before: u32,
}

impl Meter {
    /// A message of this stream goes.
    pub(super) fn count(&mut self, stream: &Stream, elapsed: Duration) {
        self.turn(elapsed.as_secs());
        self.relay += 1;
        if let Some(count) = self.now.get_mut(stream) {
            *count += 1;
        } else if self.now.len() < MOST {
            self.now.insert(stream.clone(), 1);
        }
    }

    /// Messages a second, of the faster of the two seconds; at least one.
    pub(super) fn pace(&mut self, stream: &Stream, elapsed: Duration) -> f64 {
        self.turn(elapsed.as_secs());
        let count = match stream {
            Stream::Relay => self.relay.max(self.relay_before),
            _ => self.now.get(stream).max(self.before.get(stream)).copied().unwrap_or_default(),
        };
        f64::from(count.max(1))
    }

    fn turn(&mut self, second: u64) {
        if second == self.second {
            return;
        }
        self.relay_before = std::mem::take(&mut self.relay);
        std::mem::swap(&mut self.now, &mut self.before);
        self.now.clear();
        if second > self.second + 1 {
            self.before.clear();
            self.relay_before = 0;
        }
        self.second = second;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_faster_of_two_seconds_counts_and_older_ones_do_not() {
        let (mut meter, stream) = (Meter::default(), Stream::Domain("a.example".into()));
        let at = Duration::from_millis;
        for millisecond in [0, 1, 2, 999, 1000] {
            meter.count(&stream, at(millisecond));
        }
        assert_eq!(meter.pace(&stream, at(1500)), 4.0);
        assert_eq!(meter.pace(&Stream::Relay, at(1500)), 4.0);
        assert_eq!(meter.pace(&Stream::Domain("b.example".into()), at(1500)), 1.0);
        assert_eq!(meter.pace(&stream, at(9000)), 1.0);
    }

    #[test]
    fn however_many_streams_there_are_few_are_counted() {
        let mut meter = Meter::default();
        for n in 0..3 * MOST {
            meter.count(&Stream::Domain(format!("d{n}.example").into()), Duration::ZERO);
        }
        assert_eq!(meter.now.len(), MOST);
    }
}
