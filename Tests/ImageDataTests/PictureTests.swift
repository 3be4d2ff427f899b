import ImageDataFixtures
import Testing

@testable import ImageData

/// What a throwing body says about data.
func dataError(_ body: () throws -> Void) -> DataError? {
  do {
    try body()
    return nil
  } catch {
    return error as? DataError
  }
}

@Suite struct PictureTests {
  private let gray = (0..<9 * 7).map { UInt8($0 * 4) }
  private let colour = (0..<9 * 7 * 3).map { UInt8($0 + 20) }

  private func decode(_ bytes: [UInt8], as colors: Picture.Colors = .gray) throws -> Picture {
    try Picture(decoding: bytes, as: colors, name: "a.png")
  }

  @Test func pngComesBackAsItWas() throws {
    let first = try decode(PictureFixtures.png(height: 9, width: 7, channels: 1, gray))
    #expect(first == Picture(height: 9, width: 7, channels: 1, pixels: gray))
    let second = try decode(PictureFixtures.png(height: 9, width: 7, channels: 3, colour), as: .rgb)
    #expect(second == Picture(height: 9, width: 7, channels: 3, pixels: colour))
    // Grey as a colour has three equal channels.
    let third = try decode(PictureFixtures.png(height: 9, width: 7, channels: 1, gray), as: .rgb)
    #expect(third.pixels == gray.flatMap { [$0, $0, $0] })
  }

  @Test(arguments: [false, true]) func jpegComesBackAlmost(isProgressive: Bool) throws {
    // A slow slope survives the transform to within a few steps.
    var pixels: [UInt8] = []
    for row in 0..<16 { for column in 0..<16 { pixels += [UInt8(40 + 4 * column), UInt8(100 + 4 * row), 90] } }
    let picture = try decode(
      PictureFixtures.jpeg(height: 16, width: 16, pixels, isProgressive: isProgressive), as: .rgb)
    #expect(picture.height == 16 && picture.width == 16 && picture.channels == 3)
    for (found, expected) in zip(picture.pixels, pixels) { #expect(abs(Int(found) - Int(expected)) <= 6) }
  }

  @Test func bytesBetweenThePartsOfAJPEGDoNotMatter() throws {
    let jpeg = PictureFixtures.jpeg(height: 9, width: 7, colour)
    let padded = Array(jpeg[..<2]) + [1, 2, 3] + Array(jpeg[2...])
    #expect(try decode(padded, as: .rgb) == decode(jpeg, as: .rgb))
  }

  @Test(arguments: [0, 1, 7, 20, 40]) func cutPictureIsRefused(length: Int) throws {
    let png = PictureFixtures.png(height: 9, width: 7, channels: 1, gray)
    let jpeg = PictureFixtures.jpeg(height: 9, width: 7, colour)
    for bytes in [png, jpeg] {
      let error = dataError { _ = try decode(Array(bytes.prefix(length))) }
      #expect(error?.kind == .malformed && error?.description.hasPrefix("a.png") == true, "\(error as Any)")
    }
  }

  @Test func pictureWithoutItsEndIsRefused() {
    let png = PictureFixtures.png(height: 9, width: 7, channels: 1, gray)
    let jpeg = PictureFixtures.jpeg(height: 9, width: 7, colour)
    for bytes in [Array(png.dropLast(20)), Array(jpeg.dropLast(60))] {
      #expect(dataError { _ = try decode(bytes) }?.description.contains("damaged one") == true)
    }
  }

  /// Width and height are big-endian numbers at bytes 16 and 20 of a PNG.
  @Test func headerThatLiesIsRefused() {
    let png = PictureFixtures.png(height: 9, width: 7, channels: 1, gray)
    func lying(_ width: [UInt8], _ height: [UInt8]) -> [UInt8] {
      PictureFixtures.withChecksums(Array(png[..<16]) + width + height + Array(png[24...]))
    }
    #expect(dataError { _ = try decode(lying([0, 0, 0, 7], [0, 0, 0, 9])) } == nil)
    #expect(dataError { _ = try decode(lying([0, 0, 0, 7], [0, 0, 0, 10])) }?.kind == .malformed)
    #expect(
      dataError { _ = try decode(lying([0, 0, 0xFF, 0xFF], [0, 0, 0xFF, 0xFF])) }?.description
        == "a.png: expected a picture of 1 to 33554432 pixels, found 65535 x 65535 in its header")
  }

  @Test func otherFilesAreNamed() {
    #expect(
      dataError { _ = try decode(Array("GIF89a".utf8)) }?.description
        == "a.png: byte 0: expected a PNG or a JPEG, found the bytes 47 49 46 38")
  }
}
