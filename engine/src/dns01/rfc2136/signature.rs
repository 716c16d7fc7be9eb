//! Signing a change and believing the answer to it (TSIG, RFC 8945).

use super::message::{Reply, Signature, push, push_name};
use crate::dns01::secret::{TsigAlgorithm, TsigKey};
use aws_lc_rs::hmac;

/// By how many seconds the clocks may differ (RFC 8945, section 10).
const FUDGE: u16 = 300;
const CLASS_ANY: u16 = 255;
const TYPE_TSIG: u16 = 250;

/// A change that is ready to be sent.
pub(super) struct Signed {
    pub(super) bytes: Vec<u8>,
    /// The signature, which the answer's signature covers.
    mac: Vec<u8>,
}

/// Sign a message at a moment, in seconds since 1970.
///
/// # Errors
/// Where the key's name is no DNS name.
pub(super) fn sign(key: &TsigKey, mut message: Vec<u8>, now: u64) -> Result<Signed, String> {
    let time = &now.to_be_bytes()[2..];
    let signature = hmac::sign(&hmac_key(key), &[&message[..], &variables(key, time, FUDGE, 0, &[])?].concat());
    let mac = signature.as_ref().to_vec();
    let mut data = Vec::new();
    push_name(&mut data, key.algorithm.as_str())?;
    data.extend(time);
    push(&mut data, &[FUDGE, field(&mac)]);
    data.extend(&mac);
    // The original id, no error, no other data.
    data.extend(message[..2].to_vec());
    push(&mut data, &[0, 0]);
    push_name(&mut message, &key.name)?;
    push(&mut message, &[TYPE_TSIG, CLASS_ANY, 0, 0, field(&data)]);
    message.extend(data);
    // One additional record.
    message[11] = 1;
    Ok(Signed { bytes: message, mac })
}

/// Tell whether an answer with a signature comes from somebody who knows the key.
///
/// Its time is not looked at: it covers our signature, which nobody could have had before.
pub(super) fn is_genuine(key: &TsigKey, signed: &Signed, bytes: &[u8], signature: &Signature) -> bool {
    let Signature { start, time, fudge, mac, original_id, error, other } = signature;
    let Ok(variables) = variables(key, time, *fudge, *error, other) else { return false };
    let mut covered = Vec::with_capacity(bytes.len() + 128);
    push(&mut covered, &[field(&signed.mac)]);
    covered.extend(&signed.mac);
    covered.extend(original_id.to_be_bytes());
    covered.extend(&bytes[2..10]);
    // The number of additional records without the signature itself.
    covered.extend(u16::from_be_bytes([bytes[10], bytes[11]]).wrapping_sub(1).to_be_bytes());
    covered.extend(&bytes[12..*start]);
    covered.extend(variables);
    hmac::verify(&hmac_key(key), &covered, mac).is_ok()
}

/// Say what a server's refusal means; `None` where the change was made.
pub(super) fn refusal(reply: &Reply, key: Option<&TsigKey>, now: u64) -> Option<String> {
    let who = key.map_or_else(|| "anybody without a key".into(), |key| format!("key {}", key.name));
    let error = reply.signature.as_ref().map_or(0, |signature| signature.error);
    let said = match (reply.rcode, error) {
        (0, 0) => return None,
        (_, 16) => format!("BADSIG: it has another secret for {who}"),
        (_, 17) => {
            let algorithm = key.map_or("", |key| key.algorithm.as_str());
            format!("BADKEY: it does not know {who} with {algorithm}, or does not let it change this zone")
        }
        (_, 18) => format!("BADTIME: its clock and this machine's differ{}", difference(reply, now)),
        (1, _) => "FORMERR: it does not understand the change".into(),
        (2, _) => "SERVFAIL: it cannot write the zone; its log says why".into(),
        (4, _) => "NOTIMP: it takes no changes by DNS".into(),
        (5, _) => format!("REFUSED: it does not let {who} change these names"),
        (9, _) => format!("NOTAUTH: it is not the primary server of this zone, or does not let {who} change it"),
        (10, _) => "NOTZONE: a name is not within the zone".into(),
        (rcode, 0) => format!("error code {rcode}"),
        (rcode, error) => format!("error code {rcode}, signature error {error}"),
    };
    Some(said)
}

/// The server's time is in its answer to a change out of time (RFC 8945, section 5.2.3).
fn difference(reply: &Reply, now: u64) -> String {
    let other = reply.signature.as_ref().map_or(&[][..], |signature| &signature.other[..]);
    let Ok(theirs) = <[u8; 6]>::try_from(other) else { return String::new() };
    let theirs = theirs.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    format!(" by {} s", theirs.abs_diff(now))
}

/// What is signed beside the message (RFC 8945, section 4.3.3).
fn variables(key: &TsigKey, time: &[u8], fudge: u16, error: u16, other: &[u8]) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    push_name(&mut bytes, &key.name)?;
    push(&mut bytes, &[CLASS_ANY, 0, 0]);
    push_name(&mut bytes, key.algorithm.as_str())?;
    bytes.extend(time);
    push(&mut bytes, &[fudge, error, field(other)]);
    bytes.extend(other);
    Ok(bytes)
}

fn hmac_key(key: &TsigKey) -> hmac::Key {
    let algorithm = match key.algorithm {
        TsigAlgorithm::HmacSha256 => hmac::HMAC_SHA256,
        TsigAlgorithm::HmacSha384 => hmac::HMAC_SHA384,
        TsigAlgorithm::HmacSha512 => hmac::HMAC_SHA512,
    };
    hmac::Key::new(algorithm, key.secret.bytes())
}

/// The length of what is far shorter than a message.
fn field(bytes: &[u8]) -> u16 {
    u16::try_from(bytes.len()).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns01::Secret;

    const NOW: u64 = 1_800_000_000;

    fn key() -> TsigKey {
        let secret = Secret::from_base64("4tomw4aOAVnexkyKMWTYFthBvzxgjZkOkAKp2Xpk4Qs=").unwrap();
        TsigKey { name: "autossl".into(), algorithm: TsigAlgorithm::HmacSha256, secret }
    }

    #[test]
    fn clocks_that_differ_are_told_by_how_much() {
        let signature = Signature {
            start: 12,
            time: NOW.to_be_bytes()[2..].to_vec(),
            fudge: FUDGE,
            mac: Vec::new(),
            original_id: 7,
            error: 18,
            other: (NOW + 4_000).to_be_bytes()[2..].to_vec(),
        };
        let reply = Reply { id: 7, rcode: 9, signature: Some(signature) };
        let said = refusal(&reply, Some(&key()), NOW).unwrap();
        assert_eq!(said, "BADTIME: its clock and this machine's differ by 4000 s");
    }

    #[test]
    fn a_signature_of_somebody_else_is_not_genuine() {
        let signed = sign(&key(), vec![0, 7, 0xa8, 0, 0, 0, 0, 0, 0, 0, 0, 0], NOW).unwrap();
        let reply = super::super::message::read(&signed.bytes).unwrap();
        // It covers no signature of ours, as one made for another change.
        assert!(!is_genuine(&key(), &signed, &signed.bytes, &reply.signature.unwrap()));
    }
}
