//! Secrets in the command lines of well-known programs where they have a place of their own: `htpasswd -nb USER PASSWORD`.

use std::sync::OnceLock;

use regex::{Captures, Regex};

use super::forms::{form, replace_group};
use super::keys::{KeyClass, classify};
use super::urls::is_shown;

/// The command lines of a program.
struct CommandForm {
    /// One of these is in each such line. The form is compiled for the first one: most runs see none.
    words: &'static [&'static str],
    form: &'static str,
    /// Which group of the form is the secret.
    group: usize,
    is_secret: fn(&Captures) -> bool,
    compiled: OnceLock<Regex>,
}

/// A word of a shell, or several in quotes.
const VALUE: &str = r#"("[^"]+"|'[^']+'|[^\s"'|<>&;]+)"#;

/// Options, perhaps with a number.
const OPTIONS: &str = r"(?:[ \t]+-[\w-]+(?:[ \t]+[0-9]+)?)*";

/// Programs that read what is secret from their input.
const READERS: &str = r"(?:base64|base32|xxd|openssl|gpg2?|chpasswd|passwd|mkpasswd|htpasswd|sudo[ \t]+-[\w]*S|su|kinit|cryptsetup|kubeseal|age|sops|vault|sha[0-9]+sum|shasum|md5sum|rclone|redis-cli|argocd|cosign|ldap[\w]+)\b";

/// Commands that do, by their other words.
const READS: &str = r"[^|<]*\b(?:login|secrets?|tokens?|auth|[\w-]*passw[\w]*|passphrase)\b";

static FORMS: [CommandForm; 18] = [
    positional(
        &["htpasswd"],
        r"\bhtpasswd{OPTIONS}[ \t]+-[\w]*n[\w]*{OPTIONS}[ \t]+[^\s-]\S*[ \t]+{VALUE}",
    ),
    positional(
        &["htpasswd"],
        r"\bhtpasswd{OPTIONS}[ \t]+-[\w]*b[\w]*{OPTIONS}[ \t]+[^\s-]\S*[ \t]+[^\s-]\S*[ \t]+{VALUE}",
    ),
    positional(
        &["vault"],
        r"\bvault[ \t]+(?:login|unwrap|(?:operator[ \t]+)?unseal|token[ \t]+(?:lookup|revoke|renew)){OPTIONS}[ \t]+([^\s=-][^\s=]+)(?:[ \t]|$)",
    ),
    positional(
        &["rabbitmqctl"],
        r"\brabbitmqctl\b.*?[ \t](?:add_user|change_password|authenticate_user)[ \t]+\S+[ \t]+{VALUE}",
    ),
    positional(
        &["mc "],
        r"\bmc[ \t]+(?:alias[ \t]+set|config[ \t]+host[ \t]+add)[ \t]+\S+[ \t]+\S+[ \t]+\S+[ \t]+{VALUE}",
    ),
    positional(
        &["wpa_passphrase", "net user"],
        r"\b(?:wpa_passphrase|net[ \t]+user)[ \t]+[^\s/]\S*[ \t]+{VALUE}",
    ),
    positional(
        &["rclone", "openssl passwd", "mkpasswd"],
        r"\b(?:rclone[ \t]+obscure|openssl[ \t]+passwd|mkpasswd){OPTIONS}[ \t]+{VALUE}",
    ),
    positional(
        &["ConvertTo-SecureString", "convertto-securestring"],
        r"(?i)\bConvertTo-SecureString(?:[ \t]+-(?:String|AsPlainText|Force))*[ \t]+{VALUE}",
    ),
    positional(
        &["smbclient"],
        r"\bsmbclient[ \t]+\S*(?://|\\\\)\S+[ \t]+([^\s-]\S*)",
    ),
    // Samba's, `user%password`.
    positional(
        &["%"],
        r#"(?:^|[ \t])(?:-[UaA]|--user(?:name)?)[ =]*["']?[^\s%"']+%([^\s"']+)"#,
    ),
    positional(
        &["lftp"],
        r#"\blftp\b.*?[ \t]-u[ \t]+["']?[^\s,"']+,([^\s"']+)"#,
    ),
    positional(
        &["/p:", "/pass:", "/password:"],
        r"(?:^|[ \t])/p(?:ass(?:word)?)?:{VALUE}",
    ),
    positional(
        &["sqlplus", "sqlldr", "impdp", "expdp"],
        r"\b(?:sqlplus|sqlldr|impdp|expdp){OPTIONS}[ \t]+[^\s/]+/([^\s@/]+)",
    ),
    // SQL.
    positional(
        &["dentified", "DENTIFIED", "assword", "ASSWORD"],
        r#"(?i)\b(?:identified[ \t]+by|password)[ \t]+('[^']+'|"[^"]+")"#,
    ),
    // What is stored as a secret of a service, whatever its name is.
    positional(
        &["secret", "parameter"],
        r"(?i)\b[\w-]*(?:secrets?|secretsmanager|put-parameter)[ \t].*?[ \t](?:--value|--body|--plaintext|--string-value|--password)[ =]+{VALUE}",
    ),
    // `config set NAME VALUE`, `kv put NAME VALUE`.
    CommandForm {
        words: &["set", "put", "config"],
        form: r#"\b(config(?:ure)?|kv|set|put)((?:[ \t]+(?:set|put|--?[\w-]+))*)[ \t]+["']?([^\s"'=-][^\s"'=]*)["']?[ \t]+{VALUE}"#,
        group: 4,
        is_secret: is_setting,
        compiled: OnceLock::new(),
    },
    // What the shell gives to a program as its input.
    positional(
        &["|"],
        r#"\b(?:echo|printf)(?:[ \t]+-[neE]+)*[ \t]+((?:"[^"]*"|'[^']*'|[^|"'])*?(?:"[^"]*"|'[^']*'|[^\s|"']))[ \t]*\|[ \t]*(?:\S*/)?(?:{READERS}|{READS})"#,
    ),
    positional(
        &["<<<"],
        r"(?i)(?:{READERS}|\b(?:passw(?:or)?d|login|token|secret|passphrase)).*?<<<[ \t]*{VALUE}",
    ),
];

