"""Reads messages as a stranger would: Python's e-mail parser under its strictest policy.

usage: judge_message.py < MESSAGE        one JSON document
       judge_message.py FILE...          one JSON document a line, in the same order

A document holds headers decoded, raw header lines' lengths, parts decoded, and every defect as `problems`; any of them
makes the exit code 1. Only Python's own library is used.
"""

import email
import email.header
import email.policy
import email.utils
import json
import sys


def report(octets):
    """What the parser reads in a message, and every defect it notes."""
    message = email.message_from_bytes(octets, policy=email.policy.strict)

    problems = []
    for part in message.walk():
        problems += [f"{part.get_content_type()}: {type(d).__name__}" for d in part.defects]
        for name, value in part.items():
            problems += [f"{name}: {type(d).__name__}: {d}" for d in getattr(value, "defects", ())]
    if any(byte > 127 for byte in octets):
        problems.append("an octet is not ASCII")
    if octets.replace(b"\r\n", b"").count(b"\r") or octets.replace(b"\r\n", b"").count(b"\n"):
        problems.append("a line end is not CRLF")
    if not octets.endswith(b"\r\n"):
        problems.append("the message does not end with CRLF")

    head = octets.split(b"\r\n\r\n", 1)[0].decode("ascii", "replace").split("\r\n")
    parts = [
        {
            "type": part.get_content_type(),
            "charset": part.get_content_charset(),
            "encoding": str(part["content-transfer-encoding"]),
            "text": part.get_content().replace("\r\n", "\n"),
        }
        for part in message.walk()
        if not part.is_multipart()
    ]
    names = [name.lower() for name in message.keys()]

    # The older of Python's parsers: the newer one puts a blank between two encoded words of a name (RFC 2047 §6.2 does not).
    older = email.message_from_bytes(octets)
    people = {}
    for header in ("from", "to", "reply-to"):
        if header in older:
            name, address = email.utils.parseaddr("".join(older[header].splitlines()))
            people[header] = {"name": str(email.header.make_header(email.header.decode_header(name))), "address": address}
    recipients = [
        {"name": a.display_name, "address": a.addr_spec} for header in ("to", "cc", "bcc") if header in message
        for a in message[header].addresses
    ]
    return {
        "problems": problems,
        "names": names,
        "twice": sorted({n for n in names if names.count(n) > 1}),
        "longest_header_line": max(len(line) for line in head),
        "longest_encoded_line": max([len(line) for line in head if "=?" in line] or [0]),
        "longest_line": max(len(line) for line in octets.split(b"\r\n")),
        "type": message.get_content_type(),
        "headers": {name.lower(): str(value) for name, value in message.items()},
        "from": [{"name": a.display_name, "address": a.addr_spec} for a in message["from"].addresses],
        "recipients": recipients,
        "people": people,
        "date_is_read": email.utils.parsedate_to_datetime(str(message["date"])) is not None if "date" in message else None,
        "parts": parts,
    }


def main():
    if len(sys.argv) > 1:
        messages = [open(path, "rb").read() for path in sys.argv[1:]]
    else:
        messages = [sys.stdin.buffer.read()]
    reports = [report(octets) for octets in messages]
    for read in reports:
        print(json.dumps(read))
    sys.exit(1 if any(read["problems"] for read in reports) else 0)


main()
