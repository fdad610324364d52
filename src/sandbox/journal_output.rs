//! The file or pipe that the journal goes to. A pipe whose reader stops must not stop the sandbox, so lines are then left out.

use std::{
    fs::{File, OpenOptions},
    io::{self, ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use rustix::fs::OFlags;

/// How long a pipe that is full may delay an answer; a reader that is only slow has read by then.
const TIMEOUT: Duration = Duration::from_secs(1);
/// How soon it is noticed that a pipe takes text again.
const GLANCE: Duration = Duration::from_millis(5);

/// Takes whole lines.
#[derive(Debug)]
pub(crate) struct JournalOutput {
    file: File,
    /// The end of a line of which the pipe took the beginning.
    rest: Vec<u8>,
    /// The reader of the pipe has stopped, so that no further line waits for it.
    is_behind: bool,
}

impl JournalOutput {
    /// Returns at once: a pipe without a reader is an error.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .custom_flags(OFlags::NONBLOCK.bits() as i32)
            .open(path)?;
        Ok(Self {
            file,
            rest: Vec::new(),
            is_behind: false,
        })
    }

    /// Appends the line, or leaves all of it out.
    pub(crate) fn append(&mut self, line: &str) -> io::Result<()> {
        let timeout = match self.is_behind {
            true => Duration::ZERO,
            false => TIMEOUT,
        };
        let until = Instant::now() + timeout;
        self.write_rest(until)?;
        let begun = self.write_some(line.as_bytes(), until)?;
        self.rest = line.as_bytes()[begun..].to_vec();
        self.write_rest(until)
    }

    fn write_rest(&mut self, until: Instant) -> io::Result<()> {
        while !self.rest.is_empty() {
            let rest = std::mem::take(&mut self.rest);
            let written = self.write_some(&rest, until);
            self.rest = rest[*written.as_ref().unwrap_or(&0)..].to_vec();
            written?;
        }
        Ok(())
    }

    fn write_some(&mut self, bytes: &[u8], until: Instant) -> io::Result<usize> {
        loop {
            // A pipe on Linux holds 64 KiB; a reader that falls behind by more fills it.
            let written = self.file.write(bytes);
            match &written {
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.is_behind = true,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                _ => {
                    self.is_behind = false;
                    return written;
                }
            }
            if Instant::now() >= until {
                return written;
            }
            thread::sleep(GLANCE);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        io::{BufRead, BufReader},
        path::PathBuf,
    };

    use super::*;

    /// A pipe in a folder of its own, with its reader.
    fn pipe() -> (tempfile::TempDir, PathBuf, File) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, 0o600.into()).unwrap();
        let reader = OpenOptions::new()
            .read(true)
            .custom_flags(OFlags::NONBLOCK.bits() as i32)
            .open(&path)
            .unwrap();
        (folder, path, reader)
    }

    #[test]
    fn a_pipe_without_a_reader_is_an_error_at_once() {
        let (_folder, path, reader) = pipe();
        drop(reader);

        assert!(JournalOutput::open(&path).is_err());
    }

    #[test]
    fn a_reader_that_stops_loses_lines_and_never_parts_of_lines() {
        let (_folder, path, reader) = pipe();
        let mut journal = JournalOutput::open(&path).unwrap();
        let line = |number: usize| format!("{number}{}\n", "x".repeat(10_000));

        let began = Instant::now();
        let lost = (0..50).filter(|number| journal.append(&line(*number)).is_err());
        let lost = lost.count();
        let waited = began.elapsed();
        let mut reader = BufReader::new(reader);
        let mut read = String::new();
        while reader.read_line(&mut read).is_ok() && journal.append(&line(50)).is_err() {}
        drop(journal);
        io::Read::read_to_string(&mut reader, &mut read).unwrap();

        assert!(lost > 0 && waited < TIMEOUT * 5, "{lost} in {waited:?}");
        assert!(read.ends_with(&line(50)), "the last line is missing");
        for line in read.lines() {
            assert_eq!(line.trim_start_matches(char::is_numeric).len(), 10_000);
        }
    }

    #[test]
    fn lines_are_added_to_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        fs::write(&path, "a\n").unwrap();

        JournalOutput::open(&path).unwrap().append("b\n").unwrap();

        assert_eq!(fs::read_to_string(&path).unwrap(), "a\nb\n");
    }
}
