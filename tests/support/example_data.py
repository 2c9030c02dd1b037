#!/usr/bin/env python3
"""Writes the made-up people of the example workspace. No real person: names are combinations of lists below, every
address lies at a reserved name (RFC 2606, RFC 6761). No randomness, so that every run writes the same octets.

usage: tests/support/example_data.py DIR      DIR is the campaigns folder; the test passes a temporary one

The numbers are chosen, by the rules of `convoke gaps`, so that with the campaign's settings (against Internet users and
targets.csv, without the host, response 0.25) the table holds one gap of each kind among 100 participants of 2025:
  Asia-Pacific, Civil Society         silent        7 of about 18 expected came, and over 70 can be written to
  Asia-Pacific, Technical Community   lapsed        2 of about 12 came; most of its people came in 2022 or 2023
  Asia-Pacific, Private Sector        uncontacted   2 of about 12 came, and a dozen addresses cannot mend that
The rows of `special()` show every reason for leaving somebody out, those of `dirty()` what import says about bad rows.
"""
import csv
import os
import sys

# given names (female, male) and family names, each as (written, in Latin letters for the address)
NAMES = {
    'en': ([('Hazel', 'hazel'), ('Wren', 'wren'), ('Marigold', 'marigold')],
           [('Alder', 'alder'), ('Rowan', 'rowan'), ('Linden', 'linden')],
           [('Harbourne', 'harbourne'), ('Fieldgate', 'fieldgate'), ('Millbrook', 'millbrook'), ("O'Thistle", 'othistle'),
            ('Stonebridge', 'stonebridge')]),
    'fr': ([('Églantine', 'eglantine'), ('Anaïs', 'anais'), ('Maëlle', 'maelle')],
           [('Célestin', 'celestin'), ('Aurélien', 'aurelien'), ('Théophraste', 'theophraste')],
           [('Duruisseau', 'duruisseau'), ('Belleforêt', 'belleforet'), ('Montclaire', 'montclaire'),
            ("N'Colline", 'ncolline')]),
    'es': ([('Azucena', 'azucena'), ('Begoña', 'begona'), ('Rocío', 'rocio')],
           [('Abelardo', 'abelardo'), ('Íñigo', 'inigo'), ('Fermín', 'fermin')],
           [('Arroyuelo', 'arroyuelo'), ('Peñalosa Vega', 'penalosa.vega'), ('Robledillo', 'robledillo'),
            ('Camposanto', 'camposanto')]),
    'pt': ([('Conceição', 'conceicao')], [('Estêvão', 'estevao')], [('Ribeirinho', 'ribeirinho'), ('Figueirão', 'figueirao')]),
    'ar': ([('نسيم', 'nasim'), ('زهرة', 'zahra'), ('ياسمين', 'yasmin')],
           [('بدر', 'badr'), ('ربيع', 'rabie'), ('نجم', 'najm')],
           [('النهري', 'alnahri'), ('البستاني النخيل', 'albustani'), ('المرجاني', 'almurjani'),
            ('الغدير', 'alghadir')]),
    'ru': ([('Снежана', 'snezhana'), ('Весна', 'vesna'), ('Заря', 'zarya')],
           [('Лукьян', 'lukyan'), ('Савва', 'savva'), ('Ярополк', 'yaropolk')],
           [('Ключевская', 'klyuchevskaya'), ('Заречных', 'zarechnykh'), ('Подлесных', 'podlesnykh'),
            ('Озёрных', 'ozyornykh'), ('Луговских', 'lugovskikh')]),
    'zh': ([('晨露', 'chenlu'), ('云霞', 'yunxia'), ('秋水', 'qiushui')],
           [('远山', 'yuanshan'), ('松柏', 'songbai'), ('大川', 'dachuan')],
           [('林', 'lin'), ('江', 'jiang'), ('欧阳', 'ouyang'), ('叶', 'ye'),
            ('石', 'shi'), ('方', 'fang')]),
    'is': ([('Þórbjörg', 'thorbjorg')], [('Ægir', 'aegir')], [('Fjallsdóttir', 'fjallsdottir'), ('Hafsson', 'hafsson')]),
}

