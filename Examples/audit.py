#!/usr/bin/env python3
"""Audits what a site gives away: entente export --entries >FILE; python3 Examples/audit.py FILE [--json]

Takes an export with its entries (- for standard input) and computes again whatever can be computed with public keys
alone: the canonical form of every entry, its id, every signature, the chains of the logs, the commitments to the bodies,
what the posts say, and the sum of every space. Written from Specs/ alone; nothing of the program is used. Needs PyNaCl
and cbor2 (Debian: python3-nacl and python3-cbor2) and nothing else beside it.

Exit code: 0 all is as it should be, 1 something is not (each fault is named), 2 wrong usage, 3 it cannot be read.

Who was allowed to do what is chapter 03, and `entente verify`; of registry bodies only what is needed here is read. What this site says of an entry beside its bytes (when it
came, whether people see it, whether it is held for review) is taken at its word, and held against the posts and sums.
"""
import hashlib
import json
import sys
from collections import defaultdict, namedtuple
from datetime import datetime, timedelta, timezone

try:
    import cbor2
    from nacl.bindings import crypto_core_ed25519_is_valid_point, crypto_sign_open
    from nacl.exceptions import CryptoError
except ImportError as missing:
    print(f"audit: {missing}; on Debian: apt install python3-nacl python3-cbor2", file=sys.stderr)
    sys.exit(3)

FORMAT = "entente-export-1"
LINE_MAX = 131_072
UINT63, UINT64 = 2**63 - 1, 2**64 - 1
GENESIS, GRANT, ADMIT, INCEPTION = 1, 4, 6, 12
POST, PROFILE, SPACE_PROFILE, EDIT, REACTION, ERASURE, HIDING, UNHIDING = 32, 33, 34, 35, 36, 37, 38, 39
ADMIN, STEWARD, DISAVOW = 1, 2, 16
EDITS_MAX, MARKS_MAX, PROFILES_MAX, NAMES_MAX = 256, 16_384, 64, 256


class Refused(Exception):
    """The bytes are not what they should be; the argument is the reason."""


def check(condition, reason):
    if not condition:
        raise Refused(reason)


# --- Encoding (01), signatures (00, C-7) -----------------------------------------------------------------------------------


def canonical(value):
    """The one encoding of a value. cbor2 writes what is in it; pairs are ordered as in chapter 01."""
    if isinstance(value, (list, tuple)):
        return head(4, len(value)) + b"".join(map(canonical, value))
    if isinstance(value, dict):
        return head(5, len(value)) + b"".join(sorted(canonical(key) + canonical(item) for key, item in value.items()))
    check(value is None or isinstance(value, (bool, bytes, str)) or isinstance(value, int) and -UINT64 <= value + 1 <= UINT64 + 1,
          "it has a value of a kind that is not allowed")
    return cbor2.dumps(value, canonical=True)


def head(major, count):
    encoded = bytearray(cbor2.dumps(count, canonical=True))
    encoded[0] |= major << 5
    return bytes(encoded)


def decode(data):
    try:
        value = cbor2.loads(data)
        encoded = canonical(value)
    except Refused:
        raise
    except Exception as error:  # cbor2 raises whatever a tag's reader raises
        raise Refused(f"it is no CBOR: {error}")
    check(encoded == data, "it is not in canonical form")  # bytes behind its end are no part of it either
    return value


L = 2**252 + 27742317777372353535851937790883648493
P = 2**255 - 19
# y of the points of order 1, 2, 4 and 8, in every encoding; the sign bit is looked past. (C-7, 3)
Y8 = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
SMALL_ORDER = {y.to_bytes(32, "little") for y in (0, 1, P - 1, P, P + 1, Y8, P - Y8)}
valid_keys = {}


def verifies(key, signature, message):
    """C-7: the rules are looked at one by one, whatever the library does by itself."""
    if key not in valid_keys:
        # Canonical, on the curve, in the main subgroup, not of small order.
        valid_keys[key] = crypto_core_ed25519_is_valid_point(key)
    r, s = signature[:32], signature[32:]
    if not valid_keys[key] or int.from_bytes(s, "little") >= L or r[:31] + bytes([r[31] & 0x7F]) in SMALL_ORDER:
        return False
    try:
        # S·B - h·A is encoded and compared with R, byte for byte: no cofactor.
        crypto_sign_open(signature + message, key)
        return True
    except CryptoError:
        return False


