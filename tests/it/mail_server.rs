//! A real mail server for stories: `smtp_server.py` on aiosmtpd, with certificates of its own.
//!
//! `RECONCILER_TEST_SMTP_PYTHON` names a Python that has aiosmtpd; without it `python3` is asked.
//! Where there is none the stories are skipped, aloud (`aloud::skip`).

use crate::aloud::{setting, skip};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// A mail that the server took.
#[derive(Debug, Clone)]
pub struct Mail {
    pub to: Vec<String>,
    pub user: Option<String>,
    pub tls: bool,
    /// As it travelled, header lines unfolded.
    pub text: String,
    /// As another program reads it: its header lines, by name.
    pub read: Vec<(String, String)>,
    /// The same: its parts, by type.
    pub parts: Vec<(String, String)>,
}

impl Mail {
    /// A line of its header.
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        let start = format!("{name}: ");
        let line = self.text.lines().find_map(|line| line.strip_prefix(start.as_str()));
        line.unwrap_or_else(|| panic!("no {name}: {self:#?}"))
    }
}

/// The server: it runs while this is held.
pub struct MailServer {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    pub port: u16,
}

/// A Python with aiosmtpd; `None`, said aloud, where there is none.
pub fn python() -> Option<&'static str> {
    static FOUND: OnceLock<Option<String>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        let named = setting("RECONCILER_TEST_SMTP_PYTHON");
        let python = named.clone().unwrap_or_else(|| "python3".to_owned());
        let mut ask = Command::new(&python);
        let has = ask.args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
        if has.is_ok_and(|status| status.success()) {
            return Some(python);
        }
        skip("smtp", &format!("{python} has no aiosmtpd"));
        None
    });
    found.as_deref()
}

impl MailServer {
    /// Starts with these settings, which `smtp_server.py` explains.
    pub fn start(python: &str, settings: &Value) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/smtp_server.py");
        let mut child = Command::new(python)
            .arg(script)
            .arg(settings.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // It complains of every bad day that it is asked for.
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                let Ok(line) = line else { break };
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let port = lines.recv_timeout(Duration::from_mins(1)).expect("the server starts");
        Self { child, stdin, lines, port: port.parse().unwrap() }
    }

    /// Ends it: every mail that it took and nobody has looked at.
    pub fn ends(mut self) -> Vec<Mail> {
        self.stop();
        self.lines.iter().map(|line| mail(&line)).collect()
    }

    /// The next mail that it took.
    #[track_caller]
    pub fn mail(&self) -> Mail {
        mail(&self.lines.recv_timeout(Duration::from_mins(1)).expect("a mail came"))
    }

    fn stop(&mut self) {
        self.stdin.take();
        let _ = self.child.wait();
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn mail(line: &str) -> Mail {
    let taken: Value = serde_json::from_str(line).unwrap();
    let text = taken["mail"].as_str().unwrap().replace("\r\n", "\n");
    Mail {
        to: taken["to"].as_array().unwrap().iter().map(|to| to.as_str().unwrap().into()).collect(),
        user: taken["user"].as_str().map(Into::into),
        tls: taken["tls"].as_bool().unwrap(),
        text: text.replace("\n ", " ").replace("\n\t", " "),
        read: serde_json::from_value(taken["read"]["header"].clone()).unwrap(),
        parts: serde_json::from_value(taken["read"]["parts"].clone()).unwrap(),
    }
}

/// An authority and a certificate for this machine: `ca.pem`, `cert.pem` and `key.pem` in a
/// folder, and what the server needs to know of them. `expired`: it was good last century.
pub fn certificates(folder: &Path, expired: bool) -> Value {
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = authority.self_signed(&authority_key).unwrap();
    let issuer = Issuer::new(authority, authority_key);
    let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    let mut params = CertificateParams::new(names).unwrap();
    if expired {
        params.not_before = date_time_ymd(1998, 1, 1);
        params.not_after = date_time_ymd(1999, 1, 1);
    }
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    let path = |name: &str| folder.join(name);
    std::fs::write(path("ca.pem"), ca.pem()).unwrap();
    std::fs::write(path("cert.pem"), certificate.pem()).unwrap();
    std::fs::write(path("key.pem"), key.serialize_pem()).unwrap();
    json!({ "cert": path("cert.pem"), "key": path("key.pem") })
}
