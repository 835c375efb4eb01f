//! `reconciler demo`: the incident this program exists for, replayed end to end on this machine.

use super::output::{Output, Unsaid};
use super::{Session, USAGE, block_on, work};
use crate::config::{self, Config, Environment};
use crate::flow::demo::{DemoError, Folder, Past, Played, Serving, Stage, play};
use crate::flow::sync::RunError;
use crate::model::shell;
use crate::report::demo::Chapter;
use crate::report::paragraph::{WIDTH, fill};
use anstyle::Style;
use clap::CommandFactory;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[cfg(test)]
mod tests;

/// How often a serving demo looks for new requests.
const LOOK: Duration = Duration::from_millis(250);

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder to play in; an earlier demo in it is started over, unless somebody has worked
    /// there since [default: ./demo, or a free one beside it; with --serve, the first one played in]
    #[arg(long, value_name = "PATH")]
    dir: Option<PathBuf>,
    /// Keep the demo's Cal.com running afterwards, until Ctrl-C; the story is told only where the
    /// folder has not seen it yet
    #[arg(long)]
    serve: bool,
}

/// Tells the story; 1 where it did not come out as told.
pub fn run(session: &Session, args: &Args) -> anyhow::Result<u8> {
    let dir = args.dir.as_deref();
    let chosen = if args.serve { Folder::choose_to_serve(dir) } else { Folder::choose(dir) };
    let told = match chosen {
        Ok(folder) if args.serve && folder.past() == Past::Played => return serve_again(&folder),
        Ok(folder) => tell(session, folder),
        Err(error) => Err(error.into()),
    };
    let (stage, played) = match told {
        Ok(told) => told,
        Err(error) => return refused(error),
    };
    let colour = session.output.colour();
    Output::print(&verdict(&played, colour))?;
    if played.failed > 0 {
        return Ok(1);
    }
    Output::print(&what_next(&stage, &played, args.serve))?;
    if args.serve {
        serve(&Serving::after(stage))?;
    }
    Ok(0)
}

fn tell(session: &Session, folder: Folder) -> anyhow::Result<(Stage, Played)> {
    let earlier = folder.past() != Past::New;
    let stage = Stage::set(folder, session.clock.now())?;
    Output::print(&opening(stage.folder().path(), earlier))?;
    let config = configuration(stage.folder())?;
    let colour = session.output.colour();
    let mut said = Ok(());
    let tell = |chapter: &Chapter| {
        if said.is_ok() {
            said = Output::print(&chapter.text(colour));
        }
    };
    let played = block_on(play(&stage, &work(&config), tell))??;
    said?;
    Ok((stage, played))
}

/// The demo's own: nothing in this process's environment changes what it means.
fn configuration(folder: &Folder) -> anyhow::Result<Config> {
    Ok(config::load(&folder.config(), &Environment::default())?)
}

/// A folder that is not ours is wrong usage; one in which a run is at work is locked.
fn refused(error: anyhow::Error) -> anyhow::Result<u8> {
    match error.downcast::<DemoError>() {
        Ok(taken @ (DemoError::Foreign { .. } | DemoError::WorkedIn { .. })) => {
            Output::complain(&taken.to_string());
            Ok(USAGE)
        }
        Ok(DemoError::Locked(lock)) => Err(RunError::Locked(lock).into()),
        Ok(other) => Err(other.into()),
        Err(error) => Err(error),
    }
}

fn opening(folder: &Path, earlier: bool) -> String {
    let mut text = fill(
        "",
        "The night a sync switched off every service of a hair salon, replayed. Cal.com is a \
         stand-in on this machine; the salon's table is a SQLite file; the runs are those of \
         `reconciler run`, as if cron had made them every thirty minutes.",
    );
    text.push('\n');
    let over = if earlier { ", an earlier demo's, started over" } else { "" };
    text.push_str(&fill("", &format!("Folder: {}{over}. Times are UTC.", folder.display())));
    text
}

