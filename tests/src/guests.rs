//! Guests as text: core modules in `guests/*.wat`, made into components as a partner's build would.
//!
//! A file may say `{{prelude}}` (memory, allocator, helpers) and `{{call}}` (the head of the exported
//! `call`, with named parameters).

use std::path::{Path, PathBuf};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{Resolve, WorldItem};

/// The contract's version, as it stands in `wit/`.
pub const CONTRACT: &str = "0.1.0";

const PRELUDE: &str = r#"
  (memory (export "memory") 2)
  (global $free (mut i32) (i32.const 65536))
  ;; Hands out memory upwards and never takes it back; an instance lives for one call.
  (func $realloc (export "cabi_realloc") (param i32 i32 i32) (param $bytes i32) (result i32)
    (local $at i32)
    (local.set $at (global.get $free))
    (global.set $free
      (i32.and (i32.add (i32.add (local.get $at) (local.get $bytes)) (i32.const 7)) (i32.const -8)))
    (local.get $at))
  ;; Answers with the text at $at.
  (func $answer (param $at i32) (param $bytes i32) (result i32)
    (i32.store8 (i32.const 1024) (i32.const 0))
    (i32.store (i32.const 1028) (local.get $at))
    (i32.store (i32.const 1032) (local.get $bytes))
    (i32.const 1024))
  (data (i32.const 2048) "{\"ok\":true}")
  (func $ok (result i32) (call $answer (i32.const 2048) (i32.const 11)))
"#;

const CALL: &str = r#"(func (export "skillgate:skill/guest@0.1.0#call")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32)
    (param $tool i32) (param $tool_bytes i32) (param $input i32) (param $input_bytes i32)
    (result i32)"#;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("guests")
}

/// Lists the names of all guests.
pub fn names() -> Vec<String> {
    let files = std::fs::read_dir(folder()).expect("the folder of guests is there");
    let stem = |entry: std::fs::DirEntry| entry.path().file_stem()?.to_str().map(str::to_owned);
    let mut names: Vec<_> = files.flatten().filter_map(stem).collect();
    names.sort();
    names
}

fn text(name: &str) -> String {
    let path = folder().join(name).with_extension("wat");
    let text = std::fs::read_to_string(&path);
    let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.replace("{{prelude}}", PRELUDE)
        .replace("{{call}}", CALL)
}

fn assemble(name: &str, text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Returns a guest's core module.
pub fn module(name: &str) -> Vec<u8> {
    assemble(name, &text(name))
}

/// Builds a guest against the contract.
pub fn component(name: &str) -> Vec<u8> {
    component_of_version(name, CONTRACT)
}

/// Builds a guest against another version of the contract, otherwise the same.
pub fn component_of_version(name: &str, version: &str) -> Vec<u8> {
    let text = text(name).replace(&format!("@{CONTRACT}"), &format!("@{version}"));
    encoded(name, &text, version)
}

/// A function that the contract lets a guest import.
#[derive(Debug, Clone)]
pub struct Import {
    /// Its interface, for example `crm`.
    pub interface: String,
    /// Its name there.
    pub function: String,
    /// Its type in a core module.
    signature: String,
}

/// Lists every function that a guest can import, as the contract has them.
pub fn imports() -> Vec<Import> {
    let (resolve, package) = contract(CONTRACT);
    let world = resolve
        .select_world(&[package], Some("skill"))
        .expect("the contract has the world");
    let mut imports = Vec::new();
    for item in resolve.worlds[world].imports.values() {
        let WorldItem::Interface { id, .. } = item else {
            continue;
        };
        let interface = &resolve.interfaces[*id];
        for (name, function) in &interface.functions {
            let signature = resolve.wasm_signature(AbiVariant::GuestImport, function);
            imports.push(Import {
                interface: interface.name.clone().expect("an interface has a name"),
                function: name.clone(),
                signature: format!(
                    "{} {}",
                    types("param", &signature.params),
                    types("result", &signature.results)
                ),
            });
        }
    }
    imports
}

fn types(what: &str, types: &[WasmType]) -> String {
    let core = |one: &WasmType| match one {
        WasmType::I64 | WasmType::PointerOrI64 => " i64",
        WasmType::F32 => " f32",
        WasmType::F64 => " f64",
        WasmType::I32 | WasmType::Pointer | WasmType::Length => " i32",
    };
    let list: String = types.iter().map(core).collect();
    if list.is_empty() {
        return list;
    }
    format!("({what}{list})")
}

/// Builds a guest that imports one function, does not call it, and answers.
pub fn importing(import: &Import) -> Vec<u8> {
    let Import {
        interface,
        function,
        signature,
    } = import;
    let text = format!(
        "(module
           (import \"skillgate:skill/{interface}@{CONTRACT}\" \"{function}\" (func {signature}))
           {PRELUDE}
           {CALL} (call $ok)))"
    );
    encoded(function, &text, CONTRACT)
}

fn encoded(name: &str, text: &str, version: &str) -> Vec<u8> {
    let mut module = assemble(name, text);
    let (resolve, package) = contract(version);
    let world = resolve
        .select_world(&[package], Some("skill"))
        .expect("the contract has the world");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .expect("it embeds");
    let mut encoder = ComponentEncoder::default();
    // Some guests break rules that only the host is to notice.
    encoder.validate(false);
    encoder
        .module(&module)
        .unwrap_or_else(|error| panic!("{name}: {error:#}"));
    encoder
        .encode()
        .unwrap_or_else(|error| panic!("{name}: {error:#}"))
}

fn contract(version: &str) -> (Resolve, wit_parser::PackageId) {
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit");
    let copy = tempfile::tempdir().expect("there is room for a copy of the contract");
    for entry in std::fs::read_dir(wit)
        .expect("the contract is there")
        .flatten()
    {
        if entry
            .path()
            .extension()
            .is_some_and(|extension| extension == "wit")
        {
            let text = std::fs::read_to_string(entry.path()).expect("it reads");
            let text = text.replace(&format!("@{CONTRACT}"), &format!("@{version}"));
            std::fs::write(copy.path().join(entry.file_name()), text).expect("it writes");
        }
    }
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(copy.path()).expect("the contract parses");
    (resolve, package)
}
