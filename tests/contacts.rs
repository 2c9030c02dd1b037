//! `convoke contacts` and what it leaves behind for import, plan and send, at the command line.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

#[path = "support/command.rs"]
mod command;
use command::{Workspace, text};

const PEOPLE: &str = "\
email,given_name,family_name,organisation,country,stakeholder_group,tier,language,tags,basis,dietary
ada@example.org,Ada,Sample,Minstry of Posts,KE,Government,field,en,policy,mandate,none
bo@example.org,Bo,Example,Example Institute,UG,Academia,public,fr,youth; policy,mandate,vegan
cleo@example.org,Cleo,Test,Example Telecom,NO,Private Sector,,nb,,mandate,none
";

/// A workspace that knows the people above, from `people.csv`.
fn people() -> Workspace {
    let workspace = Workspace::new();
    fs::write(workspace.path().join("people.csv"), PEOPLE).unwrap();
    workspace.expect(0, &["import", "people.csv", "--as", "contacts"]);
    workspace
}

/// The objects of a command that gives one a line.
fn lines(workspace: &Workspace, arguments: &[&str]) -> Vec<Value> {
    let arguments = [&["--format", "json"], arguments].concat();
    workspace.expect(0, &arguments).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn emails(objects: &[Value]) -> Vec<&str> {
    objects.iter().map(|object| object["email"].as_str().unwrap()).collect()
}

/// What a command says on standard error.
fn said(workspace: &Workspace, code: i32, arguments: &[&str]) -> String {
    let output = workspace.run(arguments);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stderr)
}

fn import(workspace: &Workspace, file: &str, rows: &str) -> Value {
    fs::write(workspace.path().join(file), rows).unwrap();
    workspace.json(&["import", file, "--as", "contacts"])
}

/// The contact of `contacts show`.
fn shown(workspace: &Workspace, who: &str) -> Value {
    workspace.json(&["contacts", "show", who])
}

fn suppressed(workspace: &Workspace, address: &str) -> bool {
    workspace.json(&["opt-out", "check", address])["suppressed"].as_bool().unwrap()
}

/// A campaign for everybody, that rests on no file.
fn campaign(workspace: &Workspace) {
    let folder = workspace.path().join("campaigns/spring");
    fs::create_dir_all(&folder).unwrap();
    fs::write(
        folder.join("campaign.toml"),
        "title = \"Spring\"\nobjective = \"Tell\"\nphase = \"before\"\nresponsible = [\"secretariat\"]\n\
         topic = \"annual-meeting\"\npurpose = \"invitation\"\ntemplate = \"short\"\ndefault_language = \"en\"\n\n[[audience]]\n",
    )
    .unwrap();
    let template = workspace.path().join("templates/short");
    fs::create_dir_all(&template).unwrap();
    fs::write(
        template.join("en.md"),
        "+++\nsubject = 'Hello {{fallback given_name \"you\"}}'\n+++\nDear {{fallback given_name \"you\"}},\n\ncome.\n",
    )
    .unwrap();
}

#[test]
fn columns_that_feed_no_field_are_named_after_an_import() {
    let workspace = people();
    let talk = said(&workspace, 0, &["import", "people.csv", "--as", "contacts"]);
    assert!(talk.contains("columns kept under names of their own: dietary;"), "{talk}");
    assert_eq!(import(&workspace, "people.csv", PEOPLE)["custom_columns"], json!(["dietary"]));
    assert_eq!(import(&workspace, "more.csv", "email,tier\neve@example.org,field\n")["custom_columns"], json!([]));
}

#[test]
fn a_list_takes_the_conditions_of_an_audience() {
    let workspace = people();
    for (conditions, expected) in [
        (&[][..], &["ada@example.org", "bo@example.org", "cleo@example.org"][..]),
        (&["--where", "tier=field,public"], &["ada@example.org", "bo@example.org", "cleo@example.org"]),
        (&["--where", "country=KE,UG", "--not", "tags=youth"], &["ada@example.org"]),
        (&["--where", "region=African Group", "--where", "dietary=vegan"], &["bo@example.org"]),
        (&["--where", "{ country = 'NO', stakeholder_group = 'Private Sector' }"], &["cleo@example.org"]),
        (&["--where", "registered=true"], &[]),
    ] {
        let found = lines(&workspace, &[&["contacts", "list"], conditions].concat());
        assert_eq!(emails(&found), expected, "{conditions:?}");
    }
    let bo = &lines(&workspace, &["contacts", "list", "--where", "email=bo@example.org"])[0];
    assert_eq!(bo["stakeholder_group"], "Technical Community");
    assert_eq!(
        (&bo["tier"], &bo["stated_tier"], &bo["custom"]),
        (&json!("public"), &json!("public"), &json!({"dietary": "vegan"}))
    );
}

