//! What a guest does with its files, and what remains of them.

use super::super::home::HOSTS_MAX;
use super::{World, begin, tree};
use crate::scratch::{ScratchOpenError, Scratches};
use skillgate_app::ports::{
    PathFault, SCRATCH_IO_BYTES_MAX, Scratch, ScratchEntry, ScratchError, ScratchKind,
    ScratchQuota, ScratchSpace,
};
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

#[test]
fn a_call_makes_reads_moves_and_removes_its_files() {
    let world = World::new();
    let scratch = &world.scratch;
    assert_eq!(world.names(None), "");
    scratch.make_folder("in").unwrap();
    scratch.write("in/letter", b"Dear Ada").unwrap();
    scratch.append("in/letter", b", hello").unwrap();
    scratch.append("log", b"one\n").unwrap();
    assert_eq!(world.text("in/letter"), Ok("Dear Ada, hello".to_owned()));
    assert_eq!(scratch.read("in/letter", 5, 3), Ok(b"Ada".to_vec()));
    assert_eq!(scratch.read("in/letter", 10, 100), Ok(b"hello".to_vec()));
    assert_eq!(scratch.read("in/letter", 15, 1), Ok(vec![]));
    assert_eq!(scratch.read("in/letter", u64::MAX, 1), Ok(vec![]));
    assert_eq!(scratch.read("in/letter", 0, 0), Ok(vec![]));
    let letter = ScratchEntry {
        name: "letter".to_owned(),
        kind: ScratchKind::File,
        bytes: 15,
    };
    assert_eq!(scratch.metadata("in/letter"), Ok(letter.clone()));
    assert_eq!(scratch.list(Some("in")), Ok(vec![letter]));
    scratch.write("in/letter", b"short").unwrap();
    assert_eq!(world.text("in/letter"), Ok("short".to_owned()));
    scratch.rename("in", "out").unwrap();
    scratch.rename("log", "out/letter").unwrap();
    assert_eq!(world.text("out/letter"), Ok("one\n".to_owned()));
    assert_eq!(world.names(None), "out");
    scratch.remove("out").unwrap();
    assert_eq!(world.names(None), "");
    assert_eq!(scratch.remove("out"), Err(ScratchError::NotFound));
    assert!(tree(&world.place().join("scratch-0/spool")).is_empty());
}

#[test]
fn what_is_not_there_or_something_else_is_said() {
    let world = World::new();
    let scratch = &world.scratch;
    scratch.make_folder("folder").unwrap();
    scratch.write("file", b"x").unwrap();
    let fault = |fault| Err(ScratchError::InvalidPath(fault));
    for (done, expected) in [
        (scratch.write("folder", b"x"), Err(ScratchError::NotAFile)),
        (scratch.append("folder", b"x"), Err(ScratchError::NotAFile)),
        (scratch.write("file/x", b"x"), Err(ScratchError::NotAFolder)),
        (scratch.write("none/x", b"x"), Err(ScratchError::NotFound)),
        (scratch.write("File", b"x"), Err(ScratchError::CaseClash)),
        (scratch.append("FOLDER", b"x"), Err(ScratchError::CaseClash)),
        (scratch.make_folder("FILE"), Err(ScratchError::CaseClash)),
        (
            scratch.make_folder("file"),
            Err(ScratchError::AlreadyExists),
        ),
        (scratch.make_folder("none/x"), Err(ScratchError::NotFound)),
        (scratch.remove("File"), Err(ScratchError::NotFound)),
        (scratch.rename("none", "x"), Err(ScratchError::NotFound)),
        (
            scratch.rename("file", "folder"),
            Err(ScratchError::AlreadyExists),
        ),
        (scratch.write("../x", b"x"), fault(PathFault::DotName)),
        (scratch.append("/x", b"x"), fault(PathFault::Absolute)),
        (scratch.make_folder("x/"), fault(PathFault::EmptyName)),
        (scratch.remove("."), fault(PathFault::DotName)),
        (scratch.rename("file", ".."), fault(PathFault::DotName)),
        (scratch.rename("..", "x"), fault(PathFault::DotName)),
        (
            scratch.read("../x", 0, 1).map(drop),
            fault(PathFault::DotName),
        ),
        (
            scratch.list(Some("..")).map(drop),
            fault(PathFault::DotName),
        ),
        (scratch.metadata("..").map(drop), fault(PathFault::DotName)),
        (
            scratch.read("folder", 0, 1).map(drop),
            Err(ScratchError::NotAFile),
        ),
        (
            scratch.list(Some("file")).map(drop),
            Err(ScratchError::NotAFolder),
        ),
        (scratch.write("folder/File", b"x"), Ok(())),
    ] {
        assert_eq!(done, expected);
    }
}

