#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test that cannot go on must end

use super::package::{MOST_INFLATED, Package};
use super::*;
use proptest::prelude::*;
use std::io::{Cursor, Write};

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

/// A ZIP file of these parts; `'` stands for `"`.
fn zipped(parts: &[(&str, String)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.replace('\'', "\"").as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A workbook as Excel would write it, around the XML of its sheets' contents, and further parts.
fn book(sheets: &[(&str, &str)], further: &[(&str, String)]) -> Vec<u8> {
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let mut list = String::new();
    let mut targets = String::new();
    let mut parts = Vec::new();
    let names: Vec<String> = (1..=sheets.len()).map(|n| format!("xl/worksheets/sheet{n}.xml")).collect();
    for (n, (attributes, content)) in sheets.iter().enumerate().map(|(i, sheet)| (i + 1, sheet)) {
        list += &format!("<sheet {attributes} sheetId='{n}' r:id='rId{n}'/>");
        targets +=
            &format!("<Relationship Id='rId{n}' Type='{relations}/worksheet' Target='worksheets/sheet{n}.xml'/>");
        parts.push((names[n - 1].as_str(), format!("<worksheet xmlns='{MAIN}'>{content}</worksheet>")));
    }
    parts.push((
        "_rels/.rels",
        format!(
            "<Relationships xmlns='{package}'><Relationship Id='rId1' Type='{relations}/officeDocument' \
             Target='xl/workbook.xml'/></Relationships>"
        ),
    ));
    parts.push((
        "xl/workbook.xml",
        format!("<workbook xmlns='{MAIN}' xmlns:r='{relations}'><sheets>{list}</sheets></workbook>"),
    ));
    parts.push(("xl/_rels/workbook.xml.rels", format!("<Relationships xmlns='{package}'>{targets}</Relationships>")));
    parts.extend(further.iter().cloned());
    zipped(&parts)
}

/// A workbook of one sheet of these rows.
fn workbook(rows: &str) -> Vec<u8> {
    book(&[("name='People'", &format!("<sheetData>{rows}</sheetData>"))], &[])
}

/// A spreadsheet as LibreOffice would write it, of these tables.
fn ods(tables: &str) -> Vec<u8> {
    let content = format!(
        "<office:document-content xmlns:office='o' xmlns:table='t' xmlns:text='x' xmlns:style='s'>\
         <office:automatic-styles><style:style style:name='ta2' style:family='table'>\
         <style:table-properties table:display='false'/></style:style></office:automatic-styles>\
         <office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    );
    zipped(&[("mimetype", "application/vnd.oasis.opendocument.spreadsheet".to_owned()), ("content.xml", content)])
}

fn text(at: &str, text: &str) -> String {
    format!("<c r='{at}' t='inlineStr'><is><t>{text}</t></is></c>")
}

fn read_sheet(bytes: &[u8], sheet: Option<&str>, most: u64) -> Result<Vec<String>, TableError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.xlsx");
    std::fs::write(&path, bytes).unwrap();
    let mut book = Workbook::open_within(&path, sheet, most)?;
    let mut said = vec![format!("{}:{}", book.header().line, book.header().cells().collect::<Vec<_>>().join("|"))];
    said.extend(book.findings().iter().map(|f| format!("{}?{}?{}", f.line, f.column, f.reason)));
    let mut record = Record::default();
    loop {
        match book.next_row(&mut record)? {
            Row::End => return Ok(said),
            Row::Whole => said.push(format!("{}:{}", record.line, record.cells().collect::<Vec<_>>().join("|"))),
            Row::Broken(reason) => said.push(format!("{}!{reason}", record.line)),
        }
    }
}

fn read(bytes: &[u8]) -> Result<Vec<String>, TableError> {
    read_sheet(bytes, None, MOST_INFLATED)
}

fn complaint(bytes: &[u8]) -> String {
    read(bytes).unwrap_err().to_string()
}

#[test]
fn rows_keep_the_numbers_the_sheet_gives_them() {
    let rows = format!(
        "<row r='2'>{}{}{}</row><row r='3'>{}<c r='C3'><v>2027</v></c></row><row r='5'>{}</row><row r='6'>{}{}</row>",
        text("A2", " email "),
        text("B2", "Name"),
        text("C2", "year"),
        text("A3", "ada@example.org"),
        text("A5", "  "),
        text("B6", "Bob"),
        text("D6", "stray"),
    );
    let said = read(&workbook(&rows)).unwrap();
    assert_eq!(said, ["2:email|Name|year", "3:ada@example.org||2027", "6!the row has 4 cells, the header 3"]);
}

#[test]
fn what_is_no_workbook_or_too_large_is_refused() {
    assert_eq!(read(&workbook("")).unwrap_err(), TableError::Empty);
    assert!(complaint(b"PK\x03\x04 and nothing more").contains("damaged"));
    for (part, said) in [
        ("word/document.xml", "a Word document"),
        ("Index/Document.iwa", "Apple Numbers"),
        ("xl/workbook.bin", ".xlsb"),
        ("people.csv", "unpack it"),
    ] {
        assert!(complaint(&zipped(&[(part, String::new())])).contains(said), "{part}");
    }
    let bomb = workbook(&format!("<row r='1'>{}</row>{}", text("A1", "email"), " ".repeat(200_000)));
    assert!(bomb.len() < 3_000, "it is small until it is inflated");
    assert!(read_sheet(&bomb, None, 100_000).unwrap_err().to_string().contains("larger than can be read"));
    assert!(read_sheet(&bomb, None, 300_000).is_ok());
    let many: Vec<(String, String)> = (0..10_001).map(|n| (format!("xl/{n}"), String::new())).collect();
    let many: Vec<(&str, String)> = many.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    assert!(complaint(&zipped(&many)).contains("larger than can be read"));
}

#[test]
fn no_claim_of_the_file_is_believed() {
    let sheet = "<dimension ref='A1:XFD1048576'/><sheetData><row r='1'><c r='A1' t='s'><v>0</v></c></row></sheetData>";
    let strings = format!("<sst xmlns='{MAIN}' uniqueCount='18446744073709551615'><si><t>email</t></si></sst>");
    let lying = book(&[("name='People'", sheet)], &[("xl/sharedStrings.xml", strings)]);
    assert_eq!(read(&lying).unwrap(), ["1:email"]);
    for cell in [
        "<c r='A1' t='s'><v>7</v></c>",
        "<c r='AAAAAAAA1'><v>7</v></c>",
        "<c r='A99999999999999999999'><v>7</v></c>",
        "<c r='XFE1'><v>7</v></c>",
    ] {
        assert!(complaint(&workbook(&format!("<row>{cell}</row>"))).contains("damaged"), "{cell}");
    }
}

#[test]
fn entities_are_refused_before_they_grow() {
    let laughs = "<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]>";
    let strings = format!("{laughs}<sst xmlns='{MAIN}'><si><t>&b;</t></si></sst>");
    let hostile = book(&[("name='People'", "<sheetData/>")], &[("xl/sharedStrings.xml", strings)]);
    assert!(complaint(&hostile).contains("XML entities"));
    assert!(complaint(&workbook(&format!("<row>{}</row>", text("A1", "&b;")))).contains("XML entities"));
    assert_eq!(read(&workbook(&format!("<row>{}</row>", text("A1", "R&amp;D &#233;")))).unwrap(), ["1:R&D é"]);
}

#[test]
fn no_tag_or_text_is_held_whole_that_no_program_writes() {
    let long = |filling: &str| filling.repeat((5 << 20) / filling.len());
    for rows in [
        format!("<row r='1'>{}</row>{}", text("A1", "email"), long(" ")),
        format!("<row r='1'>{}</row>", text("A1", &long("x"))),
        format!("<row r='1' {}></row>", long("a='' ")),
        format!("<!-- {} -->", long("x")),
    ] {
        let hostile = workbook(&rows);
        assert!(hostile.len() < 30_000, "it is small until it is inflated");
        assert!(complaint(&hostile).contains("millions of letters"));
    }
    let most = "&#x10FFFF;".repeat(32_767);
    assert_eq!(
        read(&workbook(&format!("<row>{}</row><row>{}</row>", text("A1", "email"), text("A2", &most)))).unwrap().len(),
        2
    );
}

#[test]
fn a_sheet_is_chosen_by_name_or_number_and_never_by_chance() {
    let sheet = |name: &str| format!("<sheetData><row><c t='inlineStr'><is><t>{name}</t></is></c></row></sheetData>");
    let (one, two) = (sheet("email"), sheet("code"));
    let empty = "<sheetData/>";
    let several = book(&[("name='People'", &one), ("name='Lists' state='hidden'", &two), ("name='3'", empty)], &[]);
    let said = complaint(&several);
    assert!(said.contains("1: `People`, 0 rows under email"), "{said}");
    assert!(said.contains("2: `Lists`, hidden, 0 rows under code"), "{said}");
    assert!(!said.contains("`3`"), "an empty sheet is no choice: {said}");
    for wanted in ["Lists", "lists ", "2"] {
        assert_eq!(read_sheet(&several, Some(wanted), MOST_INFLATED).unwrap(), ["1:code"], "{wanted}");
    }
    assert_eq!(
        read_sheet(&several, Some("3"), MOST_INFLATED).unwrap_err(),
        TableError::Empty,
        "a name before a number"
    );
    let said = read_sheet(&several, Some("Peple"), MOST_INFLATED).unwrap_err().to_string();
    assert!(said.contains("did you mean `People`?"), "{said}");
    let lone = book(&[("name='A'", empty), ("name='B'", &one)], &[]);
    assert_eq!(read(&lone).unwrap(), ["1:email"], "the only one with rows needs no choice");
}

#[test]
fn values_are_read_as_the_sheet_shows_them_and_oddities_are_told() {
    let styles = format!(
        "<styleSheet xmlns='{MAIN}'><numFmts><numFmt numFmtId='170' formatCode='00000'/></numFmts><cellStyleXfs><xf \
         numFmtId='14'/></cellStyleXfs><cellXfs><xf numFmtId='0'/><xf numFmtId='14'/><xf numFmtId='170'/></cellXfs>\
         </styleSheet>"
    );
    let strings = format!(
        "<sst xmlns='{MAIN}'><si><t>email</t></si><si/><si><r><t>two </t></r><r><t>parts</t></r><rPh><t>x</t></rPh></si></sst>"
    );
    let sheet = "<cols><col min='3' max='3' hidden='1'/></cols><sheetData>\
        <row r='1'><c r='A1' t='inlineStr'><is><t>List of 2025</t></is></c></row>\
        <row r='3'><c r='A3' t='s'><v>0</v></c><c r='B3' t='inlineStr'><is><t>name</t></is></c><c r='C3' t='str'><v>phone</v></c>\
        <c r='D3' t='str'><v>code</v></c><c r='E3' t='str'><v>on</v></c><c r='F3' t='str'><v>ok</v></c></row>\
        <row r='4' hidden='1'><c r='A4' t='str'><f>LOWER(A1)</f><v>a@example.org</v></c><c r='B4' t='s'><v>2</v></c>\
        <c r='C4'><v>4.1791234567E10</v></c><c r='D4' s='2'><v>123</v></c><c r='E4' s='1'><v>45659</v></c><c r='F4' t='b'><v>1</v></c></row>\
        <row r='5'><c r='A5' t='str'><v>b@example.org</v></c><c r='B5'><f>X1</f></c><c r='C5' t='e'><v>#N/A</v></c>\
        <c r='D5' t='s'><v>1</v></c><c r='E5' t='d'><v>2025-01-02</v></c><c r='F5' t='str'><v>a_x000D_b_x0</v></c></row>\
        </sheetData><autoFilter ref='A3:F5'/><mergeCells><mergeCell ref='B4:B5'/></mergeCells>";
    let further = [("xl/styles.xml", styles), ("xl/sharedStrings.xml", strings)];
    assert_eq!(
        read(&book(&[("name='People'", sheet)], &further)).unwrap(),
        [
            "3:email|name|phone|code|on|ok",
            "1??`List of 2025` stands above the header and was not imported",
            "1?phone?C1: the column is hidden and read like every other",
            "4??this row is hidden by a filter or by hand and read like every other",
            "4?name?B4: the cells B4:B5 are merged; only the first of them has the value",
            "5?name?B5: a formula without a stored value; open the file and save it again",
            "5?phone?C5: `#N/A`, an error of the sheet; taken as empty",
            "4:a@example.org|two parts|41791234567|00123|2025-01-02|true",
            "5:b@example.org||||2025-01-02|a\rb_x0",
        ]
    );
}

#[test]
fn one_long_text_in_many_cells_is_refused_by_its_row() {
    let strings = format!("<sst xmlns='{MAIN}'><si><t>email</t></si><si><t>{}</t></si></sst>", "x".repeat(70_000));
    let rows: String = (2..2000).map(|n| format!("<row r='{n}'><c r='A{n}' t='s'><v>1</v></c></row>")).collect();
    let sheet = format!("<sheetData><row r='1'><c r='A1' t='s'><v>0</v></c></row>{rows}</sheetData>");
    let said = read(&book(&[("name='P'", &sheet)], &[("xl/sharedStrings.xml", strings)])).unwrap();
    assert_eq!((said.len(), said[1].as_str()), (1999, "2!a cell is longer than 64 KiB"));
}

#[test]
fn shared_strings_count_with_the_memory_it_takes_to_find_them() {
    let octets = zipped(&[("strings.xml", format!("<sst>{}</sst>", "<si/>".repeat(1000)))]);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), octets).unwrap();
    let within = |most| {
        let mut package = Package::open(file.path(), MOST_INFLATED).unwrap();
        xlsx::strings_of(&mut package, "strings.xml", most).map(|_| ()).map_err(|e| e.to_string())
    };
    assert_eq!(within(8000), Ok(()));
    assert!(within(7999).unwrap_err().contains("larger than can be read"));
}

