import CCairo
import Parts

/// A surface on which lines, discs and letters are drawn, with the origin at the top left; units are pixels, or points of an
/// SVG. The only file that touches Cairo.
final class Canvas {
  /// A colour.
  struct Color: Hashable {
    var (red, green, blue) = (0.0, 0.0, 0.0)

    /// Creates the colour of 0xRRGGBB.
    init(_ hex: Int) {
      (red, green, blue) = (Double(hex >> 16 & 255) / 255, Double(hex >> 8 & 255) / 255, Double(hex & 255) / 255)
    }
  }

  /// The side of a text on which its place is.
  enum Alignment { case left, center, right }

  private let surface: OpaquePointer
  private let context: OpaquePointer
  private let output: Output
  let size: (width: Int, height: Int)

  /// What Cairo has written.
  private final class Output {
    var bytes: [UInt8] = []
  }

  private static let write: cairo_write_func_t = { closure, data, count in
    guard let closure, let data else { return CAIRO_STATUS_WRITE_ERROR }
    Unmanaged<Output>.fromOpaque(closure).takeUnretainedValue().bytes += UnsafeBufferPointer(
      start: data, count: Int(count))
    return CAIRO_STATUS_SUCCESS
  }

  /// Creates a bitmap.
  /// - Parameter scale: the number of pixels of a unit.
  /// - Throws: `UserError` where it is too large.
  init(width: Int, height: Int, scale: Int = 1) throws(UserError) {
    size = (width, height)
    output = Output()
    surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(width * scale), Int32(height * scale))
    context = cairo_create(surface)
    cairo_scale(context, Double(scale), Double(scale))
    try check()
  }

  /// Creates an SVG.
  /// - Throws: `UserError` where Cairo cannot.
  init(svgOfWidth width: Int, height: Int) throws(UserError) {
    size = (width, height)
    output = Output()
    surface = cairo_svg_surface_create_for_stream(
      Self.write, Unmanaged.passUnretained(output).toOpaque(), Double(width), Double(height))
    context = cairo_create(surface)
    try check()
  }

  private func check() throws(UserError) {
    let status = cairo_surface_status(surface)
    guard status != CAIRO_STATUS_SUCCESS else { return }
    throw UserError(
      "picture of \(size.width) x \(size.height): expected Cairo to draw it, found \(String(cString: cairo_status_to_string(status)))",
      status: .usage)
  }

  deinit {
    cairo_destroy(context)
    cairo_surface_destroy(surface)
  }

  // MARK: - Drawing

  private func set(_ color: Color) { cairo_set_source_rgb(context, color.red, color.green, color.blue) }

  /// Fills a rectangle.
  func fill(x: Double, y: Double, width: Double, height: Double, _ color: Color) {
    set(color)
    cairo_rectangle(context, x, y, width, height)
    cairo_fill(context)
  }

  /// Draws lines through points, with round ends.
  func stroke(_ points: [(x: Double, y: Double)], width: Double, _ color: Color) {
    guard let first = points.first else { return }
    set(color)
    cairo_set_line_width(context, width)
    cairo_set_line_cap(context, CAIRO_LINE_CAP_ROUND)
    cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
    cairo_move_to(context, first.x, first.y)
    // A segment without a length is a disc.
    for point in points.count == 1 ? [first] : Array(points.dropFirst()) { cairo_line_to(context, point.x, point.y) }
    cairo_stroke(context)
  }

  /// Draws a ring.
  func ring(x: Double, y: Double, radius: Double, width: Double, _ color: Color) {
    set(color)
    cairo_set_line_width(context, width)
    cairo_new_sub_path(context)
    cairo_arc(context, x, y, radius, 0, 2 * Double.pi)
    cairo_stroke(context)
  }

  /// Draws an image of red, green and blue bytes into a square.
  func image(_ pixels: [UInt8], width: Int, height: Int, x: Double, y: Double, side: Double) {
    precondition(pixels.count == 3 * width * height, "\(pixels.count) bytes of \(width) x \(height) pixels")
    let image = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(width), Int32(height))
    defer { cairo_surface_destroy(image) }
    guard let data = cairo_image_surface_get_data(image) else { return }
    let stride = Int(cairo_image_surface_get_stride(image))
    for row in 0..<height {
      let line = UnsafeMutableRawPointer(data + row * stride).assumingMemoryBound(to: UInt32.self)
      for column in 0..<width {
        let place = 3 * (row * width + column)
        line[column] = UInt32(pixels[place]) << 16 | UInt32(pixels[place + 1]) << 8 | UInt32(pixels[place + 2])
      }
    }
    cairo_surface_mark_dirty(image)
    cairo_save(context)
    cairo_translate(context, x, y)
    cairo_scale(context, side / Double(width), side / Double(height))
    cairo_set_source_surface(context, image, 0, 0)
    // Pixels stay squares.
    cairo_pattern_set_filter(cairo_get_source(context), CAIRO_FILTER_NEAREST)
    cairo_rectangle(context, 0, 0, Double(width), Double(height))
    cairo_fill(context)
    cairo_restore(context)
  }

  /// The width of a line of text.
  func width(of text: String, size: Double) -> Double {
    chooseLetters(ofSize: size)
    var extents = cairo_text_extents_t()
    cairo_text_extents(context, text, &extents)
    return extents.x_advance
  }

  private func chooseLetters(ofSize size: Double) {
    cairo_select_font_face(context, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL)
    cairo_set_font_size(context, size)
  }

  /// Writes a line of text whose base line starts, is centred or ends at a place.
  func text(_ text: String, x: Double, y: Double, size: Double, _ color: Color, _ alignment: Alignment = .left) {
    let width = width(of: text, size: size)
    set(color)
    let offset =
      switch alignment {
      case .left: 0.0
      case .center: width / 2
      case .right: width
      }
    cairo_move_to(context, x - offset, y)
    cairo_show_text(context, text)
  }

  /// Draws what `body` draws inside of a rectangle alone.
  func clipped(x: Double, y: Double, width: Double, height: Double, _ body: () -> Void) {
    cairo_save(context)
    cairo_rectangle(context, x, y, width, height)
    cairo_clip(context)
    body()
    cairo_restore(context)
  }

  // MARK: - Results

  /// The bitmap as red, green and blue bytes.
  var pixels: [UInt8] {
    cairo_surface_flush(surface)
    let (width, height) = (Int(cairo_image_surface_get_width(surface)), Int(cairo_image_surface_get_height(surface)))
    let stride = Int(cairo_image_surface_get_stride(surface))
    guard let data = cairo_image_surface_get_data(surface) else { return [] }
    return Array(unsafeUninitializedCapacity: 3 * width * height) { bytes, count in
      for row in 0..<height {
        let line = UnsafeRawPointer(data + row * stride).assumingMemoryBound(to: UInt32.self)
        for column in 0..<width {
          let (pixel, place) = (line[column], 3 * (row * width + column))
          bytes[place] = UInt8(truncatingIfNeeded: pixel >> 16)
          bytes[place + 1] = UInt8(truncatingIfNeeded: pixel >> 8)
          bytes[place + 2] = UInt8(truncatingIfNeeded: pixel)
        }
      }
      count = 3 * width * height
    }
  }

  /// The bitmap as a PNG.
  func png() -> [UInt8] {
    cairo_surface_write_to_png_stream(surface, Self.write, Unmanaged.passUnretained(output).toOpaque())
    return output.bytes
  }

  /// The SVG, on which nothing can be drawn from then on.
  func svg() -> [UInt8] {
    cairo_surface_finish(surface)
    return output.bytes
  }
}
