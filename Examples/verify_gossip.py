#!/usr/bin/env python3
"""A second implementation of the forms of Specs/06-gossip.md, held against Specs/vectors/gossip.json: python3 Examples/verify_gossip.py

Like verify_vectors.py, whose encoding, entries and signatures it uses, it was written from the specification alone, and
needs nothing but Python 3.9.
"""
import hashlib
import sys

from verify_session import Side
from verify_vectors import (
    Entry, Refused, check, decode, encode, expect, failures, hash256, is_refused, load, number, octets, path, token, verifies)

MESSAGE_BYTES_MAX = 65_000
RUN_ENTRIES_MAX = 4096
RUN_BYTES_MAX = 4 * 1024 * 1024
UINT63 = 2**63 - 1


# --- Introduction ------------------------------------------------------------------------------------------------------


def introduction(data):
    """G-1"""
    value = decode(data)
    items(value, 4)
    clock, incarnation, listen, join = value
    number(clock)
    number(incarnation)
    if listen is not None:
        text(listen, 256)
    invitations = 0
    if join is not None:
        items(join, 2)
        some(join[0], 0, 32)
        for item in join[0]:
            octets(item, 32)
        check(isinstance(join[1], bytes), "unexpected type")
        check(len(join[1]) <= 64, "too long")
        invitations = len(join[0])
    return {"clock": str(clock), "incarnation": str(incarnation), "listen": listen, "invitations": invitations}


def items(value, count):
    check(isinstance(value, list), "unexpected type")
    check(len(value) == count)


def some(value, low, high):
    check(isinstance(value, list), "unexpected type")
    check(len(value) >= low)
    check(len(value) <= high, "too long")


def text(value, limit):
    check(isinstance(value, str), "unexpected type")
    check(len(value.encode("utf-8")) <= limit, "too long")


def truth(value):
    check(isinstance(value, bool), "unexpected type")


def space(value):
    if value is not None:
        path(value)


def place(value):
    """Where a space stands in a list: the registry first, then by the bytes of the paths. (G-13)"""
    return b"" if value is None else b"".join(value)


def ascending(values):
    check(all(a < b for a, b in zip(values, values[1:])), "order")


def id_list(value):
    some(value, 0, 900)
    for item in value:
        octets(item, 32)
    ascending(value)


# --- Messages ----------------------------------------------------------------------------------------------------------


def message(data, network):
    """G-11, G-12, G-13; returns what it says."""
    check(len(data) <= MESSAGE_BYTES_MAX, "too long")
    value = decode(data)
    check(isinstance(value, list) and len(value) > 0, "unexpected type")
    code = value[0]
    number(code, 0, 11)
    items(value, (2, 1, 4, 4, 4, 2, 4, 2, 1, 3, 3, 2)[code])
    said = {"code": code}
    if code in (2, 3, 4, 5, 10):
        space(value[1])
        said["space"] = None if value[1] is None else place(value[1]).hex()
    if code == 0:
        some(value[1], 0, 450)
        for pair in value[1]:
            items(pair, 2)
            space(pair[0])
            octets(pair[1], 64)
        ascending([place(pair[0]) for pair in value[1]])
        said["count"] = len(value[1])
        if value[1]:
            said["first"] = value[1][0][1].hex()
    elif code == 2:
        truth(value[2])
        check(isinstance(value[3], bytes), "unexpected type")
        said.update(question=value[2], bytes=value[3].hex())
    elif code == 3:
        id_list(value[2])
        id_list(value[3])
        said.update(ids=[item.hex() for item in value[2]], known=[item.hex() for item in value[3]])
    elif code == 4:
        number(value[2])
        number(value[3])
        said["entries"] = str(value[2])
    elif code == 6:
        if value[1] is not None:
            preamble(value[1])
        some(value[2], 1, RUN_ENTRIES_MAX)
        truth(value[3])
    elif code == 7:
        some(value[1], 1, 256)
        entries = [Entry(encode(entry), network) for entry in value[1]]
        said.update(count=len(entries), first=entries[0].id.hex())
    elif code == 9:
        number(value[1], 0, 8)
        text(value[2], 512)
        said["refusal"] = value[1]
    elif code == 10:
        some(value[2], 1, 256)
        id_list(value[2])
        said["ids"] = [item.hex() for item in value[2]]
    elif code == 11:
        some(value[1], 1, 256)
        for body in value[1]:
            items(body, 3)
            octets(body[0], 32)
            octets(body[1], 16)
            check(isinstance(body[2], bytes), "unexpected type")
            check(len(body[2]) <= 49152, "too long")
        said.update(count=len(value[1]), first=value[1][0][0].hex())
    said["value"] = value
    return said


