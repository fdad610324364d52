//! The table of what is written, in the README, is made from the descriptions. `AMW_RW_BLESS=1 cargo test --lib readme` writes it.

use super::description::{Description, Format, SecretPlace};
use super::kinds::Target;
use crate::text::document_table::has_table;

#[test]
fn the_readme_has_the_table_of_what_is_written() {
    let mut table =
        "| `--target` | what it is | new | yours | a client secret |\n|---|---|---|---|---|\n"
            .to_owned();
    for target in Target::ALL {
        let description = target.description();
        table += &format!(
            "| `{target}` | {} | {} | {} | {} |\n",
            description.summary,
            if description.template.is_some() {
                "yes"
            } else {
                "no"
            },
            change(description),
            secret(description.secret),
        );
    }

    has_table("README.md", "targets", &table);
}

fn change(description: &Description) -> &'static str {
    match description.format {
        Format::Configuration => "patched",
        Format::ConfigMap => "patched, the YAML inside the YAML",
        Format::HelmValues { .. } => {
            "patched; new values for a running release get the items of its lists, which Helm would replace"
        }
        Format::Resource => "patched; for the one in the cluster a JSON Patch",
    }
}

fn secret(place: SecretPlace) -> &'static str {
    match place {
        SecretPlace::InFile => "in the file",
        SecretPlace::Reference => "in a Kubernetes Secret, to which the file refers",
        SecretPlace::Environment => "in a Kubernetes Secret, for the environment of the container",
    }
}
