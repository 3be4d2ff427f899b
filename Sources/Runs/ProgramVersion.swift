import CEmbedded

/// The version of the program.
public enum ProgramVersion {
  /// The tag of the commit that was built, else the commit, with "+" where files had changed.
  public static var text: String { String(cString: metarl_version()) }
}
