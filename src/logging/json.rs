//! One JSON object a line: time, level, target and message, what the event says, and what the spans around it
//! say, all beside each other. So `request_id`, `job_id`, `tenant` and `trace_id` are found in one place
//! however deep inside a request or a job a line was written.

use std::fmt;

use serde_json::{Map, Value};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{
        FmtContext, FormatEvent, FormatFields, FormattedFields,
        format::Writer,
        time::{FormatTime as _, SystemTime},
    },
    registry::LookupSpan,
};

use super::FOR_TRACES;

/// What each line begins with, and no field may take the place of.
const FIRST: [&str; 3] = ["timestamp", "level", "target"];

/// The format. Spans' fields must be written as JSON.
pub(super) struct Lines;

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut said = Fields::default();
        for span in context
            .event_scope()
            .into_iter()
            .flat_map(|scope| scope.from_root())
        {
            if let Some(fields) = span.extensions().get::<FormattedFields<N>>()
                && let Ok(fields) = serde_json::from_str::<Map<String, Value>>(&fields.fields)
            {
                said.0.extend(fields);
            }
        }
        event.record(&mut said);
        // What comes by way of the `log` crate names its true origin in a field.
        let origin = said.0.remove("log.target");
        let target = origin.as_ref().and_then(Value::as_str);
        let mut timestamp = String::new();
        SystemTime.format_time(&mut Writer::new(&mut timestamp))?;
        write!(
            writer,
            "{{\"timestamp\":\"{timestamp}\",\"level\":\"{}\",\"target\":{}",
            event.metadata().level(),
            Value::from(target.unwrap_or_else(|| event.metadata().target()))
        )?;
        for (name, value) in &said.0 {
            let is_left_out = FIRST.contains(&name.as_str())
                || name.starts_with(FOR_TRACES)
                || name.starts_with("log.");
            if !is_left_out {
                write!(writer, ",{}:{value}", Value::from(name.as_str()))?;
            }
        }
        writeln!(writer, "}}")
    }
}

/// Fields by name; an event's win over its spans', an inner span's over an outer's.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn note(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.note(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.note(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.note(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.note(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.note(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.note(field, value);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use tracing_subscriber::{
        Layer as _, fmt,
        fmt::{MakeWriter, format::JsonFields},
        layer::SubscriberExt as _,
    };

    use super::*;
    use crate::logging::mask::Masked;

    /// Keeps what is written.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("sound").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Kept {
        type Writer = Masked<Self>;

        fn make_writer(&'a self) -> Masked<Self> {
            Masked(self.clone())
        }
    }

    fn lines(log: impl FnOnce()) -> Vec<Value> {
        let kept = Kept::default();
        let layer = fmt::layer()
            .fmt_fields(JsonFields::new())
            .event_format(Lines)
            .with_writer(kept.clone())
            .boxed();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), log);
        let written = kept.0.lock().expect("sound").clone();
        let text = String::from_utf8(written).expect("UTF-8");
        let line = |line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
        text.lines().map(line).collect()
    }

    #[test]
    fn a_line_says_where_it_belongs() {
        let lines = lines(|| {
            let request = tracing::info_span!(
                "request",
                request_id = "req_1",
                tenant = tracing::field::Empty,
                trace_id = tracing::field::Empty,
                otel.kind = "server"
            );
            request.record("tenant", "ten_1");
            request.record("trace_id", "0af7651916cd43dd8448eb211c80319c");
            let _entered = request.enter();
            let _inner = tracing::info_span!("search", job_id = "job_1", attempt = 2).entered();
            tracing::warn!(target: "wafaa_api", took_ms = 1.5, ok = true, "said \"so\"\nand more");
        });
        let [line] = lines.as_slice() else {
            panic!("{lines:?}");
        };
        assert!(
            line["timestamp"]
                .as_str()
                .is_some_and(|at| at.ends_with('Z'))
        );
        for (field, value) in [
            ("level", Value::from("WARN")),
            ("target", "wafaa_api".into()),
            ("message", "said \"so\"\nand more".into()),
            ("request_id", "req_1".into()),
            ("tenant", "ten_1".into()),
            ("trace_id", "0af7651916cd43dd8448eb211c80319c".into()),
            ("job_id", "job_1".into()),
            ("attempt", 2.into()),
            ("took_ms", 1.5.into()),
            ("ok", true.into()),
        ] {
            assert_eq!(line[field], value, "{field}: {line}");
        }
        assert_eq!(line["otel.kind"], Value::Null);
    }

    #[test]
    fn secrets_are_masked() {
        let lines = lines(|| {
            tracing::error!(
                url = "postgres://wafaa:se@cret@db:5432/wafaa",
                header = "Bearer wk_0123456789abcdefghij",
                "can't connect"
            );
        });
        assert_eq!(lines[0]["url"], "postgres://wafaa:***@db:5432/wafaa");
        assert_eq!(lines[0]["header"], "Bearer ***");
        assert_eq!(lines[0]["message"], "can't connect");
    }
}
