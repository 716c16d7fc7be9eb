//! Whom the demo hosts: users, packages and websites, some of them with a name that cannot be secured.

use rig::{ChallengeAnswer, Website};
use std::fmt::Write;
use std::path::PathBuf;

/// A user whose feature list says no and the administrator says yes.
pub(super) const FORCED_ON: &str = "victor";
/// A user whose feature list says yes and the administrator says no.
pub(super) const FORCED_OFF: &str = "walter";

/// Users for whom AutoSSL is on; more get numbers.
const NAMES: [&str; 44] = [
    "alice",
    "bob",
    "carol",
    "dave",
    "erin",
    "frank",
    "grace",
    "heidi",
    "ivan",
    "judy",
    "kevin",
    "laura",
    "mallory",
    "niaj",
    "olivia",
    "peggy",
    "quentin",
    "rupert",
    "sybil",
    "trent",
    "ursula",
    "wendy",
    "xavier",
    "yvonne",
    "zoe",
    "anton",
    "berta",
    "caesar",
    "dora",
    "emil",
    "friede",
    "gustav",
    "heinrich",
    "ida",
    "julius",
    "konrad",
    "ludwig",
    "martha",
    "nordpol",
    "otto",
    "paula",
    "richard",
    "siegfried",
    "theodor",
];
/// Every so many users have a second website, which an agency owns.
const SECOND_WEBSITE_EVERY: usize = 11;
/// What a redirect to nowhere names: no DNS server knows it.
const NOWHERE: &str = "http://nowhere.test/";

/// What is wrong with a name, if anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// Nothing.
    None,
    /// It has no address.
    NoAddress,
    /// Its address is another machine's.
    OtherAddress,
    /// The web server answers 404 to challenges.
    NotFound,
    /// The web server redirects challenges to a name that does not exist.
    RedirectToNowhere,
}

/// One sample website.
#[derive(Clone, Debug)]
pub(super) struct SampleWebsite {
    /// The primary name, as people write it.
    pub(super) domain: String,
    /// The primary name for DNS and Apache.
    pub(super) ascii: String,
    /// Labels before the primary name, and what is wrong with each.
    pub(super) aliases: Vec<(&'static str, Flaw)>,
}

struct SampleUser {
    name: String,
    owner: &'static str,
    package: &'static str,
    suspended: bool,
    websites: Vec<SampleWebsite>,
}

/// All sample users.
pub(super) struct Sample {
    users: Vec<SampleUser>,
}

impl Sample {
    /// Make so many users for whom AutoSSL is on, and four others.
    pub(super) fn of(count: usize) -> Self {
        let mut users: Vec<SampleUser> = (0..count.saturating_sub(1)).map(active).collect();
        users.push(user(FORCED_ON, "root", "static"));
        users.push(user(FORCED_OFF, "hostco", "default"));
        users.push(user("sam", "root", "static"));
        users.push(user("sue", "hostco", "static"));
        users.push(SampleUser { suspended: true, ..user("susan", "root", "business") });
        Self { users }
    }

    /// List the websites.
    pub(super) fn websites(&self) -> impl Iterator<Item = &SampleWebsite> {
        self.users.iter().flat_map(|user| &user.websites)
    }

    /// Write the import file; `document_root` tells where the files of a website are, by its name in DNS.
    pub(super) fn to_toml(&self, document_root: impl Fn(&str) -> PathBuf) -> String {
        let mut text = String::from("# The demo's users, as `autossl user import` takes them.\n");
        for (name, autossl) in [("default", true), ("business", true), ("static", false)] {
            let _ = write!(text, "\n[[package]]\nname = \"{name}\"\nautossl = {autossl}\n");
        }
        for SampleUser { name, owner, package, suspended, websites } in &self.users {
            let _ = write!(
                text,
                "\n[[user]]\nname = \"{name}\"\nemail = \"{name}@example.test\"\nowner = \"{owner}\"\n\
                 package = \"{package}\"\nsuspended = {suspended}\n"
            );
            for website in websites {
                let aliases: Vec<String> =
                    website.aliases.iter().map(|(label, _)| format!("\"{label}.{}\"", website.domain)).collect();
                let _ = write!(
                    text,
                    "  [[user.website]]\n  domain = \"{}\"\n  aliases = [{}]\n  document_root = \"{}\"\n",
                    website.domain,
                    aliases.join(", "),
                    document_root(&website.ascii).display()
                );
            }
        }
        text
    }
}

impl SampleWebsite {
    fn new(domain: String) -> Self {
        Self { ascii: domain.clone(), domain, aliases: vec![("www", Flaw::None), ("mail", Flaw::None)] }
    }

