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
    guard let path = ChildProcess.path(of: "ffmpeg") else {
      throw UserError(
        "mp4 needs ffmpeg, which is not installed; install it by: apt-get install ffmpeg, or take a gif",
        status: .unavailable)
    }
    do {
      return try ChildProcess.run(path) { folder in
        let raw = "\(folder)/raw"
        try FileSystem.write([], to: raw)
        let input = try FileHandle(forWritingTo: URL(filePath: raw))
        try frames { try input.write(contentsOf: Data($0)) }
        try input.close()
        return [
          "-loglevel", "error", "-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", "\(width)x\(height)",
          "-framerate", "\(1 / secondsPerFrame)", "-i", raw, "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2:color=white",
          "-pix_fmt", "yuv420p", "-movflags", "+faststart", "\(folder)/film.mp4",
        ]
      } result: {
        try FileSystem.read("\($0)/film.mp4", limit: largestFilm)
      }
    } catch let fault as ChildProcessFault {
      throw UserError("ffmpeg could not write the film: \(fault.text)", status: .internalFault)
    } catch let fault as FileFault {
      throw UserError(fault.description, status: .unavailable)
    }
  }

  private static let largestFilm = 10_000_000_000
}
