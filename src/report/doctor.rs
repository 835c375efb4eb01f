//! What `doctor` found, for people and for scripts.

use super::harmless::harmless_json;
use super::paragraph::{fill, hang};
use anstyle::{AnsiColor, Style};
use serde_json::json;

/// Everything that was examined, in the order in which it was.
#[derive(Debug, Clone, Default)]
#[must_use = "an examination that nobody reports was for nobody"]
pub struct Examination {
    /// One entry a check.
    pub checks: Vec<Examined>,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// What was examined.
    pub name: String,
    /// How it is.
    pub health: Health,
    /// What was seen.
    pub seen: String,
    /// What to do; `None`: nothing.
    pub advice: Option<String>,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// Well.
    Ok,
    /// It works; it could be safer, or a person should know.
    Advice,
    /// A run would fail, or its observation would not be accepted.
    Broken,
}

impl Health {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Advice => "advice",
            Self::Broken => "broken",
        }
    }

    fn style(self) -> Style {
        match self {
            Self::Ok => AnsiColor::Green.on_default(),
            Self::Advice => AnsiColor::Yellow.on_default(),
            Self::Broken => AnsiColor::Red.on_default().bold(),
        }
    }
}

impl Examined {
    /// Well.
    pub fn ok(name: impl Into<String>, seen: impl Into<String>) -> Self {
        Self { name: name.into(), health: Health::Ok, seen: seen.into(), advice: None }
    }

    /// It works, and there is something to know.
    pub fn advice(
        name: impl Into<String>,
        seen: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            health: Health::Advice,
            seen: seen.into(),
            advice: Some(advice.into()),
        }
    }

    /// It does not work.
    pub fn broken(
        name: impl Into<String>,
        seen: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self { health: Health::Broken, ..Self::advice(name, seen, advice) }
    }
}

impl Examination {
    /// True where nothing is broken.
    pub fn is_ok(&self) -> bool {
        self.count(Health::Broken) == 0
    }

    fn count(&self, health: Health) -> usize {
        self.checks.iter().filter(|check| check.health == health).count()
    }

    /// For people: a check a line, and under it what to do.
    pub fn text(&self, colour: bool) -> String {
        let paint = |style: Style, words: &str| {
            if colour { format!("{style}{words}{style:#}") } else { words.to_owned() }
        };
        let names = self.checks.iter().map(|check| check.name.chars().count());
        let width = names.max().unwrap_or(0);
        let indent = 8 + width + 2;
        let mut text = String::new();
        for check in &self.checks {
            let state = paint(check.health.style(), &format!("{:<8}", check.health.as_str()));
            let name = format!("{:<width$}  ", check.name);
            text.push_str(&hang(&format!("{state}{name}"), indent, &check.seen));
            if let Some(advice) = &check.advice {
                text.push_str(&fill(&format!("{}→ ", " ".repeat(indent)), advice));
            }
        }
        text.push('\n');
        text.push_str(&self.summary(paint));
        text
    }

    fn summary(&self, paint: impl Fn(Style, &str) -> String) -> String {
        let (broken, advice) = (self.count(Health::Broken), self.count(Health::Advice));
        let checks = self.checks.len();
        let (health, words) = match (broken, advice) {
            (0, 0) => (Health::Ok, format!("All {checks} checks are well.")),
            (0, advice) => {
                (Health::Ok, format!("Nothing is broken; advice on {advice} of {checks} checks."))
            }
            (broken, _) => (
                Health::Broken,
                format!("{broken} of {checks} checks found something broken: see → above."),
            ),
        };
        format!("{} Nothing was changed anywhere.\n", paint(health.style(), &words))
    }

    /// For scripts: names and shape are a contract.
    pub fn json(&self) -> String {
        let checks: Vec<_> = self
            .checks
            .iter()
            .map(|check| {
                json!({
                    "name": check.name,
                    "state": check.health.as_str(),
                    "seen": check.seen,
                    "advice": check.advice,
                })
            })
            .collect();
        let document = json!({ "ok": self.is_ok(), "checks": checks });
        harmless_json(&format!("{document:#}\n"))
    }
}