#[test]
fn an_open_document_is_read_like_a_workbook() {
    let tables = "<table:table table:name='People'><table:shapes><text:p>drawn</text:p></table:shapes>\
        <table:table-column table:number-columns-repeated='16384'/><table:table-row>\
        <table:table-cell office:value-type='string'><text:p>email</text:p></table:table-cell>\
        <table:table-cell><text:p>name</text:p></table:table-cell><table:table-cell><text:p>n</text:p></table:table-cell>\
        <table:table-cell><text:p>on</text:p></table:table-cell></table:table-row>\
        <table:table-row table:number-rows-repeated='3'><table:table-cell table:number-columns-repeated='16384'/></table:table-row>\
        <table:table-row table:visibility='filter'><table:table-cell><text:p>a<text:s text:c='2'/>b<text:span>&amp;</text:span></text:p>\
        <office:annotation><text:p>remark</text:p></office:annotation><text:p>c</text:p></table:table-cell>\
        <table:table-cell office:value-type='float' office:value='7'><text:p>007</text:p></table:table-cell>\
        <table:table-cell office:value-type='float' office:value='4.1791234567E10'><text:p>4.18E+10</text:p></table:table-cell>\
        <table:table-cell office:value-type='date' office:date-value='2025-01-02T00:00:00'><text:p>02.01.25</text:p></table:table-cell>\
        </table:table-row><table:table-row table:number-rows-repeated='2'><table:table-cell table:number-columns-repeated='2'>\
        <text:p>x</text:p></table:table-cell><table:table-cell table:formula='of:=1/0' calcext:value-type='error'><text:p>#DIV/0!</text:p>\
        </table:table-cell></table:table-row><table:table-row table:number-rows-repeated='1048566'><table:table-cell/></table:table-row>\
        </table:table><table:table table:name='Lists' table:style-name='ta2'><table:table-row/></table:table>";
    assert_eq!(
        read(&ods(tables)).unwrap(),
        [
            "1:email|name|n|on",
            "5??this row is hidden by a filter and read like every other",
            "6?n?C6: `#DIV/0!`, an error of the sheet; taken as empty",
            "5:a  b&\nc|007|41791234567|2025-01-02",
            "6:x|x||",
            "7:x|x||",
        ]
    );
    let named = read_sheet(&ods(tables), Some("Lists"), MOST_INFLATED);
    assert_eq!(named.unwrap_err(), TableError::Empty);
}

