use super::failure::failure;
use crate::bindings::skillgate::skill::http as wit;
use crate::state::State;
use skillgate_app::broker::{Answered, BrokerError};
use skillgate_domain::egress::{Method, Request, RequestError, Response};

impl wit::Host for State {
    async fn send(
        &mut self,
        request: wit::Request,
    ) -> wasmtime::Result<Result<wit::Outcome, wit::Unanswered>> {
        let result = match decoded(request) {
            Ok(request) => self.broker.send_request(&self.run, request).await,
            Err(why) => Err(BrokerError::Invalid(why.to_string())),
        };
        self.count(&result);
        Ok(result.map(outcome).map_err(|error| unanswered(&error)))
    }
}

fn decoded(request: wit::Request) -> Result<Request, RequestError> {
    let method = match request.method {
        wit::Method::Get => Method::Get,
        wit::Method::Head => Method::Head,
        wit::Method::Post => Method::Post,
        wit::Method::Put => Method::Put,
        wit::Method::Patch => Method::Patch,
        wit::Method::Delete => Method::Delete,
    };
    let headers = request.headers.into_iter();
    let headers = headers.map(|header| (header.name, header.value));
    Request::new(method, &request.url, headers, request.body)?.following(request.redirects)
}

fn outcome(answered: Answered) -> wit::Outcome {
    match answered {
        Answered::Planned => wit::Outcome::Planned,
        Answered::Response(response) => wit::Outcome::Answered(encoded(response)),
    }
}

fn encoded(response: Response) -> wit::Response {
    let headers = response.headers.into_iter();
    wit::Response {
        status: response.status,
        headers: headers
            .map(|(name, value)| wit::Header { name, value })
            .collect(),
        body: response.body,
    }
}

fn unanswered(error: &BrokerError) -> wit::Unanswered {
    wit::Unanswered {
        failure: failure(error),
        sent: error.told().sent,
    }
}
