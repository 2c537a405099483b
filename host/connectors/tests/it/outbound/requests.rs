//! Requests: what was judged arrives, byte by byte, and nothing beside it.

use super::service::{Heard, Service, answer, say};
use super::*;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use skillgate_domain::egress::URL_BYTES_MAX;

fn with_headers(request: Outgoing, headers: &[(&str, &str)]) -> Outgoing {
    let headers = headers.iter();
    Outgoing {
        headers: headers
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        ..request
    }
}

fn with_query(request: Outgoing, query: &str) -> Outgoing {
    Outgoing {
        target: request.target.with_query(Some(query.to_owned())),
        ..request
    }
}

/// Sends a request that arrives. Returns how.
async fn arrived(http: &OutboundHttp, service: &Service, request: Outgoing) -> Heard {
    let sent = send(http, service, request).await;
    assert_eq!(sent.map(|it| it.status), Ok(200));
    let [heard] = <[Heard; 1]>::try_from(service.heard()).unwrap();
    heard
}

#[tokio::test]
async fn the_path_and_the_query_arrive_as_they_were_judged() {
    let (service, http) = (Service::saying(answer("", "")).await, to_loopback());
    for (written, arrives) in [
        ("", "/"),
        ("?q=1", "/?q=1"),
        ("/a/b/", "/a/b/"),
        ("/%61%2D%7e", "/a-~"),
        ("/%c3%a9", "/%C3%A9"),
        ("/a...b/...", "/a...b/..."),
        ("/-._~!$&'()*+,;=:@", "/-._~!$&'()*+,;=:@"),
        ("/50%25", "/50%25"),
        ("/a%3fb%23c", "/a%3Fb%23c"),
        ("/a?-._~!$&()*+,;=:@/?[]|", "/a?-._~!$&()*+,;=:@/?[]|"),
        ("/a?b=%2e%2e%2f%00%0d%0a", "/a?b=%2e%2e%2f%00%0d%0a"),
        ("/a?u=https://b@c/../d", "/a?u=https://b@c/../d"),
        ("/a?b%", "/a?b%"),
        ("/a?", "/a?"),
        // The one sign that arrives encoded, and means the same.
        ("/a?b='c'", "/a?b=%27c%27"),
    ] {
        let request = get(&service.at(written));
        assert!(arrives.starts_with(request.target.path()), "{written}");
        let heard = arrived(&http, &service, request).await;
        assert_eq!(heard.line(), format!("GET {arrives} HTTP/1.1"), "{written}");
    }
    let longest = URL_BYTES_MAX - service.at("").len();
    let path = format!("/{}", "a".repeat(longest - 1));
    let heard = arrived(&http, &service, get(&service.at(&path))).await;
    assert_eq!(heard.line(), format!("GET {path} HTTP/1.1"));
}

#[test]
fn whatever_is_judged_is_what_arrives() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (service, http) = runtime.block_on(async {
        let service = Service::saying(answer("", "")).await;
        (service, to_loopback())
    });
    let text = "(/([!$&-;=@-Z_a-z~]|%[0-9A-Fa-f]{2}|\\.{1,2}){0,12}){0,4}(\\?[!-\"$-~]{0,20})?";
    let mut judged = 0;
    let property = |text: String| {
        let Ok(target) = Target::parse(&service.at(&text)) else {
            return Ok(());
        };
        judged += 1;
        let query = target.query().map(|query| query.replace('\'', "%27"));
        let query = query.map_or_else(String::new, |query| format!("?{query}"));
        let line = format!("GET {}{query} HTTP/1.1", target.path());
        let request = get(&target.to_string());
        let heard = runtime.block_on(arrived(&http, &service, request));
        prop_assert_eq!(heard.line(), line);
        let own = service.address.to_string();
        prop_assert_eq!(heard.all("host"), vec![own.as_str()]);
        Ok(())
    };
    let judged_enough = {
        let property = std::cell::RefCell::new(property);
        let mut runner = TestRunner::deterministic();
        let run = runner.run(&text, |text| (property.borrow_mut())(text));
        run.unwrap();
        judged
    };
    assert!(judged_enough > 50, "{judged_enough}");
}

