package dev.trainyard.operator.environment;

import dev.trainyard.oci.ImageReference;
import dev.trainyard.operator.environment.DependencyReader.InvalidDependenciesException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The images that a Dockerfile begins its stages with. */
public final class DockerfileImages {
  private static final Pattern FROM =
      Pattern.compile(
          "\\s*FROM\\s+(?:--platform=\\S+\\s+)?(\\S+)(?:\\s+AS\\s+(\\S+))?\\s*",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern HERE_DOCUMENT = Pattern.compile("<<-?[\"']?(\\w+)[\"']?");
  private static final String FIELD = "environment.docker.baseDockerfile";

  private DockerfileImages() {}

  /**
   * Finds them, in order and without stages of the Dockerfile itself; the last one is what the
   * image is based on.
   */
  public static List<ImageReference> of(String dockerfile) throws InvalidDependenciesException {
    var images = new ArrayList<ImageReference>();
    var stages = new HashSet<String>();
    for (String instruction : instructions(dockerfile)) {
      Matcher from = FROM.matcher(instruction);
      if (from.matches()) {
        String name = from.group(1);
        if (!name.equals("scratch") && !stages.contains(name.toLowerCase(Locale.ROOT))) {
          images.add(image(name));
        }
        Optional.ofNullable(from.group(2))
            .map(s -> s.toLowerCase(Locale.ROOT))
            .ifPresent(stages::add);
      }
    }
    if (images.isEmpty()) {
      throw new InvalidDependenciesException(
          FIELD + " names no image after FROM: begin it with FROM and an image that has Python.");
    }
    return images.stream().distinct().toList();
  }

  private static ImageReference image(String name) throws InvalidDependenciesException {
    if (name.contains("$")) {
      throw new InvalidDependenciesException(
          FIELD
              + " has FROM "
              + name
              + ": write the image itself in place of the variable, so that it can be fixed by"
              + " digest.");
    }
    try {
      return ImageReference.parse(name);
    } catch (IllegalArgumentException e) {
      throw new InvalidDependenciesException(
          FIELD + " has FROM " + name + ": " + e.getMessage() + ".");
    }
  }

  /** First lines of instructions: neither what goes on from the line before nor what is a file. */
  private static List<String> instructions(String dockerfile) {
    var found = new ArrayList<String>();
    boolean goesOn = false;
    String end = "";
    for (String line : dockerfile.lines().toList()) {
      if (!end.isEmpty()) {
        end = line.strip().equals(end) ? "" : end;
      } else if (!line.stripLeading().startsWith("#") && !line.isBlank()) {
        if (!goesOn) {
          found.add(line);
        }
        goesOn = line.stripTrailing().endsWith("\\");
        Matcher document = HERE_DOCUMENT.matcher(line);
        end = document.find() ? document.group(1) : "";
      }
    }
    return found;
  }

  /** The name by which BuildKit looks for a replacement of an image. */
  public static String familiar(ImageReference image) {
    String name =
        image.registry().equals("docker.io")
            ? image.repository().replaceFirst("^library/", "")
            : image.registry() + "/" + image.repository();
    return name
        + image.tag().filter(tag -> !tag.equals("latest")).map(tag -> ":" + tag).orElse("")
        + image.digest().map(digest -> "@" + digest).orElse("");
  }
}
