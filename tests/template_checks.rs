//! What is wrong with a template is said when it is loaded, with its place and a way out; what is right renders as told.

#![allow(clippy::unwrap_used, clippy::expect_used)] // in the helpers too: a test that cannot go on must end

use std::collections::BTreeMap;

use convoke::domain::language::LanguageTag;
use convoke::domain::template::{Fields, KnownNames, PerMessage, RenderError, Rendered, Sender, TemplateSet};
use proptest::prelude::*;
use serde_json::json;

const LAYOUT_HTML: &str = "<!DOCTYPE html><html lang=\"{{variant.language}}\" dir=\"{{variant.direction}}\"><head>\
<title>{{> subject}}</title><style>p { color: #123456 }</style></head><body><p>{{> preheader}}</p>{{> body}}\
<p>{{> why}} <a href=\"{{opt_out.url}}\">{{> opt_out}}</a></p></body></html>";
const LAYOUT_TEXT: &str = "{{> body}}\n\n{{> why}}\n{{opt_out.url}}\n";
const WORDS: &str = "[en]\nwhy = 'Because {{source.label}}.'\nopt_out = 'Stop & go'\n[en.sources]\nlist = 'of a list'\nother = 'so'\n\
[en.labels.region]\n\"African Group\" = 'Africa'\n[fr]\nwhy = 'Car {{source.label}}.'\nopt_out = 'Fin'\nsources = { other = 'voilà' }\n\
[ar]\nwhy = 'لأن {{source.label}}.'\nopt_out = 'كفى'\nsources = { other = 'نعم' }\n";

fn files(name: &str, content: &str) -> BTreeMap<String, String> {
    [
        (format!("templates/t/{name}"), content),
        ("templates/layouts/default.html".to_owned(), LAYOUT_HTML),
        ("templates/layouts/default.txt".to_owned(), LAYOUT_TEXT),
        ("templates/layouts/default.toml".to_owned(), WORDS),
    ]
    .into_iter()
    .map(|(path, content)| (path, content.to_owned()))
    .collect()
}

fn names() -> KnownNames {
    let variables = json!({
        "event": {
            "name": "IGF 2027",
            "dates": { "en": "15 to 19 November", "fr": "du 15 au 19 novembre" },
            "url": "https://igf.example/?a=1&b=2",
            "bad": "javascript:alert(1)",
            "empty": "",
            "days": [{ "name": "Monday" }, { "name": "Tuesday" }],
        },
    });
    KnownNames {
        columns: ["nri".to_owned(), "website".to_owned()].into(),
        variables: variables.as_object().unwrap().clone(),
        default_language: LanguageTag::parse("en").unwrap(),
        sender: Sender { name: "IGF Secretariat".into(), postal_address: "Street 1\nCity".into() },
    }
}

fn compile(name: &str, content: &str) -> Result<TemplateSet, String> {
    TemplateSet::compile(&files(name, content), "t", &names())
        .map_err(|problems| problems.iter().map(|p| format!("{p}\n")).collect())
}

/// A Markdown template with this body, below a front matter of three lines.
fn markdown(body: &str) -> Result<TemplateSet, String> {
    compile("en.md", &format!("+++\nsubject = 'Hello'\n+++\n{body}\n"))
}

fn render(set: &TemplateSet, language: &str, fields: serde_json::Value) -> Result<Rendered, RenderError> {
    let fields: Fields = fields.as_object().unwrap().clone();
    let message = PerMessage { opt_out_url: "https://out.example/u/x", source: "list" };
    set.render(&LanguageTag::parse(language).unwrap(), &fields, message)
}

