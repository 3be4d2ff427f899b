import CEmbedded
import Foundation

/// The results that are part of the program, files of JSON by their names.
enum StoredResults {
  /// The names of all files, without their ending.
  static var names: [String] { files.map { String(cString: $0.name) } }

  /// Reads the file of a name; nil where there is none, or it is of another kind of result.
  static func result<Result: Decodable>(named name: String, as type: Result.Type) -> Result? {
    guard let file = files.first(where: { String(cString: $0.name) == name }) else { return nil }
    return try? JSONDecoder().decode(type, from: Data(UnsafeBufferPointer(start: file.bytes, count: file.count)))
  }

  private static var files: UnsafeBufferPointer<metarl_stored_result> {
    var count = 0
    let first = metarl_stored_results(&count)
    return UnsafeBufferPointer(start: first, count: count)
  }
}
