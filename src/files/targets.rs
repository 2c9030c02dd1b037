//! Targets files: declared shares for dimensions of which no population exists.
//!
//! A CSV with the columns `dimension,value,share`; the shares of each dimension add up to 1, or to 100 as percentages.

use std::collections::BTreeMap;
use std::path::Path;

use super::toml_reader::read_text;
use crate::domain::campaign::Dimension;
use crate::domain::cell::Value;
use crate::domain::problem::Problem;
use crate::domain::reference::Targets;
use crate::domain::suggestion::nearest_or_all;

/// Larger than any list of declared shares.
const SIZE_LIMIT: u64 = 1 << 20;
/// How far rounded shares may miss 1: published percentages are whole numbers.
const TOLERANCE: f64 = 0.015;
const COLUMNS: [&str; 3] = ["dimension", "value", "share"];

/// Reads a targets file; `name` is how `against` names it, `shown` how complaints do.
///
/// # Errors
/// Every problem of the file, each with its line.
pub fn read_targets(path: &Path, name: &str, shown: &str) -> Result<Targets, Vec<Problem>> {
    let text = read_text(path, shown, SIZE_LIMIT).map_err(|problem| vec![problem])?;
    parse_targets(&text, name, shown)
}

/// Reads the text of a targets file.
///
/// # Errors
/// Every problem of the text, each with its line.
pub fn parse_targets(text: &str, name: &str, shown: &str) -> Result<Targets, Vec<Problem>> {
    let mut reading = Reading { shown, problems: Vec::new(), shares: BTreeMap::new() };
    reading.read(text);
    reading.check_sums();
    if reading.problems.is_empty() {
        let shares =
            reading.shares.into_iter().map(|(dimension, declared)| (dimension, declared.normalised())).collect();
        Ok(Targets { file: name.to_owned(), shares })
    } else {
        Err(reading.problems)
    }
}

#[derive(Default)]
struct Declared {
    first_line: usize,
    shares: BTreeMap<Value, f64>,
}

impl Declared {
    fn sum(&self) -> f64 {
        self.shares.values().sum()
    }

    fn normalised(self) -> BTreeMap<Value, f64> {
        let sum = self.sum();
        self.shares.into_iter().map(|(value, share)| (value, share / sum)).collect()
    }
}

struct Reading<'a> {
    shown: &'a str,
    problems: Vec<Problem>,
    shares: BTreeMap<Dimension, Declared>,
}

impl Reading<'_> {
    fn complain(&mut self, line: usize, message: String, help: impl Into<String>) {
        self.problems.push(Problem::at(self.shown, line, 0, "bad-targets", message, help));
    }

    fn read(&mut self, text: &str) {
        let header = text.lines().next().unwrap_or_default();
        let delimiter = [b',', b';', b'\t'].into_iter().find(|d| header.contains(char::from(*d))).unwrap_or(b',');
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .trim(csv::Trim::All)
            .flexible(true)
            .from_reader(text.as_bytes());
        let headers = reader.headers().cloned().unwrap_or_default();
        let column = |name: &str| headers.iter().position(|h| h.eq_ignore_ascii_case(name));
        let [Some(dimension), Some(value), Some(share)] = COLUMNS.map(column) else {
            let missing: Vec<&str> = COLUMNS.into_iter().filter(|name| column(name).is_none()).collect();
            let message = format!("no column `{}`", missing.join("`, `"));
            return self.complain(1, message, "the first line must be `dimension,value,share`");
        };
        for row in reader.records() {
            let row = match row {
                Ok(row) => row,
                Err(error) => return self.complain(0, format!("the file cannot be read as CSV: {error}"), ""),
            };
            let line = row.position().map_or(0, |p| line_of(text, p.byte() as usize));
            let cell = |i: usize| row.get(i).unwrap_or_default();
            if !row.iter().all(str::is_empty) {
                self.add(line, cell(dimension), cell(value), cell(share));
            }
        }
        if self.shares.is_empty() && self.problems.is_empty() {
            self.complain(1, "the file declares no share".to_owned(), "add lines such as `gender,female,0.5`");
        }
    }

    fn add(&mut self, line: usize, dimension: &str, value: &str, share: &str) {
        let Some(dimension) = Dimension::from_word(&dimension.to_ascii_lowercase()) else {
            let names = Dimension::ALL.iter().map(|(name, _)| *name);
            let help = nearest_or_all(dimension, names);
            return self.complain(line, format!("`{dimension}` is no dimension"), help);
        };
        let value = match Value::parse(&dimension, value) {
            Ok(value) => value,
            Err(complaint) => return self.complain(line, complaint, ""),
        };
        let Some(share) = read_share(share) else {
            let message = format!("`{share}` is no share");
            return self.complain(line, message, "write a number such as `0.25`, `25` or `25 %`");
        };
        let declared = self.shares.entry(dimension.clone()).or_default();
        if declared.first_line == 0 {
            declared.first_line = line;
        }
        let text = value.to_string();
        if declared.shares.insert(value, share).is_some() {
            let message = format!("`{text}` of `{}` is declared twice", dimension.as_str());
            self.complain(line, message, "keep one of the lines");
        }
    }

    fn check_sums(&mut self) {
        if !self.problems.is_empty() {
            return;
        }
        let wrong: Vec<(usize, String)> = self
            .shares
            .iter()
            .filter(|(_, d)| (d.sum() - 1.0).abs() > TOLERANCE && (d.sum() / 100.0 - 1.0).abs() > TOLERANCE)
            .map(|(dimension, d)| {
                let sum = (d.sum() * 1000.0).round() / 1000.0;
                (d.first_line, format!("the shares of `{}` add up to {sum}", dimension.as_str()))
            })
            .collect();
        for (line, message) in wrong {
            self.complain(line, message, "they must add up to 1, or to 100 as percentages");
        }
    }
}

