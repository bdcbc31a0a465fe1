package dev.trainyard.operator.provider.local;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.Optional;

/**
 * The script's whole log in a pod, followed to its end. Asks the API server itself, because the
 * client's {@code watchLog} hands out the answer "pod not found" as if the script had printed it.
 */
final class PodLog {
  private final KubernetesClient client;

  PodLog(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Opens the log; blocks until the API server answers. The caller closes it, which ends the
   * request. Empty when the pod or its log is not there any more.
   */
  Optional<InputStream> follow(Pod pod) {
    HttpClient http = client.getHttpClient();
    HttpRequest request =
        http.newHttpRequestBuilder()
            .uri(
                URI.create(
                    "%sapi/v1/namespaces/%s/pods/%s/log?container=%s&follow=true"
                        .formatted(
                            client.getMasterUrl(),
                            pod.getMetadata().getNamespace(),
                            pod.getMetadata().getName(),
                            TrainingJob.CONTAINER)))
            .forStreaming()
            .build();
    HttpResponse<InputStream> response = http.sendAsync(request, InputStream.class).join();
    if (response.isSuccessful()) {
      return Optional.of(response.body());
    }
    try (InputStream refusal = response.body()) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
