//! A host that no command may send anything to.

use std::io::ErrorKind;
use std::net::TcpListener;

/// The fields of a spec file that name hosts.
pub(crate) const FIELDS: [&str; 4] = [
    "resource-manager-endpoint",
    "authority",
    "graph-endpoint",
    "instance-metadata-endpoint",
];

/// Listens, and accepts nothing until it is asked whether anything came.
pub(crate) struct ForeignHost(TcpListener);

impl ForeignHost {
    pub(crate) fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.0.local_addr().unwrap())
    }

    #[track_caller]
    pub(crate) fn was_not_asked(&self) {
        self.0.set_nonblocking(true).unwrap();
        let connected = self.0.accept().map(drop).map_err(|error| error.kind());
        assert_eq!(connected, Err(ErrorKind::WouldBlock));
    }
}
