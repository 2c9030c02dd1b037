//! `convoke test`

use std::sync::Arc;

use serde_json::json;

use super::context::Context;
use super::failure::{Failure, exit};
use super::output::counted;
use super::relay::build_relay;
use super::rendering::{sample, shown_plan};
use super::signing;
use super::{open, plan};
use crate::domain::address::EmailAddress;
use crate::domain::invitation::PlannedInvitation;
use crate::domain::keys::Keyring;
use crate::domain::language::LanguageTag;
use crate::domain::message::Stamp;
use crate::domain::outcome::Delivery;
use crate::engine::letter::{Composer, Recipient};
use crate::engine::ports::{MessageWriter, Parcel, Relay, Suppressions};

/// Sends a few real renderings to one address of ours
///
/// One message per language and segment of the plan, each as its recipient would read it but addressed to you, through
/// the relay of the settings. Nothing of it counts as contact, and the opt-out links in it are yours.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The campaign's folder, or its name
    campaign: String,
    /// Where the messages go
    #[arg(long, value_name = "ADDRESS")]
    to: String,
    /// At most this many messages
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u16).range(1..=50))]
    sample: u16,
}

/// Runs the command.
///
/// # Errors
/// Exit code 4 where the address opted out, 6 where the relay does not serve us.
pub fn run(args: Args, context: &Context) -> Result<u8, Failure> {
    let folder = context.campaign(&args.campaign)?;
    let to = EmailAddress::parse(&args.to).map_err(|error| Failure::usage(format!("--to: {error}")))?;
    let (keys, mut ledger) = open::workspace(context)?;
    let topic = &folder.campaign.topic;
    let suppressions = ledger.suppressions_of(keys.address_key(&to.normalised()))?;
    if suppressions.iter().any(|s| s.covers(topic)) {
        return Err(Failure::stopped("--to: this address opted out; no test is sent to it\n  help: take another one"));
    }
    let shown = shown_plan(context, &folder, &keys, &mut ledger)?;
    let rows = sample(&shown.rows, usize::from(args.sample));
    let composer =
        Composer::new(&shown.plan.snapshot, &shown.plan.campaign, &keys, plan::return_path(context.settings()?))
            .map_err(Failure::bad_input)?;
    let writer = signing::writer(context.settings()?, context.workspace()?)?;
    let parcels = rows
        .iter()
        .map(|row| parcel(row, &to, &composer, &keys, &writer, context))
        .collect::<Result<Vec<_>, Failure>>()?;
    let relay: Arc<dyn Relay> = Arc::from(build_relay(context.settings()?, context.workspace()?)?);
    let deliveries = deliver(relay.as_ref(), &parcels)?;
    report(&rows, &deliveries, relay.as_ref(), context, &folder.campaign.name)
}

/// The message of a row as its recipient would read it, to another address: tokens and Message-ID are that address's own.
fn parcel(
    row: &PlannedInvitation,
    to: &EmailAddress,
    composer: &Composer,
    keys: &Keyring,
    writer: &dyn MessageWriter,
    context: &Context,
) -> Result<Parcel, Failure> {
    let failed = |why: String| Failure::failed(format!("contact {}: {why}", row.contact_id));
    let language = LanguageTag::parse(&row.language).ok_or_else(|| failed("unknown variant".to_owned()))?;
    let key = keys.address_key(&to.normalised());
    let recipient = Recipient { key, address: to, name: "", language: &language, fields: &row.fields };
    let (letter, envelope) = composer.compose(&recipient).map_err(|error| failed(error.to_string()))?;
    let now = context.clock().now();
    // Another test of the same words is another message.
    let campaign = format!("test of {} at {now}", row.contact_id);
    let local = keys.message_id_local(&campaign, key, &row.digest);
    let stamp = Stamp { message_id: format!("{local}@{}", letter.from.address.domain()), date: now };
    let octets = writer.write(&letter, &stamp).map_err(failed)?;
    Ok(Parcel { envelope, octets, campaign: "test".to_owned(), message_id_local: local })
}

fn deliver(relay: &dyn Relay, parcels: &[Parcel]) -> Result<Vec<Delivery>, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("the system refuses what sending needs: {error}")))?;
    runtime.block_on(async {
        let mut lane = relay.open().await.map_err(Failure::configuration)?;
        let mut deliveries = Vec::with_capacity(parcels.len());
        for parcel in parcels {
            if !lane.is_usable() {
                lane = relay.open().await.map_err(Failure::configuration)?;
            }
            deliveries.extend(lane.deliver(std::slice::from_ref(parcel)).await);
        }
        lane.close().await;
        Ok(deliveries)
    })
}

fn report(
    rows: &[&PlannedInvitation],
    deliveries: &[Delivery],
    relay: &dyn Relay,
    context: &Context,
    campaign: &str,
) -> Result<u8, Failure> {
    let accepted = deliveries.iter().filter(|d| is_accepted(d)).count();
    if context.is_json() {
        context.output.json(&json!({"campaign": campaign, "sent": deliveries.len(), "accepted": accepted}))?;
    }
    for (row, delivery) in rows.iter().zip(deliveries).filter(|(_, d)| !is_accepted(d)) {
        context.output.warn(format!("the message in {} was not accepted: {}", row.language, in_words(delivery)));
    }
    context.output.say(format!("{accepted} of {} accepted", counted(deliveries.len(), "test message")));
    context.output.say(relay.closing_line());
    context.output.next(format!("convoke send {campaign}"));
    Ok(if accepted == deliveries.len() { exit::DONE } else { exit::FAILED })
}

fn is_accepted(delivery: &Delivery) -> bool {
    matches!(delivery, Delivery::Replied { reply, .. } if reply.is_positive())
}

fn in_words(delivery: &Delivery) -> String {
    match delivery {
        Delivery::Replied { reply, .. } => reply.to_string(),
        Delivery::NotSent { detail, .. } | Delivery::InDoubt { detail } | Delivery::Unsupported { detail } => {
            detail.clone()
        }
    }
}