#[test]
fn a_list_finds_who_took_part_and_who_is_coming() {
    let workspace = people();
    fs::write(workspace.path().join("2025.csv"), "email,country\nada@example.org,KE\n").unwrap();
    fs::write(workspace.path().join("coming.csv"), "email,country\nbo@example.org,UG\n").unwrap();
    workspace.expect(0, &["import", "2025.csv", "--as", "participation", "--year", "2025"]);
    workspace.expect(0, &["import", "coming.csv", "--as", "registrations", "--year", "2027"]);
    for (condition, expected) in [
        ("attended=2025", "ada@example.org"),
        ("attended.none_of=2025", "bo@example.org cleo@example.org"),
        ("registered=true", "bo@example.org"),
        ("registered=false", "ada@example.org cleo@example.org"),
    ] {
        let found = lines(&workspace, &["contacts", "list", "--where", condition]);
        assert_eq!(emails(&found).join(" "), expected, "{condition}");
    }
}

#[test]
fn a_list_on_the_screen_is_masked_counted_and_bounded() {
    let workspace = people();
    let output = workspace.run(&["contacts", "list", "--limit", "2"]);
    let (screen, talk) = (text(&output.stdout), text(&output.stderr));
    assert!(screen.contains("a***@example.org") && !screen.contains("ada@"), "{screen}");
    assert_eq!(screen.lines().count(), 3, "{screen}");
    assert!(talk.contains("3 contacts, 2 of them shown; --limit 3 shows them all"), "{talk}");
    let next = talk.lines().last().unwrap().strip_prefix("next: convoke ").unwrap();
    workspace.expect(0, &next.split(' ').collect::<Vec<_>>());
    assert!(workspace.expect(0, &["--show-addresses", "contacts", "list"]).contains("ada@example.org"));
}

#[test]
fn conditions_that_name_nothing_are_asked_back_with_the_nearest() {
    let workspace = people();
    for (condition, words) in [
        ("stakeholder=Civl Society", "did you mean `Civil Society`?"),
        ("country=Kenya", "did you mean `KE` (Kenya)?"),
        ("langauge=fr", "did you mean `language`?"),
        ("dietary=vegam", "did you mean `vegan`?"),
        ("invited_in=spring", "nobody was invited in a campaign `spring`"),
        ("Kenya", "write it as KEY=VALUE"),
    ] {
        let talk = said(&workspace, 2, &["contacts", "list", "--where", condition]);
        assert!(talk.contains(words), "{condition}: {talk}");
    }
}

#[test]
fn a_correction_is_shown_kept_and_told_with_who_made_it() {
    let workspace = people();
    let set = [
        "contacts",
        "set",
        "ada@example.org",
        "organisation=Ministry of Posts",
        "country=Uganda",
        "--reason",
        "her card",
    ];
    let dry = workspace.json(&[&set[..], &["--dry-run"]].concat());
    assert_eq!(dry["changes"].as_array().unwrap().len(), 2);
    assert_eq!(shown(&workspace, "ada@example.org")["contact"]["organisation"], "Minstry of Posts");
    let screen = workspace.expect(0, &set);
    for words in ["organisation", "Minstry of Posts", "Ministry of Posts", "KE", "UG"] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    let record = shown(&workspace, "ada@example.org");
    assert_eq!(
        (&record["contact"]["organisation"], &record["contact"]["country"]),
        (&json!("Ministry of Posts"), &json!("UG"))
    );
    assert_eq!(record["region"], json!({"value": "African Group", "because": "by the country UG"}));
    assert_eq!(record["came_by"], "people.csv");
    assert_eq!(
        record["corrections"][1],
        json!({"field": "organisation", "replaced": "Minstry of Posts", "now": "Ministry of Posts"})
    );
    let story = workspace.json(&["audit", "contact", "ada@example.org"]);
    let event = story["events"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&event["what"], &event["by"], &event["reply"]), (&json!("changed"), &json!("lin"), &Value::Null));
    assert_eq!(
        event["detail"],
        "organisation: “Minstry of Posts” → “Ministry of Posts”; country: “KE” → “UG”; reason: her card"
    );
    assert_eq!(workspace.json(&["audit", "verify"])["ok"], true);
    let again = said(&workspace, 0, &set);
    assert!(again.contains("nothing to change"), "{again}");
}

