//! Event types that no row is linked to: import, link, or ask. Never a twin.

use super::{Links, PlanningInput, changes};
use crate::decide::assess::{Coverage, Known};
use crate::decide::names::NormalName;
use crate::model::decision::{Action, Decision, Reason, Subject};
use crate::model::event_type::{EventType, Visibility};
use crate::model::ids::{EventTypeId, ServiceId};
use crate::model::policy::{Consent, ImportAction, ImportRule};
use crate::model::service::{Lifecycle, Service};
use regex::Regex;
use std::collections::BTreeMap;

/// The decisions on new event types, and which absent services they were probably recreated from.
pub struct Newcomers {
    pub decisions: Vec<Decision>,
    pub recreated: BTreeMap<ServiceId, EventTypeId>,
}

/// Decides on every event type that no row is linked to. Where absence is not known, on none: a
/// "new" one may be a recreated one.
pub fn decide(input: &PlanningInput<'_>, links: &Links) -> Newcomers {
    let mut newcomers = Newcomers { decisions: Vec::new(), recreated: BTreeMap::new() };
    if input.presence.coverage() != Coverage::Whole {
        return newcomers;
    }
    let new: Vec<&EventType> =
        input.presence.event_types().filter(|event_type| !links.has(event_type.id)).collect();
    if new.is_empty() {
        return newcomers;
    }
    let desk = Desk::open(input, &new);
    for event_type in new {
        desk.decide(event_type, &mut newcomers);
    }
    newcomers
}

/// What is looked up for each newcomer, prepared once.
struct Desk<'a> {
    input: &'a PlanningInput<'a>,
    rows_by_name: BTreeMap<NormalName, Vec<&'a Service>>,
    new_by_name: BTreeMap<NormalName, Vec<EventTypeId>>,
    rules: Vec<Rule>,
}

impl<'a> Desk<'a> {
    fn open(input: &'a PlanningInput<'a>, new: &[&EventType]) -> Self {
        let mut new_by_name: BTreeMap<NormalName, Vec<EventTypeId>> = BTreeMap::new();
        for event_type in new {
            new_by_name.entry(NormalName::of(&event_type.title)).or_default().push(event_type.id);
        }
        let mut rows_by_name: BTreeMap<NormalName, Vec<&Service>> = BTreeMap::new();
        for row in input.rows {
            rows_by_name.entry(NormalName::of(&row.name)).or_default().push(row);
        }
        let rules = input.company.policy.import_rules.iter().map(Rule::of).collect();
        Self { input, rows_by_name, new_by_name, rules }
    }

    fn decide(&self, event_type: &EventType, newcomers: &mut Newcomers) {
        if let Some(hold) = self.input.memory.hold_on_event_type(event_type.id) {
            newcomers.decisions.push(Decision {
                subject: Subject::event_type(event_type.id),
                action: Action::LeaveHeld,
                reason: Reason::Held { why: hold.reason.clone() },
            });
            return;
        }
        let name = NormalName::of(&event_type.title);
        let namesakes = match self.rows_by_name.get(&name) {
            Some(rows) if !name.is_blank() => rows.as_slice(),
            _ => &[],
        };
        let orphans: Vec<&Service> =
            namesakes.iter().copied().filter(|row| self.is_active_orphan(row)).collect();
        if !orphans.is_empty() && self.input.company.policy.relink != Consent::Off {
            self.ask_relink(event_type, &orphans, newcomers);
            return;
        }
        let unlinked: Vec<&Service> = namesakes
            .iter()
            .copied()
            .filter(|row| row.event_type_id.is_none() && !self.is_held(row))
            .collect();
        if !unlinked.is_empty() && self.input.company.policy.link != Consent::Off {
            let reason = match (namesakes.len(), self.twin(event_type, &name)) {
                (1, None) => Reason::SameName,
                (1, Some(twin)) => Reason::SameTitle { twin },
                (rows, _) => Reason::AmbiguousName { rows },
            };
            let links = unlinked.iter().map(|row| self.link(event_type, row, reason.clone()));
            newcomers.decisions.extend(links);
            return;
        }
        newcomers.decisions.push(self.import(event_type, &name, namesakes));
    }

    fn is_active_orphan(&self, row: &Service) -> bool {
        row.lifecycle.is_active()
            && row.event_type_id.is_some_and(|linked| {
                matches!(self.input.presence.of_event_type(linked), Known::Absent(_))
            })
    }

