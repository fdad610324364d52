//! What Resource Manager serves, as a table for docs/fidelity.md.

use std::fmt::Write as _;

use super::{COLLECTIONS, arm_path::ArmPath, route::ArmRoute, verb::Verb};

/// One row per path and set of api-versions, in the order of the collections.
pub(super) fn table() -> String {
    let mut rows: Vec<(ArmPath, &[&str], Vec<&str>)> = Vec::new();
    for route in COLLECTIONS.iter().flat_map(|it| it.routes) {
        let same = |row: &&mut (ArmPath, &[&str], Vec<&str>)| {
            row.0 == route.path && row.1 == route.versions
        };
        match rows.iter_mut().find(same) {
            Some(row) => row.2.push(method(route)),
            None => rows.push((route.path, route.versions, vec![method(route)])),
        }
    }
    let mut table = "| path | methods | api-versions |\n|---|---|---|\n".to_owned();
    for (path, versions, methods) in rows {
        let versions = match versions {
            [] => "any".to_owned(),
            [first, .., last] if versions.len() > 8 => {
                format!("{} from {first} to {last}", versions.len())
            }
            versions => versions.join(", "),
        };
        writeln!(table, "| `{path}` | {} | {versions} |", methods.join(" "))
            .expect("a text can be extended");
    }
    table
}

fn method(route: &ArmRoute) -> &'static str {
    match route.verb {
        Verb::Get => "GET",
        Verb::Head => "HEAD",
        Verb::Put => "PUT",
        Verb::Patch => "PATCH",
        Verb::Post => "POST",
        Verb::Delete => "DELETE",
    }
}
