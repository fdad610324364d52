//! Which group does Prometheus run in on this machine? Packages of Debian, Fedora and others name it `prometheus`.

use std::fs;

/// The name that packages give to the group.
pub(crate) const NAME: &str = "prometheus";

/// Its id, where there is such a group.
pub(crate) fn of_prometheus() -> Option<u32> {
    find(&fs::read_to_string("/etc/group").ok()?, NAME)
}

/// Lines read `name:password:id:members`.
fn find(groups: &str, name: &str) -> Option<u32> {
    groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_found_by_its_whole_name() {
        let groups = "root:x:0:\nprometheus-node:x:998:\nprometheus:x:999:ada,bob\n";

        assert_eq!(find(groups, "prometheus"), Some(999));
        assert_eq!(find(groups, "prom"), None);
    }
}
