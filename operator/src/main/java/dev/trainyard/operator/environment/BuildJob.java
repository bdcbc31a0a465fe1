package dev.trainyard.operator.environment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trainyard.api.v1alpha1.Environment;
import dev.trainyard.api.v1alpha1.EnvironmentSpec;
import dev.trainyard.api.v1alpha1.TrainyardApi;
import dev.trainyard.operator.image.ImageStore;
import dev.trainyard.operator.settings.Settings;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Makes the Job that builds an environment: four containers, one after the other, that share the
 * prefix. Pure: the same environment and build number give the same Job. No container has a token,
 * a privilege or more of a base image than what it runs.
 */
final class BuildJob {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long KEPT_SECONDS = 86_400;

  /** Constant text: what differs travels in the environment. */
  private static final String PROBE =
      "printf 'glibc=%s\\ncuda=%s\\n' \"$(getconf GNU_LIBC_VERSION 2>/dev/null)\" \"$CUDA_VERSION\""
          + " > \"$1/base.env\"";

  /** An environment without Python has nothing to finish. */
  private static final String FINISH =
      "[ -x \"$2/bin/python\" ] || exit 0; exec \"$2/bin/python\" \"$1/finish.py\" \"$@\"";

  private final Settings settings;
  private final ImageStore images;
  private final ChannelUrls channels;

  private final DockerfilePod dockerfiles;

  BuildJob(Settings settings, ImageStore images) {
    this.settings = settings;
    this.images = images;
    this.dockerfiles = new DockerfilePod(settings, images);
    this.channels = new ChannelUrls(settings.environments());
  }

  /** Name of the Job of a build, from 1. */
  static String name(Environment environment, int build) {
    return environment.getMetadata().getName() + "-" + build;
  }

  /**
   * Makes it.
   *
   * @param cache claim that keeps downloaded packages
   */
  Job of(Environment environment, int build, Optional<String> cache) {
    var labels = new LinkedHashMap<String, String>();
    labels.put("app.kubernetes.io/managed-by", "trainyard");
    labels.put(TrainyardApi.ENVIRONMENT_LABEL, environment.getMetadata().getName());
    labels.put(TrainyardApi.ROLE_LABEL, "environment");
    return new JobBuilder()
        .withNewMetadata()
        .withName(name(environment, build))
        .withNamespace(environment.getMetadata().getNamespace())
        .withLabels(labels)
        .addNewOwnerReference()
        .withApiVersion(TrainyardApi.GROUP + "/" + TrainyardApi.VERSION)
        .withKind("Environment")
        .withName(environment.getMetadata().getName())
        .withUid(environment.getMetadata().getUid())
        .withController(true)
        .endOwnerReference()
        .endMetadata()
        .withNewSpec()
        .withBackoffLimit(0)
        .withActiveDeadlineSeconds(settings.environments().deadline().toSeconds())
        .withTtlSecondsAfterFinished((int) KEPT_SECONDS)
        .withNewTemplate()
        .withNewMetadata()
        .withLabels(labels)
        .endMetadata()
        .withSpec(
            environment.getSpec().dockerfile() == null
                ? pod(environment, cache)
                : dockerfiles.of(environment, environment.getSpec().dockerfile()))
        .endTemplate()
        .endSpec()
        .build();
  }

  private PodSpec pod(Environment environment, Optional<String> cache) {
    return BuildPod.spec(settings)
        .editSecurityContext()
        .withNewSeccompProfile()
        .withType("RuntimeDefault")
        .endSeccompProfile()
        .endSecurityContext()
        .withInitContainers(
            probe(environment), conda(environment, cache), finish(environment, cache))
        .withContainers(pack(environment, cache))
        .withVolumes(new BuildVolumes(settings).volumes(cache))
        .build();
  }

  private Container probe(Environment environment) {
    return container(
        BuildStep.PROBE,
        baseImage(environment),
        List.of("/bin/sh", "-c", PROBE, "sh", BuildVolumes.WORK),
        Map.of(),
        List.of(BuildVolumes.work(), BuildVolumes.tmp()));
  }

