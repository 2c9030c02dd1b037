//! A gap analysis as it is remembered: the question and each cell's figures. It names nobody.

use jiff::Timestamp;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::campaign::{GapKind, GapQuery};
use super::gap::{GapTable, Row};
use super::suggestion::did_you_mean;

/// The last gap analysis of a workspace: what a campaign can be built from.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// When it was made.
    pub at: Timestamp,
    /// What was asked; targets files by their path within the workspace.
    pub query: GapQuery,
    /// The meeting measured; `None` where no participation was known.
    pub year: Option<i16>,
    /// The last two meetings, which tell the lapsed from the present.
    pub recent: Vec<i16>,
    /// Digest of the figures.
    pub digest: String,
    /// Every cell, by rank, then those beside the whole.
    pub cells: Vec<CellFigures>,
}

/// What is remembered of one cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellFigures {
    /// Stable id.
    pub id: String,
    /// Its values as `where` takes them, in the order of the query's dimensions.
    pub values: Vec<String>,
    /// Place by people needed, 1 for the largest; `None` beside the whole.
    pub rank: Option<usize>,
    /// Kind of gap.
    pub kind: GapKind,
    /// Contacts there.
    pub contacts: u64,
    /// Contacts there who may be written to.
    pub mailable: u64,
    /// Further participants needed for parity; `None` where no number would do or none can be told.
    pub needed: Option<u64>,
}

impl Analysis {
    /// What is to be remembered of a table.
    pub fn of(table: &GapTable, query: GapQuery, at: Timestamp) -> Self {
        Self {
            at,
            query,
            year: table.year,
            recent: table.recent.clone(),
            digest: table.digest.clone(),
            cells: table.rows.iter().map(CellFigures::of).collect(),
        }
    }

    /// The cell a person means by its rank or its id.
    ///
    /// # Errors
    /// What is wrong with the word, and what to write instead.
    pub fn cell(&self, word: &str) -> Result<&CellFigures, String> {
        let word = word.trim();
        let rank: Option<usize> = word.trim_start_matches(['r', 'R', '#']).parse().ok();
        let found = self.cells.iter().find(|cell| cell.id == word || (rank.is_some() && cell.rank == rank));
        found.ok_or_else(|| {
            let ranks = self.cells.iter().filter_map(|cell| cell.rank).max().unwrap_or(0);
            let near = did_you_mean(word, self.cells.iter().map(|cell| cell.id.as_str()));
            let help = match near.is_empty() {
                true => format!("give its number in the table of `convoke gaps`, 1 to {ranks}"),
                false => near,
            };
            format!("the last analysis has no cell `{word}`\n  help: {help}")
        })
    }

    /// The gap a campaign is best begun with: the largest where there are contacts to invite, else the largest.
    pub fn first_gap(&self) -> Option<&CellFigures> {
        let mut gaps = self.cells.iter().filter(|cell| cell.kind != GapKind::None && cell.rank.is_some());
        gaps.clone().find(|cell| cell.kind != GapKind::Uncontacted).or_else(|| gaps.next())
    }
}

impl CellFigures {
    fn of(row: &Row) -> Self {
        Self {
            id: row.id.clone(),
            values: row.cell.0.iter().map(|value| value.as_str().to_owned()).collect(),
            rank: row.rank,
            kind: row.kind,
            contacts: row.contacts,
            mailable: row.mailable,
            needed: row.needed,
        }
    }

    /// A name for a campaign or an audience, made of the cell's values: `african-group-private-sector`.
    pub fn slug(&self) -> String {
        slug(&self.values.join(" "))
    }
}

/// A text as a name that can be a folder: ASCII letters and digits in lower case, accents taken off, everything else a hyphen; at most 48
/// octets. Empty where nothing is left.
pub fn slug(text: &str) -> String {
    let mut name = String::new();
    let letters = text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
    for c in letters {
        match c {
            c if c.is_ascii_alphanumeric() => name.push(c),
            _ if name.is_empty() || name.ends_with('-') => {}
            _ => name.push('-'),
        }
        if name.len() >= 48 {
            break;
        }
    }
    name.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test that cannot go on must end

    use super::*;
    use crate::domain::campaign::{Dimension, ReferenceSpec};

    fn cell(rank: usize, id: &str, kind: GapKind) -> CellFigures {
        CellFigures {
            id: id.to_owned(),
            values: vec!["African Group".to_owned(), "Press/Media".to_owned()],
            rank: Some(rank),
            kind,
            contacts: 40,
            mailable: 30,
            needed: Some(5),
        }
    }

    fn analysis(cells: Vec<CellFigures>) -> Analysis {
        let query = GapQuery {
            by: vec![Dimension::Region],
            against: vec![ReferenceSpec::Members],
            split: Vec::new(),
            without_host: None,
            response: 0.1,
        };
        Analysis { at: Timestamp::UNIX_EPOCH, query, year: Some(2025), recent: vec![], digest: String::new(), cells }
    }

    #[test]
    fn a_cell_is_found_by_its_rank_or_its_id() {
        let analysis =
            analysis(vec![cell(1, "c-aaaa1111", GapKind::Uncontacted), cell(2, "c-bbbb2222", GapKind::Silent)]);
        for word in ["2", "r2", " #2 ", "c-bbbb2222"] {
            assert_eq!(analysis.cell(word).unwrap().rank, Some(2), "{word}");
        }
        assert!(analysis.cell("3").unwrap_err().contains("1 to 2"));
        assert!(analysis.cell("c-bbbb2223").unwrap_err().contains("did you mean `c-bbbb2222`?"));
    }

    #[test]
    fn a_campaign_begins_where_there_are_people_to_invite() {
        let both = analysis(vec![cell(1, "a", GapKind::Uncontacted), cell(2, "b", GapKind::Lapsed)]);
        assert_eq!(both.first_gap().unwrap().id, "b");
        let one = analysis(vec![cell(1, "a", GapKind::None), cell(2, "b", GapKind::Uncontacted)]);
        assert_eq!(one.first_gap().unwrap().id, "b");
        assert_eq!(analysis(vec![cell(1, "a", GapKind::None)]).first_gap(), None);
    }

    #[test]
    fn a_slug_can_be_a_folder() {
        for (text, name) in [
            ("African Group Press/Media", "african-group-press-media"),
            (" Été 2027! ", "ete-2027"),
            ("日本", ""),
            ("../etc", "etc"),
        ] {
            assert_eq!(slug(text), name);
        }
        assert_eq!(slug(&"x".repeat(100)).len(), 48);
    }
}