fn verdict(played: &Played, colour: bool) -> String {
    let Played { checked, failed, .. } = played;
    let bold = if colour { Style::new().bold() } else { Style::new() };
    if *failed > 0 {
        let words = format!(
            "{failed} of {checked} checks did NOT come out as told. This demo is a self-test: do \
             not trust this build, and please report it."
        );
        return format!("\n{bold}{}{bold:#}", fill("", &words));
    }
    let words = format!("All {checked} checks of this story came out as told.");
    format!("\n{bold}{}{bold:#}", fill("", &words))
}

/// Commands that work on the folder, of those that this program has.
fn what_next(stage: &Stage, played: &Played, serving: bool) -> String {
    let program = program();
    let config = format!("{program} --config {}", shell::word(&stage.folder().config()));
    let gone = played.gone;
    let offline = [
        ("status", "status".to_owned(), "what is going on"),
        ("runs", "runs".to_owned(), "all of them"),
        ("show", "show 5".to_owned(), "the demoted key"),
        ("explain", format!("explain {gone}"), "what is really gone"),
        ("review", "review list".to_owned(), "what waits for you"),
    ];
    let offline = offline.into_iter().filter(|(command, ..)| has(command));
    let offline = offline.map(|(_, words, note)| (format!("{config} {words}"), note));
    let mut online = vec![(format!("{config} doctor"), "does it all fit?")];
    online.push((format!("{config} run --check-only"), "a rehearsal"));
    online.push((format!("{config} run"), "absent once more"));
    if let Some(question) = played.question.filter(|_| has("review")) {
        online.push((format!("{config} review approve {question} --by you"), "yes"));
        online.push((format!("{config} run"), "and it is switched off"));
    }
    let mut text = commands("Look around; none of this needs Cal.com:", offline.collect());
    if serving {
        text.push_str(&commands("And from another terminal, with this Cal.com:", online));
        return text;
    }
    let dir = shell::word(stage.folder().path());
    let serve = vec![(format!("{program} demo --serve --dir {dir}"), "until Ctrl-C")];
    text.push_str(&commands("Start this Cal.com again, to go on where the story ends:", serve));
    text.push_str(&commands("and in another terminal:", online));
    text
}

/// Commands to copy, with what they are for where that fits.
fn commands(heading: &str, lines: Vec<(String, &str)>) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let width = |text: &str| text.chars().count();
    let column = lines.iter().map(|(line, _)| width(line)).max().unwrap_or(0);
    let note = lines.iter().map(|(_, note)| width(note)).max().unwrap_or(0);
    let noted = 2 + column + "  # ".len() + note <= WIDTH;
    let mut text = format!("\n{heading}\n");
    for (line, note) in lines {
        let note = if noted { format!("{line:<column$}  # {note}") } else { line };
        text.push_str("  ");
        text.push_str(&note);
        text.push('\n');
    }
    text
}

fn has(command: &str) -> bool {
    super::Arguments::command().find_subcommand(command).is_some()
}

/// How this program was called, so that what is shown can be copied.
fn program() -> String {
    let called = std::env::args_os().next().map(PathBuf::from);
    called.map_or_else(|| "reconciler".to_owned(), |path| shell::word(&path))
}

fn serve_again(folder: &Folder) -> anyhow::Result<u8> {
    let config = configuration(folder)?;
    let serving = Serving::start(&config.source.base_url)?;
    let config = shell::word(&folder.config());
    let program = program();
    Output::print(&format!(
        "Cal.com as the story left it. From another terminal:\n\n  {program} --config {config} run\n"
    ))?;
    serve(&serving)?;
    Ok(0)
}

/// Until Ctrl-C.
fn serve(serving: &Serving) -> Result<(), Unsaid> {
    let address = serving.base_url();
    Output::print(&format!("\nThe stand-in for Cal.com listens on {address}, until Ctrl-C.\n"))?;
    let mut seen = 0;
    loop {
        for request in serving.requests(seen) {
            Output::print(&format!("  {request}\n"))?;
            seen += 1;
        }
        std::thread::sleep(LOOK);
    }
}
