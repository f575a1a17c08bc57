//! The name of a word, in an order that is the order of the text.

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// Bits for the imported word that an added word follows; what is above them is its rank.
const AFTER_BITS: u32 = 24;
/// Bits for the rank: with the others, as many as a number in the window holds exactly.
const RANK_BITS: u32 = 29;
/// How far new words are put behind each other in open space.
const OPEN_STRIDE: u64 = 1 << 14;
const AFTER: u64 = (1 << AFTER_BITS) - 1;

/// Which word. Words of the import are counted from 0. A word that a person added carries the imported word that it follows in its low 24
/// bits and its rank among those added there, 1 and more, above them; all ones below stand for "before the first word". Ids sort as the
/// text runs, so that half-open ranges of ids are ranges of text, whoever added words where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[serde(transparent)]
#[ts(type = "number")]
pub struct WordId(pub u64);

impl WordId {
    /// How many words an import may have.
    pub const LIMIT: usize = AFTER as usize;

    /// The imported word at `index`.
    pub fn imported(index: usize) -> Self {
        Self(index as u64)
    }

    /// A word added behind the imported word `after`, or before the first one; `rank` is 1 or more.
    pub fn added(after: Option<u32>, rank: u32) -> Self {
        let after = after.map_or(AFTER, |a| u64::from(a) & AFTER);
        Self(u64::from(rank) << AFTER_BITS | after)
    }

    /// Whether it is no word of the import.
    pub fn is_added(self) -> bool {
        self.rank() > 0
    }

    /// The index of the imported word that it is or follows; none before the first.
    pub fn after(self) -> Option<usize> {
        let after = self.0 & AFTER;
        (after != AFTER).then_some(after as usize)
    }

    /// 0 for an imported word.
    pub fn rank(self) -> u64 {
        self.0 >> AFTER_BITS
    }

    /// Whether it can name a word of a transcript with `count` imported words.
    pub fn is_within(self, count: usize) -> bool {
        let known = self.after().map_or(self.is_added(), |after| after < count);
        known && self.rank() < 1 << RANK_BITS
    }

    /// The end of a range whose last word it is: behind an imported word all that was added to it belongs to the range, too.
    pub fn end(self) -> Self {
        if self.is_added() { Self(self.0 + (1 << AFTER_BITS)) } else { Self(self.0 + 1) }
    }

    /// Ids for `n` new words between two neighbours in the text; none stands for its start and its end. `random` gives numbers of which all
    /// bits are used, so that two people who add at one place get different ids. None where the ranks between the two are used up.
    pub fn between(left: Option<Self>, right: Option<Self>, n: u32, random: &mut dyn FnMut() -> u64) -> Option<Vec<Self>> {
        let after = left.map_or(AFTER, |left| left.0 & AFTER);
        let low = left.map_or(0, Self::rank);
        let closed = right.filter(|right| right.is_added() && right.0 & AFTER == after);
        let high = closed.map_or(1 << RANK_BITS, Self::rank);
        let step = high.saturating_sub(low) / (u64::from(n) + 1);
        // In open space words are put close behind each other, so that a thousand more fit in between and behind.
        let stride = if closed.is_some() { step } else { step.min(OPEN_STRIDE) };
        if stride == 0 {
            return None;
        }
        // A quarter of a step to either side at most keeps them apart.
        let mut scatter = || random() % (stride / 2).max(1);
        Some((1..=u64::from(n)).map(|i| Self((low + stride * i + scatter() - stride / 4) << AFTER_BITS | after)).collect())
    }

    fn order(self) -> (u64, u64) {
        ((self.0 + 1) & AFTER, self.rank())
    }
}

impl Ord for WordId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

impl PartialOrd for WordId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::WordId;

    #[test]
    fn ids_sort_as_the_text_runs() {
        let added = WordId::added;
        let text =
            [added(None, 1), added(None, 7), WordId(0), added(Some(0), 1), added(Some(0), 2), WordId(1), added(Some(1), 500), WordId(2)];
        let mut sorted = text;
        sorted.reverse();
        sorted.sort();
        assert_eq!(sorted, text);
    }

    #[test]
    fn a_range_ends_behind_its_last_word_and_what_was_added_to_it() {
        let added = WordId::added(Some(3), 9);
        assert_eq!(WordId(3).end(), WordId(4));
        assert!(added < WordId(3).end() && added < added.end() && added.end() < WordId(4));
        let first = WordId::added(None, 4);
        assert!(first.end() > first && first.end() < WordId(0));
    }

    /// A generator that is random enough to scatter.
    fn scatter(mut seed: u64) -> impl FnMut() -> u64 {
        move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            seed >> 16
        }
    }

    #[test]
    fn new_words_lie_between_their_neighbours() {
        let added = WordId::added;
        for (left, right) in [
            (None, None),
            (None, Some(WordId(0))),
            (Some(WordId(3)), Some(WordId(4))),
            (Some(added(Some(3), 7)), Some(WordId(4))),
            (Some(WordId(3)), Some(added(Some(3), 100))),
            (Some(added(Some(3), 10)), Some(added(Some(3), 20))),
            (None, Some(added(None, 9))),
        ] {
            for n in 1..=5 {
                let new = WordId::between(left, right, n, &mut scatter(u64::from(n))).unwrap();
                let all: Vec<WordId> = left.into_iter().chain(new.iter().copied()).chain(right).collect();
                assert!(all.windows(2).all(|pair| pair[0] < pair[1]), "{all:?}");
                assert!(new.iter().all(|id| id.is_added() && id.is_within(4)), "{new:?}");
                assert_eq!(new.len(), n as usize);
            }
        }
        assert_eq!(WordId::between(Some(added(Some(3), 7)), Some(added(Some(3), 8)), 1, &mut scatter(1)), None);
        assert_eq!(WordId::between(Some(WordId(3)), Some(added(Some(3), 3)), 3, &mut scatter(1)), None);
    }

    #[test]
    fn a_thousand_words_fit_behind_each_other_and_two_people_get_two_ids() {
        let mut random = scatter(5);
        let mut last = WordId(0);
        for _ in 0..1_000 {
            last = WordId::between(Some(last), Some(WordId(1)), 1, &mut random).unwrap()[0];
        }
        let one = WordId::between(Some(WordId(0)), Some(WordId(1)), 1, &mut scatter(1));
        assert_ne!(one, WordId::between(Some(WordId(0)), Some(WordId(1)), 1, &mut scatter(2)));
    }

    #[test]
    fn a_number_in_the_window_holds_every_id() {
        let largest = WordId::added(None, (1 << 29) - 1);
        assert!(largest.0 < 1 << 53);
        assert!(largest.is_within(0));
        for (id, within) in [(WordId(2), true), (WordId(3), false), (WordId::added(Some(3), 1), false), (WordId::added(Some(2), 1), true)] {
            assert_eq!(id.is_within(3), within, "{id:?}");
        }
        assert!(!WordId(super::AFTER).is_within(usize::MAX), "nothing stands before the first word unless it was added");
    }
}
