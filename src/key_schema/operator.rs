//! Keys of an item of `remoteWrite` in a Prometheus or PrometheusAgent resource, which the API server drops if it does not
//! know them. Source: the schema of the custom resource definitions of Operator 0.93.0, which are the same in both kinds.

use super::key_map::{
    KeyMap, KeyRule, address, count, duration, key, list, map, modulus, named_lists, one_of,
    switch, text, text_map, texts,
};
use super::prometheus::TLS_VERSIONS;
use super::value_form::ValueForm;

pub(super) static ENTRY: KeyMap = KeyMap::of(&[
    text("url"),
    text("name"),
    // The values differ from those of `protobuf_message`, so that is no other spelling of it.
    one_of("messageVersion", &["V1.0", "V2.0"]),
    switch("sendExemplars"),
    switch("sendNativeHistograms"),
    duration("remoteTimeout"),
    text_map("headers"),
    list("writeRelabelConfigs", &RELABELING),
    map("oauth2", &OAUTH2),
    map("basicAuth", &BASIC_AUTH),
    text("bearerTokenFile"),
    map("authorization", &AUTHORIZATION),
    map("sigv4", &SIGV4),
    map("azureAd", &AZUREAD),
    text("bearerToken"),
    map("tlsConfig", &TLS),
    address("proxyUrl", &["http", "https", "socks5"]),
    text("noProxy"),
    switch("proxyFromEnvironment"),
    named_lists("proxyConnectHeader", &SECRET_KEY),
    switch("followRedirects"),
    map("queueConfig", &QUEUE),
    map("metadataConfig", &METADATA),
    // `HTTP2` and `DNS` are in capitals here, and the API server drops `enableHttp2`.
    switch("enableHTTP2"),
    switch("roundRobinDNS"),
])
.with_rules(&[&PROXY_RULES, &ENTRY_RULES]);

static QUEUE: KeyMap = KeyMap::of(&[
    count("capacity"),
    count("minShards"),
    count("maxShards"),
    count("maxSamplesPerSend"),
    duration("batchSendDeadline"),
    count("maxRetries"),
    duration("minBackoff"),
    duration("maxBackoff"),
    // The Operator writes it as `retry_on_http_429`.
    switch("retryOnRateLimit").or(&["retryonhttp429"]),
    duration("sampleAgeLimit"),
]);

static METADATA: KeyMap = KeyMap::of(&[
    switch("send"),
    duration("sendInterval"),
    count("maxSamplesPerSend"),
]);

static RELABELING: KeyMap = KeyMap::of(&[
    key("sourceLabels"),
    key("separator"),
    key("targetLabel"),
    key("regex"),
    modulus("modulus"),
    key("replacement"),
    key("action"),
]);

static AZUREAD: KeyMap = KeyMap::of(&[
    text("cloud"),
    map(
        "managedIdentity",
        // Up to 0.86 the id has to be there and may be empty; from 0.87 on it may be left out and not be empty.
        &KeyMap::of(&[text("clientId")]),
    ),
    map(
        "oauth",
        &KeyMap::of(&[
            text("clientId"),
            map("clientSecret", &SECRET_KEY),
            text("tenantId"),
        ]),
    ),
    map("sdk", &KeyMap::of(&[text("tenantId")])),
    // 0.93.0 has no field for the path of the token, and no `certificate`.
    map(
        "workloadIdentity",
        &KeyMap::of(&[text("clientId"), text("tenantId")]),
    ),
    text("scope"),
]);

/// `ProxyConfig.Validate` of the Operator.
static PROXY_RULES: [KeyRule; 4] = [
    KeyRule::OneAtMost(&["proxyFromEnvironment", "proxyUrl"]),
    KeyRule::OneAtMost(&["proxyFromEnvironment", "noProxy"]),
    KeyRule::Needs("noProxy", &["proxyUrl"]),
    KeyRule::Needs("proxyConnectHeader", &["proxyUrl", "proxyFromEnvironment"]),
];

static ENTRY_RULES: [KeyRule; 1] = [KeyRule::OneAtMost(&["bearerToken", "bearerTokenFile"])];

static OAUTH2_RULES: [KeyRule; 3] = [
    KeyRule::Required("clientId"),
    KeyRule::Required("clientSecret"),
    KeyRule::Required("tokenUrl"),
];

static TLS_RULES: [KeyRule; 8] = [
    KeyRule::OneAtMost(&["ca", "caFile"]),
    KeyRule::OneAtMost(&["cert", "certFile"]),
    KeyRule::OneAtMost(&["keySecret", "keyFile"]),
    KeyRule::Needs("cert", &["keySecret", "keyFile"]),
    KeyRule::Needs("certFile", &["keySecret", "keyFile"]),
    KeyRule::Needs("keySecret", &["cert", "certFile"]),
    KeyRule::Needs("keyFile", &["cert", "certFile"]),
    KeyRule::InOrder("minVersion", "maxVersion"),
];

static SECRET_KEY: KeyMap = KeyMap::of(&[text("name"), text("key"), switch("optional")])
    .with_rules(&[&[KeyRule::Required("key")]]);

static SECRET_OR_CONFIG_MAP: KeyMap =
    KeyMap::of(&[map("secret", &SECRET_KEY), map("configMap", &SECRET_KEY)])
        .with_rules(&[&[KeyRule::OneAtMost(&["secret", "configMap"])]]);

static BASIC_AUTH: KeyMap =
    KeyMap::of(&[map("username", &SECRET_KEY), map("password", &SECRET_KEY)]);

static AUTHORIZATION: KeyMap = KeyMap::of(&[
    key("type").in_form(ValueForm::OtherThan("basic")),
    map("credentials", &SECRET_KEY),
    text("credentialsFile"),
])
.with_rules(&[&[KeyRule::OneAtMost(&["credentials", "credentialsFile"])]]);

static SIGV4: KeyMap = KeyMap::of(&[
    text("region"),
    map("accessKey", &SECRET_KEY),
    map("secretKey", &SECRET_KEY),
    text("profile"),
    text("roleArn"),
    text("externalId"),
    switch("useFIPSSTSEndpoint"),
])
.with_rules(&[&[KeyRule::Needs("externalId", &["roleArn"])]]);

static TLS: KeyMap = KeyMap::of(&[
    map("ca", &SECRET_OR_CONFIG_MAP),
    map("cert", &SECRET_OR_CONFIG_MAP),
    map("keySecret", &SECRET_KEY),
    text("caFile"),
    text("certFile"),
    text("keyFile"),
    text("serverName"),
    switch("insecureSkipVerify"),
    one_of("minVersion", TLS_VERSIONS),
    one_of("maxVersion", TLS_VERSIONS),
])
.with_rules(&[&TLS_RULES]);

static OAUTH2: KeyMap = KeyMap::of(&[
    map("clientId", &SECRET_OR_CONFIG_MAP),
    map("clientSecret", &SECRET_KEY),
    address("tokenUrl", &["http", "https"]),
    texts("scopes"),
    text_map("endpointParams"),
    map("tlsConfig", &TLS),
    address("proxyUrl", &["http", "https", "socks5"]),
    text("noProxy"),
    switch("proxyFromEnvironment"),
    named_lists("proxyConnectHeader", &SECRET_KEY),
])
.with_rules(&[&PROXY_RULES, &OAUTH2_RULES]);
