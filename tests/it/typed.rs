//! What people type, and what the program answers.

use crate::world::{TEAM, World};
use chrono::TimeDelta;
use reconciler::io::loopback_calcom::SourceWorld;
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

/// The services of most stories about people; their numbers are 1 to 6, their event types 1001 on.
pub const SALON: [&str; 6] = ["Cut", "Colour", "Beard", "Perm", "Wash", "Braids"];

/// One command's answer.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    /// What a process that is started now answers.
    pub fn by(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    pub fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    /// These words stand somewhere in what was said, wherever its lines break.
    #[track_caller]
    pub fn tells(&self, words: &[&str]) -> &Self {
        let unbroken = [&self.out, &self.err].map(|said| {
            let words: Vec<&str> = said.split_whitespace().collect();
            words.join(" ")
        });
        let said = [&self.out, &self.err, &unbroken[0], &unbroken[1]];
        for word in words {
            assert!(said.iter().any(|said| said.contains(word)), "{word}: {self:#?}");
        }
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

/// Only root may be another user.
pub fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|said| said.stdout == b"0\n")
}

impl World {
    /// The salon, its baseline taken so many runs before now.
    pub fn salon(runs_before_now: i64) -> Self {
        let before = TimeDelta::minutes(30 * (runs_before_now + 1));
        let mut world = Self::starting_before_now(&[(TEAM, 1)], before);
        for name in SALON {
            world.serves(name);
        }
        world.sync().accepts();
        world
    }

    /// A person types a command.
    pub fn types(&self, line: &str) -> Said {
        let output = self.program().args(line.split(' ')).output().unwrap();
        Said {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The same as a process that is still to be started.
    pub fn process(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_reconciler"));
        command.env_clear().env("CALCOM_API_KEY", SourceWorld::KEY).stdin(Stdio::null());
        command.arg("--config").arg(self.path("config.toml")).args(line.split(' '));
        command
    }

    /// The same, where what is printed and what is logged goes somewhere else; the exit code.
    pub fn types_into(&self, line: &str, out: impl Into<Stdio>, err: impl Into<Stdio>) -> i32 {
        self.process(line).stdout(out).stderr(err).status().unwrap().code().unwrap()
    }

    /// A secret of the configuration, in a file that only its owner may read; its name as TOML.
    pub fn secret(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        format!("{name:?}")
    }

    /// Mails go by this server to these people.
    pub fn mails_by(&mut self, url: &str, to: &[&str]) {
        let file = self.secret("smtp.url", url);
        self.sets("notify.email", "smtp_url_file", &file);
        self.sets("notify.email", "from", r#""Reconciler <reconciler@salon.example>""#);
        self.sets("notify.email", "to", &format!("{to:?}"));
    }

    /// Slack has this webhook.
    pub fn posts_to(&mut self, url: &str) {
        let file = self.secret("slack.url", url);
        self.sets("notify.slack", "webhook_url_file", &file);
    }

    /// A monitor stands here.
    pub fn pings(&mut self, url: &str) {
        let file = self.secret("ping.url", url);
        self.sets("notify.ping", "url_file", &file);
    }

    /// The number of the question that waits about a name.
    #[track_caller]
    pub fn question(&self, name: &str) -> i64 {
        let query = "SELECT id FROM review_items WHERE name = ?1 AND state = 'pending'";
        self.ledger_number(query, [name])
    }

    /// Everything that people said, byte for byte.
    pub fn words_of_people(&self) -> Vec<String> {
        let tables = ["review_items", "holds", "pauses", "acceptances"];
        let all = tables.iter().flat_map(|table| {
            crate::world::dump(&self.ledger(), &format!("SELECT * FROM {table} ORDER BY 1"))
        });
        all.collect()
    }

    /// What is held now: services, then event types.
    pub fn held(&self) -> (Vec<i64>, Vec<i64>) {
        let ledger = self.ledger();
        let open = |column: &str| -> Vec<i64> {
            let query = format!(
                "SELECT DISTINCT {column} FROM holds
                 WHERE released_at IS NULL AND {column} IS NOT NULL ORDER BY 1"
            );
            let mut held = ledger.prepare(&query).unwrap();
            held.query_map((), |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        (open("service_id"), open("event_type_id"))
    }
}