#[test]
fn one_call_of_the_host_moves_so_many_bytes() {
    let world = World::new();
    let scratch = &world.scratch;
    let most = vec![7; SCRATCH_IO_BYTES_MAX as usize];
    let more = vec![7; SCRATCH_IO_BYTES_MAX as usize + 1];
    assert_eq!(scratch.write("a", &most), Ok(()));
    assert_eq!(scratch.write("a", &more), Err(ScratchError::TooLong));
    assert_eq!(scratch.append("a", &most), Ok(()));
    assert_eq!(scratch.append("a", &more), Err(ScratchError::TooLong));
    assert_eq!(scratch.read("a", 1, SCRATCH_IO_BYTES_MAX), Ok(most));
    assert_eq!(
        scratch.read("a", 1, SCRATCH_IO_BYTES_MAX + 1),
        Err(ScratchError::TooLong)
    );
}

#[test]
fn a_folder_holds_what_its_quota_says_and_no_more() {
    let world = World::new();
    let scratch = &world.scratch;
    let chunk = vec![7; SCRATCH_IO_BYTES_MAX as usize];
    for _ in 0..ScratchQuota::DEFAULT.bytes / u64::from(SCRATCH_IO_BYTES_MAX) {
        scratch.append("a", &chunk).unwrap();
    }
    assert_eq!(scratch.append("a", b"x"), Err(ScratchError::QuotaBytes));
    assert_eq!(scratch.write("b", b"x"), Err(ScratchError::QuotaBytes));
    scratch.write("a", b"x").unwrap();
    for number in 1..ScratchQuota::DEFAULT.files {
        scratch.append(&number.to_string(), b"x").unwrap();
    }
    assert_eq!(scratch.append("b", b"x"), Err(ScratchError::QuotaFiles));
    assert_eq!(scratch.make_folder("b"), Err(ScratchError::QuotaFiles));
    scratch.rename("1", "a").unwrap();
    assert_eq!(scratch.make_folder("b"), Ok(()));
}

/// Writes half, as a disk that runs full does.
fn full_disk(file: &mut cap_std::fs::File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(&bytes[..bytes.len() / 2])?;
    Err(ErrorKind::StorageFull.into())
}

#[test]
fn a_full_disk_leaves_the_old_files_whole() {
    let quota = ScratchQuota {
        bytes: 20,
        files: 2,
    };
    let world = World::with(quota);
    let scratch = &world.scratch;
    scratch.write("old", b"0123456789").unwrap();
    scratch.state().unwrap().disk.pour_by(full_disk);
    for refused in [
        scratch.write("old", b"something new"),
        scratch.append("old", b" and more"),
        scratch.write("new", b"something"),
        scratch.append("new", b"something"),
    ] {
        assert_eq!(refused, Err(ScratchError::DiskFull));
    }
    assert_eq!(world.text("old"), Ok("0123456789".to_owned()));
    assert_eq!(world.names(None), "old");
    assert_eq!(tree(&world.file("")).len(), 1);
    assert!(tree(&world.place().join("scratch-0/spool")).is_empty());
    let pour = |file: &mut cap_std::fs::File, bytes: &[u8]| file.write_all(bytes);
    scratch.state().unwrap().disk.pour_by(pour);
    // Room again, and all of it.
    scratch.append("old", b" and").unwrap();
    scratch.write("new", b"123456").unwrap();
    assert_eq!(world.text("old"), Ok("0123456789 and".to_owned()));
    assert_eq!(scratch.append("new", b"x"), Err(ScratchError::QuotaBytes));
}

