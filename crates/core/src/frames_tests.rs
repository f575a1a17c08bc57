#![allow(clippy::unwrap_used)]

use super::*;
use proptest::prelude::*;

const SIZE: (usize, usize) = (64, 36);

/// A scene of its own for each number, `0` black; `soft` blurs it, `moved` shifts it.
fn picture(scene: u32, soft: usize, moved: usize) -> Vec<u8> {
    let (width, height) = SIZE;
    if scene == 0 {
        return vec![2; width * height];
    }
    // Blocks of 8 by 6 pixels with a brightness by scene and place, and fine stripes over them.
    let sharp = |x: usize, y: usize| {
        let (bx, by) = (((x + moved) % width / 8) as u32, (y / 6) as u32);
        let mix = |v: u32| (v ^ (v >> 15)).wrapping_mul(2_654_435_761);
        let mixed = mix(mix(mix(scene) ^ bx) ^ by) >> 24;
        (40 + mixed * 90 / 255 + 80 * ((x + moved) as u32 % 2)) as i32
    };
    let blurred = |x: usize, y: usize| {
        let (from, to) = (x.saturating_sub(soft), (x + soft).min(width - 1));
        (from..=to).map(|x| sharp(x, y)).sum::<i32>() / (to - from + 1) as i32
    };
    (0..width * height).map(|i| blurred(i % width, i / width) as u8).collect()
}

/// What is chosen of pictures at eight a second, whose PTS are their numbers.
fn chosen(wish: &Wish, pictures: &[Vec<u8>], cuts: &[usize]) -> Vec<Pick> {
    let at = |n: usize| MediaTime::from_ms(125 * n as i64);
    let (mut selector, mut picks) = (Selector::new(wish.clone()), Vec::new());
    for (n, values) in pictures.iter().enumerate() {
        if cuts.contains(&n) {
            selector.cut(at(n));
        }
        selector.push(n as i64, at(n), &Luma { width: SIZE.0, height: SIZE.1, rows_per_pixel: 1, values });
        picks.extend(selector.decide(at(n)));
    }
    picks.extend(selector.finish());
    picks
}

fn scenes(of: &[(u32, usize)]) -> Vec<Vec<u8>> {
    of.iter().flat_map(|(scene, count)| vec![picture(*scene, 0, 0); *count]).collect()
}

#[test]
fn frames_are_chosen_by_shot_time_and_motion() {
    let calm = Wish { every: Delta::ZERO, ..Wish::default() };
    let by_time = Wish { every: Delta::from_us(1_000_000), per_shot: false, ..Wish::default() };
    let moving: Vec<Vec<u8>> = (0..40).map(|n| picture(3, 0, n / 2)).collect();
    let mut blurred = scenes(&[(1, 20)]);
    (0..4).for_each(|n| blurred[n] = picture(1, 6, 0));
    let mut after_cut = scenes(&[(1, 8), (2, 8)]);
    (8..11).for_each(|n| after_cut[n] = picture(2, 6, 0));
    let each = |wish: &Wish| Wish { same: 0, ..wish.clone() };
    for (what, wish, pictures, cuts, expected) in [
        ("nothing", calm.clone(), vec![], vec![], vec![]),
        ("one of each shot, off the cut", calm.clone(), scenes(&[(1, 8), (2, 8), (3, 8)]), vec![8, 16], vec![(0, 0), (9, 1), (17, 2)]),
        ("a cut between two looks alike", calm.clone(), scenes(&[(1, 8), (1, 8)]), vec![8], vec![(0, 0)]),
        ("a shot that comes back", calm.clone(), scenes(&[(1, 8), (2, 8), (1, 8)]), vec![8, 16], vec![(0, 0), (9, 1)]),
        ("a shot of one look", calm.clone(), scenes(&[(1, 8), (2, 1), (3, 8)]), vec![8, 9], vec![(0, 0), (8, 1), (10, 2)]),
        ("black between shots", calm.clone(), scenes(&[(1, 8), (0, 4), (2, 8)]), vec![12], vec![(0, 0), (13, 1)]),
        ("a shot that is black", calm.clone(), scenes(&[(1, 8), (0, 8), (2, 8)]), vec![8, 16], vec![(0, 0), (8, 1), (17, 2)]),
        ("black all over", calm.clone(), scenes(&[(0, 30)]), vec![], vec![(0, 0)]),
        ("begins black", calm.clone(), scenes(&[(0, 6), (1, 8)]), vec![], vec![(6, 0)]),
        ("stands still", by_time.clone(), scenes(&[(1, 1_200)]), vec![], vec![(0, 0)]),
        ("moves", each(&by_time), moving.clone(), vec![], vec![(0, 0), (8, 0), (16, 0), (24, 0), (32, 0)]),
        // A sharp one lies further off than a neighbour may.
        ("blurred for long", calm.clone(), blurred, vec![], vec![(0, 0)]),
        ("blurred after the cut", calm.clone(), after_cut, vec![8], vec![(0, 0), (11, 1)]),
    ] {
        let got: Vec<_> = chosen(&wish, &pictures, &cuts).iter().map(|p| (p.pts, p.shot)).collect();
        assert_eq!(got, expected, "{what}");
    }
    let motion = Wish { motion: Some(0.05), per_shot: false, every: Delta::ZERO, ..Wish::default() };
    let got: Vec<_> = chosen(&motion, &moving, &[]).iter().map(|p| p.pts).collect();
    assert!(got.len() > 2 && got.len() < 20 && got[0] == 0, "{got:?}");
}

