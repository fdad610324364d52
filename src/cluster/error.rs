//! Why did the cluster not answer? The kinds of failures of Kubernetes, each with what to do about it.

use kube::client::AuthError;
use thiserror::Error;

use super::retried::NoAnswer;
use crate::environment;
use crate::network::cause::{causes, in_plain_words, is_untrusted_certificate, json_fault};
use crate::next_step::NextStep;
use crate::problem::Problem;
use crate::spec::command_line::{az, kubectl};

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum ClusterError {
    #[error("cannot read the kubeconfig: {0}")]
    Kubeconfig(String),
    #[error("reading the kubeconfig was interrupted")]
    Interrupted,
    #[error("the kubeconfig from Azure is refused: {0}")]
    AzureKubeconfig(String),
    #[error("the kubeconfig has no context `{name}` ({known})")]
    NoSuchContext { name: String, known: String },
    #[error("the kubeconfig's sign-in plugin `{0}` is not installed")]
    PluginMissing(String),
    #[error(
        "the kubeconfig's sign-in plugin `{0}` asks on a terminal (`interactiveMode: Always`), and stdin is not a terminal"
    )]
    PluginNeedsTerminal(String),
    #[error("the kubeconfig's sign-in plugin `{plugin}` failed: {why}")]
    PluginFailed { plugin: String, why: String },
    #[error("cannot {doing}: {server} does not accept the credentials (401)")]
    Unauthorized { server: String, doing: String },
    #[error("not allowed to {doing} (403){}", after_colon(message))]
    Forbidden { doing: String, message: String },
    #[error(
        "cannot {doing}: {} (404){}",
        not_found(doing, message),
        after_colon(message)
    )]
    NotFound { doing: String, message: String },
    #[error("cannot {doing}: {server} cannot be reached: {why}")]
    Unreachable {
        server: String,
        doing: String,
        why: String,
    },
    #[error("cannot {doing}: {server} answered {code}{}", after_colon(message))]
    Refused {
        server: String,
        doing: String,
        code: u16,
        message: String,
    },
    #[error("cannot {doing}: the answer cannot be read: {why}")]
    Malformed { doing: String, why: String },
    #[error("cannot {doing}: the certificate of {server} is not trusted: {why}")]
    Untrusted {
        server: String,
        doing: String,
        why: String,
    },
    #[error("cannot {doing}: {server} gave no usable answer: {why}")]
    OutOfBounds {
        server: String,
        doing: String,
        why: String,
    },
}

impl From<ClusterError> for Problem {
    fn from(error: ClusterError) -> Self {
        Self::from(&error)
    }
}

impl From<&ClusterError> for Problem {
    fn from(error: &ClusterError) -> Self {
        Self::new(error.to_string())
            .next(error.advice())
            .of_permission(error.is_denied())
            .of_failed_read(error.is_failed_read())
    }
}

impl ClusterError {
    /// What to type or ask for.
    fn advice(&self) -> NextStep {
        match self {
            Self::Kubeconfig(_) => {
                "correct the file, or name another one: --kubeconfig FILE; where none is named, Azure is asked for credentials too"
                    .into()
            }
            Self::NoSuchContext { .. } => {
                NextStep::run(
                    "list the contexts, or name another file with --kubeconfig FILE",
                    kubectl::list_contexts(environment::kubeconfig_flag()),
                )
            }
            Self::Interrupted => "run the command again".into(),
            Self::AzureKubeconfig(_) => NextStep::run(
                "look at the kubeconfig from Azure; if you trust it, use it with --kubeconfig FILE and --cluster context:NAME",
                az::save_credentials(),
            ),
            Self::PluginMissing(plugin) if plugin.contains("kubelogin") => {
                NextStep::run("install it", az::install_kubelogin())
            }
            Self::PluginMissing(plugin) => format!("install `{plugin}` and put it on the PATH").into(),
            Self::PluginNeedsTerminal(_) => {
                "run this on a terminal, or use a context whose user signs in without one".into()
            }
            Self::PluginFailed { .. } => {
                NextStep::run(
                    "sign in again",
                    kubectl::convert_kubeconfig(az::login_again()),
                )
            }
            Self::Unauthorized { .. } => {
                NextStep::run("fetch new credentials", az::get_any_credentials())
            }
            Self::Forbidden { doing, .. } => {
                format!("ask an administrator of the cluster for the right to {doing}").into()
            }
            Self::NotFound { doing, message } if is_without_kind(doing, message) => {
                "install what defines this kind (its CustomResourceDefinition), or check that the kubeconfig context is of the right cluster"
                    .into()
            }
            Self::NotFound { .. } => "check the name and namespace".into(),
            Self::Unreachable { .. } => {
                "run this where the API server can be reached (for a private cluster: inside its network)".into()
            }
            Self::Malformed { .. } | Self::Refused { .. } => "try again; if the error repeats, check the cluster's health".into(),
            Self::Untrusted { .. } => {
                NextStep::run(
                    "if a company proxy intercepts TLS, name the API server in NO_PROXY; otherwise fetch the \
                     cluster's certificate authority again",
                    az::get_any_credentials(),
                )
            }
            Self::OutOfBounds { .. } => {
                "check that the kubeconfig names the API server itself and that the API server is not overloaded, then run the same command again".into()
            }
        }
    }

