//! Requests to services outside: allowed by a rule, counted, sent once. What changes something there is
//! recorded before it leaves and after, and in a call that plans it becomes an effect.

use super::outside::OutsideError;
use super::write::Write;
use super::{Broker, BrokerError};
use crate::journal;
use crate::ports::{HttpError, HttpPool, Outgoing};
use crate::run::Run;
use skillgate_domain::capability::Interface;
use skillgate_domain::egress::{Method, Request, Response, Route, Target};
use skillgate_domain::ids::EffectId;
use skillgate_domain::plan::{Effect, Outward};
use skillgate_domain::policy::ResourceKind;
use skillgate_domain::principal::Action;

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

    /// Sends one request, if a rule allows it.
    pub(super) async fn exchange(
        &self,
        run: &Run,
        request: &Request,
    ) -> Result<Response, OutsideError> {
        let http = self.outside()?.http.as_ref();
        let http = http.ok_or(OutsideError::NotConfigured)?;
        let route = allowed(run, request.method, &request.target)?;
        let sent = request.bytes();
        let left = run.spend_request(sent).ok_or_else(|| {
            run.denied("requests-exhausted");
            OutsideError::RequestsUsedUp
        })?;
        let rule = route.rule.to_string();
        let outgoing = Outgoing {
            method: request.method,
            target: request.target.clone(),
            headers: request.headers().to_vec(),
            body: request.body().to_vec(),
        };
        let pool = HttpPool {
            community: run.principal.community.clone(),
            skill: run.skill.clone(),
            grant: run.grant,
        };
        run.requested(rule);
        let answer = http.send(&pool, outgoing, left).await;
        let answer = answer.map_err(|error| {
            run.denied_if(matches!(error, HttpError::AddressRefused(_)), error.code());
            OutsideError::Http {
                error,
                reads: request.method.is_safe(),
            }
        })?;
        run.received(answer.bytes());
        Ok(answer)
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
