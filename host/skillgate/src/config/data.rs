use super::Faults;
use serde::Deserialize;
use std::path::PathBuf;

const DIR: &str = "./skillgate-data";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    dir: Option<PathBuf>,
}

pub(super) fn read(file: File, faults: &mut Faults) -> PathBuf {
    let dir = file.dir.unwrap_or_else(|| DIR.into());
    if dir.as_os_str().is_empty() {
        faults.add("data.dir", "name a folder");
    }
    if dir.is_file() {
        faults.add("data.dir", "this is a file; name a folder");
    }
    dir
}
