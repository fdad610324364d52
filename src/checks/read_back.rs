//! Can that sample be queried from the workspace?

use std::time::Duration;

use super::evidence::Evidence;
use super::report::Category;
use super::verdict::{Unseen, Verdict};
use super::{About, Check, hop};
use crate::proof::hop::HopName;

pub(super) struct ReadBack;

impl Check for ReadBack {
    fn about(&self) -> About {
        About {
            id: "read-back",
            category: Category::Data,
        }
    }

    fn took(&self, seen: &Evidence) -> Duration {
        hop::took(seen, HopName::ReadBack)
    }

    fn judge(&self, seen: &Evidence) -> Result<Verdict, Unseen> {
        hop::judge(seen, HopName::ReadBack)
    }
}
