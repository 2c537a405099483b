pub(crate) mod call;
pub(crate) mod freeze;
pub(crate) mod list;
pub(crate) mod roll_back;
pub(crate) mod show;
pub(crate) mod unfreeze;
