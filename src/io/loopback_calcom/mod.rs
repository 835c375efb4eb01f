//! A stand-in for Cal.com on loopback: a real HTTP server that answers like its API, version 2,
//! and can have every kind of bad day.
//!
//! It is what `reconciler demo` shows the incident with, and what the integration tests talk to,
//! so that the real client, its sockets and its time-outs are tested and never a copy of them. It
//! keeps everything in memory, listens on 127.0.0.1 alone, and lives in a thread of its own until
//! its handle is dropped.

mod answer;
mod render;
mod world;
#[cfg(test)]
mod tests;

pub use world::{
    ItemAnswer, ItemFault, KeyRole, SourceEventType, SourceTeam, SourceWorld, Twin, Weather,
};

use answer::{Answered, Asked, Lists, Served, answer};
use futures_util::stream::{self, StreamExt as _};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// How often a trickling body gives a byte.
const TRICKLE: Duration = Duration::from_millis(20);

/// The server: it runs while this is held.
pub struct LoopbackCalCom {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    state: Mutex<State>,
    changes: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    world: SourceWorld,
    lists: Lists,
    requests: Vec<String>,
    /// How often each path was asked for since the last change.
    since_change: BTreeMap<String, u32>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // A caller's closure that panicked has failed its test already; the state is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LoopbackCalCom {
    /// Starts with an empty world and fair weather, on a free port.
    pub fn start() -> io::Result<Self> {
        Self::start_on(0)
    }

    /// The same on this port; 0 for a free one.
    pub fn start_on(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let state = Mutex::new(State::default());
        let shared = Arc::new(Shared { state, changes: watch::Sender::new(0) });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let in_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("loopback-calcom".to_owned());
        let thread = thread.spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = stopped => {}
                    () = listen(listener, &in_thread) => {}
                }
            });
            // What still stalls or trickles goes down with the runtime.
            runtime.shutdown_background();
        })?;
        Ok(Self { address, shared, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it stands: `http://127.0.0.1:PORT`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Changes what there is, or the weather. Answers given from then on are of the new world.
    pub fn change(&self, change: impl FnOnce(&mut SourceWorld)) {
        let mut state = self.shared.state();
        state.lists.clear();
        state.since_change.clear();
        change(&mut state.world);
        drop(state);
        self.shared.changes.send_modify(|number| *number += 1);
    }

    /// All requests so far, as method and path with query, in order.
    pub fn requests(&self) -> Vec<String> {
        self.shared.state().requests.clone()
    }

    /// Starts the record of requests anew.
    pub fn forget_requests(&self) {
        self.shared.state().requests.clear();
    }
}

impl Drop for LoopbackCalCom {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // It fails only where the thread has ended already.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn listen(listener: TcpListener, shared: &Arc<Shared>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    loop {
        let Ok((socket, _)) = listener.accept().await else { continue };
        // Otherwise small answers wait for the other side's delayed acknowledgement.
        let _ = socket.set_nodelay(true);
        let shared = Arc::clone(shared);
        tokio::spawn(async move {
            let service = service_fn(|request| serve(request, Arc::clone(&shared)));
            // A connection ends with an error on purpose in some weathers.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), service).await;
        });
    }
}

type Body = UnsyncBoxBody<Bytes, io::Error>;

async fn serve(request: Request<Incoming>, shared: Arc<Shared>) -> io::Result<Response<Body>> {
    let mut changes = shared.changes.subscribe();
    let (served, number) = {
        let mut guard = shared.state();
        let state = &mut *guard;
        let path = request.uri().path();
        let target = request.uri().path_and_query().map_or(path, |target| target.as_str());
        state.requests.push(format!("{} {target}", request.method()));
        let counter = state.since_change.entry(path.to_owned()).or_default();
        let before = *counter;
        *counter += 1;
        let authorization = request.headers().get(AUTHORIZATION);
        let authorization = authorization.and_then(|value| value.to_str().ok());
        let asked = Asked { path, authorization, before };
        (answer(&state.world, &mut state.lists, &asked), state.requests.len())
    };
    match served {
        Served::Whole(answered) => respond(answered, number, None, full),
        Served::Cut(answered, bytes) => {
            let announced = answered.body.len() as u64;
            respond(answered, number, Some(announced), |body| cut(&body, bytes))
        }
        Served::Trickle(answered) => {
            let announced = answered.body.len() as u64;
            respond(answered, number, Some(announced), trickle)
        }
        Served::Padded(answered, bytes) => respond(answered, number, None, |body| pad(body, bytes)),
        Served::Close => Err(io::ErrorKind::ConnectionAborted.into()),
        Served::Stall => {
            // It ends with the next change, or with the runtime.
            let _ = changes.changed().await;
            Err(io::ErrorKind::ConnectionAborted.into())
        }
    }
}

fn respond(
    answered: Answered,
    number: usize,
    announced: Option<u64>,
    body: impl FnOnce(Bytes) -> Body,
) -> io::Result<Response<Body>> {
    let mut response =
        Response::builder().status(answered.status).header("x-request-id", format!("lo-{number}"));
    if !answered.content_type.is_empty() {
        response = response.header(CONTENT_TYPE, answered.content_type);
    }
    if let Some(announced) = announced {
        response = response.header(CONTENT_LENGTH, announced);
    }
    for (name, value) in answered.headers {
        response = response.header(name, value);
    }
    response.body(body(answered.body)).map_err(io::Error::other)
}

fn full(body: Bytes) -> Body {
    Full::new(body).map_err(|never| match never {}).boxed_unsync()
}

/// The first bytes, on the wire, and then the end of the connection.
fn cut(body: &Bytes, bytes: usize) -> Body {
    let part = body.slice(..body.len().min(bytes));
    let end = stream::once(async {
        // Lets the server write out what it has before it learns of the end.
        tokio::task::yield_now().await;
        Err(io::Error::from(io::ErrorKind::ConnectionAborted))
    });
    let steps = stream::iter([Ok(Frame::data(part))]).chain(end);
    StreamBody::new(steps).boxed_unsync()
}

fn trickle(body: Bytes) -> Body {
    let bytes = stream::iter(0..body.len()).then(move |at| {
        let byte = body.slice(at..=at);
        async move {
            tokio::time::sleep(TRICKLE).await;
            Ok(Frame::data(byte))
        }
    });
    StreamBody::new(bytes).boxed_unsync()
}

fn pad(body: Bytes, bytes: u64) -> Body {
    const SPACES: &[u8] = &[b' '; 64 << 10];
    let missing = bytes.saturating_sub(body.len() as u64);
    let (blocks, last) = (missing / SPACES.len() as u64, missing % SPACES.len() as u64);
    let blocks = stream::iter(0..blocks).map(|_| Bytes::from_static(SPACES));
    let last = SPACES.get(..usize::try_from(last).unwrap_or(0)).unwrap_or_default();
    let parts = stream::iter([body]).chain(blocks).chain(stream::iter([Bytes::from_static(last)]));
    StreamBody::new(parts.map(|part| Ok(Frame::data(part)))).boxed_unsync()
}
