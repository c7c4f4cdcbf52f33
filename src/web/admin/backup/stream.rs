//! A file on its way to a browser, in pieces, so that memory does not grow with it.

use std::fs::File;
use std::io::{Error, Read};
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use http_body::{Frame, SizeHint};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::task::spawn_blocking;

const PIECE: usize = 64 * 1024;
/// Pieces that may wait for whoever reads slowly.
const WAITING: usize = 2;

struct Pieces {
    pieces: Receiver<Result<Bytes, Error>>,
    left: u64,
}

/// The file, of which `length` bytes are sent.
pub fn body(file: File, length: u64) -> Body {
    let (send, pieces) = channel(WAITING);
    spawn_blocking(move || {
        let mut file = file.take(length);
        loop {
            let mut piece = Vec::with_capacity(PIECE);
            let read = file.by_ref().take(PIECE as u64).read_to_end(&mut piece);
            let last = !matches!(read, Ok(count) if count > 0);
            let piece = match read {
                Ok(0) => return,
                Ok(_) => Ok(piece.into()),
                Err(error) => Err(error),
            };
            // Whoever went away needs no more of it.
            if send.blocking_send(piece).is_err() || last {
                return;
            }
        }
    });
    Body::new(Pieces { pieces, left: length })
}

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        self.pieces.poll_recv(context).map(|piece| {
            if let Some(Ok(piece)) = &piece {
                self.left = self.left.saturating_sub(piece.len() as u64);
            }
            piece.map(|piece| piece.map(Frame::data))
        })
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
