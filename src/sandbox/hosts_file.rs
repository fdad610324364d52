//! Which names must lead to this machine, so that unmodified clients take the sandbox for Azure?
//!
//! The hosts file gets every new name while the sandbox runs. It is rewritten in place, never replaced:
//! a network namespace binds the file itself, and would not see another one of the same name.

use std::{
    collections::BTreeSet,
    fs::{File, OpenOptions},
    io::{self, Seek, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use rustix::fs::OFlags;

/// A hosts file under the sandbox's care.
#[derive(Debug)]
pub(crate) struct HostsFile {
    file: File,
    written: BTreeSet<String>,
}

impl HostsFile {
    /// Takes over a file, whatever it holds; it is written at the first update.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            // A pipe without a reader is then an error at once.
            .custom_flags(OFlags::NONBLOCK.bits() as i32)
            .open(path)?;
        Ok(Self {
            file,
            written: BTreeSet::new(),
        })
    }

    /// Makes these names lead to this machine. Names only ever come: an old one does no harm.
    pub(crate) fn update(&mut self, names: impl IntoIterator<Item = String>) -> io::Result<()> {
        let mut complete = self.written.clone();
        complete.extend(names);
        if complete == self.written {
            return Ok(());
        }
        // Readers may look at any time: the new text is the old one with lines added or moved,
        // written in one call over the old one, which it is never shorter than.
        self.file.rewind()?;
        self.file.write_all(text(&complete).as_bytes())?;
        let length = self.file.stream_position()?;
        self.file.set_len(length)?;
        self.written = complete;
        Ok(())
    }
}

fn text(names: &BTreeSet<String>) -> String {
    let mut text = "# written by amw-rw sandbox: these names lead to it, not to Azure\n\
                    127.0.0.1 localhost\n::1 localhost\n"
        .to_owned();
    for name in names {
        text.push_str("127.0.0.1 ");
        text.push_str(name);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn new_names_join_the_old_ones_in_the_same_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hosts");
        std::fs::write(&path, "x".repeat(4096)).unwrap();
        let reader_of_the_same_file = File::open(&path).unwrap();

        let mut hosts = HostsFile::open(&path).unwrap();
        hosts.update(names(&["management.azure.com"])).unwrap();
        hosts.update(names(&["graph.microsoft.com"])).unwrap();

        let seen = io::read_to_string(reader_of_the_same_file).unwrap();
        assert_eq!(
            seen,
            "# written by amw-rw sandbox: these names lead to it, not to Azure\n\
             127.0.0.1 localhost\n\
             ::1 localhost\n\
             127.0.0.1 graph.microsoft.com\n\
             127.0.0.1 management.azure.com\n"
        );
    }
}
