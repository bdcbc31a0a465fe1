package dev.trainyard.operator.status;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes Kubernetes events, on transitions only and best effort: a lost event changes nothing. */
public final class Events {
  private static final Logger LOG = LoggerFactory.getLogger(Events.class);
  private static final int MESSAGE_LIMIT = 1_000;

  private final Consumer<Event> api;
  private final Clock clock;

  public Events(KubernetesClient client, Clock clock) {
    this(event -> client.resource(event).create(), clock);
  }

  /**
   * @param api takes the events; what it throws is as if the API server had not answered
   */
  public Events(Consumer<Event> api, Clock clock) {
    this.api = api;
    this.clock = clock;
  }

  /**
   * Publishes one event. Its name follows from what it says, so that the same transition seen twice
   * is one event.
   *
   * @param warning whether a person should look
   */
  public void publish(HasMetadata about, boolean warning, Reason reason, String message) {
    String now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
    String text = Excerpt.head(message, MESSAGE_LIMIT);
    var event =
        new EventBuilder()
            .withNewMetadata()
            .withName(name(about, reason, text))
            .withNamespace(about.getMetadata().getNamespace())
            .endMetadata()
            .withNewInvolvedObject()
            .withApiVersion(about.getApiVersion())
            .withKind(about.getKind())
            .withName(about.getMetadata().getName())
            .withNamespace(about.getMetadata().getNamespace())
            .withUid(about.getMetadata().getUid())
            .endInvolvedObject()
            .withNewSource()
            .withComponent("trainyard")
            .endSource()
            .withReportingComponent("trainyard.dev/operator")
            .withType(warning ? "Warning" : "Normal")
            .withReason(reason.toString())
            .withMessage(text)
            .withFirstTimestamp(now)
            .withLastTimestamp(now)
            .withCount(1)
            .build();
    try {
      api.accept(event);
    } catch (KubernetesClientException e) {
      LOG.debug("Event {} for {} was not written", reason, about.getMetadata().getName(), e);
    }
  }

  private static String name(HasMetadata about, Reason reason, String message) {
    String identity =
        about.getMetadata().getUid() + "/" + about.getMetadata().getGeneration() + reason + message;
    String name = about.getMetadata().getName();
    return (name.length() > 200 ? name.substring(0, 200) : name)
        + "."
        + UUID.nameUUIDFromBytes(identity.getBytes(StandardCharsets.UTF_8))
            .toString()
            .substring(0, 18);
  }
}
