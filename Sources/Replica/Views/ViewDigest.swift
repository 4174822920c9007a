import EntenteCodec
import EntenteCrypto
import EntenteModel

/// What must be equal on every node with the same entries of a space, the same bodies and the same registry: a hash over the
/// names of its people and its posts as they are read. (V-20)
///
///     var digest = ViewDigest(people: people)        // ascending by identity
///     for post in posts { digest.add(post) }         // the newest first
///     digest.value
///
/// One hash leads to the next, so that no list of all posts is ever in memory.
package struct ViewDigest: Hashable, Sendable {
    /// Begins every hash of the digest. (Specs/00-conventions.md)
    private static let domain = Array("entente/views/1".utf8)

    package private(set) var value: Bytes32

    /// - Parameter people: everybody with a name in the space, ascending by identity.
    package init(people: [(identity: IdentityID, name: String)]) {
        var writer = CBORWriter()
        writer.array(people.count)
        for person in people {
            writer.array(2)
            writer.byteString(person.identity.bytes)
            writer.text(person.name)
        }
        value = Blake2b.hash256(Self.domain, writer.bytes)
    }

    /// The next older post by (timestamp, id).
    package mutating func add(_ post: ResolvedPost) { value = Blake2b.hash256(Self.domain, value.bytes, post.canonicalBytes) }
}
