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
