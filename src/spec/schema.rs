//! The JSON Schema of the spec file. Each field is the flag of the same name, so it is made from the flags.

use clap::{Arg, Args as _, Command};
use serde_json::{Map, Value, json};

use super::answers::ConnectionAnswers;

/// Fields at the top of the file, next to `connections`; each is a global flag too.
pub(crate) const GLOBAL_FIELDS: [&str; 10] = [
    "subscription",
    "tenant",
    "cloud",
    "resource-manager-endpoint",
    "authority",
    "graph-endpoint",
    "instance-metadata-endpoint",
    "ingestion-scope",
    "query-scope",
    "monitor-host-suffix",
];

/// The schema (draft 2020-12) of `amw-rw.yaml`. Of `global`, the flags of the whole program, those that are fields are taken.
pub(crate) fn json_schema<'a>(global: impl IntoIterator<Item = &'a Arg>) -> Value {
    let is_field = |arg: &&Arg| {
        arg.get_long()
            .is_some_and(|name| GLOBAL_FIELDS.contains(&name))
    };
    let mut fields = properties(global.into_iter().filter(is_field));
    let connection = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": properties(connection_flags().get_arguments()),
    });
    let connections = json!({
        "description": "The connections of this file; this version reads one",
        "type": "array",
        "minItems": 1,
        "maxItems": 1,
        "items": connection,
    });
    fields.insert("connections".to_owned(), connections);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Spec file of amw-rw",
        "type": "object",
        "additionalProperties": false,
        "required": ["connections"],
        "properties": fields,
    })
}

/// Whether a connection has this field.
pub(super) fn is_of_connection(field: &str) -> bool {
    let flags = connection_flags();
    flags
        .get_arguments()
        .any(|arg| arg.get_long() == Some(field))
}

/// The names of every field of the file.
pub(super) fn field_names() -> Vec<String> {
    let flags = connection_flags();
    let of_connection = flags.get_arguments().filter_map(|arg| arg.get_long());
    let at_top = GLOBAL_FIELDS.into_iter().chain(["connections"]);
    of_connection.chain(at_top).map(str::to_owned).collect()
}

fn connection_flags() -> Command {
    ConnectionAnswers::augment_args(Command::new("connection"))
}

fn properties<'a>(flags: impl Iterator<Item = &'a Arg>) -> Map<String, Value> {
    let named = flags.filter_map(|arg| Some((arg.get_long()?.to_owned(), property(arg))));
    named.collect()
}

fn property(arg: &Arg) -> Value {
    let values = arg.get_possible_values();
    let names: Vec<&str> = values.iter().map(|value| value.get_name()).collect();
    // YAML takes 8081 and 3.14 for numbers; the file is read all the same.
    let types = match &names[..] {
        [] => json!(["string", "number"]),
        _ => json!("string"),
    };
    let help = arg.get_help().map(ToString::to_string);
    let mut property = json!({ "description": help.unwrap_or_default(), "type": types });
    if !names.is_empty() {
        property["enum"] = json!(names);
    }
    property
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::file::SpecFile;

    /// The fields that the reader of the file knows, in its own words.
    fn known_to_the_reader(text: &str) -> Vec<&'static str> {
        match serde_saphyr::from_str::<SpecFile>(text) {
            Err(error) => match error.without_snippet() {
                serde_saphyr::Error::SerdeUnknownField { expected, .. } => expected.clone(),
                other => panic!("{other}"),
            },
            Ok(_) => panic!("`{text}` has no unknown field"),
        }
    }

    #[test]
    fn the_schema_has_the_fields_that_the_reader_knows() {
        let globals: Vec<Arg> = GLOBAL_FIELDS.map(|name| Arg::new(name).long(name)).into();

        let schema = json_schema(&globals);

        let names =
            |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
        let sorted = |mut fields: Vec<&'static str>| {
            fields.sort_unstable();
            fields
        };
        let mut top = names(&schema["properties"]);
        top.sort_unstable();
        assert_eq!(top, sorted(known_to_the_reader("unknown: 1\n")));
        let mut connection = names(&schema["properties"]["connections"]["items"]["properties"]);
        connection.sort_unstable();
        let known = known_to_the_reader("connections: [{unknown: 1}]\n");
        assert_eq!(connection, sorted(known));
    }

    #[test]
    fn the_reader_takes_every_value_that_the_schema_lists() {
        let flags = connection_flags();
        let with_values = properties(flags.get_arguments());
        let lists = with_values.iter().filter_map(|(name, property)| {
            let values = property["enum"].as_array()?;
            Some(values.iter().map(move |value| (name, value)))
        });

        for (name, value) in lists.flatten() {
            let text = format!("connections: [{{{name}: {value}}}]\n");
            assert!(SpecFile::parse(&text).is_ok(), "{text}");
        }
    }
}
