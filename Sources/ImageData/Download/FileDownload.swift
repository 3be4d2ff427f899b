import Files
import Foundation
import Glibc

/// A download of a published file: complete with the published SHA-256, or not at all. The beginning that an interrupted
/// download received is kept beside it, and the next download continues from there.
public struct FileDownload: Sendable {
  /// The result of a download.
  public enum Outcome: Equatable, Sendable {
    /// The published file already existed.
    case present
    /// The file was downloaded.
    case fetched
  }

  private let file: DataSet.File
  private let folder: String
  private let instructions: String

  /// The ending of the name of an incomplete file.
  static let partialSuffix = ".download"

  /// Creates a download, which `run` starts.
  /// - Parameters:
  ///   - file: the file, with its addresses, size and hash.
  ///   - folder: the folder of the data set, which is created where it does not exist.
  ///   - instructions: where to get the file, for a machine without a network.
  public init(of file: DataSet.File, into folder: String, instructions: String) {
    (self.file, self.folder, self.instructions) = (file, folder, instructions)
  }

  private var path: String { "\(folder)/\(file.name)" }

  /// Downloads the file.
  /// - Parameter progress: receives the number of received bytes, on another thread.
  public func run(progress: @escaping @Sendable (Int) -> Void) throws(DataError) -> Outcome {
    if FileSystem.isReachable(path) {
      let found = try SHA256.ofFile(path)
      if found == file.sha256 { return .present }
      throw DataError(
        at: path, expected: "no file, or the published one with the SHA-256 \(file.sha256)",
        found: "one with \(found); remove it to download the published one")
    }
    let isNewFolder = !FileSystem.isReachable(folder)
    do { try FileSystem.createFolders(folder) } catch { throw DataError(error) }
    do {
      try transfer(progress: progress)
    } catch {
      // Only an empty folder is removed: received bytes are kept.
      if isNewFolder { rmdir(folder) }
      throw error
    }
    return .fetched
  }

  /// Tries one address after the other.
  private func transfer(progress: @escaping @Sendable (Int) -> Void) throws(DataError) {
    var failures: [String] = []
    for address in file.addresses {
      do {
        return try transfer(from: address, progress: progress)
      } catch  where error.kind == .unavailable {
        failures.append(error.description)
      }
    }
    throw DataError(
      .unavailable,
      "\(failures.joined(separator: "; ")); without a network, bring \(instructions) from another machine to \(folder)")
  }

  private func transfer(from address: String, progress: @escaping @Sendable (Int) -> Void) throws(DataError) {
    guard let url = URL(string: address) else { throw DataError(.unavailable, "\(address): is no address") }
    let partial = path + Self.partialSuffix
    try HTTPTransfer.append(to: partial, from: url, size: file.size, progress: progress)
    let found = try SHA256.ofFile(partial)
    guard found == file.sha256 else {
      unlink(partial)
      throw DataError(.unavailable, "\(address): expected a file with the SHA-256 \(file.sha256), found \(found)")
    }
    guard rename(partial, path) == 0 else { throw .system(.cannotCreate, "cannot write", path) }
  }
}
