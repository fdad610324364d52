//! Where does code depend on what only one platform has? A new platform is a file and a row, so these places may only become fewer.

use super::{lines_outside, without_reasons};

/// File, number of lines, and why it asks for a cluster that AKS manages, or names a platform.
const PLACES: &[(&str, usize, &str)] = &[
    (
        "checks/cluster_readable.rs",
        1,
        "Azure tells whether such a cluster exists and runs; of another only its API server does",
    ),
    (
        "checks/look.rs",
        1,
        "of another platform there is nothing to look at, and the checks that need it are skipped",
    ),
    (
        "discover/api_server.rs",
        2,
        "Azure gives credentials of such a cluster; to another only the kubeconfig leads",
    ),
    (
        "steps/node_identity.rs",
        1,
        "the nodes are those of a cluster that AKS runs",
    ),
    (
        "steps/token_issuer.rs",
        1,
        "the issuer is that of a cluster that AKS runs",
    ),
    (
        "workflow/found_trust.rs",
        1,
        "in the resource group of such a cluster an identity of its name is its own",
    ),
];

/// What finds a platform, describes it, and lists what it supports.
const HOMES: [&str; 3] = ["platform/", "spec/platform.rs", "spec/support.rs"];

fn places(code: &str) -> usize {
    let of_one =
        regex::Regex::new(r"\.managed_cluster\(\)|\bPlatform(Kind)?::([A-Z]|default\()").unwrap();
    let lines = code.lines().map(str::trim_start);
    let lines = lines.filter(|line| !line.starts_with("//") && of_one.is_match(line));
    lines.count()
}

#[test]
fn few_places_depend_on_one_platform() {
    let found = lines_outside(&HOMES, places);

    assert_eq!(
        found,
        without_reasons(PLACES),
        "ask the platform, or correct PLACES"
    );
}

#[test]
fn a_place_that_names_a_platform_is_seen() {
    let code = "// Platform::Default\nlet a = PlatformKind::Aks;\nif spec.platform.managed_cluster().is_some() {\nlet b: Platform = c;\nlet d = PlatformKind::default();\n";

    assert_eq!(places(code), 3);
}
