package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** A machine that is reached over SSH. */
@ValidationRule(
    value = "has(self.passwordSecretRef) != has(self.privateKeySecretRef)",
    message =
        "give exactly one of passwordSecretRef and privateKeySecretRef; SSH keys are recommended"
            + " over passwords")
@ValidationRule(
    value = "!has(self.passphraseSecretRef) || has(self.privateKeySecretRef)",
    message =
        "passphraseSecretRef only goes with privateKeySecretRef: remove it or give the private"
            + " key")
@ValidationRule(
    value = "!(has(self.knownHosts) && has(self.hostKeyFingerprint))",
    message = "give at most one of knownHosts and hostKeyFingerprint: both pin the host key")
public record SshEndpoint(
    @Required
        @Size(max = 253)
        @ValidationRule(value = Rules.HOST, message = Rules.HOST_MESSAGE)
        @JsonPropertyDescription("Host name (FQDN) or IP address of the machine.")
        String address,
    @Nullable
        @Default("22")
        @Min(1)
        @Max(65535)
        @JsonPropertyDescription("TCP port of the SSH server.")
        Integer port,
    @Required
        @Size(max = 64)
        @ValidationRule(value = Rules.USER, message = Rules.USER_MESSAGE)
        @JsonPropertyDescription("User to log in as.")
        String username,
    @Nullable @JsonPropertyDescription("Password of the user. Give this or privateKeySecretRef.")
        SecretKeyReference passwordSecretRef,
    @Nullable
        @JsonPropertyDescription(
            "Private key of the user, in OpenSSH or PEM format. Give this or passwordSecretRef.")
        SecretKeyReference privateKeySecretRef,
    @Nullable @JsonPropertyDescription("Passphrase of the private key, when it is encrypted.")
        SecretKeyReference passphraseSecretRef,
    @Nullable
        @Size(max = 16384)
        @JsonPropertyDescription(
            "Lines in known_hosts format that pin the machine's host key. Without this and"
                + " without hostKeyFingerprint the target reports the key it saw and waits.")
        String knownHosts,
    @Nullable
        @Size(max = 50)
        @ValidationRule(
            value = "self.matches('^SHA256:[A-Za-z0-9+/]{43}$')",
            message =
                "hostKeyFingerprint must be as 'ssh-keygen -lf' prints it: SHA256: and 43"
                    + " characters")
        @JsonPropertyDescription(
            "Fingerprint of the machine's host key as ssh-keygen -l prints it: SHA256:...")
        String hostKeyFingerprint,
    @Nullable @JsonPropertyDescription("Jump host through which the machine is reached.")
        Bastion bastion) {

  /** A jump host; it logs in with a private key of its own. */
  @ValidationRule(
      value = "has(self.passwordSecretRef) != has(self.privateKeySecretRef)",
      message =
          "give exactly one of bastion.passwordSecretRef and bastion.privateKeySecretRef; SSH keys"
              + " are recommended over passwords")
  public record Bastion(
      @Required
          @Size(max = 253)
          @ValidationRule(value = Rules.HOST, message = Rules.HOST_MESSAGE)
          @JsonPropertyDescription("Host name (FQDN) or IP address of the jump host.")
          String address,
      @Nullable
          @Default("22")
          @Min(1)
          @Max(65535)
          @JsonPropertyDescription("TCP port of the jump host's SSH server.")
          Integer port,
      @Required
          @Size(max = 64)
          @ValidationRule(value = Rules.USER, message = Rules.USER_MESSAGE)
          @JsonPropertyDescription("User to log in as on the jump host.")
          String username,
      @Nullable @JsonPropertyDescription("Password of the user on the jump host.")
          SecretKeyReference passwordSecretRef,
      @Nullable @JsonPropertyDescription("Private key of the user on the jump host.")
          SecretKeyReference privateKeySecretRef,
      @Nullable
          @Size(max = 16384)
          @JsonPropertyDescription("Lines in known_hosts format that pin the jump host's key.")
          String knownHosts) {}
}
