import CGIF
import Foundation
import Parts
import Scenes
import Testing

@testable import Pictures

@Suite struct FilmPainterTests {
  /// A bar that moves to the right at 1 m/s for so many frames, and stands before.
  private func film(frames: Int = 21, secondsPerFrame: Double? = 0.05, isFollowed: Bool = true) -> AdaptationFilm {
    func episode(_ step: Int, speed: Double) -> EpisodeFilm {
      EpisodeFilm(
        step: step,
        frames: (0..<frames).map { frame in
          let x = speed * Double(frame) * 0.05
          let limb = Scene.Limb(from: Place(x: x, y: 0.2), to: Place(x: x, y: 0.8), radius: 0.1, body: 0)
          return EpisodeFilm.Frame(
            scene: Scene(
              limbs: [limb], focus: Place(x: x, y: 0.5), goal: isFollowed ? nil : Place(x: 1, y: 1),
              ground: isFollowed ? 0 : nil), returnSoFar: speed * Double(frame))
        })
    }
    return AdaptationFilm(
      task: "right", title: "a test", secondsPerFrame: secondsPerFrame, isFollowed: isFollowed,
      episodes: [episode(0, speed: 0), episode(1, speed: 1)])
  }

  /// What a GIF holds, by giflib's reader.
  private func decoded(_ bytes: [UInt8]) throws -> (width: Int, height: Int, hundredths: [Int], pixels: [[UInt8]]) {
    let path = FileManager.default.temporaryDirectory.appending(path: "film-\(UUID().uuidString).gif").path
    try Data(bytes).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    var code: Int32 = 0
    let file = try #require(DGifOpenFileName(path, &code))
    defer { DGifCloseFile(file, &code) }
    #expect(DGifSlurp(file) == 1)
    let (width, height) = (Int(file.pointee.SWidth), Int(file.pointee.SHeight))
    var (hundredths, pixels): ([Int], [[UInt8]]) = ([], [])
    for index in 0..<Int(file.pointee.ImageCount) {
      var control = GraphicsControlBlock()
      #expect(DGifSavedExtensionToGCB(file, Int32(index), &control) == 1)
      hundredths.append(Int(control.DelayTime))
      let raster = try #require(file.pointee.SavedImages[index].RasterBits)
      let map = try #require(file.pointee.SColorMap)
      pixels.append(
        (0..<width * height).flatMap { place in
          let color = map.pointee.Colors[Int(raster[place])]
          return [color.Red, color.Green, color.Blue]
        })
    }
    return (width, height, hundredths, pixels)
  }

  @Test func aGIFHasTheFramesOfTheFilmAtItsPace() throws {
    let film = film()
    let gif = try decoded(FilmPainter.file(of: film, as: .gif))
    let painter = FilmPainter(film)
    #expect(gif.width == painter.frameSize.width && gif.height == painter.frameSize.height)
    #expect(gif.hundredths == Array(repeating: 5, count: 20) + [100])
    // Colours are those of the palette, an eighth of a channel's range apart at most.
    for frame in [0, 10, 20] {
      let drawn = try painter.pixels(ofFrame: frame)
      let far = zip(gif.pixels[frame], drawn).count { abs(Int($0) - Int($1)) > 32 }
      #expect(far < drawn.count / 200)
    }
    #expect(gif.pixels[0] != gif.pixels[20])
  }

  /// Frames of 1/125 s come faster than viewers show them: every third is left, with the last one, and the pace is the world's.
  @Test func framesThatComeTooFastAreLeftOut() throws {
    let gif = try decoded(FilmPainter.file(of: film(frames: 126, secondsPerFrame: 0.008), as: .gif))
    #expect(gif.hundredths.count == 43 && gif.hundredths.dropLast().allSatisfy { $0 >= 2 })
    #expect(abs(gif.hundredths.dropLast().reduce(0, +) - 101) <= 1)
  }

  @Test func whatMovesIsDrawnWhereItIs() throws {
    // The second row's bar is in the middle, as the view moves along, and blue.
    let painter = FilmPainter(film())
    let (width, height) = painter.frameSize
    let pixels = try painter.pixels(ofFrame: 20)
    func isBlue(_ x: Int, _ y: Int) -> Bool {
      let place = 3 * (y * width + x)
      return pixels[place] < 40 && pixels[place + 2] > 150
    }
    for row in [0, 1] {
      let blue = (0..<width).filter { x in (0..<height / 2).contains { isBlue(x, $0 + row * height / 2) } }
      #expect(!blue.isEmpty && abs(blue.reduce(0, +) / max(1, blue.count) - width / 2) <= 2)
    }
    // A view that stays shows how far it is.
    let still = FilmPainter(film(isFollowed: false))
    #expect(try still.pixels(ofFrame: 0) != still.pixels(ofFrame: 20))
  }

  @Test(arguments: [true, false]) func stripsArePictures(isFollowed: Bool) throws {
    let film = film(isFollowed: isFollowed)
    let png = try FilmPainter.file(of: film, as: .png)
    #expect(png.starts(with: [0x89, 0x50, 0x4E, 0x47]) && png.suffix(8).starts(with: Array("IEND".utf8)))
    let svg = String(decoding: try FilmPainter.file(of: film, as: .svg), as: UTF8.self)
    #expect(svg.contains("<svg") && svg.contains("</svg>"))
    try XMLCheck.parse(svg)
  }

  @Test func aVideoWithoutItsProgramIsOneLine() throws {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let isThere = path.split(separator: ":").contains { FileManager.default.isExecutableFile(atPath: "\($0)/ffmpeg") }
    if isThere {
      let film = try FilmPainter.file(of: film(), as: .mp4)
      #expect(film.dropFirst(4).starts(with: Array("ftyp".utf8)))
    } else {
      let error = #expect(throws: UserError.self) { try FilmPainter.file(of: film(), as: .mp4) }
      #expect(error?.message.contains("apt-get install ffmpeg") == true)
    }
  }

  private enum XMLCheck {
    static func parse(_ text: String) throws {
      // Every tag that opens closes.
      var open: [Substring] = []
      for piece in text.split(separator: "<").dropFirst() {
        let tag = piece.prefix { $0 != ">" }
        if tag.hasPrefix("?") || tag.hasPrefix("!") || tag.hasSuffix("/") { continue }
        if tag.hasPrefix("/") {
          #expect(open.popLast() == tag.dropFirst())
        } else {
          open.append(tag.prefix { !$0.isWhitespace })
        }
      }
      #expect(open.isEmpty)
    }
  }
}