#[test]
fn a_folder_that_may_hold_more_than_is_counted_is_not_used_again() {
    let world = World::new();
    let scratch = &world.scratch;
    scratch.write("old", b"0123456789").unwrap();
    scratch.state().unwrap().disk.pour_by(|file, bytes| {
        file.write_all(bytes)?;
        // What is only read cannot be shortened again.
        let read_only = fs::File::open("/dev/null")?;
        *file = cap_std::fs::File::from_std(read_only);
        Err(ErrorKind::Other.into())
    });
    assert_eq!(
        scratch.append("old", b"more"),
        Err(ScratchError::Unavailable)
    );
    assert_eq!(world.text("old"), Err(ScratchError::Unavailable));
    assert_eq!(scratch.list(None), Err(ScratchError::Unavailable));
}

#[test]
fn only_the_owner_may_look() {
    let world = World::new();
    world.scratch.make_folder("folder").unwrap();
    world.scratch.write("folder/written", b"x").unwrap();
    world.scratch.append("appended", b"x").unwrap();
    for (path, expected) in [
        (world.place(), 0o700),
        (world.place().join("lock"), 0o600),
        (world.place().join("scratch-0"), 0o700),
        (world.place().join("scratch-0/files"), 0o700),
        (world.place().join("scratch-0/spool"), 0o700),
        (world.file("folder"), 0o700),
        (world.file("folder/written"), 0o600),
        (world.file("appended"), 0o600),
    ] {
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, expected, "{}", path.display());
    }
}

#[test]
fn threads_of_one_call_take_turns() {
    let world = World::new();
    let scratch: &dyn Scratch = &world.scratch;
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    scratch.append("log", b"line\n").unwrap();
                }
            });
        }
    });
    assert_eq!(world.text("log"), Ok("line\n".repeat(4 * 50)));
}

#[test]
fn calls_have_nothing_in_common() {
    let world = World::new();
    let other = world.scratches.begin(ScratchQuota::DEFAULT).unwrap();
    world.scratch.write("mine", b"x").unwrap();
    assert_eq!(other.read("mine", 0, 1), Err(ScratchError::NotFound));
    assert_eq!(other.list(None), Ok(vec![]));
    drop(other);
    assert_eq!(world.text("mine"), Ok("x".to_owned()));
}

#[test]
fn nothing_remains_of_a_call_that_ended_or_panicked() {
    let world = World::new();
    let place = world.place();
    let scratches = &world.scratches;
    for panics in [false, true] {
        let call = catch_unwind(AssertUnwindSafe(|| {
            let scratch = begin(scratches, ScratchQuota::DEFAULT);
            scratch.make_folder("a").unwrap();
            scratch.write("a/b", b"x").unwrap();
            assert_eq!(fs::read_dir(&place).unwrap().count(), 3);
            assert!(!panics, "as a guest's host call might");
        }));
        assert_eq!(call.is_err(), panics);
        let names = fs::read_dir(&place)
            .unwrap()
            .map(|it| it.unwrap().file_name());
        let mut names: Vec<_> = names.collect();
        names.sort();
        assert_eq!(names, ["lock", "scratch-0"]);
    }
}

#[test]
fn a_panic_inside_of_an_operation_ends_the_use_of_the_folder() {
    let world = World::new();
    let scratch = &world.scratch;
    scratch.write("a", b"x").unwrap();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _state = scratch.state().unwrap();
        panic!("a bug");
    }));
    assert!(panicked.is_err());
    assert_eq!(world.text("a"), Err(ScratchError::Unavailable));
    drop(world.scratch);
    assert!(!world.disk.path().join("place/scratch-0").exists());
}

