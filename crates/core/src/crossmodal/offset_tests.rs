use super::*;
use crate::align::EnvelopeBuilder;

/// A seeded generator (Marsaglia's xorshift).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.next()
    }

    /// Times in ms, from 500 ms to 500 ms before the end, `least` to `most` ms apart.
    fn times(&mut self, seconds: i64, least: f64, most: f64) -> Vec<i64> {
        let mut at = 500.0;
        let each = std::iter::from_fn(|| {
            at += self.between(least, most);
            (at < seconds as f64 * 1e3 - 500.0).then_some(at as i64)
        });
        each.collect()
    }
}

/// The envelope of a sound with bursts of tone and hiss that begin at these times, of 30 ms to `longest` ms, over noise.
fn sound(seconds: i64, bursts: &[i64], longest: f64, noise: f64, chance: &mut Chance) -> Envelope {
    let mut samples: Vec<f32> = (0..seconds * 16_000).map(|_| (noise * chance.between(-1.0, 1.0)) as f32).collect();
    for at in bursts {
        let (length, level, hertz) = (chance.between(30.0, longest), chance.between(0.1, 0.5), chance.between(300.0, 2_000.0));
        for i in 0..(length * 16.0) as usize {
            let Some(sample) = usize::try_from(at * 16 + i as i64).ok().and_then(|n| samples.get_mut(n)) else { continue };
            let tone = (i as f64 * hertz / 16_000.0 * std::f64::consts::TAU).sin();
            *sample += (level * (0.8 * tone + chance.between(-0.2, 0.2))) as f32;
        }
    }
    let mut builder = EnvelopeBuilder::new();
    builder.push(&samples);
    builder.finish()
}

/// Pictures of 40 ms that change by `usual` more or less, and by `jump` in the first frame from each of these times on.
fn picture(seconds: i64, jumps: &[i64], usual: f64, jump: f64, chance: &mut Chance) -> PictureChanges {
    let mut changes = PictureChanges::default();
    for frame in 0..seconds * 25 {
        let at = frame * 40;
        let next = jumps.partition_point(|jump| *jump <= at - 40);
        let jumps = jumps.get(next).is_some_and(|jump| *jump <= at);
        let change = if jumps { jump * chance.between(0.7, 1.4) } else { usual * chance.between(0.6, 1.6) };
        changes.push(MediaTime::from_ms(at), change as f32);
    }
    changes
}

fn ms(found: Option<Offset>) -> Option<f64> {
    found.map(|o| o.offset.us() as f64 / 1e3)
}

fn shifted(times: &[i64], by: i64) -> Vec<i64> {
    times.iter().map(|t| t + by).collect()
}

#[test]
fn known_offsets_are_found_to_a_frame() {
    for (seed, by) in [(1, -400), (2, -120), (3, -40), (4, 0), (5, 40), (6, 120), (7, 400), (8, 900), (9, 13)] {
        let mut chance = Chance(seed);
        // On the grid of frames, as what is drawn is.
        let times: Vec<i64> = chance.times(90, 400.0, 3_000.0).iter().map(|t| t / 40 * 40).collect();
        let (envelope, changes) = (sound(90, &shifted(&times, by), 200.0, 1e-3, &mut chance), picture(90, &times, 0.5, 12.0, &mut chance));
        let found = offset(&envelope, &changes, &[]);
        assert!(ms(found).is_some_and(|found| (found - by as f64).abs() <= 10.0), "{by}: {found:?}");
        assert!(found.unwrap().halves.iter().all(|half| (half.us() - by * 1_000).abs() <= 20_000), "{by}: {found:?}");
    }
}

#[test]
fn one_event_in_three_that_is_seen_and_heard_is_enough() {
    let mut chance = Chance(11);
    let both = chance.times(300, 2_000.0, 6_000.0);
    let with = |others: Vec<i64>| {
        let mut all = [both.clone(), others].concat();
        all.sort_unstable();
        all
    };
    let (seen, heard) = (with(chance.times(300, 1_000.0, 3_000.0)), with(chance.times(300, 1_000.0, 3_000.0)));
    let (envelope, changes) = (sound(300, &shifted(&heard, 160), 300.0, 1e-2, &mut chance), picture(300, &seen, 2.0, 15.0, &mut chance));
    let found = offset(&envelope, &changes, &[]);
    // A frame shows what happened since the one before it: up to 40 ms, 20 ms in the mean.
    assert!(ms(found).is_some_and(|found| (found - 140.0).abs() <= 20.0), "{found:?}");
}

