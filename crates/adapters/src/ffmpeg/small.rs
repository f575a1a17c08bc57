//! Pictures brought down to a few pixels, each the mean of those it stands for: what looks at every frame of a film must be cheap.

use super::picture::Scaler;
use ffmpeg_next as av;
use ffmpeg_next::format::Pixel;
use ffmpeg_next::software::scaling;

/// Rows of one box that are added up at most, evenly spread: more cost time and tell little. Sums must fit 16 bits.
const MOST_ROWS: usize = 8;

/// Brings pictures down to one size.
pub(super) struct Shrinker {
    /// Across and down.
    pub(super) size: (usize, usize),
    scaler: Scaler,
    scaled: av::frame::Video,
    sums: Vec<u16>,
    /// Luma and both chromas, row by row, without padding.
    pub(super) planes: [Vec<u8>; 3],
}

impl Shrinker {
    pub(super) fn new(size: (usize, usize)) -> Self {
        let scaler = Scaler::new(scaling::Flags::BILINEAR);
        Self { size, scaler, scaled: av::frame::Video::empty(), sums: Vec::new(), planes: Default::default() }
    }

    /// Puts the first `count` planes of the picture into `planes`. False where it can't be scaled: its size is damaged.
    pub(super) fn run(&mut self, picture: &av::frame::Video, count: usize) -> bool {
        let planar = matches!(picture.format(), Pixel::YUV420P | Pixel::YUV422P | Pixel::YUV444P);
        if !planar {
            let size = (self.size.0 as u32, self.size.1 as u32);
            if self.scaler.run(picture, Pixel::YUV444P, size, &mut self.scaled).is_err() {
                return false;
            }
        }
        let from = if planar { picture } else { &self.scaled };
        for (plane, out) in self.planes.iter_mut().enumerate().take(count) {
            let size = (from.plane_width(plane) as usize, from.plane_height(plane) as usize);
            if !shrink(from.data(plane), from.stride(plane), size, self.size, &mut self.sums, out) {
                return false;
            }
        }
        true
    }
}

/// Means over boxes of a plane; a plane of fewer pixels than boxes repeats them. False where the plane is empty.
fn shrink(
    plane: &[u8],
    stride: usize,
    (width, height): (usize, usize),
    (across, down): (usize, usize),
    sums: &mut Vec<u16>,
    out: &mut Vec<u8>,
) -> bool {
    out.clear();
    if width == 0 || height == 0 || stride < width || plane.len() < stride * (height - 1) + width {
        return false;
    }
    for y in 0..down {
        let top = y * height / down;
        let bottom = ((y + 1) * height / down).max(top + 1);
        let step = (bottom - top).div_ceil(MOST_ROWS);
        sums.clear();
        sums.resize(width, 0);
        for row in (top..bottom).step_by(step) {
            sums.iter_mut().zip(&plane[row * stride..][..width]).for_each(|(sum, v)| *sum += u16::from(*v));
        }
        let rows = (bottom - top).div_ceil(step);
        for x in 0..across {
            let left = x * width / across;
            let right = ((x + 1) * width / across).max(left + 1);
            let sum: u32 = sums[left..right].iter().map(|sum| u32::from(*sum)).sum();
            let count = (rows * (right - left)) as u32;
            out.push(((sum + count / 2) / count) as u8);
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pixel_is_the_mean_of_its_box() {
        let (mut sums, mut out) = (Vec::new(), Vec::new());
        // Four across and two down, with a byte of padding.
        let plane = [0, 10, 20, 30, 99, 4, 14, 24, 34, 99];
        for (to, expected) in [((2, 1), vec![7, 27]), ((4, 2), vec![0, 10, 20, 30, 4, 14, 24, 34]), ((1, 1), vec![17])] {
            assert!(shrink(&plane, 5, (4, 2), to, &mut sums, &mut out));
            assert_eq!(out, expected, "{to:?}");
        }
        assert!(shrink(&plane, 5, (1, 1), (2, 2), &mut sums, &mut out));
        assert_eq!(out, [0; 4]);
        assert!(shrink(&[255; 1_000], 1, (1, 1_000), (1, 1), &mut sums, &mut out));
        assert_eq!(out, [255]);
        assert!(!shrink(&plane, 5, (4, 3), (1, 1), &mut sums, &mut out));
    }
}
