//! Has the crate built again when the dashboard was: the macro that embeds it sees files, not their coming.

#[expect(clippy::print_stdout, reason = "this is how a build script speaks")]
fn main() {
    println!("cargo::rerun-if-changed=../dashboard/dist");
}
