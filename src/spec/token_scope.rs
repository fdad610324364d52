//! Is a scope one of tokens that the ingestion of this cloud takes?

use super::cloud::CloudName;
use crate::text::filled_in::is_filled_in;

/// Domains of Microsoft's services. Another domain may be a name of the user's own for the resource.
const SERVICE_DOMAINS: [&str; 15] = [
    "azure.com",
    "azure.net",
    "azure.us",
    "azure.cn",
    "windows.net",
    "microsoft.com",
    "microsoft.us",
    "microsoftonline.com",
    "usgovcloudapi.net",
    "chinacloudapi.cn",
    "loganalytics.io",
    "loganalytics.us",
    "applicationinsights.io",
    "applicationinsights.us",
    "office.com",
];

/// Why no token for the scope is one for the ingestion of this cloud: the rest of a sentence about the scope.
pub(crate) fn scope_fault(scope: &str, cloud: CloudName) -> Option<&'static str> {
    if scope.is_empty() || is_filled_in(scope) {
        return None;
    }
    let resource = scope.strip_suffix("/.default").unwrap_or(scope);
    let is_of = |one: &CloudName| {
        let own = one.row().ingestion_resource();
        resource.trim_end_matches('/').eq_ignore_ascii_case(&own)
    };
    if is_of(&cloud) {
        return None;
    }
    if CloudName::ALL.iter().any(is_of) {
        return Some("is that of another cloud");
    }
    let Some((_, rest)) = resource.split_once("://") else {
        return Some("is no URL of a resource");
    };
    if scope.contains(char::is_whitespace) {
        return Some("is no URL of a resource");
    }
    let host = rest.split(['/', ':', '?']).next().unwrap_or_default();
    let host = host.to_ascii_lowercase();
    let is_service = |domain: &&str| {
        let name = host.strip_suffix(*domain);
        name.is_some_and(|name| name.is_empty() || name.ends_with('.'))
    };
    SERVICE_DOMAINS
        .iter()
        .any(is_service)
        .then_some("is that of another service")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_that_of_this_cloud_or_has_a_reason() {
        for (scope, expected) in [
            ("https://monitor.azure.com//.default", None),
            ("https://Monitor.azure.com/.default", None),
            ("https://metrics.example.com/.default", None),
            ("${SCOPE}", None),
            (
                "https://monitor.azure.us//.default",
                Some("is that of another cloud"),
            ),
            (
                "https://management.azure.com/.default",
                Some("is that of another service"),
            ),
            (
                "https://prometheus.monitor.azure.com/.default",
                Some("is that of another service"),
            ),
            (
                "https://graph.microsoft.com/.default",
                Some("is that of another service"),
            ),
            ("https://notazure.com/.default", None),
            ("openid", Some("is no URL of a resource")),
            ("https://a b/.default", Some("is no URL of a resource")),
        ] {
            assert_eq!(scope_fault(scope, CloudName::Public), expected, "{scope}");
        }
    }
}
