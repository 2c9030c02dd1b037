#!/usr/bin/env python3
"""Writes any number of made-up contacts, or participants of one meeting, as CSV on standard output. No real person: names
are numbered words, every address lies at a reserved name (RFC 2606). The same arguments give the same octets.

usage: benches/generate_contacts.py contacts|participation ROWS [SEED]

Countries follow the square root of their Internet users within the shares of the regional groups at the IGF of 2022, and
about one row in eight has the dirt of real lists: another case, blanks, a country in another language, a refused address.
A participation file holds every twentieth of the same people.
"""
import csv
import pathlib
import random
import sys

DATA = pathlib.Path(__file__).resolve().parent.parent / 'src' / 'domain' / 'data'
REGIONS = {'African Group': 44, 'WEOG': 21, 'Asia-Pacific Group': 15, 'GRULAC': 8, 'Eastern European Group': 4}
GROUPS = {'Civil Society': 32, 'Government': 29, 'Private Sector': 16, 'Technical Community': 11,
          'Intergovernmental Organization': 11, 'Press/Media': 1}
GIVEN = {'ar': 'نسيم', 'zh': '晨露', 'ru': 'Снежана', 'es': 'Azucena', 'fr': 'Églantine', 'pt': 'Conceição'}
COLUMNS = ['email', 'first_name', 'last_name', 'gender', 'organisation', 'stakeholder_group', 'country', 'language', 'tier',
           'source', 'consent_basis', 'consent_date']


def countries():
    """Rows of the reference table with a regional group, their names in every language, and cumulative weights."""
    with open(DATA / 'reference_countries.csv', encoding='utf-8', newline='') as file:
        rows = [row for row in csv.DictReader(file) if row['un_regional_group']]
    names = {}
    with open(DATA / 'country_names.csv', encoding='utf-8', newline='') as file:
        for row in csv.DictReader(file):
            names.setdefault(row['iso3'], []).append(row['name'])
    roots = [float(row['internet_users'] or 1) ** .5 for row in rows]
    wholes = {region: sum(w for r, w in zip(rows, roots) if r['un_regional_group'] == region) for region in REGIONS}
    total, weights = 0, []
    for row, root in zip(rows, roots):
        total += REGIONS[row['un_regional_group']] * root / wholes[row['un_regional_group']]
        weights.append(total)
    return rows, names, weights


def people(number, seed):
    """One row after the other, holding none."""
    chance = random.Random(seed)
    rows, names, weights = countries()
    groups, shares = list(GROUPS), list(GROUPS.values())
    for i in range(1, number + 1):
        place = chance.choices(rows, cum_weights=weights)[0]
        language = (place['official_languages'].split() or ['en'])[0].split('_')[0]
        group = chance.choices(groups, shares)[0]
        code = place['iso2'].lower()
        email = f"person{i}@{group.split()[0].split('/')[0].lower()}.{code}.example"
        country = place['name_en']
        dirt = chance.random()
        if dirt < .03:
            email = email.upper()
        elif dirt < .04:
            email = f' {email}\u00a0'
        elif dirt < .045:
            email = email.replace('@', '')
        elif dirt < .12:
            country = chance.choice(names[place['iso3']])
        yield [email, GIVEN.get(language, 'Wren'), f'Fieldgate {i}', ('female', 'male', '')[i % 3],
               f"{group} of {place['name_en']} {i % 997}", group, country, language, ('2', '3', '1', '')[i % 4],
               'igf-registration', 'mandate', '2025-02-17']


def main():
    kind, number = sys.argv[1], int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 2027
    out = csv.writer(sys.stdout, lineterminator='\n')
    out.writerow(COLUMNS)
    step = {'contacts': 1, 'participation': 20}[kind]
    out.writerows(row for i, row in enumerate(people(number, seed)) if i % step == 0)


if __name__ == '__main__':
    sys.stdout.reconfigure(encoding='utf-8')
    main()
