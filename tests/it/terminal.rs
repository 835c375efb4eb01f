//! People at a real terminal: the program in a shell in a pseudo-terminal, as they see it.

use crate::typed::SALON;
use crate::world::{TEAM, World};
use chrono::TimeDelta;
use expectrl::session::OsSession;
use reconciler::io::loopback_calcom::SourceWorld;
use reconciler::model::review::ReviewKind;
use reconciler::model::run::ChangeKind;
use std::collections::BTreeSet;
use std::io::{ErrorKind, Write};
use std::num::NonZero;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// After this long without what was expected, a story has failed: it would wait for ever.
const PATIENCE: Duration = Duration::from_mins(2);

/// What the shell says when it waits for a command.
const SHELL: &str = "ready>";

/// More lines than anything here prints.
const LONG: u16 = 1000;

fn some(number: u16) -> NonZero<u16> {
    NonZero::new(number).unwrap()
}

/// What bytes look like on so many columns.
fn paper(columns: u16, rows: u16) -> vt100::Parser {
    vt100::Parser::new(some(rows), some(columns), 0)
}

/// A shell in a terminal, and what stands on its screen.
struct Terminal {
    session: OsSession,
    screen: vt100::Parser,
    /// Everything that came since something was last typed, as it came.
    came: Vec<u8>,
}

impl Terminal {
    fn of(world: &World, columns: u16, rows: u16) -> Self {
        Self::with(world, columns, rows, &[("TERM", "xterm")])
    }

    fn with(world: &World, columns: u16, rows: u16, environment: &[(&str, &str)]) -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_reconciler")).parent().unwrap();
        let mut shell = Command::new("sh");
        shell.arg("-i").env_clear();
        shell.env("PATH", format!("{}:/usr/bin:/bin", program.display()));
        shell.env("PS1", format!("{SHELL} ")).env("USER", "ana");
        shell.env("RECONCILER_CONFIG", world.path("config.toml"));
        shell.env("CALCOM_API_KEY", SourceWorld::KEY);
        shell.envs(environment.iter().copied());
        let mut session = OsSession::spawn(shell).unwrap();
        // What is typed is shown, as on every terminal of a person.
        session.get_process_mut().set_echo(true, None).unwrap();
        let screen = paper(columns, rows);
        let mut terminal = Self { session, screen, came: b"\n".to_vec() };
        terminal.resizes(columns, rows);
        terminal.reads(SHELL);
        terminal
    }

    fn resizes(&mut self, columns: u16, rows: u16) {
        self.session.get_process_mut().set_window_size(columns, rows).unwrap();
        self.screen.screen_mut().set_size(some(rows), some(columns));
    }

    fn sends(&mut self, bytes: &[u8]) {
        self.came.clear();
        self.session.write_all(bytes).unwrap();
        self.session.flush().unwrap();
    }

    /// Types a line, and reads on until this prompt waits for the next; what came, as lines.
    #[track_caller]
    fn types(&mut self, line: &str, prompt: &str) -> Vec<String> {
        self.sends(format!("{line}\n").as_bytes());
        self.reads(prompt)
    }

    #[track_caller]
    fn presses(&mut self, key: u8, prompt: &str) -> Vec<String> {
        self.sends(&[key]);
        self.reads(prompt)
    }

    /// Reads until the cursor stands behind this prompt, on a line that came since.
    #[track_caller]
    fn reads(&mut self, prompt: &str) -> Vec<String> {
        let since = Instant::now();
        let mut bytes = [0; 4096];
        loop {
            match self.session.try_read(&mut bytes) {
                Ok(0) => panic!("the terminal was closed:\n{}", self.screen.screen().contents()),
                Ok(read) => {
                    self.came.extend_from_slice(&bytes[..read]);
                    self.screen.process(&bytes[..read]);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::yield_now(),
                Err(error) => panic!("{error}:\n{}", self.screen.screen().contents()),
            }
            if self.came.contains(&b'\n') && self.line_of_cursor().ends_with(prompt) {
                return self.lines_that_came();
            }
            let screen = self.screen.screen();
            assert!(since.elapsed() < PATIENCE, "{prompt} never came:\n{}", screen.contents());
        }
    }

    fn line_of_cursor(&self) -> String {
        let screen = self.screen.screen();
        let (row, columns) = (screen.cursor_position().0, screen.size().1);
        let line = screen.rows(0, columns.get()).nth(row.into()).unwrap();
        line.trim_end().to_owned()
    }

    fn lines_that_came(&self) -> Vec<String> {
        let mut paper = paper(self.screen.screen().size().1.get(), LONG);
        paper.process(&self.came);
        paper.screen().contents().lines().map(str::to_owned).collect()
    }

    /// The terminal's modes, as `stty` tells them.
    fn modes(&mut self) -> String {
        let lines = self.types("stty -g", SHELL);
        lines.iter().find(|line| line.matches(':').count() > 5).unwrap().clone()
    }
}

