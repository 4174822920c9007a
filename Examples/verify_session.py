#!/usr/bin/env python3
"""A second implementation of Specs/05-session.md, held against Specs/vectors/session.json: python3 Examples/verify_session.py

Like verify_vectors.py, whose encoding and signatures it uses, it was written from the specification and the papers it
names alone, and needs nothing but Python 3.9. It is slow and says nothing about timing: never talk to a network with it.
"""
import hashlib
import hmac
import struct
import sys

from verify_vectors import Refused, decode, encode, expect, failures, is_key, is_refused, load, verifies

P = 2**255 - 19
NAME = b"Noise_XXpsk0_25519_ChaChaPoly_BLAKE2b"
PADDING = bytes(2215)


# --- Primitives: RFC 7748, RFC 8439 ------------------------------------------------------------------------------------


def x25519(secret, point):
    k = int.from_bytes(secret, "little") & ~7 & (2**254 - 1) | 2**254
    u = int.from_bytes(point, "little") & (2**255 - 1)
    x2, z2, x3, z3, swap = 1, 0, u, 1, 0
    for t in range(254, -1, -1):
        bit = k >> t & 1
        if swap != bit:
            x2, z2, x3, z3 = x3, z3, x2, z2
        swap = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % P, b * b % P, d * a % P, c * b % P
        e = aa - bb
        x3, z3 = (da + cb) ** 2 % P, u * (da - cb) ** 2 % P
        x2, z2 = aa * bb % P, e * (aa + 121665 * e) % P
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


def public_key(secret):
    return x25519(secret, (9).to_bytes(32, "little"))


def chacha_block(key, counter, nonce):
    state = list(struct.unpack("<4I", b"expand 32-byte k")) + list(struct.unpack("<8I", key)) + [counter] + list(struct.unpack("<3I", nonce))
    work = state[:]

    def quarter(a, b, c, d):
        for x, y, z, shift in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            work[x] = work[x] + work[y] & 0xFFFFFFFF
            work[z] ^= work[x]
            work[z] = (work[z] << shift | work[z] >> 32 - shift) & 0xFFFFFFFF

    for _ in range(10):
        for column in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15), (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            quarter(*column)
    return struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(state, work)))


