//! What was typed: the sections and entries of the file, each knowing its line, and the sheet on
//! which everything that is wrong with them is noted. What it means is for others to say.

use super::error::Problem;
use super::keys;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Where something stands.
#[derive(Debug, Clone)]
struct Place {
    /// The dotted path, for people.
    key: String,
    line: Option<usize>,
}

/// The file, and what was found wrong with it so far.
///
/// Findings are noted through a shared reference, because every section and entry is a view of the
/// same sheet.
pub(super) struct Sheet<'t> {
    text: &'t str,
    problems: RefCell<Vec<Problem>>,
    inert: RefCell<Vec<String>>,
    /// By section header: the keys that were asked for. Nothing else is known.
    known: RefCell<BTreeMap<String, BTreeSet<&'static str>>>,
    /// Every table whose keys must be known.
    closed: RefCell<Vec<(Place, String, &'t DeTable<'t>)>>,
}

/// A table of the file; one that is not there is an empty one.
pub(super) struct Section<'t> {
    sheet: &'t Sheet<'t>,
    place: Place,
    /// As it is written in the file: `[safety]`, `[[teams]]`; empty for the top.
    header: String,
    table: Option<&'t DeTable<'t>>,
}

/// A value of the file.
pub(super) struct Entry<'t> {
    sheet: &'t Sheet<'t>,
    place: Place,
    value: &'t DeValue<'t>,
}

