//! Threads that embed units of work from a shared queue, each with its own scratch.
//!
//! Every thread is a rayon pool of its own of size one. The product kernels ask rayon for the size of the current pool
//! and split their loops over it; inside a pool of one they run straight through, and never on threads shared with
//! the rest of the process. A unit that panics fails its caller, not the thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::Error;
use crate::scratch::Scratch;

/// Niceness of batch threads, out of 19: a query thread that wakes up gets about nine tenths of a contended core.
const BATCH_NICENESS: i32 = 10;

/// How the operating system should weigh a pool's threads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Priority {
    /// As the rest of the process.
    Normal,
    /// Gives way to it.
    Low,
}

/// Embeds the sequences of a unit.
pub(crate) type Compute =
    dyn Fn(&[Vec<u32>], &mut Scratch) -> Result<Vec<Vec<f32>>, Error> + Send + Sync;

/// Whole sequences to embed together on one thread.
pub(crate) struct Unit {
    /// Where the first sequence stands in the caller's list.
    pub(crate) first: usize,
    pub(crate) sequences: Vec<Vec<u32>>,
    pub(crate) reply: Sender<Outcome>,
}

/// What became of a unit.
pub(crate) struct Outcome {
    pub(crate) first: usize,
    pub(crate) vectors: Result<Vec<Vec<f32>>, Error>,
}

/// Threads with one queue, first come first served. They end when the pool is dropped.
pub(crate) struct Pool {
    queue: Sender<Unit>,
    threads: Vec<rayon::ThreadPool>,
}

impl Pool {
    /// Starts `threads` threads, at least one, called `name-0`, `name-1`, ...
    ///
    /// # Errors
    /// [`Error::Threads`] if the system refuses one.
    pub(crate) fn start(
        name: &'static str,
        threads: usize,
        priority: Priority,
        compute: &Arc<Compute>,
    ) -> Result<Self, Error> {
        let (queue, units) = channel();
        let units = Arc::new(Mutex::new(units));
        let threads = (0..threads.max(1))
            .map(|index| {
                let thread = rayon::ThreadPoolBuilder::new()
                    .num_threads(1)
                    .thread_name(move |_| format!("{name}-{index}"))
                    .start_handler(move |_| lower(priority))
                    .build()
                    .map_err(|source| Error::Threads { source })?;
                let (units, compute) = (Arc::clone(&units), Arc::clone(compute));
                thread.spawn(move || work(&units, &*compute));
                Ok(thread)
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { queue, threads })
    }

    /// Number of threads.
    pub(crate) fn threads(&self) -> usize {
        self.threads.len()
    }

    /// Queues a unit; its outcome goes to its `reply`.
    ///
    /// # Errors
    /// [`Error::Stopped`] if no thread is left.
    pub(crate) fn submit(&self, unit: Unit) -> Result<(), Error> {
        self.queue.send(unit).map_err(|_| Error::Stopped)
    }
}

/// The life of one thread.
fn work(units: &Mutex<Receiver<Unit>>, compute: &Compute) {
    let mut scratch = Scratch::default();
    while let Some(unit) = next(units) {
        let attempt = AssertUnwindSafe(|| compute(&unit.sequences, &mut scratch));
        let vectors = catch_unwind(attempt).unwrap_or_else(|panic| {
            scratch = Scratch::default();
            Err(Error::Panicked {
                message: message(&*panic),
            })
        });
        let outcome = Outcome {
            first: unit.first,
            vectors,
        };
        if unit.reply.send(outcome).is_err() {
            tracing::debug!("the caller of an embedding gave up on it");
        }
    }
}

/// The next unit, or nothing once the pool is dropped. One idle thread waits on the queue, the others on the lock.
fn next(units: &Mutex<Receiver<Unit>>) -> Option<Unit> {
    // No panic can happen while it is held, so poisoning means nothing.
    let units = units.lock().unwrap_or_else(PoisonError::into_inner);
    units.recv().ok()
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
        .unwrap_or_else(|| "no message".to_owned())
}

/// Applies a priority to the current thread, as far as the system allows.
fn lower(priority: Priority) {
    // Only on Linux is niceness a thread's own; elsewhere this would slow down the whole process.
    if priority == Priority::Normal || !cfg!(target_os = "linux") {
        return;
    }
    if let Err(error) = rustix::process::setpriority_process(None, BATCH_NICENESS) {
        tracing::warn!(%error, "embedding threads keep the normal priority");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(first: usize, reply: &Sender<Outcome>) -> Unit {
        Unit {
            first,
            sequences: vec![vec![first as u32]],
            reply: reply.clone(),
        }
    }

    #[test]
    fn a_panic_fails_its_caller_and_spares_the_thread() {
        let compute: Arc<Compute> = Arc::new(|sequences, _| {
            assert!(sequences[0][0] != 0, "bad unit");
            Ok(vec![vec![1.0]])
        });
        let pool = Pool::start("test", 1, Priority::Normal, &compute).expect("a thread");
        let (reply, outcomes) = channel();
        pool.submit(unit(0, &reply)).expect("queued");
        pool.submit(unit(1, &reply)).expect("queued");
        let failed = outcomes.recv().expect("an outcome");
        assert!(
            matches!(failed.vectors, Err(Error::Panicked { message }) if message.contains("bad unit"))
        );
        let fine = outcomes.recv().expect("an outcome");
        assert_eq!(
            (fine.first, fine.vectors.expect("no panic")),
            (1, vec![vec![1.0]])
        );
    }

    #[test]
    fn threads_end_with_the_pool_and_leave_no_caller_waiting() {
        let compute: Arc<Compute> = Arc::new(|_, _| Ok(Vec::new()));
        let pool = Pool::start("test", 2, Priority::Low, &compute).expect("threads");
        let (reply, outcomes) = channel();
        pool.submit(unit(0, &reply)).expect("queued");
        drop((pool, reply));
        assert_eq!(outcomes.iter().count(), 1);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn only_low_priority_threads_are_nice() {
        let own = || rustix::process::getpriority_process(None).expect("readable");
        let before = own();
        for (priority, expected) in [
            (Priority::Normal, before),
            (Priority::Low, before.max(BATCH_NICENESS)),
        ] {
            let compute: Arc<Compute> = Arc::new(move |_, _| Ok(vec![vec![own() as f32]]));
            let pool = Pool::start("test", 1, priority, &compute).expect("a thread");
            let (reply, outcomes) = channel();
            pool.submit(unit(0, &reply)).expect("queued");
            let found = outcomes.recv().expect("an outcome").vectors.expect("fine");
            assert_eq!(found, [[expected as f32]]);
            assert_eq!(own(), before, "the rest of the process keeps its own");
        }
    }
}
