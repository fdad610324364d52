//! Does Entra give the identity a token for ingestion?

use std::time::Duration;

use super::evidence::Evidence;
use super::report::Category;
use super::verdict::{Unseen, Verdict};
use super::{About, Check, hop};
use crate::proof::hop::HopName;

pub(super) struct Token;

impl Check for Token {
    fn about(&self) -> About {
        About {
            id: "token",
            category: Category::Data,
        }
    }

    fn took(&self, seen: &Evidence) -> Duration {
        hop::took(seen, HopName::Token)
    }

    fn judge(&self, seen: &Evidence) -> Result<Verdict, Unseen> {
        hop::judge(seen, HopName::Token)
    }
}
