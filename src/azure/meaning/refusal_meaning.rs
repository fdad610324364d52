//! Which refusals change what we do next? The one table from status, codes and words of a refusal to its meaning.

/// What a refusal says about Azure, as far as the program decides by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefusalMeaning {
    /// What was asked for does not exist, as far as this sign-in can see.
    NotFound,
    Forbidden,
    /// The sign-in, or its rights, are not accepted.
    Denied,
    /// A redirect, which Azure does not send: it comes from a proxy or a sign-in page.
    Redirected,
    /// The service does not know this api-version: sovereign clouds lag behind.
    UnknownVersion,
    /// Another operation is under way on the resource; nothing was done, and it ends by itself.
    OtherOperation,
    /// The same, of a cluster that we change.
    ClusterBusy,
    /// The resource changed between our read and our write.
    ChangedMeanwhile,
    /// The token is of another tenant than the subscription.
    OtherTenant,
    /// The service that assigns roles does not know the principal yet.
    PrincipalUnknown,
    /// The same role, principal and scope have an assignment of another name.
    AssignmentExists,
    /// Another federated credential of the identity is being written.
    CredentialsBusy,
    /// The directory has an object of this key already.
    ObjectExists,
    /// The directory does not know an object, which may be one that was just made.
    ObjectUnknown,
    /// The directory does not make an application by a key of ours.
    NoApplicationByKey,
    /// Resource Graph cannot be used in this subscription or cloud.
    NoResourceGraph,
    /// Only an answer of this kind proves that a write made nothing: after a 5xx it may have.
    NothingMade,
    /// The endpoint for samples does not accept the token.
    WriteTokenRejected,
    /// Others use up the limits of the workspace, which the endpoint enforces.
    WritesThrottled,
    /// The endpoint refuses this sample from every sender.
    SampleRejected,
    /// The endpoint for samples has no such rule.
    RuleUnknown,
    /// The rule exists and belongs to another endpoint.
    EndpointNotBound,
    /// The identity may not write to the rule, or may not yet.
    WriteRoleMissing,
    /// Entra compared the client secret, and it is not one that the application accepts.
    WrongSecret,
}

/// One form of a refusal with this meaning. What is empty is not compared.
struct RefusalPattern {
    means: RefusalMeaning,
    statuses: &'static [u16],
    /// Without regard to case; of the refusal or of one of its details. Entra's numbers have `AADSTS` before them.
    codes: &'static [&'static str],
    /// In lower case; the message holds one of them.
    words: &'static [&'static str],
}

const fn pattern(
    means: RefusalMeaning,
    statuses: &'static [u16],
    codes: &'static [&'static str],
    words: &'static [&'static str],
) -> RefusalPattern {
    RefusalPattern {
        means,
        statuses,
        codes,
        words,
    }
}

const PATTERNS: &[RefusalPattern] = &[
    pattern(RefusalMeaning::NotFound, &[404], &[], &[]),
    pattern(RefusalMeaning::Forbidden, &[403], &[], &[]),
    pattern(RefusalMeaning::Denied, &[401, 403], &[], &[]),
    pattern(
        RefusalMeaning::Redirected,
        &[300, 301, 302, 303, 304, 305, 306, 307, 308],
        &[],
        &[],
    ),
    pattern(
        RefusalMeaning::UnknownVersion,
        &[],
        &[
            "InvalidResourceType",
            "NoRegisteredProviderFound",
            "InvalidApiVersionParameter",
            "UnsupportedApiVersion",
        ],
        &[],
    ),
    pattern(
        RefusalMeaning::OtherOperation,
        &[409],
        &[
            "AnotherOperationInProgress",
            "RetryableErrorDueToAnotherOperation",
        ],
        &[],
    ),
    // AKS refuses changes during another operation with 409 `EtagMismatch` (recorded), although an eTag that differs is
    // answered with 412.
    pattern(RefusalMeaning::ClusterBusy, &[409], &["EtagMismatch"], &[]),
    // This code also means a stopped cluster or a used-up quota, which no wait ends.
    pattern(
        RefusalMeaning::ClusterBusy,
        &[409],
        &["OperationNotAllowed"],
        &["in progress"],
    ),
    pattern(RefusalMeaning::ChangedMeanwhile, &[412], &[], &[]),
    pattern(
        RefusalMeaning::OtherTenant,
        &[401],
        &["InvalidAuthenticationTokenTenant"],
        &[],
    ),
    pattern(
        RefusalMeaning::PrincipalUnknown,
        &[],
        &["PrincipalNotFound"],
        &[],
    ),
    pattern(
        RefusalMeaning::AssignmentExists,
        &[],
        &["RoleAssignmentExists"],
        &[],
    ),
    // Azure serialises the writes on one identity and refuses a parallel one; it never queues them.
    pattern(
        RefusalMeaning::CredentialsBusy,
        &[],
        &["ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity"],
        &[],
    ),
    pattern(RefusalMeaning::ObjectExists, &[409], &[], &[]),
    pattern(
        RefusalMeaning::ObjectExists,
        &[],
        &["Request_MultipleObjectsWithSameKeyValue"],
        &[],
    ),
    pattern(
        RefusalMeaning::ObjectUnknown,
        &[],
        &["Request_ResourceNotFound"],
        &[],
    ),
    // There is no code for it: the message states that the directory does not know what it has just made.
    pattern(
        RefusalMeaning::ObjectUnknown,
        &[400],
        &[],
        &[
            "does not reference",
            "does not exist",
            "service principal must be created",
        ],
    ),
    // A deleted application keeps its key for 30 days; a right to create may not cover the call with a key; other clouds
    // may lack it.
    pattern(
        RefusalMeaning::NoApplicationByKey,
        &[400, 403, 404, 405, 501],
        &[],
        &[],
    ),
    // Not allowed, not there in this cloud, or not registered.
    pattern(RefusalMeaning::NoResourceGraph, &[403, 404, 409], &[], &[]),
    // A token of another audience or cloud; a token without the role is a 403.
    pattern(RefusalMeaning::WriteTokenRejected, &[401], &[], &[]),
    pattern(RefusalMeaning::WritesThrottled, &[429], &[], &[]),
    // Prometheus drops a batch for each of these and never sends it again.
    pattern(
        RefusalMeaning::SampleRejected,
        &[400, 413, 415, 422],
        &[],
        &[],
    ),
    // The endpoint answers 404 for other things too, such as a wrong path; only this text is about the rule.
    pattern(RefusalMeaning::RuleUnknown, &[404], &[], &["immutable id"]),
    // The text of a 403 reports each part of the check by a word of its own; there is no code for them.
    pattern(
        RefusalMeaning::EndpointNotBound,
        &[403],
        &[],
        &["isdcrdcebindingvalid: false"],
    ),
    pattern(
        RefusalMeaning::WriteRoleMissing,
        &[403],
        &[],
        &["pipelineaccessresult", "does not have access"],
    ),
    pattern(
        RefusalMeaning::WrongSecret,
        &[],
        &["AADSTS7000215", "AADSTS7000222"],
        &[],
    ),
];

