//! The OpenAPI document as a page: plain HTML, no script, nothing from elsewhere.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::HeaderValue;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt::Write;

const STYLE: &str = include_str!("page.css");

/// What a browser may load for the page: this style, and nothing else.
pub(crate) fn content_security_policy() -> HeaderValue {
    let style = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).expect("a policy is visible ASCII")
}

/// Writes the page.
pub(crate) fn page(document: &Value) -> String {
    let mut html = String::new();
    let written = write_page(&mut html, document);
    written.expect("a string takes everything");
    html
}

fn write_page(html: &mut String, document: &Value) -> std::fmt::Result {
    let title = Escaped(&document["info"]["title"]);
    write!(
        html,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title} API</title>\
         <style>{STYLE}</style></head><body><h1>{title} {}</h1><p>{}</p>\
         <p><a href=\"/api/openapi.json\">The same as an OpenAPI document</a></p><nav><ul>",
        Escaped(&document["info"]["version"]),
        Escaped(&document["info"]["description"]),
    )?;
    for operation in operations(document) {
        operation.write_link(html)?;
    }
    html.push_str("</ul></nav><main>");
    for operation in operations(document) {
        operation.write(html)?;
    }
    html.push_str("<h2>Schemas</h2>");
    for (name, schema) in members(&document["components"]["schemas"]) {
        let name = Escaped(name);
        write!(html, "<section id=\"{name}\"><h3>{name}</h3>")?;
        write_json(html, schema)?;
        html.push_str("</section>");
    }
    html.push_str("</main></body></html>");
    Ok(())
}

/// One method of one path.
struct Operation<'a> {
    method: &'a str,
    path: &'a str,
    it: &'a Value,
}

fn operations(document: &Value) -> impl Iterator<Item = Operation<'_>> {
    members(&document["paths"]).flat_map(|(path, item)| {
        members(item).map(move |(method, it)| Operation { method, path, it })
    })
}

impl Operation<'_> {
    fn write_link(&self, html: &mut String) -> std::fmt::Result {
        let (id, path) = (Escaped(&self.it["operationId"]), Escaped(self.path));
        write!(
            html,
            "<li><a href=\"#{id}\"><b>{}</b> {path}</a></li>",
            Escaped(self.method)
        )
    }

    fn write(&self, html: &mut String) -> std::fmt::Result {
        let (id, path) = (Escaped(&self.it["operationId"]), Escaped(self.path));
        write!(
            html,
            "<section id=\"{id}\"><h2><b>{}</b> {path}</h2><p>{}</p><p>{}</p>",
            Escaped(self.method),
            Escaped(&self.it["summary"]),
            self.credential(),
        )?;
        for parameter in self.it["parameters"].as_array().into_iter().flatten() {
            let (name, what) = (&parameter["name"], &parameter["description"]);
            let place = Escaped(&parameter["in"]);
            write!(
                html,
                "<p><code>{}</code> ({place}): {}</p>",
                Escaped(name),
                Escaped(what)
            )?;
        }
        if let Some(body) = self.it["requestBody"].as_object() {
            html.push_str("<h3>Body</h3>");
            write_content(html, &body["content"])?;
        }
        for (status, response) in members(&self.it["responses"]) {
            let (status, what) = (Escaped(status), Escaped(&response["description"]));
            write!(html, "<h3>{status}</h3><p class=\"lines\">{what}</p>")?;
            write_content(html, &response["content"])?;
        }
        html.push_str("</section>");
        Ok(())
    }

    fn credential(&self) -> &'static str {
        match self.it["security"].as_array().map(Vec::len) {
            None => "Needs a bearer token.",
            Some(0 | 1) => "Needs no token.",
            Some(_) => "Needs a token of its own, where one is configured.",
        }
    }
}

fn write_content(html: &mut String, content: &Value) -> std::fmt::Result {
    for (media_type, content) in members(content) {
        write!(html, "<p><code>{}</code></p>", Escaped(media_type))?;
        write_json(html, &content["schema"])?;
    }
    Ok(())
}

/// Writes JSON with a link from each reference to what it refers to.
fn write_json(html: &mut String, json: &Value) -> std::fmt::Result {
    html.push_str("<pre>");
    for line in format!("{json:#}").lines() {
        let target = line
            .trim_start()
            .strip_prefix("\"$ref\": \"#/components/schemas/");
        match target.and_then(|rest| rest.split('"').next()) {
            Some(name) => {
                let name = Escaped(name);
                writeln!(html, "<a href=\"#{name}\">{}</a>", Escaped(line))?;
            }
            None => writeln!(html, "{}", Escaped(line))?,
        }
    }
    html.push_str("</pre>");
    Ok(())
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// A text whose characters mean nothing in HTML, between tags and in quotes. What is no text is empty.
struct Escaped<T>(T);

impl std::fmt::Display for Escaped<&str> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

impl std::fmt::Display for Escaped<&String> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Escaped(self.0.as_str()).fmt(f)
    }
}

impl std::fmt::Display for Escaped<&Value> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Escaped(self.0.as_str().unwrap_or_default()).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn no_text_of_the_document_is_markup() {
        let evil = "</pre><script>alert('x')</script>\"&";
        let operation = json!({
            "operationId": evil, "summary": evil, "parameters": [{"name": evil, "in": evil, "description": evil}],
            "requestBody": {"content": {evil: {"schema": {"$ref": format!("#/components/schemas/{evil}")}}}},
            "responses": {evil: {"description": evil}},
        });
        let document = json!({
            "info": {"title": evil, "version": evil, "description": evil},
            "paths": {evil: {evil: operation}},
            "components": {"schemas": {evil: {"description": evil}}},
        });
        let page = page(&document);
        assert!(!page.contains("<script"), "{page}");
        assert!(
            !page.contains("'x'") && page.contains("&lt;script&gt;"),
            "{page}"
        );
    }
}
