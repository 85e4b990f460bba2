"""Writes derived.json: what openssl, wg(8) and ssh-keygen(1) make of seeds. It shares no code with
the project. Needs openssl 3, wireguard-tools and openssh-client."""

import base64
import hashlib
import json
import pathlib
import struct
import subprocess
import tempfile

HERE = pathlib.Path(__file__).parent


def call(*words, data=b''):
    return subprocess.run(words, input=data, capture_output=True, check=True).stdout


def hkdf(seed, info):
    options = ['digest:SHA2-256', f'hexkey:{seed.hex()}', 'salt:cluster-os/1', f'info:{info}']
    words = [word for option in options for word in ('-kdfopt', option)]
    return call('openssl', 'kdf', '-keylen', '32', '-binary', *words, 'HKDF')


def ed25519(secret):
    der = bytes.fromhex('302e020100300506032b657004220420') + secret
    return call('openssl', 'pkey', '-inform', 'DER', '-pubout', '-outform', 'DER', data=der)[-32:]


def fingerprint(public):
    name = b'ssh-ed25519'
    blob = struct.pack('>I', len(name)) + name + struct.pack('>I', len(public)) + public
    with tempfile.NamedTemporaryFile() as file:
        file.write(b'ssh-ed25519 ' + base64.b64encode(blob) + b'\n')
        file.flush()
        return call('ssh-keygen', '-l', '-f', file.name).split()[1].decode()


rows = []
for number in range(3):
    seed = hashlib.sha256(f'seed {number}'.encode()).digest()
    for purpose in ('wireguard', 'gossip', 'ssh-user', 'ssh-host'):
        for index in (0, 1):
            secret = hkdf(seed, f'{purpose}/{index}')
            row = {'seed': seed.hex(), 'purpose': purpose, 'index': index}
            if purpose.startswith('ssh'):
                row['publicKey'] = ed25519(secret).hex()
                row['fingerprint'] = fingerprint(ed25519(secret))
            else:
                public = call('wg', 'pubkey', data=base64.b64encode(secret))
                row['publicKey'] = base64.b64decode(public).hex()
            rows.append(row)
(HERE / 'derived.json').write_text(
    '[\n' + ',\n'.join('  ' + json.dumps(row) for row in rows) + '\n]\n'
)
