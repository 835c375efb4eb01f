//! Promise 7 where a wire can fail: it is cut before or after the commit, and nobody on this side
//! knows whether the server has heard it. The next run reads the rows, and says.

use crate::aloud::{aloud, is_long};
use crate::power::{End, Stage};
use crate::proxy::{Cut, Proxy, Side};
use crate::salon::{NAMES, Salon, on_every_server, said};
use crate::world::{TEAM, dump, run};
use reconciler::report::lines::ChangeStatus;
use reconciler::report::run_report::{Ending, Mode, RunReport};
use std::collections::BTreeMap;
use tempfile::TempDir;

on_every_server! {
    promise_7_a_wire_cut_before_the_commit_is_settled_by_the_next_run
    promise_7_a_wire_cut_after_the_commit_is_settled_by_the_next_run
    promise_7_a_wire_cut_before_the_write_is_known_to_have_changed_nothing
    promise_7_a_wire_cut_at_any_byte_of_the_writing_is_settled_by_the_next_run
    promise_7_an_import_whose_commit_nobody_answered_is_there_once
    promise_9_a_rollback_whose_commit_never_arrived_restores_once_and_holds_once
    promise_9_a_rollback_whose_commit_nobody_answered_restores_once_and_holds_once
    promise_9_a_removal_whose_commit_never_arrived_is_made_once
    promise_9_a_removal_whose_commit_nobody_answered_is_made_once
}

const OPEN: &str = "SELECT count(*) FROM journal_entries WHERE state = 'intended'";

/// Seen through this proxy from now on.
fn through_a_proxy(salon: &mut Salon) -> Proxy {
    let proxy = Proxy::to(&salon.database.address());
    salon.world.keeps_services_at(&salon.database.url_through(proxy.port));
    proxy
}

/// Runs once over a wire that is cut, and once more over a whole one.
fn over_a_cut_wire(salon: &mut Salon, cut: Cut) -> [RunReport; 2] {
    let proxy = through_a_proxy(salon);
    proxy.cuts(cut);
    let first = salon.sync();
    assert!(proxy.has_cut(), "{first:#?}");
    assert_eq!(first.ending, Ending::Failed, "{first:#?}");
    [first, salon.sync()]
}

fn statuses(report: &RunReport) -> Vec<ChangeStatus> {
    report.companies[0].changes.iter().map(|change| change.status).collect()
}

fn recovered(report: &RunReport) -> Vec<ChangeStatus> {
    report.recovered.iter().map(|line| line.status).collect()
}

/// What became of the questions about "Beard", in their order.
fn answers(salon: &Salon) -> Vec<String> {
    let query = "SELECT state FROM review_items WHERE name = 'Beard' ORDER BY id";
    dump(&salon.world.ledger(), query)
}

