import EntenteCodec

/// The items of Specs/vectors/encoding.json.
enum EncodingCases {
    struct Accepted: Sendable {
        let name: String
        let hex: String
        /// In the diagnostic notation of RFC 8949 §8.
        let notation: String
        let value: CBORValue
    }

    struct Refused: Sendable {
        let name: String
        let sentence: String
        let error: CBORError
        let hex: String
    }

    private static func accepted(_ name: String, _ hex: String, _ notation: String, _ value: CBORValue) -> Accepted {
        Accepted(name: name, hex: hex, notation: notation, value: value)
    }

    private static func refused(_ name: String, _ sentence: String, _ error: CBORError, _ hex: String) -> Refused {
        Refused(name: name, sentence: sentence, error: error, hex: hex)
    }

    /// `depth` arrays, one in the other, around a zero.
    private static func nested(_ depth: Int) -> CBORValue { (0..<depth).reduce(.unsigned(0)) { value, _ in .array([value]) } }

    static let accepted: [Accepted] = [
        accepted("zero", "00", "0", .unsigned(0)),
        accepted("the last number in one byte", "17", "23", .unsigned(23)),
        accepted("the first number in two bytes", "1818", "24", .unsigned(24)),
        accepted("the last number in two bytes", "18ff", "255", .unsigned(255)),
        accepted("the first number in three bytes", "190100", "256", .unsigned(256)),
        accepted("the first number in five bytes", "1a00010000", "65536", .unsigned(65536)),
        accepted("the first number in nine bytes", "1b0000000100000000", "4294967296", .unsigned(4_294_967_296)),
        accepted("the largest number", "1bffffffffffffffff", "18446744073709551615", .unsigned(.max)),
        accepted("minus one", "20", "-1", .negative(0)),
        accepted("minus 256", "38ff", "-256", .negative(255)),
        accepted("the smallest number", "3bffffffffffffffff", "-18446744073709551616", .negative(.max)),
        accepted("an empty byte string", "40", "h''", .bytes([])),
        accepted("a byte string", "43010203", "h'010203'", .bytes([1, 2, 3])),
        accepted("an empty text", "60", "\"\"", .text("")),
        accepted("a text with an accent, composed", "65636166c3a9", "\"caf\\u00e9\"", .text("caf\u{E9}")),
        accepted("the same word, decomposed", "6663616665cc81", "\"cafe\\u0301\"", .text("cafe\u{301}")),
        accepted("an emoji", "64f09f918b", "\"\\u{1f44b}\"", .text("👋")),
        accepted("a text with a zero byte", "6100", "\"\\u0000\"", .text("\0")),
        accepted("an empty array", "80", "[]", .array([])),
        accepted(
            "an array of several types", "8500f5f4f6a0", "[0, true, false, null, {}]",
            .array([.unsigned(0), .bool(true), .bool(false), .null, .map([])])),
        accepted("an empty map", "a0", "{}", .map([])),
        accepted(
            "keys in the order of their bytes", "a40a001864012002616103", "{10: 0, 100: 1, -1: 2, \"a\": 3}",
            .map([
                .init(.unsigned(10), .unsigned(0)), .init(.unsigned(100), .unsigned(1)), .init(.negative(0), .unsigned(2)),
                .init(.text("a"), .unsigned(3)),
            ])),
        accepted(
            "a shorter text before a longer one", "a2617a0062616101", "{\"z\": 0, \"aa\": 1}",
            .map([.init(.text("z"), .unsigned(0)), .init(.text("aa"), .unsigned(1))])),
        accepted(
            "sixteen arrays, one in the other", String(repeating: "81", count: 16) + "00", "[[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]]", nested(16)),
    ]