/// These words stand in what came, wherever lines were broken.
#[track_caller]
fn tells(lines: &[String], words: &[&str]) {
    let text = lines.join(" ");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in words {
        assert!(text.contains(words), "{words}: {lines:#?}");
    }
}

/// Three services went with one list, and a person is asked about each; there is room for one.
fn three_went() -> World {
    let mut world = World::starting_before_now(&[(TEAM, 1)], TimeDelta::minutes(150));
    world.sets("safety", "max_shrink_percent", "60");
    for name in SALON {
        world.serves(name);
    }
    world.sync().accepts();
    for name in ["Beard", "Perm", "Wash"] {
        world.calcom_removes(name);
    }
    world.syncs(3).asks("Beard", ReviewKind::Deactivate).asks("Wash", ReviewKind::Deactivate);
    let booked = "INSERT INTO appointments (service_id, starts_at)
                  VALUES (3, '2099-11-27 14:00:00'), (3, '2099-12-01 09:30:00'), (3, '2001-01-01')";
    world.services().execute_batch(booked).unwrap();
    world
}

/// A card is one screen, in the middle of a story that is told once.
#[test]
fn a_card_is_read_on_one_screen_of_80_by_24() {
    let world = three_went();
    let mut terminal = Terminal::of(&world, 80, 24);
    let card = terminal.types("reconciler review", ">");
    assert!(card.len() <= 24, "{card:#?}");
    tells(
        &card,
        &[
            "3 services lost their event types between run 1",
            "In that list 3 event types went; all other 3 are there; none is new.",
            "1 of 3: switch off? service 3, Beard",
            "is_active: yes → no",
            "in 3 accepted lists in a row, since",
            "team 34209: not found",
            "2 other event types; 3 stayed, none is new",
            "2 ahead, next on Friday 27 November 2099, 14:00; 3 in all",
            "[g] yes to all 3",
        ],
    );
    let story = terminal.types("o", ">");
    tells(&story, &["What happened, oldest first", "asked (question 1)"]);
    let next = terminal.types("s", ">");
    tells(&next, &["2 of 3: switch off? service 4, Perm", "nothing", "[g] yes to all 2"]);
    assert!(!next.join(" ").contains("lost their"), "the head is told once: {next:#?}");
}

/// Narrower, and resized in the middle: what comes next fits.
#[test]
fn a_terminal_may_be_narrow_and_be_resized() {
    let world = three_went();
    let mut terminal = Terminal::of(&world, 80, 24);
    terminal.types("reconciler review", ">");
    for columns in [40, 60] {
        terminal.resizes(columns, 40);
        terminal.types("s", ">");
        let came = String::from_utf8(terminal.came.clone()).unwrap();
        let mut plain = paper(200, LONG);
        plain.process(came.as_bytes());
        for line in plain.screen().contents().lines() {
            assert!(line.chars().count() <= usize::from(columns), "{columns}: {line}");
        }
        assert!(came.contains("switch off?"), "{came}");
    }
    terminal.types("q", SHELL);
    terminal.resizes(40, 24);
    let list = terminal.types("reconciler review list", SHELL);
    tells(&list, &["3 switch off? service 5, Wash: pending, absent in 3"]);
}

