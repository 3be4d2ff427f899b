#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif
import ImageData
import RandomStreams

/// A character: a few strokes of a pen, each a quadratic Bezier curve, in a square from -1 to 1.
public struct Glyph: Hashable, Sendable {
  /// A stroke of the pen: its start, the control point that bends it, and its end.
  public struct Stroke: Hashable, Sendable {
    var points: [SIMD2<Double>]
  }

  /// The strokes of the character, two to four. Each starts where the one before ends, or somewhere else.
  public let strokes: [Stroke]

  /// Draws a random character.
  init(from stream: inout RandomStream) {
    var strokes: [Stroke] = []
    for index in 0..<2 + stream.index(below: 3) {
      let isJoined = index > 0 && stream.uniform() < 0.5
      let start = isJoined ? strokes[index - 1].points[2] : Self.point(from: &stream)
      var end = Self.point(from: &stream)
      // A stroke that ends near its start is a dot, and dots cannot be told apart.
      while Self.length(end - start) < 0.6 { end = Self.point(from: &stream) }
      let bend = SIMD2(stream.uniform(in: -0.7...0.7), stream.uniform(in: -0.7...0.7))
      strokes.append(Stroke(points: [start, (start + end) / 2 + bend, end]))
    }
    self.strokes = strokes
  }

  private static func point(from stream: inout RandomStream) -> SIMD2<Double> {
    SIMD2(stream.uniform(in: -0.9...0.9), stream.uniform(in: -0.9...0.9))
  }

  static func length(_ vector: SIMD2<Double>) -> Double { (vector * vector).sum().squareRoot() }
}

/// The handwriting of one image of a character: rotation, stretch, slant, shift, and the width of the pen.
struct GlyphPen {
  private let columns: (SIMD2<Double>, SIMD2<Double>)
  private let shift: SIMD2<Double>
  /// The radius of the pen, in pixels.
  private let radius: Double

  /// The deviation of a hand from each point of a stroke, in the units of a character.
  private static let jitter = 0.04
  /// The number of straight segments that a stroke is drawn as.
  private static let pieces = 8

  /// Draws a random handwriting.
  init(from stream: inout RandomStream) {
    let angle = 0.12 * stream.normal()
    let slant = 0.12 * stream.normal()
    let width = exp(0.1 * stream.normal())
    let height = exp(0.1 * stream.normal())
    let (cosine, sine) = (cos(angle), sin(angle))
    // The matrix of a stretch, then a slant, then a rotation.
    columns = (
      width * SIMD2(cosine, sine), height * SIMD2(cosine * slant - sine, sine * slant + cosine)
    )
    shift = SIMD2(0.05 * stream.normal(), 0.05 * stream.normal())
    radius = stream.uniform(in: 0.7...1.2)
  }

  /// Clears an image and draws a character into it.
  func write(_ glyph: Glyph, from stream: inout RandomStream, into image: inout MutableSpan<Float>, at start: Int) {
    for index in start..<start + GlyphTasks.shape.count { image[index] = 0 }
    for stroke in glyph.strokes {
      let points = stroke.points.map { point in
        pixel(point + Self.jitter * SIMD2(stream.normal(), stream.normal()))
      }
      var last = points[0]
      for piece in 1...Self.pieces {
        let t = Double(piece) / Double(Self.pieces)
        let next = (1 - t) * (1 - t) * points[0] + 2 * t * (1 - t) * points[1] + t * t * points[2]
        addLine(from: last, to: next, into: &image, at: start)
        last = next
      }
    }
  }

  /// The position of a character's point, in pixels from the image's corner.
  private func pixel(_ point: SIMD2<Double>) -> SIMD2<Double> {
    let place = point.x * columns.0 + point.y * columns.1 + shift
    // The square of a character leaves a margin of an eighth of the image.
    return (0.75 * place + 1) * (Double(GlyphTasks.shape.width) / 2)
  }

  /// Adds a line segment with an ink of 1 up to the pen's radius, falling to 0 over a pixel.
  private func addLine(
    from first: SIMD2<Double>, to second: SIMD2<Double>, into image: inout MutableSpan<Float>, at start: Int
  ) {
    let direction = second - first
    let squaredLength = max((direction * direction).sum(), 1e-12)
    let reach = radius + 1
    let side = GlyphTasks.shape.width
    func pixels(_ a: Double, _ b: Double) -> Range<Int> {
      let low = min(max(Int(min(a, b) - reach), 0), side)
      return low..<min(max(Int(max(a, b) + reach) + 1, low), side)
    }
    for row in pixels(first.y, second.y) {
      for column in pixels(first.x, second.x) {
        let center = SIMD2(Double(column) + 0.5, Double(row) + 0.5) - first
        let along = min(max((center * direction).sum() / squaredLength, 0), 1)
        let ink = Float(min(max(radius + 0.5 - Glyph.length(center - along * direction), 0), 1))
        let index = start + row * side + column
        image[index] = max(image[index], ink)
      }
    }
  }
}
