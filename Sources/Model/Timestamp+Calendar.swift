extension Timestamp {
    private static let millisecondsPerDay: Int64 = 86_400_000

    /// `2026-11-24T09:30:00.000Z`. Times beyond the year 9999 are written as its last moment.
    package var iso8601: String {
        let last: UInt64 = 253_402_300_799_999
        let value = Int64(min(milliseconds, last))
        let (year, month, day) = Self.civil(fromDay: value / Self.millisecondsPerDay)
        let rest = value % Self.millisecondsPerDay
        func pad(_ number: Int64, _ width: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))T\(pad(rest / 3_600_000, 2)):\(pad(rest / 60_000 % 60, 2))"
            + ":\(pad(rest / 1000 % 60, 2)).\(pad(rest % 1000, 3))Z"
    }

    /// Reads `YYYY-MM-DD`, which is the last millisecond of that day in UTC, or `YYYY-MM-DDThh:mm[:ss]Z`. Nil for all else.
    package init?(text: String) {
        let parts = text.split(separator: "T", omittingEmptySubsequences: false)
        guard let date = parts.first, parts.count <= 2 else { return nil }
        let fields = date.split(separator: "-", omittingEmptySubsequences: false)
        guard fields.count == 3, fields[0].utf8.count == 4, let year = Self.number(fields[0], 1970...9999),
            let month = Self.number(fields[1], 1...12), let day = Self.number(fields[2], 1...31)
        else { return nil }
        let days = Self.day(year, month, day)
        guard Self.civil(fromDay: days) == (year, month, day) else { return nil }
        let start = days * Self.millisecondsPerDay
        if parts.count == 1 {
            self.init(milliseconds: UInt64(start + Self.millisecondsPerDay - 1))
            return
        }
        guard parts[1].last == "Z" else { return nil }
        let clock = parts[1].dropLast().split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(clock.count), let hour = Self.number(clock[0], 0...23), let minute = Self.number(clock[1], 0...59) else {
            return nil
        }
        var second: Int64 = 0
        if clock.count == 3 {
            guard let value = Self.number(clock[2], 0...59) else { return nil }
            second = value
        }
        self.init(milliseconds: UInt64(start + (hour * 3600 + minute * 60 + second) * 1000))
    }

    private static func number(_ text: Substring, _ range: ClosedRange<Int64>) -> Int64? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }), let value = Int64(text),
            range.contains(value)
        else { return nil }
        return value
    }

    /// Days since 1970-01-01 of a date of the proleptic Gregorian calendar, and back.
    /// (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", 2013.)
    private static func day(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(fromDay day: Int64) -> (Int64, Int64, Int64) {
        let shifted = day + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthIndex + 2) / 5 + 1)
    }
}