#[test]
fn repetition_is_no_way_to_fill_the_memory() {
    let table = |row: &str| {
        ods(&format!(
            "<table:table table:name='P'><table:table-row><table:table-cell><text:p>email</text:p></table:table-cell></table:table-row>{row}</table:table>"
        ))
    };
    let rows = "<table:table-row table:number-rows-repeated='1000000'><table:table-cell><text:p>x</text:p></table:table-cell></table:table-row>";
    assert!(complaint(&table(rows)).contains("line 2: this row is said to repeat 1000000 times"));
    let cells = "<table:table-row><table:table-cell table:number-columns-repeated='4000000000'><text:p>x</text:p></table:table-cell></table:table-row>";
    assert_eq!(read(&table(cells)).unwrap()[1], "2!the row has 16384 cells, the header 1");
    let blank = "<table:table-row table:number-rows-repeated='18446744073709551615'><table:table-cell/></table:table-row><table:table-row/>";
    assert_eq!(read(&table(blank)).unwrap(), ["1:email"]);
}

#[test]
fn passwords_are_named_as_what_stands_in_the_way() {
    let manifest = "<manifest:manifest xmlns:manifest='m'><manifest:file-entry><manifest:encryption-data/></manifest:file-entry></manifest:manifest>";
    let locked = zipped(&[("content.xml", "?".to_owned()), ("META-INF/manifest.xml", manifest.to_owned())]);
    assert!(complaint(&locked).contains("protected by a password"));
}

