#!/usr/bin/env python3
"""A second implementation of Specs/00 to 02, held against Specs/vectors: python3 Examples/verify_vectors.py

It was written from the specifications alone and needs nothing but Python 3.9. It is slow and says nothing about timing:
it is for reading beside the specification, and for checking what the first implementation claims.
"""
import base64
import hashlib
import json
import os
import sys

VECTORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Specs", "vectors")


class Refused(Exception):
    """The bytes are not what they should be; the argument is the reason."""


# --- 01 Encoding -------------------------------------------------------------------------------------------------------

COUNT_MAX = 4 * 1024 * 1024
DEPTH_MAX = 16


class Reader:
    """Reads deterministic CBOR: int, bytes, str, list, dict with pairs in order, bool, None."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def head(self):
        if self.at >= len(self.data):
            raise Refused("truncated")
        first = self.data[self.at]
        major, info = first >> 5, first & 31
        if major == 6 or (major == 7 and first not in (0xF4, 0xF5, 0xF6)):
            raise Refused("unsupported type")
        if major == 7 or info < 24:
            self.at += 1
            return major, info
        if info == 31:
            raise Refused("indefinite length")
        if info > 27:
            raise Refused("unsupported type")
        size = 1 << (info - 24)
        raw = self.data[self.at + 1 : self.at + 1 + size]
        if len(raw) < size:
            raise Refused("truncated")
        value = int.from_bytes(raw, "big")
        if value < (24, 0x100, 0x10000, 0x100000000)[info - 24]:
            raise Refused("not shortest")
        self.at += 1 + size
        return major, value

    def item(self, depth=0, depth_max=DEPTH_MAX):
        major, value = self.head()
        if major == 0:
            return value
        if major == 1:
            return -1 - value
        if major == 7:
            return {20: False, 21: True, 22: None}[value]
        if value > COUNT_MAX:
            raise Refused("too long")
        if major in (2, 3):
            raw = self.data[self.at : self.at + value]
            if len(raw) < value:
                raise Refused("truncated")
            self.at += value
            if major == 2:
                return raw
            try:
                return raw.decode("utf-8")  # Python's decoder is strict about surrogates and overlong forms
            except UnicodeDecodeError:
                raise Refused("invalid UTF-8")
        if depth >= depth_max:
            raise Refused("too deep")
        if value * (1 if major == 4 else 2) > len(self.data) - self.at:
            raise Refused("truncated")
        if major == 4:
            return [self.item(depth + 1, depth_max) for _ in range(value)]
        pairs, previous = [], None
        for _ in range(value):
            start = self.at
            key = self.item(depth + 1, depth_max)
            encoded = self.data[start : self.at]
            if previous is not None and encoded <= previous:
                raise Refused("order")
            previous = encoded
            pairs.append((key, self.item(depth + 1, depth_max)))
        return Map(pairs)


class Map:
    """A map as its pairs, since a key may be any item."""

    def __init__(self, pairs):
        self.pairs = pairs


def decode(data, **limits):
    reader = Reader(data)
    value = reader.item(**limits)
    if reader.at != len(data):
        raise Refused("trailing bytes")
    return value


def encode(value):
    def head(major, n):
        if n < 24:
            return bytes([major << 5 | n])
        for info, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
            if n < 1 << (8 * size):
                return bytes([major << 5 | info]) + n.to_bytes(size, "big")
        raise ValueError(n)

    if value is None or isinstance(value, bool):
        return {False: b"\xf4", True: b"\xf5", None: b"\xf6"}[value]
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        raw = value.encode("utf-8")
        return head(3, len(raw)) + raw
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(encode, value))
    pairs = sorted((encode(k), encode(v)) for k, v in value.pairs)
    return head(5, len(pairs)) + b"".join(k + v for k, v in pairs)


# --- 00 Conventions: hashes and signatures ---------------------------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
NEUTRAL = (0, 1, 1, 0)  # extended coordinates: X, Y, Z, T with x = X/Z, y = Y/Z, x*y = T/Z


def add(a, b):
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g = 2 * a[3] * b[3] * D % P
    h = 2 * a[2] * b[2] % P
    e, f, g, h = f - e, h - g, h + g, f + e
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(n, point):
    out = NEUTRAL
    while n:
        if n & 1:
            out = add(out, point)
        point = add(point, point)
        n >>= 1
    return out


def same(a, b):
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def compress(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def decompress(raw):
    """The point of a canonical or other encoding, or None where there is no such point."""
    number = int.from_bytes(raw, "little")
    sign, y = number >> 255, (number & (1 << 255) - 1) % P
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P:
        return None
    if x & 1 != sign:
        x = -x % P
    return x, y, 1, x * y % P


BASE = decompress((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_key(raw):
    """C-7, 1: canonical, in the main subgroup, not the neutral element."""
    point = decompress(raw)
    return point is not None and compress(point) == raw and not same(point, NEUTRAL) and same(multiply(L, point), NEUTRAL)


def verifies(key, signature, message):
    """C-7, whole."""
    if len(signature) != 64 or not is_key(key):
        return False
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    if s >= L:
        return False
    r_point = decompress(r)
    if r_point is None or same(multiply(8, r_point), NEUTRAL):
        return False
    h = int.from_bytes(hashlib.sha512(r + key + message).digest(), "little") % L
    x, y, z, t = multiply(h, decompress(key))
    return compress(add(multiply(s, BASE), (-x % P, y, z, -t % P))) == r


def hash256(*parts, key=b""):
    return hashlib.blake2b(b"".join(parts), digest_size=32, key=key).digest()


# --- 02 Entry ----------------------------------------------------------------------------------------------------------

UINT63 = 2**63 - 1
UINT64 = 2**64 - 1
NULL_NETWORK = bytes(32)
# kind: (fields that it must have, fields that it may have)
ACTS = {
    1: ({19, 20, 21}, {22}),
    2: ({19, 20, 21}, set()),
    3: ({23}, {0}),
    4: ({2}, {0, 1, 3, 4, 5}),
    5: ({2, 6}, {0, 3, 4, 7, 8, 9}),
    6: ({2, 10, 11}, {0, 1, 3, 4}),
    7: (set(), {0, 1, 12, 13, 14, 15, 16}),
    8: (set(), {0, 14, 15}),
    9: ({18}, {0}),
    10: ({17}, {0}),
    11: (set(), {0, 14, 15}),
    12: ({24}, {26}),
    13: ({25}, {26}),
    14: ({25}, {14}),
    15: (set(), {14}),
    16: ({24, 25}, {14, 18}),
}


def check(condition, reason="out of range"):
    if not condition:
        raise Refused(reason)


def number(value, low=0, high=UINT64):
    check(isinstance(value, int) and not isinstance(value, bool), "unexpected type")
    check(low <= value <= high)


def octets(value, size):
    check(isinstance(value, bytes), "unexpected type")
    check(len(value) == size)


def ids(value, low, high):
    check(isinstance(value, list), "unexpected type")
    check(low <= len(value) <= high, "too long")
    for item in value:
        octets(item, 32)
    check(all(a < b for a, b in zip(value, value[1:])), "order")


def path(value):
    check(isinstance(value, list), "unexpected type")
    check(1 <= len(value) <= 4)
    for item in value:
        octets(item, 16)


def name(value):
    check(isinstance(value, str), "unexpected type")
    check(1 <= len(value.encode("utf-8")) <= 128)


def field(n, value, act):
    if n == 0:
        path(value)
    elif n in (1, 6, 9, 13, 17, 18, 24, 25, 26):
        octets(value, 32)
    elif n in (2, 16):
        number(value, 0, 15)
    elif n in (3, 7):
        number(value, 1)
    elif n in (4, 8):
        number(value, 0, UINT63)
    elif n in (5, 12, 14, 15):
        ids(value, 1, 128)
    elif n == 10:
        octets(value, 16)
    elif n == 11:
        octets(value, 64)
    elif n == 19:
        ids(value, 1, 16)
    elif n == 20:
        number(value)
        keys = act.get(19, [])
        check(len(keys) < 2 * value and value <= len(keys))
    elif n == 21:
        number(value)
    elif n == 22:
        name(value)
    elif n == 23:
        octets(value, 16)


def read_act(kind, body):
    check(isinstance(body, Map), "unexpected type")
    if kind not in ACTS:
        return None
    must, may = ACTS[kind]
    act = {}
    for n, value in body.pairs:
        check(isinstance(n, int) and not isinstance(n, bool) and n >= 0, "unexpected type")
        check(n in must | may, "unknown field")
        act[n] = value
        field(n, value, act)
    check(must <= set(act), "missing field")
    return act


class Entry:
    """Specs/02: reads, or raises Refused."""

    def __init__(self, data, network):
        check(len(data) <= 1 << 16)
        reader = Reader(data)
        check(reader.head() == (4, 2))
        start = reader.at
        header = reader.item(1)
        self.header = data[start : reader.at]
        signature = reader.item(1)
        check(reader.at == len(data), "trailing bytes")
        check(encode(header) == self.header, "not canonical")
        self.read_header(header)
        self.hashing_network = NULL_NETWORK if self.kind == 1 else network
        if self.device is not None:
            octets(signature, 64)
            self.signatures = [(self.device, signature)]
            self.id = hash256(b"entente/entry/1", self.hashing_network, self.header, signature)
        else:
            check(isinstance(signature, list) and len(signature) <= 32)
            for pair in signature:
                check(isinstance(pair, list) and len(pair) == 2)
                octets(pair[0], 32)
                octets(pair[1], 64)
            self.signatures = [tuple(pair) for pair in signature]
            check(all(a[0] < b[0] for a, b in zip(self.signatures, self.signatures[1:])), "order")
            self.id = hash256(b"entente/entry/1", self.hashing_network, self.header)

    def read_header(self, header):
        check(isinstance(header, list) and len(header) == 13)
        (version, space, device, incarnation, identity, sequence, backlink, timestamp, references, authorization, kind, seal,
         body) = header
        number(version, 1, 1)
        if space is not None:
            path(space)
        for item in (device, identity, backlink, seal):
            if item is not None:
                octets(item, 32)
        number(incarnation)
        for item in (sequence, timestamp, kind):
            number(item, 0, UINT63)
        ids(references, 0, 8)
        if authorization is not None:
            if isinstance(authorization, bytes):
                octets(authorization, 32)
            else:
                number(authorization, 0, 0)
        check((kind < 32) == (space is None))
        check((sequence == 0) == (backlink is None))
        check(space is not None or seal is None)
        if device is None:
            check(space is None and incarnation == 0 and identity is None and (kind == 1) == (sequence == 0))
        else:
            check(kind not in (1, 2) and (identity is None) == (kind == 12) and (kind != 12 or sequence == 0))
        self.body = body
        if space is None:
            encoded = encode(body)
            check(len(encoded) <= 4096 and len(self.header) <= 5120, "too long")
            self.act = read_act(kind, body)
            if self.act is None:
                decode(encoded, depth_max=8)
        else:
            check(len(self.header) <= 1024, "too long")
            check(isinstance(body, list) and len(body) == 2)
            number(body[0], 0, 49152)
            octets(body[1], 32)
        self.kind, self.device, self.space = kind, device, space

    def holds(self, key, signature):
        return verifies(key, signature, b"entente/sign/1" + self.hashing_network + self.header)

    def fits(self, salt, body):
        return self.space is not None and self.body == [len(body), hash256(b"entente/body/1", body, key=salt)]


def operation(kind, body):
    """What a body says, or None where it says nothing."""
    try:
        value = decode(body)
        check(isinstance(value, Map))
        fields = dict(value.pairs)
        if kind == 32:
            check(set(fields) in ({0}, {0, 1}) and isinstance(fields[0], str))
            if 1 in fields:
                octets(fields[1], 32)
            return {"text": fields[0], "replyTo": fields[1].hex() if 1 in fields else None}
        if kind in (33, 34):
            check(set(fields) == {0})
            name(fields[0])
            return {"name": fields[0]}
        if 35 <= kind <= 40:
            return operation_on(kind, fields)
    except (Refused, TypeError):
        pass
    return None


def operation_on(kind, fields):
    """E-50 to E-55: what is said about another entry or identity."""
    must, may = {35: ({0, 1}, {2}), 36: ({0, 1}, {2, 3}), 37: ({0}, set()), 38: ({0}, set()), 39: ({0, 1}, set()), 40: ({0, 1}, set())}[kind]
    check(must <= set(fields) <= must | may)
    octets(fields[0], 32)
    target = fields[0].hex()
    if kind == 40:
        octets(fields[1], 32)
        return {"old": target, "new": fields[1].hex()}
    if kind in (37, 38):
        return {"target": target}
    if kind == 39:
        ids(fields[1], 1, 8)
        return {"target": target, "lifts": [item.hex() for item in fields[1]]}
    check(isinstance(fields[1], str))
    if 2 in fields:
        ids(fields[2], 1, 8)
    supersedes = [item.hex() for item in fields.get(2, [])]
    if kind == 35:
        return {"target": target, "text": fields[1], "supersedes": supersedes}
    check(1 <= len(fields[1].encode("utf-8")) <= 64)
    if 3 in fields:
        number(fields[3], 1, 1)
    return {"target": target, "emoji": fields[1], "supersedes": supersedes, "takenBack": 3 in fields}


def carried(text, begin, limit, domain, another):
    """E-42, E-60: the encoding in a line of text."""
    line = (text.split() or [""])[0]
    check(line.startswith(begin) and len(line.encode("utf-8")) <= limit, another)
    letters = line[len(begin) :]
    try:
        raw = base64.b64decode(letters + "=" * (-len(letters) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise Refused("damaged")
    check("=" not in letters and base64.urlsafe_b64encode(raw).decode().rstrip("=") == letters and len(raw) > 8, "damaged")
    encoding = raw[:-8]
    check(hash256(domain, encoding)[:8] == raw[-8:], "damaged")
    return encoding


def device_request(text):
    """E-60, E-61: the encoding of a device request whose writer has the key, or Refused."""
    begin = "entente-device-1:"
    encoding = carried(text, begin, 131072, b"entente/token/1" + begin.encode(), "another kind")
    items = decode(encoding)
    check(isinstance(items, list) and len(items) == 5)
    network, device, host, spoken, proof = items
    for item in (network, device, host):
        octets(item, 32)
    check(isinstance(spoken, str), "unexpected type")
    check(len(spoken.encode("utf-8")) <= 128, "too long")
    octets(proof, 64)
    check(verifies(device, proof, b"entente/device/1" + network + device + host + spoken.encode("utf-8")), "proof")
    return encoding


def root_proposal(text):
    """E-60, E-62: the encoding of a proposal to root, or Refused."""
    begin = "entente-root-1:"
    encoding = carried(text, begin, 131072, b"entente/token/1" + begin.encode(), "another kind")
    items = decode(encoding)
    check(isinstance(items, list) and len(items) == 2)
    octets(items[0], 32)
    check(isinstance(items[1], list) and len(items[1]) > 0)
    check(len(items[1]) <= 8, "too long")
    previous = None
    for item in items[1]:
        entry = Entry(encode(item), items[0])
        check(entry.device is None and entry.kind != 1)
        check(previous is None or decode(entry.header)[6] == previous)
        previous = entry.id
    return encoding


def way_in(entries, network):
    """G-57, with A-21 and E-40: what brings a site in, or Refused."""
    check([entry.kind for entry in entries] == [5, 12, 6, 5, 12, 6], "kinds")
    invitation, inception, admission, own, persons, last = entries
    headers = [decode(entry.header) for entry in entries]
    check(invitation.act.get(3, 0) & 4, "the invitation has no INVITE")
    check(26 not in inception.act, "the site's inception names a host")
    admitted(network, invitation, inception, admission)
    check(own.device == inception.device and headers[3][9] == admission.id, "the second invitation is not the site's")
    check(own.act[2] == admission.act[2] + 1, "the site's invitation is not one level below its admission")
    check(own.act.get(7, 0) == 1, "the site's invitation is not of one use")
    check(persons.act.get(26) == inception.device, "the person's inception does not name the node")
    admitted(network, own, persons, last)


def admitted(network, invitation, inception, admission):
    header, first, act = decode(admission.header), decode(inception.header), admission.act
    log = [1, 2, 3]  # space, device, incarnation
    check([header[i] for i in log] == [first[i] for i in log] and header[6] == inception.id, "the admission is not behind the inception in its log")
    check(header[9] == invitation.id and act[1] == header[4] == inception.id, "the admission is not of this identity by this invitation")
    check(act[2] == invitation.act[2] + 1, "the admission is not one level below its invitation")
    proved = b"entente/admit/1" + network + invitation.id + inception.id + admission.device + act[10]
    check(verifies(invitation.act[6], act[11], proved), "proof")


def token(text):
    """E-42, E-43: the encoding of an invitation token, or Refused."""
    encoding = carried(text, "entente-invitation-1:", 16384, b"entente/invitation/1", "no invitation")
    items = decode(encoding)
    check(isinstance(items, list) and len(items) == 13)
    (network, network_name, secret, bootstrap, root_epoch, issuer_head, invitations, seed, role, site_name, until, use_by,
     uses) = items
    for item in (network, secret, root_epoch, issuer_head, seed):
        octets(item, 32)
    check(isinstance(bootstrap, list) and len(bootstrap) <= 16)
    for item in bootstrap:
        check(isinstance(item, list) and len(item) == 2)
        octets(item[1], 32)
    for item, size in [(network_name, 128), (role, 16), (site_name, 128)] + [(item[0], 256) for item in bootstrap]:
        check(isinstance(item, str) and len(item.encode("utf-8")) <= size, "too long")
    ids(invitations, 1, 128)
    number(until, 0, UINT63)
    number(use_by, 0, UINT63)
    number(uses)
    return encoding


def join(entries, keys):
    """E-33: of all signatures those that hold, of the keys asked about, one a key, the smallest."""
    kept = {}
    for entry in entries:
        for key, signature in entry.signatures:
            if key in keys and entry.holds(key, signature):
                kept[key] = min(signature, kept.get(key, signature))
    return encode([decode(entries[0].header), [[key, kept[key]] for key in sorted(kept)]])


# --- The vectors ---------------------------------------------------------------------------------------------------------

passed, failures = 0, []


def expect(condition, what):
    global passed
    if condition:
        passed += 1
    else:
        failures.append(what)


def is_refused(action, what, reason=None):
    try:
        action()
    except Refused as refused:
        # Another reader may find another fault first; of plain items there is only one.
        expect(reason is None or str(refused) == reason, f"{what}: refused as {refused}, not as {reason}")
        return
    expect(False, f"{what}: accepted")


def load(file):
    with open(os.path.join(VECTORS, file), encoding="utf-8") as stream:
        return json.load(stream)


def verify_encoding():
    vectors = load("encoding.json")
    for item in vectors["accept"]:
        raw = bytes.fromhex(item["hex"])
        try:
            expect(encode(decode(raw)) == raw, f"encoding, {item['name']}: written otherwise")
        except Refused as refused:
            expect(False, f"encoding, {item['name']}: refused as {refused}")
    for item in vectors["reject"]:
        is_refused(lambda: decode(bytes.fromhex(item["hex"])), f"encoding, {item['name']}", item["why"])


def verify_entries():
    vectors = load("entry.json")
    network = bytes.fromhex(vectors["network"])
    for item in vectors["accept"]:
        what = f"entry, {item['name']}"
        try:
            entry = Entry(bytes.fromhex(item["entry"]), network)
        except Refused as refused:
            expect(False, f"{what}: refused as {refused}")
            continue
        expect(entry.header.hex() == item["header"], f"{what}: header")
        expect(entry.id.hex() == item["id"], f"{what}: id")
        expect([key.hex() for key, _ in entry.signatures] == item["signers"], f"{what}: signers")
        expect(all(entry.holds(*pair) for pair in entry.signatures), f"{what}: signature")
        if item["kind"] == "genesis":
            expect(entry.id == network, f"{what}: the network's id")
        if "body" in item:
            salt, body = bytes.fromhex(item["salt"]), bytes.fromhex(item["body"])
            expect(hash256(b"entente/body/1", body, key=salt).hex() == item["commitment"], f"{what}: commitment")
            expect(entry.fits(salt, body), f"{what}: body")
            expect(operation(entry.kind, body) == item["operation"], f"{what}: operation")
    for item in vectors["reject"]:
        what = f"forgery, {item['name']}"
        raw, network_of_item = bytes.fromhex(item["entry"]), bytes.fromhex(item["network"])
        if item["stage"] == "read":
            is_refused(lambda: Entry(raw, network_of_item), what)
            continue
        entry = Entry(raw, network_of_item)
        if item["stage"] == "verify":
            expect(not any(entry.holds(*pair) for pair in entry.signatures), f"{what}: verified")
        else:
            expect(not entry.fits(bytes.fromhex(item["salt"]), bytes.fromhex(item["body"])), f"{what}: fits")
    for item in vectors["operations"]:
        what = f"operation, {item['name']}"
        said = operation(item["kind"], bytes.fromhex(item["body"]))
        expect(said == item["operation"], f"{what}: says otherwise")
        expect((said is None) == (item["why"] is not None), f"{what}: has a reason where it says nothing")
    for item in vectors["signatures"]:
        holds = verifies(*(bytes.fromhex(item[part]) for part in ("key", "signature", "message")))
        expect(holds == item["holds"], f"signature, {item['name']}")
    for item in vectors["merges"]:
        entries = [Entry(bytes.fromhex(raw), network) for raw in item["entries"]]
        keys = [bytes.fromhex(key) for key in item["keys"]]
        for order in (entries, entries[::-1]):
            expect((join(order, keys).hex() == item["merged"]) == (item["why"] is None), f"merge, {item['name']}")
        expect(entries[0].id.hex() == item["id"], f"merge, {item['name']}: id")
    for item in vectors["proofs"]:
        parts = [bytes.fromhex(item[part]) for part in ("network", "invitation", "subject", "device", "nonce")]
        holds = verifies(bytes.fromhex(item["key"]), bytes.fromhex(item["proof"]), b"entente/admit/1" + b"".join(parts))
        expect(holds == item["holds"], f"proof, {item['name']}")
    for item in vectors["commitments"]:
        commitment = hash256(b"entente/recovery/1", bytes.fromhex(item["key"])).hex()
        expect((commitment == item["commitment"]) == (item["why"] is None), f"commitment, {item['name']}")
    for part, read in (("tokens", token), ("deviceRequests", device_request), ("rootProposals", root_proposal)):
        for item in vectors[part]:
            what = f"{part}, {item['name']}"
            if item["why"] is not None:
                is_refused(lambda: read(item["text"]), what)
                continue
            try:
                expect(read(item["text"]).hex() == item["encoding"], what)
            except Refused as refused:
                expect(False, f"{what}: refused as {refused}")
    for item in vectors["waysIn"]:
        what = f"way in, {item['name']}"
        entries = [Entry(bytes.fromhex(raw), network) for raw in item["entries"]]
        if item["why"] is not None:
            is_refused(lambda: way_in(entries, network), what, item["why"])
            continue
        expect(all(entry.holds(*pair) for entry in entries for pair in entry.signatures), f"{what}: signatures")
        try:
            way_in(entries, network)
        except Refused as refused:
            expect(False, f"{what}: refused as {refused}")


def main():
    verify_encoding()
    verify_entries()
    for failure in failures:
        print("FAILED", failure)
    print(f"verify_vectors: {passed} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
