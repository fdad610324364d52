//! Reports that a service keeps the user waiting; otherwise the silence looks like a hang.

use std::collections::{BTreeSet, HashMap};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::progress::{INTERVAL, NOTICEABLE};

/// A shorter request is not what keeps the user waiting, however long nothing was printed.
const SHORT: Duration = Duration::from_millis(100);

type NoticeListener = Arc<dyn Fn(&str) + Send + Sync>;
/// How long the user has seen nothing new.
type Silence = Arc<dyn Fn() -> Duration + Send + Sync>;

/// Passes lines about waits to a listener. Silent by default; cheap to clone, and clones share what was written.
#[derive(Clone, Default)]
pub(crate) struct WaitNotices {
    listener: Option<NoticeListener>,
    notes: Arc<Mutex<BTreeSet<String>>>,
    /// When each wait was last written about: many requests wait for one host at once.
    waits: Arc<Mutex<HashMap<String, Instant>>>,
    /// Hears what must not be missed.
    warned: Option<NoticeListener>,
    /// `None` where there is no screen.
    silence: Option<Silence>,
}

impl WaitNotices {
    pub(crate) fn to(listener: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self {
            listener: Some(Arc::new(listener)),
            ..Self::default()
        }
    }

    /// The same, with a listener for what must not be missed.
    pub(crate) fn warning(self, listener: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self {
            warned: Some(Arc::new(listener)),
            ..self
        }
    }

