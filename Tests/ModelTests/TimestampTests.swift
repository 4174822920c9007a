import EntenteModel
import Foundation
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2000-02-29T12:00:00.5Z", 951_825_600_500), ("2026-12-31", 1_798_761_599_999),
        ("2026-12-31T18:00Z", 1_798_740_000_000), ("2026-12-31T18:00:00+02:00", 1_798_732_800_000),
        ("2026-12-31T18:00:00.123456-01:30", 1_798_745_400_123),
    ])
    func `a date is read as RFC 3339 says, and a day to its end`(text: String, milliseconds: UInt64) {
        #expect(Timestamp(text: text) == Timestamp(milliseconds: milliseconds))
    }

    @Test func `a day has its first moment too, and a moment is itself whichever is meant`() {
        #expect(Timestamp(text: "2026-12-31", day: .first) == Timestamp(milliseconds: 1_798_675_200_000))
        #expect(Timestamp(text: "2026-12-31", day: .last) == Timestamp(milliseconds: 1_798_761_599_999))
        #expect(Timestamp(text: "1970-01-01", day: .first) == Timestamp(milliseconds: 0))
        for text in ["2026-12-31T18:00Z", "2026-12-31T00:00:00.000Z"] {
            #expect(Timestamp(text: text, day: .first) == Timestamp(text: text, day: .last))
        }
    }

    @Test(arguments: [
        "", "2026", "2026-13-01", "2026-00-10", "2026-02-29", "2026-04-31", "2026-1-1", "26-01-01", "2026-12-31T18:00", "2026-12-31T24:00Z",
        "2026-12-31T18:60Z", "2026-12-31T18:00:61Z", "2026-12-31T18:00:00.Z", "2026-12-31T18:00:00Z ", "1969-12-31", "tomorrow",
        "２０２６-12-31",
        "2026-12-31T18:00:00+25:00", "-026-12-31",
    ])
    func `what is no date is not read as one`(text: String) { #expect(Timestamp(text: text) == nil) }

    @Test func `every day of four centuries comes back as it was written`() {
        for day in stride(from: UInt64(0), to: 146_097 * 86_400_000, by: 86_400_000 * 13 + 1) {
            let time = Timestamp(milliseconds: day)
            #expect(Timestamp(text: time.iso8601) == time)
        }
    }

    @Test func `the calendar is Foundation's`() {
        let formatter = ISO8601DateFormatter()
        for seconds in stride(from: 0, to: 8_000_000_000, by: 99_991_111) {
            let text = formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
            #expect(Timestamp(text: text) == Timestamp(milliseconds: UInt64(seconds) * 1000))
        }
    }
}
