use super::Egress;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::SocketAddr;
use std::sync::Arc;

/// Gives a client the addresses that were judged, and no others.
pub(crate) struct Judged(pub(crate) Arc<Egress>);

impl Resolve for Judged {
    fn resolve(&self, name: Name) -> Resolving {
        let egress = Arc::clone(&self.0);
        Box::pin(async move {
            let found = egress.addresses(name.as_str()).await;
            let addresses = found.inspect_err(|why| {
                tracing::warn!(server.address = name.as_str(), "not connected: {why}");
            })?;
            // The client puts the port in its place.
            let addresses = addresses.into_iter().map(|it| SocketAddr::new(it, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}
