//! Promises 7 and 9 on servers: the plug is pulled at every step of a run and of a rollback, and
//! the server learns of it like everybody else: by hearing nothing more.

use crate::aloud::aloud;
use crate::power::{Stage, types};
use crate::salon::{NAMES, Salon, on_every_server};

on_every_server! {
    promise_7_a_run_on_a_server_cut_off_at_any_instant_is_repaired
    promise_9_a_rollback_on_a_server_cut_off_at_any_instant_can_be_finished
}

/// An update, an import and a deactivation: table, journal and what the ledger believes are those
/// of a run that nobody cut off, and nothing is open.
fn promise_7_a_run_on_a_server_cut_off_at_any_instant_is_repaired(salon: &mut Salon) {
    salon.world.keeps_services_at(&salon.database.plain_url());
    salon.has_three_changes_to_make();
    let stage = Stage::on(&salon.world, &salon.database);
    let undisturbed = stage.set();
    types(undisturbed.path(), "run", None).unwrap().exits(0);
    assert_eq!(stage.end(undisturbed.path()).journal.len(), 3);
    let twice: [(&str, &[i32]); 2] = [("run", &[0]), ("run", &[0])];
    let places = stage.is_repaired_wherever_it_is_cut("run", &["run"], &twice);
    aloud(&format!("{:?}: {places} places to pull the plug", salon.database.keeper));
    assert!(places >= 29, "only {places} places to pull the plug");
}

/// All three are undone again. After the cut cron's run comes first, and then the person who finds
/// that it was not finished, or that it was.
fn promise_9_a_rollback_on_a_server_cut_off_at_any_instant_can_be_finished(salon: &mut Salon) {
    let before = salon.rows();
    salon.world.keeps_services_at(&salon.database.plain_url());
    salon.has_three_changes_to_make();
    salon.goes_well();
    assert_eq!(salon.rows().len(), NAMES.len() + 1);
    let run = salon.world.ledger_number("SELECT max(id) FROM runs", ());
    let rollback = format!("rollback {run} --yes --by ana");
    // A list of now, so that those of the next seconds are too soon to count, wherever the cut is.
    assert_eq!(salon.program(&["run"]).status.code(), Some(0));
    let stage = Stage::on(&salon.world, &salon.database);
    let undisturbed = stage.set();
    types(undisturbed.path(), &rollback, None).unwrap().exits(0);
    assert_eq!(salon.rows(), before);
    let finished: [(&str, &[i32]); 3] = [("run", &[0]), (&rollback, &[0, 2]), ("run", &[0])];
    let places = stage.is_repaired_wherever_it_is_cut(&rollback, &["run"], &finished);
    aloud(&format!("{:?}: {places} places in a rollback", salon.database.keeper));
    assert!(places >= 16, "only {places} places to pull the plug");
}
