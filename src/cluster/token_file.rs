//! The token of a kubeconfig's `tokenFile`, which is replaced before it ends: a projected token lasts an hour, and a run
//! can wait longer for a role.
//!
//! The client reads such a file without a limit, keeps its white space, and panics at a token that no header can carry
//! (kube 5.0).

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use http::HeaderValue;
use kube::config::AuthInfo;
use tokio::sync::Mutex;
use tower::BoxError;

use super::retried::RequestCredential;
use crate::files;

/// As client-go reads it again.
const FRESH: Duration = Duration::from_mins(1);

pub(super) struct KubeconfigTokenFile {
    path: PathBuf,
    fresh: Duration,
    last: Mutex<Option<ReadToken>>,
}

struct ReadToken {
    header: HeaderValue,
    read: Instant,
}

impl KubeconfigTokenFile {
    /// Takes the file out of the credentials, so that the client does not read it. It counts before a token in the
    /// kubeconfig itself, as for kubectl.
    pub(super) fn take(user: &mut AuthInfo) -> Option<Self> {
        let path = user.token_file.take()?;
        user.token = None;
        Some(Self {
            path: path.into(),
            fresh: FRESH,
            last: Mutex::default(),
        })
    }
}

#[async_trait]
impl RequestCredential for KubeconfigTokenFile {
    /// A file that cannot be read for a moment, while it is replaced, leaves the last token in use.
    async fn header(&self) -> Result<Option<HeaderValue>, BoxError> {
        let mut last = self.last.lock().await;
        if let Some(token) = last
            .as_ref()
            .filter(|token| token.read.elapsed() < self.fresh)
        {
            return Ok(Some(token.header.clone()));
        }
        let path = self.path.clone();
        let text = tokio::task::spawn_blocking(move || read(&path)).await?;
        let header = match (text, last.as_ref()) {
            (Ok(header), _) => header,
            (Err(_), Some(before)) => before.header.clone(),
            (Err(why), None) => return Err(why.into()),
        };
        let read = Instant::now();
        *last = Some(ReadToken {
            header: header.clone(),
            read,
        });
        Ok(Some(header))
    }
}

/// The `Authorization` that the file gives. What becomes a pipe during a run would be waited for at each request.
fn read(path: &Path) -> Result<HeaderValue, String> {
    if files::is_stream(path) {
        return Err(format!("{} became a pipe", path.display()));
    }
    let token = files::read(path).map_err(|error| error.to_string())?;
    bearer(path, &token)
}

/// Never with the text of the file: it may be another file by mistake, or a token.
pub(super) fn bearer(path: &Path, token: &str) -> Result<HeaderValue, String> {
    let path = path.display();
    let token = token.trim();
    if token.is_empty() {
        return Err(format!("{path} is empty"));
    }
    let mut header = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| {
        format!("{path} has a control character within the token, which no request can carry")
    })?;
    header.set_sensitive(true);
    Ok(header)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn token_file(path: &Path, fresh: Duration) -> KubeconfigTokenFile {
        let mut user = AuthInfo {
            token: Some("of-the-kubeconfig".to_owned().into()),
            token_file: Some(path.to_str().unwrap().to_owned()),
            ..AuthInfo::default()
        };
        let taken = KubeconfigTokenFile::take(&mut user).unwrap();
        assert!(user.token.is_none() && user.token_file.is_none());
        KubeconfigTokenFile { fresh, ..taken }
    }

    async fn header(file: &KubeconfigTokenFile) -> String {
        let header = file.header().await.unwrap().unwrap();
        header.to_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn a_token_that_is_replaced_is_read_again_after_a_while() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        for (fresh, second) in [(Duration::ZERO, "Bearer two"), (FRESH, "Bearer one")] {
            fs::write(&path, "one\n").unwrap();
            let file = token_file(&path, fresh);

            assert_eq!(header(&file).await, "Bearer one");
            fs::write(&path, " two \r\n").unwrap();
            assert_eq!(header(&file).await, second);
        }
    }

    #[tokio::test]
    async fn the_last_token_stays_in_use_while_the_file_holds_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, "one").unwrap();
        let file = token_file(&path, Duration::ZERO);
        assert_eq!(header(&file).await, "Bearer one");

        for text in ["", "a\nb"] {
            fs::write(&path, text).unwrap();
            assert_eq!(header(&file).await, "Bearer one", "{text:?}");
        }
        fs::remove_file(&path).unwrap();
        assert_eq!(header(&file).await, "Bearer one");
    }

    #[tokio::test]
    async fn a_file_that_holds_no_token_is_an_error_without_its_text() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, "s3cr\n3t").unwrap();

        let refusal = token_file(&path, FRESH).header().await.unwrap_err();

        let refusal = refusal.to_string();
        assert!(refusal.contains("control character"), "{refusal}");
        assert!(!refusal.contains("s3cr"), "{refusal}");
    }
}
