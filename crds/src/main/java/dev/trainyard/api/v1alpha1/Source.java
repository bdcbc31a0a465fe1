package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Where the source directory of a run comes from: exactly one of its fields. */
@ValidationRule(
    value =
        "[has(self.git), has(self.configMap), has(self.persistentVolumeClaim), has(self.archive),"
            + " has(self.image)].filter(x, x).size() == 1",
    message =
        "give exactly one source: git, configMap, persistentVolumeClaim, archive or image")
public record Source(
    @Nullable @JsonPropertyDescription("A Git repository.") Git git,
    @Nullable
        @JsonPropertyDescription(
            "A ConfigMap whose keys are the names of the files of the source directory.")
        LocalObjectReference configMap,
    @Nullable @JsonPropertyDescription("A directory on a volume.")
        VolumeSource persistentVolumeClaim,
    @Nullable @JsonPropertyDescription("A tar or zip archive.") Archive archive,
    @Nullable @JsonPropertyDescription("A directory in a container image.") ImageSource image) {

  /** A Git repository at a branch, a tag or a commit. */
  @ValidationRule(
      value =
          "[has(self.branch), has(self.tag), has(self.commit)].filter(x, x).size() <= 1",
      message = "give at most one of git.branch, git.tag and git.commit")
  public record Git(
      @Required
          @Size(min = 1, max = 2048)
          @ValidationRule(
              value =
                  "self.startsWith('https://') || self.startsWith('ssh://') ||"
                      + " self.startsWith('http://') || self.matches('^[^/@\\\\s]+@[^/:\\\\s]+:.+')",
              message = "git.url must be an https:// or ssh:// URL, or user@host:path")
          @ValidationRule(
              value = "!self.matches('^https?://[^/]*@')",
              message = "git.url must not carry a user or password: put them in git.secretRef")
          @ValidationRule(
              value = "!self.matches('[\\\\s]')",
              message = "git.url must not contain white space")
          @JsonPropertyDescription("URL of the repository: https or ssh.")
          String url,
      @Nullable
          @Size(min = 1, max = 255)
          @Pattern("^[^\\s~^:?*\\[\\\\-][^\\s~^:?*\\[\\\\]*$")
          @JsonPropertyDescription("Branch; its newest commit when the run is accepted.")
          String branch,
      @Nullable
          @Size(min = 1, max = 255)
          @Pattern("^[^\\s~^:?*\\[\\\\-][^\\s~^:?*\\[\\\\]*$")
          @JsonPropertyDescription("Tag.")
          String tag,
      @Nullable
          @Pattern("^[0-9a-f]{7,64}$")
          @JsonPropertyDescription("Commit id, 7 to 64 hexadecimal digits.")
          String commit,
      @Nullable
          @Size(max = 1024)
          @ValidationRule(
              value = "!self.startsWith('/') && !self.split('/').exists(p, p == '..')",
              message =
                  "git.path must be a directory inside the repository: no leading '/' and no '..'")
          @JsonPropertyDescription("Directory of the repository that is the source directory.")
          String path,
      @Nullable
          @JsonPropertyDescription(
              "Secret with username and password (or token) for https, or ssh-privatekey and"
                  + " known_hosts for ssh.")
          LocalObjectReference secretRef) {}

  /** A directory on a volume. */
  public record VolumeSource(
      @Required
          @Size(min = 1, max = 253)
          @JsonPropertyDescription("Name of the PersistentVolumeClaim.")
          String claimName,
      @Nullable
          @Size(max = 1024)
          @ValidationRule(
              value = "!self.startsWith('/') && !self.split('/').exists(p, p == '..')",
              message =
                  "persistentVolumeClaim.path must be a directory on the volume: no leading '/' and"
                      + " no '..'")
          @JsonPropertyDescription("Directory on the volume.")
          String path) {}

  /** An archive at a URL, held to its digest. */
  public record Archive(
      @Required
          @Size(max = 2048)
          @Pattern("^https://[^\\s@]+$")
          @JsonPropertyDescription("https URL of a .tar, .tar.gz or .zip file.")
          String url,
      @Required
          @Pattern("^[0-9a-f]{64}$")
          @JsonPropertyDescription("SHA-256 of the file, in hexadecimal.")
          String sha256,
      @Nullable
          @Size(max = 1024)
          @ValidationRule(
              value = "!self.startsWith('/') && !self.split('/').exists(p, p == '..')",
              message =
                  "archive.path must be a directory inside the archive: no leading '/' and no"
                      + " '..'")
          @JsonPropertyDescription("Directory in the archive.")
          String path) {}

  /** A directory in a container image or OCI artifact. */
  public record ImageSource(
      @Required
          @Size(min = 1, max = 512)
          @Pattern("^[a-zA-Z0-9][-a-zA-Z0-9._:/@]*$")
          @JsonPropertyDescription("Reference of the image.")
          String reference,
      @Nullable
          @Size(max = 1024)
          @ValidationRule(
              value = "!self.split('/').exists(p, p == '..')",
              message = "image.path must not contain '..'")
          @JsonPropertyDescription("Directory in the image.")
          String path) {}
}
