//! Answers: read whole, decompressed once, up to their most.

use super::service::{Service, Step, answer, say};
use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use skillgate_domain::egress::{HEADERS_BYTES_MAX, HEADERS_MAX};
use std::io::Write;

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

const GZIP: &str = "content-encoding: gzip\r\n";

/// Asks a service that answers so.
async fn asked(method: Method, steps: Vec<Step>, bytes_max: usize) -> Result<Response, HttpError> {
    let (service, http) = (Service::saying(steps).await, to_loopback());
    let request = request(method, &service.at("/"));
    let answered = http.send(&pool(1), request, bytes_max).await;
    assert_eq!(service.count(), 1, "arrived, whatever came back");
    answered
}

async fn got(steps: Vec<Step>) -> Result<Response, HttpError> {
    asked(Method::Get, steps, BYTES_MAX).await
}

fn chunked(lines: &str, body: &[u8]) -> Vec<Step> {
    let head = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n{lines}\r\n");
    let size = format!("{:x}\r\n", body.len());
    let parts = [head.as_bytes(), size.as_bytes(), body, b"\r\n0\r\n\r\n"];
    vec![say(parts.concat())]
}

#[tokio::test]
async fn gzip_is_decompressed_and_nothing_says_so_any_more() {
    let twice = [gzip(b"hello, "), gzip(b"outside")].concat();
    for (case, steps) in [
        ("plain", answer("", "hello, outside")),
        ("gzip", answer(GZIP, gzip(b"hello, outside"))),
        ("chunked", chunked(GZIP, &gzip(b"hello, outside"))),
        (
            "another case",
            answer("Content-Encoding: GZip\r\n", gzip(b"hello, outside")),
        ),
        // RFC 1952, section 2.2: one after the other is as if they were one.
        ("two members", answer(GZIP, twice)),
    ] {
        let answered = got(steps).await.unwrap();
        assert_eq!(answered.body, b"hello, outside", "{case}");
        let names = answered.headers.iter().map(|(name, _)| name.as_str());
        let said = names.filter(|name| *name == "content-encoding").count();
        assert_eq!(said, 0, "{case}");
        let length = answered.headers.iter().find(|it| it.0 == "content-length");
        assert_eq!(length.is_some(), case == "plain", "{case}");
    }
}

#[tokio::test]
async fn every_encoding_that_nobody_asked_for_is_unreadable() {
    let (once, twice) = (gzip(b"hello"), gzip(&gzip(b"hello")));
    let refused = Err(HttpError::Unreadable);
    for (lines, body, expected) in [
        (GZIP, &once, Ok(b"hello".to_vec())),
        ("content-encoding: br\r\n", &once, refused.clone()),
        ("content-encoding: deflate\r\n", &once, refused.clone()),
        ("content-encoding: zstd\r\n", &once, refused.clone()),
        ("content-encoding: compress\r\n", &once, refused.clone()),
        ("content-encoding: x-gzip\r\n", &once, refused.clone()),
        ("content-encoding: identity\r\n", &once, refused.clone()),
        ("content-encoding:\r\n", &once, refused.clone()),
        ("content-encoding: gzip, gzip\r\n", &twice, refused.clone()),
        ("content-encoding: br, gzip\r\n", &once, refused.clone()),
        ("content-encoding: gzip;q=1\r\n", &once, refused.clone()),
        // The same over two lines, in each order.
        (
            "content-encoding: gzip\r\ncontent-encoding: gzip\r\n",
            &twice,
            refused.clone(),
        ),
        (
            "content-encoding: gzip\r\ncontent-encoding: br\r\n",
            &once,
            refused.clone(),
        ),
        (
            "content-encoding: br\r\ncontent-encoding: gzip\r\n",
            &once,
            refused,
        ),
    ] {
        let answered = got(answer(lines, body)).await;
        assert_eq!(answered.map(|it| it.body), expected, "{lines}");
    }
}

#[tokio::test]
async fn an_encoding_on_the_way_is_unreadable() {
    let body = gzip(b"hello");
    for (codings, readable) in [
        ("", true),
        ("gzip, chunked", false),
        ("x-other, chunked", false),
        ("gzip", false),
        ("identity", false),
    ] {
        let steps = if codings.is_empty() {
            chunked("", &body)
        } else {
            let head = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: {codings}\r\n\r\n");
            let size = format!("{:x}\r\n", body.len());
            let parts = [head.as_bytes(), size.as_bytes(), &body, b"\r\n0\r\n\r\n"];
            vec![say(parts.concat()), Step::Close]
        };
        let answered = got(steps).await.map(|it| it.body);
        let expected = if readable {
            Ok(body.clone())
        } else {
            Err(HttpError::Unreadable)
        };
        assert_eq!(answered, expected, "{codings}");
    }
}

#[tokio::test]
async fn gzip_that_is_not_whole_is_unreadable() {
    let whole = gzip(b"hello, outside");
    let mut checksum = whole.clone();
    let at = checksum.len() - 8;
    checksum[at] ^= 1;
    for (case, body) in [
        ("truncated", whole[..whole.len() - 1].to_vec()),
        ("its head only", whole[..10].to_vec()),
        ("no gzip", b"hello, outside".to_vec()),
        ("a wrong checksum", checksum),
        (
            "something behind",
            [whole.clone(), b"more".to_vec()].concat(),
        ),
        ("half another behind", [&whole[..], &whole[..12]].concat()),
    ] {
        let answered = got(answer(GZIP, body)).await;
        assert_eq!(answered, Err(HttpError::Unreadable), "{case}");
    }
    let answered = got(answer(GZIP, whole)).await.unwrap();
    assert_eq!(answered.body, b"hello, outside");
}

