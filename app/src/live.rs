//! What changes while a page is open: the run in progress, the line to the server, the clock.

use crate::browser;
use crate::error::UiError;
use engine::model::{RunSummary, Timestamp};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{EventSource, MessageEvent};

/// Pages fetch again at most this often while a run goes on, in milliseconds.
const REFETCH_MS: f64 = 1_500.0;
/// A line that was cut is called gone after this long: a page that is left cuts it, too.
const PATIENCE: Duration = Duration::from_secs(2);
const RETRY: Duration = Duration::from_secs(3);

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
            live.connect();
        });
        live
    }

    /// Make pages fetch again.
    pub fn refetch(self) {
        self.fetched_at.set_value(web_sys::js_sys::Date::now());
        self.tick.update(|tick| *tick += 1);
    }

    fn connect(self) {
        let Ok(source) = EventSource::new("/events") else { return };
        let opened = Closure::<dyn FnMut()>::new(move || {
            let was = self.link.get_untracked();
            self.link.set(Link::Open);
            if was == Link::Gone {
                self.refetch();
            }
        });
        let told = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let run = event.data().as_string().and_then(|data| serde_json::from_str(&data).ok());
            if let Some(run) = run {
                self.hear(run);
            }
        });
        let failed = Closure::<dyn FnMut()>::new({
            let source = source.clone();
            move || self.lose(&source)
        });
        source.set_onopen(Some(opened.as_ref().unchecked_ref()));
        source.set_onerror(Some(failed.as_ref().unchecked_ref()));
        drop(source.add_event_listener_with_callback("run", told.as_ref().unchecked_ref()));
        // They live as long as the page does.
        opened.forget();
        told.forget();
        failed.forget();
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
        let due = web_sys::js_sys::Date::now() - self.fetched_at.get_value() > REFETCH_MS;
        self.run.set(Some(run));
        if (over && was_open) || (!over && due) {
            self.refetch();
        }
    }

    fn lose(self, source: &EventSource) {
        self.link.set(Link::Waiting);
        let closed = source.ready_state() == EventSource::CLOSED;
        set_timeout(
            move || {
                if self.link.get_untracked() == Link::Waiting {
                    self.link.set(Link::Gone);
                }
            },
            PATIENCE,
        );
        if closed {
            // The browser gives up on an answer that is no stream: the session may be over, or a proxy answers instead.
            spawn_local(async move {
                match crate::api::frame().await {
                    Err(UiError::SignedOut) => self.link.set(Link::SignedOut),
                    _ => set_timeout(move || self.connect(), RETRY),
                }
            });
        }
    }
}
