//! A complaint about an input file: where it is, what is wrong, and what to do about it.

use std::fmt;

/// One problem in a file a person wrote. Printed as `file:line:column: message` with the help below it,
/// and as an element of `problems` in `check --format json`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Problem {
    /// Path of the file, relative to the workspace where possible.
    pub file: String,
    /// Line, counted from 1; 0 where the whole file is meant.
    pub line: usize,
    /// Column in characters, counted from 1; 0 where the whole line is meant.
    pub column: usize,
    /// Stable machine-readable name, such as `unknown-key`.
    pub code: &'static str,
    /// What is wrong, as a sentence fragment without a final full stop.
    pub message: String,
    /// What to do about it; may be empty.
    pub help: String,
}

impl Problem {
    /// A problem at a place in a file.
    pub fn at(
        file: impl Into<String>,
        line: usize,
        column: usize,
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self { file: file.into(), line, column, code, message: message.into(), help: help.into() }
    }

    /// A problem with a file as a whole.
    pub fn in_file(
        file: impl Into<String>,
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self::at(file, 0, 0, code, message, help)
    }
}

/// What was found wrong with a file or a workspace: problems must be mended, warnings should be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings {
    /// What must be mended.
    pub problems: Vec<Problem>,
    /// What should be read.
    pub warnings: Vec<Problem>,
}

impl Findings {
    /// Takes over what was found elsewhere.
    pub fn absorb(&mut self, other: Findings) {
        self.problems.extend(other.problems);
        self.warnings.extend(other.warnings);
    }

    /// Drops repetitions and keeps the order: two campaigns may share a broken template.
    pub fn without_repetitions(mut self) -> Self {
        for list in [&mut self.problems, &mut self.warnings] {
            let mut seen = std::collections::BTreeSet::new();
            list.retain(|problem| seen.insert(problem.clone()));
        }
        self
    }

    /// Sorts by place and drops repetitions.
    pub fn in_order(mut self) -> Self {
        for list in [&mut self.problems, &mut self.warnings] {
            list.sort();
            list.dedup();
        }
        self
    }
}

/// Something read from files, with what was found on the way. `value` is there exactly where there are no problems.
#[derive(Debug, Clone)]
pub struct Checked<T> {
    /// What was read.
    pub value: Option<T>,
    /// What was found.
    pub findings: Findings,
}

impl<T> Checked<T> {
    /// Keeps the value only where nothing must be mended.
    pub fn new(value: Option<T>, findings: Findings) -> Self {
        let findings = findings.in_order();
        Self { value: value.filter(|_| findings.problems.is_empty()), findings }
    }

    /// Nothing but problems.
    pub fn refused(problems: Vec<Problem>) -> Self {
        Self::new(None, Findings { problems, warnings: Vec::new() })
    }

    /// The value, or the problems; warnings are dropped.
    ///
    /// # Errors
    /// The problems.
    pub fn into_result(self) -> Result<T, Vec<Problem>> {
        self.value.ok_or(self.findings.problems)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
            if self.column > 0 {
                write!(f, ":{}", self.column)?;
            }
        }
        write!(f, ": {}", self.message)?;
        if !self.help.is_empty() {
            write!(f, "\n  help: {}", self.help)?;
        }
        Ok(())
    }
}
