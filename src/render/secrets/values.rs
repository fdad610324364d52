//! Values that are secrets by their form, wherever they are: credentials of URLs, `password=…`, arguments, tokens.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::keys::{KeyClass, classify, is_secret};
use super::urls::{PLACEHOLDER, clean_urls, is_shown};

/// Compiles a form in which `\w` is in brackets and stands for any letter outside ASCII, too. The library's own `\w` has the letters of all
/// languages one by one, and to compile those took longer than all else of a run.
fn form(text: &str) -> Regex {
    let text = text.replace(r"\w", r"[:word:]\x{80}-\x{10FFFF}");
    Regex::new(&text).expect("the form is a regular expression")
}

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
        r"\bredis-cli\b.*?[ \t]-a[ \t]+(\S+)",
        r"\bvault[ \t]+login[ \t]+([^\s=-][^\s=]+)(?:[ \t]|$)",
        // As csh and fish set a variable.
        r#"\b(?:setenv|set[ \t]+-[gxU]+)[ \t]+(?i:[\w-]*(?:password|passwd|pwd|pass|passphrase|secret|token|credentials?|key|pin|otp))[ \t]+["']?([^\s"']+)"#,
        // A word that the shell gives to a program as its input.
        r#"(?i:passw(?:or)?d|login|token|secret|passphrase).*?<<<[ \t]*["']?([^\s"']+)"#,
        r"\bsshpass[ \t]+-p[ \t]*(\S+)",
        // OpenSSL and keytool.
        r#"(?:^|\s)--?pass(?:in|out|word)?[ =]+["']?pass:([^\s"']+)"#,
        r#"(?:^|\s)-(?:src|dest)?(?:store|key)pass[ \t]+["']?([^\s"']+)"#,
        // What a Secret gets, whatever its key is called, and what a variable of a container gets.
        r#"--from-literal[ =]+["'][^"'=\s]+=([^"']+)"#,
        r#"--from-literal[ =]+[^"'=\s]+=["']?([^\s"']+)"#,
        r#"--set(?:-string|-literal)?[ =]+\S*\]\.value=["']?([^\s,"']+)"#,
        r"\b(?:mysql|mariadb|mysqldump|mysqladmin)\b.*?[ \t]-p([^\s-]\S*)",
    ];
    forms.iter().map(|text| form(text)).collect()
});

/// Hides what looks like a secret in a line.
pub(super) fn clean_text(text: &str) -> Cow<'_, str> {
    if text.len() < 6 {
        return Cow::Borrowed(text);
    }
    let passes: [fn(&str) -> Option<String>; 7] = [
        |text| changed(clean_urls(text)),
        clean_assignments,
        clean_arguments,
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
        let is_secret = is_secret(name)
            || name.eq_ignore_ascii_case("key")
                && is_random(after[..length].trim_matches(['"', '\'']));
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
    for quote in ["\"\"\"", "'''", "\\\"", "\"", "'"] {
        if let Some(inside) = value.strip_prefix(quote) {
            return inside
                .find(quote)
                .map_or(value.len(), |end| end + 2 * quote.len());
        }
    }
    value
        .find([' ', '\t', ';', '&', ',', '"', '\'', '}', ']', ')'])
        .unwrap_or(value.len())
}

/// The word after `--password`, and that after the `-p` of a program whose password it may be.
fn clean_arguments(text: &str) -> Option<String> {
    if !text.contains('-') || !text.contains(' ') {
        return None;
    }
    let mut clean = None::<String>;
    let mut from = 0;
    let mut command = ShellCommand::default();
    for (at, end) in words(text) {
        if at < from || command.is_before_value() && &text[at..end] == "-" {
            continue;
        }
        let argument = text[at..end].trim_matches(ENCLOSING);
        let start = end - text[at..end].trim_start_matches(ENCLOSING).len();
        if command.takes(argument) && !is_shown(argument) {
            let length = quoted(text, at, start).unwrap_or(argument.len());
            let clean = clean.get_or_insert_default();
            clean.push_str(&text[from..start]);
            clean.push_str(PLACEHOLDER);
            from = start + length;
        }
        command.read(&text[at..end], argument);
    }
    clean.map(|clean| clean + &text[from..])
}

