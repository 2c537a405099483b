//! Things in a scratch folder that its guest did not put there. Each is refused; the same call on what the
//! guest did put there succeeds.

use super::{World, tree};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use skillgate_app::ports::{Scratch, ScratchError};
use std::fs;
use std::os::fd::AsRawFd;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;

type Operation = (&'static str, fn(&World) -> Result<(), ScratchError>);

/// All that a guest can do with a file of its own.
const OPERATIONS: [Operation; 6] = [
    ("read", |world| world.scratch.read("f", 0, 100).map(drop)),
    ("write", |world| world.scratch.write("f", b"mine")),
    ("append", |world| world.scratch.append("f", b"mine")),
    ("rename", |world| world.scratch.rename("f", "g")),
    ("replace", |world| world.scratch.rename("e", "f")),
    ("remove", |world| world.scratch.remove("f")),
];

/// Tries all operations on a file, in the place of which something else was put.
fn refused(what: &str, put: impl Fn(&World, &Path)) {
    for (name, operation) in OPERATIONS {
        for is_swapped in [false, true] {
            let world = World::new();
            world.scratch.write("e", b"another").unwrap();
            world.scratch.write("f", b"0123456789").unwrap();
            if is_swapped {
                fs::remove_file(world.file("f")).unwrap();
                put(&world, &world.file("f"));
            }
            let done = operation(&world);
            let expected = if is_swapped {
                Err(ScratchError::NotPlain)
            } else {
                Ok(())
            };
            assert_eq!(done, expected, "{name} of {what}");
            world.outside_is_whole();
        }
    }
}

#[test]
fn links_are_not_followed() {
    refused("a link to a file", |world, at| {
        symlink(world.outside("secret"), at).unwrap();
    });
    refused("a relative link", |_, at| {
        symlink("../../../outside/secret", at).unwrap();
    });
    refused("a link to a folder", |world, at| {
        symlink(world.outside(""), at).unwrap();
    });
    refused("a link to nothing", |world, at| {
        symlink(world.outside("new"), at).unwrap();
    });
    refused("a link to a file of its own", |_, at| {
        symlink("e", at).unwrap();
    });
    refused("a link to itself", |_, at| symlink("f", at).unwrap());
}

#[test]
fn links_of_the_system_are_not_followed() {
    refused("the root of the process", |world, at| {
        let outside = world.outside("secret");
        let outside = outside.strip_prefix("/").unwrap();
        symlink(Path::new("/proc/self/root").join(outside), at).unwrap();
    });
    refused("its folder", |_, at| symlink("/proc/self/cwd", at).unwrap());
    refused("its program", |_, at| {
        symlink("/proc/self/exe", at).unwrap();
    });
    let world = World::new();
    let open = fs::File::open(world.outside("secret")).unwrap();
    let number = format!("/proc/self/fd/{}", open.as_raw_fd());
    refused("an open file", |_, at| symlink(&number, at).unwrap());
}

#[test]
fn a_second_name_of_a_file_elsewhere_is_refused() {
    refused("a hard link", |world, at| {
        fs::hard_link(world.outside("secret"), at).unwrap();
    });
    refused("a file with a second name", |world, at| {
        fs::write(at, "0123456789").unwrap();
        fs::hard_link(at, world.file("second")).unwrap();
    });
}

#[test]
fn what_is_no_plain_file_is_refused_and_not_waited_for() {
    refused("a pipe", |_, at| {
        mknodat(CWD, at, FileType::Fifo, Mode::RWXU, 0).unwrap();
    });
    refused("a socket", |_, at| drop(UnixListener::bind(at).unwrap()));
    refused("a device", |_, at| symlink("/dev/zero", at).unwrap());
    refused("a folder", |_, at| fs::create_dir(at).unwrap());
    refused("nothing", |_, _| {});
    refused("a longer file", |_, at| {
        fs::write(at, "01234567890").unwrap();
    });
    refused("a shorter file", |_, at| {
        fs::write(at, "012345678").unwrap();
    });
}

/// In the place of a folder is a link to one outside, which has a file of the same name and length, or to
/// the folder itself, which was moved.
#[test]
fn folders_that_are_links_are_not_entered() {
    let operations: [Operation; 10] = [
        ("read", |world| {
            world.scratch.read("d/secret", 0, 9).map(drop)
        }),
        ("write", |world| world.scratch.write("d/secret", b"mine")),
        ("write anew", |world| world.scratch.write("d/new", b"mine")),
        ("append", |world| world.scratch.append("d/secret", b"mine")),
        ("append anew", |world| {
            world.scratch.append("d/new", b"mine")
        }),
        ("make a folder", |world| world.scratch.make_folder("d/new")),
        ("remove", |world| world.scratch.remove("d/secret")),
        ("remove all", |world| world.scratch.remove("d")),
        ("rename from", |world| world.scratch.rename("d/secret", "s")),
        ("rename to", |world| world.scratch.rename("e", "d/secret")),
    ];
    for (name, operation) in operations {
        for target in [
            None,
            Some("../../../outside"),
            Some("../../../outside/"),
            Some("/proc/self/cwd"),
            Some("aside"),
            Some("aside/"),
            Some("d"),
        ] {
            let world = World::new();
            world.scratch.write("e", b"another").unwrap();
            world.scratch.make_folder("d").unwrap();
            world.scratch.write("d/secret", b"0123456789").unwrap();
            if let Some(target) = target {
                fs::rename(world.file("d"), world.file("aside")).unwrap();
                symlink(target, world.file("d")).unwrap();
            }
            let done = operation(&world);
            let expected = target.map_or(Ok(()), |_| Err(ScratchError::NotPlain));
            assert_eq!(done, expected, "{name} {target:?}");
            world.outside_is_whole();
        }
    }
}

#[test]
fn what_others_put_there_is_not_there_for_the_guest() {
    let world = World::new();
    let scratch = &world.scratch;
    scratch.make_folder("d").unwrap();
    fs::write(world.file("planted"), "x").unwrap();
    symlink(world.outside(""), world.file("link")).unwrap();
    symlink(world.outside("secret"), world.file("d/link")).unwrap();
    assert_eq!(world.names(None), "d");
    for name in ["planted", "link", "link/secret", "d/link"] {
        assert_eq!(world.text(name), Err(ScratchError::NotFound), "{name}");
        assert_eq!(scratch.remove(name), Err(ScratchError::NotFound));
    }
    for name in ["planted", "link", "d/link"] {
        for done in [
            scratch.write(name, b"x"),
            scratch.append(name, b"x"),
            scratch.make_folder(name),
            scratch.rename("d", name).and(scratch.rename(name, "d")),
        ] {
            let into_itself = name.starts_with("d/");
            match done {
                Err(ScratchError::InvalidPath(_)) if into_itself => {}
                other => assert_eq!(other, Err(ScratchError::NotPlain), "{name}"),
            }
        }
    }
    for name in ["new", "d/new"] {
        assert_eq!(scratch.write(name, b"x"), Ok(()));
    }
    // Links in a folder go with it, and what they lead to stays.
    scratch.remove("d").unwrap();
    world.outside_is_whole();
}

#[test]
fn what_others_put_there_goes_with_the_call() {
    let world = World::new();
    symlink(world.outside(""), world.file("link")).unwrap();
    fs::create_dir(world.file("folder")).unwrap();
    symlink(world.outside(""), world.file("folder/link")).unwrap();
    fs::hard_link(world.outside("secret"), world.file("second")).unwrap();
    mknodat(CWD, world.file("pipe"), FileType::Fifo, Mode::RWXU, 0).unwrap();
    let World {
        scratch,
        scratches,
        disk,
    } = world;
    drop(scratch);
    assert!(!disk.path().join("place/scratch-0").exists());
    assert_eq!(tree(&disk.path().join("outside")).len(), 1);
    drop(scratches);
}
