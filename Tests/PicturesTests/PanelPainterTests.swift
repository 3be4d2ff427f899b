import CGIF
import Foundation
import Scenes
import Testing

@testable import Pictures

/// Pictures of what does not move by itself.
@Suite struct PanelPainterTests {
  private static let function = AdaptationPicture.function(
    AdaptedFunction(
      task: "task 1", title: "a test",
      truth: (0..<50).map { Place(x: Double($0) / 10, y: sin(Double($0) / 10)) },
      support: [Place(x: 1, y: sin(1)), Place(x: 4, y: sin(4))],
      predictions: [0, 1, 2].map { step in
        AdaptedFunction.Prediction(
          step: step, values: (0..<50).map { Double(step) / 2 * sin(Double($0) / 10) }, loss: 1 - Double(step) / 2)
      }))

  private static func images(_ predicted: [[Int]]) -> ClassifiedImages {
    let dark = [UInt8](repeating: 0, count: 27)
    return ClassifiedImages(
      task: "task 1", title: "a test", size: (3, 3), support: [[dark], [dark]],
      queries: [[dark, dark], [dark, dark]],
      predictions: [ClassifiedImages.Prediction(step: 1, classes: predicted)])
  }

  private static func choices(_ states: Int) -> ChoiceCounts {
    ChoiceCounts(
      task: "arms", title: "a test", states: (0..<states).map { "state \($0)" }, choices: ["arm 1", "arm 2"],
      means: (0..<states).map { [Double($0), 1] },
      steps: [
        ChoiceCounts.Step(step: 0, counts: (0..<states).map { _ in [5, 5] }, meanReturn: 5),
        ChoiceCounts.Step(step: 1, counts: (0..<states).map { _ in [0, 10] }, meanReturn: 9),
      ])
  }

  private static let all = [
    function, .images(images([[0, 1], [1, 1]])), .choices(choices(1)), .choices(choices(3)),
  ]

  @Test(arguments: all) func everyPictureIsAFileOfEachFormat(_ picture: AdaptationPicture) throws {
    let png = try PictureFile.bytes(of: picture, as: .png)
    #expect(png.starts(with: [0x89, 0x50, 0x4E, 0x47]) && png.suffix(8).starts(with: Array("IEND".utf8)))
    let svg = String(decoding: try PictureFile.bytes(of: picture, as: .svg), as: UTF8.self)
    #expect(svg.contains("<svg") && svg.contains("</svg>"))
    #expect(try PictureFile.bytes(of: picture, as: .gif).starts(with: Array("GIF89a".utf8)))
  }

  /// A film has a frame for each number of steps, one after another.
  @Test func aFilmGoesThroughTheSteps() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "panels-\(UUID().uuidString).gif").path
    try Data(PictureFile.bytes(of: Self.function, as: .gif)).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    var code: Int32 = 0
    let file = try #require(DGifOpenFileName(path, &code))
    defer { DGifCloseFile(file, &code) }
    #expect(DGifSlurp(file) == 1 && file.pointee.ImageCount == 3)
  }

  /// The colours of a picture's pixels.
  private func pixels(_ painter: some PanelPainter, panel: Int) throws -> (Int, Int) -> [UInt8] {
    let size = painter.panelSize
    let (width, height) = (Int(size.width), Int(size.height))
    let canvas = try Canvas(width: width, height: height)
    painter.draw(panel: panel, left: 0, top: 0, on: canvas)
    let pixels = canvas.pixels
    return { x, y in Array(pixels[3 * (y * width + x)..<3 * (y * width + x) + 3]) }
  }

  @Test func imagesAreFramedByWhetherTheirClassIsFound() throws {
    let images = Self.images([[0, 1], [1, 1]])
    #expect(images.accuracy(of: images.predictions[0]) == 0.75)
    let pixel = try pixels(ImagesPainter(images), panel: 0)
    // Frames of the queries of class 0: names 56, one image of the support 52, a gap of 16, below a heading of 16.
    let (blue, orange): ([UInt8], [UInt8]) = ([0x00, 0x72, 0xB2], [0xD5, 0x5E, 0x00])
    #expect(pixel(56 + 52 + 16 + 1, 16 + 20) == blue && pixel(56 + 52 + 16 + 52 + 1, 16 + 20) == orange)
    // The image inside of the frame.
    #expect(pixel(56 + 52 + 16 + 20, 16 + 20) == [0, 0, 0])
  }

  @Test func barsAreAsHighAsTheShareOfPulls() throws {
    let choices = Self.choices(1)
    for (panel, share) in [(0, 0.5), (1, 1.0)] {
      let pixel = try pixels(ArmsPainter(choices), panel: panel)
      // The middle of the second of two bars that are 44 apart, right of names of 84.
      let blue = (0..<120).count { pixel(84 + 66, $0) == [0x00, 0x72, 0xB2] }
      #expect(abs(Double(blue) - 120 * share) <= 2)
    }
  }

  @Test func marksOfAnAxisAreRoundNumbers() {
    func texts(_ low: Double, _ high: Double, _ pixels: Double) -> [String] {
      let axis = Axis(covering: [low, high], pixels: pixels, apart: 45)
      return axis.ticks.map(axis.text)
    }
    #expect(texts(-5, 5, 280) == ["-4", "-2", "0", "2", "4"])
    #expect(texts(0, 1, 180) == ["0.0", "0.5", "1.0"])
    #expect(texts(0, 30_000, 180) == ["0", "10000", "20000", "30000"])
    let ofOneValue = Axis(covering: [2, 2], pixels: 100, apart: 45).ticks.allSatisfy { $0.isFinite }
    #expect(ofOneValue)
  }

  @Test(arguments: [(0.04, "0.0"), (-0.04, "0.0"), (-1.25, "-1.3"), (99.96, "100.0"), (.infinity, "inf")])
  func numbersAreRounded(value: Double, text: String) {
    #expect(value.rounded(toDigits: 1) == text)
  }

  @Test func diagramHasItsBoxesAndLines() throws {
    let diagram = BoxDiagram(
      title: "a test",
      boxes: [
        BoxDiagram.Box("from", column: 0, row: 0, style: .end),
        BoxDiagram.Box("+", column: 1.5, row: 2, style: .junction),
      ], lines: [BoxDiagram.Line(from: 0, to: 1)])
    let svg = String(decoding: try diagram.svg(), as: UTF8.self)
    #expect(svg.contains("<svg") && svg.contains("</svg>") && svg.contains("<path"))
  }
}
