//! The messages of DNS, as far as a CA needs them.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use super::Caa;

pub(super) const NO_ERROR: u8 = 0;
pub(super) const NO_SUCH_NAME: u8 = 3;
const ALIAS: u16 = 5;

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    A = 1,
    Txt = 16,
    Aaaa = 28,
    Caa = 257,
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::A => "A",
            Self::Txt => "TXT",
            Self::Aaaa => "AAAA",
            Self::Caa => "CAA",
        })
    }
}

/// One record of an answer.
pub(super) enum Data {
    Address(IpAddr),
    Text(String),
    Caa(Caa),
    Alias(String),
}

pub(super) struct Answer {
    pub(super) code: u8,
    pub(super) cut_off: bool,
    pub(super) records: Vec<Data>,
}

/// Write a question. Nothing if the name is none.
pub(super) fn question(id: u16, name: &str, kind: Kind) -> Option<Vec<u8>> {
    // Identifier, "recursion desired", one question, one additional record.
    let mut message: Vec<u8> = [id, 0x0100, 1, 0, 0, 1].iter().flat_map(|word| word.to_be_bytes()).collect();
    for label in name.trim_end_matches('.').split('.') {
        let length = u8::try_from(label.len()).ok().filter(|length| (1..=63).contains(length))?;
        message.push(length);
        message.extend_from_slice(label.as_bytes());
    }
    message.push(0);
    message.extend_from_slice(&(kind as u16).to_be_bytes());
    message.extend_from_slice(&1_u16.to_be_bytes());
    // EDNS (RFC 6891): answers of up to 4096 bytes are welcome.
    message.extend_from_slice(&[0, 0, 41, 0x10, 0, 0, 0, 0, 0, 0, 0]);
    Some(message)
}

/// Read the answer to the question `id`. Nothing if it is none.
pub(super) fn read(id: u16, message: &[u8]) -> Option<Answer> {
    let mut reader = Reader { message, at: 0 };
    if reader.word()? != id {
        return None;
    }
    let flags = reader.word()?;
    let (questions, answers) = (reader.word()?, reader.word()?);
    reader.take(4)?;
    for _ in 0..questions {
        reader.name()?;
        reader.take(4)?;
    }
    let mut records = Vec::new();
    for _ in 0..answers {
        reader.name()?;
        let kind = reader.word()?;
        reader.take(6)?;
        let length = usize::from(reader.word()?);
        let start = reader.at;
        records.extend(reader.record(kind, length)?);
        reader.at = start + length;
    }
    let [_, code] = flags.to_be_bytes();
    Some(Answer { code: code & 0x0f, cut_off: flags & 0x0200 != 0, records })
}

struct Reader<'a> {
    message: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let bytes = self.message.get(self.at..self.at + length)?;
        self.at += length;
        Some(bytes)
    }

    fn word(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    /// Read a name; pointers lead only backwards, so there is an end.
    fn name(&mut self) -> Option<String> {
        let mut labels = Vec::new();
        let mut back = None;
        let mut before = self.at;
        loop {
            match self.take(1)?[0] {
                0 => break,
                high if high & 0xc0 == 0xc0 => {
                    let to = usize::from(high & 0x3f) << 8 | usize::from(self.take(1)?[0]);
                    back.get_or_insert(self.at);
                    if to >= before {
                        return None;
                    }
                    (self.at, before) = (to, to);
                }
                length => labels.push(String::from_utf8_lossy(self.take(usize::from(length))?).to_ascii_lowercase()),
            }
        }
        self.at = back.unwrap_or(self.at);
        Some(labels.join("."))
    }

    /// Read one record's data; a kind that nobody asked for is passed over.
    fn record(&mut self, kind: u16, length: usize) -> Option<Option<Data>> {
        if kind == ALIAS {
            return Some(Some(Data::Alias(self.name()?)));
        }
        let data = self.take(length)?;
        Some(match kind {
            1 => Some(Data::Address(Ipv4Addr::from(<[u8; 4]>::try_from(data).ok()?).into())),
            28 => Some(Data::Address(Ipv6Addr::from(<[u8; 16]>::try_from(data).ok()?).into())),
            16 => Some(Data::Text(text(data)?)),
            257 => Some(Data::Caa(caa(data)?)),
            _ => None,
        })
    }
}

/// A TXT record is one or more texts, which belong together.
fn text(mut data: &[u8]) -> Option<String> {
    let mut text = String::new();
    while let [length, rest @ ..] = data {
        let (part, after) = rest.split_at_checked(usize::from(*length))?;
        text += &String::from_utf8_lossy(part);
        data = after;
    }
    Some(text)
}

fn caa(data: &[u8]) -> Option<Caa> {
    let [flags, length, rest @ ..] = data else { return None };
    let (tag, value) = rest.split_at_checked(usize::from(*length))?;
    Some(Caa {
        critical: flags & 0x80 != 0,
        tag: String::from_utf8_lossy(tag).to_ascii_lowercase(),
        value: String::from_utf8_lossy(value).into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_with_an_alias_and_an_address_is_read() {
        let mut message = question(7, "www.a.test", Kind::A).unwrap();
        message.truncate(message.len() - 11);
        message[2..12].copy_from_slice(&[0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0]);
        // www.a.test CNAME a.test, by pointers into the question; then its address.
        message.extend_from_slice(&[0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 2, 0xc0, 16]);
        message.extend_from_slice(&[0xc0, 16, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]);
        let answer = read(7, &message).unwrap();
        assert_eq!(answer.code, NO_ERROR);
        assert!(matches!(&answer.records[0], Data::Alias(target) if target == "a.test"));
        assert!(
            matches!(answer.records[1], Data::Address(IpAddr::V4(address)) if address == Ipv4Addr::new(192, 0, 2, 7))
        );
    }

    #[test]
    fn a_pointer_to_itself_and_a_cut_message_are_refused() {
        let mut message: Vec<u8> = vec![0, 7, 0x81, 0x80, 0, 0, 0, 1, 0, 0, 0, 0];
        message.extend_from_slice(&[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]);
        assert!(read(7, &message).is_none());
        assert!(read(7, &message[..14]).is_none());
        assert!(read(8, &message).is_none());
    }
}
