//! Certificates for servers on loopback, made on the spot.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]
#![allow(dead_code, reason = "every test file takes what it needs")]

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A server's certificate and the authority behind it.
#[derive(Clone)]
pub struct Identity {
    /// The authority's certificate, as `relay.ca_file` takes it.
    pub ca_pem: String,
    /// The server's certificate and its key, as other people's servers take them.
    pub server_pem: String,
    /// What a server of ours needs.
    pub server: Arc<ServerConfig>,
}

impl Identity {
    /// For `localhost` and `127.0.0.1`, valid for a long time.
    pub fn good() -> Self {
        Self::new(&["localhost", "127.0.0.1"], false)
    }

    /// For the right names, and over since 2021.
    pub fn expired() -> Self {
        Self::new(&["localhost", "127.0.0.1"], true)
    }

    /// For `mail.elsewhere.example`.
    pub fn wrong_name() -> Self {
        Self::new(&["mail.elsewhere.example"], false)
    }

    fn new(names: &[&str], expired: bool) -> Self {
        let ca_key = KeyPair::generate().unwrap();
        let mut ca = CertificateParams::new(Vec::new()).unwrap();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        ca.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        ca.distinguished_name.push(DnType::CommonName, "Made-up authority");
        let ca_pem = ca.self_signed(&ca_key).unwrap().pem();
        let issuer = Issuer::new(ca, ca_key);

        let key = KeyPair::generate().unwrap();
        let mut leaf = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
        if expired {
            leaf.not_before = date_time_ymd(2020, 1, 1);
            leaf.not_after = date_time_ymd(2021, 1, 1);
        }
        let certificate = leaf.signed_by(&key, &issuer).unwrap();
        let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
        let server = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, PrivateKeyDer::try_from(key.serialize_der()).unwrap())
            .unwrap();
        Self { ca_pem, server_pem: format!("{}{}", key.serialize_pem(), certificate.pem()), server: Arc::new(server) }
    }
}
