//! Tokens per CPU-second, all threads counted: what the machine pays, whatever else runs on it.
//!
//! Criterion reports processor time instead of elapsed time here, so "elem/s" reads "tokens per CPU-second" and the
//! short query's time is its CPU time. Run with `cargo bench -p wafaa-embedding`.

#[path = "../tests/it/fixture.rs"]
mod fixture;

use std::time::Duration;

use cpu_time::ProcessTime;
use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use wafaa_embedding::Engine;

const PARAGRAPH: &str = "The concierge answers from the documents its tenant uploaded: opening hours, prices, return \
    policies and the many small questions that reach a front desk every day. When it is not sure it says so, and hands \
    the conversation to a member of the team together with what was said so far.";
const QUERY: &str = "what are your opening hours on friday?";

/// Processor time of the whole process.
struct CpuTime;

impl Measurement for CpuTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        ProcessTime::now().as_duration()
    }

    fn end(&self, start: Duration) -> Duration {
        self.start() - start
    }

    fn add(&self, left: &Duration, right: &Duration) -> Duration {
        *left + *right
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        value.as_nanos() as f64
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

fn embed(criterion: &mut Criterion<CpuTime>) {
    let engine = Engine::load(&fixture::model_dir(), 2).expect("the model loads");
    let tokens = |text: &str| engine.tokenizer().encode(text).len() as u64;
    let mut group = criterion.benchmark_group("embed");

    for size in [1, 8, 32] {
        let texts: Vec<String> = (0..size)
            .map(|index| format!("{index}. {PARAGRAPH} {}", &PARAGRAPH[..index * 8]))
            .collect();
        group.throughput(Throughput::Elements(texts.iter().map(|t| tokens(t)).sum()));
        group.bench_function(format!("batch of {size}"), |bencher| {
            bencher.iter(|| engine.embed_batch(&texts));
        });
    }

    group.throughput(Throughput::Elements(tokens(QUERY)));
    group.bench_function("short query", |bencher| {
        bencher.iter(|| engine.embed_query(QUERY));
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .with_measurement(CpuTime)
        .measurement_time(Duration::from_secs(8));
    targets = embed
}
criterion_main!(benches);