#[tokio::test]
async fn the_host_is_told_who_was_asked() {
    let service = Service::saying(answer("connection: close\r\n", "")).await;
    let http = way_out(egress(Dns::at(&[]).unwrap(), &["127.0.0.1", "localhost"]));
    for host in ["127.0.0.1", "localhost", "LOCALHOST"] {
        let heard = arrived(&http, &service, get(&service.of(host))).await;
        let told = format!("{}:{}", host.to_lowercase(), service.address.port());
        assert_eq!(heard.all("host"), [told]);
    }
}

#[tokio::test]
async fn each_method_arrives_with_its_body_and_one_length() {
    let (service, http) = (Service::saying(answer("", "")).await, to_loopback());
    // A body that would be another request, if its length were not believed.
    let other = "GET /other HTTP/1.1\r\nhost: evil.test\r\n\r\n";
    for method in Method::ALL {
        let bodies: &[&str] = if method.is_safe() {
            &[""]
        } else {
            &["", other]
        };
        for body in bodies {
            let request = request(method, &service.at("/a"));
            let request = Outgoing {
                body: body.as_bytes().to_vec(),
                ..request
            };
            let heard = arrived(&http, &service, request).await;
            assert_eq!(heard.line(), format!("{} /a HTTP/1.1", method.name()));
            assert_eq!(heard.body, body.as_bytes());
            let length = body.len().to_string();
            let told = heard.all("content-length");
            assert!(
                told == [length] || (body.is_empty() && told.is_empty()),
                "{heard:?}"
            );
            assert_eq!(heard.all("transfer-encoding"), Vec::<&str>::new());
        }
    }
    assert_eq!(service.connections(), 1, "no request was left over");
}

#[tokio::test]
async fn headers_arrive_as_they_are_beside_those_of_the_host() {
    let (service, http) = (Service::saying(answer("", "")).await, to_loopback());
    let request = get(&service.at("/"));
    let headers = [
        ("x-mine", "one"),
        ("x-mine", "two"),
        ("cookie", "a=b"),
        ("referer", "https://example.org/"),
        ("authorization", "Bearer secret"),
    ];
    let heard = arrived(&http, &service, with_headers(request, &headers)).await;
    assert_eq!(heard.all("x-mine"), ["one", "two"]);
    assert_eq!(heard.all("cookie"), ["a=b"]);
    assert_eq!(heard.all("authorization"), ["Bearer secret"]);
    assert_eq!(heard.all("accept-encoding"), ["gzip"]);
    for name in ["host", "user-agent", "accept", "accept-encoding"] {
        assert_eq!(heard.all(name).len(), 1, "{name}: {heard:?}");
    }
    // A name for each line, and what nobody set is not there.
    let lines = heard.head.split("\r\n").count();
    assert_eq!(lines, 1 + headers.len() + 4, "{heard:?}");
}

