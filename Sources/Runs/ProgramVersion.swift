import CEmbedded

/// The version of the program.
public enum ProgramVersion {
  /// The tag of the commit that was built, else the commit, with "+" where files had changed.
  public static var text: String { String(cString: metarl_version()) }

  /// The same as a text of C, which is there as long as the program.
  package static var pointer: UnsafePointer<CChar>? { metarl_version() }
}
