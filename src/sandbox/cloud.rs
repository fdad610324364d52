//! Which Azure is this? The resources that one cloud has, and for which its Entra issues tokens.

/// A cloud. Its services are at the sandbox's own addresses all the same; only tokens distinguish them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum SandboxCloud {
    #[default]
    Public,
    UsGovernment,
}

/// Audiences of the tokens that each service takes. Entra keeps the slash that a scope ends with, so each has two.
#[derive(Debug)]
pub(crate) struct Audiences {
    pub(crate) resource_manager: [&'static str; 4],
    pub(crate) graph: [&'static str; 2],
    pub(crate) ingestion: [&'static str; 2],
    pub(crate) query: [&'static str; 2],
}

static PUBLIC: Audiences = Audiences {
    resource_manager: [
        "https://management.azure.com",
        "https://management.azure.com/",
        "https://management.core.windows.net",
        "https://management.core.windows.net/",
    ],
    graph: [
        "https://graph.microsoft.com",
        "https://graph.microsoft.com/",
    ],
    ingestion: ["https://monitor.azure.com", "https://monitor.azure.com/"],
    query: [
        "https://prometheus.monitor.azure.com",
        "https://prometheus.monitor.azure.com/",
    ],
};

static US_GOVERNMENT: Audiences = Audiences {
    resource_manager: [
        "https://management.usgovcloudapi.net",
        "https://management.usgovcloudapi.net/",
        "https://management.core.usgovcloudapi.net",
        "https://management.core.usgovcloudapi.net/",
    ],
    graph: ["https://graph.microsoft.us", "https://graph.microsoft.us/"],
    ingestion: ["https://monitor.azure.us", "https://monitor.azure.us/"],
    query: [
        "https://prometheus.monitor.azure.us",
        "https://prometheus.monitor.azure.us/",
    ],
};

impl SandboxCloud {
    pub(crate) fn audiences(self) -> &'static Audiences {
        match self {
            Self::Public => &PUBLIC,
            Self::UsGovernment => &US_GOVERNMENT,
        }
    }

    /// The value of `--cloud` for clients.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::UsGovernment => "us-government",
        }
    }

    /// Whether its tenants know this resource. One trailing slash makes no difference.
    pub(crate) fn has_resource(self, resource: &str) -> bool {
        let trimmed = resource.strip_suffix('/').unwrap_or(resource);
        let is_it = |known: &&str| known.eq_ignore_ascii_case(trimmed);
        let audiences = self.audiences();
        audiences.resource_manager.iter().any(is_it)
            || [audiences.graph, audiences.ingestion, audiences.query]
                .iter()
                .flatten()
                .any(is_it)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_of_another_cloud_is_not_known() {
        let government = SandboxCloud::UsGovernment;

        assert!(SandboxCloud::Public.has_resource("https://monitor.azure.com/"));
        assert!(!SandboxCloud::Public.has_resource("https://monitor.azure.com///"));
        assert!(!SandboxCloud::Public.has_resource("https://monitor.azure.us/"));
        assert!(government.has_resource("https://Monitor.azure.us"));
        assert!(!government.has_resource("https://management.azure.com"));
    }
}
