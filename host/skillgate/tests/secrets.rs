//! A secret of a skill, while the program runs and afterwards: it is where it is for, and nowhere else.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]
#![expect(
    dead_code,
    reason = "a part of the program's helper is for other tests"
)]

#[path = "support/program.rs"]
mod program;

use program::Program;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};

const SECRET: &str = "sk-live-b3c9/Q7+wZ=tK2";
const NEXT: &str = "sk-live-second/N0+pX=vR8";

/// A service on a port of its own that repeats every request in its answer.
struct Echo {
    origin: String,
    heard: Arc<Mutex<String>>,
}

impl Echo {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let heard = Arc::<Mutex<String>>::default();
        let noted = Arc::clone(&heard);
        std::thread::spawn(move || {
            for caller in listener.incoming().flatten() {
                drop(answer(caller, &noted));
            }
        });
        Self { origin, heard }
    }
}

fn answer(mut caller: TcpStream, heard: &Mutex<String>) -> std::io::Result<()> {
    let mut lines = BufReader::new(caller.try_clone()?);
    let (mut request, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        request.push_str(&line);
    }
    let mut body = vec![0; length];
    lines.read_exact(&mut body)?;
    request.push_str(&String::from_utf8_lossy(&body));
    heard.lock().unwrap().push_str(&request);
    let echo = format!("marker-of-the-service {request}");
    let header = request
        .lines()
        .find_map(|line| line.strip_prefix("authorization: "));
    write!(
        caller,
        "HTTP/1.1 200 OK\r\nconnection: close\r\nx-echo: {}\r\ncontent-length: {}\r\n\r\n{echo}",
        header.unwrap_or("none"),
        echo.len()
    )
}

/// Writes a manifest of the courier whose rules lead to the service.
fn manifest(program: &Program, origin: &str) -> PathBuf {
    let built = program::skills().join("courier.json");
    let mut manifest: Value = serde_json::from_slice(&std::fs::read(built).unwrap()).unwrap();
    let rule = |methods: &str| json!({ "allow": format!("{methods} {origin}/v1/**"), "credential": "key" });
    manifest["capabilities"] = json!({
        "http": [rule("GET,POST")],
        "credentials": { "key": {
            "audience": format!("{origin}/v1/**"),
            "place": { "header": "authorization", "prefix": "Bearer " },
        } },
    });
    let path = program.folder().join("courier.json");
    std::fs::write(&path, manifest.to_string()).unwrap();
    path
}

fn granted(program: &Program, origin: &str) -> String {
    let publisher = program.token(&["--role", "partner", "--user", "publisher"]);
    let admin = program.token(&["--role", "admin", "--user", "ada"]);
    let (manifest, component) = (
        manifest(program, origin),
        program::skills().join("courier.wasm"),
    );
    let (manifest, component) = (manifest.to_str().unwrap(), component.to_str().unwrap());
    let submit = [
        "module",
        "submit",
        "--manifest",
        manifest,
        "--component",
        component,
    ];
    let module = program.run(Some(&publisher), &submit);
    program.run(
        Some(&admin),
        &["module", "grant", module["id"].as_str().unwrap()],
    );
    admin
}

/// Runs a command that succeeds with something to read. Returns what it answered.
fn give(program: &Program, token: &str, arguments: &[&str], input: &str) -> Value {
    let mut command = program.command();
    command.env("SKILLGATE_TOKEN", token).args(arguments);
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{arguments:?}: {text}");
    serde_json::from_str(&text).unwrap()
}