def hash256(*parts, key=b""):
    return hashlib.blake2b(b"".join(parts), digest_size=32, key=key).digest()


# --- Entries (02) ----------------------------------------------------------------------------------------------------------


def octets(value, size, what):
    check(isinstance(value, bytes) and len(value) == size, f"its {what} has not {size} bytes")


def number(value, high, what):
    check(isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= high, f"its {what} is out of range")


class Entry:
    """A header with its signatures: the form of the thirteen items, the id, and what is needed of it."""

    def __init__(self, header, signatures, network):
        self.header = header
        items = decode(header)
        check(isinstance(items, list) and len(items) == 13, "its header has not thirteen items")
        (version, space, self.device, self.incarnation, self.identity, self.sequence, self.backlink, self.timestamp,
         self.references, cited, self.kind, self.seal, self.body) = items
        check(version == 1 and version is not True, "its version is not 1")
        if space is not None:
            check(isinstance(space, list) and 1 <= len(space) <= 4, "its space is no path")
            for part in space:
                octets(part, 16, "space")
        for value, what in ((self.device, "device"), (self.identity, "identity"), (self.backlink, "backlink"), (self.seal, "seal")):
            if value is not None:
                octets(value, 32, what)
        number(self.incarnation, UINT64, "incarnation")
        for value, what in ((self.sequence, "sequence number"), (self.timestamp, "timestamp"), (self.kind, "kind")):
            number(value, UINT63, what)
        check(isinstance(self.references, list) and len(self.references) <= 8, "its references are no list of at most 8")
        for reference in self.references:
            octets(reference, 32, "reference")
        check(all(a < b for a, b in zip(self.references, self.references[1:])), "its references are not ascending")
        if isinstance(cited, bytes):
            octets(cited, 32, "authorization")
        else:
            check(cited is None or cited == 0 and cited is not False, "its authorization is none")
        self.space = "registry" if space is None else "/".join(part.hex() for part in space)
        self.place = b"".join(space or [])
        self.capability = cited if isinstance(cited, bytes) else None
        check((self.kind < 32) == (space is None), "its kind does not belong into its space")
        check(space is not None or self.seal is None, "it is sealed, in the registry")
        check((self.sequence == 0) == (self.backlink is None), "its backlink does not fit its sequence number")
        if self.device is None:
            check(space is None and self.incarnation == 0 and self.identity is None, "it is in no log that there can be")
            check((self.kind == GENESIS) == (self.sequence == 0), "the root log begins with the founding entry, and only it does")
        else:
            check(self.kind not in (1, 2) and (self.identity is None) == (self.kind == INCEPTION), "its identity does not fit its kind")
            check(self.kind != INCEPTION or self.sequence == 0, "it is an inception, and does not begin its log")
        if space is None:
            check(isinstance(self.body, dict), "its body is no map")
            if self.kind in (GRANT, ADMIT):
                number(self.body.get(2), 15, "level")
                number(self.body.get(3, 0), UINT64, "rights")
        else:
            check(isinstance(self.body, list) and len(self.body) == 2, "its body is no size and commitment")
            number(self.body[0], 49_152, "size")
            octets(self.body[1], 32, "commitment")
        self.log = (self.place, self.device or b"", self.incarnation)
        network = bytes(32) if self.kind == GENESIS else network
        self.message = b"entente/sign/1" + network + header
        if self.device is None:
            check(isinstance(signatures, list) and len(signatures) <= 32, "it has no list of at most 32 signatures")
            self.signatures = [tuple(pair) for pair in signatures]
            check(all(a[0] < b[0] for a, b in zip(self.signatures, self.signatures[1:])), "its signatures are not ascending by key")
            self.id = hash256(b"entente/entry/1", network, header)
        else:
            check(isinstance(signatures, bytes), "it has no signature")
            self.signatures = [(self.device, signatures)]
            self.id = hash256(b"entente/entry/1", network, header, signatures)
        for key, signature in self.signatures:
            octets(key, 32, "key")
            octets(signature, 64, "signature")

    def fits(self, salt, body):
        return len(salt) == 16 and self.body == [len(body), hash256(b"entente/body/1", body, key=salt)]


