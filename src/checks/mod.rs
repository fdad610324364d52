//! Is the connection right, hop by hop? Doctor's checks: evidence is gathered once, then each check judges it.

pub(crate) mod report;