/// What is around an argument in a list, a sentence or a string.
const ENCLOSING: [char; 6] = ['"', '\'', ',', '[', ']', '`'];

/// How long a value of several words in quotes is.
fn quoted(text: &str, at: usize, start: usize) -> Option<usize> {
    let quote = text[at..start]
        .chars()
        .last()
        .filter(|last| ['"', '\''].contains(last))?;
    text[start..].find(quote)
}

/// Programs whose `-p` is a folder, a process, a port or a switch.
const WITHOUT_PASSWORD: [&str; 17] = [
    "cp",
    "install",
    "kubectl",
    "mkdir",
    "nc",
    "pgrep",
    "pkill",
    "ps",
    "psql",
    "pg_isready",
    "read",
    "rsync",
    "scp",
    "ssh",
    "ssh-keyscan",
    "tee",
    "unzip",
];

/// The arguments of a command up to one of them, of several in a line the last.
#[derive(Default)]
struct ShellCommand {
    is_login: bool,
    is_public: bool,
    after_flag: bool,
    after_short: bool,
}

impl ShellCommand {
    fn is_before_value(&self) -> bool {
        self.after_flag || self.after_short
    }

    fn takes(&self, argument: &str) -> bool {
        let is_short = self.after_short
            && !self.is_public
            && (self.is_login || !is_place_or_number(argument))
            && !argument.starts_with('$');
        (self.after_flag || is_short) && !argument.starts_with('-')
    }

    fn read(&mut self, word: &str, argument: &str) {
        if ["|", "||", "&&", "&", ";"].contains(&word) || word.ends_with(';') {
            *self = Self::default();
            return;
        }
        let program = argument.rsplit('/').next().unwrap_or_default();
        self.is_login |= program == "login";
        self.is_public |= WITHOUT_PASSWORD.contains(&program);
        self.after_flag = is_secret_flag(argument);
        self.after_short = argument == SHORT_PASSWORD;
    }
}

/// The usual short argument for a password, which is often a port or a path, too.
pub(super) const SHORT_PASSWORD: &str = "-p";

/// A path or a port, as in `-p /data` and `-p 8080:80`.
pub(super) fn is_place_or_number(argument: &str) -> bool {
    let is_port = |each: char| each.is_ascii_digit() || ".:-/".contains(each);
    argument.starts_with(['/', '.', '~', '{']) || argument.chars().all(is_port)
}

fn words(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let start = text.as_ptr() as usize;
    text.split_whitespace().map(move |word| {
        let at = word.as_ptr() as usize - start;
        (at, at + word.len())
    })
}

/// An argument whose value is the next one.
pub(super) fn is_secret_flag(argument: &str) -> bool {
    argument
        .strip_prefix("--")
        .or_else(|| argument.strip_prefix('-'))
        .filter(|name| name.starts_with(|first: char| first.is_ascii_alphabetic()))
        .filter(|name| !name.contains(['=', ':']))
        .is_some_and(|name| classify(name) == KeyClass::Secret)
}

/// An argument whose value is `user:password`.
pub(super) fn is_login_flag(argument: &str) -> bool {
    [
        "-u",
        "-U",
        "--user",
        "--proxy-user",
        "--basic-auth",
        "--auth",
    ]
    .contains(&argument)
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

/// Puts the placeholder in place of this group of each match that is a secret.
pub(super) fn replace_group(
    text: &str,
    form: &Regex,
    group: usize,
    is_secret: fn(&Captures) -> bool,
) -> Option<String> {
    let mut clean = None::<String>;
    let mut from = 0;
    for found in form.captures_iter(text) {
        let Some(group) = found.get(group).filter(|_| is_secret(&found)) else {
            continue;
        };
        let clean = clean.get_or_insert_default();
        clean.push_str(&text[from..group.start()]);
        clean.push_str(PLACEHOLDER);
        from = group.end();
    }
    clean.map(|clean| clean + &text[from..])
}
