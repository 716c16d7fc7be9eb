//! What a test can do to certificates that were issued: suggest their renewal (RFC 9773), revoke them.

use jiff::Timestamp;

use super::TestCa;
use crate::{
    pki::Serial,
    state::{Certificate, Revocation, Window},
};

/// No certificate of this CA is called so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the ca has issued no certificate {0}")]
pub struct UnknownCertificate(String);

impl TestCa {
    /// Suggest to renew a certificate between `start` and `end`. It is named by its serial number in hexadecimal or by
    /// its identifier of RFC 9773, both of which [`Issued`](crate::Issued) has.
    pub fn set_renewal_window(
        &self,
        certificate: &str,
        start: Timestamp,
        end: Timestamp,
        explanation_url: Option<&str>,
    ) -> Result<(), UnknownCertificate> {
        let explanation = explanation_url.map(str::to_owned);
        self.change(certificate, |found| found.window = Some(Window { start, end, explanation }))
    }

    /// Suggest to renew a certificate at once: a window that has passed.
    pub fn renew_now(&self, certificate: &str, explanation_url: Option<&str>) -> Result<(), UnknownCertificate> {
        let window = Window::already_past(self.now(), explanation_url.map(str::to_owned));
        self.change(certificate, |found| found.window = Some(window))
    }

    /// Suggest to renew every certificate at once, as before a mass revocation. Returns how many there are.
    pub fn renew_all_now(&self, explanation_url: Option<&str>) -> usize {
        let window = Window::already_past(self.now(), explanation_url.map(str::to_owned));
        let mut state = self.authority().state();
        state.certificates.values_mut().for_each(|found| found.window = Some(window.clone()));
        state.certificates.len()
    }

    /// Revoke a certificate on the CA's side, as after a mis-issuance. The reason is that of RFC 5280, section 5.3.1.
    pub fn revoke(&self, certificate: &str, reason: u64) -> Result<(), UnknownCertificate> {
        let at = self.now();
        self.change(certificate, |found| found.revoked = Some(Revocation { at, reason }))
    }

    /// Say whether a certificate is revoked, and for which reason.
    pub fn revocation_reason(&self, certificate: &str) -> Result<Option<u64>, UnknownCertificate> {
        let mut reason = None;
        self.change(certificate, |found| reason = found.revoked.map(|revocation| revocation.reason))?;
        Ok(reason)
    }

    fn change(&self, certificate: &str, change: impl FnOnce(&mut Certificate)) -> Result<(), UnknownCertificate> {
        let ca = self.authority();
        let serial = Serial::from_hex(certificate).or_else(|| ca.serial_of(certificate));
        let mut state = ca.state();
        let found = serial.and_then(|serial| state.certificates.get_mut(&serial));
        change(found.ok_or_else(|| UnknownCertificate(certificate.to_owned()))?);
        Ok(())
    }
}
