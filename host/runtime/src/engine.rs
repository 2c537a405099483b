//! The engine's settings. One engine in a process: type indices of two must never meet
//! (GHSA-hgjw-h833-99q9).

use crate::limiter::{CORE_INSTANCES_MAX, MEMORIES_MAX, TABLE_ELEMENTS_MAX, TABLES_MAX};
use skillgate_domain::limits::CallLimits;
use std::time::Duration;
use wasmtime::{Config, Enabled, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig};

/// How often a running guest is looked at. A guest is ended within a few ticks of its deadline.
pub const CPU_TICK: Duration = Duration::from_millis(2);

/// Deepest stack of a guest. The fiber beneath also carries host functions, which need room of their own.
const GUEST_STACK_BYTES_MAX: usize = 512 * 1024;
const FIBER_STACK_BYTES: usize = 2 * 1024 * 1024;

/// Memory that a slot keeps and zeroes by hand when a call ends, instead of giving it back to the
/// kernel: giving it back needs a lock that all threads of the process share. Covers the whole
/// initial memory of a skill built with our SDK.
const KEEP_RESIDENT_BYTES: usize = 512 * 1024;
const TABLE_KEEP_RESIDENT_BYTES: usize = 16 * 1024;
const FIBER_KEEP_RESIDENT_BYTES: usize = 64 * 1024;

/// Slots that are given back to the kernel together.
const DECOMMIT_BATCH: usize = 16;

/// Slots kept warm for components that ran before.
const WARM_SLOTS_MAX: u32 = 100;

/// Returns the settings for a pool of `runs_max` runs at once.
pub fn config(runs_max: u32) -> Config {
    let mut config = Config::new();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(runs_max)));
    config.epoch_interruption(true);
    config.max_wasm_stack(GUEST_STACK_BYTES_MAX);
    config.async_stack_size(FIBER_STACK_BYTES);
    config.cranelift_opt_level(OptLevel::Speed);
    config.wasm_backtrace_max_frames(None);
    // The contract has no streams, futures or async functions.
    config.concurrency_support(false);
    // Off: what skills do not need and what advisories have been about.
    config.wasm_multi_memory(false);
    config.wasm_memory64(false);
    config.wasm_tail_call(false);
    config.wasm_relaxed_simd(false);
    config.wasm_custom_page_sizes(false);
    config.wasm_wide_arithmetic(false);
    config.shared_memory(false);
    config
}

fn pool(runs_max: u32) -> PoolingAllocationConfig {
    let memory_bytes_max = usize::try_from(CallLimits::CEILING.memory_bytes).unwrap_or(usize::MAX);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(runs_max)
        .total_core_instances(runs_max.saturating_mul(CORE_INSTANCES_MAX))
        .total_memories(runs_max.saturating_mul(MEMORIES_MAX))
        .total_tables(runs_max.saturating_mul(TABLES_MAX))
        .total_stacks(runs_max)
        .max_core_instances_per_component(CORE_INSTANCES_MAX)
        .max_memories_per_component(MEMORIES_MAX)
        .max_memories_per_module(1)
        .max_tables_per_component(TABLES_MAX)
        .max_tables_per_module(TABLES_MAX)
        .table_elements(TABLE_ELEMENTS_MAX)
        .max_memory_size(memory_bytes_max)
        .linear_memory_keep_resident(KEEP_RESIDENT_BYTES)
        .table_keep_resident(TABLE_KEEP_RESIDENT_BYTES)
        .async_stack_keep_resident(FIBER_KEEP_RESIDENT_BYTES)
        .decommit_batch_size(DECOMMIT_BATCH)
        .max_unused_warm_slots(WARM_SLOTS_MAX)
        // Where the kernel can say which pages were written (Linux 6.7), only those are zeroed: half as
        // much again in calls a second.
        .pagemap_scan(Enabled::Auto);
    pool
}
