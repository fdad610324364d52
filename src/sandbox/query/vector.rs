//! The values that an expression has at one moment.

/// Names and values, in the order of the names.
pub(super) type Labels = Vec<(String, String)>;

/// One element of an instant vector.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Element {
    pub(super) labels: Labels,
    pub(super) value: f64,
}

impl Element {
    /// Without the name, which PromQL drops from what is no longer that metric.
    pub(super) fn unnamed(mut self) -> Self {
        self.labels.retain(|(name, _)| name != "__name__");
        self
    }
}

/// The answer at one moment.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum InstantValue {
    Number(f64),
    Vector(Vec<Element>),
}
