//! Modules between partners.

use super::refused;
use crate::outcome::Failure;
use crate::output::{Output, details, table};
use skillgate_app::modules::{ModuleError, ModuleView};
use skillgate_domain::ids::SubmissionId;
use skillgate_domain::principal::Principal;
use skillgate_server::views::OffersQuery;
use skillgate_server::{App, views};

pub(super) async fn offer(
    app: &App,
    caller: &Principal,
    id: &str,
    output: Output,
) -> Result<(), Failure> {
    let id = SubmissionId::parse(id).map_err(Failure::usage)?;
    answer(app.modules.offer(caller, id).await, output)
}

pub(super) async fn withdraw(
    app: &App,
    caller: &Principal,
    id: &str,
    output: Output,
) -> Result<(), Failure> {
    let id = SubmissionId::parse(id).map_err(Failure::usage)?;
    answer(app.modules.withdraw(caller, id).await, output)
}

pub(super) async fn adopt(
    app: &App,
    caller: &Principal,
    id: &str,
    output: Output,
) -> Result<(), Failure> {
    let id = SubmissionId::parse(id).map_err(Failure::usage)?;
    answer(app.modules.adopt(caller, id).await, output)
}

pub(super) async fn list(
    app: &App,
    caller: &Principal,
    after: Option<String>,
    output: Output,
) -> Result<(), Failure> {
    let after = OffersQuery { after }.read()?;
    let page = app.modules.offers(caller, after).await.map_err(refused)?;
    output.answer(&views::offers(&page), |view| {
        let columns = [
            "id",
            "community",
            "skill",
            "version",
            "offered_at",
            "module",
        ];
        let offers = table(&view["offers"], &columns);
        match view["next"].as_str() {
            Some(next) => format!("{offers}\nmore: --after {next}"),
            None => offers,
        }
    });
    Ok(())
}

fn answer(module: Result<ModuleView, ModuleError>, output: Output) -> Result<(), Failure> {
    output.answer(&views::module(&module.map_err(refused)?), details);
    Ok(())
}
