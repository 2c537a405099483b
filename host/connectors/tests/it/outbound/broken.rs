//! Answers that are none: broken off, lying about their length, slow or without end.

use super::service::{Service, Step, answer, say};
use super::*;
use skillgate_app::ports::{ANSWER_MAX, FIRST_BYTE_MAX};
use skillgate_connectors::outbound::Waits;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket};
use tokio::time::Instant;

/// Asks a service that answers so, and that the client hangs up on if there is more to come.
async fn got(steps: Vec<Step>) -> Result<Response, HttpError> {
    let (service, http) = (Service::saying(steps).await, to_loopback());
    send(&http, &service, get(&service.at("/"))).await
}

async fn fails(cases: impl IntoIterator<Item = (&'static str, Vec<Step>, HttpError)>) {
    for (case, steps, expected) in cases {
        let answered = got(steps).await;
        assert_eq!(answered, Err(expected), "{case}");
    }
    let whole = got(answer("", "hello")).await;
    assert_eq!(whole.map(|it| it.body), Ok(b"hello".to_vec()));
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_no_answer() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n";
    let chunks = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let cut = |text: &str| vec![say(text), Step::Close];
    let cases = [
        ("nothing", vec![Step::Close]),
        ("half a status", cut("HTTP/1.1 2")),
        ("half a head", cut("HTTP/1.1 200 OK\r\ncontent-le")),
        (
            "all but an empty line",
            cut("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n"),
        ),
        ("a head", cut(head)),
        ("half a body", cut(&format!("{head}hel"))),
        ("no chunk", cut(chunks)),
        ("half a chunk", cut(&format!("{chunks}5\r\nhel"))),
        ("no last chunk", cut(&format!("{chunks}5\r\nhello\r\n"))),
        (
            "no end of the last chunk",
            cut(&format!("{chunks}5\r\nhello\r\n0\r\n")),
        ),
    ];
    fails(cases.map(|(case, steps)| (case, steps, HttpError::Broken))).await;
    // With neither a length nor chunks, its end is the connection's.
    let ended = got(cut("HTTP/1.1 200 OK\r\n\r\nhello")).await;
    assert_eq!(ended.map(|it| it.body), Ok(b"hello".to_vec()));
}

#[tokio::test]
async fn what_is_not_http_is_no_answer() {
    let cases = [
        ("another protocol", "SSH-2.0-OpenSSH_9.9\r\n"),
        ("a page without a head", "<html>hello</html>"),
        ("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        ("another version", "HTTP/3.0 200 OK\r\n\r\n"),
        ("no number", "HTTP/1.1 two OK\r\n\r\n"),
        ("too small a number", "HTTP/1.1 099 OK\r\n\r\n"),
        (
            "a header without a colon",
            "HTTP/1.1 200 OK\r\nhello\r\n\r\n",
        ),
        ("a header without a name", "HTTP/1.1 200 OK\r\n: a\r\n\r\n"),
        (
            "a header over two lines",
            "HTTP/1.1 200 OK\r\na: b\r\n c\r\n\r\n",
        ),
        ("a header with a zero", "HTTP/1.1 200 OK\r\na: b\0c\r\n\r\n"),
        ("no length", "HTTP/1.1 200 OK\r\ncontent-length: a\r\n\r\n"),
        (
            "a length below zero",
            "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        ),
        (
            "two lengths",
            "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        ),
        (
            "no size",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nz\r\n",
        ),
        (
            "a size without end",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
        ),
    ];
    let said = |text: &str| vec![say(text), Step::Close];
    fails(cases.map(|(case, text)| (case, said(text), HttpError::Broken))).await;
}

/// What stands behind an answer is nobody's: least of all the next one's.
#[tokio::test]
async fn what_is_left_over_answers_no_other_request() {
    let evil = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil";
    for (case, first) in [
        (
            "a body longer than it says",
            format!("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nfirst{evil}"),
        ),
        (
            "a body where none is",
            format!("HTTP/1.1 204 No Content\r\ncontent-length: 44\r\n\r\n{evil}"),
        ),
        (
            "another protocol",
            format!(
                "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n{evil}"
            ),
        ),
        (
            "two answers to one request",
            format!("HTTP/1.1 304 Not Modified\r\n\r\n{evil}"),
        ),
        (
            "chunks and a length",
            format!(
                "HTTP/1.1 200 OK\r\ncontent-length: 50\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n0\r\n\r\n{evil}"
            ),
        ),
    ] {
        let service = Service::answering(move |heard| {
            if heard.line().contains("/first") {
                vec![say(first.as_str())]
            } else {
                answer("", "second")
            }
        })
        .await;
        let http = to_loopback();
        let sent = send(&http, &service, get(&service.at("/first"))).await;
        assert!(sent.is_ok_and(|it| it.body != b"evil"), "{case}");
        let sent = send(&http, &service, get(&service.at("/second"))).await;
        assert_eq!(sent.map(|it| it.body), Ok(b"second".to_vec()), "{case}");
        // The same, where nothing was left over: one connection is enough.
        let sent = send(&http, &service, get(&service.at("/third"))).await;
        assert_eq!(sent.map(|it| it.body), Ok(b"second".to_vec()));
        assert_eq!(service.connections(), 2, "{case}");
    }
}

#[tokio::test]
async fn a_request_is_sent_once_whatever_becomes_of_it() {
    for method in Method::ALL {
        let service = Service::answering(|heard| {
            if heard.line().contains("/lost") {
                vec![Step::Close]
            } else {
                answer("", "")
            }
        })
        .await;
        let http = to_loopback();
        // Over a connection of its own, and over one that has been good before.
        for path in ["/lost", "/kept", "/lost", "/kept"] {
            let sent = send(&http, &service, request(method, &service.at(path))).await;
            let lost = Err(HttpError::Broken);
            let expected = if path == "/lost" { lost } else { Ok(200) };
            assert_eq!(sent.map(|it| it.status), expected, "{method:?} {path}");
        }
        assert_eq!(
            (service.count(), service.connections()),
            (4, 3),
            "{method:?}"
        );
    }
}

#[tokio::test]
async fn an_answer_without_end_is_ended() {
    let endless = |head: &str, text| vec![say(head), Step::Endlessly(text)];
    let chunks = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    for (case, steps, expected) in [
        (
            "a body",
            endless("HTTP/1.1 200 OK\r\n\r\n", "hello"),
            HttpError::TooLong,
        ),
        (
            "a body with a length",
            endless(
                "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n",
                "hello",
            ),
            HttpError::TooLong,
        ),
        (
            "chunks",
            endless(chunks, "5\r\nhello\r\n"),
            HttpError::TooLong,
        ),
        (
            "what is said of a chunk",
            endless(chunks, "5;a=b"),
            HttpError::Broken,
        ),
        (
            "what stands behind chunks",
            endless(&format!("{chunks}0\r\n"), "a: b\r\n"),
            HttpError::Broken,
        ),
        (
            "a status",
            endless("HTTP/1.1 200 ", "OK"),
            HttpError::Broken,
        ),
        (
            "a line",
            endless("HTTP/1.1 200 OK\r\nx-a: ", "b"),
            HttpError::Broken,
        ),
        (
            "headers",
            endless("HTTP/1.1 200 OK\r\n", "x-a: b\r\n"),
            HttpError::Broken,
        ),
        (
            "thousands of headers",
            vec![say(format!(
                "HTTP/1.1 200 OK\r\n{}\r\n",
                "x-a: b\r\n".repeat(5_000)
            ))],
            HttpError::Broken,
        ),
    ] {
        let endless = matches!(steps.last(), Some(Step::Endlessly(_)));
        let (service, http) = (Service::saying(steps).await, to_loopback());
        let sent = send(&http, &service, get(&service.at("/"))).await;
        assert_eq!(sent, Err(expected), "{case}");
        if endless {
            service.until_abandoned().await;
        }
    }
    assert!(got(answer("", "hello")).await.is_ok());
}

/// What the client reads over without keeping any of it.
#[tokio::test]
async fn what_says_nothing_without_end_is_ended_in_time() {
    let waits = Waits {
        first_byte: Duration::from_millis(100),
        whole: Duration::from_millis(200),
    };
    let chunks = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let early = "HTTP/1.1 103 Early Hints\r\nx-a: b\r\n\r\n";
    let http = to_loopback();
    let impatient = to_loopback().waiting(waits);
    for steps in [
        vec![Step::Endlessly(early)],
        vec![say(chunks), Step::Endlessly("0000")],
    ] {
        let service = Service::saying(steps).await;
        let sent = send(&impatient, &service, get(&service.at("/"))).await;
        assert_eq!(sent, Err(HttpError::TimedOut));
        service.until_abandoned().await;
    }
    // As much of it as somebody might mean.
    let size = format!("{chunks}{:08x}\r\nhello\r\n0\r\n\r\n", 5);
    for steps in [
        [vec![say(early), say(early)], answer("", "hello")].concat(),
        vec![say(size)],
    ] {
        let service = Service::saying(steps).await;
        let sent = send(&http, &service, get(&service.at("/"))).await;
        assert_eq!(sent.map(|it| it.body), Ok(b"hello".to_vec()));
    }
}

/// The clock of these stories runs ahead whenever everybody waits.
#[tokio::test(start_paused = true)]
async fn an_answer_that_is_slow_is_given_up() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n";
    let slowly = |text: &str| vec![Step::Slowly(text.to_owned())];
    for (case, steps, waited) in [
        ("nothing", vec![Step::Silence], FIRST_BYTE_MAX),
        (
            "half a head",
            vec![say("HTTP/1.1 200 OK\r\n"), Step::Silence],
            FIRST_BYTE_MAX,
        ),
        ("a head byte by byte", slowly(head), FIRST_BYTE_MAX),
        ("a head only", vec![say(head), Step::Silence], ANSWER_MAX),
        (
            "a body byte by byte",
            [vec![say(head)], slowly(&"x".repeat(100))].concat(),
            ANSWER_MAX,
        ),
        (
            "chunks byte by byte",
            [
                vec![say("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")],
                slowly(&"1\r\nx\r\n".repeat(20)),
            ]
            .concat(),
            ANSWER_MAX,
        ),
    ] {
        let (service, http) = (Service::saying(steps).await, to_loopback());
        let begun = Instant::now();
        let sent = send(&http, &service, get(&service.at("/"))).await;
        assert_eq!(sent, Err(HttpError::TimedOut), "{case}");
        let took = begun.elapsed();
        let bounds = waited..waited + Duration::from_millis(100);
        assert!(bounds.contains(&took), "{case}: {took:?}");
        service.until_abandoned().await;
    }
    // As slow, and there in time.
    let steps = [
        vec![say("HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n")],
        slowly(&"x".repeat(20)),
    ];
    let answered = got(steps.concat()).await;
    assert_eq!(answered.map(|it| it.body.len()), Ok(20));
}

/// Each refusal beside what the service saw: nobody is told that a request did not leave when it did. The clock
/// of this story runs ahead whenever everybody waits.
#[tokio::test(start_paused = true)]
async fn a_request_that_is_said_not_to_have_left_has_not() {
    let http = to_loopback();
    let br = "content-encoding: br\r\n";
    for (steps, host, expected, arrived) in [
        (answer("", ""), "nobody.test", HttpError::UnknownHost, 0),
        (
            answer("", ""),
            "[::1]",
            HttpError::AddressRefused("loopback"),
            0,
        ),
        (vec![Step::Silence], "127.0.0.1", HttpError::TimedOut, 1),
        (vec![Step::Close], "127.0.0.1", HttpError::Broken, 1),
        (
            answer("", vec![0; BYTES_MAX]),
            "127.0.0.1",
            HttpError::TooLong,
            1,
        ),
        (answer(br, "hello"), "127.0.0.1", HttpError::Unreadable, 1),
    ] {
        let service = Service::saying(steps).await;
        let sent = send(&http, &service, get(&service.of(host))).await;
        assert_eq!(sent, Err(expected));
        assert_eq!(service.count(), arrived, "{expected}");
        assert_eq!(expected.maybe_sent(), arrived == 1, "{expected}");
    }
    // A port that is taken, and that nobody listens at.
    let taken = TcpSocket::new_v4().unwrap();
    taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}/", taken.local_addr().unwrap());
    let sent = send_as(1, &http, get(&url)).await;
    assert_eq!(sent, Err(HttpError::Connect));
    // Who hangs up at once may have heard something.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let hang_up = async { drop(listener.accept().await.unwrap()) };
    let (sent, ()) = tokio::join!(send_as(1, &http, get(&url)), hang_up);
    assert_eq!(sent, Err(HttpError::Broken));
}
