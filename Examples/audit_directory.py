#!/usr/bin/env python3
"""Audits a site's replica from Specs/ alone: python3 Examples/audit_directory.py DIRECTORY [--json]

Reads DIRECTORY/replica.db without changing it, beside a running node too, and computes again whatever can be computed
with public keys alone: ids, signatures, backlinks, commitments, checksums, the shape of every log, the offered heads
and the sum of every space. Nothing of the program is used: tables are read by Specs/07-store.md, entries by 02, sums by
06. Needs Python 3.9; takes libsodium for the signatures where it is there, and is slow where it is not.

Exit code: 0 all is as it should be, 1 something is not (each fault is named), 2 wrong usage, 3 it cannot be read.

It does not say who was allowed to do what: that is chapter 03, and `entente verify`.
"""
import ctypes
import ctypes.util
import json
import os
import sqlite3
import sys
from collections import defaultdict

import verify_vectors
from verify_gossip import root_head, sum_of
from verify_vectors import Entry, L, Refused, decode, encode, hash256

APPLICATION_ID = 0x454E5445
SCHEMA_VERSIONS = (1, 2, 3)
GENESIS = 1
MASK = 2**64 - 1


# --- Signatures (C-7) ----------------------------------------------------------------------------------------------------


def sodium():
    name = ctypes.util.find_library("sodium")
    try:
        library = ctypes.CDLL(name) if name else None
        if library is not None and library.sodium_init() >= 0:
            library.crypto_core_ed25519_is_valid_point  # an old release has none
            return library
    except (OSError, AttributeError):
        pass
    return None


SODIUM = sodium()
valid_keys = {}


def verifies(key, signature, message):
    if SODIUM is None:
        return verify_vectors.verifies(key, signature, message)
    if len(key) != 32 or len(signature) != 64:
        return False
    if key not in valid_keys:
        # Libraries differ at the edges: the key is looked at by the page's own words, once.
        valid_keys[key] = verify_vectors.is_key(key)
    if not valid_keys[key] or int.from_bytes(signature[32:], "little") >= L:
        return False
    # Not of small order; canonical it is if the equation holds, which compares its bytes.
    r_point = verify_vectors.decompress(signature[:32])
    if r_point is None or verify_vectors.same(verify_vectors.multiply(8, r_point), verify_vectors.NEUTRAL):
        return False
    return SODIUM.crypto_sign_verify_detached(signature, message, ctypes.c_ulonglong(len(message)), key) == 0


# --- Rows (07) -----------------------------------------------------------------------------------------------------------


def unsigned(number):
    return number & MASK


def signed(number):
    return number - 2**64 if number >= 2**63 else number


def checksum(numbers, strings):
    """T-10"""
    words = [unsigned(number) for number in numbers]
    for data in strings:
        words.append(len(data))
        words += [int.from_bytes(data[start : start + 8], "little") for start in range(0, len(data), 8)]
    value = 0xCBF29CE484222325
    for word in words:
        value = (value ^ word) * 0x9E3779B97F4A7C15 & MASK
        value ^= value >> 32
    return signed(value)


def words_of(identifier):
    return [int.from_bytes(identifier[start : start + 8], "big") for start in range(0, 32, 8)]


def prefix(identifier):
    """T-21"""
    return signed(words_of(identifier)[0] ^ 1 << 63)


class Row:
    """One row of `entry`, and what it says."""

    def __init__(self, row):
        (self.arrival, self.log, self.branch, self.sequence, self.space, self.author, self.capability, self.kind, self.timestamp,
         self.first_seen, self.well_formed, self.body_state, self.checksum, self.id_prefix, self.id, self.header, self.signature,
         self.body) = row
        self.entry = None
        self.own_signature_holds = False


