//! Opens the listeners: one loopback port, or those of Azure, 443 and for the metadata service 80.

use std::{
    io::ErrorKind,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::{
    StartError,
    addresses::Addresses,
    certificates::Certificates,
    options::{Options, stays_on_this_machine},
};

const METADATA: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)), 80);
const TLS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 443);
const TLS_V6: SocketAddr = SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 443);

/// All listeners of a sandbox.
pub(crate) struct Listeners {
    pub(crate) listeners: Vec<Listener>,
    pub(crate) addresses: Addresses,
    /// The certificate that clients have to trust, in PEM.
    pub(crate) certificate_authority: String,
    /// The address of the metadata service, when this machine does not have it.
    pub(crate) missing: Option<SocketAddr>,
}

/// One listening socket and its protocol.
pub(crate) struct Listener {
    pub(crate) socket: TcpListener,
    pub(crate) protocol: Protocol,
}

/// The protocol of a listener.
#[derive(Clone)]
pub(crate) enum Protocol {
    Plain,
    Tls(TlsAcceptor),
    /// The client's first byte decides. Kubernetes clients send no token over plain HTTP, and the others need no certificate.
    Either(TlsAcceptor),
}

/// Begins to listen.
pub(crate) async fn open(options: &Options) -> Result<Listeners, StartError> {
    if options.as_azure {
        open_as_azure().await
    } else {
        open_plain(options.listen).await
    }
}

async fn open_plain(address: SocketAddr) -> Result<Listeners, StartError> {
    if !stays_on_this_machine(address.ip()) {
        return Err(StartError::Exposed(address));
    }
    let listener = bind(address).await?;
    // Port 0 asks for a free port, which is known only now.
    let bound = listener
        .local_addr()
        .map_err(|source| StartError::Listen { address, source })?;
    let (acceptor, authority) = tls(Addresses::is_served_on_loopback, Some(bound.ip()))?;
    Ok(Listeners {
        listeners: vec![Listener {
            socket: listener,
            protocol: Protocol::Either(acceptor),
        }],
        addresses: Addresses::Plain(format!("http://{bound}")),
        certificate_authority: authority,
        missing: None,
    })
}

async fn open_as_azure() -> Result<Listeners, StartError> {
    let serves = |name: &str| Addresses::Azure.locate(name, "/").is_some();
    let (acceptor, certificate_authority) = tls(serves, None)?;
    let behind_tls = |socket| Listener {
        socket,
        protocol: Protocol::Tls(acceptor.clone()),
    };
    let mut listeners = vec![behind_tls(bind(TLS).await?)];
    // Clients try the IPv6 address of a name first, and wait for it where nothing answers.
    listeners.extend(bind_if_there(TLS_V6).await?.map(behind_tls));
    // The link-local address is not this machine's until someone adds it to an interface.
    let metadata = bind_if_there(METADATA).await?;
    let missing = metadata.is_none().then_some(METADATA);
    listeners.extend(metadata.map(|socket| Listener {
        socket,
        protocol: Protocol::Plain,
    }));
    Ok(Listeners {
        listeners,
        addresses: Addresses::Azure,
        certificate_authority,
        missing,
    })
}

/// An acceptor with an authority of its own, and that authority in PEM.
fn tls(
    serves: fn(&str) -> bool,
    address: Option<IpAddr>,
) -> Result<(TlsAcceptor, String), StartError> {
    let certificates = Certificates::new(serves, address).map_err(StartError::Certificates)?;
    let certificates = Arc::new(certificates);
    let config = certificates.server_config().map_err(StartError::Tls)?;
    let authority = certificates.authority_pem().to_owned();
    Ok((TlsAcceptor::from(Arc::new(config)), authority))
}

/// Binds an address that this machine may not have.
async fn bind_if_there(address: SocketAddr) -> Result<Option<TcpListener>, StartError> {
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(Some(listener)),
        Err(error) if error.kind() == ErrorKind::AddrNotAvailable => Ok(None),
        // The error of a machine without IPv6.
        Err(error) if address.is_ipv6() && error.kind() != ErrorKind::AddrInUse => {
            tracing::debug!(%error, "no IPv6 loopback");
            Ok(None)
        }
        Err(source) => Err(StartError::Listen { address, source }),
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| StartError::Listen { address, source })
}
