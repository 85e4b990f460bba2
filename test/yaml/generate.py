#!/usr/bin/python3
"""Writes test/yaml/data/*.json: what PyYAML reads and writes. Run it on Debian with python3-yaml."""
import datetime
import json
import os
import random
import yaml

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'data')
rng = random.Random(20240501)


def encode(value):
    """A value with its type spelt out, since JSON knows fewer types than YAML."""
    if value is None:
        return ['null']
    if isinstance(value, bool):
        return ['bool', value]
    if isinstance(value, int):
        return ['int', str(value)]
    if isinstance(value, float):
        return ['float', repr(value)]
    if isinstance(value, str):
        return ['str', value]
    if isinstance(value, datetime.datetime):
        return ['datetime', str(value)]
    if isinstance(value, datetime.date):
        return ['date', str(value)]
    if isinstance(value, list):
        return ['list', [encode(item) for item in value]]
    if isinstance(value, dict):
        return ['dict', [[encode(key), encode(item)] for key, item in value.items()]]
    raise TypeError(type(value))


def read(text):
    try:
        return {'text': text, 'values': [encode(item) for item in yaml.safe_load_all(text)]}
    except Exception:  # PyYAML fails in many ways; all of them are a refusal
        return {'text': text, 'values': None}


SCALARS = '''0 1 -1 +1 00 01 07 08 09 0644 0755 -0644 +07 0o644 0b101 -0b1 0b2 0x1F 0xg -0xff 1_000 _1 1_ 0_7
12:30 12:30:45 1:60 -1:30 190:20:30 190:20:30.15 1:2:3:4 01:30 0:30 1.0 1. .5 -.5 +.5 1.5e3 1.5e+3 1.5E-3 1e3
1e+3 .5e+2 1.0e3 685.230_15 1_0.5_0 -1.25 +1.25 .inf -.inf +.inf .Inf .INF .iNF .nan .NaN .NAN -.nan . .. ... -
~ null Null NULL nUll none None yes Yes YES yEs no No NO on On ON off Off OFF true True TRUE tRUE false False FALSE
y Y n N t f 2024-01-02 2024-1-2 2024-01-02T03:04:05 2024-01-02t03:04:05Z 2024-01-02T03:04:05.5+02:00
2024-01-02T03:04:05-7 2024-12-31T23:59:59.123456789Z 2001-02-29 2000-02-29 0001-01-01 2024-01-02T3:04:05 24-01-02
123456789012345678901234567890 -9007199254740993 9007199254740993 0xffffffffffffffff 1.7976931348623157e+308
1.0e+400 0.1 3.14 -0.0 0.0 100.0 1.0.0 v1.0 1.2.3.4 10.0.0.0/8 ::1 a:b a::b http://x/y <<x =x x= a#b #c
'a' "b" 'it''s' "a\\tb" "\\u00e9" "\\x41" é ü日本 x,y x]y x}y [] {} [1] [a,b] {a: 1} {a} [a:b]
'''.replace('\n', ' ').split(' ')
SCALARS = [text for text in SCALARS if text]
SCALARS += ['2024-01-02 03:04:05', '2024-01-02 03:04:05 +1', '2024-01-02   03:04:05.25 Z', 'a b', 'a  b',
            'a # b', 'a\n b', "'a\n  b'", '"a\n\n b"', '"a \\\n  b"', '!!str 0644', '!!int "7"', '!!float 1']


def random_scalars():
    alphabet = '0123456789_.:+-eExXbonfia~'
    for _ in range(260):
        yield ''.join(rng.choice(alphabet) for _ in range(rng.randint(1, 6)))


