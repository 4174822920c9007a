#!/usr/bin/python3
"""A second implementation of a node of Entente, written from the chapters in Specs/ alone.

    second_client.py INVITATION --text 'Bonjour' [--space everyone] [--json] [--wait SECONDS]

It joins a network with an invitation, as a new site with a new person (or as a person alone, where the invitation lets
nobody in), fetches and checks everything that it may hold, writes a profile, a post and a reply, and waits until the peer's
sums are its own. It keeps nothing: keys and entries are gone when it ends. Exit code 0: in sync; 1: not, with the reason.

Needs PyNaCl and cbor2 (Debian: python3-nacl, python3-cbor2). The sentences of the chapters are named where they are obeyed.

What it leaves out: of chapter 03 it checks that every act and every post is well-formed up to root and signed by an enrolled
key. It does not work out what removals, disavowals and recoveries stop, nor which branches of a forked log are kept (A-67):
a peer offers only what holds (G-29), and what this client writes itself is new. So its sums are right for what a peer has
offered; an act that takes back something while the two are connected can leave them unequal. It wants nothing for tips (G-47).
"""
import argparse, base64, bisect, functools, hashlib, hmac, json, os, select, socket, struct, sys, time
import cbor2
from nacl import bindings as sodium

SECOND, MIB = 1000, 1 << 20
NEVER = 2**63 - 1
MESSAGE_MAX, PART_BYTES, CREDIT = 65_000, 12_288, 8 * MIB           # G-11, chapter 00, G-33
GENESIS, ROOT_UPDATE, SPACE_CREATE, GRANT, INVITE, ADMIT, INCEPTION, KEY_ADD = 1, 2, 3, 4, 5, 6, 12, 13
POST, PROFILE, SPACE_PROFILE, EDIT, ERASURE = 32, 33, 34, 35, 37
RIGHT_ADMIN, RIGHT_INVITE, RIGHT_POST, RIGHT_DISAVOW = 1, 4, 8, 16


class Refused(Exception):
    """What came breaks a sentence: what a chapter calls refused, or a fault."""


def need(condition, why):
    if not condition:
        raise Refused(why)


def now():
    return int(time.time() * 1000)


# ---------------------------------------------------------------------------------------------- 01: encoding

def encode(value, depth=0):
    """Deterministic CBOR (B-1 to B-9): one value, one encoding."""
    def head(major, n):
        need(0 <= n < 2**64, "out of range")
        if n < 24:
            return bytes([major << 5 | n])
        size = 0 if n < 1 << 8 else 1 if n < 1 << 16 else 2 if n < 1 << 32 else 3
        return bytes([major << 5 | 24 + size]) + n.to_bytes(1 << size, "big")                                # B-3
    if value is None or value is True or value is False:
        return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[value]
    if type(value) is int:
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if type(value) is bytes:
        return head(2, len(value)) + value
    if type(value) is str:
        text = value.encode("utf-8")
        return head(3, len(text)) + text
    need(depth < 16, "too deep")                                                                             # B-7
    if isinstance(value, (list, tuple)):
        return head(4, len(value)) + b"".join(encode(item, depth + 1) for item in value)
    if hasattr(value, "items"):
        pairs = sorted((encode(k, depth + 1), encode(v, depth + 1)) for k, v in value.items())               # B-6
        return head(5, len(pairs)) + b"".join(k + v for k, v in pairs)
    raise Refused("unsupported type")                                                                        # B-2


def decode(data):
    """Reads with cbor2, which is lenient, and then asks whether the only encoding of what was read is what came (B-10)."""
    try:
        value = cbor2.loads(data)
    except Exception as error:
        raise Refused("no CBOR: %s" % type(error).__name__)
    need(encode(value) == data, "not canonical")
    return value


# ---------------------------------------------------------------------------------------------- 00: hashes, signatures

def blake(*parts, key=b"", size=32):
    return hashlib.blake2b(b"".join(parts), key=key, digest_size=size).digest()


@functools.lru_cache(65_536)
def is_good_key(key):
    return len(key) == 32 and sodium.crypto_core_ed25519_is_valid_point(key)                                 # C-7, 1


def holds(key, message, signature):
    """C-7: the main subgroup here, the rest is libsodium's own strict check (its cofactorless one)."""
    try:
        return is_good_key(key) and len(signature) == 64 and sodium.crypto_sign_open(signature + message, key) == message
    except Exception:
        return False


class Key:
    def __init__(self, seed=None):
        self.seed = seed or os.urandom(32)
        self.public, self.secret = sodium.crypto_sign_seed_keypair(self.seed)

    def sign(self, *parts):
        return sodium.crypto_sign(b"".join(parts), self.secret)[:64]


# ---------------------------------------------------------------------------------------------- 02: invitation, entry

def is_bytes(size):
    return lambda x: type(x) is bytes and len(x) == size


def is_uint(top, low=0):
    return lambda x: type(x) is int and low <= x <= top


def is_text(top, low=0):
    return lambda x: type(x) is str and low <= len(x.encode()) <= top


def is_ascending(items, low, top, check):
    return (type(items) is list and low <= len(items) <= top and all(map(check, items))
            and all(a < b for a, b in zip(items, items[1:])))


is_id = is_key = is_bytes(32)
is_ids = lambda x: is_ascending(x, 1, 128, is_id)                                                            # E-20
is_path = lambda x: type(x) is list and 1 <= len(x) <= 4 and all(map(is_bytes(16), x))                       # E-4
is_level, is_time, is_u64 = is_uint(15), is_uint(NEVER), is_uint(2**64 - 1)                                  # E-21, E-9
FIELDS = {0: is_path, 1: is_id, 2: is_level, 3: is_uint(2**64 - 1, 1), 4: is_time, 5: is_ids, 6: is_key, 7: is_uint(2**64 - 1, 1),
          8: is_time, 9: is_id, 10: is_bytes(16), 11: is_bytes(64), 12: is_ids, 13: is_id, 14: is_ids, 15: is_ids, 16: is_level,
          17: is_id, 18: is_id, 19: lambda x: is_ascending(x, 1, 16, is_key), 20: is_uint(16, 1), 21: is_u64, 22: is_text(128, 1),
          23: is_bytes(16), 24: is_bytes(32), 25: is_key, 26: is_key}
KINDS = {1: ("19 20 21", "22"), 2: ("19 20 21", ""), 3: ("23", "0"), 4: ("2", "0 1 3 4 5"), 5: ("2 6", "0 3 4 7 8 9"),
         6: ("2 10 11", "0 1 3 4"), 7: ("", "0 1 12 13 14 15 16"), 8: ("", "0 14 15"), 9: ("18", "0"), 10: ("17", "0"),
         11: ("", "0 14 15"), 12: ("24", "26"), 13: ("25", "26"), 14: ("25", "14"), 15: ("", "14"), 16: ("24 25", "14 18")}
KINDS = {kind: tuple(set(map(int, part.split())) for part in parts) for kind, parts in KINDS.items()}


class Token:
    """An invitation (E-42, E-43)."""
    def __init__(self, text):
        need(len(text) <= 16_384, "the invitation is too long")
        word = (text.split() or [""])[0]
        need(word.startswith("entente-invitation-1:"), "this is no invitation")
        word = word[len("entente-invitation-1:"):]
        try:
            data = base64.urlsafe_b64decode(word + "=" * (-len(word) % 4))
        except ValueError:
            raise Refused("the invitation is damaged")
        need(base64.urlsafe_b64encode(data).decode().rstrip("=") == word, "the invitation is damaged")
        need(blake(b"entente/invitation/1", data[:-8])[:8] == data[-8:], "the invitation is damaged")
        items = decode(data[:-8])
        checks = [is_id, is_text(128), is_bytes(32), lambda x: type(x) is list and len(x) <= 16 and all(
            type(b) is list and len(b) == 2 and is_text(256)(b[0]) and is_key(b[1]) for b in x), is_id, is_id, is_ids, is_bytes(32),
            is_text(16), is_text(128), is_time, is_time, is_u64]
        need(type(items) is list and len(items) == 13 and all(c(x) for c, x in zip(checks, items)), "the invitation has another form")
        (self.network, self.network_name, self.secret, self.bootstrap, self.root_epoch, self.issuer_head, self.invitations, seed,
         self.role, self.site_name, self.until, self.use_by, self.uses) = items
        self.key = Key(seed)


