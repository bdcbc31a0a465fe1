package dev.trainyard.operator.provider.local;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * The script's whole log in a pod, followed to its end. Asks the API server itself, because the
 * client's {@code watchLog} hands out the answer "pod not found" as if the script had printed it.
 */
final class PodLog {
  private static final List<String> EXCUSES =
      List.of(
          "failed to try resolving symlinks in path ", "unable to retrieve container logs for ");
  private static final int LONGEST_EXCUSE = 48;

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
    try {
      if (response.isSuccessful()) {
        // A script that runs has a log, and may not print for long.
        return PodDiagnosis.hasEnded(pod)
            ? unlessExcuse(response.body())
            : Optional.of(response.body());
      }
      response.body().close();
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Empty when it is not what a script printed. */
  static Optional<InputStream> unlessExcuse(InputStream log) throws IOException {
    var content = new PushbackInputStream(log, LONGEST_EXCUSE);
    byte[] beginning = content.readNBytes(LONGEST_EXCUSE);
    if (isExcuse(new String(beginning, StandardCharsets.UTF_8))) {
      content.close();
      return Optional.empty();
    }
    content.unread(beginning);
    return Optional.of(content);
  }

  /**
   * Whether it is the sentence that a kubelet puts in the place of a log which it cannot find, with
   * status 200. Source: kubernetes/kubernetes issue 142258.
   */
  static boolean isExcuse(String log) {
    return EXCUSES.stream().anyMatch(log::startsWith);
  }
}
