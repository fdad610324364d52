//! How the keys of a remote write are written: Prometheus' own, or those of the Operator's resources.

/// How keys are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// As in a prometheus.yml.
    Prometheus,
    /// As in the Operator's custom resources, which its Helm chart shares.
    Operator,
}

impl Spelling {
    /// A key of Prometheus' own, in this spelling.
    pub(crate) fn key(self, native: &str) -> String {
        match (self, native) {
            (Self::Prometheus, _) => native.to_owned(),
            // These are not the camel case of Prometheus' key:
            // https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.RemoteWriteSpec
            (Self::Operator, "azuread") => "azureAd".to_owned(),
            (Self::Operator, "retry_on_http_429") => "retryOnRateLimit".to_owned(),
            (Self::Operator, "protobuf_message") => "messageVersion".to_owned(),
            (Self::Operator, _) => camel_case(native),
        }
    }
}

/// Whether a key is Prometheus' key `native`, in whichever spelling.
pub(crate) fn is_spelled(key: &str, native: &str) -> bool {
    [Spelling::Prometheus, Spelling::Operator]
        .iter()
        .any(|spelling| spelling.key(native) == key)
}

fn camel_case(native: &str) -> String {
    let mut words = native.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut all, word| {
        let mut letters = word.chars();
        all.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        all.push_str(letters.as_str());
        all
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operator_writes_keys_in_camel_case_with_three_exceptions() {
        let keys = [
            "url",
            "write_relabel_configs",
            "azuread",
            "retry_on_http_429",
        ]
        .map(|key| Spelling::Operator.key(key));

        assert_eq!(
            keys,
            ["url", "writeRelabelConfigs", "azureAd", "retryOnRateLimit"]
        );
        assert_eq!(Spelling::Prometheus.key("azuread"), "azuread");
    }
}
