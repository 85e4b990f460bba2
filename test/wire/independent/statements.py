"""Statements: section 3 of docs/PROTOCOL.md, its table of kinds and its table of fields."""

import hashlib
import re
from typing import NamedTuple

from curves import ed25519_verify
from notation import (
    ADDRESSES, DATE, HOSTNAME, IPV4, KEY, NODE_ID, PORT, ROLE, Reader, Spelling, VARINT,
    X25519_KEY, at_least, choice, fields, flags, listed, need, number, raw, text, whole,
)

MOST_BYTES = 640
FRAME_BYTES = 3 + 64
MOST_FIELDS = 32
FIRST_PASSED_OVER = 128
RIGHTS = choice({0: False, 1: True})

HEALTH = flags(
    'isLoaded', 'isShortOfMemory', 'isShortOfDisk', 'hasFailedUnits', 'isClockOff', 'isUnhealthy'
)
RECORD_FIELDS = {
    1: ('wireguardKey', X25519_KEY),
    2: ('sshUserKey', KEY),
    3: ('sshHostKey', KEY),
    4: ('roles', listed(16, text(32, ROLE), rising=True, least=1)),
    5: ('health', HEALTH),
    6: ('overlayIpv4', IPV4),
    7: ('agentDigest', raw(16)),
    8: ('details', fields(digest=raw(16), size=number(4, highest=16384))),
    9: ('hostname', text(63, HOSTNAME)),
    10: ('wireguardPort', PORT),
    11: ('leftAt', DATE),
}


def read_protocol(reader):
    lowest, highest = reader.take(2)
    need(1 <= lowest <= highest, 'bound')
    return {'lowest': lowest, 'highest': highest}


PROTOCOL = Spelling(read_protocol, lambda value: bytes([value['lowest'], value['highest']]))
RECORD_HEAD = fields(
    nodeId=NODE_ID,
    boot=VARINT,
    incarnation=VARINT,
    status=choice({0: 'here', 1: 'left', 2: 'conflict'}),
    protocol=PROTOCOL,
    salt=raw(16),
    gossipKey=X25519_KEY,
    addresses=ADDRESSES,
)


def read_record(reader):
    """No field of roles says that there are none; other absent fields are absent in the vectors."""
    record = {**RECORD_HEAD.read(reader), 'roles': []}
    before, others, count = 0, [], reader.number(1)
    need(count <= MOST_FIELDS, 'bound')
    for _ in range(count):
        field = reader.number(1)
        need(field > before, 'order')
        before, data = field, reader.take(reader.number(1))
        if field in RECORD_FIELDS:
            name, spelling = RECORD_FIELDS[field]
            record[name] = whole(spelling, data)
        else:
            need(field >= FIRST_PASSED_OVER, 'field')
            others.append({'number': field, 'bytes': data.hex()})
    return {**record, 'otherFields': others} if others else record


def dated(spelling):
    """What has an end has it after its beginning."""

    def read(reader):
        value = spelling.read(reader)
        need(value['notBefore'] <= value['notAfter'], 'bound')
        return value

    return Spelling(read, spelling.write)


def write_record(record):
    known = {
        field: spelling.write(record[name])
        for field, (name, spelling) in RECORD_FIELDS.items()
        if record.get(name, []) != []
    }
    others = record.get('otherFields', [])
    every = known | {other['number']: bytes.fromhex(other['bytes']) for other in others}
    parts = [bytes([field, len(data)]) + data for field, data in sorted(every.items())]
    return RECORD_HEAD.write(record) + bytes([len(parts)]) + b''.join(parts)


NAME = text(32, re.compile('.+', re.DOTALL))
KINDS = {
    1: ('record', Spelling(read_record, write_record)),
    2: ('certificate', fields(nodeId=NODE_ID, delegation=raw(32), mayCoordinate=RIGHTS)),
    3: ('delegation', dated(fields(
        admissionKey=KEY, operator=raw(32), notBefore=DATE, notAfter=DATE, mayCoordinate=RIGHTS,
        mostJoins=VARINT, mostCoordinators=VARINT, expectedMembers=VARINT,
        roles=listed(16, text(32, ROLE), rising=True), name=NAME,
    ))),
    4: ('operator', dated(fields(operatorKey=KEY, notBefore=DATE, notAfter=DATE, name=NAME))),
    5: ('receipt', fields(nodeId=NODE_ID, certificate=raw(32), date=DATE, acceptor=NODE_ID)),
    6: ('revocation', fields(
        target=fields(kind=choice({1: 'node', 2: 'admission', 3: 'operator'}), key=KEY),
        date=DATE, takesAdmitted=choice({0: False, 1: True}), signer=KEY,
    )),
    7: ('accusation', fields(
        accuser=NODE_ID, subject=NODE_ID, boot=VARINT, incarnation=VARINT, since=DATE,
    )),
    8: ('rotation', fields(rootKey=KEY, number=at_least(1, VARINT), countersignature=raw(64))),
}
NUMBERS = {name: number for number, (name, _) in KINDS.items()}


class Statement(NamedTuple):
    kind: str
    body: dict
    unsigned: bytes
    signature: bytes

    def data(self):
        return self.unsigned + self.signature

    def digest(self):
        return hashlib.sha256(self.data()).hexdigest()


def take_frame(reader):
    """The bytes of one statement, whatever its kind: how others are passed over."""
    head = reader.take(3)
    length = int.from_bytes(head[1:])
    need(FRAME_BYTES + length <= MOST_BYTES, 'bound')
    return head + reader.take(length + 64)


def read_statement(frame):
    need(frame[0] in KINDS, 'kind')
    kind, spelling = KINDS[frame[0]]
    return Statement(kind, whole(spelling, frame[3:-64]), frame[:-64], frame[-64:])


def decode_statement(data):
    reader = Reader(data)
    frame = take_frame(reader)
    reader.end()
    return read_statement(frame)


def unsigned_bytes(kind, body):
    """A statement from what it says, up to its signature."""
    written = KINDS[NUMBERS[kind]][1].write(body)
    return bytes([NUMBERS[kind]]) + len(written).to_bytes(2) + written


def signed_bytes(unsigned, cluster_id):
    return b'cluster-os/1 statement\0' + cluster_id + unsigned


def signer_of(statement, cluster_id, known):
    """The key that must have signed by the table, None where what names it is not in `known`, a
    dictionary of statements by digest."""
    body = statement.body
    if statement.kind in ('operator', 'rotation'):
        return cluster_id
    if statement.kind in ('certificate', 'delegation'):
        above, name = {
            'certificate': ('delegation', 'admissionKey'), 'delegation': ('operator', 'operatorKey')
        }[statement.kind]
        named = known.get(body[above])
        return bytes.fromhex(named.body[name]) if named and named.kind == above else None
    own = {'record': 'nodeId', 'receipt': 'acceptor', 'accusation': 'accuser'}
    return bytes.fromhex(body[own.get(statement.kind, 'signer')].removeprefix('ed25519:'))


def is_signed(statement, cluster_id, known):
    """Whether all signatures are good: a rotation has that of the new key within its body."""
    signed = signed_bytes(statement.unsigned, cluster_id)
    signer = signer_of(statement, cluster_id, known)
    good = signer is not None and ed25519_verify(signer, signed, statement.signature)
    if statement.kind != 'rotation':
        return good
    new, counter = (bytes.fromhex(statement.body[x]) for x in ('rootKey', 'countersignature'))
    return good and ed25519_verify(new, signed[:-64], counter)
