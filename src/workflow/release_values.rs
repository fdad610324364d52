//! Helm values for a running release. Helm replaces a list as a whole, so new values repeat the lists of the release.

use crate::cluster::helm::HelmRelease;
use crate::compat::Installation;
use crate::delivery::{self, LiveAndDesired};
use crate::error::Failure;
use crate::helm;
use crate::next_step::NextStep;
use crate::patch::{self, Notice, NoticeKind, PatchRefusal, Reason, ReleaseNotice};
use crate::problem::Problem;
use crate::remote_write::RemoteWrite;
use crate::render::{BlockStyle, block_lines};
use crate::spec::command_line::CommandLine;
use crate::spec::command_line::helm::{self as helm_line, HelmChart};
use crate::target::Target;
use crate::workflow::own_file::OwnFile;
use serde_yaml::Value;

/// The line that gives the values to the release without forgetting earlier ones and without another version of the chart.
pub(crate) fn upgrade(release: &HelmRelease, file: &str) -> CommandLine {
    let chart = HelmChart {
        name: &release.chart,
        version: &release.chart_version,
    };
    let context = release.context.as_ref();
    helm_line::upgrade(&release.namespace, &release.name, chart, file, context)
}

/// The same as a next step. Helm refuses an upgrade as long as another one is pending, so it is a sentence then.
pub(crate) fn upgrade_step(release: &HelmRelease, file: &str) -> NextStep {
    // Helm has no `test` as a JSON Patch has: what another upgrade adds to a list meanwhile, this file takes away.
    let purpose = format!(
        "with the lists of revision {} of the release; if it was upgraded since, run the same command again first",
        release.revision
    );
    let upgrade = NextStep::run(purpose, upgrade(release, file));
    let pending = release.undeployed.as_ref().filter(|one| one.is_pending());
    match pending {
        Some(revision) => upgrade.only_if(format!(
            "revision {} of the release is no longer {}",
            revision.number, revision.status
        )),
        None => upgrade,
    }
}

/// How to read a new file for a release whose values were not read.
pub(crate) fn replaces_lists(target: Target) -> Option<Notice> {
    target
        .chart()
        .is_some()
        .then(|| Notice::of_release(ReleaseNotice::ReplacesLists))
}

/// Values of another chart do nothing, since Helm ignores keys that no template reads.
pub(super) fn other_chart(release: &HelmRelease, target: Target) -> Option<Notice> {
    let expected = target.chart()?;
    (release.chart != expected).then(|| {
        Notice::of_release(ReleaseNotice::OtherChart {
            release: release.name.clone(),
            chart: release.chart.clone(),
            expected,
        })
    })
}

pub(super) fn undeployed(release: &HelmRelease) -> Option<Notice> {
    let revision = release.undeployed.as_ref()?;
    let what = if revision.is_pending() {
        ReleaseNotice::RevisionPending {
            release: release.name.clone(),
            revision: revision.number,
            status: revision.status.clone(),
        }
    } else {
        ReleaseNotice::RevisionNotDeployed {
            release: release.name.clone(),
            revision: revision.number,
            status: revision.status.clone(),
            used: release.revision,
        }
    };
    Some(Notice::of_release(what))
}

/// New values for this release, with every item of its lists that the file touches.
pub(super) fn carried_over(
    release: &HelmRelease,
    installation: &Installation,
    remote_write: &RemoteWrite,
    fresh: String,
) -> Result<String, Failure> {
    let unreadable = |error: serde_yaml::Error| {
        Failure::new(format!(
            "read the values of Helm release `{}`",
            release.name
        ))
        .because(error)
        .next("patch your own values file: --input FILE")
    };
    let before: Value = serde_yaml::to_value(&release.values).map_err(unreadable)?;
    let defaults: Value = serde_yaml::to_value(&release.defaults).map_err(unreadable)?;
    let new: Value = serde_yaml::from_str(&fresh).map_err(unreadable)?;
    let has_values = before.as_mapping().is_some_and(|map| !map.is_empty());
    // Patched, not joined: an entry of the same workspace that the release has already is changed, not doubled.
    let after = if has_values {
        let text = serde_yaml::to_string(&before).map_err(unreadable)?;
        let patched = patch::patch(&text, installation, remote_write)
            .map_err(|refusal| refused(release, &refusal.of_cluster()))?;
        serde_yaml::from_str(&patched.text).map_err(unreadable)?
    } else {
        new.clone()
    };
    let laid = helm::overlay(&before, &after, &new, &defaults);
    // Nothing of the release is repeated, so the text with its comments can stay.
    if laid == new {
        return Ok(fresh);
    }
    Ok(format!(
        "# Values for Helm release {}: Prometheus, writing to an Azure Monitor workspace.\n\
         # Helm replaces a list as a whole, so the lists below hold what the release has in them too.\n\n{}\n",
        release.name,
        block_lines(&laid, BlockStyle::default()).join("\n")
    ))
}