class Entry:
    """One signed record; `header` is the list of thirteen items, `raw` its bytes (E-27: they are its only encoding)."""
    __slots__ = ("header", "raw", "signature", "id", "salt", "body")

    def __init__(self, network, header, signature, salt=None, body=None):
        check_form(header, signature)
        self.header, self.signature, self.salt, self.body = header, signature, salt, body
        self.raw = encode(header)
        need(len(self.raw) <= (5_120 if header[1] is None else 1_024), "a header too long")                  # E-26
        bound = bytes(32) if header[10] == GENESIS else network                                              # E-31
        tail = signature if header[2] is not None else b""                                                   # E-28, E-29
        self.id = blake(b"entente/entry/1", bound, self.raw, tail)

    space = property(lambda self: self.header[1] and tuple(self.header[1]))
    device, incarnation, sequence, backlink, timestamp, references, authorization, kind, act = (
        property(lambda self, i=i: self.header[i]) for i in (2, 3, 5, 6, 7, 8, 9, 10, 12))
    identity = property(lambda self: self.id if self.kind == INCEPTION else self.header[4])                  # E-34
    log = property(lambda self: (self.space, self.device, self.incarnation))
    size = property(lambda self: len(self.raw) + len(self.body or b""))

    def signed(self, network):
        return b"entente/sign/1" + (bytes(32) if self.kind == GENESIS else network) + self.raw               # E-30


def check_form(h, signature):
    """E-1 to E-26, but for what encoding again says."""
    need(type(h) is list and len(h) == 13, "a header of another form")                                       # E-2
    version, space, device, incarnation, identity, sequence, backlink, timestamp, references, authorization, kind, seal, body = h
    need(version == 1 and type(version) is int, "another version")                                           # E-3
    need(space is None or is_path(space), "a space of another form")
    need(device is None or is_key(device), "a device of another form")
    need(is_u64(incarnation) and is_time(sequence) and is_time(timestamp) and is_time(kind), "out of range")  # E-9
    need(identity is None or is_id(identity), "an identity of another form")
    need((backlink is None) == (sequence == 0) and (backlink is None or is_id(backlink)), "a backlink")      # E-8
    need(is_ascending(references, 0, 8, is_id), "references")                                                # E-10
    need(authorization is None or is_id(authorization) or authorization == 0 and type(authorization) is int, "an authorization")
    need((kind < 32) == (space is None), "a kind in the wrong place")                                        # E-12
    need(seal is None or is_bytes(32)(seal) and space is not None, "a seal")                                 # E-13
    if device is None:
        need(space is None and incarnation == 0 and identity is None, "the root log")                        # E-6
        need(type(signature) is list and len(signature) <= 32 and all(type(s) is list and len(s) == 2 and is_key(s[0])
             and is_bytes(64)(s[1]) for s in signature) and is_ascending([s[0] for s in signature], 0, 32, is_key), "signatures")
    else:
        need((identity is None) == (kind == INCEPTION), "an identity")                                       # E-7
        need(is_bytes(64)(signature), "a signature of another form")
    need((kind == GENESIS) == (device is None and sequence == 0), "a founding entry elsewhere")              # E-14
    need(kind != ROOT_UPDATE or device is None, "a root update elsewhere")                                   # E-15
    need(kind != INCEPTION or sequence == 0, "an inception that is not first")                               # E-16
    if space is not None:
        need(type(body) is list and len(body) == 2 and is_uint(49_152)(body[0]) and is_bytes(32)(body[1]), "a detached body")  # E-17
        return
    need(hasattr(body, "items") and len(encode(body)) <= 4_096, "a body")                                    # E-18, E-26
    if kind in KINDS:
        must, may = KINDS[kind]
        need(must <= set(body) <= must | may and all(type(k) is int and FIELDS[k](v) for k, v in body.items()), "an act's fields")
        need(kind > 2 or 2 * body[20] > len(body[19]) >= body[20], "a quorum")                               # E-22
    else:
        encode(body, 8)                                                                                      # E-24: at most 8 deep, of 16


def commitment(salt, body):
    return blake(b"entente/body/1", body, key=salt)                                                          # E-35


def operation(entry):
    """What a content body says (E-37, E-38), or None (E-39)."""
    if entry.body is None or entry.header[11] is not None:
        return None
    try:
        value = decode(entry.body)
    except Refused:
        return None
    forms = {POST: ({0: is_text(49_152)}, {1: is_id}), PROFILE: ({0: is_text(128, 1)}, {}), SPACE_PROFILE: ({0: is_text(128, 1)}, {})}
    must, may = forms.get(entry.kind, ({}, {}))
    fits = (must and hasattr(value, "items") and set(must) <= set(value) <= set(must) | set(may)
            and all(type(k) is int and (must.get(k) or may[k])(v) for k, v in value.items()))
    return value if fits else None


# ---------------------------------------------------------------------------------------------- 04: reconciliation

INFINITY, FRAME, RESERVED = (2**64 - 1, b""), 61_440, 200
START = (0, b"")


def varint(n):
    digits = [n & 0x7F]
    while n := n >> 7:
        digits.append(n & 0x7F | 0x80)
    return bytes(reversed(digits))


class Reconciliation:
    """Both roles of chapter 04. `items` are (timestamp, id); a bound is (timestamp, prefix), so that pairs compare as R-1 says."""
    def __init__(self, items, is_initiator, frame=FRAME):
        self.items, self.is_initiator, self.fill = sorted(items), is_initiator, frame - RESERVED
        self.have, self.need, self.rounds = set(), set(), 0

    def begin(self):
        self.out, self.last = bytearray(b"\x61"), START
        self.split(0, len(self.items), INFINITY)
        self.open = self.first_open(bytes(self.out))
        return bytes(self.out)

    def place(self, bound):
        return len(self.items) if bound == INFINITY else bisect.bisect_left(self.items, bound)

    def fingerprint(self, low, high):
        total = sum(int.from_bytes(id, "little") for _, id in self.items[low:high]) % 2**256
        return hashlib.sha256(total.to_bytes(32, "little") + varint(high - low)).digest()[:16]

    def between(self, i):
        (t0, a), (t1, b) = self.items[i - 1], self.items[i]
        shared = len(os.path.commonprefix([a, b]))
        return (t1, b"" if t0 != t1 else b[:shared + 1])

    def write(self, bound, mode, content=b""):
        stamp = 0 if bound == INFINITY else bound[0] - self.last[0] + 1
        self.out += varint(stamp) + varint(len(bound[1])) + bound[1] + varint(mode) + content
        self.last = bound

    def split(self, low, high, upper):
        n = high - low
        if n < 32:
            return self.write(upper, 2, varint(n) + b"".join(id for _, id in self.items[low:high]))
        for bucket in range(16):
            size = n // 16 + (bucket < n % 16)
            self.write(upper if bucket == 15 else self.between(low + size), 1, self.fingerprint(low, low + size))
            low += size

    @staticmethod
    def ranges(message):
        """Reads a whole message before anything of it is used (R-22)."""
        at, lower, found = 0, START, []

        def take(count):
            nonlocal at
            need(at + count <= len(message), "truncated")
            at += count
            return message[at - count:at]

        def number():
            n, digit = 0, 0x80
            while digit & 0x80:
                digit = take(1)[0]
                need(n or digit != 0x80, "varintNotShortest")
                n = n << 7 | digit & 0x7F
                need(n < 2**64, "varintTooLong")
            return n

        version = take(1)[0]
        need(0x60 <= version <= 0x6F, "notNegentropy")
        if version != 0x61:
            return None
        while at < len(message):
            stamp, size = number(), number()
            need(size <= 32, "prefixTooLong")
            prefix = take(size)
            need(stamp or not size, "prefixAtInfinity")
            upper = (lower[0] + stamp - 1, prefix) if stamp else INFINITY
            need(not stamp or upper[0] < 2**64 - 1, "timestampTooLarge")
            need(upper >= lower, "boundsNotAscending")
            mode, content = number(), None
            need(mode <= 2, "unknownMode")
            if mode == 1:
                content = take(16)
            elif mode == 2:
                count = number()
                need(count * 32 <= len(message) - at, "truncated")
                content = [take(32) for _ in range(count)]
            found.append((lower, upper, mode, content))
            lower = upper
        return found

    def answer(self, message):
        """One message for one message; of the initiator None when it is done (R-18)."""
        need(len(message) <= 65_535, "messageTooLong")
        ranges = self.ranges(message)
        if ranges is None:
            need(not self.is_initiator, "unsupportedVersion")
            return b"\x61"
        self.rounds += 1
        need(self.rounds <= 16_384, "roundsUsedUp")
        self.out, self.last = bytearray(b"\x61"), START
        skips, full, named = False, False, len(self.have) + len(self.need)
        for lower, upper, mode, content in ranges:
            low, high = self.place(lower), self.place(upper)
            if full and not (self.is_initiator and mode == 2):
                continue
            settled = mode == 0 or mode == 1 and content == self.fingerprint(low, high)
            if mode == 2 and self.is_initiator:
                mine, theirs = {id for _, id in self.items[low:high]}, set(content)
                if not full:                       # R-16, 3: what comes after the rest is not answered
                    self.have |= mine - theirs
                    self.need |= theirs - mine
                settled = True
            if full:
                continue
            if settled:
                skips = True
                continue
            before = len(self.out)
            if skips:
                self.write(lower, 0)
                skips = False
            if mode == 1:
                kept = len(self.out), self.last
                self.split(low, high, upper)
                if len(self.out) > self.fill:                                                                # R-16, 1
                    del self.out[kept[0]:]
                    self.last, full = kept[1], True
            else:                                                                                            # R-16, 2
                most = (self.fill - before) // 32 + 1
                cut = high - low > most
                ids = [id for _, id in self.items[low:min(high, low + most)]]
                self.write(self.items[low + most] if cut else upper, 2, varint(len(ids)) + b"".join(ids))
                full = len(self.out) > self.fill
            if full:                                                                                         # R-16, 3
                self.write(INFINITY, 1, self.fingerprint(self.place(self.last), len(self.items)))
        if not self.is_initiator:
            return bytes(self.out)
        if len(self.out) == 1:
            return None
        opened = self.first_open(bytes(self.out))
        need(len(self.have) + len(self.need) > named or opened[0] > self.open[0] or opened[0] == self.open[0]
             and opened[1] < self.open[1], "nothingNew")
        self.open = opened
        return bytes(self.out)

    def first_open(self, message):
        return next(((lower, upper) for lower, upper, mode, _ in self.ranges(message) if mode), (INFINITY, INFINITY))


