//! The state of a sandbox that has ended, in a file at a path of the user's choice.

use std::io::{self, Write as _};
use std::path::Path;

use serde_json::Value;
use tempfile::NamedTempFile;

use super::session_file::check_mark;
use crate::sandbox::STATE_SCHEMA;

/// Writes the state, whole or not at all, for its owner only: what was written to the cluster can hold secrets.
pub(super) fn write(path: &Path, state: &Value) -> io::Result<()> {
    check(path)?;
    let path = std::path::absolute(path)?;
    let mut file = NamedTempFile::new_in(path.parent().unwrap_or(Path::new("/")))?;
    file.write_all(first_line().as_bytes())?;
    // The first line has the schema: a later sandbox looks there for it.
    let fields = state.as_object().into_iter().flatten();
    for (name, value) in fields.filter(|(name, _)| *name != "schema") {
        write!(file, ",\n{}: {value:#}", Value::from(name.as_str()))?;
    }
    file.write_all(b"\n}\n")?;
    file.persist(&path)?;
    Ok(())
}

/// Refuses a file that is not an earlier state, before anything is served.
pub(super) fn check(path: &Path) -> io::Result<()> {
    check_mark(path, &first_line())
}

/// By which a later sandbox knows that it may replace the file.
fn first_line() -> String {
    format!("{{\n\"schema\": \"{STATE_SCHEMA}\"")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_earlier_state_is_replaced_and_another_file_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (path, notes) = (
            folder.path().join("state.json"),
            folder.path().join("notes"),
        );
        std::fs::write(&notes, "mine").unwrap();

        for count in [1, 2] {
            write(
                &path,
                &json!({"schema": STATE_SCHEMA, "resources": [count]}),
            )
            .unwrap();
        }
        let refused = write(&notes, &json!({})).unwrap_err();

        let read: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(read, json!({"schema": STATE_SCHEMA, "resources": [2]}));
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&notes).unwrap(), "mine");
    }
}