def chacha(key, nonce, data):
    stream = b"".join(chacha_block(key, 1 + i, nonce) for i in range((len(data) + 63) // 64))
    return bytes(a ^ b for a, b in zip(data, stream))


def tag(key, nonce, associated, ciphertext):
    one_time = chacha_block(key, 0, nonce)[:32]
    r = int.from_bytes(one_time[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    padded = b"".join(part + bytes(-len(part) % 16) for part in (associated, ciphertext)) + struct.pack("<QQ", len(associated), len(ciphertext))
    sum = 0
    for i in range(0, len(padded), 16):
        sum = (sum + int.from_bytes(padded[i : i + 16], "little") + 2**128) * r % (2**130 - 5)
    return ((sum + int.from_bytes(one_time[16:], "little")) % 2**128).to_bytes(16, "little")


# --- Noise, revision 34 ------------------------------------------------------------------------------------------------


def blake2b(data):
    return hashlib.blake2b(data).digest()


class Cipher:
    """One direction: a key and its counter. (Noise 5.1)"""

    def __init__(self, key):
        self.key, self.counter = key, 0

    def nonce(self):
        self.counter += 1
        return struct.pack("<IQ", 0, self.counter - 1)

    def seal(self, plaintext, associated=b""):
        nonce = self.nonce()
        ciphertext = chacha(self.key, nonce, plaintext)
        return ciphertext + tag(self.key, nonce, associated, ciphertext)

    def open(self, sealed, associated=b""):
        nonce = self.nonce()
        if len(sealed) < 16 or tag(self.key, nonce, associated, sealed[:-16]) != sealed[-16:]:
            raise Refused("does not open")
        return chacha(self.key, nonce, sealed[:-16])

    def rekey(self):
        self.key = chacha(self.key, struct.pack("<IQ", 0, 2**64 - 1), bytes(32))


class Handshake:
    """What both sides mix, in the same order. (Noise 5.2)"""

    def __init__(self, prologue, preshared):
        self.hash = self.chain = NAME + bytes(64 - len(NAME))
        self.mix_hash(prologue)
        self.preshared = preshared

    def mix_hash(self, data):
        self.hash = blake2b(self.hash + data)

    def derive(self, material, count):
        outputs, temporary = [b""], hmac.digest(self.chain, material, "blake2b")
        for i in range(count):
            outputs.append(hmac.digest(temporary, outputs[-1] + bytes([i + 1]), "blake2b"))
        return outputs[1:]

    def mix_key(self, material):
        self.chain, key = self.derive(material, 2)
        self.cipher = Cipher(key[:32])

    def mix_key_and_hash(self, material):
        self.chain, hashed, key = self.derive(material, 3)
        self.mix_hash(hashed)
        self.cipher = Cipher(key[:32])

    def mix_ephemeral(self, key):
        self.mix_hash(key)
        self.mix_key(key)  # for there is a pre-shared key (Noise 9.2)

    def agree(self, secret, key):
        shared = x25519(secret, key)
        if shared == bytes(32):
            raise Refused("zero")  # S-14
        self.mix_key(shared)

    def seal(self, plaintext):
        sealed = self.cipher.seal(plaintext, self.hash)
        self.mix_hash(sealed)
        return sealed

    def open(self, sealed):
        plaintext = self.cipher.open(sealed, self.hash)
        self.mix_hash(sealed)
        return plaintext


# --- 05 Session --------------------------------------------------------------------------------------------------------


class Side:
    """One side of a session: give it bytes, it gives bytes back, and keeps what it learns."""

    def __init__(self, side, network, is_initiator):
        self.network, self.is_initiator = bytes.fromhex(network["id"]), is_initiator
        secret = bytes.fromhex(network["secret"])
        self.static, self.ephemeral, self.seed, self.extension = (
            bytes.fromhex(side[part]) for part in ("sessionSecret", "ephemeralSecret", "nodeSeed", "extension"))
        self.node_key, self.epoch, self.versions = bytes.fromhex(side["nodeKey"]), int(side["epoch"]), side["versions"]
        self.signature = bytes.fromhex(side["signature"])
        preshared = hashlib.blake2b(b"entente/session-psk/1" + self.network, key=secret, digest_size=32).digest()  # S-3
        self.prologue = b"entente/session/1" + self.network + b"\x01"  # S-2
        self.noise = Handshake(self.prologue, preshared)
        self.state, self.buffer, self.messages = "ready" if is_initiator else "first", b"", []

    def proof(self):
        return encode([self.versions[0], self.versions[1], self.node_key, self.signature, self.epoch, self.extension])

    def signed(self, session_key, node_key, epoch):
        return b"entente/session-key/1" + self.network + session_key + node_key + struct.pack(">Q", epoch)  # S-9

    def begin(self):
        noise = self.noise
        noise.mix_key_and_hash(noise.preshared)
        noise.mix_ephemeral(public_key(self.ephemeral))
        self.state = "second"
        return self.frame(public_key(self.ephemeral) + noise.seal(PADDING))  # S-5

    @staticmethod
    def frame(data):
        return struct.pack(">H", len(data)) + data  # S-4

    LENGTHS = {"first": (2263, 2263), "second": (201, 2263), "third": (169, 2231), "open": (17, 65535)}  # S-6, S-10, S-4

    def receive(self, data):
        answer = b""
        self.buffer += data
        while len(self.buffer) >= 2:
            length, = struct.unpack(">H", self.buffer[:2])
            low, high = self.LENGTHS[self.state]
            if not low <= length <= high:
                raise Refused("length")
            if len(self.buffer) < 2 + length:
                break
            message, self.buffer = self.buffer[2 : 2 + length], self.buffer[2 + length :]
            answer += getattr(self, "read_" + self.state)(message)
        return answer

    def read_first(self, message):
        noise = self.noise
        noise.mix_key_and_hash(noise.preshared)
        self.remote = message[:32]
        noise.mix_ephemeral(self.remote)
        if noise.open(message[32:]) != PADDING:
            raise Refused("padding")  # S-7
        own = public_key(self.ephemeral)
        noise.mix_ephemeral(own)
        noise.agree(self.ephemeral, self.remote)
        sealed = noise.seal(public_key(self.static))
        noise.agree(self.static, self.remote)
        self.state = "third"
        return self.frame(own + sealed + noise.seal(self.proof()))

    def read_second(self, message):
        noise, remote = self.noise, message[:32]
        noise.mix_ephemeral(remote)
        noise.agree(self.ephemeral, remote)
        static = noise.open(message[32:80])
        noise.agree(self.ephemeral, static)
        self.judge(noise.open(message[80:]), static)
        sealed = noise.seal(public_key(self.static))
        noise.agree(self.static, remote)
        answer = self.frame(sealed + noise.seal(self.proof()))
        self.split()
        return answer

    def read_third(self, message):
        static = self.noise.open(message[:48])
        self.noise.agree(self.ephemeral, static)
        self.judge(self.noise.open(message[48:]), static)
        self.split()
        return b""

    def read_open(self, message):
        plaintext = self.receiving.open(message)
        if plaintext[0] == 0:
            self.messages.append(plaintext[1:])
        elif plaintext == b"\x01":
            self.receiving.rekey()  # S-21
        else:
            raise Refused("type")  # S-18, S-21
        return b""

    def judge(self, data, static):
        proof = decode(data)
        if not isinstance(proof, list) or len(proof) != 6:
            raise Refused("proof")  # S-8
        low, high, node_key, signature, epoch, extension = proof
        for value, limit in ((low, 65535), (high, 65535), (epoch, 2**64 - 1)):
            if type(value) is not int or not 0 <= value <= limit:
                raise Refused("proof")
        for value, sizes in ((node_key, (32, 32)), (signature, (64, 64)), (extension, (0, 2048))):
            if not isinstance(value, bytes) or not sizes[0] <= len(value) <= sizes[1]:
                raise Refused("proof")
        if low > high:
            raise Refused("proof")
        if not is_key(node_key) or not verifies(node_key, signature, self.signed(static, node_key, epoch)):
            raise Refused("signature")
        self.version = min(high, self.versions[1])  # S-12
        if self.version < max(low, self.versions[0]):
            raise Refused("versions")
        self.peer = node_key, epoch, extension

    def split(self):
        first, second = self.noise.derive(b"", 2)
        keys = Cipher(first[:32]), Cipher(second[:32])
        self.sending, self.receiving = keys if self.is_initiator else keys[::-1]
        self.state = "open"

    def say(self, kind, message=b""):
        frame = self.frame(self.sending.seal(bytes([kind]) + message))
        if kind == 1:
            self.sending.rekey()
        return frame


def sides(session, network):
    return Side(session["initiator"], network, True), Side(session["responder"], network, False)


def verify_sessions(vectors):
    network = vectors["network"]
    for session in vectors["sessions"]:
        name = session["name"]
        initiator, responder = sides(session, network)
        expect(initiator.noise.preshared.hex() == network["presharedKey"], f"{name}: pre-shared key")
        expect(initiator.prologue.hex() == session["prologue"], f"{name}: prologue")
        for side, part in ((initiator, session["initiator"]), (responder, session["responder"])):
            expect(public_key(side.static).hex() == part["sessionKey"], f"{name}: session key")
            expect(side.proof().hex() == part["proof"], f"{name}: proof")
        first = initiator.begin()
        second = responder.receive(first)
        third = initiator.receive(second)
        responder.receive(third)
        expect([first.hex(), second.hex(), third.hex()] == [session[m] for m in ("first", "second", "third")], f"{name}: handshake")
        expect(initiator.noise.hash.hex() == responder.noise.hash.hex() == session["handshakeHash"], f"{name}: handshake hash")
        expect(initiator.version == responder.version == session["version"], f"{name}: version")
        for side, part in ((initiator, session["responder"]), (responder, session["initiator"])):
            expect(side.peer == tuple([bytes.fromhex(part["nodeKey"]), int(part["epoch"]), bytes.fromhex(part["extension"])]), f"{name}: peer")
        for number, frame in enumerate(session["frames"]):
            speaker, listener = (initiator, responder) if frame["from"] == "initiator" else (responder, initiator)
            message = bytes.fromhex(frame.get("message", ""))
            data = speaker.say(frame["type"], message)
            expect(data.hex() == frame["bytes"], f"{name}: frame {number}")
            for byte in data:  # S-24
                listener.receive(bytes([byte]))
            if frame["type"] == 0:
                expect(listener.messages.pop() == message, f"{name}: message {number}")


def verify_rejects(vectors):
    by_name = {session["name"]: session for session in vectors["sessions"]}
    for reject in vectors["rejects"]:
        initiator, responder = sides(by_name[reject["session"]], vectors["network"])
        side = initiator if reject["side"] == "initiator" else responder
        if side is initiator:
            side.begin()
        for data in reject["before"]:
            side.receive(bytes.fromhex(data))
        is_refused(lambda: side.receive(bytes.fromhex(reject["bytes"])), f"reject, {reject['name']}")


def verify_pattern(vectors):
    """The pattern that a session uses, by itself, against what another implementation of Noise made. (S-1)"""
    found = [vector for vector in vectors["vectors"] if vector["protocol_name"].encode() == NAME]
    expect(found, "no public vector of " + NAME.decode())
    for vector in found:
        part = {name: bytes.fromhex(value) for name, value in vector.items() if isinstance(value, str) and name.startswith(("init", "resp"))}
        bodies = [bytes.fromhex(message["payload"]) for message in vector["messages"]]
        preshared = bytes.fromhex(vector["init_psks"][0])
        initiator, responder = (Handshake(part[side + "_prologue"], preshared) for side in ("init", "resp"))
        keys = {side: (public_key(part[side + "_ephemeral"]), public_key(part[side + "_static"])) for side in ("init", "resp")}
        said = []
        for noise in (initiator, responder):  # -> psk, e
            noise.mix_key_and_hash(preshared)
            noise.mix_ephemeral(keys["init"][0])
        said.append(keys["init"][0] + initiator.seal(bodies[0]))
        expect(responder.open(said[0][32:]) == bodies[0], "public vector: first message")
        for noise, ephemeral, other in ((responder, part["resp_ephemeral"], keys["init"]), (initiator, part["init_ephemeral"], keys["resp"])):
            noise.mix_ephemeral(keys["resp"][0])  # <- e, ee, s, es
            noise.agree(ephemeral, other[0])
        sealed = responder.seal(keys["resp"][1])
        responder.agree(part["resp_static"], keys["init"][0])
        said.append(keys["resp"][0] + sealed + responder.seal(bodies[1]))
        expect(initiator.open(sealed) == keys["resp"][1], "public vector: the responder's key")
        initiator.agree(part["init_ephemeral"], keys["resp"][1])
        expect(initiator.open(said[1][80:]) == bodies[1], "public vector: second message")
        sealed = initiator.seal(keys["init"][1])  # -> s, se
        initiator.agree(part["init_static"], keys["resp"][0])
        said.append(sealed + initiator.seal(bodies[2]))
        first, second = initiator.derive(b"", 2)
        for cipher, body in zip((Cipher(second[:32]), Cipher(first[:32])), bodies[3:]):
            said.append(cipher.seal(body))
        expect([data.hex() for data in said] == [message["ciphertext"] for message in vector["messages"]], "public vector: messages")


def main():
    # The RFC's own examples, so that a mistake in the primitives is seen as one. (RFC 7748 5.2, RFC 8439 2.8.2)
    expect(
        x25519(
            bytes.fromhex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
            bytes.fromhex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"),
        ).hex() == "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
        "X25519")
    vectors = load("session.json")
    verify_sessions(vectors)
    verify_rejects(vectors)
    verify_pattern(load("noise.json"))
    for failure in failures:
        print("FAILED", failure)
    print(f"verify_session: {len(vectors['sessions'])} sessions, {len(vectors['rejects'])} rejects, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
