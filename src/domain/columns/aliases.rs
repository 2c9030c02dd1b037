//! The headers people give to the fields we know, in English, French, Spanish, Portuguese, German, Russian, Arabic and
//! Chinese.

/// Canonical fields with the headers people give them, folded. The canonical name itself always counts.
#[rustfmt::skip] // one word a line would hide the table
pub(super) const ALIASES: &[(&str, &[&str])] = &[
    (
        "email",
        &[
            "e_mail", "mail", "email_address", "e_mail_address", "emailaddress", "mail_address", "email_id",
            "primary_email", "contact_email", "work_email", "e_mail_1_value", "email_1_value", "adresse_de_messagerie",
            "adresse_de_messagerie_electronique", "e_mail_1", "email_1", "courriel", "adresse_email", "adresse_e_mail",
            "adresse_mail", "adresse_electronique", "adresse_de_courriel", "correo", "correo_electronico",
            "direccion_de_correo", "direccion_de_correo_electronico", "endereco_de_email", "endereco_de_e_mail",
            "endereco_eletronico", "correio_eletronico", "email_adresse", "e_mail_adresse", "emailadresse",
            "электронная почта", "эл почта", "почта", "адрес электронной почты", "имейл", "البريد الإلكتروني",
            "البريد الالكتروني", "بريد إلكتروني", "الايميل", "电子邮件", "电子邮件地址", "电子邮箱", "邮箱", "邮件地址", "電子郵件",
            "メールアドレス",
        ],
    ),
    (
        "kind",
        &[
            "mailbox_kind", "contact_kind", "contact_type", "kind_of_contact", "type_of_contact", "type_de_contact",
            "tipo_de_contacto", "tipo_de_contato", "kontaktart", "тип контакта", "نوع جهة الاتصال", "联系人类型",
        ],
    ),
    // A multiplier's; where it holds other words it feeds `position`.
    (
        "role",
        &[
            "multiplier", "multiplier_role", "role_of_organisation", "role_of_organization", "role_du_relais",
            "tipo_de_multiplicador", "роль",
        ],
    ),
    ("other_names", &["further_names"]),
    (
        "title",
        &[
            "salutation", "honorific", "prefix", "name_prefix", "titre", "civilite", "titulo", "tratamiento",
            "tratamento", "anrede", "titel", "обращение", "титул", "称谓", "称呼", "头衔",
        ],
    ),
    (
        "given_name",
        &[
            "first_name", "firstname", "forename", "given", "first", "given_names", "prenom", "prenoms", "nombre",
            "nombres", "nombre_de_pila", "primeiro_nome", "nome_proprio", "vorname", "имя", "الاسم الأول",
            "الاسم الاول", "名字", "名",
        ],
    ),
    (
        "family_name",
        &[
            "last_name", "lastname", "surname", "family", "last", "nom_de_famille", "apellido", "apellidos",
            "sobrenome", "apelido", "ultimo_nome", "nachname", "familienname", "фамилия", "اسم العائلة",
            "الاسم الأخير", "姓", "姓氏",
        ],
    ),
    (
        "name",
        &[
            "full_name", "fullname", "display_name", "contact_name", "participant", "nom", "nom_complet", "nom_et_prenom", "nom_affiche", "file_as",
            "nombre_completo", "nombre_y_apellidos", "nome_completo", "nome", "vollstandiger_name", "полное имя",
            "фио", "الاسم الكامل", "الاسم", "姓名", "全名",
        ],
    ),
    ("gender", &["sex", "genre", "sexe", "genero", "sexo", "geschlecht", "пол", "الجنس", "النوع", "性别"]),
    (
        "organisation",
        &[
            "organization", "organisation_name", "organization_name", "organization_1_name", "company_name", "societe", "compania", "affiliation", "company", "institution", "employer", "org", "organisme", "entreprise",
            "organizacion", "institucion", "empresa", "afiliacion", "organizacao", "instituicao", "afiliacao",
            "institution_organisation", "firma", "unternehmen", "организация", "учреждение", "المنظمة", "المؤسسة",
            "جهة العمل", "组织", "机构", "单位", "工作单位",
        ],
    ),
    (
        "position",
        &[
            "job_title", "jobtitle", "organization_title", "organization_1_title", "titre_professionnel", "titre_du_poste",
            "cargo_profesional", "profession", "function", "designation", "occupation", "fonction", "poste", "cargo",
            "puesto", "funcao", "funktion", "stellung", "должность", "المنصب", "الوظيفة", "المسمى الوظيفي", "职位",
            "职务",
        ],
    ),
    (
        "stakeholder_group",
        &[
            "stakeholder", "stakeholder_type", "stakeholder_category", "stakeholders", "groupe_de_parties_prenantes",
            "partie_prenante", "grupo_de_interes", "parte_interesada", "grupo_de_partes_interesadas",
            "parte_interessada", "interessengruppe", "stakeholdergruppe", "группа заинтересованных сторон",
            "أصحاب المصلحة", "مجموعة أصحاب المصلحة", "利益相关方", "利益攸关方",
        ],
    ),
    (
        "country",
        &[
            "country_name", "country_of_residence", "business_country_region", "home_country_region", "address_1_country",
            "pays_region_bureau", "pays_region_domicile", "pays_bureau", "pays_de_residence", "pais_o_region_del_trabajo",
            "pais_region_del_trabajo", "pais_del_trabajo", "pais_o_region_del_domicilio", "country_region", "country_territory", "nation", "pays", "pais",
            "pais_de_residencia", "land", "страна", "البلد", "الدولة", "بلد", "国家", "国别", "国家地区",
        ],
    ),
    (
        "country_code",
        &[
            "iso3", "iso2", "iso", "iso_code", "iso_3166", "alpha_2", "alpha_3", "iso_alpha_2", "iso_alpha_3",
            "country_iso", "country_iso2", "country_iso3", "iso_country", "cc", "code_pays", "codigo_de_pais",
            "codigo_pais", "landercode", "laendercode", "landescode", "код страны", "رمز البلد", "国家代码",
        ],
    ),
    (
        "region",
        &[
            "un_regional_group", "regional_group", "un_region", "un_group", "region_group", "groupe_regional",
            "grupo_regional", "regionalgruppe", "региональная группа", "المجموعة الإقليمية", "区域组", "地区组",
        ],
    ),
    (
        "language",
        &[
            "lang", "preferred_language", "language_code", "locale", "correspondence_language", "langue",
            "langue_preferee", "idioma", "idioma_preferido", "lengua", "lingua", "sprache", "язык", "اللغة", "لغة",
            "语言", "语种",
        ],
    ),
    ("tier", &["audience_tier", "audience", "niveau", "nivel", "уровень", "层级"]),
    (
        "time_zone",
        &[
            "timezone", "tz", "fuseau_horaire", "zona_horaria", "fuso_horario", "zeitzone", "часовой пояс",
            "المنطقة الزمنية", "时区",
        ],
    ),
    (
        "tags",
        &[
            "tag", "labels", "keywords", "categories", "categorias", "group_membership", "mots_cles", "etiquettes", "etiquetas", "schlagworte", "теги", "метки",
            "الوسوم", "标签",
        ],
    ),
    ("source", &["origin", "data_source", "quelle", "fuente", "fonte", "источник", "المصدر", "来源"]),
    (
        "basis",
        &[
            "consent_basis", "legal_basis", "lawful_basis", "base_legale", "base_juridique", "base_legal",
            "base_juridica", "rechtsgrundlage", "правовое основание", "الأساس القانوني", "法律依据",
        ],
    ),
    ("purpose", &["consent_purpose", "finalite", "finalidad", "finalidade", "zweck", "цель", "الغرض", "目的"]),
    (
        "obtained_on",
        &[
            "consent_date", "date_of_consent", "consent_given_on", "consent_given", "consent_on", "optin_time", "opt_in_time", "date_obtained", "obtained", "collected_on", "date_collected", "opt_in_date",
            "date_de_consentement", "fecha_de_consentimiento", "data_do_consentimento", "einwilligungsdatum",
            "дата согласия", "تاريخ الموافقة", "同意日期",
        ],
    ),
    (
        "unsubscribed",
        &[
            "opted_out", "opt_out", "optout", "unsubscribe", "unsubscribed_at", "unsubscribed_on", "unsub_time", "do_not_contact",
            "do_not_email", "do_not_mail", "desabonne", "desinscrit", "baja", "dado_de_baja", "cancelado", "descadastrado", "desinscrito",
            "abgemeldet", "отписан", "отписался", "إلغاء الاشتراك", "已退订", "退订",
        ],
    ),
];

