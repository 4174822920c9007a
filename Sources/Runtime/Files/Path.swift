import EntenteCodec
import EntenteCrypto
import Glibc

/// Paths and folders, as text and as the system has them.
enum Path {
    static func folder(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// The path from the root, without asking the system for links.
    static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/") else { return path }
        guard let here = unsafe getcwd(nil, 0) else { return path }
        defer { unsafe free(here) }
        return unsafe String(cString: here) + "/" + path
    }

    /// True for a file that is there and has nothing in it.
    static func isEmptyFile(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_size == 0
    }

    /// Makes a folder of mode 0700 and those above it.
    ///
    /// - Returns: the folders that were made, outermost first.
    static func makeFolders(_ path: String) throws(FileFailure) -> [String] {
        if unsafe mkdir(path, 0o700) == 0 { return [path] }
        switch errno {
        case EEXIST where isFolder(path): return []
        case ENOENT where folder(of: path) != path:
            let above = try makeFolders(folder(of: path))
            // Once more and no oftener: some file systems have no room for a folder under one that is there.
            guard unsafe mkdir(path, 0o700) == 0 else { throw .last }
            return above + [path]
        case let number: throw .system(number)
        }
    }

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// False if the mode could not be set; `FileFailure.last` says why.
    static func setMode(_ path: String, _ mode: mode_t) -> Bool { unsafe chmod(path, mode) == 0 }

    static func removeEmptyFolder(_ path: String) { _ = unsafe rmdir(path) }

    /// Names in a folder, sorted by bytes.
    static func names(in path: String) throws(FileFailure) -> [String] {
        guard let stream = unsafe opendir(path) else { throw .last }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    }

    /// Removes a file, or a folder with what is in it; what cannot be removed stays.
    static func remove(_ path: String) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFDIR {
            for name in (try? names(in: path)) ?? [] { remove(path + "/" + name) }
            _ = unsafe rmdir(path)
        } else {
            _ = unsafe unlink(path)
        }
    }

    /// A name that people give, as the name of a file: letters, digits, `-` and `_` of ASCII stay, every other byte is
    /// written `%XX`. A long one ends in a hash of the whole.
    ///
    /// - Parameter reserved: names that are taken; the first byte of such a one is written `%XX`.
    static func fileName(for name: String, reserved: [String] = []) -> String {
        var out = ""
        for (index, byte) in name.utf8.enumerated() {
            let isPlain =
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "-"), UInt8(ascii: "_"):
                    !(index == 0 && reserved.contains(name))
                default: false
                }
            if isPlain { out.unicodeScalars.append(Unicode.Scalar(byte)) } else { out += "%" + Hex.encode([byte]) }
        }
        guard out.utf8.count > fileNameBytesMax else { return out }
        return String(out.prefix(fileNameBytesMax)) + "%%" + Hex.encode(Blake2b.hash256(Array(name.utf8)).bytes.prefix(8))
    }

    /// With the hash and ".key.new" it stays below the 255 bytes of a name on Linux.
    private static let fileNameBytesMax = 160
}
