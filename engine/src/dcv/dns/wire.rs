//! DNS messages: a question written, an answer read (RFC 1035, RFC 6891, RFC 8914). Whatever the bytes, reading ends:
//! compression pointers only lead backwards, and nothing is read past the end.

use std::net::IpAddr;

/// The size of answers over UDP that needs no fragments.
const UDP_SIZE: u16 = 1232;
const OPT: u16 = 41;
const EXTENDED_ERROR: u16 = 15;

/// The record types that are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    A = 1,
    Ns = 2,
    Cname = 5,
    Soa = 6,
    Txt = 16,
    Aaaa = 28,
    Ds = 43,
    Caa = 257,
}

/// Whether the resolver is to validate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Checking {
    Enabled,
    Disabled,
}

/// A record of class IN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Without the trailing dot.
    pub(crate) owner: String,
    pub(crate) kind: u16,
    pub(crate) data: Data,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Data {
    /// A, AAAA.
    Address(IpAddr),
    /// CNAME, NS.
    Name(String),
    /// All else, as it came.
    Raw(Vec<u8>),
}

/// A message from a resolver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) id: u16,
    /// The question that it answers, for comparison.
    pub(crate) question: Option<(String, u16)>,
    /// With the upper bits of EDNS.
    pub(crate) rcode: u16,
    /// The server speaks for the zone (AA=1).
    pub(crate) authoritative: bool,
    pub(crate) truncated: bool,
    pub(crate) authentic: bool,
    pub(crate) answers: Vec<Record>,
    pub(crate) authority: Vec<Record>,
    pub(crate) errors: Vec<(u16, String)>,
}

/// Write a question with RD and AD set and EDNS.
pub(super) fn question(id: u16, name: &str, kind: Kind, checking: Checking) -> Vec<u8> {
    // RD, and AD: "tell me whether you validated" (RFC 6840, section 5.7).
    let flags: u16 = 0x0120 | if checking == Checking::Disabled { 0x0010 } else { 0 };
    let mut bytes = Vec::with_capacity(name.len() + 32);
    for field in [id, flags, 1, 0, 0, 1] {
        bytes.extend(field.to_be_bytes());
    }
    for label in name.split('.').filter(|label| !label.is_empty()) {
        let label = &label.as_bytes()[..label.len().min(63)];
        bytes.push(label.len().to_le_bytes()[0]);
        bytes.extend(label);
    }
    bytes.push(0);
    for field in [kind as u16, 1] {
        bytes.extend(field.to_be_bytes());
    }
    bytes.push(0);
    for field in [OPT, UDP_SIZE, 0, 0, 0] {
        bytes.extend(field.to_be_bytes());
    }
    bytes
}

/// Read an answer; `None` where it is not a well-formed one.
pub(super) fn read(bytes: &[u8]) -> Option<Message> {
    let mut reader = Reader { bytes, at: 0 };
    let (id, flags) = (reader.u16()?, reader.u16()?);
    let [questions, answers, authority, additional] = [reader.u16()?, reader.u16()?, reader.u16()?, reader.u16()?];
    if flags & 0x8000 == 0 {
        return None;
    }
    let mut question = None;
    for _ in 0..questions {
        let name = reader.name()?;
        question = Some((name, reader.u16()?));
        reader.u16()?;
    }
    let truncated = flags & 0x0200 != 0;
    let mut message = Message {
        id,
        question,
        rcode: flags & 0x000f,
        authoritative: flags & 0x0400 != 0,
        truncated,
        authentic: flags & 0x0020 != 0,
        answers: Vec::new(),
        authority: Vec::new(),
        errors: Vec::new(),
    };
    // What is left of a truncated message is asked for again over TCP.
    if truncated {
        return Some(message);
    }
    for _ in 0..answers {
        let record = reader.record(&mut message)?;
        message.answers.extend(record);
    }
    for _ in 0..authority {
        let record = reader.record(&mut message)?;
        message.authority.extend(record);
    }
    for _ in 0..additional {
        reader.record(&mut message)?;
    }
    Some(message)
}

/// Reads from the bytes of a message; `None` past their end.
pub(crate) struct Reader<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) at: usize,
}

