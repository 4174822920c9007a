import EntenteModel

/// Which branches of a forked content log are kept: at the first fork the few whose next entry has the smallest id, below
/// it one at each further fork, and besides these whatever a tip in force names. (Specs/03-authority.md, A-67 to A-69)
///
/// It depends on the set of entries alone, and what it drops changes nothing of what it keeps when more comes: nodes that
/// dropped different branches agree again once they hold the same. (authority, invariant I16)
package struct BranchBound: Hashable, Sendable {
    /// By branch: the last sequence number of its own part that is kept; nil where nothing is.
    package private(set) var last: [UInt64?]
    /// By branch: nothing of it is dropped, so that it may be continued.
    private var isWhole: [Bool]

    /// `childID` names the entry at a position that follows a fork. `pinned` are the positions of tips in force.
    package init(
        of tree: BranchTree, pinned: [LogPosition], childID: (LogPosition) throws(StoreFailure) -> EntryID
    ) throws(StoreFailure) {
        last = Array(repeating: nil, count: tree.branches.count)
        isWhole = Array(repeating: false, count: tree.branches.count)
        var beginnings: [LogPosition] = []
        var branchesAfter: [LogPosition: [LogPosition]] = [:]
        for (index, branch) in tree.branches.enumerated() {
            let first = LogPosition(branch: index, sequence: branch.firstSequence)
            if let parent = branch.parent, branch.firstSequence > 0 {
                branchesAfter[LogPosition(branch: parent, sequence: branch.firstSequence - 1), default: []].append(first)
            } else {
                beginnings.append(first)
            }
        }
        // Up to the first fork there is one way through the log: the first that is met is it.
        var allowance = RunLimits.keptBranchesMax
        var open = try Self.select(beginnings, &allowance, childID)
        while let start = open.popLast() {
            let branch = tree.branches[start.branch]
            last[start.branch] = branch.lastSequence
            isWhole[start.branch] = true
            for fork in branchesAfter.keys.filter({ $0.branch == start.branch }).map(\.sequence).sorted() {
                var next = branchesAfter[LogPosition(branch: start.branch, sequence: fork)] ?? []
                let continuation = LogPosition(branch: start.branch, sequence: fork + 1)
                if fork < branch.lastSequence { next.append(continuation) }
                let kept = try Self.select(next, &allowance, childID)
                open += kept.filter { $0 != continuation }
                if fork < branch.lastSequence, !kept.contains(continuation) {
                    last[start.branch] = fork
                    isWhole[start.branch] = false
                    break
                }
            }
        }
        for position in pinned where tree.branches.indices.contains(position.branch) { keep(position, in: tree) }
    }

    private static func select(
        _ next: [LogPosition], _ allowance: inout Int, _ childID: (LogPosition) throws(StoreFailure) -> EntryID
    ) throws(StoreFailure) -> [LogPosition] {
        guard next.count > 1 else { return next }
        var named: [(id: EntryID, position: LogPosition)] = []
        for position in next { named.append((try childID(position), position)) }
        let kept = named.sorted { $0.id < $1.id }.prefix(allowance).map(\.position)
        allowance = 1
        return kept
    }

    /// Keeps an entry and its ancestors, and nothing of what follows it.
    private mutating func keep(_ position: LogPosition, in tree: BranchTree) {
        for (branch, sequences) in tree.path(to: position) {
            last[branch] = max(last[branch] ?? sequences.upperBound, sequences.upperBound)
        }
    }

    package func keeps(_ position: LogPosition) -> Bool {
        last.indices.contains(position.branch) && last[position.branch].map { position.sequence <= $0 } ?? false
    }

    /// False where the end of the branch was dropped: what follows it is dropped too.
    package func mayContinue(_ branch: Int) -> Bool { isWhole.indices.contains(branch) && isWhole[branch] }
}
