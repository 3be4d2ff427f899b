import Parts
import RunFixtures
@testable import Runs
import Testing

@Suite struct SafetensorsTests {
  private let contents = CheckpointContents(
    tensors: [
      NamedArray(name: "layer1.weight", shape: [2, 3], values: [1, -2, 3.5, .infinity, -0.0, .leastNonzeroMagnitude]),
      NamedArray(name: "a scalar \"é\"", shape: [], values: [7]),
      NamedArray(name: "empty", shape: [0, 4], values: []),
    ], metadata: ["iteration": "300", "note": "a/b \"c\"\n"])

  /// A file with this header and so many bytes of data.
  private func file(_ header: String, data: Int) -> [UInt8] {
    let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
    return length + Array(header.utf8) + Array(repeating: 0, count: data)
  }

  @Test func readsBackWhatItWrote() throws {
    let bytes = try Safetensors.encode(contents)
    let again = try Safetensors.decode(bytes, path: "file")
    #expect(again.metadata == contents.metadata)
    #expect(Set(again.tensors.map(\.name)) == Set(contents.tensors.map(\.name)))
    for tensor in contents.tensors {
      let found = again.tensors.first { $0.name == tensor.name }
      #expect(found?.shape == tensor.shape)
      #expect(found?.values.map(\.bitPattern) == tensor.values.map(\.bitPattern))
    }
  }

  @Test func sameContentsGiveTheSameBytes() throws {
    #expect(try Safetensors.encode(contents) == Safetensors.encode(contents))
  }

  @Test func hasTheOfficialLayout() throws {
    let bytes = try Safetensors.encode(
      CheckpointContents(tensors: [NamedArray(name: "w", shape: [2], values: [1, 2])], metadata: ["k": "v"]))
    let header = #"{"__metadata__":{"k":"v"},"w":{"data_offsets":[0,8],"dtype":"F32","shape":[2]}}"#
    #expect(bytes[..<8].elementsEqual([80, 0, 0, 0, 0, 0, 0, 0]))
    #expect(String(decoding: bytes[8..<88], as: UTF8.self).hasPrefix(header))
    #expect(bytes[88...].elementsEqual([0, 0, 0x80, 0x3F, 0, 0, 0, 0x40]))
  }

  @Test func everyPrefixOfAFileIsRefused() throws {
    let bytes = try Safetensors.encode(contents)
    for count in 0..<bytes.count {
      let error = userError { _ = try Safetensors.decode(Array(bytes[..<count]), path: "cut.safetensors") }
      #expect(error?.status == .malformedData, "\(count) bytes")
      #expect(error?.message.hasPrefix("cut.safetensors: ") == true)
    }
    #expect(throws: UserError.self) { try Safetensors.decode(bytes + [0], path: "long") }
  }

  @Test(arguments: [
    #"{"w":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807],"data_offsets":[0,4]}}"#,
    #"{"w":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]}}"#,
    #"{"w":{"dtype":"F32","shape":[-1],"data_offsets":[0,-4]}}"#,
    #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[-9223372036854775808,9223372036854775807]}}"#,
    #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
    #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#,
    #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[]}}"#,
    #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}"#,
    #"{"w":{"dtype":"F32","shape":[1e400],"data_offsets":[0,4]}}"#,
    #"{"w":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}"#,
    #"{"w":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}"#,
    #"{"w":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}"#,
    #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"v":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
    #"{"w":{"dtype":"F32"}}"#, #"{"__metadata__":{"k":1}}"#, "[]", "{", "", "null", "{}",
  ])
  func hostileHeaderIsRefused(header: String) {
    let error = userError { _ = try Safetensors.decode(file(header, data: 8), path: "hostile") }
    #expect(error?.status == .malformedData)
  }

  @Test func headerLengthIsCheckedBeforeItIsUsed() {
    for length: UInt64 in [.max, 1 << 63, 1 << 40, 100_000_001, 9] {
      let bytes = withUnsafeBytes(of: length.littleEndian) { Array($0) } + Array(repeating: 32, count: 8)
      #expect(throws: UserError.self) { try Safetensors.decode(bytes, path: "hostile") }
    }
  }

  @Test func deeplyNestedHeaderIsRefused() {
    let header = String(repeating: "[", count: 100_000)
    #expect(throws: UserError.self) { try Safetensors.decode(file(header, data: 0), path: "hostile") }
  }
}
