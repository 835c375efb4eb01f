//! Promise 12: no secret is ever printed, logged, journaled or kept.

use crate::world::{TEAM, World};
use chrono::TimeDelta;
use reconciler::io::loopback_calcom::{ItemAnswer, SourceWorld, Weather};

fn holds(bytes: &[u8], secret: &str) -> bool {
    bytes.windows(secret.len()).any(|window| window == secret.as_bytes())
}

/// Whatever Cal.com answers, the key itself thrown back included, and however much is asked to be
/// said: the key is nowhere.
#[test]
fn promise_12_the_key_is_nowhere() {
    let key = SourceWorld::KEY;
    let echo = |status, body: String| Weather::Raw {
        status,
        content_type: "application/json".to_owned(),
        body: body.into_bytes(),
    };
    let said = format!(
        r#"{{"status":"error","error":{{"message":"bad key {key}"}},"message":"bad key {key}"}}"#
    );
    let weathers = [
        Weather::Fair,
        Weather::EmptyList,
        Weather::Reset,
        Weather::Redirect(format!("https://login.example/?key={key}")),
        echo(400, said.clone()),
        echo(401, said.clone()),
        echo(200, said.clone()),
        echo(500, said.clone()),
        echo(200, format!(r#"{{"status":"{key}","data":[]}}"#)),
        echo(200, key.to_owned()),
        Weather::MeAnswer(Box::new(echo(401, said.clone()))),
        Weather::TeamAnswer(Box::new(echo(403, said.clone()))),
        Weather::WitnessAnswer(ItemAnswer::Other(Box::new(echo(403, said)))),
        Weather::Raw { status: 200, content_type: format!("text/{key}"), body: Vec::new() },
    ];
    let mut world = World::starting_before_now(&[(TEAM, 1)], TimeDelta::minutes(60));
    for name in ["Cut", "Colour"] {
        world.serves(name);
    }
    world.sync().accepts();
    for weather in weathers {
        world.calcom_answers(weather.clone());
        for arguments in [
            &["run", "-vvv"][..],
            &["run", "-vvv", "--json", "--log-format", "json"],
            &["run", "--check-only", "-vvv"],
        ] {
            let output = world.program().args(arguments).output().unwrap();
            let out = String::from_utf8_lossy(&output.stdout).into_owned();
            let err = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!err.is_empty(), "it does say something");
            assert!(!holds(&output.stdout, key), "{weather:?}: {out}");
            assert!(!holds(&output.stderr, key), "{weather:?}: {err}");
        }
    }
    for (path, bytes) in world.files() {
        assert!(!holds(&bytes, key), "{}", path.display());
    }
}

/// A configuration that cannot be used is told without its secrets.
#[test]
fn promise_12_a_wrong_configuration_is_told_without_its_secrets() {
    let secret = "hunter2-very-secret";
    let mut world = World::of(&[(TEAM, 1)]);
    world.sets("calcom", "base_url", &format!(r#""https://ana:{secret}@api.cal.com""#));
    world.sets("services", "url", &format!(r#""mysql://ana:{secret}@db.example/app?x=%zz""#));
    let output = world.program().arg("run").arg("-vvv").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(!holds(&output.stdout, secret) && !holds(&output.stderr, secret), "{output:?}");
    let mut command = world.program();
    let output = command.arg("run").env("CALCOM_API_KEY", format!("{secret} ")).output().unwrap();
    assert!(!holds(&output.stderr, secret), "{output:?}");
}

/// What Cal.com calls things is data: no control character of it reaches the terminal.
#[test]
fn promise_12_titles_cannot_speak_to_the_terminal() {
    let mut world = World::starting_before_now(&[(TEAM, 1)], TimeDelta::minutes(60));
    world.serves("Cut");
    world.sync().accepts();
    world.calcom_adds(TEAM, "Evil \u{1b}]0;owned\u{7}\u{1b}[31m\u{202e} title\r\nGone");
    world.calcom_edits("Cut", |it| it.title = "Cut \u{1b}[2J".to_owned());
    for arguments in [&["run", "--check-only", "-vvv"][..], &["run", "-vvv"], &["run", "--json"]] {
        let output = world.program().args(arguments).output().unwrap();
        for bytes in [&output.stdout, &output.stderr] {
            assert!(!bytes.contains(&0x1b) && !bytes.contains(&0x07), "{arguments:?}");
        }
    }
}
