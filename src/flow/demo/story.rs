//! The story, told in the numbers of its runs: each is read from a run's report, from the ledger,
//! or by counting rows.

use super::catalogue::{
    LEAVES, LEAVES_EVENT_TYPE, bookable_and_hidden, remove_the_one_that_leaves,
};
use super::{Played, Stage, TICK};
use crate::flow::sync::sync;
use crate::flow::work::{Clock, Work};
use crate::io::loopback_calcom::{KeyRole, SourceWorld, Weather};
use crate::io::loopback_shop as shop;
use crate::model::Timestamp;
use crate::model::ids::{EventTypeId, ReviewId, RunId, ServiceId};
use crate::model::observation::{Check, Verdict};
use crate::model::review::ReviewKind;
use crate::report::demo::{Chapter, Whom};
use crate::report::lines::ChangeStatus;
use crate::report::run_report::{Mode, RunReport};
use anyhow::Context;
use draft::Draft;
use seen::{
    asked, has, name_of_watched, observation, planned_active, shown, streaks, team, verdict,
    verdict_is, why_quarantined, with_status, witness, written,
};
use std::path::PathBuf;

mod draft;
mod seen;

/// The incident's own numbers: what the story must come out with.
const BOOKABLE: u32 = 18;
const EVENT_TYPES: usize = 45;
const NEW: u32 = 27;
const OLD_TESTS: u32 = 15;

/// What the rehearsal tries `max_imports` with.
const RAISED: u32 = 50;

/// Tells it.
pub async fn tell(
    stage: &Stage,
    work: &Work,
    tell: &mut impl FnMut(&Chapter),
) -> anyhow::Result<Played> {
    let mut teller = Teller {
        stage,
        work,
        at: stage.first_run,
        services: stage.folder.services(),
        played: Played { checked: 0, failed: 0, gone: ServiceId(LEAVES), question: None },
    };
    teller.healthy(tell).await?;
    teller.empty(tell).await?;
    teller.demoted(tell).await?;
    teller.recovery(tell).await?;
    teller.really_gone(tell).await?;
    teller.rehearsal(tell).await?;
    Ok(teller.played)
}

struct Teller<'a> {
    stage: &'a Stage,
    work: &'a Work,
    /// When the next run is.
    at: Timestamp,
    services: PathBuf,
    played: Played,
}

