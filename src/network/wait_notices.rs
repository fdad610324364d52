//! Who hears that a service keeps us waiting? Somebody at a terminal would otherwise take the silence for a hang.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A wait that a service asks for is told from this length on.
const LONG: Duration = Duration::from_secs(5);
/// An answer that takes longer is worth a line.
const NOTICEABLE: Duration = Duration::from_secs(2);
/// Short waits of our own choice are told once they are that many.
const MANY: u32 = 3;

type Listener = Arc<dyn Fn(&str) + Send + Sync>;

/// Hears each note once. Silent by default; cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct WaitNotices {
    listener: Option<Listener>,
    told: Arc<Mutex<BTreeSet<String>>>,
}

impl WaitNotices {
    pub(crate) fn to(listener: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self {
            listener: Some(Arc::new(listener)),
            ..Self::default()
        }
    }

    /// Awaits an answer, and says so once it takes noticeably long. Each host is named once.
    pub(crate) async fn while_waiting<T>(&self, host: &str, answer: impl Future<Output = T>) -> T {
        let mut answer = pin!(answer);
        match tokio::time::timeout(NOTICEABLE, &mut answer).await {
            Ok(answer) => answer,
            Err(_) => {
                self.note(&format!("waiting for {host} to answer"));
                answer.await
            }
        }
    }

    /// Before a wait that the host asked another request for.
    pub(crate) fn tell_of_wait(&self, host: &str, wait: Duration) {
        if wait >= LONG {
            self.note(&format!("{host} asks us to slow down; waiting"));
        }
    }

    /// Says something once.
    pub(crate) fn note(&self, note: &str) {
        let Some(listener) = &self.listener else {
            return;
        };
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.insert(note.to_owned()) {
            listener(note);
        }
    }

    /// Before a wait, of which there were `waits`. `status` is what the host answered, `None` when nothing came; `asked`
    /// is how long it wants the wait to be, `total` the end of our patience.
    pub(crate) fn tell(
        &self,
        host: &str,
        status: Option<u16>,
        asked: Option<Duration>,
        waits: u32,
        total: Duration,
    ) {
        let is_long = asked.is_some_and(|wait| wait >= LONG) || waits == MANY;
        if is_long {
            self.note(&note(host, status, total));
        }
    }
}

fn note(host: &str, status: Option<u16>, total: Duration) -> String {
    let does = match status {
        Some(429) => "asks us to slow down (429)".to_owned(),
        Some(status) => format!("answers {status}"),
        None => "does not answer".to_owned(),
    };
    format!(
        "{host} {does}; trying again for up to {} s",
        total.as_secs()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTES: Duration = Duration::from_secs(120);

    fn collected() -> (WaitNotices, Arc<Mutex<Vec<String>>>) {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let listener = Arc::clone(&heard);
        let notes = WaitNotices::to(move |note| listener.lock().unwrap().push(note.to_owned()));
        (notes, heard)
    }

    #[test]
    fn a_service_that_keeps_us_waiting_is_told_once() {
        let (notes, heard) = collected();

        for waits in [0, MANY, MANY] {
            notes.tell("host", Some(503), None, waits, MINUTES);
        }

        let expected = ["host answers 503; trying again for up to 120 s"];
        assert_eq!(*heard.lock().unwrap(), expected);
    }

    #[test]
    fn a_short_wait_gets_no_line() {
        let notes = WaitNotices::to(|note| panic!("{note}"));

        notes.tell("host", None, Some(Duration::from_secs(1)), 0, MINUTES);
    }

    #[tokio::test]
    async fn an_answer_within_two_seconds_gets_no_line() {
        let notes = WaitNotices::to(|note| panic!("{note}"));

        assert_eq!(notes.while_waiting("host", async { 7 }).await, 7);
    }
}
