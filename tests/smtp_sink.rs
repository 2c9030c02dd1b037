//! Against another program's server: Debian's smtp-sink (package postfix).

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so where it stands")]

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use convoke::domain::outcome::{Delivery, Step};
use convoke::domain::timeouts::Timeouts;
use convoke::engine::ports::Relay;
use convoke::smtp::config::{Config, Encryption};
use convoke::smtp::relay::SmtpRelay;

#[path = "support/parcels.rs"]
mod parcels;
use parcels::parcel;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_lanes_hand_four_hundred_messages_to_smtp_sink() {
    let sink = Sink::start(&[]);
    let relay = Arc::new(sink.relay(60));
    let mut lanes = tokio::task::JoinSet::new();
    for lane_number in 0..4 {
        let relay = relay.clone();
        lanes.spawn(async move {
            let (mut accepted, mut connections) = (0, 0);
            let mut lane = None;
            for n in 0..100 {
                let mut open = match lane.take() {
                    Some(open) => open,
                    None => {
                        connections += 1;
                        relay.open().await.unwrap()
                    }
                };
                match open.deliver(&[parcel("ada@example.org", lane_number * 1000 + n)]).await.remove(0) {
                    Delivery::Replied { step: Step::Dot, reply } if reply.is_positive() => accepted += 1,
                    other => panic!("{other:?}"),
                }
                if open.is_usable() {
                    lane = Some(open);
                } else {
                    open.close().await;
                }
            }
            (accepted, connections)
        });
    }
    let (accepted, connections) =
        lanes.join_all().await.into_iter().fold((0, 0), |sum, lane| (sum.0 + lane.0, sum.1 + lane.1));
    assert_eq!(accepted, 400);
    assert_eq!(connections, 8, "100 messages a lane at 60 a connection");
}

#[tokio::test]
async fn a_sink_that_refuses_a_command_is_told_apart_by_step() {
    for (option, command, step) in
        [("-r", "rcpt", Step::Rcpt), ("-f", "rcpt", Step::Rcpt), ("-r", "mail", Step::Mail), ("-f", ".", Step::Dot)]
    {
        let sink = Sink::start(&[option, command]);
        let mut lane = sink.relay(10).open().await.unwrap();
        for number in 0..3 {
            let delivery = lane.deliver(&[parcel("ada@example.org", number)]).await.remove(0);
            let Delivery::Replied { step: at, reply } = delivery else { panic!("{delivery:?}") };
            assert_eq!(at, step);
            assert_eq!(reply.is_temporary(), option == "-r", "{option} {command}: {reply:?}");
            assert!(!reply.is_positive());
        }
        assert!(lane.is_usable());
        lane.close().await;
    }
}

/// A running smtp-sink on a port of loopback.
struct Sink {
    process: Child,
    address: SocketAddr,
}

impl Sink {
    fn start(options: &[&str]) -> Self {
        let program = ["/usr/sbin/smtp-sink", "/usr/local/sbin/smtp-sink"]
            .into_iter()
            .find(|path| std::path::Path::new(path).exists())
            .expect("smtp-sink is not installed: tests/run installs Debian's package postfix");
        // The port is free until smtp-sink takes it; should somebody be faster, another one is tried.
        for _ in 0..10 {
            let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
            let mut command = Command::new(program);
            // As root it wants to become somebody else.
            command.args(["-u", &user()]).args(options).arg(address.to_string()).arg("100");
            let mut process = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            for _ in 0..200 {
                if TcpStream::connect(address).is_ok() {
                    return Self { process, address };
                }
                if process.try_wait().unwrap().is_some() {
                    break;
                }
                std::thread::sleep(Duration::from_millis(10));
            }
            let _ = process.kill();
            let _ = process.wait();
        }
        panic!("smtp-sink does not start");
    }

    fn relay(&self, messages_per_connection: usize) -> SmtpRelay {
        SmtpRelay::new(Config {
            host: self.address.ip().to_string(),
            port: self.address.port(),
            encryption: Encryption::None,
            private_ca: None,
            credentials: None,
            messages_per_connection,
            in_flight: None,
            timeouts: Timeouts::default(),
        })
        .unwrap()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn user() -> String {
    let output = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
