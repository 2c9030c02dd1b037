//! What the country cells of a file would be read as, before anything is imported: one answer for each distinct value and
//! outcome.

use std::collections::HashMap;

use crate::domain::address::EmailAddress;
use crate::domain::cleaning::{clean, without_guard};
use crate::domain::columns::{ColumnError, Columns, Subject};
use crate::domain::contact::Country;
use crate::domain::geography::{Decisions, Evidence, How, Region, Resolution, Suggestion, resolve, suggest};
use crate::domain::language::LanguageTag;
use crate::domain::not_given::leaves_gaps_as_na;
use crate::domain::suggestion::nearest_or_all;
use crate::domain::table::{Record, Row, Rows, TableError};

/// What to look at, and how.
#[derive(Debug, Clone, Copy)]
pub struct CountryQuery<'a> {
    /// The column with countries; without it the file's own words decide, and a single column is taken.
    pub column: Option<&'a str>,
    /// `--map`, as import takes it.
    pub maps: &'a [(String, String)],
    /// `[countries]`.
    pub decisions: &'a Decisions,
}

/// What some cells with the same words come to.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The name as written, or the code where there is no name.
    pub value: String,
    /// Cells like it.
    pub count: u64,
    /// Line of the first.
    pub line: u64,
    /// What import would make of it.
    pub resolution: Resolution,
    /// What it may mean, where a person has to say.
    pub suggestions: Vec<Suggestion>,
}

impl Answer {
    /// Whether a person has to decide.
    pub fn is_open(&self) -> bool {
        self.resolution.how == How::Asked
    }

    /// Whether a decision in the settings is the remedy. Where the rest of a row contradicts the exact name or code of a
    /// country, it is not: it would take the name from that country in every list.
    pub fn can_be_decided(&self) -> bool {
        self.is_open() && resolve(&self.value, "", &Evidence::default(), &Decisions::default()).country.code().is_none()
    }
}

/// The answers of a file.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// Those that need a person first, then by how many cells they are about.
    pub all: Vec<Answer>,
    /// Records without a country.
    pub empty: u64,
    /// Records that are no rows of the table, which import would refuse.
    pub broken: u64,
}

/// A file whose countries cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum CountryError {
    /// No table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Its header cannot be used.
    #[error(transparent)]
    Columns(#[from] ColumnError),
    /// No column with countries.
    #[error("no column is known to hold countries; name it with --column: {hint}")]
    NoColumn {
        /// The columns.
        hint: String,
    },
    /// `--column` names one that is not there.
    #[error("there is no column `{column}`; {hint}")]
    NoSuchColumn {
        /// As given.
        column: String,
        /// The nearest, or all.
        hint: String,
    },
    /// More distinct values than there are names of countries.
    #[error(
        "more than {MOST_VALUES} different values: this is no column of countries; name the right one with --column"
    )]
    TooMany,
}

/// Distinct values looked at: several times the names there are.
const MOST_VALUES: usize = 20_000;

/// Reads a table to its end and says what each country cell would come to. Changes nothing.
///
/// # Errors
/// [`CountryError`].
pub fn check_countries(rows: &mut dyn Rows, query: &CountryQuery<'_>) -> Result<Answers, CountryError> {
    let header = rows.header().clone();
    let places = Places::find(&header, query)?;
    let mut gathered = Gathered { query: *query, index: HashMap::new(), answers: Answers::default() };
    if places.header_is_a_row {
        gathered.take_up(&header, &places)?;
    }
    let mut record = Record::default();
    loop {
        match rows.next_row(&mut record)? {
            Row::End => break,
            Row::Broken(_) => gathered.answers.broken += 1,
            Row::Whole => gathered.take_up(&record, &places)?,
        }
    }
    let mut answers = gathered.answers;
    answers.all.sort_by(|a, b| {
        let key = |answer: &Answer| (!answer.is_open(), std::cmp::Reverse(answer.count));
        key(a).cmp(&key(b)).then_with(|| a.value.cmp(&b.value))
    });
    for answer in answers.all.iter_mut().filter(|answer| answer.is_open()) {
        answer.suggestions = suggest(&answer.value);
    }
    Ok(answers)
}

