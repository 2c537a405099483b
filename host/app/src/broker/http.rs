//! Requests to services outside: allowed by a rule, counted, sent once. What changes something there is
//! recorded before it leaves and after, and in a call that plans it becomes an effect.

use super::outside::{OutsideError, Requests};
use super::write::Write;
use super::{Broker, BrokerError};
use crate::credentials::Parts;
use crate::journal;
use crate::ports::{HttpError, HttpPool, Outgoing};
use crate::run::Run;
use crate::secrets::{OpenSecret, SecretId};
use skillgate_domain::capability::Interface;
use skillgate_domain::egress::{Headers, Method, Request, Response, Route, Target};
use skillgate_domain::ids::EffectId;
use skillgate_domain::plan::{Effect, Outward};
use skillgate_domain::policy::ResourceKind;
use skillgate_domain::principal::Action;
use std::sync::Arc;

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// It is an effect of the plan.
    Planned,
    /// It was sent, and this was answered.
    Response(Response),
}

impl Broker {
    /// Sends a request to a service outside, and follows where its answer leads as far as it says.
    pub async fn send_request(&self, run: &Run, request: Request) -> Result<Answered, BrokerError> {
        let live = self.request_live(run, &request);
        let asked = journal::Request::Http(&request);
        run.host_calls().crm(asked, live).await
    }

    async fn request_live(&self, run: &Run, request: &Request) -> Result<Answered, BrokerError> {
        self.still_granted(run).await?;
        if request.method.is_safe() {
            super::outward::granted(run, Interface::Http, false)?;
            self.permit_requests(run).await?;
            return Ok(Answered::Response(self.follow(run, request).await?));
        }
        let outward = Outward::Request(Box::new(request.clone()));
        self.permit_outward(run, &outward).await?;
        let id = EffectId::new(self.entropy.uuid());
        if run.draft().is_some() {
            self.plan(run, Effect::Outward { id, outward }).await?;
            return Ok(Answered::Planned);
        }
        let write = Write::outward(id, &outward);
        let call = self.exchange(run, request);
        let (answer, outcome) = self.attempt(run, &write, call).await?;
        self.trail.recorder().hand_over(outcome).await;
        Ok(Answered::Response(answer?))
    }

    /// Asks policies whether the skill may send requests at all.
    async fn permit_requests(&self, run: &Run) -> Result<(), BrokerError> {
        let skill = ResourceKind::Skill(run.skill.clone());
        self.permitted(run, Action::SendRequest, skill).await
    }

    /// Each step is authorised anew, and takes along nothing but the method.
    async fn follow(&self, run: &Run, request: &Request) -> Result<Response, BrokerError> {
        let mut answer = self.exchange(run, request).await?;
        let mut request = request.clone();
        while request.redirects() > 0
            && let Some(location) = answer.location()
        {
            let target = request.target.join(location);
            let target =
                target.map_err(|why| OutsideError::Invalid(format!("a redirect: {why}")))?;
            request = request.redirected(target);
            answer = self.exchange(run, &request).await?;
        }
        Ok(answer)
    }

    /// Sends one request, if a rule allows it: with the credential that the rule names, and without it in what
    /// is answered.
    pub(super) async fn exchange(
        &self,
        run: &Run,
        request: &Request,
    ) -> Result<Response, OutsideError> {
        let requests = &self.outside()?.http;
        let route = allowed(run, request.method, &request.target)?;
        let (outgoing, secret) = self.outgoing(run, requests, request, route).await?;
        let left = run.spend_request(request.bytes()).ok_or_else(|| {
            run.denied("requests-exhausted");
            OutsideError::RequestsUsedUp
        })?;
        self.take_request(run, requests).await?;
        run.requested(route.rule.to_string());
        let answer = requests.client.send(&pool(run), outgoing, left).await;
        let answer = answer.map_err(|error| {
            run.denied_if(matches!(error, HttpError::AddressRefused(_)), error.code());
            let reads = request.method.is_safe();
            OutsideError::Http { error, reads }
        })?;
        run.received(answer.bytes());
        Ok(match secret {
            Some(secret) => without(&secret, answer, run),
            None => answer,
        })
    }

