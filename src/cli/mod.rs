//! Talking to people: one file per command.
//!
//! Exit codes, which scripts rely on:
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done, whatever waits; commands that only read: always |
//! | 1 | failed; the journal says what was and was not done. `doctor`, `verify`: something was found |
//! | 2 | wrong usage or configuration; nothing was touched |
//! | 3 | only with `--exit-code`: done, and something waits for a person |
//! | 4 | another run holds the lock: nothing was touched. Or paused |
//! | 5 | an observation was not accepted, or a look-up was unclear or contradicted the list |
//! | 6 | rows moved under us: a person must look |

use crate::config::{self, Config, Environment, Needed};
use crate::flow::work::{Clock, Records, Work};
use crate::report::json;
use crate::report::text::Voice;
use clap::{Parser, Subcommand, ValueEnum};
use output::{Output, Unsaid};
use std::path::PathBuf;
use std::process::ExitCode;

mod run;
mod status;
mod review;
mod rollback;
mod runs;
mod show;
mod explain;
mod digest;
mod holds;
mod doctor;
mod verify;
mod demo;
mod completions;
mod man;
mod people;
mod output;
mod logging;
mod clock;

/// Wrong usage or configuration; nothing was touched.
const USAGE: u8 = 2;

/// The sync that cannot switch off a business by mistake.
#[derive(Debug, Parser)]
#[command(name = "reconciler", version, about, max_term_width = 100)]
struct Arguments {
    /// The configuration file [default: ./config.toml, then the XDG and /etc places]
    #[arg(long, global = true, value_name = "PATH")]
    config: Option<PathBuf>,
    /// How the log on stderr is written
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    log_format: LogFormat,
    /// Say more on stderr: -v what happens, -vv each request, -vvv everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// No colours (also: the variable `NO_COLOR`)
    #[arg(long, global = true)]
    no_color: bool,
    #[command(subcommand)]
    command: Command,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    /// A line for people.
    Text,
    /// A JSON object a line.
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Observe, and act on what was observed
    Run(run::Args),
    /// Say what is going on, on one screen
    Status(status::Args),
    /// Answer what waits for a person
    Review(review::Args),
    /// Undo one run, exactly, and keep the later ones
    Rollback(rollback::Args),
    /// List the runs, newest first
    Runs(runs::Args),
    /// Show one run: what it read, decided and did
    Show(show::Args),
    /// Tell why a service is on or off, who decided it, and its whole story
    Explain(explain::Args),
    /// Show what a mail tells: how things stand, what waits, what changed, and who decided it
    Digest(digest::Args),
    /// Leave a service, or an event type, alone until it is released
    Hold(holds::HoldArgs),
    /// End a hold
    Release(holds::ReleaseArgs),
    /// Touch no service for a while: runs go on observing and recording
    Pause(holds::PauseArgs),
    /// End a pause
    Resume(holds::ResumeArgs),
    /// Check config, key, teams, services and ledger; say what to do. Changes nothing
    Doctor(doctor::Args),
    /// Tell whether the ledger can be believed: its hash chain, its rules, its rows. Changes nothing
    Verify(verify::Args),
    /// Replay, on this machine alone, the incident that this program exists for
    Demo(demo::Args),
    /// Print a completion script for a shell
    Completions(completions::Args),
    /// Print the manual page: all commands, exit codes and files
    Man,
}

/// What every command has in hand.
struct Session {
    environment: Environment,
    config: Option<PathBuf>,
    output: Output,
    clock: Clock,
}

impl Session {
    fn config(&self, needed: Needed) -> Result<Config, config::ConfigError> {
        let path = config::find(self.config.as_deref(), &self.environment)?;
        config::load_with(&path, &self.environment, needed)
    }

    /// For the commands that only look at the ledger, or write an answer into it: at night, in a
    /// shell without cron's variables, they must not fail for a secret that they do not need.
    fn records(&self) -> Result<config::Records, config::ConfigError> {
        let path = config::find(self.config.as_deref(), &self.environment)?;
        config::load_records(&path, &self.environment)
    }

