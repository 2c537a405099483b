use super::*;
use crate::broker::{FileCall, Filed};
use crate::ports::{PathFault, ScratchEntry, ScratchError, ScratchKind};

fn entry(name: &str, kind: ScratchKind, bytes: u64) -> ScratchEntry {
    ScratchEntry {
        name: name.to_owned(),
        kind,
        bytes,
    }
}

#[test]
fn files_read_back_to_the_last_bit() {
    let recording = Recording::begin(run());
    let asked = [
        FileCall::Write("a/b", &[0, 255]),
        FileCall::Append("a/b", b""),
        FileCall::MakeFolder("a"),
        FileCall::Remove("a\0"),
        FileCall::Rename("a", "b"),
    ];
    let asked = asked.map(Request::File);
    for request in &asked {
        recording.call(request, &Ok(Filed));
    }
    let read = Request::File(FileCall::Read("a/b", u64::MAX, u32::MAX));
    let list = Request::File(FileCall::List(None));
    let metadata = Request::File(FileCall::Metadata("a"));
    let entries = vec![
        entry("a", ScratchKind::Folder, 0),
        entry("b \"c\"", ScratchKind::File, 0),
        entry("\u{1f9ee}", ScratchKind::File, u64::MAX),
    ];
    let bytes = vec![0_u8, 255, b'\n'];
    let refused = BrokerError::Scratch(ScratchError::InvalidPath(PathFault::DotName));
    recording.call(&read, &Ok(bytes.clone()));
    recording.call(&list, &Ok(entries.clone()));
    recording.call(&metadata, &Ok(entries[0].clone()));
    recording.call::<Filed>(&asked[0], &Err(refused.clone()));
    recording.end(&ended("{}"));
    let mut expected: Vec<_> = asked.map(|request| (request, HostAnswer::Filed)).into();
    expected.extend([
        (read, HostAnswer::Bytes(bytes)),
        (list, HostAnswer::Files(entries.clone())),
        (metadata, HostAnswer::File(entries[0].clone())),
        (asked[0], HostAnswer::Error(refused.told())),
    ]);
    let expected = expected
        .into_iter()
        .map(|(request, answer)| (request.compared(), answer));
    assert_eq!(finished(&recording).1.crm, expected.collect::<Vec<_>>());
}

#[test]
fn calls_of_files_are_compared_by_all_that_they_say() {
    let all = [
        FileCall::Write("a", b"one"),
        FileCall::Write("a", b"two"),
        FileCall::Write("b", b"one"),
        FileCall::Append("a", b"one"),
        FileCall::Read("a", 0, 1),
        FileCall::Read("a", 1, 1),
        FileCall::Read("a", 0, 2),
        FileCall::List(None),
        FileCall::List(Some("a")),
        FileCall::MakeFolder("a"),
        FileCall::Remove("a"),
        FileCall::Metadata("a"),
        FileCall::Rename("a", "b"),
        FileCall::Rename("b", "a"),
    ];
    for (number, one) in all.iter().enumerate() {
        for (other_number, other) in all.iter().enumerate() {
            let (one, other) = (Request::File(*one), Request::File(*other));
            let same = one.compared() == other.compared();
            assert_eq!(same, number == other_number, "{one:?} {other:?}");
        }
    }
}
