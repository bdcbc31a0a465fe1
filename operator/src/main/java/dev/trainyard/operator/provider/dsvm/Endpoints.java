package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.api.v1alpha1.SecretKeyReference;
import dev.trainyard.api.v1alpha1.SshEndpoint;
import dev.trainyard.operator.ssh.HostKeyPins;
import dev.trainyard.operator.ssh.Login;
import dev.trainyard.operator.ssh.SshHost;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Turns what a target says of its machine into a host to connect to. Secrets are read anew. */
final class Endpoints {
  private static final int SSH_PORT = 22;

  private final KubernetesClient client;

  Endpoints(KubernetesClient client) {
    this.client = client;
  }

  SshHost host(String namespace, SshEndpoint endpoint) throws MissingSecretException {
    SshEndpoint.Bastion bastion = endpoint.bastion();
    return new SshHost(
        endpoint.address(),
        port(endpoint.port()),
        endpoint.username(),
        login(
            namespace,
            endpoint.passwordSecretRef(),
            endpoint.privateKeySecretRef(),
            endpoint.passphraseSecretRef()),
        new HostKeyPins(
            Optional.ofNullable(endpoint.knownHosts()),
            Optional.ofNullable(endpoint.hostKeyFingerprint())),
        bastion == null ? Optional.empty() : Optional.of(bastion(namespace, bastion)));
  }

  private SshHost bastion(String namespace, SshEndpoint.Bastion bastion)
      throws MissingSecretException {
    return new SshHost(
        bastion.address(),
        port(bastion.port()),
        bastion.username(),
        login(namespace, bastion.passwordSecretRef(), bastion.privateKeySecretRef(), null),
        new HostKeyPins(Optional.ofNullable(bastion.knownHosts()), Optional.empty()),
        Optional.empty());
  }

  private Login login(
      String namespace,
      @Nullable SecretKeyReference password,
      @Nullable SecretKeyReference key,
      @Nullable SecretKeyReference passphrase)
      throws MissingSecretException {
    if (password != null) {
      return new Login.Password(value(namespace, password).stripTrailing());
    }
    return new Login.PrivateKey(
        // The schema lets an endpoint through only with one of the two.
        value(namespace, Objects.requireNonNull(key)),
        passphrase == null
            ? Optional.empty()
            : Optional.of(value(namespace, passphrase).stripTrailing()));
  }

  private String value(String namespace, SecretKeyReference reference)
      throws MissingSecretException {
    Secret secret = client.secrets().inNamespace(namespace).withName(reference.name()).get();
    if (secret == null) {
      throw new MissingSecretException(
          "There is no Secret "
              + reference.name()
              + " in namespace "
              + namespace
              + ", which the target names: create it.");
    }
    String encoded =
        Objects.requireNonNullElse(secret.getData(), Map.<String, String>of()).get(reference.key());
    if (encoded == null) {
      throw new MissingSecretException(
          "The Secret "
              + reference.name()
              + " has no key "
              + reference.key()
              + ", which the target names: add it.");
    }
    return new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
  }

  private static int port(@Nullable Integer port) {
    return port == null ? SSH_PORT : port;
  }
}
