//! Whether CAA records let this CA issue for this account by this method (RFC 8659, RFC 8657). Pure.

use super::{Caa, Property, Value};
use crate::dcv::dns::Trouble;
use crate::dcv::name::Form;
use crate::dcv::{CheckRequest, Code, Finding, Method, evidence};

/// Why one "issue" value does not allow us, from the furthest away to the closest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Refusal {
    Nobody,
    Malformed,
    OtherIssuer,
    OtherAccount,
    OtherMethod,
}

/// Judge; `None` allows.
pub(in crate::dcv) fn judge(caa: &Caa, form: Form, request: &CheckRequest, method: Method) -> Option<Finding> {
    if request.issuers.is_empty() {
        return None;
    }
    let (at, properties) = match caa {
        Caa::Nowhere => return None,
        Caa::Unknown(at, trouble) => return Some(Finding::new(unknown(trouble), format!("CAA {at}: {trouble}"))),
        Caa::At(at, properties) => (at, properties),
    };
    let code = code(properties, form, request, method)?;
    let seen = format!("CAA {at}: {}; wanted: {}", evidence::listed(properties), evidence::listed(&request.issuers));
    let wanted = match (code, &request.account_uri) {
        (Code::CaaAccountMismatch, Some(account)) => format!("{seen}; accounturi={account}"),
        (Code::CaaAccountMismatch, None) => format!("{seen}; the account is not known yet"),
        (Code::CaaMethodNotAllowed, _) => format!("{seen}; validationmethods={}", method.as_str()),
        _ => seen,
    };
    Some(Finding::new(code, wanted))
}

fn unknown(trouble: &Trouble) -> Code {
    match trouble {
        Trouble::Resolver(_) => Code::ResolverUnavailable,
        Trouble::Timeout(_) => Code::CaaTimeout,
        Trouble::Bogus(_) => Code::CaaDnssecBogus,
        Trouble::ServFail(_) | Trouble::Refused(_) | Trouble::Bad(_) => Code::CaaLookupFailed,
    }
}

fn code(properties: &[Property], form: Form, request: &CheckRequest, method: Method) -> Option<Code> {
    for property in properties {
        match property {
            Property::UnknownCritical(_) => return Some(Code::CaaUnknownCritical),
            Property::Unreadable(_) => return Some(Code::CaaMalformed),
            Property::Issue(_) | Property::IssueWild(_) | Property::Other(_) => {}
        }
    }
    // For a wildcard, "issuewild" records replace the "issue" records wherever there are any.
    let wild: Vec<&Value> = properties.iter().filter_map(issue_wild).collect();
    let by_wild = form == Form::Wildcard && !wild.is_empty();
    let values = if by_wild { wild } else { properties.iter().filter_map(issue).collect() };
    let refusals = values.iter().map(|value| refusal(value, request, method)).collect::<Option<Vec<Refusal>>>()?;
    match refusals.into_iter().max()? {
        Refusal::OtherAccount => Some(Code::CaaAccountMismatch),
        Refusal::OtherMethod => Some(Code::CaaMethodNotAllowed),
        Refusal::Malformed => Some(Code::CaaMalformed),
        Refusal::Nobody | Refusal::OtherIssuer if by_wild => Some(Code::CaaWildcardForbidden),
        Refusal::Nobody => Some(Code::CaaForbidsAll),
        Refusal::OtherIssuer => Some(Code::CaaOtherIssuer),
    }
}

fn issue(property: &Property) -> Option<&Value> {
    if let Property::Issue(value) = property { Some(value) } else { None }
}

fn issue_wild(property: &Property) -> Option<&Value> {
    if let Property::IssueWild(value) = property { Some(value) } else { None }
}

