/// The name of the running program, for messages that say how to proceed.
public enum ProgramName {
  /// The name; `metarl` unless a program sets another.
  @TaskLocal public static var current = "metarl"
}
