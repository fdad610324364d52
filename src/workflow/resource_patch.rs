//! Which JSON Patch puts the connection into a resource of the cluster, and how is it applied?

use std::path::{Path, PathBuf};

use crate::compat::Installation;
use crate::delivery::LiveResource;
use crate::error::Failure;
use crate::next_step::NextStep;
use crate::patch::{self, Notice, PatchOperation, PatchRefusal};
use crate::redact::without_secrets;
use crate::remote_write::RemoteWrite;
use crate::render::{BlockStyle, ManifestResource, block_lines};
use crate::spec::command_line::KubeContext;
use crate::target::resource_kind::ResourceKind;
use crate::text::path_text;
use crate::workflow::occupied_file;
use crate::workflow::patch_failure;
use crate::workflow::proposal::Proposal;

/// A resource, as it is in the cluster or was read from there.
pub(crate) struct PatchedResource<'a> {
    /// In messages and diffs.
    name: String,
    text: String,
    live: Option<&'a LiveResource>,
    /// Where the resource of a file is, for a file that does not name it.
    namespace: Option<&'a str>,
}

impl<'a> PatchedResource<'a> {
    pub(crate) fn of_cluster(live: &'a LiveResource) -> Self {
        let resource = &live.resource;
        Self {
            name: format!("{} {}", resource.kind, resource.reference()),
            text: live.text.clone(),
            live: Some(live),
            namespace: None,
        }
    }

    pub(crate) fn of_file(name: String, text: String, namespace: Option<&'a str>) -> Self {
        Self {
            name,
            text,
            live: None,
            namespace,
        }
    }

    /// The patch, which `out` will hold.
    pub(crate) fn propose(
        self,
        installation: &Installation,
        remote_write: &RemoteWrite,
        out: Option<PathBuf>,
        context: Option<&KubeContext>,
    ) -> Result<Proposal, Failure> {
        let refused = |refusal: PatchRefusal| {
            let refusal = match self.live {
                Some(_) => refusal.of_cluster(),
                None => refusal,
            };
            patch_failure::refused(&self.name, &refusal)
        };
        let (operations, mut notices) =
            patch::json_patch(&self.text, installation, remote_write).map_err(refused)?;
        let patched = patch::patch(&self.text, installation, remote_write).map_err(refused)?;
        let changes: Vec<_> = operations
            .iter()
            .filter_map(PatchOperation::changed_keys)
            .collect();
        if let Some(live) = self.live {
            // The user has no file in which a line could be looked up.
            notices.iter_mut().for_each(|notice| notice.location = None);
            notices.extend(
                live.notes(&changes, "takes this connection out again")
                    .into_iter()
                    .map(Notice::of_cluster),
            );
        }
        let next = self.next(out.as_deref(), context);
        let product = text(&operations, out.as_deref())?;
        let carries_secret = without_secrets(&product) != product;
        let before = match &out {
            Some(out) => occupied_file::present_text(out)?,
            None => String::new(),
        };
        if let Some(out) = &out {
            occupied_file::check_for_patch(out, &before, &product)?;
        }
        let proposal = Proposal::new(out, before, product, carries_secret);
        // Parsing takes away comments and layout, so that only what changes is seen as a change.
        let after = if operations.is_empty() {
            self.text.clone()
        } else {
            patched.text
        };
        Ok(proposal
            .with_notices(notices)
            .changing(self.name, self.text, after, next))
    }

    fn next(&self, out: Option<&Path>, context: Option<&KubeContext>) -> NextStep {
        let file = out.map_or_else(|| "FILE".to_owned(), path_text::encode);
        if let Some(live) = self.live {
            return live.after_patch(&file, context);
        }
        let resource = patch::resource(&self.text)
            .ok()
            .and_then(|document| ManifestResource::of(&document));
        match resource {
            Some(mut resource) => {
                // Without `-n` kubectl would take the namespace of the current context, and the resource of that name there.
                if resource.namespace.is_empty() {
                    let namespace = self.namespace.unwrap_or("NAMESPACE");
                    namespace.clone_into(&mut resource.namespace);
                }
                resource.patch_line(&file, context).into()
            }
            None => ManifestResource::new(ResourceKind::Prometheus, "NAMESPACE", "NAME")
                .patch_line(&file, context)
                .into(),
        }
    }
}

/// kubectl takes a patch in YAML too, which a file with such a name should hold.
pub(super) fn text(operations: &[PatchOperation], out: Option<&Path>) -> Result<String, Failure> {
    let unwritable =
        |error: serde_json::Error| Failure::new("write down the JSON Patch").because(error);
    let extension = out.and_then(Path::extension).and_then(|all| all.to_str());
    let text = match extension {
        Some("yaml" | "yml") => {
            let value = serde_yaml::to_value(operations).unwrap_or_default();
            block_lines(&value, BlockStyle::default()).join("\n")
        }
        _ => readable_as_yaml(&serde_json::to_string_pretty(operations).map_err(unwritable)?),
    };
    Ok(text + "\n")
}

/// kubectl reads JSON as YAML, which refuses characters that JSON may hold as they are.
fn readable_as_yaml(json: &str) -> String {
    let is_refused = |letter: char| {
        matches!(
            letter,
            '\u{7f}'..='\u{9f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
        )
    };
    let mut text = String::with_capacity(json.len());
    for letter in json.chars() {
        match is_refused(letter) {
            true => text.push_str(&format!("\\u{:04x}", u32::from(letter))),
            false => text.push(letter),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_for_kubectl_is_also_yaml_of_the_same_content() {
        let json = serde_json::to_string("a\u{7f}\u{85}\u{9b}é\u{feff}😀\u{1}").unwrap();

        let text = readable_as_yaml(&json);

        assert_eq!(text, r#""a\u007f\u0085\u009bé\ufeff😀\u0001""#);
        let same: [String; 2] = [
            serde_json::from_str(&json).unwrap(),
            serde_json::from_str(&text).unwrap(),
        ];
        assert_eq!(same[0], same[1]);
    }
}
