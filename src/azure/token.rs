//! Is there a token that is still good? A cache per audience: one request at a time fetches, the others wait for it.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};

use super::error::AzureError;
use crate::clock;

/// A token is replaced this long before its end, and used until then when that fails.
const EARLY: SignedDuration = SignedDuration::from_mins(5);

#[derive(Debug, Clone)]
pub(crate) struct AccessToken {
    pub(crate) secret: SecretString,
    pub(crate) expires: Timestamp,
}

impl AccessToken {
    fn is_valid(&self, now: Timestamp) -> bool {
        self.expires > now
    }

    fn is_fresh(&self, now: Timestamp) -> bool {
        self.expires > now + EARLY
    }

    fn is(&self, other: &SecretString) -> bool {
        self.secret.expose_secret() == other.expose_secret()
    }
}

/// What can get a token: the winner of the sign-in chain.
#[async_trait]
pub(crate) trait TokenSource: Send + Sync + fmt::Debug {
    /// `claims` is what a 401 asked for, as JSON.
    async fn fetch(&self, scope: &str, claims: Option<&str>) -> Result<AccessToken, AzureError>;
}

/// Tokens by scope.
#[derive(Debug)]
pub(super) struct TokenCache {
    source: Arc<dyn TokenSource>,
    slots: Mutex<HashMap<String, Arc<CachedToken>>>,
}

#[derive(Debug, Default)]
struct CachedToken {
    token: RwLock<Option<AccessToken>>,
    /// Held while a fetch is on its way.
    flight: tokio::sync::Mutex<()>,
}

impl CachedToken {
    fn token(&self) -> Option<AccessToken> {
        self.token
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn put(&self, token: AccessToken) {
        *self.token.write().unwrap_or_else(PoisonError::into_inner) = Some(token);
    }
}

impl TokenCache {
    pub(super) fn new(source: Arc<dyn TokenSource>) -> Self {
        Self {
            source,
            slots: Mutex::default(),
        }
    }

    /// Keeps a token that came by another way, such as the one that proved the sign-in.
    pub(super) fn remember(&self, scope: &str, token: AccessToken) {
        self.slot(scope).put(token);
    }

    fn slot(&self, scope: &str) -> Arc<CachedToken> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(scope.to_owned()).or_default())
    }

    pub(super) async fn get(&self, scope: &str) -> Result<AccessToken, AzureError> {
        let slot = self.slot(scope);
        let held = slot.token();
        if let Some(token) = held.as_ref().filter(|token| token.is_fresh(clock::now())) {
            return Ok(token.clone());
        }
        let usable = held.filter(|token| token.is_valid(clock::now()));
        let _flight = match (slot.flight.try_lock(), &usable) {
            (Ok(flight), _) => flight,
            // Another task is renewing it; the present one is good for some minutes more.
            (Err(_), Some(token)) => return Ok(token.clone()),
            (Err(_), None) => slot.flight.lock().await,
        };
        // Looked at again: the task that held the lock before may have fetched one.
        if let Some(token) = slot.token().filter(|token| token.is_fresh(clock::now())) {
            return Ok(token);
        }
        match (self.source.fetch(scope, None).await, usable) {
            (Ok(token), _) => {
                slot.put(token.clone());
                Ok(token)
            }
            (Err(error), Some(token)) => {
                tracing::warn!(%error, "could not renew the token; the current one is still valid");
                Ok(token)
            }
            (Err(error), None) => Err(error),
        }
    }

    /// Another token in place of one that was refused, unless another task has fetched it meanwhile.
    pub(super) async fn replace(
        &self,
        scope: &str,
        refused: &SecretString,
        claims: Option<&str>,
    ) -> Result<AccessToken, AzureError> {
        let slot = self.slot(scope);
        let _flight = slot.flight.lock().await;
        if let Some(token) = slot.token().filter(|token| !token.is(refused)) {
            return Ok(token);
        }
        let token = self.source.fetch(scope, claims).await?;
        slot.put(token.clone());
        Ok(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    /// Gives tokens that live this long, after letting others run; fails after `fails_after` fetches.
    #[derive(Debug)]
    struct CountingSource {
        lives: SignedDuration,
        fetched: AtomicUsize,
        fails_after: usize,
    }

    impl CountingSource {
        fn living(lives: SignedDuration) -> Self {
            Self {
                lives,
                fetched: AtomicUsize::new(0),
                fails_after: usize::MAX,
            }
        }
    }

    #[async_trait]
    impl TokenSource for CountingSource {
        async fn fetch(&self, scope: &str, _: Option<&str>) -> Result<AccessToken, AzureError> {
            let number = self.fetched.fetch_add(1, Ordering::SeqCst);
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            if number >= self.fails_after {
                return Err(AzureError::UnsafeAddress("nowhere".into()));
            }
            Ok(AccessToken {
                secret: format!("{scope}-{number}").into(),
                expires: clock::now() + self.lives,
            })
        }
    }

    fn cache(source: CountingSource) -> (TokenCache, Arc<CountingSource>) {
        let source = Arc::new(source);
        (TokenCache::new(Arc::clone(&source) as _), source)
    }

    #[tokio::test]
    async fn many_callers_share_one_fetch_per_scope() {
        let (cache, source) = cache(CountingSource::living(SignedDuration::from_hours(1)));

        let scopes = ["a", "b"].into_iter().cycle().take(20);
        let tokens = futures_util::future::join_all(scopes.map(|scope| cache.get(scope))).await;

        assert!(tokens.iter().all(Result::is_ok));
        assert_eq!(source.fetched.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_token_near_its_end_is_renewed() {
        let (cache, source) = cache(CountingSource::living(SignedDuration::from_mins(4)));

        cache.get("a").await.unwrap();
        let second = cache.get("a").await.unwrap();

        assert_eq!(second.secret.expose_secret(), "a-1");
        assert_eq!(source.fetched.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_token_that_cannot_be_renewed_serves_to_its_end() {
        let (cache, _) = cache(CountingSource {
            fails_after: 1,
            ..CountingSource::living(SignedDuration::from_mins(4))
        });

        cache.get("a").await.unwrap();
        let second = cache.get("a").await.unwrap();

        assert_eq!(second.secret.expose_secret(), "a-0");
    }

    #[tokio::test]
    async fn a_token_that_has_ended_is_not_used() {
        let (cache, _) = cache(CountingSource {
            fails_after: 1,
            ..CountingSource::living(SignedDuration::try_from(Duration::ZERO).unwrap())
        });

        cache.get("a").await.unwrap();

        assert!(cache.get("a").await.is_err());
    }

    #[tokio::test]
    async fn a_refused_token_is_replaced_once_for_all_who_held_it() {
        let (cache, source) = cache(CountingSource::living(SignedDuration::from_hours(1)));
        let refused = cache.get("a").await.unwrap().secret;

        let replaced =
            futures_util::future::join_all((0..5).map(|_| cache.replace("a", &refused, None)))
                .await;

        assert!(
            replaced
                .into_iter()
                .all(|token| token.unwrap().secret.expose_secret() == "a-1")
        );
        assert_eq!(source.fetched.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn a_token_does_not_show_in_debug_output() {
        let token = AccessToken {
            secret: "eyJhbGciOi".into(),
            expires: Timestamp::MAX,
        };

        assert!(!format!("{token:?}").contains("eyJ"));
    }
}
