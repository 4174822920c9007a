#!/usr/bin/env python3
"""A second implementation of what is read of a space (Specs/08-views.md), held against Specs/vectors/views.json: python3 Examples/verify_views.py

Like verify_vectors.py, whose encoding and entries it uses, it was written from the specification alone, and needs nothing
but Python 3.9.
"""
import sys

from verify_vectors import Entry, decode, encode, expect, failures, hash256, load, operation

POST, PROFILE, EDIT, REACTION, ERASURE, HIDING, UNHIDING = 32, 33, 35, 36, 37, 38, 39
ADMIN, STEWARD, DISAVOW = 1, 2, 16
DOMAIN = b"entente/views/1"


class Statement:
    """A visible content entry, what its body says, and what the capability that it cites gives."""

    def __init__(self, item, network, capabilities):
        self.entry = Entry(bytes.fromhex(item["entry"]), network)
        header = decode(self.entry.header)
        self.id, self.kind, self.identity, self.timestamp = self.entry.id, self.entry.kind, header[4], header[7]
        self.log, self.sequence = (header[2], header[3]), header[5]
        act = capabilities[header[9]].act
        self.level, self.rights = act[2], act.get(3, 0)
        self.said = None
        if "body" in item:
            body = bytes.fromhex(item["body"])
            expect(self.entry.fits(bytes.fromhex(item["salt"]), body), "a body fits its header")
            self.said = operation(self.kind, body)
        # E-56: what an edit or an erasure is of is asked of the header too.
        if self.kind in (EDIT, ERASURE) and self.said and header[8] != [bytes.fromhex(self.said["target"])]:
            self.said = None

    def place(self):
        return self.timestamp, self.id


def standing(statements, supersedes):
    """Registers: those that none of the others supersedes, the one that counts first."""
    gone = {one for statement in statements for one in supersedes(statement)}
    return sorted((s for s in statements if s.id not in gone), key=lambda s: (s.level, s.id))


def resolved(post, statements):
    """V-1 to V-11: the post as it is hashed."""
    about = [s for s in statements if s.said and s.said.get("target") == post.id.hex()]

    def of(kind):
        return sorted((s for s in about if s.kind == kind), key=Statement.place)

    erased = post.said is None or any(s.identity == post.identity or s.rights & DISAVOW for s in of(ERASURE))  # V-7, V-8
    versions = []
    if not erased:
        edits = [s for s in of(EDIT) if s.identity == post.identity]  # V-5
        stand = [s.id for s in standing(edits, lambda s: map(bytes.fromhex, s.said["supersedes"]))]
        current = stand[0] if stand else post.id  # V-2, V-4
        for s in [post] + edits:
            versions.append([s.id, s.timestamp, s.said["text"], 2 if s.id == current else 1 if s.id in stand else 0])
    officers = [s for s in of(HIDING) + of(UNHIDING) if s.rights & (STEWARD | ADMIN)]  # V-9
    lifted = {bytes.fromhex(one) for s in officers if s.kind == UNHIDING for one in s.said["lifts"]}
    hidings = sorted([s.id, s.identity] for s in officers if s.kind == HIDING and s.id not in lifted)
    registers = {}
    for s in of(REACTION):  # V-10
        registers.setdefault((s.said["emoji"].encode(), s.identity), []).append(s)
    reactions = {}
    for (emoji, identity), own in sorted(registers.items()):
        if not standing(own, lambda s: map(bytes.fromhex, s.said["supersedes"]))[0].said["takenBack"]:
            reactions.setdefault(emoji, []).append(identity)
    answered = None if erased or not post.said["replyTo"] else bytes.fromhex(post.said["replyTo"])
    return encode([
        post.id, post.identity, post.timestamp, answered, erased, versions, hidings,
        [[emoji.decode(), members] for emoji, members in sorted(reactions.items())]])


def read(item, network, capabilities):
    """V-20: the posts as they are hashed, the newest first, and the digest."""
    statements = [Statement(entry, network, capabilities) for entry in item["entries"]]
    people = []
    for identity in sorted({s.identity for s in statements}):
        profiles = [s for s in statements if s.kind == PROFILE and s.identity == identity and s.said]
        stand = standing(profiles, lambda s: [p.id for p in profiles if p.log == s.log and p.sequence < s.sequence])  # V-13
        if stand:
            people.append([identity, stand[0].said["name"]])
    posts = sorted((s for s in statements if s.kind == POST), key=Statement.place, reverse=True)
    encoded = [resolved(post, statements) for post in posts]
    digest = hash256(DOMAIN, encode(people))
    for post in encoded:
        digest = hash256(DOMAIN, digest, post)
    return encoded, digest


def main():
    vectors = load("views.json")
    network = bytes.fromhex(vectors["network"])
    capabilities = {entry.id: entry for entry in (Entry(bytes.fromhex(raw), network) for raw in vectors["capabilities"])}
    digests = {}
    for item in vectors["digests"]:
        if item["why"] is None:
            posts, digest = read(item, network, capabilities)
            expect([post.hex() for post in posts] == item["posts"], f"{item['name']}: posts")
            expect(digest.hex() == item["digest"], f"{item['name']}: digest")
            digests[item["name"]] = digest.hex()
        else:
            expect(digests[item["of"]] != item["digest"], f"{item['name']}: that of the right reading")
    for failure in failures:
        print("FAILED", failure)
    print(f"verify_views: {len(vectors['digests'])} digests, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
