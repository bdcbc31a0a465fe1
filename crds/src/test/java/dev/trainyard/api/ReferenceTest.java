package dev.trainyard.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Holds docs/reference to CRDs and chart; {@code -Dtrainyard.generate=true} rewrites it. */
class ReferenceTest {
  private static final Path PAGES = Path.of("../docs/reference");
  private static final Path VALUES = Path.of("../helm/trainyard/values.yaml");

  @TempDir static Path temporary;

  private static Map<String, String> generated = new TreeMap<>();

  @BeforeAll
  static void generate() throws IOException {
    generated = pages();
    if (Boolean.getBoolean("trainyard.generate")) {
      Files.createDirectories(PAGES);
      for (Map.Entry<String, String> page : generated.entrySet()) {
        Files.writeString(PAGES.resolve(page.getKey()), page.getValue());
      }
    }
  }

  private static Map<String, String> pages() throws IOException {
    var pages = new TreeMap<String, String>();
    var list = new StringBuilder("<!-- Made by `make generate`. -->\n\n# Reference\n\n");
    for (String yaml : CrdYaml.generate(temporary).values()) {
      var crd = Serialization.unmarshal(yaml, CustomResourceDefinition.class);
      pages.put(ReferencePage.fileName(crd), ReferencePage.of(crd));
      list.append(
          "- [%s](%s): %s%n"
              .formatted(
                  crd.getSpec().getNames().getKind(),
                  ReferencePage.fileName(crd),
                  ReferencePage.summary(crd)));
    }
    list.append("- [Helm values](helm-values.md): what an administrator sets.\n");
    pages.put("README.md", list.toString());
    pages.put("helm-values.md", HelmValues.read(VALUES).page());
    return pages;
  }

  @Test
  void committedPagesAreWhatTypesAndChartSay() throws IOException {
    var committed = new TreeMap<String, String>();
    try (Stream<Path> paths = Files.list(PAGES)) {
      for (Path path : paths.toList()) {
        committed.put(path.getFileName().toString(), Files.readString(path));
      }
    }
    assertThat(committed)
        .as("docs/reference has drifted: run `make generate` and commit the result")
        .isEqualTo(generated);
  }

  @Test
  void everyHelmValueHasAComment() throws IOException {
    assertThat(HelmValues.read(VALUES).uncommented())
        .as("values of helm/trainyard/values.yaml without a comment above them")
        .isEmpty();
  }
}