    fn voice(&self, zone: chrono_tz::Tz) -> Voice {
        Voice { colour: self.output.colour(), zone, width: Output::width() }
    }

    /// The same, now: a person may take an hour over an answer.
    fn at_this_moment(&self) -> Self {
        Self {
            environment: self.environment.clone(),
            config: self.config.clone(),
            output: self.output,
            clock: Clock::starting_at(self.clock.later()),
        }
    }
}

/// What a run works on, as the configuration names it.
fn work(config: &Config) -> Work {
    Work {
        ledger: config.ledger_path.clone(),
        source: config.source.clone(),
        store: config.store.clone(),
        companies: config.companies.clone(),
        notify: config.notify.clone(),
    }
}

/// What is looked at, as the configuration names it.
fn records(config: &config::Records) -> Records<'_> {
    Records { ledger: &config.ledger_path, companies: &config.companies }
}

/// Runs the program. The one place where an exit code is made.
pub fn main() -> ExitCode {
    let environment = Environment::of_this_process();
    let args = match Arguments::try_parse() {
        Ok(args) => args,
        Err(error) => return output::clap_says(&error),
    };
    let colour = !args.no_color && !environment.no_color();
    // The demo's refusals are its story, and it tells them itself; so does the doctor.
    let quiet = match &args.command {
        Command::Run(run) => run.quiet,
        Command::Doctor(_) | Command::Demo(_) => true,
        _ => false,
    };
    let answers_in_json = match &args.command {
        Command::Run(run) => run.json,
        Command::Rollback(rollback) => rollback.json,
        _ => false,
    };
    logging::start(args.log_format, args.verbose, quiet, colour);
    power_cut(&environment);
    let session = Session {
        environment,
        config: args.config,
        output: Output::new(colour),
        clock: Clock::starting_at(clock::now()),
    };
    let result = match args.command {
        Command::Run(args) => run::run(&session, &args),
        Command::Doctor(args) => doctor::run(&session, &args),
        Command::Verify(args) => verify::run(&session, &args),
        Command::Demo(args) => demo::run(&session, &args),
        Command::Status(args) => status::run(&session, &args),
        Command::Review(args) => review::review(&session, &args),
        Command::Rollback(args) => rollback::run(&session, &args),
        Command::Hold(args) => holds::hold(&session, &args),
        Command::Release(args) => holds::release(&session, &args),
        Command::Pause(args) => holds::pause(&session, &args),
        Command::Resume(args) => holds::resume(&session, &args),
        Command::Runs(args) => runs::run(&session, &args),
        Command::Show(args) => show::run(&session, &args),
        Command::Explain(args) => explain::run(&session, &args),
        Command::Digest(args) => digest::run(&session, &args),
        Command::Completions(args) => completions::completions(&args),
        Command::Man => man::man(),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let code = Output::error(&error);
            // Where the answer itself could not be written, this could not be either.
            if answers_in_json
                && !error.is::<Unsaid>()
                && let Err(unsaid) = Output::print(&json::refusal(&format!("{error:#}"), code))
            {
                Output::error(&unsaid.into());
            }
            ExitCode::from(code)
        }
    }
}

/// Debug builds only: lets the crash tests say after how many steps the power fails.
fn power_cut(environment: &Environment) {
    #[cfg(debug_assertions)]
    if let Some(steps) = environment.variable("RECONCILER_POWER_CUT").and_then(|n| n.parse().ok()) {
        crate::flow::cut_power_after(steps);
    }
    #[cfg(not(debug_assertions))]
    let _ = environment;
}

/// Runs a story to its end on one thread: it waits for the network, and for little else.
fn block_on<T>(story: impl Future<Output = T>) -> anyhow::Result<T> {
    Ok(runtime()?.block_on(story))
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}
