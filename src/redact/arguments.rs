//! Secrets in the arguments of a command, word by word: that after `--password`, or after `-w` of a program that takes it there.

use super::keys::{KeyClass, classify};
use super::urls::{PLACEHOLDER, is_shown};

/// Programs with an option whose value is a secret and whose name does not show it.
struct ProgramOptions {
    programs: &'static [&'static str],
    options: &'static [&'static str],
    /// The value may follow without a space: `-pVALUE`.
    is_attached: bool,
}

static PROGRAMS: [ProgramOptions; 13] = [
    separate(&["openssl"], &["-k", "-K", "-hmac"]),
    separate(&["redis-cli", "valkey-cli"], &["-a"]),
    separate(&["mosquitto_pub", "mosquitto_sub", "mosquitto_rr"], &["-P"]),
    separate(&["ssh-keygen"], &["-N", "-P"]),
    separate(&["curl"], &["-b"]),
    separate(&["gh"], &["-b"]),
    attached(
        &[
            "ldapsearch",
            "ldapadd",
            "ldapmodify",
            "ldapdelete",
            "ldapwhoami",
            "ldapcompare",
            "ldapmodrdn",
            "ldapexop",
            "adtool",
        ],
        &["-w"],
    ),
    attached(&["ldappasswd"], &["-w", "-s", "-a"]),
    attached(
        &["sqlcmd", "osql", "bcp", "tsql", "ipmitool", "zip", "unzip"],
        &["-P"],
    ),
    attached(&["7z", "7za", "7zr", "7zz", "rar", "unrar"], &["-p", "-hp"]),
    attached(
        &[
            "mysql",
            "mariadb",
            "mysqldump",
            "mysqladmin",
            "mysqlimport",
            "mysqlcheck",
            "mariadb-dump",
            "mariadb-admin",
        ],
        &["-p"],
    ),
    attached(&["sshpass"], &["-p"]),
    attached(
        &[
            "snmpwalk",
            "snmpbulkwalk",
            "snmpget",
            "snmpgetnext",
            "snmpbulkget",
            "snmpset",
            "snmptrap",
            "snmptable",
            "snmpstatus",
        ],
        &["-c", "-A", "-X"],
    ),
];

const fn separate(
    programs: &'static [&'static str],
    options: &'static [&'static str],
) -> ProgramOptions {
    ProgramOptions {
        programs,
        options,
        is_attached: false,
    }
}

const fn attached(
    programs: &'static [&'static str],
    options: &'static [&'static str],
) -> ProgramOptions {
    ProgramOptions {
        programs,
        options,
        is_attached: true,
    }
}

/// What the words of a command decide about the values after them.
#[derive(Clone, Copy, Default)]
pub(super) struct ProgramFound(Option<&'static ProgramOptions>);

impl ProgramFound {
    /// By the first word that is one of the programs, with or without its folder.
    pub(super) fn of<'w>(mut words: impl Iterator<Item = &'w str>) -> Self {
        Self(words.find_map(|word| {
            let name = word.trim_end_matches(':').rsplit('/').next()?;
            let mut known = PROGRAMS.iter();
            known.find(|program| program.programs.contains(&name))
        }))
    }

    /// Whether the next argument is a secret.
    pub(super) fn takes_secret(self, argument: &str) -> bool {
        let options = self.0.map_or(&[][..], |program| program.options);
        options.contains(&argument)
    }

    /// Where in an argument such as `-pVALUE` its secret begins.
    pub(super) fn attached_secret(self, argument: &str) -> Option<usize> {
        let program = self.0.filter(|program| program.is_attached)?;
        // `-hp` before `-p`: the longest one that fits.
        let fits = |option: &&&str| argument.len() > option.len() && argument.starts_with(**option);
        let options = program.options.iter().filter(fits);
        options.map(|option| option.len()).max()
    }
}

