//! What the name of a key shows about its value: words, not spellings, so that `apiKey`, `API_KEY` and `x-api-key` are one.

/// What a key makes of the value below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyClass {
    /// Every scalar below it, at any depth, is a secret.
    Secret,
    /// A scalar or a list of scalars is a secret; a map is judged by its own keys.
    SecretScalar,
    /// It names a secret, or describes it: the value is shown.
    Reference,
    Neutral,
}

/// Words that mean a secret, also at the end of a longer word, such as `clientsecret`.
const SECRET_ENDINGS: [&str; 28] = [
    "accesskey",
    "accountkey",
    "apikey",
    "authorization",
    "connectionstring",
    "cookie",
    "cookies",
    "credential",
    "credentials",
    "creds",
    "dockercfg",
    "dockerconfigjson",
    "kennwort",
    "masterauth",
    "passphrase",
    "passwd",
    "password",
    "passwords",
    "passwort",
    "privatekey",
    "pwd",
    "requirepass",
    "secret",
    "secretkey",
    "secrets",
    "sharedkey",
    "token",
    "tokens",
];

/// Words that mean a secret only when they are a word of their own.
const SECRET_WORDS: [&str; 14] = [
    "cred",
    "dsn",
    "htpasswd",
    "jwt",
    "mnemonic",
    "otp",
    "pass",
    "passcode",
    "pat",
    "psk",
    "pw",
    "sas",
    "seedphrase",
    "totp",
];

/// Several words that mean a secret together, at the end of a key.
const SECRET_PHRASES: [&[&str]; 10] = [
    &["basic", "auth", "users"],
    &["conn", "str"],
    &["connection", "string"],
    &["data", "source"],
    &["data", "source", "name"],
    &["proxy", "connect", "header"],
    &["secret", "id"],
    &["shared", "access", "signature"],
    &["string", "data"],
    &["stringdata"],
];

/// The same, but only of a scalar or of a list of scalars.
const SCALAR_PHRASES: [&[&str]; 12] = [
    &["api", "url"],
    &["auth"],
    &["bearer"],
    &["community"],
    &["hook", "url"],
    &["pin"],
    &["seed"],
    &["seed", "phrase"],
    &["sig"],
    &["signature"],
    &["webhook"],
    &["webhook", "url"],
];

/// What a `key` is of when it is a secret; other keys are those of maps, labels and selectors.
const KEY_OWNERS: [&str; 43] = [
    "access",
    "account",
    "admin",
    "aes",
    "api",
    "app",
    "application",
    "auth",
    "azure",
    "client",
    "consumer",
    "deploy",
    "encryption",
    "function",
    "functions",
    "genie",
    "hmac",
    "host",
    "ingest",
    "instrumentation",
    "integration",
    "license",
    "login",
    "master",
    "private",
    "root",
    "routing",
    "rsa",
    "secret",
    "server",
    "service",
    "session",
    "shared",
    "sign",
    "signing",
    "ssh",
    "ssl",
    "storage",
    "subscription",
    "tls",
    "user",
    "vault",
    "write",
];

/// Words at the end that name the form of a secret, not something else about it.
const FORMS: [&str; 15] = [
    "b64",
    "base64",
    "current",
    "data",
    "encoded",
    "hash",
    "new",
    "old",
    "plain",
    "plaintext",
    "primary",
    "raw",
    "secondary",
    "text",
    "value",
];

/// Words after that of a secret that make the whole a name of it, a place of it or a setting for it.
const ABOUT: [&str; 77] = [
    "age",
    "algorithm",
    "annotations",
    "audience",
    "audiences",
    "class",
    "config",
    "configs",
    "count",
    "create",
    "dir",
    "directory",
    "disabled",
    "enable",
    "enabled",
    "endpoint",
    "endpoints",
    "env",
    "expiration",
    "expires",
    "expiry",
    "field",
    "file",
    "filename",
    "files",
    "format",
    "header",
    "headers",
    "id",
    "ids",
    "image",
    "interval",
    "issuer",
    "key",
    "keys",
    "kind",
    "labels",
    "length",
    "lifetime",
    "manager",
    "method",
    "mode",
    "mount",
    "mounts",
    "name",
    "names",
    "namespace",
    "optional",
    "path",
    "paths",
    "percentage",
    "policy",
    "prefix",
    "provider",
    "providers",
    "realm",
    "ref",
    "reference",
    "refresh",
    "refs",
    "required",
    "rotation",
    "scope",
    "scopes",
    "seconds",
    "selector",
    "size",
    "stdin",
    "store",
    "suffix",
    "template",
    "timeout",
    "ttl",
    "type",
    "url",
    "version",
    "volume",
];

/// Words before `secret` that make it the name of one.
const NAMED: [&str; 4] = ["existing", "from", "image", "pull"];