impl<'t> Sheet<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            problems: RefCell::default(),
            inert: RefCell::default(),
            known: RefCell::default(),
            closed: RefCell::default(),
        }
    }

    pub(super) fn root(&'t self, table: &'t DeTable<'t>) -> Section<'t> {
        let place = Place { key: String::new(), line: None };
        self.open(place, String::new(), Some(table))
    }

    /// Notes every key that nobody asked for. To be called when all has been asked.
    pub(super) fn say_unknown_keys(&self) {
        let known = self.known.borrow();
        for (place, header, table) in self.closed.borrow().iter() {
            let here = known.get(header);
            for key in table.keys() {
                let name = key.get_ref().as_ref();
                if here.is_some_and(|here| here.contains(name)) {
                    continue;
                }
                let unknown = self.below(place, name, key.span().start);
                let message = format!("unknown key `{}`", unknown.key);
                self.note(&unknown, message, Some(keys::hint(name, header, &known)));
            }
        }
    }

    /// What is wrong, and what protects nothing.
    pub(super) fn take_findings(&self) -> (Vec<Problem>, Vec<String>) {
        (self.problems.take(), self.inert.take())
    }

    fn open(&'t self, place: Place, header: String, table: Option<&'t DeTable<'t>>) -> Section<'t> {
        self.known.borrow_mut().entry(header.clone()).or_default();
        if let Some(table) = table {
            self.closed.borrow_mut().push((place.clone(), header.clone(), table));
        }
        Section { sheet: self, place, header, table }
    }

    fn below(&self, place: &Place, key: &str, offset: usize) -> Place {
        Place { key: keys::join(&place.key, key), line: Some(line_of(self.text, offset)) }
    }

    fn note(&self, place: &Place, message: String, hint: Option<String>) {
        let problem = Problem { line: place.line, key: place.key.clone(), message, hint };
        self.problems.borrow_mut().push(problem);
    }
}

impl<'t> Section<'t> {
    /// Does something, and takes what it notes off the sheet again.
    pub(super) fn aside<T>(&self, act: impl FnOnce() -> T) -> (T, Vec<Problem>) {
        let before = self.sheet.problems.borrow().len();
        let done = act();
        (done, self.sheet.problems.borrow_mut().split_off(before))
    }

    /// The value of a key, which is known from now on.
    pub(super) fn entry(&self, key: &'static str) -> Option<Entry<'t>> {
        let mut known = self.sheet.known.borrow_mut();
        known.entry(self.header.clone()).or_default().insert(key);
        let (typed, value) = self.table?.get_key_value(key)?;
        let place = self.sheet.below(&self.place, key, typed.span().start);
        Some(Entry { sheet: self.sheet, place, value: value.get_ref() })
    }

    /// True where the key stands there, known or not.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.is_some_and(|table| table.contains_key(key))
    }

    /// A section below this one; an empty one where it is not there.
    pub(super) fn section(&self, key: &'static str) -> Section<'t> {
        self.optional_section(key).unwrap_or_else(|| {
            let place = Place { key: keys::join(&self.place.key, key), line: None };
            let header = format!("[{}]", place.key);
            self.sheet.open(place, header, None)
        })
    }

    /// A section below this one, where it is there.
    pub(super) fn optional_section(&self, key: &'static str) -> Option<Section<'t>> {
        self.entry(key).map(|entry| {
            let header = format!("[{}]", entry.place.key);
            entry.as_section(header)
        })
    }

    /// The tables written `[[key]]`.
    pub(super) fn sections(&self, key: &'static str) -> Vec<Section<'t>> {
        let Some(entry) = self.entry(key) else { return Vec::new() };
        let header = format!("[[{}]]", entry.place.key);
        match entry.value {
            DeValue::Array(_) => {
                entry.items().into_iter().map(|item| item.as_section(header.clone())).collect()
            }
            DeValue::Table(_) => {
                let message = format!("`{}` is one table; a list of them is wanted", entry.key());
                entry.say(message, Some(format!("write `{header}`, with two brackets")));
                Vec::new()
            }
            other => {
                entry.say_type("a list of tables", other, Some(format!("write `{header}`")));
                Vec::new()
            }
        }
    }

    /// A table whose keys are names that people choose.
    pub(super) fn named_entries(&self, key: &'static str) -> Vec<(&'t str, Entry<'t>)> {
        let Some(entry) = self.entry(key) else { return Vec::new() };
        let DeValue::Table(table) = entry.value else {
            entry.say_type("a table", entry.value, None);
            return Vec::new();
        };
        let below = |(key, value): (&'t Spanned<_>, &'t Spanned<DeValue<'t>>)| {
            let name: &std::borrow::Cow<'t, str> = key.get_ref();
            let place = self.sheet.below(&entry.place, name, key.span().start);
            (name.as_ref(), Entry { sheet: self.sheet, place, value: value.get_ref() })
        };
        table.iter().map(below).collect()
    }

    /// How a key of this section is called.
    pub(super) fn key(&self, key: &str) -> String {
        keys::join(&self.place.key, key)
    }

    /// The header, as it is written in the file.
    pub(super) fn header(&self) -> &str {
        &self.header
    }

    /// Notes a problem with a key of this section: at its line, or at the section's header where
    /// the key is not there.
    pub(super) fn say(&self, key: &str, message: &str, hint: Option<&str>) {
        let typed = self.table.and_then(|table| table.get_key_value(key));
        let place = match typed {
            Some((typed, _)) => self.sheet.below(&self.place, key, typed.span().start),
            None => Place { key: self.key(key), line: self.place.line },
        };
        self.sheet.note(&place, message.to_owned(), hint.map(str::to_owned));
    }

    /// Notes a setting that protects nothing.
    pub(super) fn say_inert(&self, sentence: String) {
        self.sheet.inert.borrow_mut().push(sentence);
    }
}

impl<'t> Entry<'t> {
    /// The dotted path.
    pub(super) fn key(&self) -> &str {
        &self.place.key
    }

    /// The line.
    pub(super) fn line(&self) -> Option<usize> {
        self.place.line
    }

    /// The value, as the parser saw it.
    pub(super) fn value(&self) -> &'t DeValue<'t> {
        self.value
    }

    /// The elements of a list; a problem where it is none.
    pub(super) fn items(&self) -> Vec<Entry<'t>> {
        let DeValue::Array(array) = self.value else {
            self.say_type("a list", self.value, None);
            return Vec::new();
        };
        let element = |(position, value): (usize, &'t Spanned<DeValue<'t>>)| {
            let line = Some(line_of(self.sheet.text, value.span().start));
            let place = Place { key: format!("{}[{position}]", self.place.key), line };
            Entry { sheet: self.sheet, place, value: value.get_ref() }
        };
        array.iter().enumerate().map(element).collect()
    }

    /// The table; a problem, and an empty one, where it is none.
    pub(super) fn as_section(&self, header: String) -> Section<'t> {
        let table = self.value.as_table();
        if table.is_none() {
            self.say_type("a table", self.value, None);
        }
        self.sheet.open(self.place.clone(), header, table)
    }

    /// Notes a problem.
    pub(super) fn say(&self, message: String, hint: Option<String>) {
        self.sheet.note(&self.place, message, hint);
    }

    /// Notes that the value is of another type than the wanted one.
    pub(super) fn say_type(&self, wanted: &str, seen: &DeValue<'_>, hint: Option<String>) {
        self.say(format!("`{}` must be {wanted}, not {}", self.key(), describe(seen)), hint);
    }
}

/// A value, as a person would call it. Text is never quoted: it could be a secret.
fn describe(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(_) => "text".to_owned(),
        DeValue::Integer(number) => format!("the number {number}"),
        DeValue::Float(number) => format!("the number {number}"),
        DeValue::Boolean(truth) => format!("{truth}"),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

/// The line of a byte, counted from 1.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    line_of_bytes(text.as_bytes(), offset)
}

/// The line of a byte, counted from 1.
pub(super) fn line_of_bytes(bytes: &[u8], offset: usize) -> usize {
    memchr::memchr_iter(b'\n', bytes).take_while(|newline| *newline < offset).count() + 1
}