# ---------------------------------------------------------------------------------------------- 05: session

class Cipher:
    """Noise's CipherState: ChaCha20-Poly1305, the counter in eight bytes, the least significant first."""
    def __init__(self, key):
        self.key, self.counter, self.frames, self.bytes = key, 0, 0, 0

    def nonce(self):
        self.counter += 1
        return struct.pack("<IQ", 0, self.counter - 1)

    def seal(self, plain, data=b""):
        return sodium.crypto_aead_chacha20poly1305_ietf_encrypt(plain, data, self.nonce(), self.key)

    def open(self, sealed, data=b""):
        try:
            return sodium.crypto_aead_chacha20poly1305_ietf_decrypt(sealed, data, self.nonce(), self.key)
        except Exception:
            raise Refused("a frame that does not open")                                                      # S-16, S-20

    def count(self, frame_bytes):
        self.frames, self.bytes = self.frames + 1, self.bytes + frame_bytes
        need(self.frames <= 65_536 and self.bytes <= 1 << 30, "a key that was used too long")                # S-22, S-23

    def rekey(self):                                                                                         # S-21
        nonce = struct.pack("<IQ", 0, 2**64 - 1)
        self.key = sodium.crypto_aead_chacha20poly1305_ietf_encrypt(bytes(32), b"", nonce, self.key)[:32]
        self.frames = self.bytes = 0


class Symmetric:
    """Noise's SymmetricState with BLAKE2b (64 bytes)."""
    def __init__(self, prologue):
        self.h = self.ck = b"Noise_XXpsk0_25519_ChaChaPoly_BLAKE2b".ljust(64, b"\0")                         # S-1
        self.mix_hash(prologue)

    def mix_hash(self, data):
        self.h = blake(self.h, data, size=64)

    def hkdf(self, material, count):
        mac = lambda key, data: hmac.new(key, data, hashlib.blake2b).digest()
        temporary, outputs = mac(self.ck, material), [b""]
        for i in range(count):
            outputs.append(mac(temporary, outputs[-1] + bytes([i + 1])))
        return outputs[1:]

    def mix_key(self, material):
        self.ck, key = self.hkdf(material, 2)
        self.cipher = Cipher(key[:32])

    def mix_psk(self, psk):
        self.ck, data, key = self.hkdf(psk, 3)
        self.mix_hash(data)
        self.cipher = Cipher(key[:32])

    def seal(self, plain):
        sealed = self.cipher.seal(plain, self.h)
        self.mix_hash(sealed)
        return sealed

    def open(self, sealed):
        plain = self.cipher.open(sealed, self.h)
        self.mix_hash(sealed)
        return plain


class Session:
    """The handshake and the sealed frames on one socket, in either role."""
    def __init__(self, sock, network, secret, node, incarnation, extension, is_initiator, expected=None, deadline=10):
        self.sock, self.buffer, self.is_initiator = sock, bytearray(), is_initiator
        self.network, self.node, self.incarnation, self.extension = network, node, incarnation, extension
        static, ephemeral = os.urandom(32), os.urandom(32)
        public = sodium.crypto_scalarmult_base
        state = Symmetric(b"entente/session/1" + network + b"\1")                                            # S-2
        psk = blake(b"entente/session-psk/1", network, key=secret)                                           # S-3
        ends = time.time() + deadline

        def mix(key):                                                            # Noise: `e` in a handshake with a psk
            state.mix_hash(key)
            state.mix_key(key)
            return key

        def agree(secret_key, public_key):
            try:
                state.mix_key(sodium.crypto_scalarmult(secret_key, public_key))
            except Exception:
                raise Refused("a key of small order")                                                        # S-14

        def read(low, high):
            frame = self.next_frame(max(0, ends - time.time()), low, high)
            need(frame is not None, "the peer does not answer")
            return frame

        state.mix_psk(psk)
        mine = mix(public(ephemeral)) if is_initiator else None
        if is_initiator:
            self.send_frame(mine + state.seal(bytes(2_215)))                                                 # S-5
            second = read(201, 2_263)                                                                        # S-10
            theirs = mix(second[:32])
            agree(ephemeral, theirs)
            remote = state.open(second[32:80])
            agree(ephemeral, remote)
            self.check_proof(state.open(second[80:]), remote, expected)                                      # S-12, S-13: before the third
            sealed = state.seal(public(static))
            agree(static, theirs)
            self.send_frame(sealed + state.seal(self.proof(public(static))))
        else:
            first = read(2_263, 2_263)                                                                       # S-6: an error here sends no byte
            theirs = mix(first[:32])
            need(state.open(first[32:]) == bytes(2_215), "a first message with something in it")             # S-7
            mine = mix(public(ephemeral))
            agree(ephemeral, theirs)
            sealed = state.seal(public(static))
            agree(static, theirs)
            self.send_frame(mine + sealed + state.seal(self.proof(public(static))))
            third = read(169, 2_231)
            remote = state.open(third[:48])
            agree(ephemeral, remote)
            self.check_proof(state.open(third[48:]), remote, expected)
        one, two = (Cipher(key[:32]) for key in state.hkdf(b"", 2))
        self.sending, self.receiving = (one, two) if is_initiator else (two, one)
        self.name = state.h                                                                                  # S-17

    def proof(self, session_key):
        signature = self.node.sign(b"entente/session-key/1", self.network, session_key, self.node.public,
                                   self.incarnation.to_bytes(8, "big"))                                      # S-9, S-26
        return encode([1, 1, self.node.public, signature, self.incarnation, self.extension])

    def check_proof(self, data, session_key, expected):
        p = decode(data)                                                                                     # S-8
        need(type(p) is list and len(p) == 6 and all(c(x) for c, x in zip((is_uint(65_535), is_uint(65_535), is_key, is_bytes(64),
             is_u64, lambda x: type(x) is bytes and len(x) <= 2_048), p)) and p[0] <= p[1], "a proof of another form")
        need(holds(p[2], b"entente/session-key/1" + self.network + session_key + p[2] + p[4].to_bytes(8, "big"), p[3]), "the proof")
        need(p[0] <= 1 <= p[1], "no common version: the peer speaks %d to %d, I speak 1" % (p[0], p[1]))     # S-12
        need(expected in (None, p[2]), "another node answers")                                               # S-13
        self.peer, self.peer_extension = p[2], p[5]

    def send_frame(self, data):
        self.sock.sendall(struct.pack(">H", len(data)) + data)                                               # S-4

    def next_frame(self, wait, low=17, high=65_535):
        """The next frame, or None if none has come in `wait` seconds (S-24)."""
        ends = time.time() + wait
        while True:
            if len(self.buffer) >= 2:
                length = struct.unpack(">H", self.buffer[:2])[0]
                need(low <= length <= high, "a frame of %d bytes" % length)
                if len(self.buffer) >= 2 + length:
                    frame = bytes(self.buffer[2:2 + length])
                    del self.buffer[:2 + length]
                    return frame
            if not select.select([self.sock], [], [], max(0, ends - time.time()))[0]:
                return None
            data = self.sock.recv(1 << 16)
            need(data, "the peer has closed the connection")
            self.buffer += data

    def send(self, message):
        plain = b"\0" + message
        if self.sending.frames >= 65_535 or self.sending.bytes + len(plain) + 33 > 1 << 30:                  # S-22
            self.seal_frame(b"\1")
            self.sending.rekey()
        self.seal_frame(plain)

    def seal_frame(self, plain):
        sealed = self.sending.seal(plain)
        self.sending.count(len(sealed))
        self.send_frame(sealed)

    def receive(self, wait):
        frame = self.next_frame(wait)
        if frame is None:
            return None
        self.receiving.count(len(frame))
        plain = self.receiving.open(frame)
        need(plain[0] in (0, 1) and (plain[0] == 0 or len(plain) == 1), "a frame of another type")           # S-18, S-21
        if plain[0] == 1:
            self.receiving.rekey()
            return self.receive(wait)
        return plain[1:]


