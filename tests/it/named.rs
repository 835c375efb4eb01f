//! Whoever decides is named: nobody decides nothing.

use crate::aloud::skip;
use crate::typed::{Said, is_root};
use crate::world::World;
use reconciler::model::review::ReviewKind;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// "Beard" is gone, and a person is asked; the number of the question.
fn asked() -> (World, i64) {
    let mut world = World::salon(4);
    world.calcom_removes("Beard");
    world.syncs(3).asks("Beard", ReviewKind::Deactivate);
    let id = world.question("Beard");
    (world, id)
}

/// Who answered the question.
fn decided_by(world: &World) -> String {
    let query = "SELECT decided_by FROM review_items WHERE state = 'approved'";
    world.ledger().query_row(query, (), |row| row.get(0)).unwrap()
}

/// Everything that takes a person's word.
fn words(question: i64) -> [String; 8] {
    [
        format!("review approve {question}"),
        format!("review keep {question}"),
        format!("review snooze {question} --for 7d"),
        "hold 1 --reason mine".to_owned(),
        "release 1".to_owned(),
        "pause --reason mine".to_owned(),
        "resume".to_owned(),
        "rollback 1 --yes".to_owned(),
    ]
}

/// `--by "  "` is nobody's yes, and changes nothing.
#[test]
fn a_blank_name_is_refused() {
    let (world, question) = asked();
    let files = world.files();
    for line in words(question) {
        for nobody in ["", "  ", "\t\n", "\u{200b}\u{a0}", "-"] {
            let said = Said::by(world.process(&line).args(["--by", nobody]));
            said.exits(2).tells(&["--by", "a name is wanted"]);
        }
    }
    assert!(files == world.files(), "nothing was written");
}

/// Whoever finds the hold next year will want to know: blanks are no reason.
#[test]
fn a_blank_reason_is_none() {
    let (world, question) = asked();
    let files = world.files();
    for line in ["hold 1 --by ana", "pause --by ana", "hold --event-type 1003 --by ana"] {
        for blank in ["", "  ", "\t\n", "\u{200b}"] {
            let said = Said::by(world.process(line).args(["--reason", blank]));
            said.exits(2).tells(&["say why"]);
        }
    }
    assert!(files == world.files(), "nothing was written");
    let yes = format!("review approve {question} --by ana");
    Said::by(world.process(&yes).args(["--reason", "  "])).exits(0);
    let reasons =
        "SELECT count(*) FROM review_items WHERE decided_by = 'ana' AND decided_why IS NOT NULL";
    assert_eq!(world.ledger_number(reasons, ()), 0);
}

/// In a unit of systemd, in `docker exec`, in a cron of its own: without LOGNAME and USER the
/// account has a name.
#[test]
fn without_variables_the_account_has_a_name() {
    let (world, question) = asked();
    let account = Command::new("id").arg("-un").output().unwrap();
    let account = String::from_utf8(account.stdout).unwrap();
    Said::by(&mut world.process(&format!("review approve {question}"))).exits(0);
    assert_eq!(decided_by(&world), account.trim());
}

/// An account that the machine has no name for, as containers have them: who decides must be said,
/// and whoever only looks is asked nothing.
#[test]
fn an_account_without_a_name_must_say_who_decides() {
    if !is_root() {
        return skip("root", "only root may be another user");
    }
    let (world, question) = asked();
    let permit = |path: &std::path::Path, mode: u32| {
        std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    };
    permit(&world.path(""), 0o777);
    for path in world.files().keys() {
        permit(path, 0o666);
    }
    let as_no_account = |line: &str| {
        let mut command = world.process(line);
        command.uid(4_242_424).gid(4_242_424);
        command
    };
    let before = world.words_of_people();
    for line in words(question) {
        Said::by(&mut as_no_account(&line)).exits(2).tells(&["say who: --by NAME"]);
        let blank = [("LOGNAME", " "), ("USER", "")];
        Said::by(as_no_account(&line).envs(blank)).exits(2).tells(&["say who: --by NAME"]);
    }
    assert_eq!(world.words_of_people(), before);
    for line in ["status", "review list", "explain 3", "run --check-only"] {
        Said::by(&mut as_no_account(line)).exits(0);
    }
    Said::by(&mut as_no_account("hold 1 --reason mine --by ana")).exits(0);
    Said::by(as_no_account(&format!("review approve {question}")).env("LOGNAME", "ben")).exits(0);
    assert_eq!(decided_by(&world), "ben");
}
