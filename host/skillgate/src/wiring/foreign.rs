//! Tokens that somebody else issues.

use super::StartError;
use crate::config::Config;
use skillgate_server::{ForeignTokens, MypaTokens, PlatformTokens};
use std::sync::Arc;

pub(super) fn tokens(config: &Config) -> Result<ForeignTokens, StartError> {
    let mypa = config.mypa.as_ref().map(|mypa| {
        MypaTokens::new(&mypa.secret, &mypa.slug, mypa.community.clone()).map(Arc::new)
    });
    let platform = config.platform.clone();
    let platform = platform.map(|platform| PlatformTokens::new(platform).map(Arc::new));
    Ok(ForeignTokens {
        mypa: mypa.transpose().map_err(StartError::Mypa)?,
        platform: platform.transpose().map_err(StartError::Platform)?,
    })
}
