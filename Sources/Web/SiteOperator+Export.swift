import EntenteNode
import EntenteRuntime

extension SiteOperator {
    /// Exports, through the running node or from the store where none runs.
    ///
    /// - Parameter take: takes a piece of it; lines may begin in one and end in another. Nothing more is read until it
    ///   returns.
    package func export(_ request: ExportRequest, take: ([UInt8]) -> Void) async throws(OperatorFailure) {
        _ = try directory.settings()
        let client = LocalClient(socketPath: configuration.socketPath(in: directory))
        let end = ContinuousClock.now + Self.patience
        while true {
            switch await stream(request, from: client, take: take) {
            case .success(nil): return
            case .success(let refusal?): throw OperatorFailure(refusal: refusal)
            case .failure(.notRunning): break
            case .failure(.strange): throw Self.strange
            case .failure: throw cutOff
            }
            if let node = try await SiteNode.openIfFree(directory, configuration: configuration, reach: .store, log: .command) {
                let failure = await stream(request, from: node, take: take)
                await node.end()
                if let failure { throw failure } else { return }
            }
            guard ContinuousClock.now < end else { throw directory.heldByAnother() }
            try? await Task.sleep(for: Self.pause)
        }
    }

    private func stream(
        _ request: ExportRequest, from client: LocalClient, take: ([UInt8]) -> Void
    ) async -> Result<Refusal?, LocalClient.Failure> {
        do throws(LocalClient.Failure) {
            return .success(try await client.stream(request.path, take: take))
        } catch {
            return .failure(error)
        }
    }

    private func stream(_ request: ExportRequest, from node: SiteNode, take: ([UInt8]) -> Void) async -> OperatorFailure? {
        let stream: ExportStream
        do throws(Refusal) {
            stream = try await node.export(request)
        } catch {
            return OperatorFailure(refusal: error)
        }
        do throws(ExportStream.Failure) {
            while let lines = try await stream.next() { take(lines) }
            return nil
        } catch {
            return cutOff
        }
    }

    private var cutOff: OperatorFailure {
        .unavailable(
            what: "the export was cut off", why: "The node ended, its database cannot be read, or nothing was taken of it for a minute.",
            next: directory.typed("export"))
    }
}

extension ExportRequest {
    /// Where the local API has it.
    fileprivate var path: String {
        var parts: [String] = []
        if let space { parts.append("space=" + Self.encoded(space)) }
        if withEntries { parts.append("entries=true") }
        return LocalAPI.prefix + LocalAPI.exportPath + (parts.isEmpty ? "" : "?" + parts.joined(separator: "&"))
    }

    /// Every byte that could mean something else in a query as % and its digits. (RFC 3986, section 2.1)
    private static func encoded(_ text: String) -> String {
        text.utf8.reduce(into: "") { out, byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: out.unicodeScalars.append(Unicode.Scalar(byte))
            default: out += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
    }
}
