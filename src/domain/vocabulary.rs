//! The words people write for the values of closed vocabularies, in several languages.

use unicode_normalization::UnicodeNormalization;

use super::address::{fold_case, is_invisible};
use super::contact::{Gender, Kind, Role, Stakeholder, Tier};
use super::not_given;
use super::suppression::Reason;

/// A cell reduced to what its words mean: NFKC, case folded, accents off Latin letters, everything that is no letter or
/// digit a single `_`. Custom columns get their names by it.
pub fn fold_words(cell: &str) -> String {
    if cell.is_ascii() { fold_ascii_words(cell) } else { fold_any_words(cell) }
}

/// [`fold_words`] where no character folds into another one.
fn fold_ascii_words(cell: &str) -> String {
    let mut out = String::with_capacity(cell.len());
    for octet in cell.bytes() {
        if octet.is_ascii_alphanumeric() {
            out.push(char::from(octet.to_ascii_lowercase()));
        } else if !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
    }
    out.truncate(out.trim_end_matches('_').len());
    out
}

fn fold_any_words(cell: &str) -> String {
    let mut out = String::with_capacity(cell.len());
    let mut base_is_latin = false;
    for c in fold_case(&cell.nfkc().filter(|c| !is_invisible(*c)).collect::<String>()).nfd() {
        let is_mark = unicode_normalization::char::is_combining_mark(c);
        if is_mark && base_is_latin {
            continue;
        }
        base_is_latin = c.is_ascii_alphabetic();
        if c.is_alphanumeric() || (is_mark && !out.ends_with('_')) {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
    }
    out.truncate(out.trim_end_matches('_').len());
    out.nfc().collect()
}

/// Finds the value one of whose words the folded cell is.
fn find<T: Copy>(folded: &str, table: &[(T, &[&str])]) -> Option<T> {
    table.iter().find(|(_, words)| words.contains(&folded)).map(|(value, _)| *value)
}

/// The stakeholder group a cell names.
#[rustfmt::skip] // one word a line would hide the table
pub fn stakeholder(cell: &str) -> Option<Stakeholder> {
    use Stakeholder as S;
    find(
        &fold_words(cell),
        &[
            (
                S::Government,
                &[
                    "government", "governments", "governmental", "gov", "govt", "government_sector", "public_sector",
                    "gouvernement", "gouvernements", "gobierno", "gobiernos", "governo", "governos", "regierung",
                    "правительство", "государство", "حكومة", "الحكومة", "الحكومات", "政府",
                ],
            ),
            (
                S::IntergovernmentalOrganization,
                &[
                    "intergovernmental_organization", "intergovernmental_organisation",
                    "intergovernmental_organizations", "intergovernmental_organisations", "intergovernmental", "igo",
                    "igos", "io", "international_organization", "international_organisation",
                    "international_organizations", "organisation_intergouvernementale",
                    "organisations_intergouvernementales", "oig", "organizacion_intergubernamental",
                    "organizacao_intergovernamental", "zwischenstaatliche_organisation",
                    "межправительственная_организация", "منظمة_حكومية_دولية", "政府间组织",
                ],
            ),
            (
                S::CivilSociety,
                &[
                    "civil_society", "civil_society_organization", "civil_society_organisation", "cso", "csos", "ngo",
                    "ngos", "societe_civile", "ong", "sociedad_civil", "sociedade_civil", "zivilgesellschaft",
                    "гражданское_общество", "нпо", "المجتمع_المدني", "مجتمع_مدني", "民间社会", "公民社会",
                ],
            ),
            (
                S::TechnicalCommunity,
                &[
                    "technical_community", "technical", "tech_community", "technical_and_academic_community",
                    "technical_community_academia", "academia", "academic", "academic_community",
                    "communaute_technique", "comunidad_tecnica", "comunidade_tecnica", "technische_gemeinschaft",
                    "техническое_сообщество", "المجتمع_التقني", "技术社区", "技术界",
                ],
            ),
            (
                S::PrivateSector,
                &[
                    "private_sector", "private", "business", "business_sector", "industry", "company",
                    "secteur_prive", "sector_privado", "setor_privado", "sector_empresarial", "privatsektor",
                    "privatwirtschaft", "частный_сектор", "бизнес", "القطاع_الخاص", "قطاع_خاص", "私营部门", "企业",
                ],
            ),
            (
                S::PressMedia,
                &[
                    "press_media", "press", "media", "press_and_media", "journalist", "journalism", "presse",
                    "medias", "presse_medias", "prensa", "medios", "imprensa", "medien", "сми", "пресса", "صحافة",
                    "الإعلام", "اعلام", "媒体", "新闻",
                ],
            ),
            (S::Unknown, not_given::WORDS),
        ],
    )
}

/// The gender a cell names.
#[rustfmt::skip] // one word a line would hide the table
pub fn gender(cell: &str) -> Option<Gender> {
    find(
        &fold_words(cell),
        &[
            (
                Gender::Female,
                &[
                    "f", "female", "woman", "w", "femme", "feminin", "mujer", "femenino", "mulher", "feminino",
                    "frau", "weiblich", "ж", "женский", "женщина", "أنثى", "انثى", "امرأة", "女", "女性",
                ],
            ),
            (
                Gender::Male,
                &[
                    "m", "male", "man", "homme", "masculin", "hombre", "masculino", "homem", "h", "mann", "mannlich",
                    "м", "мужской", "мужчина", "ذكر", "رجل", "男", "男性",
                ],
            ),
            (
                Gender::Other,
                &[
                    "x", "o", "other", "non_binary", "nonbinary", "nb", "d", "diverse", "divers", "autre", "otro",
                    "outro", "другой", "آخر", "其他", "non_binaire", "no_binario", "self_described",
                ],
            ),
            (Gender::Unknown, not_given::WORDS),
        ],
    )
}

/// The audience tier a cell names: its number or its word.
#[rustfmt::skip] // one word a line would hide the table
pub fn tier(cell: &str) -> Option<Tier> {
    find(
        &fold_words(cell),
        &[
            (Tier::Community, &["1", "1_0", "community", "tier_1", "communaute", "comunidad", "comunidade"]),
            (Tier::Field, &["2", "2_0", "field", "tier_2"]),
            (Tier::Public, &["3", "3_0", "public", "tier_3", "publico"]),
        ],
    )
}

/// The kind of mailbox a cell names.
#[rustfmt::skip] // one word a line would hide the table
pub fn kind(cell: &str) -> Option<Kind> {
    find(
        &fold_words(cell),
        &[
            (
                Kind::Person,
                &[
                    "person", "individual", "personne", "particulier", "persona", "individuo", "pessoa", "einzelperson",
                    "физическое_лицо", "человек", "شخص", "فرد", "个人",
                ],
            ),
            (
                Kind::Shared,
                &[
                    "shared", "role", "shared_mailbox", "role_account", "role_mailbox", "office", "functional_mailbox",
                    "partage", "partagee", "boite_partagee", "boite_generique", "compartido", "compartida",
                    "buzon_compartido", "compartilhado", "compartilhada", "gemeinsam", "funktionspostfach", "общий",
                    "общий_ящик", "مشترك", "共享", "公共邮箱",
                ],
            ),
            (
                Kind::Organisation,
                &[
                    "organisation", "organization", "organisations", "organizations", "org", "organisme", "institution",
                    "organizacion", "institucion", "organizacao", "instituicao", "организация", "учреждение", "منظمة",
                    "مؤسسة", "组织", "机构",
                ],
            ),
            (
                Kind::List,
                &[
                    "list", "mailing_list", "mailinglist", "distribution_list", "liste", "liste_de_diffusion",
                    "mailingliste", "verteiler", "lista", "lista_de_correo", "lista_de_distribucion", "lista_de_e_mail",
                    "список", "рассылка", "список_рассылки", "قائمة", "قائمة_بريدية", "名单", "邮件列表",
                ],
            ),
        ],
    )
}

/// What a cell says a multiplier is.
#[rustfmt::skip] // one word a line would hide the table
pub fn role(cell: &str) -> Option<Role> {
    find(
        &fold_words(cell),
        &[
            (
                Role::Nri,
                &[
                    "nri", "nris", "igf_initiative", "national_igf", "regional_igf", "national_initiative",
                    "regional_initiative", "national_or_regional_initiative", "national_and_regional_initiative",
                    "national_regional_and_youth_igf_initiative", "youth_igf", "subregional_igf", "initiative_nationale",
                    "initiative_regionale", "fgi_national", "fgi_regional", "iniciativa_nacional", "iniciativa_regional",
                    "igf_nacional", "igf_regional", "nationale_initiative", "национальная_инициатива",
                    "региональная_инициатива", "مبادرة_وطنية", "مبادرة_إقليمية", "国家倡议", "区域倡议",
                ],
            ),
            (
                Role::CctldRegistry,
                &[
                    "cctld_registry", "cctld", "cctld_manager", "registry", "domain_registry", "tld_registry", "nic",
                    "registre", "registre_de_noms_de_domaine", "registro", "registro_cctld", "registro_de_dominios",
                    "registrierungsstelle", "регистратура", "реестр", "سجل_النطاقات", "域名注册局", "注册局",
                ],
            ),
            (
                Role::Mission,
                &[
                    "mission", "permanent_mission", "permanent_mission_to_the_un", "un_mission", "mission_permanente",
                    "mision", "mision_permanente", "missao", "missao_permanente", "standige_vertretung",
                    "постоянное_представительство", "постпредство", "البعثة_الدائمة", "بعثة_دائمة", "常驻代表团",
                ],
            ),
            (
                Role::MailingList,
                &[
                    "mailing_list", "mailinglist", "newsletter", "distribution_list", "liste_de_diffusion",
                    "lista_de_correo", "lista_de_distribucion", "lista_de_e_mail", "mailingliste", "verteiler",
                    "рассылка", "список_рассылки", "قائمة_بريدية", "邮件列表",
                ],
            ),
            (
                Role::Association,
                &[
                    "association", "chapter", "isoc_chapter", "chamber", "chamber_of_commerce", "federation", "union",
                    "network", "asociacion", "capitulo", "camara_de_comercio", "red", "associacao", "camara",
                    "chambre_de_commerce", "reseau", "verband", "verein", "kammer", "ассоциация", "сеть", "جمعية",
                    "رابطة", "协会",
                ],
            ),
            (Role::Other, &["other_multiplier", "multiplier", "multiplicateur", "multiplicador", "multiplikator"]),
            (Role::Other, &["other", "autre", "otro", "outro", "andere", "другое", "أخرى", "其他"]),
        ],
    )
}

/// Yes or no.
#[rustfmt::skip] // one word a line would hide the table
pub fn yes_or_no(cell: &str) -> Option<bool> {
    find(
        &fold_words(cell),
        &[
            (
                true,
                &[
                    "yes", "y", "true", "t", "1", "x", "oui", "o", "vrai", "si", "s", "verdadero", "sim", "ja",
                    "wahr", "да", "نعم", "是", "on", "checked",
                ],
            ),
            (
                false,
                &[
                    "no", "n", "false", "f", "0", "non", "faux", "falso", "nao", "nein", "falsch", "нет", "لا", "否",
                    "off", "never", "",
                ],
            ),
        ],
    )
    // A mark without letters, such as a tick, folds to nothing and yet says yes.
    .filter(|yes| *yes || !cell.contains(['✓', '✔', '☑', '✅']))
    .or_else(|| cell.contains(['✓', '✔', '☑', '✅']).then_some(true))
}

/// State of a registration, as event systems name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistrationState {
    /// Registered.
    Complete,
    /// Pending, rejected or withdrawn: took no part.
    Void,
}

