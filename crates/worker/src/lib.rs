//! What works on an archive anywhere: places by their addresses, the engines that settings name, and tasks as a state machine hands them out.
//! The command line and the Lambda function are shells over this.

mod kit;
mod places;
mod serve;

pub use kit::with_step;
pub use places::{InOut, Opened, OpenedSource, Place, bucket_of};
pub use serve::{Failure, TOLERATED_PERCENT, Wanted, begin, count, serve};