    static let refused: [Refused] = [
        refused("nothing", "B-8", .truncated, ""),
        refused("a byte after the item", "B-1", .trailingBytes, "0000"),
        refused("two items", "B-1", .trailingBytes, "80a0"),
        refused("a half float", "B-2", .unsupportedType, "f90000"),
        refused("a float", "B-2", .unsupportedType, "fa00000000"),
        refused("a double", "B-2", .unsupportedType, "fb0000000000000000"),
        refused("a tag", "B-2", .unsupportedType, "c11a514b67b0"),
        refused("a self-described item", "B-2", .unsupportedType, "d9d9f700"),
        refused("undefined", "B-2", .unsupportedType, "f7"),
        refused("simple value 0", "B-2", .unsupportedType, "e0"),
        refused("simple value 32 in two bytes", "B-2", .unsupportedType, "f820"),
        refused("false in two bytes", "B-2", .unsupportedType, "f814"),
        refused("a break by itself", "B-2", .unsupportedType, "ff"),
        refused("a reserved length of a number", "B-2", .unsupportedType, "1c"),
        refused("a reserved length of an array", "B-2", .unsupportedType, "9e"),
        refused("zero in two bytes", "B-3", .notShortest, "1800"),
        refused("23 in two bytes", "B-3", .notShortest, "1817"),
        refused("255 in three bytes", "B-3", .notShortest, "1900ff"),
        refused("65535 in five bytes", "B-3", .notShortest, "1a0000ffff"),
        refused("4294967295 in nine bytes", "B-3", .notShortest, "1b00000000ffffffff"),
        refused("minus one in two bytes", "B-3", .notShortest, "3800"),
        refused("a length of a byte string in two bytes", "B-3", .notShortest, "580101"),
        refused("a length of a text in three bytes", "B-3", .notShortest, "79000161"),
        refused("a length of an array in two bytes", "B-3", .notShortest, "980100"),
        refused("a length of a map in two bytes", "B-3", .notShortest, "b8010000"),
        refused("a number of indefinite length", "B-4", .indefiniteLength, "1f"),
        refused("a byte string of indefinite length", "B-4", .indefiniteLength, "5f4101ff"),
        refused("a text of indefinite length", "B-4", .indefiniteLength, "7f6161ff"),
        refused("an array of indefinite length", "B-4", .indefiniteLength, "9f00ff"),
        refused("a map of indefinite length", "B-4", .indefiniteLength, "bf0000ff"),
        refused("an overlong slash", "B-5", .invalidUTF8, "62c0af"),
        refused("half of a surrogate pair", "B-5", .invalidUTF8, "63eda080"),
        refused("a code point above U+10FFFF", "B-5", .invalidUTF8, "64f4908080"),
        refused("a lone continuation byte", "B-5", .invalidUTF8, "6180"),
        refused("a text that ends inside a character", "B-5", .invalidUTF8, "61c3"),
        refused("keys out of order", "B-6", .mapKeyOrder, "a201000000"),
        refused("a key twice", "B-6", .mapKeyOrder, "a200000001"),
        refused("a longer text before a shorter one", "B-6", .mapKeyOrder, "a262616100617a01"),
        refused("minus one before zero", "B-6", .mapKeyOrder, "a220000000"),
        refused("keys out of order, further in", "B-6", .mapKeyOrder, "81a201000000"),
        refused("seventeen arrays, one in the other", "B-7", .tooDeep, String(repeating: "81", count: 17) + "00"),
        refused("seventeen maps, one in the other", "B-7", .tooDeep, String(repeating: "a100", count: 17) + "00"),
        refused(
            "seventeen maps, one in the key of the other", "B-7", .tooDeep,
            String(repeating: "a1", count: 17) + String(repeating: "00", count: 18)),
        refused("a number without its bytes", "B-8", .truncated, "19"),
        refused("a byte string that ends early", "B-8", .truncated, "4301"),
        refused("an array that ends early", "B-8", .truncated, "8200"),
        refused("a map with a key and no value", "B-8", .truncated, "a100"),
        refused("an array that announces 2^64 - 1 items", "B-9", .tooLong(limit: CBORLimits.countMax), "9bffffffffffffffff"),
        refused("a text that announces 4 GiB", "B-9", .tooLong(limit: CBORLimits.countMax), "7affffffff"),
    ]
}
