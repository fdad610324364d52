//! The api-versions of data collection rules, endpoints and associations, which Azure releases together.

pub(super) const VERSIONS: &[&str] = &[
    "2021-04-01",
    "2021-09-01-preview",
    "2022-06-01",
    "2023-03-11",
    "2024-03-11",
];
