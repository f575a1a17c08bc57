//! Gates whose values a program of the user's gives. All that is known of one follows from its name, so that a project reads the same on
//! every machine, whether the program is there or not.

use super::{About, Fails, GATES, Gate, GateId};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, OnceLock, PoisonError};

/// What the name of every custom gate begins with.
const PREFIX: &str = "custom_";
/// Letters that a name has at most behind the prefix.
const LONGEST: usize = 40;

/// The rows of the custom gates that were met. A gate's row lives as long as the program, as those of the others do, so that an id stays a plain
/// value; what is never freed is bounded by the number of names in the files that were read.
static ROWS: OnceLock<Mutex<BTreeMap<&'static str, &'static Gate>>> = OnceLock::new();

/// A custom gate: its name, `custom_` and then a small letter and up to 39 of `a-z`, `0-9` and `_`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ts_rs::TS)]
#[ts(type = "`custom_${string}`")]
pub struct CustomGate(&'static str);

impl CustomGate {
    /// The custom gate of this name; none where it can't be the name of one.
    pub fn parse(name: &str) -> Option<Self> {
        let rest = name.strip_prefix(PREFIX)?;
        let first = rest.bytes().next()?;
        let is_fit = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let is_named = first.is_ascii_lowercase() && rest.len() <= LONGEST && rest.bytes().all(is_fit);
        is_named.then(|| Self(interned(name).name))
    }

    /// Its whole name, such as `custom_profanity`.
    pub fn name(self) -> &'static str {
        self.0
    }

    /// What is known of it.
    pub(super) fn row(self) -> &'static Gate {
        interned(self.0)
    }
}

impl Serialize for CustomGate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for CustomGate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl TryFrom<String> for CustomGate {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let fit = format!("a custom gate is called {PREFIX} and then a small letter and up to {} of a-z, 0-9 and _", LONGEST - 1);
        Self::parse(&name).ok_or_else(|| format!("{name} is no name of a custom gate: {fit}"))
    }
}

/// The row of a name that was found fit.
fn interned(name: &str) -> &'static Gate {
    let mut rows = ROWS.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(row) = rows.get(name) {
        return row;
    }
    let row: &'static Gate = Box::leak(Box::new(made(String::leak(name.to_owned()))));
    rows.insert(row.name, row);
    row
}

fn made(name: &'static str) -> Gate {
    let label = name[PREFIX.len()..].replace('_', " ");
    Gate {
        id: GateId::Custom(CustomGate(name)),
        name,
        about: About::Custom,
        says: String::leak(format!("the score of {label} is")),
        label: String::leak(label),
        unit: "",
        fails: Fails::Above,
        over: "where the program says",
        source: "a program of the user's",
    }
}

/// All gates of Plumbline in the order that reports list them, then the custom ones among `met`, each once, by name: what a project has.
pub fn gates_with(met: impl IntoIterator<Item = GateId>) -> Vec<&'static Gate> {
    let custom: BTreeSet<CustomGate> = met.into_iter().filter_map(GateId::custom).collect();
    GATES.iter().chain(custom.into_iter().map(CustomGate::row)).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::gate::{Measure, Place, Thresholds, flag_id, why, why_blind};
    use crate::transcript::WordId;

    #[test]
    fn names_are_fit_or_name_no_gate() {
        let longest = format!("custom_a{}", "9".repeat(39));
        let too_long = format!("{longest}9");
        let check = |name: &str, label: Option<&str>| {
            assert_eq!(GateId::parse(name).map(|gate| gate.row().label), label, "{name}");
            let read: Result<GateId, _> = serde_json::from_value(name.into());
            match label {
                Some(_) => assert_eq!((read.unwrap().name(), CustomGate::try_from(name.to_owned()).unwrap().name()), (name, name)),
                None => {
                    assert_eq!(read.unwrap_err().to_string(), format!("there is no gate {name}"));
                    assert!(CustomGate::try_from(name.to_owned()).unwrap_err().starts_with(&format!("{name} is no name")));
                }
            }
        };
        for (name, label) in [
            ("custom_profanity", "profanity"),
            ("custom_names_of_people", "names of people"),
            ("custom_a", "a"),
            ("custom_word_confidence", "word confidence"),
            (&longest, &longest[7..]),
        ] {
            check(name, Some(label));
        }
        for name in ["custom_", "custom_1", "custom__a", "custom_A", "custom_a-b", "custom_a b", "custom_ä", "profanity", "", &too_long] {
            check(name, None);
        }
    }

    #[test]
    fn every_name_has_one_row_that_says_all() {
        let gate = GateId::parse("custom_odd_words").unwrap();
        assert!(std::ptr::eq(gate.row(), GateId::parse("custom_odd_words").unwrap().row()));
        assert_eq!((gate.row().id, gate.row().about, gate.row().fails), (gate, About::Custom, Fails::Above));
        let measure = Measure { gate, place: Place::Words { first: WordId(0), end: WordId(1) }, value: 3.5, signed: None };
        assert_eq!(why(&measure, 2.0), "the score of odd words is 3.5; the limit is at most 2");
        assert!(why_blind(gate, 0.5).ends_with("; the limit is at most 0.5"));
    }

    #[test]
    fn limits_of_custom_gates_are_read_as_they_were_written() {
        let names = ["custom_b", "word_confidence", "custom_a"].map(|name| GateId::parse(name).unwrap());
        let limits = names.into_iter().zip([1.0, 2.0, 0.5]).collect();
        let thresholds = Thresholds { version: 2, limits, note: String::new(), evidence: vec![] };
        let json = serde_json::to_string(&thresholds).unwrap();
        assert!(json.contains(r#"{"word_confidence":2.0,"custom_a":0.5,"custom_b":1.0}"#), "{json}");
        assert_eq!(serde_json::from_str::<Thresholds>(&json).unwrap(), thresholds);
        let all = gates_with(thresholds.limits.keys().chain(thresholds.limits.keys()).copied());
        assert_eq!(all[..GATES.len()].iter().map(|gate| gate.id).collect::<Vec<_>>(), GATES.map(|gate| gate.id));
        assert_eq!(all[GATES.len()..].iter().map(|gate| gate.name).collect::<Vec<_>>(), ["custom_a", "custom_b"]);
    }

    #[test]
    fn flags_of_custom_gates_are_their_own() {
        let place = Place::Words { first: WordId(0), end: WordId(1) };
        let id = |name: &str| flag_id("m", GateId::parse(name).unwrap(), &place);
        let ids = BTreeSet::from(["custom_a", "custom_b", "word_confidence", "custom_word_confidence"].map(id));
        assert_eq!((ids.len(), id("custom_a")), (4, id("custom_a")));
    }
}
