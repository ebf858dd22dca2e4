//! Keys and certificates of a test: an authority of its own, and what it signs.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};

use crate::Error;

/// An authority that only its test knows.
#[derive(Debug)]
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, in PEM.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The certificate.
    pub certificate: String,
    /// Its key, in PKCS#8.
    pub key: String,
}

impl Authority {
    /// An authority of a name.
    ///
    /// # Errors
    ///
    /// Where the system has no random numbers.
    pub fn new(name: &str) -> Result<Self, Error> {
        let make = || {
            let mut params = CertificateParams::default();
            params.distinguished_name.push(DnType::CommonName, name);
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
            CertifiedIssuer::self_signed(params, KeyPair::generate()?)
        };
        make().map(Self).map_err(failed(name))
    }

    /// The certificate of the authority, in PEM.
    #[must_use]
    pub fn certificate(&self) -> String {
        self.0.pem()
    }

    /// An identity that the authority signs: for a server its `names`, for a client none.
    ///
    /// # Errors
    ///
    /// Where a name is no name, or the system has no random numbers.
    pub fn identity(
        &self,
        name: &str,
        organization: Option<&str>,
        names: &[&str],
    ) -> Result<Identity, Error> {
        let make = || {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let mut params = CertificateParams::new(names)?;
            params.distinguished_name.push(DnType::CommonName, name);
            if let Some(organization) = organization {
                params
                    .distinguished_name
                    .push(DnType::OrganizationName, organization);
            }
            params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
            params.extended_key_usages = vec![
                ExtendedKeyUsagePurpose::ServerAuth,
                ExtendedKeyUsagePurpose::ClientAuth,
            ];
            let key = KeyPair::generate()?;
            let certificate = params.signed_by(&key, &self.0)?;
            Ok(Identity {
                certificate: certificate.pem(),
                key: key.serialize_pem(),
            })
        };
        make().map_err(failed(name))
    }
}

/// A key that signs tokens: its private part and, in the place of a certificate, its public part.
pub(crate) fn signing_key() -> Result<Identity, Error> {
    let key = KeyPair::generate().map_err(failed("tokens"))?;
    Ok(Identity {
        certificate: key.public_key_pem(),
        key: key.serialize_pem(),
    })
}

fn failed(name: &str) -> impl FnOnce(rcgen::Error) -> Error + use<> {
    let name = name.to_owned();
    move |source| Error::Certificate { name, source }
}
