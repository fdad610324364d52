//! Keys of a prometheus.yml. Sources: `config/config.go`, `storage/remote/azuread/azuread.go` and the HTTP client of
//! prometheus/common, as of 2.55.1 and 3.14.0; the versions are those of Prometheus' CHANGELOG.md (read 2026-11-27). What the
//! changelog does not name is from the sources of each release from 2.45 on, and of the modules in its `go.mod` (read 2026-11-28).
//! The version of a key that a connection can require is in the table of `compat`.

use super::key_map::{KeyMap, KnownKey, count, duration, key, list, map, one_of, switch};
use crate::compat::Feature;

/// The sections of a prometheus.yml.
pub(crate) static TOP: KeyMap = KeyMap {
    keys: &[
        key("global"),
        key("runtime").since(2, 53),
        key("alerting"),
        key("rule_files"),
        key("scrape_config_files"),
        key("scrape_configs"),
        key("storage"),
        key("tracing"),
        key("remote_write"),
        key("remote_read"),
        key("otlp").since(2, 55),
    ],
};

pub(crate) static GLOBAL: KeyMap = KeyMap {
    keys: &[
        key("scrape_interval"),
        key("scrape_timeout"),
        key("scrape_protocols").since(2, 49),
        key("evaluation_interval"),
        key("rule_query_offset").since(2, 53),
        key("query_log_file"),
        key("scrape_failure_log_file").since(2, 55),
        key("external_labels"),
        key("body_size_limit"),
        key("sample_limit"),
        key("target_limit"),
        key("label_limit"),
        key("label_name_length_limit"),
        key("label_value_length_limit"),
        key("keep_dropped_targets").since(2, 47),
        key("metric_name_validation_scheme").since(2, 55),
        key("metric_name_escaping_scheme").since(3, 4),
        key("scrape_native_histograms").since(3, 8),
        key("convert_classic_histograms_to_nhcb").since(3, 4),
        key("always_scrape_classic_histograms").since(3, 5),
        key("extra_scrape_metrics").since(3, 10),
    ],
};

pub(super) static ENTRY: KeyMap = KeyMap {
    keys: &[
        key("url"),
        key("name"),
        duration("remote_timeout"),
        key("headers"),
        list("write_relabel_configs", &RELABELING),
        switch("send_exemplars"),
        switch("send_native_histograms"),
        switch("round_robin_dns").since(3, 1),
        one_of(
            "protobuf_message",
            &["prometheus.WriteRequest", "io.prometheus.write.v2.Request"],
        )
        .since(2, 54),
        map("queue_config", &QUEUE),
        map("metadata_config", &METADATA),
        map("sigv4", &SIGV4),
        map("azuread", &AZUREAD),
        map("google_iam", &GOOGLE_IAM).since(2, 55),
        map("basic_auth", &BASIC_AUTH),
        map("authorization", &AUTHORIZATION),
        map("oauth2", &OAUTH2),
        key("bearer_token"),
        key("bearer_token_file"),
        map("tls_config", &TLS),
        switch("follow_redirects"),
        switch("enable_http2"),
        key("proxy_url"),
        key("no_proxy"),
        switch("proxy_from_environment"),
        key("proxy_connect_header"),
        key("http_headers").since(2, 53),
    ],
};

static QUEUE: KeyMap = KeyMap {
    keys: &[
        count("capacity"),
        count("max_shards"),
        count("min_shards"),
        count("max_samples_per_send"),
        duration("batch_send_deadline"),
        duration("min_backoff"),
        duration("max_backoff"),
        switch("retry_on_http_429").or(&["retryonratelimit"]),
        duration("sample_age_limit").of(Feature::SampleAgeLimit),
    ],
};

static METADATA: KeyMap = KeyMap {
    keys: &[
        switch("send"),
        duration("send_interval"),
        count("max_samples_per_send"),
    ],
};

pub(super) static RELABELING: KeyMap = KeyMap {
    keys: &[
        key("source_labels"),
        key("separator"),
        key("regex"),
        count("modulus"),
        key("target_label"),
        key("replacement"),
        key("action"),
    ],
};

