//! Values that are secrets by their form, wherever they are: credentials of URLs, `password=…`, arguments, tokens.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::arguments::clean_arguments;
use super::commands::clean_commands;
use super::forms::{form, replace_group};
use super::keys::is_secret;
use super::urls::{PLACEHOLDER, clean_urls, is_shown};

/// Tokens that begin with what they are; of those with a common beginning only long ones.
static TOKENS: LazyLock<Regex> = LazyLock::new(|| {
    let forms = [
        r"eyJ[\w-]{6,}\.[\w-]{6,}(?:\.[\w-]*)*",
        r"(?:gh[opsur]_|github_pat_|glpat-|gldt-|glrt-|glptt-|glft-|glsoat-|xox[abeoprs]-|xapp-|hvs\.|hvb\.|glsa_|glc_|dop_v1_|AGE-SECRET-KEY-|[rs]k_live_)[\w.-]{6,}",
        r"(?:SG\.|npm_|pypi-|AIza)[\w.-]{30,}",
        r"sk-(?:proj|ant|svcacct|admin)-[\w-]{16,}",
        // Base64 of the logins to registries, and of a private key in PEM.
        r"eyJhdXRocyI6[\w+/=-]{6,}",
        r"LS0tLS1CRUdJTiB(?:QUklWQVRF|SU0Eg|FQyBQ|PUEVOU1NI|FTkNSWVBURUQg|EU0Eg)[\w+/=-]{6,}",
        // A client secret of Entra.
        r"[\w.~-]{3}[5-9]Q~[\w.~-]{20,}",
    ];
    form(&format!(r"\b(?:{})", forms.join("|")))
});

/// How HTTP authentication begins.
static SCHEMES: LazyLock<Regex> = LazyLock::new(|| {
    form(
        r"(?i)\b(?:Bearer|Basic|Digest|ApiKey|GenieKey|SharedKey|SSWS|Token)[ \t]+([\w.~+/=-]{4,})",
    )
});

/// `user:password@host` without a scheme, as database drivers write it; not the digest of an image, `name:tag@sha256:…`.
static DATA_SOURCES: LazyLock<Regex> = LazyLock::new(|| {
    form(r"[\w.+%-]+:([^\s:@/]+)@(?:(?:tcp|tcp6|udp|unix)?\(|\[|[A-Za-z0-9][\w.-]*)")
});

/// Secrets in the files of other programs: INI, XML, properties, `.netrc`, `.pgpass`, and in the arguments of theirs.
static OTHER_FORMS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let forms = [
        r"<[^<>\s]*(?i:password|passwd|secret|token|apikey|api-key|api_key)>([^<]+)</",
        r"^\s*\S*[._](?i:password|passwd|secret|token|api[_-]?key)[ \t]+(\S+)\s*$",
        r"\b(?:[\w.-]*[_.-])?(?i:password|passwd|api-?key|secret-?key|access-?token|auth-?token):([^\s:/{\[]+)",
        r"\blogin[ \t]+\S+[ \t]+password[ \t]+(\S+)",
        r"^[\w.*-]+:(?:[0-9]+|\*):[^\s:]+:[^\s:]+:(\S+)$",
        r#"(?:^|\s)(?:-u|-U|--user|--proxy-user|--basic-auth|--auth)[ =]+["']?[^\s:"']+:([^\s"']+)"#,
        // Passwords as `htpasswd` and `/etc/shadow` have them.
        r"(\$2[abxy]\$[0-9]{2}\$[\w./]{20,}|\$(?:apr1|[156y])\$(?:rounds=[0-9]+\$|j[\w]+\$)?[\w./]{1,32}\$[\w./]{16,}|\$argon2(?:id|i|d)\$[\w$=,+/.-]{16,}|\{S?SHA(?:256|512)?\}[\w+/=]{20,})",
        // As csh and fish set a variable.
        r#"\b(?:setenv|set[ \t]+-[gxU]+)[ \t]+(?i:[\w-]*(?:password|passwd|pwd|pass|passphrase|secret|token|credentials?|key|pin|otp))[ \t]+["']?([^\s"']+)"#,
        // OpenSSL and keytool.
        r#"(?:^|\s)--?pass(?:in|out|word)?[ =]+["']?pass:([^\s"']+)"#,
        r#"(?:^|\s)-(?:src|dest)?(?:store|key)pass[ \t]+["']?([^\s"']+)"#,
        // What a Secret gets, whatever its key is called, and what a variable of a container gets.
        r#"--from-literal[ =]+["'][^"'=\s]+=([^"']+)"#,
        r#"--from-literal[ =]+[^"'=\s]+=["']?([^\s"']+)"#,
        r#"--set(?:-string|-literal)?[ =]+\S*\]\.value=["']?([^\s,"']+)"#,
    ];
    forms.iter().map(|text| form(text)).collect()
});

/// Hides what looks like a secret in a line.
pub(super) fn clean_text(text: &str) -> Cow<'_, str> {
    if text.len() < 6 {
        return Cow::Borrowed(text);
    }
    let passes: [fn(&str) -> Option<String>; 8] = [
        |text| changed(clean_urls(text)),
        clean_assignments,
        clean_arguments,
        clean_commands,
        clean_schemes,
        clean_tokens,
        clean_data_sources,
        clean_other_forms,
    ];
    passes.iter().fold(Cow::Borrowed(text), |text, pass| {
        pass(&text).map_or(text, Cow::Owned)
    })
}

