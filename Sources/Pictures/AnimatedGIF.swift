import CGIF
import Parts

/// Writes films as GIF, by giflib. The only file that touches it.
struct AnimatedGIF {
  private let size: (width: Int, height: Int)
  private let palette: Palette
  private let output = Output()
  private let file: UnsafeMutablePointer<GifFileType>

  private final class Output {
    var bytes: [UInt8] = []
  }

  /// Starts a file.
  /// - Parameter samples: frames with the colours of all of them, as red, green and blue bytes.
  init(width: Int, height: Int, colorsOf samples: [[UInt8]]) throws(UserError) {
    size = (width, height)
    palette = Palette(of: samples)
    var code: Int32 = 0
    let opened = EGifOpen(
      Unmanaged.passUnretained(output).toOpaque(),
      { file, bytes, count in
        guard let bytes, let output = file?.pointee.UserData else { return 0 }
        Unmanaged<Output>.fromOpaque(output).takeUnretainedValue().bytes += UnsafeBufferPointer(
          start: bytes, count: Int(count))
        return count
      }, &code)
    guard let opened else { throw Self.fault(code) }
    file = opened
    EGifSetGifVersion(file, true)
    var colors = palette.colors.map { GifColorType(Red: $0.red, Green: $0.green, Blue: $0.blue) }
    let map = GifMakeMapObject(Int32(Palette.size), &colors)
    defer { GifFreeMapObject(map) }
    try check(EGifPutScreenDesc(file, Int32(width), Int32(height), 8, 0, map))
    // Repeated without end.
    try check(EGifPutExtensionLeader(file, Int32(APPLICATION_EXT_FUNC_CODE)))
    try check(EGifPutExtensionBlock(file, 11, Array("NETSCAPE2.0".utf8)))
    try check(EGifPutExtensionBlock(file, 3, [1, 0, 0] as [UInt8]))
    try check(EGifPutExtensionTrailer(file))
  }

  /// Adds a frame that is shown for so many hundredths of a second.
  func add(_ pixels: [UInt8], hundredths: Int) throws(UserError) {
    let control: [UInt8] = [0, UInt8(hundredths & 255), UInt8(hundredths >> 8 & 255), 0]
    try check(EGifPutExtension(file, Int32(GRAPHICS_EXT_FUNC_CODE), 4, control))
    try check(EGifPutImageDesc(file, 0, 0, Int32(size.width), Int32(size.height), false, nil))
    var indices = palette.indices(of: pixels)
    for row in 0..<size.height {
      let status = indices.withUnsafeMutableBufferPointer { buffer in
        buffer.baseAddress.map { EGifPutLine(file, $0 + row * size.width, Int32(size.width)) } ?? 0
      }
      try check(status)
    }
  }

  /// Ends the file.
  func finish() throws(UserError) -> [UInt8] {
    var code: Int32 = 0
    guard EGifCloseFile(file, &code) != 0 else { throw Self.fault(code) }
    return output.bytes
  }

  private func check(_ status: Int32) throws(UserError) {
    if status == 0 { throw Self.fault(file.pointee.Error) }
  }

  private static func fault(_ code: Int32) -> UserError {
    UserError(
      "gif: expected giflib to write it, found \(GifErrorString(code).map { String(cString: $0) } ?? "error \(code)")",
      status: .internalFault)
  }
}

/// The 256 colours of a film that are used most; others are the nearest of them.
private struct Palette {
  static let size = 256
  let colors: [(red: UInt8, green: UInt8, blue: UInt8)]
  /// The colour of each of 2^15 shades.
  private let nearest: [UInt8]

  init(of frames: [[UInt8]]) {
    var counts = [Int](repeating: 0, count: 1 << 15)
    for frame in frames {
      for place in stride(from: 0, to: frame.count - 2, by: 3) {
        counts[Self.shade(frame[place], frame[place + 1], frame[place + 2])] += 1
      }
    }
    let used = counts.indices.filter { counts[$0] > 0 }.sorted { (counts[$0], $1) > (counts[$1], $0) }
    var shades = Array(used.prefix(Self.size))
    shades += [Int](repeating: 0, count: Self.size - shades.count)
    // A full channel is white, not a shade below it.
    func channel(_ shade: Int, _ shift: Int) -> UInt8 { UInt8((shade >> shift & 31) * 255 / 31) }
    let colors = shades.map { (red: channel($0, 10), green: channel($0, 5), blue: channel($0, 0)) }
    self.colors = colors
    var nearest = [UInt8](repeating: 0, count: 1 << 15)
    for shade in nearest.indices {
      let (red, green, blue) = (Int(channel(shade, 10)), Int(channel(shade, 5)), Int(channel(shade, 0)))
      var least = Int.max
      for (index, color) in colors.enumerated() {
        let apart = (Int(color.red) - red, Int(color.green) - green, Int(color.blue) - blue)
        let distance = apart.0 * apart.0 + apart.1 * apart.1 + apart.2 * apart.2
        guard distance < least else { continue }
        (least, nearest[shade]) = (distance, UInt8(index))
      }
    }
    self.nearest = nearest
  }

  private static func shade(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> Int {
    Int(red >> 3) << 10 | Int(green >> 3) << 5 | Int(blue >> 3)
  }

  func indices(of pixels: [UInt8]) -> [UInt8] {
    (0..<pixels.count / 3).map { nearest[Self.shade(pixels[3 * $0], pixels[3 * $0 + 1], pixels[3 * $0 + 2])] }
  }
}
