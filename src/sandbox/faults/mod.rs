//! Scripted faults: which requests go wrong, in what way and how often.
//!
//! A fault is written `KIND[:METHOD][:/PATH-PART][:KEY=VALUE]…`, such as `429:PUT:/roleAssignments/:times=2:retry-after=1`.

mod active_fault;
mod kind;
mod rule;

pub(crate) use self::{
    active_fault::{ActiveFault, Delivery, EndlessBody},
    kind::FaultEffect,
    rule::Fault,
};
use super::request::ServiceRequest;

/// The active faults, and how many requests each one matched.
#[derive(Debug)]
pub(crate) struct Faults {
    faults: Vec<(Fault, u32)>,
    /// A fault with `then=gone` has applied: every later request is reset.
    gone: bool,
}

impl Faults {
    pub(crate) fn new(faults: &[Fault]) -> Self {
        Self {
            faults: faults.iter().map(|fault| (fault.clone(), 0)).collect(),
            gone: false,
        }
    }

    /// The first fault that applies to this request.
    pub(crate) fn activate(&mut self, request: &ServiceRequest) -> Option<ActiveFault> {
        if self.gone {
            return Some(ActiveFault {
                name: "gone".to_owned(),
                kind: FaultEffect::Reset,
            });
        }
        for (fault, matched) in &mut self.faults {
            if !fault.concerns(&request.method, request.service, &request.path) {
                continue;
            }
            *matched += 1;
            // `after` requests pass first, so that a fault can meet the second read of a poll.
            let applied = matched.saturating_sub(fault.after);
            if applied > 0 && fault.times.is_none_or(|times| applied <= times) {
                self.gone = fault.then_gone;
                return Some(ActiveFault {
                    name: fault.name.clone(),
                    kind: fault.kind.clone(),
                });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::testing::request;

    fn activated(faults: &mut Faults, line: &str) -> Option<String> {
        faults.activate(&request(line)).map(|fault| fault.name)
    }

    #[test]
    fn a_fault_applies_only_to_the_requests_that_it_names() {
        let fault = "429:PUT:/roleAssignments/:service=resource-manager";
        let mut faults = Faults::new(&[fault.parse().unwrap()]);

        let read = activated(&mut faults, "GET /x/roleAssignments/1");
        let write = activated(&mut faults, "PUT /x/ROLEASSIGNMENTS/1");

        assert_eq!(read, None);
        assert_eq!(write.unwrap(), "429");
    }

    #[test]
    fn a_fault_starts_and_ends_after_the_given_numbers_of_requests() {
        let mut faults = Faults::new(&["500:after=1:times=2".parse().unwrap()]);

        let matched: Vec<bool> = (0..4)
            .map(|_| activated(&mut faults, "GET /x").is_some())
            .collect();

        assert_eq!(matched, [false, true, true, false]);
    }

    #[test]
    fn a_network_that_is_gone_answers_nothing_any_more() {
        let mut faults = Faults::new(&["lost-reply:PUT:then=gone".parse().unwrap()]);

        let matched: Vec<_> = ["GET /x", "PUT /x", "GET /x"]
            .map(|line| activated(&mut faults, line))
            .into();

        assert_eq!(
            matched,
            [None, Some("lost-reply".into()), Some("gone".into())]
        );
    }

    #[test]
    fn a_retry_after_reaches_the_client() {
        let mut faults = Faults::new(&["429:retry-after=7".parse().unwrap()]);

        let fault = faults.activate(&request("GET /x")).unwrap();
        let answer = fault.answer_instead().unwrap();

        assert_eq!(answer.header("retry-after"), Some("7"));
        assert_eq!(answer.value()["error"]["code"], "TooManyRequests");
    }

    #[test]
    fn a_hostile_answer_takes_the_place_of_the_work_and_an_unknown_one_is_refused() {
        let mut faults = Faults::new(&["hostile:name=sign-in-page".parse().unwrap()]);

        let fault = faults.activate(&request("GET /x")).unwrap();
        let answer = fault.answer_instead().unwrap();

        assert!(
            answer
                .header("content-type")
                .unwrap()
                .starts_with("text/html")
        );
        let unknown = "hostile:name=kind".parse::<Fault>().unwrap_err();
        assert!(
            unknown
                .to_string()
                .contains("name one of empty, no-content"),
            "{unknown}"
        );
    }

    #[test]
    fn an_error_about_a_mistyped_fault_lists_what_is_allowed() {
        let errors = [
            "200",
            "429:put",
            "429:times=two",
            "lost-reply:polls=3",
            "500:often=1",
        ]
        .map(|text| text.parse::<Fault>().unwrap_err().to_string());

        assert!(errors[0].starts_with("`200` is not a kind of fault"));
        assert!(errors[1].starts_with("`put` in `429:put` is neither a METHOD"));
        assert!(errors[2].contains("needs a whole number, not `two`"));
        assert_eq!(
            errors[3],
            "`polls` means nothing for the fault `lost-reply`"
        );
        assert!(errors[4].starts_with("`often` in `500:often=1`"));
    }
}