/// What is looked at breaks between words on a terminal of any width, and keeps dates whole.
#[test]
fn a_narrow_terminal_breaks_no_word() {
    let mut world = three_went();
    world.ana_holds("Cut");
    world.sets("safety", "max_shrink_percent", "90");
    let lines = ["reconciler status", "reconciler runs", "reconciler show 2"];
    for line in lines {
        let mut terminal = Terminal::of(&world, 200, 60);
        let words = |lines: &[String]| -> BTreeSet<String> {
            lines.iter().flat_map(|line| line.split_whitespace()).map(bare).collect()
        };
        let wide = words(&terminal.types(line, SHELL));
        for columns in [40, 60] {
            terminal.resizes(columns, 200);
            let narrow = words(&terminal.types(line, SHELL));
            let broken: Vec<_> = wide.iter().filter(|word| word.len() < 30).collect();
            let broken: Vec<_> = broken.into_iter().filter(|it| !narrow.contains(*it)).collect();
            assert_eq!(broken, Vec::<&String>::new(), "{line} on {columns} columns: {narrow:#?}");
        }
    }
}

/// A word without the punctuation that a sentence puts around it.
fn bare(word: &str) -> String {
    word.trim_matches(|letter: char| ",;:.".contains(letter)).to_owned()
}

/// Ctrl-C, the end of input, or a lost connection in the middle: nothing is recorded, and the
/// terminal is as it was.
#[test]
fn a_sitting_that_is_broken_off_records_nothing() {
    let world = three_went();
    let before = world.words_of_people();
    let mut terminal = Terminal::of(&world, 80, 24);
    let modes = terminal.modes();
    let (ctrl_c, ctrl_d) = (3, 4);
    for key in [ctrl_c, ctrl_d] {
        terminal.types("reconciler review", ">");
        terminal.types("a", ">");
        terminal.presses(key, SHELL);
        assert_eq!(world.words_of_people(), before);
        assert_eq!(terminal.modes(), modes);

        terminal.types("reconciler review", ">");
        terminal.types("a", ">");
        terminal.types("k", "(Enter: no reason) >");
        terminal.presses(key, SHELL);
        assert_eq!(world.words_of_people(), before);
        assert_eq!(terminal.modes(), modes);

        terminal.types("reconciler review", ">");
        terminal.types("a", ">");
        tells(&terminal.types("q", ">"), &["About to be recorded", "Record this? yes"]);
        terminal.presses(key, SHELL);
        assert_eq!(world.words_of_people(), before);
        assert_eq!(terminal.modes(), modes);
    }
    terminal.types("exec reconciler review", ">");
    terminal.types("a", ">");
    terminal.types("q", ">");
    drop(terminal);
    assert_eq!(world.words_of_people(), before);
}

/// One wrong key does not switch off three: the number is typed, for the choice and for the record.
#[test]
fn promise_4_a_yes_to_a_whole_story_is_typed_as_its_number() {
    let mut world = three_went();
    let before = world.words_of_people();
    let mut terminal = Terminal::of(&world, 80, 40);
    terminal.types("reconciler review", ">");
    for wrong in ["", "y", "yes", "2", "30"] {
        terminal.types("g", "Type the number >");
        tells(&terminal.types(wrong, ">"), &["That is not 3: nothing was answered."]);
    }
    terminal.types("g", "Type the number >");
    let summary = terminal.types("3", ">");
    tells(
        &summary,
        &["these are 3 deactivations, and the limits leave room for 1", "Record this? 3"],
    );
    for name in ["Beard", "Perm", "Wash"] {
        assert!(summary.iter().any(|line| line.contains(name) && line.contains("yes")), "{name}");
    }
    tells(&terminal.types("yes", SHELL), &["Nothing was recorded."]);
    assert_eq!(world.words_of_people(), before);

    terminal.types("reconciler review", ">");
    terminal.types("g", "Type the number >");
    terminal.types("3", ">");
    tells(&terminal.types("3", "not now) >"), &["Recorded.", "Nothing is written yet"]);
    terminal.types("no", SHELL);
    assert!(world.is_bookable("Beard"));
    assert_eq!(world.sync().switched_off().len(), 3);
}

