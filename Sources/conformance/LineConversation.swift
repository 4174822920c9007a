import Foundation

/// Answers each line of standard input with lines on standard output, until one of the two ends.
enum LineConversation {
    static func run(_ answer: (String) -> [String]) {
        while let line = readLine() {
            let answers = answer(line)
            guard !answers.isEmpty else { continue }
            // Written at once: the other side waits for it, and a closed pipe ends the program.
            let text = answers.joined(separator: "\n") + "\n"
            do { try FileHandle.standardOutput.write(contentsOf: Data(text.utf8)) } catch { return }
        }
    }
}
