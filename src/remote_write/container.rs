//! What a container of a file has: its environment, and whether it is a proxy that authenticates to Azure.

use serde_yaml::Value;

use super::variables::{AUTH_PROXY, ProxyVariables, SIDECAR};

/// The proxies that people put between Prometheus and a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProxyKind {
    /// Microsoft's `prom-remotewrite`, made for this one purpose.
    Sidecar,
    /// Microsoft's `aad-auth-proxy`, which passes any request on to one host.
    AuthProxy,
}

/// Parts of the images' names, mirrored images too.
const SIDECAR_IMAGES: [&str; 2] = ["prom-remotewrite", "prometheus-remote-write/images"];
const AUTH_PROXY_IMAGE: &str = "aad-auth-proxy";

/// Whether a container that is such a proxy may be in a text.
pub(crate) fn may_hold_proxy(text: &str) -> bool {
    let [image, mirrored] = SIDECAR_IMAGES;
    let kinds = [ProxyKind::Sidecar, ProxyKind::AuthProxy];
    [image, mirrored, AUTH_PROXY_IMAGE]
        .into_iter()
        .chain(kinds.map(|kind| kind.variables().destination))
        .any(|word| text.contains(word))
}

/// One variable of an environment, as far as the file has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ContainerVariable {
    Absent,
    Value(String),
    /// From a Secret, a ConfigMap or a Helm expression: the file does not have the value.
    External,
}

impl ContainerVariable {
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Value(text) => Some(text),
            Self::Absent | Self::External => None,
        }
    }
}

impl ProxyKind {
    /// The name in messages.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Sidecar => "the Azure Monitor sidecar",
            Self::AuthProxy => "aad-auth-proxy",
        }
    }

    /// The name in JSON.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Sidecar => "azure-monitor-sidecar",
            Self::AuthProxy => "aad-auth-proxy",
        }
    }

    /// The names of the variables with its settings.
    pub(crate) fn variables(self) -> &'static ProxyVariables {
        match self {
            Self::Sidecar => &SIDECAR,
            Self::AuthProxy => &AUTH_PROXY,
        }
    }

    /// By its image, or where that has another name by the variables that nothing else has.
    pub(crate) fn of(container: &Value) -> Option<Self> {
        let image = container["image"].as_str().unwrap_or_default();
        let has = |name| variable(container, name) != ContainerVariable::Absent;
        // Companies mirror images under names of their own, so parts of the name count, and the variables.
        let (sidecar, proxy) = (Self::Sidecar.variables(), Self::AuthProxy.variables());
        if SIDECAR_IMAGES.iter().any(|part| image.contains(part)) || has(sidecar.destination) {
            Some(Self::Sidecar)
        } else if image.contains(AUTH_PROXY_IMAGE)
            || (has(proxy.destination) && has(proxy.audience))
        {
            Some(Self::AuthProxy)
        } else {
            None
        }
    }
}

/// One variable of a container. Of two with the same name Kubernetes takes the last.
pub(super) fn variable(container: &Value, name: &str) -> ContainerVariable {
    variable_in(&container["env"], name)
}

/// One variable of a list of variables.
pub(super) fn variable_in(environment: &Value, name: &str) -> ContainerVariable {
    let mut variables = environment.as_sequence().into_iter().flatten();
    let Some(found) = variables.rfind(|each| each["name"] == name) else {
        return ContainerVariable::Absent;
    };
    match found.get("value") {
        // `$(NAME)` is replaced by Kubernetes when the container starts, `{{ }}` by Helm.
        Some(Value::String(text)) if text.contains("{{") || text.contains("$(") => {
            ContainerVariable::External
        }
        Some(Value::String(text)) if text.trim().is_empty() => ContainerVariable::Absent,
        Some(Value::String(text)) => ContainerVariable::Value(text.trim().to_owned()),
        // Kubernetes accepts only strings here, but files hold unquoted ports all the same.
        Some(Value::Number(number)) => ContainerVariable::Value(number.to_string()),
        Some(Value::Bool(truth)) => ContainerVariable::Value(truth.to_string()),
        _ if found.get("valueFrom").is_some() => ContainerVariable::External,
        _ => ContainerVariable::Absent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(text: &str) -> Value {
        serde_yaml::from_str(text).unwrap()
    }

    #[test]
    fn a_proxy_is_known_by_its_image_or_by_its_environment() {
        let kinds = [
            "image: mcr.microsoft.com/azuremonitor/containerinsights/ciprod/prometheus-remote-write/images:prom-remotewrite-20250814.1",
            "image: registry.example.com/mirror/prom-remotewrite:1",
            "{image: 'registry.example.com/ours:1', env: [{name: INGESTION_URL, valueFrom: {secretKeyRef: {}}}]}",
            "image: mcr.microsoft.com/azuremonitor/auth-proxy/prod/aad-auth-proxy/images/aad-auth-proxy:0.1.0-main-04-10-2024-7067ac84",
            "{image: 'example.com/proxy', env: [{name: TARGET_HOST, value: h}, {name: AUDIENCE, value: a}]}",
            "{image: 'quay.io/oauth2-proxy/oauth2-proxy', env: [{name: TARGET_HOST, value: h}]}",
        ]
        .map(|text| ProxyKind::of(&container(text)));

        let (sidecar, proxy) = (Some(ProxyKind::Sidecar), Some(ProxyKind::AuthProxy));
        assert_eq!(kinds, [sidecar, sidecar, sidecar, proxy, proxy, None]);
    }

    #[test]
    fn a_value_that_the_file_does_not_have_is_external() {
        let text = "env: [{name: A, value: ' x '}, {name: B, valueFrom: {}}, {name: C, value: '{{ .Values.c }}'}, \
                    {name: D, value: 8081}, {name: E, value: ''}, {name: D, value: '9090'}]";
        let seen = ["A", "B", "C", "D", "E", "F"].map(|name| variable(&container(text), name));

        let value = |text: &str| ContainerVariable::Value(text.to_owned());
        let expected = [
            value("x"),
            ContainerVariable::External,
            ContainerVariable::External,
            value("9090"),
            ContainerVariable::Absent,
            ContainerVariable::Absent,
        ];
        assert_eq!(seen, expected);
    }
}