/// Sound and pictures of many kinds; the same kinds in other halves of the table have nothing to do with each other.
fn unrelated(count: u64) -> (Vec<Envelope>, Vec<PictureChanges>) {
    let kinds = [(300.0, 900.0), (400.0, 3_000.0), (150.0, 600.0), (2_000.0, 9_000.0), (500.0, 500.001), (480.0, 520.0)];
    let each = (0..count).map(|seed| {
        let mut chance = Chance(1_000 + seed * 7_919);
        let ((least, most), (other_least, other_most)) = (kinds[seed as usize % 6], kinds[(seed as usize / 6 + seed as usize) % 6]);
        let (heard, seen) = (chance.times(90, least, most), chance.times(90, other_least, other_most));
        (sound(90, &heard, 250.0, 1e-3, &mut chance), picture(90, &seen, 0.5, 12.0, &mut chance))
    });
    each.unzip()
}

#[test]
fn unrelated_sound_and_pictures_say_nothing() {
    let (sounds, pictures) = unrelated(36);
    let mut found = vec![];
    for (i, sound) in sounds.iter().enumerate() {
        found.extend(pictures.iter().enumerate().filter_map(|(j, picture)| Some((i, j, offset(sound, picture, &[])?))));
    }
    assert!(found.len() <= 36 * 36 / 1_000, "{} of {}: {found:?}", found.len(), 36 * 36);
}

#[test]
fn a_constant_beat_gives_many_answers_and_so_none() {
    for (seed, period) in [(21, 250), (22, 500), (23, 600), (24, 1_000), (25, 1_900), (26, 4_000)] {
        let mut chance = Chance(seed);
        let times: Vec<i64> = (1..120_000 / period).map(|n| n * period).collect();
        let (envelope, changes) =
            (sound(120, &shifted(&times, 200), 100.0, 1e-3, &mut chance), picture(120, &times, 0.5, 12.0, &mut chance));
        assert_eq!(offset(&envelope, &changes, &[]), None, "every {period} ms");
    }
}

#[test]
fn cuts_on_the_beat_say_nothing() {
    let mut chance = Chance(31);
    let times = chance.times(120, 700.0, 3_000.0);
    let cuts: Vec<MediaTime> = times.iter().map(|t| MediaTime::from_ms((t + 39) / 40 * 40)).collect();
    let (envelope, changes) = (sound(120, &shifted(&times, 140), 200.0, 1e-3, &mut chance), picture(120, &times, 0.5, 60.0, &mut chance));
    assert!(offset(&envelope, &changes, &[]).is_some(), "this very habit would be taken for an offset");
    assert_eq!(offset(&envelope, &changes, &cuts), None);
}

#[test]
fn what_gives_two_answers_and_what_changes_in_the_middle_say_nothing() {
    let mut chance = Chance(41);
    let times = chance.times(120, 900.0, 3_000.0);
    // A lamp that goes out as long after it came on, each time.
    let mut twice = [times.clone(), shifted(&times, 200)].concat();
    twice.sort_unstable();
    let envelope = sound(120, &times, 150.0, 1e-3, &mut chance);
    assert_eq!(offset(&envelope, &picture(120, &twice, 0.5, 12.0, &mut chance), &[]), None);
    // Sound that is late in the second half alone.
    let late: Vec<i64> = times.iter().map(|t| if *t > 60_000 { t + 200 } else { *t }).collect();
    let envelope = sound(120, &late, 150.0, 1e-3, &mut chance);
    assert_eq!(offset(&envelope, &picture(120, &times, 0.5, 12.0, &mut chance), &[]), None);
}

#[test]
fn nothing_to_see_or_to_hear_says_nothing() {
    let mut chance = Chance(51);
    let times = chance.times(60, 400.0, 3_000.0);
    let (envelope, changes) = (sound(60, &times, 200.0, 1e-3, &mut chance), picture(60, &times, 0.5, 12.0, &mut chance));
    let still = picture(60, &[], 0.0, 0.0, &mut chance);
    let silent = Envelope { values: vec![0.0; 6_000] };
    let broken = Envelope { values: vec![f32::NAN; 6_000] };
    for (envelope, changes) in [
        (&envelope, &still),
        (&silent, &changes),
        (&broken, &changes),
        (&silent, &still),
        (&Envelope::default(), &changes),
        (&envelope, &PictureChanges::default()),
    ] {
        assert_eq!(offset(envelope, changes, &[]), None);
    }
    // Four coincidences are too few, however exact.
    let few = &times[..4];
    let (envelope, changes) = (sound(60, few, 200.0, 1e-3, &mut chance), picture(60, few, 0.5, 12.0, &mut chance));
    assert_eq!(offset(&envelope, &changes, &[]), None);
}
