//! Names that a table must not answer: those of several countries, those of states that are no more, those that the table
//! has no entry for on purpose, and letters that other lists than ISO's use. A person decides; the countries beside a
//! name are what can be suggested.

use super::CountryCode;

/// A name to ask about.
pub(super) struct Question {
    /// Countries to suggest, the likelier first; none where suggesting one would take a side.
    pub(super) codes: Vec<CountryCode>,
    /// What kind of name it is.
    pub(super) kind: Kind,
}

/// Why a name is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Several countries are called so; address or time zone of the row may decide.
    Shared,
    /// A state that is no more, with its successors.
    Former,
    /// Where states differ about the place, or where it is no country of the table.
    Contested,
    /// Letters of the International Olympic Committee, FIFA, or another list that is not ISO's.
    OtherCode,
}

/// What has to be asked about a name in its folded form, if anything.
pub(super) fn question(folded: &str) -> Option<Question> {
    let name = bare(folded);
    let listed = |codes: &[&str]| codes.iter().filter_map(|c| CountryCode::parse(c)).collect();
    for (kind, table) in [(Kind::Shared, SHARED), (Kind::Former, FORMER), (Kind::OtherCode, OTHER_CODES)] {
        if let Some((_, codes)) = table.iter().find(|(names, _)| names.contains(&name)) {
            return Some(Question { codes: listed(codes), kind });
        }
    }
    CONTESTED.contains(&name).then(|| Question { codes: Vec::new(), kind: Kind::Contested })
}

/// Without the article the UN's list puts behind a name (`congo (the)`), and without points.
fn bare(folded: &str) -> &str {
    let name = folded.split(" (").next().unwrap_or(folded);
    let article = folded.get(name.len()..).unwrap_or("");
    let name =
        if matches!(article, "" | " (the)" | " (le)" | " (el)" | " (la)" | " (les)" | " (l')") { name } else { folded };
    let name = name.strip_prefix("the ").unwrap_or(name);
    let ends = |c: char| c.is_whitespace() || matches!(c, '.' | ',' | ';' | ':' | '-' | '*');
    name.trim_matches(ends)
}

