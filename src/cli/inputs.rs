//! The inputs of a campaign, imported (what changed) before it is planned.

use super::context::Context;
use super::failure::Failure;
use crate::domain::keys::Keyring;
use crate::engine::ports::Ledger;
use crate::files::campaign_folder::CampaignFolder;

pub fn bring_in(
    _context: &Context,
    _folder: &CampaignFolder,
    _keys: &Keyring,
    _ledger: &mut dyn Ledger,
) -> Result<(), Failure> {
    Ok(())
}
