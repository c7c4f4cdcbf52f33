//! Why a sign-in failed, where, and how to mend it.

pub mod audit;
mod causes;
pub mod chain;
mod difference;
mod explanation;
mod phrase;
pub mod recorder;
mod refused;
pub mod sentence;
mod step;
mod story;

pub use difference::{Difference, Part, uri_difference};
pub use explanation::{Explanation, cause, explanation};
pub use recorder::{FlowLog, FlowNote};
pub use refused::Refused;
pub use story::{Compared, Moment, Story, Trouble, flow};
