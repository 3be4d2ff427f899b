import Foundation
public import Parts

/// The encoder of JSON for programs and people: indented, with sorted keys and unescaped slashes.
public enum JSONText {
  /// Returns the JSON text of a value.
  /// - Throws: `UserError` (`internalFault`) where the value has no JSON, such as one with a number that is not finite.
  public static func encode(_ value: some Encodable) throws(UserError) -> String {
    try encode(value, formatting: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
  }

  /// Returns the JSON text of a value in one line.
  /// - Throws: `UserError` (`internalFault`) where the value has no JSON.
  public static func compact(_ value: some Encodable) throws(UserError) -> String {
    try encode(value, formatting: [.sortedKeys, .withoutEscapingSlashes])
  }

  private static func encode(
    _ value: some Encodable, formatting: JSONEncoder.OutputFormatting
  ) throws(UserError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting
    do {
      return String(decoding: try encoder.encode(value), as: UTF8.self)
    } catch {
      throw UserError("cannot encode JSON: \(error)", status: .internalFault)
    }
  }
}
