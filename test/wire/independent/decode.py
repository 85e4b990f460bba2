"""Reads test/wire/vectors.json, or the file that is named, by docs/PROTOCOL.md. It shares no code
with the project and, but for tables.py, was written from page and vectors without a look at it, to
prove that the page suffices; the names of values and the words of reasons are those of the vectors.
Prints one line of JSON, what was read and each mismatch; any mismatch ends it with 1. Not here:
what a node does with what it has read, for which there are no vectors."""

import json
import pathlib
import sys

from curves import ed25519_public, ed25519_sign, x25519
from datagrams import (
    End, decode_messages, discovery_key_of, encode_messages, nonce_of, open_header, open_sealed,
    pair_key_of, seal_datagram, tag_key_of,
)
from notation import Void
from sealing import hkdf
from statements import decode_statement, is_signed, signed_bytes, signer_of, unsigned_bytes
from tables import buckets_of, ids_of, kept_of, version_of, view_of

VECTORS = pathlib.Path(__file__).parent.parent / 'vectors.json'
PUBLIC_OF = {
    'wireguard': x25519, 'gossip': x25519, 'ssh-user': ed25519_public, 'ssh-host': ed25519_public
}
# Sections of the file that hold no bytes of their own to read.
PLAIN_SECTIONS = {'about', 'clusterId'}


def plain_of(data):
    """Bytes as the vectors have them."""
    return data.hex() if isinstance(data, bytes) else data