# country as ISO code: (language, the ways its name is written in the files)
PLACES = {
    'CN': ('zh', ['China', '中国']), 'KZ': ('ru', ['Kazakhstan', 'Казахстан']), 'KG': ('ru', ['Kyrgyzstan', 'Киргизия']),
    'JO': ('ar', ['Jordan', 'الأردن']), 'LB': ('ar', ['Lebanon', 'Liban']), 'AE': ('ar', ['United Arab Emirates', 'ARE']),
    'VU': ('fr', ['Vanuatu']), 'IN': ('en', ['India', 'IND']), 'PK': ('en', ['Pakistan']), 'FJ': ('en', ['Fiji', 'FJ']),
    'KE': ('en', ['Kenya']), 'GH': ('en', ['Ghana']), 'SN': ('fr', ['Senegal', 'Sénégal']), 'BJ': ('fr', ['Benin', 'Bénin']),
    'MA': ('ar', ['Morocco', 'المغرب']), 'MX': ('es', ['Mexico', 'México']), 'PE': ('es', ['Peru', 'Perú']),
    'UY': ('es', ['Uruguay']), 'BR': ('pt', ['Brazil', 'Brasil']), 'BG': ('en', ['Bulgaria']), 'MD': ('ru', ['Moldova']),
    'AM': ('ru', ['Armenia', 'Армения']), 'CA': ('en', ['Canada']), 'BE': ('fr', ['Belgium', 'Belgique']),
    'IE': ('en', ['Ireland']), 'NO': ('en', ['Norway', 'NOR']), 'IS': ('is', ['Iceland', 'Ísland']),
    'HK': ('zh', ['Hong Kong']),
}
REGIONS = {
    'Asia-Pacific': ['CN', 'KZ', 'JO', 'IN', 'VU', 'FJ', 'CN', 'LB', 'KG', 'PK', 'AE'],
    'Africa': ['KE', 'SN', 'MA', 'GH', 'BJ'], 'Latin America': ['MX', 'PE', 'UY', 'MX'],
    'Eastern Europe': ['BG', 'MD', 'AM'], 'Western Europe': ['CA', 'BE', 'IE'], 'Host': ['NO'],
}
GROUPS = {  # stakeholder group: (organisation, left part of its domain)
    'Civil Society': ('Open Net Alliance', 'open-net'), 'Government': ('Ministry of Digital Affairs', 'digital-ministry'),
    'Technical Community': ('Network Operators Circle', 'operators'), 'Private Sector': ('Lantern Telecom', 'lantern'),
    'Press/Media': ('Evening Wire', 'evening-wire'), 'Intergovernmental Organization': ('Commission of the Seas', 'seas'),
    '': ('Reading Circle', 'readers'),
}
CONTACT_COLUMNS = ['email', 'kind', 'title', 'first_name', 'last_name', 'gender', 'organisation', 'position',
                   'stakeholder_group', 'country', 'language', 'tier', 'nri', 'tags', 'source', 'consent_basis',
                   'consent_date', 'purpose', 'unsubscribed']
PARTICIPATION_COLUMNS = ['email', 'first_name', 'last_name', 'gender', 'organisation', 'stakeholder_group', 'country']
INDICO_COLUMNS = ['ID', 'Name', 'First Name', 'Last Name', 'Email Address', 'Affiliation', 'Country', 'Position', 'Title',
                  'Stakeholder group', 'Gender', 'First IGF?', 'Registration date', 'Registration state', 'Checked in']
count = 0
used = set()


