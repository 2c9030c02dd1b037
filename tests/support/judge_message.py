"""Reads one message from standard input as a stranger would: Python's e-mail parser under its strictest policy.

Prints one JSON document: headers decoded, raw header lines' lengths, parts decoded. Fails (exit 1) on any defect the
parser notes. Only Python's own library is used.
"""

import email
import email.header
import email.policy
import email.utils
import json
import sys

octets = sys.stdin.buffer.read()
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
print(
    json.dumps(
        {
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
    )
)
sys.exit(1 if problems else 0)