    /// Whether we may not look, which no second attempt changes.
    pub(crate) fn is_denied(&self) -> bool {
        matches!(self, Self::Forbidden { .. } | Self::Unauthorized { .. })
    }

    /// Whether the API server answered with what is no answer to the question.
    fn is_failed_read(&self) -> bool {
        let is_answer = matches!(
            self,
            Self::Malformed { .. } | Self::Refused { .. } | Self::OutOfBounds { .. }
        );
        is_answer && !self.is_out_of_reach()
    }

    /// Whether nothing was heard of the API server. A gateway in front of it reports that with 504.
    pub(crate) fn is_out_of_reach(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. } | Self::Untrusted { .. } | Self::Refused { code: 504, .. }
        )
    }

    /// Sorts a client error by what the user can do about it; `doing` completes "not allowed to …".
    pub(super) fn sort(error: &kube::Error, server: &str, doing: &str) -> Self {
        let (server, doing) = (server.to_owned(), doing.to_owned());
        match error {
            kube::Error::Api(status) => {
                let message = status.message.clone();
                match status.code {
                    401 => Self::Unauthorized { server, doing },
                    403 => Self::Forbidden { doing, message },
                    404 => Self::NotFound { doing, message },
                    code => Self::Refused {
                        server,
                        doing,
                        code,
                        message,
                    },
                }
            }
            kube::Error::SerdeError(why) => Self::Malformed {
                doing,
                why: json_fault(why),
            },
            kube::Error::Auth(_) => Self::building(error),
            other => Self::unanswered(other, server, doing),
        }
    }

    /// Sorts what ended without an answer that can be read.
    fn unanswered(error: &kube::Error, server: String, doing: String) -> Self {
        if let Some(ours) = causes(error).find_map(|cause| cause.downcast_ref::<Self>()) {
            return ours.clone();
        }
        let why = chain(error);
        let within = |cause: &(dyn std::error::Error + 'static)| {
            matches!(
                cause.downcast_ref::<NoAnswer>(),
                Some(
                    NoAnswer::TooLarge { .. }
                        | NoAnswer::EndedEarly { .. }
                        | NoAnswer::AskedToWait(_)
                        | NoAnswer::Redirect(_)
                        | NoAnswer::UnsafePath(_)
                )
            )
        };
        if is_untrusted_certificate(error) {
            Self::Untrusted { server, doing, why }
        } else if causes(error).any(within) {
            Self::OutOfBounds { server, doing, why }
        } else {
            Self::Unreachable { server, doing, why }
        }
    }

    /// What kept a client from being built: credentials that it cannot use.
    pub(super) fn building(error: &kube::Error) -> Self {
        match error {
            // Its own text would repeat what the program printed, which may hold a token.
            kube::Error::Auth(AuthError::AuthExecRun { out, .. }) => Self::PluginFailed {
                plugin: "sign-in".to_owned(),
                why: out.status.to_string(),
            },
            kube::Error::Auth(other) => Self::PluginFailed {
                plugin: "sign-in".to_owned(),
                why: other.to_string(),
            },
            other => Self::Kubeconfig(other.to_string()),
        }
    }
}

