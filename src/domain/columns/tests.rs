use super::*;

fn fields(header: &[&str], subject: Subject) -> Vec<String> {
    let columns = Columns::read(&Record::from_cells(1, header.iter().copied()), subject, &[]).unwrap();
    columns
        .fields
        .into_iter()
        .map(|f| match f {
            Field::Known(name) => name.to_owned(),
            Field::Custom(name) => format!("custom {name}"),
            Field::Ignored => "-".to_owned(),
        })
        .collect()
}

fn refused(header: &[&str], maps: &[(&str, &str)]) -> String {
    let maps: Vec<_> = maps.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    Columns::read(&Record::from_cells(1, header.iter().copied()), Subject::Contacts, &maps).unwrap_err().to_string()
}

#[test]
fn headers_of_eight_languages_feed_the_same_fields() {
    for header in [
        ["E-mail", "First Name", "Surname", "Affiliation", "Country"],
        ["Courriel", "Prénom", "Nom de famille", "Organisme", "Pays"],
        ["Correo electrónico", "Nombre", "Apellidos", "Organización", "País"],
        ["Endereço de e-mail", "Primeiro nome", "Sobrenome", "Instituição", "País"],
        ["E-Mail-Adresse", "Vorname", "Nachname", "Firma", "Land"],
        ["Электронная почта", "Имя", "Фамилия", "Организация", "Страна"],
        ["البريد الإلكتروني", "الاسم الأول", "اسم العائلة", "المؤسسة", "البلد"],
        ["电子邮件", "名字", "姓", "单位", "国家"],
    ] {
        assert_eq!(
            fields(&header, Subject::Contacts),
            ["email", "given_name", "family_name", "organisation", "country"]
        );
    }
}

#[test]
fn an_indico_export_and_our_own_columns_are_known() {
    assert_eq!(
        fields(&["ID", "Email Address", "First IGF?", "Registration state", "Checked in"], Subject::Participation),
        ["custom id", "email", "newcomer", "registration_state", "checked_in"]
    );
    assert_eq!(
        fields(
            &["email", "iso3", "un_regional_group", "consent_basis", "consent_date", "First IGF?", ""],
            Subject::Contacts
        ),
        ["email", "country_code", "region", "basis", "obtained_on", "custom first_igf", "custom column_7"]
    );
    assert_eq!(
        fields(&["address", "since", "reason", "topic"], Subject::OptOuts),
        ["email", "since", "reason", "topic"]
    );
}

#[test]
fn what_cannot_be_decided_is_refused_and_says_what_to_do() {
    assert!(refused(&["name", "emial"], &[]).contains("did you mean `emial`?"));
    assert!(refused(&["ada@example.org", "Ada"], &[]).contains("add a header row"));
    assert!(refused(&["foo", "bar"], &[]).contains("`foo`, `bar`"));
    assert!(refused(&["email", "Country", "country "], &[]).contains("columns 2 and 3"));
    assert!(refused(&["email", "Land"], &[("Lond", "country")]).contains("did you mean `Land`?"));
    assert!(refused(&["email", "Land"], &[("Land", "contry")]).contains("did you mean `country`?"));
    assert!(refused(&["email", "Land"], &[("Land", "custom: ")]).contains("write custom:NAME"));
}

#[test]
fn map_wins_and_a_second_column_for_a_field_becomes_custom() {
    let header = Record::from_cells(1, ["Kontakt", "email", "Full name", "name"]);
    let maps = [("kontakt".to_owned(), "email".to_owned())];
    let columns = Columns::read(&header, Subject::Contacts, &maps).unwrap();
    assert_eq!(columns.of("email"), Some(0));
    assert_eq!(columns.of("name"), Some(3));
    assert_eq!(columns.fields[2], Field::Custom("full_name".to_owned()));
    assert_eq!(columns.displaced.len(), 2);
}

#[test]
fn the_exports_of_address_books_and_mailing_programs_are_known() {
    for (program, header, known) in [
        (
            "Google Contacts",
            "First Name,Middle Name,Last Name,Name Prefix,Organization Name,Organization Title,Labels,E-mail 1 - Label,\
             E-mail 1 - Value,E-mail 2 - Value,Address 1 - Country",
            "1 given_name 3 family_name 4 title 5 organisation 6 position 7 tags 9 email 11 country",
        ),
        (
            "Google Contacts until 2023",
            "Name,Given Name,Family Name,Name Prefix,Group Membership,E-mail 1 - Value,Organization 1 - Name,\
             Organization 1 - Title",
            "1 name 2 given_name 3 family_name 4 title 5 tags 6 email 7 organisation 8 position",
        ),
        (
            "Outlook in English",
            "Title,First Name,Last Name,Company,Job Title,Business Country/Region,Home Country/Region,E-mail Address,\
             E-mail Display Name,Categories,Gender,Language",
            "1 title 2 given_name 3 family_name 4 organisation 5 position 6 country 8 email 10 tags 11 gender 12 language",
        ),
        (
            "Outlook in French",
            "Titre,Prénom,Nom,Société,Titre professionnel,Pays/Région (bureau),Adresse de messagerie,Catégories,Langue,Sexe",
            "1 title 2 given_name 3 name 4 organisation 5 position 6 country 7 email 8 tags 9 language 10 gender",
        ),
        (
            "Outlook in Spanish",
            "Tratamiento,Nombre,Apellidos,Compañía,Cargo,País o región del trabajo,Dirección de correo electrónico,\
             Categorías,Idioma,Sexo",
            "1 title 2 given_name 3 family_name 4 organisation 5 position 6 country 7 email 8 tags 9 language 10 gender",
        ),
        (
            "Mailchimp",
            "Email Address,First Name,Last Name,OPTIN_TIME,TIMEZONE,CC,REGION,LEID,EUID,TAGS,UNSUB_TIME",
            "1 email 2 given_name 3 family_name 4 obtained_on 5 time_zone 6 country_code 10 tags 11 unsubscribed",
        ),
    ] {
        let columns = Columns::read(&Record::from_cells(1, header.split(',')), Subject::Contacts, &[]).unwrap();
        let fields = columns.fields.iter().enumerate().filter_map(|(i, field)| match field {
            Field::Known(name) => Some(format!("{} {name}", i + 1)),
            _ => None,
        });
        assert_eq!(fields.collect::<Vec<_>>().join(" "), known, "{program}");
    }
}

#[test]
fn titles_that_repeat_lose_nothing() {
    let indico = ["ID", "Name", "Email Address", "Country", "Diet", "Country", "Diet"];
    assert_eq!(
        fields(&indico, Subject::Participation),
        ["custom id", "name", "email", "country", "custom diet", "custom country_2", "custom diet_2"]
    );
    assert_eq!(
        fields(&["email", "Diet", "diet", "Diet 2"], Subject::Contacts)[1..],
        ["custom diet", "custom diet_2", "custom diet_2_2"]
    );
}