#[test]
fn every_mistake_is_found_when_the_template_is_loaded() {
    for (body, place, complaint) in [
        ("Dear {{given_nmae}},", "en.md:4:8", "did you mean `given_name`?"),
        ("\n\nA {{event.nam}}", "en.md:6:5", "did you mean `event.name`?"),
        ("{{#if organisaton}}x{{/if}}", "en.md:4:7", "did you mean `organisation`?"),
        ("{{#if (eq tier \"x\" )}}x{{/if}}", "en.md:4:", "`tier` is never `x`"),
        (
            "{{#if (eq country \"Kenya\")}}x{{/if}}",
            "en.md:4:",
            "`country` is compared with `Kenya`, which is no country code",
        ),
        ("{{#if (eq stakeholder \"Goverment\")}}x{{/if}}", "en.md:4:24", "did you mean `Government`?"),
        ("{{#if (or nri (not nrj))}}x{{/if}}", "en.md:4:20", "no contact field or campaign variable `nrj`"),
        ("{{fallback given_name famly_name}}", "en.md:4:23", "did you mean `family_name`?"),
        ("{{fallback given_name}}", "en.md:4:", "`fallback` takes 2 or more arguments"),
        ("{{fallbak given_name \"x\"}}", "en.md:4:3", "did you mean `fallback`?"),
        ("{{> signature who=given_nam}}", "en.md:4:19", "no contact field or campaign variable `given_nam`"),
        ("{{> signature}}", "en.md:4:5", "no partial `signature`"),
        ("{{@root.givn_name}}", "en.md:4:", "did you mean `given_name`?"),
        ("{{#each event.days as |d|}}{{d.nam}}{{/each}}", "en.md:4:30", "`d.nam`"),
        ("{{#each given_name}}x{{/each}}", "en.md:4:", "this is no list"),
        ("{{{given_name}}}", "en.md:4:1", "without escaping"),
        ("{{&given_name}}", "en.md:4:1", "without escaping"),
        ("{{event}}", "en.md:4:3", "a table or a list"),
        ("{{event.empty}}", "en.md:4:3", "the variable `event.empty` is empty"),
        ("{{lookup event \"name\"}}", "en.md:4:3", "no helper `lookup`"),
        ("{{#with event}}x{{/with}}", "en.md:4:4", "no helper `with`"),
        ("{{email}}", "en.md:4:3", "no contact field or campaign variable `email`"),
        ("{{opt_out.ulr}}", "en.md:4:3", "did you mean `opt_out.url`?"),
        ("Dear {{given_name", "en.md:4:6", "this `{{` has no `}}`"),
        ("Dear {{given_name and\n{{name}}", "en.md:4:6", "this `{{` has no `}}`"),
        ("a\n{{#if nri}}x", "en.md:5:1", "`{{#if nri}}` is never closed"),
        ("x{{/if}}", "en.md:4:2", "`{{/if}}` closes nothing"),
        ("{{name}", "en.md:4:1", "this `{{` has no `}}`"),
        ("Dear [Name], hello", "en.md:4:6", "`[Name]` was left to be filled in"),
        ("TODO: say it", "en.md:4:1", "`TODO` was left"),
        ("Write to XXX.", "en.md:4:10", "`XXX` was left"),
        ("Lorem ipsum", "en.md:4:1", "`Lorem` was left"),
        ("Dear \\{{given_name}}", "en.md:4:", "`{{` was left"),
        ("[x](javascript:alert(1))", "en.md:4", "neither https:, http: nor mailto:"),
        ("[x](data:text/html,x)", "en.md:4:5", "neither https:, http: nor mailto:"),
        ("[x]({{event.bad}})", "en.md:4:7", "`javascript:alert(1)` is neither https:"),
        ("[x](register.html)", "en.md:4:5", "give the whole address"),
        ("<script>x</script>", "en.md:4", "a letter cannot hold `<script>`"),
        ("<p onclick=\"x\">x</p>", "en.md:4:", "a letter cannot hold a script"),
        ("<p style=\"color: {{nri}}\">x</p>", "en.md:4:20", "a value cannot stand inside a style"),
        ("<div>{{#if nri}}</div>{{/if}}", "en.md", "opens or closes HTML on one of its ways only"),
    ] {
        let said = markdown(body).map(|_| String::new()).unwrap_or_else(|e| e);
        assert!(said.contains(&format!("templates/t/{place}")), "{body}: place {place} in\n{said}");
        assert!(said.contains(complaint), "{body}: `{complaint}` in\n{said}");
    }
}

