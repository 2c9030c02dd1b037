//! Claimed rows that wait for their turn, by recipient domain, so that a slow domain holds no other one back.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;

use crate::domain::invitation::Invitation;

/// Rows by domain; domains take turns.
#[derive(Debug, Default)]
pub struct Queue {
    domains: BTreeMap<String, VecDeque<Invitation>>,
    /// The domain served last.
    last: String,
    rows: usize,
}

impl Queue {
    /// Rows waiting.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Puts a row behind the others of its domain.
    pub fn push_back(&mut self, row: Invitation) {
        self.rows += 1;
        self.domains.entry(row.planned.address.domain().to_owned()).or_default().push_back(row);
    }

    /// Puts a row back before the others of its domain.
    pub fn push_front(&mut self, row: Invitation) {
        self.rows += 1;
        self.domains.entry(row.planned.address.domain().to_owned()).or_default().push_front(row);
    }

    /// Domains with rows waiting, the one whose turn it is first.
    pub fn domains(&self) -> impl Iterator<Item = &String> {
        let after = self.domains.range::<String, _>((Bound::Excluded(&self.last), Bound::Unbounded));
        let before = self.domains.range::<String, _>((Bound::Unbounded, Bound::Included(&self.last)));
        after.chain(before).map(|(domain, _)| domain)
    }

    /// Rows of a domain.
    pub fn rows_of(&self, domain: &str) -> usize {
        self.domains.get(domain).map_or(0, VecDeque::len)
    }

    /// The next row of a domain.
    pub fn pop(&mut self, domain: &str) -> Option<Invitation> {
        let queue = self.domains.get_mut(domain)?;
        let row = queue.pop_front();
        if queue.is_empty() {
            self.domains.remove(domain);
        }
        if row.is_some() {
            self.rows -= 1;
            domain.clone_into(&mut self.last);
        }
        row
    }

    /// Takes out the rows that do not stay; the ledger's ids of them.
    pub fn set_aside(&mut self, mut stays: impl FnMut(&Invitation) -> bool) -> Vec<i64> {
        let mut aside = Vec::new();
        for rows in self.domains.values_mut() {
            rows.retain(|row| {
                let stays = stays(row);
                aside.extend((!stays).then_some(row.id));
                stays
            });
        }
        self.domains.retain(|_, rows| !rows.is_empty());
        self.rows -= aside.len();
        aside
    }

    /// Empties the queue; the ledger's ids of what was in it.
    pub fn drain(&mut self) -> Vec<i64> {
        self.rows = 0;
        std::mem::take(&mut self.domains).into_values().flatten().map(|row| row.id).collect()
    }
}