def operation(entry, body):
    """What a body says, as fields by number; None where it says nothing. (E-37 to E-56)"""
    try:
        fields = decode(body)
        check(isinstance(fields, dict), "no map")
        must, may = {POST: ({0}, {1}), PROFILE: ({0}, set()), SPACE_PROFILE: ({0}, set()), EDIT: ({0, 1}, {2}), ERASURE: ({0}, set()),
                     HIDING: ({0}, set()), UNHIDING: ({0, 1}, set())}[entry.kind]
        check(must <= set(fields) <= must | may, "fields")
        if entry.kind in (POST, PROFILE, SPACE_PROFILE):
            check(isinstance(fields[0], str), "no text")
            check(entry.kind == POST or 1 <= len(fields[0].encode()) <= 128, "no name")
        else:
            octets(fields[0], 32, "target")
            check(entry.kind not in (EDIT, ERASURE) or entry.references == [fields[0]], "E-56")
        if entry.kind == EDIT:
            check(isinstance(fields[1], str), "no text")
        if entry.kind == POST and 1 in fields:
            octets(fields[1], 32, "parent")
        for ids in [fields[n] for n in (1, 2) if n in fields and (n == 2 or entry.kind == UNHIDING)]:
            check(isinstance(ids, list) and 1 <= len(ids) <= 8, "no list")
            for item in ids:
                octets(item, 32, "id")
            check(all(a < b for a, b in zip(ids, ids[1:])), "order")
        return fields
    except (Refused, KeyError):
        return None


# What is kept of an entry while its log is read.
Link = namedtuple("Link", "id sequence timestamp backlink identity holds held")


# --- The audit -------------------------------------------------------------------------------------------------------------


