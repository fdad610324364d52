//! The part of the Kusto query language that the sandbox's Resource Graph supports: where, project, order by, limit.

use serde_json::{Map, Value};

use super::kusto_tokens::{KustoToken, tokens};

/// A query, ready to be applied to rows.
#[derive(Debug, PartialEq)]
pub(super) struct Query {
    pub(super) table: String,
    stages: Vec<KustoStage>,
}

#[derive(Debug, PartialEq)]
enum KustoStage {
    Where(Vec<KustoCondition>),
    Project(Vec<(String, KustoExpression)>),
    OrderBy(Vec<(KustoExpression, Direction)>),
    Limit(usize),
}

/// A value that must be among some texts.
#[derive(Debug, PartialEq)]
struct KustoCondition {
    value: KustoExpression,
    texts: Vec<String>,
    ignores_case: bool,
}

#[derive(Debug, PartialEq)]
enum KustoExpression {
    /// Such as `properties.provisioningState`.
    Path(String),
    ToText(Box<KustoExpression>),
    ToBool(Box<KustoExpression>),
    Coalesce(Vec<KustoExpression>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Direction {
    Ascending,
    Descending,
}

/// One row of a table.
pub(super) type KustoRow = Map<String, Value>;

impl Query {
    /// Reads a query; the error names what was not understood.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let tokens = tokens(text)?;
        let mut stages = tokens.split(|word| *word == KustoToken::Punctuation('|'));
        let table = match stages.next() {
            Some([KustoToken::Name(table)]) => table.to_ascii_lowercase(),
            _ => return Err("a query begins with the name of a table".to_owned()),
        };
        let stages = stages
            .map(|tokens| KustoParser { tokens }.stage())
            .collect::<Result<_, _>>()?;
        Ok(Self { table, stages })
    }

    /// The resource types that the query asks for, in lower case.
    pub(super) fn types(&self) -> impl Iterator<Item = String> {
        let conditions = self.stages.iter().flat_map(|stage| match stage {
            KustoStage::Where(conditions) => conditions.as_slice(),
            _ => &[],
        });
        conditions
            // To Resource Graph a type is only a text: a misspelt one gives no rows. Here it is an
            // error.
            .filter(|condition| condition.value == KustoExpression::Path("type".to_owned()))
            .flat_map(|condition| &condition.texts)
            .map(|text| text.to_ascii_lowercase())
    }

    pub(super) fn apply(&self, mut rows: Vec<KustoRow>) -> Vec<KustoRow> {
        for stage in &self.stages {
            match stage {
                KustoStage::Where(conditions) => {
                    rows.retain(|row| conditions.iter().all(|condition| condition.holds(row)));
                }
                KustoStage::Project(columns) => {
                    rows = rows.iter().map(|row| project(row, columns)).collect();
                }
                KustoStage::OrderBy(keys) => rows.sort_by(|one, other| compare(one, other, keys)),
                KustoStage::Limit(most) => rows.truncate(*most),
            }
        }
        rows
    }
}

impl KustoCondition {
    fn holds(&self, row: &KustoRow) -> bool {
        let value = self.value.of(row);
        // A missing column is null in Kusto, which equals no text.
        let value = value.as_str().unwrap_or_default();
        self.texts.iter().any(|text| {
            if self.ignores_case {
                text.eq_ignore_ascii_case(value)
            } else {
                text == value
            }
        })
    }
}

impl KustoExpression {
    fn of(&self, row: &KustoRow) -> Value {
        match self {
            Self::Path(path) => {
                let mut names = path.split('.');
                let first = names.next().and_then(|name| row.get(name));
                let last = names.try_fold(first, |value, name| Some(value?.get(name)));
                last.flatten().cloned().unwrap_or_default()
            }
            Self::ToText(inner) => match inner.of(row) {
                // `tostring(null)` is an empty text in Kusto.
                Value::Null => "".into(),
                Value::String(text) => text.into(),
                other => other.to_string().into(),
            },
            Self::ToBool(inner) => match inner.of(row) {
                value @ Value::Bool(_) => value,
                _ => Value::Null,
            },
            Self::Coalesce(choices) => choices
                .iter()
                .map(|choice| choice.of(row))
                // `coalesce` passes over empty texts too.
                .find(|value| !value.is_null() && *value != "")
                .unwrap_or_default(),
        }
    }
}

fn project(row: &KustoRow, columns: &[(String, KustoExpression)]) -> KustoRow {
    columns
        .iter()
        .map(|(name, expression)| (name.clone(), expression.of(row)))
        .collect()
}

fn compare(
    one: &KustoRow,
    other: &KustoRow,
    keys: &[(KustoExpression, Direction)],
) -> std::cmp::Ordering {
    let text =
        |row: &KustoRow, key: &KustoExpression| key.of(row).as_str().map(str::to_ascii_lowercase);
    keys.iter()
        .map(|(key, direction)| match direction {
            Direction::Ascending => text(one, key).cmp(&text(other, key)),
            Direction::Descending => text(other, key).cmp(&text(one, key)),
        })
        .find(|ordering| ordering.is_ne())
        .unwrap_or(std::cmp::Ordering::Equal)
}

/// Reads the tokens of one stage from left to right.
struct KustoParser<'t> {
    tokens: &'t [KustoToken],
}

