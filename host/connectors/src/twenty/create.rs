//! Creating a record under an id of ours, once, whatever the connection does.

use super::call::Call;
use super::client::{Applied, Failure};
use super::encode::{self, Payload};
use super::field::{self, place};
use super::object::names;
use super::read::{opened, unreadable};
use super::refusal::Refusal;
use super::schema::ObjectSchema;
use super::{Inner, decode, document, domain_name, filter, object_of};
use document::Listing;
use serde_json::{Value, json};
use skillgate_app::ports::CrmError;
use skillgate_domain::crm::{Changes, Field, FieldKey, FieldValue, ObjectKind, Selection};
use skillgate_domain::ids::{CommunityId, RecordId};
use skillgate_domain::right::Unredacted;

/// How often a creation is sent. A second one under the same id makes no second record.
pub(super) const CREATE_ATTEMPTS: u32 = 2;

/// How a creation ended well.
#[derive(Debug)]
pub(super) enum Made {
    /// The server answered with the data.
    Answered(Value),
    /// The record is there, though an answer was lost.
    Found(Value),
}

impl Inner {
    pub(super) async fn create(
        &self,
        community: &CommunityId,
        id: RecordId,
        changes: &Changes,
        want: &Selection,
    ) -> Result<Unredacted, CrmError> {
        let object = changes.object;
        let encode = |schema: &ObjectSchema| {
            let mut payload = encode::payload(schema, &creation(changes))?;
            payload.merge(&Value::Null);
            Ok((payload, filter::selected(schema, want)))
        };
        let ((payload, selected), schema) = self.with_schema(community, object, encode).await?;
        if let Some(holder) = self.holder_of_domain(community, id, changes).await? {
            return Err(CrmError::Conflict {
                holder: Some(holder),
            });
        }
        let names = names(object);
        let call = document::create(names.type_name, &selected, &data(id, payload));
        let look = || self.current(community, object, id);
        let made = self
            .create_once(community, &Call::GraphQl(call), look)
            .await;
        let record = match made {
            Ok(Made::Answered(mut data)) => {
                let record = data[format!("create{}", names.type_name).as_str()].take();
                self.confirmed(community, object, id, record).await?
            }
            Ok(Made::Found(record)) => record,
            Err(Failure::Refused(Refusal::Duplicate(holder))) => {
                return self
                    .duplicate(community, id, changes, holder, |record| {
                        opened(object, &schema, want, record)
                    })
                    .await;
            }
            Err(failure) => return Err(explained(failure, object_of(&schema, object)?, changes)),
        };
        opened(object, &schema, want, &record)
    }

    /// Looks for the record when the answer to its creation does not hold it.
    async fn confirmed(
        &self,
        community: &CommunityId,
        object: ObjectKind,
        id: RecordId,
        answered: Value,
    ) -> Result<Value, CrmError> {
        if decode::id(&answered) == Some(id) {
            return Ok(answered);
        }
        match self.current(community, object, id).await {
            Ok(Some(record)) => Ok(record),
            _ => Err(CrmError::OutcomeUnknown),
        }
    }

    /// Sends a creation until its outcome is known: a lost answer is made up for by looking for the record,
    /// and a record that is not there is sent again.
    pub(super) async fn create_once<L, F>(
        &self,
        community: &CommunityId,
        call: &Call,
        look: L,
    ) -> Result<Made, Failure>
    where
        L: Fn() -> F + Send,
        F: Future<Output = Result<Option<Value>, CrmError>> + Send,
    {
        let unknown = Failure::NotSent(CrmError::OutcomeUnknown);
        let mut worst = Applied::No;
        let mut attempt = 1;
        loop {
            let failure = match self.write(community, call).await {
                Ok(data) => return Ok(Made::Answered(data)),
                Err(Failure::Refused(Refusal::Server)) => Failure::Lost(
                    skillgate_app::ports::UnavailableCause::ServerError,
                    Applied::Answered,
                ),
                Err(failure) => failure,
            };
            match &failure {
                Failure::Lost(_, Applied::No) => {}
                Failure::Lost(_, applied) => match look().await {
                    Ok(Some(record)) => return Ok(Made::Found(record)),
                    Ok(None) => worst = worst.max(*applied),
                    Err(_) => return Err(unknown),
                },
                // Refused for good. A duplicate may be our own earlier attempt: the caller looks.
                Failure::Refused(Refusal::Duplicate(_)) => return Err(failure),
                Failure::Refused(_) | Failure::NotSent(_) if worst == Applied::Maybe => {
                    return Err(unknown);
                }
                Failure::Refused(_) | Failure::NotSent(_) => return Err(failure),
            }
            if attempt == CREATE_ATTEMPTS {
                return Err(if worst == Applied::Maybe {
                    unknown
                } else {
                    failure
                });
            }
            attempt += 1;
            self.client.pause().await;
        }
    }

