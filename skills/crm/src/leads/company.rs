use super::LeadCompany;
use crate::find::{Outcome, find_or_create};
use crate::values::is_same_name;
use skillgate_sdk::crm::{self, Company, Entry, LIMIT_MAX};
use skillgate_sdk::{ToolError, ToolResult};

/// Most companies looked at that have a name or domain in theirs.
const CANDIDATES_MAX: usize = 300;

pub(super) fn find_or_create_company(
    company: LeadCompany,
) -> ToolResult<(Outcome, Entry<Company>)> {
    let name = company.name.map(|name| name.trim().to_owned());
    let name = name.filter(|name| !name.is_empty());
    let domain = company.domain.as_deref().map(host_name);
    let domain = domain.filter(|domain| !domain.is_empty());
    if name.is_none() && domain.is_none() {
        let message = "Give the company's domain or its name, or leave the company out.";
        return Err(ToolError::invalid_input(message));
    }
    let fields = Company {
        // A company without a name cannot be told apart in lists.
        name: name.clone().or_else(|| domain.clone()),
        domain: domain.clone(),
        ..Default::default()
    };
    let find = || match by_domain(domain.as_deref())? {
        Some(entry) => Ok(Some(entry)),
        None => by_name(name.as_deref(), domain.is_some()),
    };
    find_or_create(crm::companies(), find, fields)
}

fn by_domain(domain: Option<&str>) -> ToolResult<Option<Entry<Company>>> {
    let Some(domain) = domain else {
        return Ok(None);
    };
    // A CRM may hold `https://www.example.org/` where a caller says `example.org`.
    let candidates = candidates("domain", domain)?;
    Ok(candidates.into_iter().find(|entry| {
        let held = entry.fields.domain.as_deref().unwrap_or_default();
        host_name(held) == domain
    }))
}

/// Finds the one company of a name. Next to a known domain, only one without a domain can be the same.
fn by_name(name: Option<&str>, has_domain: bool) -> ToolResult<Option<Entry<Company>>> {
    let Some(name) = name else {
        return Ok(None);
    };
    let mut same = candidates("name", name)?.into_iter().filter(|entry| {
        let held = entry.fields.name.as_deref().unwrap_or_default();
        is_same_name(held, name) && !(has_domain && entry.fields.domain.is_some())
    });
    match (same.next(), same.next()) {
        (_, Some(_)) => Err(ToolError::conflict(
            "Several companies have this name. Give the domain of the one you mean.",
        )),
        (first, None) => Ok(first),
    }
}

fn candidates(field: &str, part: &str) -> ToolResult<Vec<Entry<Company>>> {
    let search = crm::companies().filter(crm::field(field).contains(part));
    Ok(search.limit(LIMIT_MAX).fetch_up_to(CANDIDATES_MAX)?)
}

/// Returns the host of a web address, without `www.`, in lower case.
fn host_name(address: &str) -> String {
    let address = address.trim().to_lowercase();
    let without_scheme = address
        .split_once("://")
        .map_or(&*address, |(_, rest)| rest);
    let host = without_scheme
        .split(['/', '?', '#', ':'])
        .next()
        .unwrap_or_default();
    host.strip_prefix("www.").unwrap_or(host).to_owned()
}

#[cfg(test)]
mod tests {
    use super::host_name;

    #[test]
    fn an_address_has_one_host_name() {
        for address in [
            "example.org",
            " Example.org ",
            "www.example.org",
            "https://www.example.org/",
            "http://example.org:8080/about?x=1#y",
        ] {
            assert_eq!(host_name(address), "example.org", "{address}");
        }
        assert_eq!(host_name("https://"), "");
    }
}