#[test]
fn a_far_cell_costs_no_memory() {
    let rows = format!("<row r='1'>{}</row><row r='1048576'>{}</row>", text("A1", "email"), text("XFD1048576", "x"));
    assert_eq!(read(&workbook(&rows)).unwrap(), ["1:email", "1048576!the row has 16384 cells, the header 1"]);
}

proptest! {
    #[test]
    fn any_sheet_is_read_or_refused_without_panic(rows in "(<row r='[0-9]{1,3}'>|</row>|<c r='[A-Z]{1,4}[0-9]{0,8}'( t='(s|b|e|d|str|n)')?>|<v>[-0-9.e#a]{0,6}</v>|</c>|&[a-z]{1,3};|<is><t>a</t></is>){0,20}") {
        let _ = read(&workbook(&rows));
    }

    #[test]
    fn any_octets_are_read_or_refused_without_panic(octets in prop::collection::vec(any::<u8>(), 0..300), at in 0usize..800) {
        let mut book = workbook(&format!("<row r='1'>{}</row>", text("A1", "email")));
        for (i, octet) in octets.into_iter().enumerate().take(8) {
            let place = (at + i * 37) % book.len();
            book[place] = octet;
        }
        let _ = read(&book);
    }

    #[test]
    fn any_table_is_read_or_refused_without_panic(rows in "(<table:table-row( table:number-rows-repeated='[0-9]{1,20}')?>|</table:table-row>|<table:table-cell( table:number-columns-repeated='[0-9]{1,20}')?( office:value-type='(float|date|time|boolean)' office:value='[-0-9e.PTHMS]{0,9}')?>|</table:table-cell>|<text:(p|s text:c='9'|tab/)>|</text:p>|&[a-z]{1,3};|</table:table>|x){0,20}") {
        let _ = read(&ods(&format!("<table:table table:name='P'>{rows}")));
    }
}