/// The words of a command line that are secrets.
pub(super) fn clean_arguments(text: &str) -> Option<String> {
    if !text.contains('-') && !text.contains('=') || !text.contains(' ') {
        return None;
    }
    let mut clean = None::<String>;
    let mut from = 0;
    let mut command = ShellCommand::default();
    for (at, end) in words(text) {
        // A dash in the place of a value stands for the standard input.
        if at < from || command.is_before_value() && &text[at..end] == "-" {
            continue;
        }
        let argument = text[at..end].trim_matches(ENCLOSING);
        let start = end - text[at..end].trim_start_matches(ENCLOSING).len();
        if let Some(offset) = command.secret_in(argument)
            && !is_shown(&argument[offset..])
        {
            let start = start + offset;
            let length = quoted(text, at, start).unwrap_or(argument.len() - offset);
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

/// How long a value of several words in quotes is, whose first quote is before it or its first character.
fn quoted(text: &str, at: usize, start: usize) -> Option<usize> {
    let is_quote = |each: &char| ['"', '\''].contains(each);
    if let Some(quote) = text[start..].chars().next().filter(is_quote) {
        let inside = &text[start + 1..];
        return Some(inside.find(quote).map_or(inside.len() + 1, |end| end + 2));
    }
    let quote = text[at..start].chars().last().filter(is_quote)?;
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
    program: ProgramFound,
    is_vault: bool,
    /// The values of `name=value` after it are secrets, whatever their names are.
    stores: bool,
    last: String,
}

impl ShellCommand {
    fn is_before_value(&self) -> bool {
        self.after_flag || self.after_short
    }

    /// Where in this argument a secret begins.
    fn secret_in(&self, argument: &str) -> Option<usize> {
        let is_short = self.after_short
            && !self.is_public
            && (self.is_login || !is_place_or_number(argument))
            // A variable names the secret and does not have it.
            && !argument.starts_with('$');
        if (self.after_flag || is_short) && !argument.starts_with('-') {
            return Some(0);
        }
        let stored = || {
            let (name, value) = argument.split_once('=').filter(|_| self.stores)?;
            // Read from a file or from the input.
            let is_given = !value.is_empty() && !value.starts_with('@') && value != "-";
            (is_given && !name.starts_with('-')).then_some(name.len() + 1)
        };
        self.program.attached_secret(argument).or_else(stored)
    }

    fn read(&mut self, word: &str, argument: &str) {
        // Another command begins, to which no option of the one before belongs.
        if ["|", "||", "&&", "&", ";"].contains(&word) || word.ends_with(';') {
            *self = Self::default();
            return;
        }
        let program = argument.rsplit('/').next().unwrap_or_default();
        self.is_login |= program == "login";
        self.is_public |= WITHOUT_PASSWORD.contains(&program);
        self.is_vault |= program == "vault";
        let two = (self.last.as_str(), argument);
        // Of Vault, `fly secrets set`, `kubectl set env`, Heroku, and `az webapp config appsettings
        // set`.
        self.stores |= self.is_vault && ["put", "patch", "write"].contains(&argument)
            || [("secrets", "set"), ("secret", "set"), ("set", "env")].contains(&two)
            || ["config:set", "--settings"].contains(&argument);
        if self.program.0.is_none() {
            self.program = ProgramFound::of(std::iter::once(argument));
        }
        self.after_flag = is_secret_flag(argument) || self.program.takes_secret(argument);
        self.after_short = argument == SHORT_PASSWORD;
        argument.clone_into(&mut self.last);
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
        // With its value in the same argument it is read as `name=value`.
        .filter(|name| !name.contains(['=', ':']))
        .is_some_and(|name| match classify(name) {
            KeyClass::Secret => true,
            // `--auth` names a way to sign in, `--api-url` a place.
            KeyClass::SecretScalar => !name.ends_with("auth") && !name.ends_with("url"),
            KeyClass::Reference | KeyClass::Neutral => false,
        })
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
