//! A template read as if it were evaluated: each expression becomes a word, so that the YAML around it can be read.
//!
//! The result only shows what such a file is about. It is never edited.

use super::manual_patch;
use super::manual_patch::text::ManualPatch;
use super::refusal::Reason;
use super::{entry_place, release_resource};
use crate::compat::Installation;
use crate::remote_write::{RemoteWrite, rule_of};
use crate::target::Target;

/// A text without expressions.
pub(crate) struct PlainTemplate {
    pub(crate) text: String,
    /// Each expression, by the number in its word.
    expressions: Vec<String>,
}

const WORD: &str = "amwrwexpression";

/// The line of a text in which a remote write signs in to Azure, in any spelling.
pub(super) fn line_of_sign_in(text: &str) -> Option<usize> {
    let is_sign_in = |line: &str| {
        let key = line.trim_start_matches(['-', ' ']);
        // Prometheus has the one spelling, the resources of the Operator the other.
        key.starts_with("azuread:") || key.starts_with("azureAd:")
    };
    let at = text.lines().position(is_sign_in)?;
    Some(at + 1)
}

/// The line of a text that names the data collection rule of this URL, outside comments.
pub(super) fn line_of_rule(text: &str, url: &str) -> Option<usize> {
    let rule = rule_of(url)?.to_ascii_lowercase();
    let names_rule = |line: &str| {
        // Without a space before it, `#` is part of the value.
        let line = line.split(" #").next().unwrap_or_default();
        let line = line.to_ascii_lowercase();
        let mut ends = line.match_indices(&rule).map(|(at, _)| at + rule.len());
        !line.trim_start().starts_with('#')
            && ends.any(|end| {
                !line[end..].starts_with(|next: char| next == '-' || next.is_ascii_alphanumeric())
            })
    };
    let at = text.lines().position(names_rule)?;
    Some(at + 1)
}

/// What to write into a template by hand.
pub(super) fn manual_patch(
    source: &str,
    installation: &Installation,
    remote_write: &RemoteWrite,
) -> ManualPatch {
    let plain = PlainTemplate::of(source);
    let is_expression = |text: &str| text.contains(WORD);
    let read = manual_patch::of_text(
        &plain.text,
        installation,
        remote_write,
        &Reason::Template,
        &is_expression,
    );
    let manual = read.unwrap_or_else(|| {
        let prefix = plain.prefix(installation.target);
        let prefix: Vec<&str> = prefix.iter().map(String::as_str).collect();
        manual_patch::paste_into(source, installation, remote_write, &prefix)
    });
    manual.restored(|text| plain.restored(text))
}

impl PlainTemplate {
    pub(crate) fn of(text: &str) -> Self {
        let mut plain = Self {
            text: String::with_capacity(text.len()),
            expressions: Vec::new(),
        };
        for line in text.split_inclusive('\n') {
            plain.line(line);
        }
        plain
    }

    /// A line that is nothing but expressions controls what is printed, and is no YAML itself.
    fn line(&mut self, line: &str) {
        let content = line.trim();
        // Helm and Jinja have `{{`; the next two are Jinja's only, as in files of Ansible, and the last is Terraform's.
        let is_control = ["{{", "{%", "{#", "%{"]
            .iter()
            .any(|start| content.starts_with(start));
        if is_control && content.ends_with('}') {
            self.text.push('\n');
            return;
        }
        let mut rest = line;
        while let Some((start, end)) = expression(rest) {
            self.text.push_str(&rest[..start]);
            self.text
                // The `x` ends the number, so that word 1 is not found within word 12.
                .push_str(&format!("{WORD}{}x", self.expressions.len()));
            self.expressions.push(rest[start..end].to_owned());
            rest = &rest[end..];
        }
        self.text.push_str(rest);
    }

    /// A text from the plain template with its expressions again.
    pub(crate) fn restored(&self, text: &str) -> String {
        let mut restored = text.to_owned();
        for (number, expression) in self.expressions.iter().enumerate() {
            restored = restored.replace(&format!("{WORD}{number}x"), expression);
        }
        restored
    }

    /// The keys of parent charts below which the target is.
    pub(super) fn prefix(&self, target: Target) -> Vec<String> {
        let Ok(document) = release_resource::document(&self.text, target) else {
            return Vec::new();
        };
        let prefix = entry_place::prefix_in(target, document.subject(), document.is_of_chart());
        let prefix = prefix.unwrap_or_default().into_iter();
        prefix.map(str::to_owned).collect()
    }
}

/// Where the first expression starts and ends.
fn expression(text: &str) -> Option<(usize, usize)> {
    let start = text.find("{{").into_iter().chain(text.find("{%")).min()?;
    let close = if text[start..].starts_with("{{") {
        "}}"
    } else {
        "%}"
    };
    let end = text[start..].find(close)? + start + close.len();
    Some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "{{- if .a }}\nkps:\n  prometheus:\n    prometheusSpec:\n      tag: {{ a }}-{{ b }}\n{{- end }}\n";

    #[test]
    fn expressions_become_words_and_lines_of_control_go() {
        let plain = PlainTemplate::of(TEMPLATE);

        assert_eq!(
            plain.text,
            "\nkps:\n  prometheus:\n    prometheusSpec:\n      tag: amwrwexpression0x-amwrwexpression1x\n\n"
        );
        assert_eq!(plain.restored("x: amwrwexpression1x"), "x: {{ b }}");
        assert_eq!(plain.prefix(Target::KubePrometheusStack), ["kps"]);
    }

    #[test]
    fn a_line_of_control_of_terraform_goes() {
        let plain = PlainTemplate::of("%{ if a ~}\nb: ${c}\n%{ endif ~}\n");

        assert_eq!(plain.text, "\nb: ${c}\n\n");
    }

    #[test]
    fn the_line_of_a_rule_is_no_comment_and_of_no_other_rule() {
        let url = "https://a/dataCollectionRules/dcr-12/streams/x";
        let text =
            "# dcr-12\na: dcr-123\nb: c # dcr-12\nurl: https://b/DATACOLLECTIONRULES/DCR-12/x\n";

        assert_eq!(line_of_rule(text, url), Some(4));
        assert_eq!(line_of_rule("a: dcr-12\n", "https://a/x"), None);
    }

    #[test]
    fn an_expression_without_an_end_is_left() {
        assert_eq!(PlainTemplate::of("a: {{ b\n").text, "a: {{ b\n");
    }
}
