//! How a provider's calls went, the test of its connection, and what came of that, in one place.

use super::icon::{Icon, icon};
use super::moment::Moment;
use crate::api::ProviderAccount;
use crate::notice::Notice;
use crate::text::sentence;
use engine::model::{ProviderCalls, ProviderDetail};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// Show when calls last worked and failed, and why.
#[component]
pub fn ProviderHealthPart(
    /// Whose.
    provider: ProviderDetail,
    /// What came of a test that was just made.
    tested: Option<Notice>,
) -> impl IntoView {
    let ProviderCalls { failure, succeeded_at } = provider.calls;
    let ill = provider.summary.last_error;
    let now = match (&ill, tested) {
        (Some(error), _) => {
            Some(("notice failure", Icon::Warning, format!("The last call failed: {}", sentence(error))))
        }
        (None, Some(Notice::Done(text))) => Some(("notice success", Icon::Check, text)),
        (None, _) => None,
    };
    let worked = succeeded_at.map(|at| view! { "Last worked " <Moment at=at /> ". " });
    // What failed last and works again is worth a word; what fails now is said above.
    let failed = failure.map(|(reason, at)| {
        let reason = ill.is_none().then(|| format!(": {}", sentence(&reason)));
        view! { "Last failed " <Moment at=at /> {reason.unwrap_or_else(|| ".".into())} }
    });
    let never = worked.is_none() && failed.is_none();
    view! {
        <div class="body stack" id="health">
            <h3>"Connection"</h3>
            {now
                .map(|(class, picture, text)| {
                    view! {
                        <p class=class role="status">
                            {icon(picture)}
                            <span>{text}</span>
                        </p>
                    }
                })}
            <p class="muted">{worked} {failed} {never.then_some("It was not asked yet.")}</p>
            <form class="row" method="post" action=ProviderAccount::url()>
                <input type="hidden" name="id" value=provider.summary.id />
                <button type="submit" class="button" name="action" value="test">
                    "Test the connection"
                </button>
                <span class="muted">"Reads its directory; nothing is registered or ordered."</span>
            </form>
        </div>
    }
}
