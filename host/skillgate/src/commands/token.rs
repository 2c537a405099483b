//! `skillgate token …`: whoever can start the program on its configuration is the operator.

use crate::cli::{NewToken, Token};
use crate::config::Config;
use crate::outcome::Failure;
use crate::output::{Output, table, text};
use crate::wiring;
use serde_json::json;
use skillgate_app::tokens::{Issuer, TokenError, Tokens};
use skillgate_domain::ids::{CommunityId, TokenId};
use skillgate_server::views::{RoleName, TokenRequest};
use skillgate_server::{Problem, views};

const SECONDS_PER_DAY: u64 = 24 * 60 * 60;

/// Runs a command on tokens.
pub(super) async fn run(config: &Config, token: Token, output: Output) -> Result<(), Failure> {
    match token {
        Token::Create(new) => create(config, new, output).await,
        Token::List { community } => list(config, &community, output).await,
        Token::Revoke { token, community } => revoke(config, &token, &community, output).await,
    }
}

/// Runs one use case of tokens as the operator, until its record is signed.
async fn as_operator<T>(
    config: &Config,
    run: impl AsyncFnOnce(&Tokens, Issuer<'_>) -> Result<T, TokenError>,
) -> Result<T, Failure> {
    let (tokens, audit) = wiring::tokens(config).await?;
    let done = run(&tokens, Issuer::Operator(&super::origin())).await;
    drop(tokens);
    audit.close().await;
    done.map_err(|error| Problem::from(error).into())
}

async fn create(config: &Config, new: NewToken, output: Output) -> Result<(), Failure> {
    let community = CommunityId::parse(&new.community).map_err(Failure::usage)?;
    let request = TokenRequest {
        label: new.label,
        user: new.user,
        agent: new.agent,
        role: RoleName::try_from(new.role).map_err(Failure::usage)?,
        skills: (!new.skills.is_empty()).then(|| new.skills.into_iter().collect()),
        may_write: new.may_write,
        life_s: u64::from(new.days) * SECONDS_PER_DAY,
    };
    let new = request.decode(community)?;
    let (record, secret) = as_operator(config, async |tokens, operator| {
        tokens.issue(operator, new).await
    })
    .await?;
    let view = views::issued(&record, &secret);
    output.answer(&view, |view| text(&view["token"]));
    Ok(())
}

async fn list(config: &Config, community: &str, output: Output) -> Result<(), Failure> {
    let community = CommunityId::parse(community).map_err(Failure::usage)?;
    let all = as_operator(config, async |tokens, operator| {
        tokens.list(operator, &community).await
    })
    .await?;
    output.answer(&views::tokens(&all), |view| {
        let columns = [
            "id",
            "label",
            "user",
            "agent",
            "role",
            "expires_at",
            "revoked_at",
        ];
        table(&view["tokens"], &columns)
    });
    Ok(())
}

async fn revoke(config: &Config, id: &str, community: &str, output: Output) -> Result<(), Failure> {
    let id = TokenId::parse(id).map_err(Failure::usage)?;
    let community = CommunityId::parse(community).map_err(Failure::usage)?;
    as_operator(config, async |tokens, operator| {
        tokens.revoke(operator, &community, id).await
    })
    .await?;
    output.answer(&json!({ "revoked": id.to_string() }), |_| {
        "revoked".to_owned()
    });
    Ok(())
}
