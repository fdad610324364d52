//! When is a request sent again, and how long is an answer waited for? Shared by all who talk to a service.

pub(crate) mod backoff;
pub(crate) mod cause;
#[cfg(test)]
pub(crate) mod loopback;
pub(crate) mod resend;
pub(crate) mod retry;
pub(crate) mod retry_policy;
pub(crate) mod wait_notices;
