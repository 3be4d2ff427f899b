import CTurboJPEG

/// Decodes JPEG files by libjpeg-turbo.
enum JPEGDecoder {
  static func decode(_ bytes: [UInt8], as colors: Picture.Colors, name: String) throws(DataError) -> Picture {
    guard let handle = tjInitDecompress() else { preconditionFailure("no memory for a JPEG decoder") }
    defer { tjDestroy(handle) }
    var (width, height, subsampling, space): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
    let headerStatus = tjDecompressHeader3(
      handle, bytes, UInt(bytes.count), &width, &height, &subsampling, &space)
    guard headerStatus == 0 || isHarmless(handle) else { throw fault(handle, name) }
    let count = try Picture.checkedCount(
      width: Int(width), height: Int(height), channels: colors.channels, name: name)
    var pixels = [UInt8](repeating: 0, count: count)
    let format = colors == .gray ? TJPF_GRAY : TJPF_RGB
    // A progressive file can ask for thousands of passes over a large picture.
    let flags = TJFLAG_LIMITSCANS | TJFLAG_ACCURATEDCT
    let status = tjDecompress2(
      handle, bytes, UInt(bytes.count), &pixels, width, 0, height, Int32(format.rawValue), flags)
    guard status == 0 || isHarmless(handle) else { throw fault(handle, name) }
    return Picture(height: Int(height), width: Int(width), channels: colors.channels, pixels: pixels)
  }

  /// Bytes between the parts of a file, which some cameras leave, change no pixel; every other warning is of lost data.
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
