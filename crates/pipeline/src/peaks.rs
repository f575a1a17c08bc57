//! The waveform as a pyramid of minima and maxima, so that any zoom draws from about as many columns as it has pixels.
//!
//! As bytes, all little-endian:
//!
//! | offset | type | what |
//! |---|---|---|
//! | 0 | 4 bytes | `PLPK` |
//! | 4 | u32 | version of the format, 1 |
//! | 8 | u32 | samples per second, 16,000 |
//! | 12 | u32 | samples per column of level 0, 256 |
//! | 16 | u32 | columns of a level per column of the next, 4 |
//! | 20 | u32 | number of levels, L |
//! | 24 | u64 | samples in all |
//! | 32 | L × (u64, u64) | per level: offset of its first column from the start of the file, number of columns |
//! | … | columns | level 0 first; per column an i8 minimum and an i8 maximum, where 127 is full scale |
//!
//! So columns `a..b` of a level are the bytes `offset + 2·a .. offset + 2·b`.

use plumbline_core::align::SAMPLE_RATE;

/// Minimum and maximum of a stretch of sound, -127..=127 for -1..1.
pub type Column = [i8; 2];

/// Samples per column of level 0: 16 ms.
pub const BASE: usize = 256;
/// Columns of a level per column of the next.
pub const FACTOR: usize = 4;

const MAGIC: &[u8; 4] = b"PLPK";
const VERSION: u32 = 1;
const HEADER: usize = 32;
const LEVEL_ENTRY: usize = 16;

/// A waveform pyramid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peaks {
    samples: u64,
    levels: Vec<Vec<Column>>,
}

impl Peaks {
    /// How many samples it was made of, at 16 kHz.
    pub fn samples(&self) -> u64 {
        self.samples
    }

    /// How many levels there are. A column of level `n` covers `BASE * FACTOR^n` samples. The last level has at most one column.
    pub fn levels(&self) -> usize {
        self.levels.len()
    }

    /// Columns `from..to` of a level, cut to what there is; nothing where the level does not exist.
    pub fn slice(&self, level: usize, from: usize, to: usize) -> &[Column] {
        let columns = self.levels.get(level).map_or(&[][..], Vec::as_slice);
        let to = to.min(columns.len());
        &columns[from.min(to)..to]
    }

    /// The bytes described in the module's head.
    pub fn to_bytes(&self) -> Vec<u8> {
        let data = HEADER + LEVEL_ENTRY * self.levels.len();
        let columns: usize = self.levels.iter().map(Vec::len).sum();
        let mut bytes = Vec::with_capacity(data + 2 * columns);
        bytes.extend(MAGIC);
        for v in [VERSION, SAMPLE_RATE, BASE as u32, FACTOR as u32, self.levels.len() as u32] {
            bytes.extend(v.to_le_bytes());
        }
        bytes.extend(self.samples.to_le_bytes());
        let mut offset = data as u64;
        for level in &self.levels {
            bytes.extend(offset.to_le_bytes());
            bytes.extend((level.len() as u64).to_le_bytes());
            offset += 2 * level.len() as u64;
        }
        bytes.extend(self.levels.iter().flatten().flatten().map(|v| v.to_le_bytes()[0]));
        bytes
    }

    /// Reads what [`Peaks::to_bytes`] wrote; nothing where the bytes are damaged or of another version.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let u32_at = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        let u64_at = |at: usize| Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
        let head = [VERSION, SAMPLE_RATE, BASE as u32, FACTOR as u32];
        if bytes.get(..4)? != MAGIC || (0..4).any(|i| u32_at(4 + 4 * i) != Some(head[i])) {
            return None;
        }
        let (count, samples) = (u32_at(20)? as usize, u64_at(24)?);
        let mut expected = samples.div_ceil(BASE as u64);
        let mut offset = HEADER.checked_add(LEVEL_ENTRY.checked_mul(count)?)?;
        // Not reserved by the header's count, which damage may have made huge.
        let mut levels = Vec::new();
        for entry in (0..count).map(|i| HEADER + LEVEL_ENTRY * i) {
            let (at, columns) = (u64_at(entry)?, u64_at(entry + 8)?);
            if at != offset as u64 || columns != expected {
                return None;
            }
            let end = offset.checked_add(usize::try_from(columns.checked_mul(2)?).ok()?)?;
            let data = bytes.get(offset..end)?;
            levels.push(data.chunks_exact(2).map(|c| [c[0] as i8, c[1] as i8]).collect());
            (offset, expected) = (end, expected.div_ceil(FACTOR as u64));
        }
        (offset == bytes.len() && count == level_count(samples)).then_some(Self { samples, levels })
    }
}

