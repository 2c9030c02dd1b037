//! The answers of a form that came back, one by one: what is sound, what is not, and what was not answered.

use std::collections::HashMap;

use crate::domain::address::fold_case;
use crate::domain::decisions::{Asked, Decided, named};
use crate::domain::geography::{self, CountryCode, Evidence, resolve};
use crate::domain::review::{Line, Part, Slot};
use crate::domain::suggestion::nearest_or_all;
use crate::engine::import::answers::{Answers, RowAnswer, Word};
use crate::engine::import::unclear::group_of;

/// A decision about a value, as it goes into the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What it is about.
    pub asked: Asked,
    /// The value as the file has it.
    pub value: String,
    /// What it means.
    pub decided: Decided,
}

/// A form of an import, judged.
#[derive(Debug, Default)]
pub struct Judged {
    /// For the settings, in the form's order.
    pub decisions: Vec<Decision>,
    /// For the file itself.
    pub answers: Answers,
    /// Answers that cannot be used, each with its place.
    pub faults: Vec<String>,
    /// Lines with an answer.
    pub answered: usize,
}

/// What an answer about a value says: a decision, none this time, or what is wrong with it.
type Read = Result<Option<Decided>, String>;

/// Judges every answer about values and rows.
pub fn judge(lines: &[Line]) -> Judged {
    let mut judged = Judged::default();
    judged.answers.are_applied = true;
    values(lines, &mut judged);
    for line in lines.iter().filter(|line| line.part == Part::Rows) {
        if let Some(answer) = line.answer() {
            judged.answered += 1;
            row(line, answer, &mut judged);
        }
    }
    judged
}

fn row(line: &Line, answer: &str, judged: &mut Judged) {
    let Ok(number) = line.cell(Slot::Line).trim().trim_end_matches(".0").parse::<u64>() else {
        let what = format!("`{}` in column `line` is no line of a file", line.cell(Slot::Line).trim());
        judged.faults.push(line.complain(what));
        return;
    };
    let given = RowAnswer {
        column: line.cell(Slot::Column).trim().to_owned(),
        value: line.cell(Slot::Value).to_owned(),
        text: answer.to_owned(),
        place: line.place.clone(),
    };
    let known = judged.answers.rows.entry(number).or_default();
    if let Some(other) = known.iter().find(|other| other.column == given.column && other.is_about(&given.value)) {
        if other.text != given.text {
            judged.faults.push(line.complain(format!("{} answers the same cell in another way", other.place)));
        }
        return;
    }
    known.push(given);
    let email = line.cell(Slot::Email).trim();
    if !email.is_empty() {
        judged.answers.mailboxes.insert(fold_case(email));
    }
}

fn values(lines: &[Line], judged: &mut Judged) {
    let mut given: Vec<(&Line, Asked, String, &str)> = Vec::new();
    for line in lines.iter().filter(|line| line.part == Part::Values) {
        let Some(answer) = line.answer() else { continue };
        judged.answered += 1;
        let word = line.cell(Slot::Column).trim();
        match Asked::from_word(word) {
            None => {
                let help = nearest_or_all(word, Asked::ALL.iter().map(|asked| asked.as_str()));
                judged.faults.push(line.complain(format!("nothing is decided about `{word}`; {help}")));
            }
            Some(asked) => given.push((line, asked, group_of(asked, line.cell(Slot::Value)), answer)),
        }
    }
    let mut by_value: HashMap<(Asked, &str), Vec<(&Line, Read)>> = HashMap::new();
    let mut order = Vec::new();
    for (line, asked, group, answer) in &given {
        let read = match Word::read(answer) {
            Some(Word::Skip) => Ok(None),
            _ => Decided::answer(*asked, answer).map(Some),
        };
        let key = (*asked, group.as_str());
        let lines = by_value.entry(key).or_default();
        if lines.is_empty() {
            order.push(key);
        }
        lines.push((line, read));
    }
    for key in order {
        let lines = by_value.remove(&key).unwrap_or_default();
        value(key, lines, judged);
    }
}

