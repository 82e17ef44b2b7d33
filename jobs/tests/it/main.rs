//! What every ledger and transport must do, proved on each pair of them.
//!
//! A case is a function of [`TestEngine`]; `on!` makes a test of every case for one pair. PostgreSQL takes
//! part when `WAFAA_TEST_POSTGRES_URL` names a server where databases can be made, Redis when
//! `WAFAA_TEST_REDIS_URL` names one. A case that leaves an
//! unfinished job behind has failed.

mod cancel;
mod chain;
mod engine;
mod erase;
mod evaluate;
mod fairness;
mod kind;
mod order;
mod outcome;
mod probe;
mod receive;
mod recovery;
mod source;
mod tokens;

use engine::{Ledger, Queue, TestEngine};

macro_rules! on {
    ($pair:ident: $ledger:expr, $queue:expr) => {
        on! { $pair: $ledger, $queue;
            outcome {
                every_job_runs_exactly_once,
                failures_are_retried_until_attempts_run_out,
                a_refusal_says_when_to_come_back,
                a_snooze_costs_no_attempt,
                a_hopeless_job_dies_at_once,
                a_panic_is_a_failed_attempt,
                an_overlong_run_is_a_failed_attempt,
                an_unreadable_payload_is_dead,
                an_unknown_kind_is_put_off,
                every_change_is_an_event,
                a_dedupe_key_admits_one_job,
            }
            cancel {
                before_its_time,
                behind_another,
                while_it_runs,
                as_soon_as_it_has_started,
                while_it_fails,
                everything_of_a_parent,
            }
            order {
                one_after_the_other_and_keys_side_by_side,
                a_failing_job_holds_its_key,
                a_retried_job_waits_for_the_one_that_runs,
            }
            chain {
                the_last_of_many_starts_the_next_step_once,
                a_failed_commit_enqueues_nothing,
            }
            fairness {
                a_flood_delays_nobody_else,
                a_full_lane_delays_no_other,
                a_tenant_stays_within_its_cap,
                a_long_job_holds_back_nothing_but_its_place,
                a_reference_waits_as_long_as_it_takes,
            }
            recovery {
                a_lost_reference_is_sent_again,
                a_lost_workers_job_runs_again_at_once,
                a_worker_lost_time_and_again_buries_its_job,
                a_zombie_commits_nothing,
                stopping_lets_running_jobs_end,
                stopping_waits_no_longer_than_its_grace,
            }
            erase {
                a_run_that_can_be_called_off_leaves_nothing,
                a_deaf_run_is_waited_for,
                a_zombie_of_another_process_leaves_nothing,
                an_interrupted_erasure_is_brought_to_its_end,
            }
            receive {
                what_comes_is_taken_in_once_and_in_order,
                receipts_are_taken_in_too,
                what_cannot_be_taken_in_holds_up_nobody,
                what_is_left_behind_is_taken_in,
            }
            source {
                a_crawl_that_fails_plans_the_next_one,
                a_site_that_asks_not_to_be_crawled_is_not,
                a_source_without_its_job_gets_one,
            }
            tokens {
                over_the_limit_a_document_waits_and_loses_no_attempt,
            }
            evaluate {
                golden_questions_are_tried_and_summed_up,
                a_run_goes_on_with_the_next_question,
                called_off_it_stops_and_retried_it_goes_on,
                tokens_are_charged_and_the_last_left_to_customers,
                a_change_of_documents_is_evaluated_once,
            }
        }
    };
    ($pair:ident: $ledger:expr, $queue:expr; $($module:ident { $($case:ident,)+ })+) => {
        mod $pair {$(
            mod $module {$(
                #[test]
                fn $case() {
                    crate::TestEngine::check($ledger, $queue, crate::$module::$case);
                }
            )+}
        )+}
    };
}

on!(sqlite_with_apalis_sqlite: crate::Ledger::Sqlite, crate::Queue::Sqlite);
on!(postgres_with_apalis_sqlite: crate::Ledger::Postgres, crate::Queue::Sqlite);
on!(sqlite_with_apalis_redis: crate::Ledger::Sqlite, crate::Queue::Redis);
on!(postgres_with_apalis_redis: crate::Ledger::Postgres, crate::Queue::Redis);
