//! The bytes of a change (RFC 2136) and of the answer to it.

use super::Change;
use crate::dcv::dns::Reader;
use crate::dns01::TxtValue;

const OPCODE_UPDATE: u16 = 5 << 11;
const TYPE_SOA: u16 = 6;
const TYPE_TXT: u16 = 16;
const TYPE_TSIG: u16 = 250;
const CLASS_IN: u16 = 1;
/// Marks a value to be removed (RFC 2136, section 2.5.4).
const CLASS_NONE: u16 = 254;

/// Write a change of one zone, without a signature.
///
/// # Errors
/// Where a name cannot be one.
pub(super) fn update(id: u16, zone: &str, change: Change, ttl: u32, values: &[TxtValue]) -> Result<Vec<u8>, String> {
    let count = u16::try_from(values.len()).map_err(|_| "too many values for one change".to_owned())?;
    let mut bytes = Vec::with_capacity(64 + 160 * values.len());
    push(&mut bytes, &[id, OPCODE_UPDATE, 1, 0, count, 0]);
    push_name(&mut bytes, zone)?;
    push(&mut bytes, &[TYPE_SOA, CLASS_IN]);
    for TxtValue { name, value } in values {
        push_name(&mut bytes, name)?;
        let (class, ttl) = match change {
            Change::Add => (CLASS_IN, ttl),
            Change::Remove => (CLASS_NONE, 0),
        };
        push(&mut bytes, &[TYPE_TXT, class]);
        bytes.extend(ttl.to_be_bytes());
        let data: Vec<u8> = value.as_bytes().chunks(255).flat_map(|part| [&[length(part)], part].concat()).collect();
        push(&mut bytes, &[u16::try_from(data.len()).map_err(|_| format!("the value at {name} is too long"))?]);
        bytes.extend(data);
    }
    Ok(bytes)
}

/// Append numbers.
pub(super) fn push(bytes: &mut Vec<u8>, fields: &[u16]) {
    bytes.extend(fields.iter().flat_map(|field| field.to_be_bytes()));
}

/// Append a name, uncompressed and in lower case, as signatures want it (RFC 8945, section 4.3.3).
pub(super) fn push_name(bytes: &mut Vec<u8>, name: &str) -> Result<(), String> {
    let start = bytes.len();
    for label in name.trim_end_matches('.').split('.') {
        if label.is_empty() || label.len() > 63 || label.contains('\\') || !label.is_ascii() {
            return Err(format!("{name:?} cannot be written as a DNS name"));
        }
        bytes.push(length(label.as_bytes()));
        bytes.extend(label.to_ascii_lowercase().as_bytes());
    }
    bytes.push(0);
    if bytes.len() - start > 255 { Err(format!("{name:?} is too long for a DNS name")) } else { Ok(()) }
}

/// At most 255, which the callers see to.
fn length(part: &[u8]) -> u8 {
    part.len().to_le_bytes()[0]
}

/// What a server answers to a change.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) id: u16,
    pub(super) rcode: u16,
    pub(super) signature: Option<Signature>,
}

/// The TSIG record of an answer (RFC 8945, section 4.2).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Signature {
    /// Where in the message the record begins: what is before it is signed.
    pub(super) start: usize,
    pub(super) time: Vec<u8>,
    pub(super) fudge: u16,
    pub(super) mac: Vec<u8>,
    pub(super) original_id: u16,
    pub(super) error: u16,
    pub(super) other: Vec<u8>,
}

/// Read an answer; `None` where it is not a well-formed one.
pub(super) fn read(bytes: &[u8]) -> Option<Reply> {
    let mut reader = Reader { bytes, at: 0 };
    let (id, flags) = (reader.u16()?, reader.u16()?);
    let (zones, records) = (reader.u16()?, [reader.u16()?, reader.u16()?, reader.u16()?]);
    if flags & 0x8000 == 0 {
        return None;
    }
    for _ in 0..zones {
        reader.name()?;
        reader.take(4)?;
    }
    let mut signature = None;
    for _ in 0..records.iter().map(|count| u32::from(*count)).sum() {
        let start = reader.at;
        reader.name()?;
        let kind = reader.u16()?;
        reader.take(6)?;
        let length = usize::from(reader.u16()?);
        let data = reader.at;
        reader.take(length)?;
        signature = match kind {
            TYPE_TSIG => Some(read_signature(start, &mut Reader { bytes: &bytes[..reader.at], at: data })?),
            _ => None,
        };
    }
    Some(Reply { id, rcode: flags & 0x000f, signature })
}

fn read_signature(start: usize, reader: &mut Reader<'_>) -> Option<Signature> {
    reader.name()?;
    let time = reader.take(6)?.to_vec();
    let fudge = reader.u16()?;
    let length = reader.u16()?.into();
    let mac = reader.take(length)?.to_vec();
    let (original_id, error) = (reader.u16()?, reader.u16()?);
    let length = reader.u16()?.into();
    Some(Signature { start, time, fudge, mac, original_id, error, other: reader.take(length)?.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(name: &str, value: &str) -> TxtValue {
        TxtValue { name: name.into(), value: value.into() }
    }

    #[test]
    fn a_value_is_added_and_removed_by_name_type_and_content() {
        let values = [value("_acme-challenge.A.test", "v1")];
        let added = update(7, "a.test", Change::Add, 60, &values).unwrap();
        assert_eq!(added[..12], [0, 7, 0x28, 0, 0, 1, 0, 0, 0, 1, 0, 0]);
        assert_eq!(&added[12..24], b"\x01a\x04test\x00\x00\x06\x00\x01");
        assert_eq!(&added[24..], b"\x0f_acme-challenge\x01a\x04test\x00\x00\x10\x00\x01\x00\x00\x00\x3c\x00\x03\x02v1");
        let removed = update(7, "a.test", Change::Remove, 60, &values).unwrap();
        assert_eq!(&removed[48..], b"\x00\x10\x00\xfe\x00\x00\x00\x00\x00\x03\x02v1");
    }

    #[test]
    fn names_that_cannot_be_written_are_refused() {
        for bad in ["", "a..test", "a\\046b.test", "ä.test", &"a".repeat(64), &"a.".repeat(130)] {
            assert!(push_name(&mut Vec::new(), bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn no_bytes_make_reading_panic() {
        let mut sample = vec![0, 7, 0xa8, 9, 0, 1, 0, 0, 0, 0, 0, 1];
        sample.extend(b"\x01a\x00\x00\x06\x00\x01\x01k\x00\x00\xfa\x00\xff\x00\x00\x00\x00\x00\x14");
        sample.extend(b"\x01h\x00\x00\x00\x00\x00\x00\x09\x01\x2c\x00\x01M\x00\x07\x00\x11\x00\x00");
        let reply = read(&sample).unwrap();
        let signature = reply.signature.unwrap();
        assert_eq!((reply.rcode, signature.error, signature.mac.as_slice(), signature.start), (9, 17, &b"M"[..], 19));
        for at in 0..sample.len() {
            assert_eq!(read(&sample[..at]), None, "cut after {at}");
            for byte in 0..=255 {
                let mut spoilt = sample.clone();
                spoilt[at] = byte;
                let _ = read(&spoilt);
            }
        }
    }
}