/// The yes was given to that one attempt: a person is asked again, and a second yes does it once.
fn promise_7_a_wire_cut_before_the_commit_is_settled_by_the_next_run(salon: &mut Salon) {
    salon.beard_is_to_go();
    let [first, second] = over_a_cut_wire(salon, Cut::Before("COMMIT"));
    assert_eq!(statuses(&first), [ChangeStatus::Unknown]);
    assert_eq!(recovered(&second), [ChangeStatus::Abandoned]);
    assert!(salon.is_bookable("Beard"));
    assert_eq!(salon.world.ledger_number(OPEN, ()), 0);
    assert_eq!(answers(salon), [r#"[Text("void")]"#, r#"[Text("pending")]"#]);
    salon.world.ana_approves("Beard");
    assert_eq!(statuses(&salon.sync()), [ChangeStatus::Applied]);
    assert!(!salon.is_bookable("Beard"));
}

/// It was done, by that yes: nobody is asked again, and nothing is done again.
fn promise_7_a_wire_cut_after_the_commit_is_settled_by_the_next_run(salon: &mut Salon) {
    salon.beard_is_to_go();
    let [first, second] = over_a_cut_wire(salon, Cut::After("COMMIT"));
    assert_eq!(statuses(&first), [ChangeStatus::Unknown]);
    assert_eq!(recovered(&second), [ChangeStatus::Applied]);
    assert!(!salon.is_bookable("Beard"));
    assert_eq!(salon.world.ledger_number(OPEN, ()), 0);
    let times = "SELECT count(*) FROM journal_entries WHERE state = 'applied'";
    assert_eq!(salon.world.ledger_number(times, ()), 1);
    assert_eq!(answers(salon), [r#"[Text("applied")]"#]);
    assert_eq!(statuses(&salon.sync()), []);
}

fn promise_7_a_wire_cut_before_the_write_is_known_to_have_changed_nothing(salon: &mut Salon) {
    salon.beard_is_to_go();
    let [first, second] = over_a_cut_wire(salon, Cut::Before("UPDATE"));
    assert_eq!(statuses(&first), [ChangeStatus::Abandoned]);
    assert!(second.recovered.is_empty(), "nothing was left open");
    assert_eq!(statuses(&second), [ChangeStatus::Applied], "and the yes still stands");
    assert!(!salon.is_bookable("Beard"));
}

/// By so many bytes one connection may be shorter than another that does the same: numbers and
/// moments are in what it says.
const SPARE: usize = 64;

/// An update, an import and a deactivation, and the wire is cut at bytes of either side all over
/// the writing, from its first nearly to the end of the connection (with `RECONCILER_TEST_LONG`: at every
/// byte). One ordinary run later table and journal are as if it had never been, and a further one
/// later so is all that is believed.
fn promise_7_a_wire_cut_at_any_byte_of_the_writing_is_settled_by_the_next_run(salon: &mut Salon) {
    salon.has_three_changes_to_make();
    salon.world.passes(30);
    let proxy = through_a_proxy(salon);
    let stage = Stage::on(&salon.world, &salon.database);
    let runs =
        |folder: &TempDir| run(&salon.world.work_in(folder.path()), Mode::Real, salon.world.now);
    let place = stage.set();
    assert_eq!(statuses(&runs(&place)), [ChangeStatus::Applied; 3]);
    let (begin, commit) = (proxy.bytes_before("BEGIN"), proxy.bytes_before("COMMIT"));
    let end = proxy.bytes();
    assert_eq!(statuses(&runs(&place)), []);
    let wanted = stage.end(place.path());

    let mut fates: BTreeMap<Fate, u32> = BTreeMap::new();
    for side in [Side::Client, Side::Server] {
        let [begin, commit, end] = [begin, commit, end].map(|bytes| bytes[side as usize]);
        let step = if is_long() { 1 } else { (end - begin) / 8 };
        let bytes = (begin..end - SPARE)
            .filter(|byte| (byte - begin) % step == 0 || (commit..commit + 8).contains(byte));
        for byte in bytes {
            let place = stage.set();
            proxy.cuts(Cut::AtByte(side, byte));
            let first = runs(&place);
            assert!(proxy.has_cut(), "{side:?} {byte}");
            let second = runs(&place);
            let End { table, journal, open, .. } = stage.end(place.path());
            assert_eq!((&table, &journal), (&wanted.table, &wanted.journal), "{side:?} {byte}");
            assert_eq!(open, 0, "{side:?} {byte}");
            assert_eq!(statuses(&runs(&place)), []);
            assert_eq!(stage.end(place.path()), wanted, "{side:?} {byte}");
            *fates.entry(fate(&first, &second)).or_default() += 1;
        }
    }
    let cuts: u32 = fates.values().sum();
    aloud(&format!("{:?}: {cuts} cuts: {fates:?}", salon.database.keeper));
    assert!(cuts >= 28, "{cuts} cuts");
    assert_eq!(fates.len(), 4, "before and after the commit, known and unknown: {fates:?}");
}

/// What became of a transaction whose wire was cut, and when that was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    KnownToBeUndone,
    FoundUndone,
    FoundDone,
    KnownToBeDone,
}

/// It is one transaction, so one thing became of all of it.
fn fate(first: &RunReport, second: &RunReport) -> Fate {
    match (&*statuses(first), &*recovered(second)) {
        ([ChangeStatus::Abandoned, ..], []) => Fate::KnownToBeUndone,
        ([ChangeStatus::Unknown, ..], [ChangeStatus::Abandoned, ..]) => Fate::FoundUndone,
        ([ChangeStatus::Unknown, ..], [ChangeStatus::Applied, ..]) => Fate::FoundDone,
        ([ChangeStatus::Applied, ..], []) => Fate::KnownToBeDone,
        other => panic!("{other:?}"),
    }
}

/// Whether or not the server heard the commit, there is one row after two runs, and after three.
fn promise_7_an_import_whose_commit_nobody_answered_is_there_once(salon: &mut Salon) {
    salon.goes_well();
    for (cut, name, was_made) in
        [(Cut::Before("COMMIT"), "Nails", false), (Cut::After("COMMIT"), "Toes", true)]
    {
        let event_type = salon.world.calcom_adds(TEAM, name);
        let [first, second] = over_a_cut_wire(salon, cut);
        assert_eq!(statuses(&first), [ChangeStatus::Unknown], "{name}");
        let (settled, done) = if was_made {
            (ChangeStatus::Applied, Vec::new())
        } else {
            (ChangeStatus::Abandoned, vec![ChangeStatus::Applied])
        };
        assert_eq!(recovered(&second), [settled], "{name}");
        assert_eq!(statuses(&second), done, "{name}");
        salon.goes_well();
        let rows = format!("SELECT id FROM services WHERE calcom_event_type_id = {event_type}");
        let rows = salon.database.rows(&rows);
        assert_eq!(rows.len(), 1, "{name}");
        assert!(salon.is_bookable(name));
        let made = "SELECT service_id FROM journal_entries
                    WHERE state = 'applied' AND kind = 'import' AND event_type_id = ?1";
        let made = salon.world.ledger_number(made, [event_type]);
        assert_eq!(rows[0], [made.to_string()], "the journal names its row");
        assert_eq!(salon.world.ledger_number(OPEN, ()), 0);
    }
}

/// Undoes the last run over a wire that is cut; cron runs; and the rollback is typed once more. The
/// rows are then these, what was undone is held once, and each row was written once.
fn is_undone_once(salon: &mut Salon, cut: Cut, wanted: &[Vec<String>]) {
    let last = salon.world.ledger_number("SELECT max(id) FROM runs", ()).to_string();
    let rollback = ["rollback", &*last, "--yes", "--by", "ana"];
    let as_it_was = salon.rows();
    let proxy = through_a_proxy(salon);
    proxy.cuts(cut);
    let output = salon.program(&rollback);
    assert!(proxy.has_cut(), "{}", said(&output));
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert_eq!(salon.world.ledger_number(OPEN, ()), 1, "{}", said(&output));

    let output = salon.program(&["run"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(salon.world.ledger_number(OPEN, ()), 0, "{}", said(&output));
    let holds = "SELECT count(*) FROM holds WHERE released_at IS NULL";
    let was_done = matches!(cut, Cut::After(_));
    assert_eq!(salon.rows(), if was_done { wanted } else { &as_it_was });
    assert_eq!(salon.world.ledger_number(holds, ()), i64::from(was_done), "{}", said(&output));

    let output = salon.program(&rollback);
    let (code, words) = if was_done { (2, "undone already") } else { (0, "") };
    assert_eq!(output.status.code(), Some(code), "{}", said(&output));
    assert!(said(&output).contains(words), "{}", said(&output));
    let output = salon.program(&["run"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(salon.rows(), wanted, "and it is not redone");
    assert_eq!(salon.world.ledger_number(holds, ()), 1);
    let undone = "SELECT count(*) FROM journal_entries WHERE state = 'applied' AND run_id > ?1";
    assert_eq!(salon.world.ledger_number(undone, [last]), 1);
}

fn a_deactivation_is_undone_once(salon: &mut Salon, cut: Cut) {
    let wanted = salon.rows();
    salon.beard_is_to_go();
    salon.goes_well();
    assert!(!salon.is_bookable("Beard"));
    is_undone_once(salon, cut, &wanted);
    assert_eq!(salon.world.held(), (vec![3], vec![]));
}

fn promise_9_a_rollback_whose_commit_never_arrived_restores_once_and_holds_once(salon: &mut Salon) {
    a_deactivation_is_undone_once(salon, Cut::Before("COMMIT"));
}

fn promise_9_a_rollback_whose_commit_nobody_answered_restores_once_and_holds_once(
    salon: &mut Salon,
) {
    a_deactivation_is_undone_once(salon, Cut::After("COMMIT"));
}

fn an_import_is_removed_once(salon: &mut Salon, cut: Cut) {
    let wanted = salon.rows();
    salon.goes_well();
    let event_type = salon.world.calcom_adds(TEAM, "Nails");
    salon.goes_well();
    assert_eq!(salon.rows().len(), NAMES.len() + 1);
    is_undone_once(salon, cut, &wanted);
    assert_eq!(salon.world.held(), (vec![], vec![event_type]));
}

fn promise_9_a_removal_whose_commit_never_arrived_is_made_once(salon: &mut Salon) {
    an_import_is_removed_once(salon, Cut::Before("COMMIT"));
}

fn promise_9_a_removal_whose_commit_nobody_answered_is_made_once(salon: &mut Salon) {
    an_import_is_removed_once(salon, Cut::After("COMMIT"));
}