DOCUMENTS = [
    '', '\n', '# only\n', '---\n', '---\na\n...\n', 'a: 1\n---\nb: 2\n', '--- a\n--- b\n', '---\n---\n',
    'a:\nb: ~\nc: null\n', '- \n- 1\n-\n', 'a:\n- 1\n- 2\nb: 3\n', 'a:\n  - 1\n  -  - 2\n     - 3\n',
    '- a: 1\n  b: 2\n- c: 3\n', '- - - x\n', 'a: {b: 1, c: [2, {d: 3}], e: }\n', '[a, [b, c], {d: e}]\n',
    'a: [1,\n  2,\n  3]\n', 'a: {x: 1,\n  y: 2,}\n', 'a: |\n  x\n  y\n', 'a: |-\n  x\n  y\n', 'a: |+\n  x\n\nb: 1\n',
    'a: |2\n    x\n   y\n', 'a: >\n  x\n  y\n\n  z\n', 'a: >-\n  x\n    more\n  y\n', 'a: >+\n  x\n\n\n',
    'a: |\n\n  x\n\n\n  y\n\n', 'a: |\n  # no comment\n  x # y\n', '- |\n x\n- >\n y\n z\n', 'a: |\n x\n\n # c\nb: 1\n',
    "a: 'it''s'\nb: \"q\\\"q\"\n", 'a: "x\\ny\\\\z\\x41\\u00e9\\U0001F600"\n', "a: 'x\n\n  y'\n", 'a: plain\n  goes on\n  here\n',
    'a: x\n\n\n  y\n', 'a: &x 1\nb: *x\n', 'a: &x {p: 1}\nb:\n  <<: *x\n  q: 2\n', 'b:\n  q: 2\n  p: 3\n  <<: {p: 1, r: 4}\n',
    'x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz:\n  <<: [*x, *y]\n  d: 5\n', 'a: &l [1, 2]\nb: *l\n',
    '? a\n: b\n', '? a\n? b\n', 'a : 1\n', '"a b": 1\n', "'a': 1\n", '1: a\n2.5: b\ntrue: c\n~: d\n2024-01-02: e\n',
    'yes: 1\nno: 2\non: 3\n', 'a: b # c\n', 'a: b# c\n', 'a: "b" # c\n', '# c\na: 1 # d\n# e\n', 'a: x:y\n', 'a: -1\nb: - \n',
    'url: http://x:80/y?z=1&b=2#c\n', 'a: *\n', 'a: @x\n', 'a: %x\n', 'a: `x\n', 'a: b: c\n', 'a: [1\n', 'a: "x\n', '\ta: 1\n',
    'a:\n\t- 1\n', 'a: 1\n  b: 2\n', '- a\nb: 1\n', 'a: |\n x\ny\n', 'a: 1\r\nb: 2\r\n', 'mode: 0644\nmode2: "0644"\n',
    'time: 12:30:45\nversion: 1.10\n', 'a: !!str 5\nb: !!int "5"\n', 'a: !foo 5\n', 'a: - b\n', 'a: [b]c\n', 'a: "b"c\n',
    'key with spaces: value with spaces\n', 'a:    x   \n', '- {a: 1}\n- {b: 2, c: }\n', '{a: 1, b: 2}\n', 'a: {}\nb: []\n',
    'a:\n  b:\n    c:\n      - d:\n          e: f\n', '-   a\n-   b: 1\n    c: 2\n', 'a: "x: y"\nb: \'x # y\'\n', 'a: ""\nb: \'\'\n',
    '- "a": 1\n- ? b\n  : 2\n', 'a: [x: 1, y]\n', '%YAML 1.1\n---\na: 012\n', '\ufeffa: 1\n', 'a: 1\n...\n---\nb: 2\n',
]

