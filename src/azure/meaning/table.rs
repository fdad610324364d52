//! What does an error code of Azure mean, and what to do next? The one table, for Resource Manager, Graph and Entra.

use super::remedy::{AzureCli, OtherAuth, Remedy};
use crate::azure::roles::APPLICATION_DEVELOPER;

/// One row: codes of one meaning.
pub(in crate::azure) struct Meaning {
    /// Entra's numbers with `AADSTS` before them.
    pub(in crate::azure) codes: &'static [&'static str],
    /// What is wrong, in one clause.
    pub(in crate::azure) why: &'static str,
    pub(in crate::azure) next: Remedy,
    /// A thing that was just made may not have arrived everywhere: waiting can help.
    pub(in crate::azure) may_be_late: bool,
}

/// The row of the first of these codes that is in the table; without regard to case.
pub(in crate::azure) fn meaning<'a>(
    mut codes: impl Iterator<Item = &'a str>,
) -> Option<&'static Meaning> {
    codes.find_map(|code| {
        MEANINGS.iter().find(|row| {
            row.codes
                .iter()
                .any(|known| known.eq_ignore_ascii_case(code))
        })
    })
}

/// The same number as `AADSTS700027`, where the request carried a token of another issuer and no certificate.
pub(in crate::azure) const FEDERATED_SIGNATURE: Meaning = Meaning {
    codes: &["AADSTS700027"],
    why: "the signature of the federated token matches no key that its issuer publishes",
    next: Remedy::Fixed(
        "check that the token comes from this issuer, and that `jwks_uri` in the issuer's /.well-known/openid-configuration lists the key",
    ),
    may_be_late: false,
};

