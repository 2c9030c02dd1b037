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
