//! The splitter, against `serde_json` on the whole.
#![expect(clippy::panic, reason = "a test that cannot go on should stop")]

use super::super::body::{Fault, Kind, Sink, Splitter};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Keeps all it is given, and takes ready items the short way where it may.
#[derive(Default)]
struct Keep {
    items: Vec<Value>,
    others: Map<String, Value>,
    short_way: bool,
}

impl Sink for Keep {
    type Refusal = String;

    fn item_at_start(&mut self, bytes: &[u8]) -> Option<usize> {
        if !self.short_way || !matches!(bytes.first(), Some(b'{' | b'[' | b'"')) {
            return None;
        }
        let mut items = serde_json::Deserializer::from_slice(bytes).into_iter();
        self.items.push(items.next()?.ok()?);
        Some(items.byte_offset())
    }

    fn item(&mut self, _: usize, text: &str) -> Result<(), String> {
        self.items.push(serde_json::from_str(text).map_err(|error| error.to_string())?);
        Ok(())
    }

    fn other(&mut self, key: &str, text: &str) -> Result<(), String> {
        let value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        self.others.insert(key.to_owned(), value);
        Ok(())
    }
}

/// Pushes the bytes in chunks that end at these places.
fn split(bytes: &[u8], cuts: &[usize], short_way: bool) -> Result<Value, Fault<String>> {
    let mut splitter = Splitter::new(Keep { short_way, ..Keep::default() });
    let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
    cuts.extend([0, bytes.len()]);
    cuts.sort_unstable();
    for pair in cuts.windows(2) {
        let [from, to] = pair else { panic!("windows are pairs") };
        splitter.push(bytes.get(*from..*to).unwrap())?;
    }
    let (keep, has_data) = splitter.finish()?;
    let mut whole = keep.others;
    if has_data {
        whole.insert("data".to_owned(), Value::Array(keep.items));
    }
    Ok(Value::Object(whole))
}

