//! Can Helm read a file of this name? It parses each name as a URL, and no spelling of some names passes.

use std::path::Path;

use crate::error::Failure;
use crate::patch;
use crate::target::Target;
use crate::text::path_text;

/// Refuses a place for values whose name Helm cannot be given, unless they are in a resource from which a controller takes them.
/// `text` is the user's own file.
pub(super) fn check(out: Option<&Path>, text: Option<&str>, target: Target) -> Result<(), Failure> {
    let is_in_resource =
        text.is_some_and(|text| patch::controller_of_release(text, target).is_some());
    // Flux and Argo CD read the values from the resource, and parse no name of a file.
    let out = out.filter(|_| target.chart().is_some() && !is_in_resource);
    let why = out.and_then(|out| Some((out, unreadable(&path_text::encode(out))?)));
    let Some((out, why)) = why else {
        return Ok(());
    };
    Err(Failure::usage(format!("write {}", out.display()))
        .reason(format!(
            "Helm parses the name of a file as a URL, and {why}, so `helm -f` cannot read it"
        ))
        .next("choose another name: --out FILE"))
}

/// What Go's `net/url` does not accept in the path of a URL (<https://pkg.go.dev/net/url#Parse>).
fn unreadable(name: &str) -> Option<&'static str> {
    let is_escape = |after: &str| {
        let mut digits = after.chars().take(2);
        digits.clone().count() == 2 && digits.all(|digit| digit.is_ascii_hexdigit())
    };
    // `50%.yaml` is a valid name of a file, but not of a URL.
    let mut escapes = name.split('%').skip(1);
    if name.chars().any(|letter| letter.is_ascii_control()) {
        Some("this one has a control character")
    } else if !escapes.all(is_escape) {
        Some("this one has a `%` without two hexadecimal digits after it")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(name: &str, text: Option<&str>) -> Result<(), Failure> {
        check(Some(Path::new(name)), text, Target::KubePrometheusStack)
    }

    #[test]
    fn names_that_helm_cannot_be_given_are_refused() {
        for name in [
            "%zz.yaml",
            "a%2.yaml",
            "ab%",
            "a%/v.yaml",
            "a\tb.yaml",
            "a\nb",
            "a\u{7f}",
        ] {
            assert!(checked(name, None).is_err(), "{name:?}");
        }
        for name in [
            "v.yaml",
            "a%20b.yaml",
            "a b,c'\"?#.yaml",
            "é:\u{85}.yaml",
            "%2Fx",
        ] {
            assert!(checked(name, None).is_ok(), "{name:?}");
        }
    }

    #[test]
    fn a_file_that_helm_does_not_read_can_have_any_name() {
        let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec: {chart: {spec: {chart: \
            kube-prometheus-stack}}, values: {}}\n";

        assert!(checked("%zz.yaml", Some(release)).is_ok());
        assert!(check(Some(Path::new("%zz.yaml")), None, Target::CustomResource).is_ok());
    }
}