    /// Writes what leaves.
    async fn outgoing(
        &self,
        run: &Run,
        requests: &Requests,
        request: &Request,
        route: &Route,
    ) -> Result<(Outgoing, Option<Arc<OpenSecret>>), OutsideError> {
        let mut outgoing = Outgoing {
            method: request.method,
            target: request.target.clone(),
            headers: request.headers().to_vec(),
            body: request.body().to_vec(),
        };
        let Some(name) = &route.credential else {
            return Ok((outgoing, None));
        };
        let missing = || OutsideError::NoCredential(name.clone());
        let credential = run.right.outbound().credentials().get(name);
        let credential = credential.ok_or_else(missing)?;
        let id = SecretId {
            community: run.principal.community.clone(),
            skill: run.skill.clone(),
            name: name.clone(),
        };
        let secret = requests.secrets.opened(id).await.map_err(|error| {
            tracing::error!("a secret could not be opened: {error}");
            OutsideError::Unsure
        })?;
        let secret = secret.ok_or_else(missing)?;
        let mut parts = Parts {
            path: outgoing.target.path().to_owned(),
            query: outgoing.target.query().map(str::to_owned),
            headers: bytes(outgoing.headers),
            body: outgoing.body,
        };
        let put = secret.put_into(&credential.place, &mut parts);
        put.map_err(|unfit| {
            run.denied(unfit.code());
            OutsideError::Credential(unfit)
        })?;
        outgoing.target = outgoing.target.with_query(parts.query);
        outgoing.headers = texts(parts.headers);
        outgoing.body = parts.body;
        Ok((outgoing, Some(secret)))
    }

    /// Takes one of the requests of the hour and of the day.
    async fn take_request(&self, run: &Run, requests: &Requests) -> Result<(), OutsideError> {
        let (community, now) = (&run.principal.community, self.clock.now());
        let taken = requests
            .usage
            .take_request(community, &run.skill, now, requests.limits);
        let used_up = taken.await.map_err(|error| {
            tracing::error!("the requests of a skill could not be counted: {error}");
            OutsideError::Unsure
        })?;
        let Some(budget) = used_up else {
            return Ok(());
        };
        run.denied(budget.code());
        Err(OutsideError::RequestsOfTheTime(budget))
    }
}

/// Takes the secret out of an answer.
fn without(secret: &OpenSecret, answer: Response, run: &Run) -> Response {
    let (headers, in_headers) = secret.traces().redact_headers(bytes(answer.headers));
    let (body, in_body) = secret.traces().redact(answer.body);
    if in_headers + in_body > 0 {
        tracing::warn!(
            skill.name = run.skill.as_str(),
            request.id = run.request().as_str(),
            count = in_headers + in_body,
            "a service repeated the credential that it was sent; it was taken out"
        );
    }
    Response {
        status: answer.status,
        headers: texts(headers),
        body,
    }
}

fn bytes(headers: Headers) -> Vec<(String, Vec<u8>)> {
    let headers = headers.into_iter();
    headers
        .map(|(name, value)| (name, value.into_bytes()))
        .collect()
}

fn texts(headers: Vec<(String, Vec<u8>)>) -> Headers {
    let text = |value: Vec<u8>| String::from_utf8_lossy(&value).into_owned();
    let headers = headers.into_iter();
    headers.map(|(name, value)| (name, text(value))).collect()
}

fn pool(run: &Run) -> HttpPool {
    HttpPool {
        community: run.principal.community.clone(),
        skill: run.skill.clone(),
        grant: run.grant,
    }
}

/// Finds the rule of the grant that allows a request.
pub(super) fn allowed<'a>(
    run: &'a Run,
    method: Method,
    target: &Target,
) -> Result<&'a Route, OutsideError> {
    run.right.outbound().decide(method, target).map_err(|part| {
        run.denied(part.code());
        tracing::info!(
            skill.name = run.skill.as_str(),
            request.id = run.request().as_str(),
            server.address = %target.host,
            denial.code = part.code(),
            "a request was refused: no rule of the grant allows it"
        );
        OutsideError::NoRule(part)
    })
}
