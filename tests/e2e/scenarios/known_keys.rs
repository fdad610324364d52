//! Files with keys that Prometheus does not know: its own checker refuses them, and takes what `render` makes of them. Of a file with
//! every known key it refuses what is newer than itself, line by line.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_yaml::Value;

use super::EndToEndScenario;
use crate::offline::RenderInput;
use crate::programs::{Program, Release};
use crate::promtool;
use crate::schema::Schema;
use crate::sign_in::AuthFlag;
use crate::target::TargetFlag;
use crate::way::PathAndSignIn;

/// The files, with the target and the sign-in that are rendered into them. The checker judges Prometheus' own spelling only.
const FILES: [(&str, TargetFlag, AuthFlag); 3] = [
    (
        "empty-method.yml",
        TargetFlag::PrometheusYml,
        AuthFlag::UserIdentity,
    ),
    (
        "secret-too-high.yml",
        TargetFlag::PrometheusYml,
        AuthFlag::EntraSecret,
    ),
    (
        "chart-camel-case.yaml",
        TargetFlag::PrometheusChart,
        AuthFlag::UserIdentity,
    ),
];

pub(super) fn scenarios() -> Vec<EndToEndScenario> {
    let every_key =
        [(Release::V2_55, (2, 55)), (Release::V3_14, (3, 14))].map(|(release, (major, minor))| {
            EndToEndScenario::new(
                format!("every_known_key_is_one_to_prometheus_{major}_{minor}"),
                &[Program::Promtool(release)],
                move || knows_each_key(release, (major, minor)),
            )
        });
    FILES
        .into_iter()
        .map(|(name, target, sign_in)| {
            let title = name.replace(['-', '.'], "_");
            EndToEndScenario::new(
                format!("keys_that_prometheus_does_not_know_are_put_right_in_{title}"),
                &[Program::Promtool(Release::V3_14)],
                move || is_put_right(name, target, sign_in),
            )
        })
        .chain(every_key)
        .chain([EndToEndScenario::new(
            "values_of_a_remote_write_are_refused_as_prometheus_refuses_them",
            &[Program::Promtool(Release::V3_14)],
            || {
                refuses_each_value(
                    "entry-values.txt",
                    "remote_write:\n  - url: https://example.com/write\n    ",
                )
            },
        )])
        .chain([EndToEndScenario::new(
            "values_for_the_operator_are_refused_as_its_schema_refuses_them",
            &[Program::Definitions],
            refuses_each_value_of_the_operator,
        )])
        .chain([EndToEndScenario::new(
            "values_of_global_are_refused_as_prometheus_refuses_them",
            &[Program::Promtool(Release::V3_14)],
            || refuses_each_value("global-values.txt", "global:\n  "),
        )])
        .collect()
}

/// The checker names exactly the lines of keys that came after this release.
fn knows_each_key(release: Release, this: (u64, u64)) -> Result<()> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/known-keys/every-key.yml");
    let text = std::fs::read_to_string(file)?;
    let mut newer = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if let Some((_, since)) = line.split_once(" # since ") {
            let (major, minor) = since.split_once('.').context("a version has two numbers")?;
            if (major.parse()?, minor.parse()?) > this {
                newer.push(index + 1);
            }
        }
    }

    let folder = tempfile::tempdir()?;
    let refused = match promtool::accepts(release, &text, folder.path()) {
        Ok(()) => Vec::new(),
        Err(error) => unknown_fields(&format!("{error:#}"))?,
    };

    ensure!(
        refused == newer,
        "refused lines: {refused:?}\nlines of newer keys: {newer:?}"
    );
    Ok(())
}

/// The checker takes and refuses the lines of the file as their signs say, each after these first lines of a configuration.
fn refuses_each_value(name: &str, above: &str) -> Result<()> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/known-keys")
        .join(name);
    let text = std::fs::read_to_string(file)?;
    let folder = tempfile::tempdir()?;
    let mut wrong = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (sign, entry) = line.split_once(' ').context("a sign and keys")?;
        let file = format!("{above}{entry}\n");
        let is_taken = promtool::accepts(Release::V3_14, &file, folder.path()).is_ok();
        if is_taken != (sign == "+") {
            wrong.push(line);
        }
    }
    ensure!(wrong.is_empty(), "judged otherwise: {wrong:#?}");
    Ok(())
}

/// The schema of the Operator's resources takes and refuses the lines of the file as their signs say.
fn refuses_each_value_of_the_operator() -> Result<()> {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/known-keys/operator-values.txt");
    let text = std::fs::read_to_string(file)?;
    let schema = Schema::in_folder(&Program::Definitions.path()?, "Prometheus")?;
    let mut wrong = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (sign, keys) = line.split_once(' ').context("a sign and keys")?;
        let mut entry: Value = serde_yaml::from_str(keys)?;
        entry["url"] = "https://example.com/write".into();
        let mut resource: Value = serde_yaml::from_str("{spec: {remoteWrite: []}}")?;
        resource["spec"]["remoteWrite"] = vec![entry].into();
        // What the Operator itself refuses, its schema takes.
        if schema.accepts(&resource).is_ok() == (sign == "-") {
            wrong.push(line);
        }
    }
    ensure!(wrong.is_empty(), "judged otherwise: {wrong:#?}");
    Ok(())
}

/// The lines of `line 20: field … not found in type …`.
fn unknown_fields(text: &str) -> Result<Vec<usize>> {
    text.lines()
        .filter(|line| line.contains(" not found in type "))
        .map(|line| {
            let (_, rest) = line.split_once("line ").context("no line")?;
            let (number, _) = rest.split_once(':').context("no number")?;
            Ok(number.parse()?)
        })
        .collect()
}

fn is_put_right(name: &str, target: TargetFlag, sign_in: AuthFlag) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let input = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/known-keys")
        .join(name);
    let before = configuration(&std::fs::read_to_string(&input)?, target)?;
    ensure!(
        promtool::accepts(Release::V3_14, &before, folder.path()).is_err(),
        "the checker takes {name} as it is"
    );
    let render_input = RenderInput {
        target,
        way: PathAndSignIn::native(sign_in),
        release: Release::V3_14,
        choices: &[],
    };

    let after = std::fs::read_to_string(render_input.render(Some(&input), folder.path())?)?;

    promtool::accepts(
        Release::V3_14,
        &configuration(&after, target)?,
        folder.path(),
    )
}

/// The text that Prometheus gets: of the chart's values, what it makes a prometheus.yml of.
fn configuration(text: &str, target: TargetFlag) -> Result<String> {
    if target == TargetFlag::PrometheusYml {
        return Ok(text.to_owned());
    }
    let values: Value = serde_yaml::from_str(text)?;
    let list = values["server"]["remoteWrite"].as_sequence();
    let mut configuration = serde_yaml::Mapping::new();
    let list = list.context("no remote writes in the values")?.clone();
    configuration.insert("remote_write".into(), list.into());
    Ok(serde_yaml::to_string(&configuration)?)
}
