package dev.trainyard.operator.provider.local;

import dev.trainyard.operator.provider.BackendUnavailableException;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;

/**
 * The script's whole log in a pod, followed to its end. Asks the API server itself, because the
 * client's {@code watchLog} hands out the answer "pod not found" as if the script had printed it.
 */
final class PodLog {
  private static final List<String> EXCUSES =
      List.of(
          "failed to try resolving symlinks in path ", "unable to retrieve container logs for ");
  private static final int LONGEST_EXCUSE = 48;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int INTERNAL_ERROR = 500;
  private static final int BAD_GATEWAY = 502;
  private static final int UNAVAILABLE = 503;
  private static final int GATEWAY_TIMEOUT = 504;
  private static final String UNANSWERED = "The Kubernetes API server does not answer.";

  private final KubernetesClient client;

  PodLog(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Opens the log; blocks until the API server answers. The caller closes it, which ends the
   * request. Empty when the pod or its log is not there any more.
   *
   * @throws BackendUnavailableException when the API server cannot answer
   * @throws IOException when the pod's node does not answer
   */
  Optional<InputStream> follow(Pod pod) throws IOException {
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
    HttpResponse<InputStream> response = sent(http, request);
    if (response.isSuccessful()) {
      // A script that runs has a log, and may not print for long.
      return PodDiagnosis.hasEnded(pod)
          ? unlessExcuse(response.body())
          : Optional.of(response.body());
    }
    response.body().close();
    return switch (response.code()) {
      case TOO_MANY_REQUESTS, UNAVAILABLE -> throw new BackendUnavailableException(UNANSWERED);
      case INTERNAL_ERROR, BAD_GATEWAY, GATEWAY_TIMEOUT ->
          throw new IOException("the kubelet does not answer");
      default -> Optional.empty();
    };
  }

  private static HttpResponse<InputStream> sent(HttpClient http, HttpRequest request)
      throws BackendUnavailableException {
    try {
      return http.sendAsync(request, InputStream.class).join();
    } catch (CompletionException e) {
      throw new BackendUnavailableException(UNANSWERED, e);
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
