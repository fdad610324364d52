//! Which file on which machine is this? A short digest that distinguishes two places and reveals neither.

use std::fmt::Write;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};

/// In hexadecimal digits: as many as fit into a name that people read.
pub(crate) const LENGTH: usize = 12;

/// The same for one path on one machine, whether or not the file exists; `None` where the machine has no id.
pub(crate) fn digest(path: &Path) -> Option<String> {
    let parent = path.parent().filter(|it| !it.as_os_str().is_empty());
    let folder = fs::canonicalize(parent.unwrap_or(Path::new("."))).ok()?;
    Some(digest_of(
        &machine()?,
        &read("/proc/sys/kernel/hostname").unwrap_or_default(),
        &folder.join(path.file_name()?),
    ))
}

fn digest_of(machine: &str, host: &str, path: &Path) -> String {
    let mut context = Context::new(&SHA256);
    for part in [
        machine.as_bytes(),
        host.as_bytes(),
        path.as_os_str().as_bytes(),
    ] {
        // With its length before it, no two lists of parts give the same bytes.
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let mut text = String::new();
    for byte in &context.finish().as_ref()[..LENGTH / 2] {
        write!(text, "{byte:02x}").expect("a String takes any text");
    }
    text
}

/// Images of containers and machines ship without an id, or with the word `uninitialized`. The id of this boot then
/// keeps machines apart; after a restart the place counts as another one, which is the safe side.
fn machine() -> Option<String> {
    let is_id = |text: &String| text.len() >= 32 && text.chars().any(|digit| digit != '0');
    read("/etc/machine-id")
        .filter(is_id)
        .or_else(|| read("/proc/sys/kernel/random/boot_id").filter(is_id))
}

fn read(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    Some(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_differs_from_another_path_host_or_machine() {
        let path = Path::new("/home/ada/x.client-secret");
        let here = digest_of("machine", "host", path);

        assert_eq!(here, digest_of("machine", "host", path));
        assert_eq!(here.len(), LENGTH);
        for other in [
            digest_of("other", "host", path),
            digest_of("machine", "other", path),
            digest_of("machine", "host", Path::new("/home/bob/x.client-secret")),
            digest_of("machineh", "ost", path),
        ] {
            assert_ne!(here, other);
        }
    }

    #[test]
    fn a_link_to_the_folder_leads_to_the_same_place() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::create_dir(&real).unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();

        assert_eq!(digest(&real.join("x")), digest(&link.join("x")));
        assert!(digest(&folder.path().join("none/x")).is_none());
    }
}
