//! Runs programs of others that sign in (`az`, `azd`, plugins of a kubeconfig): what they print has a limit, and they end
//! together with all that they started.

use std::io;
use std::pin::pin;
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

/// In bytes, of each of stdout and stderr. A token with its certificates has some KiB.
const MOST_PRINTED: u64 = 1024 * 1024;
/// For what a program printed before it ended.
const AFTER_END: Duration = Duration::from_secs(1);

/// Runs a program to its end and keeps what it prints to the streams that the command pipes. Dropping the future ends it.
///
/// With `asks`, it may read from the terminal of this process, and stays in its process group: another group is stopped
/// when it reads.
pub(crate) async fn output(mut command: Command, asks: bool) -> io::Result<Output> {
    command.stdout(Stdio::piped()).kill_on_drop(true);
    let mut group = RunningGroup::start(&mut command, asks)?;
    let child = &mut group.child;
    let streams = (child.stdout.take(), child.stderr.take());
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let status = {
        let reading = async {
            tokio::try_join!(
                read_into(&mut stdout, streams.0),
                read_into(&mut stderr, streams.1)
            )
        };
        let mut reading = pin!(reading);
        let ended = tokio::select! {
            read = &mut reading => read.map(|_| None)?,
            status = child.wait() => Some(status?),
        };
        match ended {
            None => child.wait().await?,
            Some(status) => {
                // What it left running can hold its stdout open for hours.
                if let Ok(read) = tokio::time::timeout(AFTER_END, reading).await {
                    read?;
                }
                status
            }
        }
    };
    group.release();
    Ok(Output {
        status,
        stdout,
        stderr,
    })
}

/// Ends all programs that still run, with what they started; for the moment before this process leaves.
pub(crate) fn end_all() {
    groups::end_all();
}

async fn read_into(text: &mut Vec<u8>, stream: Option<impl AsyncRead + Unpin>) -> io::Result<()> {
    let Some(stream) = stream else {
        return Ok(());
    };
    // One byte more shows that there was more.
    stream.take(MOST_PRINTED + 1).read_to_end(text).await?;
    if text.len() as u64 > MOST_PRINTED {
        return Err(io::Error::other(format!(
            "it printed more than {} MiB and was ended",
            MOST_PRINTED >> 20
        )));
    }
    Ok(())
}

/// A program that runs, and its process group where it has one of its own.
struct RunningGroup {
    child: Child,
    id: Option<u32>,
}

impl RunningGroup {
    fn start(command: &mut Command, asks: bool) -> io::Result<Self> {
        #[cfg(unix)]
        if !asks {
            command.process_group(0);
        }
        let child = command.spawn()?;
        let id = child.id().filter(|_| !asks);
        id.inspect(|id| groups::add(*id));
        Ok(Self { child, id })
    }

    /// The program ended by itself: what it left running is meant to run on.
    fn release(mut self) {
        if let Some(id) = self.id.take() {
            groups::remove(id);
        }
    }
}

impl Drop for RunningGroup {
    fn drop(&mut self) {
        if let Some(id) = self.id.take() {
            groups::end(id);
            groups::remove(id);
        }
    }
}

#[cfg(unix)]
mod groups {
    use std::collections::BTreeSet;
    use std::sync::{Mutex, MutexGuard, PoisonError};

    use rustix::process::{Pid, Signal, kill_process_group};

    /// Ids of the groups that run. The first process of each is not waited for yet, so that no other has its id.
    static RUNNING: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

    fn running() -> MutexGuard<'static, BTreeSet<u32>> {
        RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(id: u32) {
        running().insert(id);
    }

    pub(super) fn remove(id: u32) {
        running().remove(&id);
    }

    pub(super) fn end(id: u32) {
        let id = i32::try_from(id).ok().and_then(Pid::from_raw);
        if let Some(id) = id {
            // Nothing of the group may be left.
            let _ = kill_process_group(id, Signal::KILL);
        }
    }

    pub(super) fn end_all() {
        running().iter().for_each(|id| end(*id));
    }
}

/// Elsewhere a program ends alone.
#[cfg(not(unix))]
mod groups {
    pub(super) fn add(_: u32) {}
    pub(super) fn remove(_: u32) {}
    pub(super) fn end(_: u32) {}
    pub(super) fn end_all() {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]).stdin(Stdio::null());
        command.stderr(Stdio::piped());
        command
    }

    #[tokio::test]
    async fn what_a_program_prints_is_kept_with_its_status() {
        let output = output(shell("echo a; echo b >&2; exit 3"), false)
            .await
            .unwrap();

        assert_eq!(
            (output.stdout, output.stderr),
            (b"a\n".to_vec(), b"b\n".to_vec())
        );
        assert_eq!(output.status.code(), Some(3));
    }

    #[tokio::test]
    async fn what_a_program_leaves_running_is_not_waited_for() {
        let started = std::time::Instant::now();

        let output = output(shell("sleep 20 & echo a"), false).await.unwrap();

        assert_eq!(output.stdout, b"a\n");
        assert!(started.elapsed() < Duration::from_secs(10));
    }

    #[tokio::test]
    async fn a_program_that_prints_without_end_is_ended() {
        for script in ["yes", "yes >&2"] {
            let refusal = output(shell(script), false).await.unwrap_err();

            assert_eq!(
                refusal.to_string(),
                "it printed more than 1 MiB and was ended"
            );
        }
    }

    #[tokio::test]
    async fn a_program_that_is_given_up_takes_its_children_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let ticks = folder.path().join("ticks");
        let script = format!(
            "(while :; do echo t >> '{}'; sleep 0.02; done) & wait",
            ticks.display()
        );
        let size = || std::fs::metadata(&ticks).map_or(0, |file| file.len());

        let given_up =
            tokio::time::timeout(Duration::from_millis(400), output(shell(&script), false));
        assert!(given_up.await.is_err());

        assert!(size() > 0, "the child ran");
        tokio::time::sleep(Duration::from_millis(100)).await;
        let before = size();
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(size(), before, "the child ended");
    }
}
