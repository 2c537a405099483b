//! Compiled components on disk: what this host did not write for this engine is never loaded.

use skillgate_app::broker::Broker;
use skillgate_app::budgets::{WriteBudgets, WriteLimits};
use skillgate_app::digest::sha256;
use skillgate_runtime::{AotEvent, AotKey, Runtime, RuntimeConfig};
use skillgate_tests::crm::OneContact;
use skillgate_tests::guests;
use skillgate_tests::host::{Counting, TestHost, trail};
use std::path::Path;
use std::sync::Arc;

async fn runtime(folder: &Path, key: u8) -> Arc<Runtime> {
    let host = TestHost::start(Arc::new(OneContact::default())).await;
    let budgets = WriteBudgets::new(
        host.storage.clone(),
        host.clock.clone(),
        WriteLimits::DEFAULT,
    );
    let broker = Broker::new(
        Arc::new(OneContact::default()),
        host.clock.clone(),
        Arc::new(Counting::default()),
        host.storage.clone(),
        Arc::new(budgets),
        trail(&host.storage, host.clock.clone()).await,
    );
    let aot = Some((folder.to_owned(), AotKey::new([key; 32])));
    Runtime::new(RuntimeConfig { runs_max: 4, aot }, Arc::new(broker)).unwrap()
}

/// What somebody may do to a file.
type Harm = fn(&[u8], usize) -> Vec<u8>;

fn only_file(folder: &Path) -> std::path::PathBuf {
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().flatten().collect();
    assert_eq!(
        files.len(),
        1,
        "one component, one file, nothing left aside"
    );
    files[0].path()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_this_host_is_loaded_and_every_other_recompiled() {
    let folder = tempfile::tempdir().unwrap();
    let ours = runtime(folder.path(), 1).await;
    let component = guests::component("good");
    let digest = sha256(&component);
    let event = |runtime: &Arc<Runtime>| runtime.compile(&digest, &component).unwrap().1;
    assert_eq!(event(&ours), AotEvent::Miss);
    assert_eq!(event(&ours), AotEvent::Hit);

    let path = only_file(folder.path());
    let genuine = std::fs::read(&path).unwrap();
    let last = genuine.len() - 1;
    let harms: [(&str, Harm); 6] = [
        ("emptied", |_, _| Vec::new()),
        ("truncated", |file, last| file[..last / 2].to_vec()),
        ("cut by one byte", |file, last| file[..last].to_vec()),
        ("lengthened", |file, _| [file, &[0]].concat()),
        ("a bit of its code flipped", |file, last| flip(file, last)),
        ("a bit of its MAC flipped", |file, _| flip(file, 12)),
    ];
    for (what, harm) in harms {
        std::fs::write(&path, harm(&genuine, last)).unwrap();
        assert_eq!(event(&ours), AotEvent::Rejected, "{what}");
        assert_eq!(event(&ours), AotEvent::Hit, "{what}: it is replaced");
    }

    // A file that another host wrote, with its own key, for the same component.
    let theirs = runtime(folder.path(), 2).await;
    assert_eq!(event(&theirs), AotEvent::Rejected);
    assert_eq!(event(&ours), AotEvent::Rejected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_of_one_component_does_not_pass_for_anothers() {
    let folder = tempfile::tempdir().unwrap();
    let ours = runtime(folder.path(), 1).await;
    let (good, loops) = (guests::component("good"), guests::component("endless_loop"));
    ours.compile(&sha256(&loops), &loops).unwrap();
    let file = only_file(folder.path());
    let name = sha256(&good).to_string().replace("sha256:", "");
    std::fs::rename(file, folder.path().join(format!("{name}.aot"))).unwrap();
    assert_eq!(
        ours.compile(&sha256(&good), &good).unwrap().1,
        AotEvent::Rejected
    );
}

fn flip(file: &[u8], at: usize) -> Vec<u8> {
    let mut file = file.to_vec();
    file[at] ^= 1;
    file
}
