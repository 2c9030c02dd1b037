#!/usr/bin/env python3
"""Writes the workbooks of this folder anew from people.csv: by openpyxl, by LibreOffice, and in the shape of Indico.

Tests read what is kept here; run this only where people.csv changes. Needs openpyxl and soffice.
"""
import csv
import datetime
import pathlib
import shutil
import subprocess
import tempfile

import openpyxl

HERE = pathlib.Path(__file__).parent
rows = list(csv.reader(open(HERE / "people.csv", encoding="utf-8", newline="")))
header, people = rows[0], rows[1:]


def cell(column, text):
    """As a person would have typed it: dates as dates, everything else as text."""
    if column == "consent_date" and text:
        return datetime.date.fromisoformat(text)
    return text or None


book = openpyxl.Workbook()
sheet = book.active
sheet.title = "People"
sheet.append(header)
for row in people:
    sheet.append([cell(column, text) for column, text in zip(header, row)])
    for c in sheet[sheet.max_row]:
        if isinstance(c.value, datetime.date):
            c.number_format = "yyyy-mm-dd"
        elif c.value is not None:
            c.data_type = "s"   # a name may begin with `=`
notes = book.create_sheet("Notes")
notes.append(["made up", "by nobody"])
notes.append(["x", "y"])
notes.sheet_state = "hidden"
book.save(HERE / "openpyxl.xlsx")

# LibreOffice writes what it read from the CSV: once as XLSX, once as ODS.
with tempfile.TemporaryDirectory() as folder:
    source = pathlib.Path(folder) / "libreoffice.csv"
    shutil.copy(HERE / "people.csv", source)
    # Comma, quotes, UTF-8, from line 1, every column as text but the last, a date (5: year, month, day).
    columns = "/".join(f"{n}/{5 if name == 'consent_date' else 2}" for n, name in enumerate(header, 1))
    for kind in ["xlsx", "ods"]:
        subprocess.run(["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless",
                        f"--infilter=CSV:44,34,UTF8,1,{columns}", "--convert-to", kind, "--outdir", folder, source],
                       check=True, capture_output=True)
        shutil.copy(pathlib.Path(folder) / f"libreoffice.{kind}", HERE / f"libreoffice.{kind}")

# The same people as Indico exports registrations: titles of the form in the order of its author, some of them twice;
# `Yes` and `No` in CSV, true and false in XLSX; line breaks become blanks in CSV.
STATES = ["Completed", "Completed", "Pending", "Completed", "Withdrawn", "Completed", "Rejected", "Awaiting payment"]
titles = ["ID", "Name", "Email Address", "First Name", "Last Name", "Affiliation", "Title", "Country", "Gender", "Diet",
          "Country", "Registration date", "Registration state", "Checked in", "Check-in date"]
book = openpyxl.Workbook()
sheet = book.active
sheet.append(titles)
with open(HERE / "indico.csv", "w", encoding="utf-8-sig", newline="") as out:
    writer = csv.writer(out)
    writer.writerow(titles)
    for n, row in enumerate(people):
        who = dict(zip(header, row))
        here = n % 3 == 0
        line = [n + 1, f"{who['given_name']} {who['family_name']}", who["email"], who["given_name"], who["family_name"],
                who["organisation"], who["title"], who["country"], who["gender"], "vegetarian; no nuts", "Kenya",
                "2025-05-01 12:30:00", STATES[n % len(STATES)], here, "2025-06-02" if here else ""]
        words = {True: "Yes", False: "No"}
        plain = [words.get(c, c) if isinstance(c, bool) else str(c).replace("\n", "    ") for c in line]
        writer.writerow(plain)
        sheet.append([None if c == "" else c for c in line])
        for c in sheet[sheet.max_row]:
            if isinstance(c.value, str):
                c.data_type = "s"
book.save(HERE / "indico.xlsx")
