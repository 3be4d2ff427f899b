import ArgumentParser
import Experiments

struct Export: ParsableCommand {
  func run() throws {}
}