#[test]
fn a_file_that_repeats_a_replaced_value_does_not_undo_a_correction() {
    let workspace = people();
    let set = |field: &str| workspace.expect(0, &["contacts", "set", "ada@example.org", field]);
    set("organisation=Ministry of Posts");
    set("basis=");
    set("dietary=vegetarian");
    let repeated = import(&workspace, "later.csv", PEOPLE);
    assert_eq!((&repeated["merged"], &repeated["warnings"]), (&json!(3), &json!(0)));
    let contact = &shown(&workspace, "ada@example.org")["contact"];
    assert_eq!(
        (&contact["organisation"], &contact["basis"], &contact["custom"]["dietary"]),
        (&json!("Ministry of Posts"), &json!(""), &json!("vegetarian"))
    );
    // Nor does what the command says about everybody in the file.
    fs::write(workspace.path().join("bare.csv"), "email\nada@example.org\n").unwrap();
    workspace.expect(0, &["import", "bare.csv", "--as", "contacts", "--basis", "mandate"]);
    assert_eq!(shown(&workspace, "ada@example.org")["contact"]["basis"], "");
    let new = import(&workspace, "new.csv", "email,organisation\nada@example.org,Parliament\n");
    assert_eq!(
        (&new["warnings"], &new["notes"][0]["column"], &new["notes"][0]["line"]),
        (&json!(1), &json!("organisation"), &json!(2))
    );
    assert_eq!(shown(&workspace, "ada@example.org")["contact"]["organisation"], "Parliament");
}

#[test]
fn what_is_said_about_a_whole_list_does_not_undo_a_correction() {
    let workspace = people();
    import(&workspace, "korea.csv", "email,country,tags,basis\ndan@example.org,Korea,youth; press,mandate\n");
    workspace.expect(0, &["contacts", "set", "dan@example.org", "country=KP", "tags=press", "basis="]);
    // A decision made later, a default of the command, and the same words in another order or case.
    let settings = fs::read_to_string(workspace.path().join("convoke.toml")).unwrap();
    fs::write(workspace.path().join("convoke.toml"), format!("{settings}\n[countries]\n\"Korea\" = \"KR\"\n")).unwrap();
    fs::write(workspace.path().join("late.csv"), "email,country,tags\ndan@example.org,KOREA,Press;youth\n").unwrap();
    for file in ["korea.csv", "late.csv"] {
        workspace.expect(0, &["import", file, "--as", "contacts", "--basis", "consent"]);
        let contact = &shown(&workspace, "dan@example.org")["contact"];
        assert_eq!(contact["country"], "KP", "{file}");
        assert_eq!(contact["tags"], json!(["press"]), "{file}");
        assert_eq!(contact["basis"], "", "{file}");
    }
}

#[test]
fn names_taken_from_a_mailbox_do_not_come_back_with_the_same_file() {
    let workspace = people();
    let rows = "email,name,basis\nzed@example.org,Zed Sample,mandate\nzed@example.org,Yan Other,mandate\n\
                zed@example.org,Xia Third,mandate\n";
    import(&workspace, "several.csv", rows);
    assert_eq!(shown(&workspace, "zed@example.org")["contact"]["other_names"].as_array().unwrap().len(), 2);
    workspace.expect(0, &["contacts", "set", "zed@example.org", "kind=person", "name=Zed Sample", "other_names="]);
    fs::write(workspace.path().join("again.csv"), rows).unwrap();
    workspace.expect(0, &["import", "again.csv", "--as", "contacts", "--source", "another"]);
    let contact = &shown(&workspace, "zed@example.org")["contact"];
    assert_eq!((&contact["name"], &contact["other_names"]), (&json!("Zed Sample"), &json!([])));
}

