//! Text that another program fills in before it is read.

/// How an expression starts: of Helm, Argo CD and Go templates, Jinja, ERB, the shell and Flux, Kubernetes, Terraform.
const STARTS: [&str; 6] = ["{{", "{%", "<%", "${", "$(", "#{"];

/// Whether another program fills in a part of the text: what it will be is not known here.
pub(crate) fn is_filled_in(text: &str) -> bool {
    STARTS.iter().any(|start| text.contains(start))
}