const CLIENT_ID: KnownKey = key("client_id");
const TENANT_ID: KnownKey = key("tenant_id");

static AZUREAD: KeyMap = KeyMap {
    keys: &[
        key("cloud"),
        // Before 3.5 it must have a `client_id`, so that the machine's own identity cannot sign in.
        map("managed_identity", &KeyMap { keys: &[CLIENT_ID] }),
        map(
            "oauth",
            &KeyMap {
                // No version has a key for a file with the secret.
                keys: &[CLIENT_ID, TENANT_ID, key("client_secret")],
            },
        )
        .of(Feature::ClientSecret),
        map("sdk", &KeyMap { keys: &[TENANT_ID] }).of(Feature::Sdk),
        map(
            "workload_identity",
            &KeyMap {
                keys: &[
                    CLIENT_ID,
                    TENANT_ID,
                    // From 3.14 on AZURE_FEDERATED_TOKEN_FILE takes the place of a key that is not set.
                    key("token_file_path").or(&["tokenfile", "federatedtokenfile"]),
                ],
            },
        )
        .of(Feature::WorkloadIdentity),
        key("scope").of(Feature::Scope),
        map("certificate", &CERTIFICATE).of(Feature::Certificate),
    ],
};

static CERTIFICATE: KeyMap = KeyMap {
    keys: &[
        CLIENT_ID,
        TENANT_ID,
        key("certificate_path").or(&["certificatefile", "certfile", "clientcertificatepath"]),
        key("certificate_key_path").or(&[
            "privatekeyfile",
            "privatekeypath",
            "certificatekeyfile",
            "keyfile",
        ]),
        key("certificate_password"),
        switch("send_certificate_chain"),
    ],
};

static SIGV4: KeyMap = KeyMap {
    keys: &[
        key("region"),
        key("access_key"),
        key("secret_key"),
        key("profile"),
        key("role_arn"),
        key("external_id").since(3, 11),
        switch("use_fips_sts_endpoint").since(3, 1),
        key("service_name").since(3, 5),
    ],
};

static GOOGLE_IAM: KeyMap = KeyMap {
    keys: &[key("credentials_file")],
};

static BASIC_AUTH: KeyMap = KeyMap {
    keys: &[
        key("username"),
        key("username_file").since(2, 49),
        key("username_ref").since(2, 53),
        key("password"),
        key("password_file"),
        key("password_ref").since(2, 53),
    ],
};

static AUTHORIZATION: KeyMap = KeyMap {
    keys: &[
        key("type"),
        key("credentials"),
        key("credentials_file"),
        key("credentials_ref").since(2, 53),
    ],
};

static OAUTH2: KeyMap = KeyMap {
    keys: &[
        key("client_id"),
        key("client_secret"),
        key("client_secret_file"),
        key("client_secret_ref").since(2, 53),
        key("client_certificate_key_id").since(3, 8),
        key("client_certificate_key").since(3, 8),
        key("client_certificate_key_file").since(3, 8),
        key("client_certificate_key_ref").since(3, 8),
        key("grant_type").since(3, 8),
        key("signature_algorithm").since(3, 8),
        key("iss").since(3, 8),
        key("audience").since(3, 8),
        key("claims").since(3, 8),
        key("scopes"),
        key("token_url"),
        key("endpoint_params"),
        map("tls_config", &TLS),
        key("proxy_url"),
        key("no_proxy"),
        switch("proxy_from_environment"),
        key("proxy_connect_header"),
    ],
};

static TLS: KeyMap = KeyMap {
    keys: &[
        key("ca"),
        key("cert"),
        key("key"),
        key("ca_file"),
        key("cert_file"),
        key("key_file"),
        key("ca_ref").since(2, 53),
        key("cert_ref").since(2, 53),
        key("key_ref").since(2, 53),
        key("server_name"),
        switch("insecure_skip_verify"),
        key("min_version"),
        key("max_version"),
    ],
};
