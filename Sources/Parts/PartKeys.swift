// The settings of a part whose type is not known.
extension Part {
  private func setting(_ name: String) -> Setting<Self>? { Self.settings.first { $0.key.name == name } }

  /// The part's own keys, without the keys of the parts that they choose.
  public var keys: [Key] { Self.settings.map(\.key) }

  /// Returns the value of one of the part's own keys as text; nil where the part has no such key.
  public func text(of name: String) -> SettingText? { setting(name)?.read(self) }

  /// Returns whether the part uses one of its own keys, given its present settings.
  public func isUsed(_ name: String) -> Bool { setting(name)?.isUsed(self) ?? false }

  /// Stores the value of one of the part's own keys, unless the key chooses a part.
  /// - Returns: false where there is no such key, or it does not accept the text.
  public mutating func assign(_ name: String, _ text: SettingText) -> Bool {
    setting(name)?.write(text, &self) ?? false
  }

  /// Returns the part that a key chooses; nil where it chooses none.
  public func chosenPart(_ name: String) -> (any Part)? { setting(name)?.choice?.read(self) }

  /// Stores the part that a key chooses.
  /// - Returns: false where the key chooses no part, or cannot hold a part of this type.
  public mutating func choose(_ name: String, _ part: any Part) -> Bool {
    setting(name)?.choice?.write(part, &self) ?? false
  }
}
