//! The portal: what people see and change of their own account. A page asks for `Portal` to be read,
//! takes its form as `Posted` or, where it could shut somebody out, as `FreshlyPosted`. Nothing here
//! takes the name of a person: it is always whoever is signed in.

pub mod approvals;
pub mod connections;
pub mod device;
mod frame;
pub mod home;
mod portal;
pub mod profile;
pub mod security;
