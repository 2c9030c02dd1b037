//! The folder relay: every message becomes a file, and nothing leaves this computer.
//!
//! `<outbox>/<campaign>/<left side of the Message-ID>.eml` holds the exact octets, `.json` beside it the envelope. The
//! envelope is in place before the message is, so a reader who finds an `.eml` always finds both. The rename of the
//! `.eml` is the point of no return; renaming it twice is harmless, since the name is derived from the Message-ID.

use std::future::ready;
use std::io;
use std::path::{Path, PathBuf};

use tokio::task::JoinHandle;

use crate::domain::file_name::is_portable;
use crate::domain::outcome::{Delivery, Reply, Step};
use crate::engine::ports::{Lane, Parcel, PortFuture, Relay, RelayTrouble};
use crate::system::private;

/// A relay that files messages in a folder.
#[derive(Debug, Clone)]
pub struct Outbox {
    folder: PathBuf,
}

impl Outbox {
    /// Files messages below `folder`, which is made (mode 0700) when the first lane opens.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }
}

impl Relay for Outbox {
    fn open(&self) -> PortFuture<'_, Result<Box<dyn Lane>, RelayTrouble>> {
        Box::pin(async move {
            private::make_unlinked_folder(&self.folder).map_err(|error| RelayTrouble::Lasting {
                detail: format!("{}: the outbox folder cannot be made: {error}", self.folder.display()),
                reply: None,
            })?;
            Ok(Box::new(OutboxLane { folder: self.folder.clone(), filing: None }) as Box<dyn Lane>)
        })
    }

    fn closing_line(&self) -> String {
        "nothing left this computer: the relay is an outbox folder".to_owned()
    }

    fn leaves_this_computer(&self) -> bool {
        false
    }
}

/// One writer into the outbox. Several may work side by side.
struct OutboxLane {
    folder: PathBuf,
    /// Files the parcel that was handed over.
    filing: Option<JoinHandle<Delivery>>,
}

impl Lane for OutboxLane {
    fn announce<'a>(&'a mut self, _: &'a Parcel) -> PortFuture<'a, ()> {
        Box::pin(ready(()))
    }

    fn go_ahead(&mut self) -> PortFuture<'_, Result<(), Delivery>> {
        Box::pin(ready(Ok(())))
    }

    fn hand_over<'a>(&'a mut self, parcel: &'a Parcel, _: Option<&'a Parcel>) -> PortFuture<'a, bool> {
        let (folder, parcel) = (self.folder.clone(), parcel.clone());
        // Syncing a file blocks the thread for as long as the disk takes.
        self.filing = Some(tokio::task::spawn_blocking(move || file(&folder, &parcel)));
        Box::pin(ready(false))
    }

    fn answer(&mut self) -> PortFuture<'_, Delivery> {
        Box::pin(async move {
            let filed = match &mut self.filing {
                Some(filing) => filing.await.ok(),
                None => None,
            };
            self.filing = None;
            filed
                .unwrap_or_else(|| Delivery::InDoubt { detail: "the writer of the outbox stopped half way".to_owned() })
        })
    }

    fn is_usable(&self) -> bool {
        true
    }

    fn is_open(&self) -> bool {
        true
    }

    fn close(self: Box<Self>) -> PortFuture<'static, ()> {
        Box::pin(ready(()))
    }
}

/// Files one parcel, and syncs the folder.
fn file(outbox: &Path, parcel: &Parcel) -> Delivery {
    if !is_portable(&parcel.campaign) || !is_portable(&parcel.message_id_local) {
        return Delivery::Unsupported { detail: "the campaign or Message-ID is no name a file can have".to_owned() };
    }
    let folder = outbox.join(&parcel.campaign);
    // Before the rename nothing is there; the trouble is the folder's, not the recipient's.
    if let Err(error) = write_both(&folder, parcel) {
        return Delivery::NotSent { step: Step::Mail, detail: format!("the outbox cannot be written: {error}") };
    }
    match private::sync_folder(&folder) {
        Ok(()) => Delivery::Replied { step: Step::Dot, reply: stored() },
        Err(error) => Delivery::InDoubt { detail: format!("the outbox folder cannot be synced: {error}") },
    }
}

fn write_both(folder: &Path, parcel: &Parcel) -> io::Result<()> {
    private::make_unlinked_folder(folder)?;
    let envelope = serde_json::json!({
        "mail_from": parcel.envelope.mail_from,
        "rcpt_to": parcel.envelope.rcpt_to.to_string(),
    });
    let name = &parcel.message_id_local;
    put(folder, &format!("{name}.json"), envelope.to_string().as_bytes())?;
    put(folder, &format!("{name}.eml"), &parcel.octets)
}

/// Temporary file, sync, rename.
fn put(folder: &Path, name: &str, octets: &[u8]) -> io::Result<()> {
    private::replace(&folder.join(name), &folder.join(format!(".{name}.partial")), octets)
}

fn stored() -> Reply {
    Reply { code: 250, enhanced: Some((2, 0, 0)), text: "stored".to_owned() }
}
