//! A fault as it is asked for over the management port.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use testca::{Endpoint, Fault, Problem, ProblemKind, Rule};

/// `{"endpoint": "newOrder", "fault": "page", "status": 503, "times": 3}`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FaultRequest {
    endpoint: String,
    fault: String,
    /// How often; once if left out, and forever if 0.
    times: Option<u64>,
    after: Option<u64>,
    probability: Option<f64>,
    status: Option<u16>,
    retry_after: Option<String>,
    /// For `refusal`: the kind of problem, as in `rateLimited`.
    problem: Option<String>,
    detail: Option<String>,
    /// For `terms-changed`.
    url: Option<String>,
    /// For `altered`: a member of the answer, `location` or `link`, and what stands there.
    place: Option<String>,
    text: Option<String>,
    /// For `oversized`.
    size: Option<usize>,
    /// For `wrong-names`.
    names: Option<Vec<String>>,
}

impl FaultRequest {
    pub(crate) fn rule(self) -> Result<Rule> {
        let endpoint = Endpoint::by_name(&self.endpoint);
        let endpoint = endpoint.with_context(|| format!("there is no endpoint {}", self.endpoint))?;
        let (times, after, probability) = (self.times.unwrap_or(1), self.after, self.probability);
        let rule = Rule::on(endpoint, self.fault()?);
        let rule = if times == 0 { rule.forever() } else { rule.times(times) };
        Ok(rule.after(after.unwrap_or(0)).with_probability(probability.unwrap_or(1.0)))
    }

    fn fault(self) -> Result<Fault> {
        Ok(match self.fault.as_str() {
            "hang" => Fault::Hang,
            "reset" => Fault::Reset,
            "answer-lost" => Fault::AnswerLost,
            "page" => Fault::Page { status: self.status.unwrap_or(503), retry_after: self.retry_after },
            "refusal" => {
                let kind = self.problem.context("a refusal needs a problem")?;
                let kind = ProblemKind::by_name(&kind).with_context(|| format!("there is no problem {kind}"))?;
                let problem = Problem::new(kind, self.detail.unwrap_or_else(|| "scripted".to_owned()));
                Fault::Refusal(match self.retry_after.and_then(|seconds| seconds.parse().ok()) {
                    Some(seconds) => problem.with_retry_after(seconds),
                    None => problem,
                })
            }
            "oversized" => Fault::Oversized(self.size.unwrap_or(64 * 1024 * 1024)),
            "malformed-json" => Fault::MalformedJson,
            "altered" => Fault::Altered {
                place: self.place.context("an altered answer needs a place")?,
                text: self.text.context("an altered answer needs a text")?,
            },
            "bad-nonce" => Fault::BadNonce,
            "account-vanished" => Fault::AccountVanished,
            "terms-changed" => Fault::TermsChanged(self.url.context("changed terms need a url")?),
            "order-invalid" => Fault::OrderInvalid,
            "wrong-key" => Fault::WrongKey,
            "wrong-names" => Fault::WrongNames(self.names.context("wrong names need names")?),
            "expired-certificate" => Fault::ExpiredCertificate,
            "chain-reversed" => Fault::ChainReversed,
            "chain-incomplete" => Fault::ChainIncomplete,
            "alternate-missing" => Fault::AlternateMissing,
            "window-reversed" => Fault::WindowReversed,
            "no-retry-after" => Fault::NoRetryAfter,
            other => bail!("there is no fault {other}"),
        })
    }
}
