//! Whose account is asked, and what it may cost.

use anyhow::{Result, anyhow, bail};
use clap::Args;
use plumbline_aws::{Account, Choice};
use plumbline_core::models::Money;

/// An account at AWS; what is left out comes from its usual configuration.
#[derive(Args, Clone)]
pub struct AccountArgs {
    /// The profile of the AWS configuration.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// The region, such as us-east-1.
    #[arg(long)]
    region: Option<String>,
    /// One address for all services in place of theirs.
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
}

impl AccountArgs {
    /// What was chosen.
    pub fn choice(&self) -> Choice {
        Choice { profile: self.profile.clone(), region: self.region.clone(), endpoint: self.endpoint.clone() }
    }

    /// The account; calls nothing.
    pub fn open(&self) -> Result<Account> {
        let account =
            Account::open(&self.choice()).map_err(|e| anyhow!("the account can't be opened: {e}. Close other programs, and try again"))?;
        if account.region().is_none() {
            bail!("no region is known. Name one with --region, such as us-east-1");
        }
        Ok(account)
    }
}

/// An amount as people write it, in US dollars: `5`, `0.25`.
pub fn dollars(text: &str) -> Result<Money, String> {
    Money::from_usd(text).ok_or_else(|| format!("{text} is no amount of US dollars: write it like 5 or 0.25"))
}
