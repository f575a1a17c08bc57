//! What a limit costs: minutes of review on one side, escapes on the other.

use super::estimate::Sweep;

/// A limit and what it costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// The limit, as a score.
    pub limit: f64,
    /// Minutes of review that its flags take.
    pub minutes: f64,
    /// Defects that it lets pass, as estimated.
    pub escapes: f64,
}

/// The costs of rows of a sweep, where a flag takes `pace_us` microseconds of review. Rows of which no escapes are known are left out.
pub fn costs(sweep: &Sweep, rows: &[usize], pace_us: i64) -> Vec<Cost> {
    let minutes = pace_us as f64 / 60e6;
    let cost = |row: &usize| {
        let flagged = sweep.flagged[*row];
        let passing = sweep.units - flagged;
        let escapes = if passing == 0 { 0.0 } else { sweep.escapes(*row) * f64::from(passing) };
        (!escapes.is_nan()).then(|| Cost { limit: sweep.limit[*row], minutes: f64::from(flagged) * minutes, escapes })
    };
    rows.iter().filter_map(cost).collect()
}

/// The costs of which no other is as good in both and better in one, by rising minutes. Of costs that are alike the first remains.
pub fn pareto(costs: &[Cost]) -> Vec<Cost> {
    let mut sorted = costs.to_vec();
    sorted.sort_by(|a, b| a.minutes.total_cmp(&b.minutes).then(a.escapes.total_cmp(&b.escapes)));
    let mut least = f64::INFINITY;
    sorted.retain(|cost| {
        let better = cost.escapes < least;
        least = least.min(cost.escapes);
        better
    });
    sorted
}

/// The cheapest limit where an escape is worth `escape_minutes` minutes of review (0 or more). Of limits that cost the same, the one with fewest
/// escapes. None without costs.
pub fn best(costs: &[Cost], escape_minutes: f64) -> Option<Cost> {
    let price = |cost: &Cost| cost.minutes + cost.escapes * escape_minutes;
    costs.iter().min_by(|a, b| price(a).total_cmp(&price(b)).then(a.escapes.total_cmp(&b.escapes))).copied()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::estimate::{Labels, sweep};
    use super::*;

    fn made() -> Vec<Cost> {
        let scores: Vec<f64> = (0..10).map(f64::from).collect();
        // The lowest three are defects, and one that looks good.
        let defects: Vec<bool> = (0..10).map(|i| i < 3 || i == 8).collect();
        let sweep = sweep(&scores, Labels { scores: &scores, defects: &defects, inclusion: &[1.0; 10] }).unwrap();
        costs(&sweep, &sweep.shown(512), 30_000_000)
    }

    #[test]
    fn minutes_rise_and_escapes_fall() {
        let costs = made();
        assert_eq!(costs.len(), 11);
        for (row, minutes, escapes) in [(0, 0.0, 4.0), (3, 1.5, 1.0), (8, 4.0, 1.0), (10, 5.0, 0.0)] {
            assert!((costs[row].minutes - minutes).abs() < 1e-9 && (costs[row].escapes - escapes).abs() < 1e-9, "{:?}", costs[row]);
        }
    }

    #[test]
    fn the_price_of_an_escape_picks_the_limit() {
        for (price, limit) in [(0.0, 0.0), (0.1, 0.0), (0.6, 3.0), (2.9, 3.0), (3.1, 9.0), (1e9, 9.0)] {
            assert!((best(&made(), price).unwrap().limit - limit).abs() < 1e-9, "{price}");
        }
        assert_eq!(best(&[], 1.0), None);
    }

    #[test]
    fn what_another_limit_beats_in_both_is_not_shown() {
        let kept = pareto(&made());
        assert_eq!(kept.iter().map(|cost| cost.limit as i32).collect::<Vec<_>>(), [0, 1, 2, 3, 9]);
        let none = sweep(&[1.0, 2.0], Labels { scores: &[], defects: &[], inclusion: &[] }).unwrap();
        // Only where nothing passes is it known, without labels, what escapes.
        assert_eq!(costs(&none, &[0, 1, 2], 1).len(), 1);
    }
}