# ---------------------------------------------------------------------------------------------- 02, 03: the replica

def inside(space, scope):
    return tuple(space[:len(scope)]) == tuple(scope)


class Replica:
    """The entries that are here, in memory, with what follows from them: heads, sums, who may hold what."""
    def __init__(self, network):
        self.network, self.entries, self.arrival, self.registry = network, {}, [], []
        self.bodiless, self.erasures, self.caps, self.enrolled = {}, {}, {}, {}
        self.heads, self.sums, self.logs = {None: {}}, {None: 0}, {}
        self.epochs, self.root_head = {}, None                      # root entry -> (keys, quorum) behind it
        self.checked = dict(registry=0, tips=0, root=0, commitments=0)

    # -- storing

    def store(self, entry):
        """A-2, A-3; whoever calls has authenticated it. True if it is new."""
        if entry.id in self.entries:
            return False
        self.entries[entry.id] = entry
        self.arrival.append(entry)
        self.logs.setdefault(entry.log, entry.identity)
        if entry.space is None:
            self.registry.append(entry)
            self.enrolled = {}
        elif entry.body is None:
            self.bodiless.setdefault(entry.space, set()).add(entry.id)
        if entry.kind == ERASURE and len(entry.references) == 1:                                             # E-56
            self.erasures.setdefault(entry.references[0], []).append(entry)
        if entry.device is None:
            return self.change_root() or True
        self.sums.setdefault(entry.space, 0)
        heads = self.heads.setdefault(entry.space, {})
        if heads.pop(entry.backlink, None):
            self.add_to_sum(entry.space, entry.backlink, -1)
        heads[entry.id] = entry.timestamp
        self.add_to_sum(entry.space, entry.id, 1)
        return True

    def add_to_sum(self, space, head, sign):                                                                 # G-15
        value = int.from_bytes(blake(b"entente/head/1", head, size=64), "little")
        self.sums[space] = (self.sums[space] + sign * value) % 2**512

    def change_root(self):                                                                                   # G-18
        if self.root_head:
            del self.heads[None][self.root_head]
            self.add_to_sum(None, self.root_head, -1)
        root = sorted((e for e in self.registry if e.device is None), key=lambda e: e.id)
        self.root_head = blake(b"entente/root-head/1", *(part for e in root for part in (e.id, encode(e.signature))))
        self.heads[None][self.root_head] = max(e.timestamp for e in root)
        self.add_to_sum(None, self.root_head, 1)

    def sum(self, space):
        return self.sums.get(space, 0).to_bytes(64, "little")

    def items(self, space):
        return [(timestamp, id) for id, timestamp in self.heads.get(space, {}).items()]                      # G-22

    def branch(self, head, stop=()):
        """From the beginning of the log, or from behind an entry of `stop`, up to the head (G-27)."""
        found, entry = [], self.entries.get(head)
        while entry is not None and entry.id not in stop:
            found.append(entry)
            entry = self.entries.get(entry.backlink)
        return found[::-1]

    # -- what comes

    def follows(self, entry):
        """A-2, A-3, A-6: False where it waits; a fault where it contradicts what is here."""
        cap = self.entries.get(entry.authorization) if entry.authorization else None
        before = self.entries.get(entry.backlink)
        if entry.backlink and before is None or entry.authorization and cap is None:
            return False
        if before is not None:
            need(before.log == entry.log and before.sequence + 1 == entry.sequence, "a backlink into elsewhere")
            need(before.identity == entry.identity and before.timestamp <= entry.timestamp, "it contradicts the entry before it")
        need(cap is None or cap.timestamp <= entry.timestamp, "earlier than its capability")
        return True

    def take_registry(self, item):
        """One entry of a `registry` message (G-36, A-4). True if it is new."""
        need(type(item) is list and len(item) == 2, "an entry of another form")                              # E-1
        entry = Entry(self.network, *item)
        need(entry.space is None, "content in the registry")
        if entry.device is None:
            return self.take_root(entry)
        if entry.id in self.entries:
            return False
        need(holds(entry.device, entry.signed(self.network), entry.signature), "a signature that does not hold")
        self.checked["registry"] += 1
        return entry.timestamp <= now() + 300 * SECOND and self.follows(entry) and self.store(entry)

    def take_root(self, entry):
        """A-10, A-11, A-62, A-75, E-33: signatures that hold are joined; without the quorum of the epoch before it waits."""
        if entry.kind == GENESIS:
            need(entry.id == self.network, "the founding entry of another network")
        elif entry.backlink not in self.entries:
            return False
        own = (entry.act[19], entry.act[20]) if entry.kind in (GENESIS, ROOT_UPDATE) else None
        keys, quorum = own if entry.kind == GENESIS else self.epochs[entry.backlink]
        here = self.entries.get(entry.id)
        valid = {}
        for key, signature in entry.signature + (here.signature if here else []):
            if key in keys or own and key in own[0]:
                if holds(key, entry.signed(self.network), signature):
                    self.checked["root"] += 1
                    valid[key] = min(signature, valid.get(key, signature))
        enough = len([k for k in valid if k in keys]) >= quorum and (
            not own or len([k for k in valid if k in own[0]]) >= own[1])
        if not enough or not here and not self.follows(entry):
            return False
        joined = [[k, valid[k]] for k in sorted(valid)]
        self.epochs[entry.id] = own or (keys, quorum)
        if here:
            changed, here.signature = here.signature != joined, joined
            return changed and (self.change_root() or True)
        entry.signature = joined
        return self.store(entry)

    def take_run(self, preamble, items):
        """A whole run (G-37 to G-39). Rebuilds the headers, checks the backlinks, and the last signature for all of them. Gives the new entries."""
        space, device, incarnation, identity, sequence, backlink = preamble
        run = []
        for timestamp, references, authorization, kind, seal, body, signature in items:
            has_body = type(body[0]) is bytes
            detached = [len(body[1]), commitment(*body)] if has_body else body
            self.checked["commitments"] += has_body
            header = [1, list(space), device, incarnation, identity, sequence, backlink, timestamp, references, authorization, kind, seal, detached]
            entry = Entry(self.network, header, signature, *(body if has_body else ()))
            run.append(entry)
            sequence, backlink = sequence + 1, entry.id
        need(is_good_key(device), "a key that may not sign")
        while run and run[0].id in self.entries:                                                             # G-38
            self.take_body(run[0].id, run[0].salt, run[0].body)                                              # G-53
            run.pop(0)
        need(self.logs.get(run[0].log, identity) == identity if run else True, "the log of another identity")
        kept, was_cut = [], False
        for i, entry in enumerate(run):
            if i:
                need(run[i - 1].timestamp <= entry.timestamp, "earlier than the entry before it")
            elif entry.backlink and entry.backlink not in self.entries:
                return []
            cap = entry.authorization and self.entries.get(entry.authorization)
            if entry.timestamp > now() + 300 * SECOND or entry.authorization and not cap:
                was_cut = True
                break
            need(not cap or cap.timestamp <= entry.timestamp, "earlier than its capability")
            kept.append(entry)
        if kept:
            need(self.follows(kept[0]), "it waits")
            tip = kept[-1]
            self.checked["tips"] += 1
            if not holds(device, tip.signed(self.network), tip.signature):                                   # G-39
                need(was_cut, "the signature of a run's last entry does not hold")
                return []
        for entry in kept:
            self.store(entry)
        self.destroy_erased(kept)
        return kept

    # -- bodies

    def take_body(self, id, salt, body):                                                                     # G-53, E-36
        entry = self.entries.get(id)
        if body is None or entry is None or entry.space is None or entry.body is not None or self.is_erased(entry):
            return
        if entry.act == [len(body), commitment(salt, body)]:
            self.checked["commitments"] += 1
            entry.salt, entry.body = salt, body
            self.bodiless[entry.space].discard(id)

    def is_erased(self, entry):
        """E-57, E-58: under an erasure in force; an edit by its author goes with the entry that it is of."""
        target = entry
        if entry.kind == EDIT and len(entry.references) == 1 and entry.references[0] in self.entries:
            if self.entries[entry.references[0]].identity == entry.identity:
                target = self.entries[entry.references[0]]
        return any(e.references == [t.id] and e.space == t.space and self.is_visible(e)
                   and (e.identity == t.identity or self.rights(e.authorization) & RIGHT_DISAVOW)
                   for t in {entry.id: entry, target.id: target}.values() for e in self.erasures.get(t.id, ()))

    def destroy_erased(self, new):                                                                           # E-57
        if any(e.kind == ERASURE for e in new) or self.erasures:
            for e in self.arrival:
                if e.body is not None and e.space and self.is_erased(e):
                    e.salt = e.body = None
                    self.bodiless.setdefault(e.space, set()).add(e.id)

    def missing_bodies(self, space):                                                                         # E-59
        return sorted(id for id in self.bodiless.get(space, ()) if not self.is_erased(self.entries[id]))

    # -- authority, without what stops (see the beginning)

    def cap(self, id):
        """Of a grant, an admission, an invitation: (subject, level, rights, scope, end), if it is well-formed up to root."""
        if id not in self.caps and id in self.entries:
            self.caps[id] = self.find_cap(self.entries[id])         # it cannot change: what it cites is here before it
        return self.caps.get(id)

    def find_cap(self, e):
        if e.kind not in (GRANT, INVITE, ADMIT):
            return None
        a = e.act
        mine = (None if e.kind == INVITE else a.get(1), a[2], a.get(3, 0), a.get(0, []), a.get(8 if e.kind == INVITE else 4, NEVER))
        if e.authorization == 0:
            return mine if e.device is None and e.kind != ADMIT else None
        above = self.cap(e.authorization)
        if above is None or not inside(mine[3], above[3]) or mine[2] & ~above[2]:
            return None
        if e.kind == ADMIT:
            i = self.entries[e.authorization]
            end = min(above[4], (self.cap(i.authorization) or mine)[4]) if i.authorization else above[4]
            ok = (i.kind == INVITE and a.get(1) == e.identity and a[2] == i.act[2] + 1 and e.timestamp <= i.act.get(4, NEVER) and mine[4] <= end
                  and holds(i.act[6], self.proof_text(i.id, e.identity, e.device, a[10]), a[11]))
        else:
            invites = e.kind == INVITE
            ok = (above[0] == e.identity and mine[1] > above[1] and e.timestamp <= above[4] and a.get(4, NEVER) <= above[4]
                  and (invites or mine[0]) and above[2] & (RIGHT_ADMIN | (RIGHT_INVITE if invites else 0)))
        return mine if ok else None

    def proof_text(self, invitation, subject, device, nonce):
        return b"entente/admit/1" + self.network + invitation + subject + device + nonce                     # E-40

    def rights(self, id):
        return (self.cap(id) or (None, 15, 0))[2]

    def is_visible(self, e):
        """A-14 to A-16, A-24, A-30: well-formed, and by a key that its identity enrolled."""
        cap = self.cap(e.authorization)
        right = RIGHT_POST | (RIGHT_DISAVOW if e.kind == ERASURE else 0)
        return bool(cap and cap[0] == e.identity and cap[2] & right and inside(e.space, cap[3]) and e.timestamp <= cap[4]
                    and e.device in self.keys(e.identity))

    def keys(self, identity):
        if identity not in self.enrolled:
            first = self.entries.get(identity)
            found = {first.device} if first and first.kind == INCEPTION else set()
            self.enrolled[identity] = found | {e.act[25] for e in self.registry if e.kind == KEY_ADD and e.identity == identity
                                               and e.device in found}
        return self.enrolled[identity]

    def may_hold(self, node, space):
        """G-4."""
        hosted = {e.identity for e in self.registry if e.kind in (INCEPTION, KEY_ADD) and node in (e.device, e.act.get(25), e.act.get(26))}
        caps = [self.cap(e.id) for e in self.registry if e.kind in (GRANT, ADMIT) and e.act.get(1) in hosted]
        return any(c and (space is None or inside(space, c[3])) and c[4] >= now() for c in caps)

    def announced(self):
        return {tuple(e.act.get(0, [])) + (e.act[23],) for e in self.registry if e.kind == SPACE_CREATE} | set(self.sums) - {None}

    def name_of(self, kind, key):
        """The newest name of a space (34) or of an identity (33). (V-13 in short.)"""
        named = [(e.timestamp, e.id, operation(e)[0]) for e in self.arrival if e.kind == kind
                 and (e.space if kind == SPACE_PROFILE else e.identity) == key and operation(e) and self.is_visible(e)]
        return max(named)[2] if named else key[-1].hex()[:8] if type(key) is tuple else key.hex()[:8]


