//! Somebody who swaps what the guest made for a link while the guest uses it.

use super::{World, tree};
use skillgate_app::ports::{Scratch, ScratchError};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// Fewest swaps.
const SWAPS_MIN: usize = 2_000;
/// Fewest operations that are done in spite of the swaps.
const DONE_MIN: usize = 1_000;
/// Fewest that are refused because of them.
const REFUSED_MIN: usize = 20;
/// How often somebody who follows links must have been led astray, so that the test can tell.
const ESCAPES_MIN: usize = 5;

/// How long each state of a swap stays.
const PAUSE_SPINS: u32 = 3000;

const OWN: &str = "my own one";

/// What became of many operations.
#[derive(Default)]
struct Tally {
    done: usize,
    refused: usize,
    /// Of those that were done by paths, as a host would that follows links.
    reads_astray: usize,
    writes_astray: usize,
}

impl Tally {
    fn count<T>(&mut self, result: Result<T, ScratchError>) -> Option<T> {
        match result {
            Ok(done) => {
                self.done += 1;
                Some(done)
            }
            Err(ScratchError::NotPlain | ScratchError::Unavailable) => {
                self.refused += 1;
                None
            }
            // Of what an operation before did not do.
            Err(ScratchError::NotFound | ScratchError::AlreadyExists) => None,
            Err(other) => panic!("{other}"),
        }
    }

    const fn is_enough(&self) -> bool {
        self.done >= DONE_MIN
            && self.refused >= REFUSED_MIN
            && self.reads_astray >= ESCAPES_MIN
            && self.writes_astray >= ESCAPES_MIN
    }
}

/// Leaves the folder alone for some microseconds: whoever never does keeps everybody else out of it.
fn pause() {
    (0..PAUSE_SPINS).for_each(|_| std::hint::spin_loop());
}

/// Stops the other one, also when a round panics.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Does rounds while somebody else puts a link to `target` in the place of `path` and takes it away again.
fn while_swapping(world: &World, path: &str, target: &Path, round: impl Fn(&World, &mut Tally)) {
    let (place, aside) = (world.file(path), world.file("aside"));
    let (swaps, is_done) = (AtomicUsize::new(0), AtomicBool::new(false));
    let swap = || {
        while !is_done.load(Ordering::Relaxed) {
            fs::rename(&place, &aside).unwrap();
            // Fails where the guest was faster, which is as good.
            symlink(target, &place).ok();
            pause();
            fs::remove_file(&place).unwrap();
            fs::rename(&aside, &place).unwrap();
            swaps.fetch_add(1, Ordering::Relaxed);
            pause();
        }
    };
    thread::scope(|scope| {
        let swapping = scope.spawn(swap);
        let _stop = Stop(&is_done);
        let mut tally = Tally::default();
        while !tally.is_enough() || swaps.load(Ordering::Relaxed) < SWAPS_MIN {
            assert!(!swapping.is_finished(), "the other one failed");
            round(world, &mut tally);
        }
    });
}

#[test]
fn a_folder_that_is_swapped_for_a_link_leads_nowhere() {
    let world = World::new();
    world.scratch.make_folder("d").unwrap();
    world.scratch.write("d/secret", OWN.as_bytes()).unwrap();
    let outside = world.outside("");
    while_swapping(&world, "d", &outside, |world, tally| {
        let scratch = &world.scratch;
        if let Some(text) = tally.count(world.text("d/secret")) {
            assert_eq!(text, OWN);
        }
        for result in [
            scratch.write("d/secret", OWN.as_bytes()),
            scratch.write("d/new", b"x"),
            scratch.append("d/new", b"y"),
            scratch.rename("d/new", "d/moved"),
            scratch.remove("d/moved"),
            scratch.make_folder("d/folder"),
            scratch.remove("d/folder"),
        ] {
            tally.count(result);
        }
        let read = fs::read(world.file("d/secret"));
        let is_astray = read.is_ok_and(|bytes| bytes == b"the secret");
        tally.reads_astray += usize::from(is_astray);
        fs::write(world.file("d/careless"), "x").ok();
        let is_astray = fs::remove_file(world.outside("careless")).is_ok();
        tally.writes_astray += usize::from(is_astray);
    });
    world.outside_is_whole();
    // What was refused was not done by half.
    fs::remove_file(world.file("d/careless")).ok();
    let on_disk = tree(&world.file(""));
    let bytes: usize = on_disk.values().flatten().map(Vec::len).sum();
    let counted = world.scratch.state().unwrap().ledger.counted();
    assert_eq!(counted, (bytes as u64, on_disk.len()));
}

/// The link leads to another file of the same call, so that staying in the folder is not enough.
#[test]
fn a_file_that_is_swapped_for_a_link_is_not_another_one() {
    const OTHER: &str = "the other!";
    let world = World::new();
    world.scratch.write("other", OTHER.as_bytes()).unwrap();
    world.scratch.write("f", OWN.as_bytes()).unwrap();
    while_swapping(&world, "f", Path::new("other"), |world, tally| {
        let scratch = &world.scratch;
        if let Some(text) = tally.count(world.text("f")) {
            assert_eq!(text, OWN);
        }
        tally.count(scratch.write("f", OWN.as_bytes()));
        tally.count(scratch.append("f", b""));
        let read = fs::read(world.file("f"));
        let is_astray = read.is_ok_and(|bytes| bytes == OTHER.as_bytes());
        tally.reads_astray += usize::from(is_astray);
        tally.writes_astray = tally.reads_astray;
    });
    assert_eq!(world.text("other"), Ok(OTHER.to_owned()));
}
