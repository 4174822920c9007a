import EntenteCrypto

/// One signature to check.
package struct SignatureCheck: Hashable, Sendable {
    package let key: VerifyingKey
    package let signature: Signature
    package let message: [UInt8]

    package init(key: VerifyingKey, signature: Signature, message: [UInt8]) {
        self.key = key
        self.signature = signature
        self.message = message
    }

    /// The check itself: pure, to be run wherever there is a core.
    package func holds() -> Bool { key.verifies(signature, over: message) }
}