    /// List all names as DNS knows them, with what is wrong with each.
    pub(super) fn names(&self) -> impl Iterator<Item = (String, Flaw)> {
        let aliases = self.aliases.iter().map(|(label, flaw)| (format!("{label}.{}", self.ascii), *flaw));
        std::iter::once((self.ascii.clone(), Flaw::None)).chain(aliases)
    }

    /// Describe it for Apache.
    pub(super) fn hosted(&self) -> Website {
        let website = Website::new(self.ascii.clone());
        self.names().skip(1).fold(website, |website, (name, flaw)| match flaw {
            Flaw::None | Flaw::NoAddress | Flaw::OtherAddress => website.alias(name),
            Flaw::NotFound => website.alias_answering(name, ChallengeAnswer::NotFound),
            Flaw::RedirectToNowhere => website.alias_answering(name, ChallengeAnswer::Redirect(NOWHERE.into())),
        })
    }
}

/// Make a user for whom AutoSSL is on. Four of the first have a broken alias, and one a name in Unicode.
fn active(number: usize) -> SampleUser {
    let name = NAMES.get(number).map_or_else(|| format!("user{:03}", number + 1), |name| (*name).to_owned());
    let owner = if number % 4 == 3 { "hostco" } else { "root" };
    let package = if number % 5 == 4 { "business" } else { "default" };
    let mut user = user(&name, owner, package);
    let alias = match name.as_str() {
        "bob" => Some(("shop", Flaw::NoAddress)),
        "carol" => Some(("blog", Flaw::OtherAddress)),
        "dave" => Some(("old", Flaw::NotFound)),
        "erin" => Some(("beta", Flaw::RedirectToNowhere)),
        _ => None,
    };
    user.websites[0].aliases.extend(alias);
    if name == "ursula" {
        let names = ("bücher-ursula.test".to_owned(), "xn--bcher-ursula-dlb.test".to_owned());
        user.websites[0] = SampleWebsite { domain: names.0, ascii: names.1, aliases: vec![("www", Flaw::None)] };
    }
    if number % SECOND_WEBSITE_EVERY == SECOND_WEBSITE_EVERY - 1 {
        user.websites.push(SampleWebsite::new(format!("{name}-shop.test")));
    }
    user
}

fn user(name: &str, owner: &'static str, package: &'static str) -> SampleUser {
    let websites = vec![SampleWebsite::new(format!("{name}.test"))];
    SampleUser { name: name.to_owned(), owner, package, suspended: false, websites }
}

#[cfg(test)]
mod tests {
    use super::{Flaw, Sample};
    use std::collections::HashSet;

    #[test]
    fn fifty_websites_can_be_secured_and_four_of_them_have_a_broken_alias() {
        let sample = Sample::of(46);
        let off = 4;
        assert_eq!(sample.websites().count(), 50 + off);
        let flaws: Vec<Flaw> = sample
            .websites()
            .flat_map(|site| site.names().map(|(_, flaw)| flaw))
            .filter(|flaw| *flaw != Flaw::None)
            .collect();
        assert_eq!(flaws, [Flaw::NoAddress, Flaw::OtherAddress, Flaw::NotFound, Flaw::RedirectToNowhere]);
    }

    #[test]
    fn no_name_is_there_twice() {
        let sample = Sample::of(200);
        let names: Vec<String> = sample.websites().flat_map(|site| site.names().map(|(name, _)| name)).collect();
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
    }
}
