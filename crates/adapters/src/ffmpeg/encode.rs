//! Pictures as files: JPEG through libav, PNG.

use super::picture::{Scaler, Shape, upright};
use crate::png_file::packed;
use ffmpeg_next as av;
use ffmpeg_next::codec;
use ffmpeg_next::format::Pixel;
use ffmpeg_next::software::scaling;
use plumbline_core::frames::{PictureFormat, Wish};

/// A picture encoded as wished, and its size.
pub(super) struct Encoded {
    pub(super) size: (u32, u32),
    pub(super) bytes: Vec<u8>,
}

/// Encodes the picture upright. The same picture gives the same bytes.
pub(super) fn encode(picture: &av::frame::Video, shape: Shape, wish: &Wish) -> Result<Encoded, String> {
    let size = wish.size(shape.shown());
    let rgb = upright::<3>(picture, shape.at(size)).map_err(|e| e.to_string())?;
    let bytes = match wish.format {
        PictureFormat::Jpeg => jpeg(&rgb, size, wish.quality).map_err(|e| e.to_string())?,
        PictureFormat::Png => packed(&rgb, size).map_err(|e| e.to_string())?,
    };
    Ok(Encoded { size, bytes })
}

/// Rows of packed RGB as JPEG with halved chroma.
fn jpeg(rgb: &[u8], (width, height): (u32, u32), quality: u8) -> Result<Vec<u8>, av::Error> {
    let mut from = av::frame::Video::new(Pixel::RGB24, width, height);
    let (stride, row) = (from.stride(0), 3 * width as usize);
    for (into, rgb) in from.data_mut(0).chunks_mut(stride).zip(rgb.chunks_exact(row)) {
        into[..row].copy_from_slice(rgb);
    }
    let mut picture = av::frame::Video::empty();
    let mut scaler = Scaler::new(scaling::Flags::BILINEAR | scaling::Flags::ACCURATE_RND);
    scaler.run(&from, Pixel::YUVJ420P, (width, height), &mut picture)?;
    picture.set_pts(Some(0));
    let codec = av::encoder::find(codec::Id::MJPEG).ok_or(av::Error::EncoderNotFound)?;
    let mut encoder = codec::Context::new_with_codec(codec).encoder().video()?;
    encoder.set_width(width);
    encoder.set_height(height);
    encoder.set_format(Pixel::YUVJ420P);
    encoder.set_time_base((1, 1));
    encoder.set_qmin(quantiser(quality));
    encoder.set_qmax(quantiser(quality));
    let mut encoder = encoder.open()?;
    encoder.send_frame(&picture)?;
    encoder.send_eof()?;
    let mut packet = av::Packet::empty();
    encoder.receive_packet(&mut packet)?;
    Ok(packet.data().unwrap_or_default().to_vec())
}

/// libav's quantiser scale, 2..31, whose steps are about those that other encoders take at this quality of 1..100.
fn quantiser(quality: u8) -> i32 {
    let quality = i32::from(quality.clamp(1, 100));
    let percent = if quality < 50 { 5_000 / quality } else { 200 - 2 * quality };
    ((8 * percent + 50) / 100).clamp(2, 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn better_pictures_are_quantised_less() {
        for (quality, scale) in [(0, 31), (10, 31), (25, 16), (50, 8), (75, 4), (85, 2), (100, 2), (255, 2)] {
            assert_eq!(quantiser(quality), scale, "{quality}");
        }
        assert!((1..100).all(|q| quantiser(q) >= quantiser(q + 1)));
    }
}
