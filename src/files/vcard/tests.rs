#![allow(clippy::unwrap_used)] // a test that cannot go on must end

use super::*;
use encoding_rs::UTF_8;
use proptest::prelude::*;

/// Every row as `line:column=value|…` of the cells that say something, a broken one as `line!reason`.
fn rows(octets: &[u8]) -> Vec<String> {
    let mut cards = Cards::new(Text::new(octets, UTF_8));
    let (mut said, mut record) = (Vec::new(), Record::default());
    loop {
        match cards.next_row(&mut record).unwrap() {
            Row::End => return said,
            Row::Broken(reason) => said.push(format!("{}!{reason}", record.line)),
            Row::Whole => {
                let cells = COLUMNS.iter().zip(record.cells()).filter(|(_, cell)| !cell.is_empty());
                let cells: Vec<String> = cells.map(|(column, cell)| format!("{column}={cell}")).collect();
                said.push(format!("{}:{}", record.line, cells.join("|")));
            }
        }
    }
}

#[test]
fn the_three_versions_say_the_same() {
    let old = "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;Zo=C3=AB;;Dr;\r\n\
        FN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:Zo=EB =\r\nM=FCller\r\nORG:Example Network;Policy\r\n\
        TITLE:Director\r\nADR;WORK:;;Street 1;City;;1000;Austria\r\nEMAIL;PREF;INTERNET:zoe@example.org\r\nEND:VCARD\r\n";
    let third = "BEGIN:VCARD\nVERSION:3.0\nN:Müller;Zoë;;Dr;\nFN:Zoë M\n üller\nORG:Example Network;Policy\nTITLE:Director\n\
        item1.ADR;TYPE=work:;;Street 1;City;;1000;Austria\nitem2.EMAIL;TYPE=INTERNET,pref:zoe@example.org\nEND:VCARD\n";
    let fourth = "begin:vcard\nVERSION:4.0\nFN:Zoë Müller\nN:Müller;Zoë;;Dr;\nORG;SORT-AS=\"a:b;c\":Example Network;Policy\n\
        TITLE:Director\nADR;LABEL=\"Street 1: City\":;;Street 1;City;;1000;Austria\nEMAIL:mailto:zoe@example.org\nend:vcard";
    let expected = "1:email=zoe@example.org|title=Dr|name=Zoë Müller|given_name=Zoë|family_name=Müller\
        |organisation=Example Network, Policy|position=Director|country=Austria";
    for card in [old, third, fourth] {
        assert_eq!(rows(card.as_bytes()), [expected], "{card}");
    }
}

#[test]
fn each_address_is_a_row_and_the_preferred_one_is_first() {
    let card = "\n\nBEGIN:VCARD\nKIND:org\nFN:Example\\, Forum\\; Office\nEMAIL;PREF=2:b@example.org\nEMAIL;PREF=1:a@example.org\n\
        EMAIL:B@EXAMPLE.org\nCATEGORIES:press,partner\\, old\nLANG;PREF=1:fr\nTZ:Africa/Nairobi\nGENDER:F;woman\nNOTE:secret\n\
        END:VCARD\nBEGIN:VCARD\nFN:No Address\nEND:VCARD\n";
    let rest = "kind=organisation|name=Example, Forum; Office|gender=F|language=fr|time_zone=Africa/Nairobi\
        |tags=press; partner, old";
    let first = [format!("3:email=a@example.org|{rest}"), format!("3:email=b@example.org|{rest}")];
    assert_eq!(rows(card.as_bytes()), [&first[0], &first[1], "15:name=No Address"]);
}

#[test]
fn a_broken_card_costs_itself_and_no_other() {
    let long = format!("BEGIN:VCARD\nFN:{}\nEMAIL:a@example.org\nEND:VCARD\n", "x".repeat(70_000));
    let file = format!(
        "BEGIN:VCARD\nEMAIL:open@example.org\nBEGIN:VCARD\nEMAIL:b@example.org\nEND:VCARD\nstray\nmore\n{long}\
         BEGIN:VCARD\nPHOTO:{}\nEMAIL:c@example.org\nEND:VCARD\nBEGIN:VCARD\n",
        "A".repeat(200_000)
    );
    assert_eq!(
        rows(file.as_bytes()),
        [
            "1!the card has no end: END:VCARD is missing",
            "3:email=b@example.org",
            "6!text outside of any card; a card begins with BEGIN:VCARD",
            "8!line 9: a line longer than 64 KiB",
            "12:email=c@example.org",
            "16!the card has no end: END:VCARD is missing",
        ]
    );
    let crowd: String = (0..60).map(|n| format!("EMAIL:p{n}@example.org\n")).collect();
    let said = rows(format!("BEGIN:VCARD\n{crowd}END:VCARD\n").as_bytes());
    assert_eq!(said, ["1!the card has more than 50 addresses"]);
    assert!(rows(b"").is_empty());
}

proptest! {
    #[test]
    fn any_octets_are_read_without_panic(octets in prop::collection::vec(any::<u8>(), 0..300)) {
        rows(&octets);
    }

    #[test]
    fn any_properties_are_read_without_panic(lines in "(BEGIN:VCARD\n|END:VCARD\n|[ \t]|(EMAIL|N|FN|a.ORG|ADR|CATEGORIES)(;(CHARSET=utf-16|ENCODING=(b|QUOTED-PRINTABLE)|PREF=9|\"))?:|=[0-9A-F]{1,2}|=\n|[;,:\\\\a\u{e9}\n]){0,40}") {
        rows(lines.as_bytes());
    }
}
