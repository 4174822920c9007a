/// What scripts rely on.
enum ExitStatus {
    static let done: Int32 = 0
    /// Refused or not found; nothing was changed.
    static let refused: Int32 = 1
    /// Wrong usage.
    static let usage: Int32 = 2
    /// The node cannot be reached, or the store is unusable.
    static let unavailable: Int32 = 3
}