/// Each step can be taken back, up to the last yes.
#[test]
fn the_last_step_can_be_undone() {
    let mut world = three_went();
    let mut terminal = Terminal::of(&world, 80, 40);
    terminal.types("reconciler review", ">");
    tells(&terminal.types("u", ">"), &["nothing to undo"]);
    tells(&terminal.types("a", ">"), &["2 of 3"]);
    tells(&terminal.types("u", ">"), &["1 of 3"]);
    terminal.types("k", "(Enter: no reason) >");
    tells(&terminal.types("summer only", ">"), &["2 of 3"]);
    terminal.types("g", "Type the number >");
    tells(&terminal.types("2", ">"), &["About to be recorded"]);
    tells(&terminal.types("u", ">"), &["2 of 3"]);
    tells(&terminal.types("z", ">"), &["3 of 3"]);
    let summary = terminal.types("s", ">");
    tells(&summary, &["held until released (summer only)", "in 7 days", "1 question stays"]);
    terminal.types("yes", SHELL);
    assert_eq!(world.held().0, [3]);
    let (perm, wash) = (world.waiting_about("Perm"), world.waiting_about("Wash"));
    assert_eq!((perm.len(), wash.len()), (0, 1));
    world.types("explain 3").exits(0).tells(&["ana", "summer only"]);
    world.sync().decides("Beard", "held").changes_nothing();
}

/// Somebody else was faster, whatever they said: that is told with their name, and nothing of this
/// sitting is recorded. Their word stands.
#[test]
fn a_question_answered_meanwhile_leaves_the_whole_sitting_unrecorded() {
    for (theirs, state) in [("keep", "kept"), ("snooze", "snoozed"), ("approve", "approved")] {
        meanwhile_bob_says(theirs, state);
    }
}

fn meanwhile_bob_says(theirs: &str, state: &str) {
    let world = three_went();
    let mut terminal = Terminal::of(&world, 80, 40);
    terminal.types("reconciler review", ">");
    terminal.types("k", "(Enter: no reason) >");
    terminal.types("", ">");
    terminal.types("k", "(Enter: no reason) >");
    terminal.types("", ">");
    terminal.types("q", ">");
    let perm = world.question("Perm");
    let pause = if theirs == "snooze" { " --for 7d" } else { "" };
    world.types(&format!("review {theirs} {perm}{pause} --by bob --reason mine")).exits(0);
    let before = world.words_of_people();
    let said = terminal.types("yes", SHELL);
    tells(&said, &["Nothing was recorded.", "deactivate Perm", state, "by bob"]);
    assert_eq!(world.words_of_people(), before);
}

/// A yes, and a run at once: the look-up is made, and it is switched off.
#[test]
fn a_review_offers_to_run_now() {
    let world = three_went();
    let mut terminal = Terminal::of(&world, 80, 40);
    terminal.types("reconciler review", ">");
    terminal.types("a", ">");
    terminal.types("q", ">");
    terminal.types("yes", "not now) >");
    tells(&terminal.types("yes", SHELL), &["switched off", "Beard", "approved by ana"]);
    assert!(!world.is_bookable("Beard"));
    assert!(world.is_bookable("Perm"));
}

