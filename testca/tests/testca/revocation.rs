//! Revocation by the account, by the certificate's key, by another that controls the names; and the list.

use anyhow::{Context, Result};
use instant_acme::{RevocationReason, RevocationRequest};
use rustls::pki_types::PrivatePkcs8KeyDer;
use serde_json::json;
use testca::TestCa;
use x509_parser::{prelude::FromDer, revocation_list::CertificateRevocationList};

use crate::{
    client,
    raw::{Raw, encode},
};

#[tokio::test]
async fn an_account_revokes_its_certificate_once() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let account = client::register(&ca).await?;
    let received = client::obtain(&account, &["a.test"]).await?;
    let request = RevocationRequest { certificate: &received.leaf, reason: Some(RevocationReason::Superseded) };
    account.revoke(&request).await?;
    assert_eq!(ca.revocation_reason(&ca.journal().certificates()[0].serial)?, Some(4));
    let error = account.revoke(&request).await.err();
    assert_eq!(error.as_ref().and_then(client::problem), Some("alreadyRevoked"));
    Ok(())
}

#[tokio::test]
async fn the_certificates_own_key_revokes_it_and_no_other_does() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let raw = Raw::registered(&ca).await?;
    let order = raw.new_order(&["a.test"]).await?;
    raw.respond(&order, "http-01").await?;
    let pair = rcgen::KeyPair::generate()?;
    raw.finalize(&order, &client::csr_with(&["a.test"], &pair)?).await?;
    let request = json!({"certificate": encode(&ca.journal().certificates()[0].der), "reason": 1});

    let mut holder = Raw::new(&ca).await?;
    let refused = holder.post_by_key(holder.url("revokeCert"), &request).await?;
    assert_eq!((refused.status, refused.problem().as_str()), (403, "unauthorized"));
    let der = PrivatePkcs8KeyDer::from(pair.serialize_der());
    let algorithm = &aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED_SIGNING;
    holder.key = aws_lc_rs::signature::EcdsaKeyPair::from_pkcs8(algorithm, der.secret_pkcs8_der())?;
    assert_eq!(holder.post_by_key(holder.url("revokeCert"), &request).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn another_account_revokes_once_it_controls_the_names() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let (raw, heir) = (Raw::registered(&ca).await?, Raw::registered(&ca).await?);
    raw.issue(&["a.test"]).await?;
    let request = json!({"certificate": encode(&ca.journal().certificates()[0].der)});
    assert_eq!(heir.post(heir.url("revokeCert"), Some(request.clone())).await?.problem(), "unauthorized");
    heir.respond(&heir.new_order(&["a.test"]).await?, "http-01").await?;
    assert_eq!(heir.post(heir.url("revokeCert"), Some(request)).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn odd_reasons_and_foreign_certificates_are_refused() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let elsewhere = TestCa::builder().start()?;
    let raw = Raw::registered(&ca).await?;
    raw.issue(&["a.test"]).await?;
    Raw::registered(&elsewhere).await?.issue(&["a.test"]).await?;
    let own = encode(&ca.journal().certificates()[0].der);
    let foreign = encode(&elsewhere.journal().certificates()[0].der);
    for (request, status, problem) in [
        (json!({"certificate": own, "reason": 7}), 400, "badRevocationReason"),
        (json!({"certificate": foreign}), 404, "malformed"),
        (json!({"certificate": "AAAA"}), 400, "malformed"),
    ] {
        let refused = raw.post(raw.url("revokeCert"), Some(request)).await?;
        assert_eq!((refused.status, refused.problem().as_str()), (status, problem));
    }
    Ok(())
}

#[tokio::test]
async fn the_revocation_list_names_the_revoked() -> Result<()> {
    let ca = TestCa::builder().start()?;
    let raw = Raw::registered(&ca).await?;
    raw.issue(&["a.test"]).await?;
    raw.issue(&["b.test"]).await?;
    let issued = ca.journal().certificates();
    ca.revoke(&issued[1].serial, 1)?;
    let url = ca.directory_url().replace("/directory", "/crl");
    let list = raw.get(&url).await?;
    let (_, list) = CertificateRevocationList::from_der(&list.body)?;
    let serials: Vec<String> = list.iter_revoked_certificates().map(|it| it.raw_serial_as_string()).collect();
    assert_eq!(
        serials,
        [issued[1].serial.as_bytes().chunks(2).map(std::str::from_utf8).collect::<Result<Vec<_>, _>>()?.join(":")]
    );
    assert!(list.iter_revoked_certificates().next().context("empty")?.reason_code().is_some());
    Ok(())
}
