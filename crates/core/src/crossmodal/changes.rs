//! How much the picture changes from frame to frame.

use crate::time::MediaTime;

/// Marks the bytes; the last byte is the version.
const MAGIC: [u8; 4] = *b"PLC\x01";
/// Bytes of one picture in the stored form.
const ROW: usize = 5;
/// A change up to about here, of 255, is that of a camera's noise or of coding.
const FLOOR: f32 = 0.25;
/// Steps of a stored level, in a neper: 255 stands for black against white.
const STEPS: f32 = 36.7;

/// How much each picture of a media differs from the one before it. Five bytes a picture, so that ten hours take a few megabytes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PictureChanges {
    at_ms: Vec<u32>,
    level: Vec<u8>,
}

impl PictureChanges {
    /// Takes the picture shown at `at`, and the root of the mean square by which its luma differs from the one before, 0..=255. Pictures come in
    /// order; one that does not, or lies before media time 0, is left out.
    pub fn push(&mut self, at: MediaTime, change: f32) {
        let Ok(at) = u32::try_from((at.us() + 500).div_euclid(1_000)) else { return };
        if self.at_ms.last().is_none_or(|last| *last < at) {
            self.at_ms.push(at);
            self.level.push(((1.0 + change.max(0.0) / FLOOR).ln() * STEPS).round() as u8);
        }
    }

    /// How many pictures there are.
    pub fn len(&self) -> usize {
        self.at_ms.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.at_ms.is_empty()
    }

    /// When a picture is shown, to the millisecond.
    pub(super) fn at(&self, i: usize) -> MediaTime {
        MediaTime::from_ms(i64::from(self.at_ms[i]))
    }

    /// How much it differs, as a logarithm in nepers: 0 where nothing moved.
    pub(super) fn level(&self, i: usize) -> f32 {
        f32::from(self.level[i]) / STEPS
    }

    /// A compact form to keep.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(MAGIC.len() + ROW * self.len());
        bytes.extend(MAGIC);
        for (at, level) in self.at_ms.iter().zip(&self.level) {
            bytes.extend(at.to_le_bytes());
            bytes.push(*level);
        }
        bytes
    }

    /// What [`PictureChanges::to_bytes`] wrote; none where the bytes are of another version or of something else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let rows = bytes.strip_prefix(&MAGIC)?.chunks_exact(ROW);
        if !rows.remainder().is_empty() {
            return None;
        }
        let (mut at_ms, mut level) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
        for row in rows {
            at_ms.push(u32::from_le_bytes([row[0], row[1], row[2], row[3]]));
            level.push(row[4]);
        }
        Some(Self { at_ms, level })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back_and_takes_five_bytes_a_picture() {
        let mut changes = PictureChanges::default();
        for (at, change) in
            [(-40_000, 9.0), (0, 0.0), (33_367, 0.3), (33_367, 80.0), (20_000, 80.0), (66_733, 12.5), (36_000_000_000, 255.0)]
        {
            changes.push(MediaTime::from_us(at), change);
        }
        let times: Vec<i64> = (0..changes.len()).map(|i| changes.at(i).us()).collect();
        assert_eq!(times, [0, 33_000, 67_000, 36_000_000_000]);
        for (i, change) in [0.0f32, 0.3, 12.5, 255.0].into_iter().enumerate() {
            assert!((changes.level(i) - (1.0 + change / FLOOR).ln()).abs() <= 0.5 / STEPS, "{i}");
        }
        let bytes = changes.to_bytes();
        assert_eq!(bytes.len(), 4 + 5 * 4);
        assert_eq!(PictureChanges::from_bytes(&bytes), Some(changes));
        assert_eq!(PictureChanges::from_bytes(&bytes[..bytes.len() - 1]), None);
        assert_eq!(PictureChanges::from_bytes(b"PLC\x02"), None);
        assert!(PictureChanges::from_bytes(&MAGIC).unwrap().is_empty());
    }
}