fn changed(text: Cow<'_, str>) -> Option<String> {
    match text {
        Cow::Owned(text) => Some(text),
        Cow::Borrowed(_) => None,
    }
}

/// The value of `name=value` with a secret name: connection strings, arguments, variables, also `name := value` and
/// `"name" => value`.
fn clean_assignments(text: &str) -> Option<String> {
    let mut clean = None::<String>;
    let mut from = 0;
    for (at, _) in text.match_indices('=') {
        if at < from {
            continue;
        }
        let name = name_before(&text[from..at]);
        let after = &text[at + 1..];
        let after = after.strip_prefix('>').unwrap_or(after);
        let after = after.trim_start_matches([' ', '\t', '~']);
        let value = text.len() - after.len();
        let length = length_of(after);
        // `key=` is most often a name; a random value makes it a secret.
        let is_secret = is_secret(name)
            || name.eq_ignore_ascii_case("key")
                && is_random(after[..length].trim_matches(['"', '\'']));
        // `==` and `=~` compare.
        if !is_secret || after.starts_with(['=', '~']) || is_shown(&after[..length]) {
            continue;
        }
        let clean = clean.get_or_insert_default();
        clean.push_str(&text[from..value]);
        clean.push_str(PLACEHOLDER);
        from = value + length;
    }
    clean.map(|clean| clean + &text[from..])
}

/// Long, and of digits with letters of both cases, or hexadecimal: no word that a person made.
pub(super) fn is_random(value: &str) -> bool {
    let is_part = |each: char| each.is_ascii_alphanumeric() || "+/=_-".contains(each);
    let has_digit = value.contains(|each: char| each.is_ascii_digit());
    let is_hex = value.len() >= 16 && value.chars().all(|each| each.is_ascii_hexdigit());
    let is_mixed = value.len() >= 20
        && value.chars().all(is_part)
        && value.contains(|each: char| each.is_ascii_uppercase())
        && value.contains(|each: char| each.is_ascii_lowercase());
    has_digit && (is_hex || is_mixed)
}

/// The name at the end of a text; names that are longer than any known one are none.
fn name_before(text: &str) -> &str {
    const LONGEST: usize = 80;
    let text = text.trim_end_matches([' ', '\t', '!', ':']);
    let text = text.strip_suffix(['"', '\'']).unwrap_or(text);
    let near = &text[text.ceil_char_boundary(text.len().saturating_sub(LONGEST))..];
    let is_part = |each: char| each.is_alphanumeric() || "_-.".contains(each);
    let start = near
        .char_indices()
        .rfind(|(_, each)| !is_part(*each))
        .map_or(0, |(at, before)| at + before.len_utf8());
    &near[start..]
}

/// How long a value is: up to its closing quote, or to what separates it from the next one.
fn length_of(value: &str) -> usize {
    if value.starts_with(PLACEHOLDER) {
        return PLACEHOLDER.len();
    }
    if value.starts_with("$(") || value.starts_with("${") {
        return value.find([')', '}']).map_or(value.len(), |end| end + 1);
    }
    // Python and TOML have texts in three quotes; a text within JSON has quotes that are escaped.
    for quote in ["\"\"\"", "'''", "\\\"", "\"", "'"] {
        if let Some(inside) = value.strip_prefix(quote) {
            return inside
                .find(quote)
                .map_or(value.len(), |end| end + 2 * quote.len());
        }
    }
    value
        .find([' ', '\t', ';', '&', ',', '"', '\'', '`', '}', ']', ')'])
        .unwrap_or(value.len())
}

fn clean_schemes(text: &str) -> Option<String> {
    if !text.contains([' ', '\t']) {
        return None;
    }
    replace_group(text, &SCHEMES, 1, |found| is_credential(&found[1]))
}

/// A word of a sentence ("Basic authentication") is none.
fn is_credential(word: &str) -> bool {
    let letters = word.trim_end_matches(['.', '-', '/']);
    letters.contains(|each: char| !each.is_ascii_alphabetic() && !"-/".contains(each))
        || letters.chars().skip(1).any(char::is_uppercase)
            && letters.chars().any(char::is_lowercase)
        || letters.len() >= 24
}

fn clean_tokens(text: &str) -> Option<String> {
    match TOKENS.replace_all(text, PLACEHOLDER) {
        Cow::Owned(clean) => Some(clean),
        Cow::Borrowed(_) => None,
    }
}

fn clean_data_sources(text: &str) -> Option<String> {
    if !text.contains('@') {
        return None;
    }
    replace_group(text, &DATA_SOURCES, 1, |found| {
        let host = &found[0][found[0].rfind('@').unwrap_or_default()..];
        !["@sha256", "@sha512"].contains(&host) && &found[1] != PLACEHOLDER
    })
}

fn clean_other_forms(text: &str) -> Option<String> {
    let mut clean = None::<String>;
    for form in OTHER_FORMS.iter() {
        let before = clean.as_deref().unwrap_or(text);
        let after = replace_group(before, form, 1, |found| !is_shown(&found[1]));
        clean = after.or(clean);
    }
    clean
}
