package dev.trainyard.operator.source;

import dev.trainyard.api.v1alpha1.Source;
import dev.trainyard.operator.status.Reason;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What Flux's source-controller says of a source in its status, as its API
 * source.toolkit.fluxcd.io/v1 has it. Pure.
 */
sealed interface FluxArtifact {

  /**
   * A tar.gz file that can be fetched.
   *
   * @param sha256 64 hexadecimal digits
   * @param version commit of a GitRepository, digest of an OCIRepository
   */
  record Ready(String url, String sha256, String version) implements FluxArtifact {}

  /** There is none that a run could be made of. */
  record NotReady(Reason reason, String message) implements FluxArtifact {}

  /**
   * Reads an object's status. The artifact counts only while the object is Ready and what it asks
   * for now was looked at: an older artifact would be another source than the one that was meant.
   */
  static FluxArtifact of(Source.Flux source, GenericKubernetesResource object) {
    Optional<Map<String, Object>> ready = readyCondition(object);
    String message = ready.map(condition -> text(condition, "message")).orElse("");
    boolean isReady = ready.filter(c -> "True".equals(text(c, "status"))).isPresent();
    if (!isReady || !isCurrent(object, ready.get())) {
      return notReady(
          source,
          isReady || message.isEmpty() ? "Flux has not fetched what it asks for yet." : message);
    }
    Map<String, Object> artifact = map(object.get("status", "artifact"));
    String url = text(artifact, "url");
    String digest = text(artifact, "digest");
    if (url.isEmpty() || digest.isEmpty()) {
      return notReady(source, "it has no artifact, although it is Ready.");
    }
    return digest.matches("sha256:[0-9a-f]{64}")
        ? new Ready(url, digest.substring("sha256:".length()), version(artifact))
        : notReady(
            source,
            "the digest of its artifact is "
                + digest
                + ", and only sha256 is understood: see source-controller's option"
                + " --artifact-digest-algo.");
  }

  private static NotReady notReady(Source.Flux source, String why) {
    String text = why.strip();
    return new NotReady(
        Reason.FLUX_SOURCE_NOT_READY,
        "The "
            + source.kind()
            + " "
            + source.name()
            + " is not ready: "
            + (text.endsWith(".") ? text : text + ".")
            + " The run goes on once it is.");
  }

  /** Names a branch and a commit, as in {@code main@sha1:c0ffee}, or a tag and a digest. */
  private static String version(Map<String, Object> artifact) {
    String revision = text(artifact, "revision");
    String id = revision.substring(revision.indexOf('@') + 1);
    return id.startsWith("sha1:") ? id.substring("sha1:".length()) : id;
  }

  private static boolean isCurrent(
      GenericKubernetesResource object, Map<String, Object> condition) {
    return !(condition.get("observedGeneration") instanceof Number observed)
        || object.getMetadata().getGeneration() == null
        || observed.longValue() == object.getMetadata().getGeneration();
  }

  private static Optional<Map<String, Object>> readyCondition(GenericKubernetesResource object) {
    return object.get("status", "conditions") instanceof List<?> conditions
        ? conditions.stream()
            .map(FluxArtifact::map)
            .filter(condition -> "Ready".equals(text(condition, "type")))
            .findFirst()
        : Optional.empty();
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(@Nullable Object value) {
    return value instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
  }

  private static String text(Map<String, Object> from, String key) {
    return from.get(key) instanceof String text ? text : "";
  }
}
