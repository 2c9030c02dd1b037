//! The folder relay: every message becomes a file, and nothing leaves this computer.
//!
//! `<outbox>/<campaign>/<left side of the Message-ID>.eml` holds the exact octets, `.json` beside it the envelope. The
//! envelope is in place before the message is, so a reader who finds an `.eml` always finds both. The rename of the
//! `.eml` is the point of no return; renaming it twice is harmless, since the name is derived from the Message-ID.

use std::io;
use std::path::{Path, PathBuf};

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
            Ok(Box::new(OutboxLane { folder: self.folder.clone() }) as Box<dyn Lane>)
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
}

impl Lane for OutboxLane {
    fn deliver<'a>(&'a mut self, parcels: &'a [Parcel]) -> PortFuture<'a, Vec<Delivery>> {
        let (folder, batch) = (self.folder.clone(), parcels.to_vec());
        Box::pin(async move {
            // Syncing a file blocks the thread for as long as the disk takes.
            tokio::task::spawn_blocking(move || file_batch(&folder, &batch)).await.unwrap_or_else(|_| {
                let detail = "the writer of the outbox stopped half way".to_owned();
                vec![Delivery::InDoubt { detail }; parcels.len()]
            })
        })
    }

    fn is_usable(&self) -> bool {
        true
    }

    fn close(self: Box<Self>) -> PortFuture<'static, ()> {
        Box::pin(async {})
    }
}

/// How far one message came.
enum Filed {
    /// Renamed into this folder, which is not synced yet.
    Renamed(PathBuf),
    /// Decided already.
    Stopped(Delivery),
}

/// Files every parcel, then syncs each folder once for all of them.
fn file_batch(outbox: &Path, batch: &[Parcel]) -> Vec<Delivery> {
    let filed: Vec<Filed> = batch.iter().map(|parcel| file_one(outbox, parcel)).collect();
    let mut synced: Vec<(PathBuf, Result<(), String>)> = Vec::new();
    filed
        .into_iter()
        .map(|filed| match filed {
            Filed::Stopped(delivery) => delivery,
            Filed::Renamed(folder) => {
                let known = synced.iter().find(|(path, _)| *path == folder).map(|(_, result)| result.clone());
                let result = known.unwrap_or_else(|| {
                    let result = private::sync_folder(&folder).map_err(|error| error.to_string());
                    synced.push((folder, result.clone()));
                    result
                });
                match result {
                    Ok(()) => Delivery::Replied { step: Step::Dot, reply: stored() },
                    Err(error) => Delivery::InDoubt { detail: format!("the outbox folder cannot be synced: {error}") },
                }
            }
        })
        .collect()
}

fn file_one(outbox: &Path, parcel: &Parcel) -> Filed {
    if !is_portable(&parcel.campaign) || !is_portable(&parcel.message_id_local) {
        let detail = "the campaign or Message-ID is no name a file can have".to_owned();
        return Filed::Stopped(Delivery::Unsupported { detail });
    }
    let folder = outbox.join(&parcel.campaign);
    match write_both(&folder, parcel) {
        Ok(()) => Filed::Renamed(folder),
        // Before the rename nothing is there; the trouble is the folder's, not the recipient's.
        Err(error) => Filed::Stopped(Delivery::NotSent {
            step: Step::Mail,
            detail: format!("the outbox cannot be written: {error}"),
        }),
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