/// Requests that the domain refuses long before. They do not leave, whoever makes them.
#[tokio::test]
async fn nothing_is_smuggled_into_a_head() {
    let (service, http) = (Service::saying(answer("", "")).await, to_loopback());
    let post = || request(Method::Post, &service.at("/a"));
    for (name, value) in [
        ("x-a", "b\r\nhost: evil.test"),
        ("x-a", "b\r\n\r\nGET /other HTTP/1.1"),
        ("x-a", "b\nc"),
        ("x-a", "b\rc"),
        ("x-a", "\0"),
        ("x-a\r\nhost", "evil.test"),
        ("x-a: b\r\nx-c", "d"),
        ("x a", "b"),
        ("x-a:", "b"),
        ("", "b"),
        ("host", "evil.test"),
        ("Host", "evil.test"),
        ("content-length", "5"),
        ("Content-Length", "0"),
        ("transfer-encoding", "chunked"),
        ("Transfer-Encoding", "identity"),
        ("connection", "upgrade"),
        ("upgrade", "h2c"),
        ("expect", "100-continue"),
        ("te", "trailers"),
        ("trailer", "x-a"),
        ("accept-encoding", "br"),
        ("proxy-authorization", "Basic YTpi"),
    ] {
        let request = with_headers(post(), &[(name, value)]);
        let sent = send(&http, &service, request).await;
        assert_eq!(sent, Err(HttpError::Connect), "{name:?}: {value:?}");
    }
    // What would stand behind a path that was judged without it.
    for query in [
        "a b",
        "a\r\nhost: evil.test",
        "a\tb",
        "a#b",
        "a\"b",
        "é",
        "<a>",
    ] {
        let sent = send(&http, &service, with_query(get(&service.at("/a")), query)).await;
        assert_eq!(sent, Err(HttpError::Connect), "{query:?}");
    }
    assert_eq!(service.connections(), 0);
    let request = with_headers(with_query(post(), "a=b"), &[("x-a", "b")]);
    let heard = arrived(&http, &service, request).await;
    assert_eq!(heard.line(), "POST /a?a=b HTTP/1.1");
    assert_eq!(heard.all("x-a"), ["b"]);
}

#[tokio::test]
async fn a_name_that_the_client_would_spell_otherwise_is_not_asked() {
    let (service, http) = (Service::saying(answer("", "")).await, to_loopback());
    for host in ["xn--a.test", "xn--bcher-kva8445foa.xn--", "xn--ASCII-.test"] {
        let sent = send(&http, &service, get(&service.of(host))).await;
        let error = sent.unwrap_err();
        assert!(
            matches!(error, HttpError::Connect | HttpError::UnknownHost),
            "{host}: {error}"
        );
    }
    arrived(&http, &service, get(&service.at("/"))).await;
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let elsewhere = Service::saying(answer("", "")).await;
    let away = elsewhere.at("/secret");
    let service = Service::answering(move |heard| {
        let path = heard.line().split(' ').nth(1).unwrap().to_owned();
        let Some(status) = path.strip_prefix("/away/") else {
            return answer("", "here");
        };
        let head = format!("HTTP/1.1 {status} Away\r\nlocation: {away}\r\nrefresh: 0; url={away}");
        vec![say(format!("{head}\r\ncontent-length: 0\r\n\r\n"))]
    })
    .await;
    let http = to_loopback();
    for status in [300, 301, 302, 303, 307, 308] {
        for method in [Method::Get, Method::Post] {
            let url = service.at(&format!("/away/{status}"));
            let request = with_headers(request(method, &url), &[("authorization", "Bearer s")]);
            let sent = send(&http, &service, request).await.unwrap();
            assert_eq!(sent.status, status);
            assert!(sent.headers.iter().any(|(name, _)| name == "location"));
        }
    }
    assert_eq!((service.count(), elsewhere.connections()), (12, 0));
    // Where it led to is there for who asks for it.
    let asked = send(&http, &elsewhere, get(&elsewhere.at("/secret"))).await;
    assert_eq!(asked.map(|it| it.status), Ok(200));
}

#[tokio::test]
async fn nothing_of_one_request_is_in_the_next() {
    let lines = "set-cookie: session=1; Path=/\r\nwww-authenticate: Basic realm=\"a\"\r\n";
    let (service, http) = (Service::saying(answer(lines, "")).await, to_loopback());
    let first = with_headers(
        get(&service.at("/first")),
        &[("authorization", "Bearer s"), ("cookie", "mine=1")],
    );
    let heard = arrived(&http, &service, first).await;
    assert_eq!(heard.all("cookie"), ["mine=1"], "the module's own");
    let heard = arrived(&http, &service, get(&service.at("/second"))).await;
    for name in ["cookie", "authorization", "referer", "origin"] {
        assert_eq!(heard.all(name), Vec::<&str>::new(), "{name}");
    }
    assert_eq!(heard.connection, 1, "over the same connection");
}
