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

/// Lets the demuxer skip what does not belong to the `wanted` streams, so that reading the sound of a film does not read its pictures too.
pub(super) fn read_only(input: &mut av::format::context::Input, wanted: &[usize]) {
    for index in (0..input.nb_streams() as usize).filter(|index| !wanted.contains(index)) {
        if let Some(mut stream) = input.stream_mut(index) {
            // SAFETY: `stream_mut` checked the index, the pointer lives as long as the format context that `input` owns, and the exclusive borrow
            // keeps demuxing from running meanwhile. `discard` is the field that libav documents for callers to set.
            unsafe { (*stream.as_mut_ptr()).discard = av::ffi::AVDiscard::AVDISCARD_ALL };
        }
    }
}

/// How many frames the container's index names before the packet at byte `position`, without those that an edit list cuts away; nothing where
/// the index does not name every frame.
pub(super) fn frames_before(stream: &av::Stream, position: i64) -> Option<u64> {
    // SAFETY: libav asks for a mutable stream, but only looks the entry up. Each entry is read before the next call, and `stream` borrows the
    // format context that owns the index.
    let entries = unsafe {
        let stream = stream.as_ptr().cast_mut();
        let count = av::ffi::avformat_index_get_entries_count(stream);
        (0..count).map(move |i| av::ffi::avformat_index_get_entry(stream, i).as_ref().map(|entry| (entry.pos, entry.flags())))
    };
    let mut shown = 0;
    for entry in entries {
        let (at, flags) = entry?;
        if at == position {
            return Some(shown);
        }
        shown += u64::from(flags & av::ffi::AVINDEX_DISCARD_FRAME == 0);
    }
    None
}

/// Time of the last key frame that the index names at or before `pts`; nothing where it names none.
pub(super) fn key_before(stream: &av::Stream, pts: i64) -> Option<i64> {
    // SAFETY: as above; the entry is read before anything else is asked of the stream.
    unsafe {
        let entry = av::ffi::avformat_index_get_entry_from_timestamp(stream.as_ptr().cast_mut(), pts, av::ffi::AVSEEK_FLAG_BACKWARD);
        entry.as_ref().map(|entry| entry.timestamp)
    }
}