# ---------------------------------------------------------------------------------------------- 06: gossip

SUMS, ASK, RECONCILE, WANT, TOTALS, DELIVERED, RUN, REGISTRY, ACKNOWLEDGE, REFUSE, WANT_BODIES, BODIES = range(12)
is_space = lambda x: x is None or is_path(x)
is_list = lambda low, top, check: lambda x: type(x) is list and low <= len(x) <= top and all(map(check, x))
is_content = lambda x: type(x) is bytes and len(x) <= 49_152
is_body = lambda x: type(x) is list and len(x) == 2 and (is_bytes(16)(x[0]) and is_content(x[1]) or is_uint(49_152)(x[0]) and is_id(x[1]))
is_item = lambda x: (type(x) is list and len(x) == 7 and is_time(x[0]) and is_ascending(x[1], 0, 8, is_id)
                     and (x[2] is None or x[2] is not False and x[2] == 0 or is_id(x[2])) and is_time(x[3])
                     and (x[4] is None or is_id(x[4])) and is_body(x[5]) and is_bytes(64)(x[6]))
is_preamble = lambda x: x is None or (type(x) is list and len(x) == 6 and is_path(x[0]) and is_key(x[1]) and is_u64(x[2]) and is_id(x[3])
                                      and is_uint(2**63 - 4_097)(x[4]) and (x[5] is None) == (x[4] == 0) and (x[5] is None or is_id(x[5])))
