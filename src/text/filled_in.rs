//! Text that another program fills in before it is read.

/// How an expression starts: of Helm, Argo CD and Go templates, Jinja, ERB, the shell and Flux, Kubernetes and Make, Azure
/// Pipelines and Ansible.
const STARTS: [&str; 8] = ["{{", "{%", "<%", "${", "$(", "#{", "%(", "@@"];

/// Whether another program fills in a part of the text: what it will be is not known here.
pub(crate) fn is_filled_in(text: &str) -> bool {
    STARTS.iter().any(|start| text.contains(start))
}

/// Whether another program fills in its first part.
pub(crate) fn starts_filled_in(text: &str) -> bool {
    STARTS.iter().any(|start| text.starts_with(start))
}

/// Whether the whole text is a mark that another program replaces: `$NAME`, `$NAME$`, `<NAME>`, `%NAME%`, `__NAME__`, `[[ name ]]`, `((name))`,
/// `ENC[…]` of SOPS and hiera, `ref+…://` of vals.
pub(crate) fn is_placeholder(text: &str) -> bool {
    let is_between = |start: &str, end: &str| {
        text.len() > start.len() + end.len() && text.starts_with(start) && text.ends_with(end)
    };
    let names_variable = text.strip_prefix('$').is_some_and(|name| {
        name.starts_with(|first: char| first == '_' || first.is_ascii_alphabetic())
    });
    names_variable
        || is_between("<", ">")
        || is_between("%", "%")
        || is_between("__", "__")
        || is_between("[[", "]]")
        || is_between("((", "))")
        || is_between("ENC[", "]")
        || text.starts_with("ref+")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_other_programs_are_placeholders() {
        for text in [
            "$TIMEOUT",
            "$TIMEOUT$",
            "<TIMEOUT>",
            "__TIMEOUT__",
            "%TIMEOUT%",
            "[[ .timeout ]]",
            "((timeout))",
            "ENC[AES256_GCM,data:x]",
            "ref+vault://secret/x#timeout",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in ["30s", "$1", "$", "<>", "", "__"] {
            assert!(!is_placeholder(text), "{text}");
        }
    }
}
