//! How long a guest computes. Only time in which its future is polled counts: waiting for the CRM,
//! or for a thread while others run, is not the guest's.

use crate::engine::CPU_TICK;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use wasmtime::{Engine, EngineWeak};

/// Ticks after which a computing guest lets others have the thread.
pub(crate) const TICKS_PER_SLICE: u64 = 5;

/// Computing time of one run. Written by the one thread that polls it.
#[derive(Debug)]
pub(crate) struct CpuMeter {
    origin: Instant,
    spent_ns: AtomicU64,
    poll_began_ns: AtomicU64,
}

impl CpuMeter {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            origin: Instant::now(),
            spent_ns: AtomicU64::new(0),
            poll_began_ns: AtomicU64::new(0),
        })
    }

    /// Returns the time computed so far, the poll under way included.
    pub(crate) fn spent(&self) -> Duration {
        let current = self
            .since_origin_ns()
            .saturating_sub(self.poll_began_ns.load(Ordering::Relaxed));
        Duration::from_nanos(self.spent_ns.load(Ordering::Relaxed) + current)
    }

    fn since_origin_ns(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// A future whose polls are timed.
pub(crate) struct Metered<F> {
    future: Pin<Box<F>>,
    meter: Arc<CpuMeter>,
}

impl<F: Future> Metered<F> {
    pub(crate) fn new(future: F, meter: Arc<CpuMeter>) -> Self {
        Self {
            future: Box::pin(future),
            meter,
        }
    }
}

impl<F: Future> Future for Metered<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let began = self.meter.since_origin_ns();
        self.meter.poll_began_ns.store(began, Ordering::Relaxed);
        let polled = self.future.as_mut().poll(context);
        let took = self.meter.since_origin_ns() - began;
        self.meter.spent_ns.fetch_add(took, Ordering::Relaxed);
        polled
    }
}

/// Moves the engine's epoch on, every [`CPU_TICK`], for as long as the engine lives.
///
/// A thread of its own: a busy executor must not stop the clock that ends what keeps it busy.
pub(crate) fn start_ticker(engine: &Engine) -> std::io::Result<()> {
    let engine: EngineWeak = engine.weak();
    let tick = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(CPU_TICK);
        }
    };
    std::thread::Builder::new()
        .name("epoch".into())
        .spawn(tick)
        .map(drop)
}
