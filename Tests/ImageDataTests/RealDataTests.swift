import Files
import Foundation
import Testing

@testable import ImageData

/// The published data, where METARL_DATA has them. Decoding all of Omniglot takes a debug build minutes: here its names
/// are counted and some drawings are decoded.
@Suite struct RealDataTests {
  static let folders = DataFolders(given: nil, environment: ProcessInfo.processInfo.environment)

  private static func has(_ file: String) -> Bool { FileSystem.exists("\(folders.roots[0])/\(file)") }

  @Test(.enabled(if: has("mnist/t10k-images-idx3-ubyte.gz"))) func mnistHasThePublishedDigits() throws {
    let folder = "\(Self.folders.roots[0])/mnist"
    let labels = try IDXFile.read("\(folder)/t10k-labels-idx1-ubyte.gz", axes: 1)
    let counts = (0..<10).map { digit in labels.values.count { $0 == digit } }
    #expect(counts == [980, 1_135, 1_032, 1_010, 982, 892, 958, 1_028, 974, 1_009])
    let images = try IDXFile.read("\(folder)/t10k-images-idx3-ubyte.gz", axes: 3)
    #expect(images.sizes == [10_000, 28, 28])
    // The mean pixel of MNIST is 0.13 of white.
    let mean = images.values.reduce(0) { $0 + Int($1) } / images.values.count
    #expect((31...36).contains(mean))
  }

  @Test(.enabled(if: has("omniglot/images_background.zip") && has("omniglot/images_evaluation.zip")))
  func omniglotHasThePublishedCharacters() throws {
    var drawings: [String: Int] = [:]
    var inks: [Int] = []
    for (part, characters) in [("images_background", 964), ("images_evaluation", 659)] {
      let reader = try ArchiveReader(path: "\(Self.folders.roots[0])/omniglot/\(part).zip", format: .zip)
      let before = drawings.count
      var number = 0
      while let entry = try reader.next() {
        guard case .file(let path) = entry else { continue }
        let name = path.description
        guard name.hasSuffix(".png") else { continue }
        drawings[name.split(separator: "/").dropLast().joined(separator: "/"), default: 0] += 1
        number += 1
        guard number.isMultiple(of: 200) else { continue }
        let picture = try Picture(decoding: reader.readFile(limit: 10_000), as: .gray, name: name)
        #expect(picture.height == 105 && picture.width == 105 && Set(picture.pixels) == [0, 255])
        inks.append(picture.pixels.count { $0 == 0 })
      }
      #expect(drawings.count - before == characters)
    }
    #expect(drawings.values.allSatisfy { $0 == 20 })
    // From a dot to a character of many strokes, of 11,025 pixels.
    #expect(inks.allSatisfy { (10...3_000).contains($0) }, "\(inks.sorted())")
  }
}
