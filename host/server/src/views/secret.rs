use super::query_part::query_part;
use super::time;
use crate::problem::{Kind, Problem};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use skillgate_app::ports::{PAGE_MAX, SecretLine};
use skillgate_domain::ids::{CredentialName, Malformed, SkillName};
use utoipa::{IntoParams, ToSchema};

/// A secret that a skill is given.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSecret {
    /// The skill that may use it.
    pub skill: String,
    /// The name under which its manifest asks for it.
    pub name: String,
    /// What it is: text of 8 to 4096 bytes.
    #[schema(value_type = String, format = Password)]
    pub text: SecretString,
}

impl NewSecret {
    /// Reads the names in it.
    pub fn decode(self) -> Result<(SkillName, CredentialName, SecretString), Problem> {
        let invalid = |rule: Malformed| Problem::with_detail(Kind::BodyInvalid, rule);
        let skill = SkillName::parse(&self.skill).map_err(invalid)?;
        let name = CredentialName::parse(&self.name).map_err(invalid)?;
        Ok((skill, name, self.text))
    }
}

/// What a secret is from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretText {
    /// Text of 8 to 4096 bytes.
    #[schema(value_type = String, format = Password)]
    pub text: SecretString,
}

/// Which secrets to list. Everything may be left out.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct SecretQuery {
    /// Of this skill.
    pub skill: Option<String>,
    /// Those behind this one: `next` of the page before.
    pub after: Option<String>,
}

/// Which skill's secrets, and those behind which.
type Asked = (Option<SkillName>, Option<(SkillName, CredentialName)>);

impl SecretQuery {
    /// Reads the names in it.
    pub fn decode(&self) -> Result<Asked, Problem> {
        let after = |after: &str| {
            let (skill, name) = after.split_once('/').unwrap_or((after, ""));
            Ok::<_, Malformed>((SkillName::parse(skill)?, CredentialName::parse(name)?))
        };
        Ok((
            query_part(self.skill.as_deref(), SkillName::parse)?,
            query_part(self.after.as_deref(), after)?,
        ))
    }
}

/// A secret of a skill, never what it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Secret)]
pub struct SecretView {
    name: String,
    #[schema(format = DateTime, required)]
    put_at: Option<String>,
    put_by: String,
    skill: String,
    version: u32,
}

/// Secrets, by skill and name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Secrets)]
pub struct SecretsView {
    /// Where the next page begins; null on the last one.
    #[schema(required)]
    next: Option<String>,
    secrets: Vec<SecretView>,
}

/// Shows a secret.
pub fn secret(line: &SecretLine) -> SecretView {
    SecretView {
        name: line.name.to_string(),
        put_at: time(line.put_at),
        put_by: line.put_by.to_string(),
        skill: line.skill.to_string(),
        version: line.version,
    }
}

/// Shows all secrets.
pub fn secrets(lines: &[SecretLine]) -> SecretsView {
    SecretsView {
        next: None,
        secrets: lines.iter().map(secret).collect(),
    }
}

/// Shows a page of them. A full one may have another behind it.
pub fn secrets_page(lines: &[SecretLine]) -> SecretsView {
    let full = lines.len() >= PAGE_MAX as usize;
    let last = lines.last().filter(|_| full);
    SecretsView {
        next: last.map(|line| format!("{}/{}", line.skill, line.name)),
        ..secrets(lines)
    }
}
