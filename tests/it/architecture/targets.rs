//! Where does code outside `target/` name a target, or decide by a format? A new target is a file and a line in the list, so these
//! places may only become fewer.

use super::{lines_outside, without_reasons};

/// File, number of lines, and why the target is not the one of the connection.
const PLACES: &[(&str, usize, &str)] = &[
    ("patch/config_map.rs", 2, "reads ConfigMaps only"),
    (
        "patch/earlier_output.rs",
        1,
        "a JSON Patch that was written before is one of a Prometheus resource",
    ),
    (
        "patch/manual_patch/mod.rs",
        1,
        "the configuration that values of a chart take from elsewhere is in a ConfigMap",
    ),
    (
        "patch/mod.rs",
        1,
        "reads a Prometheus resource, also where the file of the connection is another one",
    ),
    (
        "spec/complete.rs",
        1,
        "a Prometheus that is named as a file reads its configuration from it",
    ),
    (
        "workflow/definitions.rs",
        1,
        "values of a chart become a Prometheus resource, whose fields the API server knows",
    ),
    (
        "workflow/live_config_map.rs",
        1,
        "compares a file with the ConfigMap in the cluster",
    ),
    (
        "workflow/live_resource.rs",
        1,
        "compares a file with the Prometheus resource in the cluster",
    ),
    (
        "workflow/migration/running.rs",
        1,
        "what is migrated is the Prometheus resource in the cluster",
    ),
    (
        "workflow/running_writers.rs",
        2,
        "a running Prometheus gets its configuration from its resource or from ConfigMaps",
    ),
    (
        "workflow/wizard_choices.rs",
        1,
        "asks the version table about Prometheus alone, without an Operator",
    ),
];

/// Files that decide by the format of a target, the number of lines, and why. A target of a known format touches none of them.
const FORMATS: &[(&str, usize, &str)] = &[
    (
        "patch/connect.rs",
        1,
        "a resource is selected among other documents, so no key decides what the file is",
    ),
    (
        "patch/embedding.rs",
        1,
        "the configuration is a text within a ConfigMap",
    ),
    (
        "patch/section_filter.rs",
        2,
        "each kind of resource has its own places to read in a large file",
    ),
    (
        "render/template.rs",
        2,
        "only a resource has a name and a namespace",
    ),
    (
        "spec/help.rs",
        1,
        "the help of --target starts with the plain file",
    ),
    (
        "workflow/live_resource.rs",
        2,
        "the cluster has a resource or a ConfigMap to compare the file with",
    ),
    (
        "workflow/server_choice.rs",
        1,
        "only the file of a resource names its Prometheus",
    ),
    (
        "workflow/target_file.rs",
        3,
        "only a resource or a ConfigMap can be compared with the cluster",
    ),
    (
        "workflow/uncompared_file.rs",
        4,
        "each format is applied by another program, and a ConfigMap is read as one",
    ),
];

const HOMES: [&str; 2] = ["target/", "sandbox/"];

fn lines_with(code: &str, pattern: &str) -> usize {
    let pattern = regex::Regex::new(pattern).unwrap();
    let lines = code.lines().map(str::trim_start);
    let lines = lines.filter(|line| !line.starts_with("//") && pattern.is_match(line));
    lines.count()
}

/// A variant, or the word for `--target` of one. `ALL` and `MOST_COMMON` name none.
fn names_a_target(code: &str) -> usize {
    lines_with(
        code,
        r#"\bTarget::[A-Z][a-z]|"(kube-prometheus-stack|prometheus-chart|custom-resource|configmap|prometheus-yml)""#,
    )
}

fn names_a_format(code: &str) -> usize {
    lines_with(code, r"\bFormat::[A-Z]")
}

#[test]
fn few_places_outside_its_file_name_a_target() {
    let found = lines_outside(&HOMES, names_a_target);

    assert_eq!(
        found,
        without_reasons(PLACES),
        "ask the description of the target, or correct PLACES"
    );
}

#[test]
fn few_places_outside_the_descriptions_decide_by_a_format() {
    let found = lines_outside(&HOMES, names_a_format);

    assert_eq!(
        found,
        without_reasons(FORMATS),
        "ask the description of the target, or correct FORMATS"
    );
}

#[test]
fn a_place_that_names_a_target_or_a_format_is_seen() {
    let code = "// Target::ConfigMap\nlet a = Target::ConfigMap;\nTarget::ALL\nTarget::of_release(true)\nlet b = \"configmap\";\n\
                Format::Resource\nOutputFormat::Json\n";

    assert_eq!(names_a_target(code), 2);
    assert_eq!(names_a_format(code), 1);
}
