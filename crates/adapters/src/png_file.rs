//! Pictures as PNG.

use plumbline_pipeline::ports::Frame;

/// A frame as PNG.
///
/// # Errors
/// Where its size and its pixels do not go together.
pub fn png(frame: &Frame) -> Result<Vec<u8>, png::EncodingError> {
    packed(&frame.rgb, (frame.width, frame.height))
}

/// Rows of packed RGB as PNG.
pub(crate) fn packed(rgb: &[u8], (width, height): (u32, u32)) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    encoder.write_header()?.write_image_data(rgb)?;
    Ok(bytes)
}
