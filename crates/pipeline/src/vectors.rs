//! Where vectors are kept. They may be lost: what they were made of is still there, and so are the answers that were paid for.

use crate::runs::RunsError;
use plumbline_core::near::Piece;

/// Keeps vectors, those of each space ([`crate::embedding::Space::name`]) for themselves. Called from many threads at once.
pub trait Vectors: Send + Sync {
    /// What of a media has a vector.
    ///
    /// # Errors
    /// Where it can't be read.
    fn pieces(&self, space: &str, media: &str) -> Result<Vec<Piece>, RunsError>;

    /// Keeps the vector of a piece, as [`plumbline_core::near::coded`] gives it.
    ///
    /// # Errors
    /// Where it can't be written.
    fn keep(&self, space: &str, media: &str, piece: &Piece, coded: &[u8]) -> Result<(), RunsError>;

    /// Drops what a media has no more: all of its vectors but those of `pieces`. Says how many.
    ///
    /// # Errors
    /// Where it can't be written.
    fn drop_others(&self, space: &str, media: &str, pieces: &[Piece]) -> Result<u64, RunsError>;

    /// The spaces that hold vectors, with how many, the fullest first.
    ///
    /// # Errors
    /// Where it can't be read.
    fn spaces(&self) -> Result<Vec<(String, u64)>, RunsError>;

    /// Shows every vector of a space, by its number.
    ///
    /// # Errors
    /// Where they can't be read.
    fn each(&self, space: &str, look: &mut dyn FnMut(i64, &[u8])) -> Result<(), RunsError>;

    /// Shows every vector of a media with what it is of, in the order in which they were kept.
    ///
    /// # Errors
    /// Where they can't be read.
    fn each_of(&self, space: &str, media: &str, look: &mut dyn FnMut(Piece, &[u8])) -> Result<(), RunsError>;

    /// The piece of a vector by its number, and the media that it is of; none where it was dropped meanwhile.
    ///
    /// # Errors
    /// Where it can't be read.
    fn piece(&self, id: i64) -> Result<Option<(String, Piece)>, RunsError>;
}
