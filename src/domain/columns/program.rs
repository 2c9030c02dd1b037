//! Programs whose exports are known by their headers, where the same word means something else than in other lists.

/// A program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Program {
    /// Indico's registrations: `ID`, `Name`, then the titles of the form as its author wrote them.
    Indico,
    /// Mailchimp's audiences.
    Mailchimp,
}

impl Program {
    /// The program that wrote these headers, folded.
    pub(super) fn of(folded: &[String]) -> Option<Self> {
        let has = |name: &str| folded.iter().any(|f| f == name);
        match folded {
            [first, second, ..] if first == "id" && second == "name" => Some(Program::Indico),
            // What we export of such contacts has its columns too, and `region` is ours again.
            _ if has("leid") && has("euid") && !has("email") => Some(Program::Mailchimp),
            _ => None,
        }
    }

    /// Whether a column is called like one of our fields and is none.
    pub(super) fn means_something_else(self, folded: &str) -> bool {
        // A state or province, by its own code.
        self == Program::Mailchimp && folded == "region"
    }
}
