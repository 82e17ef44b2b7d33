//! Prometheus' text format, for what is read when asked for: a series that is gone must not be shown any more,
//! and a recorder would keep it. <https://prometheus.io/docs/instrumenting/exposition_formats/>

use std::fmt::{Display, Write as _};

/// A text under construction.
#[derive(Default)]
pub(super) struct Text(String);

impl Text {
    /// Begins a family.
    pub(super) fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string can't fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    /// Adds a series of the family last begun.
    pub(super) fn series(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        self.0.push_str(name);
        for (index, (label, text)) in labels.iter().enumerate() {
            let open = if index == 0 { '{' } else { ',' };
            let _ = write!(self.0, "{open}{label}=\"{}\"", escaped(text));
        }
        let close = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.0, "{close} {value}");
    }

    /// A family of one series without labels.
    pub(super) fn single(&mut self, name: &str, kind: &str, help: &str, value: impl Display) {
        self.family(name, kind, help);
        self.series(name, &[], value);
    }

    pub(super) fn finish(self) -> String {
        self.0
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped() {
        let mut text = Text::default();
        text.family("a", "gauge", "A.");
        text.series("a", &[("b", "c\"\\\n"), ("d", "e")], 1.5);
        text.single("f", "counter", "F.", 2);
        assert_eq!(
            text.finish(),
            "# HELP a A.\n# TYPE a gauge\na{b=\"c\\\"\\\\\\n\",d=\"e\"} 1.5\n# HELP f F.\n# TYPE f counter\nf 2\n"
        );
    }
}
