//! Which objects do `labelSelector` and `fieldSelector` let through?

use serde_json::Value;

use super::status::StatusError;
use crate::sandbox::request::ServiceRequest;

/// The selectors of one request; all conditions must hold.
#[derive(Debug, Default)]
pub(super) struct Selectors {
    labels: Vec<SelectorTerm>,
    fields: Vec<SelectorTerm>,
}

/// One condition on a label or field.
#[derive(Debug, PartialEq, Eq)]
enum SelectorTerm {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Absent(String),
}

/// Fields that can be selected by, for the types the sandbox has.
const FIELDS: [&str; 11] = [
    "metadata.name",
    "metadata.namespace",
    "type",
    "spec.nodeName",
    "status.phase",
    "reason",
    "involvedObject.kind",
    "involvedObject.name",
    "involvedObject.namespace",
    "involvedObject.uid",
    "involvedObject.fieldPath",
];

impl Selectors {
    pub(super) fn read(request: &ServiceRequest) -> Result<Self, StatusError> {
        let fields = conditions(request.query("fieldSelector"))?;
        for condition in &fields {
            // An API server selects by few fields, others for each type, and refuses the rest.
            if !FIELDS.contains(&condition.key()) {
                let text = format!("field label not supported: {}", condition.key());
                return Err(StatusError::BadRequest(text));
            }
        }
        Ok(Self {
            labels: conditions(request.query("labelSelector"))?,
            fields,
        })
    }

    pub(super) fn select(&self, object: &Value) -> bool {
        let label = |key: &str| object["metadata"]["labels"][key].as_str();
        let field = |key: &str| {
            let pointer = format!("/{}", key.replace('.', "/"));
            object.pointer(&pointer).and_then(Value::as_str)
        };
        self.labels
            .iter()
            .all(|condition| condition.holds(label(condition.key())))
            && self
                .fields
                .iter()
                .all(|condition| condition.holds(field(condition.key())))
    }
}

impl SelectorTerm {
    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let one =
            |(key, value): (&str, &str)| (key.trim().to_owned(), vec![value.trim().to_owned()]);
        let condition = if let Some((key, values)) = text.split_once(" notin ") {
            Self::NotIn(key.trim().to_owned(), set(values)?)
        } else if let Some((key, values)) = text.split_once(" in ") {
            Self::In(key.trim().to_owned(), set(values)?)
        // Before `=`, which is a part of it.
        } else if let Some(parts) = text.split_once("!=") {
            let (key, values) = one(parts);
            Self::NotIn(key, values)
        } else if let Some(parts) = text.split_once("==").or_else(|| text.split_once('=')) {
            let (key, values) = one(parts);
            Self::In(key, values)
        } else if let Some(key) = text.strip_prefix('!') {
            Self::Absent(key.to_owned())
        } else {
            Self::Exists(text.to_owned())
        };
        let well_formed = !condition.key().is_empty() && !condition.key().contains([' ', '(', ')']);
        well_formed.then_some(condition)
    }

    fn key(&self) -> &str {
        match self {
            Self::In(key, _) | Self::NotIn(key, _) | Self::Exists(key) | Self::Absent(key) => key,
        }
    }

    fn holds(&self, value: Option<&str>) -> bool {
        let among =
            |values: &[String]| value.is_some_and(|value| values.iter().any(|it| it == value));
        match self {
            Self::In(_, values) => among(values),
            // An object without the label passes `!=` and `notin`.
            Self::NotIn(_, values) => !among(values),
            Self::Exists(_) => value.is_some(),
            Self::Absent(_) => value.is_none(),
        }
    }
}

fn conditions(selector: Option<&str>) -> Result<Vec<SelectorTerm>, StatusError> {
    let selector = selector.unwrap_or_default();
    split_outside_of_sets(selector)
        .into_iter()
        .filter(|part| !part.trim().is_empty())
        .map(|part| {
            SelectorTerm::read(part).ok_or_else(|| {
                StatusError::BadRequest(format!("unable to parse requirement: {part}"))
            })
        })
        .collect()
}

/// Splits at the commas that are not between parentheses.
fn split_outside_of_sets(text: &str) -> Vec<&str> {
    let mut depth = 0;
    text.split(|c| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        // `environment in (prod,test)` is one condition, in spite of its comma.
        c == ',' && depth == 0
    })
    .collect()
}

fn set(text: &str) -> Option<Vec<String>> {
    let inner = text.trim().strip_prefix('(')?.strip_suffix(')')?;
    Some(
        inner
            .split(',')
            .map(|value| value.trim().to_owned())
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn selects(selector: &str) -> bool {
        let release = json!({"metadata": {"labels": {"owner": "helm", "status": "deployed"}}});
        let selectors = Selectors {
            labels: conditions(Some(selector)).unwrap(),
            ..Selectors::default()
        };
        selectors.select(&release)
    }

    #[test]
    fn all_conditions_must_hold() {
        assert!(selects("owner=helm,status==deployed"));
        assert!(selects("owner, !deleted, status in (deployed, failed)"));
        assert!(selects("status notin (superseded,failed)"));
        assert!(selects(""));

        assert!(!selects("owner=helm,status!=deployed"));
        assert!(!selects("owner=helm,name"));
    }

    #[test]
    fn a_selector_that_makes_no_sense_is_refused() {
        for selector in ["a in b", "=b", "(a)"] {
            assert!(conditions(Some(selector)).is_err(), "{selector}");
        }
    }
}
