//! Scratch files: each call has its own, nothing outside of them is reached, and nothing remains of them.

use serde_json::{Value, json};
use skillgate_app::modules::ModuleError;
use skillgate_app::ports::{Inadmissible, SCRATCH_IO_BYTES_MAX, ScratchQuota};
use skillgate_domain::limits::FILE_CALLS_MAX;
use skillgate_domain::plan::Mode;
use skillgate_domain::principal::{Principal, TokenScope};
use skillgate_tests::crm::OneContact;
use skillgate_tests::host::{SetClock, Setup, TestHost, admin, agent};
use skillgate_tests::outside::way_out;
use skillgate_tests::skills;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::yield_now;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(20);

/// A host with the courier, and where a call waits for as long as a story likes.
struct World {
    host: TestHost,
    waiting: TcpListener,
}

impl World {
    async fn new() -> Self {
        let waiting = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let setup = Setup {
            http: Some(way_out(&["127.0.0.1"], Arc::new(SetClock::at_noon()))),
            ..Setup::default()
        };
        let host = TestHost::start_with(Arc::new(OneContact::default()), setup).await;
        let (mut manifest, component) = skills::courier();
        let port = waiting.local_addr().unwrap().port();
        let allow = format!("GET http://127.0.0.1:{port}/");
        manifest["capabilities"]["http"] = json!([{ "allow": allow }]);
        host.install(&manifest, &component).await.unwrap();
        Self { host, waiting }
    }

    fn wait(&self) -> Value {
        let port = self.waiting.local_addr().unwrap().port();
        json!({ "call": "ask", "path": format!("http://127.0.0.1:{port}/") })
    }

    /// Does steps in one call. Returns what each was answered, and what was said of the last fault.
    async fn answers(&self, steps: Value) -> (Vec<String>, String) {
        let input = json!({ "steps": steps });
        let done = self
            .host
            .call_tool(&agent(), "courier", "file", &input)
            .await;
        let done = done.unwrap_or_else(|error| panic!("{input}: {error:?}"));
        let words = done["steps"].as_array().unwrap().iter();
        let words = words.map(|word| word.as_str().unwrap().to_owned());
        let message = done["message"].as_str().unwrap_or_default();
        (words.collect(), message.to_owned())
    }

    async fn done(&self, steps: Value) -> Vec<String> {
        self.answers(steps).await.0
    }

    /// Waits until all scratch folders are gone.
    async fn is_cleared(&self) {
        let cleared = async {
            while !self.host.scratch_folders().is_empty() {
                yield_now().await;
            }
        };
        timeout(PATIENCE, cleared).await.expect("nothing remains");
    }
}

fn on(call: &str, path: &str) -> Value {
    json!({ "call": call, "path": path })
}

fn write(path: &str, text: &str) -> Value {
    json!({ "call": "write", "path": path, "text": text })
}

fn append(path: &str, text: &str, repeat: usize) -> Value {
    json!({ "call": "append", "path": path, "text": text, "repeat": repeat })
}

fn read(path: &str) -> Value {
    json!({ "call": "read", "path": path, "bytes_max": 1_000 })
}

fn rename(path: &str, target: &str) -> Value {
    json!({ "call": "rename", "path": path, "target": target })
}

