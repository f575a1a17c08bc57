use super::*;
use crate::gate::tests::{limits, values};
use crate::transcript::Transcript;

const WIDTH: usize = 96;
const HEIGHT: usize = 64;

/// What a picture shows at x, y in second n.
type Draw = fn(usize, usize, usize) -> u8;

/// Discs of a few pixels on a slope, which drift with time: something to see, sharp, well lit and moving.
fn scene(x: usize, y: usize, n: usize) -> u8 {
    let disc = ((x + 3 * n) % 12).abs_diff(6) + (y % 12).abs_diff(6) < 4;
    (60 + x / 2 + if disc { 90 } else { 0 }) as u8
}

fn soft(x: usize, y: usize, n: usize) -> u8 {
    let wave = |v: usize| (v as f32 / 24.0 * std::f32::consts::TAU).sin();
    (128.0 + 50.0 * wave(x + 4 * n) + 50.0 * wave(y)) as u8
}

fn facts(seconds: usize, draw: Draw) -> PictureFacts {
    let mut builder = PictureFactsBuilder::new();
    for n in 0..seconds {
        let values: Vec<u8> = (0..WIDTH * HEIGHT).map(|i| draw(i % WIDTH, i / WIDTH, n)).collect();
        let luma = Luma { width: WIDTH, height: HEIGHT, rows_per_pixel: 1, values: &values };
        builder.push(MediaTime::from_ms(1_000 * n as i64), &luma);
    }
    builder.finish()
}

/// Of twenty seconds: which gate fails how often, and no other.
fn check(seconds: usize, draw: Draw, failing: &[(GateId, usize)]) {
    let (transcript, facts) = (Transcript::empty(), facts(seconds, draw));
    let duration = MediaTime::from_ms(1_000 * seconds as i64);
    let inputs = Inputs { picture: Some(&facts), ..Inputs::new(&transcript, &[], duration) };
    let mut out = Vec::new();
    measure(&inputs, &mut out);
    let wanted: Vec<GateId> = failing.iter().flat_map(|(gate, times)| vec![*gate; *times]).collect();
    assert_eq!(limits().failing(&out), wanted, "{facts:?}");
}

#[test]
fn each_gate_tells_its_fault_and_no_other() {
    check(20, scene, &[]);
    check(20, soft, &[(GateId::Sharpness, 2)]);
    check(20, |x, y, n| if n < 8 { 16 } else { scene(x, y, n) }, &[(GateId::Black, 1)]);
    check(20, |x, y, n| if scene(x, y, n) > 110 { 255 } else { 0 }, &[(GateId::Exposure, 2)]);
    check(20, |x, y, n| scene(x, y, if y % 2 == 0 { n } else { n + 1 }), &[(GateId::Interlacing, 2)]);
    check(100, |x, y, n| scene(x, y, if (10..90).contains(&n) { 10 } else { n }), &[(GateId::Frozen, 1)]);
    // A black screen is not called frozen, and neither is noise.
    check(90, |_, _, _| 16, &[(GateId::Black, 9)]);
}

#[test]
fn a_picture_that_stands_still_is_measured_from_its_first_look_to_its_last() {
    let found = facts(30, |x, y, n| scene(x, y, if (5..12).contains(&n) { 5 } else { n })).still;
    assert_eq!(found, [Span::new(MediaTime::from_ms(5_000), MediaTime::from_ms(11_000))]);
}

#[test]
fn the_size_needs_no_look() {
    let transcript = Transcript::empty();
    for (edge, fails) in [(720, 0), (224, 0), (223, 1)] {
        let inputs = Inputs { short_edge: Some(edge), ..Inputs::new(&transcript, &[], MediaTime::from_ms(1_000)) };
        let mut out = Vec::new();
        measure(&inputs, &mut out);
        assert_eq!((values(&out, GateId::PictureSize), limits().failing(&out).len()), (vec![f64::from(edge)], fails));
    }
}

#[test]
fn rows_are_put_together_and_damage_is_left_out() {
    let tall: Vec<u8> = (0..2 * 8 * 8).map(|i| if (i / 8) % 2 == 0 { 100 } else { 102 }).collect();
    assert_eq!(square(&Luma { width: 8, height: 16, rows_per_pixel: 2, values: &tall }), vec![101; 64]);
    let mut builder = PictureFactsBuilder::new();
    builder.push(MediaTime::ZERO, &Luma { width: 8, height: 16, rows_per_pixel: 1, values: &tall[..9] });
    assert_eq!(builder.finish(), PictureFacts::default());
}