is_join = lambda x: (type(x) is list and len(x) == 2 and is_list(0, 32, is_id)(x[0]) and type(x[1]) is bytes and len(x[1]) <= 64)
is_bool = lambda x: type(x) is bool
FORMS = {  # G-12, G-13, G-37
    SUMS: [lambda x: is_list(0, 450, lambda s: type(s) is list and len(s) == 2 and is_space(s[0]) and is_bytes(64)(s[1]))(x)
           and is_ascending([tuple(s[0] or ()) for s in x], 0, 450, lambda _: True)],
    ASK: [], RECONCILE: [is_space, is_bool, lambda x: type(x) is bytes],
    WANT: [is_space, lambda x: is_ascending(x, 0, 900, is_id), lambda x: is_ascending(x, 0, 900, is_id)],
    TOTALS: [is_space, is_u64, is_u64], DELIVERED: [is_space], RUN: [is_preamble, is_list(1, 4_096, is_item), is_bool],
    REGISTRY: [is_list(1, 256, lambda _: True)], ACKNOWLEDGE: [], REFUSE: [is_uint(8), is_text(512)],
    WANT_BODIES: [is_space, lambda x: is_ascending(x, 1, 256, is_id)],
    BODIES: [is_list(1, 256, lambda b: type(b) is list and len(b) == 3 and is_id(b[0]) and is_bytes(16)(b[1]) and is_content(b[2]))]}
REFUSALS = ["this node has not heard of you", "former member", "invitation unknown, or its proof does not hold", "invitation closed",
            "invitation expired", "invitation used up", "another connection goes on", "another network", "the clock"]


class Peer:
    """One session with a node: what it said, what is under way, and what is next."""
    def __init__(self, site, sock, is_dialler, expected=None, join=None):
        self.site, self.replica, self.is_dialler = site, site.replica, is_dialler
        introduction = encode([now(), site.incarnation, site.listen, join])                                  # G-1
        self.session = Session(sock, site.network, site.secret, site.node, site.incarnation, introduction, is_dialler, expected)
        self.node = self.session.peer
        theirs = decode(self.session.peer_extension)
        need(is_list(4, 4, lambda _: True)(theirs) and is_u64(theirs[0]) and is_u64(theirs[1]) and (theirs[2] is None or is_text(256)(theirs[2]))
             and (theirs[3] is None or is_join(theirs[3])), "an introduction of another form")
        need(self.node != site.node.public, "this is my own node")                                           # G-10
        self.begun = []                                             # sums that are not all here yet
        self.theirs, self.said, self.said_at = None, None, 0        # their sums; the last of mine
        self.wants, self.unacknowledged, self.queue = [], [], []    # G-30; G-34; units that wait for credit
        self.asked, self.lacking, self.tried, self.run, self.asked_bodies = None, None, {}, None, {}
        self.stats = dict(rounds=0, runs=0, registryMessages=0, reconciliations=0, questionsAnswered=0, wantsAnswered=0)

    def shared(self):
        """G-4, by this registry. Spaces that only the peer names count too where both may hold them."""
        spaces = {s for s in self.replica.announced() | set(self.theirs or {}) if s is not None
                  and self.replica.may_hold(self.site.node.public, s) and self.replica.may_hold(self.node, s)}
        return [None] + sorted(spaces)                                # G-13: by the components, one after the other

    def sums(self):
        return {space: self.replica.sum(space) for space in self.shared()}

    def send(self, code, *items):
        message = encode([code, *items])
        need(len(message) <= MESSAGE_MAX, "a message of mine is too long")
        self.session.send(message)

    def say_sums(self, always=True):                                                                         # G-16, G-17
        mine = self.sums()
        if always or mine != self.said:
            said = [[s and list(s), value] for s, value in mine.items()]
            for start in range(0, len(said) + 1, 450):                                                         # G-60
                self.send(SUMS, said[start:start + 450])
            self.said, self.said_at = mine, time.time()

    def differing(self):
        return [s for s, mine in self.sums().items() if (self.theirs or {}).get(s, bytes(64)) != mine]

    def is_in_sync(self):                                                                                    # G-19, G-54
        busy = self.wants or self.unacknowledged or self.queue or self.asked or self.run
        return bool(self.theirs is not None and self.said is not None and not busy and not self.differing()
                    and not any(self.replica.missing_bodies(s) for s in self.shared()))

    # -- sending entries

    def push(self, entries):
        """New entries, as runs of one and as `registry` (G-35)."""
        registry = [e for e in entries if e.space is None]
        self.queue += self.registry_units(registry) + [unit for e in entries if e.space for unit in self.run_units([e])]
        self.flush()

    def registry_units(self, entries):
        units, part, size = [], [], 0
        for e in entries:
            part.append([e.header, e.signature])
            size += e.size
            if size >= PART_BYTES or len(part) == 256:
                units.append((size, [[REGISTRY, part]]))
                part, size = [], 0
        return units + ([(size, [[REGISTRY, part]])] if part else [])

    def run_units(self, entries):
        """Runs of a stretch of one log, each at most 4,096 entries and 4 MiB, in parts (G-37)."""
        units = []
        while entries:
            count = size = 0
            while count < min(4_096, len(entries)) and size + entries[count].size <= 4 * MIB:
                size, count = size + entries[count].size, count + 1
            stretch, entries = entries[:count], entries[count:]
            parts, part, bytes_ = [], [], 0
            for e in stretch:
                body = [e.salt, e.body] if e.body is not None else e.act                                     # E-58
                part.append([e.timestamp, e.references, e.authorization, e.kind, e.header[11], body, e.signature])
                bytes_ += e.size
                if bytes_ >= PART_BYTES:
                    parts, part, bytes_ = parts + [part], [], 0
            parts += [part] if part else []
            first = stretch[0]
            preamble = [list(first.space), first.device, first.incarnation, first.identity, first.sequence, first.backlink]
            units.append((size, [[RUN, None if i else preamble, p, i == len(parts) - 1] for i, p in enumerate(parts)]))
        return units

    def leading_to(self, space, heads, known):
        """G-27, G-28."""
        if space is None:
            ids = {e.id for h in heads for e in self.replica.branch(h, known)}
            root = self.replica.root_head in heads
            return self.registry_units([e for e in self.replica.registry if e.id in ids or root and e.device is None])
        return [unit for h in sorted(heads) for unit in self.run_units(self.replica.branch(h, known))]

    def flush(self):                                                                                         # G-33
        while self.queue:
            size, messages = self.queue[0]
            if size and sum(self.unacknowledged) >= CREDIT:
                return
            self.queue.pop(0)
            for message in messages:
                self.send(*message)
            if size:
                self.unacknowledged.append(size)

    # -- what is next

    def advance(self):
        self.flush()
        if time.time() - self.said_at >= 20:
            self.say_sums()
        if self.theirs is None or self.wants or self.asked or self.queue or self.unacknowledged or self.run:
            return
        spaces = self.differing()
        if self.is_dialler and spaces:                                                                       # G-20, G-21
            for space in [None] if None in spaces and self.is_untried(None) else spaces:
                if self.is_untried(space):
                    self.tried[space] = (self.pair(space), time.time())
                    self.asked = (space, Reconciliation(self.replica.items(space), True))
                    self.stats["reconciliations"] += 1
                    return self.send(RECONCILE, space and list(space), True, self.asked[1].begin())
        for space in self.shared():                                                                          # G-51
            missing = [id for id in self.replica.missing_bodies(space) if self.asked_bodies.get(id, 0) < time.time() - 20][:256]
            if missing:
                self.asked_bodies.update((id, time.time()) for id in missing)
                self.wants.append(space)
                return self.send(WANT_BODIES, list(space), missing)

    def pair(self, space):
        return self.replica.sum(space), self.theirs.get(space)

    def is_untried(self, space):                                                                             # G-21
        pair, at = self.tried.get(space, (None, 0))
        return pair != self.pair(space) or time.time() - at >= 20

    def pump(self, until, deadline):
        """Goes on until the condition holds; gives whether it does."""
        while not until():
            if time.time() > deadline:
                return False
            self.advance()
            message = self.session.receive(min(1, max(0, deadline - time.time())))
            if message is not None:
                self.handle(message)
        self.flush()
        return True

    # -- what comes

    def handle(self, message):
        need(len(message) <= MESSAGE_MAX, "a message too long")                                              # G-11
        value = decode(message)
        need(type(value) is list and value and is_uint(11)(value[0]), "a message of another form")           # G-12
        code, items = value[0], value[1:]
        need(len(items) == len(FORMS[code]) and all(c(x) for c, x in zip(FORMS[code], items)), "a message of another form (%d)" % code)
        space = tuple(items[0]) if code in (RECONCILE, WANT, TOTALS, DELIVERED, WANT_BODIES) and items[0] else None
        may = code not in (RECONCILE, WANT, WANT_BODIES) or space in self.shared()
        if code == SUMS:
            said = [(s and tuple(s), value) for s, value in items[0]]                                          # G-60
            need(not self.begun or not said or said[0][0] > self.begun[-1][0], "sums out of order")
            self.begun += said
            need(len(self.begun) <= 8192, "sums of too many spaces")
            if len(said) < 450:
                self.theirs, self.begun = dict(self.begun), []
        elif code == ASK:
            self.say_sums()
        elif code == RECONCILE:
            self.question(space, items[2], may) if items[1] else self.reply(space, items[2])
        elif code == WANT:
            heads = [h for h in items[1] if may and (h == self.replica.root_head and space is None
                     or h in self.replica.entries and self.replica.entries[h].space == space)]               # G-29
            self.queue += self.leading_to(space, heads, set(items[2])) + [(0, [[DELIVERED, space and list(space)]])]  # G-30
            self.stats["wantsAnswered"] += 1
        elif code == WANT_BODIES:
            found = [self.replica.entries[i] for i in items[1] if may and i in self.replica.entries]
            for e in found:
                if e.space == space and e.body is not None:
                    self.queue.append((e.size, [[BODIES, [[e.id, e.salt, e.body]]]]))                        # G-52
            self.queue.append((0, [[DELIVERED, space and list(space)]]))
        elif code == DELIVERED:
            need(space in self.wants, "delivered, and nothing was wanted")
            self.wants.remove(space)
            self.push_lacking()
        elif code == RUN:
            self.part(*items)
        elif code == REGISTRY:
            self.stats["registryMessages"] += 1
            for item in items[0]:
                self.replica.take_registry(item)
            self.acknowledge()
        elif code == ACKNOWLEDGE:
            need(self.unacknowledged, "an acknowledge of nothing")                                           # G-34
            self.unacknowledged.pop(0)
        elif code == BODIES:
            for body in items[0]:
                self.replica.take_body(*body)
            self.acknowledge()
        elif code == REFUSE:
            raise Refused("refused: %s (%s)" % (REFUSALS[items[0]], items[1]))                               # G-9
        self.flush()

    def acknowledge(self):
        self.say_sums(always=False)                                                                          # G-17: before it
        self.send(ACKNOWLEDGE)

    def question(self, space, message, may):                                                                 # G-23, G-24
        need(not self.is_dialler, "a question from the side that was dialled")
        answer = Reconciliation(self.replica.items(space), False).answer(message) if may else b""
        self.stats["questionsAnswered"] += 1
        self.send(RECONCILE, space and list(space), False, answer)

    def reply(self, space, message):
        need(self.asked and self.asked[0] == space, "an answer to no question")                              # G-24
        self.stats["rounds"] += 1
        machine = self.asked[1]
        question = machine.answer(message) if message else None                                              # G-23
        if question:
            return self.send(RECONCILE, space and list(space), True, question)
        self.asked = None                                                                                    # G-26
        here = self.replica.entries
        wanted = sorted(id for id in machine.need if id not in here)
        known = sorted(machine.have)[:900]
        for i in range(0, min(len(wanted), 63 * 900), 900):
            self.wants.append(space)
            self.send(WANT, space and list(space), wanted[i:i + 900], known)
        self.lacking = (space, machine.have, machine.need & set(here))
        self.push_lacking()

    def push_lacking(self):
        """G-26, but only when what was wanted is here: a head that turns out to be an old one of the peer's log is not sent back to it."""
        if self.lacking and not self.wants:
            (space, have, stop), self.lacking = self.lacking, None
            self.queue += self.leading_to(space, have & set(self.replica.heads.get(space, ())), stop)

    def part(self, preamble, items, last):                                                                   # G-37
        need((preamble is None) == (self.run is not None), "a part of a run that did not begin, or a run inside another")
        if preamble:
            self.run = (preamble, [])
        self.run[1].extend(items)
        need(len(self.run[1]) <= 4_096 and sum(len(i[5][1]) for i in self.run[1]) <= 4 * MIB, "a run too long")
        if last:
            preamble, items = self.run
            self.run = None
            self.stats["runs"] += 1
            if tuple(preamble[0]) in self.shared():                                                          # "let by" else
                self.replica.take_run(preamble, items)
            self.acknowledge()