/// Whether two texts are the same values.
pub(crate) fn have_equal_data(one: &str, other: &str) -> bool {
    let read = |text: &str| serde_yaml::from_str::<Value>(text).ok();
    read(one).is_some_and(|one| read(other) == Some(one))
}

pub(super) fn refused(release: &HelmRelease, refusal: &PatchRefusal) -> Failure {
    let problem = match refusal.reason {
        Reason::NameTaken { .. }
        | Reason::OtherWorkspace { .. }
        | Reason::TwoMatches { .. }
        | Reason::SameRule { .. } => refusal.problem(),
        _ => Problem::new(refusal.to_string()).next("patch your own values file: --input FILE"),
    };
    Failure::new(format!(
        "add the connection to the values of Helm release `{}`",
        release.name
    ))
    .problem(problem)
}

/// What the release would lose by this file, whose lists take the place of those that it has, and what would change.
pub(super) fn differences(release: &HelmRelease, file: OwnFile<'_>) -> Vec<Notice> {
    let read = |text: &str| serde_yaml::from_str::<Value>(text).unwrap_or_default();
    let (own, after) = (read(file.before), read(file.after));
    let (Ok(given), Ok(defaults)) = (
        serde_yaml::to_value(&release.values),
        serde_yaml::to_value(&release.defaults),
    ) else {
        return Vec::new();
    };
    // A list that the user gave nothing for is that of the chart's defaults, and Helm drops it as soon as a file has
    // one.
    let running = helm::coalesced(&defaults, &given);
    let of = |live| LiveAndDesired {
        live,
        own: &own,
        after: &after,
    };
    let lost = delivery::lost_values(of(&running), &given).into_iter();
    let lost = lost.map(|lost| Notice {
        location: None,
        what: match lost.item {
            Some(item) => NoticeKind::MissingListItem {
                list: lost.path,
                item,
            },
            None => NoticeKind::MissingValue { path: lost.path },
        },
    });
    let place = format!("Helm release `{}`", release.name);
    let changed = delivery::changes(of(&given), "").into_iter();
    let changed = changed.map(|one| Notice::other_value(&place, &one.path, &one.from, &one.to));
    lost.chain(changed).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::remote_write::{Authentication, Route, samples};
    use crate::render::{NewFileSource, render};
    use crate::spec::command_line::KubeContext;
    use crate::workflow::running_release::{RunningRelease, UnknownLists};

    fn release(values: serde_json::Value, defaults: serde_json::Value) -> HelmRelease {
        HelmRelease {
            name: "kps".into(),
            namespace: "monitoring".into(),
            chart: "kube-prometheus-stack".into(),
            chart_version: "88.5.3".into(),
            values,
            defaults,
            revision: 1,
            undeployed: None,
            context: None,
        }
    }

    fn installation(target: Target) -> Installation {
        Installation {
            target,
            prometheus: Some("3.14.0".parse().unwrap()),
            operator: Some("0.93.0".parse().unwrap()),
        }
    }

    /// The file for this release.
    fn file(release: &HelmRelease, target: Target, remote_write: &RemoteWrite) -> Value {
        let installation = installation(target);
        let source = NewFileSource {
            template: None,
            resource: None,
        };
        let fresh = render(&installation, remote_write, &source).unwrap();
        let text = carried_over(release, &installation, remote_write, fresh).unwrap();
        serde_yaml::from_str(&text).unwrap()
    }

    /// What `helm upgrade --reset-then-reuse-values -f` keeps. Helm sorts the keys.
    fn upgraded(release: &HelmRelease, file: &Value) -> HelmRelease {
        let values = serde_yaml::to_value(&release.values).unwrap();
        let values = serde_json::to_value(helm::coalesced(&values, file)).unwrap();
        HelmRelease {
            values: sorted(values),
            ..release.clone()
        }
    }

    fn sorted(value: serde_json::Value) -> serde_json::Value {
        match value {
            serde_json::Value::Object(map) => {
                let map: std::collections::BTreeMap<_, _> = map.into_iter().collect();
                let each = map.into_iter().map(|(key, value)| (key, sorted(value)));
                serde_json::Value::Object(each.collect())
            }
            serde_json::Value::Array(list) => list.into_iter().map(sorted).collect(),
            other => other,
        }
    }

    const CHARTS: [Target; 2] = [Target::KubePrometheusStack, Target::PrometheusChart];

    /// Values with something of others in every list that a connection can touch.
    fn theirs(target: Target) -> serde_json::Value {
        let mimir = json!([{"name": "mimir", "url": "https://mimir.example.com/api/v1/push"}]);
        let (mount, volume) = (
            json!([{"name": "their-mount", "mountPath": "/theirs"}]),
            json!([{"name": "their-volume", "emptyDir": {}}]),
        );
        match target {
            Target::KubePrometheusStack => json!({"prometheus": {"prometheusSpec": {
                "additionalRemoteWrite": mimir, "volumes": volume, "volumeMounts": mount,
                "containers": [{"name": "their-container", "image": "example.com/theirs:1"}],
            }}}),
            _ => json!({"server": {
                "remoteWrite": mimir, "extraVolumes": volume, "extraVolumeMounts": mount,
                "env": [{"name": "THEIR_VARIABLE", "value": "x"}],
            }}),
        }
    }

    fn connections() -> Vec<RemoteWrite> {
        let with_token_file = Authentication::WorkloadIdentity {
            client_id: samples::CLIENT.into(),
            tenant_id: samples::TENANT.into(),
            token_file: Some("/elsewhere/token".into()),
        };
        let direct = [
            samples::user_identity(),
            samples::workload_identity(),
            with_token_file,
        ];
        let sdk = RemoteWrite {
            route: Route::Sdk,
            ..samples::remote_write(samples::user_identity())
        };
        let direct = direct.map(samples::remote_write);
        direct.into_iter().chain([sdk]).collect()
    }

    #[test]
    fn every_upgrade_keeps_what_others_have_and_the_second_file_equals_the_first() {
        for target in CHARTS {
            for remote_write in connections() {
                let running = release(theirs(target), json!({}));

                let first = file(&running, target, &remote_write);
                let once = upgraded(&running, &first);
                let second = file(&once, target, &remote_write);
                let twice = upgraded(&once, &second);

                assert_eq!(second, first, "{target:?}");
                let kept = twice.values.to_string();
                for (list, items) in lists(&running.values) {
                    for item in items {
                        assert!(kept.contains(&item), "{target:?} lost {item} of {list}");
                    }
                }
                assert_eq!(kept.matches(samples::URL).count(), 1, "{kept}");
            }
        }
    }

    /// All lists below, each with its items as text whose keys are sorted.
    fn lists(value: &serde_json::Value) -> Vec<(String, Vec<String>)> {
        let Some(map) = value.as_object() else {
            return Vec::new();
        };
        let each = map.iter().flat_map(|(key, value)| match value.as_array() {
            Some(items) => {
                let items = items.iter().cloned();
                let texts = items.map(|item| sorted(item).to_string()).collect();
                vec![(key.clone(), texts)]
            }
            None => lists(value),
        });
        each.collect()
    }

    #[test]
    fn lists_of_the_charts_own_defaults_are_kept_too() {
        for target in CHARTS {
            let remote_write = samples::remote_write(samples::user_identity());
            let running = release(serde_json::Value::Null, theirs(target));

            let first = file(&running, target, &remote_write);
            let second = file(&upgraded(&running, &first), target, &remote_write);

            let text = serde_yaml::to_string(&first).unwrap();
            assert!(text.contains("mimir"), "{text}");
            assert_eq!(second, first);
        }
    }

    #[test]
    fn where_the_lists_are_not_known_there_is_no_file() {
        let unknown = RunningRelease::Unknown(
            UnknownLists::because("the API server answered 500").of_release("kps", "monitoring"),
        );
        let remote_write = samples::remote_write(samples::user_identity());
        let fresh = "prometheus: {}\n".to_owned();

        let failure = unknown
            .new_file(&installation(CHARTS[0]), &remote_write, fresh)
            .unwrap_err();

        assert_eq!(
            failure.next_steps(),
            [
                "(set -C; text=$(helm get values kps -n monitoring -o yaml) && printf '%s\\n' \"$text\" > release-values.yaml)",
                "then add --input release-values.yaml"
            ]
        );
        let own = OwnFile {
            before: "",
            after: "",
        };
        assert_eq!(unknown.notices(CHARTS[0], Some(own)).len(), 1);
    }

    #[test]
    fn values_for_a_release_of_another_chart_are_refused() {
        let mut running = release(json!({}), json!({}));
        let printed = |release: HelmRelease| {
            let found = RunningRelease::Found(Box::new(release));
            let notices = found.notices(Target::KubePrometheusStack, None);
            notices.iter().map(ToString::to_string).collect::<Vec<_>>()
        };

        assert!(printed(running.clone()).is_empty());
        running.chart = "platform".into();
        assert!(printed(running)[0].contains("is of the chart `platform`"));
    }

    #[test]
    fn a_release_with_hostile_names_is_upgraded_by_one_command() {
        let hostile = HelmRelease {
            name: "kps$(touch x)".into(),
            namespace: "a b".into(),
            chart: "`touch x`".into(),
            chart_version: "1; touch x #".into(),
            context: Some(KubeContext::existing("aks prod")),
            ..release(json!({}), json!({}))
        };

        let words = shell_words::split(&upgrade(&hostile, "it's -f.yaml").to_string()).unwrap();

        assert_eq!(words[2..4], ["kps$(touch x)", "REPOSITORY/`touch x`"]);
        assert_eq!(words[4..8], ["--version", "1; touch x #", "-n", "a b"]);
        assert_eq!(
            words[9..],
            ["-f", "it's -f.yaml", "--kube-context", "aks prod"]
        );
    }
}
