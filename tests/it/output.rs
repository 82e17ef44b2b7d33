//! What commands print, and to whom.

use std::process::{Command, Stdio};

#[test]
fn a_reader_that_has_seen_enough_ends_the_command_without_a_word() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wafaa"))
        .arg("openapi")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(command.stdout.take());
    let ended = command.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
    assert_eq!(ended.status.code(), Some(141));
}
