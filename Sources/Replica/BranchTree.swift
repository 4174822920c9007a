/// A place in a log that may have forked: a branch, in the order in which this replica saw them, and a sequence number.
package struct LogPosition: Hashable, Sendable {
    package let branch: Int
    package let sequence: UInt64
    package init(branch: Int, sequence: UInt64) {
        self.branch = branch
        self.sequence = sequence
    }
}

/// The shape of one log: a single branch unless its author forked it.
///
/// Branch 0 is the one seen first; another one begins where it leaves its parent. Which number a branch has is a local
/// fact: nothing that is compared between nodes may depend on it.
package struct BranchTree: Hashable, Sendable {
    package struct Branch: Hashable, Sendable {
        /// Nil for a branch that begins the log.
        package let parent: Int?
        package let firstSequence: UInt64
        package internal(set) var lastSequence: UInt64

        package init(parent: Int?, firstSequence: UInt64, lastSequence: UInt64) {
            self.parent = parent
            self.firstSequence = firstSequence
            self.lastSequence = lastSequence
        }
    }

    package private(set) var branches: [Branch] = []

    package init() {}

    /// Adds a branch that holds its first entry: after `parent`, or at the beginning of the log. Returns its number.
    package mutating func addBranch(after parent: LogPosition?) -> Int {
        let first = parent.map { $0.sequence + 1 } ?? 0
        branches.append(Branch(parent: parent?.branch, firstSequence: first, lastSequence: first))
        return branches.count - 1
    }

    /// The branch has one entry more.
    package mutating func extend(_ branch: Int) { branches[branch].lastSequence += 1 }

    /// The branch with all that it holds, as a store gives it back.
    package mutating func restore(_ branch: Branch) { branches.append(branch) }

    package func isTip(_ position: LogPosition) -> Bool { branches[position.branch].lastSequence == position.sequence }

    /// True if `a` is `b` or one of its ancestors.
    package func isAncestorOrEqual(_ a: LogPosition, of b: LogPosition) -> Bool {
        var branch = b.branch
        var sequence = b.sequence
        while branch != a.branch {
            guard let parent = branches[branch].parent else { return false }
            sequence = branches[branch].firstSequence - 1
            branch = parent
        }
        return a.sequence <= sequence
    }

    /// The stretches from the beginning of the log to `position`: a branch and the sequence numbers of it on the way.
    package func path(to position: LogPosition) -> [(branch: Int, sequences: ClosedRange<UInt64>)] {
        var out: [(branch: Int, sequences: ClosedRange<UInt64>)] = []
        var next: LogPosition? = position
        while let here = next {
            let branch = branches[here.branch]
            // A child may leave its parent before the parent's own first entry only by a bug: then the stretch is empty.
            if branch.firstSequence <= here.sequence { out.append((here.branch, branch.firstSequence...here.sequence)) }
            next = branch.parent.map { LogPosition(branch: $0, sequence: branch.firstSequence - 1) }
        }
        return out.reversed()
    }
}
