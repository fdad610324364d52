//! Everything a request may look at or change.

use uuid::Uuid;

use super::{addresses::Addresses, options::Options, state::State, tokens::Tokens};

/// The embedded Azure behind its front door.
#[derive(Debug)]
pub(crate) struct Azure {
    pub(crate) state: State,
    pub(crate) tokens: Tokens,
    pub(crate) addresses: Addresses,
    pub(crate) options: Options,
}

impl Azure {
    /// A GUID never given before; the same requests in the same order draw the same ones.
    pub(crate) fn fresh_guid(&mut self) -> Uuid {
        self.state.fresh_guid()
    }
}
