import Foundation
import Parts

/// Writes films as MP4, by the program ffmpeg.
enum Video {
  /// The path of the first ffmpeg on the search path.
  private static var path: String? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
    return folders.map { "\($0)/ffmpeg" }.first(where: FileManager.default.isExecutableFile)
  }

  /// Returns the bytes of a video.
  /// - Parameter frames: calls its argument with each frame, as red, green and blue bytes.
  /// - Throws: `UserError`: `unavailable` where ffmpeg is not installed, `internalFault` where it fails.
  static func mp4(
    width: Int, height: Int, secondsPerFrame: Double, frames: ((_ pixels: [UInt8]) throws -> Void) throws -> Void
  ) throws -> [UInt8] {
    guard let path else {
      throw UserError(
        "mp4 needs ffmpeg, which is not installed; install it by: apt-get install ffmpeg, or take a gif",
        status: .unavailable)
    }
    let folder = FileManager.default.temporaryDirectory.appending(path: "metarl-film-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (raw, film, log) = (
      folder.appending(path: "raw"), folder.appending(path: "film.mp4"), folder.appending(path: "log")
    )
    try Data().write(to: raw)
    let input = try FileHandle(forWritingTo: raw)
    try frames { try input.write(contentsOf: Data($0)) }
    try input.close()
    try Data().write(to: log)
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = [
      "-loglevel", "error", "-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", "\(width)x\(height)",
      "-framerate", "\(1 / secondsPerFrame)", "-i", raw.path, "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2:color=white",
      "-pix_fmt", "yuv420p", "-movflags", "+faststart", film.path,
    ]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: log)
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
      throw UserError("ffmpeg could not write the film: \(text)", status: .internalFault)
    }
    return try Array(Data(contentsOf: film))
  }
}
