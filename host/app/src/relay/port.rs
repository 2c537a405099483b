use super::{Behalf, Relay, RelayError, content};
use crate::ports::{
    FoundTez, RelayUser, SharedTez, StorageError, Tez, TezError, TezHead, TezRelay,
};
use async_trait::async_trait;
use skillgate_domain::ids::{TeamId, TezId};
use skillgate_domain::tez::TezDraft;
use skillgate_domain::time::Timestamp;

#[async_trait]
impl TezRelay for Relay {
    /// What the id is of already is not shared again.
    async fn share(
        &self,
        sender: &RelayUser,
        id: TezId,
        draft: &TezDraft,
    ) -> Result<SharedTez, TezError> {
        let of = Behalf::of_host(sender);
        match self.shared(&of, id, draft.clone()).await {
            Ok(head) => Ok(shared(&head)),
            Err(RelayError::Storage(StorageError::Conflict)) => {
                let earlier = self.earlier(sender, id, draft).await?;
                let another = || TezError::Invalid("another Tez has this id".to_owned());
                earlier.ok_or_else(another)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn find_shared(
        &self,
        sender: &RelayUser,
        id: TezId,
        draft: &TezDraft,
        _: Timestamp,
    ) -> Result<Option<SharedTez>, TezError> {
        Ok(self.earlier(sender, id, draft).await?)
    }

    async fn get(&self, reader: &RelayUser, id: TezId) -> Result<Tez, TezError> {
        let found = self.visible(reader, id).await?;
        self.mark_read(&Behalf::of_host(reader), &found).await?;
        let (context, recipients) = (found.tez.context, found.tez.recipients);
        Ok(Tez {
            head: found.tez.head,
            context: context.into_iter().map(|kept| kept.item).collect(),
            recipients: recipients.into_iter().map(|to| to.address).collect(),
        })
    }

    async fn stream(
        &self,
        reader: &RelayUser,
        team: TeamId,
        before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<TezHead>, TezError> {
        let page = self.page(reader, team, before, limit).await?;
        Ok(page.messages)
    }

    async fn check(&self) -> Result<(), TezError> {
        let answer = self.store.ping_relay().await;
        answer.map_err(|_| TezError::Unavailable)
    }
}

impl Relay {
    /// Finds what was shared under an id, if it is this draft of this sender.
    async fn earlier(
        &self,
        sender: &RelayUser,
        id: TezId,
        draft: &TezDraft,
    ) -> Result<Option<SharedTez>, RelayError> {
        let found = self.store.find_tez(&sender.community, id, &sender.user);
        let Some(found) = found.await? else {
            return Ok(None);
        };
        let draft = draft.clone().checked()?;
        let same = found.tez.head.sender == sender.user && says(&found, &draft);
        Ok(same.then(|| shared(&found.tez.head)))
    }
}

fn says(found: &FoundTez, draft: &TezDraft) -> bool {
    let head = &found.tez.head;
    // What was taken out cannot be compared any more.
    let kept = found.tez.context.iter().zip(&draft.context);
    let items = kept.map(|(kept, given)| match kept.redaction {
        Some(_) => given,
        None => &kept.item,
    });
    if found.tez.context.len() != draft.context.len() {
        return false;
    }
    let (kept, given) = (
        content::digest(&head.surface_text, head.action_requested.as_deref(), items),
        content::digest(
            &draft.surface_text,
            draft.action_requested.as_deref(),
            &draft.context,
        ),
    );
    (head.team, head.parent) == (draft.team, None) && kept == given
}

const fn shared(head: &TezHead) -> SharedTez {
    SharedTez {
        id: head.id,
        thread: head.thread,
        created_at: head.created_at,
    }
}
