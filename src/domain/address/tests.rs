use super::*;
use proptest::prelude::*;

fn parsed(cell: &str) -> String {
    EmailAddress::parse(cell).map(|a| a.to_string()).unwrap_or_else(|e| format!("! {e}"))
}

#[test]
fn what_people_write_in_a_cell_is_understood() {
    for (cell, address) in [
        ("ada@example.org", "ada@example.org"),
        ("  Ada@Example.ORG\u{a0}", "Ada@example.org"),
        ("\u{200b}\u{feff}ada@example.org\u{2060}", "ada@example.org"),
        ("mailto:ada@example.org", "ada@example.org"),
        ("MAILTO:ada%2Bigf@example.org?subject=Hello%20you&body=a@b", "ada+igf@example.org"),
        ("Ada Sample <ada@example.org>", "ada@example.org"),
        ("\"Sample, Ada\" < ada@example.org >", "ada@example.org"),
        ("\"a < b\" <ada@example.org>", "ada@example.org"),
        ("'ada@example.org' <ada@example.org>", "ada@example.org"),
        ("<mailto:ada@example.org>", "ada@example.org"),
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("ada@xn--BCHER-kva.example", "ada@xn--bcher-kva.example"),
        ("ada@bu\u{308}cher.example", "ada@xn--bcher-kva.example"),
        ("ada@stra\u{df}e.example", "ada@xn--strae-oqa.example"),
        ("ａｄａ＠ｅｘａｍｐｌｅ．ｏｒｇ", "ada@example.org"),
        ("ada@例え。例え", "ada@xn--r8jz45g.xn--r8jz45g"),
        ("jose\u{301}@example.org", "jos\u{e9}@example.org"),
        ("\"ada\"@example.org", "ada@example.org"),
        ("\"a\\da\"@example.org", "ada@example.org"),
        ("\"ada sample\"@example.org", "\"ada sample\"@example.org"),
        ("\"a@b\"@example.org", "\"a@b\"@example.org"),
        ("\"a;b,c\"@example.org", "\"a;b,c\"@example.org"),
        ("\"a..b\"@example.org", "\"a..b\"@example.org"),
        ("o'brien/x=y@example.org", "o'brien/x=y@example.org"),
    ] {
        assert_eq!(parsed(cell), address, "{cell:?}");
    }
}

#[test]
fn what_is_no_single_mailbox_is_refused_with_its_reason() {
    for (cell, part) in [
        ("", "empty"),
        (" \u{a0}\u{200b} ", "empty"),
        ("ada.example.org", "no `@`"),
        ("mailto:", "no `@`"),
        ("@example.org", "nothing stands before"),
        ("\"\"@example.org", "nothing stands before"),
        ("ada@", "nothing stands after"),
        ("ada@example", "no dot"),
        ("ada@localhost", "no dot"),
        ("ada@example.org.", "ends in a dot"),
        ("ada@example..org", "two dots"),
        ("ada@.example.org", "two dots"),
        ("ada@。example.org", "two dots"),
        ("a..da@example.org", "two dots in a row before"),
        (".ada@example.org", "dot at the edge"),
        ("ada.@example.org", "dot at the edge"),
        ("ada @example.org", "a blank"),
        ("ada@ example.org", "the domain"),
        ("ada@[127.0.0.1]", "literal"),
        ("ada@[IPv6:::1]", "literal"),
        ("ada@127.0.0.1", "number"),
        ("ada@-example.org", "hyphen"),
        ("ada@example-.org", "hyphen"),
        ("ada@ex_ample.org", "a `_` in the domain"),
        ("ada@exa%mple.org", "a `%` in the domain"),
        ("ada@xn--a.example", "internationalised"),
        ("ada@bob@example.org", "more than one `@`"),
        ("ada@example.org, bob@example.org", "two addresses"),
        ("ada@example.org;bob@example.org", "two addresses"),
        ("ada@example.org bob@example.org", "two addresses"),
        ("ada@example.org\nbob@example.org", "two addresses"),
        ("ada@example.org / bob@example.org", "two addresses"),
        ("Ada <ada@example.org>, Bob <bob@example.org>", "two addresses"),
        ("bob@example.org <ada@example.org>", "two addresses"),
        ("mailto:ada@example.org,bob@example.org", "two addresses"),
        ("mailto:ada@example.org?cc=bob@example.org", "two addresses"),
        ("mailto:ada%zz@example.org", "broken `%`"),
        ("mailto:ada%0d%0aRCPT%20TO:x@example.org", "U+000D"),
        ("Ada <ada@example.org", "no `>`"),
        ("<ada@example.org> SIZE=1", "after the `>`"),
        ("ada@example.org>", "a `>`"),
        ("ada@example.org\r\nRCPT TO:", "U+000D"),
        ("ad\0a@example.org", "U+0000"),
        ("\"ada\r\nDATA\"@example.org", "U+000D"),
        ("\"ada> SIZE=1\"@example.org", "a `>`"),
        ("\"ada\\\u{0}\"@example.org", "U+0000"),
        ("\"ada\"x@example.org", "after the quoted part"),
        ("\"ada@example.org", "not closed"),
        ("a\u{202e}da@example.org", "U+202E"),
        ("\u{202e}ada@example.org", "U+202E"),
        ("a\u{200b}da@example.org", "U+200B"),
        ("a\u{85}da@example.org", "U+0085"),
        ("a\u{2028}da@example.org", "U+2028"),
        ("ada@exam\u{ad}ple.org", "U+00AD"),
        ("a(comment)da@example.org", "a `(`"),
    ] {
        let said = parsed(cell);
        assert!(said.starts_with("! ") && said.contains(part), "{cell:?} -> {said}");
    }
}

