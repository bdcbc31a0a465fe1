package dev.trainyard.e2e.admission;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The corpus keeps up with the CRDs: no rule without a manifest that breaks it. */
class CorpusCoverageTest {
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  @Test
  void everyRuleOfTheCrdsIsBrokenByAManifest() throws IOException {
    Set<String> expected =
        Stream.of("invalid", "immutable")
            .flatMap(folder -> Manifest.in(folder).stream())
            .flatMap(manifest -> manifest.expectations().stream())
            .collect(Collectors.toSet());
    var messages = new TreeSet<String>();
    try (Stream<Path> crds = Files.list(Path.of("../crds/yaml"))) {
      for (Path crd : crds.toList()) {
        for (JsonNode rules : YAML.readTree(crd.toFile()).findValues("x-kubernetes-validations")) {
          rules.forEach(rule -> messages.add(rule.get("message").asText()));
        }
      }
    }
    assertThat(messages).isNotEmpty();
    messages.removeAll(expected);
    assertThat(messages).as("rules that no manifest of the corpus breaks").isEmpty();
  }

  @Test
  void everyInvalidManifestSaysWhatItExpects() {
    Stream.of("invalid", "immutable")
        .flatMap(folder -> Manifest.in(folder).stream())
        .forEach(manifest -> assertThat(manifest.expectations()).as("%s", manifest).isNotEmpty());
  }
}
