//! What has to change? `Plan` is data: it is printed, compared and written as JSON. No I/O.

pub(crate) mod approval;
pub(crate) mod change;
