//! Words for what is wrong with the certificate of a client (mutual TLS, RFC 8705).

use super::reply;
use crate::explain::Explanation;

const PERSON: &str = "The application could not prove to us which one it is.";

pub(in crate::explain) const MISSING: Explanation = Explanation {
    title: "No client certificate",
    meaning: "The client is set to show a certificate, or its token is bound to one, and none arrived: \
              the application sent none, nobody asked it for one, or the proxy does not pass it on.",
    fix: "Set `mtls.mode` to `tls` where this server speaks HTTPS itself, or to `proxy`, let the proxy \
          ask for certificates (nginx: `ssl_verify_client optional_no_ca`) and pass them on in the \
          header that `mtls.header` names, and name the proxy in `trusted_proxies`.",
    person: PERSON,
    reply: reply::SETTINGS,
};

pub(in crate::explain) const MISMATCH: Explanation = Explanation {
    title: "Another client certificate",
    meaning: "The certificate is not the one that is expected: no authority of `mtls.ca_file` vouches \
              for it, it names somebody else, it is not among the client's keys, or the token is bound \
              to another, with which it ends.",
    fix: "After a renewal, give the client its new certificate in its JWK set (`x5c`); or, where an \
          authority vouches, set whom it names with `keystead client update CLIENT \
          --certificate-subject dns:NAME`.",
    person: PERSON,
    reply: reply::SETTINGS,
};