fn whole(text: &str) -> Result<Value, Fault<String>> {
    split(text.as_bytes(), &[], false)
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9).prop_map(Value::from),
        "[a-z\"\\\\{}\\[\\],: \n\u{e4}\u{1F600}]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            btree_map("[a-z\"{}\\\\\\]]{0,4}", inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// An envelope, with `data` before or after its other keys.
fn any_envelope() -> impl Strategy<Value = Value> {
    let others = btree_map("[a-z\"}]{0,6}", any_json(), 0..4);
    (others, vec(any_json(), 0..6)).prop_map(|(mut others, items)| {
        others.insert("data".to_owned(), Value::Array(items));
        Value::Object(others.into_iter().collect())
    })
}

proptest! {
    #[test]
    fn any_json_in_any_chunks_is_what_serde_json_makes_of_the_whole(
        envelope in any_envelope(), cuts in vec(any::<usize>(), 0..12), pretty: bool, short_way: bool,
    ) {
        let text = if pretty { format!("{envelope:#}") } else { envelope.to_string() };
        let expected: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(split(text.as_bytes(), &cuts, short_way).unwrap(), expected);
    }

    #[test]
    fn any_bytes_in_any_chunks_give_one_answer_and_no_panic(
        bytes in vec(prop_oneof![any::<u8>(), proptest::sample::select(&b"{}[]\",:\\ ntf0-1e."[..])], 0..60),
        head in proptest::sample::select(vec!["", "{", "{\"data\":[", "{\"data\":[{\"a\":", "{\"a\":"]),
        cuts in vec(any::<usize>(), 0..12), short_way: bool,
    ) {
        let bytes = [head.as_bytes(), &bytes].concat();
        let at_once = split(&bytes, &[], false);
        prop_assert_eq!(&split(&bytes, &cuts, short_way), &at_once);
        let is_json = serde_json::from_slice::<Value>(&bytes).is_ok();
        prop_assert!(is_json || at_once.is_err(), "what is not JSON is not an answer");
    }

    #[test]
    fn valid_json_with_one_byte_changed_is_taken_only_where_serde_json_takes_it(
        envelope in any_envelope(), at: usize, byte: u8, cuts in vec(any::<usize>(), 0..6), short_way: bool,
    ) {
        let mut bytes = envelope.to_string().into_bytes();
        let at = at % bytes.len();
        *bytes.get_mut(at).unwrap() = byte;
        let taken = split(&bytes, &cuts, short_way);
        prop_assert_eq!(&taken, &split(&bytes, &[], false));
        if let Ok(taken) = taken {
            prop_assert_eq!(taken, serde_json::from_slice::<Value>(&bytes).unwrap());
        }
    }
}

#[test]
fn every_way_to_cut_an_answer_in_two_gives_the_same() {
    let text = r#" { "st\u0061tus" : "suc\\c\"ess" , "data" : [ {"a":"}\\"} , [ ] , -1.5e3 , null ] , "x":{} } "#;
    let expected = json!({
        "status": "suc\\c\"ess", "data": [{"a": "}\\"}, [], -1500.0, null], "x": {},
    });
    for cut in 0..=text.len() {
        for short_way in [false, true] {
            assert_eq!(
                split(text.as_bytes(), &[cut], short_way).unwrap(),
                expected,
                "cut at {cut}"
            );
        }
    }
}

#[test]
fn every_beginning_of_an_answer_is_truncated_and_never_an_answer() {
    let text = r#"{"status":"success","data":[{"a":[1,{"b":"c"}]},{"a":2}]}"#;
    for length in 1..text.len() {
        let part = text.get(..length).unwrap();
        for short_way in [false, true] {
            let answer = split(part.as_bytes(), &[], short_way);
            assert_eq!(answer, Err(Fault::Truncated), "{part}");
        }
    }
    assert_eq!(whole(""), Err(Fault::Empty));
}

#[test]
fn the_outer_grammar_is_strict() {
    for text in [
        r#"{"data":[1,]}"#,
        r#"{"data":[,1]}"#,
        r#"{"data":[1 2]}"#,
        r#"{"data":[1],}"#,
        r#"{,"data":[1]}"#,
        r#"{"data" [1]}"#,
        r#"{"data":[1]}}"#,
        r#"{"data":[1]}{"data":[2]}"#,
        r#"{"data":[1]]}"#,
        r"{data:[1]}",
        r"{'data':[1]}",
        r#"{"data":[1]} x"#,
        "\u{FEFF}{\"data\":[1]}",
        "<!doctype html>",
    ] {
        assert!(matches!(whole(text), Err(Fault::NotJson { .. })), "{text}: {:?}", whole(text));
    }
    for text in [r#"{"data":[nul]}"#, r#"{"data":[{"a":1,}]}"#, r#"{"data":[01]}"#, r#"{"x":tru}"#]
    {
        assert!(matches!(whole(text), Err(Fault::Refused(_))), "{text}: {:?}", whole(text));
    }
}

#[test]
fn a_list_is_looked_for_in_one_place_only() {
    for (text, fault) in [
        (r#"[{"data":[]}]"#, Fault::NotAnObject(Kind::List)),
        ("null", Fault::NotAnObject(Kind::Null)),
        (r#"{"data":null}"#, Fault::DataNotAList(Kind::Null)),
        (r#"{"data":{"eventTypeGroups":[]}}"#, Fault::DataNotAList(Kind::Object)),
        (r#"{"data":"[]"}"#, Fault::DataNotAList(Kind::Text)),
        (r#"{"data":[],"data":[1]}"#, Fault::KeyTwice("data".to_owned())),
        (r#"{"data":[],"d\u0061ta":[1]}"#, Fault::KeyTwice("data".to_owned())),
        (r#"{"status":1,"status":2}"#, Fault::KeyTwice("status".to_owned())),
    ] {
        assert_eq!(whole(text), Err(fault), "{text}");
    }
    assert_eq!(whole(r#"{"status":1}"#).unwrap(), json!({"status": 1}), "and no list at all");
}

#[test]
fn nothing_grows_without_bound() {
    let item = format!(r#"{{"data":[{{"a":"{}"}}]}}"#, "x".repeat(100));
    for step in [1, 7, 1000] {
        for short_way in [false, true] {
            let keep = Keep { short_way, ..Keep::default() };
            let mut splitter = Splitter::with_item_bytes_max(keep, 50);
            let fault = item.as_bytes().chunks(step).try_for_each(|chunk| splitter.push(chunk));
            assert_eq!(fault, Err(Fault::ItemTooLarge { position: 1 }));
        }
    }
    let value = format!(r#"{{"event_types":"{}"}}"#, "x".repeat(70_000));
    let key = "event_types".to_owned();
    assert_eq!(whole(&value), Err(Fault::OtherTooLarge { key }));
    let keys: Vec<String> = (0..100).map(|key| format!("\"{key}\":0")).collect();
    let keys = format!("{{{}}}", keys.join(","));
    assert!(matches!(whole(&keys), Err(Fault::OtherTooLarge { .. })));
    let key = format!("{{\"{}\":0}}", "k".repeat(2000));
    assert!(matches!(whole(&key), Err(Fault::OtherTooLarge { .. })));
}

#[test]
fn bytes_that_are_not_utf8_are_never_taken() {
    for bytes in [&b"{\"data\":[\"\xe4\"]}"[..], b"{\"\xe4\":1}", b"{\"x\":\"\xe4\"}"] {
        assert!(matches!(split(bytes, &[], false), Err(Fault::NotUtf8 { .. })), "{bytes:?}");
    }
}
