use super::time;
use serde::Serialize;
use skillgate_app::ports::SecretLine;
use utoipa::ToSchema;

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

/// Shows secrets.
pub fn secrets(lines: &[SecretLine]) -> SecretsView {
    let secrets = lines.iter().map(secret).collect();
    SecretsView { secrets }
}
