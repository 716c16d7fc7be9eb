//! Keys that sign changes (RFC 8945): read from the configuration or from a file as name servers have them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use std::path::Path;

/// Bytes that are never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// Read base64.
    ///
    /// # Errors
    /// Where the text is not base64, or stands for nothing. The error does not repeat the text.
    pub fn from_base64(text: &str) -> Result<Self, String> {
        match STANDARD.decode(text.trim()) {
            Ok(bytes) if !bytes.is_empty() => Ok(Self(bytes)),
            _ => Err("the secret is not base64".into()),
        }
    }

    /// Keep a token, without the blanks around it.
    ///
    /// # Errors
    /// Where there is nothing else.
    pub fn from_text(text: &str) -> Result<Self, String> {
        match text.trim() {
            "" => Err("the token is empty".into()),
            token => Ok(Self(token.as_bytes().to_vec())),
        }
    }

    /// Read a file that holds nothing but a token.
    ///
    /// # Errors
    /// Where the file cannot be read or is empty.
    pub fn read_text(path: &Path) -> Result<Self, String> {
        let failed = |reason: String| format!("token file {}: {reason}", path.display());
        let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        Self::from_text(&text).map_err(failed)
    }

    /// Keep bytes as they were kept before.
    pub(crate) fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub(super) fn text(&self) -> Result<&str, String> {
        std::str::from_utf8(&self.0).map_err(|_| "the token is not text".into())
    }

    /// The bytes, to be sealed or signed with.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}

/// How changes are signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TsigAlgorithm {
    /// HMAC-SHA256.
    #[default]
    HmacSha256,
    /// HMAC-SHA384.
    HmacSha384,
    /// HMAC-SHA512.
    HmacSha512,
}

impl TsigAlgorithm {
    const ALL: [Self; 3] = [Self::HmacSha256, Self::HmacSha384, Self::HmacSha512];

    /// Return the name that DNS uses (RFC 8945, section 6).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HmacSha256 => "hmac-sha256",
            Self::HmacSha384 => "hmac-sha384",
            Self::HmacSha512 => "hmac-sha512",
        }
    }

    /// Read the name.
    ///
    /// # Errors
    /// Where it is another algorithm; the error names those that are known.
    pub fn parse(name: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|known| name.eq_ignore_ascii_case(known.as_str()));
        known.ok_or_else(|| format!("algorithm {name:?} is not one of hmac-sha256, hmac-sha384, hmac-sha512"))
    }
}

/// A key that the DNS server knows, too (RFC 8945).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TsigKey {
    /// Its name, as both sides have it.
    pub name: String,
    /// How it signs.
    pub algorithm: TsigAlgorithm,
    /// What both sides know.
    pub secret: Secret,
}

/// What is said of a key; what is missing may be in its file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyWords {
    /// Its name.
    pub name: Option<String>,
    /// How it signs.
    pub algorithm: Option<TsigAlgorithm>,
    /// What both sides know.
    pub secret: Option<Secret>,
}

impl KeyWords {
    /// Read a key file: base64 alone, or what BIND's `tsig-keygen` or Knot's `keymgr -t` writes.
    ///
    /// # Errors
    /// Where the file cannot be read or holds something else.
    pub fn read(path: &Path) -> Result<Self, String> {
        let failed = |reason: String| format!("key file {}: {reason}", path.display());
        let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        Self::parse(&text).map_err(failed)
    }

    /// Make the key, with what is missing from `other`.
    ///
    /// # Errors
    /// Where name or secret are nowhere.
    pub fn complete(self, other: Self) -> Result<TsigKey, String> {
        Ok(TsigKey {
            name: self.name.or(other.name).ok_or("the key has no name")?,
            algorithm: self.algorithm.or(other.algorithm).unwrap_or_default(),
            secret: self.secret.or(other.secret).ok_or("the key has no secret")?,
        })
    }

    /// Read what a key file holds.
    ///
    /// # Errors
    /// Where it is something else; the error does not repeat it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#') && !line.starts_with("//"));
        let border = |character: char| character.is_whitespace() || "{};:\"".contains(character);
        let words: Vec<&str> =
            lines.flat_map(|line| line.split(border)).filter(|word| !["", "-"].contains(word)).collect();
        if let [secret] = words[..] {
            return Ok(Self { secret: Some(Secret::from_base64(secret)?), ..Self::default() });
        }
        let after =
            |label: &str| words.iter().position(|word| *word == label).and_then(|at| words.get(at + 1)).copied();
        let name = after("id").or_else(|| after("key"));
        let secret = after("secret").ok_or("it is neither base64 nor a key as name servers write it")?;
        Ok(Self {
            name: name.map(str::to_owned),
            algorithm: after("algorithm").map(TsigAlgorithm::parse).transpose()?,
            secret: Some(Secret::from_base64(secret)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "4tomw4aOAVnexkyKMWTYFthBvzxgjZkOkAKp2Xpk4Qs=";

    fn whole(text: &str) -> TsigKey {
        KeyWords::parse(text).unwrap().complete(KeyWords::default()).unwrap()
    }

    #[test]
    fn key_files_of_bind_and_knot_say_everything() {
        let bind = format!("key \"auto-ssl.key\" {{\n\talgorithm hmac-sha512;\n\tsecret \"{SECRET}\";\n}};\n");
        let knot = format!(
            "# hmac-sha512:auto-ssl.key:{SECRET}\nkey:\n  - id: auto-ssl.key\n    algorithm: hmac-sha512\n    secret: {SECRET}\n"
        );
        for text in [bind, knot] {
            let key = whole(&text);
            assert_eq!((key.name.as_str(), key.algorithm), ("auto-ssl.key", TsigAlgorithm::HmacSha512), "{text}");
            assert_eq!(key.secret, Secret::from_base64(SECRET).unwrap());
        }
    }

    #[test]
    fn a_file_with_base64_alone_needs_a_name_from_the_configuration() {
        let bare = KeyWords::parse(&format!("{SECRET}\n")).unwrap();
        assert_eq!(bare.clone().complete(KeyWords::default()), Err("the key has no name".into()));
        let named = KeyWords { name: Some("k".into()), ..KeyWords::default() };
        assert_eq!(named.complete(bare).unwrap().algorithm, TsigAlgorithm::HmacSha256);
    }

    #[test]
    fn what_is_no_key_is_refused_without_repeating_it() {
        for wrong in ["", "hidden!", "secret: hid", "algorithm hmac-md5 secret AAAA"] {
            let said = KeyWords::parse(wrong).unwrap_err();
            assert!(!said.contains("hid"), "{said}");
        }
        let shown = format!("{:?}", whole(&format!("key k secret {SECRET}")));
        assert!(!shown.contains(SECRET) && shown.contains("Secret"), "{shown}");
    }
}
