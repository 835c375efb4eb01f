//! Takes a JSON answer apart while it arrives: `{"status": …, "data": [item, item, …]}`.
//!
//! A list can be hundreds of megabytes, so it is never held whole and never made into a tree. The
//! [`Splitter`] walks the outer object, strictly, and hands each item of `data` to a [`Sink`] as
//! soon as its last byte is there. What an item or another value is made of is for the sink to
//! judge; where it ends is found by counting quotes and brackets, which is right for valid JSON,
//! and for invalid JSON does not matter, since the sink parses every byte of it again.
//!
//! The result never depends on how the bytes were cut into chunks.

use std::collections::BTreeSet;
use std::mem;

/// Bounds one item; the largest item seen in practice is some ten kilobytes.
pub(super) const ITEM_BYTES_MAX: usize = 16 << 20;
/// Bounds one value beside `data`; `status` and `error` need a few hundred bytes.
const OTHER_BYTES_MAX: usize = 64 << 10;
/// Bounds one key of the outer object.
const KEY_BYTES_MAX: usize = 1 << 10;
/// Bounds how many keys the outer object may have.
const KEYS_MAX: usize = 64;

/// Takes what the splitter finds.
pub(super) trait Sink {
    /// Why the sink refuses.
    type Refusal;

    /// Takes the item at the start of `bytes` and says how long it is, without waiting for its end
    /// to be looked for. Takes exactly what [`Sink::item`] would take; in any doubt, nothing.
    fn item_at_start(&mut self, bytes: &[u8]) -> Option<usize>;

    /// Takes one whole item of `data`; `position` counts from 1.
    fn item(&mut self, position: usize, text: &str) -> Result<(), Self::Refusal>;

    /// Takes one whole value of the outer object that is not `data`.
    fn other(&mut self, key: &str, text: &str) -> Result<(), Self::Refusal>;
}

/// Why an answer is not what it should be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault<R> {
    /// There is not one byte.
    Empty,
    /// It stops in the middle.
    Truncated,
    /// It is not JSON from this byte on (counting from 0).
    NotJson { at: u64, byte: u8 },
    /// Bytes that are not UTF-8, in the value that ends before this byte.
    NotUtf8 { at: u64 },
    /// The outermost value is something else than an object.
    NotAnObject(Kind),
    /// A key of the outer object stands there twice.
    KeyTwice(String),
    /// `data` is something else than a list.
    DataNotAList(Kind),
    /// A key, or a value beside `data`, is unreasonably large.
    OtherTooLarge { key: String },
    /// One item is unreasonably large.
    ItemTooLarge { position: usize },
    /// The sink refused.
    Refused(R),
}

/// What kind a JSON value is of, by its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    List,
    Text,
    Number,
    Truth,
    Null,
}

impl Kind {
    fn of(byte: u8) -> Option<Self> {
        Some(match byte {
            b'{' => Self::Object,
            b'[' => Self::List,
            b'"' => Self::Text,
            b'-' | b'0'..=b'9' => Self::Number,
            b't' | b'f' => Self::Truth,
            b'n' => Self::Null,
            _ => return None,
        })
    }

    /// For people, after "is".
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Object => "an object",
            Self::List => "a list",
            Self::Text => "text",
            Self::Number => "a number",
            Self::Truth => "true or false",
            Self::Null => "null",
        }
    }
}

/// Finds the end of one value, over as many chunks as it takes.
struct Scan {
    kind: Kind,
    depth: usize,
    in_text: bool,
    escaped: bool,
}

impl Scan {
    fn new(kind: Kind) -> Self {
        Self { kind, depth: 0, in_text: false, escaped: false }
    }