def preamble(value):
    """G-37"""
    items(value, 6)
    where, device, incarnation, identity, first, backlink = value
    path(where)
    octets(device, 32)
    number(incarnation)
    octets(identity, 32)
    number(first, 0, UINT63 - RUN_ENTRIES_MAX)
    if backlink is not None:
        octets(backlink, 32)
    check((first == 0) == (backlink is None))


# --- Runs --------------------------------------------------------------------------------------------------------------


def run(messages, network):
    """G-37, G-39: the entries that the messages of one run lead to."""
    entries, byte_count, opening, is_over = [], 0, None, False
    for data in messages:
        value = message(data, network)["value"]
        check(not is_over, "nothing follows the last part")
        if value[1] is not None:
            check(opening is None, "preamble inside a run")
            opening = value[1]
        check(opening is not None, "no preamble")
        where, device, incarnation, identity, first, backlink = opening
        for item in value[2]:
            check(len(entries) < RUN_ENTRIES_MAX, "too long")
            items(item, 7)
            timestamp, references, authorization, kind, seal, body, signature = item
            items(body, 2)
            if isinstance(body[0], bytes):
                octets(body[0], 16)
                check(isinstance(body[1], bytes), "unexpected type")
                body = [len(body[1]), hash256(b"entente/body/1", body[1], key=body[0])]
            header = [
                1, where, device, incarnation, identity, first + len(entries), entries[-1].id if entries else backlink, timestamp,
                references, authorization, kind, seal, body]
            entries.append(Entry(encode([header, signature]), network))
            byte_count += len(entries[-1].header) + body[0]
            check(byte_count <= RUN_BYTES_MAX, "too long")
        is_over = value[3]
    check(is_over, "not over")
    key, signature = entries[-1].signatures[0]
    check(entries[-1].holds(key, signature), "signature")
    return entries


# --- Sums --------------------------------------------------------------------------------------------------------------


def sum_of(heads):
    """G-15"""
    total = sum(int.from_bytes(hashlib.blake2b(b"entente/head/1" + head).digest(), "little") for head in heads)
    return (total % 2**512).to_bytes(64, "little")


def root_head(entries):
    """G-18: entries as read, in any order."""
    parts = b"".join(
        entry.id + encode([[key, signature] for key, signature in entry.signatures]) for entry in sorted(entries, key=lambda entry: entry.id))
    return hash256(b"entente/root-head/1", parts)


# --- Exchanges -----------------------------------------------------------------------------------------------------------


def exchange(item):
    """A whole session between a joiner and its bootstrap, played by both sides of verify_session.py; raises the refusal it ends with."""
    what, frames = f"exchange, {item['name']}", item["frames"]
    network = bytes.fromhex(item["network"])
    proofs = {"joiner": decode(bytes.fromhex(frames[2]["message"])), "bootstrap": decode(bytes.fromhex(frames[1]["message"]))}
    sides = {}
    for name, proof in proofs.items():
        said = introduction(proof[5])
        expect((said["invitations"] > 0) == (name == "joiner"), f"{what}: who shows an invitation")
        keys = dict(item[name], versions=proof[:2], signature=proof[3].hex(), extension=proof[5].hex())
        sides[name] = Side(keys, {"id": item["network"], "secret": item["secret"]}, name == "joiner")
    joiner, bootstrap = sides["joiner"], sides["bootstrap"]
    written = [joiner.begin()]
    written.append(bootstrap.receive(written[0]))
    written.append(joiner.receive(written[1]))
    bootstrap.receive(written[2])
    expect([data.hex() for data in written] == [frame["bytes"] for frame in frames[:3]], f"{what}: handshake")
    shown = decode(proofs["joiner"][5])[3]
    carried = decode(token(item["token"]))
    expect(shown[0] == carried[6] and carried[2].hex() == item["secret"], f"{what}: the token")
    last, unanswered, brought = {}, {"joiner": 0, "bootstrap": 0}, {}
    for number, frame in enumerate(frames[3:]):
        speaker, other = frame["from"], "bootstrap" if frame["from"] == "joiner" else "joiner"
        data = sides[speaker].say(0, bytes.fromhex(frame["message"]))
        expect(data.hex() == frame["bytes"], f"{what}: frame {number}")
        sides[other].receive(data)
        said = message(sides[other].messages.pop(), network)
        value, code = said["value"], said["code"]
        if code == 0:
            last[speaker] = value[1]
        elif code == 3:
            unanswered[speaker] += 1
        elif code == 5:
            unanswered[other] -= 1
            expect(unanswered[other] >= 0, f"{what}: a delivered without a want (G-30)")
        elif code == 6 and value[1] is not None and value[3]:
            run([bytes.fromhex(frame["message"])], network)
        elif code == 7:
            for entry in (Entry(encode(data), network) for data in value[1]):
                expect(any(entry.holds(*pair) for pair in entry.signatures), f"{what}: a signature (A-4)")
                brought[entry.id] = entry
        elif code == 9:
            expect(number == len(frames) - 4, f"{what}: nothing follows a refusal (G-9)")
            raise Refused(value[1])
    expect(last["joiner"] == last["bootstrap"] and unanswered == {"joiner": 0, "bootstrap": 0}, f"{what}: in sync (G-19)")
    expect(all(known in brought for known in carried[6] + carried[4:6]), f"{what}: the registry is the token's (G-56)")


