//! How may Prometheus sign in? One file per method, which holds its row of the one table. The versions that it needs are in `compat`. No I/O.

mod entra_certificate;
mod entra_secret;
mod kubelet_identity;
mod method;
mod system_identity;
mod user_identity;
mod workload_identity;

use std::fmt;

use serde::{Deserialize, Serialize};

pub(crate) use method::{CredentialKind, Method, Needs};

/// The methods, as `--auth` names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SignIn {
    SystemIdentity,
    UserIdentity,
    KubeletIdentity,
    EntraSecret,
    EntraCertificate,
    WorkloadIdentity,
}

impl SignIn {
    /// The recommended ones first.
    pub(crate) const ALL: [Self; 6] = [
        Self::WorkloadIdentity,
        Self::UserIdentity,
        Self::EntraSecret,
        Self::EntraCertificate,
        Self::SystemIdentity,
        Self::KubeletIdentity,
    ];

    /// The one that is taken where none is asked for.
    pub(crate) const USUAL: Self = Self::WorkloadIdentity;

    pub(crate) fn method(self) -> &'static Method {
        match self {
            Self::SystemIdentity => &system_identity::METHOD,
            Self::UserIdentity => &user_identity::METHOD,
            Self::KubeletIdentity => &kubelet_identity::METHOD,
            Self::EntraSecret => &entra_secret::METHOD,
            Self::EntraCertificate => &entra_certificate::METHOD,
            Self::WorkloadIdentity => &workload_identity::METHOD,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        self.method().id
    }

    pub(crate) fn needs(self) -> Needs {
        self.method().needs
    }

    /// Whether Prometheus proves its identity with this.
    pub(crate) fn uses(self, credential: CredentialKind) -> bool {
        self.needs().credential == credential
    }

    /// What the `IDENTITY_TYPE` of one of Azure's proxies means, in any case. Of two methods with one word it is the
    /// first, for the proxy cannot tell them apart either.
    pub(crate) fn of_identity_type(word: &str) -> Option<Self> {
        let is_it = |own: &str| own.eq_ignore_ascii_case(word);
        let mut all = Self::ALL.into_iter();
        all.find(|one| one.method().identity_type.is_some_and(is_it))
    }
}

impl fmt::Display for SignIn {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_has_the_same_word_in_files_flags_and_messages() {
        for method in SignIn::ALL {
            let in_file = serde_json::to_value(method).unwrap();
            let flag = clap::ValueEnum::to_possible_value(&method).unwrap();

            assert_eq!(in_file, method.as_str());
            assert_eq!(flag.get_name(), method.as_str());
        }
    }

    #[test]
    fn the_words_of_the_proxies_mean_the_methods_that_they_stand_for() {
        let of = SignIn::of_identity_type;

        assert_eq!(of("UserAssigned"), Some(SignIn::UserIdentity));
        assert_eq!(of("systemAssigned"), Some(SignIn::SystemIdentity));
        assert_eq!(of("aadApplication"), Some(SignIn::EntraCertificate));
        assert_eq!(of("workloadidentity"), Some(SignIn::WorkloadIdentity));
        assert_eq!(of("password"), None);
    }

    #[test]
    fn only_a_machines_own_identity_needs_no_client_id() {
        let without = SignIn::ALL.into_iter().filter(|one| !one.needs().client_id);

        assert_eq!(without.collect::<Vec<_>>(), [SignIn::SystemIdentity]);
    }
}
