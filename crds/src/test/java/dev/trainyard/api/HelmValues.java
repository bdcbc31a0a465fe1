package dev.trainyard.api;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The values of the chart with the comments above them. Reads the layout that values.yaml has:
 * block maps two spaces a level, one value a line, comments before their key.
 */
record HelmValues(List<Value> values) {
  private static final Pattern KEY = Pattern.compile("( *)([A-Za-z]+):(?: (.+))?");

  /** One leaf; a map's comment counts for what is in it and has none of its own. */
  record Value(String path, String standard, String comment) {}

  private record Level(int indent, String path, String comment) {}

  static HelmValues read(Path file) throws IOException {
    var values = new ArrayList<Value>();
    var comment = new ArrayList<String>();
    Deque<Level> levels = new ArrayDeque<>();
    levels.push(new Level(-1, "", ""));
    for (String line : Files.readAllLines(file)) {
      Matcher key = KEY.matcher(line);
      if (line.strip().startsWith("#")) {
        comment.add(line.strip().substring(1).strip());
      } else if (key.matches()) {
        int indent = key.group(1).length();
        while (levels.getFirst().indent() >= indent) {
          levels.pop();
        }
        Level parent = levels.getFirst();
        String path = parent.path().isEmpty() ? key.group(2) : parent.path() + "." + key.group(2);
        String text = comment.isEmpty() ? parent.comment() : String.join(" ", comment);
        if (key.group(3) == null) {
          levels.push(new Level(indent, path, text));
        } else {
          values.add(new Value(path, key.group(3), text));
        }
        comment.clear();
      } else if (line.isBlank()) {
        comment.clear();
      }
    }
    return new HelmValues(values);
  }

  List<String> uncommented() {
    return values.stream().filter(value -> value.comment().isEmpty()).map(Value::path).toList();
  }

  String page() {
    return values.stream()
        .map(value ->
            "| `%s` | `%s` | %s |%n"
                .formatted(
                    value.path(),
                    value.standard().replace("|", "\\|"),
                    value.comment().replace("|", "\\|").replace("<", "&lt;")))
        .collect(
            Collectors.joining(
                "",
                "<!-- Made from helm/trainyard/values.yaml by `make generate`: change that. -->\n\n"
                    + "# Helm values\n\n[Operations](../operations.md) says how they go"
                    + " together.\n\n| Value | Default | Meaning |\n| --- | --- | --- |\n",
                ""));
  }
}