#[test]
fn files_and_front_matter_are_checked_too() {
    for (name, content, complaint) in [
        ("en.md", "Dear all", "templates/t/en.md:1:1: the file does not begin with its front matter"),
        (
            "en.md",
            "+++\nsubjct = 'x'\n+++\nx",
            "templates/t/en.md:2:1: no front matter key `subjct`\n  help: did you mean `subject`?",
        ),
        ("en.md", "+++\npreheader = 'x'\n+++\nx", "the variant has no subject"),
        ("en.md", "+++\nsubject = 'x\n+++\nx", "templates/t/en.md:2:"),
        ("en.md", "+++\nsubject = 3\n+++\nx", "templates/t/en.md:2:11: "),
        (
            "en.md",
            "+++\nsubject = '{{nam}}'\n+++\nx",
            "templates/t/en.md:2:14: no contact field or campaign variable `nam`",
        ),
        ("en.md", "+++\nsubject = 'x'\npreheader = '{{evnt.name}}'\n+++\nx", "templates/t/en.md:3:16: "),
        ("en.md", "+++\nsubject = 'x'\nlayout = 'defalt'\n+++\nx", "did you mean `default`?"),
        ("en.mjml", "<mjml></mjml>", "templates/t/en.mjml: MJML templates are not understood yet; they come later"),
        ("english.md", "+++\nsubject = 'x'\n+++\nx", "`english` is no language tag"),
        (
            "en.html",
            "+++\nsubject = 'x'\n+++\n<p class={{nri}}>x</p>",
            "en.html:4:12: a value cannot stand in an attribute without quotes",
        ),
        ("en.html", "+++\nsubject = 'x'\n+++\n<p {{nri}}>x</p>", "en.html:4:6: a value cannot stand inside a tag"),
        ("en.html", "+++\nsubject = 'x'\n+++\n<!-- {{nri}} -->", "en.html:4:8: a value cannot stand inside a comment"),
        ("en.docx", "x", "neither Markdown, HTML nor text"),
        ("en.txt", "x", "a text part without its variant"),
    ] {
        let said = compile(name, content).map(|_| String::new()).unwrap_or_else(|e| e);
        assert!(said.contains(complaint), "{name} {content:?}: {said}");
    }
    let mut broken = files("en.md", "+++\nsubject = 'x'\n+++\nx");
    broken.insert("templates/layouts/default.txt".into(), "{{> bdy}}".into());
    let said = TemplateSet::compile(&broken, "t", &names()).unwrap_err();
    assert_eq!(
        said[0].to_string(),
        "templates/layouts/default.txt:1:5: nothing is called `bdy`\n  help: did you mean `body`?"
    );
    let said = TemplateSet::compile(&files("en.md", "x"), "tt", &names()).unwrap_err();
    assert!(said[0].message.contains("no variant in any language"), "{said:?}");
}

#[test]
fn a_language_the_layout_has_no_words_in_borrows_the_english_frame_and_is_named() {
    let set = compile("de.md", "+++\nsubject = 'x'\n+++\nGuten Tag").unwrap();
    assert_eq!(set.borrowed_frames().map(|l| l.as_str()).collect::<Vec<_>>(), ["de"]);
    assert!(render(&set, "de", json!({})).unwrap().text.contains("Guten Tag\n\nBecause of a list."));
    assert_eq!(markdown("x").unwrap().borrowed_frames().count(), 0);
}

#[test]
fn an_empty_value_holds_the_contact_back_only_where_it_would_be_written() {
    let set = markdown("A {{organisation}}").unwrap();
    let missing = Err(RenderError::MissingValue { field: "organisation".into() });
    for fields in [json!({}), json!({ "organisation": "" }), json!({ "organisation": "  \u{200e} " })] {
        assert_eq!(render(&set, "en", fields), missing);
    }
    let set = markdown("A {{#if organisation}}of {{organisation}}{{else}}alone{{/if}} B").unwrap();
    assert!(render(&set, "en", json!({})).unwrap().text.contains("A alone B"));
    assert!(render(&set, "en", json!({ "organisation": "Org" })).unwrap().text.contains("A of Org B"));
    let set = markdown("A {{fallback given_name name \"you\"}}, {{fallback title \"\"}}").unwrap();
    assert!(render(&set, "en", json!({})).unwrap().text.contains("A you,"));
    assert!(render(&set, "en", json!({ "name": "Ada" })).unwrap().text.contains("A Ada,"));
    let set = markdown("A {{fallback given_name name}}").unwrap();
    assert_eq!(render(&set, "en", json!({})), Err(RenderError::MissingValue { field: "given_name".into() }));
    assert_eq!(set.fields_used(&LanguageTag::parse("en").unwrap()), ["given_name", "name"]);
}