class Audit:
    def __init__(self, path):
        self.database = sqlite3.connect(f"file:{path.replace('?', '%3f').replace('#', '%23')}?mode=ro", uri=True)
        self.database.execute("BEGIN")
        self.faults, self.notes = [], []
        self.counts = defaultdict(int)

    def fault(self, place, what):
        self.faults.append(f"{place}: {what}")

    def expect(self, holds, place, what):
        if not holds:
            self.fault(place, what)
        return holds

    def all(self, sql):
        return self.database.execute(sql).fetchall()

    def run(self):
        self.file()
        self.names()
        self.read_entries()
        self.walk_logs()
        self.check_signatures()
        self.check_spaces()

    # T-7, and what SQLite itself sees
    def file(self):
        application, version = (self.all(f"PRAGMA {name}")[0][0] for name in ("application_id", "user_version"))
        if application != APPLICATION_ID:
            raise Refused("it is the database of another program")
        if version not in SCHEMA_VERSIONS:
            self.notes.append(f"its schema has the number {version}; this audit knows {SCHEMA_VERSIONS[-1]}")
        for (line,) in self.all("PRAGMA quick_check(20)"):
            self.expect(line == "ok", "file", line)

    def names(self):
        self.spaces = dict(self.all("SELECT number, path FROM space"))
        self.expect(self.spaces.get(1) == b"", "space 1", "is not the registry")
        self.identifiers = {}
        for number, first, data in self.all("SELECT number, prefix, bytes FROM identifier"):
            self.identifiers[number] = data
            self.expect(len(data) == 32 and prefix(data) == first, f"identifier {number}", "is filed as what it is not")
        self.logs = {row[0]: row[1:] for row in self.all("SELECT number, space, device, incarnation, identity, beginning FROM log")}

    def network_of(self, rows):
        """The id of the founding entry, E-31; what this site says is held against it."""
        founding = [row for row in rows if row.kind == GENESIS]
        if len(founding) != 1:
            self.fault("registry", f"{len(founding)} founding entries")
        said = self.all("SELECT value FROM fact WHERE name = 'networkID'")
        network = founding[0].id if founding else said[0][0] if said else bytes(32)
        if said:
            self.expect(said[0][0] == network, "fact networkID", "is not the id of the founding entry")
        return network

    # Every row alone: form, id, columns, commitment
    def read_entries(self):
        rows = [Row(row) for row in self.all(
            "SELECT arrival, log, branch, sequence, space, author, capability, kind, timestamp, first_seen, well_formed, body_state, "
            "checksum, id_prefix, id, header, signature, body FROM entry ORDER BY arrival")]
        self.network = self.network_of(rows)
        self.rows, self.by_id = rows, {}
        for row in rows:
            place = f"entry {row.id.hex()} (number {row.arrival})"
            if row.id in self.by_id:
                self.fault(place, "is there twice")
            self.by_id[row.id] = row
            if not self.expect(row.log in self.logs, place, "is in no log"):
                continue
            space, device, incarnation, identity, beginning = self.logs[row.log]
            header = row.header if row.header[:1] >= b"\x80" else beginning + row.header
            try:
                self.read_entry(row, header, place)
            except (Refused, ValueError, RecursionError) as refused:
                self.fault(place, f"cannot be read: {refused}")
            words = [row.log, row.branch, row.sequence, row.first_seen, row.well_formed, row.body_state] + words_of(row.id)
            self.expect(checksum(words, [header, row.signature, row.body or b""]) == row.checksum, place, "is not as it was written")
            self.expect(prefix(row.id) == row.id_prefix, place, "is filed under another id")
            self.expect(row.space == space, place, "is in another space than its log")

    def read_entry(self, row, header, place):
        if self.logs[row.log][1] is None:
            step = range(0, len(row.signature), 96)
            signature = [[row.signature[at : at + 32], row.signature[at + 32 : at + 96]] for at in step]
        else:
            signature = row.signature
        entry = Entry(encode([decode(header), signature]), self.network)
        self.expect(entry.header == header, place, "its header is not in deterministic form")
        self.expect(entry.id == row.id, place, "its id is not that of its bytes")
        row.entry = entry
        (_, path, device, incarnation, identity, sequence, backlink, timestamp, _, cited, kind, _, body) = decode(header)
        row.backlink, row.time = backlink, timestamp
        space, log_device, log_incarnation, log_identity, _ = self.logs[row.log]
        named = self.identifiers.get
        self.expect(b"".join(path or []) == self.spaces.get(space), place, "is of another space than its row says")
        self.expect(device == named(log_device) and incarnation == unsigned(log_incarnation), place, "is of another log than its row says")
        self.expect(sequence == unsigned(row.sequence), place, "has another sequence number than its row says")
        self.expect(kind == unsigned(row.kind) and timestamp == unsigned(row.timestamp), place, "is filed as what it is not")
        self.expect(identity == named(row.author), place, "is filed under another author")
        self.expect((cited if isinstance(cited, bytes) else None) == named(row.capability), place, "is filed under another capability")
        if kind != 12:
            self.expect(identity == named(log_identity), place, "is of another identity than its log")
        self.counts["entries"] += 1
        if path is None:
            return self.expect(row.body_state == 0 and row.body is None, place, "has a body apart, in the registry")
        if row.body_state == 1:
            fits = row.body is not None and len(row.body) >= 16 and entry.fits(row.body[:16], row.body[16:])
            self.expect(fits, place, "its body is not the one that it commits to")
            self.counts["bodies"] += 1
        else:
            self.expect(row.body_state in (2, 3) and row.body is None, place, f"has a body in the state {row.body_state}")
            self.counts["missing" if row.body_state == 2 else "erased"] += 1

    # Logs, and the columns of `branch`
    def walk_logs(self):
        self.children, on_branch = defaultdict(list), defaultdict(list)
        for row in self.rows:
            on_branch[row.log, row.branch].append(row)
            if row.entry is None:
                continue
            place = f"entry {row.id.hex()} (number {row.arrival})"
            if row.backlink is None:
                continue
            before = self.by_id.get(row.backlink)
            if not self.expect(before is not None, place, "follows an entry that is not there") or before.entry is None:
                continue
            if self.logs[row.log][1] is not None:
                self.children[row.backlink].append(row)
            self.expect(before.log == row.log, place, "follows an entry of another log")
            self.expect(unsigned(before.sequence) + 1 == unsigned(row.sequence), place, "does not follow the entry that it names")
            self.expect(before.time <= row.time, place, "is earlier than the entry that it follows")
        self.branches = defaultdict(dict)
        for row in self.all("SELECT log, branch, parent, first_sequence, tip_sequence, tip_id, offered_sequence, offered_id FROM branch"):
            log, branch, _, first, tip, tip_id, offered, offered_id = row
            self.branches[log][branch] = (offered, offered_id)
            own = sorted(on_branch.pop((log, branch), []), key=lambda row: unsigned(row.sequence))
            place = f"branch {branch} of log {log}"
            if not self.expect(own, place, "has no entry"):
                continue
            if self.logs.get(log, (None, None))[1] is not None:
                numbers = [unsigned(row.sequence) for row in own]
                self.expect(numbers == list(range(unsigned(first), unsigned(first) + len(numbers))), place, "has a gap")
                self.expect(own[-1].id == tip_id and own[-1].sequence == tip, place, "its last entry is another one")
            if offered_id is not None:
                row = self.by_id.get(offered_id)
                self.expect(row is not None and row.log == log and row.sequence == offered, place, "offers what is not there")
        for log, branch in on_branch:
            self.fault(f"branch {branch} of log {log}", "has entries, and no row")
        forked = [log for log, branches in self.branches.items() if len(branches) > 1 and self.logs.get(log, (None, None))[1] is not None]
        for log in forked:
            self.notes.append(f"log {log} was forked by its author: {len(self.branches[log])} branches are kept as evidence")

    # Signatures, E-30, E-33
    def check_signatures(self):
        for row in self.rows:
            if row.entry is None:
                continue
            place = f"entry {row.id.hex()} (number {row.arrival})"
            message = b"entente/sign/1" + row.entry.hashing_network + row.entry.header
            holding = [key for key, signature in row.entry.signatures if verifies(key, signature, message)]
            self.counts["signatures"] += len(row.entry.signatures)
            row.own_signature_holds = len(holding) == len(row.entry.signatures)
            if row.entry.device is None:
                self.expect(row.own_signature_holds, place, "a signature of it does not hold")
                if row.kind == GENESIS:
                    quorum = sum(key in row.entry.act[19] for key in holding)
                    self.expect(quorum >= row.entry.act[20], place, f"{quorum} of {row.entry.act[20]} root keys have signed it")
            elif row.entry.space is None:
                self.expect(row.own_signature_holds, place, "its signature does not hold")
        # Of content, a later signature of the same log covers an earlier entry: from the tips backwards.
        covered = set()
        for row in sorted((row for row in self.rows if row.entry is not None), key=lambda row: -unsigned(row.sequence)):
            if row.entry.space is None:
                continue
            if row.own_signature_holds or row.id in covered:
                if row.backlink is not None:
                    covered.add(row.backlink)
                if not row.own_signature_holds:
                    self.notes.append(f"entry {row.id.hex()}: its author signed it wrongly, and a later signature covers it")
            else:
                self.fault(f"entry {row.id.hex()} (number {row.arrival})", "its signature does not hold, and no later one covers it")

    # Offered heads and sums: G-15, G-18
    def check_spaces(self):
        self.report = []
        summaries = {row[0]: row[1:] for row in self.all("SELECT space, entry_count, log_count, fingerprint FROM summary")}
        of_space = defaultdict(list)
        for row in self.rows:
            of_space[row.space].append(row)
        for space in sorted(set(summaries) | set(of_space)):
            name = "registry" if space == 1 else self.spaces.get(space, b"").hex()
            heads = []
            for log in sorted({row.log for row in of_space[space]}):
                heads += self.heads(log, [row for row in of_space[space] if row.log == log])
            fingerprint = sum_of(heads)
            logs = len({row.log for row in of_space[space]})
            kept = summaries.get(space)
            if self.expect(kept is not None, f"space {name}", "has no summary"):
                self.expect(kept[0] == len(of_space[space]), f"space {name}", f"{len(of_space[space])} entries, the summary says {kept[0]}")
                self.expect(kept[1] == logs, f"space {name}", f"{logs} logs, the summary says {kept[1]}")
                self.expect(kept[2] == fingerprint, f"space {name}", "its fingerprint is not the sum of its offered heads")
            self.report.append(
                {"space": name, "entries": len(of_space[space]), "logs": logs, "heads": len(heads), "fingerprint": fingerprint.hex()})

    def heads(self, log, rows):
        if self.logs[log][1] is None:
            return [root_head([row.entry for row in rows if row.entry is not None])]
        offered = {identifier for _, identifier in self.branches[log].values() if identifier is not None}
        maximal = set(offered)
        for identifier in offered:
            row = self.by_id.get(identifier)
            # From each one backwards: what another one descends from is no head.
            while row is not None and row.entry is not None and row.backlink is not None:
                maximal.discard(row.backlink)
                row = self.by_id.get(row.backlink)
        return sorted(maximal)


