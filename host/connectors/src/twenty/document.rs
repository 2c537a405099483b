//! GraphQL documents: our own words, names from the metadata, and variables for everything else.

use super::call::{Effect, GraphQl};
use super::object::{JoinNames, Names};
use serde_json::{Value, json};
use skillgate_domain::crm::Link;
use skillgate_domain::ids::RecordId;

/// One page of a list.
#[derive(Debug, Clone)]
pub(super) struct Listing {
    pub(super) conditions: Vec<Value>,
    pub(super) order: Value,
    pub(super) first: u32,
    pub(super) after: Option<String>,
}

/// Lists records of one object.
pub(super) fn list(names: Names, selected: &str, listing: &Listing) -> GraphQl {
    let Names {
        plural, type_name, ..
    } = names;
    page(plural, type_name, selected, listing)
}

/// Lists the task or note ids that are attached to a record.
pub(super) fn joins(names: JoinNames, listing: &Listing) -> GraphQl {
    page(names.plural, names.type_name, names.source, listing)
}

fn page(plural: &str, type_name: &str, selected: &str, listing: &Listing) -> GraphQl {
    GraphQl {
        document: format!(
            "query($f:{type_name}FilterInput,$o:[{type_name}OrderByInput],$n:Int,$a:String)\
             {{{plural}(filter:$f,orderBy:$o,first:$n,after:$a)\
             {{totalCount pageInfo{{hasNextPage endCursor}} edges{{node{{{selected}}}}}}}}}"
        ),
        variables: json!({
            "f": {"and": listing.conditions},
            "o": listing.order,
            "n": listing.first,
            "a": listing.after,
        }),
        effect: Effect::Read,
        roots: 1,
    }
}

/// Creates one record. Never with `upsert`, which would bring back a deleted one.
pub(super) fn create(type_name: &str, selected: &str, data: &Value) -> GraphQl {
    GraphQl {
        document: format!(
            "mutation($d:{type_name}CreateInput!){{create{type_name}(data:$d){{{selected}}}}}"
        ),
        variables: json!({ "d": data }),
        effect: Effect::Create,
        roots: 1,
    }
}

/// Looks for both ends of a link, and for the link itself.
pub(super) fn ends(source: Names, target: Names, join: JoinNames, link: &Link) -> GraphQl {
    let JoinNames {
        plural, type_name, ..
    } = join;
    let root = |plural: &str, variable: &str| {
        format!("{plural}(filter:${variable},first:1){{edges{{node{{id}}}}}}")
    };
    GraphQl {
        document: format!(
            "query($s:{}FilterInput,$t:{}FilterInput,$j:{type_name}FilterInput){{{} {} {}}}",
            source.type_name,
            target.type_name,
            root(source.plural, "s"),
            root(target.plural, "t"),
            root(plural, "j"),
        ),
        variables: json!({
            "s": {"id": {"eq": link.source.id.to_string()}},
            "t": {"id": {"eq": link.target.id.to_string()}},
            "j": {"and": join_conditions(join, link)},
        }),
        effect: Effect::Read,
        roots: 3,
    }
}

/// Returns the conditions that a link's row meets.
pub(super) fn join_conditions(join: JoinNames, link: &Link) -> Vec<Value> {
    vec![
        json!({join.source: {"eq": link.source.id.to_string()}}),
        json!({join.target: {"eq": link.target.id.to_string()}}),
    ]
}

/// Returns a condition that every record meets. Naming `deletedAt` makes Twenty look at soft-deleted
/// records too.
pub(super) fn deleted_or_not() -> Value {
    json!({"or": [{"deletedAt": {"is": "NULL"}}, {"deletedAt": {"is": "NOT_NULL"}}]})
}

/// Returns the condition that a record is another one.
pub(super) fn other_than(id: RecordId) -> Value {
    json!({"id": {"neq": id.to_string()}})
}

/// Asks for something that costs nothing of the request budget.
pub(super) fn probe() -> GraphQl {
    GraphQl {
        document: "query($s:String!,$n:Int!,$i:[String!])\
                   {search(searchInput:$s,limit:$n,includedObjectNameSingulars:$i)\
                   {edges{node{recordId}}}}"
            .to_owned(),
        variables: json!({"s": "a", "n": 1, "i": ["person"]}),
        effect: Effect::Probe,
        roots: 1,
    }
}
