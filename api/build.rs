//! Has the crate built again when the dashboard was: the macro that embeds it sees files, not their coming.

fn main() {
    println!("cargo::rerun-if-changed=../dashboard/dist");
}
