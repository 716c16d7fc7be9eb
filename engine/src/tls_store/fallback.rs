//! The certificate for names that nobody has, until the server's own name has a real one. It is signed by itself, and nothing ever
//! renews it: a service must present something to clients that name no host, and many mail servers do not.

use std::io;

const NO_NAME: &str = "autossl.invalid";

/// Make a certificate signed by itself, as PEM, with its key.
pub(super) fn self_signed(hostname: Option<&str>) -> io::Result<(String, String)> {
    let key = rcgen::KeyPair::generate().map_err(io::Error::other)?;
    let name = hostname.unwrap_or(NO_NAME).to_owned();
    let mut params = rcgen::CertificateParams::new(vec![name.clone()]).map_err(io::Error::other)?;
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    let certificate = params.self_signed(&key).map_err(io::Error::other)?;
    Ok((certificate.pem(), key.serialize_pem()))
}
