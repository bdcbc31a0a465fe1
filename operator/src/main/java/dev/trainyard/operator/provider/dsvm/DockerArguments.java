package dev.trainyard.operator.provider.dsvm;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * {@code docker.arguments}: a closed list of options of docker run, none of which opens the machine
 * to the container: they set limits, take rights away or tell the script something. What the run
 * itself says in its resources comes first. Pure.
 */
final class DockerArguments {
  private static final BigDecimal NANO = BigDecimal.valueOf(1_000_000_000);
  private static final String SIZE = "[1-9]\\d{0,14}[bkmgBKMG]?";
  private static final Pattern ULIMIT =
      Pattern.compile(
          "(core|cpu|data|fsize|locks|memlock|msgqueue|nice|nofile|nproc|rss|rtprio|rttime"
              + "|sigpending|stack)=(-1|\\d{1,15})(?::(-1|\\d{1,15}))?");

  /** The names that one may not set stand in the run configuration's own rules, too. */
  private static final String VARIABLE = "(?!LD_|BASH_ENV=|BASH_FUNC_)[A-Za-z_]\\w*=[^\\x00]*";

  private static final Map<String, Option> OPTIONS = options();
  private static final Map<String, String> SHORT =
      Map.of("-m", "--memory", "-e", "--env", "-h", "--hostname");

  private DockerArguments() {}

  /**
   * An option.
   *
   * @param value what its value has to look like
   * @param effect changes the body of the request that makes the container
   */
  private record Option(Pattern value, BiConsumer<ObjectNode, String> effect) {
    static Option of(String value, BiConsumer<ObjectNode, String> effect) {
      return new Option(Pattern.compile(value, Pattern.DOTALL), effect);
    }
  }

  /** An option that was given, with its value or nothing. */
  private record Given(String name, Option option, String value) {}

  private static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }

  private static Map<String, Option> options() {
    var options = new LinkedHashMap<String, Option>();
    options.put(
        "--cpus",
        Option.of(
            "\\d{1,4}(\\.\\d{1,3})?",
            (spec, value) ->
                unset(
                    spec,
                    "NanoCpus",
                    host ->
                        host.put("NanoCpus", new BigDecimal(value).multiply(NANO).longValue()))));
    options.put(
        "--cpu-shares", Option.of("\\d{1,6}", (spec, value) -> number(spec, "CpuShares", value)));
    options.put(
        "--cpuset-cpus",
        Option.of("[\\d,-]{1,256}", (spec, value) -> host(spec).put("CpusetCpus", value)));
    options.put(
        "--memory",
        Option.of(
            SIZE,
            (spec, value) ->
                unset(
                    spec,
                    "Memory",
                    host -> host.put("Memory", bytes(value)).put("MemorySwap", bytes(value)))));
    options.put(
        "--memory-reservation",
        Option.of(SIZE, (spec, value) -> host(spec).put("MemoryReservation", bytes(value))));
    options.put(
        "--shm-size", Option.of(SIZE, (spec, value) -> host(spec).put("ShmSize", bytes(value))));
    options.put(
        "--pids-limit",
        Option.of("[1-9]\\d{0,7}", (spec, value) -> number(spec, "PidsLimit", value)));
    options.put("--ulimit", Option.of(ULIMIT.pattern(), DockerArguments::ulimit));
    // All of them are dropped anyway.
    options.put("--cap-drop", Option.of("[A-Za-z_]{1,32}", (spec, value) -> {}));
    options.put(
        "--env", Option.of(VARIABLE, (spec, value) -> spec.withArrayProperty("Env").add(value)));
    options.put(
        "--hostname",
        Option.of("[A-Za-z0-9][A-Za-z0-9-]{0,62}", (spec, value) -> spec.put("Hostname", value)));
    options.put(
        "--network", Option.of("none", (spec, value) -> host(spec).put("NetworkMode", "none")));
    return options;
  }

  /** What is wrong with the arguments, as a part of a sentence that names the first such one. */
  static Optional<String> problem(List<String> arguments) {
    try {
      parse(arguments);
      return Optional.empty();
    } catch (RefusedException e) {
      return Optional.ofNullable(e.getMessage());
    }
  }

  /**
   * Changes the body of the request that makes the container.
   *
   * @throws IllegalArgumentException for arguments that {@link #problem} finds wrong
   */
  static void apply(List<String> arguments, ObjectNode spec) {
    try {
      parse(arguments).forEach(given -> given.option().effect().accept(spec, given.value()));
    } catch (RefusedException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  private static List<Given> parse(List<String> arguments) throws RefusedException {
    var given = new ArrayList<Given>();
    for (int i = 0; i < arguments.size(); i++) {
      String word = arguments.get(i);
      int equals = word.startsWith("--") ? word.indexOf('=') : -1;
      String written = equals < 0 ? word : word.substring(0, equals);
      String name = SHORT.getOrDefault(written, written);
      Option option = OPTIONS.get(name);
      if (option == null) {
        throw new RefusedException(
            "environment.docker.arguments has "
                + quoted(written)
                + ", which is not one of those that a machine takes: "
                + OPTIONS.keySet().stream().collect(Collectors.joining(", "))
                + hint(name));
      }
      String value = equals < 0 ? "" : word.substring(equals + 1);
      if (equals < 0) {
        i++;
        value = i < arguments.size() ? arguments.get(i) : "";
      }
      check(name, option, value);
      given.add(new Given(name, option, value));
    }
    return given;
  }

  private static void check(String name, Option option, String value) throws RefusedException {
    if (!option.value().matcher(value).matches()) {
      throw new RefusedException(
          "environment.docker.arguments has "
              + name
              + " with the value "
              + quoted(value)
              + ", which it cannot have on a machine"
              + (name.equals("--network") ? ": only none is taken" : ""));
    }
  }

  private static String hint(String name) {
    return switch (name) {
      case "--gpus", "--runtime" -> "; for GPUs set environment.docker.gpuSupport";
      case "--ipc" -> "; for shared memory set environment.docker.shmSize";
      default -> "";
    };
  }

  private static String quoted(String text) {
    return "'" + (text.length() > 64 ? text.substring(0, 64) + "..." : text) + "'";
  }

  private static ObjectNode host(ObjectNode spec) {
    return (ObjectNode) spec.withObject("/HostConfig");
  }

  private static void number(ObjectNode spec, String field, String value) {
    host(spec).put(field, Long.parseLong(value));
  }

  private static void unset(ObjectNode spec, String field, Consumer<ObjectNode> effect) {
    if (!host(spec).has(field)) {
      effect.accept(host(spec));
    }
  }

  private static void ulimit(ObjectNode spec, String value) {
    Matcher matcher = ULIMIT.matcher(value);
    if (matcher.matches()) {
      ArrayNode limits = host(spec).withArrayProperty("Ulimits");
      long soft = Long.parseLong(matcher.group(2));
      limits
          .addObject()
          .put("Name", matcher.group(1))
          .put("Soft", soft)
          .put("Hard", matcher.group(3) == null ? soft : Long.parseLong(matcher.group(3)));
    }
  }

  /** Docker's way to write sizes. */
  private static long bytes(String size) {
    String text = size.toLowerCase(Locale.ROOT);
    char unit = text.charAt(text.length() - 1);
    if (Character.isDigit(unit)) {
      return Long.parseLong(text);
    }
    int shift =
        switch (unit) {
          case 'k' -> 10;
          case 'm' -> 20;
          case 'g' -> 30;
          default -> 0;
        };
    return Long.parseLong(text.substring(0, text.length() - 1)) << shift;
  }
}
