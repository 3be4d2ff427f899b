/// What the program that runs is called: messages that tell how to go on name it.
public enum ProgramName {
  /// The name, `metarl` where a program says no other.
  @TaskLocal public static var current = "metarl"
}
