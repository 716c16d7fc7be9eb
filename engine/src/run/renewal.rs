//! Asking issuers when to renew (RFC 9773).

use super::session::Session;
use crate::acme::AcmeAccount;
use crate::analyze::Validity;
use crate::engine::Inner;
use crate::error::EngineResult;
use crate::plan::Seed;
use crate::plan::renewal::{AriFailure, AriPoll, next_poll};
use crate::store::{RenewalQuestion, RenewalWindow, WebsiteId};
use futures::{StreamExt, stream};
use std::collections::BTreeMap;

/// Questions that are asked in one go, and how many of them at once.
const MOST: u32 = 500;
const AT_ONCE: usize = 4;

/// Ask the issuers of the certificates whose time to ask has come, remember the answers, and list the websites whose window is open.
///
/// No answer never delays a renewal: the lifetime alone decides then.
pub(super) async fn ask(session: &Session<'_>) -> EngineResult<Vec<WebsiteId>> {
    let inner = session.inner;
    let mut of_provider: BTreeMap<String, Vec<RenewalQuestion>> = BTreeMap::new();
    for question in inner.store.renewal_questions(inner.clock.now(), MOST).await? {
        of_provider.entry(question.provider.clone()).or_default().push(question);
    }
    let mut open = Vec::new();
    for (provider, questions) in of_provider {
        let Some(authority) = session.authorities.find(inner, &provider).await? else {
            // There is nobody left to ask.
            for question in questions {
                inner.store.record_renewal_window(question.certificate, None, None).await?;
            }
            continue;
        };
        if authority.shut_until(inner.clock.now()).is_some() {
            continue;
        }
        let Ok(account) = session.account_at(&authority).await? else { continue };
        let questions = questions.into_iter().map(|question| ask_one(inner, &account, question));
        let mut answers = stream::iter(questions).buffer_unordered(AT_ONCE);
        while let Some(answered) = answers.next().await {
            open.extend(answered?);
        }
    }
    Ok(open)
}

async fn ask_one(inner: &Inner, account: &AcmeAccount, question: RenewalQuestion) -> EngineResult<Option<WebsiteId>> {
    let validity = Validity { not_before: question.not_before, not_after: question.not_after };
    let seed = Seed::of(&question.serial);
    let answer = account.renewal_info(&question.ari_id).await;
    let at = inner.clock.now();
    let failed = |failure| (None, AriPoll::Failed { at, failure });
    let (window, poll) = match answer {
        // The provider has no renewal information: it is not asked again for this certificate.
        Ok(None) => (None, AriPoll::Replaced),
        Ok(Some(answer)) if answer.start < answer.end => {
            let window =
                RenewalWindow { start: answer.start, end: answer.end, explanation_url: answer.explanation_url };
            (Some(window), AriPoll::Answered { at, retry_after: answer.retry_after })
        }
        Ok(Some(_)) => failed(AriFailure::Unusable),
        Err(error) if error.is_outage() => failed(AriFailure::Unreachable { times: question.failures + 1 }),
        Err(error) => {
            tracing::warn!(certificate.serial = question.serial, %error, "the issuer does not tell when to renew");
            failed(AriFailure::Unusable)
        }
    };
    let next = next_poll(validity, poll, seed);
    inner.store.record_renewal_window(question.certificate, window.as_ref(), next).await?;
    Ok(window.filter(|window| window.start <= at).map(|_| question.website))
}
