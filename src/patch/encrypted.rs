//! Files whose values a program encrypts. It keeps a check sum of all values (SOPS) or of the whole text (Ansible Vault), so
//! that an edit of ours, even of a value in the clear, makes the file unreadable to it.

use serde_yaml::Value;

use super::data;
use super::refusal::{Location, PatchRefusal, Reason};

const SOPS: Reason = Reason::Encrypted {
    program: "SOPS",
    editor: "sops",
};
const ANSIBLE_VAULT: Reason = Reason::Encrypted {
    program: "Ansible Vault",
    editor: "ansible-vault edit",
};

/// Refuses a file that only the program that encrypted it can edit.
pub(super) fn check(source: &str) -> Result<(), PatchRefusal> {
    if source
        .trim_start_matches(['\u{feff}', '\n'])
        .starts_with("$ANSIBLE_VAULT;")
    {
        return Err(ANSIBLE_VAULT.into());
    }
    // Reading takes long in a large file, and most have neither.
    if !source.contains("sops") || !source.contains("mac") {
        return Ok(());
    }
    // What is no YAML is refused by itself.
    let documents = data::read(source).unwrap_or_default();
    match documents.iter().any(is_of_sops) {
        true => Err(PatchRefusal::new(SOPS).at_any(place(source))),
        false => Ok(()),
    }
}

/// <https://github.com/getsops/sops#encryption-protocol>: the message authentication code is in the metadata of each file.
fn is_of_sops(document: &Value) -> bool {
    let metadata = &document["sops"];
    metadata.is_mapping() && metadata["mac"].is_string()
}

fn place(source: &str) -> Option<Location> {
    let line = source.lines().position(|line| line.starts_with("sops:"))?;
    Some(Location::new(line + 1, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(text: &str) -> Option<Reason> {
        check(text).err().map(|refusal| refusal.reason)
    }

    #[test]
    fn what_a_program_encrypted_is_refused() {
        let sops =
            "a: ENC[AES256_GCM,data:x,type:str]\nsops:\n  kms: []\n  mac: ENC[AES256_GCM,data:x]\n";
        for text in [
            sops.to_owned(),
            format!("b: 1\n---\n{sops}"),
            r#"{"a": 1, "sops": {"mac": "ENC[x]"}}"#.to_owned(),
        ] {
            assert_eq!(reason(&text), Some(SOPS), "{text}");
        }
        assert_eq!(
            reason("$ANSIBLE_VAULT;1.1;AES256\n6162\n"),
            Some(ANSIBLE_VAULT)
        );
        assert_eq!(
            check(sops).unwrap_err().to_string().split(':').next(),
            Some("line 2, column 1")
        );
    }

    #[test]
    fn a_file_that_only_mentions_it_is_not_refused() {
        for text in [
            "# sops and mac\na: 1\n",
            "sops: {enabled: true, mac: {}}\n",
            "nested: {sops: {mac: x}}\n",
            "a: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6162\n",
        ] {
            assert_eq!(reason(text), None, "{text}");
        }
    }
}
