//! A website of the rig's Apache: its names, and what each answers to a CA.

/// Say what a name answers below `/.well-known/acme-challenge/` over HTTP. All but the first make a broken name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChallengeAnswer {
    /// Whatever the challenge back-end says.
    Proxied,
    /// 404, as if the web server had never heard of AutoSSL.
    NotFound,
    /// 302 to this URL with the token appended.
    Redirect(String),
    /// 200 with the website's own page, as a catch-all application answers.
    Page,
}

/// Describe a website. Its document root, with a page of its own, is made by the rig.
#[derive(Clone, Debug)]
pub struct Website {
    pub(super) name: String,
    pub(super) answer: ChallengeAnswer,
    pub(super) aliases: Vec<(String, ChallengeAnswer)>,
}

impl Website {
    /// Describe a website without aliases that passes challenges on.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), answer: ChallengeAnswer::Proxied, aliases: Vec::new() }
    }

    /// Let the website's own name answer challenges differently.
    pub fn answering(mut self, answer: ChallengeAnswer) -> Self {
        self.answer = answer;
        self
    }

    /// Add a name that passes challenges on.
    pub fn alias(self, name: impl Into<String>) -> Self {
        self.alias_answering(name, ChallengeAnswer::Proxied)
    }

    /// Add a name that answers challenges in its own way.
    pub fn alias_answering(mut self, name: impl Into<String>, answer: ChallengeAnswer) -> Self {
        self.aliases.push((name.into(), answer));
        self
    }

    /// Return all names with what each answers, the website's own first.
    pub(super) fn names(&self) -> impl Iterator<Item = (&str, &ChallengeAnswer)> {
        let aliases = self.aliases.iter().map(|(name, answer)| (name.as_str(), answer));
        std::iter::once((self.name.as_str(), &self.answer)).chain(aliases)
    }
}