/// Answers what a call waits for.
async fn let_go(waiting: &TcpStream) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        waiting.readable().await.unwrap();
        let mut piece = [0; 1_024];
        if let Ok(read) = waiting.try_read(&mut piece) {
            assert_ne!(read, 0, "the request is whole");
            request.extend_from_slice(&piece[..read]);
        }
    }
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    waiting.writable().await.unwrap();
    assert_eq!(waiting.try_write(answer).unwrap(), answer.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_has_files_and_the_next_one_has_none() {
    let world = World::new().await;
    let steps = json!([
        on("make-folder", "parts"),
        write("parts/letter", "Dear Ada"),
        append("parts/letter", ", hello", 1),
        read("parts/letter"),
        { "call": "read", "path": "parts/letter", "offset": 5, "bytes_max": 3 },
        rename("parts", "done"),
        write("a", ""),
        on("list", ""),
        on("metadata", "done/letter"),
        on("remove", "done"),
        on("metadata", "done"),
    ]);
    let expected = [
        "ok",
        "ok",
        "ok",
        "Dear Ada, hello",
        "Ada",
        "ok",
        "ok",
        "a done",
        "Kind::File 15",
        "ok",
        "Fault::NotFound",
    ];
    for mode in [Mode::Plan, Mode::Execute] {
        let input = json!({ "steps": steps });
        let done = world
            .host
            .invoke(&agent(), "courier", "file", &input, (mode, None))
            .await;
        let done = done.unwrap();
        assert_eq!(done.output["steps"], json!(expected), "{mode:?}");
        assert!(done.plan.is_none_or(|plan| plan.plan.effects.is_empty()));
        assert!(world.host.scratch_folders().is_empty());
    }
    assert_eq!(world.done(json!([on("list", "")])).await, [""]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_leads_nowhere_but_into_the_folder() {
    let world = World::new().await;
    let hostile = [
        ("..", ". or .."),
        ("../a", ". or .."),
        ("../../../host.db", ". or .."),
        ("a/../../a", ". or .."),
        ("./a", ". or .."),
        ("/etc/passwd", "start in the scratch folder"),
        ("/proc/self/environ", "start in the scratch folder"),
        ("//host/share", "start in the scratch folder"),
        ("\\\\host\\share", "start in the scratch folder"),
        ("C:\\a", "start in the scratch folder"),
        ("a\\..\\b", "backslash"),
        ("a/", "empty name"),
        ("a//b", "empty name"),
        ("", "empty"),
        ("a\0", "control"),
        ("a\u{202e}b", "invisible"),
        ("ab:c", "< > :"),
        ("NUL", "reserved"),
        ("a.", "at its end"),
        ("cafe\u{301}", "NFC"),
    ];
    for (path, reason) in hostile {
        let steps = json!([
            write(path, "x"),
            append(path, "x", 1),
            read(path),
            on("make-folder", path),
            on("remove", path),
            on("metadata", path),
            rename("mine", path),
            write("mine", "x"),
            rename("mine", path),
            rename(path, "yours"),
        ]);
        let (done, message) = world.answers(steps).await;
        let refused = done.iter().filter(|it| *it == "Fault::InvalidPath").count();
        assert_eq!((refused, done[7].as_str()), (9, "ok"), "{path:?}: {done:?}");
        assert!(message.contains(reason), "{path:?}: {message}");
        assert_eq!(
            world.host.denials().await,
            json!({ "invalid-path": 9 }),
            "{path:?}"
        );
    }
    for path in ["a", ".a", "a b", "etc", "caf\u{e9}", "%2e%2e"] {
        let steps = json!([write(path, "x"), read(path), on("list", "")]);
        assert_eq!(world.done(steps).await, ["ok", "x", path]);
        assert_eq!(world.host.denials().await, json!({}));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_differ_by_more_than_case() {
    let world = World::new().await;
    let steps = json!([
        write("Notes", "x"),
        write("nOTES", "y"),
        on("make-folder", "NOTES"),
        read("notes"),
        read("Notes"),
        on("list", ""),
        write("Notes 2", "y"),
    ]);
    let expected = [
        "ok",
        "Fault::CaseClash",
        "Fault::CaseClash",
        "Fault::NotFound",
        "x",
        "Notes",
        "ok",
    ];
    assert_eq!(world.done(steps).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quota_that_is_used_up_leaves_everything_as_it_was() {
    let world = World::new().await;
    let piece = SCRATCH_IO_BYTES_MAX as usize;
    let pieces = usize::try_from(ScratchQuota::DEFAULT.bytes).unwrap() / piece;
    let mut steps = vec![append("a", "x", piece); pieces];
    steps.extend([
        append("a", "x", 1),
        write("b", "x"),
        json!({ "call": "read", "path": "a", "bytes_max": piece + 1 }),
        on("metadata", "a"),
        on("list", ""),
        write("b", ""),
    ]);
    let done = world.done(json!(steps)).await;
    assert_eq!(done[..pieces], vec!["ok"; pieces]);
    assert_eq!(
        done[pieces..],
        [
            "Fault::QuotaBytes",
            "Fault::QuotaBytes",
            "Fault::TooLong",
            &format!("Kind::File {}", ScratchQuota::DEFAULT.bytes),
            "a",
            "ok"
        ]
    );
    assert_eq!(world.host.denials().await, json!({ "quota-bytes": 2 }));

    let files = ScratchQuota::DEFAULT.files;
    let mut steps: Vec<_> = (0..files)
        .map(|number| write(&number.to_string(), ""))
        .collect();
    steps.extend([
        write("b", ""),
        on("make-folder", "b"),
        on("metadata", "b"),
        on("remove", "0"),
        on("make-folder", "b"),
    ]);
    let done = world.done(json!(steps)).await;
    assert_eq!(done[..files], vec!["ok"; files]);
    let expected = [
        "Fault::QuotaFiles",
        "Fault::QuotaFiles",
        "Fault::NotFound",
        "ok",
        "ok",
    ];
    assert_eq!(done[files..], expected);
    assert_eq!(world.host.denials().await, json!({ "quota-files": 2 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_asks_for_so_much_of_its_files() {
    let world = World::new().await;
    let last = async |times: u32| {
        let input = json!({ "steps": [on("list", "")], "times": times });
        let done = world
            .host
            .call_tool(&agent(), "courier", "file", &input)
            .await;
        done.unwrap()["steps"][0].clone()
    };
    assert_eq!(last(FILE_CALLS_MAX).await, "");
    assert_eq!(world.host.denials().await, json!({}));
    assert_eq!(last(FILE_CALLS_MAX + 1).await, "Fault::BudgetExhausted");
    assert_eq!(world.host.denials().await, json!({ "file-calls": 1 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_at_the_same_time_see_nothing_of_each_other() {
    let world = World::new().await;
    let caller = agent();
    let input =
        json!({ "steps": [write("mine", "x"), world.wait(), read("mine"), on("list", "")] });
    let mut call = Box::pin(world.host.call_tool(&caller, "courier", "file", &input));
    let waiting = tokio::select! {
        done = &mut call => panic!("{done:?}"),
        waiting = world.waiting.accept() => waiting.unwrap().0,
    };
    assert_eq!(world.host.scratch_folders().len(), 1);
    let steps = json!([
        on("list", ""),
        read("mine"),
        write("mine", "y"),
        read("mine")
    ]);
    assert_eq!(world.done(steps).await, ["", "Fault::NotFound", "ok", "y"]);
    assert_eq!(
        world.host.scratch_folders().len(),
        1,
        "the other one goes on"
    );
    let (done, ()) = tokio::join!(call, let_go(&waiting));
    assert_eq!(done.unwrap()["steps"], json!(["ok", "200", "x", "mine"]));
    assert!(world.host.scratch_folders().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_remains_of_a_call_that_trapped_or_failed() {
    let world = World::new().await;
    let steps = json!([on("make-folder", "a"), write("a/b", "x")]);
    let trapped = json!({ "steps": steps, "traps": true });
    let failed = json!({ "steps": [write("a", "x"), on("juggle", "a")] });
    for input in [trapped, failed] {
        let ended = world
            .host
            .call_tool(&agent(), "courier", "file", &input)
            .await;
        assert!(ended.is_err(), "{ended:?}");
        assert!(world.host.scratch_folders().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_remains_of_a_call_whose_caller_went_away() {
    let world = World::new().await;
    let caller = agent();
    let input = json!({ "steps": [write("mine", "x"), world.wait()] });
    let mut call = Box::pin(world.host.call_tool(&caller, "courier", "file", &input));
    let waiting = tokio::select! {
        done = &mut call => panic!("{done:?}"),
        waiting = world.waiting.accept() => waiting.unwrap().0,
    };
    let folders = world.host.scratch_folders();
    assert_eq!(std::fs::read(folders[0].join("files/mine")).unwrap(), b"x");
    drop(call);
    world.is_cleared().await;
    drop(waiting);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_only_read_has_files_too() {
    let world = World::new().await;
    let reader = Principal {
        scope: TokenScope {
            may_write: false,
            ..TokenScope::FULL
        },
        ..agent()
    };
    let input = json!({ "steps": [write("a", "x"), read("a")] });
    let done = world
        .host
        .call_tool(&reader, "courier", "file", &input)
        .await;
    assert_eq!(done.unwrap()["steps"], json!(["ok", "x"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_replayed_without_a_disk() {
    let world = World::new().await;
    let host = &world.host;
    let steps = json!([
        on("make-folder", "a"),
        write("a/b", "x"),
        append("a/b", "y", 1),
        read("a/b"),
        read("../b"),
        write("A", "x"),
        on("list", "a"),
        on("metadata", "a"),
        rename("a/b", "c"),
        on("remove", "a"),
    ]);
    let input = json!({ "steps": steps });
    let how = (Mode::Execute, None);
    let made = host
        .invoke(&agent(), "courier", "file", &input, how)
        .await
        .unwrap();
    // Where no host could make a folder.
    let place = host.scratch_place();
    std::fs::remove_dir_all(&place).unwrap();
    let refused = world.done(json!([on("list", "")])).await;
    assert_eq!(refused, ["Fault::Unavailable"]);
    let replayed = host
        .replays
        .replay(&admin(), made.invocation, None)
        .await
        .unwrap();
    assert!(replayed.is_same(), "{:?}", replayed.differences);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_without_the_interface_is_not_admitted() {
    let world = World::new().await;
    let (mut manifest, component) = skills::courier();
    let interfaces = manifest["interfaces"].as_array_mut().unwrap();
    interfaces.retain(|name| name != "files");
    let refused = world.host.submit(&manifest, &component).await;
    let Err(ModuleError::Component(Inadmissible::Imports(imports))) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(imports, ["skillgate:skill/files@0.1.0"]);
}