impl KustoParser<'_> {
    fn stage(&mut self) -> Result<KustoStage, String> {
        let stage = match self.name()?.as_str() {
            "where" => KustoStage::Where(self.separated_by("and", Self::condition)?),
            "project" => KustoStage::Project(self.list(Self::column)?),
            "order" | "sort" => {
                self.expect(&KustoToken::Name("by".to_owned()))?;
                KustoStage::OrderBy(self.list(Self::key)?)
            }
            "limit" | "take" => KustoStage::Limit(self.number()?),
            other => return Err(format!("the operator '{other}' is not understood")),
        };
        match self.tokens {
            [] => Ok(stage),
            [word, ..] => Err(format!("{word} is not expected there")),
        }
    }

    fn condition(&mut self) -> Result<KustoCondition, String> {
        let value = self.expression()?;
        let operator = match self.next()? {
            KustoToken::Operator(operator) | KustoToken::Name(operator) => operator.as_str(),
            other => return Err(format!("{other} is not a comparison")),
        };
        let (is_list, ignores_case) = match operator {
            // A name keeps the letter case of its creation, so clients compare without it.
            "=~" => (false, true),
            "==" => (false, false),
            "in~" => (true, true),
            "in" => (true, false),
            other => return Err(format!("the comparison '{other}' is not understood")),
        };
        let texts = if is_list {
            self.expect(&KustoToken::Punctuation('('))?;
            let texts = self.list(Self::text)?;
            self.expect(&KustoToken::Punctuation(')'))?;
            texts
        } else {
            vec![self.text()?]
        };
        Ok(KustoCondition {
            value,
            texts,
            ignores_case,
        })
    }

    fn column(&mut self) -> Result<(String, KustoExpression), String> {
        if let [KustoToken::Name(name), KustoToken::Punctuation('='), ..] = self.tokens {
            self.tokens = &self.tokens[2..];
            return Ok((name.clone(), self.expression()?));
        }
        let name = self.name()?;
        Ok((name.clone(), KustoExpression::Path(name)))
    }

    fn key(&mut self) -> Result<(KustoExpression, Direction), String> {
        let key = self.expression()?;
        let direction = match self.tokens.first() {
            Some(KustoToken::Name(name)) if name == "asc" => Direction::Ascending,
            Some(KustoToken::Name(name)) if name == "desc" => Direction::Descending,
            // Kusto sorts descending by default, unlike SQL.
            _ => return Ok((key, Direction::Descending)),
        };
        self.tokens = &self.tokens[1..];
        Ok((key, direction))
    }

    fn expression(&mut self) -> Result<KustoExpression, String> {
        let name = self.name()?;
        if self.tokens.first() != Some(&KustoToken::Punctuation('(')) {
            return Ok(KustoExpression::Path(name));
        }
        self.next()?;
        let mut arguments = self.list(Self::expression)?;
        self.expect(&KustoToken::Punctuation(')'))?;
        match (name.as_str(), arguments.len()) {
            ("coalesce", _) => Ok(KustoExpression::Coalesce(arguments)),
            ("tostring", 1) => Ok(KustoExpression::ToText(Box::new(arguments.remove(0)))),
            ("tobool", 1) => Ok(KustoExpression::ToBool(Box::new(arguments.remove(0)))),
            _ => Err(format!("the function '{name}' is not understood")),
        }
    }

    fn list<T>(&mut self, item: fn(&mut Self) -> Result<T, String>) -> Result<Vec<T>, String> {
        let mut items = vec![item(self)?];
        while self.tokens.first() == Some(&KustoToken::Punctuation(',')) {
            self.next()?;
            items.push(item(self)?);
        }
        Ok(items)
    }

    fn separated_by<T>(
        &mut self,
        separator: &str,
        item: fn(&mut Self) -> Result<T, String>,
    ) -> Result<Vec<T>, String> {
        let mut items = vec![item(self)?];
        while matches!(self.tokens.first(), Some(KustoToken::Name(name)) if name == separator) {
            self.next()?;
            items.push(item(self)?);
        }
        Ok(items)
    }

    fn name(&mut self) -> Result<String, String> {
        match self.next()? {
            KustoToken::Name(name) => Ok(name.clone()),
            other => Err(format!("expected a name, found {other}")),
        }
    }

    fn text(&mut self) -> Result<String, String> {
        match self.next()? {
            KustoToken::Text(text) => Ok(text.clone()),
            other => Err(format!("expected a quoted text, found {other}")),
        }
    }

    fn number(&mut self) -> Result<usize, String> {
        let name = self.name()?;
        name.parse()
            .map_err(|_| format!("expected a number, found '{name}'"))
    }

    fn expect(&mut self, expected: &KustoToken) -> Result<(), String> {
        match self.next()? {
            word if word == expected => Ok(()),
            other => Err(format!("expected {expected}, found {other}")),
        }
    }

    fn next(&mut self) -> Result<&KustoToken, String> {
        let (first, rest) = self
            .tokens
            .split_first()
            .ok_or("the query ends too early")?;
        self.tokens = rest;
        Ok(first)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rows(rows: Value) -> Vec<KustoRow> {
        serde_json::from_value(rows).unwrap()
    }

    #[test]
    fn a_query_filters_projects_orders_and_limits() {
        let query = Query::parse(
            "resources | where type in~ ('a/B', 'c/d') and group =~ 'RG' | project id, on = tobool(properties.x.on), \
             url = coalesce(tostring(properties.URL), tostring(properties.url)) | order by id asc | limit 2",
        );
        let cluster = |id: &str, kind: &str| json!({"id": id, "type": kind, "group": "rg", "properties": {"x": {"on": true}, "url": "u"}});
        let table = json!([
            cluster("3", "a/b"),
            cluster("2", "c/d"),
            cluster("1", "a/b"),
            cluster("0", "e/f")
        ]);

        let answer = query.unwrap().apply(rows(table));

        let row = |id: &str| json!({"id": id, "on": true, "url": "u"});
        assert_eq!(answer, rows(json!([row("1"), row("2")])));
    }

    #[test]
    fn what_is_not_understood_is_named() {
        let error = |text: &str| Query::parse(text).unwrap_err();

        assert!(error("resources | summarize count()").contains("'summarize'"));
        assert!(error("resources | project x = toupper(name)").contains("'toupper'"));
        assert!(error("resources | where type startswith 'm'").contains("'startswith'"));
        assert!(error("resources | where type =~ 'unfinished").contains("never ends"));
        assert!(error("resources | project id name").contains("`name`"));
    }
}
