//! Generated from `wit/`. One module for each version of the contract.

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "skill",
    imports: { default: async | trappable },
    exports: { default: async },
});