    fn is_held(&self, row: &Service) -> bool {
        self.input.memory.hold_on_service(row.id).is_some()
    }

    /// A held orphan gets its question too: the hold says "do not switch it off", not "forget it".
    fn ask_relink(&self, event_type: &EventType, orphans: &[&Service], out: &mut Newcomers) {
        for orphan in orphans {
            let Some(absent) = orphan.event_type_id else { continue };
            out.recreated.entry(orphan.id).or_insert(event_type.id);
            let change = changes::link(orphan, self.input.company.mapped, event_type.id);
            let reason = match orphans.len() {
                1 => Reason::Recreated { absent },
                rows => Reason::AmbiguousName { rows },
            };
            out.decisions.push(Decision {
                subject: Subject::row(orphan.id, Some(event_type.id)),
                action: Action::AskRelink(Box::new(change)),
                reason,
            });
        }
    }

    /// Another new event type of that title.
    fn twin(&self, event_type: &EventType, name: &NormalName) -> Option<EventTypeId> {
        let bearers = self.new_by_name.get(name)?;
        bearers.iter().copied().find(|id| *id != event_type.id)
    }

    fn link(&self, event_type: &EventType, row: &Service, reason: Reason) -> Decision {
        let subject = Subject::row(row.id, Some(event_type.id));
        if row.has_local_edits() {
            return Decision { subject, action: Action::Wait, reason: Reason::LocalEdits };
        }
        let change = Box::new(changes::link(row, self.input.company.mapped, event_type.id));
        let auto = reason == Reason::SameName && self.input.company.policy.link == Consent::Auto;
        let action = if auto { Action::Link(change) } else { Action::AskLink(change) };
        Decision { subject, action, reason }
    }

    fn import(
        &self,
        event_type: &EventType,
        name: &NormalName,
        namesakes: &[&Service],
    ) -> Decision {
        let subject = Subject::event_type(event_type.id);
        let skip = |reason| Decision { subject, action: Action::Skip, reason };
        let (rule, wanted) = self.rule_for(event_type);
        if self.input.company.policy.import == Consent::Off {
            return skip(Reason::PolicyOff { policy: "import" });
        }
        let by_rule = rule.map(|rule| Reason::NewByRule { rule });
        if let (ImportAction::Skip, Some(reason)) = (wanted, &by_rule) {
            return skip(reason.clone());
        }
        let lifecycle = match (wanted, event_type.visibility) {
            (ImportAction::Inactive, _) | (_, Visibility::Hidden) => Lifecycle::Inactive,
            (_, Visibility::Public) => Lifecycle::Active,
        };
        let company = self.input.company;
        let change =
            Box::new(changes::import(company.company_id, company.mapped, event_type, lifecycle));
        let asks = match (namesakes.first(), self.twin(event_type, name)) {
            (Some(row), _) => Some(Reason::NameTaken { by: row.id }),
            (None, Some(twin)) if !name.is_blank() => Some(Reason::SameTitle { twin }),
            (None, _) if wanted == ImportAction::Review => by_rule.clone(),
            (None, _) if company.policy.import == Consent::Review => Some(Reason::NewAsks),
            (None, _) => None,
        };
        if let Some(reason) = asks {
            return Decision { subject, action: Action::AskImport(change), reason };
        }
        let reason = by_rule.unwrap_or(match event_type.visibility {
            Visibility::Hidden => Reason::NewHidden,
            Visibility::Public => Reason::New,
        });
        Decision { subject, action: Action::Import(change), reason }
    }

    /// The first matching rule's place, counting from 1, and what it wants.
    fn rule_for(&self, event_type: &EventType) -> (Option<usize>, ImportAction) {
        let mut rules = self.rules.iter().enumerate();
        match rules.find(|(_, rule)| rule.matches(&event_type.title)) {
            Some((place, rule)) => (Some(place + 1), rule.action),
            None => (None, ImportAction::Active),
        }
    }
}

/// An import rule, compiled.
struct Rule {
    title: Option<Regex>,
    action: ImportAction,
}

impl Rule {
    /// The configuration was checked, so every rule compiles. One that did not would match
    /// everything, and ask.
    fn of(rule: &ImportRule) -> Self {
        match Regex::new(&rule.title) {
            Ok(title) => Self { title: Some(title), action: rule.action },
            Err(_) => Self { title: None, action: ImportAction::Review },
        }
    }

    fn matches(&self, title: &str) -> bool {
        self.title.as_ref().is_none_or(|rule| rule.is_match(title))
    }
}
