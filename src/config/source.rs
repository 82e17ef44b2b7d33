//! Where settings come from, and the list of what is wrong with them.

use std::{ops::RangeInclusive, path::Path};

use anyhow::{Context, bail};
use toml::{Table, Value};

/// The file and the environment.
pub(super) struct Source {
    file: Table,
    read: Vec<String>,
    mistakes: Vec<String>,
}

impl Source {
    /// Opens the settings file, if there is one.
    pub(super) fn open(data_dir: &Path) -> anyhow::Result<Self> {
        let named = std::env::var_os("WAFAA_CONFIG").map(std::path::PathBuf::from);
        let path = named.clone().unwrap_or_else(|| data_dir.join("wafaa.toml"));
        let file = match std::fs::read_to_string(&path) {
            Ok(text) => text
                .parse()
                .with_context(|| format!("{} is not valid TOML", path.display()))?,
            Err(_) if named.is_none() => Table::new(),
            Err(error) => bail!(
                "WAFAA_CONFIG names {}, which can't be read: {error}",
                path.display()
            ),
        };
        Ok(Self {
            file,
            read: Vec::new(),
            mistakes: Vec::new(),
        })
    }

    /// The setting as text; empty counts as unset.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        let key = name.to_lowercase();
        self.read.push(key.clone());
        let variable = std::env::var(format!("WAFAA_{name}")).ok();
        let value = variable.or_else(|| self.file.get(&key).map(as_text));
        value
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
    }

    /// The setting as a list, given with commas.
    pub(super) fn list(&mut self, name: &str) -> Vec<String> {
        let text = self.text(name).unwrap_or_default();
        let items = text.split(',').map(str::trim);
        items
            .filter(|item| !item.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// The setting as a whole number.
    pub(super) fn number(&mut self, name: &str, range: RangeInclusive<u64>) -> Option<u64> {
        let text = self.text(name)?;
        let number = text.parse().ok().filter(|number| range.contains(number));
        if number.is_none() {
            let (low, high) = range.into_inner();
            self.mistake(
                name,
                &format!("is a whole number from {low} to {high}, not `{text}`"),
            );
        }
        number
    }

    /// Which of `choices` the setting names; the first by default.
    pub(super) fn choice(&mut self, name: &str, choices: &[&str]) -> usize {
        let Some(text) = self.text(name) else {
            return 0;
        };
        choices
            .iter()
            .position(|choice| *choice == text)
            .unwrap_or_else(|| {
                self.mistake(
                    name,
                    &format!("is one of {}, not `{text}`", choices.join(", ")),
                );
                0
            })
    }

    /// Notes a mistake unless the condition holds.
    pub(super) fn check(&mut self, name: &str, holds: impl FnOnce() -> bool, rule: &str) {
        if !holds() {
            self.mistake(name, rule);
        }
    }

    fn mistake(&mut self, name: &str, rule: &str) {
        self.mistakes.push(format!("WAFAA_{name} {rule}"));
    }

    /// Fails with every mistake there was, misspelt names in the file included.
    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        let unknown = self.file.keys().filter(|key| !self.read.contains(key));
        let unknown: Vec<String> = unknown
            .map(|key| format!("the settings file has `{key}`, which is not a setting"))
            .collect();
        self.mistakes.extend(unknown);
        if self.mistakes.is_empty() {
            return Ok(());
        }
        let mistakes: Vec<String> = self
            .mistakes
            .iter()
            .map(|mistake| format!("\n  - {mistake}"))
            .collect();
        bail!(
            "the settings have {} mistake(s):{}",
            mistakes.len(),
            mistakes.concat()
        )
    }
}

/// A value of the file as its variable would have it; a list with commas.
fn as_text(value: &Value) -> String {
    if let Some(items) = value.as_array() {
        let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
        return items.join(",");
    }
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
