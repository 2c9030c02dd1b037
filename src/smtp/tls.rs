//! TLS: certificates and names are always verified.

use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{CertificateError, ClientConfig, Error, RootCertStore};

use crate::engine::ports::RelayTrouble;

/// What is needed to encrypt a connection to one host.
#[derive(Clone)]
pub(super) struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl Tls {
    /// Trusts the authorities of `private_ca` (PEM) alone where it is given, else the public ones.
    ///
    /// # Errors
    /// What is wrong with the certificates or the name, and what to do.
    pub(super) fn new(host: &str, private_ca: Option<&[u8]>) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        match private_ca {
            None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            Some(pem) => {
                for certificate in CertificateDer::pem_slice_iter(pem) {
                    let certificate = certificate.map_err(|_| "relay.ca_file: this is no PEM file".to_owned())?;
                    roots.add(certificate).map_err(|_| "relay.ca_file: a certificate cannot be read".to_owned())?;
                }
                if roots.is_empty() {
                    return Err("relay.ca_file: there is no certificate in it".to_owned());
                }
            }
        }
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| format!("relay.host: `{host}` is no host name a certificate could carry"))?;
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), name })
    }

    /// The handshake.
    pub(super) async fn wrap(&self, tcp: TcpStream) -> Result<TlsStream<TcpStream>, RelayTrouble> {
        self.connector.connect(self.name.clone(), tcp).await.map_err(|error| {
            match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
                Some(tls) => RelayTrouble::Lasting { detail: self.explain(tls), reply: None },
                None => RelayTrouble::Passing {
                    detail: format!("the connection was lost during the TLS handshake: {}", error.kind()),
                    reply: None,
                },
            }
        })
    }

    fn explain(&self, error: &Error) -> String {
        let host = self.name.to_str();
        match error {
            Error::InvalidCertificate(what) => match what {
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                    format!(
                        "the certificate of {host} has expired: its operator must renew it (or this computer's clock is wrong)"
                    )
                }
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                    format!("the certificate of {host} is not valid yet: check this computer's clock")
                }
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                    format!("the certificate of the relay is for another name than {host}: check relay.host")
                }
                // A bad signature: another authority goes by the same name.
                CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                    format!(
                        "nobody we trust signed the certificate of {host}: for a private authority set relay.ca_file"
                    )
                }
                other => format!("the certificate of {host} cannot be accepted: {other}"),
            },
            Error::InvalidMessage(_) => {
                format!(
                    "{host} does not speak TLS on this port: check relay.port and relay.tls (\"implicit\" or \"starttls\")"
                )
            }
            other => format!("TLS with {host} failed: {other}"),
        }
    }
}
