//! Keys of an item of `remoteWrite` in a Prometheus or PrometheusAgent resource, which the API server drops if it does not
//! know them. Source: the schema of the custom resource definitions of Operator 0.93.0, which are the same in both kinds.

use super::key_map::{KeyMap, count, duration, key, list, map, one_of, switch};

pub(super) static ENTRY: KeyMap = KeyMap {
    keys: &[
        key("url"),
        key("name"),
        // The values differ from those of `protobuf_message`, so that is no other spelling of it.
        one_of("messageVersion", &["V1.0", "V2.0"]),
        switch("sendExemplars"),
        switch("sendNativeHistograms"),
        duration("remoteTimeout"),
        key("headers"),
        list("writeRelabelConfigs", &RELABELING),
        map("oauth2", &OAUTH2),
        map("basicAuth", &BASIC_AUTH),
        key("bearerTokenFile"),
        map("authorization", &AUTHORIZATION),
        map("sigv4", &SIGV4),
        map("azureAd", &AZUREAD),
        key("bearerToken"),
        map("tlsConfig", &TLS),
        key("proxyUrl"),
        key("noProxy"),
        switch("proxyFromEnvironment"),
        key("proxyConnectHeader"),
        switch("followRedirects"),
        map("queueConfig", &QUEUE),
        map("metadataConfig", &METADATA),
        // `HTTP2` and `DNS` are in capitals here, and the API server drops `enableHttp2`.
        switch("enableHTTP2"),
        switch("roundRobinDNS"),
    ],
};

static QUEUE: KeyMap = KeyMap {
    keys: &[
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
    ],
};

static METADATA: KeyMap = KeyMap {
    keys: &[
        switch("send"),
        duration("sendInterval"),
        count("maxSamplesPerSend"),
    ],
};

static RELABELING: KeyMap = KeyMap {
    keys: &[
        key("sourceLabels"),
        key("separator"),
        key("targetLabel"),
        key("regex"),
        count("modulus"),
        key("replacement"),
        key("action"),
    ],
};

static AZUREAD: KeyMap = KeyMap {
    keys: &[
        key("cloud"),
        map(
            "managedIdentity",
            // Up to 0.86 the id has to be there and may be empty; from 0.87 on it may be left out and not be empty.
            &KeyMap {
                keys: &[key("clientId")],
            },
        ),
        map(
            "oauth",
            &KeyMap {
                keys: &[
                    key("clientId"),
                    map("clientSecret", &SECRET_KEY),
                    key("tenantId"),
                ],
            },
        ),
        map(
            "sdk",
            &KeyMap {
                keys: &[key("tenantId")],
            },
        ),
        // 0.93.0 has no field for the path of the token, and no `certificate`.
        map(
            "workloadIdentity",
            &KeyMap {
                keys: &[key("clientId"), key("tenantId")],
            },
        ),
        key("scope"),
    ],
};

static SECRET_KEY: KeyMap = KeyMap {
    keys: &[key("name"), key("key"), key("optional")],
};

static SECRET_OR_CONFIG_MAP: KeyMap = KeyMap {
    keys: &[map("secret", &SECRET_KEY), map("configMap", &SECRET_KEY)],
};

static BASIC_AUTH: KeyMap = KeyMap {
    keys: &[map("username", &SECRET_KEY), map("password", &SECRET_KEY)],
};

static AUTHORIZATION: KeyMap = KeyMap {
    keys: &[
        key("type"),
        map("credentials", &SECRET_KEY),
        key("credentialsFile"),
    ],
};

static SIGV4: KeyMap = KeyMap {
    keys: &[
        key("region"),
        map("accessKey", &SECRET_KEY),
        map("secretKey", &SECRET_KEY),
        key("profile"),
        key("roleArn"),
        key("externalId"),
        switch("useFIPSSTSEndpoint"),
    ],
};

static TLS: KeyMap = KeyMap {
    keys: &[
        map("ca", &SECRET_OR_CONFIG_MAP),
        map("cert", &SECRET_OR_CONFIG_MAP),
        map("keySecret", &SECRET_KEY),
        key("caFile"),
        key("certFile"),
        key("keyFile"),
        key("serverName"),
        switch("insecureSkipVerify"),
        key("minVersion"),
        key("maxVersion"),
    ],
};

static OAUTH2: KeyMap = KeyMap {
    keys: &[
        map("clientId", &SECRET_OR_CONFIG_MAP),
        map("clientSecret", &SECRET_KEY),
        key("tokenUrl"),
        key("scopes"),
        key("endpointParams"),
        map("tlsConfig", &TLS),
        key("proxyUrl"),
        key("noProxy"),
        switch("proxyFromEnvironment"),
        key("proxyConnectHeader"),
    ],
};
