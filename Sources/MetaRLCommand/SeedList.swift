import Parts

/// The seeds of `--seeds`: numbers and ranges of them, such as `1-5` or `1,3,7-9`.
struct SeedList {
  /// The seeds in the order in which they were given.
  let seeds: [Int]

  /// The largest number of seeds; each is a run.
  private static let most = 10_000

  /// Reads the argument of `--seeds`, or of another option.
  /// - Throws: `UserError` where it is no list of different seeds.
  init(argument: String, of option: String = "--seeds") throws(UserError) {
    func fault(_ found: String) -> UserError {
      UserError("\(option) \(argument): expected seeds such as 1-5 or 1,3,7, found \(found)", status: .usage)
    }
    var seeds: [Int] = []
    for item in argument.split(separator: ",", omittingEmptySubsequences: false) {
      let bounds = item.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard (1...2).contains(bounds.count), let first = bounds[0], let last = bounds[bounds.count - 1] else {
        throw fault(item.isEmpty ? "an empty one" : "'\(item)'")
      }
      guard first <= last else { throw fault("a range that ends before it begins, '\(item)'") }
      guard last - first < Self.most, seeds.count + last - first < Self.most else {
        throw fault("more than \(Self.most)")
      }
      seeds += first...last
    }
    for (index, seed) in seeds.enumerated() where seeds[..<index].contains(seed) { throw fault("\(seed) twice") }
    self.seeds = seeds
  }
}
