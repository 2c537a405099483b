use super::FakeStorage;
use async_trait::async_trait;
use skillgate_app::ports::{
    IdempotencyStore, KeptAnswer, KeyedBegin, KeyedRequest, KeyedState, StorageError,
};
use skillgate_domain::digest::Digest;
use skillgate_domain::time::Timestamp;

#[async_trait]
impl IdempotencyStore for FakeStorage {
    async fn begin_keyed(
        &self,
        request: &KeyedRequest,
        now: Timestamp,
        keys_max: u32,
    ) -> Result<KeyedBegin, StorageError> {
        let mut all = self.keyed.lock().unwrap();
        all.retain(|(old, _)| old.id != request.id || old.expires_at > now);
        if let Some((first, state)) = all.iter().find(|(old, _)| old.id == request.id) {
            return Ok(KeyedBegin::Known(first.clone(), state.clone()));
        }
        let own = all
            .iter()
            .filter(|(old, _)| old.principal == request.principal);
        if own.filter(|(old, _)| old.expires_at > now).count() >= keys_max as usize {
            return Ok(KeyedBegin::TooMany);
        }
        all.push((request.clone(), KeyedState::Begun));
        Ok(KeyedBegin::First)
    }

    async fn end_keyed(
        &self,
        id: &Digest,
        answer: Option<&KeptAnswer>,
    ) -> Result<(), StorageError> {
        self.works()?;
        let mut all = self.keyed.lock().unwrap();
        for (_, state) in all.iter_mut().filter(|(request, _)| request.id == *id) {
            *state = answer.map_or(KeyedState::EndedUnkept, |a| KeyedState::Ended(a.clone()));
        }
        Ok(())
    }

    async fn forget_keyed(&self, id: &Digest) -> Result<(), StorageError> {
        let mut all = self.keyed.lock().unwrap();
        all.retain(|(request, state)| request.id != *id || *state != KeyedState::Begun);
        Ok(())
    }

    async fn remove_expired_keyed(&self, now: Timestamp, _: u32) -> Result<u64, StorageError> {
        let mut all = self.keyed.lock().unwrap();
        let before = all.len();
        all.retain(|(request, _)| request.expires_at > now);
        Ok((before - all.len()).try_into().unwrap())
    }
}
