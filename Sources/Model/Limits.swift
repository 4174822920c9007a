/// What an entry may weigh. All limits of the product are listed in Specs/00-conventions.md.
package enum EntryLimits {
    /// Bytes of the header of a content entry: its largest fields need under 700.
    package static let contentHeaderBytesMax = 1024
    /// Bytes of the body inside the header of a registry entry: about a hundred tips; longer lists are split.
    package static let registryBodyBytesMax = 4 * 1024
    /// Bytes of the header of a registry entry, its body included.
    package static let registryHeaderBytesMax = 5 * 1024
    /// Bytes of a detached body: with its header it fits one frame.
    package static let bodyBytesMax = 48 * 1024
    /// References to causal heads.
    package static let referencesMax = 8
    /// Components of a scope path.
    package static let spaceDepthMax = 4
    /// Ids in one list of a registry body: more would not fit its bytes.
    package static let listMax = 128
    /// Nesting inside the body of an unknown registry kind, counted from its map: with every envelope around it, it
    /// stays under `CBORLimits.depthMax`, so that it does not matter from where a decoder counts.
    package static let unknownBodyDepthMax = 8
    /// Keys of a root epoch.
    package static let rootKeysMax = 16
    /// Bytes of a name: of a network, a site, a space or a person.
    package static let nameBytesMax = 128
    /// Ids in one list of a content body: what an edit or a reaction supersedes, what an unhiding lifts.
    package static let operationIDsMax = 8
    /// Bytes of a reaction: the longest emoji sequences of families and flags have under 40.
    package static let reactionBytesMax = 64
    /// Levels are 0 to 15; others do not decode.
    package static let levelMax: UInt8 = 15
    /// How far ahead of the clock a timestamp may be before the entry is held, in milliseconds.
    package static let futureMillisecondsMax: UInt64 = 5 * 60 * 1000
}
