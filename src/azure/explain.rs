//! What should the user do about an Azure error? Next steps for the codes that people meet.

use super::error::{AzureError, Refusal};
use crate::error::{ExitCode, Failure};

impl Failure {
    /// Adds what Azure answered, what to do about it, and the exit code that goes with it.
    pub(crate) fn azure(self, error: AzureError) -> Self {
        let mut failure = self;
        let (exit, reasons, next) = explain(&error);
        failure = failure.because(error);
        for reason in reasons {
            failure = failure.reason(reason);
        }
        for step in next {
            failure = failure.next(step);
        }
        match exit {
            Some(exit) => failure.exit(exit),
            None => failure,
        }
    }
}

type Explanation = (Option<ExitCode>, Vec<String>, Vec<String>);

fn explain(error: &AzureError) -> Explanation {
    let permission = Some(ExitCode::SignInOrPermission);
    match error {
        AzureError::Refused(refusal) => {
            let exit =
                matches!(refusal.status, Some(401 | 403)).then_some(ExitCode::SignInOrPermission);
            (exit, reasons(refusal), advice(refusal))
        }
        AzureError::SignIn(failure) => (permission, Vec::new(), failure.next()),
        AzureError::TokenRefused(refusal) => (
            permission,
            vec![refusal.meaning().to_owned()],
            vec![refusal.next().to_owned()],
        ),
        _ => (None, Vec::new(), Vec::new()),
    }
}

fn reasons(refusal: &Refusal) -> Vec<String> {
    refusal
        .details
        .iter()
        .map(|detail| format!("{}: {}", detail.code, detail.message))
        .collect()
}

fn advice(_refusal: &Refusal) -> Vec<String> {
    Vec::new()
}
