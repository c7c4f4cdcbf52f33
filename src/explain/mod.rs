//! Why a sign-in failed, where, and how to mend it.

pub mod audit;
mod background;
mod causes;
pub mod chain;
mod difference;
mod discretion;
mod explanation;
mod facts;
mod fix;
mod notice;
mod phrase;
pub mod recorder;
mod refused;
mod remedy;
mod restart;
pub mod sentence;
mod step;
mod story;
pub mod tally;
mod trouble;

pub use difference::{Difference, Marked, Part, Segment, marked, uri_difference};
pub use discretion::{discreet, is_of_the_account};
pub use explanation::{Explanation, cause, explanation};
pub use facts::Facts;
pub use fix::{Fix, Offer};
pub use phrase::harmless;
pub use recorder::{FlowLog, FlowNote};
pub use refused::Refused;
pub use story::{Moment, Story, flow};
pub use trouble::{Compared, Trouble};
