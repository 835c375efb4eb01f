//! Nobody hears: the log or the answer goes into a full disk, or into a pipe that was closed.

use crate::receiver::Receiver;
use crate::world::World;
use reconciler::io::loopback_calcom::Weather;
use std::fs::{self, File};
use std::io::PipeWriter;

/// A file on a disk that is full.
fn full_disk() -> File {
    File::options().write(true).open("/dev/full").unwrap()
}

/// What stands before `| head -1` after its one line.
fn closed_pipe() -> PipeWriter {
    let (_closed, writer) = std::io::pipe().unwrap();
    writer
}

/// `reconciler run >> reconciler.log 2>&1` on a full disk, and `reconciler run 2>&1 | head -1`, in
/// the night in which Cal.com is down: the run goes to its end, and the metrics and the monitor
/// learn of it.
#[test]
fn a_log_that_cannot_be_written_changes_nothing_about_a_run() {
    let mut world = World::salon(2);
    let monitor = Receiver::start();
    world.pings(&monitor.url("/p"));
    world.sets("metrics", "textfile", r#""reconciler.prom""#);
    world.calcom_answers(Weather::Status(500));
    let metrics = world.path("reconciler.prom");
    let mut runs = world.ledger_number("SELECT max(id) FROM runs", ());
    let mut came_to_its_end = |how: &str, (code, expected): (i32, i32)| {
        assert_eq!(code, expected, "{how}");
        runs += 1;
        let closed = "SELECT count(*) FROM run_endings WHERE run_id = ?1";
        assert_eq!(world.ledger_number(closed, [runs]), 1, "{how}: it was closed");
        assert_eq!(monitor.targets(), ["/p/start", "/p"], "{how}");
        fs::remove_file(&metrics).unwrap();
    };
    for line in ["run", "run --quiet", "run --json -vv --log-format json"] {
        let code = world.types_into(line, File::create("/dev/null").unwrap(), full_disk());
        came_to_its_end("log on a full disk", (code, 5));
        let code = world.types_into(line, File::create("/dev/null").unwrap(), closed_pipe());
        came_to_its_end("log closed", (code, 5));
        let code = world.types_into(line, closed_pipe(), closed_pipe());
        came_to_its_end("both closed", (code, 5));
        let code = world.types_into(line, full_disk(), full_disk());
        came_to_its_end(
            "both on a full disk: the report is lost, and that is a failure",
            (code, 1),
        );
    }
}

/// `reconciler status --json > status.json` on a full disk: an empty file is no answer, and the
/// script that reads it learns so. `| head -1` has what it wanted.
#[test]
fn an_answer_that_cannot_be_written_is_a_failure() {
    let world = World::salon(2);
    let said = world.path("stderr");
    for line in
        ["status --json", "status", "runs", "show 1", "digest", "review list", "man", "--version"]
    {
        let code = world.types_into(line, full_disk(), File::create(&said).unwrap());
        let words = fs::read_to_string(&said).unwrap();
        assert_eq!(code, 1, "{line}: {words}");
        assert!(words.contains("could not be written"), "{line}: {words}");
        assert!(words.contains("No space left on device"), "{line}: {words}");

        let code = world.types_into(line, closed_pipe(), File::create(&said).unwrap());
        assert_eq!((code, fs::read_to_string(&said).unwrap().as_str()), (0, ""), "{line}");
    }
    world.types_into("pause --by ana --reason x", full_disk(), File::create(&said).unwrap());
    let words = fs::read_to_string(&said).unwrap();
    assert!(words.contains("what was done until then stands"), "{words}");
    world.types("status").exits(0).tells(&["aused"]);
}
