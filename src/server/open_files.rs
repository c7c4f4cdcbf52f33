//! How many connections the system lets us have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Kept for the database, the log and the files of the moment.
const OURS: u64 = 128;

/// Raises the soft limit on open files to the hard one, and says what is left for connections.
pub(super) fn allowed() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let current = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    let files = current.unwrap_or(u64::MAX).saturating_sub(OURS).max(OURS);
    usize::try_from(files).unwrap_or(usize::MAX)
}