const MEANINGS: &[Meaning] = &[
    // Resource Manager
    Meaning {
        codes: &[
            "InvalidAuthenticationToken",
            "ExpiredAuthenticationToken",
            "AuthenticationFailed",
        ],
        why: "the token is not accepted",
        next: Remedy::AzureCli("sign in again", AzureCli::Login),
        may_be_late: false,
    },
    Meaning {
        codes: &["InvalidAuthenticationTokenTenant"],
        why: "the subscription is in another tenant",
        next: Remedy::OtherTenant,
        may_be_late: false,
    },
    Meaning {
        codes: &["AuthorizationFailed"],
        why: "the caller lacks a role",
        next: Remedy::Role,
        may_be_late: false,
    },
    Meaning {
        codes: &["LinkedAuthorizationFailed"],
        why: "the caller lacks a role on a resource that the request names",
        next: Remedy::LinkedRole,
        may_be_late: false,
    },
    Meaning {
        codes: &["DenyAssignmentAuthorizationFailed"],
        why: "a deny assignment forbids it, whatever role the caller has",
        next: Remedy::OtherAuth(
            "ask the team that runs the owning service, or choose a sign-in method that does not change this resource:",
            OtherAuth::WithoutMachines,
            "",
        ),
        may_be_late: false,
    },
    Meaning {
        codes: &["RequestDisallowedByPolicy"],
        why: "a policy of the organisation forbids it",
        next: Remedy::PolicyExemption,
        may_be_late: false,
    },
    Meaning {
        codes: &["MissingSubscriptionRegistration"],
        why: "the resource provider is not registered in the subscription",
        next: Remedy::Registration,
        may_be_late: false,
    },
    Meaning {
        codes: &["SubscriptionNotFound", "InvalidSubscriptionId"],
        why: "the subscription does not exist, or is not visible to the caller",
        next: Remedy::AzureCli(
            "check `--subscription` and `--tenant`; this shows what you can see",
            AzureCli::ListSubscriptions,
        ),
        may_be_late: false,
    },
    Meaning {
        codes: &["ReadOnlyDisabledSubscription"],
        why: "the subscription is disabled",
        next: Remedy::Fixed("enable the subscription in the portal, or use another one"),
        may_be_late: false,
    },
    Meaning {
        codes: &[
            "ResourceGroupNotFound",
            "ResourceNotFound",
            "ParentResourceNotFound",
        ],
        why: "the resource does not exist, or is not visible to the caller",
        next: Remedy::Fixed(
            "check the name and the subscription; Azure also answers 404 for a resource that you are not allowed to read",
        ),
        may_be_late: false,
    },
    Meaning {
        codes: &["InvalidResourceLocation", "InvalidResourceGroupLocation"],
        why: "it exists in another region",
        next: Remedy::Fixed("use that `--location`, or another name"),
        may_be_late: false,
    },
    Meaning {
        codes: &[
            "LocationNotAvailableForResourceType",
            "NoRegisteredProviderFound",
        ],
        why: "the region does not offer this kind of resource",
        next: Remedy::Fixed("choose another `--location`: this one does not offer it"),
        may_be_late: false,
    },
    Meaning {
        codes: &["ScopeLocked"],
        why: "a management lock forbids it",
        next: Remedy::Fixed(
            "ask the owner of the lock to remove it, then run the same command again",
        ),
        may_be_late: false,
    },
    Meaning {
        codes: &[
            "AnotherOperationInProgress",
            "OperationNotAllowed",
            "Conflict",
            "EtagMismatch",
        ],
        why: "another change is in progress",
        next: Remedy::Fixed("wait until the other change is done, then run the same command again"),
        may_be_late: false,
    },
    Meaning {
        codes: &["RoleAssignmentLimitExceeded"],
        why: "the subscription has reached its limit of role assignments",
        next: Remedy::Fixed(
            "remove role assignments whose identity no longer exists, then run the same command again",
        ),
        may_be_late: false,
    },
    Meaning {
        codes: &["PrincipalNotFound"],
        why: "the principal is not in the tenant of the subscription",
        next: Remedy::Fixed(
            "check that the identity is in the subscription's own tenant, then run the same command again",
        ),
        may_be_late: false,
    },
    // Microsoft Graph
    Meaning {
        codes: &["Authorization_RequestDenied"],
        why: "the caller lacks a directory role",
        next: Remedy::DirectoryRole(APPLICATION_DEVELOPER),
        may_be_late: false,
    },
    Meaning {
        codes: &["CredentialTypeNotAllowedAsPerAppPolicy"],
        why: "the directory forbids client secrets",
        next: Remedy::OtherAuth(
            "your directory forbids client secrets: use",
            OtherAuth::WithoutSecret,
            "",
        ),
        may_be_late: false,
    },
    Meaning {
        codes: &["CredentialInvalidLifetimeAsPerAppPolicy"],
        why: "the directory allows only client secrets with a shorter lifetime",
        next: Remedy::OtherAuth(
            "use",
            OtherAuth::WithoutSecret,
            ", or put a client secret of your own into the file",
        ),
        may_be_late: false,
    },
    // Microsoft Entra ID
    Meaning {
        codes: &["AADSTS7000215"],
        why: "the client secret is wrong",
        next: Remedy::Fixed(
            "give the secret's value, not its id; a new secret takes a moment to work",
        ),
        may_be_late: true,
    },
    Meaning {
        codes: &["AADSTS7000222"],
        why: "the client secret has expired",
        next: Remedy::Apply("make a new secret", "client-secret"),
        may_be_late: false,
    },
    Meaning {
        codes: &["AADSTS7000218"],
        why: "neither a secret nor an assertion was sent",
        next: Remedy::Fixed("set the client secret or the federated token file"),
        may_be_late: false,
    },
    Meaning {
        codes: &["AADSTS7000112"],
        why: "the application is disabled",
        next: Remedy::Fixed("enable its service principal in the directory"),
        may_be_late: false,
    },
    Meaning {
        codes: &["AADSTS7002104"],
        why: "this kind of credential is not allowed for the application",
        next: Remedy::OtherAuth("use", OtherAuth::WithoutSecret, ""),
        may_be_late: false,
    },
    Meaning {
        codes: &["AADSTS700016"],
        why: "no application of this client id is in the tenant",
        next: Remedy::Fixed(
            "check client id and tenant; a new application takes a moment to appear",
        ),
        may_be_late: true,
    },
    Meaning {
        codes: &["AADSTS700027", "AADSTS50012"],
        why: "the certificate is not registered for the application",
        next: Remedy::Fixed("register the certificate that signs the assertion"),
        may_be_late: false,
    },
    Meaning {
        codes: &["AADSTS700024"],
        why: "the assertion is outside its validity",
        next: Remedy::Fixed(
            "check the clock of this machine and of the node, then get a new token",
        ),
        may_be_late: false,
    },
    Meaning {
        codes: &["AADSTS70021"],
        why: "no federated credential matches the token",
        next: Remedy::Apply(
            "create the federated credential; a new one takes some minutes to work",
            "federated-credential",
        ),
        may_be_late: true,
    },
    Meaning {
        codes: &["AADSTS70025"],
        why: "the identity has no federated credential",
        next: Remedy::Apply(
            "create the federated credential; a new one takes some minutes to work",
            "federated-credential",
        ),
        may_be_late: true,
    },
    Meaning {
        codes: &["AADSTS700211"],
        why: "no federated credential has this issuer",
        next: Remedy::Apply(
            "create the federated credential; a new one takes some minutes to work",
            "federated-credential",
        ),
        may_be_late: true,
    },
    Meaning {
        codes: &["AADSTS700212"],
        why: "no federated credential has this audience",
        next: Remedy::Apply(
            "create the federated credential; a new one takes some minutes to work",
            "federated-credential",
        ),
        may_be_late: true,
    },
    Meaning {
        codes: &["AADSTS700213"],
        why: "no federated credential has this subject",
        next: Remedy::Apply(
            "create the federated credential; a new one takes some minutes to work",
            "federated-credential",
        ),
        may_be_late: true,
    },
    Meaning {
        codes: &[
            "AADSTS700222",
            "AADSTS700226",
            "AADSTS700227",
            "AADSTS700229",
        ],
        why: "a token of Entra was sent instead of the cluster's own token",
        next: Remedy::Fixed("use the projected token of the service account"),
        may_be_late: false,
    },
    Meaning {
        codes: &["AADSTS90061"],
        why: "Entra cannot reach the cluster's token issuer",
        next: Remedy::Fixed("make the issuer's discovery document reachable from the internet"),
        may_be_late: false,
    },
    Meaning {
        codes: &["AADSTS90002"],
        why: "the tenant does not exist",
        next: Remedy::AzureCli("check `--tenant`; this shows yours", AzureCli::ShowTenant),
        may_be_late: false,
    },
    Meaning {
        codes: &["AADSTS90038", "AADSTS900382", "AADSTS900432"],
        why: "the tenant is in another cloud",
        next: Remedy::Fixed(
            "check `--cloud` and `--tenant`: the request went to the wrong authority",
        ),
        may_be_late: false,
    },
    Meaning {
        codes: &["AADSTS50034"],
        why: "the account is not in this tenant",
        next: Remedy::AzureCli("sign in to that tenant", AzureCli::LoginToTenant),
        may_be_late: false,
    },
    Meaning {
        codes: &["AADSTS500011"],
        why: "the requested service is unknown in this tenant",
        next: Remedy::Fixed(
            "check `--cloud` and `--tenant`: the request went to the wrong authority",
        ),
        may_be_late: false,
    },
    Meaning {
        codes: &["AADSTS70011", "AADSTS28002", "AADSTS1002012"],
        why: "the scope is not valid",
        next: Remedy::Fixed(
            "check `--cloud` and `--tenant`: the request went to the wrong authority",
        ),
        may_be_late: false,
    },
    Meaning {
        codes: &["AADSTS50005", "AADSTS53003", "AADSTS530032", "AADSTS530035"],
        why: "a conditional access policy blocks the sign-in",
        next: Remedy::Fixed(
            "ask the directory's administrator: a conditional access policy blocks this sign-in",
        ),
        may_be_late: false,
    },
    Meaning {
        codes: &["AADSTS50196"],
        why: "too many token requests in a row",
        next: Remedy::Fixed("wait a minute, then run the same command again"),
        may_be_late: false,
    },
    Meaning {
        codes: &["AADSTS90055", "AADSTS90006", "AADSTS90033", "AADSTS50033"],
        why: "Entra is busy",
        next: Remedy::Fixed("wait a minute, then run the same command again"),
        may_be_late: false,
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_code_has_one_row() {
        let all: Vec<&str> = MEANINGS.iter().flat_map(|row| row.codes).copied().collect();
        let distinct: BTreeSet<String> = all.iter().map(|code| code.to_lowercase()).collect();

        assert_eq!(all.len(), distinct.len());
    }

    #[test]
    fn the_page_of_errors_has_the_same_table() {
        let page = include_str!("../../../docs/azure-errors.md");
        let row = |row: &Meaning| {
            let codes: Vec<String> = row.codes.iter().map(|code| format!("`{code}`")).collect();
            format!(
                "| {} | {} | {} |\n",
                codes.join(", "),
                row.why,
                row.next.step().line()
            )
        };
        let rows: String = MEANINGS.iter().map(row).collect();

        assert!(page.contains(&format!("|---|---|---|\n{rows}")), "{rows}");
    }
}
