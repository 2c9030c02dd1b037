//! The folder relay: exact octets, private, in place at once, nowhere else.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use convoke::domain::outcome::{Delivery, Step};
use convoke::engine::ports::Relay;
use convoke::smtp::outbox::Outbox;

#[path = "support/parcels.rs"]
mod parcels;
use parcels::parcel;

#[tokio::test]
async fn a_message_is_filed_in_its_exact_octets_beside_its_envelope() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = Outbox::new(folder.path().join("outbox"));
    assert!(!outbox.leaves_this_computer());
    let batch = [parcel("ada@example.org", 1), parcel("\"odd one\"@example.org", 2)];
    let mut lane = outbox.open().await.unwrap();
    for delivery in lane.deliver(&batch).await {
        let Delivery::Replied { step: Step::Dot, reply } = delivery else { panic!("{delivery:?}") };
        assert_eq!(reply.to_string(), "250 2.0.0 stored");
    }
    let campaign = folder.path().join("outbox/spring");
    for parcel in &batch {
        let name = &parcel.message_id_local;
        assert_eq!(fs::read(campaign.join(format!("{name}.eml"))).unwrap(), parcel.octets);
        let envelope: serde_json::Value =
            serde_json::from_slice(&fs::read(campaign.join(format!("{name}.json"))).unwrap()).unwrap();
        assert_eq!(envelope["mail_from"], parcel.envelope.mail_from);
        assert_eq!(envelope["rcpt_to"], parcel.envelope.rcpt_to.to_string());
        assert_eq!(envelope.as_object().unwrap().len(), 2);
    }
    assert_eq!(mode(&campaign), 0o700);
    assert_eq!(mode(&campaign.join("m000001.eml")), 0o600);
    assert_eq!(mode(&campaign.join("m000001.json")), 0o600);
    assert_eq!(fs::read_dir(&campaign).unwrap().count(), 4, "nothing temporary is left");
}

#[tokio::test]
async fn the_same_message_twice_is_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = Outbox::new(folder.path());
    for _ in 0..2 {
        let mut lane = outbox.open().await.unwrap();
        assert!(matches!(lane.deliver(&[parcel("ada@example.org", 1)]).await[0], Delivery::Replied { .. }));
        lane.close().await;
    }
    assert_eq!(fs::read_dir(folder.path().join("spring")).unwrap().count(), 2);
}

#[tokio::test]
async fn several_lanes_write_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = Outbox::new(folder.path().join("outbox"));
    let mut tasks = tokio::task::JoinSet::new();
    for lane_number in 0..8 {
        let mut lane = outbox.open().await.unwrap();
        tasks.spawn(async move {
            let batch: Vec<_> = (0..25).map(|n| parcel("ada@example.org", lane_number * 100 + n)).collect();
            lane.deliver(&batch).await.into_iter().filter(|d| matches!(d, Delivery::Replied { .. })).count()
        });
    }
    assert_eq!(tasks.join_all().await.into_iter().sum::<usize>(), 200);
    assert_eq!(fs::read_dir(folder.path().join("outbox/spring")).unwrap().count(), 400);
}

#[tokio::test]
async fn no_name_leads_out_of_the_outbox() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = Outbox::new(folder.path().join("outbox"));
    let mut lane = outbox.open().await.unwrap();
    for name in ["..", ".", "", "../../x", "/etc/x", "a/b", "a\\b", ".hidden", "a\0b", "a\nb"] {
        let (mut by_campaign, mut by_message) = (parcel("ada@example.org", 1), parcel("ada@example.org", 1));
        by_campaign.campaign = name.to_owned();
        by_message.message_id_local = name.to_owned();
        for delivery in lane.deliver(&[by_campaign, by_message]).await {
            assert!(matches!(delivery, Delivery::Unsupported { .. }), "{name:?}: {delivery:?}");
        }
    }
    assert_eq!(fs::read_dir(folder.path().join("outbox")).unwrap().count(), 0);
}

#[tokio::test]
async fn a_link_in_place_of_a_campaigns_folder_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), folder.path().join("spring")).unwrap();
    let mut lane = Outbox::new(folder.path()).open().await.unwrap();
    let deliveries = lane.deliver(&[parcel("ada@example.org", 1)]).await;
    assert!(matches!(deliveries[0], Delivery::NotSent { .. }), "{deliveries:?}");
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn an_outbox_that_cannot_be_made_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let trouble = Outbox::new(file.join("outbox")).open().await.map(|_| ()).unwrap_err();
    assert!(trouble.to_string().contains("file/outbox"), "{trouble}");
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}
