//! The same refusal again and again says something about us, not about the recipients.

use crate::domain::outcome::{Outcome, Step};

/// What makes two refusals the same: reply code and enhanced status code. Texts carry queue ids and addresses.
type Signature = (u16, Option<(u16, u16, u16)>);

/// Rows refused in a row at DATA or at the final dot with the same reply.
#[derive(Debug)]
pub struct RefusalRun {
    in_a_row: usize,
    signature: Option<Signature>,
    rows: Vec<i64>,
    proven: bool,
}

impl RefusalRun {
    /// * `in_a_row`: how many prove it; 0 turns the rule off.
    pub fn new(in_a_row: usize) -> Self {
        Self { in_a_row, signature: None, rows: Vec::new(), proven: false }
    }

    /// Takes note of an outcome; gives the refusal when it is proven to be about us.
    pub fn note(&mut self, row: i64, outcome: &Outcome, step: Option<Step>) -> Option<String> {
        match outcome {
            Outcome::Rejected { reply, .. } if matches!(step, Some(Step::Data | Step::Dot)) => {
                let signature = (reply.code, reply.enhanced);
                if self.signature != Some(signature) {
                    if self.proven {
                        return None;
                    }
                    self.start_anew();
                    self.signature = Some(signature);
                }
                self.rows.push(row);
                let first_time = !self.proven && self.in_a_row > 0 && self.rows.len() >= self.in_a_row;
                self.proven |= first_time;
                first_time.then(|| reply.to_string())
            }
            Outcome::Accepted { .. } | Outcome::Rejected { .. } => {
                self.start_anew();
                None
            }
            _ => None,
        }
    }

    /// The rows of a proven run, to be put back to deferred. Those of lanes that were still busy when it was proven are
    /// among them.
    pub fn take_proven(&mut self) -> Vec<i64> {
        if self.proven { std::mem::take(&mut self.rows) } else { Vec::new() }
    }

    fn start_anew(&mut self) {
        // What is proven stays so: an answer that comes in while the run ends does not make the refusals theirs.
        if !self.proven {
            self.rows.clear();
            self.signature = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::outcome::Reply;

    fn refusal(code: u16) -> Outcome {
        Outcome::Rejected { reply: Reply { code, enhanced: None, text: "no".to_owned() }, suppress: false }
    }

    #[test]
    fn the_same_refusal_in_a_row_is_ours() {
        let mut run = RefusalRun::new(3);
        assert_eq!(run.note(1, &refusal(554), Some(Step::Dot)), None);
        assert_eq!(run.note(2, &refusal(550), Some(Step::Dot)), None, "another refusal starts anew");
        assert_eq!(run.note(3, &refusal(550), Some(Step::Dot)), None);
        assert!(run.note(4, &refusal(550), Some(Step::Data)).is_some());
        assert_eq!(run.note(5, &refusal(550), Some(Step::Dot)), None, "said once");
        assert_eq!(run.take_proven(), [2, 3, 4, 5]);
    }

    #[test]
    fn refusals_of_recipients_are_theirs() {
        let mut run = RefusalRun::new(2);
        for row in 0..5 {
            assert_eq!(run.note(row, &refusal(550), Some(Step::Rcpt)), None);
        }
        assert_eq!(run.note(6, &refusal(554), Some(Step::Dot)), None);
        let accepted = Outcome::Accepted { reply: Reply { code: 250, enhanced: None, text: String::new() } };
        assert_eq!(run.note(7, &accepted, Some(Step::Dot)), None);
        assert_eq!(run.note(8, &refusal(554), Some(Step::Dot)), None);
        assert!(run.take_proven().is_empty());
    }
}
