//! Keys of a prometheus.yml. Sources: `config/config.go`, `storage/remote/azuread/azuread.go` and the HTTP client of
//! prometheus/common, as of 2.55.1 and 3.14.0; the versions are those of Prometheus' CHANGELOG.md (read 2026-11-27). What the
//! changelog does not name is from the sources of each release from 2.45 on, and of the modules in its `go.mod` (read 2026-11-28).
//! The version of a key that a connection can require is in the table of `compat`.

use super::key_map::{
    KeyMap, KeyRule, KnownKey, address, count, duration, key, limit, list, map, map_of_any,
    modulus, named, named_texts, one_of, size, switch, text, text_map, texts,
};
use super::value_form::ValueForm;
use crate::compat::Feature;

/// The sections of a prometheus.yml.
pub(crate) static TOP: KeyMap = KeyMap::of(&[
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
]);

pub(crate) static GLOBAL: KeyMap = KeyMap::of(&[
    duration("scrape_interval"),
    duration("scrape_timeout"),
    key("scrape_protocols")
        .in_form(ValueForm::SomeOf(&[
            "PrometheusProto",
            "OpenMetricsText0.0.1",
            "OpenMetricsText1.0.0",
            "PrometheusText0.0.4",
            "PrometheusText1.0.0",
        ]))
        .since(2, 49),
    duration("evaluation_interval"),
    duration("rule_query_offset").since(2, 53),
    text("query_log_file"),
    text("scrape_failure_log_file").since(2, 55),
    text_map("external_labels"),
    size("body_size_limit"),
    limit("sample_limit"),
    limit("target_limit"),
    limit("label_limit"),
    limit("label_name_length_limit"),
    limit("label_value_length_limit"),
    limit("keep_dropped_targets").since(2, 47),
    one_of("metric_name_validation_scheme", &["utf8", "legacy", ""]).since(2, 55),
    text("metric_name_escaping_scheme").since(3, 4),
    switch("scrape_native_histograms").since(3, 8),
    switch("convert_classic_histograms_to_nhcb").since(3, 4),
    switch("always_scrape_classic_histograms").since(3, 5),
    switch("extra_scrape_metrics").since(3, 10),
]);

pub(super) static ENTRY: KeyMap = KeyMap::of(&[
    text("url"),
    text("name"),
    duration("remote_timeout"),
    text_map("headers"),
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
    text("bearer_token"),
    text("bearer_token_file"),
    map("tls_config", &TLS),
    switch("follow_redirects"),
    switch("enable_http2"),
    address("proxy_url", &[]),
    text("no_proxy"),
    switch("proxy_from_environment"),
    named_texts("proxy_connect_header"),
    named("http_headers", &HEADER).since(2, 53),
])
.with_rules(&[&PROXY_RULES, &ENTRY_RULES]);

static QUEUE: KeyMap = KeyMap::of(&[
    count("capacity"),
    count("max_shards"),
    count("min_shards"),
    count("max_samples_per_send"),
    duration("batch_send_deadline"),
    duration("min_backoff"),
    duration("max_backoff"),
    switch("retry_on_http_429").or(&["retryonratelimit"]),
    duration("sample_age_limit").of(Feature::SampleAgeLimit),
]);

static METADATA: KeyMap = KeyMap::of(&[
    switch("send"),
    duration("send_interval"),
    count("max_samples_per_send"),
]);

pub(super) static RELABELING: KeyMap = KeyMap::of(&[
    key("source_labels"),
    key("separator"),
    key("regex"),
    modulus("modulus"),
    key("target_label"),
    key("replacement"),
    key("action"),
]);

const CLIENT_ID: KnownKey = text("client_id");
const TENANT_ID: KnownKey = text("tenant_id");

static AZUREAD: KeyMap = KeyMap::of(&[
    text("cloud"),
    // Before 3.5 it must have a `client_id`, so that the machine's own identity cannot sign in.
    map("managed_identity", &KeyMap::of(&[CLIENT_ID])),
    map(
        "oauth",
        &KeyMap::of(&[
            // No version has a key for a file with the secret.
            CLIENT_ID,
            TENANT_ID,
            text("client_secret"),
        ]),
    )
    .of(Feature::ClientSecret),
    map("sdk", &KeyMap::of(&[TENANT_ID])).of(Feature::Sdk),
    map(
        "workload_identity",
        &KeyMap::of(&[
            CLIENT_ID,
            TENANT_ID,
            // From 3.14 on AZURE_FEDERATED_TOKEN_FILE takes the place of a key that is not set.
            text("token_file_path").or(&["tokenfile", "federatedtokenfile"]),
        ]),
    )
    .of(Feature::WorkloadIdentity),
    text("scope").of(Feature::Scope),
    map("certificate", &CERTIFICATE).of(Feature::Certificate),
]);

static CERTIFICATE: KeyMap = KeyMap::of(&[
    CLIENT_ID,
    TENANT_ID,
    text("certificate_path").or(&["certificatefile", "certfile", "clientcertificatepath"]),
    text("certificate_key_path").or(&[
        "privatekeyfile",
        "privatekeypath",
        "certificatekeyfile",
        "keyfile",
    ]),
    text("certificate_password"),
    switch("send_certificate_chain"),
]);