/// Levels of a pyramid over so many samples: from `BASE` samples a column up to a single column.
fn level_count(samples: u64) -> usize {
    let (mut columns, mut levels) = (samples.div_ceil(BASE as u64), 1);
    while columns > 1 {
        (columns, levels) = (columns.div_ceil(FACTOR as u64), levels + 1);
    }
    levels
}

/// Makes a [`Peaks`] from sound that arrives block by block.
#[derive(Debug, Default)]
pub struct PeaksBuilder {
    samples: u64,
    base: Vec<Column>,
    open: Option<Column>,
}

impl PeaksBuilder {
    /// A builder that has heard nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next samples: 16 kHz, one channel, -1..1. What lies outside is clipped; what is not a number counts as 0.
    pub fn push(&mut self, block: &[f32]) {
        for &sample in block {
            // The cast saturates and takes NaN to 0.
            let value = ((sample * 127.0).round() as i8).max(-127);
            let [low, high] = self.open.unwrap_or([value, value]);
            self.open = Some([low.min(value), high.max(value)]);
            self.samples += 1;
            if self.samples.is_multiple_of(BASE as u64) {
                self.base.extend(self.open.take());
            }
        }
    }

    /// The pyramid over all that was pushed.
    pub fn finish(mut self) -> Peaks {
        self.base.extend(self.open.take());
        let mut levels = vec![self.base];
        while let Some(last) = levels.last().filter(|level| level.len() > 1) {
            let next = last.chunks(FACTOR).map(cover).collect();
            levels.push(next);
        }
        Peaks { samples: self.samples, levels }
    }
}

/// The column over several; they must not be none.
fn cover(columns: &[Column]) -> Column {
    columns.iter().fold([i8::MAX, i8::MIN], |[low, high], c| [low.min(c[0]), high.max(c[1])])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn build(samples: &[f32], block: usize) -> Peaks {
        let mut builder = PeaksBuilder::new();
        samples.chunks(block.max(1)).for_each(|b| builder.push(b));
        builder.finish()
    }

    #[test]
    fn columns_hold_the_extremes_of_their_stretch() {
        let mut samples = vec![0.0; 3 * BASE + 10];
        samples[0] = 1.0;
        samples[BASE] = -1.0;
        samples[2 * BASE + 5] = 0.5;
        samples[3 * BASE + 9] = f32::NAN;
        samples[3 * BASE + 8] = -7.0;
        let peaks = build(&samples, 100);
        assert_eq!(peaks.slice(0, 0, 9), [[0, 127], [-127, 0], [0, 64], [-127, 0]]);
        assert_eq!(peaks.slice(1, 0, 9), [[-127, 127]]);
        assert_eq!(peaks.levels(), 2);
    }

    #[test]
    fn slices_are_cut_to_what_there_is() {
        let peaks = build(&vec![0.25; 10 * BASE], 999);
        for (level, from, to, len) in [(0, 0, 10, 10), (0, 8, 99, 2), (0, 99, 3, 0), (0, 5, 2, 0), (1, 0, 9, 3), (2, 0, 9, 1), (3, 0, 9, 0)]
        {
            assert_eq!(peaks.slice(level, from, to).len(), len, "{level} {from}..{to}");
        }
    }

    #[test]
    fn damaged_bytes_are_refused() {
        let whole = build(&vec![0.5; 9_000], 77).to_bytes();
        assert!(Peaks::from_bytes(&whole).is_some());
        for len in 0..whole.len() {
            assert_eq!(Peaks::from_bytes(&whole[..len]), None, "cut to {len}");
        }
        // Byte 24 is the low byte of the sample count, which the number of columns does not pin down.
        for at in (0..HEADER + LEVEL_ENTRY).filter(|&at| at != 24) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x81;
            assert_eq!(Peaks::from_bytes(&bytes), None, "byte {at} turned");
        }
        assert_eq!(Peaks::from_bytes(&[whole, vec![0]].concat()), None);
    }

    proptest! {
        #[test]
        fn every_level_covers_the_one_below_exactly(samples in prop::collection::vec(-1.5f32..1.5, 0..20_000), block in 1usize..3_000) {
            let peaks = build(&samples, block);
            prop_assert_eq!(peaks.slice(0, 0, usize::MAX).len(), samples.len().div_ceil(BASE));
            for level in 1..peaks.levels() {
                let below = peaks.slice(level - 1, 0, usize::MAX);
                let here = peaks.slice(level, 0, usize::MAX);
                prop_assert_eq!(here.len(), below.len().div_ceil(FACTOR));
                for (column, children) in here.iter().zip(below.chunks(FACTOR)) {
                    prop_assert_eq!(column[0], children.iter().map(|c| c[0]).min().unwrap_or(0));
                    prop_assert_eq!(column[1], children.iter().map(|c| c[1]).max().unwrap_or(0));
                }
            }
            prop_assert_eq!(Peaks::from_bytes(&peaks.to_bytes()), Some(peaks));
        }
    }
}
