// The settings of a part whose type is not known.
extension Part {
  private func setting(_ name: String) -> Setting<Self>? { Self.settings.first { $0.key.name == name } }

  /// The part's own keys, without those of the parts that they choose.
  public var keys: [Key] { Self.settings.map(\.key) }

  /// The value of one of the part's own keys, as text; nil where it has no such key.
  public func text(of name: String) -> SettingText? { setting(name)?.read(self) }

  /// Whether the part looks at one of its own keys, as it is set.
  public func isUsed(_ name: String) -> Bool { setting(name)?.isUsed(self) ?? false }

  /// Stores the value of one of the part's own keys that chooses no part.
  /// - Returns: false where there is no such key, or the text is not as it expects.
  public mutating func assign(_ name: String, _ text: SettingText) -> Bool {
    setting(name)?.write(text, &self) ?? false
  }

  /// The part that a key chooses; nil where it chooses none.
  public func chosenPart(_ name: String) -> (any Part)? { setting(name)?.choice?.read(self) }

  /// Stores the part that a key chooses.
  /// - Returns: false where the key chooses no part, or none of such a type.
  public mutating func choose(_ name: String, _ part: any Part) -> Bool {
    setting(name)?.choice?.write(part, &self) ?? false
  }
}
