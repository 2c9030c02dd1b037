//! Files people write and files we write for them: TOML, CSV and workbooks in, campaign folders in. Knows no other adapter.

pub mod archive;
pub mod audit_export;
pub mod campaign_file;
pub mod campaign_folder;
pub mod contact_export;
pub mod encoding;
pub mod gap_report;
pub mod key_file;
pub mod last_gaps;
pub mod preview;
pub mod private_key;
pub mod refused_rows;
pub mod review_form;
pub mod send_lock;
pub mod settings_edit;
pub mod starter;
pub mod survey;
pub mod table;
pub mod targets;
pub mod template_folder;
pub mod toml_reader;
pub mod whereabouts;

mod decode;
mod in_use;
mod scan;
mod sniff;
mod vcard;
mod workbook;
