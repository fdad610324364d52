//! The forms by which a secret is recognised: regular expressions, and what takes the place of one of their groups.

use regex::{Captures, Regex};

use super::urls::PLACEHOLDER;

/// Compiles a form in which `\w` is in brackets and stands for any letter outside ASCII, too. The library's own `\w` has the letters of all
/// languages one by one, and to compile those took longer than all else of a run.
pub(super) fn form(text: &str) -> Regex {
    let text = text.replace(r"\w", r"[:word:]\x{80}-\x{10FFFF}");
    Regex::new(&text).expect("the form is a regular expression")
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