    /// Something has this id or this value. When it has the id, it is our own earlier write.
    async fn duplicate<T>(
        &self,
        community: &CommunityId,
        id: RecordId,
        changes: &Changes,
        holder: Option<RecordId>,
        open: impl Fn(&Value) -> Result<T, CrmError>,
    ) -> Result<T, CrmError> {
        let holder = holder.filter(|holder| *holder != id);
        if holder.is_none()
            && let Some(record) = self.current(community, changes.object, id).await?
        {
            return open(&record);
        }
        let holder = match holder {
            Some(holder) => Some(holder),
            None => self.holder(community, id, changes).await?,
        };
        Err(CrmError::Conflict { holder })
    }

    /// Finds the record, deleted or not, that holds the unique value of `changes`.
    pub(super) async fn holder(
        &self,
        community: &CommunityId,
        id: RecordId,
        changes: &Changes,
    ) -> Result<Option<RecordId>, CrmError> {
        let Some((field, FieldValue::Text(value))) = unique_value(changes) else {
            return Ok(None);
        };
        let values = match field {
            Field::CompanyDomain => domain_name::spellings(value).to_vec(),
            _ => vec![value.to_lowercase()],
        };
        let place = field::standard(field);
        let part = place.compared_part().unwrap_or_default();
        let listing = Listing {
            conditions: vec![
                json!({ place.root: { part: {"in": values} } }),
                document::other_than(id),
                document::deleted_or_not(),
            ],
            order: json!([]),
            first: 1,
            after: None,
        };
        let object = changes.object;
        let call = Call::GraphQl(document::list(names(object), "id", &listing));
        let answer = self.client.read(community, &call).await?;
        let edges = answer[names(object).plural]["edges"].as_array();
        let first = edges.ok_or_else(unreadable)?.first();
        Ok(first.and_then(|edge| decode::id(&edge["node"])))
    }

    /// Twenty compares domains by spelling; we look for all spellings before writing one.
    pub(super) async fn holder_of_domain(
        &self,
        community: &CommunityId,
        id: RecordId,
        changes: &Changes,
    ) -> Result<Option<RecordId>, CrmError> {
        match unique_value(changes) {
            Some((Field::CompanyDomain, _)) => self.holder(community, id, changes).await,
            _ => Ok(None),
        }
    }
}

/// On creation there is nothing to empty.
fn creation(changes: &Changes) -> Changes {
    Changes {
        clear: std::collections::BTreeSet::new(),
        ..changes.clone()
    }
}

fn data(id: RecordId, payload: Payload) -> Value {
    let mut body = payload.into_body();
    body.insert("id".to_owned(), json!(id.to_string()));
    Value::Object(body)
}

fn unique_value(changes: &Changes) -> Option<(Field, &FieldValue)> {
    let field = ObjectKind::unique_field(changes.object)?;
    let value = changes.set.get(&FieldKey::Standard(field))?;
    Some((field, value))
}

/// Says which field was not accepted, where the CRM's text mentions one that was sent.
pub(super) fn explained(failure: Failure, schema: &ObjectSchema, changes: &Changes) -> CrmError {
    let Failure::Refused(Refusal::Input(text)) = &failure else {
        return failure.into();
    };
    let sent = changes.set.keys().chain(&changes.clear);
    let mentioned = |key: &&FieldKey| {
        place(schema, key).is_ok_and(|place| {
            let whole = place.compared_part().map_or_else(
                || text.mentions(place.root),
                |part| text.mentions(&format!("{}.{part}", place.root)),
            );
            whole || text.mentions(place.root)
        })
    };
    match sent.into_iter().find(mentioned) {
        Some(key) => CrmError::Invalid(format!(
            "the CRM did not accept the value of {}",
            key.name()
        )),
        None => failure.into(),
    }
}
