//! `skillgate openclaw install`

use super::folder::{self, Found, Whose};
use super::{configuration, in_folder};
use crate::cli::{Bearer, OpenclawInstall};
use crate::commands::bearer;
use crate::config::{Config, Environment};
use crate::outcome::Failure;
use crate::output::{Output, table};
use crate::wiring;
use serde_json::{Value, json};
use skillgate_domain::ids::SkillName;
use skillgate_domain::skill::Manual;
use skillgate_server::{App, Problem, ResourceUrl};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// What is done with a manual.
const WRITTEN: &str = "written";
const REPLACED: &str = "replaced";
const UNCHANGED: &str = "unchanged";

/// Writes the manuals that the bearer may read where OpenClaw finds them, and shows what to configure there.
pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    arguments: OpenclawInstall,
    output: Output,
) -> Result<(), Failure> {
    let wanted = arguments.skills.iter().map(|name| SkillName::parse(name));
    let wanted: Vec<_> = wanted.collect::<Result<_, _>>().map_err(Failure::usage)?;
    let url = url(config, arguments.url.as_deref())?;
    let dir = in_folder(environment, arguments.dir, "skills")?;
    let host = wiring::host(config).await?;
    let readable = readable(&host.app, &arguments.bearer, environment).await;
    host.close().await;
    let manuals = chosen(readable?, &wanted)?;
    let skills = install(&dir, &manuals, arguments.force)?;
    let view = json!({
        "dir": dir.display().to_string(),
        "skills": skills,
        "config": configuration(&url.to_string()),
    });
    output.answer(&view, |view| {
        format!(
            "{}\n\nThis belongs into OpenClaw's configuration; the token stays in its environment:\n\n{:#}\n\n\
             skillgate openclaw doctor checks all of it.",
            table(&view["skills"], &["skill", "folder", "texts", "done"]),
            view["config"]
        )
    });
    Ok(())
}

/// Returns where OpenClaw finds the host: as given, as configured, or where it listens.
fn url(config: &Config, given: Option<&str>) -> Result<ResourceUrl, Failure> {
    if let Some(given) = given {
        return ResourceUrl::parse(given).ok_or_else(|| {
            Failure::usage(format!(
                "{given:?} is no address of the host: https, or http of this machine, such as \
                 http://127.0.0.1:8787/mcp"
            ))
        });
    }
    if let Some(url) = &config.mcp.url {
        return Ok(url.clone());
    }
    let mut address = config.listen.address;
    if address.ip().is_unspecified() {
        address.set_ip([127, 0, 0, 1].into());
    }
    let here = ResourceUrl::parse(&format!("http://{address}/mcp"));
    here.ok_or_else(|| Failure::usage("other machines ask the host; give --url or set mcp.url"))
}

/// Returns the manuals of the skills of which the bearer may call something, as they were approved.
async fn readable(
    app: &App,
    bearer: &Bearer,
    environment: &Environment,
) -> Result<BTreeMap<SkillName, Manual>, Failure> {
    let caller = bearer::authenticate(&app.tokens, bearer, environment).await?;
    let directory = app.invocations.directory(&caller.community).await;
    let directory = directory.map_err(Problem::from)?;
    let callable = app.invocations.callable(&caller, &directory.tools).await;
    let callable = callable.map_err(Problem::from)?;
    let tools = directory.tools.iter().zip(callable);
    let skills = tools.filter_map(|(tool, callable)| callable.then_some(&tool.skill));
    let manual = |skill: &SkillName| Some((skill.clone(), directory.manuals.get(skill)?.clone()));
    Ok(skills.filter_map(manual).collect())
}

/// Keeps the skills that are wanted: all of them, where nobody says.
fn chosen(
    mut readable: BTreeMap<SkillName, Manual>,
    wanted: &[SkillName],
) -> Result<BTreeMap<SkillName, Manual>, Failure> {
    if let Some(missing) = wanted.iter().find(|name| !readable.contains_key(*name)) {
        let words = format!(
            "this token may call nothing of a skill {missing} that has a manual; look at \
             skillgate module list with an admin's token"
        );
        return Err(Failure::failed("skill-not-found", words));
    }
    if readable.is_empty() {
        let words = "this token may call nothing of any skill that has a manual; grant one with \
                     skillgate module grant, or use another token";
        return Err(Failure::failed("no-skills", words));
    }
    if !wanted.is_empty() {
        readable.retain(|name, _| wanted.contains(name));
    }
    Ok(readable)
}

/// Writes manuals, unless something that is not ours is in the place of one: then none is written.
fn install(
    dir: &Path,
    manuals: &BTreeMap<SkillName, Manual>,
    force: bool,
) -> Result<Vec<Value>, Failure> {
    let judged = manuals.iter().map(|(skill, manual)| {
        let place = dir.join(skill.as_str());
        let to_do = judge(&place, manual, force)?;
        Ok((skill, manual, place, to_do))
    });
    let judged: Vec<_> = judged.collect::<Result<_, Failure>>()?;
    let mut done = Vec::new();
    for (skill, manual, place, to_do) in judged {
        if to_do != UNCHANGED {
            let written = folder::write(dir, skill.as_str(), &manual.files);
            written.map_err(|error| failed(&place, &error))?;
        }
        done.push(json!({
            "skill": skill.as_str(),
            "folder": place.display().to_string(),
            "texts": manual.files.len(),
            "done": to_do,
        }));
    }
    Ok(done)
}

/// Tells what is to be done at a manual's place.
fn judge(place: &Path, manual: &Manual, force: bool) -> Result<&'static str, Failure> {
    let what = match folder::look(place).map_err(|error| failed(place, &error))? {
        Found::Nothing => return Ok(WRITTEN),
        Found::Texts(texts, _) if texts == folder::digests(&manual.files) => return Ok(UNCHANGED),
        Found::Texts(_, Whose::Ours) => return Ok(REPLACED),
        _ if force => return Ok(REPLACED),
        Found::Texts(_, Whose::Others) => "a folder that others wrote or changed",
        Found::Other(what) => what,
    };
    let words = format!(
        "{} is {what}; move it away, or replace it with --force",
        place.display()
    );
    Err(Failure::failed("not-ours", words))
}

fn failed(place: &Path, error: &io::Error) -> Failure {
    Failure::failed("file", format!("{}: {error}", place.display()))
}
