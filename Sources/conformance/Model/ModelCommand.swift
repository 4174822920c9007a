import Foundation

/// `conformance model`: every history of a few acts in every order of delivery (Specs/03-authority.md, "Finite model").
///
/// It prints what it counted, and ends with 1 at the first fault, which it prints as a world that `conformance authority` reads.
enum ModelCommand {
    static let usage = "conformance model [--acts 1…5] [--whole 0…5] [--oracle 0…5] [--part 1/2]"

    struct Options: Equatable {
        /// Histories of up to so many acts.
        var actsMax = 5
        /// Of up to so many acts, every subset too.
        var wholeActsMax = 3
        /// Of up to so many acts, the rules as they are written too.
        var oracleActsMax = 4
        /// The part of the sets that this process looks at, of so many, from 0.
        var part = 0
        var partCount = 1

        /// Nil where an option is not one of these, or its number out of range.
        init?(_ arguments: [String]) {
            guard arguments.count.isMultiple(of: 2) else { return nil }
            for index in stride(from: 0, to: arguments.count, by: 2) {
                let numbers = arguments[index + 1].split(separator: "/", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
                switch (arguments[index], numbers.count) {
                case ("--acts", 1) where (1...FiniteModel.actsMax).contains(numbers[0]): actsMax = numbers[0]
                case ("--whole", 1) where (0...FiniteModel.actsMax).contains(numbers[0]): wholeActsMax = numbers[0]
                case ("--oracle", 1) where (0...FiniteModel.actsMax).contains(numbers[0]): oracleActsMax = numbers[0]
                case ("--part", 2) where numbers[0] >= 1 && numbers[0] <= numbers[1]: (part, partCount) = (numbers[0] - 1, numbers[1])
                default: return nil
                }
            }
        }
    }

    static func run(_ options: Options) -> Int32 {
        let model = FiniteModel(
            wholeActsMax: options.wholeActsMax, oracleActsMax: options.oracleActsMax, part: options.part, of: options.partCount)
        model.explore(actsMax: options.actsMax) { count, sets, figures in
            say(
                "\(count) acts: \(sets) sets; looked at so far: \(figures.setCount) sets, \(figures.orderCount) orders, "
                    + "by \(figures.arrivalCount) arrivals; \(figures.oracleCount) asked of the oracle; "
                    + "\(figures.wholeSetCount) walked in whole, by \(figures.wholeArrivalCount)")
        }
        if let fault = model.fault {
            say("FAULT: \(fault)")
            return 1
        }
        say("one result each, as the rules have it, and no escalation")
        return 0
    }

    /// Writes a line at once: the search takes minutes, and who reads it may not be a terminal.
    private static func say(_ line: String) { try? FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8)) }
}
