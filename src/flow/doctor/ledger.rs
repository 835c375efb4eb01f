//! The ledger, its lock, its folder, and the clock that its times must not be ahead of.

use super::{counted, in_one_line, told};
use crate::flow::work::{Clock, Work};
use crate::io::ledger::{Ledger, LedgerError};
use crate::io::lock::{LockError, RunLock};
use crate::io::rights::{Forbidden, forbidden};
use crate::model::Timestamp;
use crate::model::run::RunRecord;
use crate::report::doctor::{Examined, Health};
use crate::report::words;
use chrono::TimeDelta;
use std::io::Write;
use std::path::Path;

const NAME: &str = "ledger";

/// Without a run for this long, something is wrong with what should start them.
const SILENCE: TimeDelta = TimeDelta::days(1);

/// What the disk must have room for: a run's log of its changes, with some to spare.
const ROOM: usize = 1024 * 1024;

/// What was found, and the ledger where it could be opened.
pub struct Found {
    pub checks: Vec<Examined>,
    pub open: Option<Ledger>,
}

/// Looks at a copy in memory, which leaves no trace; only while a run is at work at the file itself.
pub fn examine(work: &Work, clock: Clock) -> Found {
    // Asked first: it must not be while the ledger is open here.
    let files = forbidden(&work.ledger).map(|forbidden| not_ours(&forbidden));
    let shared = RunLock::share(&work.ledger);
    let opened = match &shared {
        Ok(_) => Ledger::rehearsal_copy(&work.ledger),
        Err(_) => work.records().ledger_to_read(),
    };
    let lock = lock(shared);
    let run_is_active = lock.health != Health::Ok;
    let (open, mut checks) = match opened {
        Ok(ledger) => {
            let checks = history(work, &ledger, clock.now(), run_is_active)
                .unwrap_or_else(|error| vec![unreadable(&error)]);
            (Some(ledger), checks)
        }
        Err(error) => (None, vec![unreadable(&error)]),
    };
    checks.push(folder(&work.ledger));
    checks.extend(files);
    checks.push(lock);
    Found { checks, open }
}

fn not_ours(forbidden: &Forbidden) -> Examined {
    Examined::broken("ledger files", format!("{forbidden}: no run begins"), forbidden.advice())
}

fn unreadable(error: &LedgerError) -> Examined {
    Examined::broken(NAME, in_one_line(error), error.advice())
}

fn history(
    work: &Work,
    ledger: &Ledger,
    now: Timestamp,
    run_is_active: bool,
) -> Result<Vec<Examined>, LedgerError> {
    let path = work.ledger.display();
    let Some(last) = ledger.last_run()? else {
        if let Some(head) = ledger.lost_head()? {
            let seen = format!("{path}: {}", words::gone(head));
            return Ok(vec![Examined::broken(NAME, seen, words::AFTER_GONE), clock(None, now)]);
        }
        return Ok(vec![Examined::ok(NAME, format!("{path}: no run yet")), clock(None, now)]);
    };
    let mut checks = vec![last_run(&format!("{path}"), &last, now, run_is_active)];
    if let Some(pause) = ledger.pause(now)? {
        let until = pause.until.map_or_else(|| "until resumed".to_owned(), told);
        checks.push(Examined::advice(
            "pause",
            format!("paused by {}, {until}: {}", pause.by, pause.reason),
            "runs observe and touch no service; `reconciler resume` ends it",
        ));
    }
    let mut newest = last.started_at;
    for team in work.companies.iter().flat_map(|company| &company.teams) {
        let memory = ledger.team_memory(team)?;
        let moments = [memory.last_counted_at, memory.previous.map(|previous| previous.at)];
        newest = moments.into_iter().flatten().fold(newest, Timestamp::max);
    }
    checks.push(clock(Some(newest), now));
    Ok(checks)
}

fn last_run(path: &str, last: &RunRecord, now: Timestamp, run_is_active: bool) -> Examined {
    let (id, at) = (last.id, told(last.started_at));
    let Some(exit_code) = last.exit_code else {
        let seen = format!("{path}: the last run, {id}, began {at} and has not ended");
        if run_is_active {
            return Examined::ok(NAME, seen);
        }
        let advice = "it was cut off; the next run reads the rows and says what it had done";
        return Examined::advice(NAME, seen, advice);
    };
    let seen = format!("{path}: the last run, {id}, was {at}, exit code {exit_code}");
    if now - last.started_at > SILENCE {
        let hours = usize::try_from((now - last.started_at).num_hours()).unwrap_or_default();
        let ago = counted(hours, "hour");
        let advice = format!("that is {ago} ago: is cron, or the timer, still starting runs?");
        return Examined::advice(NAME, seen, advice);
    }
    if exit_code == 0 {
        return Examined::ok(NAME, seen);
    }
    let advice = format!("`reconciler show {id}` says what it saw, and what it did not do");
    Examined::advice(NAME, seen, advice)
}

/// A clock that is earlier than what was seen already makes nothing count.
fn clock(newest: Option<Timestamp>, now: Timestamp) -> Examined {
    const NAME: &str = "clock";
    match newest {
        Some(newest) if newest > now => Examined::broken(
            NAME,
            format!("it is {}, but the newest run was made {}", told(now), told(newest)),
            "set the clock of this machine: until it has passed that moment, no absence counts",
        ),
        _ => Examined::ok(NAME, format!("{}, later than every observation", told(now))),
    }
}

fn lock(shared: Result<Option<RunLock>, LockError>) -> Examined {
    const NAME: &str = "lock";
    match shared {
        Ok(_) => Examined::ok(NAME, "free: no run is at work"),
        Err(error @ LockError::Held { .. }) => {
            Examined::advice(NAME, error.to_string(), error.advice())
        }
        Err(error @ LockError::File { .. }) => {
            Examined::broken(NAME, in_one_line(&error), error.advice())
        }
    }
}

/// Whether the next run can write beside the ledger, and has room for it. A file without a name is
/// made and filled for it where the system has such a thing, and nothing is left behind in any case.
fn folder(ledger: &Path) -> Examined {
    const NAME: &str = "ledger folder";
    let parent = ledger.parent().filter(|parent| !parent.as_os_str().is_empty());
    let wanted = parent.unwrap_or(Path::new("."));
    let mut folder = wanted;
    while !folder.exists() {
        folder = match folder.parent() {
            Some(up) if !up.as_os_str().is_empty() => up,
            _ => Path::new("."),
        };
    }
    let taken = tempfile::tempfile_in(folder)
        .map(|mut file| file.write_all(&vec![0; ROOM]).and_then(|()| file.sync_all()));
    match taken {
        Ok(Err(error)) => Examined::broken(
            NAME,
            format!("{} has no room for a MiB more: {error}", folder.display()),
            "make room: where the ledger cannot be written, no run begins",
        ),
        Ok(Ok(())) if folder == wanted => {
            Examined::ok(NAME, format!("{} can be written", folder.display()))
        }
        Ok(Ok(())) => Examined::ok(NAME, format!("the first run makes {}", wanted.display())),
        Err(error) => Examined::broken(
            NAME,
            format!("{} cannot be written: {error}", folder.display()),
            "the user who runs this program must be able to write there: without the ledger no \
             run begins",
        ),
    }
}