#[test]
fn expressions_pass_through_markdown_untouched() {
    let body = "# Hello {{given_name}}\n\n{{#if nri}}\nFirst *paragraph*.\n\n- one {{nri}}\n- two\n{{else}}\nNone.\n{{/if}}\n\n\
                [Register]({{event.url}}) or <{{event.url}}>\n\n{{#each event.days as |d|}}\n- {{d.name}}\n{{/each}}\n\n\
                **{{fallback given_name \"a_b*c\"}}** in {{region}}, {{event.dates}}\n\n[Only]({{event.url}})\n";
    let set = markdown(body).unwrap();
    let letter =
        render(&set, "en", json!({ "given_name": "A_b_*c*", "nri": "yes", "region": "African Group" })).unwrap();
    assert_eq!(
        letter.text,
        "Hello A_b_*c*\n\nFirst paragraph.\n\n- one yes\n- two\n\nRegister <https://igf.example/?a=1&b=2> or \
         https://igf.example/?a=1&b=2\n\n- Monday\n\n- Tuesday\n\nA_b_*c* in Africa, 15 to 19 November\n\nOnly\n\
         https://igf.example/?a=1&b=2\n\nBecause of a list.\nhttps://out.example/u/x\n"
    );
    assert!(letter.html.contains("<strong>A_b_*c*</strong> in Africa"), "{}", letter.html);
    assert!(letter.html.contains("href=\"https://igf.example/?a=1&amp;b=2\""), "{}", letter.html);
    assert!(letter.html.contains(">Stop &amp; go</a>"), "{}", letter.html);
    assert!(letter.html.contains("style=\"color: #123456"), "styles stand on the elements: {}", letter.html);
    let without = render(&set, "en", json!({ "given_name": "Ada", "region": "GRULAC" })).unwrap();
    assert!(without.text.contains("None.") && !without.text.contains("paragraph"), "{}", without.text);
    assert_eq!(letter.html.matches("<p").count(), letter.html.matches("</p>").count());
}

#[test]
fn contact_data_are_escaped_for_where_they_stand_and_never_evaluated() {
    let source = "+++\nsubject = 'For {{name}}'\npreheader = '{{name}}'\n+++\n<p title=\"{{name}}\">{{name}}</p>\
                  <a href=\"{{website}}\">w</a> <a href=\"https://x.example/?q={{name}}\">q</a>\n";
    let set = compile("en.html", source).unwrap();
    for name in [
        "{{event.name}} {{#if x}}",
        "<script>alert(1)</script>",
        "\" onmouseover=\"x",
        "A\r\nBcc: eve@people.example",
        "x\u{202e}y\u{2028}z\u{0}",
        "</title><b>",
        "' & <!-- -->",
    ] {
        let letter = render(&set, "en", json!({ "name": name, "website": "https://a.example/\"<" })).unwrap();
        let clean = convoke::domain::template::escape::clean(name).into_owned();
        assert_eq!(letter.subject, format!("For {clean}"), "headers hold text, on one line");
        assert!(letter.text.contains(&clean), "{name:?}: {}", letter.text);
        assert_eq!(letter.html.matches('<').count(), 21, "no markup came from {name:?}: {}", letter.html);
        assert!(!letter.html.contains(['\u{202e}', '\u{2028}', '\0', '\r']));
        assert!(!letter.html.contains("\" onmouseover"));
    }
    for link in ["javascript:alert(1)", "JaVa\tScript:x", "data:text/html,x", "vbscript:x", "//evil.example", " "] {
        let outcome = render(&set, "en", json!({ "name": "Ada", "website": link }));
        assert!(matches!(outcome, Err(RenderError::UnsafeLink { .. } | RenderError::MissingValue { .. })), "{link:?}");
    }
    let letter = render(&set, "en", json!({ "name": "a b&c", "website": "https://a.example" })).unwrap();
    assert!(letter.html.contains("https://x.example/?q=a%20b%26c"), "{}", letter.html);
}

#[test]
fn a_value_in_a_link_is_encoded_in_the_text_part_as_in_html() {
    let fields = json!({ "name": "Ada", "country": "Côte d'Ivoire", "organisation": "A&B <Co> #1",
        "website": "https://a.example" });
    for (body, line) in [
        (
            "[the site](https://x.example/?c={{country}}&o={{organisation}}) is open",
            "the site <https://x.example/?c=C%C3%B4te%20d%27Ivoire&o=A%26B%20%3CCo%3E%20%231> is open",
        ),
        ("[Only](https://x.example/{{organisation}})", "https://x.example/A%26B%20%3CCo%3E%20%231"),
        ("[w]({{website}}?o={{organisation}}) x", "w <https://a.example?o=A%26B%20%3CCo%3E%20%231> x"),
        ("[w]({{event.url}}&o={{organisation}}) x", "w <https://igf.example/?a=1&b=2&o=A%26B%20%3CCo%3E%20%231> x"),
        (
            "See https://x.example/?{{#if nri}}n={{nri}}{{else}}o={{/if}}{{organisation}} {{organisation}}",
            "See https://x.example/?o=A%26B%20%3CCo%3E%20%231 A&B <Co> #1",
        ),
        (
            "[w](mailto:a@x.example?subject={{organisation}}) x",
            "w <mailto:a@x.example?subject=A%26B%20%3CCo%3E%20%231> x",
        ),
        ("https://x.example/。{{organisation}}", "https://x.example/。A&B <Co> #1"),
        ("him/{{organisation}}", "him/A&B <Co> #1"),
    ] {
        let letter = render(&markdown(body).unwrap(), "en", fields.clone()).unwrap();
        assert!(letter.text.lines().any(|l| l == line), "{body}: {}", letter.text);
    }
}

