import CCrypto
import Files

/// The SHA-256 of bytes that arrive in pieces, computed by OpenSSL.
struct SHA256: ~Copyable {
  private let context: OpaquePointer

  init() {
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      preconditionFailure("OpenSSL has no SHA-256")
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Adds bytes to the hashed ones.
  func update(_ bytes: some Collection<UInt8>) {
    let isTaken = bytes.withContiguousStorageIfAvailable { EVP_DigestUpdate(context, $0.baseAddress, $0.count) == 1 }
    if isTaken == nil { update(Array(bytes)) }
    precondition(isTaken != false, "OpenSSL refused bytes of a SHA-256")
  }

  /// The digest of all bytes, which has 32 bytes. It may be read only once.
  var value: [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    let isDone = EVP_DigestFinal_ex(context, &digest, nil) == 1
    precondition(isDone, "OpenSSL gave no SHA-256")
    return digest
  }

  /// Returns the digest of an array.
  static func of(_ bytes: [UInt8]) -> [UInt8] {
    let digest = SHA256()
    digest.update(bytes)
    return digest.value
  }

  /// Returns the digest of a file, in hexadecimal digits.
  static func ofFile(_ path: String) throws(DataError) -> String {
    let digest = SHA256()
    try FileTree.readPieces(of: EntryName(path)) { digest.update($0) }
    return hexadecimal(digest.value)
  }

  /// Returns the hexadecimal digits of bytes, two per byte.
  static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
