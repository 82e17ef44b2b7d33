//! Compares a JSON value to a schema of the OpenAPI document and says every place where it differs.
//!
//! Knows the keywords that our own schemas use. Objects are closed: a field that isn't described is wrong.

use poem_openapi::registry::{MetaSchema, MetaSchemaRef, Registry};
use serde_json::Value;

use crate::problem::FieldError;

pub(super) fn mistakes(
    registry: &Registry,
    schema: &MetaSchemaRef,
    value: &Value,
) -> Vec<FieldError> {
    let mut check = Check {
        registry,
        errors: Vec::new(),
    };
    check.by_reference(schema, value, "");
    check.errors
}

struct Check<'a> {
    registry: &'a Registry,
    errors: Vec<FieldError>,
}

impl Check<'_> {
    fn wrong(&mut self, path: &str, message: impl ToString) {
        self.errors.push(FieldError::new(path, message));
    }

    fn by_reference(&mut self, schema: &MetaSchemaRef, value: &Value, path: &str) {
        match schema {
            MetaSchemaRef::Inline(schema) => self.by_schema(schema, value, path),
            MetaSchemaRef::Reference(name) => {
                let registry = self.registry;
                if let Some(schema) = registry.schemas.get(name) {
                    self.by_schema(schema, value, path);
                }
            }
        }
    }

    fn by_schema(&mut self, schema: &MetaSchema, value: &Value, path: &str) {
        for part in &schema.all_of {
            self.by_reference(part, value, path);
        }
        match (schema.ty, value) {
            ("object", Value::Object(fields)) => self.fields(schema, fields, path),
            ("array", Value::Array(items)) => self.items(schema, items, path),
            ("string", Value::String(text)) => self.text(schema, text, path),
            ("integer", Value::Number(number)) if !number.is_f64() => {
                self.number(schema, number.as_f64(), path)
            }
            ("number", Value::Number(number)) => self.number(schema, number.as_f64(), path),
            ("boolean", Value::Bool(_)) | ("", _) => {}
            (wanted, _) => self.wrong(path, format!("must be of type {wanted}")),
        }
    }

    fn fields(&mut self, schema: &MetaSchema, fields: &serde_json::Map<String, Value>, path: &str) {
        let inside = |name: &str| {
            if path.is_empty() {
                name.to_owned()
            } else {
                format!("{path}.{name}")
            }
        };
        for name in &schema.required {
            if fields.get(*name).is_none_or(Value::is_null) {
                self.wrong(&inside(name), "is required");
            }
        }
        for (name, value) in fields {
            match schema.properties.iter().find(|(known, _)| known == name) {
                Some(_) if value.is_null() => {}
                Some((_, schema)) => self.by_reference(schema, value, &inside(name)),
                None if schema.properties.is_empty() => {}
                None => self.wrong(&inside(name), "is not a field of this request"),
            }
        }
    }

    fn items(&mut self, schema: &MetaSchema, items: &[Value], path: &str) {
        if schema.max_items.is_some_and(|most| items.len() > most) {
            self.wrong(
                path,
                format!("has at most {} items", schema.max_items.unwrap_or_default()),
            );
        }
        if schema.min_items.is_some_and(|least| items.len() < least) {
            self.wrong(
                path,
                format!(
                    "has at least {} items",
                    schema.min_items.unwrap_or_default()
                ),
            );
        }
        if let Some(item) = &schema.items {
            for (index, value) in items.iter().enumerate() {
                self.by_reference(item, value, &format!("{path}[{index}]"));
            }
        }
    }

    fn text(&mut self, schema: &MetaSchema, text: &str, path: &str) {
        let length = text.chars().count();
        if let Some(least) = schema.min_length.filter(|least| length < *least) {
            self.wrong(
                path,
                if least == 1 {
                    "must not be empty".into()
                } else {
                    format!("has at least {least} characters")
                },
            );
        }
        if let Some(most) = schema.max_length.filter(|most| length > *most) {
            self.wrong(path, format!("has at most {most} characters"));
        }
        let known = |item: &Value| item.as_str() == Some(text);
        if !schema.enum_items.is_empty() && !schema.enum_items.iter().any(known) {
            let names: Vec<&str> = schema.enum_items.iter().filter_map(Value::as_str).collect();
            self.wrong(path, format!("must be one of: {}", names.join(", ")));
        }
    }

    fn number(&mut self, schema: &MetaSchema, number: Option<f64>, path: &str) {
        let Some(number) = number else { return };
        if let Some(least) = schema.minimum.filter(|least| number < *least) {
            self.wrong(path, format!("is at least {least}"));
        }
        if let Some(most) = schema.maximum.filter(|most| number > *most) {
            self.wrong(path, format!("is at most {most}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use poem_openapi::{Object, types::Type as _};
    use serde_json::json;

    use super::*;

    #[derive(Object)]
    struct Inner {
        #[oai(validator(min_length = 2))]
        name: String,
    }

    #[derive(Object)]
    struct Outer {
        inner: Inner,
        #[oai(validator(minimum(value = "1"), maximum(value = "20")))]
        count: Option<u32>,
        #[oai(validator(max_items = 2))]
        tags: Option<Vec<String>>,
    }

    fn found(value: &Value) -> Vec<String> {
        let mut registry = Registry::new();
        Outer::register(&mut registry);
        let errors = mistakes(&registry, &Outer::schema_ref(), value);
        errors
            .into_iter()
            .map(|error| format!("{}: {}", error.field, error.message))
            .collect()
    }

    #[test]
    fn what_fits_is_let_through() {
        assert_eq!(
            found(&json!({ "inner": { "name": "ab" } })),
            Vec::<String>::new()
        );
        let all = json!({ "inner": { "name": "ab" }, "count": 20, "tags": ["x"] });
        assert_eq!(found(&all), Vec::<String>::new());
        assert_eq!(
            found(&json!({ "inner": { "name": "ab" }, "count": null })),
            Vec::<String>::new()
        );
    }

    #[test]
    fn every_mistake_is_named_with_its_place() {
        let value = json!({ "inner": { "name": "a", "x": 1 }, "count": 21, "tags": ["x", 2, "y"], "other": true });
        let mut errors = found(&value);
        errors.sort();
        assert_eq!(
            errors,
            [
                "count: is at most 20",
                "inner.name: has at least 2 characters",
                "inner.x: is not a field of this request",
                "other: is not a field of this request",
                "tags: has at most 2 items",
                "tags[1]: must be of type string",
            ]
        );
    }

    #[test]
    fn what_is_missing_or_of_another_kind_is_named() {
        assert_eq!(found(&json!({})), ["inner: is required"]);
        assert_eq!(found(&json!([])), [": must be of type object"]);
        assert_eq!(
            found(&json!({ "inner": { "name": "ab" }, "count": 1.5 })),
            ["count: must be of type integer"]
        );
    }
}
