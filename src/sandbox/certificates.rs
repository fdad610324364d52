//! How does the sandbox prove to TLS clients that it is Azure? With its own authority, made for this run alone.
//!
//! The authority's key never leaves memory. Clients trust it only where they are configured to (`--ca-file`).

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex},
};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::PrivateKeyDer,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

/// Makes a certificate for each name that a client asks for, and remembers it.
#[derive(Debug)]
pub(crate) struct Certificates {
    issuer: Issuer<'static, KeyPair>,
    authority_pem: String,
    /// One key for all leaves: they live in the same process and for the same time.
    key: KeyPair,
    /// Tells the names that the sandbox answers to; no other name gets a certificate.
    serves: fn(&str) -> bool,
    /// The address that clients connect to when they name no host: SNI never carries an address.
    address: Option<IpAddr>,
    leaves: Mutex<HashMap<String, Arc<CertifiedKey>>>,
}

impl Certificates {
    pub(crate) fn new(
        serves: fn(&str) -> bool,
        address: Option<IpAddr>,
    ) -> Result<Self, rcgen::Error> {
        let mut params = CertificateParams::default();
        // It signs certificates of servers, and no further authority.
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name.push(
            DnType::CommonName,
            "amw-rw sandbox, not Azure (throw-away authority)",
        );
        let key = KeyPair::generate()?;
        let authority_pem = params.self_signed(&key)?.pem();
        Ok(Self {
            issuer: Issuer::new(params, key),
            authority_pem,
            key: KeyPair::generate()?,
            serves,
            address,
            leaves: Mutex::default(),
        })
    }

    /// The authority's certificate in PEM, for clients that are to trust it.
    pub(crate) fn authority_pem(&self) -> &str {
        &self.authority_pem
    }

    /// What a TLS listener needs to answer with these certificates, over HTTP/2 or HTTP/1.1.
    pub(crate) fn server_config(self: &Arc<Self>) -> Result<ServerConfig, rustls::Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>);
        // Go clients such as kubectl choose HTTP/2; the Python client in `az` knows HTTP/1.1 only.
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }

    fn leaf(&self, name: &str) -> Result<Arc<CertifiedKey>, Box<dyn std::error::Error>> {
        let mut params = CertificateParams::new([name.to_owned()])?;
        // For people only: clients compare the alternative names, and Go ignores this one since
        // 1.15.
        params.distinguished_name.push(DnType::CommonName, name);
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.signed_by(&self.key, &self.issuer)?;
        let key = PrivateKeyDer::try_from(self.key.serialize_der())?;
        let key = aws_lc_rs::sign::any_supported_type(&key)?;
        let chain = vec![certificate.der().clone()];
        Ok(Arc::new(CertifiedKey::new(chain, key)))
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = match hello.server_name() {
            Some(name) if (self.serves)(name) => name.to_owned(),
            Some(_) => return None,
            None => self.address?.to_string(),
        };
        let mut leaves = self
            .leaves
            .lock()
            .expect("no one panics while making a certificate");
        if let Some(leaf) = leaves.get(&name) {
            return Some(Arc::clone(leaf));
        }
        let leaf = self
            .leaf(&name)
            .inspect_err(|error| tracing::warn!(%error, name, "cannot make a certificate"))
            .ok()?;
        leaves.insert(name, Arc::clone(&leaf));
        Some(leaf)
    }
}

#[cfg(test)]
mod tests {
    use rustls::{
        ClientConfig, RootCertStore,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    };
    use tokio_rustls::{TlsAcceptor, TlsConnector};

    use super::*;

    /// Shakes hands with the sandbox under a name, and returns the protocol that was agreed on.
    async fn shake_hands(name: &'static str) -> Result<Option<Vec<u8>>, std::io::Error> {
        let address = "127.0.0.1".parse().unwrap();
        let serves = |name: &str| name.ends_with(".azure.com");
        let certificates = Certificates::new(serves, Some(address)).unwrap();
        let certificates = Arc::new(certificates);
        let mut roots = RootCertStore::empty();
        let authority = certificates.authority_pem().as_bytes();
        roots
            .add(CertificateDer::from_pem_slice(authority).unwrap())
            .unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        client.alpn_protocols = vec![b"h2".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(certificates.server_config().unwrap()));
        let (near, far) = tokio::io::duplex(64 * 1024);

        let connector = TlsConnector::from(Arc::new(client));
        let name = ServerName::try_from(name).unwrap();
        let (server, client) = tokio::join!(acceptor.accept(far), connector.connect(name, near));

        drop(server);
        client.map(|stream| stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec))
    }

    #[tokio::test]
    async fn a_client_that_trusts_the_authority_believes_it_talks_to_azure() {
        let agreed = shake_hands("management.azure.com").await;

        assert_eq!(agreed.unwrap().as_deref(), Some(&b"h2"[..]));
    }

    #[tokio::test]
    async fn a_client_that_connects_to_an_address_gets_the_certificate_of_the_address() {
        assert!(shake_hands("127.0.0.1").await.is_ok());
        assert!(shake_hands("127.0.0.2").await.is_err());
    }

    #[tokio::test]
    async fn no_certificate_is_made_for_a_name_that_is_not_served() {
        let agreed = shake_hands("bank.example").await;

        assert!(agreed.is_err());
    }
}
