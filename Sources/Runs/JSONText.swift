import Foundation
public import Parts

/// JSON that programs and people read: indented, keys sorted, slashes plain.
public enum JSONText {
  /// Encodes a value.
  /// - Throws: `UserError` (`internalFault`) where it has no JSON, such as one with a number that is not finite.
  public static func encode(_ value: some Encodable) throws(UserError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(value), as: UTF8.self)
    } catch {
      throw UserError("cannot encode JSON: \(error)", status: .internalFault)
    }
  }
}
