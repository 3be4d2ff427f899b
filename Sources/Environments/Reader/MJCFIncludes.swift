import Foundation

/// Puts the contents of included files in the places of the elements that include them.
///
/// As in MuJoCo, an included file has the root element `<mujoco>` or `<mujocoinclude>`, and no file is included twice. A
/// file is looked for relative to the one that includes it, and must lie in the main file's folder or below it.
struct MJCFIncludes {
  /// The folder of the main file; nil where it has none, as for text from a pipe.
  let folder: String?

  private static let greatestFileCount = 100

  /// Parses a document and all that it includes.
  func expanded(_ data: Data, file: String) throws(ModelError) -> XMLTree {
    var included: [String] = []
    return try expanded(try Self.parsed(data, file: file), in: folder, &included)
  }

  private static func parsed(_ data: Data, file: String) throws(ModelError) -> XMLTree {
    guard data.count <= MJCFReader.greatestFileSize else {
      throw ModelError(
        file: file, line: nil, subject: "file", expected: "at most \(MJCFReader.greatestFileSize) bytes", found: "more")
    }
    return try XMLTree.parse([UInt8](data), file: file)
  }

  private func expanded(
    _ element: XMLTree, in place: String?, _ included: inout [String]
  ) throws(ModelError) -> XMLTree {
    var result = element
    result.children = []
    for child in element.children {
      if child.name == "include" {
        result.children += try contents(of: child, in: place, &included)
      } else {
        result.children.append(try expanded(child, in: place, &included))
      }
    }
    return result
  }

  /// The elements that an `<include>` stands for.
  private func contents(
    of element: XMLTree, in place: String?, _ included: inout [String]
  ) throws(ModelError) -> [XMLTree] {
    func fault(_ expected: String, _ found: String) -> ModelError {
      ModelError(element.place, subject: "<include>", expected: expected, found: found)
    }
    guard let name = element.attributes["file"]?.text, !name.isEmpty else { throw fault("a file", "none") }
    guard let folder, let place else { throw fault("none: this text has no folder to include from", name) }
    guard element.attributes.count == 1, element.children.isEmpty else { throw fault("a file alone", "more") }
    let path = Self.canonical(name.hasPrefix("/") ? name : place + "/" + name)
    let root = Self.canonical(folder)
    guard path.hasPrefix(root == "/" ? root : root + "/") else {
      throw fault("a file in the folder of the model", name)
    }
    guard !included.contains(path) else { throw fault("a file that is not included already", name) }
    guard included.count < Self.greatestFileCount else {
      throw fault("at most \(Self.greatestFileCount) files", "more")
    }
    included.append(path)
    let data: Data
    do {
      data = try Self.contents(of: path)
    } catch {
      throw fault("a readable file", "\(name), which is \(error.found == "none" ? "none" : "no file that can be read")")
    }
    let document = try Self.parsed(data, file: path)
    guard document.name == "mujoco" || document.name == "mujocoinclude" else {
      throw ModelError(
        document.place, subject: "root element of an included file", expected: "<mujoco> or <mujocoinclude>",
        found: "<\(document.name)>")
    }
    return try expanded(document, in: URL(fileURLWithPath: path).deletingLastPathComponent().path, &included).children
  }

  /// The path without links, `.` and `..`, so that a file has one name and none leads out of the folder.
  private static func canonical(_ path: String) -> String {
    URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path
  }

  /// Reads a file, which may be a pipe.
  static func contents(of path: String) throws(ModelError) -> Data {
    func fault(_ found: String) -> ModelError {
      ModelError(
        file: path, line: nil, subject: "file", expected: "a readable MJCF file", found: found, isUnreadable: true)
    }
    guard let file = FileHandle(forReadingAtPath: path) else {
      throw fault(FileManager.default.fileExists(atPath: path) ? "one that cannot be read" : "none")
    }
    var data = Data()
    do {
      // One byte more than the limit is read, so that a larger file is recognised by its size.
      while data.count <= MJCFReader.greatestFileSize,
        let part = try file.read(upToCount: MJCFReader.greatestFileSize + 1 - data.count), !part.isEmpty
      {
        data.append(part)
      }
    } catch {
      throw fault("one that cannot be read")
    }
    return data
  }
}
