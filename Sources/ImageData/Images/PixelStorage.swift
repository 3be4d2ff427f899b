import Glibc

/// Immutable bytes in memory, or in a mapped part of a file.
///
/// `@unchecked Sendable`: nothing writes to the bytes after the initializer.
final class PixelStorage: @unchecked Sendable {
  private let bytes: UnsafeRawBufferPointer
  /// The mapped pages to release, of which the bytes are a part; nil for bytes in memory.
  private let mapping: UnsafeMutableRawBufferPointer?

  /// The number of bytes.
  var count: Int { bytes.count }

  /// Creates a storage that copies an array.
  init(_ array: [UInt8]) {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, array.count), alignment: 16)
    memory.copyBytes(from: array)
    bytes = UnsafeRawBufferPointer(rebasing: memory[..<array.count])
    mapping = nil
  }

  /// Maps the `count` bytes of a file from `offset`, which must be in it; nil where the system cannot map them.
  ///
  /// The file must not be written to afterwards; a cache is only ever replaced by another file.
  init?(mapping descriptor: Int32, offset: Int, count: Int) {
    let size = offset + count
    guard let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), address != MAP_FAILED else {
      return nil
    }
    let mapping = UnsafeMutableRawBufferPointer(start: address, count: size)
    self.mapping = mapping
    bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(mapping)[offset...])
  }

  deinit {
    if let mapping {
      munmap(mapping.baseAddress, mapping.count)
    } else {
      bytes.deallocate()
    }
  }

  /// Returns `count` bytes from `start`.
  func bytes(from start: Int, count: Int) -> UnsafeRawBufferPointer {
    precondition(start >= 0 && start + count <= bytes.count, "bytes \(start) to \(start + count) of \(bytes.count)")
    return UnsafeRawBufferPointer(rebasing: bytes[start..<start + count])
  }
}
