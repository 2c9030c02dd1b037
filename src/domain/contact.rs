//! A contact: one mailbox and what is known about who reads it.

use std::collections::BTreeMap;
use std::fmt;

use super::address::EmailAddress;
use super::geography::{CountryCode, Region, RegionalGroups};
use super::keys::AddressKey;
use super::language::LanguageTag;
use super::not_given::is_not_given;

/// Defines a closed vocabulary: an enum, its canonical words, and the way back.
macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }
        impl $name {
            /// Every value, in the order tables show them.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];
            /// The canonical word, as in files, JSON and the ledger.
            pub const fn as_str(self) -> &'static str { match self { $($name::$variant => $word),+ } }
            /// The value with exactly this canonical word.
            pub fn from_word(word: &str) -> Option<Self> { Self::ALL.iter().copied().find(|v| v.as_str() == word) }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.as_str()) }
        }
    };
}
pub(crate) use vocabulary;

vocabulary! {
    /// What kind of reader stands behind the mailbox.
    Kind {
        /// One person.
        Person = "person",
        /// A role or shared mailbox, such as info@.
        Shared = "shared",
        /// An organisation as a whole.
        Organisation = "organisation",
        /// A mailing list.
        List = "list",
    }
}

vocabulary! {
    /// What an organisation or a list can do for people we do not know: a multiplier's role.
    Role {
        /// A national or regional IGF initiative.
        Nri = "nri",
        /// The registry of a country-code top-level domain.
        CctldRegistry = "cctld-registry",
        /// A permanent mission to the United Nations.
        Mission = "mission",
        /// A mailing list or newsletter.
        MailingList = "mailing-list",
        /// An association, chapter or chamber.
        Association = "association",
        /// Something else.
        Other = "other",
    }
}

vocabulary! {
    /// The IGF's stakeholder groups.
    Stakeholder {
        /// Governments.
        Government = "Government",
        /// Intergovernmental organisations.
        IntergovernmentalOrganization = "Intergovernmental Organization",
        /// Civil society.
        CivilSociety = "Civil Society",
        /// Technical community (academia included, as the IGF counts).
        TechnicalCommunity = "Technical Community",
        /// Private sector.
        PrivateSector = "Private Sector",
        /// Press and media.
        PressMedia = "Press/Media",
        /// Not known; a class of its own.
        Unknown = "unknown",
    }
}

vocabulary! {
    /// Gender as the person gave it.
    Gender {
        /// Female.
        Female = "female",
        /// Male.
        Male = "male",
        /// Neither female nor male.
        Other = "other",
        /// Not given.
        Unknown = "unknown",
    }
}

vocabulary! {
    /// Audience tier: closeness to the IGF's work.
    Tier {
        /// Existing IGF community members (tier 1).
        Community = "community",
        /// Not in the community, but knowledgeable, working or deciding in digital policy (tier 2).
        Field = "field",
        /// The public at large (tier 3).
        Public = "public",
    }
}

/// What the country cell of a contact came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Country {
    /// The cell was empty.
    #[default]
    Missing,
    /// Resolved to one country.
    Known(CountryCode),
    /// Several countries carry this name (Congo, Korea …), or the row contradicts itself; kept as written.
    Ambiguous(String),
    /// No country carries this name; kept as written.
    Unknown(String),
}

impl Country {
    /// The country, where it is known.
    pub fn code(&self) -> Option<CountryCode> {
        match self {
            Country::Known(code) => Some(*code),
            _ => None,
        }
    }
}

