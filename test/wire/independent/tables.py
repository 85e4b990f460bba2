"""What two members compare: section 8 of docs/PROTOCOL.md, and which of two records is newer by
section 3. Written from the page, but by one who knew the agent's code."""

import hashlib

STATES = {'alive': 0, 'dead': 1, 'quarantined': 2}


def subject_of(statement):
    """The key whose first 8 bytes choose the bucket of a statement, in hexadecimal digits."""
    body = statement.body
    named = {
        'certificate': lambda: body['nodeId'],
        'receipt': lambda: body['nodeId'],
        'delegation': lambda: body['admissionKey'],
        'operator': lambda: body['operatorKey'],
        'revocation': lambda: body['target']['key'],
        'rotation': lambda: body['rootKey'],
    }
    return named[statement.kind]().removeprefix('ed25519:')


def version_of(record, state):
    name = bytes.fromhex(record.digest())
    return hashlib.sha256(b'member' + name + bytes([STATES[state]])).digest()


def parts_of(members, statements):
    """The short id of the subject with the first 8 bytes of each thing that is summed."""
    for record, state in members:
        yield record.body['nodeId'].removeprefix('ed25519:')[:16], version_of(record, state)[:8]
    for statement in statements:
        yield subject_of(statement)[:16], bytes.fromhex(statement.digest())[:8]


def xor(parts):
    total = 0
    for part in parts:
        total ^= int.from_bytes(part)
    return total.to_bytes(8)


def view_of(members, statements):
    return xor(part for _, part in parts_of(members, statements))


def buckets_of(members, statements):
    parts = list(parts_of(members, statements))
    return [xor(p for short, p in parts if int(short[0], 16) == bucket) for bucket in range(16)]


def ids_of(members, statements):
    """All short ids, rising, each with the first 4 bytes of the sum of all of its parts."""
    parts = list(parts_of(members, statements))
    return [
        {'short': short, 'version': int.from_bytes(xor(p for s, p in parts if s == short)[:4])}
        for short in sorted({short for short, _ in parts})
    ]


def kept_of(one, other):
    """The newer of two records; of one version the lower digest stays."""
    def age(record):
        return record.body['boot'], record.body['incarnation']

    if age(one) != age(other):
        return 'one' if age(one) > age(other) else 'other'
    return 'one' if one.digest() < other.digest() else 'other'