const fn positional(words: &'static [&'static str], form: &'static str) -> CommandForm {
    CommandForm {
        words,
        form,
        group: 1,
        is_secret: |found| !is_known(&found[1]),
        compiled: OnceLock::new(),
    }
}

impl CommandForm {
    fn regex(&self) -> &Regex {
        self.compiled.get_or_init(|| {
            // The readers hold no other of these.
            let parts = [
                ("{READERS}", READERS),
                ("{READS}", READS),
                ("{OPTIONS}", OPTIONS),
                ("{VALUE}", VALUE),
            ];
            let whole = parts
                .iter()
                .fold(self.form.to_owned(), |text, (name, part)| {
                    text.replace(name, part)
                });
            form(&whole)
        })
    }
}

/// Hides the secrets of command lines of well-known programs.
pub(super) fn clean_commands(text: &str) -> Option<String> {
    // The shortest one of them has more.
    if text.len() < 10 || !text.contains([' ', '\t']) {
        return None;
    }
    let mut clean = None::<String>;
    for known in &FORMS {
        let before = clean.as_deref().unwrap_or(text);
        if known.words.iter().any(|word| before.contains(word)) {
            let after = replace_group(before, known.regex(), known.group, known.is_secret);
            clean = after.or(clean);
        }
    }
    clean
}

/// Which arguments of a list such as `command: [htpasswd, -nb, ada, VALUE]` are or have secrets.
pub(super) fn secret_arguments(arguments: &[&str]) -> Vec<bool> {
    // A command has few, and a list of a thousand targets is none.
    const MOST: usize = 200;
    // No white space to the forms, so that one argument stays one word.
    const JOINED: &str = "\u{2060}";
    let none = vec![false; arguments.len()];
    if !(2..=MOST).contains(&arguments.len()) {
        return none;
    }
    let words: Vec<String> = arguments
        .iter()
        .map(|argument| argument.split_whitespace().collect::<Vec<_>>().join(JOINED))
        .collect();
    let Some(clean) = clean_commands(&words.join(" ")) else {
        return none;
    };
    let clean: Vec<&str> = clean.split(' ').collect();
    match clean.len() == words.len() {
        true => words
            .iter()
            .zip(clean)
            .map(|(word, clean)| word != clean)
            .collect(),
        false => none,
    }
}

/// No secret: hidden already, or the name of a variable.
fn is_known(value: &str) -> bool {
    let inside = value.trim_matches(['"', '\'', '\\']);
    let is_part = |each: char| each.is_ascii_alphanumeric() || "_{}()".contains(each);
    // The shell puts no variables into single quotes.
    let is_variable = |name: &str| !value.starts_with('\'') && name.chars().all(is_part);
    is_shown(inside) || inside.strip_prefix('$').is_some_and(is_variable)
}

/// Whether `set NAME VALUE` is no sentence such as `set the password here`, and the name that of a secret.
fn is_setting(found: &Captures) -> bool {
    let (verb, more, name, value) = (&found[1], &found[2], &found[3], &found[4]);
    let is_command = ["kv", "configure"].contains(&verb)
        || !more.is_empty()
        || name.contains(['.', '_', ':', '/'])
        || value.starts_with(['"', '\''])
        || value.contains(|each: char| !each.is_ascii_lowercase());
    classify(name) == KeyClass::Secret && is_command && !is_known(value)
}
