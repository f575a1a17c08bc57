//! The few fields of libav that its bindings don't reach, and the only unsafe code of this crate.
#![allow(unsafe_code)]

use ffmpeg_next as av;
use ffmpeg_next::packet::Ref;

/// Whether the packet's frame is decoded but never shown, because an edit list cuts it away.
pub(super) fn is_discarded(packet: &av::Packet) -> bool {
    // SAFETY: the pointer is to the `AVPacket` that `packet` owns and borrows out for the length of this call; the field is a plain integer.
    unsafe { (*packet.as_ptr()).flags & av::ffi::AV_PKT_FLAG_DISCARD != 0 }
}

/// Shape of a pixel as the container gives it, width to height; 0/1 where it says nothing.
pub(super) fn container_pixel_aspect(stream: &av::Stream) -> av::Rational {
    // SAFETY: `stream` borrows the format context that owns the `AVStream`; libav sets the field before the context is handed out, and nothing
    // writes it during the borrow.
    unsafe { (*stream.as_ptr()).sample_aspect_ratio.into() }
}

/// Lets the demuxer skip what does not belong to stream `wanted`, so that reading the sound of a film does not read its pictures too.
pub(super) fn read_only(input: &mut av::format::context::Input, wanted: usize) {
    for index in (0..input.nb_streams() as usize).filter(|&index| index != wanted) {
        if let Some(mut stream) = input.stream_mut(index) {
            // SAFETY: `stream_mut` checked the index, the pointer lives as long as the format context that `input` owns, and the exclusive borrow
            // keeps demuxing from running meanwhile. `discard` is the field that libav documents for callers to set.
            unsafe { (*stream.as_mut_ptr()).discard = av::ffi::AVDiscard::AVDISCARD_ALL };
        }
    }
}