/// The line of the record read from this octet on: the reader's own count stops before blank lines.
fn line_of(text: &str, octet: usize) -> usize {
    let (before, after) = text.as_bytes().split_at_checked(octet).unwrap_or_default();
    let blank = after.iter().take_while(|b| b"\r\n".contains(b));
    1 + before.iter().chain(blank).filter(|b| **b == b'\n').count()
}

/// `0.25`, `25`, `25 %` or `0,25`.
fn read_share(text: &str) -> Option<f64> {
    let number = text.trim_end_matches('%').trim().replace(',', ".");
    let share: f64 = number.parse().ok()?;
    (share.is_finite() && share >= 0.0).then_some(share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shares(text: &str) -> Vec<(String, f64)> {
        let targets = parse_targets(text, "t.csv", "t.csv").unwrap();
        targets.shares.values().flatten().map(|(value, share)| (value.to_string(), *share)).collect()
    }

    fn complaint(text: &str) -> String {
        let problems = parse_targets(text, "t.csv", "t.csv").unwrap_err();
        problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn fractions_percentages_and_spreadsheet_dialects_read_alike() {
        for text in [
            "dimension,value,share\ngender,female,0.5\ngender,male,0.5\n",
            "Dimension;Value;Share\r\ngender;Female;50 %\r\ngender;male;50%\r\n",
            "share\tvalue\tdimension\n0,5\tfemale\tgender\n0,5\tmale\tgender\n\n",
        ] {
            assert_eq!(shares(text), [("female".to_owned(), 0.5), ("male".to_owned(), 0.5)]);
        }
    }

    #[test]
    fn rounded_percentages_are_made_whole() {
        let sum: f64 = shares("dimension,value,share\ngender,female,33\ngender,male,33\ngender,other,33\n")
            .iter()
            .map(|(_, share)| share)
            .sum();
        assert!((sum - 1.0).abs() < 1e-12);
    }

    #[test]
    fn every_problem_has_its_line() {
        for (text, expected) in [
            ("", "no column `dimension`, `value`, `share`"),
            ("dimension,value\n", "t.csv:1: no column `share`"),
            ("dimension,value,share\n", "declares no share"),
            (
                "dimension,value,share\nstakeholders,Government,1\n",
                "t.csv:2: `stakeholders` is no dimension\n  help: did you mean `stakeholder`?",
            ),
            (
                "dimension,value,share\n\nstakeholder,Goverment,1\n",
                "t.csv:3: `Goverment` is no value of `stakeholder`; did you mean `Government`?",
            ),
            ("dimension,value,share\ngender,female,half\n", "t.csv:2: `half` is no share"),
            ("dimension,value,share\ngender,female,-1\n", "t.csv:2: `-1` is no share"),
            ("dimension,value,share\ngender,female,nan\n", "t.csv:2: `nan` is no share"),
            (
                "dimension,value,share\ngender,female,0.5\ngender,male,0.3\n",
                "t.csv:2: the shares of `gender` add up to 0.8",
            ),
            (
                "dimension,value,share\ngender,female,0.5\ngender,Female,0.5\n",
                "t.csv:3: `female` of `gender` is declared twice",
            ),
        ] {
            let complaint = complaint(text);
            assert!(complaint.contains(expected), "{complaint}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,200}", lines in "(dimension,value,share\n)?([a-z]{0,8},[A-Za-z ]{0,8},[0-9.,%e-]{0,6}\n){0,5}") {
            let _ = parse_targets(&text, "t", "t");
            if let Ok(targets) = parse_targets(&lines, "t", "t") {
                for declared in targets.shares.values() {
                    prop_assert!((declared.values().sum::<f64>() - 1.0).abs() < 1e-9);
                }
            }
        }
    }
}
