//! What changes while a page is open: the run in progress, the line to the server, the clock.

use crate::browser;
use crate::error::UiError;
use engine::model::{RunSummary, Timestamp};
use futures::StreamExt;
use gloo_net::eventsource::State;
use gloo_net::eventsource::futures::EventSource;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// Pages fetch again at most this often while a run goes on, in milliseconds.
const REFETCH_MS: f64 = 1_500.0;
/// How long until the line to the server is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// After so many looks that found no line it is called gone.
const PATIENCE: u32 = 2;

/// Whether the server can be heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Not yet, or not for a moment.
    Waiting,
    /// Yes.
    Open,
    /// No; the page keeps trying.
    Gone,
    /// It answers, but the session is over.
    SignedOut,
}

/// What changes while a page is open.
#[derive(Clone, Copy, Debug)]
pub struct Live {
    /// The run that changed last, once the server told of one.
    pub run: RwSignal<Option<RunSummary>>,
    /// A run that ended while this page was open, until another begins.
    pub ended: RwSignal<Option<RunSummary>>,
    /// Whether the server can be heard.
    pub link: RwSignal<Link>,
    /// Counts the moments at which pages should fetch again.
    pub tick: RwSignal<u32>,
    /// The time, once it is known; coarse.
    pub now: RwSignal<Option<Timestamp>>,
    fetched_at: StoredValue<f64>,
}

impl Live {
    /// Begin to listen, in the browser; on the server this only holds the values of the first render.
    #[must_use]
    pub fn begin() -> Self {
        let live = Self {
            run: RwSignal::new(None),
            ended: RwSignal::new(None),
            link: RwSignal::new(Link::Waiting),
            tick: RwSignal::new(0),
            now: RwSignal::new(None),
            fetched_at: StoredValue::new(0.0),
        };
        Effect::new(move |_| {
            live.now.set(Some(browser::now()));
            set_interval(move || live.now.set(Some(browser::now())), Duration::from_secs(20));
            live.connect(0);
        });
        live
    }

    /// Make pages fetch again.
    pub fn refetch(self) {
        self.fetched_at.set_value(web_sys::js_sys::Date::now());
        self.tick.update(|tick| *tick += 1);
    }

    /// Open the line; `missed` counts how often it was missed before.
    fn connect(self, missed: u32) {
        let Ok(mut source) = EventSource::new("/events") else { return };
        let Ok(mut runs) = source.subscribe("run") else { return };
        spawn_local(async move {
            while let Some(Ok((_, event))) = runs.next().await {
                if let Some(run) = event.data().as_string().and_then(|data| serde_json::from_str(&data).ok()) {
                    self.hear(run);
                }
            }
        });
        self.watch(source, missed);
    }

    /// Look at the line again and again, since a browser that reconnects by itself tells nobody; `missed` counts the looks
    /// in a row that found none.
    fn watch(self, source: EventSource, missed: u32) {
        let look = move || match source.state() {
            State::Open => {
                if self.set_link(Link::Open) == Link::Gone {
                    self.refetch();
                }
                self.watch(source, 0);
            }
            // A page that is left cuts the line, too, for a moment.
            State::Connecting => {
                self.set_link(if missed < PATIENCE { Link::Waiting } else { Link::Gone });
                self.watch(source, missed + 1);
            }
            // The browser gives up on an answer that is no stream: the session may be over, or a proxy answers instead.
            State::Closed => spawn_local(async move {
                match crate::api::frame().await {
                    Err(UiError::SignedOut) => {
                        self.set_link(Link::SignedOut);
                    }
                    _ => {
                        self.set_link(Link::Gone);
                        self.connect(PATIENCE);
                    }
                }
            }),
        };
        set_timeout(look, LOOK_AGAIN);
    }

    /// Set how the line is and tell how it was.
    fn set_link(self, link: Link) -> Link {
        let was = self.link.get_untracked();
        if was != link {
            self.link.set(link);
        }
        was
    }

    fn hear(self, run: RunSummary) {
        let before = self.run.get_untracked();
        if before.as_ref() == Some(&run) {
            return;
        }
        let was_open = before.as_ref().is_some_and(|before| before.id == run.id && before.state.is_open());
        let over = !run.state.is_open();
        if over && was_open {
            self.ended.set(Some(run.clone()));
        } else if !over {
            self.ended.set(None);
        }
        let another = before.as_ref().is_some_and(|before| before.id != run.id);
        let due = another || web_sys::js_sys::Date::now() - self.fetched_at.get_value() > REFETCH_MS;
        self.run.set(Some(run));
        if (over && was_open) || (!over && due) {
            self.refetch();
        }
    }
}
