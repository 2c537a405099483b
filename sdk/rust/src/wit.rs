//! What `wit-bindgen` makes of the contract. Hidden: the public modules re-export what belongs to the API.

#![expect(clippy::pedantic, reason = "generated")]

wit_bindgen::generate!({
    path: "../../wit",
    world: "skill",
    pub_export_macro: true,
    default_bindings_module: "skillgate_sdk::wit",
    additional_derives: [PartialEq],
    additional_type_attributes: {
        "skillgate:skill/crm@0.1.0/contact": [#[derive(Default)]],
        "skillgate:skill/crm@0.1.0/company": [#[derive(Default)]],
        "skillgate:skill/crm@0.1.0/opportunity": [#[derive(Default)]],
        "skillgate:skill/crm@0.1.0/task": [#[derive(Default)]],
        "skillgate:skill/crm@0.1.0/note": [#[derive(Default)]],
        "skillgate:skill/crm@0.1.0/phone": [#[derive(Default)]],
    },
});
