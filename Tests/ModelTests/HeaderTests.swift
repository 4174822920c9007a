import EntenteCodec
import EntenteCrypto
import EntenteModel
import Testing

/// What decodes and what does not. The forgeries name the sentences that they break.
@Suite struct HeaderTests {
    @Test func `an entry of every kind reads back as it was written (E-2, E-18, E-27)`() throws {
        for told in Story.whole.told {
            var reader = CBORReader(told.entry.encoded)
            let read = try Entry(&reader, in: Story.whole.network)
            try reader.end()
            #expect(read == told.entry, "\(told.name)")
            #expect(try Header(canonical: told.entry.headerBytes) == told.entry.header, "\(told.name)")
        }
        let kinds = Set(Story.whole.told.map(\.entry.header.kind.code))
        #expect(kinds.isSuperset(of: (1...16).map { UInt64($0) } + (32...39).map { UInt64($0) }))
    }

    @Test func `an entry stored in two parts reads back as it was`() throws {
        for told in Story.whole.told {
            let read = try Entry(
                headerBytes: told.entry.headerBytes, signatureBytes: told.entry.signatureBytes, in: Story.whole.network)
            #expect(read == told.entry)
        }
        let post = Story.whole.entry("post")
        #expect(throws: CBORError.trailingBytes) {
            try Entry(headerBytes: post.headerBytes + [0], signatureBytes: post.signatureBytes, in: Story.whole.network)
        }
        #expect(throws: CBORError.trailingBytes) {
            try Entry(headerBytes: post.headerBytes, signatureBytes: post.signatureBytes + [0], in: Story.whole.network)
        }
    }

    @Test func `a forgery is refused, for its own reason`() {
        for forgery in Forger.all {
            #expect(throws: forgery.error, "\(forgery.name) (\(forgery.sentence))") {
                var reader = CBORReader(forgery.bytes)
                _ = try Entry(&reader, in: forgery.network)
                try reader.end()
            }
        }
    }

    @Test func `every way of being wrong has a forgery`() {
        let broken = Set(Forger.all.map(\.sentence))
        // E-23 and E-25 say what is accepted; the rest of E-1 to E-26 refuse.
        let expected = Set((1...26).map { "E-\($0)" }).subtracting(["E-23", "E-25"])
        #expect(expected.subtracting(broken) == [])
        #expect(Set(Forger.all.map(\.name)).count == Forger.all.count)
    }

    @Test func `a kind of a later version is kept byte for byte (E-24, E-25)`() throws {
        let registry = Story.whole.entry("unknown registry kind")
        guard case .unknown(let bytes) = registry.header.body else {
            Issue.record("a known kind")
            return
        }
        #expect(registry.encoded.contains(bytes) && registry.header.act == nil && registry.header.kind.name == "kind-31")
        let content = Story.whole.entry("unknown content kind")
        #expect(content.header.kind.name == "kind-99" && content.header.bodyBytes == 13)
    }

    @Test func `a body of an unknown kind may nest eight deep, and no entry of ours sixteen (E-24)`() throws {
        let header = RawHeader(Story.whole.entry("unknown registry kind").header)
        let eight = header.with(.body) {
            $0.map(1)
            $0.unsigned(0)
            for _ in 1..<EntryLimits.unknownBodyDepthMax { $0.array(1) }
            $0.null()
        }
        let entry = eight.signed(by: People.alice, in: Story.whole.network)
        var reader = CBORReader(entry)
        _ = try Entry(&reader, in: Story.whole.network)
        // A decoder that counts from an envelope around the entry agrees.
        var envelope = CBORReader([0x81, 0x81] + entry)
        _ = try envelope.anyItem()
    }

    @Test func `a level is 0 to 15, and each of them decodes (E-21)`() throws {
        for level in 0...15 as ClosedRange<UInt8> {
            var header = Story.whole.entry("grant over removals").header
            var act = try #require(header.act)
            act.level = level
            header.body = .act(act)
            #expect(try Header(canonical: header.encoded).act?.level == level)
        }
    }

    @Test func `a quorum is more than half of the keys and at most all (E-22)`() throws {
        for count in 1...EntryLimits.rootKeysMax {
            for quorum in 0...(count + 1) {
                var act = RegistryAct(kind: .genesis)
                act.rootKeys = (0..<count).map { People.key("root \($0)").device }.sorted()
                act.rootQuorum = UInt64(quorum)
                var header = Story.whole.entry("genesis").header
                header.body = .act(act)
                let isRead = (try? Header(canonical: header.encoded)) != nil
                #expect(isRead == (quorum * 2 > count && quorum <= count), "\(quorum) of \(count)")
            }
        }
    }

    @Test func `the largest header that its fields allow is within its limit (E-26)`() throws {
        var header = Story.whole.entry("sealed post").header
        header.space = .content(try #require(SpacePath((1...4).map { SpaceID(.filled($0)) })))
        header.incarnation = .max
        header.sequence = UInt64(Int64.max)
        header.backlink = .filled(9)
        header.timestamp = Timestamp(milliseconds: UInt64(Int64.max))
        header.references = (1...8).map { EntryID.filled($0) }
        header.kind = Kind(code: UInt64(Int64.max))
        header.body = .detached(size: EntryLimits.bodyBytesMax, commitment: EntryID.filled(3).bytes)
        #expect(try Header(canonical: header.encoded) == header)
        #expect(header.encoded.count == 588 && header.encoded.count <= EntryLimits.contentHeaderBytesMax)
        let envelope = header.encoded.count - 38
        #expect(envelope + EntryLimits.registryBodyBytesMax <= EntryLimits.registryHeaderBytesMax)
    }

    @Test func `what has its neutral value is not written, and what a kind does not have is not read (E-19, B-11)`() throws {
        var header = Story.whole.entry("remove by subject").header
        header.body = .act(RegistryAct(kind: .remove))
        #expect(RawHeader(header)[.body] == [0xA0])
        #expect(try Header(canonical: header.encoded).act == RegistryAct(kind: .remove))
        let withQuorum = RawHeader(header).with(.body) {
            $0.map(1)
            $0.unsigned(20)
            $0.unsigned(0)
        }
        #expect(throws: CBORError.unknownField(20)) { try Header(canonical: withQuorum.bytes) }
    }

    @Test func `lists that our own code made in any order are written sorted, each id once (E-10, E-20)`() throws {
        var header = Story.whole.entry("vouch").header
        var act = RegistryAct(kind: .vouch)
        act.tips = [.filled(3), .filled(1), .filled(3)]
        header.body = .act(act)
        header.references = [.filled(2), .filled(1), .filled(2)]
        let read = try Header(canonical: header.encoded)
        #expect(read.act?.tips == [.filled(1), .filled(3)] && read.references == [.filled(1), .filled(2)])
    }

    @Test func `the latest time is that of a signed 64-bit number (E-9, E-23)`() throws {
        var header = Story.whole.entry("invite").header
        var act = try #require(header.act)
        act.expiry = Timestamp(milliseconds: UInt64(Int64.max))
        act.membershipExpiry = act.expiry
        header.body = .act(act)
        header.timestamp = Timestamp(milliseconds: UInt64(Int64.max))
        #expect(try Header(canonical: header.encoded) == header)
    }

    @Test func `a field that our own code left out makes an entry that nobody reads`() {
        var header = Story.whole.entry("annul").header
        header.body = .act(RegistryAct(kind: .annul))
        #expect(throws: CBORError.unexpectedType(expected: .bytes)) { try Header(canonical: header.encoded) }
    }
}