/// The answers to one value, on however many lines.
fn value((asked, group): (Asked, &str), lines: Vec<(&Line, Read)>, judged: &mut Judged) {
    let mut sound: Vec<(&Line, Option<Decided>)> = Vec::new();
    for (line, read) in lines {
        match read {
            Ok(decided) => sound.push((line, decided)),
            Err(why) => judged.faults.push(line.complain(why)),
        }
    }
    let Some(((line, decided), others)) = sound.split_first() else { return };
    if let Some((other, _)) = others.iter().find(|(_, other)| other != decided) {
        judged
            .faults
            .push(other.complain(format!("{} gives the same value another meaning; neither is taken", line.place)));
        return;
    }
    let key = (asked, group.to_owned());
    let value = line.cell(Slot::Value).trim().to_owned();
    match decided {
        None => {
            judged.answers.skipped.insert(key);
        }
        Some(decided) if asked == Asked::Country && own_name(&value).is_some_and(|own| !decided.is(own)) => {
            // The name stays the name of its own country: only these rows, which contradict themselves, mean another or none.
            judged.answers.values.insert(key, decided.clone());
        }
        Some(decided) => judged.decisions.push(Decision { asked, value, decided: decided.clone() }),
    }
}

/// The country that a value means where nothing in its row speaks against it.
fn own_name(value: &str) -> Option<CountryCode> {
    resolve(value, "", &Evidence::default(), &geography::Decisions::default()).country.code()
}

impl std::fmt::Display for Decision {
    /// `country “Korea” means KR (South Korea)`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let meaning = match &self.decided {
            Decided::Country(code) => named(*code),
            other => other.as_str().to_owned(),
        };
        write!(f, "{} “{}” means {meaning}", self.asked.spoken(), self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(field: &str, value: &str, answer: &str) -> Line {
        let mut line =
            Line::new(Part::Values).with(Slot::Column, field).with(Slot::Value, value).with(Slot::Answer, answer);
        line.place = format!("fix.xlsx:Values:{value}");
        line
    }

    #[test]
    fn conflicting_answers_for_one_value_are_both_left_out() {
        let judged = judge(&[
            line("country", "Korea", "KR"),
            line("country", "korea ", "KP"),
            line("tier", "Inner", "1"),
            line("tier", "inner", "community"),
            line("planet", "Mars", "red"),
            line("gender", "?", "SKIP"),
        ]);
        let told: Vec<String> = judged.decisions.iter().map(ToString::to_string).collect();
        assert_eq!(told, ["tier “Inner” means community"]);
        assert_eq!(judged.faults.len(), 2, "{:?}", judged.faults);
        assert!(judged.faults.iter().any(|fault| fault.contains("neither is taken")));
        assert_eq!(judged.answers.skipped.len(), 1);
    }

    #[test]
    fn the_name_of_a_country_is_never_decided_to_be_another_ones() {
        let judged =
            judge(&[line("country", "Niger", "NG"), line("country", "NA", "unknown"), line("country", "Congo", "CD")]);
        let told: Vec<&str> = judged.decisions.iter().map(|d| d.value.as_str()).collect();
        assert_eq!(told, ["Congo"]);
        assert_eq!(judged.answers.values.len(), 2, "for the rows that contradict themselves only");
    }

    proptest::proptest! {
        #[test]
        fn no_form_makes_it_panic(cells in proptest::collection::vec(("\\PC{0,12}", "\\PC{0,12}", "\\PC{0,20}"), 0..8)) {
            let lines: Vec<Line> = cells.iter().flat_map(|(field, value, answer)| {
                let row = Line::new(Part::Rows).with(Slot::Line, field).with(Slot::Value, value).with(Slot::Answer, answer);
                [line(field, value, answer), line("country", value, answer), row]
            }).collect();
            let judged = judge(&lines);
            proptest::prop_assert!(judged.decisions.len() + judged.faults.len() <= lines.len());
        }
    }
}