# ---------------------------------------------------------------------------------------------- writing

class Author:
    """A site or a person: a key, its identity (when it has begun) and the capabilities that were given to it."""
    def __init__(self, name, key, host=None):
        self.name, self.key, self.host, self.identity, self.caps, self.last = name, key, host, None, [], {}


class Site:
    """What this client is: its keys, its entries, and whom it acts for."""
    def __init__(self, token, site_name, member, listen=None):
        self.token, self.network, self.secret, self.listen = token, token.network, token.secret, listen
        self.incarnation = int.from_bytes(os.urandom(8), "big")
        self.replica, self.node = Replica(token.network), Key()
        self.site, self.person = Author(site_name, self.node), Author(member, Key(), self.node.public)

    def write(self, author, space, kind, act=None, body=None, authorization=None, references=(), incarnation=None):
        """Signs one entry, reads it back and stores it here ("What an author sees to", chapter 02)."""
        incarnation = self.incarnation if incarnation is None else incarnation
        before = author.last.get((space, incarnation))
        refs = [self.replica.entries[r] for r in references]
        cap = self.replica.entries.get(authorization)
        stamp = max([now(), before.timestamp + (space is not None) if before else 0, cap.timestamp if cap else 0] + [r.timestamp + 1 for r in refs])
        salt = None
        if space is not None:
            salt = os.urandom(16)
            act = [len(body), commitment(salt, body)]
        header = [1, space and list(space), author.key.public, incarnation, author.identity, before.sequence + 1 if before else 0,
                  before.id if before else None, stamp, sorted(references), authorization, kind, None, act]
        signature = author.key.sign(b"entente/sign/1", self.network, encode(header))
        entry = Entry(self.network, header, signature, salt, body)
        need(self.replica.follows(entry) and holds(author.key.public, entry.signed(self.network), signature), "my own entry")
        self.replica.store(entry)
        author.last[space, incarnation] = entry
        return entry

    def begin(self, author):
        commit = blake(b"entente/recovery/1", Key().public)                                                  # E-41; this key is thrown away
        entry = self.write(author, None, INCEPTION, {24: commit} | ({26: author.host} if author.host else {}))
        author.identity = entry.id
        return entry

    def admit(self, author, invitation, key):
        """A-21, A-22, E-40: one level below the invitation, with its rights, its scope and its end."""
        i, nonce = self.replica.entries[invitation], os.urandom(16)
        ends = [i.act.get(8, NEVER)] + ([self.replica.cap(i.authorization)[4]] if i.authorization else [])
        act = {2: i.act[2] + 1, 1: author.identity, 10: nonce,
               11: key.sign(self.replica.proof_text(invitation, author.identity, author.key.public, nonce))}
        act |= {k: i.act[k] for k in (0, 3) if k in i.act} | ({4: min(ends)} if min(ends) < NEVER else {})   # E-19, E-23
        entry = self.write(author, None, ADMIT, act, authorization=invitation)
        author.caps.append(entry.id)
        return entry

    def join(self):
        """The entries that make this site, and its person, members."""
        token, r = self.token, self.replica
        need(token.network in r.entries and token.root_epoch in r.epochs, "the registry has another root than the invitation says")
        need(token.issuer_head in r.entries, "the registry does not reach as far as the invitation says")
        for id in token.invitations:
            i = r.entries.get(id)
            need(i and i.kind == INVITE and i.act[6] == token.key.public and r.cap(id), "the invitation is not in the registry")
        may_invite = all(r.rights(id) & RIGHT_INVITE for id in token.invitations)
        if not may_invite:
            return [self.begin(self.person)] + [self.admit(self.person, id, token.key) for id in token.invitations]
        new = [self.begin(self.site)] + [self.admit(self.site, id, token.key) for id in token.invitations]
        key = Key()
        invites = [self.write(self.site, None, INVITE, {2: r.cap(c)[1] + 1, 3: RIGHT_POST, 6: key.public, 7: 1} |
                              ({0: r.cap(c)[3]} if r.cap(c)[3] else {}) | ({8: r.cap(c)[4], 4: min(r.cap(c)[4], now() + 3_600 * SECOND)}
                              if r.cap(c)[4] < NEVER else {}), authorization=c) for c in self.site.caps]
        new += invites + [self.begin(self.person)]
        return new + [self.admit(self.person, i.id, key) for i in invites]

    def cap_for(self, author, space):
        return next((c for c in author.caps if inside(space, self.replica.cap(c)[3])
                     and self.replica.cap(c)[2] & RIGHT_POST), None)

    def content(self, author, space, kind, value, incarnation=None):
        """One content entry; its references are the newest heads of others that were seen."""
        cap = self.cap_for(author, space)
        need(cap, "%s may not write in this space" % author.name)
        own = {e.id for e in author.last.values()}
        heads = sorted(((t, id) for t, id in self.replica.items(space) if id not in own), reverse=True)[:4]
        seen = {id for _, id in heads} | ({value[1]} if kind == POST and 1 in value else set())
        return self.write(author, space, kind, body=encode(value), authorization=cap, references=sorted(seen), incarnation=incarnation)


