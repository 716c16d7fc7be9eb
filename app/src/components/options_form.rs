//! The form of all options: a plain form, which JavaScript only makes quicker.

use super::icon::{Icon, icon};
use super::moment::Moment;
use crate::acts::Acts;
use crate::api::SaveOptions;
use engine::model::{OPTIONS, OptionKind, OptionRow, OptionSpec};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use wasm_bindgen::JsCast;
use web_sys::{FormData, HtmlFormElement};

/// Show every option with what it does, and let all be set.
#[component]
pub fn OptionsForm(
    /// How the options are set.
    rows: Vec<OptionRow>,
    /// What the button does.
    acts: Acts,
) -> impl IntoView {
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let form = event.target().and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
        let Some(data) = form.and_then(|form| FormData::new_with_form(&form).ok()) else { return };
        let value = |option: &OptionSpec| Some((option.key.to_owned(), data.get(&field(option.key)).as_string()?));
        acts.save_options(OPTIONS.iter().filter_map(value).collect());
    };
    let fields = OPTIONS.iter().filter_map(|option| {
        let row = rows.iter().find(|row| row.key == option.key)?.clone();
        Some(view! { <OptionField option=option row=row /> })
    });
    view! {
        <form class="card options" method="post" action=SaveOptions::url() aria-label="Options" on:submit=submit>
            {fields.collect_view()}
            <div class="body">
                <button type="submit" class="button primary" disabled=move || acts.busy()>
                    "Save"
                </button>
            </div>
        </form>
    }
}

#[component]
fn OptionField(option: &'static OptionSpec, row: OptionRow) -> impl IntoView {
    let key = option.key;
    let about = format!("about-{key}");
    let OptionRow { value, set, .. } = row;
    let label = view! { <label for=key>{option.title}</label> };
    let control = match option.kind {
        OptionKind::Switch => {
            let on = value == "on";
            view! {
                <div class="row">
                    <input
                        type="checkbox"
                        id=key
                        name=field(key)
                        value="on"
                        checked=on
                        prop:checked=on
                        aria-describedby=about.clone()
                    />
                    {label}
                </div>
            }
            .into_any()
        }
        OptionKind::Choice(words) => {
            let words =
                words.iter().map(|word| view! { <option value=*word selected={*word == value}>{*word}</option> });
            view! {
                <div class="row">
                    {label}
                    <select class="select" id=key name=field(key) aria-describedby=about.clone()>
                        {words.collect_view()}
                    </select>
                </div>
            }
            .into_any()
        }
        OptionKind::Number { least, most } => view! {
            <div class="row">
                {label}
                <input
                    class="input"
                    type="number"
                    id=key
                    name=field(key)
                    min=least
                    max=most
                    required
                    value=value.clone()
                    prop:value=value
                    aria-describedby=about.clone()
                />
            </div>
        }
        .into_any(),
    };
    let caution = (!option.caution.is_empty()).then_some(option.caution).map(str::to_owned);
    let confirmation = (!option.confirmation.is_empty())
        .then(|| format!("By ticking this box you confirm it: {}.", option.confirmation));
    view! {
        <section class="option">
            {control}
            <div id=about>
                <p>{option.sentence}</p>
                {caution.or(confirmation).map(|text| view! { <p class="notice">{icon(Icon::Warning)} {text}</p> })}
            </div>
            <p class="muted small">
                <code>{key}</code> " · default: " {option.default}
                {set.map(|(by, at)| view! { " · set by " <bdi>{by}</bdi> ", " <Moment at=at /> })}
            </p>
        </section>
    }
}

fn field(key: &str) -> String {
    format!("values[{key}]")
}