/// What is compared of a refusal.
#[derive(Debug, Clone, Copy)]
pub(in crate::azure) struct RefusalParts<'a> {
    pub(in crate::azure) status: Option<u16>,
    /// Its code, then those of its details.
    pub(in crate::azure) codes: &'a [&'a str],
    pub(in crate::azure) message: &'a str,
}

impl RefusalPattern {
    fn is_of(&self, parts: RefusalParts<'_>) -> bool {
        let message = parts.message.to_lowercase();
        let has_status = parts
            .status
            .is_some_and(|status| self.statuses.contains(&status));
        let has_code = parts.codes.iter().any(|code| self.names(code));
        (self.statuses.is_empty() || has_status)
            && (self.codes.is_empty() || has_code)
            && (self.words.is_empty() || self.words.iter().any(|words| message.contains(words)))
    }

    fn names(&self, code: &str) -> bool {
        let mut codes = self.codes.iter();
        codes.any(|known| known.eq_ignore_ascii_case(code))
    }
}

fn patterns(meaning: RefusalMeaning) -> impl Iterator<Item = &'static RefusalPattern> {
    PATTERNS
        .iter()
        .filter(move |pattern| pattern.means == meaning)
}

pub(in crate::azure) fn has_meaning(parts: RefusalParts<'_>, meaning: RefusalMeaning) -> bool {
    match meaning {
        // Of a whole class of statuses, no list of patterns is needed.
        RefusalMeaning::NothingMade => parts.status.is_some_and(|status| status / 100 == 4),
        _ => patterns(meaning).any(|pattern| pattern.is_of(parts)),
    }
}

/// For an answer of which only the code is known.
pub(in crate::azure) fn code_has_meaning(code: &str, meaning: RefusalMeaning) -> bool {
    patterns(meaning).any(|pattern| pattern.names(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn means(status: u16, code: &str, message: &str, meaning: RefusalMeaning) -> bool {
        let parts = RefusalParts {
            status: Some(status),
            codes: &[code],
            message,
        };
        has_meaning(parts, meaning)
    }

    #[test]
    fn a_sign_compares_status_code_and_words() {
        let stopped = "The cluster is stopped.";
        let busy = "An upgrade is In Progress";
        let meaning = RefusalMeaning::ClusterBusy;

        assert!(!means(409, "OperationNotAllowed", stopped, meaning));
        assert!(means(409, "operationnotallowed", busy, meaning));
        assert!(!means(412, "EtagMismatch", "", meaning));
        assert!(means(
            412,
            "EtagMismatch",
            "",
            RefusalMeaning::ChangedMeanwhile
        ));
    }

    #[test]
    fn a_conflict_is_busy_only_by_its_code() {
        for code in [
            "AnotherOperationInProgress",
            "RetryableErrorDueToAnotherOperation",
        ] {
            assert!(means(409, code, "", RefusalMeaning::OtherOperation));
            assert!(!means(400, code, "", RefusalMeaning::OtherOperation));
        }
        assert!(!means(409, "Conflict", "", RefusalMeaning::OtherOperation));
    }

    #[test]
    fn only_an_answer_about_the_request_proves_that_nothing_was_made() {
        for (status, is_proof) in [(399, false), (400, true), (499, true), (500, false)] {
            let nothing = means(status, "", "", RefusalMeaning::NothingMade);

            assert_eq!(nothing, is_proof, "{status}");
        }
    }

    #[test]
    fn only_numbers_about_a_compared_secret_mean_a_wrong_one() {
        assert!(code_has_meaning(
            "AADSTS7000215",
            RefusalMeaning::WrongSecret
        ));
        assert!(code_has_meaning(
            "AADSTS7000222",
            RefusalMeaning::WrongSecret
        ));
        assert!(!code_has_meaning(
            "AADSTS700016",
            RefusalMeaning::WrongSecret
        ));
    }
}
