import Files
import Parts
import Testing

@testable import Runs

@Suite struct StoredFileTests {
  @Test(
    arguments: [
      (FileFault.Kind.missing, UserError.Status.missingInput), (.malformed, .malformedData),
      (.inputOutput, .inputOutput), (.cannotCreate, .cannotCreate),
    ])
  func faultKeepsItsTextAndGetsAnExitCode(kind: FileFault.Kind, status: UserError.Status) {
    #expect(UserError(FileFault(kind, "cannot read a")) == UserError("cannot read a", status: status))
  }

  @Test func fullDiskIsAFaultOfOutput() {
    #expect(throws: UserError("cannot write /dev/full: No space left on device", status: .inputOutput)) {
      try StoredFile.write("text", to: "/dev/full")
    }
  }
}
