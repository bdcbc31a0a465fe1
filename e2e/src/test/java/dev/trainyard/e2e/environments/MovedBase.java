package dev.trainyard.e2e.environments;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trainyard.oci.Credentials;
import dev.trainyard.oci.Descriptor;
import dev.trainyard.oci.Manifest;
import dev.trainyard.oci.RegistryClient;
import dev.trainyard.oci.RegistryEndpoints;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.oci.Repository;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A base image in the testbed's stand-in of public registries, whose tag is moved. */
final class MovedBase {
  private static final String HOST = "mcr.microsoft.com";

  private final RegistryClient registry;
  private final Repository from;
  private final Repository to;
  private int moves;

  /**
   * @param mirrors setting of the operator that says where the stand-in is
   */
  MovedBase(String mirrors) {
    Matcher mirror = Pattern.compile(HOST + "=http://([^,]+)").matcher(mirrors);
    if (!mirror.find()) {
      throw new IllegalStateException("no mirror of " + HOST + " in " + mirrors);
    }
    registry = new RegistryClient(new RegistryEndpoints(Map.of(), Set.of(mirror.group(1))));
    from = new Repository(mirror.group(1), "azureml/base", Credentials.NONE);
    to = new Repository(mirror.group(1), "e2e/moved-" + System.nanoTime(), Credentials.NONE);
  }

  String reference() {
    return HOST + "/" + to.name() + ":latest";
  }

  /** Gives the tag to another manifest; gives its digest. */
  String move() throws RegistryException {
    Manifest base = registry.image(from, "0.2.4");
    for (Descriptor layer : base.layers()) {
      registry.copyBlob(from, to, layer, bytes -> {});
    }
    registry.copyBlob(from, to, base.config(), bytes -> {});
    ObjectNode moved = base.json().deepCopy();
    moved.putObject("annotations").put("moves", Integer.toString(++moves));
    return registry
        .pushManifest(
            to, "latest", base.mediaType(), moved.toString().getBytes(StandardCharsets.UTF_8))
        .text();
  }
}
