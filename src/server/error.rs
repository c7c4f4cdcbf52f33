//! Why the server cannot start: one sentence each, with cause and fix.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// Another program has the port.
    #[error(
        "cannot listen on {address}: another program uses that port; stop it, or set another \
         address as {setting}"
    )]
    InUse {
        /// The setting that named the address.
        setting: &'static str,
        /// The address.
        address: SocketAddr,
    },
    /// The system does not let this user have the port.
    #[error(
        "cannot listen on {address}: this user may not use that port; set a port from 1024 up as \
         {setting}, or give the program the capability CAP_NET_BIND_SERVICE"
    )]
    Denied {
        /// The setting that named the address.
        setting: &'static str,
        /// The address.
        address: SocketAddr,
    },
    /// No network card has the address.
    #[error(
        "cannot listen on {address}: this machine has no such address; set one that it has as \
         {setting}, or 0.0.0.0:{} for all",
        address.port()
    )]
    NotHere {
        /// The setting that named the address.
        setting: &'static str,
        /// The address.
        address: SocketAddr,
    },
    /// Something else.
    #[error("cannot listen on {address} ({error}); set another address as {setting}")]
    Listen {
        /// The setting that named the address.
        setting: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
    /// Certificate or key cannot be used.
    #[error("{setting} {} {problem}", path.display())]
    Tls {
        /// `tls.cert_file` or `tls.key_file`.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        problem: String,
    },
}

impl ServerError {
    pub(super) fn bind(
        setting: &'static str,
        address: SocketAddr,
        error: io::Error,
    ) -> ServerError {
        match error.kind() {
            io::ErrorKind::AddrInUse => ServerError::InUse { setting, address },
            io::ErrorKind::PermissionDenied => ServerError::Denied { setting, address },
            io::ErrorKind::AddrNotAvailable => ServerError::NotHere { setting, address },
            _ => ServerError::Listen { setting, address, error },
        }
    }

    pub(super) fn tls(setting: &'static str, path: &Path, problem: String) -> ServerError {
        ServerError::Tls { setting, path: path.to_owned(), problem }
    }
}
