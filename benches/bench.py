"""What the measurements share: the release binary, workspaces of made-up people, time and peak memory of a command."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = ROOT / 'target' / 'release' / 'convoke'

SETTINGS = '''[organisation]
name = "IGF Secretariat"
postal_address = "Example Street 1, Example City"
from = "IGF Secretariat <invitations@igf.example>"
list_id = "igf-invitations.igf.example"
bounce_domain = "bounces.igf.example"
public_url = "https://outreach.igf.example"
[relay]
'''

CAMPAIGN = '''title = "A measurement"
objective = "Know how fast it is"
phase = "continuous"
responsible = ["secretariat"]
topic = "annual-meeting"
purpose = "invitation to the annual meeting"
template = "TEMPLATE"
default_language = "en"
[[audience]]
name = "everybody"
'''


# A letter that makes a multipart message of about 4 kB, most of it about its reader.
LETTER = '''+++
subject = '{{event.name}}: an invitation for {{fallback given_name "you"}}'
+++
Dear {{fallback name "colleague"}},

the next meeting will discuss what happens to the Internet in {{fallback country "your country"}}, and few of those who
registered so far come from there. You work {{#if organisation}}at {{organisation}}{{else}}on these questions{{/if}}, and we
would like to hear what you see.

Taking part is free of charge, on site and online. If another person of your organisation is closer to the subject, please
pass this letter on.
'''


def build():
    subprocess.run(['cargo', 'build', '--release', '--locked', '--quiet'], cwd=ROOT, check=True)


def build_bench(name):
    """Builds one of the measurements of benches/ as the release binary is built; gives its path."""
    command = ['cargo', 'build', '--release', '--locked', '--quiet', '--message-format=json', '--bench', name]
    said = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    for message in map(json.loads, said.splitlines()):
        if message.get('target', {}).get('name') == name and message.get('executable'):
            return message['executable']
    sys.exit(f'cargo names no executable for {name}')


def workspace(folder, relay, limit=None, template='participation-invitation'):
    """A workspace with the example's templates, a short one (`short`), and one campaign, `bench`, for everybody in the ledger."""
    folder = pathlib.Path(folder)
    (folder / 'campaigns' / 'bench').mkdir(parents=True)
    shutil.copytree(ROOT / 'templates', folder / 'templates')
    (folder / 'templates' / 'short').mkdir()
    (folder / 'templates' / 'short' / 'en.md').write_text(LETTER, encoding='utf-8')
    (folder / 'convoke.toml').write_text(SETTINGS + relay, encoding='utf-8')
    example = (ROOT / 'campaigns/igf-2027-participation/campaign.toml').read_text(encoding='utf-8')
    start = example.index('[variables]')
    variables = example[start:example.index('[stop]', start)]
    limited = f'limit = {limit}\n' if limit else ''
    (folder / 'campaigns/bench/campaign.toml').write_text(CAMPAIGN.replace('TEMPLATE', template) + limited + variables, encoding='utf-8')
    return folder


def generate(kind, rows, path):
    with open(path, 'wb') as file:
        subprocess.run([sys.executable, ROOT / 'benches/generate_contacts.py', kind, str(rows)], stdout=file, check=True)


def measured(command, folder):
    """Runs a command; gives its exit code, standard output, seconds, seconds of processor time and peak memory in MB."""
    out_path, err_path = pathlib.Path(folder) / 'stdout', pathlib.Path(folder) / 'stderr'
    with open(out_path, 'wb') as out, open(err_path, 'wb') as err:
        started = time.monotonic()
        child = subprocess.Popen(command, stdout=out, stderr=err, stdin=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    said = out_path.read_text(encoding='utf-8')
    return child.returncode, said, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def plain(folder, *arguments):
    """Runs convoke; gives what it prints for people."""
    done = subprocess.run([BINARY, '-C', folder, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, arguments))}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout + done.stderr


def convoke(folder, *arguments, codes=(0,)):
    """Runs convoke; gives its JSON and what `measured` gives. Ends the measurement where it fails."""
    command = [str(BINARY), '-C', str(folder), '--format', 'json', '--no-progress', *map(str, arguments)]
    code, text, seconds, processor, memory = measured(command, folder)
    if code not in codes:
        said = (pathlib.Path(folder) / 'stderr').read_text(errors='replace')[-2000:]
        sys.exit(f"{' '.join(command)}: exit code {code}\n{said}")
    try:
        answer = json.loads(text)
    except json.JSONDecodeError:     # a stream of objects, one a line
        answer = [json.loads(line) for line in text.splitlines()]
    return answer, seconds, processor, memory


def run(folder, *arguments, codes=(0,)):
    """As `convoke`, without the processor time."""
    answer, seconds, _, memory = convoke(folder, *arguments, codes=codes)
    return answer, seconds, memory
