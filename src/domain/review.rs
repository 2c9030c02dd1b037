//! A form for a person to answer: what it asks, line by line, and where it came from.

use std::collections::BTreeMap;

use super::contact::vocabulary;

vocabulary! {
    /// What the lines of a part are about: a sheet of a workbook, a word in the first column of a CSV.
    Part {
        /// A line for each distinct unclear value.
        Values = "values",
        /// A line for each row that needs a person.
        Rows = "rows",
        /// A line for each person a plan left out.
        LeftOut = "left out",
        /// Where the form came from: a line for each key.
        About = "about",
    }
}

vocabulary! {
    /// A cell of a line, by the header of its column.
    Slot {
        /// Id of a contact.
        ContactId = "contact_id",
        /// Physical line in the file; of a value the first ones.
        Line = "line",
        /// Address of the row.
        Email = "email",
        /// Name of the person.
        Name = "name",
        /// Reason for which somebody was left out.
        Reason = "reason",
        /// Header of the column, or the field a value belongs to.
        Column = "column",
        /// What stands there.
        Value = "value",
        /// Cells with the value.
        Count = "count",
        /// What the rows with the value say besides.
        Evidence = "evidence",
        /// What is wrong, in words.
        Problem = "problem",
        /// Answers that are likely right, the most probable first.
        Suggestions = "suggestions",
        /// What the person says.
        Answer = "answer",
    }
}

impl Part {
    /// The columns of the part, in order.
    pub fn slots(self) -> &'static [Slot] {
        use Slot::{
            Answer, Column, ContactId, Count, Email, Evidence, Line, Name, Problem, Reason, Suggestions, Value,
        };
        match self {
            Part::Values => &[Column, Value, Count, Line, Evidence, Suggestions, Answer],
            Part::Rows => &[Line, Email, Column, Value, Problem, Suggestions, Answer],
            Part::LeftOut => &[ContactId, Email, Name, Reason, Column, Value, Problem, Suggestions, Answer],
            Part::About => &[Column, Value],
        }
    }

    /// What the person is told above the lines.
    pub fn instruction(self) -> &'static str {
        match self {
            Part::Values => {
                "One line for each value that is not clear. Write into `answer` what it means: a name or code, `day first`, \
                 `unknown` (it means nothing; do not ask again) or `skip` (leave it as it is this time)."
            }
            Part::Rows => {
                "One line for each row that needs a person. Write into `answer` the right value, `keep` (it is right as it \
                 is), `shared` (a mailbox several people read) or `skip` (leave this row out)."
            }
            Part::LeftOut => {
                "One line for each person the plan leaves out. Where something is suggested, write into `answer` the value \
                 that is missing; leave the others empty."
            }
            Part::About => "Where this form came from. Leave it as it is: it is needed to apply the answers.",
        }
    }
}

/// One line of a form.
#[derive(Clone, PartialEq, Eq)]
pub struct Line {
    /// The part it belongs to.
    pub part: Part,
    /// Where it stands, once it was read: `fix.xlsx:Values:3`.
    pub place: String,
    /// The words among which to choose, where they are few.
    pub choices: Vec<String>,
    cells: BTreeMap<Slot, String>,
}

impl Line {
    /// An empty line.
    pub fn new(part: Part) -> Self {
        Self { part, place: String::new(), choices: Vec::new(), cells: BTreeMap::new() }
    }

    /// With a cell filled in.
    #[must_use]
    pub fn with(mut self, slot: Slot, text: impl Into<String>) -> Self {
        self.cells.insert(slot, text.into());
        self
    }

    /// A cell; empty where there is none.
    pub fn cell(&self, slot: Slot) -> &str {
        self.cells.get(&slot).map_or("", String::as_str)
    }

    /// The answer, trimmed; `None` where there is none.
    pub fn answer(&self) -> Option<&str> {
        Some(self.cell(Slot::Answer).trim()).filter(|answer| !answer.is_empty())
    }

    /// Whether nothing stands in it.
    pub fn is_blank(&self) -> bool {
        self.cells.values().all(|cell| cell.trim().is_empty())
    }

    /// A complaint about its answer, with its place.
    pub fn complain(&self, message: impl std::fmt::Display) -> String {
        format!("{}:answer: {message}", self.place)
    }
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line").field("part", &self.part).field("place", &self.place).finish_non_exhaustive()
    }
}
