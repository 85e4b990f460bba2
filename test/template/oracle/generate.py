#!/usr/bin/python3
r"""Asks ansible-core what every probe in ../probes/*.yml gives and writes the answers beside this
file. Run by `make oracle` on a machine with Debian's ansible-core; the answers are kept as data.

A probe file has `vars` and probes, one a line, under `values` (bare expressions: the Python value
that Jinja computes), `texts` (templates in a playbook) and `files` (the template module's
rendering). In a probe the mark \u23ce stands for a newline.
"""
import datetime
import glob
import json
import os
import sys

import ansible
import jinja2
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

HERE = os.path.dirname(os.path.abspath(__file__))
FAILURE = {'error': True}


def encode(value):
    """A value as JSON that keeps Python's types apart."""
    if isinstance(value, jinja2.Undefined):
        raise jinja2.UndefinedError('undefined')
    if value is None or isinstance(value, (bool, str)):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else {'int': str(value)}
    if isinstance(value, float):
        return {'float': repr(value)}
    if isinstance(value, tuple):
        return {'tuple': [encode(item) for item in value]}
    if isinstance(value, (datetime.date, datetime.timedelta)):
        return {'text': str(value)}
    if isinstance(value, dict):
        return {'dict': [[encode(key), encode(item)] for key, item in value.items()]}
    if callable(value):
        return {'function': True}
    try:
        return {'list': [encode(item) for item in value]}
    except TypeError:
        return {'text': str(value)}


def probe_value(templar, expression, seen):
    seen.clear()
    try:
        templar.template('{% if capture_probe(' + expression + '\n) %}{% endif %}')
    except Exception as error:  # noqa: BLE001, the kind of failure is the answer
        if not seen:
            return classify(error)
    try:
        return {'value': encode(seen[0])} if seen else FAILURE
    except jinja2.UndefinedError:
        return {'undefined': True}


def classify(error):
    return {'undefined': True} if 'undefined' in str(error).lower() else FAILURE


def probe_text(render, text, **options):
    try:
        answer = render(text, fail_on_undefined=True, **options)
    except Exception as error:  # noqa: BLE001
        return classify(error)
    return {'value': encode(answer)}


def probe_file(templar, text):
    templar.environment.trim_blocks = True
    templar.environment.lstrip_blocks = False
    return probe_text(
        templar.do_template, text, preserve_trailing_newlines=True, escape_backslashes=False)


def answers(path):
    with open(path, encoding='utf-8') as handle:
        probes = yaml.safe_load(handle)
    seen = []

    def capture(value):
        seen.append(value)
        return ''

    def make():
        with open(path, encoding='utf-8') as handle:
            names = yaml.safe_load(handle).get('vars') or {}
        return Templar(DataLoader(), variables={**names, 'capture_probe': capture})

    return {
        'values': [probe_value(make(), text, seen) for text in lines(probes, 'values')],
        'texts': [probe_text(make().template, text) for text in lines(probes, 'texts')],
        'files': [probe_file(make(), text) for text in lines(probes, 'files')],
    }


def lines(probes, kind):
    found = (probes.get(kind) or '').split('\n')
    return [line.replace('\u23ce', '\n') for line in found if line.strip()]


def main():
    made_with = f'ansible-core {ansible.__version__}, jinja2 {jinja2.__version__}'
    total = 0
    for path in sorted(glob.glob(os.path.join(HERE, '..', 'probes', '*.yml'))):
        name = os.path.splitext(os.path.basename(path))[0]
        found = answers(path)
        total += sum(len(part) for part in found.values())
        with open(os.path.join(HERE, name + '.json'), 'w', encoding='utf-8') as handle:
            rows = {key: [json.dumps(item, sort_keys=True) for item in part]
                     for key, part in found.items()}
            body = ',\n'.join(
                f'  {json.dumps(key)}: [\n    ' + ',\n    '.join(part) + '\n  ]'
                if part else f'  {json.dumps(key)}: []'
                for key, part in rows.items())
            handle.write('{\n  "madeWith": ' + json.dumps(made_with) + ',\n' + body + '\n}\n')
    print(f'{total} answers', file=sys.stderr)


if __name__ == '__main__':
    main()
