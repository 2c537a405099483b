//! The guest's allocator.
//!
//! A host makes a fresh instance for every call, and every growth of its memory costs system calls that slow
//! all instances of the process down. So the common call is served from a region that is part of the initial
//! memory, and only larger ones grow it.

#![expect(unsafe_code, reason = "an allocator hands out raw memory")]

use core::alloc::Layout;
use core::arch::wasm32::memory_grow;
use core::mem::MaybeUninit;
use core::ptr::NonNull;
use talc::base::{CHUNK_UNIT, Talc, binning::Binning};
use talc::cell::TalcSyncCell;
use talc::source::Source;
use talc::wasm::WasmBinning;

/// Bytes served without growth: a page of 100 records, its JSON and the input.
const ARENA_BYTES: usize = 192 * 1024;
/// Unit in which memory grows.
const PAGE_BYTES: usize = 64 * 1024;
/// Fewest pages to grow by: one growth costs as much for many pages as for one.
const GROWTH_PAGES_MIN: usize = 8;

static mut ARENA: [MaybeUninit<u8>; ARENA_BYTES] = [MaybeUninit::uninit(); ARENA_BYTES];

#[global_allocator]
static ALLOCATOR: TalcSyncCell<ArenaThenGrowth, WasmBinning> =
    TalcSyncCell::new_wasm(ArenaThenGrowth {
        arena_is_free: true,
        grown_end: None,
    });

/// Gives the allocator the arena first, then new pages of the instance's memory.
#[derive(Debug)]
struct ArenaThenGrowth {
    arena_is_free: bool,
    /// Where the last growth ended: the next one continues there, so that freed neighbours join.
    grown_end: Option<NonNull<u8>>,
}

// SAFETY: `acquire` uses no allocator but the one it is given, and does not panic.
unsafe impl Source for ArenaThenGrowth {
    fn acquire<B: Binning>(talc: &mut Talc<Self, B>, layout: Layout) -> Result<(), ()> {
        if core::mem::take(&mut talc.source.arena_is_free) {
            // SAFETY: `ARENA` is used nowhere else, lives for ever, and is claimed once.
            return unsafe { talc.claim((&raw mut ARENA).cast(), ARENA_BYTES) }
                .map(drop)
                .ok_or(());
        }
        // Beside the bytes asked for: a chunk's tags, and the worst padding of the alignment.
        let bytes = layout
            .size()
            .checked_add(layout.align() + 4 * CHUNK_UNIT)
            .ok_or(())?;
        let pages = bytes.div_ceil(PAGE_BYTES).max(GROWTH_PAGES_MIN);
        let previous_pages = memory_grow::<0>(pages);
        if previous_pages == usize::MAX {
            return Err(());
        }
        let base = (previous_pages * PAGE_BYTES) as *mut u8;
        let end = base.wrapping_add(pages * PAGE_BYTES);
        talc.source.grown_end = match talc.source.grown_end {
            // SAFETY: the heap ended where the new pages begin, and nobody else uses them.
            Some(heap_end) if heap_end.as_ptr() == base => {
                Some(unsafe { talc.extend(heap_end, end) })
            }
            // SAFETY: these pages are new, so nobody else uses them.
            _ => unsafe { talc.claim(base, pages * PAGE_BYTES) },
        };
        talc.source.grown_end.map(drop).ok_or(())
    }
}
