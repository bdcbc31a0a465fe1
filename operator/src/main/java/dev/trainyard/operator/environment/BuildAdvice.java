package dev.trainyard.operator.environment;

import dev.trainyard.operator.settings.EnvironmentSettings;
import dev.trainyard.operator.status.Reason;
import java.util.regex.Pattern;

/**
 * Adds to a step's own words what a person does about them. A step knows what it found and not what
 * an administrator calls the settings and objects that mend it.
 */
final class BuildAdvice {
  /** As OpenSSL, which pip and Python have, and rustls, which rattler has, say it. */
  private static final Pattern NOT_TRUSTED =
      Pattern.compile(
          "certificate.verify.failed|invalid peer certificate", Pattern.CASE_INSENSITIVE);

  private final EnvironmentSettings settings;

  BuildAdvice(EnvironmentSettings settings) {
    this.settings = settings;
  }

  /** The same failure with advice; one that no time heals is not tried again by itself. */
  BuildObservation.Failed on(BuildObservation.Failed failed) {
    if (connects(failed.reason()) && NOT_TRUSTED.matcher(failed.message()).find()) {
      return failed.lasting().with(trust());
    }
    String advice = of(failed.reason());
    return advice.isEmpty() ? failed : failed.with(advice);
  }

  private static boolean connects(Reason reason) {
    return switch (reason) {
      case CHANNEL_UNREACHABLE, PACKAGE_INDEX_UNREACHABLE, INSTALL_FAILED, PIP_FAILED -> true;
      default -> false;
    };
  }

  private String trust() {
    return "The server's certificate is not trusted: put its authority's into the ConfigMap "
        + settings.authoritiesConfigMap()
        + " of this namespace, under the key ca.crt.";
  }

  private String of(Reason reason) {
    return switch (reason) {
      case UNSATISFIABLE ->
          "Loosen a version under dependencies, or add a channel that has what is missing.";
      case INVALID_DEPENDENCY -> "Write it under dependencies such as numpy>=1.26,<2.";
      case PIP_FAILED ->
          "Correct the lines under pip, or set environments.pipIndexUrl in the chart's values to an"
              + " index that has them.";
      case CHANNEL_UNAUTHORIZED ->
          "The Secret's name is " + settings.credentialsSecret() + ", in this namespace.";
      case CHANNEL_UNREACHABLE ->
          "If it stays so, check its address under channels, and environments.channels and"
              + " environments.proxy in the chart's values.";
      case PACKAGE_INDEX_UNREACHABLE ->
          "The index does not answer: if it stays so, check environments.pipIndexUrl and"
              + " environments.proxy in the chart's values.";
      default -> "";
    };
  }
}
