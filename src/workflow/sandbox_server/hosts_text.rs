//! A hosts file that the sandbox may write: only such a file is replaced by another one.

use std::fs::File;
use std::io::{self, Read};
use std::net::IpAddr;
use std::path::Path;

/// In bytes. Files that start with so many bytes of host names are hosts files.
const SAMPLE: u64 = 64 * 1024;

/// Refuses a file that has other lines than a hosts file.
pub(super) fn check(path: &Path) -> io::Result<()> {
    let mut start = Vec::new();
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        // The sandbox may write a file that it cannot read, but cannot know what is lost then.
        file => file?.take(SAMPLE).read_to_end(&mut start)?,
    };
    match is_hosts(&String::from_utf8_lossy(&start)) {
        true => Ok(()),
        false => Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            "the file exists and is not a hosts file",
        )),
    }
}

fn is_hosts(text: &str) -> bool {
    text.lines().all(|line| {
        // A comment can begin after an address, too.
        let code = line.split('#').next().unwrap_or_default();
        let mut words = code.split_whitespace();
        words.next().is_none_or(is_address)
    })
}

/// `fe80::1%lo0` has the name of an interface.
fn is_address(word: &str) -> bool {
    let address = word.split('%').next().unwrap_or_default();
    address.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_and_comments_are_a_hosts_file() {
        for hosts in [
            "",
            "127.0.0.1 localhost\n::1 localhost # v6\n\n",
            "# mine\nfe80::1%lo0 x\n",
        ] {
            assert!(is_hosts(hosts), "{hosts}");
        }
        for other in ["global: {}\n", "127.0.0.1 a\nremote_write:\n"] {
            assert!(!is_hosts(other), "{other}");
        }
    }
}
