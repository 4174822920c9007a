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

    /// Which moment is meant where somebody writes a day.
    package enum DayMoment: Hashable, Sendable {
        /// The first millisecond: what begins on a day has all of it.
        case first
        /// The last one: so has what ends on a day.
        case last
    }

    /// Reads a date as people write it: `YYYY-MM-DD` is that moment of the day in UTC; otherwise
    /// `YYYY-MM-DDThh:mm[:ss[.fff]]` with `Z` or an offset. (RFC 3339) Nil for all else, for a day that the calendar does
    /// not have, and before 1970.
    package init?(text: String, day moment: DayMoment = .last) {
        var rest = Substring(text)
        guard let year = Self.digits(4, &rest), Self.take("-", &rest), let month = Self.digits(2, &rest), Self.take("-", &rest),
            let dayOfMonth = Self.digits(2, &rest), (1...12).contains(month), dayOfMonth >= 1
        else { return nil }
        let days = Self.day(year, month, dayOfMonth)
        // A day that the month does not have comes back as another one.
        guard days >= 0, Self.civil(fromDay: days) == (year, month, dayOfMonth) else { return nil }
        if rest.isEmpty {
            self.init(milliseconds: UInt64(days * Self.millisecondsPerDay + (moment == .first ? 0 : Self.millisecondsPerDay - 1)))
            return
        }
        guard Self.take("T", &rest), let clock = Self.clock(&rest), let offset = Self.offsetMinutes(&rest), rest.isEmpty else { return nil }
        let milliseconds = days * Self.millisecondsPerDay + clock - offset * 60_000
        guard milliseconds >= 0 else { return nil }
        self.init(milliseconds: UInt64(milliseconds))
    }

    private static func clock(_ rest: inout Substring) -> Int64? {
        guard let hour = digits(2, &rest), take(":", &rest), let minute = digits(2, &rest), hour < 24, minute < 60 else { return nil }
        var milliseconds = (hour * 60 + minute) * 60_000
        guard take(":", &rest) else { return milliseconds }
        guard let second = digits(2, &rest), second < 60 else { return nil }
        milliseconds += second * 1000
        guard take(".", &rest) else { return milliseconds }
        let fraction = rest.utf8.prefix { (48...57).contains($0) }
        guard (1...9).contains(fraction.count), let value = Int64(Substring(fraction.prefix(3))) else { return nil }
        rest = rest.dropFirst(fraction.count)
        return milliseconds + (fraction.count == 1 ? value * 100 : fraction.count == 2 ? value * 10 : value)
    }

    private static func offsetMinutes(_ rest: inout Substring) -> Int64? {
        if take("Z", &rest) { return 0 }
        let sign: Int64 = take("+", &rest) ? 1 : take("-", &rest) ? -1 : 0
        guard sign != 0, let hour = digits(2, &rest), take(":", &rest), let minute = digits(2, &rest), hour < 24, minute < 60
        else { return nil }
        return sign * (hour * 60 + minute)
    }

    private static func take(_ character: Character, _ rest: inout Substring) -> Bool {
        guard rest.first == character else { return false }
        rest.removeFirst()
        return true
    }

    private static func digits(_ count: Int, _ rest: inout Substring) -> Int64? {
        let part = rest.prefix(count)
        guard part.utf8.count == count, part.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        rest.removeFirst(count)
        return Int64(part)
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
