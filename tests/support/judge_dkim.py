"""Asks dkimpy (PyPI) about signatures and canonical forms. Nothing is looked up: the records come with the question.

usage: judge_dkim.py < QUESTION    both are one JSON document; octets stand in it as base64

{"records": {NAME: VALUE}, "messages": [OCTETS]}   for each message a list: of each DKIM-Signature from the top, whether
                                                   it verifies, or the name of what was wrong
{"headers": [[NAME, VALUE]], "bodies": [OCTETS]}   {"headers": [OCTETS], "bodies": [OCTETS]}: the forms "relaxed"
"""

import base64
import json
import sys

import dkim
from dkim.canonicalization import Relaxed


def verdicts(message, records):
    def look_up(name, timeout=5):
        return records[name.decode().rstrip(".")].encode()

    found = []
    signatures = sum(1 for name, _ in dkim.rfc822_parse(message)[0] if name.lower() == b"dkim-signature")
    for index in range(signatures):
        try:
            found.append(dkim.DKIM(message).verify(index, dnsfunc=look_up))
        except dkim.DKIMException as error:
            found.append(type(error).__name__)
    return found


def main():
    question = json.load(sys.stdin)
    if "messages" in question:
        messages = map(base64.b64decode, question["messages"])
        answer = [verdicts(message, question["records"]) for message in messages]
    else:
        text = lambda octets: base64.b64encode(octets).decode()
        pairs = [tuple(map(base64.b64decode, pair)) for pair in question["headers"]]
        answer = {
            "headers": [text(b":".join(pair)) for pair in Relaxed.canonicalize_headers(pairs)],
            "bodies": [text(Relaxed.canonicalize_body(base64.b64decode(body))) for body in question["bodies"]],
        }
    json.dump(answer, sys.stdout)


main()
