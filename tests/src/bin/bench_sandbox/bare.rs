//! Bare wasmtime: the same guest, a host function that answers a constant, nothing else.

use self::exports::skillgate::skill::guest::CallContext;
use self::skillgate::skill as wit;
use self::wit::crm::{
    Contact, Draft, DueTasksQuery, Entry, EntryRef, Error, Fields, Page, Query, Upserted,
    UpsertedTask,
};
use crate::ours::{CONTACT_ID, INPUT, TOOL};
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Config, Engine, Store};

wasmtime::component::bindgen!({
    path: "../wit",
    world: "skill",
    imports: { default: async | trappable },
    exports: { default: async },
});

struct Host;

type Own = HasSelf<Host>;

type Answer<T> = wasmtime::Result<Result<T, Error>>;

fn contact() -> Entry {
    Entry {
        id: CONTACT_ID.to_owned(),
        updated_at: None,
        fields: Fields::Contact(Contact {
            first_name: Some("Ada".to_owned()),
            last_name: None,
            email: None,
            additional_emails: None,
            phone: None,
            job_title: None,
            linkedin_url: None,
            company_id: None,
        }),
        custom: Vec::new(),
    }
}

impl wit::types::Host for Host {}

impl wit::crm::Host for Host {
    async fn get(&mut self, _: EntryRef) -> Answer<Entry> {
        Ok(Ok(contact()))
    }

    async fn search(&mut self, _: Query) -> Answer<Page> {
        Ok(Ok(Page {
            items: vec![contact()],
            next_cursor: None,
            total: 1,
        }))
    }

    async fn create(&mut self, _: Draft) -> Answer<Entry> {
        Ok(Ok(contact()))
    }

    async fn update(&mut self, _: String, _: Draft) -> Answer<Entry> {
        Ok(Ok(contact()))
    }

    async fn upsert(&mut self, _: Draft) -> Answer<(Upserted, Entry)> {
        Ok(Ok((Upserted::Created, contact())))
    }

    async fn link(&mut self, _: EntryRef, _: EntryRef) -> Answer<()> {
        Ok(Ok(()))
    }

    async fn upsert_task(
        &mut self,
        _: Option<String>,
        _: Draft,
        _: Vec<EntryRef>,
    ) -> Answer<UpsertedTask> {
        Ok(Ok(UpsertedTask {
            upserted: Upserted::Created,
            task: contact(),
            unlinked: None,
        }))
    }

    async fn due_tasks(&mut self, _: DueTasksQuery) -> Answer<Page> {
        Ok(Ok(Page {
            items: Vec::new(),
            next_cursor: None,
            total: 0,
        }))
    }
}

impl wit::log::Host for Host {
    async fn write(&mut self, _: wit::log::Level, _: String) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl wit::clock::Host for Host {
    async fn now_ms(&mut self) -> wasmtime::Result<u64> {
        Ok(0)
    }
}

impl wit::config::Host for Host {
    async fn get(&mut self, _: String) -> wasmtime::Result<Option<String>> {
        Ok(None)
    }
}

/// A guest ready to run without governance.
pub(crate) struct Bare {
    engine: Engine,
    pre: SkillPre<Host>,
    context: CallContext,
}

impl Bare {
    pub(crate) fn new(config: &Config, component: &[u8]) -> anyhow::Result<Self> {
        Self::build(config, component).map_err(|error| anyhow::anyhow!("{error}"))
    }

    fn build(config: &Config, component: &[u8]) -> wasmtime::Result<Self> {
        let engine = Engine::new(config)?;
        let component = Component::new(&engine, component)?;
        let mut linker = Linker::new(&engine);
        wit::types::add_to_linker::<Host, Own>(&mut linker, |host| host)?;
        wit::crm::add_to_linker::<Host, Own>(&mut linker, |host| host)?;
        wit::log::add_to_linker::<Host, Own>(&mut linker, |host| host)?;
        wit::clock::add_to_linker::<Host, Own>(&mut linker, |host| host)?;
        wit::config::add_to_linker::<Host, Own>(&mut linker, |host| host)?;
        let pre = SkillPre::new(linker.instantiate_pre(&component)?)?;
        let context = CallContext {
            invocation_id: CONTACT_ID.to_owned(),
            request_id: "bench".to_owned(),
            user_id: "ada".to_owned(),
            agent_id: None,
        };
        Ok(Self {
            engine,
            pre,
            context,
        })
    }

    /// A fresh store, an instance, one call.
    pub(crate) fn call(&self, runtime: &tokio::runtime::Runtime) {
        let answer = runtime.block_on(async {
            let mut store = Store::new(&self.engine, Host);
            store.set_epoch_deadline(1 << 40);
            let skill = self.pre.instantiate_async(&mut store).await?;
            skill
                .skillgate_skill_guest()
                .call_call(&mut store, &self.context, TOOL, INPUT)
                .await
        });
        answer.expect("the guest runs").expect("the tool answers");
    }
}
