//! A field of a plain form: its label, what is wrong with it after the server refused it, and what it is.

use super::icon::{Icon, icon};
use crate::notice::Told;
use leptos::prelude::*;

/// A line of text that a form sends.
pub(super) struct TextField<'a> {
    /// Its name in the form, and the id of its input.
    pub(super) name: &'static str,
    /// What it asks for.
    pub(super) label: &'static str,
    /// The kind of input: `text`, `url`, `email`, `password`.
    pub(super) kind: &'static str,
    /// What it holds now.
    pub(super) value: String,
    /// Whether the form can be sent without it.
    pub(super) need: Need,
    /// What the last form said about it.
    pub(super) told: &'a Told,
}

/// Whether a form can be sent without a field, and what may stand in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// It can.
    Optional,
    /// It cannot.
    Required,
    /// It cannot, and only letters of base64 may stand in it.
    Base64,
}

/// Letters of base64 in either alphabet.
const BASE64: &str = "[A-Za-z0-9+\\/_=\\-]+";

impl TextField<'_> {
    /// Draw it.
    pub(super) fn draw(self) -> AnyView {
        let Self { name, label, kind, value, need, told } = self;
        let wrong = told.wrong_with(name);
        let is_wrong = wrong.is_some();
        let required = need != Need::Optional;
        let pattern = (need == Need::Base64).then_some(BASE64);
        view! {
            <label class="field">
                <span>{label}</span>
                <input
                    class="input"
                    name=name
                    type=kind
                    value=value
                    required=required
                    pattern=pattern
                    autocomplete="off"
                    autofocus=is_wrong
                    aria-invalid=is_wrong.then_some("true")
                    aria-describedby=is_wrong.then(|| mistake_id(name))
                />
            </label>
            {wrong.map(|message| mistake(name, message))}
        }
        .into_any()
    }
}

/// The id of what is said to be wrong with a field.
pub(super) fn mistake_id(name: &str) -> String {
    format!("wrong-{name}")
}

/// Say what is wrong with a field, below it.
pub(super) fn mistake(name: &str, message: String) -> AnyView {
    view! {
        <p class="mistake" id=mistake_id(name)>
            {icon(Icon::Warning)}
            {message}
        </p>
    }
    .into_any()
}
