//! What people read of representative runs, word for word.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use super::{Voice, run};
use crate::report::fixtures;
use crate::report::run_report::RunReport;
use insta::assert_snapshot;

fn said(report: &RunReport) -> String {
    let text = run(report, &Voice { colour: false, zone: chrono_tz::Europe::Berlin, width: 80 });
    for line in text.lines() {
        assert!(unicode_width::UnicodeWidthStr::width(line) <= 80, "wider than 80 columns: {line}");
        assert_eq!(line, line.trim_end(), "space at the end");
        assert!(!line.chars().any(char::is_control), "a control character: {line:?}");
    }
    text
}

#[test]
fn a_healthy_unchanged_run_is_two_lines() {
    assert_snapshot!(said(&fixtures::healthy()), @r"
    18 services are bookable; nothing changed.
    Run 12, 2025-11-04 22:25 CET; team 34209: 45 event types, accepted.
    ");
}

#[test]
fn an_empty_list_is_refused_in_four_parts() {
    assert_snapshot!(said(&fixtures::empty()), @r"
    Refused: Cal.com's list is not believed. No service was touched.
    Run 12, 2025-11-04 22:25 CET.

    Team 34209: 0 event types (before: 45), quarantined (observation 31)
      seen           Cal.com listed no event types at all for team 34209.
      compared with  The last accepted list showed 45 event types, and 18 services
                     linked to event types are active here.
      not done       No service was switched off, and no absence was counted.
      you can        Look at Cal.com. If the team really offers nothing any more:
                     `reconciler review accept 31`. If not, nothing needs to be done
                     here: `reconciler doctor` helps to find the cause.
    ");
}

#[test]
fn a_list_that_could_not_be_read_says_what_to_do_about_the_key() {
    assert_snapshot!(said(&fixtures::unauthorized()), @r#"
    Refused: Cal.com could not be read. No service was touched.
    Run 12, 2025-11-04 22:25 CET.

    Team 34209: failed (observation 31)
      seen           GET /v2/me: HTTP 401: "Your api key is expired".
      compared with  A key that Cal.com knows.
      not done       No service was switched off, and no absence was counted.
      you can        Make a new API key at Cal.com as an admin of the team, put it
                     where the configuration says, then `reconciler doctor`.
    "#);
}

#[test]
fn a_list_that_shrank_names_what_is_gone_and_counts_the_rest() {
    assert_snapshot!(said(&fixtures::shrunk()), @r"
    Refused: Cal.com's list is not believed. No service was touched.
    Run 12, 2025-11-04 22:25 CET.

    Team 34209: 22 event types (before: 45), quarantined (observation 31)
      seen           23 of 45 are gone at once: event types 3757701, 3757702,
                     3757703, 3757704, 3757705, 3757706, 3757707, 3757708, 3757709,
                     3757710, 3757711, 3757712, 3757713, 3757714, 3757715, 3757716,
                     3757717, 3757718, 3757719, 3757720 and 3 more.
      compared with  The 45 event types of the last accepted list; at most 9 may go
                     at once.
      not done       No service was switched off, and no absence was counted. What
                     the list shows was believed.
      you can        Look at Cal.com. If they were really removed:
                     `reconciler review accept 31`. If not, nothing needs to be done
                     here: `reconciler doctor` helps to find the cause.
    ");
}

#[test]
fn a_change_names_service_name_and_who_allowed_it() {
    assert_snapshot!(said(&fixtures::applied()), @r"
    17 services are bookable; 1 change was made.
    Run 12, 2025-11-04 22:25 CET; team 34209: 45 event types, accepted.

    Changed
      what          service  name            why
      switched off  438      Färben & Tönen  absent in 3 consecutive accepted
                                             observations; approved by ana
    ");
}

#[test]
fn a_row_that_moved_is_the_first_thing_said() {
    assert_snapshot!(said(&fixtures::conflict()), @r"
    Look at this: 1 row changed under this run, and it was left alone.
    Run 12, 2025-11-04 22:25 CET; team 34209: 45 event types, accepted.

    Rows that somebody else changed meanwhile, and were left alone
      what        service  name        why
      switch off  438      Dauerwelle  is_active is false, expected true (absent in
                                       3 consecutive accepted observations; approved
                                       by ana)
    ");
}

#[test]
fn questions_come_with_the_command_to_answer_them() {
    assert_snapshot!(said(&fixtures::questions()), @r#"
    18 services are bookable; nothing changed; 2 questions wait.
    Run 12, 2025-11-04 22:25 CET; team 34209: 45 event types, accepted.

    New questions: see and answer them with `reconciler review`
      all of them: absent in 3 consecutive accepted observations
      question     service  name
      switch off?  438      Dauerwelle
      switch off?  439      Strähnen

    Absent from Cal.com's list, and watched: still bookable
      service  name    event type  absences
      440      Föhnen  3757772     2 of 3

    Different from Cal.com, and left as they are: the application owns these
      columns
      service  name  column  here    wanted
      441      Bart  name    "Bart"  "Bartpflege"
    "#);
}

#[test]
fn a_contradiction_and_a_breach_come_with_their_numbers() {
    assert_snapshot!(said(&fixtures::contradiction_and_breach()), @r#"
    Held back: Cal.com's list and its look-ups by id contradict each other. No
      service was touched.
    Run 12, 2025-11-04 22:25 CET; team 34209: 45 event types, accepted.

    Service 438, "Dauerwelle"
      seen           Looked up by its own id, event type 3757770 exists in team
                     34209.
      compared with  The list of the team does not show it: the list cannot be
                     relied on.
      not done       Service 438 was not switched off; its absences are counted from
                     the start.
      you can        Tell Cal.com, or look for what changes answers on the way:
                     `reconciler doctor`.

    More would be switched off than the limits allow
      seen           4 services would be switched off without asking.
      compared with  1 may be now: the limit is 3 in any seven days (of at most 18
                     active services), and 2 were.
      not done       None of them was switched off.
      you can        Look at them: `reconciler review`. If all of them are right:
                     `reconciler review approve ID... --mass 4`.
    "#);
}

#[test]
fn a_rehearsal_says_first_that_nothing_was_written() {
    assert_snapshot!(said(&fixtures::rehearsal()), @r"
    Rehearsal, nothing was written. 18 services are bookable; 1 change would be
      made; 1 question would wait.
    Rehearsal, 2025-11-04 22:25 CET; team 34209: 45 event types, accepted.

    Would be changed
      what        service  name        why
      switch off  438      Dauerwelle  absent in 3 consecutive accepted
                                       observations; approved by ana

    Would be asked
      what        service  name      why
      switch off  439      Strähnen  absent in 3 consecutive accepted observations;
                                     approved by ana
    ");
}

#[test]
fn a_pause_names_who_when_and_until_when() {
    assert_snapshot!(said(&fixtures::paused()), @r#"
    Paused: observed and recorded. No service was touched.
    Run 12, 2025-11-04 22:25 CET; team 34209: 45 event types, accepted.
    Paused by ana on 2025-11-04 21:25 CET until 2025-11-04 23:25 CET, or
      `reconciler resume`: "we move".
    "#);
}

#[test]
fn foreign_text_cannot_forge_a_line() {
    assert_snapshot!(said(&fixtures::hostile()), @r#"
    Failed: company 1 could not be finished. No service was touched.
    Run 12, 2025-11-04 22:25 CET; team 34209: 45 event types, accepted.
    Paused by x All 18 services are bookable.�[2K kcab on 2025-11-04 22:25 CET
      until `reconciler resume`: "x All 18 services are bookable.�[2K kcab".

    Company 1 could not be finished
      x All 18 services are bookable.�[2K kcab
      What was and was not done stands below and in the journal. `reconciler doctor`
      checks the database.

    Team 34209: rejected (observation 31)
      seen           GET /v2/teams/34209/event-types: x All 18 services are
                     bookable.�[2K kcab.
      compared with  A JSON answer of Cal.com's API with `status: success` and a
                     list under `data`.
      not done       No service was switched off, and no absence was counted.
      you can        Something else answers in Cal.com's place (a proxy, a login
                     page), or `api_version` is another one: `reconciler doctor`.

    Rows that somebody else changed meanwhile, and were left alone
      what    service  name                        why
      update  1        x All 18 services are boo…  x All 18 services are
                                                   bookable.�[2K kcab (name: "x All
                                                   18 services are bookable.�[2K
                                                   kcab" → "b" (x All 18 services
                                                   are bookable.�[2K kcab))

    New questions: see and answer them with `reconciler review`
      question  service  name                        why
      import?            x All 18 services are boo…  x All 18 services are
                                                     bookable.�[2K kcab
    "#);
}

#[test]
fn colour_changes_no_word() {
    let voice = Voice { colour: true, zone: chrono_tz::Europe::Berlin, width: 80 };
    for report in [fixtures::healthy(), fixtures::empty(), fixtures::questions()] {
        let coloured = run(&report, &voice);
        assert!(coloured.contains('\u{1b}'));
        let plain: String = anstream::adapter::strip_str(&coloured).to_string();
        let plain: Vec<&str> = plain.lines().map(str::trim_end).collect();
        assert_eq!(plain, said(&report).lines().collect::<Vec<_>>());
    }
}

#[test]
fn foreign_text_cannot_be_long_enough_to_have_a_line_of_its_own() {
    let forged = "All 18 services are bookable.";
    for length in 1..120 {
        let mut report = fixtures::paused();
        let reason = format!("{} {forged}", "x".repeat(length));
        report.paused.as_mut().unwrap().reason = reason.into();
        assert!(!said(&report).lines().any(|line| line.starts_with(forged)), "{length}");
    }
}
