//! How an ApplicationSet of Argo CD fills in the values of a cluster: as Go templates, or as names in double braces.

use std::fmt;

use serde_yaml::Value;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TemplateLanguage {
    /// `goTemplate: true`: `{{.name}}`; a name alone is a function, and an unknown one ends with an error.
    Go,
    /// `{{name}}`; anything else stays as it is.
    Names,
}

impl TemplateLanguage {
    /// `None` for what is no ApplicationSet.
    pub(crate) fn of(document: &Value) -> Option<Self> {
        let is_go = document["spec"]["goTemplate"] == true;
        let language = if is_go { Self::Go } else { Self::Names };
        (document["kind"] == "ApplicationSet").then_some(language)
    }

    /// The name of a cluster, of the generator `clusters`.
    pub(super) fn cluster_name(self) -> &'static str {
        match self {
            Self::Go => "{{.name}}",
            Self::Names => "{{name}}",
        }
    }

    /// The text with each expression as this language has it; `None` where each one is.
    pub(crate) fn respelled(self, text: &str) -> Option<String> {
        let mut result = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{")
            && let Some((expression, after)) = after.split_once("}}")
        {
            result.push_str(before);
            result.push_str(&self.expression(expression));
            rest = after;
        }
        result.push_str(rest);
        (result != text).then_some(result)
    }

    fn expression(self, inside: &str) -> String {
        let name = inside.trim_matches(['-', ' ']);
        let plain = name.strip_prefix('.').unwrap_or(name);
        let is_part = |each: char| each.is_ascii_alphanumeric() || "_-./".contains(each);
        let is_plain = !plain.is_empty() && plain.chars().all(is_part);
        match self {
            // What ends a condition is no name.
            Self::Go if ["else", "end"].contains(&name) => format!("{{{{{inside}}}}}"),
            Self::Go if is_plain && !name.starts_with('.') => format!("{{{{.{plain}}}}}"),
            Self::Names if is_plain && name.starts_with('.') => format!("{{{{{plain}}}}}"),
            // A function, a pipe or a text.
            Self::Names if !is_plain => self.cluster_name().to_owned(),
            _ => format!("{{{{{inside}}}}}"),
        }
    }
}

impl fmt::Display for TemplateLanguage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Go => "the ApplicationSet has `goTemplate: true`",
            Self::Names => "the ApplicationSet does not have `goTemplate: true`",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::TemplateLanguage::{Go, Names};

    #[test]
    fn an_expression_of_the_other_language_is_put_right() {
        for (language, text, right) in [
            (Go, "{{name}}", Some("{{.name}}")),
            (
                Go,
                "a-{{ metadata.labels.x }}-b",
                Some("a-{{.metadata.labels.x}}-b"),
            ),
            (Go, "{{ .name }}", None),
            (Go, "{{index .metadata.labels \"x\"}}", None),
            (Names, "{{.name}}", Some("{{name}}")),
            (Names, "{{ name }}", None),
            (Names, "{{index .metadata.labels \"x\"}}", Some("{{name}}")),
            (Names, "prod", None),
            (Go, "{{name", None),
        ] {
            assert_eq!(
                language.respelled(text).as_deref(),
                right,
                "{language:?} {text}"
            );
        }
    }
}
