//! Names before the `@` that belong to an office and not to a person, in the languages contact lists come in.
//!
//! The standard ones are those of RFC 2142 (business §3, network operations §4, services §5, `LIST-request` §6); the rest is
//! what offices call their mailboxes. Functions that one person holds (`director@`, `minister@`) are not among them.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::geography::CountryCode;
use super::vocabulary::fold_words;

/// Who reads a mailbox of such a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleName {
    /// Whoever is on duty.
    Shared,
    /// Nobody: it sends, and throws away what comes.
    Nobody,
}

/// What a word says about the name it stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    /// What comes is thrown away.
    Nobody,
    /// No person is called so: it makes a role of whatever it opens or ends (`info.ke`, `africa-info`).
    Strong,
    /// A surname too, or a hobby: it counts where all the other words are of the same sort, or places (`press.africa`).
    Weak,
    /// Says of which part of the office; nothing by itself.
    Part,
}

/// Mailboxes that nobody reads, without what separates their words.
#[rustfmt::skip] // one word a line would hide the table
const NOBODY: &[&str] = &[
    "noreply", "donotreply", "dontreply", "nepasrepondre", "nepasrepondresvp", "pasdereponse", "noresponder",
    "norespondas", "naoresponda", "naoresponder", "nichtantworten", "keineantwort", "nonrispondere", "neotvechat",
    "neotvechaite", "nieodpowiadaj", "nepasreponse", "mailerdaemon", "bounce", "bounces", "autoreply", "autoresponder",
    "unattended", "nobody", "devnull",
];

#[rustfmt::skip] // one word a line would hide the table
const STRONG: &[&str] = &[
    // RFC 2142
    "info", "marketing", "support", "abuse", "noc", "postmaster", "hostmaster", "webmaster", "usenet", "www", "uucp",
    // English
    "information", "informations", "contact", "contacts", "contactus", "enquiry", "enquiries", "inquiry", "inquiries",
    "office", "offices", "frontoffice", "headoffice", "secretariat", "secretary", "reception", "helpdesk", "servicedesk",
    "support", "admin", "administration", "administrator", "registry", "feedback", "newsletter", "membership",
    "recruitment", "pressoffice", "mailbox", "webteam", "communications", "publicaffairs", "correspondence",
    // French
    "secretariat", "accueil", "courrier", "renseignement", "renseignements", "standard", "servicedepresse",
    "relationspresse",
    // Spanish, Portuguese, Italian
    "oficina", "contacto", "contactos", "informacion", "informes", "correo", "correos", "secretaria", "recepcion",
    "consultas", "administracion", "comunicacion", "comunicaciones", "atencion", "soporte", "buzon", "contato",
    "contatos", "informacao", "informacoes", "escritorio", "recepcao", "administracao", "comunicacao", "imprensa",
    "atendimento", "suporte", "faleconosco", "ouvidoria", "ufficio", "segreteria", "informazioni", "contatti",
    "protocollo", "redazione", "ufficiostampa", "amministrazione",
    // German, Dutch, Nordic
    "kontakt", "buero", "sekretariat", "poststelle", "pressestelle", "geschaeftsstelle", "geschaftsstelle", "verwaltung",
    "zentrale", "empfang", "anfrage", "anfragen", "redaktion", "kantoor", "secretariaat", "receptie", "algemeen",
    "kontoret", "postmottak", "registrator", "toimisto", "kirjaamo",
    // Russian and its neighbours, in Latin letters and in their own
    "ofis", "priemnaya", "priyomnaya", "kancelaria", "kantselyaria", "kancelyariya", "kantselyariya", "spravka", "pressluzhba",
    "biuro", "sekretarz", "kancelar", "podatelna", "инфо", "контакт", "офис", "приемная", "секретариат", "канцелярия",
    // Arabic, Turkish, Indonesian, Swahili, Chinese, in Latin letters
    "maktab", "istilamat", "bilgi", "iletisim", "basin", "kantor", "sekretaris", "ofisi", "mawasiliano", "bangongshi",
    "mishuchu", "lianxi", "lianxiwomen", "kefu", "xinxi", "معلومات", "مكتب", "办公室", "秘书处", "联系",
];

#[rustfmt::skip] // one word a line would hide the table
const WEAK: &[&str] = &[
    // RFC 2142 §3 and §5; Sales is a surname in Portuguese and Spanish
    "sales", "security", "news", "ftp",
    // English
    "press", "media", "mail", "email", "post", "hello", "help", "hi", "ask", "team", "staff", "hr", "it", "ict", "pr",
    "jobs", "job", "careers", "accounts", "account", "accounting", "finance", "billing", "legal", "privacy", "dpo",
    "service", "services", "events", "event", "members", "web", "website", "comms", "communication", "public",
    "relations", "affairs", "head", "front", "desk", "general", "main", "central", "corporate", "customer", "customers",
    "care", "policy", "programme", "program", "projects", "project", "research", "training", "library", "outreach",
    "registration", "registrations", "conference", "partnerships", "donations", "editor", "editors", "newsroom", "all",
    "board", "committee", "council", "members", "volunteers", "international", "group", "us", "request", "owner",
    // French; Bureau is a surname
    "bureau", "presse", "direction", "cabinet", "communication", "siege", "evenements", "adhesion", "formation",
    // Spanish, Portuguese, Italian
    "prensa", "general", "geral", "gerencia", "direccion", "direcao", "eventos", "correio", "posta", "stampa", "comunica",
    // German, Dutch
    "buro", "vorstand", "team", "pers", "veranstaltungen", "mitglieder",
    // Russian, in Latin letters
    "pressa", "pochta", "пресса", "почта", "press", "sluzhba",
];

