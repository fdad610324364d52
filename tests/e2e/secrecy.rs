//! Which files hold a client secret? Only those that only their owner and group can read.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

/// The secret that `init` keeps in a file of its own, next to the files that it works on.
pub(crate) fn kept_secret(folder: &Path) -> Result<String> {
    let path = folder.join("amw-rw-aks-prod.client-secret");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(text.trim_end().to_owned())
}

/// Looks into every file of the folder that anybody can read, logs and journals among them.
pub(crate) fn only_private_files_hold(secret: &str, folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let metadata = std::fs::symlink_metadata(&path)?;
        if metadata.is_dir() {
            only_private_files_hold(secret, &path)?;
        } else if metadata.is_file() && metadata.permissions().mode() & 0o004 != 0 {
            let text = std::fs::read(&path)?;
            let holds = text
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            ensure!(!holds, "anybody can read the secret in {}", path.display());
        }
    }
    Ok(())
}
