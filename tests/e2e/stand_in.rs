//! Listens at the address of the sidecar, takes the same remote writes, and notes which series come.
//!
//! It runs as this very program within the network of a scenario, so that no other program has to be installed.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context as _, Result, ensure};

use crate::background::Background;
use crate::world::EndToEndWorld;

/// The argument that makes this program a stand-in.
pub(crate) const ARGUMENT: &str = "stand-in-for-the-sidecar";

const ADDRESS: &str = "127.0.0.1:8081";

/// The labels of a series, by name.
pub(crate) type SeriesLabels = std::collections::BTreeMap<String, String>;

/// A listener in the scenario's network; it ends when dropped.
pub(crate) struct StandIn {
    process: Background,
    notes: PathBuf,
}

impl StandIn {
    pub(crate) fn start(world: &EndToEndWorld) -> Result<Self> {
        let notes = world.folder().join("series.jsonl");
        let mut command = world.program(std::env::current_exe()?);
        command.arg(ARGUMENT).arg(&notes);
        let process = Background::start("stand-in", &mut command, world.folder())?;
        Ok(Self { process, notes })
    }

    /// Every series that has come so far.
    pub(crate) fn series(&mut self) -> Result<BTreeSet<SeriesLabels>> {
        self.process.still_runs()?;
        let text = std::fs::read_to_string(&self.notes).unwrap_or_default();
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        whole
            .lines()
            .map(|line| serde_json::from_str(line).context("a note is no JSON"))
            .collect()
    }
}

/// Listens until it is killed.
pub(crate) fn serve(notes: &Path) -> Result<()> {
    let notes = std::fs::File::options()
        .create(true)
        .append(true)
        .open(notes)?;
    let seen = Mutex::new((BTreeSet::new(), notes));
    let listener = TcpListener::bind(ADDRESS)?;
    std::thread::scope(|scope| {
        for connection in listener.incoming() {
            let (connection, seen) = (connection?, &seen);
            // A connection that breaks off is Prometheus' business: it sends again.
            scope.spawn(move || take(&connection, seen));
        }
        Ok(())
    })
}

type ReceivedSeriesFile = Mutex<(BTreeSet<SeriesLabels>, std::fs::File)>;

/// Answers every request of a connection.
fn take(connection: &TcpStream, seen: &ReceivedSeriesFile) -> Result<()> {
    let mut reader = BufReader::new(connection);
    loop {
        let mut length = None;
        let mut line = String::new();
        loop {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let header = line.trim_end().to_ascii_lowercase();
            if let Some(value) = header.strip_prefix("content-length:") {
                length = Some(value.trim().parse::<usize>()?);
            }
            if header.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length.context("a request without a length")?];
        reader.read_exact(&mut body)?;
        note(&body, seen)?;
        let mut answer = connection;
        answer.write_all(b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n")?;
    }
}

fn note(body: &[u8], seen: &ReceivedSeriesFile) -> Result<()> {
    let message = snap::raw::Decoder::new().decompress_vec(body)?;
    let mut seen = seen.lock().expect("no holder of the lock panics");
    let (known, notes) = &mut *seen;
    for (field, series) in fields(&message)? {
        // 3 is metadata, which has no samples.
        if field != 1 {
            continue;
        }
        let labels = series_of(series)?;
        if known.insert(labels.clone()) {
            writeln!(notes, "{}", serde_json::to_string(&labels)?)?;
        }
    }
    Ok(())
}

fn series_of(message: &[u8]) -> Result<SeriesLabels> {
    let mut labels = SeriesLabels::new();
    for (_, label) in fields(message)?
        .into_iter()
        .filter(|(field, _)| *field == 1)
    {
        let parts = fields(label)?;
        let text = |number| {
            let part = parts.iter().find(|(field, _)| *field == number);
            part.map_or(Ok(""), |(_, bytes)| std::str::from_utf8(bytes))
                .map(str::to_owned)
        };
        labels.insert(text(1)?, text(2)?);
    }
    Ok(labels)
}

/// The length-delimited fields of a protobuf message; others are skipped.
fn fields(mut message: &[u8]) -> Result<Vec<(u64, &[u8])>> {
    let mut found = Vec::new();
    while !message.is_empty() {
        let key = number(&mut message)?;
        let length = match key & 7 {
            0 => {
                number(&mut message)?;
                continue;
            }
            1 => 8,
            5 => 4,
            2 => usize::try_from(number(&mut message)?)?,
            kind => anyhow::bail!("a field of the unknown kind {kind}"),
        };
        ensure!(length <= message.len(), "a message is cut off");
        let (bytes, rest) = message.split_at(length);
        if key & 7 == 2 {
            found.push((key >> 3, bytes));
        }
        message = rest;
    }
    Ok(found)
}

fn number(message: &mut &[u8]) -> Result<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = message.split_first().context("a number is cut off")?;
        *message = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    anyhow::bail!("a number is too long")
}