    /// The same, with a line too when many short requests together keep the user waiting in silence.
    pub(crate) fn after_silence(
        self,
        silence: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> Self {
        Self {
            silence: Some(Arc::new(silence)),
            ..self
        }
    }

    /// Awaits an answer for which the host has until `deadline`.
    pub(crate) async fn while_waiting<T>(
        &self,
        host: &str,
        deadline: Duration,
        answer: impl Future<Output = T>,
    ) -> T {
        let what = format!("waiting for {host} to answer");
        let answer = self.regularly(&what, NOTICEABLE, Some(deadline), answer);
        self.one_of_many(host, answer).await
    }

    /// Awaits all pages of a list. Each page can come at once, and a thousand of them take minutes.
    pub(crate) async fn while_listing<T>(&self, host: &str, list: impl Future<Output = T>) -> T {
        let what = format!("reading a long list from {host}");
        let mut list = pin!(list);
        let mut until_next = NOTICEABLE;
        loop {
            match tokio::time::timeout(until_next, &mut list).await {
                Ok(done) => return done,
                // What this list waits for is more useful than that it is read.
                Err(_) if self.has_written_about(host) => until_next = INTERVAL,
                Err(_) => until_next = self.write(&what, None),
            }
        }
    }

    /// Awaits the pause before another try. `status` is what the host answered, `None` when no answer came; `spent` is the
    /// time since the first try, and `left` the time until the last one ends.
    pub(crate) async fn while_pausing<T>(
        &self,
        host: &str,
        status: Option<u16>,
        (spent, left): (Duration, Duration),
        pause: impl Future<Output = T>,
    ) -> T {
        let what = format!("{host} {}; trying again", problem(status));
        let first = NOTICEABLE.saturating_sub(spent);
        self.regularly(&what, first, Some(left), pause).await
    }

    /// Awaits the end of a wait that the host asked another request for.
    pub(crate) async fn while_held_back<T>(
        &self,
        host: &str,
        wait: Duration,
        pause: impl Future<Output = T>,
    ) -> T {
        let what = format!("{host} throttles requests (429); waiting");
        self.regularly(&what, NOTICEABLE, Some(wait), pause).await
    }

    /// Says once what must not be missed.
    pub(crate) fn warn(&self, note: &str) {
        let Some(listener) = &self.warned else {
            return;
        };
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        if notes.insert(note.to_owned()) {
            listener(note);
        }
    }

    /// Awaits something that takes `left` at most, where that is known, with a line after `first` and then in regular
    /// intervals.
    async fn regularly<T>(
        &self,
        what: &str,
        first: Duration,
        left: Option<Duration>,
        awaited: impl Future<Output = T>,
    ) -> T {
        let since = Instant::now();
        let mut awaited = pin!(awaited);
        let mut until_next = first;
        loop {
            match tokio::time::timeout(until_next, &mut awaited).await {
                Ok(done) => return done,
                Err(_) => {
                    let left = left.map(|left| left.saturating_sub(since.elapsed()));
                    until_next = self.write(what, left);
                }
            }
        }
    }

    /// Awaits an answer, with a line when it is the one of many requests during which the silence becomes noticeable.
    async fn one_of_many<T>(&self, host: &str, answer: impl Future<Output = T>) -> T {
        let Some(silence) = &self.silence else {
            return answer.await;
        };
        let what = format!("sending requests to {host}");
        let mut answer = pin!(answer);
        let mut until_next = NOTICEABLE.saturating_sub(silence()).max(SHORT);
        loop {
            match tokio::time::timeout(until_next, &mut answer).await {
                Ok(done) => return done,
                // Something else was printed while this waited.
                Err(_) if silence() < NOTICEABLE => {
                    until_next = NOTICEABLE.saturating_sub(silence());
                }
                Err(_) => until_next = self.write(&what, None),
            }
        }
    }

    /// Whether there was a line lately about another wait for this host.
    fn has_written_about(&self, host: &str) -> bool {
        let waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = format!("waiting for {host} to answer");
        waits.iter().any(|(about, last)| {
            let is_of_host = about.starts_with(&format!("{host} ")) || *about == waiting;
            // The other line may be due at the same moment.
            is_of_host && last.elapsed() < INTERVAL + NOTICEABLE
        })
    }

    /// Writes a line unless one about the same wait is recent; returns when the next one is due.
    fn write(&self, what: &str, left: Option<Duration>) -> Duration {
        // The request that was throttled tries again and the others wait: to the user that is one wait for the host.
        let about = what.split_once(';').map_or(what, |(about, _)| about);
        let mut waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let age = waits.get(about).map(|last| now.duration_since(*last));
        if let Some(age) = age.filter(|age| *age < INTERVAL) {
            return INTERVAL.saturating_sub(age);
        }
        waits.insert(about.to_owned(), now);
        if let Some(listener) = &self.listener {
            match left.map(|left| left.as_millis().div_ceil(1000)) {
                Some(left) => listener(&format!("{what} for up to {left} s")),
                None => listener(what),
            }
        }
        INTERVAL
    }
}

fn problem(status: Option<u16>) -> String {
    match status {
        Some(429) => "throttles requests (429)".to_owned(),
        Some(status) => format!("answers {status}"),
        None => "does not answer".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collected() -> (WaitNotices, Arc<Mutex<Vec<String>>>) {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let listener = Arc::clone(&heard);
        let notices =
            WaitNotices::to(move |notice| listener.lock().unwrap().push(notice.to_owned()));
        (notices, heard)
    }

    async fn pause(milliseconds: u64) {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }

    #[tokio::test]
    async fn one_wait_of_many_requests_is_written_once() {
        let (notices, heard) = collected();
        let times = (NOTICEABLE, Duration::from_secs(58));

        for _ in 0..3 {
            notices
                .while_pausing("host", Some(503), times, pause(100))
                .await;
        }

        let expected = ["host answers 503; trying again for up to 58 s"];
        assert_eq!(*heard.lock().unwrap(), expected);
    }

    #[test]
    fn a_throttled_request_and_those_held_back_by_it_are_one_wait() {
        let (notices, heard) = collected();

        notices.write("host throttles requests (429); trying again", None);
        notices.write("host throttles requests (429); waiting", None);

        let expected = ["host throttles requests (429); trying again"];
        assert_eq!(*heard.lock().unwrap(), expected);
    }

    #[test]
    fn a_wait_that_goes_on_is_written_in_regular_intervals() {
        let (notices, heard) = collected();
        let host = "waiting for host to answer";
        let earlier = |seconds| Instant::now().checked_sub(Duration::from_secs(seconds));

        notices.write(host, Some(Duration::from_secs(60)));
        let next = notices.write(host, Some(Duration::from_secs(55)));
        *notices.waits.lock().unwrap().get_mut(host).unwrap() = earlier(15).unwrap();
        notices.write(host, Some(Duration::from_millis(44_001)));

        assert!(next <= INTERVAL && next > INTERVAL.mul_f64(0.9), "{next:?}");
        assert_eq!(
            *heard.lock().unwrap(),
            [
                "waiting for host to answer for up to 60 s",
                "waiting for host to answer for up to 45 s"
            ]
        );
    }

    #[tokio::test]
    async fn a_wait_without_a_known_end_gets_a_line_without_one() {
        let (notices, heard) = collected();
        let first = Duration::from_millis(20);

        let pages = async {
            for _ in 0..10 {
                notices.while_waiting("host", INTERVAL, pause(10)).await;
            }
        };
        notices.regularly("a list", first, None, pages).await;

        assert_eq!(*heard.lock().unwrap(), ["a list"]);
    }

    #[test]
    fn a_list_that_waits_for_another_try_gets_the_line_about_that_only() {
        let (notices, _) = collected();

        notices.write("host answers 503; trying again", None);

        assert!(notices.has_written_about("host"));
        assert!(!notices.has_written_about("ho"));
    }

    #[tokio::test]
    async fn one_of_many_short_requests_gets_a_line_once_the_silence_is_noticeable() {
        let (notices, heard) = collected();
        let notices = notices.after_silence(|| NOTICEABLE);

        for milliseconds in [1, 150, 150] {
            notices
                .while_waiting("host", INTERVAL, pause(milliseconds))
                .await;
        }

        assert_eq!(*heard.lock().unwrap(), ["sending requests to host"]);
    }

    #[tokio::test]
    async fn no_line_follows_a_silence_that_ended_meanwhile() {
        let silences = Mutex::new(vec![Duration::ZERO, Duration::ZERO, NOTICEABLE]);
        let silence = move || silences.lock().unwrap().pop().unwrap();
        let notices = WaitNotices::to(|notice| panic!("{notice}")).after_silence(silence);

        notices.while_waiting("host", INTERVAL, pause(150)).await;
    }

    #[tokio::test]
    async fn a_short_wait_gets_no_line() {
        let notices = WaitNotices::to(|notice| panic!("{notice}"));
        let times = (Duration::ZERO, Duration::from_secs(120));

        notices.while_pausing("host", None, times, pause(1)).await;
        let answer = notices.while_waiting("host", INTERVAL, async { 7 }).await;

        assert_eq!(answer, 7);
    }
}
