package dev.trainyard.operator.environment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.trainyard.api.v1alpha1.EnvironmentSection.CondaDependencies;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Reads conda dependencies from a file's text or from a run configuration. */
public final class DependencyReader {
  private static final KubernetesSerialization SERIALIZATION = new KubernetesSerialization();
  private static final Pattern LINE = Pattern.compile("\\bline (\\d+), column");

  /** Raised when dependencies cannot be used; the message names the field and what to do. */
  public static final class InvalidDependenciesException extends Exception {
    private static final long serialVersionUID = 1L;

    public InvalidDependenciesException(String message) {
      super(message);
    }
  }

  private final List<String> defaultChannels;

  /**
   * @param defaultChannels channels of environments that name none
   */
  public DependencyReader(List<String> defaultChannels) {
    this.defaultChannels = List.copyOf(defaultChannels);
  }

  /** Reads dependencies that stand in a run configuration. */
  public Dependencies inline(CondaDependencies written) throws InvalidDependenciesException {
    return read("condaDependencies", SERIALIZATION.convertValue(written, JsonNode.class));
  }

  /** Reads a conda environment file. */
  public Dependencies file(String path, String text) throws InvalidDependenciesException {
    JsonNode document;
    try {
      // A text that begins with a brace would be taken for JSON.
      document = SERIALIZATION.unmarshal("#\n" + text, JsonNode.class);
    } catch (RuntimeException e) {
      throw new InvalidDependenciesException(path + " is not YAML: " + problem(e) + ".");
    }
    return read(path, document == null ? NullNode.getInstance() : document);
  }

  private Dependencies read(String where, JsonNode document) throws InvalidDependenciesException {
    if (!document.isObject()) {
      throw new InvalidDependenciesException(
          where + " has no dependencies: write channels and dependencies, as conda does.");
    }
    var conda = new ArrayList<String>();
    var pip = new ArrayList<String>();
    for (JsonNode entry : document.path("dependencies")) {
      if (entry.isTextual()) {
        conda.add(line(where + ".dependencies", entry));
      } else if (entry.isObject() && entry.size() == 1 && entry.path("pip").isArray()) {
        for (JsonNode requirement : entry.path("pip")) {
          pip.add(line(where + ".dependencies.pip", requirement));
        }
      } else {
        throw new InvalidDependenciesException(
            where
                + ".dependencies has "
                + entry
                + ": write match specs such as python=3.11 and at most one map {pip: [...]}.");
      }
    }
    if (conda.isEmpty() && pip.isEmpty()) {
      throw new InvalidDependenciesException(
          where + " has no dependencies: name at least python, such as python=3.11.");
    }
    if (!pip.isEmpty() && conda.stream().noneMatch(DependencyReader::bringsPython)) {
      // pip needs an interpreter to install into, and the solver adds pip to it.
      conda.add("python");
    }
    return Dependencies.of(channels(where, document), conda, pip);
  }

  private static boolean bringsPython(String spec) {
    return Dependencies.spec(spec).matches("(python|pip)([^a-z0-9._-].*)?");
  }

  private List<String> channels(String where, JsonNode document)
      throws InvalidDependenciesException {
    var channels = new ArrayList<String>();
    for (JsonNode entry : document.path("channels")) {
      String channel = line(where + ".channels", entry).strip();
      if (channel.matches("[a-z]+://[^/]*@.*") || channel.matches("https?://[^/]+/t/[^/]+/.*")) {
        throw new InvalidDependenciesException(
            where
                + ".channels has a URL with a user, password or token: take it out, and put the"
                + " credentials of that host into the Secret with the key netrc.");
      }
      if (!channel.equals("nodefaults")) {
        channels.add(channel);
      }
    }
    return channels.isEmpty() ? defaultChannels : channels;
  }

  private static String line(String where, JsonNode entry) throws InvalidDependenciesException {
    String text = entry.asText();
    if (!entry.isTextual() || text.chars().anyMatch(c -> c < ' ')) {
      throw new InvalidDependenciesException(
          where + " has " + entry + ": write one line of text for each.");
    }
    return text;
  }

  /** What the parser met, and the line of the file in which it gave up. */
  private static String problem(RuntimeException e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    String message = String.valueOf(cause.getMessage());
    String problem =
        message
            .lines()
            .filter(line -> !line.isBlank() && !Character.isWhitespace(line.charAt(0)))
            .collect(Collectors.joining(", "));
    // Its mark counts the line that we put before the text.
    return LINE.matcher(message)
        .results()
        .reduce((first, last) -> last)
        .map(mark -> problem + ", in line " + (Integer.parseInt(mark.group(1)) - 1))
        .orElse(problem);
  }
}
