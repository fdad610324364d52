//! What does every sign-in need other than its own credentials? Our HTTP client, the cloud, and the way to run programs.

use std::ffi::OsStr;
use std::io;
use std::process::{Output, Stdio};
use std::sync::Arc;

use async_trait::async_trait;
use azure_identity::Executor;
use tokio::process::Command;

use crate::azure::transport::Http;
use crate::helper_program;
use crate::spec::cloud::Cloud;

/// What the candidates of the sign-in chain share.
#[derive(Clone)]
pub(in crate::azure) struct SignInContext {
    pub(in crate::azure) http: Http,
    pub(in crate::azure) cloud: Cloud,
    /// Runs `az` and `azd`.
    pub(in crate::azure) executor: Arc<dyn Executor>,
}

/// Runs `az` and `azd` with a limit on what they print; that of the library keeps all of it.
#[derive(Debug)]
pub(in crate::azure) struct LimitedExecutor;

#[async_trait]
impl Executor for LimitedExecutor {
    async fn run(&self, program: &OsStr, arguments: &[&OsStr]) -> io::Result<Output> {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null());
        command.stderr(Stdio::piped());
        helper_program::output(command, false).await
    }
}
