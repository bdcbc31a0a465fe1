package dev.trainyard.e2e.runs;

import java.util.Locale;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.support.TypeBasedParameterResolver;

/** Gives each test class a {@link Yard} of its own, which is closed when the class is over. */
public final class YardExtension extends TypeBasedParameterResolver<Yard> {
  private static final Namespace STORE = Namespace.create(YardExtension.class);

  @Override
  public Yard resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> test = context.getRequiredTestClass();
    return classContext(context)
        .getStore(STORE)
        .computeIfAbsent(
            test, type -> new Yard(test.getSimpleName().toLowerCase(Locale.ROOT)), Yard.class);
  }

  private static ExtensionContext classContext(ExtensionContext context) {
    return context.getTestMethod().isPresent() ? context.getParent().orElseThrow() : context;
  }
}
