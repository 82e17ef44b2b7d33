//! Processor time of children that have ended, so that a reader in a child is measured with its start-up.

use std::time::Duration;

/// Ticks per second of `/proc`; 100 on every platform that Linux is built for today.
const TICKS: f64 = 100.0;

/// User and system time of all ended children of this process; `None` where `/proc` doesn't say.
pub(super) fn ended_children() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the program's name, in parentheses, and may hold anything.
    let (_, after_name) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks = |field: usize| fields.get(field)?.parse::<f64>().ok();
    // proc(5): fields 16 and 17, of which the first two are cut off above.
    Some(Duration::from_secs_f64((ticks(13)? + ticks(14)?) / TICKS))
}

/// Seconds that children took between `before` and now.
pub(super) fn since(before: Option<Duration>) -> Option<f64> {
    Some(ended_children()?.saturating_sub(before?).as_secs_f64())
}