#[test]
fn a_decision_about_values_makes_a_plan_stale() {
    let workspace = people();
    campaign(&workspace);
    let settings = fs::read_to_string(workspace.path().join("convoke.toml")).unwrap();
    let decide = |more: &str| fs::write(workspace.path().join("convoke.toml"), format!("{settings}{more}")).unwrap();
    workspace.expect(0, &["plan", "spring"]);
    decide("\n[countries]\n");
    workspace.expect(0, &["send", "spring"]);
    decide("\n[regions]\nKE = \"GRULAC\"\n");
    assert!(said(&workspace, 4, &["send", "spring"]).contains("[regions]"));
    workspace.expect(0, &["plan", "spring"]);
    workspace.expect(0, &["send", "spring"]);
}

#[test]
fn who_was_taken_back_is_found_by_the_printed_next_command() {
    let workspace = people();
    campaign(&workspace);
    workspace.expect(0, &["plan", "spring"]);
    workspace.expect(0, &["send", "spring", "--live", "--limit", "1"]);
    for address in ["ada", "bo", "cleo"] {
        let (from, to) = (format!("{address}@example.org"), format!("email={address}@new.example"));
        workspace.expect(0, &["contacts", "set", &from, &to]);
    }
    assert!(said(&workspace, 0, &["send", "spring", "--live"]).contains("next: convoke plan spring"));
    assert!(said(&workspace, 0, &["status", "spring"]).contains("next: convoke plan spring"));
    workspace.expect(0, &["plan", "spring"]);
    assert!(said(&workspace, 0, &["send", "spring", "--live"]).contains("next: convoke audit campaign spring"));
    assert_eq!(fs::read_dir(workspace.path().join(".convoke/outbox/spring")).unwrap().count(), 6, "three letters");
}

#[test]
fn a_corrected_name_is_not_taken_for_another_person_when_the_old_one_comes_again() {
    let workspace = people();
    workspace.expect(0, &["contacts", "set", "ada@example.org", "family_name=Newname", "given_name=Augusta"]);
    let again = import(&workspace, "later.csv", PEOPLE);
    assert_eq!(again["warnings"], 0);
    let contact = &shown(&workspace, "ada@example.org")["contact"];
    assert_eq!((&contact["name"], &contact["kind"]), (&json!("Augusta Newname"), &json!("person")));
    // A third name is a second person's, as ever.
    import(&workspace, "third.csv", "email,given_name,family_name\nada@example.org,Grace,Third\n");
    assert_eq!(shown(&workspace, "ada@example.org")["contact"]["name"], "Grace Third");
}

#[test]
fn wrong_values_and_fields_are_all_named_and_nothing_changes() {
    let workspace = people();
    let talk = said(
        &workspace,
        2,
        &[
            "contacts",
            "set",
            "ada@example.org",
            "tier=feild",
            "organistion=X",
            "country=Atlantis",
            "unsubscribed=no",
            "title=Dr.",
        ],
    );
    for words in ["did you mean `field`?", "did you mean `organisation`?", "`country`", "cannot be lifted here"] {
        assert!(talk.contains(words), "{words}: {talk}");
    }
    assert_eq!(shown(&workspace, "ada@example.org")["contact"]["title"], "");
    for (arguments, words) in [
        (&["contacts", "set", "nobody@example.org", "title=Dr."][..], "no contact is known by n***@example.org"),
        (&["contacts", "show", "adda@example.org"], "no contact is known by a***@example.org"),
        (&["contacts", "show", "no address"], "neither an address nor a contact's id"),
        (&["contacts", "set", "ada@example.org", "title"], "FIELD=VALUE"),
        (&["contacts", "set", "ada@example.org", "email=bo@example.org"], "convoke contacts merge"),
        (&["contacts", "set", "ada@example.org", "email=bo at example"], "email"),
        (&["contacts", "set", "ada@example.org", "title=Dr.", "Title=Ms"], "given two values"),
        (&["contacts", "set", "ada@example.org", "email=a@example.com", "E-mail=b@example.com"], "given two values"),
        (&["contacts", "set", "ada@example.org", "custom:email=a@example.com"], "every contact has a field"),
    ] {
        let talk = said(&workspace, 2, arguments);
        assert!(talk.contains(words) && !talk.contains("did you mean `ada"), "{arguments:?}: {talk}");
    }
}

