import Foundation
public import Parts

/// The encoder of JSON for programs and people: indented, with sorted keys and unescaped slashes.
public enum JSONText {
  /// Returns the JSON text of a value.
  /// - Throws: `UserError` (`internalFault`) where the value has no JSON, such as one with a number that is not finite.
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
