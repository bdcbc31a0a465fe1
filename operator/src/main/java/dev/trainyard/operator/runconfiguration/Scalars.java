package dev.trainyard.operator.runconfiguration;

import dev.trainyard.operator.runconfiguration.ConfigurationResolver.InvalidConfigurationException;
import io.fabric8.kubernetes.api.model.AnyType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** YAML scalars as the text that a command line or an environment variable gets. */
final class Scalars {
  private Scalars() {}

  static List<String> list(String field, @Nullable List<AnyType> values)
      throws InvalidConfigurationException {
    var texts = new ArrayList<String>();
    if (values != null) {
      for (int i = 0; i < values.size(); i++) {
        texts.add(text(field + "[" + i + "]", values.get(i)));
      }
    }
    return texts;
  }

  static Map<String, String> map(String field, @Nullable Map<String, ? extends AnyType> values)
      throws InvalidConfigurationException {
    var texts = new LinkedHashMap<String, String>();
    if (values != null) {
      for (Map.Entry<String, ? extends AnyType> entry : values.entrySet()) {
        texts.put(entry.getKey(), text(field + "." + entry.getKey(), entry.getValue()));
      }
    }
    return texts;
  }

  private static String text(String field, @Nullable AnyType value)
      throws InvalidConfigurationException {
    Object scalar = value == null ? null : value.getValue();
    return switch (scalar) {
      case null -> "";
      case String text -> text;
      case Number number -> number.toString();
      case Boolean truth -> truth.toString();
      default ->
          throw new InvalidConfigurationException(
              field
                  + " is a "
                  + (scalar instanceof List ? "list" : "map")
                  + ": write a string, a number or a boolean");
    };
  }
}
