//! Sorting by score: from some thousands on, counting digits takes a fraction of the time of comparing.

const BITS: usize = 11;
const DIGITS: usize = 64_usize.div_ceil(BITS);
const VALUES: usize = 1 << BITS;
/// Fewer are compared.
const FEW: usize = 4096;

/// A whole number that orders as the score does.
fn key(score: f64) -> u64 {
    let bits = score.to_bits();
    if score.is_sign_negative() { !bits } else { bits | 1 << 63 }
}

fn digit(key: u64, at: usize) -> usize {
    (key >> (BITS * at)) as usize % VALUES
}

/// `items` by rising finite score. What ties keeps its order (radix sort from the lowest digit on).
pub(super) fn by_score<T: Copy>(mut items: Vec<T>, score: impl Fn(&T) -> f64) -> Vec<T> {
    if items.len() < FEW {
        items.sort_by(|a, b| score(a).total_cmp(&score(b)));
        return items;
    }
    let mut counts = [[0usize; VALUES]; DIGITS];
    for item in &items {
        let key = key(score(item));
        for (at, counts) in counts.iter_mut().enumerate() {
            counts[digit(key, at)] += 1;
        }
    }
    let mut moved = items.clone();
    for (at, places) in counts.iter_mut().enumerate() {
        // A digit that all have in common moves nothing.
        if places.contains(&items.len()) {
            continue;
        }
        let mut before = 0;
        for place in places.iter_mut() {
            before += std::mem::replace(place, before);
        }
        for item in &items {
            let place = &mut places[digit(key(score(item)), at)];
            moved[*place] = *item;
            *place += 1;
        }
        std::mem::swap(&mut items, &mut moved);
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_are_sorted_as_few_are_and_ties_keep_their_order() {
        let mut seed = 1u64;
        let items: Vec<(f64, usize)> = (0..3 * FEW)
            .map(|at| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let spread = 10f64.powi((seed >> 60) as i32 - 8);
                (((seed >> 40) as f64 / 1000.0 - 8000.0).round() * spread + 0.0, at)
            })
            .collect();
        let mut expected = items.clone();
        expected.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert_eq!(by_score(items, |item| item.0), expected);
        assert_eq!(by_score(vec![2.5; FEW], |item| *item), vec![2.5; FEW]);
    }
}