/// Further fields of participation exports.
#[rustfmt::skip] // one word a line would hide the table
pub(super) const OF_PARTICIPATION: &[(&str, &[&str])] = &[
    (
        "registration_state",
        &[
            "registration_status", "state", "status", "etat", "estado", "estado_de_inscripcion", "statut", "статус",
            "الحالة", "状态",
        ],
    ),
    ("checked_in", &["check_in", "checkedin", "attended", "badge_collected", "badge", "present", "presente"]),
    (
        "newcomer",
        &[
            "first_igf", "first_time", "first_timer", "first_time_participant", "is_this_your_first_igf",
            "new_participant",
        ],
    ),
    ("year", &["annee", "ano", "jahr", "год", "السنة", "年份"]),
];

/// Further fields of opt-out lists.
#[rustfmt::skip] // one word a line would hide the table
pub(super) const OF_OPT_OUTS: &[(&str, &[&str])] = &[
    ("topic", &["scope", "list", "sujet", "tema"]),
    ("reason", &["why", "raison", "motivo", "grund", "причина", "السبب", "原因"]),
    (
        "since",
        &[
            "date", "opted_out_on", "optout_date", "opt_out_date", "unsubscribe_date", "at", "timestamp",
            "unsubscribed_at", "unsubscribed_on",
        ],
    ),
    ("email", &["address", "adresse", "direccion", "recipient", "subscriber"]),
];
