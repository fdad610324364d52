//! Is an address one of this machine? The one rule for where plain http is safe and what others may not name.

use url::{Host, Url};

/// Whether a request to this URL stays on this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        // Linux connects to itself for 0.0.0.0 and ::.
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
        Some(Host::Ipv6(address)) => match address.to_ipv4_mapped() {
            Some(address) => address.is_loopback() || address.is_unspecified(),
            None => address.is_loopback() || address.is_unspecified(),
        },
        // RFC 6761, section 6.3: every name below localhost is of this machine.
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        None => false,
    }
}

/// The same of `host` or `host:port`.
pub(crate) fn is_loopback_host(host: &str) -> bool {
    Url::parse(&format!("http://{host}/")).is_ok_and(|url| is_loopback(&url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_many_names_and_other_hosts_have_similar_ones() {
        for own in [
            "localhost",
            "LOCALHOST:9091",
            "localhost.",
            "a.localhost",
            "127.0.0.1:80",
            "127.1",
            "0x7f000001",
            "127.255.255.254",
            "[::1]:9091",
            "[::ffff:127.0.0.1]",
            "0.0.0.0",
            "[::]",
        ] {
            assert!(is_loopback_host(own), "{own}");
        }
        for foreign in [
            "localhost.evil.example",
            "evillocalhost",
            "127.evil.example",
            "127.0.0.1.evil.example",
            "128.0.0.1",
            "[::1].evil.example",
            "[::2]",
            "169.254.169.254",
            "prometheus",
            "",
        ] {
            assert!(!is_loopback_host(foreign), "{foreign}");
        }
    }
}
