use super::*;
use proptest::prelude::*;

#[test]
fn words_of_several_languages_mean_their_values() {
    assert_eq!(stakeholder("Société civile"), Some(Stakeholder::CivilSociety));
    assert_eq!(stakeholder(" PRESS / MEDIA "), Some(Stakeholder::PressMedia));
    assert_eq!(stakeholder("Intergovernmental Organisation"), Some(Stakeholder::IntergovernmentalOrganization));
    assert_eq!(stakeholder("Частный сектор"), Some(Stakeholder::PrivateSector));
    assert_eq!(stakeholder("Astronauts"), None);
    assert_eq!(gender("Männlich"), Some(Gender::Male));
    assert_eq!(gender("Prefer not to say"), Some(Gender::Unknown));
    assert_eq!(tier("2"), Some(Tier::Field));
    assert_eq!(tier("4"), None);
    assert_eq!(yes_or_no("Oui"), Some(true));
    assert_eq!(yes_or_no("✓"), Some(true));
    assert_eq!(yes_or_no(" "), Some(false));
    assert_eq!(yes_or_no("2023-05-04"), None);
    assert_eq!(registration_state("Withdrawn"), Some(RegistrationState::Void));
    assert_eq!(reason("Spam complaint"), Some(Reason::Complained));
}

#[test]
fn every_word_of_the_tables_is_in_its_folded_form() {
    for word in
        not_given::WORDS.iter().chain(&["техническое_сообщество", "частный_сектор", "женский", "أنثى", "государство"])
    {
        assert_eq!(fold_words(word), *word);
    }
    for value in Stakeholder::ALL {
        assert_eq!(stakeholder(value.as_str()), Some(*value));
    }
    for value in Gender::ALL {
        assert_eq!(gender(value.as_str()), Some(*value));
    }
    for value in Kind::ALL {
        assert_eq!(kind(value.as_str()), Some(*value));
    }
    for value in Reason::ALL {
        assert_eq!(reason(value.as_str()), Some(*value));
    }
}

#[test]
fn a_header_folds_to_snake_case() {
    assert_eq!(fold_words("First IGF?"), "first_igf");
    assert_eq!(fold_words("  Prénom / Vorname "), "prenom_vorname");
    assert_eq!(fold_words("Русский язык"), "русский_язык");
    assert_eq!(fold_words("हिन्दी"), "हिन्दी");
}

proptest! {
    #[test]
    fn folding_twice_changes_nothing_more(cell in any::<String>()) {
        let once = fold_words(&cell);
        prop_assert_eq!(fold_words(&once), once);
    }

    #[test]
    fn plain_words_fold_as_any_words_do(cell in "[ -~\\t\\n\\x00\\x7f]{0,24}") {
        prop_assert_eq!(fold_ascii_words(&cell), fold_any_words(&cell));
    }
}
