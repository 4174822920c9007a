extension SpecificationTests {
    /// Sentences of Specs/*.md that no test can decide, each with the reason.
    static let exempted: [String: String] = [:]
}
