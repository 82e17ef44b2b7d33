//! `wafaa operator`: who looks after the whole platform.

use anyhow::bail;
use serde::Serialize;
use serde_json::json;
use wafaa_domain::{Actor, Email, MemberId, SystemScope};
use wafaa_storage::{Error, Tx, audit, member, refresh_token};

use super::tenant::{asked_password, hashed};
use crate::{
    cli::{Operator as Command, Output},
    config::Config,
    runtime,
};

#[derive(Serialize)]
struct Row {
    id: String,
    email: String,
}

pub(super) async fn run(config: Config, command: Command, output: Output) -> anyhow::Result<()> {
    let db = runtime::database(&config).await?;
    let scope = SystemScope::new("manage operators on the command line");
    match command {
        Command::Create { email } => {
            let password = hashed(&password()?)?;
            let tx = db.write(scope).await?;
            let id = match member::create_operator(&tx, &email, password).await {
                Err(Error::AlreadyExists) => bail!(
                    "there is an operator {email} already; `wafaa operator password {email}` gives them another password"
                ),
                other => other?,
            };
            note(&tx, "operator.created", id).await?;
            tx.commit().await?;
        }
        Command::Password { email } => {
            let password = hashed(&password()?)?;
            let tx = db.write(scope).await?;
            let id = find(&tx, &email).await?;
            member::set_operator_password(&tx, id, password).await?;
            refresh_token::revoke_of_member(&tx, id).await?;
            note(&tx, "operator.updated", id).await?;
            tx.commit().await?;
        }
        Command::Remove { email } => {
            let tx = db.write(scope).await?;
            let id = find(&tx, &email).await?;
            member::remove_operator(&tx, id).await?;
            note(&tx, "operator.removed", id).await?;
            tx.commit().await?;
        }
        Command::List => {
            let tx = db.read(scope).await?;
            let found = member::list_operators(&tx).await?.into_iter();
            let rows: Vec<Row> = found
                .map(|operator| Row {
                    id: operator.id.to_string(),
                    email: operator.email.to_string(),
                })
                .collect();
            super::print(output, &rows, &["ID", "EMAIL"], |row| {
                vec![row.id.clone(), row.email.clone()]
            })?;
        }
    }
    Ok(())
}

async fn find(tx: &Tx<SystemScope>, email: &Email) -> anyhow::Result<MemberId> {
    match member::operator(tx, email).await {
        Err(Error::NotFound) => {
            bail!("there is no operator {email}; `wafaa operator list` shows them")
        }
        other => Ok(other?),
    }
}

async fn note(tx: &Tx<SystemScope>, what: &str, id: MemberId) -> anyhow::Result<()> {
    Ok(audit::note_system(tx, &Actor::CommandLine, what, Some(&id), json!({})).await?)
}

fn password() -> anyhow::Result<String> {
    asked_password("WAFAA_OPERATOR_PASSWORD", "Password of the operator: ")
}
