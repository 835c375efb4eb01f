//! A wire that can be cut: a proxy on loopback between this program and a server.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, spawn};

/// When the wire is cut, on both sides, for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Never.
    Never,
    /// Instead of handing on what the client says with this word in it.
    Before(&'static str),
    /// Instead of handing on the server's answer to it.
    After(&'static str),
}

/// The proxy; it takes connections until the process ends.
pub struct Proxy {
    /// Where it listens.
    pub port: u16,
    cut: Arc<Mutex<Cut>>,
}

impl Proxy {
    /// Between this port and that address.
    pub fn to(address: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let cut = Arc::new(Mutex::new(Cut::Never));
        let (address, rule) = (address.to_owned(), Arc::clone(&cut));
        spawn(move || {
            for client in listener.incoming() {
                let server = TcpStream::connect(&address).unwrap();
                // A cut is for one connection: the next one is whole.
                let rule = Arc::clone(&rule);
                spawn(move || pass(&client.unwrap(), &server, &rule));
            }
        });
        Self { port, cut }
    }

    /// Cuts the wire the next time this comes along, and only then.
    pub fn cuts(&self, cut: Cut) {
        *self.cut.lock().unwrap() = cut;
    }

    /// True once it was cut.
    pub fn has_cut(&self) -> bool {
        *self.cut.lock().unwrap() == Cut::Never
    }
}

fn pass(client: &TcpStream, server: &TcpStream, rule: &Arc<Mutex<Cut>>) {
    for stream in [client, server] {
        stream.set_nodelay(true).unwrap();
    }
    let armed = Arc::new(Mutex::new(false));
    let (from, to, flag) =
        (server.try_clone().unwrap(), client.try_clone().unwrap(), armed.clone());
    let answers: JoinHandle<()> = spawn(move || {
        pump(&from, &to, |_| if *flag.lock().unwrap() { Next::Hang } else { Next::Pass });
    });
    pump(client, server, |said| {
        let mut rule = rule.lock().unwrap();
        let has = |word: &str| said.windows(word.len()).any(|part| part == word.as_bytes());
        match *rule {
            Cut::Before(word) if has(word) => {
                *rule = Cut::Never;
                Next::Hang
            }
            Cut::After(word) if has(word) => {
                *rule = Cut::Never;
                *armed.lock().unwrap() = true;
                Next::Pass
            }
            Cut::Never | Cut::Before(_) | Cut::After(_) => Next::Pass,
        }
    });
    answers.join().unwrap();
}

enum Next {
    Pass,
    Hang,
}

fn pump(mut from: &TcpStream, mut to: &TcpStream, look: impl Fn(&[u8]) -> Next) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        match look(&buffer[..count]) {
            Next::Pass if to.write_all(&buffer[..count]).is_ok() => {}
            Next::Pass | Next::Hang => break,
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
