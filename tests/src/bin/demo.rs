//! The main job, shown: `cargo xtask demo`.
//!
//! Starts the real program on embedded defaults in a folder of its own, and uses it as people would:
//! the operator and the admins on the command line, agents over HTTP.
#![expect(clippy::print_stdout, reason = "a demonstration talks to its watcher")]

#[path = "demo/confirmation.rs"]
mod confirmation;
#[path = "demo/enrich.rs"]
mod enrich;
#[path = "demo/hand_off.rs"]
mod hand_off;
#[path = "demo/host.rs"]
mod host;
#[path = "demo/partner_module.rs"]
mod partner_module;
#[path = "demo/partners.rs"]
mod partners;
#[path = "demo/rights.rs"]
mod rights;
#[path = "demo/story.rs"]
mod story;

use clap::Parser;
use std::path::PathBuf;
use std::time::Instant;

#[derive(Parser)]
struct Arguments {
    /// The folder of built skills.
    #[arg(long)]
    skills: PathBuf,
    /// Keep the host up at the end.
    #[arg(long)]
    serve: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let began = Instant::now();
    let mut host = host::Host::start()?;
    let tokens = story::tell(&host, &arguments.skills).await?;
    println!("\nThe story took {:.1} s.", began.elapsed().as_secs_f64());
    if arguments.serve {
        story::invite(&host, &tokens);
        host.wait()?;
    }
    Ok(())
}
