//! Rollback: undo one run, and keep the later ones. It is itself a run: journaled, numbered, and
//! can be rolled back.

use super::apply::apply;
use super::recover::recover;
use super::sync::{LockedElsewhere, RunError, open_ledger};
use super::work::{Clock, Work};
use crate::decide::gate::{Cleared, ClearedChange, DueRevert, clear_revert};
use crate::decide::revert::{RevertInput, Undo, revert};
use crate::io::calcom::CalCom;
use crate::io::ledger::{CompanyClose, Leaving, Ledger};
use crate::io::store::{Access, CompanyLock, Store};
use crate::model::change::Change;
use crate::model::ids::{CompanyId, EventTypeId, JournalId, RunId, TeamId};
use crate::model::reading::LookUp;
use crate::model::review::{HoldTarget, Word};
use crate::model::run::{EntryState, JournalEntry, Refused, RunKind};
use crate::report::lines::{ChangeLine, ChangeStatus};
use crate::report::run_report::{CompanyReport, Ending, Mode, RunReport};
use anyhow::Context;
use std::collections::{BTreeMap, BTreeSet};

mod closing;
mod request;

pub use request::{Refusal, Request, Target};

/// An entry, and what would undo it.
struct Undoing {
    entry: JournalEntry,
    undo: Undo,
}

/// Rolls back, or shows what that would do.
pub async fn rollback(work: &Work, request: &Request, clock: Clock) -> Result<RunReport, RunError> {
    roll_back(work, request, clock).await.map_err(RunError::with_advice)
}

async fn roll_back(work: &Work, request: &Request, clock: Clock) -> Result<RunReport, RunError> {
    if !work.ledger.exists() {
        return Err(anyhow::Error::from(Refusal::NoLedger).into());
    }
    let (_lock, mut ledger) = open_ledger(work, request.mode, clock)?;
    let access = if request.mode == Mode::Real { Access::ReadWrite } else { Access::ReadOnly };
    let mut store = Store::open(&work.store, access).await.context("nothing was touched")?;

    // Entries that an interrupted run left open must be settled before anybody can say what is to
    // be undone; that is a run's work. Without any, a refusal leaves no run behind.
    if let Target::Since(at, _) = request.target
        && at > clock.now()
    {
        return Err(anyhow::Error::from(Refusal::Future(at)).into());
    }
    let unsettled = !ledger
        .open_entries()
        .context("the journal could not be read; no service was touched")?
        .is_empty();
    if !unsettled {
        undoings(work, &ledger, &mut store, request).await?;
    }
    let reverts = match request.target {
        Target::Run(run) => Some(run),
        Target::Since(..) => None,
    };
    let kind = RunKind::Rollback { reverts };
    let run = ledger
        .open_rollback(kind, clock.now(), &request.word)
        .context("no run was begun, and no service was touched")?;
    let recovered = recover(&mut ledger, &mut store, run).await?;
    let undoings = match undoings(work, &ledger, &mut store, request).await {
        Ok(undoings) => undoings,
        Err(error) => {
            let code = if error.is::<LockedElsewhere>() { 4 } else { 2 };
            let times = (clock.now(), clock.later());
            ledger.close_run(run, &[], times, code, |_| Vec::new()).context("not closed")?;
            let settled = format!("run {run} settled what an interrupted run had left open");
            return Err(error.context(settled).into());
        }
    };
    let (reports, would_hold) = (BTreeMap::new(), Vec::new());
    let mut back = Rollback { work, request, clock, ledger, store, run, reports, would_hold };
    back.undo(undoings).await?;
    Ok(back.close(kind, recovered).await?)
}