#[test]
fn a_country_is_compared_by_its_code_in_every_language() {
    for (file, name, other) in [("en.md", "Germany", "France"), ("fr.md", "Allemagne", "France")] {
        let source = "+++\nsubject = 'x'\n+++\n{{#if (eq country \"DE\")}}near{{else}}far{{/if}} {{country}}\n";
        let set = compile(file, source).unwrap();
        let language = file.trim_end_matches(".md");
        let read = |country: &str| render(&set, language, json!({ "country": country })).unwrap().text;
        assert!(read(name).contains(&format!("near {name}")), "{}", read(name));
        assert!(read(other).contains("far"), "{}", read(other));
    }
}

#[test]
fn a_value_of_enormous_length_is_no_letter() {
    let set = markdown("{{name}}").unwrap();
    assert_eq!(render(&set, "en", json!({ "name": "x".repeat(200_000) })), Err(RenderError::TooLong));
}

#[test]
fn variables_by_language_fall_back_to_the_default_language() {
    let source = "+++\nsubject = '{{event.dates}}'\n+++\n{{event.dates.en}}";
    let set = compile("fr.md", source).unwrap();
    assert_eq!(render(&set, "fr", json!({})).unwrap().subject, "du 15 au 19 novembre");
    let set = compile("ar.md", "+++\nsubject = '{{event.dates}}'\n+++\n{{name}}").unwrap();
    let letter = render(&set, "ar", json!({ "name": "Ada" })).unwrap();
    assert_eq!(letter.subject, "15 to 19 November");
    assert!(letter.html.contains("<html lang=\"ar\" dir=\"rtl\">") && letter.html.contains("<bdi>Ada</bdi>"));
}

#[test]
fn a_variant_may_bring_its_own_text_part() {
    let mut files = files(
        "en.html",
        "+++\nsubject = 's'\n+++\n<h1>Hi {{name}}</h1><p>One<br>two <a href=\"{{event.url}}\">link</a></p>",
    );
    let set = TemplateSet::compile(&files, "t", &names()).unwrap();
    let derived = render(&set, "en", json!({ "name": "Ada" })).unwrap();
    assert!(derived.text.starts_with("Hi Ada\n\nOne\ntwo link"), "{}", derived.text);
    assert!(derived.text.contains("https://igf.example/?a=1&b=2"), "the link can be followed: {}", derived.text);
    files.insert("templates/t/en.txt".into(), "Just {{name}}".into());
    let set = TemplateSet::compile(&files, "t", &names()).unwrap();
    assert!(render(&set, "en", json!({ "name": "Ada" })).unwrap().text.starts_with("Just Ada\n"));
    files.insert("templates/t/en.txt".into(), "Just {{nam}}".into());
    let said = TemplateSet::compile(&files, "t", &names()).unwrap_err();
    assert!(said[0].to_string().starts_with("templates/t/en.txt:1:8: "), "{said:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_body_is_compiled_or_refused_without_panic(body in "(\\{\\{|\\}\\}|#if |/if|else|[<>\"'=&#a-c (){}\\[\\]|@./~!^*_\\n-]|name|é){0,40}") {
        let _ = markdown(&body);
        let _ = compile("en.html", &format!("+++\nsubject = 's'\n+++\n{body}"));
    }

    #[test]
    fn any_file_is_compiled_or_refused_without_panic(content in "(\\+\\+\\+\n|subject = '|'|\n|\\PC){0,30}") {
        let _ = compile("en.md", &content);
    }

    #[test]
    fn whatever_a_name_holds_the_markup_stays_the_same(name in "\\PC{1,60}") {
        let set = markdown("Dear {{name}}, <a title=\"{{name}}\" href=\"https://x.example/{{name}}\">x</a>").unwrap();
        let plain = render(&set, "en", json!({ "name": "Ada" })).unwrap();
        if let Ok(letter) = render(&set, "en", json!({ "name": name })) {
            for mark in ['<', '>', '"'] {
                prop_assert_eq!(letter.html.matches(mark).count(), plain.html.matches(mark).count());
            }
            prop_assert!(!letter.subject.contains(['\r', '\n']));
            prop_assert_eq!(letter.text.lines().count(), plain.text.lines().count());
        }
    }
}