# ---------------------------------------------------------------------------------------------- the program

def connect(address, wait):
    host, _, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=wait)


def dial(site, deadline):
    token = site.token
    signature = token.key.sign(b"entente/join/1", site.network, site.node.public, *token.invitations)        # G-3
    reason = Refused("the invitation names no node")
    for address, node in token.bootstrap:
        try:
            return Peer(site, connect(address, min(10, deadline - time.time())), True, node, [token.invitations, signature])
        except (OSError, Refused) as error:
            reason = error
    raise reason


def run(options, report):
    with open(options.invitation) as file:
        token = Token(file.read())
    deadline = time.time() + options.wait
    site = Site(token, options.site or token.site_name or "second", options.member, options.listen)
    listener = socket.create_server(("127.0.0.1", int(options.listen.rpartition(":")[2]))) if options.listen else None
    peer = dial(site, deadline)
    report.update(network=token.network.hex(), node=site.node.public.hex(), peer=peer.node.hex(), written={})
    space = enter(site, peer, options.space, deadline)
    written = compose(site, space, options, report["written"])
    if len(written) <= 64:
        peer.push(written)                 # G-35: at most 64 at once; more of them wait for a reconciliation
    peer.say_sums()
    in_sync = peer.pump(peer.is_in_sync, deadline)
    report["dialled"] = peer.stats
    if listener and in_sync:
        peer.session.sock.close()
        late = site.content(site.person, space, POST, {0: options.text + " (asked for)"})
        report["written"]["late"] = late.id.hex()
        peer = be_dialled(site, listener, deadline)
        in_sync = peer.pump(peer.is_in_sync, deadline)
        report["answered"] = peer.stats
    report["inSync"] = in_sync
    tell(site, report)
    need(in_sync, "not in sync: " + describe(peer))


def enter(site, peer, name, deadline):
    """Fetches the registry, joins, and fetches the spaces that are shared then. Gives the space of this name."""
    peer.say_sums()                                                                                          # G-17
    need(peer.pump(peer.is_in_sync, deadline), "the registry did not come: " + describe(peer))
    peer.push(site.join())
    peer.say_sums()
    named = lambda: next((s for s in peer.shared() if s and site.replica.name_of(SPACE_PROFILE, s) == name), None)
    need(peer.pump(lambda: named() and peer.is_in_sync(), deadline), "no space %s: %s" % (name, describe(peer)))
    return named()


def compose(site, space, options, told):
    """A profile for the site and the person, a post, and a reply to the newest post that is there; and the posts for tests of large sets."""
    there = [e for e in posts(site.replica) if e.space == space]
    written = [site.content(a, space, PROFILE, {0: a.name}) for a in (site.site, site.person) if a.identity]
    written.append(site.content(site.person, space, POST, {0: options.text}))
    told["post"] = written[-1].id.hex()
    if there:
        written.append(site.content(site.person, space, POST, {0: "Re: " + options.text, 1: there[-1].id}))
        told.update(reply=written[-1].id.hex(), replyTo=there[-1].id.hex())
    for n in range(options.more):          # several logs of one key are several incarnations of it; A-72 allows 64
        incarnation = (site.incarnation + n % options.logs) % 2**64
        written.append(site.content(site.person, space, POST, {0: "%s (%d)" % (options.text, n + 1)}, incarnation))
    return written


def be_dialled(site, listener, deadline):
    """The other role: the node dials where the introduction said (G-2), asks and wants; this side answers."""
    listener.settimeout(max(1, deadline - time.time()))
    sock = listener.accept()[0]
    sock.settimeout(10)
    peer = Peer(site, sock, False)
    peer.say_sums()
    return peer


def tell(site, report):
    replica = site.replica
    names = {s: replica.name_of(SPACE_PROFILE, s) if s else "registry" for s in replica.sums}
    report["entries"] = {names[s]: sum(e.space == s for e in replica.arrival) for s in replica.sums}
    report["heads"] = {names[s]: len(replica.heads[s]) for s in replica.sums}
    report["sums"] = {names[s]: replica.sum(s).hex() for s in replica.sums}       # `entente status --json` shows them as "fingerprint"
    report["signaturesChecked"] = replica.checked
    report["site"], report["person"] = site.site.identity and site.site.identity.hex(), site.person.identity.hex()
    found = posts(replica)
    authors = {id: replica.name_of(PROFILE, id) for id in {e.identity for e in found}}
    report["posts"] = [dict(id=e.id.hex(), space=names[e.space], author=authors[e.identity], time=e.timestamp,
                            text=operation(e)[0] if operation(e) else None) for e in found]


def posts(replica):
    return sorted((e for e in replica.arrival if e.kind == POST and replica.is_visible(e)), key=lambda e: (e.timestamp, e.id))


def describe(peer):
    return "differing %s, wants %d, unacknowledged %d, waiting %d" % (
        [s and s[-1].hex()[:8] for s in peer.differing()], len(peer.wants), len(peer.unacknowledged), len(peer.queue))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("invitation")
    parser.add_argument("--text", required=True)
    parser.add_argument("--space", default="everyone")
    parser.add_argument("--site")
    parser.add_argument("--member", default="Second")
    parser.add_argument("--listen", metavar="HOST:PORT", help="be dialled there too, and answer (a second session)")
    parser.add_argument("--more", type=int, default=0, metavar="N", help="write N posts more")
    parser.add_argument("--logs", type=int, default=1, metavar="N", help="spread them over N logs, at most 64")
    parser.add_argument("--wait", type=float, default=30)
    parser.add_argument("--json", action="store_true")
    options, report, code = parser.parse_args(), dict(inSync=False), 0
    try:
        run(options, report)
    except (Refused, OSError) as error:
        report["reason"], code = str(error) or type(error).__name__, 1
    if options.json:
        print(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        for post in report.get("posts", [])[-20:]:
            print("%s  %s\n    %s" % (post["space"], post["author"], post["text"]))
        print({k: v for k, v in report.items() if k != "posts"})
    return code


if __name__ == "__main__":
    sys.exit(main())
