//! The demo: the incident this program exists for, replayed on this machine, without a network and
//! without an account. Every run in it is a run like any other.

use super::work::Work;
use crate::io::lock::LockError;
use crate::io::loopback_calcom::{LoopbackCalCom, SourceWorld};
use crate::io::loopback_shop;
use crate::model::Timestamp;
use crate::model::ids::{ReviewId, ServiceId};
use crate::report::demo::Chapter;
use chrono::TimeDelta;
use std::io::ErrorKind;
use std::path::PathBuf;

mod catalogue;
mod folder;
mod story;

pub use folder::{Folder, Past};

/// The port of the stand-in for Cal.com; the next ones where it is taken.
const PORT: u16 = 13420;

/// How many ports are tried before any free one is taken.
const PORTS_TRIED: u16 = 20;

/// How far apart the runs of the story are, as cron would make them.
const TICK: TimeDelta = TimeDelta::minutes(30);

/// How many runs there are in the story.
const RUNS: i32 = 9;

/// Why there was no demo.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// Somebody else's files are in the folder.
    #[error(
        "{} is not an empty folder, and was not made by a demo: nothing in it was touched; \
         name another one with `--dir PATH`", .path.display()
    )]
    Foreign {
        /// The folder.
        path: PathBuf,
    },
    /// Somebody went on where an earlier demo's story ended.
    #[error(
        "somebody has worked in {} since the demo told its story there, so it is not started over: \
         nothing in it was touched; name another folder with `--dir PATH`", .path.display()
    )]
    WorkedIn {
        /// The folder.
        path: PathBuf,
    },
    /// A run is at work on an earlier demo in this folder.
    #[error(transparent)]
    Locked(LockError),
    /// A file or the folder cannot be used.
    #[error("{} cannot be used", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The salon's database cannot be made.
    #[error("the demo's services database cannot be used")]
    Shop(#[from] loopback_shop::ShopError),
    /// The stand-in cannot listen.
    #[error("the stand-in for Cal.com cannot listen on 127.0.0.1, port {port}")]
    Port {
        /// The port; 0 for any.
        port: u16,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Everything the story needs: the stand-in for Cal.com, and the folder with the rest.
pub struct Stage {
    folder: Folder,
    pub(in crate::flow) calcom: LoopbackCalCom,
    first_run: Timestamp,
}

impl Stage {
    /// Sets the stage: what an earlier demo left in the folder is gone afterwards. All runs of the
    /// story lie before `now`.
    pub fn set(folder: Folder, now: Timestamp) -> Result<Self, DemoError> {
        let calcom = on_a_port_of_its_own()?;
        calcom.change(|world| *world = catalogue::world());
        let first_run = last_tick(now) - TICK * RUNS;
        folder.start_over(SourceWorld::KEY, &calcom.base_url(), now)?;
        loopback_shop::build(&folder.services(), &catalogue::services(), first_run)?;
        Ok(Self { folder, calcom, first_run })
    }

    /// Where it is.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The stand-in's address.
    pub fn base_url(&self) -> String {
        self.calcom.base_url()
    }
}

/// The latest full or half hour: when cron would have run.
fn last_tick(now: Timestamp) -> Timestamp {
    let tick = TICK.num_milliseconds();
    let millis = now.timestamp_millis();
    Timestamp::from_timestamp_millis(millis - millis.rem_euclid(tick)).unwrap_or(now)
}

fn on_a_port_of_its_own() -> Result<LoopbackCalCom, DemoError> {
    for port in PORT..PORT + PORTS_TRIED {
        match LoopbackCalCom::start_on(port) {
            Err(error) if error.kind() == ErrorKind::AddrInUse => {}
            started => return started.map_err(|source| DemoError::Port { port, source }),
        }
    }
    LoopbackCalCom::start().map_err(|source| DemoError::Port { port: 0, source })
}

/// What the story left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a demo that failed must say so"]
pub struct Played {
    /// How many things were checked.
    pub checked: u32,
    /// How many of them did not come out as told.
    pub failed: usize,
    /// The service whose event type is really gone.
    pub gone: ServiceId,
    /// The question about it.
    pub question: Option<ReviewId>,
}

/// Tells the story, chapter by chapter, as each ends.
pub async fn play(
    stage: &Stage,
    work: &Work,
    mut tell: impl FnMut(&Chapter),
) -> anyhow::Result<Played> {
    let played = story::tell(stage, work, &mut tell).await?;
    stage.folder.note_played()?;
    Ok(played)
}

/// The stand-in for Cal.com of a demo that was played, as the story left it.
pub struct Serving {
    calcom: LoopbackCalCom,
}

impl Serving {
    /// Listens where the demo's configuration says that Cal.com is.
    pub fn start(base_url: &url::Url) -> Result<Self, DemoError> {
        let port = base_url.port().unwrap_or(PORT);
        let calcom =
            LoopbackCalCom::start_on(port).map_err(|source| DemoError::Port { port, source })?;
        calcom.change(|world| {
            *world = catalogue::world();
            catalogue::remove_the_one_that_leaves(world);
        });
        Ok(Self { calcom })
    }

    /// The stage's own, after the story.
    pub fn after(stage: Stage) -> Self {
        stage.calcom.forget_requests();
        Self { calcom: stage.calcom }
    }

    /// Its address.
    pub fn base_url(&self) -> String {
        self.calcom.base_url()
    }

    /// What was asked of it, beginning with request number `from`, counted from 0.
    pub fn requests(&self, from: usize) -> Vec<String> {
        self.calcom.requests().into_iter().skip(from).collect()
    }
}