impl Teller<'_> {
    fn draft(&self, number: u32, title: &'static str) -> anyhow::Result<Draft> {
        Ok(Draft::of(number, title, shop::bookable(&self.services)?))
    }

    fn end(&mut self, mut draft: Draft, tell: &mut impl FnMut(&Chapter)) -> anyhow::Result<()> {
        let after = shop::bookable(&self.services)?;
        draft.chapter.bookable.1 = after;
        draft.expect(after == BOOKABLE, || {
            format!("{after} services are bookable, where {BOOKABLE} must be")
        });
        self.played.checked += draft.chapter.checked;
        self.played.failed += draft.chapter.failed.len();
        tell(&draft.chapter);
        Ok(())
    }

    /// One run, the very one that cron would make.
    async fn run(&mut self, mode: Mode, draft: &mut Draft) -> anyhow::Result<RunReport> {
        self.run_on(self.work, mode, draft).await
    }

    async fn run_on(
        &mut self,
        work: &Work,
        mode: Mode,
        draft: &mut Draft,
    ) -> anyhow::Result<RunReport> {
        let report = sync(work, mode, Clock::starting_at(self.at))
            .await
            .context("a run of the demo did not take place")?;
        draft.chapter.runs.push((report.run_id, self.at));
        self.at += TICK;
        Ok(report)
    }

    fn change(&self, change: impl FnOnce(&mut SourceWorld)) {
        self.stage.calcom.change(change);
    }

    async fn healthy(&mut self, tell: &mut impl FnMut(&Chapter)) -> anyhow::Result<()> {
        let mut draft = self.draft(1, "A healthy run")?;
        let run = self.run(Mode::Real, &mut draft).await?;
        let (counts, shown) = (run.counts(), shown(&run));
        draft.tell(
            Whom::CalCom,
            format!("lists {shown} event types of team {}, \"Friseur am Markt\".", team(&run)),
        );
        draft.tell(
            Whom::Reconciler,
            format!(
                "{}: {} match a service, {} are new, and {} services have no event type: \
                 old tests, inactive already. {} switched off, {} rows written.",
                verdict(&run),
                counts.matched,
                counts.new,
                counts.orphaned_inactive,
                counts.deactivated,
                written(&run),
            ),
        );
        for asked in run.companies.iter().flat_map(|company| &company.asked) {
            draft.tell(
                Whom::Reconciler,
                format!("asks a person, in one question ({}): {}.", asked.kind, asked.reason),
            );
        }
        let rows = shop::rows(&self.services)?;
        draft.expect(shown == EVENT_TYPES, || format!("{shown} event types were read"));
        draft.expect(counts.matched == BOOKABLE, || format!("{} match", counts.matched));
        draft.expect(counts.new == NEW, || format!("{} are new", counts.new));
        draft.expect(counts.orphaned_inactive == OLD_TESTS, || {
            format!("{} are orphaned and inactive", counts.orphaned_inactive)
        });
        draft.expect(rows == BOOKABLE + OLD_TESTS, || format!("the table has {rows} rows"));
        draft.expect(asked(&run) == [ReviewKind::ImportBatch], || {
            format!("it asked {:?}, not one import-batch", asked(&run))
        });
        draft.expect_no_write(&run);
        self.end(draft, tell)
    }

    async fn empty(&mut self, tell: &mut impl FnMut(&Chapter)) -> anyhow::Result<()> {
        let mut draft = self.draft(2, "The incident: Cal.com says nothing")?;
        self.change(|world| world.weather = Weather::EmptyList);
        draft.tell(
            Whom::CalCom,
            "answers 200 OK with an empty list, three runs in a row: no error, no event type.",
        );
        let mut runs = Vec::new();
        for _ in 0..3 {
            let run = self.run(Mode::Real, &mut draft).await?;
            draft.expect_refused(&run, Check::Empty);
            runs.push(run);
        }
        let mut said: Vec<String> = runs.iter().map(why_quarantined).collect();
        let times = said.len();
        said.dedup();
        let each = if said.len() == 1 && times > 1 { ", each time" } else { "" };
        for words in said {
            draft.tell(Whom::Reconciler, format!("quarantined{each}: {words}."));
        }
        if let Some(run) = runs.last() {
            draft.tell(
                Whom::Reconciler,
                format!(
                    "A source that says nothing does not say no: {} absences counted, {} rows \
                     written. Exit code {}: a person should look. Until then everybody can book.",
                    run.counts().watching,
                    written(run),
                    run.ending.exit_code(),
                ),
            );
        }
        let (old, now) =
            (shop::old_sync_would_switch_off(&self.services)?, shop::bookable(&self.services)?);
        draft.tell(
            Whom::OldSync,
            format!(
                "took the list for the truth: calcom_event_type_id NOT IN () matches {old} of these \
                 {now} services. It switched them off, and again after every repair."
            ),
        );
        draft.expect(old == now, || format!("NOT IN () matches {old} of {now} services"));
        self.end(draft, tell)
    }

    async fn demoted(&mut self, tell: &mut impl FnMut(&Chapter)) -> anyhow::Result<()> {
        let mut draft = self.draft(3, "The key's owner is not an admin any more")?;
        self.change(|world| {
            world.weather = Weather::Fair;
            world.key_role = KeyRole::Member;
        });
        let run = self.run(Mode::Real, &mut draft).await?;
        let previous = observation(&run).and_then(|one| one.previous_event_types);
        let previous = previous.unwrap_or_default();
        let percent = self.work.companies.first().map(|one| one.safety.max_shrink_percent);
        let hidden = bookable_and_hidden();
        draft.tell(
            Whom::CalCom,
            format!(
                "leaves out what is hidden, with 200 OK: {} of {previous} event types. Not \
                 implausible, for {} % may go at once; yet {hidden} bookable services are among \
                 what is missing.",
                shown(&run),
                percent.unwrap_or_default(),
            ),
        );
        let witness = witness(&run);
        draft.tell(
            Whom::Reconciler,
            format!("quarantined: {}", witness.as_deref().unwrap_or("without a witness")),
        );
        draft.tell(
            Whom::Reconciler,
            format!(
                "What this key does not see may well be there: {} absences counted, {} rows \
                 written, exit code {}.",
                run.counts().watching,
                written(&run),
                run.ending.exit_code(),
            ),
        );
        draft.expect_refused(&run, Check::Witness);
        draft.expect(witness.is_some(), || "no witness was refused".to_owned());
        draft.expect(shown(&run) < EVENT_TYPES, || "nothing was left out".to_owned());
        let shrunk = observation(&run).is_some_and(|one| has(one, Check::Shrunk));
        draft.expect(!shrunk, || "it was too few to be plausible anyway".to_owned());
        self.end(draft, tell)
    }

    async fn recovery(&mut self, tell: &mut impl FnMut(&Chapter)) -> anyhow::Result<()> {
        let mut draft = self.draft(4, "Everything is back")?;
        self.change(|world| world.key_role = KeyRole::Admin);
        let run = self.run(Mode::Real, &mut draft).await?;
        let counts = run.counts();
        draft.tell(Whom::CalCom, format!("lists {} event types again.", shown(&run)));
        draft.tell(
            Whom::Reconciler,
            format!(
                "{}: {} match, {} watched, {} rows written. Nothing to repair: nothing was broken.",
                verdict(&run),
                counts.matched,
                counts.watching,
                written(&run),
            ),
        );
        draft.expect(verdict_is(&run, Verdict::Accepted), || "it was not accepted".to_owned());
        draft.expect(counts.matched == BOOKABLE, || format!("{} match", counts.matched));
        draft.expect(counts.watching == 0, || format!("{} are watched", counts.watching));
        draft.expect_no_write(&run);
        self.end(draft, tell)
    }

    async fn really_gone(&mut self, tell: &mut impl FnMut(&Chapter)) -> anyhow::Result<()> {
        let mut draft = self.draft(5, "A service that is really gone")?;
        self.change(remove_the_one_that_leaves);
        for number in 1..=3 {
            let run = self.run(Mode::Real, &mut draft).await?;
            if number == 1 {
                let name = name_of_watched(&run);
                draft.tell(
                    Whom::CalCom,
                    format!(
                        "lists {} event types: {name} (event type {LEAVES_EVENT_TYPE}, service \
                         {LEAVES}) was deleted there.",
                        shown(&run)
                    ),
                );
            }
            draft.expect(verdict_is(&run, Verdict::Accepted), || "it was not accepted".to_owned());
            if number < 3 {
                let streaks = streaks(&run);
                for (streak, threshold) in &streaks {
                    draft.tell(
                        Whom::Reconciler,
                        format!(
                            "{}: absent, {streak} of {threshold}. Watching, no more.",
                            verdict(&run)
                        ),
                    );
                }
                draft.expect(streaks == [(number, 3)], || format!("the streaks are {streaks:?}"));
            } else {
                self.third_absence(&run, &mut draft)?;
            }
            draft.expect_no_write(&run);
        }
        self.end(draft, tell)
    }

    /// The third absence is a question, and no more.
    fn third_absence(&mut self, run: &RunReport, draft: &mut Draft) -> anyhow::Result<()> {
        let ledger = self.work.records().ledger_to_read()?;
        let run_id = run.run_id.unwrap_or(RunId(0));
        let look_ups = ledger.look_ups_of_run(run_id)?;
        for look_up in &look_ups {
            draft.tell(
                Whom::Reconciler,
                format!(
                    "{}: absent for the third time. Looked up by its own id in team {}: {}.",
                    verdict(run),
                    look_up.team_id,
                    look_up.answer
                ),
            );
        }
        let asked_for: Vec<EventTypeId> = look_ups.iter().map(|one| one.event_type_id).collect();
        draft.expect(asked_for == [EventTypeId(LEAVES_EVENT_TYPE)], || {
            format!("looked up by id: {asked_for:?}")
        });
        let found = look_ups.iter().all(|one| &*one.answer == "not-found");
        draft.expect(found, || "a look-up by id was not answered \"not found\"".to_owned());

        let upcoming = shop::upcoming(&self.services, LEAVES, self.at)?;
        let open = ledger.open_reviews()?;
        let item =
            open.iter().find(|item| item.question.subject.service_id == Some(ServiceId(LEAVES)));
        self.played.question = item.map(|item| item.id);
        if let Some(item) = item {
            draft.tell(
                Whom::Reconciler,
                format!(
                    "asks a person (question {}, {}): {}. {upcoming} upcoming appointments are \
                     booked on it, and callers can book it until somebody says yes.",
                    item.id, item.question.subject.kind, item.question.reason
                ),
            );
        }
        draft.expect(asked(run) == [ReviewKind::Deactivate], || {
            format!("it asked {:?}, not one deactivate", asked(run))
        });
        draft.expect(self.played.question > Some(ReviewId(0)), || "nothing is asked".to_owned());
        let bookable = shop::is_bookable(&self.services, LEAVES)?;
        draft.expect(bookable == Some(true), || "it cannot be booked any more".to_owned());
        Ok(())
    }

    async fn rehearsal(&mut self, tell: &mut impl FnMut(&Chapter)) -> anyhow::Result<()> {
        let mut draft = self.draft(6, "A rehearsal leaves no trace")?;
        let mut wider = self.work.clone();
        for company in &mut wider.companies {
            company.safety.max_imports = RAISED;
        }
        let before = self.stage.folder.contents()?;
        let run = self.run_on(&wider, Mode::Rehearsal, &mut draft).await?;
        let after = self.stage.folder.contents()?;
        let planned = with_status(&run, ChangeStatus::Planned);
        let active = planned_active(&run);
        draft.tell(Whom::CalCom, format!("lists {} event types.", shown(&run)));
        draft.tell(
            Whom::Reconciler,
            format!(
                "run --check-only, with max_imports = {RAISED} tried out: the code of a real run \
                 would import {planned} services, {active} of them bookable, {} not (steps of \
                 longer appointments: an import rule).",
                planned - active,
            ),
        );
        let bytes: usize = after.iter().map(|(_, bytes)| bytes.len()).sum();
        let same = before == after;
        draft.tell(
            Whom::Reconciler,
            format!(
                "The folder before and after, the ledger and the table in it: {} files, {bytes} \
                 bytes, {}.",
                after.len(),
                if same { "not one of them changed" } else { "NOT the same" },
            ),
        );
        draft.expect(same, || "a rehearsal has changed a file".to_owned());
        draft.expect(planned == NEW as usize, || format!("{planned} imports were planned"));
        draft.expect(run.run_id.is_none(), || "a rehearsal has a number".to_owned());
        draft.expect(verdict_is(&run, Verdict::Accepted), || "it was not accepted".to_owned());
        draft.expect_no_write(&run);
        self.end(draft, tell)
    }
}
