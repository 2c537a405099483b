//! What is to be read of skills, as resources and as skills over MCP (SEP-2640).

use rmcp::ErrorData;
use rmcp::model::{
    DIRECTORY_MIME_TYPE, ExtensionCapabilities, JsonObject, Resource, ResourceContents,
    ResourcesCapability, SKILLS_EXTENSION_ID, ServerCapabilities, Skill, SkillFrontmatter,
    SkillResource, SkillResources, SkillsCapability,
};
use serde_json::{Value, json};
use skillgate_app::invocations::CallableTool;
use skillgate_domain::ids::SkillName;
use skillgate_domain::skill::Manual;
use std::collections::{BTreeMap, BTreeSet};

/// The manuals of a community's skills, by their addresses: `skill://crm/SKILL.md`.
pub(super) struct Manuals {
    entries: BTreeMap<String, Of<Skill>>,
    files: BTreeMap<String, Of<ResourceContents>>,
    folders: BTreeMap<String, Of<BTreeMap<String, Resource>>>,
}

/// Something of one skill's.
struct Of<T> {
    skill: SkillName,
    it: T,
}

impl<T> Of<T> {
    fn new(skill: &SkillName, it: T) -> Self {
        let skill = skill.clone();
        Self { skill, it }
    }
}

/// Whose manuals a caller may read: those of skills of which it may call something.
pub(super) struct Readable<'a>(BTreeSet<&'a SkillName>);

impl<'a> Readable<'a> {
    pub(super) fn of(tools: &'a [CallableTool], visible: &[bool]) -> Self {
        let visible = tools.iter().zip(visible).filter(|(_, visible)| **visible);
        Self(visible.map(|(tool, _)| &tool.skill).collect())
    }

    fn one<'b, T>(&self, all: &'b BTreeMap<String, Of<T>>, uri: &str) -> Option<&'b T> {
        let found = all.get(uri)?;
        self.0.contains(&found.skill).then_some(&found.it)
    }

    fn all<'b, T>(
        &self,
        all: &'b BTreeMap<String, Of<T>>,
    ) -> impl Iterator<Item = (&'b String, &'b T)> {
        let readable = all.iter().filter(|(_, of)| self.0.contains(&of.skill));
        readable.map(|(uri, of)| (uri, &of.it))
    }
}

/// Declares skills, and the resources that they are read as.
pub(super) fn declare(capabilities: &mut ServerCapabilities) {
    let settings = json!(SkillsCapability::new().with_directory_read());
    let settings = match settings {
        Value::Object(settings) => settings,
        _ => JsonObject::new(),
    };
    capabilities
        .extensions
        .get_or_insert_with(ExtensionCapabilities::new)
        .insert(SKILLS_EXTENSION_ID.to_owned(), settings);
    capabilities
        .resources
        .get_or_insert_with(ResourcesCapability::default);
}

impl Manuals {
    pub(super) fn of(manuals: &BTreeMap<SkillName, Manual>) -> Self {
        let mut made = Self {
            entries: BTreeMap::new(),
            files: BTreeMap::new(),
            folders: BTreeMap::new(),
        };
        for (skill, manual) in manuals {
            made.add(skill, manual);
        }
        made
    }

    fn add(&mut self, skill: &SkillName, manual: &Manual) {
        let root = root(skill);
        let mut resources = Vec::with_capacity(manual.files.len());
        for (path, text) in &manual.files {
            let uri = format!("{root}/{path}");
            resources.push(SkillResource::from_bytes(uri.clone(), text.as_bytes()));
            self.add_to_folders(skill, &uri, text);
            let contents = ResourceContents::text(text, &uri).with_mime_type(mime(path));
            self.files.insert(uri, Of::new(skill, contents));
        }
        // The manifest's reader has read it.
        let mut extra: JsonObject = serde_json::from_str(&manual.frontmatter).unwrap_or_default();
        let mut taken = |name| match extra.remove(name) {
            Some(Value::String(text)) => text,
            _ => String::new(),
        };
        let mut frontmatter = SkillFrontmatter::new(taken("name"), taken("description"));
        frontmatter.extra = extra;
        let main = format!("{root}/{}", Manual::MAIN);
        let entry = Skill::new(main.clone(), frontmatter, SkillResources::Files(resources));
        self.entries.insert(main, Of::new(skill, entry));
    }

