//! Whole lists, spoilt: what is taken is what a plain reading of the same bytes finds, item by item,
//! and never one less.

use super::super::body::Splitter;
use super::super::wire::List;
use super::harm::{any_harm, spoil};
use crate::io::scrub::Scrub;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::rc::Rc;

/// The fields by which items are told apart.
type Plain = (i64, i64, String, u64, bool);

/// Reads the bytes as they come; `None` where anything at all was refused.
fn read(bytes: &[u8], chunk: usize) -> Option<Vec<Plain>> {
    let scrub = Rc::new(Scrub::new(&SecretString::from("cal_live_secret")));
    let mut splitter = Splitter::new(List::new(scrub));
    for chunk in bytes.chunks(chunk) {
        splitter.push(chunk).ok()?;
    }
    let (list, has_data) = splitter.finish().ok()?;
    let event_types = list.finish(has_data).ok()?;
    let plain = event_types.into_iter().map(|it| {
        let hidden = it.visibility == crate::model::event_type::Visibility::Hidden;
        (it.id.0, it.team_id.0, it.title.into(), u64::from(it.length_minutes), hidden)
    });
    Some(plain.collect())
}

/// The same by another road: `serde_json` on the whole, and no item left out.
fn plainly(bytes: &[u8]) -> Option<Vec<Plain>> {
    let whole: Value = serde_json::from_slice(bytes).ok()?;
    (whole.get("status")? == "success").then_some(())?;
    let item = |item: &Value| {
        Some((
            item.get("id")?.as_i64()?,
            item.get("teamId")?.as_i64()?,
            item.get("title")?.as_str()?.to_owned(),
            item.get("lengthInMinutes")?.as_u64()?,
            item.get("hidden")?.as_bool()?,
        ))
    };
    whole.get("data")?.as_array()?.iter().map(item).collect()
}

/// Whether a plain reading stumbles over a number that no float can hold, like `1e999`. The list
/// passes over the fields that do not count, whatever number they hold.
fn has_a_number_beyond_all(bytes: &[u8]) -> bool {
    serde_json::from_slice::<Value>(bytes)
        .is_err_and(|error| error.to_string().starts_with("number out of range"))
}

/// An item as Cal.com sends it: the fields that count, among others.
fn any_item() -> impl Strategy<Value = Value> {
    let title = prop_oneof![any::<String>(), "[a-z\"\\\\{}\\[\\],:]{0,20}".prop_map(String::from)];
    (1..1_i64 << 53, title, 0..1000_u32, any::<bool>(), any::<Option<i32>>()).prop_map(
        |(id, title, minutes, hidden, price)| {
            json!({
                "id": id, "teamId": 34209, "title": title, "slug": "a-slug", "hidden": hidden,
                "lengthInMinutes": minutes, "price": price, "metadata": {"a": [1, {"b": "}"}]},
            })
        },
    )
}

fn answer(items: &[Value]) -> String {
    json!({ "status": "success", "data": items }).to_string()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_whole_list_is_taken_whole_however_it_is_cut(
        items in vec(any_item(), 0..6), chunk in 1..300_usize,
    ) {
        let text = answer(&items);
        let taken = read(text.as_bytes(), chunk).unwrap();
        prop_assert_eq!(taken.len(), items.len());
        prop_assert_eq!(Some(taken), plainly(text.as_bytes()));
    }

    #[test]
    fn a_spoilt_list_never_loses_an_item_in_silence(
        items in vec(any_item(), 1..6), harms in vec(any_harm(), 1..4), chunk in 1..300_usize,
    ) {
        let mut bytes = answer(&items).into_bytes();
        for harm in &harms {
            spoil(&mut bytes, harm);
        }
        let taken = read(&bytes, usize::MAX);
        prop_assert_eq!(&read(&bytes, chunk), &taken, "a chunk's end means nothing");
        prop_assume!(!has_a_number_beyond_all(&bytes));
        if taken.is_some() {
            prop_assert_eq!(taken, plainly(&bytes));
        }
    }

    #[test]
    fn one_bad_item_refuses_the_list(
        items in vec(any_item(), 1..6), at: Index, field in select(vec![
            "id", "teamId", "title", "slug", "lengthInMinutes", "hidden",
        ]),
        bad in select(vec![json!(null), json!([]), json!({}), json!(-1.5), json!("x\u{0}"), json!(-7)]),
    ) {
        let mut items = items;
        let text = matches!(field, "title" | "slug") && bad.is_string();
        let is_a_team = field == "teamId" && bad == json!(-7);
        prop_assume!(!(text || is_a_team));
        if let Some(item) = at.get_mut(&mut items).as_object_mut() {
            item.insert(field.to_owned(), bad);
        }
        prop_assert_eq!(read(answer(&items).as_bytes(), usize::MAX), None);
    }
}
