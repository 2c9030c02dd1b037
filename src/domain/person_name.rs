//! Names of people: whether two of them can be one person's.

use super::vocabulary::fold_words;

/// Whether two names are certainly those of two people. Case, accents, order (`Sample, Ada`), initials, titles, further
/// given names and slips of the pen make nobody another person, and names in different scripts cannot be compared.
pub fn is_somebody_else(a: &str, b: &str) -> bool {
    let (a, b) = (fold_words(a), fold_words(b));
    if a.is_empty() || b.is_empty() || a == b || script_of(&a) != script_of(&b) {
        return false;
    }
    let (a, b): (Vec<&str>, Vec<&str>) = (a.split('_').collect(), b.split('_').collect());
    // Chinese and Japanese names are written with and without a blank, family name first or last.
    if letters_in_order(&a) == letters_in_order(&b) {
        return false;
    }
    let (few, many) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let mut left = many;
    for word in few {
        let Some(place) = left.iter().position(|other| is_one_word(word, other)) else { return true };
        left.remove(place);
    }
    false
}

/// The same word, its initial, or the same word with a slip of the pen in it.
fn is_one_word(a: &str, b: &str) -> bool {
    let (short, long) = if a.chars().count() <= b.chars().count() { (a, b) } else { (b, a) };
    if short == long || (short.chars().count() == 1 && long.starts_with(short)) {
        return true;
    }
    // Maria and Mario, Paul and Paula: where only the end differs, it may well be another person.
    let at_the_end = |s: &str| s.chars().next_back();
    short.chars().count() >= 4 && at_the_end(short) == at_the_end(long) && strsim::osa_distance(short, long) == 1
}

fn letters_in_order(words: &[&str]) -> Vec<char> {
    let mut letters: Vec<char> = words.concat().chars().collect();
    letters.sort_unstable();
    letters
}

/// Scripts names are commonly written in, told by their first letter.
fn script_of(name: &str) -> u8 {
    match name.chars().find(|c| c.is_alphabetic()) {
        Some('a'..='z' | '\u{df}'..='\u{24f}') => 1,
        Some('\u{400}'..='\u{52f}') => 2,
        Some('\u{600}'..='\u{6ff}' | '\u{750}'..='\u{77f}') => 3,
        Some('\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}') => 4,
        Some('\u{ac00}'..='\u{d7af}') => 5,
        Some('\u{370}'..='\u{3ff}') => 6,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_person_is_written_in_many_ways() {
        for (a, b) in [
            ("Ada Sample", "SAMPLE, Ada"),
            ("Ada Sample", "A. Sample"),
            ("Ada Sample", "Ada B. Sample"),
            ("Ada Sample", "Dr. Ada Sample"),
            ("Élodie Exemple", "elodie exemple"),
            ("Jonh Sample", "John Sample"),
            ("Philip Example", "Phillip Example"),
            ("Ada", "Ada Sample"),
            ("Саша Примерова", "Sasha Primerova"),
            ("欧阳松柏", "松柏 欧阳"),
            ("Ada Sample", ""),
        ] {
            assert!(!is_somebody_else(a, b), "{a} / {b}");
        }
    }

    #[test]
    fn two_people_are_told_apart() {
        for (a, b) in [
            ("Ada Sample", "Grace Example"),
            ("Ada Sample", "Grace Sample"),
            ("Maria Sample", "Mario Sample"),
            ("Paul Example", "Paula Example"),
            ("Ada", "Grace"),
            ("Саша Примерова", "Иван Примеров"),
            ("欧阳松柏", "林晨露"),
        ] {
            assert!(is_somebody_else(a, b), "{a} / {b}");
        }
    }

    proptest! {
        #[test]
        fn the_order_of_the_question_does_not_matter(a in "\\PC{0,30}", b in "\\PC{0,30}") {
            prop_assert_eq!(is_somebody_else(&a, &b), is_somebody_else(&b, &a));
            prop_assert!(!is_somebody_else(&a, &a));
        }

        #[test]
        fn words_in_another_order_are_the_same_person(mut words in prop::collection::vec("[a-z]{2,8}", 1..5)) {
            let name = words.join(" ");
            words.reverse();
            prop_assert!(!is_somebody_else(&name, &words.join(" ")));
        }
    }
}