#[test]
fn what_a_killed_host_left_is_removed_and_nothing_else() {
    let disk = tempfile::tempdir().unwrap();
    let (place, outside) = (disk.path().join("place"), disk.path().join("outside"));
    for folder in [
        "scratch-0/files/a",
        "scratch-12",
        "scratch-x",
        "scratch-",
        "lost+found",
    ] {
        fs::create_dir_all(place.join(folder)).unwrap();
    }
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("secret"), "the secret").unwrap();
    fs::write(place.join("scratch-0/files/a/b"), "x").unwrap();
    fs::write(place.join("scratch-3"), "x").unwrap();
    symlink(&outside, place.join("scratch-4")).unwrap();
    symlink(&outside, place.join("scratch-12/link")).unwrap();
    let scratches = Scratches::open(&place).unwrap();
    let found: Vec<_> = tree(&place).into_keys().collect();
    assert_eq!(found, ["lock", "lost+found", "scratch-", "scratch-x"]);
    assert_eq!(fs::read(outside.join("secret")).unwrap(), b"the secret");
    begin(&scratches, ScratchQuota::DEFAULT)
        .write("a", b"x")
        .unwrap();
}

#[test]
fn a_place_has_one_host_at_a_time() {
    let world = World::new();
    world.scratch.write("a", b"x").unwrap();
    let place = world.place();
    let second = Scratches::open(&place);
    assert!(matches!(second, Err(ScratchOpenError::InUse)));
    assert_eq!(
        world.text("a"),
        Ok("x".to_owned()),
        "not taken for a leftover"
    );
    // A call that ends after its host still has its files.
    let World {
        scratch,
        scratches,
        disk,
    } = world;
    drop(scratches);
    let second = Scratches::open(&place);
    assert!(matches!(second, Err(ScratchOpenError::InUse)));
    drop(scratch);
    assert!(Scratches::open(&place).is_ok());
    drop(disk);
}

#[test]
fn a_lock_that_leads_elsewhere_is_not_taken() {
    let disk = tempfile::tempdir().unwrap();
    let place = disk.path().join("place");
    fs::create_dir(&place).unwrap();
    for target in ["elsewhere", "../elsewhere", "/proc/self/fd/1"] {
        symlink(target, place.join("lock")).unwrap();
        let opened = Scratches::open(&place);
        assert!(matches!(opened, Err(ScratchOpenError::Disk(_))), "{target}");
        fs::remove_file(place.join("lock")).unwrap();
    }
    let names = [disk.path(), &place].map(|it| fs::read_dir(it).unwrap().count());
    assert_eq!(names, [1, 0], "nothing was made elsewhere");
    assert!(Scratches::open(&place).is_ok());
}

#[test]
fn hosts_beside_one_another_each_have_a_place() {
    let disk = tempfile::tempdir().unwrap();
    let folder = disk.path().join("scratch");
    let open = || Scratches::of_a_host(&folder).unwrap();
    let (first, second) = (open(), open());
    let of_first = begin(&first, ScratchQuota::DEFAULT);
    of_first.write("a", b"x").unwrap();
    begin(&second, ScratchQuota::DEFAULT)
        .write("a", b"y")
        .unwrap();
    let third = open();
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 3);
    assert_eq!(of_first.read("a", 0, 9), Ok(b"x".to_vec()));
    // A place that is free again is used again.
    drop(second);
    let _second = open();
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 3);
    drop(third);
}

#[test]
fn what_killed_hosts_left_in_all_their_places_is_removed() {
    let disk = tempfile::tempdir().unwrap();
    let folder = disk.path().join("scratch");
    let running = Scratches::of_a_host(&folder).unwrap();
    let kept = begin(&running, ScratchQuota::DEFAULT);
    for place in ["host-1", "host-2"] {
        fs::create_dir_all(folder.join(place).join("scratch-7/files")).unwrap();
    }
    let started = Scratches::of_a_host(&folder).unwrap();
    for (left, is_there) in [
        ("host-0/scratch-0", true),
        ("host-1/scratch-7", false),
        ("host-2/scratch-7", false),
    ] {
        assert_eq!(folder.join(left).exists(), is_there, "{left}");
    }
    drop((started, kept));
}

#[test]
fn a_folder_has_so_many_hosts_at_a_time() {
    let disk = tempfile::tempdir().unwrap();
    let open = || Scratches::of_a_host(disk.path());
    let all: Vec<_> = (0..HOSTS_MAX).map(|_| open().unwrap()).collect();
    assert!(matches!(open(), Err(ScratchOpenError::InUse)));
    drop(all);
    assert!(open().is_ok());
}
