import ImageDataFixtures
import Testing

@testable import ImageData

/// Every form of a PNG and of a JPEG gives what Pillow makes of the stored numbers: grey by ITU-R BT.601, 16 bits divided
/// by 257, what is transparent over white, without gamma and colour profiles.
@Suite struct PictureFormTests {
  private static let (height, width) = (11, 13)

  /// Numbers of all sizes that `bits` have, different in each channel.
  private func numbers(_ bits: Int, channels: Int) -> [Int] {
    (0..<Self.height * Self.width * channels).map { $0 * 40_503 % 65_537 & (1 << bits - 1) }
  }

  private func decode(_ bytes: [UInt8], as colors: Picture.Colors = .gray) throws -> [UInt8] {
    let picture = try Picture(decoding: bytes, as: colors, name: "a.png")
    #expect(picture.height == Self.height && picture.width == Self.width && picture.channels == colors.channels)
    return picture.pixels
  }

  private func file(_ form: PNGForm, _ numbers: [Int]) -> [UInt8] {
    form.file(height: Self.height, width: Self.width, numbers)
  }

  /// Of 8 bits.
  private func scaled(_ number: Int, _ bits: Int) -> UInt8 {
    UInt8((Double(number) * 255 / Double(1 << bits - 1)).rounded())
  }

  private func overWhite(_ color: UInt8, _ opacity: UInt8) -> UInt8 {
    UInt8((Double(color) * Double(opacity) / 255 + 255 - Double(opacity)).rounded())
  }