/// Where the cells stand that say something about the country.
struct Places {
    country: Option<usize>,
    code: Option<usize>,
    email: Option<usize>,
    time_zone: Option<usize>,
    language: Option<usize>,
    region: Option<usize>,
    /// A bare list of names has no header.
    header_is_a_row: bool,
}

impl Places {
    fn find(header: &Record, query: &CountryQuery<'_>) -> Result<Self, CountryError> {
        let columns = Columns::understand(header, Subject::Contacts, query.maps)?;
        let mut places = Self {
            country: columns.of("country"),
            code: columns.of("country_code"),
            email: columns.of("email"),
            time_zone: columns.of("time_zone"),
            language: columns.of("language"),
            region: columns.of("region"),
            header_is_a_row: false,
        };
        if let Some(wanted) = query.column {
            let same = |h: &String| h.trim().to_lowercase() == wanted.trim().to_lowercase();
            let found = columns.headers.iter().position(same).ok_or_else(|| CountryError::NoSuchColumn {
                column: wanted.to_owned(),
                hint: nearest_or_all(wanted, columns.headers.iter().map(String::as_str)),
            })?;
            (places.country, places.code) = (Some(found), None);
        } else if places.country.is_none() && places.code.is_none() {
            if header.len() != 1 {
                let hint = columns.headers.iter().take(12).map(|h| format!("`{h}`")).collect::<Vec<_>>().join(", ");
                return Err(CountryError::NoColumn { hint });
            }
            (places.country, places.header_is_a_row) = (Some(0), true);
        }
        Ok(places)
    }
}

struct Gathered<'a> {
    query: CountryQuery<'a>,
    /// By words and country: the rest of the row may decide one Congo and leave the next open.
    index: HashMap<(String, String, Option<String>), usize>,
    answers: Answers,
}

impl Gathered<'_> {
    fn take_up(&mut self, record: &Record, places: &Places) -> Result<(), CountryError> {
        let cell = |place: Option<usize>| place.map_or("", |i| without_guard(record.cell(i)));
        let (name, code) = (clean(cell(places.country)).0, clean(cell(places.code)).0);
        let (name, code) = (name.trim(), code.trim());
        // What nobody is called means nothing whatever the rest of the row says; the search for the nearest is not made again.
        let unknown = (name.to_owned(), code.to_owned(), None);
        if let Some(answer) = self.index.get(&unknown).and_then(|i| self.answers.all.get_mut(*i))
            && matches!(answer.resolution.country, Country::Unknown(_))
        {
            answer.count += 1;
            return Ok(());
        }
        let address = EmailAddress::parse(cell(places.email)).ok();
        let language = LanguageTag::read(cell(places.language));
        let evidence = Evidence {
            domain: address.as_ref().map_or("", |a| a.domain()),
            time_zone: cell(places.time_zone).trim(),
            language: language.as_ref(),
            region: Region::parse(cell(places.region)),
            leaves_gaps_as_na: leaves_gaps_as_na(record.cells(), [places.country, places.code]),
        };
        let resolution = resolve(name, code, &evidence, self.query.decisions);
        if resolution.country == Country::Missing {
            self.answers.empty += 1;
            return Ok(());
        }
        let (name, code, _) = unknown;
        let outcome = resolution.country.code().map(|code| format!("{code} {}", resolution.how.as_str()));
        let value = if name.is_empty() { code.clone() } else { name.clone() };
        let all = &mut self.answers.all;
        let next = all.len();
        let place = *self.index.entry((name, code, outcome)).or_insert(next);
        if place == next {
            if next == MOST_VALUES {
                return Err(CountryError::TooMany);
            }
            let value = match &resolution.country {
                // Two cells that contradict each other are one question.
                Country::Ambiguous(both) => both.clone(),
                _ => value,
            };
            all.push(Answer { value, count: 0, line: record.line, resolution, suggestions: Vec::new() });
        }
        if let Some(answer) = all.get_mut(place) {
            answer.count += 1;
        }
        Ok(())
    }
}
