use super::crm_decode as decode;
use super::crm_encode as encode;
use crate::bindings::skillgate::skill::crm as wit;
use crate::state::State;
use skillgate_app::broker::{BrokerError, DueTasks};
use skillgate_domain::crm::Link;

type Answer<T> = wasmtime::Result<Result<T, wit::Error>>;

impl wit::Host for State {
    async fn get(&mut self, target: wit::EntryRef) -> Answer<wit::Entry> {
        let result = self.get_entry(&target).await;
        self.answer(result)
    }

    async fn search(&mut self, query: wit::Query) -> Answer<wit::Page> {
        let result = self.search_entries(query).await;
        self.answer(result)
    }

    async fn create(&mut self, draft: wit::Draft) -> Answer<wit::Entry> {
        let result = self.create_entry(draft).await;
        self.answer(result)
    }

    async fn update(&mut self, id: String, draft: wit::Draft) -> Answer<wit::Entry> {
        let result = self.update_entry(&id, draft).await;
        self.answer(result)
    }

    async fn upsert(&mut self, draft: wit::Draft) -> Answer<(wit::Upserted, wit::Entry)> {
        let result = self.upsert_entry(draft).await;
        self.answer(result)
    }

    async fn link(&mut self, source: wit::EntryRef, target: wit::EntryRef) -> Answer<()> {
        let result = self.link_entries(&source, &target).await;
        self.answer(result)
    }

    async fn upsert_task(
        &mut self,
        id: Option<String>,
        draft: wit::Draft,
        about: Vec<wit::EntryRef>,
    ) -> Answer<wit::UpsertedTask> {
        let result = self.upsert_one_task(id.as_deref(), draft, &about).await;
        self.answer(result)
    }

    async fn due_tasks(&mut self, query: wit::DueTasksQuery) -> Answer<wit::Page> {
        let result = self.list_due_tasks(query).await;
        self.answer(result)
    }
}

impl State {
    /// Encodes what the broker said, and counts its refusals.
    #[expect(clippy::unnecessary_wraps, reason = "the signature of a host function")]
    fn answer<T>(&self, result: Result<T, BrokerError>) -> Answer<T> {
        self.count(&result);
        Ok(result.map_err(|error| encode::error(&error)))
    }

    /// Counts the broker's refusals.
    pub(super) fn count<T>(&self, result: &Result<T, BrokerError>) {
        match result {
            Err(BrokerError::Denied(denial)) => self.meter.host_call_denied(denial.code()),
            Err(BrokerError::Ended(code)) => self.meter.host_call_denied(code),
            Err(BrokerError::BudgetExhausted(budget)) => self.meter.budget_used_up(*budget),
            Err(
                BrokerError::Invalid(_)
                | BrokerError::Crm(_)
                | BrokerError::Outside(_)
                | BrokerError::Outdated
                | BrokerError::StateChanged(_)
                | BrokerError::Unkept
                | BrokerError::Scratch(_)
                | BrokerError::Unsure
                | BrokerError::Audit(_)
                | BrokerError::Replayed(_),
            )
            | Ok(_) => {}
        }
    }

    async fn get_entry(&self, target: &wit::EntryRef) -> Result<wit::Entry, BrokerError> {
        let target = decode::entry_ref(target)?;
        Ok(encode::entry(self.broker.get(&self.run, target).await?))
    }

    async fn search_entries(&self, query: wit::Query) -> Result<wit::Page, BrokerError> {
        let query = decode::query(query)?;
        let page = self.broker.search(&self.run, &query).await?;
        Ok(encode::page(page))
    }

    async fn create_entry(&self, draft: wit::Draft) -> Result<wit::Entry, BrokerError> {
        let changes = decode::changes(draft)?;
        Ok(encode::entry(
            self.broker.create(&self.run, &changes).await?,
        ))
    }

    async fn update_entry(&self, id: &str, draft: wit::Draft) -> Result<wit::Entry, BrokerError> {
        let (id, changes) = (decode::record_id(id)?, decode::changes(draft)?);
        Ok(encode::entry(
            self.broker.update(&self.run, id, &changes).await?,
        ))
    }

    async fn upsert_entry(
        &self,
        draft: wit::Draft,
    ) -> Result<(wit::Upserted, wit::Entry), BrokerError> {
        let changes = decode::changes(draft)?;
        let (upserted, record) = self.broker.upsert(&self.run, &changes).await?;
        Ok((encode::upserted(upserted), encode::entry(record)))
    }

    async fn link_entries(
        &self,
        source: &wit::EntryRef,
        target: &wit::EntryRef,
    ) -> Result<(), BrokerError> {
        let link = Link {
            source: decode::entry_ref(source)?,
            target: decode::entry_ref(target)?,
        };
        self.broker.link(&self.run, &link).await
    }

    async fn upsert_one_task(
        &self,
        id: Option<&str>,
        draft: wit::Draft,
        about: &[wit::EntryRef],
    ) -> Result<wit::UpsertedTask, BrokerError> {
        let (id, changes) = (
            id.map(decode::record_id).transpose()?,
            decode::changes(draft)?,
        );
        let about = about.iter().map(decode::entry_ref);
        let about = about.collect::<Result<Vec<_>, _>>()?;
        let made = self
            .broker
            .upsert_task(&self.run, id, &changes, &about)
            .await?;
        Ok(wit::UpsertedTask {
            upserted: encode::upserted(made.upserted),
            task: encode::entry(made.task),
            unlinked: made.unlinked.map(|(target, cause)| wit::Unlinked {
                target: encode::entry_ref(target),
                cause: encode::error(&cause),
            }),
        })
    }

    async fn list_due_tasks(&self, query: wit::DueTasksQuery) -> Result<wit::Page, BrokerError> {
        let assignee = query.assignee_id.as_deref();
        let due = DueTasks {
            until: query.until,
            about: query.about.as_ref().map(decode::entry_ref).transpose()?,
            assignee: assignee.map(decode::record_id).transpose()?,
            limit: query.limit,
        };
        Ok(encode::page(self.broker.due_tasks(&self.run, &due).await?))
    }
}