def person(group, place, years=(), language=None, **more):
    """The next made-up person; `years` are the meetings they took part in. Order of the call decides the name."""
    global count
    count += 1
    native, spellings = PLACES[place]
    female, male, family = NAMES[native]
    gender = ('female', 'male', 'female', 'male', '')[count % 5]
    organisation, host = GROUPS[group]
    # Nobody shares name and organisation by accident: that would make them one person at two addresses.
    pairs = [(g, f) for f in family for g in (male if gender == 'male' else female)]
    start = count * 7 % len(pairs)
    given, last = next(pair for pair in pairs[start:] + pairs[:start] if (pair, group, place) not in used)
    used.add(((given, last), group, place))
    row = dict.fromkeys(CONTACT_COLUMNS, '')
    row.update(
        email=f'{given[1]}.{last[1]}{count}@{host}.{place.lower()}.example', kind='person',
        title=('', '', '', 'Dr.', 'Prof.')[count % 5] if count % 2 else '', first_name=given[0], last_name=last[0],
        gender=gender, organisation=f'{organisation} {spellings[0]}', stakeholder_group=group,
        country=spellings[count % len(spellings)], language=native if language is None else language,
        tier='1' if years else ('2', '2', '3')[count % 3], nri='no',
        source=('igf-registration' if years else ('nri-list', 'newsletter', 'manual')[count % 3]),
        consent_basis=('mandate', 'consent')[count % 2], consent_date=('2024-11-04', '2025-02-17', '')[count % 3],
        years=tuple(years))
    row.update(more)
    return row


def people(region, group, number, years=(), **more):
    """`number` people of one cell, over the countries of its region."""
    places = REGIONS[region]
    return [person(group, places[(count + i) % len(places)], years, **more) for i in range(number)]


def contacts():
    """The list, cell by cell."""
    rows = people('Asia-Pacific', 'Civil Society', 70)
    rows += people('Asia-Pacific', 'Civil Society', 8, [2022]) + people('Asia-Pacific', 'Civil Society', 4, [2023, 2025])
    rows += people('Asia-Pacific', 'Technical Community', 20, [2022]) + people('Asia-Pacific', 'Technical Community', 19, [2022, 2023])
    rows += people('Asia-Pacific', 'Technical Community', 16) + people('Asia-Pacific', 'Technical Community', 2, [2024, 2025])
    rows += people('Asia-Pacific', 'Private Sector', 9) + people('Asia-Pacific', 'Private Sector', 1, [2025])
    rows += people('Asia-Pacific', 'Government', 8) + people('Asia-Pacific', 'Government', 4, [2024, 2025])
    rows += people('Asia-Pacific', 'Press/Media', 2, [2025])
    for region in ('Africa', 'Latin America', 'Eastern Europe', 'Western Europe'):
        for group in ('Civil Society', 'Government', 'Technical Community', 'Private Sector'):
            rows += people(region, group, 2, [2024, 2025]) + people(region, group, 2)
    # People of the national and regional initiatives (NRIs), whom the campaign writes to wherever they live.
    for place in ('MX', 'PE', 'UY', 'MX', 'PE', 'UY', 'SN', 'BJ', 'KE', 'GH', 'MA', 'MA', 'MD', 'AM', 'IE', 'CA', 'BE'):
        rows.append(person('Civil Society', place, nri='yes', tier='2'))
    # No stated tier: the rules of convoke.toml decide (the tag makes them `field`).
    rows += [person('Civil Society', p, nri='yes', tier='', tags='digital-policy;youth') for p in ('PE', 'SN')]
    # A language without a variant, and official languages of the country that have one.
    rows += [person('Civil Society', 'KZ', language='kk', nri='yes'), person('Civil Society', 'BE', language='nl', nri='yes'),
             person('Civil Society', 'CA', language='', nri='yes')]
    # Multipliers where there are too few contacts: a chamber and two lists.
    rows += [person('Private Sector', 'IN', kind='organisation', first_name='', last_name='', title='', gender='',
                    organisation='Chamber of Lantern Makers', email='office@chamber.in.example', tier='2'),
             person('Private Sector', 'FJ', kind='list', first_name='', last_name='', title='', gender='',
                    organisation='Island Start-ups List', email='members@startups.fj.example', tier='2')]
    # Beside the five regional groups.
    rows += [person('Intergovernmental Organization', p) for p in ('KE', 'BE', 'FJ')]
    rows += [person('Civil Society', 'HK'), person('', 'IE'), person('', 'IN', country='')]
    return rows