#[test]
fn lengths_are_counted_in_octets_up_to_the_limit() {
    let label = "d".repeat(63);
    assert!(EmailAddress::parse(&format!("{}@example.org", "a".repeat(64))).is_ok());
    assert!(parsed(&format!("{}@example.org", "a".repeat(65))).contains("64 octets"));
    assert!(parsed(&format!("{}@example.org", "é".repeat(33))).contains("64 octets"));
    assert!(EmailAddress::parse(&format!("ada@{label}.org")).is_ok());
    assert!(parsed(&format!("ada@d{label}.org")).contains("63 octets"));
    let long = format!("{label}.{label}.{label}");
    assert!(EmailAddress::parse(&format!("{}@{long}.org", "a".repeat(58))).is_ok(), "254 octets");
    assert!(parsed(&format!("{}@{long}.org", "a".repeat(59))).contains("254 octets"));
    assert!(parsed(&format!("a@{long}.{label}")).contains("253 octets"));
    assert!(parsed(&format!("{}@example.org", " ".repeat(5000))).contains("4096 octets"));
}

#[test]
fn one_mailbox_has_one_normalised_form() {
    let normal = |cell: &str| EmailAddress::parse(cell).unwrap().normalised();
    for (one, other) in [
        ("Ada@Example.org", "ada@example.ORG"),
        ("JOSE\u{301}@bücher.example", "josé@xn--bcher-kva.example"),
        ("\"Ada\"@example.org", "ada@example.org"),
        ("STRASSE@example.org", "straße@example.org"),
        ("ΣΊΣΥΦΟΣ@example.org", "σίσυφος@example.org"),
        ("\"A B\"@example.org", "\"a b\"@example.org"),
    ] {
        assert_eq!(normal(one), normal(other));
    }
    assert_ne!(normal("ada@example.org"), normal("ada+igf@example.org"), "plus-addresses are not merged");
    assert_ne!(normal("ada@example.org"), normal("a.da@example.org"));
    assert_ne!(normal("kadır@example.org"), normal("kadir@example.org"));
}

#[test]
fn neither_debug_nor_the_reason_of_a_refusal_shows_the_address() {
    let address = EmailAddress::parse("sample@example.org").unwrap();
    assert!(!format!("{address:?}").contains("sampl"));
    assert_eq!(address.masked(), "s***@example.org");
    assert!(!format!("{:?}", EmailAddress::parse("sample@")).contains("sampl"));
    assert_eq!(mask_cell(" \u{200b}sample@bad..org"), "s***@bad..org");
    assert_eq!(mask_cell("sample"), "s***");
}