pub(super) fn classify(key: &str) -> KeyClass {
    let mut words = words(key);
    let whole: Vec<&str> = words.iter().map(String::as_str).collect();
    if ends(&whole, &SECRET_PHRASES) {
        return KeyClass::Secret;
    }
    // `password_base64` is a password, and `data` alone is nothing.
    while words.len() > 1
        && words
            .last()
            .is_some_and(|last| FORMS.contains(&last.as_str()))
    {
        words.pop();
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let Some((last, before)) = words.split_last() else {
        return KeyClass::Neutral;
    };
    if names_existing(last, before) {
        return KeyClass::Reference;
    }
    if is_secret_word(last) || is_secret_key(last, before) {
        return KeyClass::Secret;
    }
    if ends(&words, &SCALAR_PHRASES) {
        return KeyClass::SecretScalar;
    }
    if before.iter().any(|word| is_secret_word(word)) {
        // `token_url` describes a token; `token_grafana` may be one.
        return match ABOUT.contains(last) {
            true => KeyClass::Reference,
            false => KeyClass::SecretScalar,
        };
    }
    KeyClass::Neutral
}

/// Whether a value whose key has this name is secret when it is a scalar.
pub(super) fn is_secret(key: &str) -> bool {
    matches!(classify(key), KeyClass::Secret | KeyClass::SecretScalar)
}

fn names_existing(last: &str, before: &[&str]) -> bool {
    // `existingSecret` is the key by which many charts refer to a Secret.
    let is_name = ["secret", "secrets"].contains(&last)
        && before.last().is_some_and(|word| NAMED.contains(word));
    is_name
        || before.contains(&"existing")
        || ["existingsecret", "imagepullsecrets"].contains(&last)
}

fn is_secret_word(word: &str) -> bool {
    let word = word.trim_end_matches(|each: char| each.is_ascii_digit());
    SECRET_WORDS.contains(&word) || SECRET_ENDINGS.iter().any(|ending| word.ends_with(ending))
}

fn is_secret_key(last: &str, before: &[&str]) -> bool {
    let last = last.trim_end_matches(|each: char| each.is_ascii_digit());
    ["key", "keys"].contains(&last) && before.last().is_some_and(|word| KEY_OWNERS.contains(word))
}

/// Whether the `key` below a key of this name is a secret, as `encryption: {key: …}`.
pub(super) fn owns_key(parent: &str) -> bool {
    let words = words(parent);
    let last = words.last().map_or("", String::as_str);
    let of_tls = words
        .iter()
        .any(|word| ["tls", "ssl"].contains(&word.as_str()));
    of_tls || KEY_OWNERS.contains(&last)
}

fn ends(words: &[&str], phrases: &[&[&str]]) -> bool {
    phrases.iter().any(|phrase| words.ends_with(phrase))
}

/// The words of a name in lower case: `slackApiURL`, `slack_api_url` and `slack.api-url` have the same.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut each = name.chars().peekable();
    let mut previous = ' ';
    while let Some(letter) = each.next() {
        // The last capital of several begins the next word: `APIKey` has the words `api` and `key`.
        let starts_word = letter.is_uppercase()
            && (!previous.is_uppercase() || each.peek().is_some_and(|next| next.is_lowercase()));
        if starts_word || !letter.is_alphanumeric() {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
        previous = letter;
    }
    // A number after a word counts several of a kind: `password_1`.
    words.retain(|word| word.chars().any(|letter| !letter.is_ascii_digit()));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_into_words() {
        for name in [
            "slackApiURL",
            "slack_api_url",
            "slack.api-url",
            "SLACK_API_URL",
            "SlackAPIUrl",
        ] {
            assert_eq!(words(name), ["slack", "api", "url"], "{name}");
        }
    }

    #[test]
    fn keys_of_secrets_are_distinguished_from_those_that_name_one() {
        let cases = [
            (
                KeyClass::Secret,
                "password Password passwd smtp_auth_password adminPassword db-pass pw password2 password_1 \
                passwordHash otp vpnOtp TOTP mnemonic wallet_mnemonic seedphrase passphrase client_secret clientsecret bearerToken auth_token token creds credential service_account_key \
                consumer_key application_key routing_key apiKey API_KEY X-Api-Key private_key client-key-data accountKey \
                Cookie Proxy-Authorization connectionString DATA_SOURCE_NAME basic_auth_users stringData secret_id sas",
            ),
            (
                KeyClass::SecretScalar,
                "slack_api_url webhook_url webhookUrl webhook api_url token_prod passwordAdmin auth \
                pin simPin SIM_PIN seed wallet-seed seed_phrase",
            ),
            (
                KeyClass::Reference,
                "secretName secretKeyRef password_file tokenFile bearer_token_file existingSecret \
                imagePullSecrets envFromSecret passwordKey existingSecretKey token_url tokenUrl secret_ttl \
                credentials_file tokenSecretRef secretProviderClass extraSecretMounts credentials-path",
            ),
            (
                KeyClass::Neutral,
                "key name url client_id tenant_id topologyKey labelKey groupKey remote_write author \
                compass bypass pinned pinning pins spin seeds seeded seed_nodes pin_memory optional authentication keySelector webhooks admissionWebhooks values data interval headers",
            ),
        ];
        for (class, names) in cases {
            for name in names.split_whitespace() {
                assert_eq!(classify(name), class, "{name}");
            }
        }
    }
}
