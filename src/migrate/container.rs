//! What does a container say of itself? Its environment, its mounts, and whether it is a proxy that signs in to Azure.

use serde_yaml::Value;

/// The proxies that people put between Prometheus and a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Microsoft's `prom-remotewrite`, made for this one purpose.
    Sidecar,
    /// Microsoft's `aad-auth-proxy`, which passes any request on to one host.
    AuthProxy,
}

/// Parts of the images' names, mirrored images too.
const SIDECAR_IMAGES: [&str; 2] = ["prom-remotewrite", "prometheus-remote-write/images"];
const AUTH_PROXY_IMAGE: &str = "aad-auth-proxy";

/// What a variable of the environment says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Variable {
    Absent,
    Says(String),
    /// From a Secret, a ConfigMap or a Helm expression, none of which the file tells.
    Elsewhere,
}

impl Variable {
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Says(text) => Some(text),
            Self::Absent | Self::Elsewhere => None,
        }
    }
}

impl Kind {
    /// What a proxy is called in messages.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Sidecar => "the Azure Monitor sidecar",
            Self::AuthProxy => "aad-auth-proxy",
        }
    }

    /// The same for scripts.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Sidecar => "azure-monitor-sidecar",
            Self::AuthProxy => "aad-auth-proxy",
        }
    }

    /// By its image, or where that has another name by the variables that nothing else has.
    pub(super) fn of(container: &Value) -> Option<Self> {
        let image = container["image"].as_str().unwrap_or_default();
        let has = |name| variable(container, name) != Variable::Absent;
        if SIDECAR_IMAGES.iter().any(|part| image.contains(part)) || has("INGESTION_URL") {
            Some(Self::Sidecar)
        } else if image.contains(AUTH_PROXY_IMAGE) || (has("TARGET_HOST") && has("AUDIENCE")) {
            Some(Self::AuthProxy)
        } else {
            None
        }
    }
}

/// One variable of a container. Of two with the same name Kubernetes takes the last.
pub(super) fn variable(container: &Value, name: &str) -> Variable {
    let mut variables = container["env"].as_sequence().into_iter().flatten();
    let Some(found) = variables.rfind(|each| each["name"] == name) else {
        return Variable::Absent;
    };
    match found.get("value") {
        Some(Value::String(text)) if text.contains("{{") || text.contains("$(") => {
            Variable::Elsewhere
        }
        Some(Value::String(text)) if text.trim().is_empty() => Variable::Absent,
        Some(Value::String(text)) => Variable::Says(text.trim().to_owned()),
        Some(Value::Number(number)) => Variable::Says(number.to_string()),
        Some(Value::Bool(truth)) => Variable::Says(truth.to_string()),
        _ if found.get("valueFrom").is_some() => Variable::Elsewhere,
        _ => Variable::Absent,
    }
}

/// The names of the volumes that a container mounts.
pub(super) fn mounted(container: &Value) -> Vec<&str> {
    mounts(container)
        .filter_map(|mount| mount["name"].as_str())
        .collect()
}

/// The mount under which a container sees this file.
pub(super) fn mount_of<'a>(container: &'a Value, file: &str) -> Option<&'a Value> {
    let folder = |mount: &Value| {
        mount["mountPath"]
            .as_str()
            .map(|path| path.trim_end_matches('/').to_owned())
    };
    mounts(container)
        .filter(|mount| {
            folder(mount).is_some_and(|folder| {
                file.strip_prefix(folder.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        })
        .max_by_key(|mount| folder(mount).map(|folder| folder.len()))
}

fn mounts(container: &Value) -> impl Iterator<Item = &Value> {
    container["volumeMounts"]
        .as_sequence()
        .into_iter()
        .flatten()
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
        .map(|text| Kind::of(&container(text)));

        let (sidecar, proxy) = (Some(Kind::Sidecar), Some(Kind::AuthProxy));
        assert_eq!(kinds, [sidecar, sidecar, sidecar, proxy, proxy, None]);
    }

    #[test]
    fn only_what_the_file_says_itself_counts_as_said() {
        let text = "env: [{name: A, value: ' x '}, {name: B, valueFrom: {}}, {name: C, value: '{{ .Values.c }}'}, \
                    {name: D, value: 8081}, {name: E, value: ''}, {name: D, value: '9090'}]";
        let seen = ["A", "B", "C", "D", "E", "F"].map(|name| variable(&container(text), name));

        let says = |text: &str| Variable::Says(text.to_owned());
        let expected = [
            says("x"),
            Variable::Elsewhere,
            Variable::Elsewhere,
            says("9090"),
            Variable::Absent,
            Variable::Absent,
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn the_mount_of_a_file_is_the_nearest_above_it() {
        let text = "volumeMounts: [{name: a, mountPath: /mnt}, {name: b, mountPath: /mnt/store/}, {name: c, mountPath: /mnt/st}]";

        let container = container(text);
        let mount = mount_of(&container, "/mnt/store/cert.pem").unwrap();

        assert_eq!(mount["name"], "b");
        assert_eq!(mount_of(&container, "/etc/cert.pem"), None);
    }
}
