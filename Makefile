.PHONY: run test check fuzz bench demo

# Builds and serves; on an empty folder it prints a set-up link.
run:
	cargo run --release -- serve

# Everything: installs what the tests need, then Rust, relying parties and browser, on both databases.
test:
	@tests/tools/test.sh

# What one runs while working.
check:
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	@tests/tools/rust-tests.sh

# Hostile input for every parser, half a minute each; what is in fuzz/corpus is replayed by the tests.
fuzz:
	@fuzz/run

bench:
	@benches/run

# A Keystead and a NetBox stand-in to click through, with nothing to configure.
demo:
	@tests/tools/ensure.sh system python
	cargo build --locked
	@.venv/tests/bin/python tests/rp/demo.py