/// One mailbox and who is behind it, as stored in the ledger. Text fields are empty where not known.
#[derive(Clone, PartialEq, Eq)]
pub struct Contact {
    /// Stable opaque id ([`super::keys::Keyring::contact_id`]).
    pub id: String,
    /// Key of the normalised address.
    pub key: AddressKey,
    /// The address as mail is sent to it.
    pub address: EmailAddress,
    /// Kind of reader, where a column or a person said so; otherwise [`Contact::kind`] tells.
    pub stated_kind: Option<Kind>,
    /// What a multiplier is.
    pub role: Option<Role>,
    /// Form of address, such as `Dr.`.
    pub title: String,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Whole name as given; see [`Contact::full_name`].
    pub name: String,
    /// Names of others that rows gave for the same mailbox, in the order they came.
    pub other_names: Vec<String>,
    /// Gender.
    pub gender: Gender,
    /// Organisation.
    pub organisation: String,
    /// Position within the organisation.
    pub position: String,
    /// Stakeholder group.
    pub stakeholder: Stakeholder,
    /// Country.
    pub country: Country,
    /// Regional group a column stated; counts only where the country does not decide ([`Contact::region`]).
    pub stated_region: Option<Region>,
    /// Language, where known.
    pub language: Option<LanguageTag>,
    /// Tier from an explicit column; otherwise rules decide ([`super::segment::tier_of`]).
    pub stated_tier: Option<Tier>,
    /// IANA time zone name.
    pub time_zone: String,
    /// Free tags.
    pub tags: Vec<String>,
    /// Where the address comes from, as a code (`igf-registration`).
    pub source: String,
    /// Legal basis for keeping and using it; empty means none.
    pub basis: String,
    /// Purpose it was given for; empty or `any` covers everything.
    pub purpose: String,
    /// When it was obtained (ISO 8601 date), or empty.
    pub obtained_on: String,
    /// Further columns, by their name in the file (folded to `snake_case`).
    pub custom: BTreeMap<String, String>,
}

impl Contact {
    /// Whether it says on which basis it is kept; `none` and `N/A` say that there is none.
    pub fn has_basis(&self) -> bool {
        !is_not_given(&self.basis)
    }

    /// A contact of which only the mailbox is known.
    pub fn bare(id: String, key: AddressKey, address: EmailAddress) -> Self {
        Self {
            id,
            key,
            address,
            stated_kind: None,
            role: None,
            title: String::new(),
            given_name: String::new(),
            family_name: String::new(),
            name: String::new(),
            other_names: Vec::new(),
            gender: Gender::Unknown,
            organisation: String::new(),
            position: String::new(),
            stakeholder: Stakeholder::Unknown,
            country: Country::Missing,
            stated_region: None,
            language: None,
            stated_tier: None,
            time_zone: String::new(),
            tags: Vec::new(),
            source: String::new(),
            basis: String::new(),
            purpose: String::new(),
            obtained_on: String::new(),
            custom: BTreeMap::new(),
        }
    }

    /// The name to show: the `name` column, else given and family name, else empty.
    pub fn full_name(&self) -> String {
        if !self.name.is_empty() {
            return self.name.clone();
        }
        match (self.given_name.is_empty(), self.family_name.is_empty()) {
            (false, false) => format!("{} {}", self.given_name, self.family_name),
            (false, true) => self.given_name.clone(),
            _ => self.family_name.clone(),
        }
    }

    /// The names of everybody known to read the mailbox, its own first.
    pub fn all_names(&self) -> Vec<String> {
        let own = Some(self.full_name()).filter(|name| !name.is_empty());
        own.into_iter().chain(self.other_names.iter().cloned()).collect()
    }

    /// The kind of reader: as stated, else shared where several people's names came for the mailbox, else a person.
    pub fn kind(&self) -> Kind {
        self.stated_kind.unwrap_or(if self.other_names.is_empty() { Kind::Person } else { Kind::Shared })
    }

    /// Whether the mailbox can carry an invitation to people we do not know, and is no reader itself: an organisation as
    /// a whole, or a list.
    pub fn is_multiplier(&self) -> bool {
        matches!(self.kind(), Kind::Organisation | Kind::List)
    }

    /// The organisation behind the mailbox: its column, else the name of what is itself an organisation or a list.
    pub fn organisation_name(&self) -> &str {
        if self.organisation.is_empty() && self.is_multiplier() { &self.name } else { &self.organisation }
    }

    /// The regional group: intergovernmental organisations stand apart, then the country decides by the settings and the
    /// table, then what a column stated, else unknown. Never guessed.
    pub fn region(&self, groups: &RegionalGroups) -> Region {
        Region::of(self.stakeholder, &self.country, self.stated_region, groups)
    }
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contact").field("id", &self.id).finish_non_exhaustive()
    }
}