/// The entries to undo, newest first, each with what would undo it.
async fn undoings(
    work: &Work,
    ledger: &Ledger,
    store: &mut Store,
    request: &Request,
) -> anyhow::Result<Vec<Undoing>> {
    let mut entries = match request.target {
        Target::Run(run) => {
            ledger.run(run)?.ok_or(Refusal::Unknown(run))?;
            let mut entries = ledger.entries_of_run(run)?;
            entries.retain(|entry| entry.state == EntryState::Applied);
            if entries.is_empty() {
                return Err(Refusal::ChangedNothing(run).into());
            }
            entries.reverse();
            entries
        }
        Target::Since(at, company) => {
            let mut entries = ledger.deactivations_since(at)?;
            entries.retain(|entry| company.is_none_or(|id| entry.intent.change.company_id() == id));
            if entries.is_empty() {
                let known = |id| work.companies.iter().any(|policy| policy.company_id == id);
                return Err(match company.filter(|id| !known(*id)) {
                    Some(unknown) => Refusal::UnknownCompany(unknown).into(),
                    None => Refusal::NothingSince.into(),
                });
            }
            // Newest first: of a service that was switched off twice, the last time counts.
            let mut seen = BTreeSet::new();
            entries.retain(|entry| seen.insert(entry.service_id));
            entries
        }
    };
    for wanted in &request.services {
        if !entries.iter().any(|entry| entry.service_id == Some(*wanted)) {
            return Err(Refusal::OtherService(*wanted).into());
        }
    }
    if !request.services.is_empty() {
        entries.retain(|entry| entry.service_id.is_some_and(|id| request.services.contains(&id)));
    }
    let companies: BTreeSet<CompanyId> =
        entries.iter().map(|entry| entry.intent.change.company_id()).collect();
    for company in companies {
        if store.lock_company(company).await? == CompanyLock::Theirs {
            return Err(LockedElsewhere(company).into());
        }
    }
    let mut undoings = Vec::with_capacity(entries.len());
    for entry in entries {
        let undo = judge(ledger, store, request, &entry).await?;
        undoings.push(Undoing { entry, undo });
    }
    if let Some(why) = nothing_left(&undoings) {
        return Err(Refusal::NothingLeft(why).into());
    }
    if let Err(missing) = &work.source.api_key
        && undoings.iter().any(|one| matches!(one.undo, Undo::SwitchOff { .. }))
    {
        return Err(Refusal::NoKey(missing.clone()).into());
    }
    Ok(undoings)
}

fn nothing_left(undoings: &[Undoing]) -> Option<String> {
    let reasons = undoings.iter().map(|one| match &one.undo {
        Undo::Nothing { why } => Some(why.to_string()),
        Undo::Write { .. } | Undo::SwitchOff { .. } | Undo::Conflict { .. } => None,
    });
    let all: Option<Vec<String>> = reasons.collect();
    all.map(|mut all| {
        all.dedup();
        all.join("; ")
    })
}

async fn judge(
    ledger: &Ledger,
    store: &mut Store,
    request: &Request,
    entry: &JournalEntry,
) -> anyhow::Result<Undo> {
    let Some(service) = entry.service_id else {
        return Ok(revert(&RevertInput { entry, row: None, later: None, claims: None }));
    };
    let rows = store.row(service).await.context("a row could not be read; nothing was touched")?;
    let is_on = rows.first().is_some_and(|row| row.lifecycle.is_active());
    if is_on && matches!(request.target, Target::Since(..)) {
        return Ok(Undo::Nothing { why: "what was switched off is on again".into() });
    }
    let later = ledger.later_entry(service, entry.id)?;
    let claims = match &entry.intent.change {
        Change::Insert { after, .. } => store.claims(service, after).await.ok(),
        Change::Update { .. } | Change::Remove { .. } => None,
    };
    Ok(revert(&RevertInput {
        entry,
        row: rows.first(),
        later: later.as_ref().map(|(entry, reverts)| (entry, *reverts)),
        claims,
    }))
}

struct Rollback<'a> {
    work: &'a Work,
    request: &'a Request,
    clock: Clock,
    ledger: Ledger,
    store: Store,
    run: RunId,
    reports: BTreeMap<CompanyId, CompanyReport>,
    /// What would be held afterwards: of a rehearsal.
    would_hold: Vec<HoldTarget>,
}

