"""The notation of docs/PROTOCOL.md, sections 1 and 2: each spelling is a pair of functions: one
reads a value from bytes and takes no other spelling of it, the other writes it again."""

import ipaddress
import re
from typing import Callable, NamedTuple

from curves import is_ed25519_key, is_x25519_key

LARGEST = 2**48 - 1
CONTROLS = re.compile('[\0-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]')
ROLE = re.compile('[a-z][a-z0-9-]*')
LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?'
NUMBER = '(?:[0-9]+|0[xX][0-9A-Fa-f]*)'
HOSTNAME = re.compile(rf'(?!(?:.*\.)?{NUMBER}$){LABEL}(?:\.{LABEL})*')


class Void(Exception):
    """The bytes are to be ignored; the text is the reason, in the words of the vectors."""


class Reader:
    """Bytes and how many of them are read."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if self.left() < count:
            raise Void('truncated')
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, width):
        return int.from_bytes(self.take(width))

    def left(self):
        return len(self.data) - self.at

    def end(self):
        if self.left():
            raise Void('leftover')


class Spelling(NamedTuple):
    read: Callable
    write: Callable


def need(condition, reason):
    if not condition:
        raise Void(reason)


def whole(spelling, data):
    """What all of the bytes say."""
    reader = Reader(data)
    value = spelling.read(reader)
    reader.end()
    return value


def number(width, lowest=0, highest=None, reason='bound'):
    def read(reader):
        value = reader.number(width)
        need(value >= lowest and (highest is None or value <= highest), reason)
        return value

    return Spelling(read, lambda value: value.to_bytes(width))


def at_least(lowest, spelling):
    """A spelling of numbers with a lowest one."""

    def read(reader):
        value = spelling.read(reader)
        need(value >= lowest, 'bound')
        return value

    return Spelling(read, spelling.write)


def read_varint(reader):
    """Seven bits a byte, the lowest first; a last byte of zero would be a longer spelling."""
    value = shift = 0
    while True:
        byte = reader.number(1)
        value |= (byte & 0x7F) << shift
        need(value <= LARGEST, 'bound')
        if byte < 0x80:
            need(byte or not shift, 'varint')
            return value
        shift += 7


def write_varint(value):
    if value < 0x80:
        return bytes([value])
    return bytes([value & 0x7F | 0x80]) + write_varint(value >> 7)


def choice(named):
    """A `u8` of which each value has a meaning; another is a flag that is not named."""
    numbers = {value: key for key, value in named.items()}

    def read(reader):
        found = reader.number(1)
        need(found in named, 'flag')
        return named[found]

    return Spelling(read, lambda value: bytes([numbers[value]]))


def flags(*names):
    """A `u8` of bits, the lowest named first."""

    def read(reader):
        found = reader.number(1)
        need(found < 1 << len(names), 'flag')
        return {name: bool(found >> bit & 1) for bit, name in enumerate(names)}

    return Spelling(read, lambda v: bytes([sum(v[name] << bit for bit, name in enumerate(names))]))


def raw(count):
    return Spelling(lambda reader: reader.take(count).hex(), bytes.fromhex)


def key(is_key, prefix=''):
    """32 bytes that may be a public key of the curve; a node id has its prefix when shown."""

    def read(reader):
        data = reader.take(32)
        need(is_key(data), 'key')
        return prefix + data.hex()

    return Spelling(read, lambda text: bytes.fromhex(text.removeprefix(prefix)))


def text(most, shape=None):
    """UTF-8 of at most so many bytes, without what could make a terminal show something else."""

    def read(reader):
        length = reader.number(1)
        need(length <= most, 'bound')
        try:
            value = reader.take(length).decode()
        except UnicodeDecodeError:
            raise Void('text') from None
        need(not CONTROLS.search(value), 'text')
        need(shape is None or shape.fullmatch(value), 'text')
        return value

    return Spelling(read, lambda value: bytes([len(value.encode())]) + value.encode())


def listed(most, spelling, rising=False, least=0, by=lambda value: value):
    def read(reader):
        count = reader.number(1)
        need(least <= count <= most, 'bound')
        values = [spelling.read(reader) for _ in range(count)]
        pairs = zip(values, values[1:])
        need(not rising or all(by(a) < by(b) for a, b in pairs), 'order')
        return values

    return Spelling(read, lambda v: bytes([len(v)]) + b''.join(map(spelling.write, v)))


def fields(**spellings):
    """One spelling after the other; the names are those of the vectors."""

    def read(reader):
        return {name: spelling.read(reader) for name, spelling in spellings.items()}

    return Spelling(read, lambda v: b''.join(s.write(v[name]) for name, s in spellings.items()))


def flattened(spelling, **others):
    """A dictionary among the fields of another, whose names stand side by side in the vectors."""
    rest = fields(**others)
    return Spelling(
        lambda reader: {**spelling.read(reader), **rest.read(reader)},
        lambda value: spelling.write(value) + rest.write(value),
    )


def read_address(reader):
    """An IPv4 address has one spelling, so it is void within IPv6; port 0 is none."""
    family = reader.number(1)
    need(family in (4, 6), 'address')
    host = ipaddress.ip_address(reader.take(4 if family == 4 else 16))
    need(family == 4 or host.ipv4_mapped is None, 'address')
    return {'family': family, 'host': str(host), 'port': PORT.read(reader)}


def write_address(value):
    host = ipaddress.ip_address(value['host']).packed
    return bytes([value['family']]) + host + PORT.write(value['port'])


def read_place(reader):
    """An address that a node can have: no group, not the broadcast to all, not of nobody."""
    value = read_address(reader)
    host = ipaddress.ip_address(value['host'])
    nobody = ipaddress.ip_network('0.0.0.0/8' if value['family'] == 4 else '::/128')
    need(not host.is_multicast and host not in nobody, 'address')
    need(value['host'] != '255.255.255.255', 'address')
    return value


PORT = number(2, lowest=1, reason='address')
ADDRESS = Spelling(read_address, write_address)
IPV4 = Spelling(
    lambda reader: str(ipaddress.IPv4Address(reader.take(4))),
    lambda value: ipaddress.IPv4Address(value).packed,
)
VARINT = Spelling(read_varint, write_varint)
DATE = number(6)
KEY = key(is_ed25519_key)
NODE_ID = key(is_ed25519_key, 'ed25519:')
X25519_KEY = key(is_x25519_key)
PLACE = Spelling(read_place, write_address)
ADDRESSES = listed(8, PLACE)
