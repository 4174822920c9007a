import Glibc

/// Why a file could not be read or written.
package enum FileFailure: Error, Hashable, Sendable {
    case missing
    case exists
    /// The system's error number.
    case system(Int32)
    /// More bytes than such a file ever has.
    case tooLarge
    /// Group or others may read it; the mode's lower nine bits.
    case openToOthers(mode: UInt32)
    /// Not a plain file of this account.
    case notOurs

    /// As a sentence for a person.
    package var sentence: String {
        switch self {
        case .missing, .system(ENOENT): "It does not exist."
        case .exists, .system(EEXIST): "It exists already."
        case .system(EACCES), .system(EPERM): "This account may not go there."
        case .system(EROFS): "It is on a file system that is read-only."
        case .system(ENOSPC), .system(EDQUOT): "No space is left."
        case .system(EIO): "The disk reports an error."
        case .system(ENOTDIR): "A part of its path is no folder."
        case .system(EISDIR): "It is a folder."
        case .system(ENAMETOOLONG): "Its name is too long."
        case .system(let number): "The system says error \(number)."
        case .tooLarge: "It is larger than such a file can be."
        case .openToOthers: "Other accounts can read it."
        case .notOurs: "It is no plain file of this account."
        }
    }

    /// What the last system call complained of.
    static var last: FileFailure {
        switch errno {
        case ENOENT: .missing
        case EEXIST: .exists
        case let number: .system(number)
        }
    }
}
