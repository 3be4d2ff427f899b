public import Scenes

/// Pictures of adaptations as files.
public enum PictureFile {
  /// Returns the bytes of a file.
  /// - Throws: `UserError` where a program that the format needs is missing or fails.
  public static func bytes(of picture: AdaptationPicture, as format: FilmFormat) throws -> [UInt8] {
    switch picture {
    case .film(let film): try FilmPainter.file(of: film, as: format)
    case .function(let function): try PanelPicture(FunctionPainter(function)).file(as: format)
    case .images(let images): try PanelPicture(ImagesPainter(images)).file(as: format)
    case .choices(let choices) where choices.states.count == 1:
      try PanelPicture(ArmsPainter(choices)).file(as: format)
    case .choices(let choices): try PanelPicture(ChoicesPainter(choices)).file(as: format)
    }
  }
}
