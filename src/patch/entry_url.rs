//! What does the URL of a remote write say of where it leads, also where another program fills it in?

/// Marks of Envsubst, Make, Helm, Jinja, ERB and Ansible.
const MARKS: [&str; 6] = ["${", "$(", "{{", "<%", "%(", "@@"];

/// In names of variables and remote writes that are about a workspace.
const WORDS: [&str; 4] = ["amw", "azure", "ingest", "dcr"];

/// Host and port, without a user or password before them.
pub(super) fn host_of(url: &str) -> &str {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default()
}

/// Whether a program that fills in variables decides where it leads, and that may be Azure.
pub(super) fn is_variable(url: &str) -> bool {
    let authority = match url.split_once("://") {
        Some((_, rest)) => rest,
        None if is_placeholder(url) => return true,
        None => url,
    };
    let path = authority.find('/').map_or("", |start| &authority[start..]);
    let may_be_azure = path.is_empty() || path.contains("dataCollectionRules") || has_mark(path);
    has_mark_at_start(url) || (has_mark(host_of(url)) && may_be_azure)
}

/// Whether the name of the variable, or that of the remote write, is about a workspace.
pub(super) fn speaks_of_azure(url: &str, name: Option<&str>) -> bool {
    [url, name.unwrap_or_default()].iter().any(|text| {
        let text = text.to_lowercase();
        WORDS.iter().any(|word| text.contains(word))
    })
}

fn has_mark(text: &str) -> bool {
    MARKS.iter().any(|mark| text.contains(mark)) || text.match_indices('$').any(starts_name(text))
}

/// Whether a name follows a dollar sign, as in `$AMW_URL`.
fn starts_name(text: &str) -> impl FnMut((usize, &str)) -> bool {
    |(at, mark)| {
        let next = text[at + mark.len()..].chars().next();
        next.is_some_and(|next| next == '_' || next.is_ascii_alphabetic())
    }
}

fn has_mark_at_start(url: &str) -> bool {
    MARKS.iter().any(|mark| url.starts_with(mark)) || (url.starts_with('$') && has_mark(url))
}

/// `<WRITE URL>`, `%AMW_URL%`, `__AMW_URL__`, `AMW_URL`: with no scheme, Prometheus itself can do nothing with it.
fn is_placeholder(text: &str) -> bool {
    let is_in =
        |mark: &str| text.starts_with(mark) && text.ends_with(mark) && text.len() > 2 * mark.len();
    let is_word =
        |letter: char| letter == '_' || letter.is_ascii_uppercase() || letter.is_ascii_digit();
    (text.starts_with('<') && text.ends_with('>'))
        || is_in("%")
        || is_in("__")
        || (text.contains('_') && text.chars().all(is_word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_is_filled_in_is_known_by_its_marks() {
        for url in [
            "$URL",
            "${AMW_URL}",
            "$(AMW_URL)",
            "{{ .Values.x }}",
            "https://$HOST/dataCollectionRules/x",
            "https://{{ host }}",
            "<WRITE URL>",
            "%AMW_URL%",
            "__AMW_URL__",
            "@@AMW_URL@@",
            "AMW_URL",
        ] {
            assert!(is_variable(url), "{url}");
        }
        for url in [
            "",
            "https://mimir.example.com/api/v1/push",
            "https://${HOST}/api/v1/push",
            "https://mimir.example.com/$5",
            "localhost:8081/api/v1/write",
            "mimir",
        ] {
            assert!(!is_variable(url), "{url}");
        }
    }

    #[test]
    fn the_name_of_the_variable_or_of_the_remote_write_can_say_what_it_is_for() {
        assert!(speaks_of_azure("${AMW_URL}", None));
        assert!(speaks_of_azure("$URL", Some("Azure-Monitor")));
        assert!(!speaks_of_azure("${REMOTE_WRITE_URL}", Some("mimir")));
        assert!(!speaks_of_azure("$URL", None));
    }
}
