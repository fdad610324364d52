//! A connection whose service account could not be read from the cluster. Doctor checks the rest of it all the same.

use crate::checks::report::CheckReport;
use crate::checks::{self, WITH_SERVICE_ACCOUNT};

/// The one answer that is read from the cluster where the user does not give it.
pub(super) const FLAG: &str = "--service-account";

/// The checks that can be made without the account, of those that `only` names.
pub(super) fn possible(only: &[String]) -> Vec<String> {
    let all = checks::ids().map(str::to_owned);
    let asked = all.filter(|id| only.is_empty() || only.contains(id));
    asked
        .filter(|id| !WITH_SERVICE_ACCOUNT.contains(&id.as_str()))
        .collect()
}

/// Adds those that cannot, as skipped.
pub(super) fn with_skipped(mut reports: Vec<CheckReport>, only: &[String]) -> Vec<CheckReport> {
    let is_asked = |id: &str| only.is_empty() || only.iter().any(|one| one == id);
    let skipped = checks::without_account().into_iter();
    reports.extend(skipped.filter(|report| is_asked(report.id)));
    let place = |report: &CheckReport| checks::ids().position(|id| id == report.id);
    reports.sort_by_key(place);
    reports
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checks_of_the_account_are_skipped_in_their_place() {
        let only = ["service-account".to_owned(), "write".to_owned()];
        assert_eq!(possible(&only), ["write"]);
        assert_eq!(
            possible(&[]).len() + WITH_SERVICE_ACCOUNT.len(),
            checks::ids().count()
        );

        let all: Vec<&str> = with_skipped(Vec::new(), &[])
            .iter()
            .map(|one| one.id)
            .collect();

        assert_eq!(all, WITH_SERVICE_ACCOUNT);
        assert_eq!(with_skipped(Vec::new(), &only).len(), 1);
    }
}
