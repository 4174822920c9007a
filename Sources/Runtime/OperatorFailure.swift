import EntenteNode
import Glibc

/// Why an operator's request was not done: what happened, why, and what to type next.
package struct OperatorFailure: Error, Hashable, Sendable {
    /// The exit code of the command line: 1 refused or not found, 2 wrong usage, 3 the node cannot be reached or the
    /// store is unusable.
    package let code: Int32
    package let what: String
    package let why: String
    package let next: String

    package init(code: Int32, what: String, why: String, next: String) {
        self.code = code
        self.what = what
        self.why = why
        self.next = next
    }

    /// A node's refusal, with the exit code that its kind promises.
    package init(refusal: Refusal) {
        let code: Int32 =
            switch refusal.code {
            case .refused, .notFound: 1
            case .usage: 2
            case .unavailable: 3
            }
        self.init(code: code, what: refusal.what, why: refusal.why, next: refusal.next)
    }

    /// Exit code 1: refused, or not found.
    package static func refused(what: String, why: String, next: String) -> OperatorFailure {
        OperatorFailure(code: 1, what: what, why: why, next: next)
    }

    /// Exit code 2: wrong usage.
    package static func usage(what: String, why: String, next: String) -> OperatorFailure {
        OperatorFailure(code: 2, what: what, why: why, next: next)
    }

    /// Exit code 3: the node cannot be reached, or the store is unusable.
    package static func unavailable(what: String, why: String, next: String) -> OperatorFailure {
        OperatorFailure(code: 3, what: what, why: why, next: next)
    }

    /// Exit code 3: a file of the site's directory could not be read or written.
    static func file(_ path: String, _ failure: FileFailure, verb: String) -> OperatorFailure {
        let next =
            switch failure {
            case .system(ENOSPC), .system(EDQUOT): "Make room on the disk, then try again."
            case .missing: "Name the right directory with --dir."
            default: "ls -ld \(Shell.word(path))"
            }
        return .unavailable(what: "\(LogText.line(path)) cannot be \(verb)", why: failure.sentence, next: next)
    }
}

extension Refusal {
    /// An operator's failure as a node's refusal: the way through the local socket and back loses nothing.
    package init(_ failure: OperatorFailure) {
        let code: Code =
            switch failure.code {
            case 1: .refused
            case 2: .usage
            default: .unavailable
            }
        self.init(code, what: failure.what, why: failure.why, next: failure.next)
    }
}
