//! The `keystead` command: parse arguments, run, print the error, exit.

fn main() {}
