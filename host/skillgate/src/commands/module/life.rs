//! What becomes of a grant after it was made.

use super::refused;
use crate::outcome::Failure;
use crate::output::{Output, details};
use serde_json::json;
use skillgate_app::modules::ModuleError;
use skillgate_domain::grant::{Generation, SkillStanding};
use skillgate_domain::ids::{GrantId, SkillName, SubmissionId};
use skillgate_domain::principal::Principal;
use skillgate_server::{App, views};

pub(super) async fn revoke(
    app: &App,
    caller: &Principal,
    module: &str,
    grant: &str,
    output: Output,
) -> Result<(), Failure> {
    let module = SubmissionId::parse(module).map_err(Failure::usage)?;
    let grant = GrantId::parse(grant).map_err(Failure::usage)?;
    let revoked = app.modules.revoke(caller, module, grant).await;
    revoked.map_err(refused)?;
    output.answer(&json!({ "revoked": grant.to_string() }), |_| {
        "revoked".to_owned()
    });
    Ok(())
}

pub(super) async fn freeze(
    app: &App,
    caller: &Principal,
    skill: &str,
    output: Output,
) -> Result<(), Failure> {
    let skill = SkillName::parse(skill).map_err(Failure::usage)?;
    let standing = app.modules.freeze(caller, &skill).await;
    answer(&skill, standing, output)
}

pub(super) async fn unfreeze(
    app: &App,
    caller: &Principal,
    skill: &str,
    output: Output,
) -> Result<(), Failure> {
    let skill = SkillName::parse(skill).map_err(Failure::usage)?;
    let standing = app.modules.unfreeze(caller, &skill).await;
    answer(&skill, standing, output)
}

fn answer(
    skill: &SkillName,
    standing: Result<SkillStanding, ModuleError>,
    output: Output,
) -> Result<(), Failure> {
    let standing = standing.map_err(refused)?;
    output.answer(&views::standing(skill, &standing), details);
    Ok(())
}

pub(super) async fn roll_back(
    app: &App,
    caller: &Principal,
    skill: &str,
    expected: Option<u64>,
    output: Output,
) -> Result<(), Failure> {
    let skill = SkillName::parse(skill).map_err(Failure::usage)?;
    let expected = expected.map(Generation::new);
    let grant = app.modules.roll_back(caller, &skill, expected).await;
    output.answer(&views::grant(&grant.map_err(refused)?), details);
    Ok(())
}
