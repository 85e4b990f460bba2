"""Messages and datagrams: sections 4 and 5 of docs/PROTOCOL.md, and the keys of section 2."""

from typing import NamedTuple

from curves import x25519
from notation import (
    ADDRESS, ADDRESSES, NODE_ID, Reader, Spelling, VARINT, Void, choice, fields, flags,
    flattened, listed, need, number, raw,
)
from sealing import hkdf, seal, siphash, unseal
from statements import read_statement, take_frame

LEAST_BYTES, MOST_BYTES = 40, 1200
HEAD_BYTES = 1 + 8
SEAL_BYTES = 16
TAGGED_BYTES = 8
FORMS = {1: 'pair', 2: 'discovery'}
HEADERS = {
    'pair': fields(short=raw(8), epoch=number(2), counter=number(4)),
    'discovery': fields(salt=raw(16), counter=number(4)),
}
HEADER_BYTES = {'pair': 14, 'discovery': 20}
ASKING_BYTES = MOST_BYTES - HEAD_BYTES - 1 - HEADER_BYTES['discovery'] - SEAL_BYTES
NO_ECHO = bytes(16).hex()
YES = choice({0: False, 1: True})


def read_statements(reader):
    """Void statements are passed over alone; a frame that is not whole makes all of it void."""
    count = reader.number(1)
    need(count <= 16, 'bound')
    taken, passed = [], []
    for _ in range(count):
        frame = take_frame(reader)
        try:
            read_statement(frame)
            taken.append(frame.hex())
        except Void as void:
            passed.append(str(void))
    return {'statements': taken, **({'passedOver': passed} if passed else {})}


def write_statements(message):
    frames = [bytes.fromhex(frame) for frame in message['statements']]
    return bytes([len(frames)]) + b''.join(frames)


def read_part(reader):
    length = reader.number(2)
    need(length <= 1024, 'bound')
    return reader.take(length).hex()


def write_part(value):
    data = bytes.fromhex(value)
    return len(data).to_bytes(2) + data


def read_buckets(reader):
    return [reader.take(8).hex() for _ in range(16)]


def read_frame(reader):
    """A statement of a hello, where a void one makes the whole void."""
    frame = take_frame(reader)
    read_statement(frame)
    return frame.hex()


HELLO = flattened(
    flags('wantsAnswer', 'isAnswer'),
    sentTo=ADDRESS,
    echo=raw(16),
    statements=listed(8, Spelling(read_frame, bytes.fromhex)),
)


def read_hello(reader):
    """A hello takes the rest of its datagram: padding is whatever follows."""
    hello = HELLO.read(reader)
    need(hello['isAnswer'] != (hello['echo'] == NO_ECHO), 'flag')
    need(not (hello['isAnswer'] and hello['wantsAnswer']), 'flag')
    need(not hello['wantsAnswer'] or len(reader.data) == ASKING_BYTES, 'padding')
    need(not any(reader.take(reader.left())), 'padding')
    return hello


def write_hello(hello):
    """Only what asks is padded; the byte of the type, written before this, counts."""
    written = HELLO.write(hello)
    return written.ljust(ASKING_BYTES - 1, b'\0') if hello['wantsAnswer'] else written


SEQUENCE = number(2)
SHORT_ID = raw(8)
PAIR_TYPES = {
    1: ('ping', fields(sequence=SEQUENCE, view=raw(8))),
    2: ('ack', fields(sequence=SEQUENCE, view=raw(8))),
    3: ('ping-req', fields(sequence=SEQUENCE, target=SHORT_ID)),
    4: ('nack', fields(sequence=SEQUENCE)),
    5: ('relayed-ack', fields(sequence=SEQUENCE)),
    6: ('statements', Spelling(read_statements, write_statements)),
    7: ('want', fields(digests=listed(32, raw(32)))),
    8: ('buckets', fields(
        sums=Spelling(read_buckets, lambda sums: b''.join(map(bytes.fromhex, sums)))
    )),
    9: ('ids', fields(
        bucket=number(1, highest=15), hasBefore=YES, hasMore=YES,
        ids=listed(
            64, fields(short=SHORT_ID, version=number(4)), rising=True, by=lambda i: i['short']
        ),
    )),
    10: ('pull', fields(ids=listed(64, SHORT_ID))),
    11: ('blob-get', fields(digest=raw(16), offset=number(4))),
    12: ('blob-part', fields(
        digest=raw(16), offset=number(4), bytes=Spelling(read_part, write_part)
    )),
}
DISCOVERY_TYPES = {
    16: ('beacon', fields(asksAnswer=YES, nodeId=NODE_ID, boot=VARINT, addresses=ADDRESSES)),
    17: ('hello', Spelling(read_hello, write_hello)),
}
TYPES = PAIR_TYPES | DISCOVERY_TYPES
TYPE_NUMBERS = {name: number for number, (name, _) in TYPES.items()}