#[test]
fn an_address_change_keeps_history_and_opt_outs_whatever_comes_later() {
    let workspace = people();
    workspace.expect(0, &["opt-out", "add", "ada@example.org", "--topic", "news"]);
    fs::write(workspace.path().join("2025.csv"), "email\nada@example.org\n").unwrap();
    workspace.expect(0, &["import", "2025.csv", "--as", "participation", "--year", "2025"]);
    let id = shown(&workspace, "ada@example.org")["contact"]["id"].clone();
    let moved = workspace.json(&["contacts", "set", "ada@example.org", "email=ada@example.com"]);
    assert_eq!(
        (&moved["earlier_email"], &moved["suppressed"], &moved["id"]),
        (&json!("ada@example.org"), &json!(1), &id)
    );
    let record = shown(&workspace, "ada@example.org");
    assert_eq!((&record["contact"]["email"], &record["attended"]), (&json!("ada@example.com"), &json!([2025])));
    assert_eq!(record["links"][0]["address"], "ada@example.org");
    assert_eq!(record["tier"]["value"], "field");
    // The old sheet again: the row is hers, the old address does not come back, and a note says so.
    let again = import(&workspace, "later.csv", &PEOPLE.replace("Ada,Sample,Minstry", "Ada,Sample,Ministry"));
    assert_eq!((&again["accepted"], &again["merged"], &again["warnings"]), (&json!(0), &json!(3), &json!(1)));
    assert!(again["notes"][0]["reason"].as_str().unwrap().contains("earlier address"), "{again}");
    assert_eq!(lines(&workspace, &["contacts", "list"]).len(), 3);
    assert_eq!(shown(&workspace, "ada@example.com")["contact"]["organisation"], "Ministry of Posts");
    // Participation and opt-outs under the old address are hers, too.
    fs::write(workspace.path().join("2024.csv"), "email\nada@example.org\n").unwrap();
    let dry = workspace.json(&["import", "2025.csv", "--as", "participation", "--year", "2025", "--dry-run"]);
    assert_eq!(dry["accepted"], 0, "known already");
    workspace.expect(0, &["import", "2024.csv", "--as", "participation", "--year", "2024"]);
    workspace.expect(0, &["opt-out", "add", "ada@example.org"]);
    assert!(suppressed(&workspace, "ada@example.com"));
    assert_eq!(shown(&workspace, "ada@example.com")["attended"], json!([2024, 2025]));
    let (old, new) = (
        workspace.json(&["audit", "contact", "ada@example.org"]),
        workspace.json(&["audit", "contact", "ada@example.com"]),
    );
    assert_eq!(old, new);
    assert!(new["events"].as_array().unwrap().iter().any(|e| e["what"] == "moved"));
    // And back again.
    workspace.expect(0, &["contacts", "set", "ada@example.com", "email=ada@example.org"]);
    assert!(suppressed(&workspace, "ada@example.org"));
    assert_eq!(shown(&workspace, "ada@example.com")["contact"]["email"], "ada@example.org");
    assert_eq!(workspace.json(&["audit", "verify"])["ok"], true);
}