def special():
    """People the participation campaign leaves out, each by the reason in the comment."""
    nri = dict(nri='yes', tier='2', consent_basis='consent')
    p = lambda place, **more: person('Civil Society', place, **{**nri, **more})
    opted_out = [p('KE'), p('MX'), p('SN'), p('IN', unsubscribed='2025-05-04')]           # opted_out
    bounced = [p('GH'), p('PE')]                                                         # hard_bounce
    rows = opted_out + bounced + [
        p('IE', email='hazel.closed1@post.closed.example'), p('KE', email='rowan.closed2@post.closed.example'),  # invalid_address
        p('MD', email='снежана@open-net.md.example'),                                    # unsupported_address
        p('UY', consent_basis='', consent_date=''), p('BJ', consent_basis=''),           # no_basis: none given
        p('CA', purpose='newsletter'),                                                   # no_basis: another purpose
        p('IS'), p('IS'),                                                                # no_variant: Icelandic, in Iceland
        p('IE', organisation=''), p('PE', organisation=''),                              # missing_value
    ]
    for first in (p('KE', email='rowan.harbourne900@open-net.ke.example'), p('AM', email='savva.zarechnykh901@open-net.am.example')):
        rows += [first, dict(first, email=first['email'].replace('@', '+igf2022@'))]     # duplicate_address
    return rows, [r['email'] for r in opted_out[:3]], [r['email'] for r in bounced]


def dirty(rows):
    """What lists look like: rows import mends, merges, warns of, or refuses."""
    again = [dict(r, email=r['email'].upper()) for r in rows[3:6]]                       # the same mailbox in capitals
    again.append(dict(rows[7], email=rows[7]['email'].replace('.example', '.EXAMPLE'), unsubscribed='2024-12-01'))
    rows[10]['email'] = f"  {rows[10]['email']}\u00a0"
    rows[11]['email'] = f"mailto:{rows[11]['email']}"
    rows[12]['email'] = f"{rows[12]['first_name']} <{rows[12]['email']}>"
    rows[13]['organisation'] = '=HYPERLINK("https://trap.example","Open Net Alliance")'
    rows[14]['last_name'] = 'Ключевская'.encode().decode('latin-1')                       # UTF-8 once read as Latin-1
    rows[15]['last_name'] = rows[15]['last_name'].upper()
    rows[16]['email'] = 'yunxia.lin@открытая-сеть.example'                               # IDN domain
    odd = [person('Civil Society', 'KE', country='Congo'), person('Government', 'KE', country='Congo'),
           person('Civil Society', 'IN', country='Atlantis'), person('Civil Society', 'IN', country='Kyrgystan'),
           person('Civil Society', 'FJ', first_name='Hazel\nof the island')]              # a line break within a cell
    refused = [person('Civil Society', 'KE', email=e) for e in (
        '', 'hazel.fieldgate.open-net.ke.example', 'wren@open-net..example', 'alder@localhost', 'rowan @open-net.ke.example',
        'hazel@open-net.ke.example; wren@open-net.ke.example')]
    return again + odd + refused


# Participants of 2025 by region and group, 100 in all, beside 15 of the host, 5 of international bodies and 1 from nowhere.
CAME_2025 = {
    'Asia-Pacific': dict(zip(GROUPS, (7, 12, 2, 2, 3))), 'Africa': dict(zip(GROUPS, (6, 5, 3, 3, 1))),
    'Latin America': dict(zip(GROUPS, (4, 4, 2, 2, 1))), 'Eastern Europe': dict(zip(GROUPS, (3, 3, 2, 2, 0))),
    'Western Europe': dict(zip(GROUPS, (9, 8, 8, 6, 2))), 'Host': dict(zip(GROUPS, (5, 5, 2, 3, 0))),
}