/// Say why a value does not allow us; `None` where it does.
fn refusal(value: &Value, request: &CheckRequest, method: Method) -> Option<Refusal> {
    let (issuer, parameters) = match value {
        Value::Malformed(_) => return Some(Refusal::Malformed),
        Value::Issuer(issuer, _) if issuer.is_empty() => return Some(Refusal::Nobody),
        Value::Issuer(issuer, parameters) => (issuer, parameters),
    };
    if !request.issuers.iter().any(|ours| ours.eq_ignore_ascii_case(issuer)) {
        return Some(Refusal::OtherIssuer);
    }
    let of = |tag: &str| -> Vec<&str> {
        parameters.iter().filter(|(name, _)| name == tag).map(|(_, value)| value.as_str()).collect()
    };
    // Twice the same parameter cannot be satisfied (RFC 8657, section 3).
    let account_fits = match of("accounturi")[..] {
        [] => true,
        [uri] => request.account_uri.as_deref() == Some(uri),
        _ => false,
    };
    let method_fits = match of("validationmethods")[..] {
        [] => true,
        [methods] => methods.split(',').any(|name| name == method.as_str()),
        _ => false,
    };
    match (account_fits, method_fits) {
        (true, true) => None,
        (false, _) => Some(Refusal::OtherAccount),
        (true, false) => Some(Refusal::OtherMethod),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dcv::Dns01;

    const ACCOUNT: &str = "https://ca.test/acct/1";

    fn verdict(records: &[(u8, &str, &str)], form: Form, method: Method) -> Option<Code> {
        let read = |(flags, tag, value): &(u8, &str, &str)| {
            let length = u8::try_from(tag.len()).unwrap();
            super::super::record::read(&[&[*flags, length], tag.as_bytes(), value.as_bytes()].concat())
        };
        let caa = Caa::At("a.test".into(), records.iter().map(read).collect());
        let request = CheckRequest {
            issuers: vec!["CA.test".into()],
            account_uri: Some(ACCOUNT.into()),
            dns01: Dns01::Unavailable,
            persist: None,
        };
        judge(&caa, form, &request, method).map(|finding| finding.code)
    }

    #[test]
    fn the_table_of_rfc_8659_and_rfc_8657_holds() {
        let ours = "ca.test; accounturi=https://ca.test/acct/1";
        let theirs = "ca.test; accounturi=https://ca.test/acct/2";
        let dns = "ca.test; validationmethods=dns-01,dns-account-01";
        let twice = "ca.test; accounturi=https://ca.test/acct/1; accounturi=https://ca.test/acct/1";
        type Row<'a> = (&'a [(u8, &'a str, &'a str)], Form, Option<Code>);
        let table: &[Row<'_>] = &[
            (&[(0, "iodef", "mailto:a@b.test")], Form::Host, None),
            (&[(0, "issue", "ca.test")], Form::Host, None),
            (&[(0, "issue", "ca.test")], Form::Wildcard, None),
            (&[(0, "issue", "other.test"), (0, "issue", "CA.TEST")], Form::Host, None),
            (&[(0, "issue", "other.test")], Form::Host, Some(Code::CaaOtherIssuer)),
            (&[(0, "issue", "other.test"), (0, "issue", ";")], Form::Host, Some(Code::CaaOtherIssuer)),
            (&[(0, "issue", ";")], Form::Host, Some(Code::CaaForbidsAll)),
            (&[(0, "issue", ";")], Form::Wildcard, Some(Code::CaaForbidsAll)),
            (&[(0, "issuewild", ";")], Form::Host, None),
            (&[(0, "issue", "ca.test"), (0, "issuewild", ";")], Form::Wildcard, Some(Code::CaaWildcardForbidden)),
            (&[(0, "issue", ";"), (0, "issuewild", "ca.test")], Form::Wildcard, None),
            (&[(0, "issue", "%%"), (0, "issue", "ca.test")], Form::Host, None),
            (&[(0, "issue", "%%")], Form::Host, Some(Code::CaaMalformed)),
            (&[(128, "tbs", "x"), (0, "issue", "ca.test")], Form::Host, Some(Code::CaaUnknownCritical)),
            (&[(0, "issue", ours)], Form::Host, None),
            (&[(0, "issue", theirs)], Form::Host, Some(Code::CaaAccountMismatch)),
            (&[(0, "issue", theirs), (0, "issue", ours)], Form::Host, None),
            (&[(0, "issue", twice)], Form::Host, Some(Code::CaaAccountMismatch)),
            (&[(0, "issue", dns)], Form::Host, Some(Code::CaaMethodNotAllowed)),
        ];
        for (records, form, expected) in table {
            assert_eq!(verdict(records, *form, Method::Http01), *expected, "{records:?}, {form:?}");
        }
        assert_eq!(verdict(&[(0, "issue", dns)], Form::Host, Method::Dns01), None);
    }
}
