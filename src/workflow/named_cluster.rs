//! Which cluster do `--cluster` and its other form, `--context`, name?

use crate::spec::choices::ClusterChoice;

/// `--context NAME` is `--cluster context:NAME`; the command line refuses both at once.
pub(crate) fn of_options(
    cluster: &Option<ClusterChoice>,
    context: &Option<String>,
) -> Option<ClusterChoice> {
    let of_context = context.clone().map(ClusterChoice::Context);
    of_context.or_else(|| cluster.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(text: &str) -> ClusterChoice {
        text.parse().unwrap()
    }

    #[test]
    fn a_context_is_the_other_form_of_a_cluster() {
        let (named, context) = (choice("aks-prod"), choice("context:dev"));

        assert_eq!(of_options(&Some(named.clone()), &None), Some(named));
        assert_eq!(of_options(&None, &Some("dev".into())), Some(context));
        assert_eq!(of_options(&None, &None), None);
    }
}
