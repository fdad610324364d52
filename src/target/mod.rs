//! The kinds of file that can carry a connection. Everything that is particular to one of them is in its own file here.

mod chart_keys;
mod config_map;
mod custom_resource;
mod description;
mod ignored_keys;
mod kinds;
mod kube_prometheus_stack;
pub(crate) mod list_item;
mod other_program;
mod parameter;
mod place;
mod pod;
mod prometheus_chart;
mod prometheus_yml;
#[cfg(test)]
mod readme;
mod recognise;
mod release_resource;
mod release_surroundings;
pub(crate) mod resource_kind;
mod set_template;
mod spelling;
mod text_lines;
mod text_noun;
mod values;
mod values_from;
mod values_in_keys;

pub(crate) use self::config_map::{CONFIGURATION_KEYS, is_config_map, other_reader};
pub(crate) use self::description::{Format, SecretPlace};
pub(crate) use self::kinds::Target;
pub(crate) use self::other_program::{certainly_other_program, other_program};
pub(crate) use self::place::{
    EntryPlace, KeyPath, PathSegment, Position, at_path, at_steps, key_path,
};
pub(crate) use self::pod::{Containers, PodPaths};
pub(crate) use self::prometheus_yml::{
    can_be_configuration, has_configuration_section, is_no_configuration,
};
pub(crate) use self::recognise::{
    OF_UNKNOWN_CHART, RecognisedFile, certainly, connectable_resources, contradiction, list_items,
    recognise, why_of_no_kind,
};
pub(crate) use self::release_resource::{
    ReleaseValues, ValuesForm, describes_release, is_release_kind, leads_to_release_values,
    may_be_release_resource, release_values,
};
pub(crate) use self::release_surroundings::{cluster_template, post_renderer};
pub(crate) use self::set_template::TemplateLanguage;
pub(crate) use self::spelling::{Spelling, is_spelled};
pub(crate) use self::text_lines::{shows_place, spells_place, why_of_no_kind_by_lines};
pub(crate) use self::text_noun::TextNoun;
pub(crate) use self::values::{PlaceError, is_of_any_kind};
pub(crate) use self::values_from::are_in_key;
pub(crate) use self::values_in_keys::is_value_source;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_helm_made_is_changed_by_its_values_and_what_the_operator_reads_by_its_resource() {
        assert_eq!(Target::fitting(true, true), [Target::KubePrometheusStack]);
        assert_eq!(Target::fitting(true, false), [Target::CustomResource]);
        assert_eq!(Target::fitting(false, true), [Target::PrometheusChart]);
        assert_eq!(
            Target::fitting(false, false),
            [Target::ConfigMap, Target::PrometheusYml]
        );
    }

    #[test]
    fn every_target_describes_its_pod_where_its_format_has_one() {
        for target in Target::ALL {
            assert_eq!(
                target.describes_pod(),
                !target.is_configuration(),
                "{target}"
            );
            assert_eq!(
                target.resource().is_some(),
                target.format() == Format::Resource,
                "{target}"
            );
            assert_eq!(
                target.template().is_some(),
                target.new_file().is_some(),
                "{target}"
            );
        }
    }

    #[test]
    fn every_target_is_known_by_each_of_its_lines_where_a_template_has_no_other() {
        let lines = |start: &str| {
            let value = if start.ends_with(':') { " x" } else { "" };
            Target::by_lines(&format!("{{{{ template }}}}\n  - {start}{value}\n"))
        };
        for target in Target::ALL {
            let starts = target.description().line_starts;
            assert!(!starts.is_empty(), "{target}");
            for start in starts {
                assert_eq!(lines(start), Some(*target), "{start}");
            }
        }
        assert_eq!(lines("groups:"), None);
        assert_eq!(lines("kind: PrometheusRule"), None);
    }

    #[test]
    fn every_target_has_at_most_one_chart_of_its_own() {
        for target in Target::ALL {
            let found = target.chart().and_then(Target::of_chart);
            assert_eq!(found, target.chart().map(|_| *target));
        }
    }
}
