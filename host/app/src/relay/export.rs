use super::{Behalf, Relay, RelayError};
use crate::bundle;
use crate::digest::sha256;
use skillgate_domain::audit::{Facts, Target};
use skillgate_domain::digest::Digest;
use skillgate_domain::ids::TezId;
use skillgate_domain::principal::{Action, Principal};

/// A Tez to take along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The Tez.
    pub id: TezId,
    /// The bundle: the same bytes as long as the Tez is the same.
    pub bundle: Vec<u8>,
    /// SHA-256 of the bundle.
    pub digest: Digest,
}

impl Relay {
    /// Makes a bundle of a Tez that the caller may see. That reads it.
    pub async fn export(&self, caller: &Principal, id: TezId) -> Result<Exported, RelayError> {
        let done = self.export_if_allowed(caller, id).await;
        self.recorded(caller, Action::ExportTez, Target::Tez(id), done)
            .await
    }

    async fn export_if_allowed(
        &self,
        caller: &Principal,
        id: TezId,
    ) -> Result<Exported, RelayError> {
        let asked = self.permit(caller, Action::ExportTez).await?;
        let of = Behalf::of(caller);
        let found = self.visible(&of.user, id).await?;
        asked.in_team(found.tez.head.team)?;
        let bundle = bundle::write(&found.tez);
        let digest = sha256(&bundle);
        self.mark_read(&of, &found).await?;
        let facts = Facts::Bundle(digest);
        let taken = self.change(&of, Action::ExportTez, Target::Tez(id), facts);
        self.trail.recorder().record(taken).await?;
        Ok(Exported { id, bundle, digest })
    }
}
