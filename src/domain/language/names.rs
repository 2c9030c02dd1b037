//! Names of languages, in themselves and in the languages of the UN, and their three-letter codes (ISO 639-2).

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::domain::vocabulary::fold_words;

/// The tag of a language called so.
pub(super) fn tag_of(name: &str) -> Option<&'static str> {
    let folded = fold_words(name);
    if folded.is_empty() {
        return None;
    }
    BY_NAME.get(folded.as_str()).copied()
}

/// Tags by name; the first language of a name counts.
static BY_NAME: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    NAMES.iter().rev().flat_map(|(tag, names)| names.split(' ').map(move |name| (name, *tag))).collect()
});

/// Tag, and names in the form [`fold_words`] gives them.
#[rustfmt::skip] // one language a line
const NAMES: &[(&str, &str)] = &[
    ("ar", "ara arabic arabe árabe arabisch العربية عربي عربية арабский 阿拉伯语 阿拉伯文 اللغة_العربية"),
    ("zh", "zho chi chinese mandarin chinois chino chines chinesisch 中文 汉语 漢語 普通话 китайский الصينية 简体中文 繁體中文"),
    ("en", "eng english anglais ingles englisch английский الإنجليزية الانجليزية 英语 英文"),
    ("fr", "fra fre french francais frances franzosisch французский الفرنسية 法语 法文"),
    ("ru", "rus russian russe ruso russo russisch русский русский_язык الروسية 俄语 俄文"),
    ("es", "spa spanish espagnol espanol espanhol castellano castilian spanisch испанский الإسبانية الاسبانية 西班牙语 西班牙文"),
    ("am", "amh amharic amharique አማርኛ"),
    ("az", "aze azerbaijani azeri azərbaycan"),
    ("be", "bel belarusian bielorusse беларуская"),
    ("bg", "bul bulgarian bulgare български"),
    ("bn", "ben bengali bangla বাংলা"),
    ("bs", "bos bosnian bosanski"),
    ("ca", "cat catalan catala"),
    ("cs", "ces cze czech tcheque cestina český"),
    ("da", "dan danish danois dansk"),
    ("de", "deu ger german allemand aleman alemao deutsch немецкий الألمانية 德语"),
    ("el", "ell gre greek grec griego ελληνικά ελληνικα"),
    ("et", "est estonian estonien eesti"),
    ("fa", "fas per persian farsi persan persa فارسی فارسي"),
    ("fi", "fin finnish finnois suomi"),
    ("ha", "hau hausa"),
    ("he", "heb hebrew hebreu hebreo עברית"),
    ("hi", "hin hindi हिन्दी हिंदी"),
    ("hr", "hrv croatian croate hrvatski"),
    ("ht", "hat haitian haitian_creole creole kreyol"),
    ("hu", "hun hungarian hongrois magyar"),
    ("hy", "hye arm armenian armenien հայերեն"),
    ("id", "ind indonesian indonesien bahasa_indonesia"),
    ("is", "isl ice icelandic islandais islenska"),
    ("it", "ita italian italien italiano italienisch"),
    ("ja", "jpn japanese japonais japones 日本語"),
    ("ka", "kat geo georgian georgien ქართული"),
    ("kk", "kaz kazakh қазақ"),
    ("km", "khm khmer ខ្មែរ"),
    ("ko", "kor korean coreen coreano 한국어"),
    ("ky", "kir kyrgyz кыргызча"),
    ("lo", "lao ລາວ"),
    ("lt", "lit lithuanian lituanien lietuviu"),
    ("lv", "lav latvian letton latviesu"),
    ("mk", "mkd mac macedonian македонски"),
    ("mn", "mon mongolian mongol монгол"),
    ("ms", "msa may malay malais bahasa_melayu"),
    ("mt", "mlt maltese maltais malti"),
    ("my", "mya bur burmese birman မြန်မာ"),
    ("ne", "nep nepali नेपाली"),
    ("nl", "nld dut dutch neerlandais holandes nederlands"),
    ("no", "nor norwegian norvegien norsk"),
    ("pl", "pol polish polonais polaco polski"),
    ("ps", "pus pashto پښتو"),
    ("pt", "por portuguese portugais portugues portugiesisch португальский البرتغالية 葡萄牙语"),
    ("ro", "ron rum romanian roumain rumano romana"),
    ("si", "sin sinhala සිංහල"),
    ("sk", "slk slo slovak slovaque slovencina"),
    ("sl", "slv slovenian slovene slovenscina"),
    ("so", "som somali soomaali"),
    ("sq", "sqi alb albanian albanais shqip"),
    ("sr", "srp serbian serbe српски srpski"),
    ("sv", "swe swedish suedois svenska"),
    ("sw", "swa swahili kiswahili"),
    ("ta", "tam tamil தமிழ்"),
    ("tg", "tgk tajik тоҷикӣ"),
    ("th", "tha thai thailandais ไทย"),
    ("tk", "tuk turkmen"),
    ("tr", "tur turkish turc turco turkisch turkce"),
    ("uk", "ukr ukrainian ukrainien українська"),
    ("ur", "urd urdu اردو"),
    ("uz", "uzb uzbek ozbek"),
    ("vi", "vie vietnamese vietnamien tieng_viet"),
    ("yo", "yor yoruba"),
    ("zu", "zul zulu isizulu"),
];