class Audit:
    def __init__(self):
        self.faults, self.notes, self.counts = [], [], defaultdict(int)
        self.network, self.names, self.sums, self.report = None, {}, None, []
        self.entries_in, self.logs_in, self.sum_of = defaultdict(int), defaultdict(int), defaultdict(int)
        self.acts, self.posts, self.about, self.profiles, self.space_names = {}, {}, defaultdict(list), defaultdict(list), defaultdict(list)
        self.log, self.links, self.root, self.founding = None, {}, [], 0
        self.post_place, self.stage = None, "entries"

    def fault(self, place, what):
        self.faults.append(f"{place}: {what}")

    def expect(self, holds, place, what):
        if not holds:
            self.fault(place, what)
        return holds

    def first_line(self, line):
        if not isinstance(line, dict) or line.get("format") != FORMAT:
            raise Refused(f"its first line does not say that it is {FORMAT}: entente export --entries writes one")
        try:
            self.network = bytes.fromhex(line["network"])
            octets(self.network, 32, "network")
            self.names = {space["id"]: space["name"] for space in line["spaces"]}
        except (KeyError, TypeError, ValueError, Refused):
            raise Refused("its first line cannot be read")

    def take(self, number, line):
        place = f"line {number}"
        if not isinstance(line, dict) or self.stage == "over":
            return self.fault(place, "is behind the end" if self.stage == "over" else "is no object")
        if "entry" in line:
            self.expect(self.stage == "entries", f"entry {line['entry']}", "stands behind the posts")
            self.take_entry(line)
        elif "end" in line:
            self.close_entries()
            self.stage, self.sums = "over", line
        elif "text" in line:
            self.close_entries()
            self.take_post(line)
        else:
            self.fault(place, "is nothing that an export has")

    # One entry: L-23 to L-25, A-2, A-3, E-36
    def take_entry(self, line):
        place = f"entry {line['entry']}"
        try:
            if "signature" in line:
                signatures = bytes.fromhex(line["signature"])
            else:
                signatures = [[bytes.fromhex(part) for part in pair] for pair in line["signatures"]]
            entry = Entry(bytes.fromhex(line["header"]), signatures, self.network)
            entry.held, entry.visible, entry.seen = line.get("held", False), line.get("visible", False), line["firstSeen"]
            parts = {name: bytes.fromhex(line[name]) for name in ("salt", "body") if name in line}
        except (Refused, KeyError, TypeError, ValueError) as error:
            return self.fault(place, f"cannot be read: {error}" if isinstance(error, Refused) else "its line cannot be read")
        self.counts["entries"] += 1
        self.entries_in[entry.space] += 1
        self.expect(entry.space == "registry" or entry.space in self.names, place, "is of a space that the first line does not name")
        self.expect(entry.id.hex() == line["entry"], place, f"its id is not that of its bytes, which is {entry.id.hex()}")
        if entry.log != self.log:
            self.expect(self.log is None or entry.log > self.log, place, "its log is not at its place among the others")
            self.close_log()
            self.log, self.log_space = entry.log, entry.space
            self.logs_in[entry.space] += 1
        self.expect(entry.id not in self.links, place, "is there twice")
        # The identity of an inception is its own id.
        identity = entry.id if entry.kind == INCEPTION else entry.identity
        self.chain(entry, identity, place)
        holds = self.check_signatures(entry, place)
        self.links[entry.id] = Link(entry.id, entry.sequence, entry.timestamp, entry.backlink, identity, holds, entry.held)
        if entry.device is None:
            self.root.append(entry.id + canonical([list(pair) for pair in entry.signatures]))
        if entry.space != "registry":
            return self.take_body(entry, parts, line.get("state"), place)
        self.expect(not parts and "state" not in line, place, "has a body apart, in the registry")
        if entry.kind in (GRANT, ADMIT):
            self.acts[entry.id] = (entry.body[2], entry.body.get(3, 0))
        if entry.kind == GENESIS:
            self.founding += 1
            self.expect(entry.id == self.network, place, "is the founding entry of another network")

    def chain(self, entry, identity, place):
        if entry.backlink is None:
            return
        before = self.links.get(entry.backlink)
        if not self.expect(before is not None, place, "follows an entry that is not before it in its log"):
            return
        self.expect(before.sequence + 1 == entry.sequence, place, "does not follow the entry that it names")
        self.expect(before.timestamp <= entry.timestamp, place, "is earlier than the entry that it follows")
        self.expect(before.identity == identity, place, "is of another identity than its log")
        self.expect(entry.held or not before.held, place, "is offered, and the entry that it follows is held")

    def check_signatures(self, entry, place):
        """True if all of them hold. In the registry each has to, and of the founding entry enough of its root keys."""
        holding = [key for key, signature in entry.signatures if verifies(key, signature, entry.message)]
        self.counts["signatures"] += len(entry.signatures)
        holds = len(holding) == len(entry.signatures)
        if entry.space == "registry":
            self.expect(holds, place, "a signature of it does not hold")
        if entry.kind == GENESIS:
            keys, quorum = entry.body.get(19, []), entry.body.get(20, 1)
            count = sum(key in keys for key in holding)
            self.expect(count >= quorum, place, f"{count} of {quorum} root keys have signed it")
        return holds

    def take_body(self, entry, parts, state, place):
        if parts:
            self.counts["bodies"] += 1
            if not self.expect(entry.fits(parts.get("salt", b""), parts.get("body", b"")), place, "its body is not the one that it commits to"):
                return
        elif self.expect(state in ("missing", "erased"), place, "says nothing of its body"):
            self.counts[state] += 1
        if entry.visible and parts and entry.seal is None:
            fields = operation(entry, parts["body"])
            if fields is not None:
                self.take_statement(entry, fields)

    def take_statement(self, entry, fields):
        level, rights = self.acts.get(entry.capability, (None, 0))
        if not self.expect(level is not None, f"entry {entry.id.hex()}", "is visible, and cites no capability that is here"):
            return
        order = (entry.timestamp, entry.id)
        if entry.kind == POST:
            # Of the text its hash: what is held in memory grows with the number of entries, not with their bytes.
            self.posts[entry.id] = (order, entry.space, entry.identity, entry.seen, hash256(fields[0].encode()), fields.get(1))
        elif entry.kind == PROFILE:
            self.profiles[entry.space, entry.identity].append((order, entry.log, entry.sequence, level, fields[0]))
        elif entry.kind == SPACE_PROFILE:
            self.space_names[entry.space].append((order, bool(rights & (ADMIN | STEWARD)), fields[0]))
        else:
            said = hash256(fields[1].encode()) if entry.kind == EDIT else None
            others = fields.get(2, []) if entry.kind == EDIT else fields.get(1, [])
            self.about[entry.space, fields[0]].append((order, entry.kind, entry.identity, level, rights, said, others))

    # One log: covering signatures, offered heads (G-15, G-18)
    def close_log(self):
        links, self.links = sorted(self.links.values(), key=lambda link: -link.sequence), {}
        if not links:
            return
        _, device, _ = self.log
        if device and len({link.backlink for link in links}) < len(links):
            self.notes.append(f"log of {device.hex()} in {self.log_space}: its author forked it")
        # From the last ones back: a signature that holds vouches for all that its entry descends from.
        covered = set()
        for link in links:
            if self.log_space != "registry" and not link.holds:
                if link.id in covered:
                    self.notes.append(f"entry {link.id.hex()}: its author signed it wrongly, and a later signature covers it")
                else:
                    self.fault(f"entry {link.id.hex()}", "its signature does not hold, and no later one covers it")
            if link.holds or link.id in covered:
                covered.add(link.backlink)
        inner = {link.backlink for link in links if not link.held}
        heads = [link.id for link in links if not link.held and link.id not in inner]
        if not device:
            heads = [hash256(b"entente/root-head/1", b"".join(sorted(self.root)))]
        for identifier in heads:
            self.sum_of[self.log_space] += int.from_bytes(hashlib.blake2b(b"entente/head/1" + identifier).digest(), "little")

    def close_entries(self):
        if self.stage != "entries":
            return
        self.close_log()
        self.stage = "posts"
        self.expect(self.founding == 1, "registry", f"{self.founding} founding entries")
        for space, name in sorted(self.names.items()):
            self.expect(name == self.space_name(space), f"space {space}", f"the first line calls it “{name}”, and its entries do not")

    # What people read: V-2 to V-9, V-13, L-27
    def space_name(self, space):
        said = [name for _, may, name in sorted(self.space_names[space])[-NAMES_MAX:] if may]
        return said[-1] if said else space[-32:][:8]

    def name_in(self, space, identity):
        claims = sorted(self.profiles.get((space, identity), []))[-PROFILES_MAX:]
        last = {}
        for claim in sorted(claims, key=lambda claim: claim[2]):
            last[claim[1]] = claim
        return min(((level, order[1], name) for order, _, _, level, name in last.values()), default=(None, None, None))[2]

    def name_of(self, space, identity):
        for place in [space] + sorted(self.names, key=lambda place: bytes.fromhex(place.replace("/", ""))):
            name = self.name_in(place, identity)
            if name is not None:
                return name
        return identity.hex()[:8]

    def text_of(self, identifier, post):
        """The hash of the text that counts; None where the post is not shown."""
        _, space, author, _, text, _ = post
        about = sorted(self.about.get((space, identifier), []), key=lambda item: item[0])
        if any(kind == ERASURE and (identity == author or rights & DISAVOW) for _, kind, identity, _, rights, _, _ in about):
            return None
        marks = [item for item in about if item[1] in (HIDING, UNHIDING) and item[4] & (ADMIN | STEWARD)][-MARKS_MAX:]
        lifted = {target for item in marks if item[1] == UNHIDING for target in item[6]}
        if any(item[1] == HIDING and item[0][1] not in lifted for item in marks):
            return None
        edits = [item for item in about if item[1] == EDIT and item[2] == author][-EDITS_MAX:]
        superseded = {target for item in edits for target in item[6]}
        standing = [(item[3], item[0][1], item[5]) for item in edits if item[0][1] not in superseded]
        return min(standing)[2] if standing else text

    def take_post(self, line):
        place = f"post {line.get('id')}"
        self.counts["posts"] += 1
        try:
            identifier = bytes.fromhex(line["id"])
            said = (line["author"], line["authorID"], line["space"], line["spaceID"], line["time"], hash256(line["text"].encode()))
        except (KeyError, TypeError, ValueError, AttributeError, UnicodeEncodeError):
            return self.fault(place, "its line cannot be read")
        post = self.posts.pop(identifier, None)
        if not self.expect(post is not None, place, "no visible entry says it, or its line is there twice"):
            return
        order, space, author, seen, _, parent = post
        text = self.text_of(identifier, post)
        if not self.expect(text is not None, place, "is shown, and it is erased or hidden"):
            return
        claimed = moment(order[0])
        holds = (
            (said[0] == self.name_of(space, author), "says another name of its author than the profiles"),
            (said[1] == author.hex(), "says another author than its entry"),
            (said[2] == self.names.get(space), "says another name of its space than the first line"),
            (said[3] == space, "says another space than its entry"),
            (said[4] == min(claimed, seen), "says another time than its entry"),
            (said[5] == text, "says another text than its entries"),
            (line.get("replyTo") == (parent.hex() if parent else None), "answers something else than its entry"),
            (self.post_place is None or self.post_place < order, "is not at its place among the posts"),
        )
        for isTrue, what in holds:
            self.expect(isTrue, place, what)
        self.post_place = order

    # The end: L-26
    def finish(self):
        self.close_entries()
        if not self.expect(self.sums is not None, "export", "is cut off: it has no last line"):
            self.sums = {}
        for identifier, post in sorted(self.posts.items()):
            if self.text_of(identifier, post) is not None:
                self.fault(f"post {identifier.hex()}", "has an entry that is visible, and no line")
        for name in ("entries", "posts"):
            if name in self.sums:
                self.expect(self.sums[name] == self.counts[name], "export", f"{self.counts[name]} {name}; its last line says {self.sums[name]}")
        said = {item.get("space"): item for item in self.sums.get("sums", []) if isinstance(item, dict)}
        for space in ["registry"] + sorted(set(self.names) | set(self.entries_in) - {"registry"}):
            own = {"space": space, "entries": self.entries_in[space], "logs": self.logs_in[space],
                   "fingerprint": (self.sum_of[space] % 2**512).to_bytes(64, "little").hex()}
            self.report.append(own)
            if self.sums and self.expect(space in said, f"space {space}", "has no sum in the last line"):
                for name in ("entries", "logs"):
                    self.expect(said[space].get(name) == own[name], f"space {space}", f"{own[name]} {name}; the last line says {said[space].get(name)}")
                holds = said[space].get("fingerprint") == own["fingerprint"]
                self.expect(holds, f"space {space}", "its fingerprint is not the sum of its offered heads")