impl<'a> Reader<'a> {
    /// Take so many bytes.
    pub(crate) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(length)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    /// Take a byte.
    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    /// Take two bytes.
    pub(crate) fn u16(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    /// Read a name; a pointer must lead before everything that was read of the name so far.
    pub(crate) fn name(&mut self) -> Option<String> {
        let mut name = String::new();
        let mut after = None;
        let mut lowest = self.at;
        loop {
            let length = self.u8()?;
            match length {
                0 => break,
                1..=63 => {
                    let label = self.take(length.into())?;
                    if !name.is_empty() {
                        name.push('.');
                    }
                    push_label(&mut name, label);
                    if name.len() > 1_024 {
                        return None;
                    }
                }
                0xc0.. => {
                    let target = usize::from(u16::from_be_bytes([length & 0x3f, self.u8()?]));
                    if target >= lowest {
                        return None;
                    }
                    after.get_or_insert(self.at);
                    (lowest, self.at) = (target, target);
                }
                _ => return None,
            }
        }
        self.at = after.unwrap_or(self.at);
        Some(name)
    }

    /// Read a record. Those of other classes give nothing, and OPT goes into the message itself.
    fn record(&mut self, message: &mut Message) -> Option<Option<Record>> {
        let owner = self.name()?;
        let (kind, class) = (self.u16()?, self.u16()?);
        let time_to_live = self.take(4)?;
        let length = usize::from(self.u16()?);
        let start = self.at;
        let raw = self.take(length)?;
        if kind == OPT {
            message.rcode |= u16::from(*time_to_live.first()?) << 4;
            message.errors.extend(extended_errors(raw));
            return Some(None);
        }
        let data = match kind {
            1 => Data::Address(IpAddr::from(<[u8; 4]>::try_from(raw).ok()?)),
            28 => Data::Address(IpAddr::from(<[u8; 16]>::try_from(raw).ok()?)),
            2 | 5 => Data::Name(Reader { bytes: self.bytes.get(..start + length)?, at: start }.name()?),
            _ => Data::Raw(raw.to_vec()),
        };
        Some((class == 1).then_some(Record { owner, kind, data }))
    }
}

/// Labels may have any bytes; a dot within one must not look like a border.
fn push_label(name: &mut String, label: &[u8]) {
    for byte in label {
        match byte {
            b'.' | b'\\' | 0..=0x20 | 0x7f.. => name.push_str(&format!("\\{byte:03}")),
            byte => name.push(char::from(*byte)),
        }
    }
}

fn extended_errors(options: &[u8]) -> Vec<(u16, String)> {
    let mut reader = Reader { bytes: options, at: 0 };
    let mut errors = Vec::new();
    while let (Some(option), Some(length)) = (reader.u16(), reader.u16()) {
        let Some(value) = reader.take(length.into()) else { break };
        if let (EXTENDED_ERROR, Some((code, text))) = (option, value.split_first_chunk::<2>()) {
            errors.push((u16::from_be_bytes(*code), String::from_utf8_lossy(text).into_owned()));
        }
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    /// a.test CNAME b.test (compressed), b.test A 192.0.2.1, EDE 6 "bad".
    fn sample() -> Vec<u8> {
        let mut bytes = vec![0x12, 0x34, 0x81, 0xa0, 0, 1, 0, 2, 0, 0, 0, 1];
        bytes.extend(b"\x01a\x04test\x00\x00\x01\x00\x01");
        bytes.extend(b"\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x04\x01b\xc0\x0e");
        bytes.extend(b"\xc0\x24\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x01");
        bytes.extend(b"\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x09\x00\x0f\x00\x05\x00\x06bad");
        bytes
    }

    #[test]
    fn an_answer_is_read_with_compression_and_extended_errors() {
        let message = read(&sample()).unwrap();
        assert_eq!((message.id, message.rcode, message.authentic, message.truncated), (0x1234, 0, true, false));
        assert_eq!(message.question, Some(("a.test".into(), 1)));
        let cname = Record { owner: "a.test".into(), kind: 5, data: Data::Name("b.test".into()) };
        let address = Record { owner: "b.test".into(), kind: 1, data: Data::Address([192, 0, 2, 1].into()) };
        assert_eq!(message.answers, [cname, address]);
        assert_eq!(message.errors, [(6, "bad".into())]);
    }

    #[test]
    fn a_question_carries_the_bits_for_validation() {
        let bytes = question(1, "a.test", Kind::Caa, Checking::Disabled);
        assert_eq!(bytes[..12], [0, 1, 0x01, 0x30, 0, 1, 0, 0, 0, 0, 0, 1]);
        assert_eq!(&bytes[12..24], b"\x01a\x04test\x00\x01\x01\x00\x01");
        assert_eq!(question(1, "", Kind::Ns, Checking::Enabled)[2..17], *b"\x01\x20\0\x01\0\0\0\0\0\x01\0\0\x02\0\x01");
    }

    #[test]
    fn no_bytes_make_it_panic_or_loop() {
        let sample = sample();
        for length in 0..sample.len() {
            assert_eq!(read(&sample[..length]), None, "cut after {length}");
        }
        for at in 0..sample.len() {
            for value in 0..=255 {
                let mut spoilt = sample.clone();
                spoilt[at] = value;
                let _ = read(&spoilt);
            }
        }
    }
}
