import CMetaRL
import Parts

// The caller's memory: pointers and the numbers of their elements, checked before anything is read or written.

/// A buffer of the caller that is read.
/// - Throws: `InterfaceFault` where it is null, or has another number of elements than `expected`, which `shape` explains.
func readable<Element>(
  _ name: String, _ pointer: UnsafePointer<Element>?, _ count: Int, expected: Int, _ shape: @autoclosure () -> String
) throws(InterfaceFault) -> UnsafeBufferPointer<Element> {
  try checkCount(name, count, expected: expected, shape())
  return UnsafeBufferPointer(start: try present(name, pointer), count: count)
}

/// A buffer of the caller that is written; the same as `readable` otherwise.
func writable<Element>(
  _ name: String, _ pointer: UnsafeMutablePointer<Element>?, _ count: Int, expected: Int,
  _ shape: @autoclosure () -> String
) throws(InterfaceFault) -> UnsafeMutableBufferPointer<Element> {
  try checkCount(name, count, expected: expected, shape())
  return UnsafeMutableBufferPointer(start: try present(name, pointer), count: count)
}

private func checkCount(
  _ name: String, _ count: Int, expected: Int, _ shape: @autoclosure () -> String
) throws(InterfaceFault) {
  guard count == expected else {
    throw InterfaceFault(METARL_WRONG_SIZE, "\(name): expected \(expected) elements, \(shape()), found \(count)")
  }
}

/// A pointer that must not be null.
func present<Pointer>(_ name: String, _ pointer: Pointer?) throws(InterfaceFault) -> Pointer {
  guard let pointer else { throw InterfaceFault(METARL_NULL_POINTER, "\(name): expected a pointer, found null") }
  return pointer
}

/// A text of the caller.
func string(_ name: String, _ pointer: UnsafePointer<CChar>?) throws(InterfaceFault) -> String {
  guard let text = String(validatingCString: try present(name, pointer)) else {
    throw InterfaceFault(METARL_INVALID_VALUE, "\(name): expected UTF-8, found other bytes")
  }
  return text
}

/// Writes a text with a zero byte at its end, and its length.
func write(
  _ text: String, to buffer: UnsafeMutablePointer<CChar>?, capacity: Int, length: UnsafeMutablePointer<Int>?
) throws(InterfaceFault) {
  let bytes = Array(text.utf8)
  try present("length", length).pointee = bytes.count
  guard bytes.count < capacity else {
    throw InterfaceFault(
      METARL_WRONG_SIZE, "text: expected a capacity of \(bytes.count + 1) bytes at least, found \(capacity)")
  }
  let buffer = try present("text", buffer)
  for (index, byte) in bytes.enumerated() { buffer[index] = CChar(bitPattern: byte) }
  buffer[bytes.count] = 0
}

/// A seed, which the program counts as a signed number.
func checkedSeed(_ seed: UInt64) throws(InterfaceFault) -> Int {
  guard let seed = Int(exactly: seed) else {
    throw InterfaceFault(METARL_INVALID_VALUE, "seed: expected a number below 2^63, found \(seed)")
  }
  return seed
}
