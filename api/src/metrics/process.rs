//! The standard numbers of a process, under their standard names:
//! <https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics>

use metrics_process::collector::{Metrics, collect};

use super::text::Text;

/// The families that this system can tell.
pub(super) fn text() -> String {
    let Metrics {
        cpu_seconds_total,
        open_fds,
        max_fds,
        virtual_memory_bytes,
        virtual_memory_max_bytes,
        resident_memory_bytes,
        start_time_seconds,
        threads,
    } = collect();
    let mut text = Text::default();
    if let Some(seconds) = cpu_seconds_total {
        let help = "Processor time used, by the system for this process included.";
        text.single("process_cpu_seconds_total", "counter", help, seconds);
    }
    #[rustfmt::skip]
    let gauges = [
        ("process_open_fds", "File descriptors open.", open_fds),
        ("process_max_fds", "File descriptors that may be open.", max_fds),
        ("process_virtual_memory_bytes", "Virtual memory.", virtual_memory_bytes),
        ("process_virtual_memory_max_bytes", "Virtual memory there may be.", virtual_memory_max_bytes),
        ("process_resident_memory_bytes", "Memory in use.", resident_memory_bytes),
        ("process_start_time_seconds", "When the process began, in seconds since 1970.", start_time_seconds),
        ("process_threads", "Threads.", threads),
    ];
    for (name, help, value) in gauges {
        if let Some(value) = value {
            text.single(name, "gauge", help, value);
        }
    }
    text.finish()
}
