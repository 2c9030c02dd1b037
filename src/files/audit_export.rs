//! CSV files that leave the ledger: the audit's rows and the opt-outs. They hold personal data, so they are readable by
//! their owner only; cells a spreadsheet would run as formulas are neutralised.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::domain::cleaning::neutralise;
use crate::domain::suppression::Suppression;
use crate::engine::ports::AuditRow;
use crate::system::private;

/// Columns of `audit export`.
const AUDIT: &[&str] = &[
    "campaign",
    "plan",
    "contact_id",
    "address",
    "name",
    "segment",
    "tier",
    "region",
    "stakeholder",
    "language",
    "state",
    "feedback",
    "attempts",
    "first_attempt_at",
    "last_attempt_at",
    "code",
    "reply",
    "message_id",
];

/// Columns of `opt-out export`.
const OPT_OUTS: &[&str] = &["key", "address", "topic", "reason", "since", "source"];

/// A file being written: it takes its name when it is whole.
struct Draft {
    beside: PathBuf,
    path: PathBuf,
}

/// A CSV being written, to a file or to any writer.
pub struct Export<'a> {
    csv: csv::Writer<Box<dyn Write + 'a>>,
    draft: Option<Draft>,
    rows: u64,
}

impl std::fmt::Debug for Export<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Export").field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl<'a> Export<'a> {
    /// The rows of `audit export`, to a file.
    ///
    /// # Errors
    /// Where the file cannot be made.
    pub fn audit(path: &Path) -> io::Result<Self> {
        Self::to_file(path, AUDIT)
    }

    /// Opt-outs, to a file.
    ///
    /// # Errors
    /// Where the file cannot be made.
    pub fn opt_outs(path: &Path) -> io::Result<Self> {
        Self::to_file(path, OPT_OUTS)
    }

    /// Opt-outs, to standard output.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn opt_outs_to(writer: impl Write + 'a) -> io::Result<Self> {
        Self::begin(Box::new(writer), OPT_OUTS, None)
    }

    fn to_file(path: &Path, header: &[&str]) -> io::Result<Self> {
        let mut name = path.file_name().ok_or_else(|| io::Error::other("a file is needed"))?.to_owned();
        name.push(".part");
        let beside = path.with_file_name(name);
        let file = private::create(&beside)?;
        let draft = Draft { beside, path: path.to_owned() };
        Self::begin(Box::new(BufWriter::new(file)), header, Some(draft))
    }

    fn begin(writer: Box<dyn Write + 'a>, header: &[&str], draft: Option<Draft>) -> io::Result<Self> {
        let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(writer);
        csv.write_record(header)?;
        Ok(Self { csv, draft, rows: 0 })
    }

    fn row<'c>(&mut self, cells: impl IntoIterator<Item = &'c str>) -> io::Result<()> {
        for cell in cells {
            self.csv.write_field(neutralise(cell).as_ref())?;
        }
        self.csv.write_record(None::<&[u8]>)?;
        self.rows += 1;
        Ok(())
    }

    /// Writes one invitation.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn invitation(&mut self, row: &AuditRow) -> io::Result<()> {
        let planned = &row.invitation.planned;
        let moment = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
        let attempts = row.invitation.attempts.to_string();
        let (first, last) = (moment(row.invitation.first_attempt_at), moment(row.invitation.last_attempt_at));
        let code = row.invitation.code.map(|code| code.to_string()).unwrap_or_default();
        let address = planned.address.to_string();
        self.row([
            row.campaign.as_str(),
            &row.plan,
            &planned.contact_id,
            &address,
            &planned.name,
            &planned.segment,
            &planned.tier,
            &planned.region,
            &planned.stakeholder,
            &planned.language,
            row.invitation.state.as_str(),
            &row.feedback,
            &attempts,
            &first,
            &last,
            &code,
            &row.invitation.reply,
            &row.message_id,
        ])
    }

    /// Writes one opt-out.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn opt_out(&mut self, suppression: &Suppression) -> io::Result<()> {
        let (key, since) = (suppression.key.to_hex(), suppression.since.to_string());
        self.row([
            key.as_str(),
            &suppression.address,
            &suppression.topic,
            suppression.reason.as_str(),
            &since,
            &suppression.source,
        ])
    }

    /// Completes the file; returns how many rows it has.
    ///
    /// # Errors
    /// Where the file cannot be written, synced or named.
    pub fn finish(mut self) -> io::Result<u64> {
        self.csv.flush()?;
        if let Some(draft) = self.draft.take() {
            private::sync_file(&draft.beside)?;
            fs::rename(&draft.beside, &draft.path)?;
        }
        Ok(self.rows)
    }
}

impl Drop for Export<'_> {
    fn drop(&mut self) {
        // Given up half-way: the half that was written is nobody's.
        if let Some(draft) = &self.draft {
            let _ = fs::remove_file(&draft.beside);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::keys::AddressKey;
    use crate::domain::suppression::Reason;

    #[test]
    fn formulas_are_neutralised_and_quotes_doubled() {
        let mut out = Vec::new();
        let mut export = Export::opt_outs_to(&mut out).unwrap();
        export
            .opt_out(&Suppression {
                key: AddressKey([0xab; 16]),
                address: "=cmd@example.org".to_owned(),
                topic: "*".to_owned(),
                reason: Reason::OptedOut,
                note: String::new(),
                since: Timestamp::from_second(1_795_000_000).unwrap(),
                source: "import \"a\",b.csv".to_owned(),
            })
            .unwrap();
        assert_eq!(export.finish().unwrap(), 1);
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            "key,address,topic,reason,since,source\r\n\
             abababababababababababababababab,'=cmd@example.org,*,opted_out,2026-11-18T11:06:40Z,\"import \"\"a\"\",b.csv\"\r\n"
        );
    }

    #[test]
    fn a_file_given_up_half_way_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        drop(Export::audit(&folder.path().join("audit.csv")).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