def moment(milliseconds):
    """ISO 8601 in UTC, with milliseconds; what is beyond the year 9999 as its last moment."""
    milliseconds = min(milliseconds, 253_402_300_799_999)
    time = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=milliseconds)
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds % 1000:03}Z"


def run(stream):
    audit, number = Audit(), 0
    while True:
        raw = stream.readline(2 * LINE_MAX)
        if not raw:
            break
        number += 1
        try:
            check(len(raw) < 2 * LINE_MAX, "too long")
            line = json.loads(raw)
        except (Refused, ValueError, RecursionError):
            if number == 1:
                raise Refused("its first line is no JSON")
            audit.fault(f"line {number}", "is no JSON")
            continue
        if number == 1:
            audit.first_line(line)
        else:
            audit.take(number, line)
    if number == 0:
        raise Refused("there is nothing in it")
    audit.finish()
    return audit


def main(arguments):
    names = [argument for argument in arguments if argument == "-" or not argument.startswith("--")]
    if len(names) != 1 or set(arguments) - set(names) - {"--json"}:
        print("usage: audit.py FILE|- [--json]", file=sys.stderr)
        return 2
    try:
        if names[0] == "-":
            audit = run(sys.stdin.buffer)
        else:
            with open(names[0], "rb") as stream:
                audit = run(stream)
    except (Refused, OSError) as error:
        print(f"audit: {names[0]}: {error}", file=sys.stderr)
        return 3
    counts = {name: audit.counts[name] for name in ("entries", "signatures", "bodies", "missing", "erased", "posts")}
    if "--json" in arguments:
        print(json.dumps({
            "network": audit.network.hex(), "counts": counts, "spaces": audit.report, "faults": audit.faults, "notes": audit.notes}))
        return 1 if audit.faults else 0
    print(f"network {audit.network.hex()}")
    print(", ".join(f"{count} {name}" for name, count in counts.items()))
    for space in audit.report:
        print(f"space {space['space']}: {space['entries']} entries in {space['logs']} logs")
        print(f"  fingerprint {space['fingerprint']}")
    for note in audit.notes:
        print(f"note: {note}")
    for fault in audit.faults:
        print(f"FAULT: {fault}")
    print("nothing is wrong" if not audit.faults else f"{len(audit.faults)} faults")
    return 1 if audit.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