def main(arguments):
    directories = [argument for argument in arguments if not argument.startswith("--")]
    if len(directories) != 1 or set(arguments) - set(directories) - {"--json"}:
        print("usage: audit_directory.py DIRECTORY [--json]", file=sys.stderr)
        return 2
    path = os.path.join(directories[0], "replica.db")
    try:
        if not os.path.exists(path):
            raise Refused("there is none")
        audit = Audit(path)
    except (Refused, sqlite3.Error, OSError) as error:
        print(f"audit_directory: {path}: {error}", file=sys.stderr)
        return 3
    try:
        audit.run()
    except Refused as refused:
        print(f"audit_directory: {path}: {refused}", file=sys.stderr)
        return 3
    except sqlite3.Error as error:
        print(f"audit_directory: {path}: it is damaged: {error}", file=sys.stderr)
        return 1
    counts = {name: audit.counts[name] for name in ("entries", "signatures", "bodies", "missing", "erased")}
    if "--json" in arguments:
        print(json.dumps({
            "network": audit.network.hex(), "counts": counts, "spaces": audit.report, "faults": audit.faults, "notes": audit.notes}))
        return 1 if audit.faults else 0
    print(f"network {audit.network.hex()}")
    print(", ".join(f"{count} {name}" for name, count in counts.items()))
    for space in audit.report:
        print(f"space {space['space']}: {space['entries']} entries in {space['logs']} logs, {space['heads']} heads")
        print(f"  fingerprint {space['fingerprint']}")
    for note in audit.notes:
        print(f"note: {note}")
    for fault in audit.faults:
        print(f"FAULT: {fault}")
    print("nothing is wrong" if not audit.faults else f"{len(audit.faults)} faults")
    return 1 if audit.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
