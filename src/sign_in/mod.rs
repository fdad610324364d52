//! How Prometheus signs in to Entra: one file per method with its row of the table. No I/O.

mod method;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::compat::Feature;
pub(crate) use method::{BlockField, CredentialKind, MethodNeeds, PrincipalKind, SignInMethod};

/// The key below which an entry signs in to Entra, as Prometheus spells it.
pub(crate) const AZUREAD: &str = "azuread";

/// The keys of `azuread` that are no method, as every target spells them.
pub(crate) const AZUREAD_SETTINGS: [&str; 2] = ["cloud", "scope"];

/// The keys of an entry of which Prometheus takes exactly one, as it spells them.
pub(crate) const ENTRY_SIGN_INS: [&str; 8] = [
    AZUREAD,
    "authorization",
    "basic_auth",
    "oauth2",
    "sigv4",
    "google_iam",
    "bearer_token",
    "bearer_token_file",
];

/// The ones of `ENTRY_SIGN_INS` that never carry a token of Entra. `oauth2` can ask Entra for one, and `authorization` can
/// hold one that another program renews in a file.
pub(crate) const NEVER_ENTRA: [&str; 3] = ["basic_auth", "sigv4", "google_iam"];

macro_rules! methods {
    ($($(#[$default:meta])? $variant:ident in $file:ident),+ $(,)?) => {
        $(mod $file;)+

        /// The methods, as `--auth` names them.
        #[derive(
            Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum,
        )]
        #[serde(rename_all = "kebab-case")]
        pub(crate) enum SignIn {
            $($(#[$default])? $variant),+
        }

        impl SignIn {
            pub(crate) const ALL: &[Self] = &[$(Self::$variant),+];

            pub(crate) fn method(self) -> &'static SignInMethod {
                match self { $(Self::$variant => &$file::METHOD),+ }
            }
        }
    };
}

// In the order in which they are recommended.
methods! {
    #[default]
    WorkloadIdentity in workload_identity,
    UserIdentity in user_identity,
    EntraSecret in entra_secret,
    EntraCertificate in entra_certificate,
    SystemIdentity in system_identity,
    KubeletIdentity in kubelet_identity,
}

impl SignIn {
    pub(crate) fn as_str(self) -> &'static str {
        self.method().id
    }

    pub(crate) fn needs(self) -> MethodNeeds {
        self.method().needs
    }

    /// What Prometheus must support to sign in by its configuration.
    pub(crate) fn feature(self) -> Feature {
        self.method().feature
    }

    /// What Prometheus must support where `azuread.sdk` signs in.
    pub(crate) fn sdk_feature(self) -> Feature {
        self.method().sdk_feature()
    }

    /// Whether this is the credential that Prometheus shows to Entra.
    pub(crate) fn uses(self, credential: CredentialKind) -> bool {
        self.needs().credential == credential
    }

    /// Whether Entra knows Prometheus as an application.
    pub(crate) fn has_application(self) -> bool {
        self.method().principal == PrincipalKind::Application
    }

    /// Whether Prometheus shows a client secret.
    pub(crate) fn has_client_secret(self) -> bool {
        self.uses(CredentialKind::ClientSecret)
    }

    /// Whether a managed identity trusts the tokens of a service account.
    pub(crate) fn is_federated(self) -> bool {
        self.has_identity() && self.uses(CredentialKind::PodToken)
    }

    /// Whether a managed identity is assigned to the machines.
    pub(crate) fn is_of_machine(self) -> bool {
        self.has_identity() && self.uses(CredentialKind::Machine)
    }

    /// Whether Entra knows Prometheus as a user-assigned managed identity.
    pub(crate) fn has_identity(self) -> bool {
        self.method().principal == PrincipalKind::UserAssignedIdentity
    }

    /// The method that a proxy with this `IDENTITY_TYPE` uses; upper and lower case do not matter. `userAssigned` means
    /// two methods: it is read as the one that is recommended first.
    pub(crate) fn of_identity_type(word: &str) -> Option<Self> {
        let is_it = |own: &str| own.eq_ignore_ascii_case(word);
        let mut all = Self::ALL.iter().copied();
        all.find(|one| one.method().identity_type.is_some_and(is_it))
    }

    /// The method of a block of `azuread`. The identity of the kubelet cannot be distinguished from another
    /// user-assigned one.
    pub(crate) fn of_block(block: &str, has_client_id: bool) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|one| one.method().azuread.key == block && one.needs().client_id == has_client_id)
    }

    /// The method of an `azuread` block with this credential. The identity of the kubelet cannot be distinguished from
    /// another user-assigned one.
    pub(crate) fn of_credential(credential: CredentialKind, has_client_id: bool) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|one| {
            let needs = one.needs();
            needs.credential == credential && needs.client_id == has_client_id
        })
    }
}