static SIGV4: KeyMap = KeyMap::of(&[
    text("region"),
    text("access_key"),
    text("secret_key"),
    text("profile"),
    text("role_arn"),
    text("external_id").since(3, 11),
    switch("use_fips_sts_endpoint").since(3, 1),
    text("service_name").since(3, 5),
])
.with_rules(&[&SIGV4_RULES]);

/// What `http_headers` has for the name of a header.
static HEADER: KeyMap = KeyMap::of(&[texts("values"), texts("secrets"), texts("files")]);

pub(super) const TLS_VERSIONS: &[&str] = &["TLS10", "TLS11", "TLS12", "TLS13"];

/// `ProxyConfig.Validate` of prometheus/common.
static PROXY_RULES: [KeyRule; 4] = [
    KeyRule::OneAtMost(&["proxy_from_environment", "proxy_url"]),
    KeyRule::OneAtMost(&["proxy_from_environment", "no_proxy"]),
    KeyRule::Needs("no_proxy", &["proxy_url"]),
    KeyRule::Needs(
        "proxy_connect_header",
        &["proxy_url", "proxy_from_environment"],
    ),
];

static ENTRY_RULES: [KeyRule; 1] = [KeyRule::OneAtMost(&["bearer_token", "bearer_token_file"])];

static SIGV4_RULES: [KeyRule; 3] = [
    KeyRule::Needs("access_key", &["secret_key"]),
    KeyRule::Needs("secret_key", &["access_key"]),
    KeyRule::Needs("external_id", &["role_arn"]),
];

static BASIC_AUTH_RULES: [KeyRule; 2] = [
    KeyRule::OneAtMost(&["username", "username_file", "username_ref"]),
    KeyRule::OneAtMost(&["password", "password_file", "password_ref"]),
];

static AUTHORIZATION_RULES: [KeyRule; 1] = [KeyRule::OneAtMost(&[
    "credentials",
    "credentials_file",
    "credentials_ref",
])];

static OAUTH2_RULES: [KeyRule; 3] = [
    KeyRule::OneAtMost(&["client_secret", "client_secret_file", "client_secret_ref"]),
    KeyRule::Required("client_id"),
    KeyRule::Required("token_url"),
];

static TLS_RULES: [KeyRule; 9] = [
    KeyRule::OneAtMost(&["ca", "ca_file", "ca_ref"]),
    KeyRule::OneAtMost(&["cert", "cert_file", "cert_ref"]),
    KeyRule::OneAtMost(&["key", "key_file", "key_ref"]),
    KeyRule::Needs("cert", &["key", "key_file", "key_ref"]),
    KeyRule::Needs("cert_file", &["key", "key_file", "key_ref"]),
    KeyRule::Needs("cert_ref", &["key", "key_file", "key_ref"]),
    KeyRule::Needs("key", &["cert", "cert_file", "cert_ref"]),
    KeyRule::Needs("key_file", &["cert", "cert_file", "cert_ref"]),
    KeyRule::Needs("key_ref", &["cert", "cert_file", "cert_ref"]),
];

static GOOGLE_IAM: KeyMap = KeyMap::of(&[text("credentials_file")]);

static BASIC_AUTH: KeyMap = KeyMap::of(&[
    text("username"),
    text("username_file").since(2, 49),
    text("username_ref").since(2, 53),
    text("password"),
    text("password_file"),
    text("password_ref").since(2, 53),
])
.with_rules(&[&BASIC_AUTH_RULES]);

static AUTHORIZATION: KeyMap = KeyMap::of(&[
    key("type").in_form(ValueForm::OtherThan("basic")),
    text("credentials"),
    text("credentials_file"),
    text("credentials_ref").since(2, 53),
])
.with_rules(&[&AUTHORIZATION_RULES]);

static OAUTH2: KeyMap = KeyMap::of(&[
    text("client_id"),
    text("client_secret"),
    text("client_secret_file"),
    text("client_secret_ref").since(2, 53),
    text("client_certificate_key_id").since(3, 8),
    text("client_certificate_key").since(3, 8),
    text("client_certificate_key_file").since(3, 8),
    text("client_certificate_key_ref").since(3, 8),
    text("grant_type").since(3, 8),
    text("signature_algorithm").since(3, 8),
    text("iss").since(3, 8),
    text("audience").since(3, 8),
    map_of_any("claims").since(3, 8),
    texts("scopes"),
    text("token_url"),
    text_map("endpoint_params"),
    map("tls_config", &TLS),
    address("proxy_url", &[]),
    text("no_proxy"),
    switch("proxy_from_environment"),
    named_texts("proxy_connect_header"),
])
.with_rules(&[&PROXY_RULES, &OAUTH2_RULES]);

static TLS: KeyMap = KeyMap::of(&[
    text("ca"),
    text("cert"),
    text("key"),
    text("ca_file"),
    text("cert_file"),
    text("key_file"),
    text("ca_ref").since(2, 53),
    text("cert_ref").since(2, 53),
    text("key_ref").since(2, 53),
    text("server_name"),
    switch("insecure_skip_verify"),
    one_of("min_version", TLS_VERSIONS),
    one_of("max_version", TLS_VERSIONS),
])
.with_rules(&[&TLS_RULES]);
