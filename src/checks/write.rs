//! Is a sample accepted, sent as the identity that Prometheus uses?

use std::time::Duration;

use super::evidence::Evidence;
use super::report::Category;
use super::verdict::{Unseen, Verdict};
use super::{About, Check, hop};
use crate::proof::hop::HopName;

pub(super) struct Write;

impl Check for Write {
    fn about(&self) -> About {
        About {
            id: "write",
            category: Category::Data,
        }
    }

    fn took(&self, seen: &Evidence) -> Duration {
        hop::took(seen, HopName::Write)
    }

    fn judge(&self, seen: &Evidence) -> Result<Verdict, Unseen> {
        hop::judge(seen, HopName::Write)
    }
}
