package dev.trainyard.testbed.quickstart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The lines in which two files differ, those of the first before those of the second. */
final class Difference {
  private Difference() {}

  static String of(Path before, Path after) throws IOException {
    List<String> old = lines(before);
    List<String> now = lines(after);
    var all = new ArrayList<String>();
    old.stream().filter(line -> !now.contains(line)).forEach(line -> all.add("  - " + line));
    now.stream().filter(line -> !old.contains(line)).forEach(line -> all.add("  + " + line));
    return all.stream().collect(Collectors.joining(System.lineSeparator()));
  }

  private static List<String> lines(Path file) throws IOException {
    return Files.readAllLines(file).stream().filter(line -> !line.startsWith("#")).toList();
  }
}
