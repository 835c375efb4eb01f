//! Evidence for a question: from the ledger, from the application's table, and from Cal.com now.

use super::around::{departure, linked};
use super::observation::meaning;
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
use crate::report::evidence::{Alike, Evidence, Pointing};
use crate::report::group::Departure;
use anyhow::Context;
use std::collections::BTreeMap;
use std::time::Duration;

/// How alike two titles must be to be worth showing (Jaro-Winkler, 0 to 1): "Dauerwelle" and
/// "Dauerwelle kurz" are, "Schnitt" and "Farbe" are not.
const ALIKE: f64 = 0.88;

/// How long a person waits for a look-up at most: unlike a run, they can see that it is missing.
const LOOK_UP_MOST: Duration = Duration::from_secs(5);

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
        let ledger = work.records().ledger_to_read().context("the ledger could not be read")?;
        let store = Store::open(&work.store, Access::ReadOnly).await.ok();
        let mut source = work.source.clone();
        source.max_attempts = 1;
        source.timeout = source.timeout.min(LOOK_UP_MOST);
        source.patience = source.patience.min(LOOK_UP_MOST);
        let calcom = CalCom::new(&source).ok();
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
        if let (Some(company), Some(event_type)) = (company, linked(item)) {
            self.of_event_type(company, item, event_type, &mut evidence).await?;
        }
        evidence.would_count = item
            .observation()
            .and_then(|id| meaning(&self.ledger, id).map(|meaning| meaning.absent).ok());
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
        evidence.pointing = self.pointing(service).await;
        let relinks = self.ledger.open_reviews_of(company.company_id)?.into_iter().filter(|open| {
            let subject = open.question.subject;
            subject.kind == ReviewKind::Relink && subject.service_id == Some(service)
        });
        evidence.relink = relinks.map(|open| open.id).next();
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

    async fn pointing(&mut self, service: ServiceId) -> Pointing {
        if self.work.store.references.is_empty() {
            return Pointing::NotConfigured;
        }
        let Some(store) = &mut self.store else { return Pointing::Unreadable };
        match store.references(service, self.now).await {
            Ok(found) => {
                let next = store.next_reference(service, self.now).await.ok().flatten();
                Pointing::Known { found, next: next.map(Into::into) }
            }
            Err(_) => Pointing::Unreadable,
        }
    }

    async fn of_event_type(
        &mut self,
        company: &CompanyPolicy,
        item: &ReviewItem,
        event_type: EventTypeId,
        evidence: &mut Evidence,
    ) -> anyhow::Result<()> {
        evidence.last_seen = self.ledger.last_shown_at(company.company_id, event_type)?;
        if let Some(calcom) = &self.calcom {
            for team in &company.teams {
                let answer = calcom.look_up(team.team_id, event_type).await;
                evidence.look_ups.push((team.team_id, answer));
            }
        }
        evidence.departure = departure(&self.ledger, item)?;
        if let Some(departure) = &evidence.departure {
            evidence.last_seen = Some(departure.last_shown.1);
        }
        if item.question.subject.kind != ReviewKind::Deactivate {
            return Ok(());
        }
        evidence.alike = self.alike(company, item, evidence.departure.as_ref())?;
        Ok(())
    }

    /// Event types of the newest lists whose titles are like a service's name: those that no
    /// service is linked to, and those that are new since its own went.
    fn alike(
        &self,
        company: &CompanyPolicy,
        item: &ReviewItem,
        departure: Option<&Departure>,
    ) -> anyhow::Result<Vec<Alike>> {
        let rows = self.ledger.rows_last_seen(company.company_id)?;
        let links: BTreeMap<EventTypeId, ServiceId> =
            rows.iter().filter_map(|row| Some((row.event_type_id?, row.service_id))).collect();
        let mut alike = Vec::new();
        for team in &company.teams {
            let Some(newest) = self.ledger.newest_observation(team.team_id)? else { continue };
            let shown = self.ledger.shown_by(newest.id)?.unwrap_or_default();
            for one in shown.into_iter().filter(|one| is_alike(&one.title, &item.question.name)) {
                let service = links.get(&one.id).copied();
                let listed = self.ledger.presence_of(company.company_id, one.id)?;
                let since = listed.first().map(|record| record.since.0);
                let gone = departure.map(|departure| departure.first_absent.0);
                let is_new = gone.is_some_and(|gone| since.is_some_and(|since| since >= gone));
                if service.is_none() || is_new {
                    alike.push(Alike { event_type_id: one.id, title: one.title, service });
                }
            }
        }
        alike.truncate(ALIKE_MOST);
        Ok(alike)
    }
}

fn is_alike(title: &str, name: &str) -> bool {
    let (title, name) = (NormalName::of(title), NormalName::of(name));
    title == name || strsim::jaro_winkler(title.as_str(), name.as_str()) >= ALIKE
}
