package dev.trainyard.e2e.admission;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.support.TypeBasedParameterResolver;

/** One {@link Admission} for all tests; it is closed when the last of them is over. */
final class AdmissionExtension extends TypeBasedParameterResolver<Admission> {
  private static final Namespace STORE = Namespace.create(AdmissionExtension.class);

  @Override
  public Admission resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context
        .getRoot()
        .getStore(STORE)
        .computeIfAbsent(Admission.class, type -> new Admission(), Admission.class);
  }
}
