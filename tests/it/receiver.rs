//! Whoever receives what is posted, on loopback: Slack's webhook, or a monitor.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What was posted.
#[derive(Debug, Clone)]
pub struct Posted {
    /// Path and query.
    pub target: String,
    pub body: String,
}

/// The receiver: it answers until the process ends.
pub struct Receiver {
    port: u16,
    state: Arc<Mutex<State>>,
}

struct State {
    answer: (u16, String),
    posted: Vec<Posted>,
}

impl Receiver {
    /// Answers 200 `ok` on a free port.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let answer = (200, "ok".to_owned());
        let state = Arc::new(Mutex::new(State { answer, posted: Vec::new() }));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                // Whoever goes away in the middle is a story about a crash.
                let _ = serve(stream, &shared);
            }
        });
        Self { port, state }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// What it answers from now on.
    pub fn answers(&self, status: u16, body: &str) {
        self.state.lock().unwrap().answer = (status, body.to_owned());
    }

    /// Everything that was posted, and not looked at before.
    pub fn posted(&self) -> Vec<Posted> {
        std::mem::take(&mut self.state.lock().unwrap().posted)
    }

    /// The targets of the same, without their queries.
    pub fn targets(&self) -> Vec<String> {
        let path = |posted: Posted| posted.target.split('?').next().unwrap().to_owned();
        self.posted().into_iter().map(path).collect()
    }
}

fn serve(stream: TcpStream, shared: &Mutex<State>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let header = header.trim_end().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(number) = header.strip_prefix("content-length: ") {
            length = number.parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let answer = {
        let mut state = shared.lock().unwrap();
        let body = String::from_utf8_lossy(&body).into_owned();
        state.posted.push(Posted { target, body });
        state.answer.clone()
    };
    let (status, words) = answer;
    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n", words.len());
    let mut stream = stream;
    stream.write_all(format!("{head}Connection: close\r\n\r\n{words}").as_bytes())
}
