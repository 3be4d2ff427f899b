#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

/// The attributes of one element, with those of its kind's defaults as a fallback.
struct MJCFAttributes {
  let element: XMLTree
  let defaults: XMLTree?
  /// The size of the file's unit of angles, in radians.
  let angleUnit: Double

  /// The text of an attribute and the line where it was given: in the element, in the defaults, or the first values in the
  /// element and the rest in the defaults.
  func value(_ name: String) -> XMLTree.Attribute? {
    guard let own = element.attributes[name] else { return defaults?.attributes[name] }
    guard let other = defaults?.attributes[name] else { return own }
    return own.laid(over: other, name: name)
  }

  /// The error for attribute `name`.
  func fault(_ name: String, expected: String) -> ModelError {
    let given = value(name)
    return ModelError(
      given?.place ?? element.place, subject: "attribute '\(name)' of \(label)", expected: expected,
      found: given.map { "\"\($0.text)\"" } ?? "none")
  }

  /// The name of the element; nil without one. Defaults have no name, and an empty name counts as none.
  var name: String? {
    guard let name = element.attributes["name"]?.text, !name.isEmpty else { return nil }
    return name
  }

  /// The kind of the element, with its name if it has one.
  var label: String {
    name.map { "<\(element.name)> '\($0)'" } ?? "<\(element.name)>"
  }

  /// Throws if one of `names` is given, since it has no effect on this element; `reason` says why.
  func refuse(_ names: [String], because reason: String) throws(ModelError) {
    for name in names where value(name) != nil { throw fault(name, expected: "none: \(reason)") }
  }

  /// The value of an attribute that is one of a few words.
  func choice(_ name: String, of words: [String], otherwise: String) throws(ModelError) -> String {
    guard let given = value(name) else { return otherwise }
    guard words.contains(given.text) else {
      throw fault(name, expected: words.joined(separator: " or "))
    }
    return given.text
  }

  /// The values of an attribute, separated by blanks and each within `bounds`; nil if the attribute is not given.
  func numbers(_ name: String, count: ClosedRange<Int>, in bounds: ClosedRange<Double>) throws(ModelError) -> [Double]?
  {
    guard let given = value(name) else { return nil }
    let words = given.text.split(whereSeparator: \.isWhitespace)
    let howMany =
      count.lowerBound == count.upperBound ? "\(count.lowerBound)" : "\(count.lowerBound) to \(count.upperBound)"
    let expected =
      howMany + (howMany == "1" ? " number" : " numbers") + " between \(bounds.lowerBound) and \(bounds.upperBound)"
    var result: [Double] = []
    for word in words {
      // Swift parses "nan", "inf" and "0x10" as numbers; MJCF does not.
      let isDecimal = word.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
      guard isDecimal, let number = Double(word), bounds.contains(number) else { throw fault(name, expected: expected) }
      result.append(number)
    }
    guard count.contains(result.count) else { throw fault(name, expected: expected) }
    return result
  }

  func number(_ name: String, in bounds: ClosedRange<Double>, otherwise: Double) throws(ModelError) -> Double {
    try numbers(name, count: 1...1, in: bounds)?[0] ?? otherwise
  }

  /// The value of an attribute that is a bit mask or another small whole number.
  func wholeNumber(
    _ name: String, in bounds: ClosedRange<Double> = 0...Double(Int32.max), otherwise: Int
  ) throws(ModelError) -> Int {
    let number = try number(name, in: bounds, otherwise: Double(otherwise))
    guard number == number.rounded() else { throw fault(name, expected: "a whole number") }
    return Int(number)
  }

  /// The value of a flag: "true", "false" or, with `automatic`, "auto".
  func flag(_ name: String, automatic: Bool) throws(ModelError) -> Bool {
    switch try choice(name, of: ["true", "false", "auto"], otherwise: "auto") {
    case "true": true
    case "false": false
    default: automatic
    }
  }

  /// The value of a position in metres. How far it lies to the side does not matter to what moves in the plane.
  func position(_ name: String) throws(ModelError) -> RobotModel.Vector {
    let numbers = try numbers(name, count: 3...3, in: -100...100) ?? [0, 0, 0]
    return RobotModel.Vector(x: numbers[0], z: numbers[2])
  }

  /// How far to the side of the plane a position lies, in metres.
  func side(_ name: String) throws(ModelError) -> Double {
    try numbers(name, count: 3...3, in: -100...100)?[1] ?? 0
  }

  /// The attributes that orient an element.
  static let orientations = ["axisangle", "euler", "quat", "xyaxes", "zaxis"]

