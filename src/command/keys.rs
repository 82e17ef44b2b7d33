//! `wafaa keys`: the secret key that the installation signs with.

use crate::{cli::Keys as Command, config::Config, lock};

pub(super) fn run(config: &Config, command: &Command) -> anyhow::Result<()> {
    let Command::Rotate { drop_former } = command;
    lock::make_data_dir(&config.data_dir)?;
    config.rotate_secret_key(*drop_former)?;
    let former = if *drop_former {
        "former ones are forgotten, so everybody signs in again"
    } else {
        "what the former one signed works until it expires"
    };
    println!(
        "there is a new secret key, and {former}; a running server takes it at its next start"
    );
    Ok(())
}
