//! The routes of the OpenAPI document, to name a request by its pattern: in metrics, where a path would be
//! a label of its own for every id, and in `Allow`.

use serde_json::Value;

use crate::app;

pub(crate) struct Routes {
    /// Pattern, its segments, its methods.
    patterns: Vec<(String, Vec<String>, Vec<String>)>,
}

impl Routes {
    pub(crate) fn new() -> Self {
        let document: Value = serde_json::from_str(&app::openapi_json()).unwrap_or_default();
        let paths = document["paths"].as_object().cloned().unwrap_or_default();
        let mut patterns: Vec<_> = paths
            .iter()
            .map(|(path, operations)| {
                let methods = operations
                    .as_object()
                    .into_iter()
                    .flat_map(|all| all.keys());
                (
                    path.clone(),
                    path.split('/').map(str::to_owned).collect::<Vec<_>>(),
                    methods.map(|method| method.to_uppercase()).collect(),
                )
            })
            .collect();
        // Fixed segments win over parameters: `/jobs/stats` is not a job.
        patterns.sort_by_key(|(path, _, _)| path.contains('{'));
        Self { patterns }
    }

    /// The pattern a path follows.
    pub(crate) fn pattern(&self, path: &str) -> Option<&str> {
        self.find(path).map(|(pattern, _)| pattern)
    }

    /// The methods a path knows, as the header `Allow` has them.
    pub(crate) fn allowed(&self, path: &str) -> Option<String> {
        self.find(path).map(|(_, methods)| methods.join(", "))
    }

    fn find(&self, path: &str) -> Option<(&str, &[String])> {
        let segments: Vec<&str> = path.split('/').collect();
        let fits = |pattern: &[String]| {
            pattern.len() == segments.len()
                && pattern
                    .iter()
                    .zip(&segments)
                    .all(|(wanted, found)| wanted.starts_with('{') || wanted == found)
        };
        self.patterns
            .iter()
            .find(|(_, pattern, _)| fits(pattern))
            .map(|(path, _, methods)| (path.as_str(), methods.as_slice()))
    }
}
