//! A cell that people write in several copies of a project: what they wrote last, each without seeing the other.
//!
//! A change says what it found. Where that is what the cell holds, it goes on from there; where it is not, it was made in a copy that had
//! parted, and the cell has two heads. Which value is in force then is told by the order of the log alone, so that all copies that
//! hold the same events agree on it, whoever merged first.

use crate::cell_name::CellName;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What somebody wrote last, as far as they could see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Head {
    /// The event that wrote it.
    pub event: String,
    /// Who did; empty for the machine.
    pub by: String,
    pub at_us: i64,
    pub value: Value,
}

/// A cell and its heads in the order of the log. The last one is in force.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Register {
    pub cell: CellName,
    pub heads: Vec<Head>,
    /// What the cell held when people parted.
    pub base: Value,
}

impl Register {
    pub fn of(cell: CellName) -> Self {
        Self { cell, ..Self::default() }
    }

    /// Whether people wrote different things and nobody has decided.
    pub fn is_disputed(&self) -> bool {
        self.heads.len() > 1
    }

    pub fn in_force(&self) -> Option<&Head> {
        self.heads.last()
    }

    pub fn has(&self, value: &Value) -> bool {
        self.heads.iter().any(|h| self.cell.is_same(&h.value, value))
    }

    /// Somebody found `before` and wrote `head`.
    pub fn write(&mut self, before: &Value, head: Head) {
        // An event that writes a cell twice has seen what it wrote itself.
        let goes_on = self.has(before) || self.heads.iter().any(|h| h.event == head.event);
        if !goes_on && self.heads.len() == 1 {
            self.base = before.clone();
        }
        let cell = &self.cell;
        self.heads.retain(|h| h.event != head.event && !cell.is_same(&h.value, before) && !cell.is_same(&h.value, &head.value));
        // Who is back at what all started from has nothing to say against the others.
        let is_back = goes_on && !self.heads.is_empty() && cell.is_same(&head.value, &self.base);
        if !is_back {
            self.heads.push(head);
        }
    }

    /// Somebody saw the heads of `seen` and wrote `head` over them all.
    pub fn settle(&mut self, seen: &Self, head: Head) {
        let cell = &self.cell;
        self.heads.retain(|h| !seen.heads.iter().any(|s| s.event == h.event) && !cell.is_same(&h.value, &head.value));
        self.heads.push(head);
    }

    /// What was settled with `value` is open again.
    pub fn reopen(&mut self, seen: &Self, value: &Value) {
        let cell = &self.cell;
        self.heads.retain(|h| !cell.is_same(&h.value, value));
        self.heads.extend(seen.heads.iter().cloned());
        self.base.clone_from(&seen.base);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Writes by name, from what to what, in the order of the log; and who is left, the one in force last.
    fn check(writes: &[(&str, i64, i64)], left: &[(&str, i64)]) {
        let mut register = Register::default();
        for (at, (by, before, after)) in writes.iter().enumerate() {
            let head = Head { event: format!("{at}"), by: (*by).into(), at_us: 0, value: json!(after) };
            register.write(&json!(before), head);
        }
        let found: Vec<(&str, i64)> = register.heads.iter().map(|h| (h.by.as_str(), h.value.as_i64().unwrap_or(-1))).collect();
        assert_eq!(found, left, "{writes:?}");
    }

    #[test]
    fn who_wrote_without_seeing_the_other_is_left() {
        check(&[("ada", 0, 1), ("ada", 1, 2)], &[("ada", 2)]);
        check(&[("ada", 0, 1), ("bo", 1, 2)], &[("bo", 2)]);
        check(&[("ada", 0, 1), ("bo", 0, 2)], &[("ada", 1), ("bo", 2)]);
        check(&[("ada", 0, 1), ("bo", 0, 2), ("ada", 1, 3)], &[("bo", 2), ("ada", 3)]);
        check(&[("ada", 0, 1), ("bo", 0, 2), ("cy", 0, 3)], &[("ada", 1), ("bo", 2), ("cy", 3)]);
    }

    #[test]
    fn the_same_word_is_no_dispute() {
        check(&[("ada", 0, 1), ("bo", 0, 1)], &[("bo", 1)]);
        check(&[("ada", 0, 1), ("bo", 0, 2), ("ada", 1, 2)], &[("ada", 2)]);
    }

    #[test]
    fn who_takes_back_leaves_the_others_word_in_force() {
        check(&[("ada", 0, 1), ("bo", 0, 2), ("ada", 1, 0)], &[("bo", 2)]);
        check(&[("bo", 0, 2), ("ada", 0, 1), ("ada", 1, 0)], &[("bo", 2)]);
        // Going back to what stood long before is a word of its own.
        check(&[("ada", 0, 1), ("ada", 1, 2), ("bo", 2, 5), ("ada", 2, 0)], &[("bo", 5), ("ada", 0)]);
    }

    #[test]
    fn what_is_settled_can_be_opened_again() {
        let head = |event: &str, value: i64| Head { event: event.into(), by: String::new(), at_us: 0, value: json!(value) };
        let mut register = Register::default();
        register.write(&json!(0), head("a", 1));
        register.write(&json!(0), head("b", 2));
        let seen = register.clone();
        register.settle(&seen, head("c", 1));
        assert_eq!(register.heads, [head("c", 1)]);
        register.reopen(&seen, &json!(1));
        assert_eq!(register, seen);
    }
}
