/// What somebody may have meant who mistyped a word.
package enum Spelling {
    /// The word that is most like `text`, if one is so like it that it may have been meant. Of several, the first.
    ///
    /// At most a third of the letters differ, an exchange of two neighbours counting as one; case does not count.
    package static func nearest(to text: String, among words: some Sequence<String>) -> String? {
        let meant = Array(text.lowercased().unicodeScalars)
        let limit = max(1, meant.count / 3)
        var best: (word: String, distance: Int)?
        for word in words {
            let letters = Array(word.lowercased().unicodeScalars)
            guard abs(letters.count - meant.count) <= limit else { continue }
            let distance = distance(meant, letters)
            if distance <= limit, distance < best?.distance ?? .max { best = (word, distance) }
        }
        return best?.word
    }

    /// Letters to insert, remove, replace or exchange with their neighbour. (Damerau; the restricted distance, of
    /// "optimal string alignment")
    private static func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
        var older: [Int] = []
        var previous = Array(0...b.count)
        for (i, letter) in a.enumerated() {
            var row = [i + 1]
            for (j, other) in b.enumerated() {
                var cost = min(row[j] + 1, previous[j + 1] + 1, previous[j] + (letter == other ? 0 : 1))
                if i > 0, j > 0, letter == b[j - 1], a[i - 1] == other { cost = min(cost, older[j - 1] + 1) }
                row.append(cost)
            }
            (older, previous) = (previous, row)
        }
        return previous[b.count]
    }
}