#[tokio::test]
async fn a_gzip_bomb_stops_at_its_limit() {
    let bomb = gzip(&vec![0; 20_000_000]);
    assert!(
        bomb.len() < BYTES_MAX,
        "a thousand times smaller than inside"
    );
    assert_eq!(got(answer(GZIP, &bomb)).await, Err(HttpError::TooLong));
    assert_eq!(got(chunked(GZIP, &bomb)).await, Err(HttpError::TooLong));
    // As dense, and within what it may be.
    let dense = gzip(&vec![0; BYTES_MAX]);
    let answered = got(answer(GZIP, &dense)).await;
    assert_eq!(answered.unwrap().body.len(), BYTES_MAX);
}

#[tokio::test]
async fn headers_and_body_together_have_a_most() {
    const BODY: usize = 1_000;
    let body = [b'x'; BODY];
    let (length, transfer) = ("content-length".len() + 4, "transfer-encoding".len() + 7);
    for (case, steps, headers) in [
        ("plain", answer("", body), length),
        ("chunked", chunked("", &body), transfer),
        ("gzip", answer(GZIP, gzip(&body)), 0),
        ("with headers", answer("x-a: 23456\r\n", body), length + 8),
    ] {
        let most = BODY + headers;
        let at = asked(Method::Get, steps.clone(), most).await.unwrap();
        assert_eq!((at.body.len(), at.bytes()), (BODY, most), "{case}");
        let past = asked(Method::Get, steps, most - 1).await;
        assert_eq!(past, Err(HttpError::TooLong), "{case}");
    }
    // Nothing but headers.
    for method in [Method::Get, Method::Head] {
        let steps = || answer("x-a: 23456\r\n", "");
        let most = length - 3 + 8;
        assert!(asked(method, steps(), most).await.is_ok(), "{method:?}");
        let past = asked(method, steps(), most - 1).await;
        assert_eq!(past, Err(HttpError::TooLong), "{method:?}");
    }
}

#[tokio::test]
async fn headers_have_a_number_and_a_size() {
    let many = |count: usize| answer(&"x-a: b\r\n".repeat(count - 1), "");
    let answered = got(many(HEADERS_MAX)).await.unwrap();
    assert_eq!(answered.headers.len(), HEADERS_MAX);
    let past = got(many(HEADERS_MAX + 1)).await;
    assert_eq!(past, Err(HttpError::TooLong));
    let names = "content-length".len() + 1 + "x-a".len();
    let long = |bytes: usize| answer(&format!("x-a: {}\r\n", "b".repeat(bytes - names)), "");
    assert!(got(long(HEADERS_BYTES_MAX)).await.is_ok());
    let past = got(long(HEADERS_BYTES_MAX + 1)).await;
    assert_eq!(past, Err(HttpError::TooLong));
}

#[tokio::test]
async fn what_has_no_body_is_answered_without_one() {
    let head = |status: &str, lines: &str| vec![say(format!("HTTP/1.1 {status}\r\n{lines}\r\n"))];
    for (method, status, lines) in [
        (Method::Head, "200 OK", "content-length: 1000000000\r\n"),
        (Method::Head, "200 OK", "transfer-encoding: chunked\r\n"),
        (Method::Head, "200 OK", GZIP),
        (Method::Head, "200 OK", "content-encoding: br\r\n"),
        (Method::Get, "204 No Content", ""),
        (Method::Get, "204 No Content", GZIP),
        (Method::Get, "304 Not Modified", "etag: a\r\n"),
        (Method::Get, "304 Not Modified", "content-length: 99\r\n"),
        (Method::Get, "304 Not Modified", GZIP),
        (Method::Get, "200 OK", "content-length: 0\r\n"),
    ] {
        let answered = asked(method, head(status, lines), BYTES_MAX).await;
        let answered = answered.unwrap_or_else(|why| panic!("{status} {lines}: {why}"));
        assert_eq!(answered.body, b"", "{status} {lines}");
        assert_eq!(answered.status.to_string(), status[..3]);
    }
    // The length of what there would be is told.
    let steps = head("200 OK", "content-length: 1000000000\r\n");
    let answered = asked(Method::Head, steps, BYTES_MAX).await.unwrap();
    let length = ("content-length".to_owned(), "1000000000".to_owned());
    assert_eq!(answered.headers, [length]);
}

#[tokio::test]
async fn what_comes_before_an_answer_is_left_out() {
    let hints = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n";
    let mut steps = vec![say(hints)];
    steps.extend(answer("", "hello"));
    let answered = got(steps).await.unwrap();
    assert_eq!((answered.status, answered.body), (200, b"hello".to_vec()));
    assert_eq!(answered.headers.len(), 1);
}

#[tokio::test]
async fn a_header_that_is_no_text_is_shown_as_such() {
    let head = b"HTTP/1.1 200 OK\r\nx-a: caf\xe9\r\nx-b: caf\xc3\xa9\r\ncontent-length: 0\r\n\r\n";
    let answered = got(vec![say(head.to_vec())]).await.unwrap();
    let value = |name: &str| {
        let found = answered.headers.iter().find(|(key, _)| key == name);
        found.unwrap().1.clone()
    };
    assert_eq!(value("x-a"), "caf\u{fffd}");
    assert_eq!(value("x-b"), "café");
}