#[test]
fn folding_the_case_of_any_character_twice_changes_nothing_more() {
    for c in (0..=0x10_ffff).filter_map(char::from_u32) {
        let once: String = fold_case(&c.to_string()).nfc().collect();
        let twice: String = fold_case(&once).nfc().collect();
        assert_eq!(once, twice, "U+{:04X}", u32::from(c));
    }
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused_without_panic(cell in any::<String>()) {
        let _ = EmailAddress::parse(&cell);
        let _ = mask_cell(&cell);
    }

    #[test]
    fn what_was_parsed_reads_back_as_itself(
        cell in "[ <\"]{0,2}[\\PC\"\\\\ .@]{0,24}[\"]?@[a-zA-Zäß漢0-9.-]{1,30}[> ]?",
    ) {
        if let Ok(address) = EmailAddress::parse(&cell) {
            let again = EmailAddress::parse(&address.to_string());
            prop_assert_eq!(again.map(|a| a.to_string()), Ok(address.to_string()));
            let normal = address.normalised();
            let refolded = EmailAddress::parse(&normal).map(|a| a.normalised());
            prop_assert!(refolded.is_err() || refolded == Ok(normal));
            prop_assert!(!address.to_string().chars().any(|c| c.is_control() || c == '<' || c == '>'));
        }
    }

    #[test]
    fn a_cell_built_of_the_marks_of_the_grammar_is_parsed_or_refused_without_panic(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "<", ">", "\"", "\\", "(", ")", ",", ";", ":", "@", ".", " ", "\u{a0}", "\u{200b}", "\r\n", "\0", "a", "é", "漢",
                "mailto:", "?subject=", "%40", "%0d%0a", "xn--", "＠", "．", "example.org", "[127.0.0.1]", "\u{202e}",
            ]),
            0..20,
        ),
    ) {
        if let Ok(address) = EmailAddress::parse(&parts.concat()) {
            let text = address.to_string();
            prop_assert!(text.len() <= 254 && address.local().len() <= 64, "{}", text);
            prop_assert!(address.domain().contains('.') && address.domain().is_ascii(), "{}", text);
            prop_assert!(!address.domain().chars().any(|c| c.is_ascii_uppercase()), "{}", text);
            prop_assert!(!text.chars().any(|c| c.is_control() || is_invisible(c) || matches!(c, '<' | '>')), "{:?}", text);
        }
    }

    #[test]
    fn what_stands_around_a_mailbox_does_not_change_it(
        local in "[a-z0-9]([a-z0-9._+-]{0,20}[a-z0-9])?",
        domain in "[a-z]([a-z0-9-]{0,20}[a-z0-9])?\\.(org|example|com)",
        name in "[A-Za-zÀ-ÿ ]{0,20}",
    ) {
        prop_assume!(!local.contains(".."));
        prop_assume!(!domain.contains("--"));
        let plain = EmailAddress::parse(&format!("{local}@{domain}")).unwrap();
        let wide: String = domain.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect();
        for cell in [
            format!("  {local}@{domain}\u{a0}"),
            format!("\u{feff}{local}@{domain}\u{200b}"),
            format!("{local}@{}", domain.to_uppercase()),
            format!("{local}@{wide}"),
            format!("mailto:{local}@{domain}?subject=hello"),
            format!("<{local}@{domain}>"),
            format!("{name} <{local}@{domain}>"),
            format!("\"{name}\" <{local}@{domain}>"),
        ] {
            prop_assert_eq!(EmailAddress::parse(&cell), Ok(plain.clone()), "{}", cell);
        }
        let shouted = EmailAddress::parse(&format!("{}@{domain}", local.to_uppercase())).unwrap();
        prop_assert_eq!(shouted.normalised(), plain.normalised());
    }

    #[test]
    fn two_mailboxes_in_one_cell_are_never_one(
        one in "[a-z]{1,10}@[a-z]{1,10}\\.org",
        other in "[a-z]{1,10}@[a-z]{1,10}\\.org",
        by in "[,;/ ]|, |; | and ",
    ) {
        let cell = format!("{one}{by}{other}");
        prop_assert!(EmailAddress::parse(&cell).is_err(), "{}", cell);
    }

    #[test]
    fn neither_mask_nor_refusal_repeats_what_stands_before_the_at(
        local in "[b-z]{6,20}",
        rest in "(@|@@|@.|@exa mple.org|@example|\\.example.org| @example.org,|@example.org)",
    ) {
        let cell = format!("{local}{rest}");
        prop_assert!(!mask_cell(&cell).contains(&local));
        match EmailAddress::parse(&cell) {
            Ok(address) => {
                prop_assert!(!address.masked().contains(&local));
                let debug = format!("{address:?}");
                prop_assert!(!debug.contains(&local));
            }
            Err(error) => {
                let words = format!("{error} {error:?}");
                prop_assert!(!words.contains(&local), "{}", words);
            }
        }
    }

    #[test]
    fn a_plain_address_is_read_as_step_by_step(
        cell in "[a-z0-9]{0,3}[a-zA-Z0-9._+@ -]{0,66}@[a-z0-9]{0,2}[a-z0-9.-]{0,66}[.][a-z0-9A-Z-]{0,4}",
    ) {
        if let Some(address) = plain::read(&cell) {
            prop_assert_eq!(EmailAddress::parse_any(&cell), Ok(address));
        }
    }
}

#[test]
fn what_is_plain_is_told_from_what_is_not() {
    for cell in ["ada@example.org", "a.b+c_d-e@x-1.co.example", "1@2.example"] {
        assert!(plain::read(cell).is_some(), "{cell}");
    }
    for cell in ["Ada@example.org", "a@xn--bcher-kva.example", ".a@example.org", "a@example", "a@b@c.example", "a@1.2"]
    {
        assert!(plain::read(cell).is_none(), "{cell}");
    }
}
