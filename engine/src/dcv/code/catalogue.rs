//! The catalogue: each code's name, severity, and words, in one place. The doc comment says when the code is given.

use super::Row;
use crate::dcv::Severity::{Blocking, Warning};

macro_rules! catalogue {
    ($(#[doc = $when:literal] $code:ident $name:literal $severity:ident $cause:literal $remedy:literal)*) => {
        /// What a check can find. Names are stable: they are stored, shown and scripted against; new ones may come.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code { $(#[doc = $when] $code,)* }

        impl Code {
            /// List every code, in the order of the catalogue.
            #[must_use]
            pub fn all() -> &'static [Self] {
                &[$(Self::$code,)*]
            }

            pub(super) fn row(self) -> Row {
                match self {
                    $(Self::$code =>
                        Row { name: $name, severity: $severity, when: $when, cause: $cause, remedy: $remedy },)*
                }
            }
        }
    };
}

catalogue! {
    /// The text is not a host name in A-labels, with or without a leading `*.`.
    NameInvalid "name_invalid" Blocking
    "This is not a name that a certificate can have."
    "Correct the name: letters, digits and hyphens, at least two labels; write international names as A-labels (xn--)."
    /// The name ends in a domain that is reserved for private or special use, and the CA is a public one.
    NameNotPublic "name_not_public" Blocking
    "Names under this ending do not exist in the public DNS."
    "Use a registered domain, or a private CA for internal names."
    /// No resolver is configured, or those that are answer nothing, not even a question for the root.
    ResolverUnavailable "resolver_unavailable" Blocking
    "This server's own DNS resolver does not work, so nothing can be said about the domain."
    "Check the resolver in /etc/resolv.conf or in AutoSSL's configuration, and the firewall to port 53; then check again."
    /// The caller's challenge store did not take the test token.
    TokenNotPublished "token_not_published" Blocking
    "The test file could not be put where the web server looks for it, which is this server's fault and not the domain's."
    "Look at the error in the evidence; usually the database or the disk is full or not writable."
    /// The whole check of one name ran out of time.
    CheckTimedOut "check_timed_out" Blocking
    "The check of this name did not end in time."
    "Check again later; if it stays so, look at the domain's name servers and web server, which answer very slowly."
    /// The name does not exist (NXDOMAIN).
    DnsNoSuchName "dns_no_such_name" Blocking
    "The name does not exist in the DNS."
    "Add an A or AAAA record for the name, renew the domain if its registration ended, or remove the name from the website."
    /// The name exists but has neither an A nor an AAAA record.
    DnsNoAddress "dns_no_address" Blocking
    "The name exists in the DNS but has no address."
    "Add an A record (and AAAA, if the server has IPv6) that points to this server."
    /// The resolver answers SERVFAIL, also with checking disabled.
    DnsServfail "dns_servfail" Blocking
    "The domain's name servers do not give a usable answer."
    "Check that the name servers set at the registrar are the ones that hold the zone, and that the zone is loaded there."
    /// The resolver works, but gives no answer about this name in time.
    DnsTimeout "dns_timeout" Blocking
    "The domain's name servers do not answer in time."
    "Check that the domain's name servers run and that UDP and TCP port 53 are open to the world."
    /// The resolver works, but refuses to answer about this name.
    DnsRefused "dns_refused" Blocking
    "The answer about this name is refused."
    "Check that the domain's name servers are set up for the zone, and that no DNS filter on the resolver blocks the name."
    /// An answer cannot be read, or has another error code.
    DnsBadAnswer "dns_bad_answer" Blocking
    "The DNS answer about this name is not usable."
    "Look at the evidence; usually a firewall or an old name server spoils the answers."
    /// SERVFAIL, but an answer comes when the resolver is told not to validate (CD=1).
    DnssecBogus "dnssec_bogus" Blocking
    "The domain's DNSSEC signatures do not verify, and certificate authorities must not accept that."
    "Correct the DS record at the registrar or sign the zone again; to switch DNSSEC off, remove the DS record first."
    /// The zone has a DS record, but the resolver's answers do not say that they are validated (AD=0).
    DnssecNotChecked "dnssec_not_checked" Warning
    "The domain uses DNSSEC but this server's resolver does not validate, so a broken signature would go unnoticed here."
    "Use a validating resolver on this server, for example unbound."
    /// The CNAME records lead back to themselves.
    CnameLoop "cname_loop" Blocking
    "The CNAME records of the name go round in a circle."
    "Let one of the CNAME records in the evidence end at a name that has an address."
    /// There are more CNAME records in a row than resolvers follow.
    CnameChainTooLong "cname_chain_too_long" Blocking
    "Too many CNAME records follow one another."
    "Point the name directly at its final target."
    /// The name is a CNAME whose target does not exist (NXDOMAIN).
    CnameDangling "cname_dangling" Blocking
    "The name is an alias (CNAME) for a name that does not exist."
    "Remove the CNAME record or point it at an existing name; others may be able to register the missing target."
    /// All addresses are private, loopback or otherwise reserved.
    AddressPrivate "address_private" Blocking
    "The name has only addresses that cannot be reached from the internet."
    "Publish the server's public address; behind NAT, that is the router's."
    /// Some addresses are private or reserved, others are not.
    AddressPrivateSome "address_private_some" Warning
    "Some of the name's addresses cannot be reached from the internet."
    "Remove the private addresses from the public DNS."
    /// None of the name's addresses is this server's.
    AddressElsewhere "address_elsewhere" Warning
    "The name points to another server, or to a proxy in front of this one."
    "If the website is here, point the name's A and AAAA records to this server; if it moved away, remove it here."
    /// Some of the name's addresses are this server's and others are not.
    AddressPartlyElsewhere "address_partly_elsewhere" Warning
    "The name points to this server and to others."
    "Remove the addresses that no longer serve the website; if all of them should, let each serve the challenge files."
    /// The name has more addresses than are checked.
    AddressNotChecked "address_not_checked" Warning
    "The name has so many addresses that not all were checked."
    "Nothing, if all of them serve the same; else remove the old ones."
    /// Some addresses serve the test file and an IPv4 address does not.
    AddressDisagree "address_disagree" Blocking
    "Not all of the name's addresses serve the website, so the CA's check succeeds or fails by chance."
    "Remove the failing address from the DNS, or make it serve the same website."
    /// IPv4 serves the test file, but nothing answers at an IPv6 address.
    Ipv6Unreachable "ipv6_unreachable" Blocking
    "The name's IPv6 address does not answer, and certificate authorities try IPv6 first."
    "Remove the stale AAAA record, or let the web server listen on that IPv6 address."
    /// IPv4 serves the test file, but an IPv6 address serves something else.
    Ipv6Differs "ipv6_differs" Blocking
    "The name's IPv6 address serves something else than its IPv4 address, and certificate authorities try IPv6 first."
    "Correct or remove the AAAA record, or add the website to the web server's IPv6 listener."
    /// The answer bears the mark of a CDN or proxy, and the fetch fails or the address is not this server's.
    ProxyInFront "proxy_in_front" Warning
    "A CDN or proxy answers in place of this server."
    "Let it pass /.well-known/acme-challenge/ on unchanged over plain HTTP, or use DNS-01."
    /// The TCP connection is refused.
    ConnectRefused "connect_refused" Blocking
    "Nothing listens on port 80 at the name's address."
    "Start the web server and let it listen on port 80; certificate authorities begin there, even if all else is HTTPS."
    /// The TCP connection is not made in time.
    ConnectTimeout "connect_timeout" Blocking
    "The name's address does not answer on port 80."
    "Open port 80 in the firewall, and check that the address is right."
    /// The connection is reset or closed before an answer.
    ConnectReset "connect_reset" Blocking
    "The connection is cut before an answer comes."
    "Look for a firewall, an intrusion prevention system or a crashing web server at the address."
    /// There is no route to the address, or the connection fails in another way.
    ConnectUnreachable "connect_unreachable" Blocking
    "There is no way from this server to the name's address."
    "Check the address; if it is an IPv6 address and this server has no IPv6, give it some or remove the AAAA record."
    /// Port 80 speaks TLS only.
    HttpTlsOnly "http_tls_only" Blocking
    "Port 80 expects HTTPS instead of plain HTTP."
    "Let the web server speak plain HTTP on port 80; it may redirect to https:// from there."
    /// What comes back is not HTTP.
    HttpNotHttp "http_not_http" Blocking
    "What answers on port 80 is not a web server."
    "Find out what listens on port 80 at the address, and put the web server there."
    /// The answer or its body does not come in time.
    HttpTooSlow "http_too_slow" Blocking
    "The web server takes too long to answer."
    "Look at the web server's load, and at the application that answers for /.well-known/acme-challenge/."
    /// The answer is 404 or 410.
    HttpNotFound "http_not_found" Blocking
    "The web server does not find the challenge file."
    "Let /.well-known/acme-challenge/ be answered by AutoSSL in every virtual host, before rewrite rules and applications."
    /// The answer is 401 or 407.
    HttpAuthRequired "http_auth_required" Blocking
    "The web server asks for a password."
    "Take /.well-known/acme-challenge/ out of the password protection."
    /// The answer is 403.
    HttpForbidden "http_forbidden" Blocking
    "The web server refuses to show the challenge file."
    "Allow everybody to read /.well-known/acme-challenge/: look at .htaccess, IP and country blocks, and application firewalls."
    /// The answer is 500 to 599.
    HttpServerError "http_server_error" Blocking
    "The web server or the application behind it fails."
    "Look at the web server's error log, and answer /.well-known/acme-challenge/ before the application."
    /// The answer has another status than 200.
    HttpStatusUnexpected "http_status_unexpected" Blocking
    "The web server answers with an unusual status instead of the challenge file."
    "Find out which rule or application answers for /.well-known/acme-challenge/, and make an exception for that path."
    /// The answer is 200 without a body.
    HttpEmptyBody "http_empty_body" Blocking
    "The web server sends an empty page instead of the challenge file."
    "Find out which rule or application answers for /.well-known/acme-challenge/, and make an exception for that path."
    /// The answer is 200 with an HTML page.
    HttpPageInstead "http_page_instead" Blocking
    "The web server sends a web page instead of the challenge file."
    "Another website, a parking page or the website's own application answers; correct the address or make an exception for /.well-known/acme-challenge/."
    /// The answer is 200 with another text.
    HttpWrongToken "http_wrong_token" Blocking
    "The challenge file has the wrong content."
    "Another server or another ACME client answers for /.well-known/acme-challenge/; correct the address or stop that client."
    /// The body is longer than is read.
    HttpBodyTooLarge "http_body_too_large" Blocking
    "The web server sends much more than the challenge file."
    "Find out which rule or application answers for /.well-known/acme-challenge/, and make an exception for that path."
    /// A redirect leads to an address that was visited before.
    RedirectLoop "redirect_loop" Blocking
    "The redirects go round in a circle."
    "Correct the rewrite rules; often the website and a proxy in front of it disagree about HTTPS or www."
    /// There are more redirects than the CA follows.
    RedirectTooMany "redirect_too_many" Blocking
    "There are more redirects than the certificate authority follows."
    "Redirect to the final address at once, or not at all for /.well-known/acme-challenge/."
    /// The status is a redirect that CAs do not follow (other than 301, 302, 307 and 308).
    RedirectStatusRefused "redirect_status_refused" Blocking
    "The redirect is of a kind that certificate authorities do not follow."
    "Redirect with status 301, 302, 307 or 308."
    /// A redirect has no usable Location.
    RedirectBadUrl "redirect_bad_url" Blocking
    "The redirect leads to something that is not a web address."
    "Correct the rewrite rule or the application that sends the Location in the evidence."
    /// A redirect leads to another scheme than http and https.
    RedirectBadScheme "redirect_bad_scheme" Blocking
    "The redirect leads to an address that is neither http nor https."
    "Redirect to http:// or https:// only."
    /// A redirect leads to another port than 80 and 443.
    RedirectBadPort "redirect_bad_port" Blocking
    "The redirect leads to a port that certificate authorities do not use."
    "Redirect to port 80 or 443 only, or not at all for /.well-known/acme-challenge/."
    /// A redirect leads to an IP address or a name without a dot.
    RedirectBadHost "redirect_bad_host" Blocking
    "The redirect leads to an IP address or an incomplete name, which certificate authorities do not follow."
    "Redirect to a full domain name."
    /// The host that a redirect leads to has no address.
    RedirectTargetUnresolved "redirect_target_unresolved" Blocking
    "The redirect leads to a name that has no address."
    "Correct the redirect, or the DNS of the name that it leads to."
    /// The host that a redirect leads to has only private or reserved addresses.
    RedirectTargetPrivate "redirect_target_private" Blocking
    "The redirect leads to an address that cannot be reached from the internet."
    "Redirect to a public name only."
    /// The fetch fails at another host that a redirect leads to.
    RedirectTargetFailed "redirect_target_failed" Blocking
    "The redirect leads to another host, and that one does not serve the challenge file."
    "Do not redirect /.well-known/acme-challenge/ to other hosts, or let that host pass it back to this server."
    /// A redirect leads to https, and the TLS handshake fails (certificates are not checked).
    RedirectTlsFailed "redirect_tls_failed" Blocking
    "The redirect leads to https, and no TLS connection can be made there."
    "Let the web server offer TLS for this name, or do not redirect /.well-known/acme-challenge/ to https."
    /// The CAA records forbid issuance by anyone.
    CaaForbidsAll "caa_forbids_all" Blocking
    "The domain's CAA records forbid all certificates."
    "Add a CAA record that allows the certificate authority, or remove the one in the evidence."
    /// The CAA records allow other CAs only.
    CaaOtherIssuer "caa_other_issuer" Blocking
    "The domain's CAA records allow other certificate authorities only."
    "Add a CAA \"issue\" record for the certificate authority in the evidence."
    /// The CAA "issuewild" records do not allow this CA.
    CaaWildcardForbidden "caa_wildcard_forbidden" Blocking
    "The domain's CAA records do not allow this certificate authority to issue wildcard certificates."
    "Add a CAA \"issuewild\" record for the certificate authority, or use the single names."
    /// A CAA record allows this CA, but for another account (RFC 8657).
    CaaAccountMismatch "caa_account_mismatch" Blocking
    "The domain's CAA records allow another account at this certificate authority only."
    "Put this server's account into the record's accounturi, or remove that parameter."
    /// A CAA record allows this CA, but not by this method of validation (RFC 8657).
    CaaMethodNotAllowed "caa_method_not_allowed" Blocking
    "The domain's CAA records do not allow this method of validation."
    "Add the method to the record's validationmethods, or remove that parameter."
    /// A CAA record with an unknown tag is marked critical.
    CaaUnknownCritical "caa_unknown_critical" Blocking
    "The domain has a CAA record that is marked critical and that certificate authorities do not know."
    "Correct the tag (issue, issuewild, iodef) or set the record's flags to 0."
    /// A CAA record cannot be read, or none allows this CA and one is misspelt.
    CaaMalformed "caa_malformed" Blocking
    "The domain has a CAA record that is misspelt, which counts as a prohibition."
    "Correct the record; its form is: 0 issue \"ca.example\"."
    /// The CAA records cannot be read because of SERVFAIL or another error.
    CaaLookupFailed "caa_lookup_failed" Blocking
    "The domain's name servers do not answer the question for CAA records, and certificate authorities must then refuse."
    "Let the name servers answer CAA questions, with no records if there are none; old or filtering ones do not."
    /// The CAA records cannot be read in time.
    CaaTimeout "caa_timeout" Blocking
    "The domain's name servers do not answer the question for CAA records in time."
    "Let the name servers answer CAA questions; a firewall may drop unknown record types."
    /// The CAA records do not verify by DNSSEC.
    CaaDnssecBogus "caa_dnssec_bogus" Blocking
    "The DNSSEC signatures over the domain's CAA answer do not verify, and certificate authorities must then refuse."
    "Sign the zone again or correct the DS record at the registrar."
    /// A wildcard name, and DNS-01 is not available for its zone.
    WildcardNeedsDns01 "wildcard_needs_dns01" Blocking
    "A wildcard name can be validated by DNS only, and AutoSSL cannot change this domain's DNS."
    "Give AutoSSL access to the domain's DNS, or create the record that `autossl dns persist` shows if the CA offers that, or use the single names."
    /// DNS-01 is needed, but the zone of the record does not answer.
    Dns01ZoneFailed "dns01_zone_failed" Blocking
    "The name servers of the zone that must hold the challenge record do not answer."
    "Check that the zone is loaded on its name servers and that the delegation at the registrar is right."
    /// DNS-01 is needed, but the name belongs to no zone below a top-level domain.
    Dns01NotDelegated "dns01_not_delegated" Blocking
    "The domain is not delegated to any name server, so no challenge record can be seen."
    "Register the domain, or set its name servers at the registrar."
    /// `_acme-challenge` is a CNAME to another place.
    Dns01Delegated "dns01_delegated" Warning
    "The challenge record is kept elsewhere, by a CNAME."
    "Make sure that AutoSSL can change the zone that the CNAME leads to."
    /// The place of the record, after all CNAME records, is in no zone that AutoSSL may change.
    Dns01NotOurs "dns01_not_ours" Blocking
    "The challenge record belongs into a zone that AutoSSL has no access to."
    "Give AutoSSL access to that zone (autossl dns add, or [[dns]] in its configuration), or make _acme-challenge a CNAME into a zone that it has."
    /// The DNS server or the command refuses or fails to publish the challenge record.
    Dns01PublishFailed "dns01_publish_failed" Blocking
    "The challenge record could not be put into its zone."
    "Look at the server's reason in the evidence, correct the access, and try it with: autossl dns test ZONE."
    /// An authoritative server of the zone did not show the challenge record in time.
    Dns01NotPropagated "dns01_not_propagated" Blocking
    "The challenge record did not reach all name servers of its zone in time."
    "Check that the named servers get the zone's changes (notify, transfer), or raise propagation_timeout if they are slow."
    /// An authoritative server of the zone does not answer, and the others show the challenge record.
    Dns01ServerSilent "dns01_server_silent" Warning
    "A name server of the zone does not answer, so nobody can tell whether it has the challenge record."
    "Repair the server or remove its NS record; certificate authorities may ask it, too."
    /// The domain was validated by its persistent record before, or that was published, and now none is for this CA.
    PersistMissing "persist_missing" Blocking
    "The persistent validation record is not there."
    "Create the record that `autossl dns persist` shows, or let AutoSSL publish it (--publish); if it was removed on purpose: --withdraw."
    /// A record for this CA names another account.
    PersistOtherAccount "persist_other_account" Blocking
    "The persistent validation record names another account at the certificate authority than the one that AutoSSL has."
    "Replace it by the record that `autossl dns persist` shows; an account that was registered anew, or has a new key, needs new records."
    /// The record's `persistUntil` has passed.
    PersistExpired "persist_expired" Blocking
    "The persistent validation record has expired."
    "Replace it by one with a later end (`autossl dns persist`, with --until) or without one."
    /// The record's `persistUntil` passes within 30 days.
    PersistExpiresSoon "persist_expires_soon" Warning
    "The persistent validation record expires soon, and the next renewal may fail then."
    "Add one with a later end (`autossl dns persist`, with --until) or without one, and remove the old one when it has expired."
    /// A wildcard name, and the record has no `policy=wildcard`.
    PersistNoWildcard "persist_no_wildcard" Blocking
    "The persistent validation record is not for wildcard names."
    "Replace it by the record that `autossl dns persist` shows with --wildcard; it is then also for all names below the domain."
    /// A record for this CA breaks the grammar: no `accounturi`, a parameter twice, a `persistUntil` that is no number.
    PersistMalformed "persist_malformed" Blocking
    "The persistent validation record cannot be read."
    "Replace it by the record that `autossl dns persist` shows, character by character."
    /// The question for the record has no usable answer.
    PersistLookupFailed "persist_lookup_failed" Blocking
    "The name servers do not answer the question for the persistent validation record."
    "Check the domain's name servers and its DNSSEC; certificate authorities get no answer either."
    /// The CA does not offer dns-persist-01 for the name, or in a form that clients must refuse.
    PersistNotOffered "persist_not_offered" Blocking
    "The certificate authority does not offer to validate the name by its persistent record."
    "Nothing, if the name can be validated over HTTP or DNS-01 from now on; else choose another certificate authority."
}
