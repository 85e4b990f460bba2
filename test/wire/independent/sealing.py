"""HKDF (RFC 5869), SipHash-2-4 (its authors' paper) and AES-256-GCM (FIPS 197, NIST SP 800-38D),
each from its document. As slow as curves.py, and as unfit for real secrets."""

import hashlib
import hmac
import struct

WORD = 2**64 - 1


def hkdf(secret, salt, info):
    """32 bytes are one block of the hash, so one step of the expansion is all."""
    extracted = hmac.digest(salt, secret, hashlib.sha256)
    return hmac.digest(extracted, info + b'\x01', hashlib.sha256)


def siphash(key, message):
    """The sum as a number: its bytes are for the caller to order."""
    k0, k1 = struct.unpack('<QQ', key)
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261,
         k1 ^ 0x7465646279746573]
    whole = message + bytes(-(len(message) + 1) % 8) + bytes([len(message) % 256])
    for (word,) in struct.iter_unpack('<Q', whole):
        v[3] ^= word
        sip_rounds(v, 2)
        v[0] ^= word
    v[2] ^= 0xFF
    sip_rounds(v, 4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def sip_rounds(v, count):
    for _ in range(count):
        for a, b, by, turn in ((0, 1, 13, 32), (2, 3, 16, 0), (0, 3, 21, 0), (2, 1, 17, 32)):
            v[a] = (v[a] + v[b]) & WORD
            v[b] = rotate(v[b], by) ^ v[a]
            v[a] = rotate(v[a], turn)


def rotate(word, by):
    return (word << by | word >> (64 - by)) & WORD


def xtime(byte):
    """Times x in the field of AES."""
    return byte << 1 ^ (0x11B if byte & 0x80 else 0)


def substitutions():
    """The S-box: the inverse in the field, by powers of its generator 3, and the affine map."""
    powers = [1]
    for _ in range(254):
        powers.append(powers[-1] ^ xtime(powers[-1]))
    box = [0x63] * 256
    for exponent, value in enumerate(powers):
        inverse = powers[-exponent % 255]
        turns = inverse * 0x101
        box[value] ^= inverse ^ (turns >> 7 ^ turns >> 6 ^ turns >> 5 ^ turns >> 4) & 0xFF
    return box


SBOX = substitutions()


def round_keys(key):
    """The 15 round keys of a key of 256 bits, 16 bytes each."""
    words, constant = [list(key[at : at + 4]) for at in range(0, 32, 4)], 1
    for at in range(8, 60):
        word = words[-1]
        if at % 8 == 0:
            word = [SBOX[byte] for byte in word[1:] + word[:1]]
            word[0] ^= constant
            constant = xtime(constant)
        elif at % 8 == 4:
            word = [SBOX[byte] for byte in word]
        words.append([a ^ b for a, b in zip(words[-8], word)])
    return [sum(words[at : at + 4], []) for at in range(0, 60, 4)]


def encrypt_block(keys, block):
    state = [a ^ b for a, b in zip(block, keys[0])]
    for key in keys[1:-1]:
        state = [a ^ b for a, b in zip(mix_columns(shift_rows(state)), key)]
    return bytes(a ^ b for a, b in zip(shift_rows(state), keys[-1]))


def shift_rows(state):
    """Substitutes the bytes on the way: the two steps commute."""
    return [SBOX[state[(at + at % 4 * 4) % 16]] for at in range(16)]


def mix_columns(state):
    mixed = []
    for at in range(0, 16, 4):
        column = state[at : at + 4]
        every = column[0] ^ column[1] ^ column[2] ^ column[3]
        mixed += [column[i] ^ every ^ xtime(column[i] ^ column[(i + 1) % 4]) for i in range(4)]
    return mixed


def times(x, y):
    """The product in GCM's field, whose bits count from the left."""
    product = 0
    for bit in range(127, -1, -1):
        if x >> bit & 1:
            product ^= y
        y = y >> 1 ^ (0xE1 << 120 if y & 1 else 0)
    return product


def ghash(subkey, associated, sealed):
    lengths = struct.pack('>QQ', len(associated) * 8, len(sealed) * 8)
    whole = b''.join(part + bytes(-len(part) % 16) for part in (associated, sealed)) + lengths
    total = 0
    for at in range(0, len(whole), 16):
        total = times(total ^ int.from_bytes(whole[at : at + 16]), subkey)
    return total.to_bytes(16)


def keystream(keys, nonce, first, text):
    """The text joined by exclusive or with the blocks of the counter from `first` on."""
    blocks = [
        encrypt_block(keys, nonce + struct.pack('>I', first + number))
        for number in range((len(text) + 15) // 16)
    ]
    return bytes(a ^ b for a, b in zip(text, b''.join(blocks)))


def gcm_tag(keys, nonce, associated, sealed):
    subkey = int.from_bytes(encrypt_block(keys, bytes(16)))
    return keystream(keys, nonce, 1, ghash(subkey, associated, sealed))


def seal(key, nonce, associated, plain):
    keys = round_keys(key)
    text = keystream(keys, nonce, 2, plain)
    return text + gcm_tag(keys, nonce, associated, text)


def unseal(key, nonce, associated, sealed):
    """The plain bytes, or None where the tag at the end does not fit."""
    keys, text = round_keys(key), sealed[:-16]
    if gcm_tag(keys, nonce, associated, text) != sealed[-16:]:
        return None
    return keystream(keys, nonce, 2, text)
