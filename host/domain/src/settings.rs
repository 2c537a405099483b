//! What a community's admins decide for everybody in it.

use crate::crm::ObjectKind;
use crate::ids::SkillName;
use crate::sharing::FieldAllowlists;

/// The skill that coordinates where a community has chosen no other.
pub const COORDINATOR: &str = "tez-handoff";
/// The tool that a coordinator has.
pub const COORDINATE: &str = "coordinate";
/// Longest settings, in bytes of their canonical JSON.
pub const SETTINGS_BYTES_MAX: usize = 32 * 1024;

/// What a community's admins decide for everybody in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommunitySettings {
    /// What may be let out of its records.
    pub sharing: FieldAllowlists,
    /// The skill that makes hand-offs.
    pub coordinator: SkillName,
}

impl Default for CommunitySettings {
    /// What is shipped: it holds until an admin puts something else.
    fn default() -> Self {
        Self {
            sharing: FieldAllowlists::default(),
            coordinator: SkillName::parse(COORDINATOR).expect("a fixed name"),
        }
    }
}

impl CommunitySettings {
    /// Lists everything that is decided, one thing each, in a fixed order: equal settings have equal lists.
    pub fn names(&self) -> Vec<String> {
        let mut names = vec![format!("coordinator {}", self.coordinator.as_str())];
        for object in ObjectKind::ALL {
            let list = self.sharing.of(object);
            for (word, fields) in [("always", &list.always), ("on_request", &list.on_request)] {
                let name = |field: &str| format!("{word} {}.{field}", object.name());
                names.extend(fields.names().into_iter().map(name));
            }
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sharing::FieldAllowlist;

    #[test]
    fn everything_that_is_decided_is_in_the_names() {
        let shipped = CommunitySettings::default();
        assert_eq!(shipped.names(), CommunitySettings::default().names());
        let another = CommunitySettings {
            coordinator: SkillName::parse("acme-handoff").unwrap(),
            ..shipped.clone()
        };
        assert_ne!(another.names(), shipped.names());
        for object in ObjectKind::ALL {
            let list = shipped.sharing.of(object);
            let (moved, fewer) = (
                FieldAllowlist {
                    always: list.on_request.clone(),
                    on_request: list.always.clone(),
                },
                FieldAllowlist::default(),
            );
            for list in [moved, fewer] {
                let other = CommunitySettings {
                    sharing: shipped.sharing.clone().with(object, list),
                    ..shipped.clone()
                };
                assert_ne!(other.names(), shipped.names(), "{object:?}");
            }
        }
    }
}
