import EntenteModel

/// Dates as people type and read them, in UTC and the Gregorian calendar (RFC 3339).
enum CalendarTime {
    private static let millisecondsPerDay: Int64 = 86_400_000

    /// `YYYY-MM-DD` is the last millisecond of that day in UTC; otherwise `YYYY-MM-DDThh:mm[:ss[.fff]]` with `Z` or an
    /// offset. Nil for anything else, for a day that the calendar does not have, and before 1970.
    static func parse(_ text: String) -> Timestamp? {
        var rest = Substring(text)
        guard let year = digits(4, &rest), take("-", &rest), let month = digits(2, &rest), take("-", &rest),
            let day = digits(2, &rest), let days = days(year: year, month: month, day: day)
        else { return nil }
        if rest.isEmpty { return timestamp((days + 1) * millisecondsPerDay - 1) }
        guard take("T", &rest) || take("t", &rest) || take(" ", &rest), let hour = digits(2, &rest), take(":", &rest),
            let minute = digits(2, &rest), hour < 24, minute < 60
        else { return nil }
        var milliseconds = (hour * 60 + minute) * 60_000
        if take(":", &rest) {
            guard let second = digits(2, &rest), second < 60 else { return nil }
            milliseconds += second * 1000
            if take(".", &rest) {
                let fraction = rest.prefix { $0.isASCII && $0.isNumber }
                guard !fraction.isEmpty, fraction.count <= 9, let value = Int64(fraction.prefix(3)) else { return nil }
                milliseconds += fraction.count == 1 ? value * 100 : fraction.count == 2 ? value * 10 : value
                rest = rest.dropFirst(fraction.count)
            }
        }
        guard let offset = offsetMinutes(&rest), rest.isEmpty else { return nil }
        return timestamp(days * millisecondsPerDay + milliseconds - offset * 60_000)
    }

    /// `2026-03-01T10:20:30.456Z`; far beyond any calendar, the number of milliseconds.
    static func format(_ time: Timestamp) -> String {
        guard time.milliseconds < 253_402_300_800_000 else { return "\(time.milliseconds) ms" }
        let milliseconds = Int64(time.milliseconds)
        let (year, month, day) = civil(milliseconds / millisecondsPerDay)
        let ofDay = milliseconds % millisecondsPerDay
        let clock = "\(pad(ofDay / 3_600_000, 2)):\(pad(ofDay / 60_000 % 60, 2)):\(pad(ofDay / 1000 % 60, 2)).\(pad(ofDay % 1000, 3))Z"
        return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))T" + clock
    }

    private static func timestamp(_ milliseconds: Int64) -> Timestamp? {
        milliseconds < 0 ? nil : Timestamp(milliseconds: UInt64(milliseconds))
    }

    private static func take(_ character: Character, _ rest: inout Substring) -> Bool {
        guard rest.first == character else { return false }
        rest.removeFirst()
        return true
    }

    private static func digits(_ count: Int, _ rest: inout Substring) -> Int64? {
        let part = rest.prefix(count)
        guard part.count == count, part.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else { return nil }
        rest.removeFirst(count)
        return Int64(part)
    }

    private static func offsetMinutes(_ rest: inout Substring) -> Int64? {
        if take("Z", &rest) || take("z", &rest) { return 0 }
        let sign: Int64 = take("+", &rest) ? 1 : take("-", &rest) ? -1 : 0
        guard sign != 0, let hour = digits(2, &rest), take(":", &rest), let minute = digits(2, &rest), hour < 24, minute < 60
        else { return nil }
        return sign * (hour * 60 + minute)
    }

    private static func pad(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// Days since 1970-01-01. (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil)
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64? {
        guard (1...12).contains(month), day >= 1 else { return nil }
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        // A day that the month does not have comes back as another one.
        guard civil(days) == (year, month, day) else { return nil }
        return days
    }

    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
