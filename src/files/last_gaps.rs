//! `.convoke/last-gaps.json`: the last gap analysis of a workspace, for `new campaign`.
//!
//! It counts people and names nobody; yet small counts are private, so that the file is its owner's alone. It can be deleted
//! at any time: `gaps` makes it again.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::analysis::{Analysis, CellFigures};
use crate::domain::campaign::{Dimension, GapKind, GapQuery, ReferenceSpec};
use crate::domain::geography::CountryCode;
use crate::domain::reference::spec_name;
use crate::system::private;

/// A table by country and everything else has some ten thousand cells.
const LARGEST: u64 = 64 * 1024 * 1024;

#[derive(Serialize, Deserialize)]
struct Document {
    at: String,
    by: Vec<String>,
    against: Vec<String>,
    split: Vec<String>,
    without_host: Option<String>,
    response: f64,
    year: Option<i16>,
    recent: Vec<i16>,
    digest: String,
    cells: Vec<CellDocument>,
}

#[derive(Serialize, Deserialize)]
struct CellDocument {
    id: String,
    values: Vec<String>,
    rank: Option<usize>,
    kind: String,
    contacts: u64,
    mailable: u64,
    needed: Option<u64>,
}

/// Where it lies in a workspace.
pub fn place(workspace: &Path) -> PathBuf {
    workspace.join(".convoke/last-gaps.json")
}

/// Remembers an analysis in place of the one before.
///
/// # Errors
/// Those of the file system.
pub fn remember(workspace: &Path, analysis: &Analysis) -> io::Result<()> {
    private::write(&place(workspace), serde_json::to_vec(&Document::from(analysis))?)
}

/// The last analysis; `None` where there was none, or where the file cannot be understood: it was written by another
/// version, and asking again is easy.
pub fn recall(workspace: &Path) -> Option<Analysis> {
    let path = place(workspace);
    let is_small = std::fs::metadata(&path).is_ok_and(|file| file.is_file() && file.len() <= LARGEST);
    let text = is_small.then(|| std::fs::read(&path).ok())??;
    serde_json::from_slice::<Document>(&text).ok()?.into_analysis()
}

impl From<&Analysis> for Document {
    fn from(analysis: &Analysis) -> Self {
        let query = &analysis.query;
        let names = |dimensions: &[Dimension]| dimensions.iter().map(|d| d.as_str().to_owned()).collect();
        let cell = |cell: &CellFigures| CellDocument {
            id: cell.id.clone(),
            values: cell.values.clone(),
            rank: cell.rank,
            kind: cell.kind.as_str().to_owned(),
            contacts: cell.contacts,
            mailable: cell.mailable,
            needed: cell.needed,
        };
        Self {
            at: analysis.at.to_string(),
            by: names(&query.by),
            against: query.against.iter().map(spec_name).collect(),
            split: names(&query.split),
            without_host: query.without_host.map(|code| code.to_string()),
            response: query.response,
            year: analysis.year,
            recent: analysis.recent.clone(),
            digest: analysis.digest.clone(),
            cells: analysis.cells.iter().map(cell).collect(),
        }
    }
}

impl Document {
    /// What the words mean; `None` where one of them means nothing.
    fn into_analysis(self) -> Option<Analysis> {
        let dimensions =
            |words: &[String]| words.iter().map(|w| Dimension::from_word(w)).collect::<Option<Vec<Dimension>>>();
        let query = GapQuery {
            by: dimensions(&self.by)?,
            against: self.against.iter().map(|w| ReferenceSpec::from_word(w)).collect::<Option<_>>()?,
            split: dimensions(&self.split)?,
            without_host: match &self.without_host {
                Some(word) => Some(CountryCode::parse(word)?),
                None => None,
            },
            response: self.response,
        };
        let cells = self.cells.into_iter().map(|cell| {
            Some(CellFigures {
                kind: GapKind::from_word(&cell.kind)?,
                id: cell.id,
                values: cell.values,
                rank: cell.rank,
                contacts: cell.contacts,
                mailable: cell.mailable,
                needed: cell.needed,
            })
        });
        let cells = cells.collect::<Option<Vec<_>>>()?;
        let at: Timestamp = self.at.parse().ok()?;
        Some(Analysis { at, query, year: self.year, recent: self.recent, digest: self.digest, cells })
    }
}