/// The state a cell names; empty counts as complete.
#[rustfmt::skip] // one word a line would hide the table
pub fn registration_state(cell: &str) -> Option<RegistrationState> {
    use RegistrationState::{Complete, Void};
    // Registration systems add to these words: `Pending moderation`, `Withdrawn by user`.
    const VOID: &[&str] = &["pending", "rejected", "withdrawn", "cancelled", "canceled", "unpaid", "declined"];
    let folded = fold_words(cell);
    let known = find(
        &folded,
        &[
            (
                Complete,
                &[
                    "complete", "completed", "confirmed", "approved", "accepted", "registered", "paid", "active",
                    "complet", "termine", "terminee", "confirme", "confirmee", "valide", "validee", "inscrit", "inscrite",
                    "completo", "completa", "completado", "completada", "confirmado", "confirmada", "inscrito",
                    "inscrita", "concluido", "abgeschlossen", "bestatigt", "завершено", "подтверждено", "مكتمل",
                    "已完成", "",
                ],
            ),
            (
                Void,
                &[
                    "awaiting_payment", "refused", "not_registered", "awaiting_moderation", "awaiting_approval",
                    "waiting_list", "waitlisted", "wait_listed", "en_attente", "rejetee", "retiree", "annulee",
                    "rejete", "retire", "annule", "en_attente_de_paiement", "en_attente_de_moderation", "pendiente",
                    "pendiente_de_pago", "rechazada", "rechazado", "retirada", "retirado", "cancelada", "cancelado",
                    "pendente", "aguardando_pagamento", "rejeitado", "ausstehend", "abgelehnt", "zuruckgezogen",
                    "отклонено", "отозвано", "в_ожидании", "ожидает_оплаты", "معلق", "مرفوض", "待处理", "已拒绝",
                    "已撤回", "等待付款",
                ],
            ),
        ],
    );
    known.or_else(|| folded.split('_').any(|word| VOID.contains(&word)).then_some(Void))
}

/// Why an address is on somebody's list of opt-outs.
#[rustfmt::skip] // one word a line would hide the table
pub fn reason(cell: &str) -> Option<Reason> {
    find(
        &fold_words(cell),
        &[
            (
                Reason::OptedOut,
                &["opted_out", "opt_out", "optout", "unsubscribe", "unsubscribed", "removed", "desabonne", "baja", ""],
            ),
            (Reason::Complained, &["complained", "complaint", "spam", "abuse", "spam_complaint", "plainte", "queja"]),
            (
                Reason::HardBounce,
                &["hard_bounce", "hardbounce", "bounce", "bounced", "cleaned", "invalid", "undeliverable"],
            ),
            (Reason::Erased, &["erased", "forgotten", "erasure"]),
        ],
    )
}

#[cfg(test)]
mod tests;