  private Container conda(Environment environment, Optional<String> cache) {
    var variables = new LinkedHashMap<String, String>(settings.environments().proxies());
    cache.ifPresent(claim -> variables.put("TRAINYARD_CACHE_CLAIM", claim));
    variables.put("TRAINYARD_REQUEST", request(environment.getSpec()));
    variables.putAll(BuildVolumes.secretVariables());
    String prefix = EnvironmentIdentity.INSTALLED;
    return container(
        BuildStep.CONDA,
        settings.environments().condaImage(),
        List.of(
            "python3",
            "-m",
            "trainyard_conda",
            "--prefix=" + prefix,
            "--cache=" + BuildVolumes.CACHE,
            "--work=" + BuildVolumes.WORK),
        variables,
        List.of(
            BuildVolumes.prefix(prefix),
            BuildVolumes.work(),
            BuildVolumes.cache(),
            BuildVolumes.tmp(),
            BuildVolumes.credentials(),
            BuildVolumes.authorities()));
  }

  private Container finish(Environment environment, Optional<String> cache) {
    var variables = new LinkedHashMap<String, String>(settings.environments().proxies());
    settings.environments().pipIndexUrl().ifPresent(url -> index(variables, url));
    variables.put(
        cache.isPresent() ? "PIP_CACHE_DIR" : "PIP_NO_CACHE_DIR",
        cache.isPresent() ? BuildVolumes.CACHE + "/pip" : "1");
    variables.put("PIP_DISABLE_PIP_VERSION_CHECK", "1");
    variables.putAll(BuildVolumes.secretVariables());
    String prefix = EnvironmentIdentity.INSTALLED;
    return container(
        BuildStep.FINISH,
        baseImage(environment),
        Stream.concat(
                Stream.of("/bin/sh", "-c", FINISH, "sh", BuildVolumes.WORK, prefix),
                cache.map(claim -> BuildVolumes.CACHE).stream())
            .toList(),
        variables,
        List.of(
            BuildVolumes.prefix(prefix),
            BuildVolumes.work(),
            BuildVolumes.cache(),
            BuildVolumes.tmp(),
            BuildVolumes.credentials(),
            BuildVolumes.authorities()));
  }

  /** pip ignores an index that speaks plain http unless its host is trusted by name. */
  private static void index(Map<String, String> variables, String url) {
    variables.put("PIP_INDEX_URL", url);
    if (url.startsWith("http://")) {
      variables.put("PIP_TRUSTED_HOST", URI.create(url).getHost());
    }
  }

  private Container pack(Environment environment, Optional<String> cache) {
    String namespace = environment.getMetadata().getNamespace();
    String prefix = EnvironmentIdentity.INSTALLED;
    var arguments =
        new ArrayList<>(
            List.of(
                "environment-pack",
                "--prefix=" + prefix,
                "--link=" + EnvironmentIdentity.prefix(environment.getSpec()),
                "--work=" + BuildVolumes.WORK,
                "--base=" + images.importedBase(environment.getSpec().baseImage()).push(),
                "--repository=" + images.pushName(namespace),
                "--tag=" + environment.getMetadata().getName()));
    var mounts =
        new ArrayList<>(
            List.of(BuildVolumes.prefix(prefix), BuildVolumes.work(), BuildVolumes.tmp()));
    if (cache.isPresent()) {
      arguments.add("--cache=" + BuildVolumes.CACHE);
      mounts.add(BuildVolumes.cache());
    }
    if (settings.registrySecret().isPresent()) {
      arguments.add("--registry-config=" + BuildVolumes.REGISTRY + "/config.json");
      mounts.add(BuildVolumes.registry());
    }
    Container container =
        container(
            BuildStep.PACK,
            settings.builderImage(),
            List.of(),
            settings.registryVariables(),
            mounts);
    container.setArgs(arguments);
    return container;
  }

  private Container container(
      BuildStep step,
      String image,
      List<String> command,
      Map<String, String> variables,
      List<VolumeMount> mounts) {
    return BuildPod.container(settings, step, image, variables)
        .withCommand(command)
        .withVolumeMounts(mounts)
        .withSecurityContext(BuildPod.restricted())
        .build();
  }

  private String baseImage(Environment environment) {
    return images.importedBase(environment.getSpec().baseImage()).pull();
  }

  private String request(EnvironmentSpec spec) {
    ObjectNode request = JSON.createObjectNode();
    channels
        .of(spec.channels() == null ? List.of() : spec.channels())
        .forEach(request.putArray("channels")::add);
    if (spec.condaDependencies() != null) {
      spec.condaDependencies().forEach(request.putArray("dependencies")::add);
    }
    if (spec.pipDependencies() != null) {
      spec.pipDependencies().forEach(request.putArray("pip")::add);
    }
    try {
      return JSON.writeValueAsString(request);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of texts is always JSON", e);
    }
  }
}