class Check:
    """The vectors, what was read of them, and what is otherwise than they say."""

    def __init__(self, vectors):
        self.vectors = vectors
        self.cluster_id = bytes.fromhex(vectors['clusterId'])
        self.discovery = bytes.fromhex(vectors['secrets']['discovery'])
        self.tag_key = tag_key_of(self.discovery, self.cluster_id)
        self.nodes = {node['name']: node for node in vectors['nodes']}
        self.seeds = self.seeds_by_key()
        self.known = {}
        self.read, self.checks, self.mismatches = {}, 0, []

    def seeds_by_key(self):
        holders = [s for s in self.vectors['secrets'].values() if isinstance(s, dict)]
        return {h['key']: bytes.fromhex(h['seed']) for h in holders + self.vectors['nodes']}

    def same(self, where, what, found, said):
        self.checks += 1
        if plain_of(found) != said:
            self.mismatches.append({'where': where, 'what': what, 'found': plain_of(found)})

    def each(self, section, look, items=None):
        """Looks at every vector of a section; what is void where it must not be is a mismatch."""
        items = self.vectors[section] if items is None else items
        for index, item in enumerate(items):
            try:
                look(f'{section}[{index}]', item)
            except Void as void:
                self.same(f'{section}[{index}]', 'void', str(void), None)
        self.read[section] = len(items)

    def secret(self, where, holder):
        self.same(where, 'key', ed25519_public(bytes.fromhex(holder['seed'])), holder['key'])

    def node(self, where, node):
        self.secret(where, node)
        self.same(where, 'id', f'ed25519:{node["key"]}', node['id'])
        for derived in node['derived']:
            purpose, index = derived['purpose'], derived['index']
            info = f'{purpose}/{index}'.encode()
            secret = hkdf(bytes.fromhex(node['seed']), b'cluster-os/1', info)
            self.same(where, f'{purpose}/{index} secret', secret, derived['secret'])
            self.same(where, f'{purpose}/{index}', PUBLIC_OF[purpose](secret), derived['publicKey'])

    def end(self, name, half):
        node = self.nodes[name]
        gossip = next(d for d in node['derived'] if (d['purpose'], d['index']) == ('gossip', 0))
        return End(*map(bytes.fromhex, (node['key'], node['salt'], gossip[half])))

    def discovery_key(self, salt):
        return discovery_key_of(self.discovery, bytes.fromhex(salt), self.cluster_id)

    def pair_key(self, sender, receiver, epoch):
        ends = self.end(sender, 'secret'), self.end(receiver, 'publicKey')
        return pair_key_of(*ends, epoch, self.cluster_id)

    def keys(self, where, named):
        kind, said = named
        if kind == 'tag':
            self.same(where, kind, self.tag_key, said)
        elif kind == 'discovery':
            found = self.discovery_key(self.nodes[said['sender']]['salt'])
            self.same(where, kind, found, said['key'])
        else:
            found = self.pair_key(said['sender'], said['receiver'], said['epoch'])
            self.same(where, kind, found, said['key'])

    def statement(self, where, vector):
        """Read, named, signed by whom the table says, and made again from what it says."""
        statement = decode_statement(bytes.fromhex(vector['bytes']))
        self.same(where, 'kind', statement.kind, vector['kind'])
        self.same(where, 'body', statement.body, vector['body'])
        self.same(where, 'digest', statement.digest(), vector['digest'])
        signed = signed_bytes(statement.unsigned, self.cluster_id)
        self.same(where, 'signed', signed, vector['signed'])
        signer = signer_of(statement, self.cluster_id, self.known)
        self.same(where, 'signer', signer, vector['signer'])
        self.same(where, 'signature', is_signed(statement, self.cluster_id, self.known), True)
        unsigned = unsigned_bytes(vector['kind'], vector['body'])
        seed = self.seeds[vector['signer']]
        again = unsigned + ed25519_sign(seed, signed_bytes(unsigned, self.cluster_id))
        self.same(where, 'made again', again, vector['bytes'])

    def messages(self, where, vector):
        plain = bytes.fromhex(vector['plain'])
        found = decode_messages(plain, vector['form'])
        self.same(where, 'messages', found, vector['messages'])
        for message in found:
            if 'statements' in message:
                self.carried(where, message['statements'])

    def carried(self, where, frames):
        for frame in frames:
            statement = decode_statement(bytes.fromhex(frame))
            self.same(where, 'signature', is_signed(statement, self.cluster_id, self.known), True)

    def exact_messages(self, where, vector):
        self.messages(where, vector)
        self.same(where, 'made again', encode_messages(vector['messages']), vector['plain'])

    def key_of(self, header):
        """The key by the header alone; the vectors have one pair only."""
        if header['form'] == 'discovery':
            return self.discovery_key(header['salt'])
        by_short = {node['key'][:16]: name for name, node in self.nodes.items()}
        sender = by_short[header['short']]
        receiver = next(name for name in self.nodes if name != sender)
        return self.pair_key(sender, receiver, header['epoch'])

    def datagram(self, where, vector):
        opened = open_header(bytes.fromhex(vector['datagram']), self.tag_key)
        self.same(where, 'header', opened.header, vector['header'])
        self.same(where, 'nonce', nonce_of(opened.header), vector['nonce'])
        self.same(where, 'associated', opened.associated, vector['associated'])
        key = self.key_of(opened.header)
        self.same(where, 'key', key, vector['key'])
        plain = open_sealed(opened, key)
        self.same(where, 'plain', plain, vector['plain'])
        messages = decode_messages(plain, opened.header['form'])
        again = encode_messages(messages)
        datagram = seal_datagram(vector['header'], again, key, self.tag_key)
        self.same(where, 'made again', datagram, vector['datagram'])

    def table(self, where, vector):
        members = [
            (decode_statement(bytes.fromhex(m['record'])), m['state']) for m in vector['members']
        ]
        for (record, state), member in zip(members, vector['members']):
            self.same(where, 'version', version_of(record, state)[:8], member['version'])
        kept = [decode_statement(bytes.fromhex(frame)) for frame in vector['statements']]
        self.same(where, 'view', view_of(members, kept), vector['view'])
        buckets = [bucket.hex() for bucket in buckets_of(members, kept)]
        self.same(where, 'buckets', buckets, vector['buckets'])
        self.same(where, 'ids', ids_of(members, kept), vector['ids'])

    def newer(self, where, vector):
        records = [decode_statement(bytes.fromhex(vector[name])) for name in ('one', 'other')]
        for record in records:
            self.same(where, 'signature', is_signed(record, self.cluster_id, self.known), True)
        self.same(where, vector['why'], kept_of(*records), vector['kept'])

    def refused(self, where, vector):
        data, what = bytes.fromhex(vector['bytes']), vector['what']
        try:
            if what == 'statement':
                decode_statement(data)
            elif what == 'datagram':
                open_sealed(open_header(data, self.tag_key), bytes.fromhex(vector['key']))
            else:
                decode_messages(data, what.removesuffix(' messages'))
        except Void as void:
            self.same(where, vector['why'], str(void), vector['reason'])
        else:
            self.same(where, vector['why'], 'taken', vector['reason'])

    def run(self):
        """All sections; one that nobody reads would prove nothing, so it is a mismatch."""
        secrets = {k: v for k, v in self.vectors['secrets'].items() if isinstance(v, dict)}
        self.each('secrets', self.secret, list(secrets.values()))
        self.same('clusterId', 'key', self.vectors['clusterId'], secrets['root']['key'])
        self.each('nodes', self.node)
        keys = self.vectors['keys']
        named = [(kind, keys[kind]) for kind in ('tag', 'discovery')]
        self.each('keys', self.keys, named + [('pair', key) for key in keys['pair']])
        self.learn()
        self.each('statements', self.statement)
        self.each('messages', self.exact_messages)
        self.each('lenient', self.messages)
        self.each('datagrams', self.datagram)
        self.each('tables', self.table)
        self.each('newer', self.newer)
        self.each('refused', self.refused)
        unread = set(self.vectors) - set(self.read) - PLAIN_SECTIONS
        self.same('file', 'sections that nobody reads', sorted(unread), [])

    def learn(self):
        """Statements name others by digest, so all are known before the first is checked."""
        for vector in self.vectors['statements']:
            try:
                statement = decode_statement(bytes.fromhex(vector['bytes']))
            except Void:
                continue
            self.known[statement.digest()] = statement


def main():
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else VECTORS
    check = Check(json.loads(path.read_text(encoding='utf-8')))
    check.run()
    report = {'read': check.read, 'checks': check.checks, 'mismatches': check.mismatches}
    print(json.dumps(report, ensure_ascii=False))
    return 1 if check.mismatches else 0


sys.exit(main())
