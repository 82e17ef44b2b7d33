//! Every family of metrics by name: what it says, and the buckets of those that are histograms. A family that
//! is recorded but missing here would be shown without help and, of durations, as a summary that can't be
//! added up over processes.

use metrics::{describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder};

pub(super) struct Family {
    pub(super) name: &'static str,
    kind: Kind,
    pub(super) help: &'static str,
}

#[derive(Clone, Copy)]
enum Kind {
    Counter,
    Gauge,
    /// With the upper bounds of its buckets.
    Histogram(&'static [f64]),
}

/// Of what a person waits for.
const ANSWERS: &[f64] = &[
    0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];
/// Of what takes hardly any time when all is well.
const ROUNDS: &[f64] = &[
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
];
/// Of what may take minutes.
const WORK: &[f64] = &[
    0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0,
];

const fn counter(name: &'static str, help: &'static str) -> Family {
    let kind = Kind::Counter;
    Family { name, kind, help }
}

const fn gauge(name: &'static str, help: &'static str) -> Family {
    let kind = Kind::Gauge;
    Family { name, kind, help }
}

const fn histogram(name: &'static str, buckets: &'static [f64], help: &'static str) -> Family {
    let kind = Kind::Histogram(buckets);
    Family { name, kind, help }
}

/// A gauge for the facade, whose counters are whole numbers; shown as the counter that it is.
pub(super) const COST: &str = "wafaa_llm_cost_usd_total";

#[rustfmt::skip]
pub(super) const FAMILIES: &[Family] = &[
    counter("wafaa_http_requests_total", "Requests answered."),
    histogram("wafaa_http_request_duration_seconds", ANSWERS, "Time until a request's answer began."),
    counter("wafaa_rate_limit_rejections_total", "Requests refused because a limit was used up."),
    counter("wafaa_rate_limit_fallbacks_total", "Times that a process counted for itself because Redis didn't answer."),
    counter("wafaa_requests_shed_total", "Questions turned away because too many were being asked."),
    gauge("wafaa_questions_at_once", "Questions that this process answers at once."),
    counter("wafaa_jobs_dispatched_total", "References to jobs handed to the transport."),
    counter("wafaa_jobs_finished_total", "Runs of jobs that ended, by how."),
    counter("wafaa_jobs_recovered_total", "Jobs brought back whose lease had run out."),
    histogram("wafaa_job_wait_seconds", WORK, "Time from a job being due to a worker taking it."),
    histogram("wafaa_job_run_seconds", WORK, "Time that a run of a job took."),
    histogram("wafaa_dispatch_duration_seconds", ROUNDS, "Time that a round of dispatching took."),
    gauge("wafaa_dispatch_lag_seconds", "How long the oldest job had been due when the dispatcher came to it."),
    gauge("wafaa_workers", "Jobs that the workers of this process can run at once."),
    histogram("wafaa_search_duration_seconds", ANSWERS, "Time to find the passages for a question."),
    histogram("wafaa_answer_duration_seconds", ANSWERS, "Time to answer a question, to its last word."),
    counter("wafaa_answers_total", "Questions answered, or found to have no answer in the documents."),
    counter("wafaa_rerank_requests_total", "Questions to the rerank model, by how that went."),
    histogram("wafaa_rerank_duration_seconds", ANSWERS, "Time that the rerank model took."),
    counter("wafaa_embedding_tokens_total", "Tokens embedded."),
    histogram("wafaa_embedding_duration_seconds", ROUNDS, "Time that an embedding call took."),
    counter("wafaa_embedding_cache_total", "Passages of new versions that had vectors already, and that had none."),
    counter("wafaa_llm_requests_total", "Questions to chat models, by how that went."),
    counter("wafaa_llm_tokens_total", "Tokens that chat models read and wrote."),
    gauge(COST, "What chat and embedding models cost by WAFAA_LLM_PRICES, in US dollars."),
    gauge("wafaa_vector_tables", "Vector tables of all tenants."),
    gauge("wafaa_vector_fragments", "Fragments of all vector tables."),
    gauge("wafaa_vector_bytes", "Bytes of all vector tables."),
    gauge("wafaa_build_info", "The version that runs."),
];

/// Sets the buckets of every histogram.
pub(super) fn bucketed(mut builder: PrometheusBuilder) -> Result<PrometheusBuilder, BuildError> {
    for family in FAMILIES {
        if let Kind::Histogram(buckets) = family.kind {
            let matcher = Matcher::Full(family.name.to_owned());
            builder = builder.set_buckets_for_metric(matcher, buckets)?;
        }
    }
    Ok(builder)
}

/// Tells the recorder that is installed by now what each family says.
pub(super) fn describe() {
    for Family { name, kind, help } in FAMILIES {
        match kind {
            Kind::Counter => describe_counter!(*name, *help),
            Kind::Gauge => describe_gauge!(*name, *help),
            Kind::Histogram(_) => describe_histogram!(*name, *help),
        }
    }
}
