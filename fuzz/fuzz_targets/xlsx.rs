#![no_main]

use convoke_fuzz::{read_file, zipped};
use libfuzzer_sys::fuzz_target;

const WORKBOOK: &[u8] = br#"<workbook xmlns:r="r"><sheets><sheet name="A" r:id="a"/></sheets></workbook>"#;
const RELATIONS: &[u8] =
    br#"<Relationships><Relationship Id="a" Type="t/worksheet" Target="sheet.xml"/></Relationships>"#;

// A sheet, the shared strings and the styles, parted by zeros.
fuzz_target!(|octets: &[u8]| {
    let mut parts = octets.splitn(3, |octet| *octet == 0);
    let mut part = || parts.next().unwrap_or_default();
    let (sheet, strings, styles) = (part(), part(), part());
    read_file(&zipped(&[
        ("xl/workbook.xml", WORKBOOK),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        ("xl/sheet.xml", sheet),
        ("xl/sharedStrings.xml", strings),
        ("xl/styles.xml", styles),
    ]));
});
