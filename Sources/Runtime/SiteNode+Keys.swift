import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteNode

// What takes keys in files before the node is asked, and keeps them if it has agreed.
extension SiteNode {
    /// Makes a key on this site for a person who is a member already, and the request that the key may sign.
    func requestDevice(_ name: String) async throws(OperatorFailure) -> Answer {
        try await withKey(of: name) { () async throws(OperatorFailure) in await loop.perform(.requestDevice(member: name)) }
    }

    /// Recovers with a key that somebody carried here. The next recovery key is in a file before anything is signed: the
    /// commitment to it cannot be added later.
    func recover(_ request: RecoverRequest) async throws(OperatorFailure) -> Answer {
        if let name = request.member { try NodeDirectory.check(names: ["member": name]) }
        // What is refused is refused before a key is drawn, or takes another's place.
        var preview = request
        preview.preview = true
        let shown = await loop.perform(.recover(preview))
        guard request.preview != true, case .recovered = shown else { return shown }
        guard let name = request.member else { return try await recoverKeyed(request) }
        guard settings.members.contains(where: { $0.utf8.elementsEqual(name.utf8) }) else {
            return try await withKey(of: name) { () async throws(OperatorFailure) in try await recoverKeyed(request) }
        }
        // The key that is here may be the one that was stolen: a new one takes its place.
        var random = SystemRandomNumberGenerator()
        let old = try directory.memberKey(name, using: &random)
        let new = try directory.drawNextMemberKey(name, using: &random)
        let answer: Answer
        loop.host(LocalMember(name: name, key: new))
        do throws(OperatorFailure) {
            answer = try await recoverKeyed(request)
        } catch {
            loop.host(LocalMember(name: name, key: old))
            throw error
        }
        switch answer {
        case .recovered: try directory.takeNextMemberKey(name)
        default: loop.host(LocalMember(name: name, key: old))
        }
        return answer
    }

    private func recoverKeyed(_ request: RecoverRequest) async throws(OperatorFailure) -> Answer {
        var random = SystemRandomNumberGenerator()
        let recovery = try directory.drawRecoveryKey(for: request.member, using: &random)
        var request = request
        request.commitment = RecoveryCommitment.of(recovery.key).hex
        let answer = await loop.perform(.recover(request))
        switch answer {
        case .recovered(var item):
            item.recoveryKeyFile = recovery.path
            return .recovered(item)
        case .refused(let refusal) where refusal.code == .unavailable:
            // Whether it was done is not known: the key may be the one that was committed to.
            return answer
        default:
            directory.remove(recoveryKey: recovery.path)
            return answer
        }
    }

    /// Runs `body` with a key of that name on this site. A new key is kept unless the answer is a refusal.
    private func withKey(
        of name: String, _ body: () async throws(OperatorFailure) -> Answer
    ) async throws(OperatorFailure) -> Answer {
        try NodeDirectory.check(names: ["member": name])
        guard !settings.members.contains(where: { $0.utf8.elementsEqual(name.utf8) }) else { return try await body() }
        var random = SystemRandomNumberGenerator()
        let isNew = !directory.hasMemberKey(name)
        let key = try directory.memberKey(name, using: &random)
        loop.host(LocalMember(name: name, key: key))
        let answer: Answer
        do throws(OperatorFailure) {
            answer = try await body()
        } catch {
            forget(name, removingKey: isNew)
            throw error
        }
        if case .refused(let refusal) = answer, refusal.code != .unavailable {
            forget(name, removingKey: isNew)
        } else {
            try add(member: name)
        }
        return answer
    }

    private func forget(_ name: String, removingKey: Bool) {
        loop.unhost(name)
        if removingKey { directory.removeMemberKey(name) }
    }
}