  /// The rotation about +y in radians, as one of the `orientations` gives it.
  /// - Parameter isSymmetric: whether a half turn about x is the same as one about y, as it is for a capsule.
  func turn(isSymmetric: Bool = false) throws(ModelError) -> Double {
    let inPlane = "a turn about the y axis"
    var turns: [Double] = []
    if let numbers = try numbers("axisangle", count: 4...4, in: -1e4...1e4) {
      guard numbers[0] == 0, numbers[2] == 0, numbers[1] != 0 else { throw fault("axisangle", expected: inPlane) }
      turns.append((numbers[1] > 0 ? 1 : -1) * numbers[3] * angleUnit)
    }
    if let numbers = try numbers("euler", count: 3...3, in: -1e4...1e4) {
      guard numbers[0] == 0, numbers[2] == 0 else { throw fault("euler", expected: inPlane) }
      turns.append(numbers[1] * angleUnit)
    }
    if let numbers = try numbers("quat", count: 4...4, in: -1e4...1e4) {
      guard numbers[1] == 0, numbers[3] == 0, numbers[0] != 0 || numbers[2] != 0 else {
        throw fault("quat", expected: inPlane)
      }
      turns.append(2 * atan2(numbers[2], numbers[0]))
    }
    if let numbers = try numbers("xyaxes", count: 6...6, in: -1e4...1e4) {
      guard numbers[1] == 0, numbers[3] == 0, numbers[5] == 0, numbers[4] > 0, numbers[0] != 0 || numbers[2] != 0 else {
        throw fault("xyaxes", expected: inPlane)
      }
      turns.append(atan2(-numbers[2], numbers[0]))
    }
    if let numbers = try numbers("zaxis", count: 3...3, in: -1e4...1e4) {
      guard numbers[1] == 0, numbers[0] != 0 || numbers[2] != 0 else { throw fault("zaxis", expected: inPlane) }
      // MuJoCo turns by the shortest way, and a half turn about x.
      guard isSymmetric || numbers[0] != 0 || numbers[2] > 0 else {
        throw fault("zaxis", expected: "\(inPlane), of which a half turn is an euler or a quat")
      }
      turns.append(atan2(numbers[0], numbers[2]))
    }
    try checkOneOrientation()
    return turns.first ?? 0
  }

  /// Throws where the element is oriented more than once.
  func checkOneOrientation() throws(ModelError) {
    let given = Self.orientations.count { value($0) != nil }
    guard given <= 1 else {
      throw ModelError(
        element.place, subject: "orientation of \(label)",
        expected: "one of \(Self.orientations.joined(separator: ", "))", found: "\(given) of them")
    }
  }

  /// MuJoCo's `solref` and `solimp` as a softness.
  func softness(reference: String, impedance: String) throws(ModelError) -> RobotModel.ConstraintSoftness {
    var softness = RobotModel.ConstraintSoftness()
    if let numbers = try numbers(reference, count: 1...2, in: 1e-6...1e3) {
      softness.timeConstant = numbers[0]
      if numbers.count > 1 { softness.dampingRatio = numbers[1] }
    }
    guard let numbers = try numbers(impedance, count: 1...5, in: 0...10) else { return softness }
    softness.minimumImpedance = numbers[0]
    if numbers.count > 1 { softness.maximumImpedance = numbers[1] }
    if numbers.count > 2 { softness.width = numbers[2] }
    let hasUsualCurve = numbers.dropFirst(3).elementsEqual([0.5, 2].prefix(max(numbers.count - 3, 0)))
    guard softness.minimumImpedance < 1, (0.0001..<1).contains(softness.maximumImpedance), softness.width > 0,
      hasUsualCurve
    else {
      throw fault(impedance, expected: "two impedances below 1, a positive width, then at most 0.5 2")
    }
    return softness
  }
}

extension XMLTree.Attribute {
  /// The array attributes of which an element may give only the first values.
  private static let openArrays: Set<String> = [
    "friction", "gear", "size", "solimp", "solimplimit", "solref", "solreflimit",
  ]

  /// This attribute with missing values taken from `other`: as in MuJoCo, values that are not given stay as they were.
  func laid(over other: XMLTree.Attribute, name: String) -> XMLTree.Attribute {
    guard Self.openArrays.contains(name) else { return self }
    let own = text.split(whereSeparator: \.isWhitespace)
    let rest = other.text.split(whereSeparator: \.isWhitespace).dropFirst(own.count)
    return rest.isEmpty ? self : .init(text: (own + rest).joined(separator: " "), place: place)
  }
}

extension [String: XMLTree.Attribute] {
  /// Merges the attributes of a later section over these.
  mutating func lay(_ later: [String: XMLTree.Attribute]) {
    for (name, attribute) in later { self[name] = self[name].map { attribute.laid(over: $0, name: name) } ?? attribute }
  }
}
