//! Mail, in real conversations with a real server: what is proved is what the server took.

use crate::mail_server::{MailServer, certificates, python};
use crate::typed::Said;
use crate::world::World;
use reconciler::io::loopback_calcom::Weather;
use serde_json::{Value, json};

const PASSWORD: &str = "p%40ss:w/rd";
/// The same in a URL.
const TYPED: &str = "p%2540ss%3Aw%2Frd";

/// A salon whose source is down: the next run has something to tell.
fn salon() -> World {
    let world = World::salon(1);
    world.calcom_answers(Weather::Status(401));
    world
}

/// A run of the program itself, with trust in the authority of the tests.
fn runs(world: &World, line: &str) -> Said {
    let mut command = world.program();
    command.env("SSL_CERT_FILE", world.path("ca.pem"));
    let output = command.args(line.split(' ')).output().unwrap();
    Said {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn with(mut settings: Value, more: &Value) -> Value {
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    settings
}

/// STARTTLS and a login: two people get one mail each, with everything in its header that keeps
/// their threads in order and their absence notes quiet.
#[test]
fn a_mail_arrives_by_starttls_with_its_login_and_its_thread() {
    let Some(python) = python() else { return };
    let mut world = salon();
    let certificates = certificates(&world.path(""), false);
    let login = json!({ "tls": "starttls", "user": "ana", "password": PASSWORD });
    let server = MailServer::start(python, &with(certificates, &login));
    let url = format!("smtp://ana:{TYPED}@localhost:{}?tls=required", server.port);
    world.mails_by(&url, &["Ana <ana@salon.example>", "petra@salon.example"]);

    runs(&world, "run").exits(5);
    let (first, second) = (server.mail(), server.mail());
    assert_eq!(
        (&*first.to, &*second.to),
        (&["ana@salon.example".to_owned()][..], &["petra@salon.example".to_owned()][..])
    );
    assert!(first.tls && first.user.as_deref() == Some("ana"));
    assert_eq!(first.text, second.text, "everybody gets the same");
    assert_eq!(first.header("Auto-Submitted"), "auto-generated");
    assert_eq!(first.header("From"), "Reconciler <reconciler@salon.example>");
    assert!(first.header("To").contains("petra@salon.example"));
    assert!(first.header("Content-Type").starts_with("multipart/alternative"));
    assert!(first.text.contains("text/plain") && first.text.contains("text/html"));
    assert!(!first.header("Subject").is_empty() && !first.header("Date").is_empty());

    world.calcom_recovers();
    runs(&world, "run").exits(0);
    let over = server.mail();
    let id = first.header("Message-ID");
    assert!(id.starts_with("<1-") && id.ends_with("@salon.example>"), "{id}");
    let ledger = id.split(['.', '@']).nth(1).unwrap();
    let next = over.header("Message-ID");
    assert!(
        next.starts_with("<2-") && next.ends_with(&format!(".{ledger}@salon.example>")),
        "{next}"
    );
    let root = format!("<company-1.{ledger}@salon.example>");
    for mail in [&first, &over] {
        assert_eq!((mail.header("In-Reply-To"), mail.header("References")), (&*root, &*root));
    }
}

/// Implicit TLS.
#[test]
fn a_mail_arrives_by_implicit_tls() {
    let Some(python) = python() else { return };
    let mut world = salon();
    let certificates = certificates(&world.path(""), false);
    let server = MailServer::start(python, &with(certificates, &json!({ "tls": "implicit" })));
    world.mails_by(&format!("smtps://127.0.0.1:{}", server.port), &["ana@salon.example"]);
    runs(&world, "run").exits(5);
    assert_eq!(server.mail().to, ["ana@salon.example"]);
}

/// What is wrong with a way, and what people are told.
struct BadDay {
    server: Value,
    /// How the URL goes on.
    query: &'static str,
    expired: bool,
    trusted: bool,
    words: &'static str,
    check: &'static str,
}

/// Whatever is wrong with the way: the run ends as it would have, people see the server's own words
/// and what to check, and no password is anywhere.
fn is_told(day: &BadDay) {
    let Some(python) = python() else { return };
    let words = day.words;
    let mut world = salon();
    let certificates = certificates(&world.path(""), day.expired);
    let server = MailServer::start(python, &with(certificates, &day.server));
    let user = day.server.get("user").map_or(String::new(), |_| format!("ana:{TYPED}@"));
    let url = format!("smtp://{user}127.0.0.1:{}{}", server.port, day.query);
    world.mails_by(&url, &["ana@salon.example"]);
    if !day.trusted {
        let others = tempfile::tempdir().unwrap();
        crate::mail_server::certificates(others.path(), false);
        std::fs::copy(others.path().join("ca.pem"), world.path("ca.pem")).unwrap();
    }
    let run = runs(&world, "run");
    run.exits(5);
    let status = world.types("status --json").json();
    let error = status["outbox"][0]["last_error"].as_str().unwrap_or_else(|| panic!("{run:#?}"));
    assert!(error.contains(words) && error.contains(day.check), "{words}: {error}");
    for text in [&*run.out, &*run.err, error] {
        for secret in [PASSWORD, TYPED, "cCU0MHNzOncvcmQ=", "AGFuYQBwJTQwc3M6dy9yZA=="] {
            assert!(!text.contains(secret), "{words}: {text}");
        }
    }
    assert_eq!(server.ends().len(), 0, "{words}: nothing was taken");
}

fn told(server: Value, words: &'static str, check: &'static str) {
    is_told(&BadDay { server, query: "", expired: false, trusted: true, words, check });
}

#[test]
fn a_wrong_password_is_told_in_the_servers_words_and_never_shown() {
    let login = json!({ "user": "ana", "password": "another" });
    let refused = "535 5.7.8 Username and Password not accepted for ana";
    told(login.clone(), refused, "check user and password");
    // This server repeats what it was sent, the password too.
    let echo = with(login, &json!({ "weather": "echo" }));
    told(echo, "535 5.7.8 cannot use", "check user and password");
}

#[test]
fn a_server_that_wants_to_be_asked_later_is_told_so() {
    told(json!({ "weather": "greylist" }), "450 4.2.0 Greylisted", "it is tried again");
    told(json!({ "weather": "full" }), "452 4.3.1 Insufficient", "it is tried again");
}

#[test]
fn a_server_that_dies_in_the_middle_is_told() {
    told(json!({ "weather": "drop-at-data" }), "broke off in the middle", "same Message-ID");
    told(json!({ "weather": "drop-after-data" }), "broke off in the middle", "same Message-ID");
}

#[test]
fn a_server_that_never_answers_holds_up_a_run_for_seconds_only() {
    told(json!({ "weather": "stall" }), "did not finish within 20s", "check the server's load");
}

#[test]
fn a_server_that_cannot_prove_who_it_is_gets_no_mail() {
    let query = "?tls=required";
    let server = json!({ "tls": "starttls" });
    let (words, check) = ("certificate expired", "its certificate's dates");
    is_told(&BadDay { server, query, expired: true, trusted: true, words, check });
    let server = json!({ "tls": "starttls" });
    let (words, check) = ("invalid peer certificate", "dates and issuer");
    is_told(&BadDay { server, query, expired: false, trusted: false, words, check });
    let (words, check) = ("STARTTLS is not supported", "465 is smtps://");
    is_told(&BadDay { server: json!({}), query, expired: false, trusted: true, words, check });
}

/// One address that the server refuses does not stop the others; the message waits for it alone,
/// until the configuration names another.
#[test]
fn one_bad_recipient_does_not_stop_the_others() {
    let Some(python) = python() else { return };
    let mut world = salon();
    let server = MailServer::start(python, &json!({ "refuse": ["gone@salon.example"] }));
    let url = format!("smtp://127.0.0.1:{}", server.port);
    world.mails_by(&url, &["gone@salon.example", "ana@salon.example", "petra@salon.example"]);
    world.types("run").exits(5).tells(&[
        "1 message waits to be delivered",
        "to gone@salon.example",
        "550 5.1.1",
        "no such user here",
    ]);
    assert_eq!(server.mail().to, ["ana@salon.example"]);
    assert_eq!(server.mail().to, ["petra@salon.example"]);

    world.mails_by(&url, &["new@salon.example", "ana@salon.example", "petra@salon.example"]);
    let status = world.types("run --json").json();
    assert_eq!(status["outbox"], json!([]), "{status:#}");
    let mails = server.ends();
    assert_eq!(mails.len(), 1, "{mails:#?}");
    assert_eq!(mails[0].to, ["new@salon.example"]);
}

/// A host that does not exist.
#[test]
fn an_unknown_host_is_told_as_one() {
    let mut world = salon();
    world.mails_by("smtp://mail.reconciler.invalid:587?tls=required", &["ana@salon.example"]);
    world.types("run").exits(5);
    let status = world.types("status --json").json();
    let error = status["outbox"][0]["last_error"].as_str().unwrap();
    assert!(error.starts_with("no connection to mail.reconciler.invalid:587: "), "{error}");
    assert!(error.contains("check the host's name"), "{error}");
}

/// `doctor` looks at the settings; `doctor --send-test` proves the way.
#[test]
fn doctor_proves_the_way_where_it_is_asked_to() {
    let Some(python) = python() else { return };
    let mut world = World::salon(1);
    let server = MailServer::start(python, &json!({ "refuse": ["gone@salon.example"] }));
    let url = format!("smtp://127.0.0.1:{}", server.port);
    world.mails_by(&url, &["ana@salon.example"]);
    world
        .types("doctor")
        .exits(0)
        .tells(&["from Reconciler <reconciler@salon.example>", "--send-test"]);
    world.types("doctor --send-test").exits(0).tells(&["took the test to ana@salon.example"]);
    assert!(server.mail().header("Subject").contains("test"));
    world.mails_by(&url, &["gone@salon.example", "ana@salon.example"]);
    let doctor = world.types("doctor --send-test");
    doctor.exits(1).tells(&["550", "took the test to ana@salon.example"]);
    assert_eq!(server.ends().len(), 1, "and the plain doctor sent nothing");
}

/// `digest --send` sends what `digest` shows, now, and says what became of it.
#[test]
fn a_digest_is_sent_when_somebody_asks() {
    let Some(python) = python() else { return };
    let mut world = World::salon(1);
    world.types("digest --send").exits(2).tells(&["[notify.email]"]);
    let server = MailServer::start(python, &json!({}));
    let url = format!("smtp://127.0.0.1:{}", server.port);
    world.mails_by(&url, &["ana@salon.example"]);
    world.types("digest --send").exits(0).tells(&["Sent: e-mail."]);
    assert!(server.mail().header("Subject").contains("bookable"));

    let lock = std::fs::File::open(world.path("ledger.db.lock")).unwrap();
    lock.lock().unwrap();
    world.types("digest --send").exits(0).tells(&["A run is at work"]);
    lock.unlock().unwrap();
    world.types("run").exits(0);
    assert_eq!(server.ends().len(), 1, "the next run delivered it");
    world.types("digest --send").exits(1).tells(&["Connection refused", "to be delivered"]);
    let status = world.types("status --json").json();
    assert_eq!(status["outbox_waiting"], 1);
}
