#!/usr/bin/env python3
"""Plants faults in the rules of authority, one at a time, in a copy of the tree, and sees each caught by the tests.

    Tests/mutations/authority.py            all of them, and a table
    Tests/mutations/authority.py A-43 A-57  those of these sentences

The copy has the pure targets that the rules need and no others, and is built once; each fault costs an incremental build
and a run of the tests. All of it takes a quarter of an hour on two cores, so it is no part of the checks: run it when the rules or
their tests change. SWIFT is the command that builds ("swift"), KEEP a folder for the copy that is left where it is.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

AUTHORITY = "Sources/Replica/Authority/Authority+"
# The sentence of Specs/03-authority.md that is broken, where, what stands there, what stands there instead.
FAULTS = [
    ("A-1", "Evaluation", "            if act.kind == .invite { queueUnsealed(next) }\n", "", "admissions are not judged again when their inviter is stopped"),
    ("A-11", "Root", "after: after, signers: checked.rootSignatures.map(\\.key))", "after: after, signers: entry.rootSignatures.map(\\.key))", "root signatures are believed unchecked"),
    ("A-14", "WellFormed", "if act.kind != .admit, capability.subject == .none || capability.subject != act.identity { return false }", "", "anybody may use a capability"),
    ("A-15", "WellFormed", "guard let cited, act.time <= cited.expiry, table.lies", "guard let cited, table.lies", "capabilities do not end"),
    ("A-16", "WellFormed", "guard let cited, act.time <= cited.expiry, table.lies(act.scope, in: cited.scope) else", "guard let cited, act.time <= cited.expiry else", "scopes do not bind"),
    ("A-19", "WellFormed", "return cited.has(.admin) && act.level > cited.level", "return cited.has(.admin) && act.level >= cited.level", "a grant at the granter's own level"),
    ("A-20", "WellFormed", "return cited.hasAny(Rights.inviting) && act.level > cited.level", "return act.level > cited.level", "invitations without a right"),
    ("A-21", "WellFormed", "act.level == invitation.level &+ 1", "act.level > invitation.level", "an admission further down"),
    ("A-22", "WellFormed", "case .fails: return false", "case .fails: return true", "proofs that do not hold"),
    ("A-29", "Keys", "guard found.count == 1, let recovery = found.first,", "guard let recovery = found.first,", "the first of two recoveries counts"),
    ("A-34", "Keys", "        if let suffixes = layer.suffixes[act.log],\n", "        if !standing.isHit, let suffixes = layer.suffixes[act.log],\n", "tips win over a recovery's from"),
    ("A-35", "Keys", "isHit: place < count))", "isHit: place < min(count, 0)))", "recoveries hit nobody"),
    ("A-36", "KeyLayer", "$0.rank < standing.rank", "$0.rank <= standing.rank", "a primary's tips rescue primaries"),
    ("A-38", "Content", "kept[here.branch] = max(kept[here.branch], here.sequence &+ 1)", "kept[here.branch] = max(kept[here.branch], here.sequence &+ 2)", "a tip keeps one post more"),
    ("A-39", "Cuts", "{ act.governsAll || chainContains(act.auth, from: capability) }", "{ true }", "INVITE governs everybody"),
    ("A-42", "Cuts", "return act.acting < cited.level && table.lies(scope, in: act.scope) && governs", "return act.acting <= cited.level && table.lies(scope, in: act.scope) && governs", "equals remove each other"),
    ("A-43", "Cuts", "grantedAt <= act.acting", "grantedAt <= EntryLimits.levelMax", "anybody lifts a ban"),
    ("A-44", "Cuts", "table.acts[Int(leave)].acting <= cited.level && !lists(cited, leave)", "table.acts[Int(leave)].acting < cited.level && !lists(cited, leave)", "a leave does not reach its own level"),
    ("A-45", "Cuts", "max(vouchLevelMax(of: act), act.acting)", "vouchLevelMax(of: act)", "vmax shuts out the remover's equals"),
    ("A-46", "Cuts", "includingLeaves && summary.onlyLeaves && source.identity", "includingLeaves && source.identity", "a leave answers removals"),
    ("A-47", "Cuts", "let includingLeaves = act.kind != .leave\n", "let includingLeaves = true\n", "leaves cut leaves"),
    ("A-48", "Cuts", "return source.acting < cited.level && table.lies(scope, in: source.scope)\n", "return source.acting <= cited.level && table.lies(scope, in: source.scope)\n", "a disavowal reaches equals"),
    ("A-51", "Evaluation", "guard states[Int(act.auth)].contains(.issued) else { return false }", "guard states[Int(act.auth)].contains(.wellFormed) else { return false }", "what a void act gave counts"),
    ("A-52", "Evaluation", "if source.kind != .leave, source.acting < act.acting, table.lies", "if source.kind != .leave, source.acting <= act.acting, table.lies", "an equal's tips rescue"),
    ("A-54", "Cuts", "guard source.acting < invitation.level, table.lies", "guard source.acting <= invitation.level, table.lies", "an equal seals"),
    ("A-55", "Cuts", "return invitation.auth != .root && source.identity == invitation.identity", "return invitation.auth != .root", "anybody's leave seals"),
    ("A-56", "Cuts", "isStopped(act.auth, at: act.scope) || isStopped(invitation.auth, at: invitation.scope)", "isStopped(act.auth, at: act.scope)", "an invitation outlives its inviter"),
    ("A-57", "Evaluation", "return UInt64(quota.live.count) > usesMax", "return UInt64(quota.live.count) > usesMax + 1", "one guest too many"),
    ("A-58", "Evaluation", "return other.acting < act.acting && table.lies", "return other.acting <= act.acting && table.lies", "an equal annuls"),
    ("A-62", "Root", "signerCount(record, among: record.after.keys) >= record.after.quorum", "signerCount(record, among: record.after.keys) >= 0", "old keys alone replace the keys"),
    ("A-63", "Root", "if count > known.count ||", "if count < known.count ||", "fewer signers win"),
    ("A-67", "../BranchBound", "named.sorted { $0.id < $1.id }", "named.sorted { $1.id < $0.id }", "the largest ids are kept"),
    ("A-69", "../BranchBound", "        allowance = 1\n", "", "four branches at every fork"),
    ("A-72", "../Replica+Gate", "logCounts[$0] ?? 0 >= GateLimits.logsMax", "logCounts[$0] ?? 0 > GateLimits.logsMax", "a log too many"),
    ("A-45", "Evaluation", "                act.kind != .admit\n                && tips.contains", "                act.kind != .admit\n                || tips.contains", "what a removal's own tips do not name is not judged again"),
    ("A-73", "../Replica+Gate", "authority.recoveryCommitment(of: identity) == RecoveryCommitment.of(device) { own", "authority.recoveryCommitment(of: identity) == nil { own", "a thief of the other keys keeps the recovery out"),
    ("A-73", "../Replica+Gate", "case 1: return enrolment.isInForce ? .primary : .strays", "case 1: return .primary", "a thief's entries count against the key that a recovery brings"),
    ("A-74", "../Replica+Gate", "states[Int(ref)].contains(.wellFormed), let key = table.invitation(act)?.inviteKey", "let key = table.invitation(act)?.inviteKey", "worthless invitations let inceptions in"),
    ("A-79", "Offer", "if act.kind == .identityCreate { return !isNamed(ref) }", "if act.kind == .identityCreate { return false }", "an inception that only a withheld admission names is offered"),
    ("A-79", "Offer", "if act.auth >= 0, states[Int(act.auth)].contains(.withheld) { return true }", "", "what cites a withheld capability is offered"),
    ("A-81", "../Replica+Offer", "!authority.isWithheld(id) || dragged[id] != nil || authority.isPinned(id)", "!authority.isWithheld(id) || authority.isPinned(id)", "a capability that an offered entry cites is not brought along"),
    ("A-81", "Offer", "if tipMarks[Int(log)].contains(where: { $0.position == position }) { return true }", "", "what tips name is not brought along"),
    ("A-79", "Content", "states[Int(ref)].contains(.withheld) || states[Int(inception)].contains(.withheld)", "states[Int(ref)].contains(.withheld)", "content of somebody whose inception is withheld is offered"),
    ("A-81", "Offer", "                noteLog(table.acts[Int(next)].log)\n", "", "a log is not looked at again when what it cites comes to be withheld"),
    ("A-81", "Offer", "act.kind == .identityCreate ? [act.auth] : [act.auth, act.identity]", "[act.auth]", "what is brought along comes without its author's inception"),
    ("A-83", "../Replica+Accept", "!authority.isInception(identity.inception), entry.header.kind != .identityCreate {", "!authority.contains(identity.inception), entry.header.kind != .identityCreate {", "any entry passes for an inception"),
    ("A-83", "../Replica+Accept", "!authority.isInception(identity.inception), entry.header.kind != .identityCreate {", "!authority.isInception(identity.inception), entry.header.kind == .genesis {", "entries without an inception come in"),
    ("A-54", "../MemberDirectory", "return states[Int(ref)].contains(.sealedForGood)", "return states[Int(ref)].contains(.sealed)", "anybody's vouch passes for a seal"),
    ("A-29", "Keys", "                if act.kind == .keyAdd { noteIdentity(layer.identity) }\n", "", "where a key signs is not looked at again"),
    ("A-76", "../Replica+Gate", "guard let place = rootLog.places[parent], let lastUpdate, place < lastUpdate else", "guard let place = rootLog.places[parent], let lastUpdate, place < lastUpdate - 1 else", "the last epoch may be undone"),
    ("A-21", "WellFormed", "?? .max && act.expiry <= inviterExpiry", "?? .max && act.expiry <= max(inviterExpiry, .max)", "an admission outlives its inviter"),
    ("A-41", "Evaluation", "table[key, default: []].append(ref)", "table[key] = [ref]", "the last removal replaces those before it"),
    ("A-45", "Cuts", "min(summary.limit, belowTarget, max(vouchLevelMax(of: act), act.acting))", "min(summary.limit, max(vouchLevelMax(of: act), act.acting))", "juniors vouch against a removal"),
    ("A-50", "Content", "LogPosition(branch: $0, sequence: branch.firstSequence &- 1)", "LogPosition(branch: $0, sequence: 0)", "of what leads to a tip on another branch little is kept"),
    ("A-56", "Evaluation", "        if isSealed(ref, act, invitation) { return true }\n        if !keys", "        if !keys", "a seal keeps no admission"),
    ("A-58", "Evaluation", "act.kind == .remove || act.kind == .disavow || act.kind == .leave else", "act.kind == .remove || act.kind == .leave else", "a disavowal is for good"),
]
KEPT_TARGETS = ["CSodium", "EntenteCodec", "EntenteCrypto", "EntenteModel", "EntenteReplica", "EntenteReconciliation", "EntenteSecureChannel", "conformance", "ReplicaTests"]
# The quick ones first; what they let through is shown to the others.
ROUNDS = ["RuleTests|GateTests|BranchBoundTests|OfferTests|WithheldStoryTests|AuthorityStoryTests", "AuthorityOracleTests|AuthorityInvariantTests|AuthorityVectorTests|AuthorityFiniteModelTests"]

root = pathlib.Path(__file__).resolve().parents[2]
swift = os.environ.get("SWIFT", "swift").split()
environment = dict(os.environ, ENTENTE_PURE="1")


def path_of(name):
    if name.startswith("../"):
        return "Sources/Replica/" + name[3:] + ".swift"
    return ("Sources/Replica/Authority/" + name + ".swift") if name == "KeyLayer" else AUTHORITY + name + ".swift"


def copy_tree(to):
    for name in subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root, capture_output=True, check=True).stdout.decode().split("\0"):
        if name and (root / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            if not (to / name).exists() or (to / name).read_bytes() != (root / name).read_bytes():
                shutil.copy(root / name, to / name)
    manifest = to / "Package.swift"
    text = (root / "Package.swift").read_text()
    kept = ", ".join('"%s"' % name for name in KEPT_TARGETS)
    marker = "let package = Package("
    assert marker in text, "Package.swift has no “%s”" % marker
    text = text.replace(marker, "targets = targets.filter { [%s].contains($0.name) }\nproducts = []\n%s" % (kept, marker))
    if not manifest.exists() or manifest.read_text() != text:
        manifest.write_text(text)


def build(tree):
    done = subprocess.run(swift + ["build", "--build-tests", "--scratch-path", ".build-mutants"], cwd=tree, env=environment, capture_output=True, text=True)
    return None if done.returncode == 0 else (done.stdout + done.stderr)


def failures(tree, tests):
    """The first test that fails, or None. A crash is a failure."""
    command = ["swift", "test", "--skip-build", "--scratch-path", ".build-mutants", "--filter", tests]
    try:
        done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, timeout=900)
    except subprocess.TimeoutExpired:
        return "no end after 15 minutes"
    if done.returncode == 0:
        return None
    for line in (done.stdout + done.stderr).splitlines():
        if "recorded an issue" in line:
            words = line.split("recorded an issue")[0].strip(" ✘").replace("Test ", "", 1)
            rule = line.split("rule → ")
            return rule[1].split(" at Authority")[0] if len(rule) > 1 else words
    return "the tests crash"


def main():
    wanted = set(sys.argv[1:])
    tree = pathlib.Path(os.environ["KEEP"]) if "KEEP" in os.environ else pathlib.Path(tempfile.mkdtemp(prefix="mutants-"))
    tree.mkdir(parents=True, exist_ok=True)
    copy_tree(tree)
    fault = build(tree)
    if fault:
        sys.exit("the copy does not build:\n" + fault[-3000:])
    survivors = 0
    print("| Sentence | Planted fault | Caught by |\n|---|---|---|", flush=True)
    for sentence, file, old, new, words in FAULTS:
        if wanted and sentence not in wanted:
            continue
        source = tree / path_of(file)
        sound = source.read_text()
        if old not in sound:
            survivors += 1
            print("| %s | %s | **not planted: %s has changed** |" % (sentence, words, path_of(file)), flush=True)
            continue
        source.write_text(sound.replace(old, new, 1))
        try:
            # A fault that does not build says nothing about the tests: its text is to be mended.
            is_built = build(tree) is None
            caught = next((found for found in (failures(tree, tests) for tests in ROUNDS) if found), None) if is_built else None
        finally:
            source.write_text(sound)
        survivors += caught is None
        print("| %s | %s | %s |" % (sentence, words, caught or ("**NOTHING**" if is_built else "**nothing: it does not build**")), flush=True)
    if "KEEP" not in os.environ:
        shutil.rmtree(tree)
    sys.exit("%d faults were not caught" % survivors if survivors else 0)


main()
