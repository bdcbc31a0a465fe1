package dev.trainyard.e2e.machines;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.support.TypeBasedParameterResolver;

/** Keeps a yard for each test class, and the machines for all of them. */
final class MachineYardExtension extends TypeBasedParameterResolver<MachineYard> {
  private static final Namespace STORE = Namespace.create(MachineYardExtension.class);

  static boolean clusterIsElsewhere() {
    return System.getenv("TRAINYARD_CONTEXT") != null
        || System.getenv("DOCKER_HOST") != null
        || Files.exists(Path.of("/var/run/docker.sock"));
  }

  @Override
  public MachineYard resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> test = context.getRequiredTestClass();
    Fleet fleet =
        context
            .getRoot()
            .getStore(STORE)
            .computeIfAbsent(Fleet.class, type -> new Fleet(), Fleet.class);
    return classContext(context)
        .getStore(STORE)
        .computeIfAbsent(
            test,
            type -> new MachineYard(fleet, test.getSimpleName().toLowerCase(Locale.ROOT)),
            MachineYard.class);
  }

  private static ExtensionContext classContext(ExtensionContext context) {
    return context.getTestMethod().isPresent() ? context.getParent().orElseThrow() : context;
  }
}