/// A quarantined observation: what believing it would mean stands on its card.
#[test]
fn an_observation_is_believed_after_reading_what_it_means() {
    let mut world = World::salon(2);
    for name in ["Beard", "Perm", "Wash"] {
        world.calcom_removes(name);
    }
    world.sync();
    let mut terminal = Terminal::of(&world, 80, 24);
    let card = terminal.types("reconciler review", ">");
    tells(
        &card,
        &["believe it?", "one absence of 3 active services: 3 Beard, 4 Perm, 5 Wash", "shrunk"],
    );
    tells(&terminal.types("o", ">"), &["Perm"]);
    tells(&terminal.types("a", ">"), &["About to be recorded", "believe it"]);
    tells(&terminal.types("yes", SHELL), &["Recorded."]);
    world.sync().accepts().watches("Beard", 2);
}

/// Where colours are not wanted, or the terminal has none, not one escape is sent.
#[test]
fn without_colour_no_escape_is_sent() {
    let world = three_went();
    for environment in [[("TERM", "dumb"), ("X", "")], [("TERM", "xterm"), ("NO_COLOR", "1")]] {
        let mut terminal = Terminal::with(&world, 80, 24, &environment);
        for (line, prompt) in [("reconciler review", ">"), ("o", ">"), ("a", ">"), ("q", ">")] {
            terminal.types(line, prompt);
            assert!(!terminal.came.contains(&0x1b), "{}", String::from_utf8_lossy(&terminal.came));
        }
    }
    let mut terminal = Terminal::of(&world, 80, 24);
    terminal.types("reconciler review", ">");
    assert!(terminal.came.contains(&0x1b), "with colour there are escapes");
}

/// A rollback is shown first, and done after a typed yes alone.
#[test]
fn a_rollback_is_done_after_a_typed_yes_alone() {
    let mut world = three_went();
    let id = world.question("Beard");
    world.types(&format!("review approve {id} --by ana")).exits(0);
    world.sync().applies("Beard", ChangeKind::Deactivate);
    let run = world.ledger_number("SELECT max(id) FROM runs", ());
    let rows = world.rows();
    let mut terminal = Terminal::of(&world, 80, 40);
    let modes = terminal.modes();
    let rollback = format!("reconciler rollback {run}");
    for no in ["", "y", "no"] {
        tells(&terminal.types(&rollback, "Type yes:"), &["Beard"]);
        tells(&terminal.types(no, SHELL), &["Nothing was done."]);
        assert_eq!(world.rows(), rows);
    }
    terminal.types(&rollback, "Type yes:");
    terminal.presses(3, SHELL);
    assert_eq!((world.rows(), terminal.modes()), (rows, modes));
    assert_eq!(world.ledger_number("SELECT max(id) FROM runs", ()), run);

    terminal.types(&rollback, "Type yes:");
    tells(&terminal.types("yes", SHELL), &["switched on", "Beard"]);
    assert!(world.is_bookable("Beard"));
    assert_eq!(world.held().0, [3]);
}

/// Recreated under another name: the card shows the new one, and says why no relink is offered;
/// under the same name, the relink is asked in the same story.
#[test]
fn a_card_shows_what_was_probably_recreated() {
    let mut world = World::starting_before_now(&[(TEAM, 1)], TimeDelta::minutes(150));
    world.sets("safety", "max_shrink_percent", "60");
    for name in SALON {
        world.serves(name);
    }
    world.sync().accepts();
    world.calcom_removes("Braids");
    world.calcom_removes("Perm");
    let longer = world.calcom_adds(TEAM, "Braids long");
    world.calcom_adds(TEAM, "Perm");
    world.syncs(3).asks("Braids", ReviewKind::Deactivate);
    let list = world.types("review list");
    list.exits(0).tells(&["2 services lost their event types", "switch off?", "relink?"]);
    list.tells(&[&format!("2 new: {} Perm, {longer}", longer + 1)]);
    let mut terminal = Terminal::of(&world, 80, 40);
    let relink = terminal.types("reconciler review", ">");
    tells(&relink, &["1 of 2: relink? service 4, Perm", "event_type_id: 1004 → 1008", "not found"]);
    let braids = terminal.types("s", ">");
    tells(&braids, &[&format!("event type {longer}, Braids long, now service 7: recreated?")]);
    tells(&braids, &["no relink is asked: only an event type of the very same name"]);
}
