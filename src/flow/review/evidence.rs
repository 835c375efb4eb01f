//! Evidence for a question: from the ledger, from the application's table, and from Cal.com now.

use crate::decide::names::NormalName;
use crate::flow::work::Work;
use crate::io::calcom::CalCom;
use crate::io::ledger::Ledger;
use crate::io::store::{Access, Store};
use crate::model::Timestamp;
use crate::model::ids::{EventTypeId, ServiceId};
use crate::model::policy::CompanyPolicy;
use crate::model::review::{ReviewItem, ReviewKind};
use crate::model::run::EntryState;
use crate::report::evidence::Evidence;
use anyhow::Context;
use std::collections::BTreeSet;

/// How alike two titles must be to be worth showing (Jaro-Winkler, 0 to 1): "Dauerwelle" and
/// "Dauerwelle kurz" are, "Schnitt" and "Farbe" are not.
const ALIKE: f64 = 0.88;

/// How many alike titles are shown.
const ALIKE_MOST: usize = 5;

/// Collects evidence for questions; nothing it does writes anywhere.
pub struct Witnesses<'a> {
    work: &'a Work,
    ledger: Ledger,
    store: Option<Store>,
    calcom: Option<CalCom>,
    now: Timestamp,
}

impl<'a> Witnesses<'a> {
    /// Opens the ledger, and the table and Cal.com as far as they can be reached: a question can
    /// be answered without them, and says what is missing.
    pub async fn call(work: &'a Work, now: Timestamp) -> anyhow::Result<Self> {
        let ledger = work.ledger_to_read().context("the ledger could not be read")?;
        let store = Store::open(&work.store, Access::ReadOnly).await.ok();
        let calcom = CalCom::new(&work.source).ok();
        Ok(Self { work, ledger, store, calcom, now })
    }

    /// The evidence for one question.
    pub async fn evidence(&mut self, item: &ReviewItem) -> anyhow::Result<Evidence> {
        let subject = item.question.subject;
        let mut evidence = Evidence::default();
        let company =
            self.work.companies.iter().find(|policy| policy.company_id == subject.company_id);
        if let (Some(company), Some(service)) = (company, subject.service_id) {
            evidence.threshold = company.safety.absent_threshold;
            self.of_service(company, service, &mut evidence).await?;
        }
        let linked =
            item.question.changes.iter().find_map(|change| change.before()?.event_type_id());
        if let (Some(company), Some(event_type)) = (company, linked.or(subject.event_type_id)) {
            self.of_event_type(company, item, event_type, &mut evidence).await?;
        }
        Ok(evidence)
    }

    async fn of_service(
        &mut self,
        company: &CompanyPolicy,
        service: ServiceId,
        evidence: &mut Evidence,
    ) -> anyhow::Result<()> {
        if let Some(row) = self.ledger.sightings_of(service)?.last()
            && let Some(event_type) = row.event_type_id
        {
            let absence = self.ledger.absence(company, service, event_type)?;
            evidence.streak = absence.streak.0;
            evidence.absent_since = absence.since;
        }
        if let Some(store) = &mut self.store {
            evidence.references = store.references(service, self.now).await.ok();
            let next = store.next_reference(service, self.now).await.ok().flatten();
            evidence.next_due = next.map(Into::into);
        }
        for entry in self.ledger.entries_of_service(service)? {
            if entry.state == EntryState::Applied {
                let words = format!(
                    "run {}: {} ({})",
                    entry.run_id, entry.intent.kind, entry.intent.reason
                );
                evidence.history.push((entry.at, words.into()));
            }
        }
        Ok(())
    }

    async fn of_event_type(
        &mut self,
        company: &CompanyPolicy,
        item: &ReviewItem,
        event_type: EventTypeId,
        evidence: &mut Evidence,
    ) -> anyhow::Result<()> {
        evidence.last_seen = self.ledger.last_shown_at(company.company_id, event_type)?;
        if item.question.subject.kind != ReviewKind::Deactivate {
            return Ok(());
        }
        if let Some(calcom) = &self.calcom {
            for team in &company.teams {
                let answer = calcom.look_up(team.team_id, event_type).await;
                evidence.look_ups.push((team.team_id, answer));
            }
        }
        let together = self.ledger.gone_with(company.company_id, event_type)?;
        evidence.gone_together = together.saturating_sub(1);
        let rows = self.ledger.rows_last_seen(company.company_id)?;
        let links: BTreeSet<EventTypeId> =
            rows.iter().filter_map(|row| row.event_type_id).collect();
        for team in &company.teams {
            let Some(newest) = self.ledger.newest_observation(team.team_id)? else { continue };
            let shown = self.ledger.shown_by(newest.id)?.unwrap_or_default();
            let unlinked = shown.into_iter().filter(|one| !links.contains(&one.id));
            let alike = unlinked.filter(|one| is_alike(&one.title, &item.question.name));
            evidence.alike.extend(alike.map(|one| (one.id, one.title)));
        }
        evidence.alike.truncate(ALIKE_MOST);
        Ok(())
    }
}

fn is_alike(title: &str, name: &str) -> bool {
    let (title, name) = (NormalName::of(title), NormalName::of(name));
    title == name || strsim::jaro_winkler(title.as_str(), name.as_str()) >= ALIKE
}
