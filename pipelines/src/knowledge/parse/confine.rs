//! What the child gives up before it looks at a file: resources beyond its limits, the file system, the
//! network, other programs.
//!
//! What must stay true: a limit that can't be set is an error, since the rest relies on it; Landlock and
//! seccomp come on top, and a kernel without them costs the second wall only. The limit of open files is what
//! is open already, so that alone no file can be opened and no socket made.

use std::io;

use rustix::process::{Resource, Rlimit, setrlimit};

use super::limits::Limits;

/// Standard input, output and error.
const OPEN_NOW: u64 = 3;

/// Confines this process for good.
///
/// # Errors
/// When the system refuses a limit.
pub fn confine(limits: &Limits) -> io::Result<()> {
    // Walls of the first kind are files while they are built, so they come before the limit of those.
    #[cfg(target_os = "linux")]
    wall::no_files();
    limit(limits, OPEN_NOW)?;
    #[cfg(target_os = "linux")]
    wall::few_calls();
    Ok(())
}

/// As [`confine`], for a program that has to open files of its own; it may read but not write them.
pub(super) fn confine_program(limits: &Limits, open_files: u64) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    wall::no_writing();
    limit(limits, open_files)
}

fn limit(limits: &Limits, open_files: u64) -> io::Result<()> {
    let ceilings = [
        (Resource::As, limits.memory, limits.memory),
        (Resource::Cpu, limits.cpu_seconds, limits.cpu_seconds + 1),
        (Resource::Core, 0, 0),
        (Resource::Fsize, limits.output, limits.output),
        (Resource::Nofile, open_files, open_files),
    ];
    for (resource, current, maximum) in ceilings {
        let (current, maximum) = (Some(current), Some(maximum));
        setrlimit(resource, Rlimit { current, maximum })?;
    }
    Ok(())
}

#[cfg(target_os = "linux")]
mod wall {
    //! Landlock keeps out of the file system and off the network, seccomp forbids all but the system calls that
    //! reading standard input, computing and writing an answer take.

    use std::collections::BTreeMap;

    use landlock::{
        ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset,
        RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError,
    };
    use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};

    /// Newer kernels know more; what an older one lacks is left out.
    const KNOWN: ABI = ABI::V5;

    // Any may be missing: an old kernel, or a container that forbids it. The limits hold anyway.

    pub(super) fn no_files() {
        let _ = rules().and_then(|rules| rules.restrict_self());
    }

    pub(super) fn no_writing() {
        let Ok(everything) = PathFd::new("/") else {
            return;
        };
        let reading = PathBeneath::new(everything, AccessFs::from_read(KNOWN));
        let _ = rules().and_then(|rules| rules.add_rule(reading)?.restrict_self());
    }

    pub(super) fn few_calls() {
        let _ = filter().map(|program| seccompiler::apply_filter_all_threads(&program));
    }

    /// Nothing is allowed until a rule says so.
    fn rules() -> Result<RulesetCreated, RulesetError> {
        Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(KNOWN))?
            .handle_access(AccessNet::from_all(KNOWN))?
            .create()
    }

    /// A call that isn't listed fails with EPERM: a library that tries one it can do without goes on.
    fn filter() -> Result<BpfProgram, seccompiler::BackendError> {
        let rules: BTreeMap<i64, Vec<seccompiler::SeccompRule>> =
            ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
        let filter = SeccompFilter::new(
            rules,
            SeccompAction::Errno(libc::EPERM.unsigned_abs()),
            SeccompAction::Allow,
            std::env::consts::ARCH.try_into()?,
        )?;
        filter.try_into()
    }

    const ALLOWED: &[i64] = &[
        // The pipes.
        libc::SYS_read,
        libc::SYS_readv,
        libc::SYS_write,
        libc::SYS_writev,
        libc::SYS_close,
        libc::SYS_fstat,
        libc::SYS_fcntl,
        libc::SYS_ppoll,
        // Memory.
        libc::SYS_mmap,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_mprotect,
        libc::SYS_madvise,
        libc::SYS_brk,
        libc::SYS_getrandom,
        // Threads of its own.
        libc::SYS_clone,
        libc::SYS_clone3,
        libc::SYS_futex,
        libc::SYS_set_robust_list,
        libc::SYS_rseq,
        libc::SYS_gettid,
        libc::SYS_getpid,
        libc::SYS_tgkill,
        libc::SYS_sched_yield,
        libc::SYS_sched_getaffinity,
        libc::SYS_membarrier,
        libc::SYS_prctl,
        libc::SYS_sigaltstack,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_restart_syscall,
        // Clocks and its own limits.
        libc::SYS_clock_gettime,
        libc::SYS_clock_nanosleep,
        libc::SYS_nanosleep,
        libc::SYS_getrusage,
        libc::SYS_prlimit64,
        libc::SYS_sysinfo,
        libc::SYS_exit,
        libc::SYS_exit_group,
        #[cfg(target_arch = "x86_64")]
        libc::SYS_poll,
        #[cfg(target_arch = "x86_64")]
        libc::SYS_arch_prctl,
    ];
}
