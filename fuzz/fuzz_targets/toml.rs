#![no_main]

use std::path::Path;

use convoke::files::campaign_folder::CampaignFolder;
use convoke::settings::Settings;
use libfuzzer_sys::fuzz_target;

// The settings; and, behind a zero, a campaign.
fuzz_target!(|text: &str| {
    let (settings, campaign) = text.split_once('\0').unwrap_or((text, text));
    let _ = Settings::parse(settings, Path::new("/nowhere"));
    let workspace = std::env::temp_dir().join(format!("convoke-fuzz-{}", std::process::id()));
    let folder = workspace.join("campaigns/c");
    if std::fs::create_dir_all(&folder).is_ok() && std::fs::write(folder.join("campaign.toml"), campaign).is_ok() {
        let _ = CampaignFolder::load(&workspace, &folder);
    }
});