type Names = &'static [(&'static [&'static str], &'static [&'static str])];

/// Names that people use for more than one country, with their meanings. Without further evidence nobody can tell.
#[rustfmt::skip] // one name a line would hide the table
const SHARED: Names = &[
    (
        &["congo", "kongo", "конго", "الكونغو", "刚果", "剛果", "コンゴ", "콩고", "il congo", "कांगो", "কঙ্গো", "کنگو"],
        &["CG", "CD"],
    ),
    (
        &["korea", "corea", "corée", "coree", "coreia", "корея", "كوريا", "朝鲜半岛", "kore", "कोरिया", "কোরিয়া", "کره"],
        &["KR", "KP"],
    ),
    (
        &[
            "virgin islands", "îles vierges", "iles vierges", "islas vírgenes", "islas virgenes", "ilhas virgens",
            "jungferninseln", "виргинские острова", "جزر العذراء", "维尔京群岛",
        ],
        &["VG", "VI"],
    ),
    (&["saint martin", "st. martin", "st martin", "saint-martin", "sint maarten / saint martin"], &["MF", "SX"]),
    (&["republic of china", "république de chine", "república de china", "china (republic of)", "china, republic of"], &["CN", "TW"]),
    (&["ireland, island of", "island of ireland"], &["IE", "GB"]),
    (&["guiana", "guianas", "guyanas"], &["GY", "GF"]),
    (&["guyane"], &["GF", "GY"]),
];

/// States that are no more, with those that stand where they stood (ISO 3166-3 lists most of them).
#[rustfmt::skip]
const FORMER: Names = &[
    (
        &["ussr", "u.s.s.r", "soviet union", "union of soviet socialist republics", "urss", "union soviétique",
          "unión soviética", "unione sovietica", "sowjetunion", "udssr", "ссср", "советский союз", "苏联", "蘇聯",
          "الاتحاد السوفيتي", "sun", "su"],
        &["RU", "UA", "BY", "MD", "EE", "LV", "LT", "GE", "AM", "AZ", "KZ", "UZ", "TM", "KG", "TJ"],
    ),
    (
        &["yugoslavia", "jugoslavia", "jugoslavija", "югославия", "yougoslavie", "jugoslawien", "sfr yugoslavia", "yug", "yu",
          "socialist federal republic of yugoslavia", "南斯拉夫"],
        &["RS", "HR", "SI", "BA", "MK", "ME"],
    ),
    (
        &["serbia and montenegro", "serbia & montenegro", "serbia-montenegro", "srbija i crna gora", "serbie-et-monténégro",
          "serbia y montenegro", "federal republic of yugoslavia", "fr yugoslavia", "scg"],
        &["RS", "ME"],
    ),
    (
        &["czechoslovakia", "tchécoslovaquie", "checoslovaquia", "tschechoslowakei", "československo", "чехословакия", "csk",
          "czecho-slovakia", "tch"],
        &["CZ", "SK"],
    ),
    (
        &["east germany", "german democratic republic", "gdr", "ddr", "deutsche demokratische republik", "g.d.r", "dd",
          "west germany", "rda", "frg", "brd"],
        &["DE"],
    ),
    (
        &["netherlands antilles", "antilles néerlandaises", "antillas neerlandesas", "antillas holandesas",
          "nederlandse antillen", "dutch antilles", "antilles", "an", "ant"],
        &["CW", "SX", "BQ"],
    ),
    (&["zaire", "zaïre", "república del zaire", "republic of zaire", "заир", "zar", "zr"], &["CD"]),
    (&["upper volta", "haute-volta", "haute volta", "alto volta"], &["BF"]),
    (&["dahomey"], &["BJ"]),
    (&["rhodesia", "southern rhodesia"], &["ZW"]),
    (&["northern rhodesia"], &["ZM"]),
    (&["ceylon", "ceylan", "ceilán"], &["LK"]),
    (&["siam"], &["TH"]),
    (&["persia", "perse"], &["IR"]),
    (&["south yemen", "north yemen", "yemen arab republic", "democratic yemen", "people's democratic republic of yemen"], &["YE"]),
    (&["tanganyika", "zanzibar"], &["TZ"]),
    (&["indochina", "french indochina", "north vietnam", "south vietnam", "north viet nam", "south viet nam"], &["VN", "LA", "KH"]),
    (&["trust territory of the pacific islands", "pacific islands (trust territory)"], &["FM", "MH", "MP", "PW"]),
    (&["united arab republic"], &["EG", "SY"]),
    (&["british honduras"], &["BZ"]),
    (&["gilbert and ellice islands"], &["KI", "TV"]),
    (&["new hebrides"], &["VU"]),
    (&["south west africa", "south-west africa"], &["NA"]),
    (&["tmp", "tp"], &["TL"]),
    (&["rom"], &["RO"]),
    (&["channel islands", "îles anglo-normandes"], &["JE", "GG"]),
];

/// Places about which states differ, or that have no entry of their own. Nothing is suggested for them.
#[rustfmt::skip]
const CONTESTED: &[&str] = &[
    "crimea", "crimée", "crimea, ukraine", "crimea, russia", "republic of crimea", "крым", "крим", "sevastopol", "севастополь",
    "crimea (ukraine)", "crimea (russia)", "ukraine (crimea)", "russia (crimea)",
    "donetsk people's republic", "luhansk people's republic", "lugansk people's republic", "dpr", "lpr", "днр", "лнр", "donbas", "donbass",
    "abkhazia", "abkhazie", "абхазия", "south ossetia", "ossétie du sud", "южная осетия",
    "transnistria", "pridnestrovie", "pridnestrovian moldavian republic", "transnistrie", "приднестровье",
    "nagorno-karabakh", "nagorno karabakh", "karabakh", "artsakh", "нагорный карабах",
    "northern cyprus", "north cyprus", "turkish republic of northern cyprus", "trnc", "kktc", "kuzey kıbrıs",
    "somaliland", "puntland", "kashmir", "jammu and kashmir", "azad kashmir", "golan", "golan heights",
    "sahrawi arab democratic republic", "sadr", "rasd", "república árabe saharaui democrática",
    "jerusalem", "kurdistan", "iraqi kurdistan", "tibet", "西藏", "rojava", "catalonia", "catalunya", "chagos", "chagos archipelago",
    "kuril islands", "курилы", "spratly islands", "paracel islands", "kosovo and metohija", "kosovo i metohija", "косово и метохия",
    "косово и метохија", "international", "global", "worldwide", "world", "europe", "european union", "eu", "africa", "asia",
    "latin america", "america", "americas", "caribbean", "middle east", "oceania", "pacific", "arab states", "mena", "antilles françaises",
    "united nations", "un", "stateless", "scandinavia", "balkans",
    "west indies", "east africa", "west africa", "central asia",
];

/// Letters that sport federations, number plates and the European Union use for countries, and ISO 3166 does not.
#[rustfmt::skip]
const OTHER_CODES: Names = &[
    (&["ger"], &["DE"]), (&["sui"], &["CH"]), (&["ned"], &["NL"]), (&["den"], &["DK"]), (&["gre"], &["GR"]), (&["el"], &["GR"]),
    (&["por"], &["PT"]), (&["cro"], &["HR"]), (&["bul"], &["BG"]), (&["lat"], &["LV"]), (&["slo"], &["SI"]), (&["mon"], &["MC"]),
    (&["alg"], &["DZ"]), (&["ang"], &["AO"]), (&["bot"], &["BW"]), (&["bur"], &["BF", "MM"]), (&["cgo"], &["CG"]), (&["cha"], &["TD"]),
    (&["gam"], &["GM"]), (&["gui"], &["GN"]), (&["gbs"], &["GW"]), (&["geq", "eqg"], &["GQ"]), (&["les"], &["LS"]), (&["lba"], &["LY"]),
    (&["mad"], &["MG"]), (&["maw"], &["MW"]), (&["mri"], &["MU"]), (&["mtn"], &["MR"]), (&["nig"], &["NE"]), (&["ngr"], &["NG"]),
    (&["sey"], &["SC"]), (&["tan"], &["TZ"]), (&["tog"], &["TG"]), (&["zam"], &["ZM"]), (&["zim"], &["ZW"]), (&["sud"], &["SD"]),
    (&["bah"], &["BS"]), (&["bar"], &["BB"]), (&["ber"], &["BM"]), (&["biz"], &["BZ"]), (&["cay"], &["KY"]), (&["chi"], &["CL"]),
    (&["crc"], &["CR"]), (&["esa"], &["SV"]), (&["gua"], &["GT"]), (&["hai"], &["HT"]), (&["hon"], &["HN"]), (&["nca"], &["NI"]),
    (&["par"], &["PY"]), (&["pur"], &["PR"]), (&["uru"], &["UY"]), (&["vin"], &["VC"]), (&["ivb"], &["VG"]), (&["isv"], &["VI"]),
    (&["aru"], &["AW"]), (&["ban"], &["BD"]), (&["bhu"], &["BT"]), (&["bru"], &["BN"]),
    (&["cam"], &["KH"]), (&["ina"], &["ID"]), (&["iri"], &["IR"]), (&["kuw"], &["KW"]), (&["lib"], &["LB"]), (&["mas"], &["MY"]),
    (&["mgl"], &["MN"]), (&["mya"], &["MM"]), (&["nep"], &["NP"]), (&["oma"], &["OM"]), (&["phi"], &["PH"]), (&["sri"], &["LK"]),
    (&["tpe"], &["TW"]), (&["vie"], &["VN"]), (&["fij"], &["FJ"]), (&["sam"], &["WS"]), (&["asa"], &["AS"]), (&["sol"], &["SB"]),
    (&["tga"], &["TO"]), (&["van"], &["VU"]), (&["kos", "rks", "xkk", "kv"], &["XK"]), (&["ple"], &["PS"]), (&["eng", "sco", "wal", "nir"], &["GB"]),
];