    /// Says of each folder above a file what is in it.
    fn add_to_folders(&mut self, skill: &SkillName, uri: &str, text: &str) {
        let named = |uri: &str| uri.rsplit('/').next().unwrap_or_default().to_owned();
        let size = u64::try_from(text.len()).unwrap_or(u64::MAX);
        let file = Resource::new(uri, named(uri));
        let mut child = file.with_mime_type(mime(uri)).with_size(size);
        let root = root(skill);
        while let Some((folder, _)) = child.uri.clone().rsplit_once('/')
            && folder.len() >= root.len()
        {
            let empty = || Of::new(skill, BTreeMap::new());
            let of = self.folders.entry(folder.to_owned()).or_insert_with(empty);
            of.it.insert(child.uri.clone(), child);
            child = Resource::new(folder, named(folder)).with_mime_type(DIRECTORY_MIME_TYPE);
        }
    }

    /// Lists the manuals that may be read.
    pub(super) fn list(
        &self,
        readable: &Readable<'_>,
        after: Option<&str>,
        len: usize,
    ) -> Result<Page<Skill>, ErrorData> {
        page(readable.all(&self.entries), after, len)
    }

    /// Finds a manual.
    pub(super) fn get(&self, readable: &Readable<'_>, uri: &str) -> Result<Skill, ErrorData> {
        let found = readable.one(&self.entries, uri).cloned();
        found.ok_or_else(|| not_here("no skill is served there", uri))
    }

    /// Finds a text.
    pub(super) fn read(
        &self,
        readable: &Readable<'_>,
        uri: &str,
    ) -> Result<ResourceContents, ErrorData> {
        let found = readable.one(&self.files, uri).cloned();
        found.ok_or_else(|| {
            let uri = json!({ "uri": uri });
            ErrorData::resource_not_found("there is no such resource", Some(uri))
        })
    }

    /// Lists what is in a folder.
    pub(super) fn folder(
        &self,
        readable: &Readable<'_>,
        uri: &str,
        after: Option<&str>,
        len: usize,
    ) -> Result<Page<Resource>, ErrorData> {
        let found = readable.one(&self.folders, uri);
        let found = found.ok_or_else(|| not_here("that is no directory", uri))?;
        page(found.iter(), after, len)
    }

    /// Lists what each manual begins with, as resources.
    pub(super) fn resources(
        &self,
        readable: &Readable<'_>,
        after: Option<&str>,
        len: usize,
    ) -> Result<Page<Resource>, ErrorData> {
        let page = self.list(readable, after, len)?;
        let shown = |skill: Skill| {
            Resource::new(skill.uri, skill.frontmatter.name)
                .with_description(skill.frontmatter.description)
                .with_mime_type("text/markdown")
        };
        Ok(Page {
            items: page.items.into_iter().map(shown).collect(),
            next: page.next,
        })
    }
}

/// A page, and where the next one begins.
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    pub(super) next: Option<String>,
}

/// `all` come in the order of their addresses, and `after` is one of them.
fn page<'a, T: Clone + 'a>(
    all: impl Iterator<Item = (&'a String, &'a T)>,
    after: Option<&str>,
    len: usize,
) -> Result<Page<T>, ErrorData> {
    let mut rest = all.skip_while(|(uri, _)| after.is_some_and(|after| uri.as_str() < after));
    let known = after.is_none_or(|after| rest.next().is_some_and(|(uri, _)| uri == after));
    if !known {
        return Err(super::answer::no_such_page());
    }
    let page: Vec<_> = rest.by_ref().take(len).collect();
    let last = page.last().map(|(uri, _)| (*uri).clone());
    Ok(Page {
        items: page.into_iter().map(|(_, it)| it.clone()).collect(),
        next: rest.next().and(last),
    })
}

fn root(skill: &SkillName) -> String {
    format!("skill://{skill}")
}

fn mime(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("md") => "text/markdown",
        Some("json") => "application/json",
        _ => "text/plain",
    }
}

fn not_here(message: &'static str, uri: &str) -> ErrorData {
    ErrorData::invalid_params(message, Some(json!({ "uri": uri })))
}
