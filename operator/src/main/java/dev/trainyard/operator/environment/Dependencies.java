package dev.trainyard.operator.environment;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a conda environment file asks for, in the form that its identity is made of: a name, a
 * comment, white space or the order of match specs changes nothing.
 *
 * @param channels names or URLs, the first with the highest priority
 * @param conda match specs, normalised, sorted and without repetitions
 * @param pip lines of a requirements file, in the order that they were written in
 */
public record Dependencies(List<String> channels, List<String> conda, List<String> pip) {
  private static final Pattern NAME = Pattern.compile("^[A-Za-z0-9._-]+(?=[\\s=<>!~\\[]|$)");
  private static final Pattern AROUND_OPERATORS = Pattern.compile("\\s*([=<>!~]=?|,|\\|)\\s*");
  private static final Pattern COMMENT = Pattern.compile("(^|\\s)#.*$");

  public Dependencies {
    channels = List.copyOf(channels);
    conda = List.copyOf(conda);
    pip = List.copyOf(pip);
  }

  /** Makes them from what was written. */
  static Dependencies of(List<String> channels, List<String> conda, List<String> pip) {
    var specs = new TreeSet<String>();
    conda.stream().map(Dependencies::spec).filter(s -> !s.isEmpty()).forEach(specs::add);
    return new Dependencies(
        channels.stream().map(String::strip).distinct().toList(),
        List.copyOf(specs),
        pip.stream().map(Dependencies::requirement).filter(s -> !s.isEmpty()).toList());
  }

  /** A match spec without what has no meaning: case of the name, spaces around operators. */
  static String spec(String written) {
    String text = COMMENT.matcher(written).replaceFirst("").strip().replaceAll("\\s+", " ");
    if (text.indexOf('[') < 0) {
      text = AROUND_OPERATORS.matcher(text).replaceAll("$1");
    }
    Matcher name = NAME.matcher(text);
    return name.find() ? name.group().toLowerCase(Locale.ROOT) + text.substring(name.end()) : text;
  }

  private static String requirement(String written) {
    return COMMENT.matcher(written).replaceFirst("").strip();
  }

  /** The first few, for messages. */
  public String summary() {
    var all = new ArrayList<>(conda);
    pip.forEach(line -> all.add("pip:" + line));
    return all.size() <= 4
        ? String.join(", ", all)
        : String.join(", ", all.subList(0, 3)) + " and " + (all.size() - 3) + " more";
  }
}