/// What a secret looks like to somebody who searches for it.
fn spellings(secret: &str) -> Vec<Vec<u8>> {
    use std::fmt::Write;
    let (mut hex, mut percent) = (String::new(), String::new());
    for byte in secret.bytes() {
        write!(hex, "{byte:02x}").unwrap();
        if byte.is_ascii_alphanumeric() || byte == b'-' {
            percent.push(char::from(byte));
        } else {
            write!(percent, "%{byte:02X}").unwrap();
        }
    }
    // Without the first and the last bytes, which differ with what stands around them.
    let base64 = match secret {
        SECRET => "c2stbGl2ZS1iM2M5L1E3K3daPXRL",
        _ => "c2stbGl2ZS1zZWNvbmQvTjArcFg9dl",
    };
    let utf16: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let escaped = secret.replace('/', "\\/");
    let texts = [secret.to_owned(), hex, percent, base64.to_owned(), escaped];
    texts
        .into_iter()
        .map(String::into_bytes)
        .chain([utf16])
        .collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_secret_is_found_nowhere_but_at_its_service() {
    let echo = Echo::start();
    let settings = "[egress]\nprivate_hosts_for_modules = [\"127.0.0.1\"]\n";
    let program = Program::logging("trace", settings, Vec::new());
    let admin = granted(&program, &echo.origin);
    let (told, metrics) = calls(&program, &admin, &echo.origin);
    let heard = echo.heard.lock().unwrap().clone();
    assert!(
        heard.contains(SECRET) && heard.contains(NEXT),
        "it got there: {heard}"
    );
    assert!(
        told.contains("marker-of-the-service") && told.contains("[redacted]"),
        "{told}"
    );
    let mut places = vec![
        ("answers".into(), told.into_bytes()),
        ("metrics".into(), metrics.into_bytes()),
    ];
    places.extend(files(program.folder()).into_iter().map(|path| {
        let bytes = std::fs::read(&path).unwrap();
        (path, bytes)
    }));
    search(&places);
}

/// Lets the secret be used in every way there is. Returns everything that was answered, and the metrics.
fn calls(program: &Program, admin: &str, origin: &str) -> (String, String) {
    let mut answers = Vec::new();
    let of = ["courier", "key"];
    answers.push(give(
        program,
        admin,
        &[&["secret", "set"], &of[..]].concat(),
        &format!("{SECRET}\n"),
    ));
    let host = program.serve();
    let send = |request: Value, query: &str| {
        let path = format!("/api/skills/courier/tools/send{query}");
        host.post(admin, &path, &request).unwrap()
    };
    let url = format!("{origin}/v1/a");
    let get = json!({ "method": "GET", "url": url });
    let post = json!({ "method": "POST", "url": url, "body": "{}" });
    let stolen =
        json!({ "method": "GET", "url": format!("{url}?k={}", SECRET.replace('/', "%2F")) });
    for (request, query) in [
        (&get, ""),
        (&post, ""),
        (&post, "?mode=plan"),
        (&stolen, ""),
        (
            &json!({ "method": "GET", "url": "http://127.0.0.1:1/v1/a" }),
            "",
        ),
    ] {
        let (status, answer) = send(request.clone(), query);
        // The module wrote it itself: its input is the caller's own.
        if request != &stolen {
            answers.push(answer.clone());
        }
        assert_eq!(status, 200, "{answer}");
    }
    answers.push(give(
        program,
        admin,
        &[&["secret", "rotate"], &of[..]].concat(),
        NEXT,
    ));
    answers.push(send(get, "").1);
    answers.push(program.run(Some(admin), &["secret", "list"]));
    let explain = ["egress", "explain", &url, "--module", "courier"];
    let explained = program.run(Some(admin), &explain);
    assert_eq!(
        (&explained["allowed"], &explained["rules"][0]["says"]),
        (&json!(true), &json!("allowed"))
    );
    answers.push(explained);
    answers.push(program.run(Some(admin), &["secret", "rm", of[0], of[1]]));
    let metrics = metrics(&host.url);
    assert!(metrics.contains("skillgate_"), "{metrics}");
    host.die();
    answers.push(program.run(Some(admin), &["audit", "list"]));
    (json!(answers).to_string(), metrics)
}

fn search(places: &[(PathBuf, Vec<u8>)]) {
    // What the service said beside it is kept in the call's journal, so that a search finds something.
    assert!(
        places
            .iter()
            .skip(2)
            .any(|(_, bytes)| holds(bytes, b"marker-of-the-service"))
    );
    let log = &places
        .iter()
        .find(|(path, _)| path.ends_with("log"))
        .unwrap()
        .1;
    assert!(holds(log, b"it was taken out"), "the log tells of it");
    for secret in [SECRET, NEXT] {
        for spelling in spellings(secret) {
            for (path, bytes) in places {
                let text = String::from_utf8_lossy(&spelling);
                assert!(!holds(bytes, &spelling), "{text} is in {}", path.display());
            }
        }
    }
}

fn metrics(url: &str) -> String {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    write!(
        stream,
        "GET /metrics HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}
