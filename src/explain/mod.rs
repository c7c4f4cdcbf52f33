//! Why a sign-in failed, where, and how to mend it.

pub mod audit;
pub mod recorder;

pub use recorder::{FlowLog, FlowNote};