#[test]
fn a_planned_invitation_leaves_the_old_address_and_comes_back_at_the_new_one() {
    let workspace = people();
    campaign(&workspace);
    assert_eq!(workspace.json(&["plan", "spring"])["planned"], 3);
    workspace.json(&["send", "spring", "--live", "--limit", "1"]);
    let written = |workspace: &Workspace| {
        let mut to: Vec<String> = fs::read_dir(workspace.path().join(".convoke/outbox/spring"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == "json"))
            .map(|path| serde_json::from_slice::<Value>(&fs::read(path).unwrap()).unwrap()["rcpt_to"].to_string())
            .collect();
        to.sort();
        to
    };
    let first = written(&workspace);
    assert_eq!(first.len(), 1);
    let people = ["ada", "bo", "cleo"];
    let (reached, waiting): (Vec<&str>, Vec<&str>) = people.iter().partition(|name| first[0].contains(**name));
    // One who has it, and one who does not yet, get new addresses.
    let moved = |name: &str| {
        workspace.json(&["contacts", "set", &format!("{name}@example.org"), &format!("email={name}@example.com")])
    };
    assert_eq!(moved(reached[0])["taken_back"], 0);
    assert_eq!(moved(waiting[0])["taken_back"], 1);
    for domain in ["org", "com"] {
        let [gone, sent] = [waiting[0], reached[0]].map(|name| format!("{name}@example.{domain}"));
        let refused = said(&workspace, 1, &["preview", "spring", "--to", &gone]);
        assert!(refused.contains("address changed") && refused.contains("`convoke plan spring`"), "{refused}");
        workspace.expect(0, &["preview", "spring", "--to", &sent]);
    }
    let status = workspace.json(&["status", "spring"]);
    assert_eq!((&status["cancelled"], &status["unsent"]), (&json!(1), &json!(1)));
    let plan = workspace.json(&["plan", "spring"]);
    assert_eq!((&plan["planned"], &plan["held_back"]), (&json!(2), &json!({"already_invited": 1})));
    workspace.expect(0, &["send", "spring", "--live"]);
    let expected = [
        format!("{}@example.org", reached[0]),
        format!("{}@example.com", waiting[0]),
        format!("{}@example.org", waiting[1]),
    ];
    let all = written(&workspace).join(" ");
    assert_eq!(written(&workspace).len(), 3);
    assert!(expected.iter().all(|address| all.contains(address)), "{all}");
    assert_eq!(shown(&workspace, &format!("{}@example.org", reached[0]))["invitations"][0]["state"], "accepted");
    let found = lines(&workspace, &["contacts", "list", "--where", "invited_in=spring", "--where", "outcome=accepted"]);
    assert_eq!(found.len(), 3);
    assert_eq!(workspace.json(&["audit", "verify"])["ok"], true);
}

#[test]
fn two_contacts_become_one() {
    let workspace = people();
    workspace.expect(0, &["opt-out", "add", "bo@example.org"]);
    let merge = ["contacts", "merge", "ada@example.org", "bo@example.org"];
    let screen = workspace.expect(0, &[&merge[..], &["--dry-run"]].concat());
    assert!(
        screen.contains("Minstry of Posts")
            && screen.contains("Example Institute")
            && screen.contains("b***@example.org"),
        "{screen}"
    );
    assert_eq!(lines(&workspace, &["contacts", "list"]).len(), 3);
    let talk = said(&workspace, 0, &[&merge[..], &["--dry-run"]].concat());
    let next = talk.lines().last().unwrap().strip_prefix("next: convoke ").unwrap();
    let united = workspace.json(&next.split(' ').collect::<Vec<_>>());
    assert_eq!((&united["email"], &united["suppressed"]), (&json!("ada@example.org"), &json!(1)));
    let contact = &shown(&workspace, "bo@example.org")["contact"];
    assert_eq!(
        (&contact["email"], &contact["country"], &contact["tags"]),
        (&json!("ada@example.org"), &json!("KE"), &json!(["policy", "youth"]))
    );
    assert!(suppressed(&workspace, "ada@example.org"));
    // Neither row of the sheet undoes it.
    import(&workspace, "later.csv", PEOPLE);
    let again = shown(&workspace, "ada@example.org");
    assert_eq!(&again["contact"], contact);
    assert_eq!(lines(&workspace, &["contacts", "list"]).len(), 2);
    assert!(said(&workspace, 2, &merge).contains("one contact already"));
    assert_eq!(workspace.json(&["audit", "verify"])["ok"], true);
}

