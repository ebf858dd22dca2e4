//! Who is who in a control plane: certificates, and kubeconfigs that hold them.

use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::folder::write;
use crate::pki::signing_key;
use crate::{Authority, Error, Identity};

/// The identities of one control plane.
#[derive(Debug)]
pub(super) struct Credentials {
    authority: Authority,
}

impl Credentials {
    /// Makes them and writes what the servers read into their folder.
    pub(super) fn new(name: &str, folder: &Path) -> Result<Self, Error> {
        let authority = Authority::new(name)?;
        write(folder, "ca.crt", &authority.certificate())?;
        let names = [
            "127.0.0.1",
            "localhost",
            "10.96.0.1",
            "kubernetes.default.svc",
        ];
        let server = authority.identity("kube-apiserver", None, &names)?;
        let proxy = authority.identity("front-proxy-client", None, &[])?;
        for (file, identity) in [
            ("server", server),
            ("proxy", proxy),
            ("tokens", signing_key()?),
        ] {
            write(folder, &format!("{file}.crt"), &identity.certificate)?;
            write(folder, &format!("{file}.key"), &identity.key)?;
        }
        Ok(Self { authority })
    }

    pub(super) fn authority(&self) -> String {
        self.authority.certificate()
    }

    /// Who an administrator is.
    pub(super) fn administrator(&self) -> Result<Identity, Error> {
        self.authority
            .identity("admin", Some("system:masters"), &[])
    }

    /// A kubeconfig for who calls itself `user`, of a group that the API server knows.
    pub(super) fn kubeconfig(
        &self,
        server: &str,
        user: &str,
        group: Option<&str>,
    ) -> Result<String, Error> {
        let client = self.authority.identity(user, group, &[])?;
        let [ca, certificate, key] = [&self.authority(), &client.certificate, &client.key]
            .map(|pem| BASE64_STANDARD.encode(pem));
        Ok(format!(
            "apiVersion: v1\n\
             kind: Config\n\
             current-context: bed\n\
             clusters: [{{name: bed, cluster: {{server: \"{server}\", certificate-authority-data: {ca}}}}}]\n\
             users: [{{name: bed, user: {{client-certificate-data: {certificate}, client-key-data: {key}}}}}]\n\
             contexts: [{{name: bed, context: {{cluster: bed, user: bed}}}}]\n"
        ))
    }
}