/// Whether the 404 is about the kind. A list of nothing is an answer (200), also in a namespace that does not exist; what names an
/// object gets one of these messages.
fn is_without_kind(doing: &str, message: &str) -> bool {
    let of_api = [
        "could not find the requested resource",
        "404 page not found",
    ];
    doing.starts_with("list ") || of_api.iter().any(|text| message.contains(text))
}

fn not_found(doing: &str, message: &str) -> &'static str {
    match is_without_kind(doing, message) {
        true => "the API server does not have this kind of resource, or not its API group",
        false => "not found",
    }
}

/// A proxy in front of the API server, and an old one, can answer without a message.
fn after_colon(message: &str) -> String {
    match message.trim() {
        "" => String::new(),
        message => format!(": {message}"),
    }
}

/// The innermost causes are the useful ones ("connection refused"), and the outer texts do not repeat them.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    // hyper names its own stage ("client error (SendRequest)") around the cause that a user knows.
    let of_hyper = |cause: &&(dyn std::error::Error + 'static)| {
        let is_hyper =
            cause.is::<hyper_util::client::legacy::Error>() || cause.is::<hyper::Error>();
        is_hyper && cause.source().is_some()
    };
    let causes = causes.filter(|cause| !of_hyper(cause));
    let mut texts: Vec<String> = causes.map(in_plain_words).collect();
    if texts.is_empty() {
        texts.push(error.to_string());
    }
    texts.dedup();
    texts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_is_not_trusted_is_not_called_a_matter_of_the_network() {
        let tls = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let error = kube::Error::Service(Box::new(std::io::Error::other(tls)));

        let sorted = ClusterError::sort(&error, "https://api.example.com", "list Deployments");

        assert!(matches!(sorted, ClusterError::Untrusted { .. }), "{sorted}");
        assert!(sorted.to_string().contains("UnknownIssuer"), "{sorted}");
        assert!(sorted.advice().line().contains("certificate"), "{sorted:?}");
    }

    #[test]
    fn a_kind_that_is_not_served_is_distinguished_from_an_object_that_does_not_exist() {
        let not_found = |doing: &str, message: &str| ClusterError::NotFound {
            doing: doing.to_owned(),
            message: message.to_owned(),
        };
        let kind = "the server could not find the requested resource";

        for (doing, message) in [
            ("list Prometheus resources", kind),
            ("list Prometheus resources", ""),
            ("read Prometheus monitoring/k8s", kind),
            ("read Prometheus monitoring/k8s", "404 page not found"),
        ] {
            let error = not_found(doing, message);
            assert!(error.to_string().contains("not its API group"), "{error}");
            assert!(error.advice().line().contains("CustomResourceDefinition"));
        }
        let object = not_found("read ConfigMap a/b", "configmaps \"b\" not found");
        assert_eq!(
            object.to_string(),
            "cannot read ConfigMap a/b: not found (404): configmaps \"b\" not found"
        );
        assert_eq!(object.advice().line(), "check the name and namespace");
    }

    #[test]
    fn an_answer_without_a_message_ends_without_a_colon() {
        let of = |message: &str| ClusterError::Forbidden {
            doing: "list Deployments".to_owned(),
            message: message.to_owned(),
        };

        assert_eq!(of("").to_string(), "not allowed to list Deployments (403)");
        assert_eq!(
            of("no rights").to_string(),
            "not allowed to list Deployments (403): no rights"
        );
    }

    #[test]
    fn an_answer_that_is_no_json_is_not_called_out_of_reach() {
        let half = serde_json::from_str::<serde_json::Value>("{\"items\": [").unwrap_err();

        let sorted = ClusterError::sort(&kube::Error::SerdeError(half), "s", "list Deployments");

        assert_eq!(
            sorted.to_string(),
            "cannot list Deployments: the answer cannot be read: it ends in the middle, at line 1, column 11"
        );
    }
}
