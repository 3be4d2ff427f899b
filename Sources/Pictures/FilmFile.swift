public import Scenes

/// The formats of files of films.
public enum FilmFormat: String, CaseIterable, Sendable {
  /// A film that every browser shows.
  case gif
  /// A film by ffmpeg.
  case mp4
  /// A strip of poses in pixels.
  case png
  /// A strip of poses in vectors.
  case svg
}

extension FilmPainter {
  /// The bytes of a file of a film.
  /// - Parameters:
  ///   - film: the episodes, each a row.
  ///   - format: the format.
  ///   - warn: receives a line where not all can be shown.
  /// - Throws: `UserError` where a program that the format needs is missing or fails.
  public static func file(of film: AdaptationFilm, as format: FilmFormat) throws -> [UInt8] {
    let painter = FilmPainter(film)
    switch format {
    case .png: return try painter.stripPNG()
    case .svg: return try painter.stripSVG()
    case .gif: return try painter.gif()
    case .mp4:
      let size = painter.frameSize
      return try Video.mp4(width: size.width, height: size.height, secondsPerFrame: painter.secondsPerFrame) { write in
        for frame in 0..<painter.frameCount { try write(try painter.pixels(ofFrame: frame)) }
      }
    }
  }

  /// Viewers show a frame for two hundredths of a second at least, so that frames that come faster are left out.
  private static let leastHundredths = 2.0
  /// The hundredths of a second that the last frame stays.
  private static let restHundredths = 100
  private static let paletteSamples = 8

  private func gif() throws -> [UInt8] {
    let stride = max(1, Int((Self.leastHundredths / (100 * secondsPerFrame)).rounded(.up)))
    // The last moment is seen, whatever the stride.
    let frames = Array(Swift.stride(from: 0, to: frameCount - 1, by: stride)) + [frameCount - 1]
    let samples = try Swift.stride(from: 0, to: frames.count, by: max(1, frames.count / Self.paletteSamples)).map {
      try pixels(ofFrame: frames[$0])
    }
    let file = try AnimatedGIF(width: frameSize.width, height: frameSize.height, colorsOf: samples)
    var shown = 0
    for (index, frame) in frames.enumerated() {
      // Rounded ends rather than durations keep the pace.
      let end = Int((Double((index + 1) * stride) * secondsPerFrame * 100).rounded())
      try file.add(
        try pixels(ofFrame: frame), hundredths: index == frames.count - 1 ? Self.restHundredths : end - shown)
      shown = end
    }
    return try file.finish()
  }
}
