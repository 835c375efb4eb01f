//! A wire that can be cut, or go dead: a proxy on loopback between this program and a server.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::spawn;

/// Who says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Client,
    Server,
}

/// What goes wrong with the wire. It is for one connection: the next one is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Nothing.
    Never,
    /// It is cut instead of handing on what the client says with this word in it.
    Before(&'static str),
    /// It is cut instead of handing on the server's answer to it.
    After(&'static str),
    /// It is cut after so many bytes of one side, counted over the connection.
    AtByte(Side, usize),
    /// From this word of the client's on nothing is handed on, and both ends believe the other to
    /// be there, until the wire is let go.
    Hold(&'static str),
    /// The same from the first byte on: the connection is taken, and nobody says a word.
    Mute,
}

/// The proxy; it takes connections until the process ends.
pub struct Proxy {
    /// Where it listens.
    pub port: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    let_go: Condvar,
}

struct State {
    cut: Cut,
    /// A wire has gone dead, and was not let go yet.
    holds: bool,
    /// What was said over the latest connection, as it came.
    said: Vec<(Side, Vec<u8>)>,
}

impl Default for State {
    fn default() -> Self {
        Self { cut: Cut::Never, holds: false, said: Vec::new() }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl Proxy {
    /// Between this port and that address.
    pub fn to(address: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared::default());
        let (address, ours) = (address.to_owned(), Arc::clone(&shared));
        spawn(move || {
            for client in listener.incoming() {
                let server = TcpStream::connect(&address).unwrap();
                ours.state().said.clear();
                let line = Line { shared: Arc::clone(&ours), now: Mutex::default() };
                spawn(move || line.pass(&client.unwrap(), &server));
            }
        });
        Self { port, shared }
    }

    /// The wire fails the next time this comes along, and only then.
    pub fn cuts(&self, cut: Cut) {
        self.shared.state().cut = cut;
    }

    /// True once it did.
    pub fn has_cut(&self) -> bool {
        self.shared.state().cut == Cut::Never
    }

    /// A wire that has gone dead is cut: the server, too, learns that nobody is there.
    pub fn lets_go(&self) {
        self.shared.state().holds = false;
        self.shared.let_go.notify_all();
    }

    /// How many bytes each side had said, over the latest connection, when the client came to this
    /// word.
    pub fn bytes_before(&self, word: &str) -> [usize; 2] {
        let mut before = [0; 2];
        for (side, bytes) in &self.shared.state().said {
            let place = (*side == Side::Client).then(|| place_of(word, bytes)).flatten();
            if let Some(place) = place {
                return [before[0] + place, before[1]];
            }
            before[*side as usize] += bytes.len();
        }
        panic!("the client never said {word}");
    }

    /// How many each has said in all.
    pub fn bytes(&self) -> [usize; 2] {
        let state = self.shared.state();
        [Side::Client, Side::Server].map(|side| {
            let of_it = state.said.iter().filter(|(who, _)| *who == side);
            of_it.map(|(_, bytes)| bytes.len()).sum()
        })
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.lets_go();
    }
}

fn place_of(word: &str, bytes: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).position(|part| part == word.as_bytes())
}

/// One connection.
struct Line {
    shared: Arc<Shared>,
    now: Mutex<Now>,
}

#[derive(Default)]
struct Now {
    /// How many bytes each side has said.
    said: [usize; 2],
    /// The server's next word is its last.
    cut_the_answer: bool,
    is_dead: bool,
}

enum Next {
    Pass,
    /// So many bytes of it, and no more.
    End(usize),
    Swallow,
}

impl Line {
    fn pass(self, client: &TcpStream, server: &TcpStream) {
        for stream in [client, server] {
            stream.set_nodelay(true).unwrap();
        }
        std::thread::scope(|both| {
            both.spawn(|| self.pump(Side::Server, server, client));
            self.pump(Side::Client, client, server);
        });
    }

    fn pump(&self, side: Side, mut from: &TcpStream, mut to: &TcpStream) {
        let mut buffer = vec![0; 64 << 10];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            let bytes = &buffer[..count];
            let (handed_on, goes_on) = match self.next(side, bytes) {
                Next::Pass => (bytes, true),
                Next::End(count) => (&bytes[..count], false),
                Next::Swallow => (&bytes[..0], true),
            };
            if to.write_all(handed_on).is_err() || !goes_on {
                break;
            }
        }
        let _ = from.shutdown(Shutdown::Both);
        if self.now.lock().unwrap().is_dead {
            let held = self.shared.state();
            drop(self.shared.let_go.wait_while(held, |state| state.holds).unwrap());
        }
        let _ = to.shutdown(Shutdown::Both);
    }

    /// What becomes of what one side says.
    fn next(&self, side: Side, bytes: &[u8]) -> Next {
        let (mut now, mut state) = (self.now.lock().unwrap(), self.shared.state());
        state.said.push((side, bytes.to_vec()));
        let before = now.said[side as usize];
        now.said[side as usize] += bytes.len();
        if now.is_dead {
            return Next::Swallow;
        }
        if side == Side::Server && now.cut_the_answer {
            return Next::End(0);
        }
        let says = |word: &str| side == Side::Client && place_of(word, bytes).is_some();
        let next = match state.cut {
            Cut::Before(word) if says(word) => Next::End(0),
            Cut::After(word) if says(word) => {
                now.cut_the_answer = true;
                Next::Pass
            }
            Cut::AtByte(whose, byte) if whose == side && before + bytes.len() >= byte => {
                Next::End(byte.saturating_sub(before))
            }
            Cut::Hold(word) if says(word) => Next::Swallow,
            Cut::Mute => Next::Swallow,
            _ => return Next::Pass,
        };
        state.cut = Cut::Never;
        if matches!(next, Next::Swallow) {
            (now.is_dead, state.holds) = (true, true);
        }
        next
    }
}