/// The methods that the `IDENTITY_TYPE` of a proxy can mean.
pub(crate) fn proxy_methods() -> impl Iterator<Item = &'static SignInMethod> {
    let all = SignIn::ALL.iter().copied();
    let is_meant = |one: &SignIn| {
        let word = one.method().identity_type;
        word.and_then(SignIn::of_identity_type) == Some(*one)
    };
    all.filter(is_meant).map(SignIn::method)
}

/// The blocks of `azuread` that configure a method, each once.
pub(crate) fn azuread_blocks() -> Vec<&'static str> {
    let mut keys = Vec::new();
    for sign_in in SignIn::ALL {
        let key = sign_in.method().azuread.key;
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

/// The fields without which a block of `azuread` does not work.
pub(crate) fn required_fields(block: &str) -> impl Iterator<Item = BlockField> {
    let mut methods = SignIn::ALL.iter().map(|one| one.method());
    let method = methods.find(|method| method.azuread.key == block);
    // An empty client id of a managed identity means the identity of the machine itself.
    let method = method.filter(|method| method.needs.credential != CredentialKind::Machine);
    let fields = method
        .map_or(&[][..], |method| method.azuread.fields)
        .iter();
    // The token file has a default.
    fields
        .copied()
        .filter(|field| *field != BlockField::TokenFile)
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
        for method in SignIn::ALL.iter().copied() {
            let in_file = serde_json::to_value(method).unwrap();
            let flag = clap::ValueEnum::to_possible_value(&method).unwrap();

            assert_eq!(in_file, method.as_str());
            assert_eq!(flag.get_name(), method.as_str());
        }
    }

    #[test]
    fn a_block_requires_every_field_that_has_no_default() {
        let required = |block| {
            required_fields(block)
                .map(BlockField::key)
                .collect::<Vec<_>>()
        };

        assert_eq!(
            required("oauth"),
            ["client_id", "client_secret", "tenant_id"]
        );
        assert_eq!(required("workload_identity"), ["client_id", "tenant_id"]);
        assert_eq!(
            required("certificate"),
            ["client_id", "tenant_id", "certificate_path"]
        );
        assert!(required("managed_identity").is_empty());
        assert!(required("sdk").is_empty());
    }

    #[test]
    fn the_words_of_the_proxies_map_to_their_methods() {
        let of = SignIn::of_identity_type;

        assert_eq!(of("UserAssigned"), Some(SignIn::UserIdentity));
        assert_eq!(of("systemAssigned"), Some(SignIn::SystemIdentity));
        assert_eq!(of("aadApplication"), Some(SignIn::EntraCertificate));
        assert_eq!(of("workloadidentity"), Some(SignIn::WorkloadIdentity));
        assert_eq!(of("password"), None);
    }

    #[test]
    fn a_written_credential_means_the_method_that_is_recommended_first() {
        let of = SignIn::of_credential;

        assert_eq!(
            of(CredentialKind::Machine, true),
            Some(SignIn::UserIdentity)
        );
        assert_eq!(
            of(CredentialKind::Machine, false),
            Some(SignIn::SystemIdentity)
        );
        assert_eq!(
            of(CredentialKind::PodToken, true),
            Some(SignIn::WorkloadIdentity)
        );
        assert_eq!(of(CredentialKind::PodToken, false), None);
    }

    #[test]
    fn a_block_has_a_field_for_everything_that_its_method_needs() {
        for sign_in in SignIn::ALL {
            let (needs, fields) = (sign_in.needs(), sign_in.method().azuread.fields);
            let credential = match needs.credential {
                CredentialKind::Machine => BlockField::ClientId,
                CredentialKind::ClientSecret => BlockField::ClientSecret,
                CredentialKind::Certificate => BlockField::CertificatePath,
                CredentialKind::PodToken => BlockField::TokenFile,
            };

            assert!(fields.contains(&credential), "{sign_in}");
            assert!(fields.contains(&BlockField::ClientId), "{sign_in}");
            let has_tenant = fields.contains(&BlockField::TenantId);
            assert_eq!(has_tenant, needs.tenant_id, "{sign_in}");
        }
    }

    #[test]
    fn only_a_machines_own_identity_needs_no_client_id() {
        let without = SignIn::ALL
            .iter()
            .copied()
            .filter(|one| !one.needs().client_id);

        assert_eq!(without.collect::<Vec<_>>(), [SignIn::SystemIdentity]);
    }
}
