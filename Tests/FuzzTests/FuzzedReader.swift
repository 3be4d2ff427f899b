/// A reader of bytes that come from outside, and what to begin with when making inputs for it.
struct FuzzedReader: Sendable {
  /// In reports and on the command line of `scripts/fuzz`.
  let name: String
  /// Inputs that it takes.
  let seeds: [[UInt8]]
  /// Pieces of its format, to be put where they do not belong.
  let tokens: [String]
  /// Reads an input, uses what it read as the program would, and checks what must hold of it.
  ///
  /// Returns `.taken` or `.refused`; a fault that is not told in one line, or a property that does not hold, is thrown.
  let read: @Sendable ([UInt8]) throws -> Verdict

  enum Verdict: Sendable { case taken, refused }

  /// Something that a reader must not do.
  struct Violation: Error, CustomStringConvertible { let description: String }

  /// Numbers that trap or allocate where nobody looks.
  static let numbers = [
    "0", "-1", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "18446744073709551615",
    "4294967296", "2147483648", "1e999", "-1e999", "nan", "inf", "-0", "0x10", "1_000", "1e-320", "3.4e39", "٣",
    "1e308",
  ]
}