impl Rollback<'_> {
    async fn undo(&mut self, undoings: Vec<Undoing>) -> anyhow::Result<()> {
        let reason = self.request.reason();
        let (mut cleared, mut holds, mut due) = (Vec::new(), Vec::new(), Vec::new());
        let mut refused = Vec::new();
        for Undoing { entry, undo } in undoings {
            match clear_revert(undo, entry.intent.name.clone(), &reason) {
                Cleared::Now(change, hold) => {
                    cleared.push(change);
                    holds.push(hold);
                }
                Cleared::AfterLookUp(one, hold) => due.push((one, hold)),
                Cleared::Nothing => {}
                Cleared::Refused(intent, why) => {
                    refused.push(Refused { intent: *intent, service_id: entry.service_id, why });
                }
            }
        }
        if self.request.mode == Mode::Rehearsal {
            self.tell_refused(&refused, &[]);
            let planned = cleared.iter().map(ClearedChange::intent);
            let planned: Vec<_> =
                planned.chain(due.iter().map(|(one, _)| one.intent())).cloned().collect();
            for intent in planned {
                let line = ChangeLine::of_intent(&intent, ChangeStatus::Planned);
                self.tell(intent.change.company_id(), line);
            }
            if !self.puts_back_what_a_run_did()? {
                self.would_hold = holds;
                self.would_hold.extend(due.into_iter().map(|(_, hold)| hold));
            }
            return Ok(());
        }
        let doubted = self.confirm(due, &mut cleared, &mut holds).await?;
        refused.extend(doubted);
        self.refuse(&refused)?;
        self.write(cleared, holds).await
    }

    /// What was refused is a fact like what is written: whoever asks later finds both in one place.
    fn refuse(&mut self, refused: &[Refused]) -> anyhow::Result<()> {
        if refused.is_empty() {
            return Ok(());
        }
        let ids = self
            .ledger
            .refuse(self.run, self.clock.now(), refused)
            .context("what is refused could not be written down; no service was touched")?;
        self.tell_refused(refused, &ids);
        Ok(())
    }

    fn tell_refused(&mut self, refused: &[Refused], ids: &[JournalId]) {
        for (place, Refused { intent, service_id, why }) in refused.iter().enumerate() {
            let line = ChangeLine {
                service_id: *service_id,
                journal_id: ids.get(place).copied(),
                note: Some(why.clone()),
                ..ChangeLine::of_intent(intent, ChangeStatus::Conflict)
            };
            self.tell(intent.change.company_id(), line);
        }
    }

    /// Rolling back a rollback releases its holds and leaves none: the rows are where they were. Of
    /// some services only, those of the others stay.
    async fn write(
        &mut self,
        cleared: Vec<ClearedChange>,
        holds: Vec<HoldTarget>,
    ) -> anyhow::Result<()> {
        let releases = self.puts_back_what_a_run_did()?;
        let word = Word { reason: Some(self.request.reason().into()), ..self.request.word.clone() };
        let changes = cleared.iter().map(|change| &change.intent().change);
        let companies: Vec<CompanyId> = changes.map(Change::company_id).collect();
        let holds = if releases { Vec::new() } else { holds };
        let leaving = Leaving { word, holds };
        let now = self.clock.now();
        let lines =
            apply(&mut self.ledger, &mut self.store, self.run, now, cleared, Some(&leaving))
                .await?;
        for (line, company) in lines.into_iter().zip(companies) {
            self.tell(company, line);
        }
        // What is undone was released with its entry; of all of it, so is what could not be.
        if let (true, Target::Run(run)) = (releases, &self.request.target)
            && self.request.services.is_empty()
        {
            self.ledger.release_run(&self.request.word, *run)?;
        }
        Ok(())
    }

    /// Whether the rows come to stand as a sync left them: then nothing of it is held any more. The
    /// rollback of such a rollback undoes the sync's work once more, and holds again.
    fn puts_back_what_a_run_did(&self) -> anyhow::Result<bool> {
        let mut puts_back = false;
        let mut undone = match self.request.target {
            Target::Run(run) => Some(run),
            Target::Since(..) => None,
        };
        while let Some(run) = undone {
            let Some(record) = self.ledger.run(run)? else { break };
            puts_back ^= matches!(record.kind, RunKind::Rollback { .. });
            undone = record.kind.reverts();
        }
        Ok(puts_back)
    }

    async fn confirm(
        &mut self,
        due: Vec<(DueRevert, HoldTarget)>,
        cleared: &mut Vec<ClearedChange>,
        holds: &mut Vec<HoldTarget>,
    ) -> anyhow::Result<Vec<Refused>> {
        let mut refused = Vec::new();
        if due.is_empty() {
            return Ok(refused);
        }
        let calcom =
            CalCom::new(&self.work.source).context("the Cal.com client could not be made")?;
        let mut witnesses: BTreeMap<TeamId, LookUp> = BTreeMap::new();
        for (one, hold) in due {
            let company = one.intent().change.company_id();
            let mut answers = BTreeMap::new();
            for team in self.teams_of(company) {
                if let (None, Some(known)) = (witnesses.get(&team), self.ledger.witness_of(team)?) {
                    witnesses.insert(team, calcom.look_up(team, known).await);
                }
                let wanted: EventTypeId = one.event_type_id();
                let answer = calcom.look_up(team, wanted).await;
                self.ledger.record_look_up(self.run, company, team, wanted, &answer)?;
                answers.insert(team, answer);
            }
            match one.confirm(&witnesses, &answers) {
                Ok(change) => {
                    cleared.push(change);
                    holds.push(hold);
                }
                Err((intent, why)) => {
                    let service_id = intent.change.service_id();
                    refused.push(Refused { intent: *intent, service_id, why });
                }
            }
        }
        Ok(refused)
    }

    fn teams_of(&self, company: CompanyId) -> Vec<TeamId> {
        let companies = self.work.companies.iter();
        let of_it = companies.filter(|policy| policy.company_id == company);
        of_it.flat_map(|policy| &policy.teams).map(|team| team.team_id).collect()
    }

    fn tell(&mut self, company: CompanyId, line: ChangeLine) {
        let report = self.reports.entry(company).or_insert_with(|| CompanyReport::of(company));
        report.changes.push(line);
    }
}