#[test]
fn a_file_says_who_is_in_it_no_longer_and_deletes_nobody() {
    let workspace = people();
    workspace.expect(0, &["contacts", "set", "bo@example.org", "email=bo@example.com"]);
    import(&workspace, "others.csv", "email\ndan@example.org\n");
    fs::write(workspace.path().join("people.csv"), "email\nbo@example.org\neve@example.org\nno address\n").unwrap();
    let mirror = ["import", "people.csv", "--as", "contacts", "--mirror"];
    let output = workspace.run(&[&["--format", "json"], &mirror[..]].concat());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["mirror"]["came_by"], 4);
    assert_eq!(emails(report["mirror"]["gone"].as_array().unwrap()), ["ada@example.org", "cleo@example.org"]);
    assert_eq!(report["mirror"]["unreadable"], 1);
    assert_eq!(lines(&workspace, &["contacts", "list"]).len(), 5);
    fs::write(workspace.path().join("people.csv"), "email\nbo@example.org\n").unwrap();
    let talk = said(&workspace, 0, &mirror);
    assert!(talk.contains("4 contacts first came by this file, 3 of them no longer in it; none was deleted"), "{talk}");
    let next = talk.lines().last().unwrap().strip_prefix("next: convoke ").unwrap();
    workspace.expect(0, &next.split(' ').collect::<Vec<_>>());
    // The same file, however its path is typed; another of the same name in another folder is another.
    let inner = workspace.path().join("inner");
    fs::create_dir(&inner).unwrap();
    fs::write(inner.join("people.csv"), "email\nbo@example.org\n").unwrap();
    let [typed, whole] = ["./people.csv", workspace.path().join("people.csv").to_str().unwrap()]
        .map(|file| said(&workspace, 0, &["import", file, "--as", "contacts", "--mirror", "--dry-run"]));
    assert!(typed.contains("4 contacts first came by this file") && whole.contains("4 contacts first"), "{whole}");
    let other = said(&workspace, 0, &["-C", ".", "import", "inner/people.csv", "--as", "contacts", "--mirror"]);
    assert!(other.contains("no contact first came by this file"), "{other}");
    assert!(said(&workspace, 2, &["import", "people.csv", "--as", "opt-outs", "--mirror"]).contains("--as contacts"));
}

const EVERYTHING: &str = "\
email,kind,role,other_names,title,given_name,family_name,name,gender,organisation,position,stakeholder_group,country,region,language,tier,time_zone,tags,source,basis,purpose,obtained_on,unsubscribed,dietary,shoe size
full@example.org,shared,,Grace Example; Edsger Test,Dr.,Ada,Sample,Ada Sample,female,\"Post, Telegraph \"\"PTT\"\"\",Head,Intergovernmental Organization,KE,,pt-br,community,Africa/Nairobi,a; b,registration,consent,invitation,2026-01-31,,'=1+1,42
stated@example.org,organisation,nri,,,,,,other,=Rede= (Net),,Press/Media,Congo,African Group,ar,public,,,,mandate,any,03/04/2026,,,
unread@example.org,list,mailing-list,,,,,,,'t Hooft Institute,,,Atlantis,GRULAC,,field,,,,,,,2026-02-01T10:00:00Z,-,+41 22
zar@example.org,person,,,,علی\u{200c}رضا,,,male,,,Civil Society,PS,,fa,,,,,,,,,,
bare@example.org,,,,,,,,,,,,,,,,,,,,,,,,
";

#[test]
fn an_export_is_taken_back_without_a_change() {
    for file in ["contacts.csv", "contacts.xlsx"] {
        let workspace = Workspace::new();
        fs::write(workspace.path().join("all.csv"), EVERYTHING).unwrap();
        workspace.expect(0, &["import", "all.csv", "--as", "contacts"]);
        let before = lines(&workspace, &["contacts", "list"]);
        assert_eq!(before.len(), 5);
        let said = said(&workspace, 0, &["contacts", "export", "--out", file]);
        assert!(said.contains("5 contacts written to") && said.contains("nothing left this computer"), "{said}");
        let path = workspace.path().join(file);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let into_itself = workspace.json(&["import", file, "--as", "contacts"]);
        assert_eq!(
            (&into_itself["accepted"], &into_itself["merged"], &into_itself["suppressed"]),
            (&json!(0), &json!(5), &json!(0)),
            "{into_itself}"
        );
        assert_eq!(lines(&workspace, &["contacts", "list"]), before, "{file}");
        let fresh = Workspace::new();
        fs::copy(&path, fresh.path().join(file)).unwrap();
        let taken = fresh.json(&["import", file, "--as", "contacts"]);
        assert_eq!((&taken["accepted"], &taken["suppressed"]), (&json!(5), &json!(1)));
        let without_id = |mut objects: Vec<Value>| {
            for object in &mut objects {
                object.as_object_mut().unwrap().remove("id");
            }
            objects
        };
        assert_eq!(without_id(lines(&fresh, &["contacts", "list"])), without_id(before), "{file}");
        let since = &fresh.json(&["opt-out", "check", "unread@example.org"])["since"];
        assert_eq!(since, "2026-02-01T10:00:00Z");
    }
}

