//! Chains: the usual one, the alternate, their issuers.

use anyhow::Result;
use rustls::pki_types::{CertificateDer, pem::PemObject};
use testca::TestCa;
use x509_parser::{certificate::X509Certificate, prelude::FromDer};

use crate::raw::Raw;

fn verify(chain: &str, root: &str) -> Result<bool> {
    let chain: Vec<CertificateDer> = CertificateDer::pem_slice_iter(chain.as_bytes()).collect::<Result<_, _>>()?;
    let root = CertificateDer::from_pem_slice(root.as_bytes())?;
    let issuers = chain.iter().skip(1).chain([&root]);
    for (subject, issuer) in chain.iter().zip(issuers) {
        let (_, subject) = X509Certificate::from_der(subject)?;
        let (_, issuer) = X509Certificate::from_der(issuer)?;
        if subject.issuer() != issuer.subject() || subject.verify_signature(Some(issuer.public_key())).is_err() {
            return Ok(false);
        }
    }
    Ok(chain.len() == 2)
}

#[tokio::test]
async fn both_chains_lead_to_their_roots() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let raw = Raw::registered(&ca).await?;
    let order = raw.issue(&["a.test"]).await?;
    let first = raw.download(&order).await?;
    assert_eq!(first.header("content-type"), "application/pem-certificate-chain");
    let alternate = raw.post(&first.links("alternate")[0], None).await?;
    assert!(verify(&first.text(), ca.issuer_root_pem())?);
    assert!(verify(&alternate.text(), ca.alternate_root_pem())?);
    assert!(!verify(&first.text(), ca.alternate_root_pem())?);
    assert_eq!(alternate.links("alternate"), [order.json()?["certificate"].as_str().unwrap_or_default()]);
    Ok(())
}

#[tokio::test]
async fn the_issuer_of_a_chain_is_linked() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let raw = Raw::registered(&ca).await?;
    let chain = raw.download(&raw.issue(&["a.test"]).await?).await?;
    let issuer = raw.get(&chain.links("up")[0]).await?;
    assert_eq!(issuer.header("content-type"), "application/pkix-cert");
    let certificates = CertificateDer::pem_slice_iter(chain.text().as_bytes()).collect::<Result<Vec<_>, _>>()?;
    assert_eq!(certificates[1].as_ref(), &issuer.body[..]);
    Ok(())
}