#[rustfmt::skip] // one word a line would hide the table
const PARTS: &[&str] = &[
    "africa", "afrique", "asia", "asie", "pacific", "apac", "europe", "europa", "eu", "emea", "mena", "latam", "lac",
    "caribbean", "caraibes", "caribe", "america", "americas", "ameriques", "arab", "arabic", "east", "west", "north",
    "south", "central", "global", "world", "intl", "int", "regional", "national", "hq", "un", "igf", "fgi", "nri", "igo",
    "ngo", "en", "fr", "es", "ar", "ru", "zh", "pt", "and", "et", "y", "the", "our", "de", "du", "of", "for", "la", "le",
];

static WORDS: LazyLock<HashMap<&'static str, Word>> = LazyLock::new(|| {
    // Of a word in two tables the later one counts.
    let tables = [(PARTS, Word::Part), (WEAK, Word::Weak), (STRONG, Word::Strong), (NOBODY, Word::Nobody)];
    tables.into_iter().flat_map(|(words, says)| words.iter().map(move |word| (*word, says))).collect()
});

/// Whether the part of an address before the `@` names an office: `info`, `info.ke`, `it-support`, `buero2`. What stands
/// behind a `+`, and digits at the end of a word, say nothing.
pub fn role_name(local: &str) -> Option<RoleName> {
    let bare = local.trim_matches('"').split('+').next().unwrap_or("");
    let folded = match bare.is_ascii() {
        true => bare.to_ascii_lowercase(),
        false => fold_words(bare),
    };
    let words = || {
        folded
            .split(|c: char| !c.is_alphanumeric())
            .map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit()))
            .filter(|word| !word.is_empty())
    };
    let known = |word: &str| WORDS.get(word).copied();
    let first = words().next()?;
    let last = words().next_back().unwrap_or(first);
    let (opens, ends) = (known(first), known(last));
    // `press-office` stands in the tables as one word.
    let joined = if words().nth(1).is_some() { known(&words().collect::<String>()) } else { opens };
    let any = |wanted: Word| [opens, ends, joined].contains(&Some(wanted));
    // A mailing list's `LIST-bounces`, a shop's `noreply-africa`.
    if any(Word::Nobody) {
        return Some(RoleName::Nobody);
    }
    let is_place = |word: &str| word.len() == 2 && CountryCode::parse(word).is_some();
    let is_of_an_office = |word: &str| known(word).is_some() || is_place(word);
    let weakly = joined == Some(Word::Weak) || (opens == Some(Word::Weak) && words().all(is_of_an_office));
    (any(Word::Strong) || weakly).then_some(RoleName::Shared)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[rustfmt::skip]
    #[test]
    fn names_of_offices_are_told_in_many_languages() {
        for local in [
            "info", "INFO", "info.ke", "info-africa", "africa.info", "info2", "info+igf", "it-support", "office",
            "contact", "contact_us", "postmaster", "webmaster", "abuse", "noc", "sales", "sales.africa", "press",
            "press-office", "kontakt", "buero", "büro", "sekretariat", "poststelle", "bureau", "bureau.sn", "secretariat",
            "secretaria", "secretaría", "oficina", "correo", "prensa", "presse", "imprensa", "contato", "priemnaya",
            "press-sluzhba", "инфо", "bangongshi", "iletisim", "hello", "hr", "members-request",
        ] {
            assert_eq!(role_name(local), Some(RoleName::Shared), "{local}");
        }
    }

    #[rustfmt::skip]
    #[test]
    fn people_are_left_alone() {
        for local in [
            "infante", "officer.jane", "maria.sales", "jean.bureau", "abusera", "ada", "ada.example", "press.ada",
            "a.post", "li.media", "contacter.b", "infos.b", "k.office.b", "director", "nocera",
            "wwwilson", "suporta", "", "+info", "1984", "ke", "africa", "jo.press",
        ] {
            assert_eq!(role_name(local), None, "{local}");
        }
    }

    #[rustfmt::skip]
    #[test]
    fn mailboxes_that_throw_away_what_comes_are_nobodys() {
        for local in
            ["noreply", "no-reply", "NO_REPLY", "do.not.reply", "donotreply2", "ne-pas-repondre", "no.responder",
             "nao-responda", "mailer-daemon", "igf-discuss-bounces", "noreply-africa", "news-noreply"]
        {
            assert_eq!(role_name(local), Some(RoleName::Nobody), "{local}");
        }
        for local in ["norbert.reply", "noreplyson", "bouncer"] {
            assert_eq!(role_name(local), None, "{local}");
        }
    }

    #[test]
    fn the_tables_hold_each_word_as_it_is_looked_up() {
        for word in STRONG.iter().chain(WEAK).chain(PARTS).chain(NOBODY) {
            assert_eq!(fold_words(word), *word);
            assert!(!word.contains('_') && !word.ends_with(|c: char| c.is_ascii_digit()), "{word}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_told_without_a_panic(local in "\\PC{0,80}") {
            let _ = role_name(&local);
        }

        #[test]
        fn case_tag_and_number_change_nothing(local in "[a-z]{1,12}([.-][a-z]{1,8})?", n in 0_u32..99) {
            let plain = role_name(&local);
            prop_assert_eq!(plain, role_name(&local.to_uppercase()));
            prop_assert_eq!(plain, role_name(&format!("{local}{n}")));
            prop_assert_eq!(plain, role_name(&format!("{local}+{n}")));
        }

        #[test]
        fn a_word_that_is_in_no_table_names_no_office(local in "zq[a-z]{1,10}(\\.zq[a-z]{1,10})?") {
            prop_assert_eq!(role_name(&local), None);
        }
    }
}