    /// How many of the bytes belong to the value, where its end is among them. The first call must
    /// begin with the value's first byte.
    fn advance(&mut self, bytes: &[u8]) -> Option<usize> {
        // Only the brackets of the outermost kind are counted: in valid JSON the others pair up
        // between them, and with three needles `memchr` can skip everything else.
        let (open, close) = match self.kind {
            Kind::Object => (b'{', b'}'),
            Kind::List => (b'[', b']'),
            Kind::Text => (b'"', b'"'),
            Kind::Number | Kind::Truth | Kind::Null => {
                return bytes
                    .iter()
                    .position(|byte| is_space(*byte) || matches!(byte, b',' | b']' | b'}'));
            }
        };
        let mut at = 0;
        loop {
            let rest = bytes.get(at..)?;
            if self.escaped {
                rest.first()?;
                self.escaped = false;
                at += 1;
            } else if self.in_text {
                let hit = memchr::memchr2(b'"', b'\\', rest)?;
                self.escaped = rest.get(hit) == Some(&b'\\');
                self.in_text = self.escaped;
                at += hit + 1;
                if !self.in_text && self.depth == 0 {
                    return Some(at);
                }
            } else {
                let hit = memchr::memchr3(b'"', open, close, rest)?;
                at += hit + 1;
                match rest.get(hit) {
                    Some(b'"') => self.in_text = true,
                    Some(byte) if *byte == open => self.depth += 1,
                    _ => self.depth = self.depth.saturating_sub(1),
                }
                if !self.in_text && self.depth == 0 {
                    return Some(at);
                }
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the outer object.
    Start,
    /// After `{`: a key or the end.
    FirstKey,
    /// After a comma in the outer object: a key.
    NextKey,
    InKey,
    Colon,
    Value,
    InValue,
    /// After `[`: an item or the end.
    FirstItem,
    /// After a comma in the list: an item.
    NextItem,
    InItem,
    AfterItem,
    AfterValue,
    /// After the outer object: nothing but space.
    End,
}

/// The push parser: give it chunks as they come, then [`Splitter::finish`].
pub(super) struct Splitter<S> {
    sink: S,
    state: State,
    scan: Scan,
    /// The part so far of a value that does not lie within one chunk.
    partial: Vec<u8>,
    key: String,
    keys: BTreeSet<String>,
    items: usize,
    item_bytes_max: usize,
    /// Bytes up to the end of the current chunk.
    chunk_end: u64,
}

/// What is left of a chunk, or why it ends here.
type Step<'c, R> = Result<&'c [u8], Fault<R>>;

impl<S: Sink> Splitter<S> {
    /// Starts at the first byte of an answer.
    pub(super) fn new(sink: S) -> Self {
        Self {
            sink,
            state: State::Start,
            scan: Scan::new(Kind::Null),
            partial: Vec::new(),
            key: String::new(),
            keys: BTreeSet::new(),
            items: 0,
            item_bytes_max: ITEM_BYTES_MAX,
            chunk_end: 0,
        }
    }

    /// The same with another bound for one item.
    #[cfg(test)]
    pub(super) fn with_item_bytes_max(sink: S, item_bytes_max: usize) -> Self {
        Self { item_bytes_max, ..Self::new(sink) }
    }

    /// Takes the next bytes.
    pub(super) fn push(&mut self, chunk: &[u8]) -> Result<(), Fault<S::Refusal>> {
        self.chunk_end += chunk.len() as u64;
        let mut rest = chunk;
        while !rest.is_empty() {
            rest = match self.state {
                State::InKey | State::InValue | State::InItem => self.inside(rest)?,
                _ => self.between(rest)?,
            };
        }
        Ok(())
    }

    /// The answer is complete: gives back the sink, and whether there was a list `data`.
    pub(super) fn finish(self) -> Result<(S, bool), Fault<S::Refusal>> {
        match self.state {
            State::End => Ok((self.sink, self.keys.contains("data"))),
            State::Start if self.chunk_end == 0 => Err(Fault::Empty),
            _ => Err(Fault::Truncated),
        }
    }

    /// One structural byte, and the space before it.
    fn between<'c>(&mut self, rest: &'c [u8]) -> Step<'c, S::Refusal> {
        let rest = skip_space(rest);
        let Some((byte, after)) = rest.split_first() else { return Ok(rest) };
        let (state, rest) = match (self.state, *byte) {
            (State::Start, b'{') => (State::FirstKey, after),
            (State::Start, byte) => match Kind::of(byte) {
                Some(kind) => return Err(Fault::NotAnObject(kind)),
                None => return Err(self.not_json(rest, byte)),
            },
            (State::FirstKey | State::NextKey, b'"') => {
                (self.begin(Kind::Text, State::InKey), rest)
            }
            (State::FirstKey | State::AfterValue, b'}') => (State::End, after),
            (State::Colon, b':') => (State::Value, after),
            (State::Value, byte) => match Kind::of(byte) {
                Some(Kind::List) if self.key == "data" => (State::FirstItem, after),
                Some(kind) if self.key == "data" => return Err(Fault::DataNotAList(kind)),
                Some(kind) => (self.begin(kind, State::InValue), rest),
                None => return Err(self.not_json(rest, byte)),
            },
            (State::FirstItem | State::AfterItem, b']') => (State::AfterValue, after),
            (State::FirstItem | State::NextItem, byte) => return self.begin_item(rest, byte),
            (State::AfterItem, b',') => (State::NextItem, after),
            (State::AfterValue, b',') => (State::NextKey, after),
            (_, byte) => return Err(self.not_json(rest, byte)),
        };
        self.state = state;
        Ok(rest)
    }

    fn begin(&mut self, kind: Kind, state: State) -> State {
        self.scan = Scan::new(kind);
        state
    }

    fn begin_item<'c>(&mut self, rest: &'c [u8], byte: u8) -> Step<'c, S::Refusal> {
        let Some(kind) = Kind::of(byte) else { return Err(self.not_json(rest, byte)) };
        self.items += 1;
        if let Some(length) = self.sink.item_at_start(rest) {
            if length > self.item_bytes_max {
                return Err(Fault::ItemTooLarge { position: self.items });
            }
            self.state = State::AfterItem;
            return Ok(rest.get(length..).unwrap_or_default());
        }
        self.state = self.begin(kind, State::InItem);
        Ok(rest)
    }

    /// More bytes of a key, a value or an item.
    fn inside<'c>(&mut self, rest: &'c [u8]) -> Step<'c, S::Refusal> {
        let end = self.scan.advance(rest);
        let (here, after) = rest.split_at(end.unwrap_or(rest.len()));
        if self.partial.len() + here.len() > self.bytes_max() {
            return Err(self.too_large());
        }
        if end.is_some() && self.partial.is_empty() {
            return self.take(here, after);
        }
        self.partial.extend_from_slice(here);
        if end.is_some() {
            let mut partial = mem::take(&mut self.partial);
            self.take(&partial, after)?;
            partial.clear();
            self.partial = partial;
        }
        Ok(after)
    }

    /// A key, a value or an item is complete.
    fn take<'c>(&mut self, bytes: &[u8], after: &'c [u8]) -> Step<'c, S::Refusal> {
        let at = self.chunk_end - after.len() as u64;
        let text = std::str::from_utf8(bytes).map_err(|_| Fault::NotUtf8 { at })?;
        self.state = match self.state {
            State::InKey => {
                let key: String = serde_json::from_str(text)
                    .map_err(|_| Fault::NotJson { at: at - bytes.len() as u64, byte: b'"' })?;
                if self.keys.len() == KEYS_MAX {
                    return Err(Fault::OtherTooLarge { key });
                }
                if !self.keys.insert(key.clone()) {
                    return Err(Fault::KeyTwice(key));
                }
                self.key = key;
                State::Colon
            }
            State::InValue => {
                self.sink.other(&self.key, text).map_err(Fault::Refused)?;
                State::AfterValue
            }
            _ => {
                self.sink.item(self.items, text).map_err(Fault::Refused)?;
                State::AfterItem
            }
        };
        Ok(after)
    }

    fn bytes_max(&self) -> usize {
        match self.state {
            State::InKey => KEY_BYTES_MAX,
            State::InValue => OTHER_BYTES_MAX,
            _ => self.item_bytes_max,
        }
    }

    fn too_large(&self) -> Fault<S::Refusal> {
        match self.state {
            State::InKey => Fault::OtherTooLarge { key: String::new() },
            State::InValue => Fault::OtherTooLarge { key: self.key.clone() },
            _ => Fault::ItemTooLarge { position: self.items },
        }
    }

    fn not_json(&self, rest: &[u8], byte: u8) -> Fault<S::Refusal> {
        Fault::NotJson { at: self.chunk_end - rest.len() as u64, byte }
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn skip_space(bytes: &[u8]) -> &[u8] {
    let spaces = bytes.iter().position(|byte| !is_space(*byte)).unwrap_or(bytes.len());
    bytes.get(spaces..).unwrap_or_default()
}
