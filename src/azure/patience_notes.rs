//! Who hears that a service keeps us waiting? Somebody at a terminal would otherwise take the silence for a hang.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use url::Url;

use super::address::host_of;
use super::call::Reply;
use super::error::AzureError;

/// A wait that a service asks for is told from this length on.
const LONG: Duration = Duration::from_secs(5);
/// An answer that takes longer is worth a line.
const NOTICEABLE: Duration = Duration::from_secs(2);
/// Short waits of our own choice are told once they are that many.
const MANY: u32 = 3;

type Listener = Arc<dyn Fn(&str) + Send + Sync>;

/// Hears each note once. Silent by default; cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct PatienceNotes {
    listener: Option<Listener>,
    told: Arc<Mutex<BTreeSet<String>>>,
}

impl PatienceNotes {
    pub(crate) fn to(listener: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self {
            listener: Some(Arc::new(listener)),
            ..Self::default()
        }
    }

    /// Awaits an answer, and says so once it takes noticeably long. Each host is named once.
    pub(super) async fn while_waiting<T>(&self, host: &str, answer: impl Future<Output = T>) -> T {
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
    pub(super) fn tell_of_wait(&self, host: &str, wait: Duration) {
        if wait >= LONG {
            self.note(&format!("{host} asks us to slow down; waiting"));
        }
    }

    pub(super) fn note(&self, note: &str) {
        let Some(listener) = &self.listener else {
            return;
        };
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.insert(note.to_owned()) {
            listener(note);
        }
    }

    /// Before a wait, of which there were `waits`; `asked` is how long the service wants it to be, `total` the end of our patience.
    pub(super) fn tell(
        &self,
        url: &Url,
        outcome: &Result<Reply, AzureError>,
        asked: Option<Duration>,
        waits: u32,
        total: Duration,
    ) {
        let is_long = asked.is_some_and(|wait| wait >= LONG) || waits == MANY;
        if is_long {
            self.note(&note(&host_of(url), outcome, total));
        }
    }
}

fn note(host: &str, outcome: &Result<Reply, AzureError>, total: Duration) -> String {
    let does = match outcome {
        Ok(reply) if reply.status.as_u16() == 429 => "asks us to slow down (429)".to_owned(),
        Ok(reply) => format!("answers {}", reply.status.as_u16()),
        Err(_) => "does not answer".to_owned(),
    };
    format!(
        "{host} {does}; trying again for up to {} s",
        total.as_secs()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::call::Call;
    use crate::azure::fake::{Fake, says};
    use crate::azure::transport::Http;

    #[tokio::test]
    async fn a_service_that_keeps_us_waiting_is_told_once() {
        let fake = Fake::in_turn([says(503, "")]).await;
        let heard = Arc::new(Mutex::new(Vec::new()));
        let listener = Arc::clone(&heard);
        let notes = PatienceNotes::to(move |note| listener.lock().unwrap().push(note.to_owned()));
        let http = Http::without_waits().telling(notes);

        for _ in 0..2 {
            http.send(&Call::get(fake.url("/x")), None).await.unwrap();
        }

        let heard = heard.lock().unwrap();
        assert_eq!(heard.len(), 1, "{heard:?}");
        assert!(
            heard[0].ends_with("answers 503; trying again for up to 120 s"),
            "{heard:?}"
        );
    }

    #[tokio::test]
    async fn a_stumble_is_not_worth_a_word() {
        let fake = Fake::in_turn([says(503, ""), says(503, ""), says(200, "{}")]).await;
        let notes = PatienceNotes::to(|note| panic!("{note}"));
        let http = Http::without_waits().telling(notes);

        let reply = http.send(&Call::get(fake.url("/x")), None).await;

        assert!(reply.unwrap().status.is_success());
    }
}
