@testable import Runs
import Testing

@Suite struct FingerprintTests {
  /// Hashes by the xxhash package of Python, 3.x.
  @Test(arguments: [
    ("", "ef46db3751d8e999"), ("a", "d24ec4f1a98c6e5b"), ("abc", "44bc2cf5ad770999"),
    ("Nobody inspects the spammish repetition", "fbcea83c8a378bf1"),
  ])
  func hashesAsTheReferenceDoes(text: String, expected: String) {
    #expect(Fingerprint(of: Array(text.utf8)).description == expected)
  }

  @Test func hashesEveryByteOfALongText() {
    #expect(Fingerprint(of: (0...255).map { UInt8($0) }).description == "1facbe8406cd904b")
  }

  @Test func readsBackItsText() {
    let fingerprint = Fingerprint(of: [1, 2, 3])
    #expect(Fingerprint(fingerprint.description) == fingerprint)
    for text in ["", "ef46db3751d8e99", "EF46DB3751D8E999", "ef46db3751d8e9999", "+f46db3751d8e999"] {
      #expect(Fingerprint(text) == nil, "\(text)")
    }
  }

  /// Contents that differ in one name, shape, number or text have different hashes; the order of tensors is none.
  @Test func contentsThatDifferHaveOtherHashes() {
    let first = NamedArray(name: "a", shape: [2], values: [1, 2])
    let second = NamedArray(name: "b", shape: [1, 1], values: [0])
    let base = CheckpointContents(tensors: [first, second], metadata: ["k": "v", "l": ""])
    #expect(CheckpointContents(tensors: [second, first], metadata: base.metadata).fingerprint == base.fingerprint)
    var others: [CheckpointContents] = []
    for change: (inout CheckpointContents) -> Void in [
      { $0.tensors[0].name = "c" }, { $0.tensors[0].shape = [1, 2] }, { $0.tensors[0].values = [2, 1] },
      { $0.tensors[1].values = [-0.0] }, { $0.tensors.removeLast() }, { $0.metadata["k"] = "w" },
      { $0.metadata = ["k": "vl"] }, { $0.metadata["m"] = "" },
    ] {
      var changed = base
      change(&changed)
      others.append(changed)
    }
    #expect(Set(others.map(\.fingerprint)).union([base.fingerprint]).count == others.count + 1)
  }
}