def region_of(row):
    """The region a row was made for, by the country in its address."""
    code = row['email'].strip().rsplit('.', 2)[-2].upper()
    return next((region for region, places in REGIONS.items() if code in places), None)


def participation(known, year):
    """Contacts who took part that year, and others of whom no contact is kept."""
    rows = [r for r in known if year in r['years']]
    if year != 2025:
        for region in ('Asia-Pacific', 'Africa', 'Latin America', 'Eastern Europe', 'Western Europe'):
            for group in list(GROUPS)[:4]:
                rows += people(region, group, 1)
        return rows
    for region, groups in CAME_2025.items():
        for group, number in groups.items():
            here = sum(1 for r in rows if r['stakeholder_group'] == group and region_of(r) == region)
            rows += people(region, group, number - here)
    rows += people('Africa', 'Intergovernmental Organization', 5)
    return rows + [person('Civil Society', 'KE', country='Atlantis')]


def write(path, columns, rows, encoding='utf-8'):
    with open(path, 'w', encoding=encoding, newline='') as file:
        writer = csv.DictWriter(file, columns, lineterminator='\r\n' if encoding == 'utf-8-sig' else '\n', extrasaction='ignore')
        writer.writeheader()
        writer.writerows(rows)


def indico(rows):
    """The shape of a registration export by Indico, with states."""
    for number, r in enumerate(rows, 1):
        yield {'ID': number, 'Name': f"{r['first_name']} {r['last_name']}", 'First Name': r['first_name'],
               'Last Name': r['last_name'], 'Email Address': r['email'], 'Affiliation': r['organisation'],
               'Country': r['country'], 'Stakeholder group': r['stakeholder_group'], 'Gender': r['gender'],
               'First IGF?': ('Yes', 'No')[number % 2], 'Registration date': f'2022-10-{number % 28 + 1:02} 09:00:00+00:00',
               'Registration state': 'Completed' if r['years'] or number % 4 else ('Pending', 'Withdrawn')[number % 2],
               'Checked in': 'Yes' if r['years'] or number % 2 else 'No'}


def main(out):
    main_folder, first_folder = os.path.join(out, 'igf-2027-participation'), os.path.join(out, 'igf-2027-save-the-date')
    rows = contacts()
    left_out, opted_out, bounced = special()
    clean = [dict(r) for r in rows]
    others = dirty(rows)
    every = rows[:40] + others[:6] + rows[40:] + left_out + others[6:]
    write(os.path.join(main_folder, 'contacts.csv'), CONTACT_COLUMNS, every)
    write(os.path.join(main_folder, 'participation-2022.csv'), INDICO_COLUMNS, indico(participation(clean, 2022)), 'utf-8-sig')
    for year in (2023, 2024, 2025):
        write(os.path.join(main_folder, f'participation-{year}.csv'), PARTICIPATION_COLUMNS, participation(clean, year))
    opt_outs = [{'email': e, 'reason': 'opted_out', 'since': '2025-03-11', 'source': 'reply to the secretariat'} for e in opted_out]
    opt_outs += [{'email': e, 'reason': 'hard_bounce', 'since': '2025-06-30', 'source': 'returned mail of 2025'} for e in bounced]
    write(os.path.join(main_folder, 'opt-outs.csv'), ['email', 'reason', 'since', 'source'], opt_outs)
    advisers = [r for r in clean if r['nri'] == 'yes' and r['language'] in ('en', 'fr')][:6]
    write(os.path.join(first_folder, 'advisers.csv'), CONTACT_COLUMNS, [dict(r, tags='adviser') for r in advisers])


if __name__ == '__main__':
    main(sys.argv[1])
