//! The name of a key as a message shows it. A wrong file, such as one of passwords, has keys that are secrets.

use std::borrow::Cow;

/// More characters are no name.
const LONGEST: usize = 80;

/// The name, up to where it is none: `password=…` is shown as `password…`.
pub(crate) fn shown_key(name: &str) -> Cow<'_, str> {
    let is_part = |each: char| each.is_alphanumeric() || "_-./[]{}<>@ ".contains(each);
    let end = name.find(|each| !is_part(each)).unwrap_or(name.len());
    let words = name[..end].split(['.', '/', '[', ']', ' ']);
    let random = words.filter(|word| is_random(word)).map(|word| {
        let start = word.as_ptr() as usize - name.as_ptr() as usize;
        start + word.char_indices().nth(4).map_or(0, |(at, _)| at)
    });
    let end = random.min().unwrap_or(end);
    let end = end.min(name.char_indices().nth(LONGEST).map_or(end, |(at, _)| at));
    match end == name.len() {
        true => Cow::Borrowed(name),
        false => Cow::Owned(format!("{}…", &name[..end])),
    }
}

/// Each text in double quotes as `shown_key` shows it.
pub(crate) fn shown_quotes(message: &str) -> String {
    let parts = message.split('"').enumerate();
    let parts = parts.map(|(number, part)| match number % 2 {
        1 => shown_key(part),
        _ => Cow::Borrowed(part),
    });
    parts.collect::<Vec<_>>().join("\"")
}

/// Letters and digits as no person mixes them: a token, not a name.
fn is_random(word: &str) -> bool {
    const FEWEST_DIGITS: usize = 4;
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let has = |is: fn(&char) -> bool| word.chars().any(|each| is(&each));
    let is_mixed = has(char::is_ascii_lowercase) && has(char::is_ascii_uppercase);
    let is_hex = word.chars().all(|each| each.is_ascii_hexdigit());
    word.len() >= 16 && digits >= FEWEST_DIGITS && (is_mixed || is_hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_a_secret_is_cut_off() {
        for (name, shown) in [
            ("password=S3cret", "password…"),
            ("root:abJnggxhB/yWI:19000:0:99999:7::", "root…"),
            ("root:$6$salt$hash:1::", "root…"),
            ("=S3cret", "…"),
            ("ghp_0123456789abcdefABCDEF", "ghp_…"),
            ("a.0123456789abcdef", "a.0123…"),
        ] {
            assert_eq!(shown_key(name), shown);
        }
        assert_eq!(
            shown_quotes("no URL: \"https://u:S3cret@h\" here"),
            "no URL: \"https…\" here"
        );
    }

    #[test]
    fn names_are_shown() {
        for name in [
            "remote_write[0].write_relabel_configs",
            "app.kubernetes.io/name",
            "retryOnHttp429AndMore",
            "{{name}}",
            "prometheus-2.yaml",
            "größe",
            "",
        ] {
            assert_eq!(shown_key(name), name);
        }
    }
}
