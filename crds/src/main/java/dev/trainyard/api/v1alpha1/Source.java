package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Where the source directory of a run comes from: exactly one of its fields. */
@ValidationRule(
    value =
        "[has(self.git), has(self.configMap), has(self.persistentVolumeClaim), has(self.archive),"
            + " has(self.image), has(self.flux)].filter(x, x).size() == 1",
    message =
        "give exactly one source: git, configMap, persistentVolumeClaim, archive, image or flux")
public record Source(
    @Nullable @JsonPropertyDescription("A Git repository.") Git git,
    @Nullable
        @JsonPropertyDescription(
            "A ConfigMap whose keys are the names of the files of the source directory.")
        LocalObjectReference configMap,
    @Nullable @JsonPropertyDescription("A directory on a volume.")
        VolumeSource persistentVolumeClaim,
    @Nullable @JsonPropertyDescription("A tar or zip archive.") Archive archive,
    @Nullable @JsonPropertyDescription("A directory in a container image.") ImageSource image,
    @Nullable @JsonPropertyDescription("What Flux has fetched already.") Flux flux) {

  /** A Git repository at a branch, a tag or a commit. */
  @ValidationRule(
      value = "[has(self.branch), has(self.tag), has(self.commit)].filter(x, x).size() <= 1",
      message = "give at most one of git.branch, git.tag and git.commit")
  public record Git(
      @Required
          @Size(max = 2048)
          @ValidationRule(
              value =
                  "self.matches('^(https?|ssh)://[^-/]') ||"
                      + " self.matches('^[a-zA-Z0-9_.-]+@[a-zA-Z0-9][-a-zA-Z0-9.]*:[^:]')",
              message = "git.url must be an https://, http:// or ssh:// URL, or user@host:path")
          @ValidationRule(
              value = "!self.matches('^https?://[^/]*@') && !self.matches('^ssh://[^/@]*:[^/]*@')",
              message = "git.url must not carry a password or token: put it in git.secretRef")
          @ValidationRule(
              value = "!self.matches('[[:space:]]')",
              message = "git.url must not contain white space")
          @JsonPropertyDescription("URL of the repository: https or ssh.")
          String url,
      @Nullable
          @Size(max = 255)
          @ValidationRule(value = Rules.GIT_REF, message = "git.branch" + Rules.GIT_REF_MESSAGE)
          @JsonPropertyDescription("Branch; its newest commit when the run is accepted.")
          String branch,
      @Nullable
          @Size(max = 255)
          @ValidationRule(value = Rules.GIT_REF, message = "git.tag" + Rules.GIT_REF_MESSAGE)
          @JsonPropertyDescription("Tag.")
          String tag,
      @Nullable
          @Size(max = 64)
          @ValidationRule(
              value = "self.matches('^[0-9a-f]{7,64}$')",
              message =
                  "git.commit must be 7 to 64 lower-case hexadecimal digits; a branch or tag goes"
                      + " into git.branch or git.tag")
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
          LocalObjectReference secretRef,
      @Nullable
          @JsonPropertyDescription(
              "ConfigMap whose key ca.crt has certificate authorities, in PEM form, that an https"
                  + " server may be of beside the public ones.")
          LocalObjectReference caConfigMapRef) {}

  /** A directory on a volume. */
  public record VolumeSource(
      @Required
          @Size(max = 253)
          @ValidationRule(
              value = Rules.NAME,
              message = "persistentVolumeClaim.claimName" + Rules.NAME_MESSAGE)
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
          @ValidationRule(
              value = Rules.HTTPS,
              message = "archive.url must be an https:// URL without a user or password")
          @JsonPropertyDescription("https URL of a .tar, .tar.gz or .zip file.")
          String url,
      @Required
          @Size(max = 64)
          @ValidationRule(
              value = "self.matches('^[0-9a-f]{64}$')",
              message =
                  "archive.sha256 must be 64 lower-case hexadecimal digits, as sha256sum prints"
                      + " them")
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
          String path,
      @Nullable
          @JsonPropertyDescription(
              "ConfigMap whose key ca.crt has certificate authorities, in PEM form, that the server"
                  + " may be of beside the public ones.")
          LocalObjectReference caConfigMapRef) {}

  /** A directory in a container image or OCI artifact. */
  public record ImageSource(
      @Required
          @Size(max = 512)
          @ValidationRule(value = Rules.IMAGE, message = "image.reference" + Rules.IMAGE_MESSAGE)
          @JsonPropertyDescription("Reference of the image.")
          String reference,
      @Nullable
          @Size(max = 1024)
          @ValidationRule(
              value = "!self.split('/').exists(p, p == '..')",
              message = "image.path must not contain '..'")
          @JsonPropertyDescription("Directory in the image.")
          String path) {}

  /** A Flux source of the run's namespace, as source-controller has fetched it. */
  public record Flux(
      @Required @JsonPropertyDescription("GitRepository or OCIRepository.") FluxKind kind,
      @Required
          @Size(max = 253)
          @ValidationRule(value = Rules.NAME, message = "flux.name" + Rules.NAME_MESSAGE)
          @JsonPropertyDescription("Name of the object, in the run's namespace.")
          String name,
      @Nullable
          @Size(max = 1024)
          @ValidationRule(
              value = "!self.startsWith('/') && !self.split('/').exists(p, p == '..')",
              message =
                  "flux.path must be a directory inside the artifact: no leading '/' and no '..'")
          @JsonPropertyDescription("Directory in the artifact.")
          String path) {}

  /** Kinds of source.toolkit.fluxcd.io/v1 that can be the source of a run. */
  public enum FluxKind {
    @JsonProperty("GitRepository")
    GIT_REPOSITORY("GitRepository", "gitrepositories"),
    @JsonProperty("OCIRepository")
    OCI_REPOSITORY("OCIRepository", "ocirepositories");

    private final String text;
    private final String plural;

    FluxKind(String text, String plural) {
      this.text = text;
      this.plural = plural;
    }

    /** The kind in lower case and in the plural, as the API server's paths have it. */
    public String plural() {
      return plural;
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