def decode_messages(plain, form):
    """What was sealed; reading stops at a type that is not known, and a message of form 2 is
    alone."""
    need(plain, 'empty')
    reader, messages = Reader(plain), []
    while reader.left():
        found = reader.number(1)
        if found not in TYPES:
            break
        need((found in DISCOVERY_TYPES) == (form == 'discovery'), 'type')
        name, spelling = TYPES[found]
        messages.append({'type': name, **spelling.read(reader)})
        if form == 'discovery':
            reader.end()
    return messages


def encode_messages(messages):
    numbers = [TYPE_NUMBERS[message['type']] for message in messages]
    parts = [bytes([n]) + TYPES[n][1].write(m) for n, m in zip(numbers, messages)]
    return b''.join(parts)


class Opened(NamedTuple):
    """A datagram whose tag is good."""

    header: dict
    associated: bytes
    sealed: bytes


def open_header(datagram, tag_key):
    need(LEAST_BYTES <= len(datagram) <= MOST_BYTES, 'length')
    need(datagram[0] == 1, 'version')
    need(datagram[9] in FORMS, 'form')
    form = FORMS[datagram[9]]
    reader = Reader(datagram[HEAD_BYTES + 1 :])
    header = {'form': form, **HEADERS[form].read(reader)}
    sealed = reader.take(reader.left())
    need(len(sealed) >= SEAL_BYTES, 'length')
    tagged = datagram[HEAD_BYTES : len(datagram) - len(sealed) + TAGGED_BYTES]
    need(siphash(tag_key, tagged) == int.from_bytes(datagram[1:9]), 'tag')
    associated = datagram[:1] + datagram[HEAD_BYTES : len(datagram) - len(sealed)]
    return Opened(header, associated, sealed)


def nonce_of(header):
    epoch = header.get('epoch', 0).to_bytes(2)
    return bytes(2) + epoch + bytes(4) + header['counter'].to_bytes(4)


def open_sealed(opened, key):
    plain = unseal(key, nonce_of(opened.header), opened.associated, opened.sealed)
    need(plain is not None, 'seal')
    return plain


def seal_datagram(header, plain, key, tag_key):
    """The datagram from what it says, by which both halves of the page are checked."""
    form = next(number for number, name in FORMS.items() if name == header['form'])
    head = bytes([form]) + HEADERS[header['form']].write(header)
    sealed = seal(key, nonce_of(header), b'\1' + head, plain)
    tag = siphash(tag_key, head + sealed[:TAGGED_BYTES]).to_bytes(8)
    return b'\1' + tag + head + sealed


def tag_key_of(secret, cluster_id):
    return hkdf(secret, cluster_id, b'cluster-os/1 tag')[:16]


def discovery_key_of(secret, salt, cluster_id):
    return hkdf(secret, salt, b'cluster-os/1 discovery ' + cluster_id)


class End(NamedTuple):
    """One end of a pair: who it is and its process's salt, with the half of the gossip key that
    is at hand."""

    node_id: bytes
    salt: bytes
    gossip: bytes


def pair_key_of(sender, receiver, epoch, cluster_id):
    """As the sender makes it: of its own secret and the receiver's public half."""
    info = cluster_id + sender.node_id + receiver.node_id + epoch.to_bytes(2)
    shared = x25519(sender.gossip, receiver.gossip)
    return hkdf(shared, sender.salt + receiver.salt, b'cluster-os/1 pair ' + info)
