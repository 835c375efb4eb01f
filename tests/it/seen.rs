//! What a run was seen to say, for stories to hold against what it should have said.

use reconciler::model::decision::Decision;
use reconciler::model::observation::{Check, Finding, Verdict};
use reconciler::model::review::ReviewKind;
use reconciler::model::run::ChangeKind;
use reconciler::report::lines::{ChangeStatus, Doubt};
use reconciler::report::run_report::{CompanyReport, Ending, RunReport};
use std::collections::BTreeMap;

/// One run, and how its services and event types were called.
pub struct Run {
    pub report: RunReport,
    pub names: BTreeMap<i64, String>,
    pub titles: BTreeMap<i64, String>,
}

impl Run {
    /// The first company's part.
    pub fn company(&self) -> &CompanyReport {
        self.report.companies.first().expect("there is a company")
    }

    fn name_of(&self, decision: &Decision) -> Option<&str> {
        let subject = decision.subject;
        let by_row = subject.service_id.and_then(|id| self.names.get(&id.0));
        by_row
            .or_else(|| subject.event_type_id.and_then(|id| self.titles.get(&id.0)))
            .map(String::as_str)
    }

    /// What was decided about a name, in one word a decision; nothing: in step.
    pub fn decided(&self, name: &str) -> Vec<&'static str> {
        let decisions = self.report.companies.iter().flat_map(|company| &company.decisions);
        let about = decisions.filter(|decision| self.name_of(decision) == Some(name));
        about.map(|decision| decision.action.as_str()).collect()
    }

    #[track_caller]
    pub fn decides(&self, name: &str, action: &str) -> &Self {
        assert_eq!(self.decided(name), [action], "{name}: {:#?}", self.report);
        self
    }

    /// The streak of a name's absence; zero where it is not watched.
    pub fn streak_of(&self, name: &str) -> u32 {
        let watching = self.report.companies.iter().flat_map(|company| &company.watching);
        watching.filter(|line| *line.name == *name).map(|line| line.streak).sum()
    }

    #[track_caller]
    pub fn watches(&self, name: &str, streak: u32) -> &Self {
        assert_eq!(self.streak_of(name), streak, "{name}: {:#?}", self.report);
        self
    }

    /// Every observation was accepted.
    #[track_caller]
    pub fn accepts(&self) -> &Self {
        for company in &self.report.companies {
            let verdicts = company.observations.iter().map(|one| one.verdict);
            assert!(verdicts.into_iter().all(|it| it == Verdict::Accepted), "{:#?}", self.report);
            assert_eq!(company.trouble, None);
        }
        self
    }

    /// The checks that the first company's observations tripped over.
    pub fn checks(&self) -> Vec<Check> {
        let observations = &self.company().observations;
        observations.iter().flat_map(|one| one.findings.iter().map(Finding::check)).collect()
    }

    /// An observation tripped over this check, whatever came of it.
    #[track_caller]
    pub fn finds(&self, check: Check) -> &Self {
        assert!(self.checks().contains(&check), "{check}: {:#?}", self.report);
        self
    }

    /// The run says loudly that it did not believe what it saw, and changed nothing.
    #[track_caller]
    pub fn refuses(&self, check: Check, verdict: Verdict) -> &Self {
        let observation = &self.company().observations[0];
        assert_eq!(observation.verdict, verdict, "{:#?}", self.report);
        assert!(self.checks().contains(&check), "{check}: {:#?}", self.report);
        assert!(!observation.counts_for_absence);
        assert_eq!(self.report.ending, Ending::NotTrusted);
        self.changes_nothing()
    }

    /// Nothing was written but, perhaps, the stamp.
    #[track_caller]
    pub fn changes_nothing(&self) -> &Self {
        let changes = self.report.companies.iter().flat_map(|company| &company.changes);
        let done = changes.filter(|change| change.status != ChangeStatus::Waiting);
        assert_eq!(done.count(), 0, "{:#?}", self.report);
        self
    }

    /// Kinds of the changes to a name, with what became of them.
    pub fn changes_of(&self, name: &str) -> Vec<(ChangeKind, ChangeStatus)> {
        let changes = self.report.companies.iter().flat_map(|company| &company.changes);
        let about = changes.filter(|change| *change.name == *name);
        about.map(|change| (change.kind, change.status)).collect()
    }

    #[track_caller]
    pub fn applies(&self, name: &str, kind: ChangeKind) -> &Self {
        assert_eq!(
            self.changes_of(name),
            [(kind, ChangeStatus::Applied)],
            "{name}: {:#?}",
            self.report
        );
        self
    }

    /// The names of what was switched off.
    pub fn switched_off(&self) -> Vec<&str> {
        let changes = self.report.companies.iter().flat_map(|company| &company.changes);
        let off = changes.filter(|change| {
            change.kind == ChangeKind::Deactivate && change.status == ChangeStatus::Applied
        });
        off.map(|change| &*change.name).collect()
    }

    /// What was asked about a name, anew, in this run.
    pub fn asked(&self, name: &str) -> Vec<ReviewKind> {
        let asked = self.report.companies.iter().flat_map(|company| &company.asked);
        asked.filter(|one| *one.name == *name).map(|one| one.kind).collect()
    }

    #[track_caller]
    pub fn asks(&self, name: &str, kind: ReviewKind) -> &Self {
        assert_eq!(self.asked(name), [kind], "{name}: {:#?}", self.report);
        self
    }

    /// What look-ups by id said instead of "not found".
    pub fn doubts(&self) -> Vec<&Doubt> {
        let doubts = self.report.companies.iter().flat_map(|company| &company.doubts);
        doubts.map(|line| &line.doubt).collect()
    }

    #[track_caller]
    pub fn ends(&self, ending: Ending) -> &Self {
        assert_eq!(self.report.ending, ending, "{:#?}", self.report);
        self
    }
}