#[test]
fn an_export_guards_formulas_and_takes_conditions() {
    let workspace = Workspace::new();
    fs::write(workspace.path().join("all.csv"), EVERYTHING).unwrap();
    workspace.expect(0, &["import", "all.csv", "--as", "contacts"]);
    workspace.expect(0, &["contacts", "export", "--out", "some.csv", "--where", "country=KE"]);
    let csv = fs::read_to_string(workspace.path().join("some.csv")).unwrap();
    assert_eq!(csv.lines().count(), 2);
    assert!(csv.contains(",'=1+1,"), "{csv}");
    assert!(said(&workspace, 2, &["contacts", "export", "--out", "some.txt"]).contains(".csv or .xlsx"));
    assert!(!workspace.path().join("some.txt.part").exists());
    assert!(said(&workspace, 2, &["contacts", "export", "--out", "none/some.csv"]).contains("there is no folder none"));
    assert!(said(&workspace, 2, &["contacts", "export", "--out", "."]).contains("is a folder"));
}

#[test]
fn a_column_called_like_a_field_of_ours_comes_back_from_an_export() {
    let workspace = Workspace::new();
    // Mailchimp's REGION is a state by its own code, which is no regional group.
    let audience = "Email Address,First Name,REGION,CC,LEID,EUID,TAGS\n\
                    ada@example.org,Ada,ge,ch,1,a1,\"\"\"igf\"\",\"\"youth\"\"\"\n";
    let report = import(&workspace, "audience.csv", audience);
    assert_eq!(report["accepted"], 1, "{report}");
    let before = shown(&workspace, "ada@example.org");
    let contact = &before["contact"];
    assert_eq!((&contact["region"], &contact["custom"]["region_2"]), (&json!("WEOG"), &json!("ge")), "{before}");
    assert_eq!(contact["tags"], json!(["igf", "youth"]));
    for file in ["out.csv", "out.xlsx"] {
        workspace.expect(0, &["contacts", "export", "--out", file]);
        let report = workspace.json(&["import", file, "--as", "contacts"]);
        assert_eq!((&report["merged"], &report["notes"]), (&json!(1), &json!([])), "{file}");
        assert_eq!(shown(&workspace, "ada@example.org"), before, "{file}");
    }
    // A column that --map displaces is called like a field of ours as well.
    fs::write(workspace.path().join("two.csv"), "email,country,Land\nbo@example.org,whatever,KE\n").unwrap();
    workspace.expect(0, &["import", "two.csv", "--as", "contacts", "--map", "Land=country"]);
    assert_eq!(shown(&workspace, "bo@example.org")["contact"]["custom"], json!({"country_2": "whatever"}));
}

#[test]
fn labels_of_google_are_tags() {
    let workspace = Workspace::new();
    import(&workspace, "g.csv", "E-mail 1 - Value,Labels\nada@example.org,* myContacts ::: forum\n");
    assert_eq!(shown(&workspace, "ada@example.org")["contact"]["tags"], json!(["myContacts", "forum"]));
}

#[test]
fn a_long_list_arrives_whole_in_order_and_its_reader_may_leave() {
    let workspace = Workspace::new();
    let rows: String = (0..2000).map(|i| format!("p{i:04}@example.org,Person {i}\n")).collect();
    import(&workspace, "many.csv", &format!("email,name\n{rows}"));
    let all = lines(&workspace, &["contacts", "list"]);
    assert_eq!(all.len(), 2000);
    assert_eq!(emails(&lines(&workspace, &["contacts", "list", "--limit", "2"])), emails(&all[..2]));
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_convoke"))
        .current_dir(workspace.path())
        .args(["contacts", "list", "--format", "json"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.starts_with("2000 contacts"), "{said}");
}

#[test]
fn a_place_that_is_no_country_is_not_taken_for_one_by_its_first_letters() {
    let workspace = people();
    for word in ["Atlantis", "Mars"] {
        let complaint = said(&workspace, 2, &["contacts", "list", "--where", &format!("country={word}")]);
        assert!(complaint.contains("such as `KE`") && !complaint.contains("did you mean"), "{complaint}");
        let complaint = said(&workspace, 2, &["contacts", "set", "ada@example.org", &format!("country={word}")]);
        assert!(complaint.contains("such as `KE`") && !complaint.contains("did you mean"), "{complaint}");
    }
    let complaint = said(&workspace, 2, &["contacts", "list", "--where", "country=Kenia"]);
    assert!(complaint.contains("did you mean `KE` (Kenya)?"), "{complaint}");
}
