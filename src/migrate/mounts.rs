//! Which volumes does a container mount, and which of them has a file?

use serde_yaml::Value;

/// The names of the volumes that a container mounts.
pub(super) fn mounted(container: &Value) -> Vec<&str> {
    mounts(container)
        .filter_map(|mount| mount["name"].as_str())
        .collect()
}

/// The mount under which a container sees this file.
pub(super) fn mount_of<'a>(container: &'a Value, file: &str) -> Option<&'a Value> {
    let folder = |mount: &Value| {
        mount["mountPath"]
            .as_str()
            .map(|path| path.trim_end_matches('/').to_owned())
    };
    mounts(container)
        .filter(|mount| {
            folder(mount).is_some_and(|folder| {
                file.strip_prefix(folder.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        })
        // Mounts can be nested: the longest path that fits is the one that the container sees.
        .max_by_key(|mount| folder(mount).map(|folder| folder.len()))
}

fn mounts(container: &Value) -> impl Iterator<Item = &Value> {
    container["volumeMounts"]
        .as_sequence()
        .into_iter()
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mount_of_a_file_is_the_nearest_above_it() {
        let text = "volumeMounts: [{name: a, mountPath: /mnt}, {name: b, mountPath: /mnt/store/}, {name: c, mountPath: /mnt/st}]";

        let container: Value = serde_yaml::from_str(text).unwrap();
        let mount = mount_of(&container, "/mnt/store/cert.pem").unwrap();

        assert_eq!(mount["name"], "b");
        assert_eq!(mount_of(&container, "/etc/cert.pem"), None);
    }
}
