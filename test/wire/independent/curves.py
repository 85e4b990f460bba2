"""Curve25519 in both of its forms, written from RFC 7748 and RFC 8032 with plain integers. Slow and
not constant in time: it checks vectors whose secrets are public, and must never hold a real key."""

import hashlib

PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, PRIME) % PRIME
ROOT_OF_MINUS_ONE = pow(2, (PRIME - 1) // 4, PRIME)
MONTGOMERY_A = 486662
SIGN = 1 << 255
NEUTRAL = (0, 1, 1, 0)


def little(data):
    """Both curves write numbers with the least significant byte first, unlike the protocol."""
    return int.from_bytes(data, 'little')


def add(p, q):
    """The sum of two points in extended coordinates (RFC 8032, section 5.1.4)."""
    a = (p[1] - p[0]) * (q[1] - q[0]) % PRIME
    b = (p[1] + p[0]) * (q[1] + q[0]) % PRIME
    c = 2 * p[3] * q[3] * D % PRIME
    d = 2 * p[2] * q[2] % PRIME
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % PRIME, g * h % PRIME, f * g % PRIME, e * h % PRIME)


def multiply(scalar, point):
    """Double and add; the addition law is complete, so it doubles as well."""
    result = NEUTRAL
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def compress(point):
    inverse = pow(point[2], -1, PRIME)
    x, y = point[0] * inverse % PRIME, point[1] * inverse % PRIME
    return (y | (x & 1) << 255).to_bytes(32, 'little')


def decompress(data):
    """The point of 32 bytes, or None where they are the canonical spelling of no point."""
    y, sign = little(data) & (SIGN - 1), little(data) >> 255
    if y >= PRIME:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if x * x % PRIME != square:
        x = x * ROOT_OF_MINUS_ONE % PRIME
    if x * x % PRIME != square or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = PRIME - x
    return (x, y, 1, x * y % PRIME)


BASE = decompress((4 * pow(5, -1, PRIME) % PRIME).to_bytes(32, 'little'))


def clamp(secret):
    return little(secret) & ((1 << 254) - 8) | 1 << 254


def ed25519_public(seed):
    return compress(multiply(clamp(hashlib.sha512(seed).digest()[:32]), BASE))


def challenge(*parts):
    return little(hashlib.sha512(b''.join(parts)).digest()) % ORDER


def ed25519_sign(seed, message):
    """Signatures are a function of seed and message, so a vector can be made again to the bit."""
    hashed = hashlib.sha512(seed).digest()
    nonce = challenge(hashed[32:], message)
    commitment = compress(multiply(nonce, BASE))
    number = challenge(commitment, ed25519_public(seed), message)
    return commitment + ((nonce + number * clamp(hashed[:32])) % ORDER).to_bytes(32, 'little')


def ed25519_verify(public, message, signature):
    """Without cofactor: what S and the challenge give has to be R, byte for byte."""
    key, s = decompress(public), little(signature[32:])
    if key is None or s >= ORDER:
        return False
    minus = (PRIME - key[0], key[1], 1, PRIME - key[3])
    number = challenge(signature[:32], public, message)
    return compress(add(multiply(s, BASE), multiply(number, minus))) == signature[:32]


def x25519(secret, public=(9).to_bytes(32, 'little')):
    """The ladder of RFC 7748, section 5; without a second argument the public half of a secret."""
    scalar, u = clamp(secret), little(public) & (SIGN - 1)
    x2, z2, x3, z3 = 1, 0, u, 1
    for bit in f'{scalar:0255b}':
        if bit == '1':
            x2, z2, x3, z3 = x3, z3, x2, z2
        cross, other = (x3 - z3) * (x2 + z2), (x3 + z3) * (x2 - z2)
        x3, z3 = (cross + other) ** 2 % PRIME, u * (cross - other) ** 2 % PRIME
        x2, z2 = doubled(x2, z2)
        if bit == '1':
            x2, z2, x3, z3 = x3, z3, x2, z2
    return (x2 * pow(z2, PRIME - 2, PRIME) % PRIME).to_bytes(32, 'little')


def doubled(x, z):
    """Twice a point of the Montgomery curve of which x / z alone is known."""
    squares = (x * x - z * z) ** 2 % PRIME
    return squares, 4 * x * z * (x * x + MONTGOMERY_A * x * z + z * z) % PRIME


def is_small_order(x, z):
    """Eight times a point is nothing just if its order divides the cofactor 8; the twist has 4."""
    for _ in range(3):
        x, z = doubled(x, z)
    return z == 0


def is_x25519_key(data):
    u = little(data)
    return u < PRIME and not is_small_order(u, 1)


def is_ed25519_key(data):
    """By y alone, which is u = (1 + y) / (1 - y) of the other form: whether an x belongs to it is
    seen only when the key is used."""
    y = little(data) & (SIGN - 1)
    return y < PRIME and not is_small_order((1 + y) % PRIME, (1 - y) % PRIME)