# --- The vectors ---------------------------------------------------------------------------------------------------------


def main():
    vectors = load("gossip.json")
    network = bytes.fromhex(vectors["network"])

    def read(item):
        data = bytes.fromhex(item["hex"])
        return message(data, network) if item["what"] == "message" else introduction(data)

    for item in vectors["accept"]:
        try:
            said = read(item)
            value = said.pop("value", None)
            expect(all(said.get(field) == wanted for field, wanted in item["fields"].items()), f"{item['name']}: {said}")
            expect(value is None or encode(value).hex() == item["hex"], f"{item['name']}: written otherwise")
        except Refused as refused:
            expect(False, f"{item['name']}: refused as {refused}")
    for item in vectors["reject"]:
        is_refused(lambda: read(item), f"reject, {item['name']}")
    for item in vectors["runs"]:
        try:
            entries = run([bytes.fromhex(data) for data in item["messages"]], network)
            expect([entry.id.hex() for entry in entries] == item["ids"], f"run, {item['name']}: ids")
            written = [encode([decode(entry.header), entry.signatures[0][1]]).hex() for entry in entries]
            expect(written == item["entries"], f"run, {item['name']}: entries")
            proof = {name: bytes.fromhex(value) for name, value in item["check"].items()}
            expect(proof["signed"] == b"entente/sign/1" + network + entries[-1].header, f"run, {item['name']}: signed bytes")
            expect(verifies(proof["key"], proof["signature"], proof["signed"]), f"run, {item['name']}: signature")
        except Refused as refused:
            expect(False, f"run, {item['name']}: refused as {refused}")
    for item in vectors["rejectedRuns"]:
        is_refused(lambda: run([bytes.fromhex(data) for data in item["messages"]], network), f"run, {item['name']}", item["why"])
    for item in vectors["sums"]:
        is_right = sum_of([bytes.fromhex(head) for head in item["heads"]]).hex() == item["sum"]
        expect(is_right == (item["why"] is None), f"sum, {item['name']}")
    for item in vectors["rootHead"]:
        entries = [Entry(bytes.fromhex(data), bytes.fromhex(item["network"])) for data in item["entries"]]
        expect((root_head(entries).hex() == item["id"]) == (item["why"] is None), f"root head, {item['name']}")
        expect(str(max(decode(entry.header)[7] for entry in entries)) == item["timestamp"], "root head: timestamp")
    for item in vectors["joinProof"]:
        signed = b"entente/join/1" + network + bytes.fromhex(item["node"]) + b"".join(map(bytes.fromhex, item["invitations"]))
        holds = verifies(bytes.fromhex(item["key"]), bytes.fromhex(item["signature"]), signed)
        expect(holds == (item["why"] is None), f"join proof, {item['name']} (G-3)")
    for item in vectors["exchanges"]:
        if item["why"] is None:
            exchange(item)
        else:
            is_refused(lambda: exchange(item), f"exchange, {item['name']}", str(item["end"]))
    for failure in failures:
        print("FAILED", failure)
    count = sum(len(value) for value in vectors.values() if isinstance(value, list))
    print(f"verify_gossip: {count} vectors, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