WORDS = ['a', 'web', 'yes', 'no', '0644', '12:30', '1e3', 'null', '~', '', ' lead', 'trail ', 'two words', 'x: y',
         'a #b', '#c', '- d', '-', '?', ':', 'a:', ':a', '{{ x }}', '{% if %}', '[x', 'x]', '@x', '`x', '%x', '!x', '&x',
         '*x', '|', '>', "it's", 'say "hi"', 'back\\slash', 'tab\there', 'line\nbreak', 'line\n', '\nline', 'a\n\nb', 'a\n b',
         'a \nb', 'é', '日本語', '\u00a0', '\u2028', '\u0085x', '\ufeff', '\U0001f600', 'bell\x07', '\x1b[31m', '---', '--- x',
         '...', '= ', '=', '<<', '2024-01-02', '1.0', '.5', '1_000', 'http://x.y/z?a=b&c=d', 'C:\\dir', 'a,b', 'x' * 90,
         'the quick brown fox jumps over the lazy dog and then goes on to do it again and again until the line is long',
         "it's a long text with 'quotes' in it that goes on far beyond the width of eighty columns, and then a bit more",
         'long: text with a colon that needs quotes and is far longer than eighty columns so that it must be broken up',
         'tab\tin a long text that has to be double quoted and is far longer than eighty columns so it must be broken  up',
         'many     spaces     in     a     long     text     that     is     broken     only     at     single one here']


def random_value(depth):
    kind = rng.random()
    if depth > 0 and kind < 0.25:
        return [random_value(depth - 1) for _ in range(rng.randint(0, 4))]
    if depth > 0 and kind < 0.55:
        keys = [rng.choice(WORDS + ['k%d' % n for n in range(20)]) for _ in range(rng.randint(0, 4))]
        return {key: random_value(depth - 1) for key in keys}
    if kind < 0.65:
        return rng.choice([None, True, False, 0, -7, 420, 10**20])
    if kind < 0.72:
        return rng.choice([0.5, 1.0, -2.5, 1e17, 1e-7, float('inf'), float('-inf'), 123456.789])
    if kind < 0.75:
        return rng.choice([datetime.date(2024, 1, 2), datetime.datetime(2024, 1, 2, 3, 4, 5)])
    return rng.choice(WORDS)


def dumps(value):
    def dump(**options):
        return yaml.dump(value, Dumper=yaml.SafeDumper, allow_unicode=True, **options)
    return {
        'value': encode(value),
        'yaml': dump(default_flow_style=None),
        'nice': dump(default_flow_style=False, indent=4),
        'narrow': dump(default_flow_style=None, width=30, sort_keys=False),
        'flow': dump(default_flow_style=True, explicit_start=True, explicit_end=True),
    }


values = [[], {}, [[]], {'a': {}}, {'a': [[1, 2], [3]], 'b': {'c': [{'d': 1}]}}, {1: 'a', 2.5: 'b', 'x': 'c'},
          {3: 'a', 1: 'b', 2: 'c'}, {True: 1, False: 2}, {'a' * 130: 1}, {'two\nlines': 1}, {'': 1}]
values += WORDS + [[word] for word in WORDS] + [{word: word} for word in WORDS]
values += [None, True, 1, 1.0, 10**20, datetime.date(2024, 1, 2), datetime.datetime(2024, 1, 2, 3, 4, 5, 600000)]
values += [random_value(4) for _ in range(150)]


def styled():
    """Documents in every style that PyYAML writes, to be read back."""
    for value in values[80:]:
        options = {'default_style': rng.choice([None, '"', "'", '|', '>']), 'width': rng.choice([20, 40, 80]),
                   'default_flow_style': rng.choice([None, True, False]), 'indent': rng.choice([2, 3, 4])}
        yield yaml.dump(value, Dumper=yaml.SafeDumper, allow_unicode=True, **options)


def write(name, rows):
    with open(os.path.join(HERE, name), 'w', encoding='utf8') as file:
        file.write('[\n' + ',\n'.join(json.dumps(row) for row in rows) + '\n]\n')


write('scalars.json', [read(text) for text in SCALARS + list(random_scalars())])
write('documents.json', [read(text) for text in DOCUMENTS + list(styled())])
write('dumps.json', [dumps(value) for value in values])
