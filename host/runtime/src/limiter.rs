//! Limits on what one store may hold.

use skillgate_app::ports::SandboxLimit;
use wasmtime::{ResourceLimiter, Result};

/// Most linear memories of a component.
pub(crate) const MEMORIES_MAX: u32 = 2;
/// Most tables of a component.
pub const TABLES_MAX: u32 = 4;
/// Most elements of a table.
pub const TABLE_ELEMENTS_MAX: usize = 10_000;
/// Most core instances of a component: the skill, its adapters, the shims between them. A store holds one
/// component.
pub(crate) const CORE_INSTANCES_MAX: u32 = 10;

/// Counts memory over all memories of a store. A guest that may not grow is told so and may go on;
/// what it hit is remembered, so that a crash that follows is told as what it is.
#[derive(Debug)]
pub(crate) struct Limiter {
    memory_bytes_left: u64,
    hit: Option<SandboxLimit>,
}

impl Limiter {
    pub(crate) const fn new(memory_bytes_max: u64) -> Self {
        Self {
            memory_bytes_left: memory_bytes_max,
            hit: None,
        }
    }

    /// Returns the limit that the guest ran into last.
    pub(crate) const fn hit(&self) -> Option<SandboxLimit> {
        self.hit
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool> {
        let more = desired.saturating_sub(current) as u64;
        let allowed = more <= self.memory_bytes_left && maximum.is_none_or(|max| desired <= max);
        if allowed {
            self.memory_bytes_left -= more;
        } else {
            self.hit = Some(SandboxLimit::Memory);
        }
        Ok(allowed)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool> {
        let allowed = desired <= TABLE_ELEMENTS_MAX && maximum.is_none_or(|max| desired <= max);
        if !allowed {
            self.hit = Some(SandboxLimit::Table);
        }
        Ok(allowed)
    }

    fn instances(&self) -> usize {
        CORE_INSTANCES_MAX as usize
    }

    fn tables(&self) -> usize {
        TABLES_MAX as usize
    }

    fn memories(&self) -> usize {
        MEMORIES_MAX as usize
    }
}
