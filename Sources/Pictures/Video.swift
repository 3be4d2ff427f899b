import Files
import Foundation
import Parts

/// Writes films as MP4, by the program ffmpeg.
enum Video {
  /// Returns the bytes of a video.
  /// - Parameter frames: calls its argument with each frame, as red, green and blue bytes.
  /// - Throws: `UserError`: `unavailable` where ffmpeg is not installed, `internalFault` where it fails.
  static func mp4(
    width: Int, height: Int, secondsPerFrame: Double, frames: ((_ pixels: [UInt8]) throws -> Void) throws -> Void
  ) throws -> [UInt8] {
    guard let program = ExternalProgram(named: "ffmpeg") else {
      throw UserError(
        "mp4 needs ffmpeg, which is not installed; install it by: apt-get install ffmpeg, or take a gif",
        status: .unavailable)
    }
    return try ExternalProgram.withTemporaryFolder("metarl-film") { folder in
      let (raw, film) = ("\(folder)/raw", "\(folder)/film.mp4")
      try Data().write(to: URL(filePath: raw))
      let input = try FileHandle(forWritingTo: URL(filePath: raw))
      try frames { try input.write(contentsOf: Data($0)) }
      try input.close()
      let outcome = try program.run(
        [
          "-loglevel", "error", "-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", "\(width)x\(height)",
          "-framerate", "\(1 / secondsPerFrame)", "-i", raw, "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2:color=white",
          "-pix_fmt", "yuv420p", "-movflags", "+faststart", film,
        ], log: "\(folder)/log")
      guard outcome.succeeded else {
        throw UserError("ffmpeg could not write the film: \(outcome.messages)", status: .internalFault)
      }
      return try Array(Data(contentsOf: URL(filePath: film)))
    }
  }
}