#[test]
fn sizes_fit_and_are_multiples() {
    for (max_edge, multiple, shown, expected) in [
        (1568, 1, (1280, 720), (1280, 720)),
        (640, 1, (1280, 720), (640, 360)),
        (640, 1, (720, 1280), (360, 640)),
        (640, 28, (1280, 720), (616, 364)),
        (1000, 28, (1000, 10), (980, 28)),
        (10, 28, (1280, 720), (28, 28)),
        (0, 0, (4, 4), (1, 1)),
    ] {
        assert_eq!(Wish { max_edge, multiple, ..Wish::default() }.size(shown), expected);
    }
}

#[test]
fn hashes_tell_scenes_apart_and_forgive_noise() {
    let look = |values: &[u8]| Look::of(&Luma { width: SIZE.0, height: SIZE.1, rows_per_pixel: 1, values }).unwrap();
    for scene in 1..20 {
        let one = picture(scene, 0, 0);
        let noisy: Vec<u8> = one.iter().enumerate().map(|(i, v)| v + (i * 31 % 7) as u8).collect();
        let (one, noisy, other) = (look(&one), look(&noisy), look(&picture(scene + 1, 0, 0)));
        assert!((one.hash() ^ noisy.hash()).count_ones() <= 8, "{scene}");
        assert!((one.hash() ^ other.hash()).count_ones() > 12, "{scene}");
        assert!(look(&picture(scene, 4, 0)).sharpness < BLURRED * one.sharpness, "{scene}");
    }
    assert!(look(&picture(0, 0, 0)).flat);
    assert!(Look::of(&Luma { width: 64, height: 36, rows_per_pixel: 1, values: &[0; 7] }).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn what_is_kept_is_in_order_distinct_and_within_the_cap(
        shots in prop::collection::vec((0u32..6, 1usize..30, 0usize..3), 1..14),
        every in prop_oneof![Just(0i64), 100_000i64..4_000_000],
        most in 1u32..30,
        same in 0u8..10,
    ) {
        let wish = Wish { every: Delta::from_us(every), most_per_minute: most, same, ..Wish::default() };
        let (mut pictures, mut cuts) = (Vec::new(), Vec::new());
        for (scene, count, moves) in &shots {
            cuts.push(pictures.len());
            pictures.extend((0..*count).map(|n| picture(*scene, n % 3, n * moves)));
        }
        cuts.remove(0);
        let picks = chosen(&wish, &pictures, &cuts);
        for pair in picks.windows(2) {
            prop_assert!(pair[0].at < pair[1].at && pair[0].pts < pair[1].pts);
            prop_assert!((pair[0].hash ^ pair[1].hash).count_ones() > u32::from(same));
        }
        for (i, pick) in picks.iter().enumerate() {
            let in_minute = picks[..=i].iter().filter(|other| pick.at - other.at < MINUTE).count();
            prop_assert!(in_minute <= most as usize);
            prop_assert_eq!(pick.shot as usize, cuts.partition_point(|cut| *cut as i64 <= pick.pts));
        }
        // Below the cap, a shot without a frame is one that was shown before.
        if picks.len() < most as usize {
            let starts: Vec<usize> = std::iter::once(0).chain(cuts.iter().copied()).collect();
            for (shot, start) in starts.iter().enumerate().filter(|(shot, _)| picks.iter().all(|p| p.shot as usize != *shot)) {
                let end = starts.get(shot + 1).copied().unwrap_or(pictures.len());
                let shown = pictures[*start..end].iter().any(|values| {
                    let look = Look::of(&Luma { width: SIZE.0, height: SIZE.1, rows_per_pixel: 1, values }).unwrap();
                    picks.iter().any(|p| (p.hash ^ look.hash()).count_ones() <= u32::from(same))
                });
                prop_assert!(shown, "shot {shot} of {cuts:?} has no frame");
            }
        }
    }
}
