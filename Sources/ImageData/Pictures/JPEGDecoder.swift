import CTurboJPEG

/// A decoder of JPEG files by libjpeg-turbo, like the papers' loaders: it returns stored values without colour management.
enum JPEGDecoder {
  static func decode(_ bytes: [UInt8], as colors: Picture.Colors, name: String) throws(DataError) -> Picture {
    guard let handle = tjInitDecompress() else { preconditionFailure("no memory for a JPEG decoder") }
    defer { tjDestroy(handle) }
    var (width, height, subsampling, space): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
    let headerStatus = tjDecompressHeader3(
      handle, bytes, UInt(bytes.count), &width, &height, &subsampling, &space)
    guard headerStatus == 0 || isHarmless(handle) else { throw fault(handle, name) }
    let form = Form(colorSpace: space)
    let count = try Picture.checkedCount(width: Int(width), height: Int(height), channels: form.channels, name: name)
    var pixels = [UInt8](repeating: 0, count: count)
    // A progressive file can ask for thousands of passes over a large picture.
    let flags = TJFLAG_LIMITSCANS | TJFLAG_ACCURATEDCT
    let status = tjDecompress2(
      handle, bytes, UInt(bytes.count), &pixels, width, 0, height, Int32(form.format.rawValue), flags)
    guard status == 0 || isHarmless(handle) else { throw fault(handle, name) }
    if form == .inks { pixels = PixelColors.rgb(invertedInks: pixels) }
    // The orientation that a camera recorded is ignored, as in the papers' loaders.
    let picture = Picture(height: Int(height), width: Int(width), channels: form == .gray ? 1 : 3, pixels: pixels)
    return picture.converted(to: colors)
  }

  /// The form to which a file is decoded.
  private enum Form {
    case gray, rgb
    /// Four inks, which about twenty pictures of ImageNet have.
    case inks

    init(colorSpace: Int32) {
      switch colorSpace {
      case Int32(TJCS_GRAY.rawValue): self = .gray
      case Int32(TJCS_CMYK.rawValue), Int32(TJCS_YCCK.rawValue): self = .inks
      default: self = .rgb
      }
    }

    var format: TJPF {
      switch self {
      case .gray: TJPF_GRAY
      case .rgb: TJPF_RGB
      case .inks: TJPF_CMYK
      }
    }

    var channels: Int {
      switch self {
      case .gray: 1
      case .rgb: 3
      case .inks: 4
      }
    }
  }

  /// Returns whether the last warning is harmless. Bytes between the parts of a file, which some cameras leave, change no
  /// pixel; every other warning means lost data.
  private static func isHarmless(_ handle: tjhandle) -> Bool {
    tjGetErrorCode(handle) == Int32(TJERR_WARNING.rawValue) && reason(handle).contains("extraneous bytes before marker")
  }

  private static func reason(_ handle: tjhandle) -> String {
    tjGetErrorStr2(handle).map { String(cString: $0) } ?? "no reason given"
  }

  private static func fault(_ handle: tjhandle, _ name: String) -> DataError {
    DataError(at: name, expected: "a whole JPEG", found: "a damaged one (\(reason(handle)))")
  }
}