  private func luma(_ rgb: ArraySlice<UInt8>) -> UInt8 {
    let rgb = rgb.map(Double.init)
    return UInt8((0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]).rounded())
  }

  /// Stored values stay whatever a file says of its gamma and its colours.
  private static let management: [(type: String, bytes: [UInt8])] = [
    ("gAMA", [0, 1, 0x86, 0xA0]), ("sRGB", [0]), ("sBIT", [1]),
  ]

  @Test(arguments: [1, 2, 4, 8, 16], [false, true]) func grayHasItsStoredValues(bits: Int, isInterlaced: Bool) throws {
    let numbers = numbers(bits, channels: 1)
    let expected = numbers.map { scaled($0, bits) }
    for chunks in [[]] + Self.management.map({ [$0] }) {
      let form = PNGForm(colorType: 0, bits: bits, isInterlaced: isInterlaced, chunks: chunks)
      #expect(try decode(file(form, numbers)) == expected)
      #expect(try decode(file(form, numbers), as: .rgb) == expected.flatMap { [$0, $0, $0] })
    }
  }

  @Test func grayOfSixteenBitsIsDividedBy257AndGammaIsIgnored() throws {
    let count = Self.height * Self.width
    let sixteen = file(PNGForm(colorType: 0, bits: 16), [Int](repeating: 0x8080, count: count))
    #expect(try decode(sixteen) == [UInt8](repeating: 0x80, count: count))
    let linear = PNGForm(colorType: 0, bits: 8, chunks: [("gAMA", [0, 1, 0x86, 0xA0])])
    let eight = file(linear, [Int](repeating: 0x80, count: count))
    #expect(try decode(eight) == [UInt8](repeating: 0x80, count: count))
  }

  @Test(arguments: [8, 16], [false, true]) func colorsBecomeLuma(bits: Int, isInterlaced: Bool) throws {
    let numbers = numbers(bits, channels: 3)
    let colors = numbers.map { scaled($0, bits) }
    let gray = stride(from: 0, to: colors.count, by: 3).map { luma(colors[$0..<$0 + 3]) }
    for chunks in [[]] + Self.management.dropLast().map({ [$0] }) {
      let file = file(PNGForm(colorType: 2, bits: bits, isInterlaced: isInterlaced, chunks: chunks), numbers)
      #expect(try decode(file, as: .rgb) == colors)
      #expect(try decode(file) == gray)
    }
  }

  @Test(arguments: [8, 16], [false, true]) func opacityIsOverWhite(bits: Int, isInterlaced: Bool) throws {
    let numbers = numbers(bits, channels: 4)
    let stored = numbers.map { scaled($0, bits) }
    let colors = stride(from: 0, to: stored.count, by: 4).flatMap { pixel in
      (pixel..<pixel + 3).map { overWhite(stored[$0], stored[pixel + 3]) }
    }
    let colorFile = file(PNGForm(colorType: 6, bits: bits, isInterlaced: isInterlaced), numbers)
    #expect(try decode(colorFile, as: .rgb) == colors)
    #expect(try decode(colorFile) == stride(from: 0, to: colors.count, by: 3).map { luma(colors[$0..<$0 + 3]) })
    let gray = stride(from: 0, to: stored.count / 2, by: 2).map { overWhite(stored[$0], stored[$0 + 1]) }
    let grayFile = file(
      PNGForm(colorType: 4, bits: bits, isInterlaced: isInterlaced), Array(numbers[..<(numbers.count / 2)]))
    #expect(try decode(grayFile) == gray)
    #expect(try decode(grayFile, as: .rgb) == gray.flatMap { [$0, $0, $0] })
  }

  @Test(arguments: [1, 2, 4, 8], [false, true]) func paletteIsReadWithItsOpacities(bits: Int, isInterlaced: Bool) throws
  {
    let numbers = numbers(bits, channels: 1)
    let palette = (0..<3 << bits).map { UInt8(truncatingIfNeeded: $0 * 89 + 7) }
    // The first two have an opacity; the others are opaque.
    let opacities: [UInt8] = [0, 100]
    let chunks: [(String, [UInt8])] = [("PLTE", palette), ("tRNS", opacities)]
    func colors(isOpaque: Bool) -> [UInt8] {
      numbers.flatMap { number in
        palette[3 * number..<3 * number + 3].map {
          overWhite($0, isOpaque || number >= opacities.count ? 255 : opacities[number])
        }
      }
    }
    let opaque = file(
      PNGForm(colorType: 3, bits: bits, isInterlaced: isInterlaced, chunks: Array(chunks[..<1])), numbers)
    #expect(try decode(opaque, as: .rgb) == colors(isOpaque: true))
    let other = file(PNGForm(colorType: 3, bits: bits, isInterlaced: isInterlaced, chunks: chunks), numbers)
    let expected = colors(isOpaque: false)
    #expect(try decode(other, as: .rgb) == expected)
    #expect(try decode(other) == stride(from: 0, to: expected.count, by: 3).map { luma(expected[$0..<$0 + 3]) })
  }

  /// The number of 16 bits is compared as a whole.
  @Test(arguments: [1, 2, 4, 8, 16]) func transparentGrayIsWhite(bits: Int) throws {
    let numbers = numbers(bits, channels: 1)
    let transparent = numbers[3]
    let form = PNGForm(
      colorType: 0, bits: bits, chunks: [("tRNS", [UInt8(transparent >> 8), UInt8(transparent & 255)])])
    #expect(try decode(file(form, numbers)) == numbers.map { $0 == transparent ? 255 : scaled($0, bits) })
  }

  /// Of what Pillow 12 makes of these inks; a flat picture loses at most a step or two in a JPEG.
  @Test(
    arguments: [
      ([255, 255, 255, 255], [255, 255, 255]), ([255, 255, 255, 0], [0, 0, 0]), ([0, 255, 255, 255], [0, 255, 255]),
      ([200, 100, 50, 180], [141, 71, 35]), ([20, 240, 130, 255], [20, 240, 130]),
    ] as [([UInt8], [UInt8])], [0, 2] as [UInt8])
  func fourInksBecomeColors(inks: ([UInt8], [UInt8]), transform: UInt8) throws {
    // As inks themselves, the components of a flat picture; through YCCK, the encoder's own conversion and back.
    let flat = [[UInt8]](repeating: inks.0, count: Self.height * Self.width).flatMap(\.self)
    var file = PictureFixtures.jpeg(height: Self.height, width: Self.width, inks: flat, transform: 2)
    var expected = inks.1
    if transform == 0 {
      // The numbers that the encoder made of the inks are taken for inks.
      file = PictureFixtures.jpeg(height: Self.height, width: Self.width, inks: flat, transform: 0)
      expected = Self.components(inks.0)
    }
    let found = try decode(file, as: .rgb)
    for (index, value) in found.enumerated() {
      #expect(abs(Int(value) - Int(expected[index % 3])) <= 2, "\(found[..<3]) for \(expected)")
    }
    let gray = try decode(file)
    #expect(gray.allSatisfy { abs(Int($0) - Int(luma(expected[...]))) <= 2 })
  }

  /// The colours of the inks that YCCK's three components of other inks would be.
  private static func components(_ inks: [UInt8]) -> [UInt8] {
    // YCCK is luma and differences of red, green and blue, which are 255 less the stored inks (libjpeg's cmyk_ycck_convert).
    let colors: [Double] = inks[..<3].map { 255 - Double($0) }
    let luma: Double = 0.299 * colors[0] + 0.587 * colors[1] + 0.114 * colors[2]
    let blue: Double = 128 + 0.564 * (colors[2] - luma)
    let red: Double = 128 + 0.713 * (colors[0] - luma)
    let light: Double = Double(inks[3]) / 255
    return [luma, blue, red].map { (component: Double) -> UInt8 in
      UInt8((min(max(component, 0), 255) * light).rounded())
    }
  }

  @Test func grayOfAJPEGIsTheLumaOfItsColors() throws {
    let pixels = (0..<Self.height * Self.width * 3).map { (index: Int) -> UInt8 in
      UInt8(index / 3 % 200 + index % 3 * 20)
    }
    let color = PictureFixtures.jpeg(height: Self.height, width: Self.width, pixels)
    let colors = try decode(color, as: .rgb)
    #expect(try decode(color) == stride(from: 0, to: colors.count, by: 3).map { luma(colors[$0..<$0 + 3]) })
    let gray = PictureFixtures.jpeg(height: Self.height, width: Self.width, gray: Array(pixels[..<(pixels.count / 3)]))
    #expect(try decode(gray, as: .rgb) == decode(gray).flatMap { [$0, $0, $0] })
  }

  /// The papers' loaders do not turn a picture either.
  @Test(arguments: [1, 3, 6, 8] as [UInt8]) func noteOfHowACameraWasHeldTurnsNothing(orientation: UInt8) throws {
    let pixels = (0..<Self.height * Self.width * 3).map { UInt8($0 % 211) }
    let jpeg = PictureFixtures.jpeg(height: Self.height, width: Self.width, pixels)
    #expect(try decode(PictureFixtures.withOrientation(orientation, jpeg), as: .rgb) == decode(jpeg, as: .rgb))
  }
}
