//! Extended attributes of a file that is replaced by a new one. Without its access list, Prometheus may no longer read it.

use std::fs::File;
use std::io;
use std::path::Path;

use rustix::fs::{XattrFlags, fremovexattr, fsetxattr, lgetxattr, llistxattr};
use rustix::io::Errno;

/// Where Linux keeps a POSIX access control list.
const ACCESS_LIST: &str = "system.posix_acl_access";
const SECURITY_CONTEXT: &str = "security.selinux";
const OF_USERS: &str = "user.";
/// Linux' own limit for a list of names and for a value.
const LARGEST: usize = 64 * 1024;

/// Gives the new file the attributes of the file at this path, which is no link. To be called before its mode is set: that changes
/// an access list as it does for the old file.
pub(super) fn keep(old: &Path, new: &File) -> io::Result<()> {
    let names = names(old)?;
    if !names.iter().any(|name| name == ACCESS_LIST) {
        // The folder can have given the new file a list that the old one does not have.
        supported(fremovexattr(new, ACCESS_LIST))?;
    }
    for name in &names {
        let is_kept = name == ACCESS_LIST || name == SECURITY_CONTEXT || name.starts_with(OF_USERS);
        if !is_kept {
            continue;
        }
        let set =
            value(old, name).and_then(|value| fsetxattr(new, name, &value, XattrFlags::empty()));
        // Best effort for the others: a policy can forbid a context that the file has, and nothing needs notes to read it.
        if name == ACCESS_LIST {
            set?;
        }
    }
    Ok(())
}

/// Whether it has an access control list. One that cannot be read counts as none: the mode is what is known then.
pub(super) fn has_access_list(path: &Path) -> bool {
    names(path).is_ok_and(|names| names.iter().any(|name| name == ACCESS_LIST))
}

fn names(path: &Path) -> io::Result<Vec<String>> {
    let mut buffer = vec![0; LARGEST];
    let length = match llistxattr(path, &mut buffer[..]) {
        // A file system without them.
        Err(Errno::NOTSUP) => 0,
        listed => listed?,
    };
    let names = buffer[..length].split(|byte| *byte == 0);
    let names = names.filter_map(|name| std::str::from_utf8(name).ok());
    Ok(names
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect())
}

fn value(path: &Path, name: &str) -> Result<Vec<u8>, Errno> {
    let mut buffer = vec![0; LARGEST];
    let length = lgetxattr(path, name, &mut buffer[..])?;
    buffer.truncate(length);
    Ok(buffer)
}

fn supported(removed: Result<(), Errno>) -> io::Result<()> {
    match removed {
        Err(Errno::NODATA | Errno::NOTSUP) => Ok(()),
        removed => Ok(removed?),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::MetadataExt;

    use super::super::{Secrecy, replace};
    use super::*;

    /// Version 2, then tag, rights and id of each entry, in the order that Linux asks for.
    fn list(entries: &[(u16, u16, u32)]) -> Vec<u8> {
        let mut bytes = 2_u32.to_le_bytes().to_vec();
        for (tag, rights, id) in entries {
            bytes.extend(tag.to_le_bytes());
            bytes.extend(rights.to_le_bytes());
            bytes.extend(id.to_le_bytes());
        }
        bytes
    }

    /// The owner, the user 65534, the group without any right, the mask, and others.
    fn readable_for_one_user() -> Vec<u8> {
        let none = u32::MAX;
        list(&[
            (1, 6, none),
            (2, 4, 65534),
            (4, 0, none),
            (0x10, 4, none),
            (0x20, 4, none),
        ])
    }

    fn set(path: &Path, name: &str, value: &[u8]) -> Result<(), Errno> {
        rustix::fs::lsetxattr(path, name, value, XattrFlags::empty())
    }

    /// Whether the file system has lists. A line reports where it has none; the test runner would keep it if it were printed.
    fn has_list(path: &Path, name: &str) -> bool {
        let is_supported = set(path, name, &readable_for_one_user()) != Err(Errno::NOTSUP);
        if !is_supported {
            let place = path.display();
            let line = format!("\nnot tested: {place} is on a file system without access lists\n");
            std::io::stderr().write_all(line.as_bytes()).unwrap();
        }
        is_supported
    }

    #[test]
    fn a_file_that_is_replaced_keeps_who_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("prometheus.yml");
        std::fs::write(&path, "old").unwrap();
        if !has_list(&path, ACCESS_LIST) {
            return;
        }
        set(&path, "user.note", b"keep").unwrap();

        let written = replace(&path, "old", "new", Secrecy::Secret).unwrap();

        for file in [&path, &written.backup.unwrap()] {
            let kept = value(file, ACCESS_LIST).unwrap();
            // Only the rights of others are gone, which are the last entry.
            let (entries, others) = kept.split_at(kept.len() - 8);
            assert_eq!(entries, &readable_for_one_user()[..entries.len()]);
            assert_eq!(others[2], 0);
            assert_eq!(value(file, "user.note").unwrap(), b"keep");
            assert_eq!(std::fs::metadata(file).unwrap().mode() & 0o777, 0o640);
        }
    }

    #[test]
    fn a_list_of_the_folder_opens_no_file_that_had_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("prometheus.yml");
        std::fs::write(&path, "old").unwrap();
        if !has_list(folder.path(), "system.posix_acl_default") {
            return;
        }

        replace(&path, "old", "new", Secrecy::Public).unwrap();

        assert_eq!(value(&path, ACCESS_LIST), Err(Errno::NODATA));
    }
}
